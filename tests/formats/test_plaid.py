"""Answers of Plaid."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import FileTooLong, FileUnreadable

Json = dict[str, Any]

ACCOUNTS: list[Json] = [
    {"account_id": "a", "name": "Plaid Checking", "mask": "0000", "type": "depository", "subtype": "checking"},
    {"account_id": "b", "name": "Card", "mask": "1111", "type": "credit", "subtype": "credit card"},
    {"account_id": "c", "name": "Card", "mask": "2222", "type": "credit", "subtype": "credit card"},
]


def transaction(id_: str, amount: float, **members: Any) -> Json:
    usual: Json = {
        "transaction_id": id_,
        "account_id": "a",
        "amount": amount,
        "date": "2024-03-01",
        "name": "SHOP 12",
        "merchant_name": "Shop",
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "pending": False,
        "pending_transaction_id": None,
    }
    return usual | members


FOOD: Json = {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_GROCERIES", "confidence_level": "LOW"}
MOVED: Json = {"primary": "TRANSFER_OUT", "detailed": "TRANSFER_OUT_ACCOUNT_TRANSFER"}
GET: Json = {
    "accounts": ACCOUNTS,
    "transactions": [
        transaction("1", 12.5, personal_finance_category=FOOD, original_description="SHOP 12 NYC"),
        transaction("2", -1000, category=["Transfer", "Payroll"], date="2024-02-01"),
        transaction("3", 5, pending=True, account_id="b", category=["Food and Drink", "Restaurants"]),
        transaction("4", 7, pending=True, account_id="b"),
        transaction("5", 7.25, pending_transaction_id="4", account_id="b", personal_finance_category=MOVED),
        transaction("6", 0),
        transaction("7", 800, account_id="c", iso_currency_code="JPY"),
    ],
    "total_transactions": 7,
}


def _data(content: object) -> bytes:
    return json.dumps(content).encode()


def test_an_answer_becomes_a_statement_for_each_account_with_the_signs_of_the_account() -> None:
    file = read(_data(GET))
    assert file.format == "plaid"
    checking, card, other = file.statements
    assert (checking.name, checking.account_type, checking.currency) == ("Plaid Checking", "checking", "USD")
    assert (card.name, card.account_type, other.name) == ("Card 1111", "credit_card", "Card 2222")
    came, spent = checking.rows
    assert (came.date, came.amount, came.category) == (dt.date(2024, 2, 1), Decimal("1000.00"), None)
    assert (spent.amount, spent.category) == (Decimal("-12.50"), "Food and drink:Groceries")
    assert (spent.payee, spent.description, spent.external_id) == ("Shop", "SHOP 12 NYC", "1")
    assert (other.rows[0].amount, other.currency) == (Decimal(-800), "JPY")


def test_what_was_pending_and_is_booked_counts_once() -> None:
    file = read(_data(GET))
    card = file.statements[1]
    assert [(row.external_id, row.status, row.category) for row in card.rows] == [
        ("3", "pending", "Food and Drink:Restaurants"),
        ("5", "cleared", None),
    ]
    assert [(skipped.line, skipped.reason) for skipped in file.skipped] == [
        (4, "is booked since, under another id"),
        (6, "moves no money"),
    ]


def test_several_answers_of_a_sync_add_up() -> None:
    pages = [
        {"accounts": ACCOUNTS, "added": [transaction("1", 1), transaction("2", 2)], "modified": [], "removed": []},
        {"added": [], "modified": [transaction("1", 3)], "removed": [{"transaction_id": "2"}], "next_cursor": "x"},
    ]
    [statement] = read(_data(pages)).statements
    assert [(row.external_id, row.amount) for row in statement.rows] == [("1", Decimal("-3.00"))]


def test_transactions_alone_are_read() -> None:
    [statement] = read(_data([transaction("1", 1)])).statements
    assert statement.name == "a"


def test_more_transactions_than_allowed_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(_data(GET), max_rows=6)


@pytest.mark.parametrize("members", [{"amount": "much"}, {"amount": 1e-30}, {"date": None}, {"date": "2024-13-01"}])
def test_a_transaction_that_cant_be_read_is_refused(members: Json) -> None:
    with pytest.raises(FileUnreadable):
        read(_data({"transactions": [transaction("1", 1) | members]}))
