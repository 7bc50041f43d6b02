"""Readers against damaged files. The suite gives each reader a few, the same every time.

``./run test tests/formats/test_fuzz.py --fuzz=20000`` gives each so many, others every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.formats.fuzz import SEEDS, Escaped, Fodder, fodder, fuzz, judge

from farthing.formats import ofx
from farthing.formats.dates import LAST_DAY
from farthing.formats.detection import READERS, Format, read
from farthing.formats.drafts import DraftBook, DraftFile, DraftPrice
from farthing.kit.faults import NotFound

FUZZED = 300
"""Damaged files that each reader is given in the suite."""

CONTROL = Fodder(
    tuple((SEEDS / "ofx" / name).read_bytes() for name in ("bank.ofx", "card.ofx")),
    (
        b"<CURDEF>USD",
        b"<STMTTRN>",
        b"<TRNAMT>",
        b"<DTPOSTED>",
        b"<FITID>",
        b"<NAME>",
        b"<ACCTID>",
        b"<LEDGERBAL>",
        b"<BALAMT>",
    ),
)
"""What readers with planted defects are fuzzed with: the same for ever, so that they are found for ever."""

WORDS = [reader.words[0] for reader in READERS]


@pytest.fixture(scope="session")
def asked_for(request: pytest.FixtureRequest) -> int | None:
    """How many damaged files were asked for, if any."""
    number: int | None = request.config.getoption("--fuzz")
    return number


@pytest.mark.parametrize("word", WORDS)
def test_a_sample_is_read_by_the_reader_it_is_for(word: str, tmp_path: Path) -> None:
    reader = READERS[WORDS.index(word)]
    for sample in fodder(word).seeds:
        assert read(sample) == reader.read(sample, max_rows=100_000, answers={})
        judge(reader, sample)


@pytest.mark.parametrize("word", WORDS)
def test_a_damaged_file_makes_a_draft_or_a_fault(word: str, tmp_path: Path, asked_for: int | None) -> None:
    examples = FUZZED if asked_for is None else asked_for
    fuzz(READERS[WORDS.index(word)], fodder(word), examples, keep=tmp_path, at_random=asked_for is not None)


def _forgets_that_there_may_be_no_balance(file: DraftFile) -> DraftFile:
    for statement in file.statements:
        assert statement.closing.amount is not None  # type: ignore[union-attr]
    return file


def _forgets_that_a_field_may_be_absent(file: DraftFile) -> DraftFile:
    for statement in file.statements:
        for row in statement.rows:
            row.original["FITID"]
    return file


def _takes_any_digits_for_a_figure(file: DraftFile) -> DraftFile:
    figures = [
        DraftPrice(1, LAST_DAY, "X", Decimal(digits), "EUR")
        for each in file.statements
        for row in each.rows
        for value in row.original.values()
        if (digits := "".join(character for character in value if character.isdigit()))
    ]
    return replace(file, book=DraftBook((), (), tuple(figures)))


def _looks_at_every_pair(file: DraftFile) -> DraftFile:
    letters = [letter for each in file.statements for row in each.rows for letter in " ".join(row.original.values())]
    for one in letters:
        for other in letters[:20_000]:
            _ = one < other
    return file


def _never_ends_where_names_are_long(file: DraftFile) -> DraftFile:
    longest = max((len(row.payee or "") for each in file.statements for row in each.rows), default=0)
    while longest > 40:
        pass
    return file


def _faults_in_words_of_its_own(file: DraftFile) -> DraftFile:
    if any(row.currency is None for each in file.statements for row in each.rows):
        raise NotFound
    return file


def _warns_in_half_a_character(file: DraftFile) -> DraftFile:
    return file if all(each.number for each in file.statements) else replace(file, warnings=("no account \ud83d",))


@pytest.mark.parametrize(
    "defect",
    [
        _forgets_that_there_may_be_no_balance,
        _forgets_that_a_field_may_be_absent,
        _takes_any_digits_for_a_figure,
        _looks_at_every_pair,
        _never_ends_where_names_are_long,
        _faults_in_words_of_its_own,
        _warns_in_half_a_character,
    ],
)
def test_a_planted_defect_is_found_with_what_the_suite_spends(
    defect: Callable[[DraftFile], DraftFile], tmp_path: Path
) -> None:
    def read_badly(data: bytes, *, max_rows: int, answers: Mapping[str, str]) -> DraftFile:
        return defect(ofx.read(data, max_rows=max_rows, answers=answers))

    planted = Format(("planted",), ofx.recognises, read_badly)
    with pytest.raises(Escaped) as escaped:
        fuzz(planted, CONTROL, FUZZED, keep=tmp_path)
    failing = (tmp_path / "planted.failing").read_bytes()
    assert str(tmp_path) in "".join(escaped.value.__notes__)
    with pytest.raises(Escaped):
        judge(planted, failing)
    for sample in CONTROL.seeds:
        judge(planted, sample)
