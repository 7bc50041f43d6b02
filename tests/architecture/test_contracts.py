"""The house's rules about who may know whom: that they hold, and that breaking them is noticed."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.conftest import ROOT

SOURCE = ROOT / "src" / "farthing"
FEATURES = SOURCE / "features"
ROOMS = sorted(path.parent for path in FEATURES.glob("*/__init__.py"))
MODULES = sorted(SOURCE.rglob("*.py"))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]

FLOORS = "Floors: imports only go down"
BETWEEN_ROOMS = "Rooms: a room uses those below it"
INSIDE = "Inside a room: router, service, repository, then what they speak of"
NO_HTTP = "Nothing below a router knows HTTP"
PURE = "The ledger, the formats and the kit do no input or output"


def _lint(house: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a house by themselves, whichever way this one is installed."""
    program = (
        "import sys; sys.path[:0] = [sys.argv.pop(1)]\n"
        "from importlinter.cli import lint_imports_command\n"
        "lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(house / "src"), "--config", "pyproject.toml", "--no-cache"],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_contracts_hold() -> None:
    checked = _lint(ROOT)
    assert checked.returncode == 0, checked.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in checked.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house once more, to break things in."""
    shutil.copytree(SOURCE, tmp_path / "src" / "farthing", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "planted", "broken"),
    [
        ("core/work.py", "import farthing.features.accounts.schemas", FLOORS),
        ("ledger/money.py", "from farthing.core.settings import Settings", FLOORS),
        ("features/books/service.py", "from farthing.entrypoints.api.app import create_app", FLOORS),
        ("features/identity/service/people.py", "from farthing.features.books.errors import LastOwner", BETWEEN_ROOMS),
        ("features/accounts/service/find.py", "import farthing.features.transactions.schemas", BETWEEN_ROOMS),
        ("features/accounts/repository.py", "from farthing.features.accounts.router import router", INSIDE),
        ("features/transactions/service/find.py", "from farthing.features.transactions import router", INSIDE),
        ("features/accounts/models.py", "from farthing.features.accounts.schemas import AccountRead", INSIDE),
        ("features/accounts/service/open.py", "from fastapi import HTTPException", NO_HTTP),
        ("features/transactions/service/record.py", "import starlette.requests", NO_HTTP),
        ("core/work.py", "import fastapi", NO_HTTP),
        ("ledger/money.py", "import sqlalchemy", PURE),
        ("formats/ofx/reader.py", "import asyncio", PURE),
        *(
            (
                f"features/{'models' if room == 'reports' else 'reports/router'}.py",
                f"import farthing.features.{room}.repository",
                f"A room's repository is its own: {room}",
            )
            for room in sorted(path.name for path in ROOMS if (path / "repository.py").exists())
        ),
    ],
)
def test_a_planted_violation_is_caught(copy: Path, module: str, planted: str, broken: str) -> None:
    file = copy / "src" / "farthing" / module
    file.write_text(f"{file.read_text('utf-8')}\n\n{planted}\n", "utf-8")
    checked = _lint(copy)
    assert checked.returncode == 1, checked.stderr
    assert f"{broken} BROKEN" in checked.stdout
    importer = "farthing." + module.removesuffix(".py").replace("/", ".")
    assert importer in checked.stdout.partition("Broken contracts")[2]


def test_a_room_without_a_storey_is_caught(copy: Path) -> None:
    attic = copy / "src" / "farthing" / "features" / "attic"
    attic.mkdir()
    (attic / "__init__.py").write_text('"""A room that nobody ranked."""\n', "utf-8")
    checked = _lint(copy)
    assert checked.returncode == 1
    assert "attic" in checked.stdout


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_is_under_contract(room: Path) -> None:
    """What import-linter can't ask for by itself: that no room was left out of a list."""
    inside = next(contract for contract in CONTRACTS if contract["name"] == INSIDE)
    if any((room / name).exists() for name in ("service.py", "service", "router.py")):
        assert f"farthing.features.{room.name}" in inside["containers"]
    if (room / "repository.py").exists():
        protected = [module for contract in CONTRACTS for module in contract.get("protected_modules", ())]
        assert f"farthing.features.{room.name}.repository" in protected


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_says_what_it_is_for(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8")))
    assert said


def test_nothing_is_called_a_drawer_for_everything() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
    names = {part for path in MODULES for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert names & banned == set()


def _calls(path: Path, *methods: str) -> list[str]:
    """Where something's method of this name is called, as written."""
    return [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods
    ]


def test_only_an_entrypoint_commits() -> None:
    """A verb of a service may be ``commit`` or ``begin`` (a draft, a sign-in); a connection's isn't called below the
    entrypoints."""
    verbs = {"imports.commit", "SignInService(work).begin", "SignInService(self.work).begin"}
    found = {
        f"{path.relative_to(SOURCE)}: {call}"
        for folder in ("core", "features")
        for path in (SOURCE / folder).rglob("*.py")
        for call in _calls(path, "commit", "rollback", "begin")
        if call not in verbs
    }
    assert found == {"core/database.py: connection.rollback"}, "what nobody ended is undone; all else ends above"


def test_all_sql_is_in_repositories_and_the_core() -> None:
    """A statement is made where SQL lives; a service that builds one has left its place."""
    makers = {"select", "insert", "update", "delete", "text"}
    strays = []
    for path in FEATURES.rglob("*.py"):
        if path.name == "models.py" or path.name.endswith("repository.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                strays += [f"{path}: {alias.name}" for alias in node.names if alias.name in makers]
    assert strays == []


def test_only_routers_and_what_they_are_made_of_know_fastapi() -> None:
    knowing = {
        path.relative_to(SOURCE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if name.partition(".")[0] in {"fastapi", "starlette"}
    }
    assert {path for path in knowing if not path.endswith("/router.py") and not path.startswith("entrypoints/")} == {
        "core/arguments.py",
        "core/serving.py",
        "features/reports/representations.py",  # what its router's operations are of
    }
