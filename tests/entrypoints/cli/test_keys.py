from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from farthing.core.secrets import SigningKeyUnfit, new_signing_key, signing_key
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
