"""Imports: handing a bank's file in, and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, File, Form, Query, Request, Response, UploadFile

from farthing.core.problems import faults
from farthing.core.serving import book_room, created_at, paged, permitted, serve, tool
from farthing.features.accounts.errors import AccountClosed, AccountUnknown, CurrencyMismatch
from farthing.features.accounts.schemas import AccountRef
from farthing.features.imports.errors import (
    AccountUnmatched,
    CurrencyDiffers,
    FileEmpty,
    ImportNotDraft,
    ImportNotFound,
    StatementAmbiguous,
)
from farthing.features.imports.reading import FileReader, Hints
from farthing.features.imports.schemas import ImportPage, ImportQuery, ImportRead
from farthing.features.imports.service import ImportService
from farthing.features.journal.errors import CheckpointBroken
from farthing.features.statements.errors import LineAmountUnfit, LinesLocked
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileReadingUnsure, FileTooLong, FileUnreadable
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id

router = book_room(prefix="/imports", tag="imports")
# No entity tag: a draft is work in progress, and takes no revision.
Viewing = Annotated[ImportService, serve(ImportService, needs="imports:read", tag=None)]
Importing = Annotated[ImportService, serve(ImportService, needs="imports:write")]
OverrideCheckpoints = Annotated[
    bool,
    Query(
        description=(
            "Do it also where a checkpoint breaks by it: it is marked, and the change log says so. Needs "
            "`checkpoints:write`."
        )
    ),
]
BOOKING_FAULTS = (
    AccountClosed,
    AccountUnknown,
    AccountUnmatched,
    StatementAmbiguous,
    CurrencyDiffers,
    CurrencyMismatch,
    LineAmountUnfit,
    LinesLocked,
    CheckpointBroken,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in, read, and the account it is for."""

    file: DraftFile
    account: str | None


async def read_upload(
    request: Request,
    _may: Annotated[None, permitted("imports:write")],
    reader: Annotated[FileReader, tool(FileReader)],
    file: Annotated[UploadFile, File(description="The bank's file: OFX, QFX or CSV.")],
    account: Annotated[
        AccountRef | None,
        Form(description="The account it is for, by id or full name; left out: by its number."),
    ] = None,
    format: Annotated[  # noqa: A002 - what the field is called
        str | None, Form(max_length=20, description="`ofx`, `qfx` or `csv`; left out: told from the content.")
    ] = None,
    date_order: Annotated[
        Literal["ymd", "dmy", "mdy"] | None, Form(description="How a CSV file writes dates, if it can't be told.")
    ] = None,
    decimal_sign: Annotated[
        Literal[".", ","] | None, Form(description="How a CSV file writes amounts, if it can't be told.")
    ] = None,
) -> Upload:
    """Read the file before the book is locked: others go on writing meanwhile."""
    data = await file.read()
    hints = Hints(format, date_order, decimal_sign)
    digest = hashlib.sha256(repr((account, hints)).encode())
    digest.update(data)
    request.state.body_digest = digest.digest()
    return Upload(await reader.read(data, hints), account)


@router.post(
    "",
    status_code=201,
    response_model=ImportRead,
    responses=faults(FileEmpty, FileFormatUnknown, FileUnreadable, FileReadingUnsure, FileTooLong, *BOOKING_FAULTS),
)
async def create_import(
    upload: Annotated[Upload, Depends(read_upload)],
    imports: Importing,
    request: Request,
    response: Response,
    commit: Annotated[bool, Query(description="False keeps it as a draft that says what it would do.")] = True,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any]:
    """Import a bank's file. Lines that were imported before make nothing."""
    brought = await imports.bring(upload.file, upload.account, commit=commit, override_checkpoints=override_checkpoints)
    created_at(request, response, "get_import", book_id=imports.work.book_id, import_id=brought["id"])
    return brought


@router.get("", response_model=ImportPage, responses=faults(CursorMalformed))
async def list_imports(
    imports: Viewing, wanted: Annotated[ImportQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Imports, newest first."""
    return paged(request, response, await imports.find(wanted))


@router.get("/{import_id}", response_model=ImportRead, responses=faults(ImportNotFound))
async def get_import(imports: Viewing, import_id: Id) -> dict[str, Any]:
    """An import, and what became of it."""
    return await imports.get(import_id)


@router.post(
    "/{import_id}/commit", response_model=ImportRead, responses=faults(ImportNotFound, ImportNotDraft, *BOOKING_FAULTS)
)
async def commit_import(
    imports: Importing, import_id: Id, override_checkpoints: OverrideCheckpoints = False
) -> dict[str, Any]:
    """Book a draft: what is new by now."""
    return await imports.book_draft(import_id, override_checkpoints=override_checkpoints)
