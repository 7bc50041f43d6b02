"""``farthing export``, ``backup`` and ``restore``."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.entrypoints.cli.commands import answered, run
from tests.features.exports.test_archives import RECEIPT
from tests.household import Household, Person, serving

from farthing.formats.detection import read


@pytest.fixture
async def home(fresh_database_url: str, signing_key: str, tmp_path: Path) -> AsyncIterator[Household]:
    async with serving(fresh_database_url, signing_key, registration="open", data_dir=str(tmp_path)) as client:
        yield await Household.founded(client)


@pytest.fixture
def place(fresh_database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"FARTHING_DATABASE_URL": fresh_database_url, "FARTHING_DATA_DIR": str(tmp_path)}


@pytest.mark.parametrize(
    ("name", "format"),
    [("out.beancount", "beancount"), ("out.journal", "hledger"), ("out.ofx", "ofx"), ("out", "farthing")],
)
async def test_transactions_are_written_in_the_format_of_the_files_ending(
    home: Household,
    place: dict[str, str],
    tmp_path: Path,
    name: str,
    format: str,  # noqa: A002 - what it is
) -> None:
    await home.record("-12.50", payee="Shop")
    path = tmp_path / name

    answer = answered("export", path, "--as", home.person.email, **place)

    assert answer == {"file": str(path), "bytes": path.stat().st_size}
    file = read(path.read_bytes())
    assert file.format == ("farthing" if format == "farthing" else format)
    assert b"Shop" in path.read_bytes()


async def test_filters_say_what_is_written(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    await home.record("-12.50", payee="Shop", date="2026-03-01")
    await home.record("-2.50", payee="Baker", date="2026-03-02")
    path = tmp_path / "some.csv"

    answered("export", path, "--as", home.person.email, "--from", "2026-03-02", "-q", "payee:baker", **place)

    book = read(path.read_bytes()).book
    assert book is not None
    assert [each.payee for each in book.transactions] == ["Baker"]


async def test_nothing_is_written_over_unasked(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("mine")

    refused = run("export", path, "--as", home.person.email, **place)
    assert (refused.returncode, path.read_text()) == (1, "mine")
    assert "--force" in refused.stderr
    assert answered("export", path, "--as", home.person.email, "--force", **place)["bytes"]
    assert path.read_text() != "mine"


async def test_a_book_is_backed_up_and_restored(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    transaction = await home.record("-12.50", payee="Shop")
    assert (await home.attach(f"/transactions/{transaction['id']}", RECEIPT)).is_success
    digest = (await home.got("/digest"))["digest"]
    fellow = await Person.registered(home.person.client)
    path = tmp_path / "book.zip"
    answered("backup", path, "--as", home.person.email, **place)
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as parts:
        assert json.loads(parts.read("manifest.json"))["digest"] == digest

    tried = answered("restore", path, "--as", fellow.email, "--dry-run", **place)
    restored = answered("restore", path, "--as", fellow.email, **place)

    assert tried["dry_run"] is True
    books = (await fellow.ask("GET", "/books")).json()["data"]
    assert {each["id"] for each in books} == {fellow.book_id, restored["id"]}
    copy = Household(fellow, restored["id"])
    assert (await copy.got("/digest"))["digest"] == digest


async def test_what_is_no_archive_is_refused(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "book.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))

    refused = run("restore", path, "--as", home.person.email, **place)

    assert refused.returncode == 1
    assert "archive" in refused.stderr


async def test_who_may_not_export_writes_nothing(home: Household, place: dict[str, str], tmp_path: Path) -> None:
    observer = await home.joined("observer")

    refused = run("backup", tmp_path / "a.zip", "--as", observer.email, "--book", home.book_id, **place)

    assert refused.returncode == 1
    assert not (tmp_path / "a.zip").exists()
