"""``farthing serve``: the database, the migrations, the keys, and the API on top, until someone says stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from farthing.core.bounds import JOB_CONNECTIONS
from farthing.entrypoints.cli.answers import EXIT_FAULT
from farthing.entrypoints.cli.options import DataDir, settings_with
from farthing.kit.faults import Conflict

if TYPE_CHECKING:
    from farthing.core.settings import Settings
    from farthing.entrypoints.local import Cluster

SPARE_CONNECTIONS = 20
"""Connections to the embedded database that are left to commands, and to PostgreSQL itself."""


class AddressUnavailable(Conflict):
    """Another program listens there, or the machine has no such address."""

    code = "address_unavailable"
    message = "Farthing can't listen on {host}, port {port}: {why}. Choose another with --host or --port."
    sample = {"host": "127.0.0.1", "port": 8000, "why": "Address already in use"}


def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on. [FARTHING_HOST, or 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one. [FARTHING_PORT, or 8000]")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes that answer. [FARTHING_WORKERS, or 2 if there are 2 cores]"),
    ] = None,
) -> None:
    """Start the database and the API, and say where they are. Ctrl-C stops everything."""
    settings = settings_with(data_dir=data_dir, host=host, port=port, workers=workers)

    from farthing.core.logging import set_up_logging  # noqa: PLC0415 - for a quick --help

    set_up_logging(settings)
    with contextlib.ExitStack() as stack:
        cluster = None
        if settings.database_url is None:
            from farthing.entrypoints.cli.clerk import on_cluster  # noqa: PLC0415 - as above
            from farthing.entrypoints.local import open_cluster  # noqa: PLC0415 - as above

            cluster = stack.enter_context(open_cluster(settings.data_dir, settings=_room_for(settings)))
            settings = on_cluster(settings, cluster)
        listener = stack.enter_context(_listening(settings.host, settings.port))
        if settings.worker_count() > 1:
            stack.enter_context(_counting_together())
        code = _serve(settings, listener, cluster)
    sys.exit(code)


def _serve(settings: Settings, listener: socket.socket, cluster: Cluster | None) -> int:
    """Serve until told to stop. Returns the exit code."""
    import uvloop  # noqa: PLC0415 - for a quick --help

    from farthing.core import migrations  # noqa: PLC0415 - as above
    from farthing.core.database import required_url  # noqa: PLC0415 - as above
    from farthing.core.secrets import sealing_keys, signing_key  # noqa: PLC0415 - as above
    from farthing.entrypoints.api.app import create_app  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.server import Server, configured  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.supervisor import Supervisor  # noqa: PLC0415 - as above
    from farthing.entrypoints.rates import begin_with_rates  # noqa: PLC0415 - as above

    migrations.upgrade(required_url(settings))
    if settings.reference_rates == "on":
        asyncio.run(begin_with_rates(required_url(settings)))
    sealing_keys(settings)  # made now, or found unfit now, rather than when somebody first needs them
    config = configured(create_app(settings, signing_key(settings)), settings)
    config.load()
    # What the program is made of stays: the collector need not look at it again in the middle of somebody's request,
    # nor write into memory that the workers share.
    gc.collect()
    gc.freeze()
    url = _url(settings.host, listener.getsockname()[1])

    def tell() -> None:
        if cluster is not None:
            cluster.announce(url)
        print(f"Farthing is ready at {url} (docs: {url}/docs)", flush=True)

    database_pid = cluster.pid if cluster else None
    workers = settings.worker_count()
    if workers > 1:
        return Supervisor(config, listener, workers=workers, on_ready=tell, database_pid=database_pid).run()
    server = Server(config, on_ready=tell, database_pid=database_pid)
    uvloop.run(server.serve(sockets=[listener]))
    return 0 if server.healthy else EXIT_FAULT


def _room_for(settings: Settings) -> dict[str, str]:
    """What has the embedded database take the connections of all workers, and some of commands, if it needs telling."""
    from farthing.entrypoints.local.settings import HOME_SETTINGS  # noqa: PLC0415 - for a quick --help

    each = settings.pool_size + (JOB_CONNECTIONS if settings.worker == "inside" else 0)
    wanted = settings.worker_count() * each + SPARE_CONNECTIONS
    return {"max_connections": str(wanted)} if wanted > int(HOME_SETTINGS["max_connections"]) else {}


@contextlib.contextmanager
def _counting_together() -> Iterator[None]:
    """A folder in which the workers' metrics meet. To be made before anything imports prometheus_client."""
    with tempfile.TemporaryDirectory(prefix="farthing-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that has the address; the server makes it listen when it is ready to answer."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as trouble:
        raise AddressUnavailable(host=host, port=port, why=trouble.strerror) from trouble
    with listener:
        # A port that the program itself has just left is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as trouble:
            raise AddressUnavailable(host=host, port=port, why=trouble.strerror) from trouble
        yield listener


def _url(host: str, port: int) -> str:
    """Where to reach it from this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - names what was chosen
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
