"""Exports: files to be saved, each of one moment and whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from fastapi import Query, Request, Response
from starlette.types import Receive, Scope, Send

from farthing.core.problems import faults
from farthing.core.serving import book_room, open_to_bring, saved_as, tool
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.exports.desk import ExportDesk
from farthing.features.exports.schemas import ExportQuery
from farthing.features.exports.service import Export, ExportService
from farthing.features.exports.writers import KINDS, LINES
from farthing.features.tags.errors import TagUnknown
from farthing.features.transactions.errors import SearchMalformed
from farthing.formats.own.workbook import WorkbookTooSmall

router = book_room(prefix="/exports", tag="exports")
Bringing = Annotated[
    Callable[[], AbstractAsyncContextManager[ExportService]], open_to_bring(ExportService, needs="exports:read")
]
Desk = Annotated[ExportDesk, tool(ExportDesk)]
CHUNK_BYTES = 1 << 16


def _download(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """What an export is answered with, for the documentation."""
    content = {each.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "A file, to be saved.", "content": content}}


@router.get(
    "/transactions",
    response_class=Response,
    responses=faults(AccountUnknown, TagUnknown, SearchMalformed, WorkbookTooSmall)
    | _download(*(kind.media_type for kind in KINDS.values())),
)
async def export_transactions(
    bring: Bringing, desk: Desk, wanted: Annotated[ExportQuery, Query()], request: Request
) -> Response:
    """Transactions as a file, oldest first: those that filters match, or all of them.

    Text that a spreadsheet would take for a formula has an apostrophe before it in `csv` and `tsv`, which an import
    takes off again.
    """
    kind = KINDS[wanted.format]

    async def make(exports: ExportService) -> tuple[str, Export]:
        return await exports.name("transactions", kind.ending), await exports.transactions(wanted)

    return await _brought(make, bring, desk, request, kind.media_type)


@router.get("/records", response_class=Response, responses=_download(LINES))
async def export_records(bring: Bringing, desk: Desk, request: Request) -> Response:
    """Everything that the book holds as JSON Lines: `kind`, `id` and all fields of each record, as the feed has them."""

    async def make(exports: ExportService) -> tuple[str, Export]:
        return await exports.name("records", "jsonl"), await exports.records()

    return await _brought(make, bring, desk, request, LINES)


async def _brought(
    make: Callable[[ExportService], Awaitable[tuple[str, Export]]],
    bring: Callable[[], AbstractAsyncContextManager[ExportService]],
    desk: ExportDesk,
    request: Request,
    media_type: str,
) -> Response:
    """The answer that sends an export, made when its turn comes. The connection is given back before it is sent."""
    async with desk.turn(), bring() as exports:
        name, export = await make(exports)
    headers = {"Content-Type": media_type, "Content-Disposition": saved_as(name), **request.state.tag_headers}
    return SavedFile(export, headers)


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
