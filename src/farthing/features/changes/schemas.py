"""The change log on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from farthing.core.work import Action
from farthing.kit.pages import DEFAULT_LIMIT, MAX_LIMIT, PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant


class ChangeQuery(Given):
    """Where to go on reading the log."""

    after: Annotated[int, Field(ge=0, le=2**62, description="The last revision seen; 0 begins at the beginning.")] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many to answer with at most.")] = DEFAULT_LIMIT


class TouchedRead(Answered):
    """A record that a change made, altered or removed."""

    kind: Annotated[str, Field(examples=["transaction"])]
    id: Id
    action: Action


class ChangeRead(Answered):
    """One write to the book. ``records`` names up to 100; ``counts`` counts them all."""

    revision: Annotated[int, Field(examples=[7])]
    at: Instant
    actor_id: Id | None
    operation: Annotated[str, Field(examples=["record_transaction"])]
    summary: Annotated[str | None, Field(examples=["Recorded a transaction."])]
    records: list[TouchedRead]
    counts: Annotated[dict[str, int], Field(examples=[{"transaction created": 1}])]
    hash: Annotated[str, Field(description="SHA-256 over the change before and this one, hexadecimal.")]


class ChangeFeed(Answered):
    """Changes in order. ``revision`` is where the book stands: the reader is caught up when it has seen that."""

    data: list[ChangeRead]
    next_after: Annotated[int | None, Field(description="What to ask `after` with for more; null when caught up.")]
    revision: Annotated[int, Field(examples=[42])]


Before = Annotated[
    dict[str, Any] | None, Field(description="All of it; null: it had been deleted, and this brought it back.")
]


class BeforeRead(Answered):
    """A record as it was before the change."""

    kind: Annotated[str, Field(examples=["transaction"])]
    id: Id
    before: Before


class BeforePage(PageRead[BeforeRead]):
    """What records were before a change."""


class WholeChangeRead(ChangeRead):
    """One write to the book, and what the records that it changed or deleted were before it."""

    images: BeforePage


class ImageRead(Answered):
    """A record as it was before a change."""

    revision: Annotated[int, Field(description="The revision that changed or deleted it.", examples=[9])]
    at: Instant
    kind: Annotated[str, Field(examples=["transaction"])]
    operation: Annotated[str, Field(examples=["update_transaction"])]
    actor_id: Id | None
    before: Before


class ImageQuery(PageQuery):
    """How many of the records that a change touched are shown as they were."""


class HistoryQuery(PageQuery):
    """How much of a history."""


class HistoryPage(PageRead[ImageRead]):
    """What a record was before each change to it, newest first."""
