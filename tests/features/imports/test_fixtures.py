"""Every file that other projects publish, of whatever format, through HTTP: it comes in whole, and once.

Also if it is handed in eight times at once, and again after that.
"""

from __future__ import annotations

import asyncio
import csv
import json
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from tests.conftest import FIXTURES
from tests.features.answers import granted, refused
from tests.features.journal.chain import check_book
from tests.household import Client, Household

from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileReadingUnsure

EXPECTED = FIXTURES / "EXPECTED.tsv"


def _files() -> list[str]:
    if not EXPECTED.exists():
        return []
    with EXPECTED.open(encoding="utf-8", newline="") as lines:
        return sorted({row["file"] for row in csv.DictReader(lines, delimiter="\t")})


FILES = _files()
pytestmark = pytest.mark.skipif(not FILES, reason=f"there are no fixtures at {FIXTURES}")
ANSWERED = {"date_order": "mdy"}
ASSUMED = frozenset({"currency"})
"""What is assumed of a file that doesn't say it: the book's."""
AT_ONCE = 8
"""So often a file is handed in at the same time."""
FEW = 12
"""Of files of more rows, one waits for the other longer than requests may."""


def known(data: bytes) -> tuple[DraftFile, dict[str, str]]:
    """What a file says, and the answers that it needs to say it."""
    try:
        file = read(data)
    except FileReadingUnsure:
        return read(data, answers=ANSWERED), ANSWERED
    answers = {each.name: each.chosen or each.choices[0].value for each in file.questions}
    return (read(data, answers=answers) if answers else file), answers


async def received(client: Client, file: DraftFile) -> tuple[Household, str | None]:
    """A household with the accounts that a file is for, and the one to name."""
    currency = next((each.currency for each in file.statements if each.currency), None) or "EUR"
    home = await Household.founded(client, currency=currency)
    if file.book is not None or (file.statements and all(each.name and not each.number for each in file.statements)):
        return home, None
    numbers = {each.number: each for each in file.statements if each.number}
    if len(numbers) == len({each.number for each in file.statements}) and numbers:
        for number, statement in numbers.items():
            await home.open_account(f"Bank {number}", number=number, currency=statement.currency or currency)
        return home, None
    return home, "Assets:Checking"


@pytest.mark.parametrize("name", FILES)
async def test_a_real_file_comes_in_whole_and_once(client: Client, superuser: asyncpg.Connection, name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    try:
        file, answers = known(data)
    except FileFormatUnknown:
        pytest.skip("no reader knows it")
    home, account = await received(client, file)
    if set(answers) - ASSUMED:
        refused(await home.bring(data, account=account), 422, "file_reading_unsure")
    form = {"answers": json.dumps(answers)} if answers else {}
    before = await home.got("/digest")
    count = len(file.book.transactions) if file.book else sum(len(each.rows) for each in file.statements)
    at_once = AT_ONCE if count <= FEW else 1
    answers_at_once = await asyncio.gather(*(home.bring(data, account=account, form=form) for _ in range(at_once)))
    # On a slow machine some wait for their book longer than a request may: they are told so, and did nothing.
    busy = [answer for answer in answers_at_once if answer.status_code == 503]
    assert all(answer.json()["code"] == "book_busy" for answer in busy)
    each_brought = [granted(answer, 201) for answer in answers_at_once if answer not in busy]
    brought, *others = sorted(each_brought, key=lambda each: each["revision"] is None)
    assert all((each["created"], each["revision"]) == (0, None) for each in others)
    rows = await every_row(home, brought["id"])
    assert len(rows) == count
    twins = sum(1 for row in rows if row["reasons"] and row["reasons"][0]["code"] == "other_side_in_file")
    assert (brought["created"], brought["duplicates"]) == (count - twins, twins)
    assert all(not Decimal(total) for total in (await home.trial_balance()).values())
    for each in brought["accounts"]:
        closing = each["statement"]["closing"]
        if closing and len(brought["accounts"]) == 1:
            held = await home.balance(each["account_id"], date=closing["date"])
            off = Decimal(closing["amount"]) - Decimal(held[closing["currency"]])
            assert off == Decimal(each["statement"]["difference"]["amount"])
            assert bool(off) is any("away" in warning for warning in brought["warnings"])
    for _ in range(2):
        again = granted(await home.bring(data, account=account, form=form), 201)
        assert (again["created"], again["duplicates"], again["revision"]) == (0, count, None)
    await check_book(superuser, home.book_id)
    granted(await home.ask("DELETE", f"/imports/{brought['id']}"), 204)
    after = await home.got("/digest")
    if not answers:
        assert after["digest"] == before["digest"]


async def every_row(home: Household, import_id: str) -> list[Any]:
    """All rows of an import."""
    rows: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await home.got(f"/imports/{import_id}/rows", params={"limit": "200", **cursor})
        rows += page["data"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}
