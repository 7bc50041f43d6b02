"""Statements that are written as OFX come back as they were."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.formats.plain_books import DAYS, WORDS

from farthing.formats import ofx
from farthing.formats.detection import read
from farthing.formats.drafts import DraftBalance, DraftRow, DraftStatement
from farthing.formats.ofx.writer import Version

MADE_AT = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
TEXTS = WORDS.map(lambda text: " ".join(text.split()))
AMOUNTS = st.decimals(-(10**12), 10**12, places=2).filter(bool) | st.decimals(-10, 10, places=3).filter(bool)


@st.composite
def _rows(draw: st.DrawFn) -> DraftRow:
    payee = draw(st.none() | TEXTS | TEXTS.map(lambda text: (text * 9)[:100].strip()))
    return DraftRow(
        line=0,
        date=draw(DAYS),
        amount=draw(AMOUNTS),
        currency="EUR",
        payee=payee,
        description=draw(TEXTS if payee is None else st.none() | TEXTS.filter(lambda text: text != payee)),
        value_date=draw(st.none() | DAYS),
        external_id=draw(st.uuids().map(str)),
    )


@st.composite
def _statements(draw: st.DrawFn) -> DraftStatement:
    rows = sorted(draw(st.lists(_rows(), min_size=1, max_size=5)), key=lambda each: each.date)
    return DraftStatement(
        tuple(rows),
        number=draw(st.from_regex(r"[A-Z]{2}[0-9]{8,32}", fullmatch=True)),
        account_type=draw(st.sampled_from(["checking", "savings", "loan", "credit_card"])),
        currency="EUR",
        closing=DraftBalance(draw(AMOUNTS), draw(DAYS)),
    )


def _written(statements: list[DraftStatement], version: Version = "2.2") -> bytes:
    return b"".join(ofx.write([(each, each.rows) for each in statements], made_at=MADE_AT, version=version))


def _again(data: bytes) -> list[DraftStatement]:
    return [
        replace(each, rows=tuple(replace(row, line=0, original={}) for row in each.rows))
        for each in read(data, format="ofx").statements
    ]


def _in_order(statements: list[DraftStatement]) -> list[DraftStatement]:
    """Those of banks before those of cards, as the format has them."""
    return sorted(statements, key=lambda each: each.account_type == "credit_card")


@given(statements=st.lists(_statements(), min_size=1, max_size=3))
def test_statements_come_back_as_they_were_written(statements: list[DraftStatement]) -> None:
    assert _again(_written(statements)) == _in_order(statements)


@given(statements=st.lists(_statements(), min_size=1, max_size=3))
def test_the_older_kind_loses_no_more_than_signs_and_ends_of_long_names(statements: list[DraftStatement]) -> None:
    def western(text: str | None, longest: int) -> str | None:
        return text and text.encode("cp1252", "replace").decode("cp1252")[:longest].strip()

    written = _written(statements, "1.0.2")
    # What could be UTF-8 is taken for that, whatever its header says: banks mislabel it, and nobody is called "Â¡".
    assume(written.isascii() or written.decode("utf-8", "replace").encode() != written)
    again = [[(row.date, row.amount, row.external_id, row.payee) for row in each.rows] for each in _again(written)]
    assert again == [
        [(row.date, row.amount, row.external_id, western(row.payee, 32)) for row in each.rows]
        for each in _in_order(statements)
    ]


@pytest.mark.parametrize(("version", "count"), [("2.2", 2), ("1.0.2", 1)])
def test_what_is_pending_stands_apart_or_nowhere(version: Version, count: int) -> None:
    day = dt.date(2026, 2, 28)
    rows = (
        DraftRow(0, day, Decimal("-1.5"), "EUR", "A & B <C>", external_id="1"),
        DraftRow(0, day, Decimal(-2), "EUR", "Waiting", external_id="2", status="pending"),
    )
    statement = DraftStatement(rows, number="DE12 3400", currency="EUR", closing=DraftBalance(Decimal(7), day))
    [again] = _again(_written([statement], version))
    assert [(each.payee, each.status) for each in again.rows] == [("A & B <C>", "cleared"), ("Waiting", "pending")][
        :count
    ]
    assert (again.number, again.closing) == ("DE123400", statement.closing)


def test_an_account_without_a_number_has_always_the_same() -> None:
    def number(name: str) -> str | None:
        statement = DraftStatement((), name=name, currency="EUR")
        return _again(_written([statement]))[0].number

    assert number("Purse") == number("Purse")
    assert number("Purse") != number("Safe")


@pytest.mark.parametrize(("currency", "taken"), [("EUR", True), ("ACME", False), (None, False)])
def test_only_money_of_iso_4217_is_told_of(currency: str | None, taken: bool) -> None:
    assert ofx.takes(DraftStatement((), currency=currency)) is taken
