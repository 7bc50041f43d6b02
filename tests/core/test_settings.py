"""Settings: what an operator can choose, and how it gets in."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy.engine import make_url
from tests.conftest import ROOT

from farthing.core.database import driver_url, required_url
from farthing.core.settings import FileSource, Settings

EXAMPLE = ROOT / ".env.example"


def _for_database(url: str, password: str | None = None) -> Settings:
    return Settings(database_url=SecretStr(url), database_password=SecretStr(password) if password else None)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set, and no file lies about."""
    for name in list(os.environ):
        if name.startswith("FARTHING_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = Settings()
    assert settings.registration is None
    assert settings.host == "127.0.0.1"
    assert settings.database_url is None
    assert settings.signing_key is None
    assert settings.postgres_url() is None


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_PORT", "8123")
    monkeypatch.setenv("FARTHING_STATEMENT_SECONDS", "1.5")
    settings = Settings()
    assert (settings.port, settings.statement_seconds) == (8123, 1.5)


def test_an_empty_setting_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_PORT", "")
    monkeypatch.setenv("FARTHING_DATABASE_URL", "")
    assert Settings().port == 8000
    assert Settings().database_url is None


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (16, 2)])
def test_there_are_two_workers_where_there_are_two_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)), raising=False)
    assert Settings().worker_count() == workers
    assert Settings(workers=5).worker_count() == 5


@pytest.mark.parametrize("written", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_a_setting_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(written.encode())
    monkeypatch.setenv("FARTHING_DATABASE_PASSWORD_FILE", str(file))
    password = Settings().database_password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


def test_a_key_of_several_lines_comes_whole_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, signing_key: str
) -> None:
    file = tmp_path / "key.pem"
    file.write_text(signing_key, "utf-8")
    monkeypatch.setenv("FARTHING_SIGNING_KEY_FILE", str(file))
    key = Settings().signing_key
    assert key is not None
    assert key.get_secret_value().splitlines() == signing_key.splitlines()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    file = tmp_path / "setting"
    file.write_text("no such value: \x00", "utf-8")
    monkeypatch.setenv(f"FARTHING_{name.upper()}_FILE", str(file))
    given = FileSource(Settings)()
    assert given == {name: "no such value: \x00"}


def test_the_environment_wins_over_a_file_and_what_is_passed_in_wins_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "port").write_text("1", "utf-8")
    monkeypatch.setenv("FARTHING_PORT_FILE", str(tmp_path / "port"))
    assert Settings().port == 1
    monkeypatch.setenv("FARTHING_PORT", "2")
    assert Settings().port == 2
    assert Settings(port=3).port == 3


def test_a_file_that_is_missing_is_an_error_and_not_a_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FARTHING_SIGNING_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError):
        Settings()


def test_no_env_file_is_read_behind_the_operators_back(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FARTHING_PORT=1\n", "utf-8")
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("registration", "everyone"),
        ("port", "65536"),
        ("port", "many"),
        ("access_token_seconds", "0"),
        ("session_days", "366"),
        ("workers", "0"),
        ("workers", "65"),
        ("pool_size", "0"),
        ("request_seconds", "0"),
        ("log_level", "loud"),
    ],
)
def test_a_setting_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"FARTHING_{name.upper()}", value)
    with pytest.raises(ValidationError, match=name):
        Settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARTHING_DATABASE_URL", "postgresql://me:s3cret-in-url@db/finance_db")
    monkeypatch.setenv("FARTHING_DATABASE_PASSWORD", "s3cret-password")
    monkeypatch.setenv("FARTHING_SIGNING_KEY", "s3cret-key")
    settings = Settings()
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize("password", ["simple", "p@ss:w/o#r?d%20 &=+[]\\'\"", "ünïcödé", "%41", ":@/", "$HOME`x`"])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres@db:5432/finance_db",
        "postgresql://postgres:other@db:5432/finance_db",
        "postgresql://db:5432/finance_db",
    ],
)
def test_a_password_of_any_characters_gets_to_the_driver_whole(password: str, url: str) -> None:
    merged = _for_database(url, password).postgres_url()
    assert merged is not None
    parts = urlsplit(merged)
    assert (parts.hostname, parts.port, parts.path, parts.username) == ("db", 5432, "/finance_db", "postgres")
    assert unquote(parts.password or "") == password
    driven = make_url(driver_url(merged)[0])
    assert driven.password == password
    assert (driven.drivername, driven.host, driven.port, driven.database) == (
        "postgresql",
        "db",
        5432,
        "finance_db",
    )


@pytest.mark.parametrize("user", ["some%40one", "some%25one"])
def test_a_user_of_any_characters_stays_who_they_are(user: str) -> None:
    merged = _for_database(f"postgresql://{user}@db/finance_db", "x").postgres_url()
    assert merged is not None
    assert make_url(driver_url(merged)[0]).username == unquote(user)


def test_an_address_of_the_sixth_version_stays_whole() -> None:
    merged = _for_database("postgresql://me@[::1]:5432/finance_db", "x").postgres_url()
    assert merged == "postgresql://me:x@[::1]:5432/finance_db"


def test_without_a_password_the_address_is_as_it_was_given() -> None:
    url = "postgresql://me:p%40ss@db/finance_db?sslmode=require"
    assert _for_database(url).postgres_url() == url


def test_tls_is_asked_of_the_driver_in_its_own_words() -> None:
    assert driver_url("postgresql://me@db/finance_db?sslmode=require") == (
        "postgresql://me@db/finance_db",
        {"ssl": "require"},
    )


def test_a_database_that_is_needed_and_not_set_is_said_so() -> None:
    with pytest.raises(LookupError, match="FARTHING_DATABASE_URL"):
        required_url(Settings())


# --- What is written about them ---


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    assert Settings.model_fields[name].description


def test_the_example_names_every_setting_and_no_other() -> None:
    text = EXAMPLE.read_text("utf-8")
    named = set(re.findall(r"^#? ?FARTHING_([A-Z_]+)=", text, re.MULTILINE))
    assert {name.lower() for name in named} == set(Settings.model_fields)


def test_the_example_shows_the_defaults() -> None:
    """What is commented out in the example is what holds anyway."""
    shown = dict(re.findall(r"^#? ?FARTHING_([A-Z_]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        assert shown[name.upper()].strip() == default, name


def test_the_example_holds_no_secret() -> None:
    shown = dict(re.findall(r"^#? ?(FARTHING_[A-Z_]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    for name in ("FARTHING_DATABASE_PASSWORD", "FARTHING_SIGNING_KEY"):
        assert shown[name].strip() == "", f"{name} has a value that someone would keep"
