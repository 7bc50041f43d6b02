"""Answers of YNAB's API."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBook, DraftSplit, DraftTransaction, FileTooLong, FileUnreadable

Json = dict[str, Any]


def transaction(id_: str, amount: int, **members: Any) -> Json:
    usual: Json = {
        "id": id_,
        "date": "2024-03-01",
        "amount": amount,
        "memo": None,
        "cleared": "cleared",
        "flag_color": None,
        "account_id": "giro",
        "payee_id": None,
        "category_id": None,
        "transfer_account_id": None,
        "transfer_transaction_id": None,
        "deleted": False,
    }
    return usual | members


BREAD: Json = {"memo": "bread", "flag_color": "red"}
TOY: Json = {"id": "s1", "transaction_id": "t4", "amount": -5_000, "category_id": "fun", "memo": "toy"}
REPAID: Json = {"id": "s2", "transaction_id": "t4", "amount": -4_000, "transfer_account_id": "card"}
BUDGET: Json = {
    "id": "b",
    "name": "Home",
    "currency_format": {"iso_code": "EUR", "decimal_digits": 2},
    "accounts": [
        {"id": "giro", "name": "Giro: A", "type": "checking", "closed": False, "deleted": False},
        {"id": "card", "name": "Card", "type": "creditCard", "closed": False, "deleted": False},
        {"id": "old", "name": "Old", "type": "savings", "closed": True, "deleted": False},
    ],
    "payees": [{"id": "p", "name": "Grocer"}, {"id": "s", "name": "Starting Balance"}],
    "category_groups": [{"id": "g", "name": "Daily"}, {"id": "i", "name": "Internal Master Category"}],
    "categories": [
        {"id": "food", "category_group_id": "g", "name": "Food"},
        {"id": "fun", "category_group_id": "g", "name": "Fun"},
        {"id": "in", "category_group_id": "i", "name": "Inflow: Ready to Assign"},
        {"id": "none", "category_group_id": "i", "name": "Uncategorized"},
    ],
    "months": [{"month": "2024-03-01"}],
    "scheduled_transactions": [{"id": "x"}],
    "transactions": [
        transaction("t0", 1_000_000, payee_id="s", category_id="in"),
        transaction(
            "t1", -12_500, payee_id="p", category_id="food", memo="bread", flag_color="red", cleared="uncleared"
        ),
        transaction("t2", -30_000, transfer_account_id="card", transfer_transaction_id="t3", cleared="reconciled"),
        transaction("t3", 30_000, account_id="card", transfer_account_id="giro", transfer_transaction_id="t2"),
        transaction("t4", -9_000, payee_id="p"),
        transaction("t5", 4_000, account_id="card", transfer_account_id="giro", transfer_transaction_id="s2"),
        transaction("t6", 5_000, payee_id="p", category_id="in"),
        transaction("t7", -1_000, payee_id="p", category_id="none", deleted=True),
        transaction("t8", -2_000, category_id="none"),
        transaction("t9", 7_000, account_id="old", transfer_account_id="giro", date="2024-03-02"),
        transaction("t10", -7_000, account_id="old", transfer_account_id="giro", date="2024-03-03"),
    ],
    "subtransactions": [TOY, REPAID | {"transfer_transaction_id": "t5"}],
}


def answer(**changed: Any) -> bytes:
    return json.dumps({"data": {"budget": BUDGET | changed, "server_knowledge": 5}}).encode()


def budget(data: bytes) -> DraftBook:
    found = read(data).book
    assert found is not None
    return found


def sides(each: DraftTransaction) -> list[tuple[str, str]]:
    return [(posting.account, f"{posting.amount:f}") for posting in each.postings]


GIRO = "Assets:Giro\ua789 A"


def test_a_budget_becomes_a_book_in_which_each_transfer_is_one_transaction() -> None:
    found = budget(answer())
    assert {each.external_id: sides(each) for each in found.transactions} == {
        "t0": [(GIRO, "1000.00"), ("Equity:Opening Balances", "-1000.00")],
        "t1": [(GIRO, "-12.50"), ("Expenses:Daily:Food", "12.50")],
        "t2": [(GIRO, "-30.00"), ("Liabilities:Card", "30.00")],
        "t4": [(GIRO, "-9.00"), ("Expenses:Daily:Fun", "5.00"), ("Liabilities:Card", "4.00")],
        "t6": [(GIRO, "5.00"), ("Income:Ready to Assign", "-5.00")],
        "t8": [(GIRO, "-2.00"), ("Expenses:Uncategorised", "2.00")],
        "t9": [("Assets:Old", "7.00"), (GIRO, "-7.00")],
        "t10": [("Assets:Old", "-7.00"), (GIRO, "7.00")],
    }


def test_what_is_known_of_a_transaction_is_kept() -> None:
    found = {each.external_id: each for each in budget(answer()).transactions}
    assert found["t0"].is_opening
    assert (found["t1"].payee, found["t1"].description, found["t1"].tags) == ("Grocer", "bread", ("red",))
    assert found["t1"].postings[0].status == "pending"
    assert [posting.status for posting in found["t2"].postings] == ["reconciled", "cleared"]
    assert found["t4"].postings[1].memo == "toy"


def test_what_isnt_read_is_said() -> None:
    file = read(answer())
    assert file.warnings == ("Not read: 1 scheduled transactions.", "Not read: 1 months of budgets and goals.")
    assert [(skipped.line, skipped.reason) for skipped in file.skipped] == [
        (4, "is the other side of a transfer"),
        (6, "is the other side of a transfer"),
        (8, "was deleted"),
    ]


def test_accounts_keep_their_types_and_whether_they_are_closed() -> None:
    accounts = {each.name: each for each in budget(answer()).accounts}
    assert (accounts[GIRO].type, accounts[GIRO].currency) == ("checking", "EUR")
    assert (accounts["Liabilities:Card"].kind, accounts["Liabilities:Card"].type) == ("liability", "credit_card")
    closed = accounts["Assets:Old"].closed
    assert closed is not None
    assert closed.isoformat() == "2024-03-03"


def test_a_budget_without_a_currency_asks_for_it() -> None:
    data = answer(currency_format=None)
    [question] = read(data).questions
    assert question.name == "currency"
    found = read(data, answers={"currency": "JPY"})
    assert not found.questions
    assert found.book
    assert {posting.currency for each in found.book.transactions for posting in each.postings} == {"JPY"}


def test_transactions_alone_become_statements() -> None:
    parts = [
        {"id": "s1", "amount": -5000, "category_name": "Fun", "memo": "toy"},
        {"id": "s2", "amount": -4000, "transfer_account_id": "card"},
    ]
    data = json.dumps(
        {
            "data": {
                "transactions": [
                    transaction("a", -9000, account_name="Giro", payee_name="Grocer", subtransactions=parts),
                    transaction("b", -1234, account_name="Giro", category_name="Food", subtransactions=[]),
                    transaction("c", 4000, account_name="Card", account_id="card", transfer_account_id="giro"),
                ]
            }
        }
    ).encode()
    giro, card = read(data).statements
    assert giro.rows[0].splits == (
        DraftSplit(Decimal("-5.00"), "Fun", None, "toy"),
        DraftSplit(Decimal("-4.00"), None, "Card"),
    )
    assert (giro.rows[1].amount, giro.rows[1].category) == (Decimal("-1.234"), "Food")
    assert (card.rows[0].transfer_to, card.rows[0].external_id) == ("Giro", "c")


def test_more_transactions_than_allowed_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(answer(), max_rows=10)


@pytest.mark.parametrize(
    "members",
    [{"amount": 1.5e300}, {"amount": "9" * 60}, {"date": "2024-02-30"}, {"account_id": "gone"}, {"amount": [1]}],
)
def test_a_transaction_that_cant_be_read_is_refused(members: Json) -> None:
    with pytest.raises(FileUnreadable):
        read(answer(transactions=[transaction("t", -1000) | members]))


def test_json_that_nests_without_end_is_refused() -> None:
    data = b'{"transactions":"cleared","transfer_account_id":"flag_color","a":' + b"[" * 1_000_000
    with pytest.raises(FileUnreadable):
        read(data, format="ynab")
