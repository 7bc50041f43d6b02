"""The storage: objects that are written whole, and what happens where they can't be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.core.bucket import bucket

from farthing.core.bounds import ATTACHMENT_BYTES
from farthing.core.settings import Settings
from farthing.core.storage import CHUNK_BYTES, ObjectLost, Storage, StorageUnavailable
from farthing.kit import ids


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(Settings(data_dir=tmp_path))


async def _read(storage: Storage, name: str, size: int) -> list[bytes]:
    return [piece async for piece in await storage.content(name, size)]


async def test_an_object_is_given_back_in_pieces(storage: Storage, tmp_path: Path) -> None:
    name, data = Storage.new_name(ids.new_id()), os.urandom(3 * CHUNK_BYTES + 7)
    await storage.put(name, data)
    pieces = await _read(storage, name, len(data))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 2 * CHUNK_BYTES
    (listed,) = [each async for each in storage.objects()]
    assert (listed.name, listed.size) == (name, len(data))
    folder = tmp_path / "attachments"
    assert folder.stat().st_mode & 0o777 == 0o700, "for nobody else to read"


async def test_what_is_not_there_or_not_whole_is_lost(storage: Storage) -> None:
    name = Storage.new_name(ids.new_id())
    with pytest.raises(ObjectLost):
        await storage.content(name, 3)
    await storage.put(name, b"abc")
    with pytest.raises(ObjectLost):
        await storage.content(name, 4)
    await storage.delete(name)
    await storage.delete(name)
    with pytest.raises(ObjectLost):
        await storage.content(name, 3)


async def test_no_name_leads_out_of_the_folder(storage: Storage, tmp_path: Path) -> None:
    for name in ("../outside", "a/../../outside", "a/\0"):
        with pytest.raises(StorageUnavailable):
            await storage.put(name, b"abc")
    assert not (tmp_path / "outside").exists()


async def test_what_others_put_there_is_not_listed(storage: Storage, tmp_path: Path) -> None:
    await storage.put(Storage.new_name(ids.new_id()), b"abc")
    (tmp_path / "attachments" / "README").write_text("Mine.")
    assert len([each async for each in storage.objects()]) == 1


def _at(address: str, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "y"),
        ("AWS_REGION", "nowhere"),
        ("AWS_ENDPOINT_URL", address),
        ("AWS_ALLOW_HTTP", "true"),
    ):
        monkeypatch.setenv(name, value)
    return Storage(Settings(attachments_url="s3://bucket/of/ours"))


async def test_a_bucket_is_as_good_as_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket() as (address, held):
        storage = _at(address, monkeypatch)
        name, data = Storage.new_name(ids.new_id()), os.urandom(ATTACHMENT_BYTES)
        await storage.put(name, data)
        assert list(held) == [f"/bucket/of/ours/{name}"]
        assert b"".join(await _read(storage, name, len(data))) == data
        assert [(each.name, each.size) async for each in storage.objects()] == [(name, len(data))]
        for _ in range(2):
            await storage.delete(name)
        assert held == {}
        with pytest.raises(ObjectLost):
            await storage.content(name, len(data))


async def test_a_bucket_out_of_reach_is_told_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = _at("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(StorageUnavailable) as refusal:
        await storage.put(Storage.new_name(ids.new_id()), b"abc")
    assert "127.0.0.1" not in str(refusal.value)


def test_a_storage_that_was_used_leaves_the_program_to_end_well(tmp_path: Path) -> None:
    """A library's threads must not bring it down when it is over, nor be there before it is used."""
    program = f"""
import asyncio, os, sys
from pathlib import Path
from farthing.core.settings import Settings
from farthing.core.storage import Storage
from farthing.kit import ids

storage = Storage(Settings(data_dir=Path({str(tmp_path)!r})))
assert "obstore" not in sys.modules
assert len(os.listdir("/proc/self/task")) == 1

async def use() -> None:
    name = Storage.new_name(ids.new_id())
    await storage.put(name, b"abc")
    assert b"".join([piece async for piece in await storage.content(name, 3)]) == b"abc"
    await storage.delete(name)

asyncio.run(use())
"""
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
