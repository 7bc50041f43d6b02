"""Transactions of Lunch Money."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftSplit, FileTooLong, FileUnreadable

Json = dict[str, Any]


def transaction(id_: int, amount: str, **members: Any) -> Json:
    usual: Json = {
        "id": id_,
        "date": "2024-03-01",
        "payee": "Shop",
        "amount": amount,
        "currency": "usd",
        "to_base": 1,
        "category_name": "Food",
        "category_group_name": "Daily",
        "is_income": False,
        "exclude_from_totals": False,
        "status": "cleared",
        "is_pending": False,
        "notes": None,
        "original_name": "SHOP 12",
        "parent_id": None,
        "is_group": False,
        "asset_id": None,
        "plaid_account_id": 7,
        "plaid_account_display_name": "Checking",
        "tags": [],
    }
    return usual | members


PAY: Json = {"category_name": "Pay", "category_group_name": None, "is_income": True}
SPENT_POSITIVE = [
    transaction(1, "12.5000", tags=[{"name": "a b", "id": 1}], notes="n"),
    transaction(2, "-1000.0000", **PAY),
    transaction(3, "3.0000", parent_id=9),
    transaction(4, "4.0000", parent_id=9, category_name="Fun"),
    transaction(5, "20.0000", category_name="Payment, Transfer", exclude_from_totals=True, is_pending=True),
    transaction(6, "8.0000", is_group=True, children=[transaction(7, "8.0000", asset_id=5, asset_name="Cash")]),
    transaction(8, "0.0000"),
]


def _data(transactions: list[Json]) -> bytes:
    return json.dumps({"transactions": transactions, "has_more": False}).encode()


def test_transactions_become_statements_with_the_signs_of_the_account() -> None:
    file = read(_data(SPENT_POSITIVE))
    assert file.format == "lunchmoney"
    assert not file.questions
    [statement] = file.statements
    assert (statement.name, statement.currency) == ("Checking", "USD")
    spent, pay, split, moved, grouped = statement.rows
    assert (spent.amount, spent.category, spent.tags, spent.notes) == (Decimal("-12.50"), "Daily:Food", ("a b",), "n")
    assert (spent.payee, spent.description, spent.external_id) == ("Shop", "SHOP 12", "1")
    assert (pay.amount, pay.category) == (Decimal("1000.00"), "Pay")
    assert (split.amount, split.external_id) == (Decimal("-7.00"), "9")
    assert split.splits == (DraftSplit(Decimal("-3.00"), "Daily:Food"), DraftSplit(Decimal("-4.00"), "Daily:Fun"))
    assert (moved.category, moved.status) == (None, "pending")
    assert (grouped.amount, grouped.external_id) == (Decimal("-8.00"), "7")
    assert [(skipped.line, skipped.reason) for skipped in file.skipped] == [
        (6, "is the sum of a group"),
        (7, "moves no money"),
    ]


def test_income_above_nothing_shows_that_spending_is_below() -> None:
    [statement] = read(_data([transaction(1, "-12.50"), transaction(2, "1000", **PAY)])).statements
    assert [row.amount for row in statement.rows] == [Decimal("-12.50"), Decimal("1000.00")]


def test_signs_that_nothing_shows_are_asked_about() -> None:
    data = _data([transaction(1, "12.50")])
    file = read(data)
    [question] = file.questions
    assert (question.name, question.chosen) == ("signs", "spent_positive")
    assert file.statements[0].rows[0].amount == Decimal("-12.50")
    answered = read(data, answers={"signs": "spent_negative"})
    assert not answered.questions
    assert answered.statements[0].rows[0].amount == Decimal("12.50")
    with pytest.raises(FileUnreadable):
        read(data, answers={"signs": "?"})


def test_version_2_of_the_api_is_read_with_its_categories() -> None:
    each = transaction(1, "12.50", category_id=3, manual_account_id=5, plaid_account_id=None)
    each = {name: each[name] for name in ("id", "date", "payee", "amount", "currency", "to_base", "category_id")}
    each |= {"manual_account_id": 5, "plaid_account_id": None, "status": "reviewed", "split_parent_id": None}
    content = {
        "transactions": [each],
        "categories": [{"id": 2, "name": "Daily"}, {"id": 3, "name": "Food", "group_id": 2}],
    }
    file = read(json.dumps(content).encode())
    assert not file.questions
    [statement] = file.statements
    assert statement.name == "5"
    assert (statement.rows[0].amount, statement.rows[0].category) == (Decimal("-12.50"), "Daily:Food")


def test_what_cant_be_read_is_refused() -> None:
    with pytest.raises(FileUnreadable):
        read(_data([transaction(1, "1e5")]))
    with pytest.raises(FileUnreadable):
        read(_data([transaction(1, "1", date="soon")]))
    with pytest.raises(FileTooLong):
        read(_data(SPENT_POSITIVE), max_rows=3)


def test_a_list_of_transactions_alone_is_read() -> None:
    file = read(json.dumps(SPENT_POSITIVE).encode())
    assert file == read(_data(SPENT_POSITIVE))
