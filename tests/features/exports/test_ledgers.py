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
