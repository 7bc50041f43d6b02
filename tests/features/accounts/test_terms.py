"""What was agreed about an account: interest, limits, payments and terms; and what a credit limit leaves to spend."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.features.answers import granted, refused
from tests.household import Household

from farthing.ledger.accounts import AccountTerm, AccountType

NOTHING: dict[str, Any] = dict.fromkeys(("minimum_payment", "payment_day", "started_on", "ends_on", "original_amount"))
MORTGAGE: dict[str, Any] = {
    "name": "Flat",
    "kind": "liability",
    "type": "mortgage",
    "currency": "EUR",
    "interest_rate": "3.750001",
    "terms": {
        "minimum_payment": "950.5",
        "payment_day": 31,
        "started_on": "2020-02-29",
        "ends_on": "2050-02-28",
        "original_amount": "240000",
    },
}


async def test_terms_are_told_as_they_were_given_amounts_at_their_precision(household: Household) -> None:
    account = await household.made("/accounts", MORTGAGE)
    assert account["interest_rate"] == "3.750001"
    assert account["credit_limit"] is None
    assert account["terms"] == MORTGAGE["terms"] | {"minimum_payment": "950.50", "original_amount": "240000.00"}
    bare = await household.got(f"/accounts/{household.checking_id}")
    assert (bare["interest_rate"], bare["credit_limit"], bare["terms"]) == (None, None, NOTHING)
    listed = (await household.got("/accounts", params={"kind": "liability"}))["data"]
    assert listed == [account]


async def test_terms_are_merged_and_cleared(household: Household) -> None:
    account = await household.made("/accounts", MORTGAGE)
    path = f"/accounts/{account['id']}"
    changed = granted(await household.ask("PATCH", path, {"terms": {"payment_day": 1, "ends_on": None}}))
    assert changed["terms"] == account["terms"] | {"payment_day": 1, "ends_on": None}
    assert changed["interest_rate"] == "3.750001"
    revision = await household.revision()
    granted(await household.ask("PATCH", path, {"terms": {"payment_day": 1}, "interest_rate": "3.7500010"}))
    granted(await household.ask("PATCH", path, {"terms": {}}))
    assert await household.revision() == revision
    cleared = granted(await household.ask("PATCH", path, {"terms": None, "interest_rate": None}))
    assert (cleared["terms"], cleared["interest_rate"]) == (NOTHING, None)
    (image, *_) = (await household.got(f"/history/{account['id']}"))["data"]
    assert image["before"]["minimum_payment"] == "950.50"
    assert image["before"]["payment_day"] == 1


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"interest_rate": "1000.1"}, "request_invalid", "/interest_rate"),
        ({"interest_rate": "-100.1"}, "request_invalid", "/interest_rate"),
        ({"interest_rate": "0.1234567"}, "request_invalid", "/interest_rate"),
        ({"interest_rate": 3.75}, "request_invalid", "/interest_rate"),
        ({"interest_rate": "1e3"}, "request_invalid", "/interest_rate"),
        ({"credit_limit": "-1"}, "request_invalid", "/credit_limit"),
        ({"credit_limit": "0.001"}, "amount_too_fine", "/credit_limit"),
        ({"credit_limit": "9" * 28}, "amount_too_large", "/credit_limit"),
        ({"terms": {"payment_day": 0}}, "request_invalid", "/terms/payment_day"),
        ({"terms": {"payment_day": 32}}, "request_invalid", "/terms/payment_day"),
        ({"terms": {"payment_day": "1st"}}, "request_invalid", "/terms/payment_day"),
        ({"terms": {"minimum_payment": "-0.01"}}, "request_invalid", "/terms/minimum_payment"),
        ({"terms": {"original_amount": "1.005"}}, "amount_too_fine", "/terms/original_amount"),
        ({"terms": {"started_on": "2026-02-30"}}, "request_invalid", "/terms/started_on"),
        ({"terms": {"started_on": "2026-03-02", "ends_on": "2026-03-01"}}, "terms_reversed", "/terms/ends_on"),
        ({"terms": {"fee": "1"}}, "request_invalid", "/terms/fee"),
        ({"terms": []}, "request_invalid", "/terms"),
    ],
)
async def test_what_makes_no_term_is_refused(
    household: Household, given: dict[str, Any], code: str, pointer: str
) -> None:
    wanted = {"name": "Loan", "kind": "liability", "type": "loan", "currency": "EUR"}
    refused(await household.ask("POST", "/accounts", wanted | given), 422, code, pointer=pointer)
    loan = await household.made("/accounts", wanted)
    refused(await household.ask("PATCH", f"/accounts/{loan['id']}", given), 422, code, pointer=pointer)


async def test_only_accounts_that_they_fit_have_terms(household: Household) -> None:
    unfit: list[tuple[str | None, str, dict[str, Any], str]] = [
        ("cash", "asset", {"interest_rate": "1"}, "/interest_rate"),
        ("property", "asset", {"terms": {"original_amount": "1"}}, "/terms/original_amount"),
        ("savings", "asset", {"credit_limit": "1"}, "/credit_limit"),
        ("checking", "asset", {"terms": {"payment_day": 1}}, "/terms/payment_day"),
        ("credit_card", "liability", {"terms": {"ends_on": "2026-01-01"}}, "/terms/ends_on"),
        (None, "asset", {"interest_rate": "1"}, "/interest_rate"),
    ]
    for type_, kind, given, pointer in unfit:
        wanted = {"name": "x", "kind": kind, "type": type_, "currency": "EUR", **given}
        refused(await household.ask("POST", "/accounts", wanted), 422, "term_unfit", pointer=pointer)
    lent = {"name": "x", "kind": "asset", "type": "receivable", "terms": {"original_amount": "1"}}
    refused(await household.ask("POST", "/accounts", lent), 422, "currency_required", pointer="/currency")
    system = next(each for each in (await household.got("/accounts", params={"limit": 200}))["data"] if each["role"])
    answer = await household.ask("PATCH", f"/accounts/{system['id']}", {"interest_rate": "1"})
    refused(answer, 422, "term_unfit", pointer="/interest_rate")


async def test_terms_hold_when_type_or_currency_change_under_them(household: Household) -> None:
    loan = await household.made("/accounts", MORTGAGE | {"type": "loan", "credit_limit": "10.05"})
    path = f"/accounts/{loan['id']}"
    answer = await household.ask("PATCH", path, {"type": "mortgage"})
    refused(answer, 422, "term_unfit", pointer="/credit_limit")
    refused(await household.ask("PATCH", path, {"currency": "JPY"}), 422, "amount_too_fine", pointer="/credit_limit")
    refused(await household.ask("PATCH", path, {"type": None}), 422, "term_unfit")
    whole = {"currency": "JPY", "credit_limit": "10", "terms": {"minimum_payment": "950"}}
    changed = granted(await household.ask("PATCH", path, whole))
    assert (changed["credit_limit"], changed["terms"]["original_amount"]) == ("10", "240000")
    granted(await household.ask("PATCH", path, {"type": "mortgage", "credit_limit": None}))


async def test_a_credit_limit_says_what_is_left_to_spend(household: Household) -> None:
    card = await household.open_account(
        "Card", "liability", type="credit_card", currency="EUR", credit_limit="2000", interest_rate="19.9"
    )

    async def available(**wanted: str) -> Any:
        read = await household.got(f"/accounts/{card['id']}/balance", params=wanted)
        return read["balances"][0]["amount"], read["available"]

    assert await available() == ("0.00", {"amount": "2000.00", "currency": "EUR"})
    await household.record("-150.25", account="Liabilities:Card")
    await household.record("-2000", account="Liabilities:Card", date="2026-04-01")
    assert await available(date="2026-03-31") == ("-150.25", {"amount": "1849.75", "currency": "EUR"})
    assert await available(date="2999-12-31") == ("-2150.25", {"amount": "-150.25", "currency": "EUR"})
    overdraft = granted(await household.ask("PATCH", f"/accounts/{household.checking_id}", {"credit_limit": "0"}))
    assert overdraft["credit_limit"] == "0.00"
    await household.record("40.00")
    read = await household.got(f"/accounts/{household.checking_id}/balance")
    assert read["available"] == {"amount": "40.00", "currency": "EUR"}
    wallet = await household.open_account("Wallet", type="cash")
    assert (await household.got(f"/accounts/{wallet['id']}/balance"))["available"] is None


@pytest.mark.parametrize(
    "values",
    [
        "interest_rate = 1000.000001",
        "interest_rate = 0.0000001",
        "credit_limit = -1",
        "minimum_payment = 1e28",
        "original_amount = 0.0000000000000000001",
        "payment_day = 32",
        "payment_day = 0",
        "started_on = '1599-12-31'",
        "ends_on = '3000-01-01'",
        "started_on = '2026-01-02', ends_on = '2026-01-01'",
        "currency = NULL, credit_limit = 1",
        "type = NULL, interest_rate = 1",
    ],
)
async def test_postgresql_bounds_terms_too(household: Household, superuser: asyncpg.Connection, values: str) -> None:
    loan = await household.open_account("Loan", "liability", type="loan", currency="EUR")
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute(f"UPDATE accounts SET {values} WHERE id = $1", UUID(loan["id"]))


VALUES = {
    AccountTerm.PAYMENT_DAY: "1",
    AccountTerm.STARTED_ON: "'2026-01-01'",
    AccountTerm.ENDS_ON: "'2026-01-01'",
}


@pytest.mark.parametrize("type_", AccountType)
async def test_postgresql_and_the_ledger_agree_on_what_fits_a_type(
    household: Household, superuser: asyncpg.Connection, type_: AccountType
) -> None:
    account = UUID((await household.open_account("x", currency="EUR"))["id"])
    for term in AccountTerm:
        statement = f"UPDATE accounts SET type = '{type_}', {term} = {VALUES.get(term, '1')} WHERE id = $1"
        fits = True
        try:
            async with superuser.transaction():
                await superuser.execute(statement, account)
                await superuser.execute(f"UPDATE accounts SET {term} = NULL WHERE id = $1", account)
        except asyncpg.CheckViolationError:
            fits = False
        assert fits == (term in type_.terms), term
