"""Attachments on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from farthing.features.attachments.names import MAX_NAME, is_fit
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Line, LongText, absent


def _no_path(name: str) -> str:
    if not is_fit(name):
        raise PydanticCustomError("file_name_unfit", "A file's name has no folders in it, and nothing that isn't seen.")
    return name


FileName = Annotated[Line, AfterValidator(_no_path), Field(min_length=1, max_length=MAX_NAME, examples=["receipt.pdf"])]


class AttachmentUpdate(Given):
    """What can be changed: what it is called, and what is said about it. Absent keeps, null clears."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "The warranty ends in 2028."}]})

    name: FileName = Field(default_factory=absent)
    note: LongText | None = None


class AttachmentQuery(PageQuery):
    """How much of a list of attachments."""


class AttachmentRead(Answered):
    """A file of a transaction or of an account. What it holds is asked for on its own."""

    id: Id
    transaction_id: Id | None
    account_id: Id | None
    name: Annotated[str, Field(examples=["receipt.pdf"])]
    media_type: Annotated[str, Field(description="By its content.", examples=["application/pdf"])]
    size: Annotated[int, Field(description="In bytes.", examples=[48213])]
    sha256: Annotated[
        str,
        Field(
            description="Of its content, hexadecimal.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    note: str | None
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class AttachmentPage(PageRead[AttachmentRead]):
    """Attachments, oldest first."""
