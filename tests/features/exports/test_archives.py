"""A book leaves as one file, and comes back as it was."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.features.answers import granted
from tests.features.changes.mirror import Mirror
from tests.household import Household, Person, serving
from tests.whims import Person as Whimsical

from farthing.core.changelog import canonical
from farthing.core.records import KINDS, STAMP_ENDINGS
from farthing.entrypoints.cli.verify import _prove
from farthing.features.exports.archive import VERSION

KEPT = Path(__file__).parent / "archives"
"""An archive of each version that there was, made by the program of its day."""
STATEMENT = b"Date,Payee,Amount\n2026-03-05,Corner Store,-4.20\n2026-03-06,Employer,2500.00\n"
RECEIPT = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


async def archived(home: Household) -> bytes:
    answer = await home.ask("GET", "/exports/archive")
    assert answer.status_code == 200, answer.text
    return answer.content


async def restored(person: Person, archive: bytes) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {person.access_token}"}
    return await person.client.request(
        "POST", "/api/v1/books/restore", files={"file": ("book.zip", archive)}, headers=headers
    )


async def home_of(person: Person, archive: bytes) -> Household:
    answer = await restored(person, archive)
    assert answer.status_code == 201, answer.text
    return Household(person, answer.json()["id"])


async def lived_in(home: Household, steps: int = 120, seed: int = 7) -> None:
    """Do what comes to mind, to whatever."""
    me = Whimsical(home, random.Random(seed))
    for _ in range(steps):
        await me.act()
    await home.ask("PATCH", "", {"time_zone": "Europe/Vienna", "locale": "de-AT", "locked_until": "2026-01-05"})


async def mirrored(home: Household) -> dict[Any, Any]:
    mirror = Mirror(home, limit=200)
    await mirror.catch_up()
    return mirror.records


@pytest.mark.parametrize("seed", [7, 9, 11])
async def test_a_book_comes_back_as_it_was_on_another_instance(
    household: Household, fresh_database_url: str, signing_key: str, seed: int
) -> None:
    await lived_in(household, seed=seed)
    digest, records = await household.got("/digest"), await mirrored(household)
    book, head = await household.got(""), await household.revision()
    archive = await archived(household)

    async with serving(fresh_database_url, signing_key, registration="open") as client:
        again = await home_of(await Person.registered(client), archive)

        assert (await again.got("/digest")) == digest | {"revision": head + 1}
        assert await mirrored(again) == records
        became = await again.got("")
        same = ("id", "name", "currency", "time_zone", "locale", "locked_until", "checkpoint_policy", "created_at")
        assert {name: became[name] for name in same} == {name: book[name] for name in same}
        assert (await again.trial_balance()) == (await household.trial_balance())
        for page in ("/transactions", "/accounts", "/payees", "/tags", "/checkpoints", "/imports", "/links"):
            assert (await again.got(page))["data"] == (await household.got(page))["data"], page
        await _undone_as_before(household, again, head)
        await _verified(again)


async def _undone_as_before(first: Household, again: Household, head: int) -> None:
    """What can be undone in the one book can be in the other, with the same outcome."""
    for home in (first, again):
        assert (await home.ask("PATCH", "", {"locked_until": None})).status_code == 200
    for revision in range(head - 1, max(3, head - 12), -1):
        one = await first.ask("POST", f"/changes/{revision}/undo")
        other = await again.ask("POST", f"/changes/{revision}/undo")
        assert one.status_code == other.status_code, (revision, one.text, other.text)
    assert (await first.got("/digest"))["digest"] == (await again.got("/digest"))["digest"]


async def _verified(home: Household) -> None:
    settings = home.person.client.app.settings
    proof = await _prove(settings, UUID(home.book_id), lambda _done, _total: None, attachments=True)
    assert proof.holds, proof.findings


async def test_beside_the_book_it_was_made_of_it_is_another_book(household: Household) -> None:
    await lived_in(household, steps=40)
    archive = await archived(household)

    copy = await home_of(household.person, archive)

    assert copy.book_id != household.book_id
    assert (await copy.got("/digest"))["digest"] == (await household.got("/digest"))["digest"]
    assert (await copy.ask("POST", f"/changes/{await copy.revision()}/undo")).status_code < 500


async def test_attached_files_come_with_it(household: Household) -> None:
    transaction = await household.record()
    attached = (await household.attach(f"/transactions/{transaction['id']}", RECEIPT)).json()

    copy = await home_of(household.person, await archived(household))

    answer = await copy.ask("GET", f"/attachments/{attached['id']}/content")
    assert (answer.status_code, answer.content) == (200, RECEIPT)


async def test_what_was_then_is_known_as_before(household: Household) -> None:
    transaction = await household.record("-12.50", payee="Shop")
    then = await household.revision()
    await household.ask("PATCH", f"/transactions/{transaction['id']}", {"amount": "-9.00", "payee": "Baker"})

    copy = await home_of(household.person, await archived(household))

    wanted = {"known_at": then}
    assert await copy.got("/transactions", params=wanted) == await household.got("/transactions", params=wanted)
    assert await copy.got(f"/history/{transaction['id']}") == await household.got(f"/history/{transaction['id']}")


async def test_people_are_no_part_of_an_archive(household: Household) -> None:
    other = await Person.registered(household.person.client, name="Grace")
    await household.share(other, "editor")

    copy = await home_of(household.person, await archived(household))

    assert [each["user_id"] for each in (await copy.got("/members"))["data"]] == [household.person.id]
    assert (await other.ask("GET", f"/books/{copy.book_id}")).status_code == 404


class Forged:
    """An archive that someone changed, and made fit to what it says of itself where they could."""

    def __init__(self, archive: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            self.files = {name: opened.read(name) for name in opened.namelist()}
        self.manifest = json.loads(self.files.pop("manifest.json"))

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.files[name].splitlines()]

    def put(self, name: str, lines: list[Any]) -> None:
        self.files[name] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def packed(self) -> bytes:
        self.manifest["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        return self.as_it_is()

    def as_it_is(self) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in {"manifest.json": json.dumps(self.manifest).encode(), **self.files}.items():
                packed.writestr(name, data)
        return file.getvalue()


def _set(name: str, line: int, **values: Any) -> Callable[[Forged], None]:
    def change(forged: Forged) -> None:
        lines = forged.lines(name)
        lines[line] |= values
        forged.put(name, lines)

    return change


def _postings(**values: Any) -> Callable[[Forged], None]:
    def change(forged: Forged) -> None:
        lines = forged.lines("records/transaction.jsonl")
        lines[1]["postings"][0] |= values
        forged.put("records/transaction.jsonl", lines)

    return change


TRANSACTIONS, ACCOUNTS = "records/transaction.jsonl", "records/account.jsonl"
FORGERIES: dict[str, tuple[Callable[[Forged], Any], str, int | None]] = {
    "an unbalanced transaction": (_postings(amount="-99.00"), TRANSACTIONS, 2),
    "an amount beyond bounds": (_postings(amount="1" + "0" * 30), TRANSACTIONS, 2),
    "an amount that costs much": (_postings(amount="1e999999999"), TRANSACTIONS, 2),
    "no amount": (_postings(amount="much"), TRANSACTIONS, 2),
    "an account that isn't there": (_postings(account_id="019aad3e-7a10-7cc3-98c4-dc0c0c07398f"), "", None),
    "a field nobody knows": (_set(TRANSACTIONS, 1, admin=True), TRANSACTIONS, 2),
    "a day that isn't": (_set(TRANSACTIONS, 1, date="2026-02-30"), TRANSACTIONS, 2),
    "a kind that isn't": (_set(TRANSACTIONS, 1, kind="gift"), TRANSACTIONS, 2),
    "a revision to come": (_set(TRANSACTIONS, 1, revision=10**6), TRANSACTIONS, 2),
    "a number for a text": (_set(TRANSACTIONS, 1, notes=5), TRANSACTIONS, 2),
    "a NUL": (_set(TRANSACTIONS, 1, notes="a\x00b"), TRANSACTIONS, 2),
    "half a character": (_set(TRANSACTIONS, 1, notes="\ud800"), TRANSACTIONS, 2),
    "metadata of another shape": (_set(TRANSACTIONS, 1, metadata={"a": [1]}), TRANSACTIONS, 2),
    "an id that isn't": (_set(TRANSACTIONS, 1, id="x"), TRANSACTIONS, 2),
    "postings that aren't": (_set(TRANSACTIONS, 1, postings="none"), TRANSACTIONS, 2),
    "no postings": (_set(TRANSACTIONS, 1, postings=[]), "", None),
    "a name of another account": (_set(ACCOUNTS, 1, full_name="Assets:Other"), "", None),
    "an account under itself": (
        lambda forged: _set(ACCOUNTS, 1, parent_id=forged.lines(ACCOUNTS)[1]["id"])(forged),
        "",
        None,
    ),
    "a record that isn't": (lambda forged: forged.put(TRANSACTIONS, [1]), TRANSACTIONS, 1),
    "no JSON": (lambda forged: forged.files.update({TRANSACTIONS: b"{"}), TRANSACTIONS, 1),
    "deep JSON": (lambda forged: forged.files.update({TRANSACTIONS: b"[" * 10**6}), TRANSACTIONS, 1),
    "a long number": (lambda forged: forged.files.update({TRANSACTIONS: b"9" * 10**6}), TRANSACTIONS, 1),
    "not a number": (lambda forged: forged.files.update({TRANSACTIONS: b"NaN"}), TRANSACTIONS, 1),
    "records left out": (lambda forged: forged.put(TRANSACTIONS, forged.lines(TRANSACTIONS)[:-1]), "", None),
    "a change left out": (lambda forged: forged.put("changes.jsonl", forged.lines("changes.jsonl")[:-1]), "", None),
    "a change in the middle left out": (
        lambda forged: forged.put("changes.jsonl", forged.lines("changes.jsonl")[1:]),
        "changes.jsonl",
        1,
    ),
    "another operation": (_set("changes.jsonl", 1, operation="nothing"), "", None),
    "another summary": (_set("changes.jsonl", 1, summary="Nothing."), "", None),
    "an instant that isn't": (_set("changes.jsonl", 1, at="now"), "changes.jsonl", 2),
    "history of the future": (_set("history.jsonl", 0, revision=10**6), "history.jsonl", 1),
    "another digest": (lambda forged: forged.manifest.update(digest="0" * 64), "", None),
    "another head": (lambda forged: forged.manifest.update(head_hash="0" * 64), "", None),
    "no book": (lambda forged: forged.manifest.update(book=None), "manifest.json", 1),
    "a zone that isn't": (lambda forged: forged.manifest["book"].update(time_zone="Mars"), "manifest.json", 1),
    "another book's id": (
        lambda forged: forged.manifest["book"].update(id="019aad3e-7a10-7cc3-98c4-dc0c0c07398f"),
        "",
        None,
    ),
    "a kind of record that isn't": (lambda forged: forged.files.update({"records/spell.jsonl": b"{}\n"}), "", None),
    "a file that isn't": (lambda forged: forged.files.update({"../../etc/passwd": b"x"}), "", None),
    "another format": (lambda forged: forged.manifest.update(format="other"), "", None),
    "a later version": (lambda forged: forged.manifest.update(version=2), "", None),
    "no version": (lambda forged: forged.manifest.update(version=True), "", None),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_archive_makes_nothing(household: Household, forgery: str) -> None:
    await household.record("-12.50", payee="Shop")
    changed = await household.record("-3.00")
    await household.ask("PATCH", f"/transactions/{changed['id']}", {"amount": "-4.00"})
    forge, file, line = FORGERIES[forgery]
    forged = Forged(await archived(household))
    forge(forged)
    before = (await household.person.ask("GET", "/books")).json()

    answer = await restored(household.person, forged.packed())

    assert answer.status_code == 422, answer.text
    assert file in answer.json()["detail"]
    if line is not None:
        assert answer.json()["errors"][0]["line"] == line, answer.text
    assert (await household.person.ask("GET", "/books")).json() == before


async def test_what_was_altered_on_its_way_is_told(household: Household) -> None:
    forged = Forged(await archived(household))
    manifest = dict(forged.manifest)
    forged.files[ACCOUNTS] = forged.files[ACCOUNTS].replace(b"Checking", b"Chucking")
    forged.manifest = manifest

    answer = await restored(household.person, forged.as_it_is())

    assert (answer.status_code, answer.json()["code"]) == (422, "archive_altered")


async def test_an_attached_file_that_is_another_is_refused(household: Household) -> None:
    transaction = await household.record()
    assert (await household.attach(f"/transactions/{transaction['id']}", RECEIPT)).is_success
    forged = Forged(await archived(household))
    (name,) = (name for name in forged.files if name.startswith("contents/"))
    forged.files[name] = RECEIPT.replace(b"obj", b"jbo")

    answer = await restored(household.person, forged.packed())

    assert (answer.status_code, answer.json()["code"]) == (422, "archive_altered")


@pytest.mark.parametrize("data", [b"x", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(100)])
async def test_what_is_no_archive_is_refused(household: Household, data: bytes) -> None:
    answer = await restored(household.person, data)

    assert (answer.status_code, answer.json()["code"]) == (422, "archive_unreadable")


@pytest.mark.parametrize("bound", ["ARCHIVE_UNPACKED_BYTES", "ARCHIVE_LINE_BYTES", "ARCHIVE_ENTRIES"])
async def test_a_bomb_is_not_unpacked(household: Household, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = await archived(household)
    monkeypatch.setattr(f"farthing.features.exports.archive.{bound}", 5)
    forged = Forged(archive)
    forged.put(TRANSACTIONS, [" " * 10**7])

    answer = await restored(household.person, forged.packed())

    assert (answer.status_code, answer.json()["code"]) == (413, "archive_too_large")


@pytest.mark.parametrize("version", range(1, VERSION + 1))
async def test_an_older_archive_keeps_coming_in(household: Household, version: int) -> None:
    archive = (KEPT / f"version-{version}.zip").read_bytes()
    manifest = Forged(archive).manifest
    assert manifest["version"] == version

    home = await home_of(household.person, archive)

    assert home.book_id == manifest["book"]["id"]
    counts = Counter(
        {kind: count for kind, count in manifest["counts"].items() if f"records/{kind}.jsonl" in manifest["files"]}
    )
    assert (await home.got("/digest"))["records"] == counts.total()
    assert (await home.got("/transactions"))["data"]
    again = Forged(await archived(home)).manifest
    assert {name: again["book"][name] for name in manifest["book"]} == manifest["book"]
    assert again["counts"] | {"changes": 0} == manifest["counts"] | {"changes": 0} | {
        name: count for name, count in again["counts"].items() if name not in manifest["counts"]
    }
    await _verified(home)


async def test_an_archive_from_before_a_column_keeps_coming_in(household: Household) -> None:
    await household.record("-12.50", payee="Shop")
    forged = Forged(await archived(household))
    digest = hashlib.sha256()
    for name in sorted(forged.files):
        if not name.startswith("records/"):
            continue
        kind, lines = name[8:-6], forged.lines(name)
        for line in lines:
            line.pop("due_date" if kind == "transaction" else "", None)
            told = {field: value for field, value in line.items() if not field.endswith(STAMP_ENDINGS)}
            digest.update(canonical([kind, told]) + b"\n")
        forged.put(name, lines)
    assert digest.hexdigest() != forged.manifest["digest"]
    forged.manifest["digest"] = digest.hexdigest()

    copy = await home_of(household.person, forged.packed())

    assert (await copy.got("/digest"))["digest"] == (await household.got("/digest"))["digest"]


async def test_members_are_told_of_and_not_restored(household: Household) -> None:
    fellow = await household.joined("editor")
    archive = await archived(household)

    copy = await home_of(household.person, archive)

    told = {each["email"]: each["role"] for each in Forged(archive).lines("members.jsonl")}
    assert told == {household.person.email: "owner", fellow.email: "editor"}
    assert [each["email"] for each in (await copy.got("/members"))["data"]] == [household.person.email]


async def test_what_is_restored_holds_prices_profiles_and_lines_of_statements(household: Household) -> None:
    await lived_in(household, 20)
    granted(await household.bring(STATEMENT, account=household.checking_id), 201)
    await household.made("/prices", {"commodity": "USD", "currency": "EUR", "date": "2026-03-02", "amount": "0.92"})
    kinds = {name[8:-6] for name in Forged(await archived(household)).files if name.startswith("records/")}
    assert kinds == set(KINDS)

    copy = await home_of(household.person, await archived(household))

    for page in ("/prices", "/import-profiles", "/imports"):
        assert (await copy.got(page))["data"] == (await household.got(page))["data"]
    again = granted(await copy.bring(STATEMENT, account=household.checking_id), 201)
    assert (again["created"], again["duplicates"]) == (0, 2)
