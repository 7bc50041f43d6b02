"""The ./run script: what it says, what it sets up, and what it hands over to. No test makes a whole .venv."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.entrypoints.local.programs import ROOT

A_LOCK = """\
alpha==1.2 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via farthing (pyproject.toml)
beta[extra]==2.0 ; sys_platform != 'win32' \\
    --hash=sha256:ba
    # via alpha
"""

A_DECLARATION = """\
[project]
dependencies = ["alpha>=1", "Beta[extra]~=2.0"]

[dependency-groups]
dev = ["gamma"]
"""

FAKE_PYTHON = """\
#!/bin/sh
printf '%s\\n' "$PWD" "${PYTHONPATH-unset}" "$@"
"""


def load() -> Any:
    loader = importlib.machinery.SourceFileLoader("run_script", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader("run_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


run = load()
Project: Any = run.Project


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with lock files and a .venv that was never filled."""
    root = tmp_path / "a moved one" / "check out"
    (root / "src").mkdir(parents=True)
    shutil.copy(ROOT / "run", root)
    (root / "requirements.lock").write_text(A_LOCK)
    (root / "requirements-dev.lock").write_text(A_LOCK + "gamma==3 --hash=sha256:ca\n")
    (root / "pyproject.toml").write_text(A_DECLARATION)
    site = root / ".venv" / "lib" / f"python{run.this_version()}" / "site-packages"
    site.mkdir(parents=True)
    (root / ".venv" / "bin").mkdir()
    (root / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return root


def start(root: Path, *arguments: str, cwd: Path | str = "/") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / "run", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": "/astray"},
    )


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_help_names_every_command(arguments: list[str]) -> None:
    helped = start(ROOT, *arguments)
    assert helped.returncode == 0
    assert {line.split()[0] for line in helped.stdout.splitlines() if line.startswith("  ")} == set(run.COMMANDS)


def test_an_unknown_command_is_refused_with_the_known_ones() -> None:
    refused = start(ROOT, "dance")
    assert refused.returncode == 2
    assert "'dance'" in refused.stderr
    assert "serve" in refused.stderr


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 99)])
def test_an_old_python_is_told_which_one_is_needed(version: tuple[int, ...]) -> None:
    told = run.too_old(version)
    assert "3.11 or newer" in told
    assert f"this is Python 3.{version[1]}" in told


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1), (4, 0, 0)])
def test_a_newer_python_is_fine(version: tuple[int, ...]) -> None:
    assert run.too_old(version) is None


def test_even_python_36_can_read_the_script() -> None:
    ast.parse((ROOT / "run").read_text("utf-8"), feature_version=(3, 6))


def test_a_venv_without_a_stamp_is_not_ready(checkout: Path) -> None:
    project = Project(checkout)
    assert not project.is_ready(dev=False)
    assert not project.is_ready(dev=True)


def test_a_stamp_for_development_is_good_enough_for_running(checkout: Path) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    assert project.is_ready(dev=True)
    assert project.is_ready(dev=False)


def test_a_stamp_for_running_isnt_good_enough_for_development(checkout: Path) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=False))
    assert project.is_ready(dev=False)
    assert not project.is_ready(dev=True)


def test_a_changed_lock_file_asks_for_an_update_but_not_for_a_new_venv(checkout: Path) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    (checkout / "requirements-dev.lock").write_text(A_LOCK)
    assert not project.is_ready(dev=True)
    assert project.is_ready(dev=False)
    (checkout / "requirements.lock").write_text(A_LOCK.replace("1.2", "1.3"))
    assert not project.is_ready(dev=False)
    assert project.stamp() is not None


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"python": "x"}'])
def test_a_damaged_stamp_asks_for_a_new_venv(checkout: Path, damage: str) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    (checkout / ".venv" / run.STAMP).write_text(damage)
    assert project.stamp() is None


def test_a_python_that_is_gone_or_another_asks_for_a_new_venv(checkout: Path) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    project.python.unlink()
    assert project.stamp() is None
    project.python.symlink_to("/no/such/python")
    assert project.stamp() is None
    project.python.unlink()
    project.python.symlink_to("/bin/sh")
    assert project.stamp() is None


def test_a_python_replaced_in_place_asks_for_a_new_venv(checkout: Path) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    file = checkout / ".venv" / run.STAMP
    file.write_text(file.read_text().replace(f'"{run.this_version()}"', '"3.10"'))
    assert project.stamp() is None


def test_a_missing_lock_file_is_named(checkout: Path) -> None:
    (checkout / "requirements.lock").unlink()
    with pytest.raises(run.Refused, match=r"requirements\.lock is missing"):
        Project(checkout).ensure(dev=False)


def test_the_checkouts_code_is_found_wherever_the_checkout_is_moved(checkout: Path) -> None:
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    project.ensure(dev=True)
    moved = checkout.rename(checkout.with_name("moved"))
    assert Project(moved).is_ready(dev=True)
    (link,) = (moved / ".venv").rglob("farthing.pth")
    assert (link.parent / link.read_text().strip()).samefile(moved / "src")
    (moved / ".venv" / "bin" / "python").unlink()
    (moved / ".venv" / "bin" / "python").write_text(FAKE_PYTHON)
    (moved / ".venv" / "bin" / "python").chmod(0o755)
    shortcut = moved / "shortcut"
    shortcut.symlink_to(moved / ".venv" / "bin" / "farthing")
    said = subprocess.run([shortcut, "one", "two words"], check=True, capture_output=True, text=True).stdout
    assert said.splitlines()[-5:] == ["-P", "-m", "farthing", "one", "two words"]


def test_runs_at_once_set_up_once(checkout: Path) -> None:
    set_ups = []

    def set_up(project: Any, *, dev: bool) -> None:
        set_ups.append(dev)
        time.sleep(0.2)
        project.write_stamp(project.wanted(dev=dev))

    slow: Any = type("Slow", (Project,), {"_set_up": set_up})
    runs = [threading.Thread(target=lambda: slow(checkout).ensure(dev=True)) for _ in range(3)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert set_ups == [True]


@pytest.mark.parametrize(
    ("asked", "handed_over"),
    [
        (["serve", "--port", "80 80"], ["-P", "-m", "farthing", "serve", "--port", "80 80"]),
        (["farthing", "import", "a file.csv"], ["-P", "-m", "farthing", "import", "a file.csv"]),
        (["test", "-k", "x y"], ["-P", "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-k", "x y"]),
    ],
)
def test_commands_go_on_as_the_venvs_python_where_the_person_stands(
    checkout: Path, tmp_path: Path, asked: list[str], handed_over: list[str]
) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    project = Project(checkout)
    project.write_stamp(project.wanted(dev=True))
    said = start(checkout, *asked, cwd=tmp_path)
    assert said.stderr == ""
    place, path, *arguments = said.stdout.splitlines()
    assert arguments == handed_over
    assert path == "unset"
    assert place == str(checkout if asked[0] == "test" else tmp_path)


def test_pins_are_read_with_their_hashes() -> None:
    assert run.pins(A_LOCK) == {
        "alpha==1.2": {"sha256:aa", "sha256:ab"},
        "beta[extra]==2.0 ; sys_platform != 'win32'": {"sha256:ba"},
    }


def test_lock_files_differ_by_what_they_pin() -> None:
    assert run.difference(A_LOCK, A_LOCK.replace("# via alpha", "# via beta")) == []
    assert run.difference(A_LOCK, A_LOCK.replace("alpha==1.2", "alpha==1.3")) == [
        "alpha==1.3 is missing",
        "alpha==1.2 isn't needed",
    ]


def test_a_hash_may_come_but_not_go() -> None:
    more = A_LOCK.replace("    --hash=sha256:ab\n", "    --hash=sha256:ab \\\n    --hash=sha256:ac\n")
    assert run.difference(A_LOCK, more) == []
    assert run.difference(more, A_LOCK) == ["alpha==1.2 has other hashes"]


def test_a_lock_file_covers_what_is_declared_or_names_what_it_lacks(checkout: Path) -> None:
    project = Project(checkout)
    assert run.uncovered_by(project, "requirements.lock") == []
    assert run.uncovered_by(project, "requirements-dev.lock") == []
    (checkout / "pyproject.toml").write_text(
        A_DECLARATION.replace("alpha>=1", "alpha>=2").replace('"gamma"', '"gamma", "delta>=1"')
    )
    assert run.uncovered_by(project, "requirements.lock") == ["alpha>=2"]
    assert run.uncovered_by(project, "requirements-dev.lock") == ["alpha>=2", "delta>=1"]


def test_an_address_in_a_lock_file_is_an_error(checkout: Path) -> None:
    (checkout / "requirements-dev.lock").write_text("--index-url https://mirror.example\n" + A_LOCK)
    assert run.check_lock_files(Project(checkout)) == "There is an address in requirements-dev.lock."


@pytest.mark.parametrize(
    ("check", "test", "code"), [("true", "true", 0), ("false", "true", 1), ("true", "false", 1), ("false", "false", 1)]
)
def test_ci_runs_checks_and_tests_whatever_the_first_say(tmp_path: Path, check: str, test: str, code: int) -> None:
    clone = tmp_path / "a clone"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci")
    (clone / "run").write_text(f'#!/bin/sh\necho "$1"\n[ "$1" = check ] && {check} || [ "$1" = test ] && {test}\n')
    (clone / "run").chmod(0o755)
    said = subprocess.run(
        ["bash", clone / ".ci" / "run"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert said.stdout.split() == ["check", "test"]
    assert said.returncode == code
