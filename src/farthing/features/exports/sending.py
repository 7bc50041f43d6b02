"""Sending: files that are ready, a piece at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send

from farthing.features.exports.service.export import Export

CHUNK_BYTES = 1 << 16


def download(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """What an export is answered with, for the documentation."""
    content = {each.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "A file, to be saved.", "content": content}}


class SavedFile(Response):
    """A file that is ready, sent a piece at a time, and gone after that."""

    def __init__(self, export: Export, headers: dict[str, str]) -> None:
        super().__init__(headers=headers | {"Content-Length": str(export.size)})
        self.export = export

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        with self.export.file as file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope.get("farthing.method") != "HEAD":
                while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
