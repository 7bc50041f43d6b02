"""``farthing serve``: the database, the migrations, the keys, and the API on top, until someone says stop."""

from __future__ import annotations

import contextlib
import gc
import socket
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from farthing.entrypoints.cli.answers import EXIT_FAULT
from farthing.entrypoints.cli.options import DataDir, settings_with
from farthing.kit.faults import Conflict

if TYPE_CHECKING:
    from farthing.core.settings import Settings
    from farthing.entrypoints.local import Cluster


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
) -> None:
    """Start the database and the API, and say where they are. Ctrl-C stops everything."""
    settings = settings_with(data_dir=data_dir, host=host, port=port)

    from farthing.core.logging import set_up_logging  # noqa: PLC0415 - for a quick --help

    set_up_logging(settings)
    with contextlib.ExitStack() as stack:
        cluster = None
        if settings.database_url is None:
            from farthing.entrypoints.cli.clerk import on_cluster  # noqa: PLC0415 - as above
            from farthing.entrypoints.local import open_cluster  # noqa: PLC0415 - as above

            cluster = stack.enter_context(open_cluster(settings.data_dir))
            settings = on_cluster(settings, cluster)
        listener = stack.enter_context(_listening(settings.host, settings.port))
        healthy = _serve(settings, listener, cluster)
    sys.exit(0 if healthy else EXIT_FAULT)


def _serve(settings: Settings, listener: socket.socket, cluster: Cluster | None) -> bool:
    """Serve until told to stop. Returns whether it ended because it was told to."""
    import uvloop  # noqa: PLC0415 - for a quick --help

    from farthing.core import migrations  # noqa: PLC0415 - as above
    from farthing.core.database import required_url  # noqa: PLC0415 - as above
    from farthing.core.secrets import signing_key  # noqa: PLC0415 - as above
    from farthing.entrypoints.api.app import create_app  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.server import Server, configured  # noqa: PLC0415 - as above

    migrations.upgrade(required_url(settings))
    app = create_app(settings, signing_key(settings))
    # What the program is made of stays: the collector need not look at it again in the middle of somebody's request.
    gc.collect()
    gc.freeze()
    url = _url(settings.host, listener.getsockname()[1])

    def tell() -> None:
        if cluster is not None:
            cluster.announce(url)
        print(f"Farthing is ready at {url} (docs: {url}/docs)", flush=True)

    server = Server(configured(app, settings), on_ready=tell, database_pid=cluster.pid if cluster else None)
    uvloop.run(server.serve(sockets=[listener]))
    return server.healthy


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
