from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from tests.entrypoints.cli.commands import run

from farthing.core.secrets import (
    SigningKeyUnfit,
    new_signing_key,
    previous_signing_key,
    rotate_signing_key,
    signing_key,
)
from farthing.core.settings import Settings


def test_many_that_start_at_once_end_up_with_one_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "data")
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: signing_key(settings), range(64)))
    assert len(keys) == 1
    (file,) = (tmp_path / "new" / "data").iterdir()
    assert file.read_text("utf-8") in keys
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_given_wins_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "given.pem"
    given.write_text(new_signing_key(), "utf-8")
    monkeypatch.setenv("FARTHING_SIGNING_KEY_FILE", str(given))
    assert signing_key(Settings(data_dir=tmp_path / "data")).strip() == given.read_text("utf-8").strip()
    assert not (tmp_path / "data").exists()


def rsa() -> str:
    return (
        generate_private_key(65537, 2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


@pytest.mark.parametrize("make", [lambda: "", lambda: "nonsense", rsa, lambda: new_signing_key()[:60]])
def test_what_is_no_such_key_is_refused(tmp_path: Path, make: object) -> None:
    (tmp_path / "signing_key.pem").write_text(make(), "utf-8")  # type: ignore[operator]
    with pytest.raises(SigningKeyUnfit):
        signing_key(Settings(data_dir=tmp_path))


def test_a_rotated_key_leaves_the_one_before_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = signing_key(settings)
    assert previous_signing_key(settings) is None
    rotate_signing_key(tmp_path)
    second = signing_key(settings)
    assert second != first
    assert previous_signing_key(settings) == first
    rotate_signing_key(tmp_path)
    assert previous_signing_key(settings) == second
    assert {file.name for file in tmp_path.iterdir()} == {"signing_key.pem", "previous_signing_key.pem"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in tmp_path.iterdir())


def test_a_key_that_is_unfit_is_not_rotated(tmp_path: Path) -> None:
    (tmp_path / "signing_key.pem").write_text("nonsense", "utf-8")
    with pytest.raises(SigningKeyUnfit):
        rotate_signing_key(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["signing_key.pem"]


def test_the_key_before_may_be_given_and_an_empty_file_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    current, before = tmp_path / "signing_key.pem", tmp_path / "previous.pem"
    current.write_text(new_signing_key(), "utf-8")
    before.touch()
    monkeypatch.setenv("FARTHING_SIGNING_KEY_FILE", str(current))
    monkeypatch.setenv("FARTHING_PREVIOUS_SIGNING_KEY_FILE", str(before))
    assert previous_signing_key(Settings(data_dir=tmp_path)) is None
    before.write_text(new_signing_key(), "utf-8")
    assert previous_signing_key(Settings(data_dir=tmp_path)) == before.read_text("utf-8").rstrip("\n")
    before.write_text("nonsense", "utf-8")
    with pytest.raises(SigningKeyUnfit):
        previous_signing_key(Settings(data_dir=tmp_path))


def test_the_command_rotates_the_data_folders_key_and_tells_what_it_cant(tmp_path: Path) -> None:
    absent = run("keys", "rotate", "--data-dir", tmp_path)
    assert (absent.returncode, absent.stdout) == (1, "")
    assert "key_absent" in absent.stderr or "no signing key" in absent.stderr
    first = signing_key(Settings(data_dir=tmp_path))
    assert run("keys", "rotate", "--data-dir", tmp_path).returncode == 0
    assert previous_signing_key(Settings(data_dir=tmp_path)) == first
    elsewhere = run("keys", "rotate", "--data-dir", tmp_path, FARTHING_SIGNING_KEY=first)
    assert elsewhere.returncode == 1
    given = run("keys", "rotate", "--folder", tmp_path, FARTHING_SIGNING_KEY=first)
    assert given.returncode == 0
