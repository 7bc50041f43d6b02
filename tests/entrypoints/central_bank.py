"""A central bank, as far as this program sees one: an address at which there is a table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

TABLE = b"Date,USD,JPY,\n2026-11-20,1.1626,181.57,\n2026-11-19,1.1600,N/A,\n"


class Source(BaseHTTPRequestHandler):
    """Answers as a central bank would."""

    said: ClassVar[tuple[int, bytes]] = (200, TABLE)

    def do_GET(self) -> None:
        status, body = self.said
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody listens."""


@contextmanager
def published() -> Iterator[str]:
    """The address of one that is open."""
    with HTTPServer(("127.0.0.1", 0), Source) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/eurofxref-hist.csv"
        server.shutdown()
        thread.join()
