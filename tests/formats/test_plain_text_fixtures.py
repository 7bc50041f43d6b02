"""Real ledgers and registers that other projects publish, against what their own programs say is in them."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.conftest import FIXTURES

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBook

LEDGERS = {
    "beancount/beancount/basic.beancount": 68,
    "beancount/beancount/example.beancount": 1146,
    "hledger/hledger/bcexample.journal": 1035,
    "hledger/hledger/multicurrency.journal": 4,
    "hledger/hledger/sample.journal": 5,
}
REGISTERS = (
    "qif/actual/data-with-categories.qif",
    "qif/csv2ofx/default_w_splits.qif",
    "qif/ezbookkeeping/qif-1.qif",
    "qif/gnucash/cbb-export.qif",
    "qif/gnucash/ms-money.qif",
)
_AMOUNT = re.compile(r"(?P<sign>\$)? ?(?P<number>-?[0-9.,]+) ?(?P<commodity>[A-Z]+)?\Z")

pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason=f"there are no fixtures at {FIXTURES}")


def _book(name: str) -> DraftBook:
    book = read((FIXTURES / name).read_bytes()).book
    assert book
    return book


def _balances(book: DraftBook) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for transaction in book.transactions:
        for posting in transaction.postings:
            sums[posting.account, posting.currency] += posting.amount
    return {key: value for key, value in sums.items() if value}


def _stated(name: str) -> Iterator[tuple[tuple[str, str], Decimal]]:
    """Each balance that the file's own program printed."""
    path = FIXTURES / "expected_balances" / f"{name.replace('/', '_')}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if "currency" in row:
                yield (row["account"].strip(), row["currency"].strip()), Decimal(row["number"].strip())
            elif row["account"].lower() != "total":
                for amount in row["balance"].split(", "):
                    yield from ((key, value) for key, value in _printed(row["account"], amount))


def _printed(account: str, text: str) -> Iterator[tuple[tuple[str, str], Decimal]]:
    found = _AMOUNT.match(text.strip())
    assert found
    if text.strip() != "0":
        yield (account, "USD" if found["sign"] else found["commodity"]), Decimal(found["number"].replace(",", ""))


@pytest.mark.parametrize("name", LEDGERS)
def test_a_real_ledger_has_the_balances_that_its_own_program_prints(name: str) -> None:
    book = _book(name)
    assert len(book.transactions) == LEDGERS[name]
    assert _balances(book) == {key: value for key, value in _stated(name) if value}


def test_a_real_ledger_of_ledger_has_the_balances_that_ledger_prints() -> None:
    balances = _balances(_book("ledger/ledger/drewr3.dat"))
    printed = (FIXTURES / "expected_balances" / "ledger_ledger_drewr3.dat.bal.txt").read_text(encoding="utf-8")
    compared = 0
    for line in printed.splitlines():
        found = re.match(r" *\$ (-?[0-9,.]+)  (\S.*)\Z", line)
        if found and found[2] != "Liabilities:Tithe":  # an automatic posting, which isn't read
            below = sum(
                (amount for (account, _), amount in balances.items() if f"{account}:".startswith(f"{found[2]}:")),
                Decimal(0),
            )
            assert below == Decimal(found[1].replace(",", "")), found[2]
            compared += 1
    assert compared == len(balances)


@pytest.mark.parametrize("name", REGISTERS)
def test_a_real_register_holds_what_independent_tools_say(name: str) -> None:
    file = read((FIXTURES / name).read_bytes())
    with (FIXTURES / "EXPECTED.tsv").open(encoding="utf-8", newline="") as lines:
        expected = [row for row in csv.DictReader(lines, delimiter="\t") if row["file"] == name]
    rows = [row for statement in file.statements for row in statement.rows]
    empty = [skipped for skipped in file.skipped if skipped.reason == "moves no money"]
    assert len(rows) + len(empty) == sum(int(each["txn_count"]) for each in expected)
    assert sum((row.amount for row in rows), Decimal(0)) == sum((Decimal(each["sum"]) for each in expected), Decimal(0))
    splits = sum(int(found[1]) for each in expected if (found := re.search(r"split lines (\d+)", each["note"])))
    assert sum(len(row.splits) for row in rows) == splits
    transfers = sum(int(found[1]) for each in expected if (found := re.search(r"transfers (\d+)", each["note"])))
    assert sum(1 for row in rows if row.transfer_to or (row.is_opening and row.original.get("L"))) == transfers
    assert file.questions == ()


def test_balances_that_a_real_ledger_states_hold() -> None:
    for name in ("beancount/beancount/basic.beancount", "beancount/beancount/example.beancount"):
        file = read((FIXTURES / name).read_bytes())
        assert file.book
        assert file.book.assertions
        assert file.warnings == ()
