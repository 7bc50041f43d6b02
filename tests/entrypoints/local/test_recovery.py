"""The embedded PostgreSQL after something went wrong: nothing is lost, and the next start works."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import asyncpg
import pytest
from tests.entrypoints.local.conftest import Keep
from tests.entrypoints.local.programs import KEEPER, ask, launch, tell

from farthing.entrypoints.local import NotAnswering, account, open_cluster, processes

BUSY_BACKEND = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"
"""Never waits for anything, so it doesn't notice the end of its server."""


def test_a_killed_server_recovers_what_was_committed(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        tell(cluster.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        os.kill(cluster.pid, signal.SIGKILL)
        assert processes.wait_gone([cluster.pid], 10)
    with open_cluster(data_dir) as cluster:
        assert ask(cluster.url, "SELECT count(*) FROM kept") == 1000


def test_the_server_of_a_killed_program_is_found_used_and_stopped(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")
    tell(owner.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    owner.process.kill()
    owner.process.wait()
    assert processes.alive(owner.server)
    with open_cluster(data_dir) as cluster:
        assert (cluster.pid, cluster.url) == (owner.server, owner.url)
        assert ask(cluster.url, "SELECT answer FROM kept") == 42
    assert processes.wait_gone([cluster.pid], 0)


def test_the_orphans_of_a_killed_server_dont_stop_a_start(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")

    def work() -> None:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            tell(owner.url, BUSY_BACKEND)

    worker = threading.Thread(target=work)
    worker.start()
    busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
    while not (orphan := ask(owner.url, busy)):
        time.sleep(0.01)
    owner.process.kill()
    owner.process.wait()
    os.kill(owner.server, signal.SIGKILL)
    assert processes.wait_gone([owner.server], 10)
    assert processes.alive(orphan)
    with open_cluster(data_dir) as cluster:
        assert cluster.pid != owner.server
        assert ask(cluster.url, "SELECT 1") == 1
        assert not processes.alive(orphan)
    worker.join()


def test_a_pid_that_is_another_programs_by_now_doesnt_stop_a_start(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        note = data_dir / "postgres" / "data" / "postmaster.pid"
        text = note.read_text("utf-8")
    runs_as = account.account_for(data_dir / "postgres" / "data")
    # By the same account: PostgreSQL by itself would take this one for the server.
    with subprocess.Popen(["sleep", "60"], cwd="/", **runs_as.options()) as stranger:
        try:
            note.write_text(text.replace(str(cluster.pid), str(stranger.pid), 1), "utf-8")
            runs_as.own(note)
            with open_cluster(data_dir) as again:
                assert ask(again.url, "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_pid_that_is_nobodys_any_more_doesnt_stop_a_start(data_dir: Path) -> None:
    with open_cluster(data_dir):
        note = data_dir / "postgres" / "data" / "postmaster.pid"
        text = note.read_text("utf-8")
    note.write_text(text, "utf-8")
    with open_cluster(data_dir) as cluster:
        assert ask(cluster.url, "SELECT 1") == 1


def test_a_copied_folder_gets_a_server_of_its_own(data_dir: Path, keep: Keep) -> None:
    with open_cluster(data_dir) as cluster:
        tell(cluster.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    copied = data_dir.with_name("copied")
    # As root, all of the copy belongs to root, and PostgreSQL would refuse it.
    shutil.copytree(data_dir, copied)
    original = keep("own")
    shutil.copy2(data_dir / "postgres" / "data" / "postmaster.pid", copied / "postgres" / "data")
    with open_cluster(copied) as cluster:
        assert cluster.pid != original.server
        assert cluster.port != int(original.url.rpartition(":")[2].partition("/")[0])
        assert ask(cluster.url, "SELECT answer FROM kept") == 42
    assert ask(original.url, "SELECT answer FROM kept") == 42


def test_a_program_killed_while_it_makes_the_folder_leaves_nothing_half_made(data_dir: Path) -> None:
    with launch(KEEPER, data_dir, "own") as program:
        while not list(data_dir.glob("postgres/incoming-*/base")):
            assert program.poll() is None
            time.sleep(0.002)
        program.kill()
    assert not (data_dir / "postgres" / "data").exists()
    with open_cluster(data_dir) as cluster:
        assert ask(cluster.url, "SELECT 1") == 1
    with open_cluster(data_dir) as cluster:
        assert ask(cluster.url, "SELECT 1") == 1
    assert not list(data_dir.glob("postgres/incoming-*"))


def test_a_lost_password_is_replaced(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        lost = cluster.url
        tell(cluster.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    (data_dir / "postgres" / "password").unlink()
    with open_cluster(data_dir) as cluster:
        assert cluster.url != lost
        assert ask(cluster.url, "SELECT answer FROM kept") == 42


def test_a_lost_password_is_replaced_though_a_killed_program_left_the_server(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")
    owner.process.kill()
    owner.process.wait()
    (data_dir / "postgres" / "password").unlink()
    with open_cluster(data_dir) as cluster:
        assert cluster.pid != owner.server
        assert ask(cluster.url, "SELECT 1") == 1


def test_a_dropped_database_is_made_again(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        tell(cluster.url.replace("/finance_db", "/postgres"), "DROP DATABASE finance_db")
    with open_cluster(data_dir) as cluster:
        assert ask(cluster.url, "SELECT current_database()") == "finance_db"


def test_joining_a_server_that_died_says_so(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")
    os.kill(owner.server, signal.SIGKILL)
    assert processes.wait_gone([owner.server], 10)
    with pytest.raises(NotAnswering), open_cluster(data_dir, mode="join"):
        pass
    assert owner.end() == 0
    with open_cluster(data_dir, mode="join") as cluster:
        assert ask(cluster.url, "SELECT 1") == 1


def test_logs_of_last_week_are_removed(data_dir: Path) -> None:
    with open_cluster(data_dir):
        pass
    logs = data_dir / "postgres" / "data" / "log"
    old, recent = logs / "postgresql-old.log", logs / "postgresql-recent.log"
    for file, days in ((old, 7), (recent, 5)):
        file.write_text("long ago\n", "ascii")
        then = time.time() - days * 24 * 60 * 60
        os.utime(file, (then, then))
    with open_cluster(data_dir):
        pass
    assert not old.exists()
    assert recent.exists()


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no ps here, as there is on macOS")
def test_a_servers_processes_are_found_without_proc_too(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        data = (data_dir / "postgres" / "data").stat()
        name = f"farthing-{data.st_dev:x}-{data.st_ino:x}-"
        found = processes.named(name)
        assert cluster.pid in found
        assert len(found) > 1
        assert processes._named_by_ps(name) == found
        assert processes.named(name.replace("farthing", "other")) == set()
