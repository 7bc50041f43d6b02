"""The samples, read: right without a hint, or asked about; never wrong in silence, however the files are disturbed."""

from __future__ import annotations

import random
import re
from decimal import Decimal

import pytest
from tests.formats.sheets.samples import SAMPLES, Sample

from farthing.formats.detection import read
from farthing.formats.drafts import DraftRow
from farthing.kit.faults import Fault

CERTAIN = [sample for sample in SAMPLES if not sample.asks]


def _said(row: DraftRow, *, with_payee: bool) -> str:
    payee = f" | {row.payee}" if with_payee else ""
    return f"{row.date} {row.amount}{' pending' if row.status == 'pending' else ''}{payee}"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_file_is_read_as_a_person_would_read_it(sample: Sample) -> None:
    file = read(sample.data, answers=sample.answers)
    rows = [row for statement in file.statements for row in statement.rows]
    wanted = sample.rows.split("\n")
    assert [_said(row, with_payee="|" in line) for row, line in zip(rows, wanted, strict=True)] == wanted
    assert len(file.statements) == sample.statements
    if sample.statements == 1:
        [statement] = file.statements
        assert statement.currency == sample.currency
        if sample.closing:
            assert statement.closing
            assert statement.closing.amount == Decimal(sample.closing)
        if sample.number:
            assert (statement.number or statement.name) == sample.number


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_only_what_isnt_certain_is_asked(sample: Sample) -> None:
    assert tuple(question.name for question in read(sample.data).questions) == sample.asks


def test_ninety_five_of_a_hundred_files_need_no_answer() -> None:
    clear = [sample for sample in SAMPLES if not sample.is_open]
    assert len(CERTAIN) >= 0.95 * len(clear)


def _never_wrong_in_silence(text: str, sample: Sample) -> None:
    """Without its headings a file doesn't say which of two days was the booking's, nor which rows are announced."""
    try:
        file = read(text.encode(sample.encoding, "ignore"))
    except Fault:
        return
    if not file.questions:
        amounts = sorted(row.amount for statement in file.statements for row in statement.rows)
        assert amounts == sorted(Decimal(line.split()[1]) for line in sample.rows.split("\n"))


@pytest.mark.parametrize("sample", CERTAIN, ids=lambda sample: sample.name)
def test_headings_that_nobody_knows_never_make_a_file_wrong_in_silence(sample: Sample) -> None:
    line = _header(sample)
    if line is None:
        return
    strange = re.sub(r"[^\W\d_]+", lambda word: f"q{len(word[0])}x", line)
    _never_wrong_in_silence(sample.text.replace(line, strange), sample)


@pytest.mark.parametrize("sample", CERTAIN, ids=lambda sample: sample.name)
def test_a_file_without_its_header_is_never_wrong_in_silence(sample: Sample) -> None:
    line = _header(sample)
    if line is not None:
        _never_wrong_in_silence(sample.text.replace(line + "\n", ""), sample)


@pytest.mark.parametrize("sample", CERTAIN, ids=lambda sample: sample.name)
def test_the_order_of_the_columns_never_makes_a_file_wrong_in_silence(sample: Sample) -> None:
    table = read(sample.data)
    delimiter = {"tab": "\t", "';'": ";", "','": ",", "'|'": "|"}.get(table.understood["delimiter"], ",")
    if '"' in sample.text or _header(sample) is None:
        return
    chosen = random.Random(sample.name)
    rows = [line.split(delimiter) for line in sample.text.split("\n")]
    order = list(range(max(len(row) for row in rows)))
    chosen.shuffle(order)
    moved = ([*row, *[""] * (len(order) - len(row))] for row in rows)
    _never_wrong_in_silence("\n".join(delimiter.join(row[place] for place in order) for row in moved), sample)


def _header(sample: Sample) -> str | None:
    """The line of the headings, if they stand on one of their own."""
    place = read(sample.data).understood["header_line"]
    lines = sample.text.replace("\r", "\n").split("\n")
    return lines[int(place) - 1] if place != "none" else None
