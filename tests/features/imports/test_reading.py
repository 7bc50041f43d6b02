"""Files are read in a process of its own, which is bounded, used again, and not missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.conftest import FIXTURES

from farthing.features.imports import reading
from farthing.features.imports.errors import FileEmpty, FileTooCostly
from farthing.features.imports.messages import pack, unpack
from farthing.features.imports.reading import FileReader, Hints
from farthing.formats.detection import read
from farthing.formats.drafts import (
    DraftFile,
    DraftRow,
    DraftSplit,
    DraftStatement,
    DraftSum,
    FileFormatUnknown,
    FileReadingUnsure,
    FileUnreadable,
)

CSV = b"Date,Description,Amount\n2026-03-01,Bakery,-3.10\n2026-03-02,Bakery,-3.20\n"


@pytest.fixture
def reader() -> Iterator[FileReader]:
    reader = FileReader()
    yield reader
    reader.close()


async def test_a_file_reads_the_same_apart_and_the_process_is_used_again(reader: FileReader) -> None:
    assert await reader.read(CSV, Hints()) == read(CSV)
    (process,) = reader._waiting
    assert await reader.read(CSV, Hints("csv")) == read(CSV)
    assert reader._waiting == [process]


async def test_what_is_wrong_with_a_file_is_told_as_if_it_were_read_here(reader: FileReader) -> None:
    with pytest.raises(FileUnreadable) as raised:
        await reader.read(b"Date;Amount;Payee\n2026-02-30;-1.50;Shop\n", Hints())
    assert [blame.line for blame in raised.value.blames] == [2]
    with pytest.raises(FileFormatUnknown, match="none of the formats"):
        await reader.read(CSV, Hints("pdf"))
    with pytest.raises(FileEmpty):
        await reader.read(b" \n", Hints())


async def test_a_process_that_is_gone_is_replaced(reader: FileReader) -> None:
    await reader.read(CSV, Hints())
    process = reader._waiting[0].process
    process.terminate()
    process.wait()
    assert await reader.read(CSV, Hints()) == read(CSV)


@pytest.mark.parametrize("costs", ["while True: pass", "x = [bytes(10**8) for _ in range(100)]"])
async def test_what_costs_too_much_is_given_up(reader: FileReader, monkeypatch: pytest.MonkeyPatch, costs: str) -> None:
    """A reader that never ends, or takes all memory, is ended, and the next file is read."""
    program = f"""from farthing.features.imports import apart
def costly(*_, **__):
    {costs}
apart.read = costly
apart.main()"""
    monkeypatch.setattr(reading, "READING_SECONDS", 4.0)
    monkeypatch.setattr(reading, "COMMAND", ("-P", "-c", program))
    with pytest.raises(FileTooCostly):
        await reader.read(CSV, Hints())
    monkeypatch.undo()
    reader.close()
    assert await reader.read(CSV, Hints()) == read(CSV)


def test_rows_of_all_kinds_are_handed_over_whole() -> None:
    day = dt.date(2026, 3, 1)
    rows = (
        DraftRow(1, day, Decimal("-1.50"), "EUR", "Shop", original={"Amount": "-1,50"}, balance=Decimal("0.00")),
        DraftRow(2, day, Decimal("1E+2"), value_date=day, notes="x", category="c", transfer_to="t", status="pending"),
        DraftRow(
            3, day, Decimal(3), splits=(DraftSplit(Decimal(3), "c"),), tags=("a",), foreign=DraftSum(Decimal(1), "USD")
        ),
    )
    file = DraftFile("csv", (DraftStatement(rows, number="1"), DraftStatement(())), understood={"a": "b"}, shape="s")
    assert unpack(pack(file)) == file


@pytest.mark.skipif(not FIXTURES.is_dir(), reason=f"there are no fixtures at {FIXTURES}")
def test_every_published_file_is_handed_over_whole() -> None:
    compared = 0
    for path in sorted(FIXTURES.rglob("*.*")):
        try:
            file = read(path.read_bytes())
        except (FileFormatUnknown, FileUnreadable, FileReadingUnsure):
            continue
        assert unpack(pack(file)) == file, path
        compared += 1
    assert compared
