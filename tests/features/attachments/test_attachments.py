"""Files of transactions and of accounts: what is kept, what it is called, and how it is handed out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.architecture.plain_sql import as_app
from tests.features.answers import granted, refused
from tests.features.attachments.samples import KEPT, REFUSED, pdf, png
from tests.features.journal.chain import check_book
from tests.household import Household, Person, serving

from farthing.core.bounds import ATTACHMENT_BYTES
from farthing.kit import ids

Serving = Callable[..., AbstractAsyncContextManager[Household]]


@pytest.fixture
def founded(database_url: str, signing_key: str, tmp_path: Path) -> Serving:
    """A household whose files are kept where the test can look."""

    @asynccontextmanager
    async def serve(**settings: Any) -> AsyncIterator[Household]:
        async with serving(database_url, signing_key, registration="open", data_dir=tmp_path, **settings) as client:
            yield await Household.founded(client)

    return serve


@pytest.fixture
async def home(founded: Serving) -> AsyncIterator[Household]:
    async with founded() as household:
        yield household


@pytest.fixture
async def coffee(home: Household) -> str:
    """The path of a transaction."""
    return f"/transactions/{(await home.record())['id']}"


@pytest.fixture
def kept(home: Household, tmp_path: Path) -> Callable[[], dict[str, bytes]]:
    """All objects of the book."""
    folder = tmp_path / "attachments" / home.book_id
    return lambda: {file.name: file.read_bytes() for file in folder.glob("*")}


async def test_a_file_is_given_back_as_it_was(home: Household, coffee: str, superuser: asyncpg.Connection) -> None:
    data = pdf()
    answer = await home.attach(coffee, data, "Beleg Köln.pdf", form={"note": "Coffee\nfor two"})
    made = granted(answer, 201)
    assert answer.headers["etag"] == f'"{made["revision"]}"'
    assert answer.headers["location"].endswith(f"/books/{home.book_id}/attachments/{made['id']}")
    assert made == {
        "id": made["id"],
        "transaction_id": coffee.rpartition("/")[2],
        "account_id": None,
        "name": "Beleg Köln.pdf",
        "media_type": "application/pdf",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "note": "Coffee\nfor two",
        "created_revision": await home.revision(),
        "revision": await home.revision(),
        "created_at": made["created_at"],
        "changed_at": made["created_at"],
    }
    assert await home.got(f"/attachments/{made['id']}") == made
    assert (await home.got(f"{coffee}/attachments"))["data"] == [made]
    content = await home.ask("GET", f"/attachments/{made['id']}/content")
    assert (content.status_code, content.content) == (200, data)
    await check_book(superuser, home.book_id)


async def test_a_file_of_an_account_is_the_accounts_alone(home: Household, coffee: str) -> None:
    made = granted(await home.attach(f"/accounts/{home.checking_id}", png(), "card.png"), 201)
    assert (made["account_id"], made["transaction_id"]) == (home.checking_id, None)
    assert [each["id"] for each in (await home.got(f"/accounts/{home.checking_id}/attachments"))["data"]] == [
        made["id"]
    ]
    assert (await home.got(f"{coffee}/attachments"))["data"] == []


@pytest.mark.parametrize("kind", KEPT)
async def test_whatever_it_is_a_browser_saves_it_and_runs_nothing(home: Household, coffee: str, kind: str) -> None:
    made = granted(await home.attach(coffee, KEPT[kind], "page.html"), 201)
    assert made["media_type"] == kind
    granted(await home.ask("PATCH", f"/attachments/{made['id']}", {"name": 'a "name", ünsafe;.html'}))
    path = f"/attachments/{made['id']}/content"
    content = await home.ask("GET", path)
    assert content.content == KEPT[kind]
    told = content.headers
    assert told["content-type"] == kind
    assert told["x-content-type-options"] == "nosniff"
    assert told["content-security-policy"] == "default-src 'none'; sandbox"
    assert told["content-disposition"] == (
        "attachment; filename=\"a _name_, _nsafe_.html\"; filename*=UTF-8''a%20%22name%22%2C%20%C3%BCnsafe%3B.html"
    )
    assert told["cache-control"] == "private, no-cache"
    assert told["content-length"] == str(len(KEPT[kind]))
    assert told["etag"] == f'"{made["sha256"]}"'
    unchanged = await home.ask("GET", path, headers={"If-None-Match": told["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = await home.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in ("content-length", "etag")} == {
        name: told[name] for name in ("content-length", "etag")
    }


@pytest.mark.parametrize("what", REFUSED)
async def test_what_pretends_to_be_a_picture_is_not_kept(
    home: Household, coffee: str, kept: Callable[[], dict[str, bytes]], what: str
) -> None:
    revision = await home.revision()
    read = refused(await home.attach(coffee, REFUSED[what], "picture.png"), 415, "attachment_type_refused")
    assert read["errors"][0]["pointer"] == "/file"
    assert "script" not in str(read)
    assert await home.revision() == revision
    assert kept() == {}


async def test_a_name_says_nothing_about_places(home: Household, coffee: str, tmp_path: Path) -> None:
    made = granted(await home.attach(coffee, pdf(), "../../../evil\u202e.pdf"), 201)
    assert made["name"] == "evil.pdf"
    assert [file.name for file in (tmp_path / "attachments").rglob("*") if "evil" in file.name] == []
    for unfit in ("a/b.pdf", "a\\b", "..", "in\u202evoice", "a\nb", "", " ", "x" * 201):
        answer = await home.ask("PATCH", f"/attachments/{made['id']}", {"name": unfit})
        refused(answer, 422, "request_invalid", pointer="/name")


async def test_bounds_are_held(home: Household, coffee: str, kept: Callable[[], dict[str, bytes]]) -> None:
    refused(await home.attach(coffee, b""), 422, "attachment_empty", pointer="/file")
    refused(await home.attach(coffee, b"a" * (ATTACHMENT_BYTES + 1)), 413, "attachment_too_large", pointer="/file")
    refused(await home.attach(coffee, b"a" * (ATTACHMENT_BYTES + 200_000)), 413, "body_too_large")
    refused(await home.attach(coffee, pdf(), form={"note": "x" * 2001}), 422, "request_invalid", pointer="/note")
    refused(await home.attach(coffee, pdf(), form={"id": "x"}), 422, "request_invalid", pointer="/id")
    refused(await home.ask("POST", f"{coffee}/attachments", {"file": "x"}), 415, "media_unsupported")
    assert kept() == {}
    granted(await home.attach(coffee, b"a" * ATTACHMENT_BYTES), 201)


async def test_there_is_nothing_to_attach_to(home: Household, kept: Callable[[], dict[str, bytes]]) -> None:
    nothing = ids.new_id()
    refused(await home.attach(f"/transactions/{nothing}", pdf()), 404, "transaction_not_found")
    refused(await home.attach(f"/accounts/{nothing}", pdf()), 404, "account_not_found")
    refused(await home.ask("GET", f"/transactions/{nothing}/attachments"), 404, "transaction_not_found")
    refused(await home.ask("GET", f"/accounts/{nothing}/attachments"), 404, "account_not_found")
    refused(await home.ask("GET", f"/attachments/{nothing}/content"), 404, "attachment_not_found")
    assert kept() == {}, "what was stored for nothing is let go of"


async def test_the_same_content_is_kept_once_and_counts_once(
    founded: Serving, tmp_path: Path, superuser: asyncpg.Connection
) -> None:
    async with founded(attachments_quota_bytes=1000) as home:
        path = f"/accounts/{home.checking_id}"
        first = granted(await home.attach(path, b"x" * 600, "one.txt"), 201)
        again = granted(await home.attach(path, b"x" * 600, "two.txt"), 201)
        assert (first["sha256"], first["name"], again["name"]) == (again["sha256"], "one.txt", "two.txt")
        assert len(list((tmp_path / "attachments" / home.book_id).iterdir())) == 1
        read = refused(await home.attach(path, b"y" * 500), 409, "quota_exceeded")
        assert "600 bytes of 1000" in read["detail"]
        assert "500 more" in read["detail"]
        granted(await home.attach(path, b"y" * 400), 201)
        assert len(list((tmp_path / "attachments" / home.book_id).iterdir())) == 2
        other = await Household.founded(home.person.client)
        granted(await other.attach(f"/accounts/{other.checking_id}", b"x" * 600), 201)
        kept = await superuser.fetch(
            "SELECT object_name FROM contents WHERE book_id = ANY($1)", [UUID(home.book_id), UUID(other.book_id)]
        )
        assert len({row["object_name"] for row in kept}) == 3, "each book keeps its own"


async def test_two_who_attach_the_same_at_once_keep_it_once(
    home: Household, coffee: str, kept: Callable[[], dict[str, bytes]]
) -> None:
    answers = await asyncio.gather(*(home.attach(coffee, pdf(), f"{number}.pdf") for number in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert list(kept().values()) == [pdf()]
    assert len((await home.got(f"{coffee}/attachments"))["data"]) == 6
    for answer in answers:
        assert (await home.ask("GET", f"/attachments/{answer.json()['id']}/content")).content == pdf()


async def test_a_retry_attaches_once_and_stores_once(
    home: Household, coffee: str, kept: Callable[[], dict[str, bytes]]
) -> None:
    key: dict[str, Any] = {"headers": {"Idempotency-Key": "receipt-1"}}
    others: list[dict[str, Any]] = [
        {"data": pdf("Other")},
        {"data": pdf(), "form": {"note": "x"}},
        {"data": pdf(), "name": "b.pdf"},
    ]
    first = await home.attach(coffee, pdf(), **key)
    again = await home.attach(coffee, pdf(), **key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    for other in others:
        refused(await home.attach(coffee, **other, **key), 422, "idempotency_key_reused")
    elsewhere = f"/transactions/{(await home.record())['id']}"
    refused(await home.attach(elsewhere, pdf(), **key), 422, "idempotency_key_reused")
    assert len((await home.got(f"{coffee}/attachments"))["data"]) == 1
    assert pdf() in kept().values()


async def test_an_id_of_ones_own_is_used_once(home: Household, coffee: str, superuser: asyncpg.Connection) -> None:
    chosen = str(ids.new_id())
    assert granted(await home.attach(coffee, pdf(), form={"id": chosen}), 201)["id"] == chosen
    for _ in range(2):
        answer = await home.attach(coffee, pdf(), form={"id": chosen})
        refused(answer, 409, "id_taken")
        assert answer.headers["location"].endswith(f"/attachments/{chosen}")
        await home.ask("DELETE", f"/attachments/{chosen}")
    await check_book(superuser, home.book_id)


async def test_a_dry_run_stores_nothing(home: Household, coffee: str, kept: Callable[[], dict[str, bytes]]) -> None:
    revision = await home.revision()
    answer = await home.attach(coffee, pdf(), params={"dry_run": "true"})
    assert granted(answer, 201)["media_type"] == "application/pdf"
    assert (kept(), await home.revision()) == ({}, revision)
    assert (await home.got(f"{coffee}/attachments"))["data"] == []


async def test_a_crash_before_the_commit_leaves_no_record_of_what_was_stored(
    founded: Serving, fresh_database_url: str, signing_key: str, tmp_path: Path
) -> None:
    async with serving(fresh_database_url, signing_key, data_dir=tmp_path) as client:
        home = await Household.founded(client)
        past = await asyncpg.connect(fresh_database_url)
        await past.execute(
            "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER crashes AFTER INSERT ON changes DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION crash()"
        )
        path = f"/accounts/{home.checking_id}"
        refused(await home.attach(path, pdf()), 503, "database_unavailable")
        await past.execute("DROP FUNCTION crash CASCADE")
        assert await past.fetchval("SELECT count(*) FROM contents") == 0
        await past.close()
        stored = list((tmp_path / "attachments" / home.book_id).iterdir())
        assert len(stored) == 1, "written before the commit"
        assert (await home.got(f"{path}/attachments"))["data"] == []
        made = granted(await home.attach(path, pdf()), 201)
        assert (await home.ask("GET", f"/attachments/{made['id']}/content")).content == pdf()


async def test_what_is_lost_is_said_to_be(home: Household, coffee: str, tmp_path: Path) -> None:
    made = granted(await home.attach(coffee, pdf()), 201)
    path = f"/attachments/{made['id']}/content"
    (file,) = (tmp_path / "attachments" / home.book_id).iterdir()
    file.write_bytes(b"short")
    refused(await home.ask("GET", path), 404, "content_lost")
    file.unlink()
    refused(await home.ask("GET", path), 404, "content_lost")
    assert await home.got(f"/attachments/{made['id']}") == made


async def test_where_nothing_can_be_kept_nothing_is_attached(founded: Serving, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    async with founded(attachments_url=(tmp_path / "file" / "folder").as_uri()) as home:
        revision = await home.revision()
        answer = await home.attach(f"/accounts/{home.checking_id}", pdf())
        refused(answer, 503, "storage_unavailable")
        assert answer.headers["retry-after"]
        assert await home.revision() == revision


async def test_what_it_is_called_and_said_about_it_changes(
    home: Household, coffee: str, superuser: asyncpg.Connection
) -> None:
    made = granted(await home.attach(coffee, pdf(), form={"note": "x"}), 201)
    path = f"/attachments/{made['id']}"
    stale = {"If-Match": '"1"'}
    refused(await home.ask("PATCH", path, {"name": "b.pdf"}, headers=stale), 412, "revision_stale")
    refused(await home.ask("DELETE", path, headers=stale), 412, "revision_stale")
    changed = granted(await home.ask("PATCH", path, {"name": "b.pdf", "note": None}))
    assert (changed["name"], changed["note"]) == ("b.pdf", None)
    assert changed["revision"] == made["revision"] + 1 == await home.revision()
    granted(await home.ask("PATCH", path, {"name": "b.pdf"}))
    assert await home.revision() == changed["revision"], "what changes nothing takes no revision"
    for body in ({"media_type": "text/html"}, {"name": None}):
        refused(await home.ask("PATCH", path, body), 422, "request_invalid")
    (image,) = (await home.got(f"/history/{made['id']}"))["data"]
    assert (image["kind"], image["before"]["name"], image["before"]["note"]) == ("attachment", "receipt.pdf", "x")
    assert image["before"]["content_hash"] == made["sha256"]
    await check_book(superuser, home.book_id)


async def test_what_is_deleted_is_gone_and_its_content_stays_for_a_while(
    home: Household, coffee: str, kept: Callable[[], dict[str, bytes]], superuser: asyncpg.Connection
) -> None:
    made = granted(await home.attach(coffee, pdf()), 201)
    assert (await home.ask("DELETE", f"/attachments/{made['id']}")).status_code == 204
    for path in (f"/attachments/{made['id']}", f"/attachments/{made['id']}/content"):
        refused(await home.ask("GET", path), 404, "attachment_not_found")
    assert (await home.got(f"{coffee}/attachments"))["data"] == []
    assert list(kept().values()) == [pdf()]
    (image,) = (await home.got(f"/history/{made['id']}"))["data"]
    assert image["before"]["transaction_id"] == made["transaction_id"]
    await check_book(superuser, home.book_id)


async def test_the_files_of_a_deleted_transaction_come_back_with_it(home: Household, coffee: str) -> None:
    made = granted(await home.attach(coffee, pdf()), 201)
    paths = (f"/attachments/{made['id']}", f"/attachments/{made['id']}/content")
    granted(await home.ask("DELETE", coffee), 204)
    for path in paths:
        refused(await home.ask("GET", path), 404, "attachment_not_found")
    refused(await home.ask("DELETE", paths[0]), 404, "attachment_not_found")
    refused(await home.ask("PATCH", paths[0], {"note": "x"}), 404, "attachment_not_found")
    refused(await home.ask("GET", f"{coffee}/attachments"), 404, "transaction_not_found")
    refused(await home.attach(coffee, png()), 404, "transaction_not_found")
    granted(await home.ask("POST", f"{coffee}/restore"))
    assert (await home.got(f"{coffee}/attachments"))["data"] == [made]
    assert (await home.ask("GET", paths[1])).content == pdf()


async def test_what_is_done_to_attachments_is_undone(
    home: Household, coffee: str, superuser: asyncpg.Connection
) -> None:
    made = granted(await home.attach(coffee, pdf(), form={"note": "x"}), 201)
    path = f"/attachments/{made['id']}"
    digest = (await home.got("/digest"))["digest"]
    granted(await home.ask("PATCH", path, {"name": "b.pdf", "note": None}))
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
    granted(await home.ask("DELETE", path), 204)
    granted(await home.ask("POST", f"/changes/{await home.revision()}/undo"))
    assert (await home.got("/digest"))["digest"] == digest
    stamps = {"revision", "changed_at"}
    back = await home.got(path)
    assert {name: back[name] for name in back.keys() - stamps} == {name: made[name] for name in made.keys() - stamps}
    assert (await home.ask("GET", f"{path}/content")).content == pdf()
    granted(await home.ask("POST", f"/changes/{made['revision']}/undo"))
    refused(await home.ask("GET", path), 404, "attachment_not_found")
    await check_book(superuser, home.book_id)


async def test_a_file_that_comes_back_comes_back_with_its_transaction(home: Household, coffee: str) -> None:
    made = granted(await home.attach(coffee, pdf()), 201)
    granted(await home.ask("DELETE", f"/attachments/{made['id']}"), 204)
    deletion = await home.revision()
    granted(await home.ask("DELETE", coffee), 204)
    granted(await home.ask("POST", f"/changes/{deletion}/undo"))
    refused(await home.ask("GET", f"{coffee}/attachments"), 404, "transaction_not_found")
    granted(await home.ask("POST", f"{coffee}/restore"))
    assert [each["id"] for each in (await home.got(f"{coffee}/attachments"))["data"]] == [made["id"]]
    assert (await home.ask("GET", f"/attachments/{made['id']}/content")).content == pdf()


async def test_lists_come_in_pages(home: Household, coffee: str) -> None:
    names = [f"{number}.pdf" for number in range(5)]
    for name in names:
        granted(await home.attach(coffee, pdf(), name), 201)
    seen, cursor = [], None
    while True:
        wanted = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await home.got(f"{coffee}/attachments", params=wanted)
        seen += [each["name"] for each in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == names
    refused(await home.ask("GET", f"{coffee}/attachments", params={"cursor": "x"}), 400, "cursor_malformed")


async def test_there_is_a_most_to_each(home: Household, coffee: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farthing.features.attachments.service.ATTACHMENTS_EACH", 2)
    for _ in range(2):
        granted(await home.attach(coffee, pdf()), 201)
    refused(await home.attach(coffee, pdf()), 409, "attachments_too_many")
    granted(await home.attach(f"/accounts/{home.checking_id}", pdf()), 201)


async def test_the_files_of_another_book_are_not_there(home: Household, coffee: str) -> None:
    made = granted(await home.attach(coffee, pdf()), 201)
    other = await Household.founded(home.person.client)
    for path in (f"/attachments/{made['id']}", f"/attachments/{made['id']}/content"):
        refused(await other.ask("GET", path), 404, "attachment_not_found")
        stranger = await Person.registered(home.person.client)
        refused(await stranger.ask("GET", f"/books/{home.book_id}{path}"), 404, "book_not_found")
    refused(await other.attach(coffee, pdf()), 404, "transaction_not_found")
    refused(await other.attach(f"/accounts/{home.checking_id}", pdf()), 404, "account_not_found")


# --- The second wall ---

ATTACH = """
INSERT INTO attachments (book_id, id, transaction_id, account_id, name, media_type, size, content_hash,
                         created_revision, revision, created_at, changed_at)
SELECT book_id, $2, $3, $4, $5, $7, size, $6, 1, 1, now(), now() FROM attachments WHERE id = $1
"""


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({}, None),
        ({"transaction_id": "nothing"}, "attachments_transaction"),
        ({"transaction_id": "theirs"}, "attachments_transaction"),
        ({"transaction_id": None, "account_id": "nothing"}, "fk_attachments_book_id_account_id"),
        ({"transaction_id": None}, "ck_attachments_belongs_to_one"),
        ({"account_id": "account"}, "ck_attachments_belongs_to_one"),
        ({"content_hash": bytes(32)}, "fk_attachments_book_id_content_hash"),
        ({"media_type": "text/html"}, "ck_attachments_media_type_known"),
        ({"name": "a/b"}, "ck_attachments_name_is_no_path"),
        ({"name": "a\\b"}, "ck_attachments_name_is_no_path"),
        ({"name": "a\nb"}, "ck_attachments_name_is_no_path"),
        ({"name": ""}, "ck_attachments_name_is_no_path"),
        ({"name": "x" * 201}, "ck_attachments_name_is_no_path"),
    ],
)
async def test_postgresql_refuses_what_belongs_nowhere(
    home: Household, coffee: str, database_url: str, values: dict[str, Any], constraint: str | None
) -> None:
    made = granted(await home.attach(coffee, pdf()), 201)
    other = await Household.founded(home.person.client)
    known = {
        "nothing": ids.new_id(),
        "theirs": UUID((await other.record())["id"]),
        "account": UUID(home.checking_id),
    }
    row = {
        "transaction_id": UUID(made["transaction_id"]),
        "account_id": None,
        "name": "a.pdf",
        "content_hash": bytes.fromhex(made["sha256"]),
        "media_type": "application/pdf",
        **{name: known.get(value, value) if isinstance(value, str) else value for name, value in values.items()},
    }
    async with as_app(database_url, book=home.book_id, user=home.person.id) as app:
        insert = app.execute(ATTACH, UUID(made["id"]), ids.new_id(), *row.values())
        if constraint is None:
            assert await insert == "INSERT 0 1"
            return
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
            await insert
        assert refusal.value.constraint_name == constraint


async def test_postgresql_keeps_content_under_the_books_own_names(
    home: Household, coffee: str, database_url: str
) -> None:
    granted(await home.attach(coffee, pdf()), 201)
    other = await Household.founded(home.person.client)
    async with as_app(database_url, book=home.book_id, user=home.person.id) as app:
        for change, error in (
            (f"object_name = '{other.book_id}/x'", asyncpg.CheckViolationError),
            ("hash = '\\x00'", asyncpg.CheckViolationError),
            ("hash = decode(repeat('00', 32), 'hex')", asyncpg.ForeignKeyViolationError),
            ("size = 0", asyncpg.CheckViolationError),
        ):
            with pytest.raises(error):
                async with app.transaction():
                    await app.execute(f"UPDATE contents SET {change}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("DELETE FROM contents")
