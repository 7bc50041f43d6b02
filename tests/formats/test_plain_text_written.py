"""What is written as plain text comes back the same, and the programs it is for accept it, with the same balances."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import oracles
from tests.conftest import FIXTURES
from tests.formats.plain_books import DAYS, PARTS, WORDS, books, comparable

from farthing.formats import beancount, journal, qif
from farthing.formats.detection import read
from farthing.formats.drafts import (
    DraftAccount,
    DraftBalance,
    DraftBook,
    DraftPosting,
    DraftRow,
    DraftSplit,
    DraftStatement,
    DraftTransaction,
)

Write = Callable[[DraftBook], Iterator[bytes]]

WRITERS: dict[str, Write] = {
    "beancount": beancount.write,
    "hledger": partial(journal.write, dialect="hledger"),
    "ledger": partial(journal.write, dialect="ledger"),
}
SAMPLE = Path(__file__).parent / "seeds"
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def _again(data: bytes, word: str) -> DraftBook:
    file = read(data, format=word)
    assert file.book
    assert file.questions == ()
    return file.book


@pytest.mark.parametrize("word", ["beancount", "hledger", "ledger"])
@SLOW
@given(book=books())
def test_a_book_comes_back_as_it_was_written(word: str, book: DraftBook) -> None:
    written = b"".join(WRITERS[word](book))
    again = comparable(_again(written, word))
    expected = comparable(book)
    named = {each.name for each in book.accounts}  # a book that trades has an account for that in the file
    assert (
        tuple(each for each in again.accounts if each.name in named or each.name != journal.TRADING)
        == expected.accounts
    )
    assert again.transactions == expected.transactions
    assert again.prices == expected.prices
    if word == "ledger":  # it has no balances with the accounts below
        assert set(again.assertions) <= set(expected.assertions)
    else:
        assert again.assertions == expected.assertions


@pytest.mark.parametrize("word", ["beancount", "hledger", "ledger"])
@settings(SLOW, max_examples=12)
@given(book=books())
def test_the_program_accepts_a_book_that_is_written_for_it(
    word: str, book: DraftBook, tmp_path_factory: pytest.TempPathFactory
) -> None:
    oracles.check(word, b"".join(WRITERS[word](book)), tmp_path_factory.mktemp("written"))


def _real() -> list[str]:
    found = sorted(path for folder in ("beancount", "hledger", "ledger") for path in FIXTURES.glob(f"{folder}/*/*"))
    return [str(path) for path in found] + [str(path) for path in sorted(SAMPLE.glob("*/household.*"))]


@pytest.mark.parametrize("path", _real())
@pytest.mark.parametrize("word", ["beancount", "hledger", "ledger"])
def test_a_real_ledger_goes_out_and_the_program_agrees_on_every_balance(word: str, path: str, tmp_path: Path) -> None:
    book = read(Path(path).read_bytes()).book
    assert book
    written = b"".join(WRITERS[word](book))
    again = _again(written, word)
    assert _balances(again) == _balances(book)
    path_written = oracles.check(word, written, tmp_path)
    if word == "hledger":
        printed = oracles.hledger_balances(path_written)
        assert {key: sum_ for key, sum_ in printed.items() if key[0] != journal.TRADING} == _balances(book)


def _balances(book: DraftBook) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for transaction in book.transactions:
        for posting in transaction.postings:
            sums[posting.account, posting.currency] += posting.amount
    return {key: value for key, value in sums.items() if value}


def test_names_that_a_program_does_not_take_stay_apart_and_come_back() -> None:
    names = ("Assets:a b", "Assets:a-b", "Assets:A b", "assets", "Assets:(x)", "Assets:x;y")
    day = dt.date(2026, 1, 2)
    postings = (DraftPosting(names[0], Decimal(1), "EUR"), DraftPosting(names[1], Decimal(-1), "EUR"))
    book = DraftBook(tuple(DraftAccount(name, "asset") for name in names), (DraftTransaction(0, day, postings),))
    for word, write in WRITERS.items():
        again = _again(b"".join(write(book)), word)
        assert sorted(each.name for each in again.accounts) == sorted(names)


# --- QIF ------------------------------------------------------------------------------------------------------------

CATEGORIES = PARTS.map(lambda text: text.translate({ord(each): "-" for each in "/[]"}).strip(": ")).filter(
    lambda text: (
        bool(text) and text == " ".join(text.split()) and text.casefold() not in {"--split--", "-split-", "split"}
    )
)
TEXTS = WORDS.filter(lambda text: text == " ".join(text.split()))
CENTS = st.decimals(-(10**9), 10**9, places=2).filter(bool) | st.decimals(-10, 10, places=3).filter(bool)


@st.composite
def _rows(draw: st.DrawFn) -> DraftRow:
    amount = draw(CENTS)
    splits: tuple[DraftSplit, ...] = ()
    category = transfer = None
    if draw(st.booleans()):
        part = draw(CENTS)
        parts = [amount - part, part]
        splits = tuple(
            DraftSplit(
                each, draw(CATEGORIES), None, draw(st.none() | TEXTS), tuple(draw(st.lists(CATEGORIES, max_size=1)))
            )
            for each in parts
        )
    elif draw(st.booleans()):
        category = draw(CATEGORIES)
    else:
        transfer = draw(CATEGORIES)
    payee = draw(st.none() | TEXTS.filter(lambda text: "balance" not in text.casefold()))
    return DraftRow(
        line=0,
        date=draw(DAYS),
        amount=amount,
        payee=payee,
        description=draw(st.none() | TEXTS.filter(lambda text: text != payee)),
        status=draw(st.sampled_from(["cleared", "reconciled"])),
        category=category,
        transfer_to=transfer,
        splits=splits,
        tags=tuple(draw(st.lists(CATEGORIES, max_size=2, unique=True))) if category or transfer else (),
        notes=draw(st.none() | TEXTS),
    )


@st.composite
def _statements(draw: st.DrawFn) -> DraftStatement:
    rows = sorted(draw(st.lists(_rows(), min_size=1, max_size=5)), key=lambda each: each.date)
    closing = DraftBalance(draw(CENTS), draw(DAYS)) if draw(st.booleans()) else None
    kind = draw(st.sampled_from(["checking", "cash", "credit_card", "loan", "other"]))
    return DraftStatement(tuple(rows), account_type=kind, closing=closing, name=draw(CATEGORIES))


@pytest.mark.parametrize("order", ["mdy", "dmy", "ymd"])
@SLOW
@given(statements=st.lists(_statements(), min_size=1, max_size=3, unique_by=lambda each: each.name))
def test_registers_come_back_as_they_were_written(order: str, statements: list[DraftStatement]) -> None:
    data = b"".join(qif.write([(each, each.rows) for each in statements], date_order=order))  # type: ignore[arg-type]
    file = read(data, format="qif", answers={"date_order": order})
    again = [
        replace(each, rows=tuple(replace(row, line=0, original={}) for row in each.rows)) for each in file.statements
    ]
    assert again == statements


def test_an_opening_balance_is_the_first_record_of_its_account() -> None:
    opening = DraftBalance(Decimal("12.5"), dt.date(2026, 1, 31))
    data = b"".join(qif.write([(DraftStatement((), account_type="cash", opening=opening, name="Purse"), ())]))
    assert data.decode().split("\r\n")[4:] == [
        "!Type:Cash",
        "D01/31/2026",
        "T12.50",
        "C*",
        "POpening Balance",
        "L[Purse]",
        "^",
        "",
    ]
    [statement] = read(data).statements
    assert [row.is_opening for row in statement.rows] == [True]
