"""A book goes out as plain text, and the programs that it is for reckon the balances that it has here."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests import oracles
from tests.conftest import FIXTURES
from tests.features.answers import granted
from tests.household import Client, Household

from farthing.formats.detection import read
from farthing.formats.drafts import DraftBook, FileReadingUnsure

TRADING = "Equity:Trading"
SEEDS = Path(__file__).parents[2] / "formats" / "seeds"
REAL = [
    *(str(path) for word in ("beancount", "hledger", "ledger") for path in sorted(FIXTURES.glob(f"{word}/*/*"))),
    *(str(path) for path in sorted(SEEDS.glob("*/household.*"))),
]
RECKONED = {
    "beancount": oracles.beancount_balances,
    "hledger": oracles.hledger_balances,
    "ledger": oracles.ledger_balances,
}


async def exported(home: Household, word: str, **wanted: Any) -> bytes:
    answer = await home.ask("GET", "/exports/transactions", params={"format": word, **wanted})
    assert answer.status_code == 200, answer.text
    return answer.content


async def held(home: Household) -> dict[tuple[str, str], Decimal]:
    """What each account of the book holds, where that isn't nothing."""
    answer = await home.got("/accounts/balances", params={"date": "2999-12-31", "closed": True, "archived": True})
    return {
        (account["account"], each["currency"]): Decimal(each["amount"])
        for account in answer["data"]
        for each in account["balances"]
        if Decimal(each["amount"])
    }


def told(book: DraftBook) -> dict[tuple[str, str], Decimal]:
    """What the accounts of a file come to, where that isn't nothing."""
    sums: dict[tuple[str, str], Decimal] = {}
    for transaction in book.transactions:
        for posting in transaction.postings:
            key = posting.account, posting.currency
            sums[key] = sums.get(key, Decimal(0)) + posting.amount
    return {key: amount for key, amount in sums.items() if amount}


def settled(sums: dict[tuple[str, str], Decimal]) -> list[Decimal]:
    """What isn't nothing, without what exchanges went through: those programs reckon that themselves."""
    return sorted(amount for (account, _), amount in sums.items() if account != TRADING and amount)


def answers(data: bytes) -> dict[str, str]:
    """What the file leaves open, answered with what is likeliest."""
    try:
        return {each.name: each.chosen or each.choices[0].value for each in read(data).questions}
    except FileReadingUnsure:
        return {"dollar": "USD"}


@pytest.mark.parametrize("path", REAL, ids=lambda path: Path(path).name)
async def test_a_real_ledger_goes_in_and_out_and_every_balance_is_agreed_on(
    client: Client, path: str, tmp_path: Path
) -> None:
    home = await Household.founded(client)
    data = await asyncio.to_thread(Path(path).read_bytes)
    granted(await home.bring(data, account=None, form={"answers": json.dumps(answers(data))}), 201)
    ours = await held(home)
    for word, reckoned in RECKONED.items():
        written = await exported(home, word)
        book = read(written, format=word).book
        assert book is not None
        ours_but_trading = {key: amount for key, amount in ours.items() if key[0] != TRADING}
        said = {key: amount for key, amount in told(book).items() if key[0] != TRADING}
        assert said == ours_but_trading, word
        oracle = reckoned(oracles.check(word, written, tmp_path))
        assert settled(oracle) == settled(ours), word

    again = await Household.founded(client)
    granted(await again.bring(await exported(home, "beancount"), account=None), 201)
    assert await held(again) == ours


async def kept(client: Client) -> Household:
    """A household with accounts of several kinds, and what is hard to say of them."""
    home = await Household.founded(client)
    await home.ask("PATCH", f"/accounts/{home.checking_id}", {"number": "DE89370400440532013000"})
    await home.open_account("Visa", "liability", type="credit_card", currency="EUR")
    await home.open_account("Dollars", currency="USD", type="savings")
    await home.record("-12.50", payee="Corner <Shop> & Sons, the very best of all in town", category="Expenses:Food")
    await home.record("-3.00", payee="Waiting", status="pending")
    await home.made(
        "/transactions", {"date": "2026-03-02", "amount": "20.00", "from": "Assets:Checking", "to": "Liabilities:Visa"}
    )
    exchange = {"amount": "10.00", "from": "Assets:Checking", "to": "Assets:Dollars", "to_amount": "11.00"}
    await home.made("/transactions", {"date": "2026-03-03", **exchange})
    postings = [
        {"account": "Assets:Checking", "amount": "-7.00", "currency": "EUR"},
        {"account": "Expenses:Food", "amount": "5.00", "currency": "EUR", "memo": "Bread"},
        {"account": "Expenses:Fees", "amount": "2.00", "currency": "EUR"},
    ]
    await home.made("/transactions", {"date": "2026-03-04", "payee": "Baker", "postings": postings})
    return home


@pytest.mark.parametrize("word", ["ofx", "ofx_sgml"])
async def test_statements_of_accounts_leave_as_ofx(client: Client, word: str) -> None:
    home = await kept(client)

    file = read(await exported(home, word))

    assert file.format == "ofx"
    by_number = {each.number: each for each in file.statements}
    checking = by_number["DE89370400440532013000"]
    assert [(str(each.date), f"{each.amount}", each.status) for each in checking.rows] == [
        ("2026-03-01", "-12.50", "cleared"),
        ("2026-03-02", "-20.00", "cleared"),
        ("2026-03-03", "-10.00", "cleared"),
        ("2026-03-04", "-7.00", "cleared"),
        *([("2026-03-01", "-3.00", "pending")] if word == "ofx" else []),
    ]
    assert checking.closing is not None
    assert checking.closing.amount == Decimal("-49.50")
    listed = {each["id"] for each in (await home.got("/transactions"))["data"]}
    assert {each.external_id for each in checking.rows if each.status == "cleared"} < listed
    assert sorted((each.currency, each.account_type) for each in file.statements) == [
        ("EUR", "checking"),
        ("EUR", "credit_card"),
        ("USD", "savings"),
    ]


async def test_the_same_movements_have_the_same_ids_each_time(client: Client) -> None:
    home = await kept(client)

    def ids(data: bytes) -> set[str | None]:
        return {row.external_id for statement in read(data).statements for row in statement.rows}

    whole, some = await exported(home, "ofx"), await exported(home, "ofx", date_from="2026-03-03")
    assert ids(some) < ids(whole) == ids(await exported(home, "ofx"))


async def test_registers_leave_as_qif(client: Client) -> None:
    home = await kept(client)

    file = read(await exported(home, "qif"), answers={"date_order": "mdy"})

    registers = {each.name: each for each in file.statements}
    assert set(registers) == {"Checking", "Visa", "Dollars"}
    rows = [(f"{row.amount}", row.category, row.transfer_to, len(row.splits)) for row in registers["Checking"].rows]
    assert rows == [
        ("-12.50", "Food", None, 0),
        ("-3.00", "Uncategorised", None, 0),
        ("-20.00", None, "Visa", 0),
        ("-10.00", None, "Dollars", 0),
        ("-7.00", None, None, 2),
    ]
    assert [(f"{row.amount}", row.transfer_to) for row in registers["Dollars"].rows] == [("11.00", "Checking")]


@pytest.mark.parametrize("word", ["beancount", "hledger", "ledger"])
async def test_a_part_of_a_book_is_accepted_by_the_program_it_is_for(client: Client, word: str, tmp_path: Path) -> None:
    home = await kept(client)
    await home.made("/checkpoints", {"account": home.checking_id, "date": "2026-03-04", "amount": "-49.50"})

    written = await exported(home, word, account="Assets:Dollars")

    book = read(written, format=word).book
    assert book is not None
    assert len(book.transactions) == 1
    assert book.assertions == ()
    assert {each.name for each in book.accounts} == {"Assets:Checking", "Assets:Dollars", TRADING}
    oracles.check(word, written, tmp_path)


@pytest.mark.parametrize("word", ["beancount", "hledger", "ledger"])
async def test_checkpoints_are_balances_that_the_program_agrees_on(client: Client, word: str, tmp_path: Path) -> None:
    home = await Household.founded(client)
    await home.record("-12.50")
    await home.made("/checkpoints", {"account": home.checking_id, "date": "2026-03-04", "amount": "-12.50"})

    written = await exported(home, word)

    book = read(written, format=word).book
    assert book is not None
    assert [(each.account, str(each.date), each.amount) for each in book.assertions] == [
        ("Assets:Checking", "2026-03-04", Decimal("-12.50"))
    ]
    oracles.check(word, written, tmp_path)


async def test_many_more_than_are_in_memory_leave_in_every_format(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.features.exports.service.export.AT_ONCE", 3)
    monkeypatch.setattr("farthing.features.exports.spool.IN_MEMORY", 100)
    home = await Household.founded(client)
    for number in range(1, 11):
        await home.record(f"-{number}.00", payee=f"Shop {number}")

    for word in ("beancount", "hledger", "ledger", "qif", "ofx", "ofx_sgml"):
        data = await exported(home, word)
        assert [data.count(f"Shop {number}".encode()) for number in range(2, 11)] == [1] * 9, word
