"""Exports: files to be saved, each of one moment and whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, TypeVar

from fastapi import Depends, File, Query, Request, Response, UploadFile
from starlette.types import Receive, Scope, Send

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import book_room, created_at, open_to_bring, room, saved_as, serve, tool
from farthing.core.storage import StorageUnavailable
from farthing.features.accounts.errors import AccountUnknown
from farthing.features.attachments.errors import QuotaExceeded
from farthing.features.books.errors import BooksTooMany
from farthing.features.books.schemas import BookRead
from farthing.features.exports.archive import MEDIA_TYPE, ArchiveReader
from farthing.features.exports.desk import ExportDesk
from farthing.features.exports.errors import ArchiveAltered, ArchiveNewer, ArchiveTooLarge, ArchiveUnreadable
from farthing.features.exports.schemas import ExportQuery
from farthing.features.exports.service.archive import ArchiveService
from farthing.features.exports.service.export import Export, ExportService
from farthing.features.exports.service.restore import RestoreService
from farthing.features.exports.writers import KINDS, LINES
from farthing.features.tags.errors import TagUnknown
from farthing.features.transactions.errors import SearchMalformed
from farthing.formats.own.workbook import WorkbookTooSmall

router = book_room(prefix="/exports", tag="exports")
mine = room(prefix="/books", tag="exports")
S = TypeVar("S")
Bringing = Annotated[
    Callable[[], AbstractAsyncContextManager[ExportService]], open_to_bring(ExportService, needs="exports:read")
]
Archiving = Annotated[
    Callable[[], AbstractAsyncContextManager[ArchiveService]], open_to_bring(ArchiveService, needs="exports:read")
]
Restoring = Annotated[RestoreService, serve(RestoreService, needs=SIGNED_IN)]
Desk = Annotated[ExportDesk, tool(ExportDesk)]
CHUNK_BYTES = 1 << 16


def download(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """What an export is answered with, for the documentation."""
    content = {each.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "A file, to be saved.", "content": content}}


@router.get(
    "/transactions",
    response_class=Response,
    responses=faults(AccountUnknown, TagUnknown, SearchMalformed, WorkbookTooSmall)
    | download(*(kind.media_type for kind in KINDS.values())),
)
async def export_transactions(
    bring: Bringing, desk: Desk, wanted: Annotated[ExportQuery, Query()], request: Request
) -> Response:
    """Transactions as a file, oldest first: those that filters match, or all of them.

    What an exchange puts on `Equity:Trading` is left to `beancount`, `hledger` and `ledger` to reckon; all other
    balances are what they are here. Checkpoints that don't hold as those programs count are comments.

    Text that a spreadsheet would take for a formula has an apostrophe before it in `csv` and `tsv`, which an import
    takes off again.
    """
    kind = KINDS[wanted.format]

    async def make(exports: ExportService) -> tuple[str, Export]:
        return await exports.name("transactions", kind.ending), await exports.transactions(wanted)

    return await _brought(make, bring, desk, request, kind.media_type)


@router.get("/records", response_class=Response, responses=download(LINES))
async def export_records(bring: Bringing, desk: Desk, request: Request) -> Response:
    """All that the book holds as JSON Lines: `kind`, `id` and all fields of each record, as the feed has them."""

    async def make(exports: ExportService) -> tuple[str, Export]:
        return await exports.name("records", "jsonl"), await exports.records()

    return await _brought(make, bring, desk, request, LINES)


@router.get("/archive", response_class=Response, responses=faults(StorageUnavailable) | download(MEDIA_TYPE))
async def export_archive(bring: Archiving, desk: Desk, request: Request) -> Response:
    """The whole book as one ZIP file: records, history, change log, attached files and settings.

    `POST /books/restore` makes the book anew of it, here or on another instance. Members aren't part of it.
    """

    async def make(archives: ArchiveService) -> tuple[str, Export]:
        return await ExportService(archives.work).name("archive", "zip"), await archives.archive()

    return await _brought(make, bring, desk, request, MEDIA_TYPE)


async def read_archive(
    file: Annotated[UploadFile, File(description="The archive of a book, up to 500 MB.")],
) -> ArchiveReader:
    """Look at an archive before anything is opened for it."""
    return await asyncio.to_thread(ArchiveReader, file.file)


@mine.post(
    "/restore",
    status_code=201,
    response_model=BookRead,
    responses=faults(
        ArchiveUnreadable,
        ArchiveNewer,
        ArchiveAltered,
        ArchiveTooLarge,
        QuotaExceeded,
        BooksTooMany,
        StorageUnavailable,
    ),
)
async def restore_book(
    archive: Annotated[ArchiveReader, Depends(read_archive)],
    books: Restoring,
    desk: Desk,
    request: Request,
    response: Response,
) -> dict[str, Any]:
    """Make a book of its archive, owned by whoever asks, with the same content digest.

    It keeps its id if no book has that here; else it gets a new one, and its log is chained anew.
    """
    async with desk.turn():
        restored = await books.restore(archive)
    created_at(request, response, "get_book", book_id=restored["id"])
    return restored


async def _brought(
    make: Callable[[S], Awaitable[tuple[str, Export]]],
    bring: Callable[[], AbstractAsyncContextManager[S]],
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
