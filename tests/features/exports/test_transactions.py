"""Transactions as files."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.household import Household, Person

from farthing.formats import detection
from farthing.formats.drafts import DraftBook


async def exported(home: Household, **wanted: Any) -> httpx2.Response:
    answer = await home.ask("GET", "/exports/transactions", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer


async def book_of(home: Household, **wanted: Any) -> DraftBook:
    book = detection.read((await exported(home, **wanted)).content).book
    assert book is not None
    return book


async def test_every_field_is_there(household: Household) -> None:
    savings = await household.open_account("Savings", currency="USD")
    await household.record(
        "-12.50",
        payee="=Corner Shop",
        description="-x",
        notes="two\nlines",
        tags=["a;b", "c"],
        metadata={"n": 4, "d": {"date": "2026-03-01"}, "x": {"number": "1.50"}, "no": None, "yes": True, "t": "5"},
        value_date="2026-03-02",
        due_date="2026-03-03",
        status="pending",
    )
    exchange = {"amount": "10.00", "from": household.checking_id, "to": savings["id"], "to_amount": "11.00"}
    await household.made("/transactions", {"date": "2026-03-02", **exchange})
    shown = (await household.got("/transactions", params={"sort": "date", "generated": True}))["data"]

    book = await book_of(household)

    assert [each.external_id for each in book.transactions] == [each["id"] for each in shown]
    for read, each in zip(book.transactions, shown, strict=True):
        assert (read.payee, read.description, read.notes) == (each["payee"], each["description"], each["notes"])
        assert list(read.tags) == [tag["name"] for tag in each["tags"]]
        assert read.metadata.keys() == each["metadata"].keys()
        assert (str(read.value_date), str(read.due_date)) == (str(each["value_date"]), str(each["due_date"]))
        assert [
            (line.account, f"{line.amount}", line.currency, line.status, line.memo, line.generated)
            for line in read.postings
        ] == [
            (line["account"], line["amount"], line["currency"], line["status"], line["memo"], line["generated"])
            for line in each["postings"]
        ]
    assert book.transactions[0].metadata["x"] == Decimal("1.50")


@pytest.mark.parametrize(
    "filters", [{"q": "shop amount>10"}, {"account": "Assets:Checking", "date_from": "2026-03-02"}]
)
async def test_the_filters_of_the_list_are_those_of_the_export(household: Household, filters: dict[str, str]) -> None:
    for day in ("2026-03-01", "2026-03-02"):
        await household.record("-12.50", payee="Shop", date=day)
        await household.record("-2.50", payee="Baker", date=day)
    listed = (await household.got("/transactions", params=filters | {"sort": "date"}))["data"]
    assert 0 < len(listed) < 4

    assert [each.external_id for each in (await book_of(household, **filters)).transactions] == [
        each["id"] for each in listed
    ]


async def test_more_than_is_in_memory_at_a_time_comes_out_once_each(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.features.exports.service.export.AT_ONCE", 3)
    monkeypatch.setattr("farthing.features.exports.service.export.IN_MEMORY", 10)
    ids = [(await household.record(f"-{number}.00"))["id"] for number in range(1, 11)]

    assert [each.external_id for each in (await book_of(household)).transactions] == ids


async def test_lines_of_json_are_what_the_list_answers(household: Household) -> None:
    await household.record()
    await household.record()
    listed = (await household.got("/transactions", params={"sort": "date", "generated": True}))["data"]

    answer = await exported(household, format="jsonl")

    assert [json.loads(line) for line in answer.text.splitlines()] == listed


async def test_records_are_all_that_the_book_holds(household: Household) -> None:
    await household.record(payee="Shop", tags=["a"])

    answer = await household.ask("GET", "/exports/records")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == (await household.got("/digest"))["records"]
    assert {"account", "payee", "tag", "transaction"} <= {line["kind"] for line in lines}
    feed = (await household.got("/changes", params={"include": "records", "limit": 200}))["data"]
    assert {(line["kind"], line["id"]): line["record"] for line in lines} == {
        (each["kind"], each["id"]): each["record"] for each in feed
    }


@pytest.mark.parametrize(
    ("wanted", "media_type", "ending"),
    [
        ("csv", "text/csv", "csv"),
        ("tsv", "text/tab-separated-values", "tsv"),
        ("jsonl", "application/x-ndjson", "jsonl"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ],
)
async def test_a_file_has_a_name_and_a_type(household: Household, wanted: str, media_type: str, ending: str) -> None:
    assert (await household.ask("PATCH", "", {"name": 'Ada\'s "Haus" / Ü'})).status_code == 200

    answer = await exported(household, format=wanted)

    assert answer.headers["content-type"].startswith(media_type)
    assert f'.{ending}"' in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith('attachment; filename="ada-s-haus-_-transactions-20')
    head = await household.ask("HEAD", "/exports/transactions", params={"format": wanted})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-disposition"] == answer.headers["content-disposition"]


async def test_nothing_new_is_not_sent_again(household: Household) -> None:
    tag = (await exported(household)).headers["etag"]

    again = await household.ask("GET", "/exports/transactions", headers={"If-None-Match": tag})
    assert again.status_code == 304
    await household.record()
    later = await household.ask("GET", "/exports/transactions", headers={"If-None-Match": tag})
    assert later.status_code == 200


async def test_an_empty_book_is_a_line_of_headings(household: Household) -> None:
    ((first, *_),) = csv.reader(io.StringIO((await exported(household)).text))

    assert first == "transaction_id"


async def test_an_observer_takes_nothing_home(household: Household) -> None:
    observer = await Person.registered(household.person.client)
    await household.share(observer, "observer")

    answer = await observer.ask("GET", f"/books/{household.book_id}/exports/transactions")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("wanted", "parameter"),
    [
        ({"format": "pdf"}, "format"),
        ({"account": "Assets:None"}, "account"),
        ({"q": "amount>x"}, "q"),
        ({"a": "b"}, "a"),
    ],
)
async def test_what_is_wrong_is_named(household: Household, wanted: dict[str, str], parameter: str) -> None:
    answer = await household.ask("GET", "/exports/transactions", params=wanted)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter
