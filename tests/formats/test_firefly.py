"""Exports of Firefly III."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBook, DraftTransaction, FileUnreadable

HEADINGS = re.findall(
    r"[a-z_]+",
    """user_id group_id journal_id created_at updated_at group_title type currency_code amount foreign_currency_code
    foreign_amount primary_currency_code pc_amount pc_foreign_amount description date source_name source_iban
    source_type destination_name destination_iban destination_type reconciled category budget bill tags notes
    due_date""",
)


def export(*rows: dict[str, str]) -> bytes:
    lines = [",".join(f'"{row.get(heading, "")}"' for heading in HEADINGS) for row in rows]
    return "\n".join([",".join(HEADINGS), *lines]).encode()


def row(**cells: str) -> dict[str, str]:
    usual = {
        "group_id": "1",
        "journal_id": "1",
        "type": "Withdrawal",
        "currency_code": "EUR",
        "amount": "-12.50",
        "description": "Lunch",
        "date": "2024-03-01T23:30:00+02:00",
        "source_name": "Giro",
        "source_iban": "DE02120300000000202051",
        "source_type": "Asset account",
        "destination_name": "Café",
        "destination_type": "Expense account",
    }
    return usual | cells


def book(*rows: dict[str, str], **answers: str) -> DraftBook:
    found = read(export(*rows), answers=answers).book
    assert found is not None
    return found


def sides(transaction: DraftTransaction) -> list[tuple[str, str]]:
    return [(posting.account, f"{posting.amount:f} {posting.currency}") for posting in transaction.postings]


def test_a_withdrawal_becomes_an_expense_of_its_category_and_payee() -> None:
    found = book(
        row(category="Eating out", tags="a b,c", budget="Food", notes="n", reconciled="1", due_date="2024-03-05")
    )
    [spent] = found.transactions
    assert sides(spent) == [("Assets:Giro", "-12.50 EUR"), ("Expenses:Eating out", "12.50 EUR")]
    assert (spent.payee, spent.description, spent.notes, spent.tags) == ("Café", "Lunch", "n", ("a b", "c"))
    assert (spent.date, spent.due_date) == (dt.date(2024, 3, 1), dt.date(2024, 3, 5))
    assert spent.external_id == "firefly-1"
    assert spent.metadata == {"budget": "Food"}
    assert spent.postings[0].status == "reconciled"
    giro = found.accounts[0]
    assert (giro.kind, giro.currency, giro.number) == ("asset", "EUR", "DE02120300000000202051")


def test_a_deposit_without_a_category_is_uncategorised_income() -> None:
    [came] = book(
        row(
            type="Deposit",
            amount="100",
            source_name="Employer",
            source_type="Revenue account",
            destination_name="Giro",
            destination_type="Asset account",
        )
    ).transactions
    assert sides(came) == [("Assets:Giro", "100 EUR"), ("Income:Uncategorised", "-100 EUR")]
    assert came.payee == "Employer"


def test_a_category_of_refunds_and_spending_is_what_it_mostly_is() -> None:
    refund = row(
        group_id="2",
        type="Deposit",
        amount="2.50",
        category="Clothes",
        source_name="Shop",
        source_type="Revenue account",
        destination_name="Giro",
        destination_type="Asset account",
    )
    found = book(row(category="Clothes"), refund)
    assert [sides(each)[1] for each in found.transactions] == [
        ("Expenses:Clothes", "12.50 EUR"),
        ("Expenses:Clothes", "-2.50 EUR"),
    ]


def test_a_transfer_between_currencies_is_one_exchange() -> None:
    [exchange] = book(
        row(
            type="Transfer",
            amount="10.00",
            foreign_amount="11.00",
            foreign_currency_code="USD",
            destination_name="Dollars",
            destination_type="Asset account",
            category="ignored",
        )
    ).transactions
    assert sides(exchange) == [("Assets:Giro", "-10.00 EUR"), ("Assets:Dollars", "11.00 USD")]
    assert exchange.payee is None


def test_what_was_spent_abroad_is_noted() -> None:
    [spent] = book(row(foreign_amount="-13.00", foreign_currency_code="USD")).transactions
    assert spent.metadata == {"foreign_amount": "13.00 USD"}
    assert spent.postings[0].currency == "EUR"


@pytest.mark.parametrize(("amount", "asset_is"), [("500.00", "destination"), ("-500.00", "source")])
def test_an_opening_balance_goes_the_way_that_its_accounts_say(amount: str, asset_is: str) -> None:
    other = "source" if asset_is == "destination" else "destination"
    cells = {
        "type": "Opening balance",
        "amount": amount,
        f"{asset_is}_name": "Giro",
        f"{asset_is}_type": "Asset account",
        f"{other}_name": "Initial balance for Giro",
        f"{other}_type": "Initial balance account",
    }
    [opening] = book(row(**cells)).transactions
    assert opening.is_opening
    assert sides(opening) == [("Assets:Giro", f"{amount} EUR"), ("Equity:Opening Balances", f"{-Decimal(amount)} EUR")]


def test_an_opening_balance_that_names_one_end_is_of_that_account() -> None:
    cells = {"source_name": "", "source_type": "", "destination_name": "Giro"}
    kind = "Initial balance account"
    [opening] = book(row(**cells, type="Opening balance", amount="-500.00", destination_type=kind)).transactions
    assert sides(opening) == [("Assets:Giro", "500.00 EUR"), ("Equity:Opening Balances", "-500.00 EUR")]


def test_rows_of_one_group_are_one_transaction() -> None:
    [split] = book(
        row(group_title="Market", category="Food", amount="-10.00"),
        row(journal_id="2", group_title="Market", category="House", amount="-2.50", description="Soap"),
    ).transactions
    assert sides(split) == [
        ("Assets:Giro", "-12.50 EUR"),
        ("Expenses:Food", "10.00 EUR"),
        ("Expenses:House", "2.50 EUR"),
    ]
    assert split.description == "Market"
    assert [posting.memo for posting in split.postings] == [None, "Lunch", "Soap"]
    assert split.original["description (2)"] == "Soap"


def test_debts_keep_their_types() -> None:
    found = book(row(destination_name="Bank", destination_type="Mortgage"))
    assert {(each.name, each.type) for each in found.accounts} == {
        ("Assets:Giro", None),
        ("Liabilities:Bank", "mortgage"),
    }


FEW = b"""type,amount,date,source_name,destination_name,category
Opening balance,5.00,2024-01-01T00:00:00+01:00,Initial balance for "Giro",Giro,
Withdrawal,-1.00,2024-01-02T00:00:00+01:00,Giro,Shop,Food
Transfer,2.00,2024-01-03T00:00:00+01:00,Giro,Savings,
"""


def test_a_file_without_currencies_asks_for_one() -> None:
    file = read(FEW)
    [question] = file.questions
    assert (question.name, question.chosen) == ("currency", None)
    assert file.shape is not None
    assert file.book is None
    answered = read(FEW, answers={"currency": "chf"})
    assert not answered.questions
    assert answered.book
    assert [sides(each) for each in answered.book.transactions] == [
        [("Assets:Giro", "5.00 CHF"), ("Equity:Opening Balances", "-5.00 CHF")],
        [("Assets:Giro", "-1.00 CHF"), ("Expenses:Food", "1.00 CHF")],
        [("Assets:Giro", "-2.00 CHF"), ("Assets:Savings", "2.00 CHF")],
    ]
    with pytest.raises(FileUnreadable):
        read(FEW, answers={"currency": "XXX"})


@pytest.mark.parametrize(
    "cells",
    [
        {"type": "Gift"},
        {"date": "soon"},
        {"amount": "much"},
        {"currency_code": "?"},
        {"source_type": "Revenue account"},
    ],
)
def test_a_row_that_cant_be_read_names_its_line(cells: dict[str, str]) -> None:
    with pytest.raises(FileUnreadable) as raised:
        read(export(row(), row(group_id="2", **cells)))
    assert raised.value.blames[0].line == 3


REAL = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "csv" / "ezbookkeeping" / "firefly-export-1.csv"


@pytest.mark.skipif(not REAL.exists(), reason=f"there is no {REAL}")
def test_a_real_export_adds_up_to_what_another_program_makes_of_it() -> None:
    found = read(REAL.read_bytes(), answers={"currency": "CNY"}).book
    assert found is not None
    own = [posting for each in found.transactions for posting in each.postings if posting.account.startswith("Assets:")]
    assert len(found.transactions) == 4
    assert sum(posting.amount for posting in own) == Decimal("122.57")
