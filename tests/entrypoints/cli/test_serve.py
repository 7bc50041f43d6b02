from __future__ import annotations

import os
import signal
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.entrypoints.cli.commands import run
from tests.entrypoints.cli.conftest import Serve

from farthing.entrypoints.local import open_cluster, served_by
from farthing.entrypoints.local.processes import alive


def postmaster(data_dir: Path) -> int:
    """The process that the folder's PostgreSQL runs as."""
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text("utf-8").split()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_answers_once_it_says_so_and_a_signal_stops_all_of_it(
    cli_serve: Serve, cli_data_dir: Path, number: signal.Signals
) -> None:
    service = cli_serve()
    assert service.said == f"Farthing is ready at {service.url} (docs: {service.url}/docs)"
    assert httpx2.get(f"{service.url}/health/ready").json()["status"] == "ok"
    assert httpx2.get(f"{service.url}/docs").status_code == 200
    assert "server" not in httpx2.get(f"{service.url}/health").headers
    database = postmaster(cli_data_dir)
    assert service.stop(number) == 0
    assert not alive(database)
    assert served_by(cli_data_dir) is None


def test_a_script_can_interrupt_it_in_the_background(cli_serve: Serve) -> None:
    """A shell without job control starts its background programs with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        service = cli_serve()
    finally:
        signal.signal(signal.SIGINT, before)
    assert service.stop(signal.SIGINT) == 0


def test_a_second_one_on_the_same_folder_names_the_first(cli_serve: Serve, cli_data_dir: Path) -> None:
    first = cli_serve()
    second = run("serve", "--data-dir", cli_data_dir, "--port", 0)
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert f"process {first.process.pid} at {first.url}" in second.stderr
    assert "folder_in_use" in second.stderr


def test_the_key_is_made_for_its_owner_alone_and_stays(cli_serve: Serve, cli_data_dir: Path) -> None:
    cli_serve().stop()
    key = cli_data_dir / "signing_key.pem"
    made = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    cli_serve().stop()
    assert key.read_bytes() == made
    assert sorted(file.name for file in cli_data_dir.iterdir()) == [
        "postgres",
        "sealing_key",
        "serve.lock",
        "signing_key.pem",
    ]


def test_a_port_that_is_taken_is_told_in_a_line(fresh_database_url: str, cli_data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run("serve", "--port", port, "--data-dir", cli_data_dir, FARTHING_DATABASE_URL=fresh_database_url)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert f"port {port}" in refused.stderr
    assert "address_unavailable" in refused.stderr


def test_with_a_database_given_it_brings_none(cli_serve: Serve, cli_data_dir: Path, fresh_database_url: str) -> None:
    service = cli_serve(FARTHING_DATABASE_URL=fresh_database_url)
    assert httpx2.get(f"{service.url}/health/ready").status_code == 200
    assert not (cli_data_dir / "postgres").exists()
    assert service.stop() == 0


def test_options_win_over_the_environment(cli_serve: Serve) -> None:
    service = cli_serve("--host", "localhost", FARTHING_HOST="192.0.2.1", FARTHING_PORT="1")
    assert urlsplit(service.url).hostname == "localhost"


def test_the_end_of_its_database_is_its_own(cli_serve: Serve, cli_data_dir: Path) -> None:
    service = cli_serve()
    os.kill(postmaster(cli_data_dir), signal.SIGKILL)
    assert service.wait() == 1
    assert httpx2.get(f"{cli_serve().url}/health/ready").status_code == 200


def test_after_a_kill_the_next_one_takes_its_database_over(cli_serve: Serve, cli_data_dir: Path) -> None:
    killed = cli_serve()
    database = postmaster(cli_data_dir)
    killed.stop(signal.SIGKILL)
    assert httpx2.get(f"{cli_serve().url}/health/ready").status_code == 200
    assert postmaster(cli_data_dir) == database


def test_a_command_uses_the_server_that_runs(cli_serve: Serve, cli_data_dir: Path) -> None:
    service = cli_serve()
    assert run("db", "current", "--data-dir", cli_data_dir).returncode == 0
    assert httpx2.get(f"{service.url}/health/ready").status_code == 200


def test_a_key_that_is_none_is_told_in_a_line(cli_data_dir: Path) -> None:
    with open_cluster(cli_data_dir, mode="join"):
        (cli_data_dir / "signing_key.pem").write_text("secret nonsense", "utf-8")
        refused = run("serve", "--data-dir", cli_data_dir, "--port", 0)
    assert refused.returncode == 1
    assert "signing_key_unfit" in refused.stderr
    assert "nonsense" not in refused.stderr
