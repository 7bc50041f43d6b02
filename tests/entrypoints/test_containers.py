"""What the containers' files promise, as far as reading them tells. Running them needs Docker."""

from __future__ import annotations

import base64
import importlib.util
import itertools
import os
import re
import stat
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import farthing
from farthing.core.secrets import new_sealing_key, new_signing_key
from farthing.core.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
NAMES = {f"{PREFIX}{name.upper()}": field for name, field in Settings.model_fields.items()}
MADE_BY_COMPOSE = {"APP_UID", "APP_GID", "PUBLISH_ADDRESS", "PUBLISH_PORT"}


@pytest.fixture(scope="module")
def compose() -> Any:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8")


@pytest.fixture(scope="module")
def prepare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "docker" / "prepare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- docker-compose.yml ---------------------------------------------------------------------------------------------


def test_the_services_are_a_database_a_web_and_the_maker_of_secrets(compose: Any) -> None:
    assert set(compose["services"]) == {"db", "web", "secrets"}
    assert compose["services"]["db"]["image"] == "postgres:18"
    assert compose["services"]["db"]["environment"]["POSTGRES_DB"] == "finance_db"
    assert compose["services"]["db"]["environment"]["POSTGRES_USER"] == "postgres"


def test_no_key_is_unknown_to_docker_compose_1_29(compose: Any) -> None:
    assert {key for key in compose if not key.startswith("x-")} <= {"services", "volumes"}
    for service in compose["services"].values():
        assert "start_interval" not in service.get("healthcheck", {})
        assert "env_file" not in service, "1.29 refuses to start where it is missing"


def test_nothing_starts_before_what_it_needs(compose: Any) -> None:
    assert compose["services"]["db"]["depends_on"] == {"secrets": {"condition": "service_completed_successfully"}}
    assert compose["services"]["web"]["depends_on"] == {
        "secrets": {"condition": "service_completed_successfully"},
        "db": {"condition": "service_healthy"},
    }


def test_health_is_asked_where_it_tells(compose: Any) -> None:
    database = compose["services"]["db"]["healthcheck"]["test"]
    assert "pg_isready" in database
    assert "--host=127.0.0.1" in database, "the server of the first start answers on the Unix socket only"
    assert "/health/ready" in " ".join(compose["services"]["web"]["healthcheck"]["test"])


def test_data_and_secrets_live_in_named_volumes(compose: Any) -> None:
    assert set(compose["volumes"]) == {"attachments", "database", "db-secrets", "web-secrets"}
    assert "database:/var/lib/postgresql" in compose["services"]["db"]["volumes"]
    assert "attachments:/var/lib/farthing/attachments" in compose["services"]["web"]["volumes"]
    assert "./migrations:/app/migrations:z" in compose["services"]["web"]["volumes"]


def test_each_service_mounts_its_own_secrets_alone_and_cannot_change_them(compose: Any) -> None:
    for service in ("db", "web"):
        mounts = [mount for mount in compose["services"][service]["volumes"] if "-secrets" in mount]
        assert mounts == [f"{service}-secrets:/run/secrets:ro"]


def test_what_runs_for_long_comes_back_and_what_runs_once_does_not(compose: Any) -> None:
    assert {name: service["restart"] for name, service in compose["services"].items()} == {
        "db": "unless-stopped",
        "web": "unless-stopped",
        "secrets": "no",
    }


def test_the_service_has_no_more_rights_than_it_needs(compose: Any, dockerfile: str) -> None:
    web = compose["services"]["web"]
    assert web["read_only"]
    assert web["init"]
    assert web["cap_drop"] == ["ALL"]
    assert "cap_add" not in web
    assert "user" not in web
    users = re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)
    assert users == ["farthing"]
    assert compose["services"]["secrets"]["network_mode"] == "none"


def test_only_this_machine_is_let_in_by_default(compose: Any) -> None:
    assert compose["services"]["web"]["ports"] == ["${PUBLISH_ADDRESS:-127.0.0.1}:${PUBLISH_PORT:-8000}:8000"]
    assert "ports" not in compose["services"]["db"]


def test_no_secret_stands_in_any_file(compose: Any) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY|SECRET|TOKEN$", name):
                assert name.endswith("_FILE"), name
                assert value.startswith("/run/secrets/")
            assert not re.search(r"//[^/@]*:[^/@]*@", value or ""), f"{name} has a password in its address"
    for name, value in example().items():
        if re.search("PASSWORD|KEY$", name):
            assert not value


def test_every_setting_that_compose_names_exists(compose: Any) -> None:
    environment = compose["services"]["web"]["environment"]
    assert {name for name in environment if name not in NAMES} <= {f"{name}_FILE" for name in NAMES}


def test_compose_passes_every_setting_on_or_sets_it_itself(compose: Any, dockerfile: str) -> None:
    passed = {name.removesuffix("_FILE") for name in compose["services"]["web"]["environment"]}
    assert passed | set(re.findall(rf"{PREFIX}[A-Z_]+", dockerfile)) == set(NAMES)


# --- .env.example ---------------------------------------------------------------------------------------------------


def example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text("utf-8")
    return dict(re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_names_every_setting_with_its_default() -> None:
    defaults = {name: "" if field.default is None else str(field.default) for name, field in NAMES.items()}
    assert {name: value for name, value in example().items() if name not in MADE_BY_COMPOSE} == defaults


def test_the_example_explains_each_line_and_sets_nothing() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    assert all(line.startswith("#") for line in lines if line)
    for before, line in itertools.pairwise(lines):
        if re.match(r"#[A-Z_]+=", line):
            assert before.startswith("# "), line
            assert before.endswith("."), before


def test_the_example_names_what_compose_itself_can_be_told() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    named = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))
    assert named == {name: value for name, value in example().items() if name in MADE_BY_COMPOSE}


# --- the image ------------------------------------------------------------------------------------------------------


def test_the_image_installs_what_is_locked_before_it_copies_what_changes(dockerfile: str) -> None:
    assert dockerfile.startswith("# ")
    assert "\nFROM python:3.11-slim\n" in dockerfile
    assert "--require-hashes" in dockerfile
    assert dockerfile.index("pip install") < dockerfile.index("COPY src")
    assert "apt-get" not in dockerfile
    assert "http://" not in dockerfile
    assert "https://" not in dockerfile


def test_the_image_says_which_version_it_is(dockerfile: str) -> None:
    assert f'org.opencontainers.image.version="{farthing.__version__}"' in dockerfile


def test_all_that_is_copied_is_let_into_the_build(dockerfile: str) -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {source for line in re.findall(r"^COPY (.+)$", dockerfile, re.MULTILINE) for source in line.split()[:-1]}
    assert {source.partition("/")[0] for source in copied} == let_in


# --- docker/prepare.py ----------------------------------------------------------------------------------------------


def test_the_attached_files_are_handed_to_web_alone(prepare: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    (folder / "book").mkdir(parents=True, mode=0o755)
    (folder / "book" / "object").write_bytes(b"abc")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    folder.chmod(0o755)
    prepare.hand_over(folder, prepare.Reader(os.getuid(), os.getgid()))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    if os.getuid() == 0:
        prepare.hand_over(folder, prepare.Reader(1234, 1234))
        assert {path.lstat().st_uid for path in (folder, *folder.rglob("*"))} == {1234}


@pytest.fixture
def volumes(tmp_path: Path) -> tuple[Path, Path]:
    web, db = tmp_path / "web", tmp_path / "db"
    web.mkdir()
    db.mkdir()
    return web, db


def keep_secrets(prepare: ModuleType, volumes: tuple[Path, Path]) -> Any:
    me = prepare.Reader(os.getuid(), os.getgid())
    new_keys = {prepare.SIGNING_KEY: new_signing_key, prepare.SEALING_KEY: new_sealing_key}
    return prepare.keep_secrets(*volumes, me, me, new_keys)


def contents(volumes: tuple[Path, Path]) -> dict[str, str]:
    return {f"{file.parent.name}/{file.name}": file.read_text() for volume in volumes for file in volume.iterdir()}


def test_secrets_are_made_once_each_for_its_reader_alone(prepare: ModuleType, volumes: tuple[Path, Path]) -> None:
    assert len(keep_secrets(prepare, volumes)) == 4
    made = contents(volumes)
    empty = {"web/previous_signing_key.pem", "web/smtp_password", "web/oidc_client_secret"}
    keys = {"web/signing_key.pem", "web/sealing_key"}
    assert set(made) == {"web/database_password", "db/database_password"} | keys | empty
    assert made["web/database_password"] == made["db/database_password"]
    assert len(made["db/database_password"]) >= 43
    assert "PRIVATE KEY" in made["web/signing_key.pem"]
    assert len(base64.b64decode(made["web/sealing_key"])) == 32
    for volume in volumes:
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o400 for file in volume.iterdir())
    assert keep_secrets(prepare, volumes) == []
    assert contents(volumes) == made


def test_a_password_that_one_side_lost_comes_from_the_other(prepare: ModuleType, volumes: tuple[Path, Path]) -> None:
    keep_secrets(prepare, volumes)
    made = contents(volumes)
    for volume in volumes:
        (volume / "database_password").unlink()
        assert keep_secrets(prepare, volumes) == [f"database_password for {volume.name}"]
        assert contents(volumes) == made


def test_two_passwords_are_for_a_person_to_see_to(prepare: ModuleType, volumes: tuple[Path, Path]) -> None:
    keep_secrets(prepare, volumes)
    (volumes[0] / "database_password").unlink()
    (volumes[0] / "database_password").write_text("another")
    with pytest.raises(prepare.TroubleError, match="different database passwords"):
        keep_secrets(prepare, volumes)
    assert contents(volumes)["web/database_password"] == "another"


def test_the_service_may_add_versions_and_read_the_rest(prepare: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "versions" / "__pycache__").mkdir(parents=True)
    (tmp_path / "versions" / "one.py").touch()
    (tmp_path / "env.py").touch()
    wanted = {str(path.relative_to(tmp_path)): rights for path, rights in prepare.wanted(tmp_path)}
    assert wanted == {".": 5, "env.py": 4, "versions": 7, "versions/one.py": 4}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another account")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_stranger_is_let_into_the_checkout_and_its_owner_stays_in(prepare: ModuleType) -> None:
    stranger, group, owner = 60801, 60800, 60802
    with tempfile.TemporaryDirectory() as place:  # not tmp_path: the folders above that keep strangers out
        checkout = Path(place)
        versions = checkout / "versions"
        versions.mkdir()
        (versions / "one.py").touch(0o600)
        for path in (checkout, versions, versions / "one.py"):
            path.chmod(path.stat().st_mode & 0o700)
            os.chown(path, owner, owner)
        paths = list(prepare.wanted(checkout))
        assert prepare.lacking(paths, stranger, stranger, [group]) == paths
        try:
            for path, rights in paths:
                prepare.let_in(path, rights, group)
        except OSError as trouble:
            pytest.skip(f"no access control lists here: {trouble}")
        assert prepare.lacking(paths, stranger, stranger, [group]) == []
        assert prepare.lacking(paths, stranger, stranger, []) == paths, "without the group, nothing has changed"
        made = versions / "two.py"
        made.touch()
        os.chown(made, stranger, stranger)
        assert prepare.lacking([(made, prepare.READ | prepare.WRITE)], owner, owner, []) == []
