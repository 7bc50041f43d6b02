"""``farthing serve`` with several workers: who answers, who replaces whom, and how all of them end."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.entrypoints.cli.commands import PATIENCE_SECONDS, Service, run
from tests.entrypoints.cli.conftest import Serve
from tests.entrypoints.cli.test_serve import postmaster

from farthing.entrypoints.cli.server import DRAIN_SECONDS
from farthing.entrypoints.local import served_by
from farthing.entrypoints.local.processes import PROC, alive, wait_gone

pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="who holds which connection is told by /proc")

COUNTED = re.compile(r'^farthing_requests_total\{method="GET",route="/health",status="200"\} (\S+)$', re.MULTILINE)
TIMED = re.compile(r'^farthing_request_seconds_count\{method="GET",route="/health"\} (\S+)$', re.MULTILINE)


def workers_of(service: Service) -> list[int]:
    """The pids of the processes that answer for it."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and alive(int(entry.name)):
            parent = int((entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
            if parent == service.process.pid and b"postgres" not in (entry / "comm").read_bytes():
                found.append(int(entry.name))
    return sorted(found)


def files_of(pid: int) -> set[str]:
    """What a process holds open."""
    return {str(link.readlink()) for link in (PROC / str(pid) / "fd").iterdir()}


def connections_of(pid: int, service: Service) -> int:
    """How many connections to the service a process holds."""
    port = urlsplit(service.url).port
    rows = [row.split() for row in (PROC / "net" / "tcp").read_text("utf-8").splitlines()[1:]]
    taken = {f"socket:[{row[9]}]" for row in rows if row[3] == "01" and int(row[1].rpartition(":")[2], 16) == port}
    return len(taken & files_of(pid))


def within_patience(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold before patience ends."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def connected(service: Service) -> http.client.HTTPConnection:
    """A connection that was used once, and stays open."""
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=PATIENCE_SECONDS)
    assert got(connection, "/health")
    return connection


def got(connection: http.client.HTTPConnection, path: str) -> str:
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read().decode()


@contextmanager
def connections(service: Service, count: int) -> Iterator[list[http.client.HTTPConnection]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(connected(service))) for _ in range(count)]


def test_connections_are_shared_out_evenly_and_stay_so(cli_serve: Serve) -> None:
    service = cli_serve("--workers", "2")
    workers = workers_of(service)
    assert len(workers) == 2
    with connections(service, 8) as held:
        assert [connections_of(pid, service) for pid in workers] == [4, 4]
        for each in held[::2]:  # each second one is with the same worker
            each.close()
        assert within_patience(lambda: sorted(connections_of(pid, service) for pid in workers) == [0, 4])
        with connections(service, 4):
            assert [connections_of(pid, service) for pid in workers] == [4, 4]


def test_the_supervisor_holds_no_connection_and_the_workers_hold_nothing_of_its(
    cli_serve: Serve, cli_data_dir: Path
) -> None:
    service = cli_serve("--workers", "3")
    with connections(service, 3):
        assert connections_of(service.process.pid, service) == 0
        for pid in workers_of(service):
            assert not [file for file in files_of(pid) if file.startswith(str(cli_data_dir))]


def test_one_worker_needs_no_supervisor(cli_serve: Serve) -> None:
    service = cli_serve("--workers", "1", FARTHING_WORKERS="2")
    assert workers_of(service) == []
    with connections(service, 2):
        assert connections_of(service.process.pid, service) == 2
    assert service.stop() == 0


def test_a_worker_that_is_killed_is_replaced_and_the_others_go_on(cli_serve: Serve, tmp_path: Path) -> None:
    service = cli_serve("--workers", "2")
    before = workers_of(service)
    with connections(service, 2) as held:
        os.kill(before[0], signal.SIGKILL)
        assert wait_gone(before[:1], PATIENCE_SECONDS)
        answers = []
        for each in held:
            try:
                answers.append(got(each, "/health"))
            except ConnectionError:
                answers.append("")
        assert sorted(map(bool, answers)) == [False, True]
    for _ in range(20):
        with connections(service, 1) as (any_of_them,):
            assert got(any_of_them, "/health/ready")
    assert within_patience(lambda: len(workers_of(service)) == 2)
    assert before[1] in workers_of(service)
    lines = [json.loads(line) for line in (tmp_path / "serve.log").read_text("utf-8").splitlines()]
    assert [line["pid"] for line in lines if line["event"] == "worker_lost"] == before[:1]
    after = workers_of(service)
    assert within_patience(lambda: takes_connections(after, service))
    assert service.stop() == 0


def takes_connections(pids: list[int], service: Service) -> bool:
    """Whether each of the workers gets its share."""
    with connections(service, 2 * len(pids)):
        return all(connections_of(pid, service) == 2 for pid in pids)


def test_workers_that_die_again_and_again_end_it_with_a_code_that_says_so(
    cli_serve: Serve, cli_data_dir: Path, tmp_path: Path
) -> None:
    service = cli_serve("--workers", "2")
    while service.process.poll() is None:
        for pid in workers_of(service):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    assert service.wait() == 4
    assert "workers_keep_dying" in (tmp_path / "serve.log").read_text("utf-8")
    assert served_by(cli_data_dir) is None


def test_a_worker_that_cannot_come_up_ends_all_of_it(
    cli_serve: Serve, cli_data_dir: Path, fresh_database_url: str
) -> None:
    assert cli_serve(FARTHING_DATABASE_URL=fresh_database_url).stop() == 0

    async def open_the_wall() -> None:
        connection = await asyncpg.connect(fresh_database_url)
        await connection.execute("ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY")
        await connection.close()

    asyncio.run(open_the_wall())
    refused = run(
        "serve", "--workers", 2, "--port", 0, "--data-dir", cli_data_dir, FARTHING_DATABASE_URL=fresh_database_url
    )
    assert refused.returncode == 1
    assert "ready" not in refused.stdout


@pytest.mark.parametrize(
    ("number", "to_all"),
    [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True), (signal.SIGHUP, True)],
)
def test_a_signal_ends_all_of_it_in_order(
    cli_serve: Serve, cli_data_dir: Path, tmp_path: Path, number: signal.Signals, to_all: bool
) -> None:
    service = cli_serve("--workers", "2", TMPDIR=str(tmp_path))
    pids = [*workers_of(service), postmaster(cli_data_dir)]
    assert len(list(tmp_path.glob("farthing-metrics-*"))) == 1
    with connections(service, 2):
        began = time.monotonic()
        if to_all:  # as Ctrl-C does, and service managers do
            os.killpg(service.process.pid, number)
        else:
            service.process.send_signal(number)
        assert service.wait() == 0
    assert time.monotonic() - began < 10
    assert not [pid for pid in pids if alive(pid)]
    assert not list(tmp_path.glob("farthing-metrics-*"))
    assert "worker_lost" not in (tmp_path / "serve.log").read_text("utf-8")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_under_way_is_finished_first(cli_serve: Serve, workers: str) -> None:
    service = cli_serve("--workers", workers)
    with asking(service) as client:
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert service.process.poll() is None
        client.sendall(b"null")
        assert client.recv(4096).startswith(b"HTTP/1.1 4")
    assert service.wait() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_interrupt_waits_for_nobody(cli_serve: Serve, workers: str) -> None:
    service = cli_serve("--workers", workers)
    with asking(service):
        service.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert service.process.poll() is None
        began = time.monotonic()
        service.process.send_signal(signal.SIGINT)
        assert service.wait() == 0
        assert time.monotonic() - began < DRAIN_SECONDS - 2


@contextmanager
def asking(service: Service) -> Iterator[socket.socket]:
    """A connection in the middle of a request, four bytes short of its end."""
    host, _, port = urlsplit(service.url).netloc.partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as client:
        client.sendall(
            b"POST /api/v1/auth/register HTTP/1.1\r\nHost: here\r\n"
            b"Content-Type: application/json\r\nContent-Length: 4\r\n\r\n"
        )
        time.sleep(0.5)
        yield client


def test_a_supervisor_that_is_killed_leaves_nobody_behind(cli_serve: Serve, cli_data_dir: Path, tmp_path: Path) -> None:
    service = cli_serve("--workers", "2", TMPDIR=str(tmp_path))
    pids = workers_of(service)
    with connections(service, 2):
        assert service.stop(signal.SIGKILL) == -signal.SIGKILL
        assert served_by(cli_data_dir) is None
        assert wait_gone(pids, 5)
    assert not list(tmp_path.glob("farthing-metrics-*"))


def test_metrics_tell_of_all_workers_and_of_those_that_were(cli_serve: Serve) -> None:
    service = cli_serve("--workers", "2")
    with connections(service, 8) as held:
        for each in held:
            for _ in range(4):
                got(each, "/health")
        for each in held:  # whoever is asked
            text = got(each, "/metrics")
            assert (COUNTED.findall(text), TIMED.findall(text)) == (["40.0"], ["40.0"])
    os.kill(workers_of(service)[0], signal.SIGKILL)
    assert within_patience(lambda: len(workers_of(service)) == 2)
    with connections(service, 2) as held:
        for each in held:
            assert COUNTED.findall(got(each, "/metrics")) == ["42.0"]


def test_each_worker_makes_ids_of_its_own(cli_serve: Serve) -> None:
    service = cli_serve("--workers", "4")
    ids = set()
    with connections(service, 4) as held:
        for each in held:
            for _ in range(25):
                each.request("GET", "/health")
                answer = each.getresponse()
                answer.read()
                ids.add(answer.headers["X-Request-ID"])
    assert len(ids) == 100
