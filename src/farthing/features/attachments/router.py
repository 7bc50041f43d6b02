"""Attachments: handing files in, and getting them back."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from fastapi import Depends, File, Form, Query, Request, Response, UploadFile
from starlette.types import Receive, Scope, Send

from farthing.core.problems import faults
from farthing.core.serving import (
    DryRun,
    NotModified,
    Tag,
    book_room,
    created_at,
    entity_tags,
    open_to_look,
    paged,
    saved_as,
    serve,
    tagged,
    told_where,
    tool,
)
from farthing.core.storage import ObjectLost, Storage, StorageUnavailable
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import AccountNotFound
from farthing.features.attachments.errors import (
    AttachmentEmpty,
    AttachmentIdTaken,
    AttachmentNotFound,
    AttachmentsTooMany,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    QuotaExceeded,
)
from farthing.features.attachments.reading import look_at
from farthing.features.attachments.schemas import AttachmentPage, AttachmentQuery, AttachmentRead, AttachmentUpdate
from farthing.features.attachments.service import AttachmentService, Owner, Upload
from farthing.features.attachments.types import NAMES
from farthing.features.journal.errors import TransactionNotFound
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import Id, LongText

router = book_room(prefix="", tag="attachments")
Viewing = Annotated[AttachmentService, serve(AttachmentService, needs="attachments:read")]
Listing = Annotated[AttachmentService, serve(AttachmentService, needs="attachments:read", tag=Tag.BOOK)]
Changing = Annotated[AttachmentService, serve(AttachmentService, needs="attachments:write")]
Looking = Annotated[
    Callable[[], AbstractAsyncContextManager[AttachmentService]],
    open_to_look(AttachmentService, needs="attachments:write"),
]
UPLOAD_FAULTS = (
    AttachmentIdTaken,
    AttachmentsTooMany,
    QuotaExceeded,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    AttachmentEmpty,
    StorageUnavailable,
)
HARMLESS = {"Content-Security-Policy": "default-src 'none'; sandbox", "Accept-Ranges": "none"}
"""What keeps a browser from running anything in a file; that it believes the type is the shell's to see to."""
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What the file holds, to be saved.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in NAMES},
    }
}


async def read_upload(
    request: Request,
    look: Looking,
    storage: Annotated[Storage, tool(Storage)],
    file: Annotated[UploadFile, File(description="A PDF, a picture or plain text, up to 20 MB.")],
    id: Annotated[  # noqa: A002 - what the field is called
        Id | None, Form(description="A UUID of the client's own making, so that a retry is safe.")
    ] = None,
    note: Annotated[LongText | None, Form(description="What there is to say about it.")] = None,
    dry_run: DryRun = False,
) -> Upload:
    """Look at the file and store it before the book is locked: others go on writing meanwhile.

    What is stored is named by no row yet. If none ever names it, it is swept.
    """
    async with look():
        pass
    async with storage.turn():
        data = await file.read()
        sample = await look_at(data, file.filename)
        digest = hashlib.sha256(repr((sample.name, id, note)).encode())
        digest.update(sample.content_hash)
        request.state.body_digest = digest.digest()
        async with look() as attachments:
            lacking = await attachments.lacks(sample)
            name = storage.new_name(attachments.work.book_id) if lacking and not dry_run else None
        if name is not None:
            await storage.put(name, data)
    return Upload(sample, name, id, note)


Uploaded = Annotated[Upload, Depends(read_upload)]


@router.post(
    "/transactions/{transaction_id}/attachments",
    status_code=201,
    response_model=AttachmentRead,
    responses=faults(TransactionNotFound, *UPLOAD_FAULTS),
)
async def attach_to_transaction(
    upload: Uploaded, attachments: Changing, transaction_id: Id, request: Request, response: Response
) -> dict[str, Any]:
    """Attach a file to a transaction."""
    return await _attach(upload, attachments, Owner(transaction_id=transaction_id), request, response)


@router.post(
    "/accounts/{account_id}/attachments",
    status_code=201,
    response_model=AttachmentRead,
    responses=faults(AccountNotFound, *UPLOAD_FAULTS),
)
async def attach_to_account(
    upload: Uploaded, attachments: Changing, account_id: Id, request: Request, response: Response
) -> dict[str, Any]:
    """Attach a file to an account."""
    return await _attach(upload, attachments, Owner(account_id=account_id), request, response)


@router.get(
    "/transactions/{transaction_id}/attachments",
    response_model=AttachmentPage,
    responses=faults(TransactionNotFound, CursorMalformed),
)
async def list_transaction_attachments(
    attachments: Listing,
    transaction_id: Id,
    wanted: Annotated[AttachmentQuery, Query()],
    request: Request,
    response: Response,
) -> Page[dict[str, Any]]:
    """The files of a transaction, oldest first."""
    return paged(request, response, await attachments.find(wanted, Owner(transaction_id=transaction_id)))


@router.get(
    "/accounts/{account_id}/attachments",
    response_model=AttachmentPage,
    responses=faults(AccountNotFound, CursorMalformed),
)
async def list_account_attachments(
    attachments: Listing,
    account_id: Id,
    wanted: Annotated[AttachmentQuery, Query()],
    request: Request,
    response: Response,
) -> Page[dict[str, Any]]:
    """The files of an account, oldest first."""
    return paged(request, response, await attachments.find(wanted, Owner(account_id=account_id)))


@router.get("/attachments/{attachment_id}", response_model=AttachmentRead, responses=faults(AttachmentNotFound))
async def get_attachment(attachments: Viewing, attachment_id: Id) -> dict[str, Any]:
    """An attachment: what it is called, what it is, and what is said about it."""
    return await attachments.get(attachment_id)


@router.get(
    "/attachments/{attachment_id}/content",
    response_class=Response,
    responses=faults(AttachmentNotFound, ObjectLost, StorageUnavailable) | DOWNLOAD,
)
async def get_attachment_content(attachments: Viewing, attachment_id: Id, request: Request) -> Response:
    """What an attachment holds, to be saved as a file."""
    attachment, object_name = await attachments.content(attachment_id)
    tag = f'"{attachment["sha256"]}"'
    seen = entity_tags(request.headers.get("if-none-match"))
    if seen is not None and (tag in seen or "*" in seen):
        raise NotModified(tagged(tag))
    headers = tagged(tag) | HARMLESS | {"Content-Disposition": saved_as(attachment["name"])}
    return Download(attachments.storage, object_name, attachment["size"], attachment["media_type"], headers)


@router.patch(
    "/attachments/{attachment_id}",
    response_model=AttachmentRead,
    responses=faults(AttachmentNotFound, RevisionStale),
)
async def update_attachment(attachments: Changing, attachment_id: Id, changes: AttachmentUpdate) -> dict[str, Any]:
    """Call an attachment something else, or say something else about it."""
    return await attachments.change(attachment_id, changes)


@router.delete("/attachments/{attachment_id}", status_code=204, responses=faults(AttachmentNotFound, RevisionStale))
async def delete_attachment(attachments: Changing, attachment_id: Id) -> None:
    """Delete an attachment. What it holds is kept for 30 days, in case it is to come back."""
    await attachments.delete(attachment_id)


class Download(Response):
    """What a file holds, brought from the storage a piece at a time while it is sent: no connection is held."""

    def __init__(self, storage: Storage, name: str, size: int, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(headers=headers | {"Content-Length": str(size), "Content-Type": media_type})
        self.storage = storage
        self.name = name
        self.size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it.

        Raises:
            ObjectLost, StorageUnavailable: it can't be had; nothing was sent yet.
        """
        pieces = await self.storage.content(self.name, self.size)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in _none_for_head(scope, pieces):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _none_for_head(scope: Scope, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if scope.get("farthing.method") != "HEAD":
        async for piece in pieces:
            yield piece


async def _attach(
    upload: Upload, attachments: AttachmentService, owner: Owner, request: Request, response: Response
) -> dict[str, Any]:
    book_id = attachments.work.book_id
    with told_where(request, AttachmentIdTaken, "get_attachment", book_id=book_id, attachment_id=upload.id):
        attached = await attachments.attach(upload, owner)
    created_at(request, response, "get_attachment", book_id=book_id, attachment_id=attached["id"])
    return attached
