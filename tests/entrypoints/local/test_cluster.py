"""The embedded PostgreSQL in ordinary times: coming, going, sharing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.entrypoints.local.conftest import Keep
from tests.entrypoints.local.programs import KEEPER, ask, launch, listen, talk, tell

from farthing.entrypoints.local import (
    BinariesMissing,
    Cluster,
    FolderInUse,
    Owner,
    WontStart,
    binaries,
    open_cluster,
    processes,
    served_by,
    throwaway_cluster,
)

SECRET = "Muster-IBAN-4711"


def test_a_new_folder_becomes_a_server_set_up_for_data_that_matter(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        url = urlsplit(cluster.url)
        assert (url.scheme, url.username, url.hostname, url.path) == (
            "postgresql",
            "postgres",
            "127.0.0.1",
            "/finance_db",
        )
        assert ask(cluster.url, "SELECT current_database()") == "finance_db"
        wanted = {
            "server_version": "18.6",
            "server_encoding": "UTF8",
            "data_checksums": "on",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "TimeZone": "UTC",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
        }
        assert {name: ask(cluster.url, "SELECT current_setting($1)", name) for name in wanted} == wanted
        locale = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'finance_db'"
        assert ask(cluster.url, locale) == "b C.UTF-8"


def test_data_and_port_survive_a_restart(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        tell(cluster.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        port = cluster.port
    with open_cluster(data_dir) as cluster:
        assert ask(cluster.url, "SELECT answer FROM kept") == 42
        assert cluster.port == port


def test_the_server_is_gone_after_the_block(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        assert processes.alive(cluster.pid)
    assert not processes.alive(cluster.pid)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", cluster.port)) != 0


def test_a_port_that_was_taken_meanwhile_is_given_up(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        port = cluster.port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with open_cluster(data_dir) as cluster:
            assert cluster.port != port


def test_only_this_machine_and_only_with_the_password_gets_in(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        listening = [
            line.split()[1]
            for table in ("tcp", "tcp6")
            for line in Path("/proc/net", table).read_text("ascii").splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{cluster.port:04X}")
        ]
        assert listening == [f"0100007F:{cluster.port:04X}"]
        password = urlsplit(cluster.url).password
        assert password
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(cluster.url.replace(password, "guess"), "SELECT 1")
        rules = "SELECT string_agg(DISTINCT auth_method, ' ' ORDER BY auth_method) FROM pg_hba_file_rules"
        assert ask(cluster.url, rules) == "reject scram-sha-256"
        verifier = "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'"
        assert ask(cluster.url, verifier)


def test_nothing_in_the_folder_is_open_to_others(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        password = urlsplit(cluster.url).password
        file = data_dir / "postgres" / "password"
        assert file.read_text("ascii").strip() == password
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        open_to_others = [path for path in (data_dir, *data_dir.rglob("*")) if path.stat().st_mode & 0o077]
        assert open_to_others == []


def test_what_people_wrote_down_stays_out_of_the_log(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        tell(cluster.url, f"CREATE TABLE notes (note text PRIMARY KEY); INSERT INTO notes VALUES ('{SECRET}')")
        for mistake in (
            f"INSERT INTO notes VALUES ('{SECRET}')",
            f"SELECT '{SECRET}'::int",
            f"SELECT FROM '{SECRET}'",
            f"DO $$ BEGIN RAISE EXCEPTION '{SECRET}'; END $$",
            f"DO $$ BEGIN RAISE WARNING '{SECRET}'; END $$; SELECT 1/0",
        ):
            with pytest.raises(asyncpg.PostgresError):
                tell(cluster.url, mistake)
        # The worst case: PostgreSQL reports which statement a killed process was at.
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            talk(cluster.url, die_at_work)
    folder = data_dir / "postgres"
    logs = [folder / "startup.log", *(folder / "data" / "log").iterdir()]
    text = "".join(log.read_text("utf-8") for log in logs)
    assert "database system is ready to accept connections" in text
    assert "was terminated by signal 9" in text
    assert SECRET not in text


async def die_at_work(connection: Any) -> None:
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    asyncio.get_running_loop().call_later(0.2, os.kill, backend, signal.SIGKILL)
    await connection.execute(f"SELECT pg_sleep(60), '{SECRET}'")


def test_a_second_owner_is_refused_and_told_who_the_first_is(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")
    for _ in range(2):
        with pytest.raises(FolderInUse) as refusal, open_cluster(data_dir):
            pass
        assert str(owner.process.pid) in refusal.value.detail
        assert "http://127.0.0.1:8123" in refusal.value.detail
        assert "postgresql://" not in refusal.value.detail
    assert served_by(data_dir) == Owner(owner.process.pid, "http://127.0.0.1:8123")
    assert owner.end() == 0
    assert served_by(data_dir) is None
    with open_cluster(data_dir) as cluster:
        assert cluster.owned


def test_a_folder_nobody_ever_used_is_served_by_nobody(data_dir: Path) -> None:
    assert served_by(data_dir) is None
    assert not data_dir.exists()


def test_joining_uses_the_owners_server_and_leaves_it_running(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")
    with open_cluster(data_dir, mode="join") as cluster:
        assert (cluster.pid, cluster.url, cluster.owned) == (owner.server, owner.url, False)
        cluster.announce("http://ignored")
    assert served_by(data_dir) == Owner(owner.process.pid, "http://127.0.0.1:8123")
    assert ask(owner.url, "SELECT 1") == 1


def test_joining_where_nobody_is_starts_a_server_and_stops_it(data_dir: Path) -> None:
    with open_cluster(data_dir, mode="join") as cluster:
        assert ask(cluster.url, "SELECT 1") == 1
        assert served_by(data_dir) is None
    assert not processes.alive(cluster.pid)


def test_the_last_to_leave_stops_the_server(data_dir: Path, keep: Keep) -> None:
    owner = keep("own")
    with open_cluster(data_dir, mode="join") as cluster:
        assert owner.end() == 0
        assert ask(cluster.url, "SELECT 1") == 1
    assert not processes.alive(cluster.pid)


def test_an_owner_takes_over_the_server_of_those_who_were_there_before(data_dir: Path, keep: Keep) -> None:
    guest = keep("join")
    with open_cluster(data_dir) as cluster:
        assert cluster.pid == guest.server
        assert guest.end() == 0
        assert ask(cluster.url, "SELECT 1") == 1


def test_programs_that_come_at_once_share_one_new_server(data_dir: Path) -> None:
    programs = [listen(process) for process in [launch(KEEPER, data_dir, "join") for _ in range(3)]]
    try:
        assert len({program.server for program in programs}) == 1
        assert [program.end() for program in programs] == [0, 0, 0]
        assert not processes.alive(programs[0].server)
    finally:
        for program in programs:
            with program.process:
                program.process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)])
def test_a_program_told_to_end_stops_its_server(data_dir: Path, keep: Keep, number: signal.Signals, code: int) -> None:
    owner = keep("own")
    owner.process.send_signal(number)
    assert owner.process.wait(30) == code
    assert not processes.alive(owner.server)


def test_ctrl_c_in_the_terminal_is_for_the_program_alone(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        fields = Path("/proc", str(cluster.pid), "stat").read_text("ascii").rpartition(")")[2].split()
        group, session = int(fields[2]), int(fields[3])
        assert group == session == cluster.pid


def test_handlers_for_signals_are_put_back(data_dir: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with open_cluster(data_dir):
        assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_settings_of_ones_own_count(data_dir: Path) -> None:
    with open_cluster(data_dir, settings={"shared_preload_libraries": "pg_stat_statements"}) as cluster:
        tell(cluster.url, "CREATE EXTENSION pg_stat_statements")
        assert ask(cluster.url, "SELECT count(*) FROM pg_stat_statements") >= 0


def test_a_server_that_gives_up_says_why(data_dir: Path) -> None:
    with (
        pytest.raises(WontStart, match="no_such_setting"),
        open_cluster(data_dir, settings={"no_such_setting": "1"}),
    ):
        pass
    with open_cluster(data_dir):
        pass


def test_a_machine_without_programs_is_told_what_to_do() -> None:
    with pytest.raises(BinariesMissing, match="FARTHING_DATABASE_URL"):
        binaries.installed("no_such_wheel")


def test_a_throwaway_server_works_and_leaves_nothing() -> None:
    with throwaway_cluster() as cluster:
        assert cluster.url.endswith("/finance_db")
        assert ask(cluster.url, "SELECT current_setting('fsync')") == "off"
    assert not processes.alive(cluster.pid)
    assert not cluster.data_dir.exists()


def test_a_throwaway_server_goes_with_a_killed_program() -> None:
    script = """
import sys
from farthing.entrypoints.local import throwaway_cluster
with throwaway_cluster() as cluster:
    print(cluster.pid, cluster.data_dir, flush=True)
    sys.stdin.read()
"""
    program = listen(launch(script))
    with program.process:
        assert processes.alive(program.server)
        program.process.kill()
    assert processes.wait_gone([program.server], 10)
    place = Path(program.said.split()[1])
    for _ in range(100):
        if not place.exists():
            break
        processes.wait_gone([program.process.pid], 0)
        signal.sigtimedwait([], 0.1)
    assert not place.exists()


def test_a_cluster_opens_inside_a_running_event_loop() -> None:
    async def main() -> Cluster:
        with throwaway_cluster() as cluster:
            connection = await asyncpg.connect(cluster.url)
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
            return cluster

    assert not processes.alive(asyncio.run(main()).pid)
