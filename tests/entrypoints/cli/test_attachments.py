"""What is kept of files, and for whom: sweeping it, and proving it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx2
import pytest
from tests.entrypoints.cli.commands import PATIENCE_SECONDS, answered, run
from tests.entrypoints.cli.conftest import Serve
from tests.features.answers import granted, refused
from tests.features.attachments.samples import pdf, png
from tests.household import PASSWORD, Household, serving

from farthing.core.storage import Storage
from farthing.features.attachments.service import KEPT_AFTER_DELETION, ORPHANED_AFTER
from farthing.kit import ids


@pytest.fixture
async def home(fresh_database_url: str, signing_key: str, tmp_path: Path) -> AsyncIterator[Household]:
    async with serving(fresh_database_url, signing_key, data_dir=tmp_path) as client:
        yield await Household.founded(client)


@pytest.fixture
def place(fresh_database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"FARTHING_DATABASE_URL": fresh_database_url, "FARTHING_DATA_DIR": str(tmp_path)}


def _orphan(tmp_path: Path, name: str, age_seconds: float) -> Path:
    file = tmp_path / "attachments" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"abc")
    then = time.time() - age_seconds
    os.utime(file, (then, then))
    return file


async def test_what_came_to_nothing_is_swept_once_it_is_old_enough(
    home: Household, place: dict[str, str], tmp_path: Path
) -> None:
    made = granted(await home.attach(f"/accounts/{home.checking_id}", pdf()), 201)
    (kept,) = (tmp_path / "attachments" / home.book_id).iterdir()
    long_ago = time.time() - 10 * ORPHANED_AFTER.total_seconds()
    os.utime(kept, (long_ago, long_ago))
    over = ORPHANED_AFTER.total_seconds() + 60
    old = _orphan(tmp_path, Storage.new_name(UUID(home.book_id)), over)
    of_another_instance = _orphan(tmp_path, Storage.new_name(ids.new_id()), over)
    fresh = _orphan(tmp_path, Storage.new_name(UUID(home.book_id)), 60)
    others = _orphan(tmp_path, "holiday.jpg", over)
    assert answered("attachments", "sweep", **place) == {"orphans": 1, "unused": 0}
    spared = (kept, of_another_instance, fresh, others)
    assert [each.exists() for each in (old, *spared)] == [False, True, True, True, True]
    assert (await home.ask("GET", f"/attachments/{made['id']}/content")).content == pdf()
    said = run("attachments", "sweep", **place)
    assert (said.returncode, said.stdout.split()[:2]) == (0, ["Deleted", "0"])


async def test_what_was_deleted_long_ago_is_swept_and_can_be_attached_again(
    home: Household, place: dict[str, str], tmp_path: Path, fresh_database_url: str
) -> None:
    path = f"/accounts/{home.checking_id}"
    folder = tmp_path / "attachments" / home.book_id
    first, second = granted(await home.attach(path, pdf()), 201), granted(await home.attach(path, pdf()), 201)
    shown = granted(await home.attach(path, png()), 201)
    for made in (first, second):
        granted(await home.ask("DELETE", f"/attachments/{made['id']}"), 204)
    assert answered("attachments", "sweep", **place) == {"orphans": 0, "unused": 0}
    past = await asyncpg.connect(fresh_database_url)
    longer = f"{KEPT_AFTER_DELETION.days + 1} days"
    await past.execute(f"UPDATE contents SET stored_at = now() - interval '{longer}'")
    assert answered("attachments", "sweep", **place) == {"orphans": 0, "unused": 0}, "deleted just now"
    await past.execute(f"UPDATE history SET at = now() - interval '{longer}'")
    assert answered("attachments", "sweep", **place) == {"orphans": 0, "unused": 1}
    assert [file.read_bytes() for file in folder.iterdir()] == [png()]
    assert (await home.ask("GET", f"/attachments/{shown['id']}/content")).content == png()
    # Brought back from the history after that, it is there, and says what became of what it held.
    await past.execute(
        "INSERT INTO attachments SELECT a.* FROM history h, "
        "jsonb_populate_record(NULL::attachments, h.before || jsonb_build_object('book_id', h.book_id, "
        "'content_hash', '\\x' || (h.before ->> 'content_hash'))) a WHERE h.record_id = $1",
        UUID(first["id"]),
    )
    refused(await home.ask("GET", f"/attachments/{first['id']}/content"), 404, "content_lost")
    granted(await home.attach(path, pdf()), 201)
    assert (await home.ask("GET", f"/attachments/{first['id']}/content")).content == pdf()
    assert answered("verify", "--attachments", **place)["holds"]
    await past.close()


async def test_verify_reads_every_file_when_asked_to(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    path = f"/accounts/{home.checking_id}"
    for data in (pdf(), png(), b"plain"):
        granted(await home.attach(path, data), 201)
    assert answered("verify", "--attachments", **place)["holds"]
    gone, altered, cut = (
        next(file for file in (tmp_path / "attachments" / home.book_id).iterdir() if file.read_bytes() == data)
        for data in (pdf(), png(), b"plain")
    )
    gone.unlink()
    altered.write_bytes(png()[::-1])
    cut.write_bytes(b"pla")
    assert run("verify", **place).returncode == 0
    found = run("verify", "--attachments", **place)
    assert found.returncode == 3
    assert "2 content_lost" in found.stdout
    assert "1 content_altered" in found.stdout


async def test_verify_misses_content_that_is_not_what_was_attached(
    home: Household, place: dict[str, str], fresh_database_url: str
) -> None:
    granted(await home.attach(f"/accounts/{home.checking_id}", pdf()), 201)
    past = await asyncpg.connect(fresh_database_url)
    await past.execute("UPDATE contents SET size = size + 1")
    assert answered_wrongly(place) == {"attachment_content": 1}
    await past.execute("SET session_replication_role = replica")
    await past.execute("DELETE FROM contents")
    assert answered_wrongly(place) == {"attachment_content": 1}
    await past.close()


def answered_wrongly(place: dict[str, str]) -> dict[str, int]:
    """What ``verify`` finds."""
    found = run("verify", "--json", **place)
    assert found.returncode == 3
    totals: dict[str, int] = json.loads(found.stdout)["totals"]
    return totals


async def test_a_storage_out_of_reach_is_told_in_a_line(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    granted(await home.attach(f"/accounts/{home.checking_id}", pdf()), 201)
    (tmp_path / "file").write_text("not a folder")
    elsewhere = {**place, "FARTHING_ATTACHMENTS_URL": (tmp_path / "file" / "folder").as_uri()}
    refusal = run("attachments", "sweep", **elsewhere)
    assert refusal.returncode == 1
    assert "storage_unavailable" in refusal.stderr
    refusal = run("attachments", "sweep", **{**place, "FARTHING_ATTACHMENTS_URL": "ftp://somewhere"})
    assert refusal.returncode == 1
    assert "FARTHING_ATTACHMENTS_URL" in refusal.stderr


def test_each_forked_worker_takes_files_in_and_hands_them_out(cli_serve: Serve, cli_data_dir: Path) -> None:
    """What the storage needs is started at first use, in the worker that uses it."""
    service = cli_serve("--workers", "2")
    with httpx2.Client(base_url=f"{service.url}/api/v1", timeout=PATIENCE_SECONDS) as one:
        person = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada", "currency": "EUR"}
        read = one.post("/auth/register", json=person).json()
        signed = {"Authorization": f"Bearer {read['access_token']}"}
        account = {"name": "Checking", "kind": "asset", "type": "checking", "currency": "EUR"}
        made = one.post("/books/default/accounts", json=account, headers=signed).json()
        # The next connection goes to the worker that holds fewer.
        with httpx2.Client(base_url=f"{service.url}/api/v1", timeout=PATIENCE_SECONDS) as other:
            for client, data in ((one, pdf()), (other, png())):
                path = f"/books/default/accounts/{made['id']}/attachments"
                attached = client.post(path, files={"file": ("receipt", data)}, headers=signed)
                assert attached.status_code == 201, attached.text
                for reader in (one, other):
                    content = reader.get(f"/books/default/attachments/{attached.json()['id']}/content", headers=signed)
                    assert content.content == data
    assert len(list((cli_data_dir / "attachments" / read["book_id"]).iterdir())) == 2
    assert service.stop() == 0


def test_one_process_that_kept_files_ends_well(cli_serve: Serve, cli_data_dir: Path) -> None:
    service = cli_serve("--workers", "1")
    with httpx2.Client(base_url=f"{service.url}/api/v1", timeout=PATIENCE_SECONDS) as client:
        person = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada", "currency": "EUR"}
        signed = {"Authorization": f"Bearer {client.post('/auth/register', json=person).json()['access_token']}"}
        account = client.get("/books/default/accounts", headers=signed).json()["data"][0]
        path = f"/books/default/accounts/{account['id']}/attachments"
        assert client.post(path, files={"file": ("receipt", pdf())}, headers=signed).status_code == 201
    assert service.stop() == 0


async def test_what_was_attached_in_a_deleted_book_is_swept(
    home: Household, place: dict[str, str], tmp_path: Path
) -> None:
    granted(await home.attach(f"/accounts/{home.checking_id}", pdf()), 201)
    (kept,) = (tmp_path / "attachments" / home.book_id).iterdir()
    long_ago = time.time() - 10 * ORPHANED_AFTER.total_seconds()
    os.utime(kept, (long_ago, long_ago))
    granted(await home.ask("DELETE", "", params={"confirm": "Household"}), 204)

    assert answered("attachments", "sweep", **place) == {"orphans": 1, "unused": 0}
    assert not kept.exists()
