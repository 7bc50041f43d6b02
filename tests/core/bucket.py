"""A bucket, as far as S3's protocol goes for one reader and writer: objects are put, got, listed and deleted."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


@contextmanager
def bucket() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Serves one on a free port; gives the address, and what it holds, by ``/bucket/key``."""
    held: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        @property
        def key(self) -> str:
            return unquote(urlsplit(self.path).path)

        def taken(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"x"')
            self.send_header("Last-Modified", formatdate(usegmt=True))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            held[self.key] = self.taken()
            self.answer(200)

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            if "list-type" not in asked:
                found = held.get(self.key)
                self.answer(404 if found is None else 200, found or b"")
                return
            contents = "".join(
                f"<Contents><Key>{key.removeprefix('/bucket/')}</Key><Size>{len(data)}</Size>"
                "<LastModified>2026-11-01T00:00:00.000Z</LastModified></Contents>"
                for key, data in held.items()
                if key.startswith(f"/bucket/{asked['prefix'][0]}")
            )
            listing = f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
            self.answer(200, listing.encode())

        def do_POST(self) -> None:
            gone = re.findall(r"<Key>(.*?)</Key>", self.taken().decode())
            for key in gone:
                held.pop(f"/bucket/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in gone)
            self.answer(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
