"""GnuCash's books, as XML and as SQLite."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from tests.formats.gnucash import books

from farthing.formats import foreign_names
from farthing.formats.detection import read
from farthing.formats.drafts import (
    DraftBook,
    DraftCommodity,
    DraftFile,
    DraftSum,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
)

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
EXPECTED = FIXTURES / "expected_balances"
REAL = {
    "gnucash/gnucash/taxreport.gnucash": "gnucash_gnucash_taxreport.gnucash.json",
    "gnucash/piecash/books/simple_sample.gnucash": "gnucash_piecash_books_simple_sample.gnucash.json",
}


def _book(data: bytes) -> DraftBook:
    book = read(data).book
    assert book is not None
    return book


def _balances(book: DraftBook) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for transaction in book.transactions:
        for posting in transaction.postings:
            found[posting.account] += posting.amount
    return dict(found)


@pytest.mark.skipif(not EXPECTED.exists(), reason=f"there are no fixtures at {FIXTURES}")
@pytest.mark.parametrize("name", REAL)
def test_a_real_book_has_the_balances_that_its_own_figures_add_up_to(name: str) -> None:
    expected = json.loads((EXPECTED / REAL[name]).read_text())
    book = _book((FIXTURES / name).read_bytes())
    balances = _balances(book)
    missing = {name for name in balances if name.startswith("Imbalance-")}
    assert len(book.transactions) == expected["txn"]
    assert len(book.accounts) - len(missing) == expected["accts"]
    assert {account: total for account, total in balances.items() if account not in missing} == {
        " ".join(account.split()): Decimal(total.split()[0]) for account, total in expected["bal"].items()
    }


@pytest.mark.skipif(not EXPECTED.exists(), reason=f"there are no fixtures at {FIXTURES}")
def test_the_day_that_a_person_chose_beats_the_moment_that_was_kept_of_it() -> None:
    book = _book((FIXTURES / "gnucash/piecash/books/simple_sample.gnucash").read_bytes())
    days = {each.description: each.date for each in book.transactions}
    assert days["loan payment"] == dt.date(2014, 12, 25)
    assert days["initial load"] == dt.date(2014, 12, 24)


def test_accounts_keep_their_kinds_types_currencies_and_numbers() -> None:
    accounts = {each.name: each for each in _book(books.xml()).accounts}
    giro = accounts[f"Assets:Bank{foreign_names.COLON} Giro"]
    assert (giro.kind, giro.type, giro.currency, giro.number) == ("asset", "checking", "EUR", "DE02")
    assert (accounts["Card"].kind, accounts["Card"].type) == ("liability", "credit_card")
    assert (accounts["Assets:Acme"].type, accounts["Assets:Acme"].currency) == ("investment", "F.NYSE")
    assert (accounts["Food"].kind, accounts["Food"].currency) == ("expense", None)
    assert accounts["Assets:Old"].closed == dt.date(2024, 3, 6)
    assert "Trading" not in accounts


def test_a_colon_in_a_name_can_be_turned_back() -> None:
    assert foreign_names.original(foreign_names.segment("Bank: Giro")) == "Bank: Giro"


def test_a_purchase_of_shares_books_quantities_and_notes_the_price() -> None:
    book = _book(books.xml())
    buy = next(each for each in book.transactions if each.external_id == "t2")
    shares, cash = buy.postings
    assert (shares.amount, shares.currency, shares.memo) == (Decimal("3.0000"), "F.NYSE", "three")
    assert shares.price == DraftSum(Decimal("33.333333333333333333"), "EUR")
    assert (cash.amount, cash.currency, cash.price, cash.status) == (Decimal("-100.00"), "EUR", None, "cleared")
    assert buy.date == dt.date(2024, 2, 29)
    assert buy.metadata == {"number": "17"}
    assert book.commodities == (DraftCommodity("F.NYSE", "Ford", 4),)
    [price] = book.prices
    assert (price.commodity, price.currency, price.date) == ("F.NYSE", "EUR", dt.date(2024, 2, 29))


def test_opening_balances_reconciled_splits_and_notes_are_told() -> None:
    found = {each.external_id: each for each in _book(books.xml()).transactions}
    assert found["t1"].is_opening
    assert found["t1"].postings[0].status == "reconciled"
    assert not found["t3"].is_opening
    assert found["t3"].notes == "two\nlines"


def test_what_doesnt_balance_is_completed_aloud() -> None:
    file = read(books.xml())
    assert file.book
    lost = next(each for each in file.book.transactions if each.external_id == "t4")
    assert (lost.postings[-1].account, lost.postings[-1].amount) == ("Imbalance-EUR", Decimal("-0.50"))
    assert any("-0.50 EUR" in warning for warning in file.warnings)


def test_a_gain_that_moves_no_shares_has_another_side() -> None:
    gain = next(each for each in _book(books.xml()).transactions if each.external_id == "t6")
    assert [(each.account, each.amount) for each in gain.postings] == [
        ("Trading Gains", Decimal("5.00")),
        ("Food", Decimal("-5.00")),
    ]


def test_what_is_void_or_a_template_is_left_out_aloud() -> None:
    file = read(books.xml())
    assert SkippedLine(5, "is void: twice") in file.skipped
    assert file.warnings[0] == "Not read: 1 scheduled transactions."
    assert _book(books.xml()) == _book(gzip.compress(books.xml()))


def test_a_database_says_the_same_and_tells_days_from_moments() -> None:
    file = read(books.sqlite())
    assert file.book
    days = {each.description: each.date for each in file.book.transactions}
    assert days == {"Broker": dt.date(2024, 2, 29), "Shop": dt.date(2024, 3, 1), "Noted": dt.date(2024, 3, 3)}
    assert _balances(file.book) == {"Acme": Decimal(3), "Bank": Decimal("-112.51"), "Food": Decimal("12.51")}
    assert file.warnings == ("Not read: 1 scheduled transactions.",)
    assert file.book.transactions[2].notes == "mind"
    assert [each.name for each in file.book.accounts] == ["Bank", "Acme", "Food"]


def test_a_database_in_write_ahead_mode_is_read() -> None:
    image = bytearray(books.sqlite())
    image[18] = image[19] = 2
    assert read(bytes(image)).book == read(books.sqlite()).book


def test_two_accounts_of_one_name_stay_two() -> None:
    data = books.xml(
        books.account("root", "Root", "ROOT", None),
        books.account("a", "Cash", "CASH"),
        books.account("b", "cash", "CASH"),
        books.transaction("t", "2024-01-01", "x", books.split("a", "1/1"), books.split("b", "-1/1")),
    )
    assert _balances(_book(data)) == {"Cash": Decimal(1), "cash (2)": Decimal(-1)}


ROOT = books.account("root", "Root", "ROOT", None) + books.account("a", "A", "BANK")
BROKEN = {
    "a third": books.transaction("t", "2024-01-01", "x", books.split("a", "1/3")),
    "nothing below": books.transaction("t", "2024-01-01", "x", books.split("a", "1/0")),
    "words": books.transaction("t", "2024-01-01", "x", books.split("a", "1e9/1")),
    "too many digits": books.transaction("t", "2024-01-01", "x", books.split("a", "9" * 29 + "/1")),
    "no such day": books.transaction("t", "2024-02-30", "x", books.split("a", "1/1")),
    "no account": books.transaction("t", "2024-01-01", "x", books.split("zzz", "1/1")),
    "below itself": books.account("l", "L", "BANK", "m") + books.account("m", "M", "BANK", "l"),
    "not closed": "<gnc:account>",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_book_is_refused(name: str) -> None:
    with pytest.raises(FileUnreadable):
        read(books.xml(ROOT, BROKEN[name]))


def test_more_transactions_than_allowed_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(books.xml(), max_rows=7)
    with pytest.raises(FileTooLong):
        read(books.sqlite(), max_rows=2)


def _hostile() -> dict[str, bytes]:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT "
    before, _, after = books.SCHEMA.partition("CREATE TABLE splits")
    view = (
        f"{before}CREATE VIEW splits AS {endless} x AS tx_guid, 'reconcile_state' AS account_guid FROM n;"
        + after.partition(";")[2]
    )
    huge = books.SCHEMA.replace("memo TEXT", "memo TEXT AS (zeroblob(1000000000)) VIRTUAL")
    rows = books.ROWS.partition("INSERT INTO splits")[0]
    damaged = bytearray(books.sqlite())
    damaged[2000:6000] = b"\xff" * 4000
    return {
        "a view instead of a table": books.sqlite(schema=view, rows=rows),
        "a column that is made up": books.sqlite(
            schema=huge,
            rows=rows + "INSERT INTO splits (tx_guid, account_guid) VALUES ('t1', 'bank');",
        ),
        "a page that is damaged": bytes(damaged),
        "half a database": books.sqlite()[:3000],
        "a bomb of entities": books.xml().replace(
            b"<gnc-v2", b'<!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gnc-v2', 1
        ),
        "a bomb of zeros": gzip.compress(books.xml()[:-20] + b" " * 600_000_000, compresslevel=1),
        "deep nesting": books.xml("<gnc:account>" * 100_000),
        "half a gzip": gzip.compress(books.xml())[:-20],
    }


@pytest.mark.parametrize(
    "name",
    [
        "a view instead of a table",
        "a column that is made up",
        "a page that is damaged",
        "half a database",
        "a bomb of entities",
        "a bomb of zeros",
        "deep nesting",
        "half a gzip",
    ],
)
def test_a_book_made_to_hurt_is_refused_in_bounded_time(name: str) -> None:
    data = _hostile()[name]
    began = time.process_time()
    with pytest.raises(FileUnreadable):
        read(data, format="gnucash")
    assert time.process_time() - began < 6


def test_another_database_isnt_taken_for_gnucash() -> None:
    data = books.sqlite(schema="CREATE TABLE splits (a);", rows="")
    assert _format_of(data) != "gnucash"


def _format_of(data: bytes) -> str | None:
    try:
        file: DraftFile = read(data)
    except Exception:  # noqa: BLE001 - whichever fault it is
        return None
    return file.format
