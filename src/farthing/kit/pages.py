"""Pages: lists cut into pieces by an opaque cursor that names the last thing seen. No offsets, no totals."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from farthing.kit.faults import BadRequest, Blame
from farthing.kit.wire import Answered, Given

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_CURSOR = 512
T = TypeVar("T")


class CursorMalformed(BadRequest):
    """The cursor isn't one that was handed out for this list."""

    code = "cursor_malformed"
    message = "The cursor is not one that this list handed out."

    def __init__(self) -> None:
        super().__init__(blames=(Blame(code=self.code, detail=self.message, parameter="cursor"),))


class PageQuery(Given):
    """What every list takes. Filters are added by subclasses."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many to answer with at most.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None,
        Field(max_length=MAX_CURSOR, description="Where to go on: `next_cursor` of the page before."),
    ] = None

    def scope(self) -> str:
        """A digest of the filters: a cursor is good for the list it came from, and for no other."""
        filters = self.model_dump_json(exclude={"limit", "cursor"})
        return hashlib.sha256(filters.encode()).hexdigest()[:12]

    def after(self) -> list[str] | None:
        """The values the cursor names, or None at the beginning.

        Raises:
            CursorMalformed: it isn't one of ours, or another list's.
        """
        if self.cursor is None:
            return None
        try:
            padded = self.cursor + "=" * (-len(self.cursor) % 4)
            read = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, RecursionError):
            raise CursorMalformed from None
        if (
            not isinstance(read, list)
            or not all(isinstance(value, str) for value in read)
            or read[:1] != [self.scope()]
        ):
            raise CursorMalformed
        return read[1:]

    def cursor_at(self, *values: object) -> str:
        """The cursor that goes on after these values."""
        written = json.dumps([self.scope(), *(str(value) for value in values)], separators=(",", ":"))
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and where the next begins."""

    data: Sequence[T]
    next_cursor: str | None


class PageRead(Answered, Generic[T]):
    """One page of a list. ``next_cursor`` is null on the last page; the next page is also in the ``Link`` header."""

    data: list[T]
    next_cursor: str | None
