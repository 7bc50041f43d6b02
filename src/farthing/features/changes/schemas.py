"""The change log on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from farthing.core.work import Action
from farthing.kit.pages import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT, PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Moment

KnownAt = Annotated[
    Moment | None,
    Field(
        description=(
            "As the book stood at this revision or instant: what was recorded, changed or deleted later isn't known. "
            "It costs as much as was done since."
        )
    ),
]
"""The moment whose knowledge an answer is of; None: now."""


class Included(StrEnum):
    """What the log is read for."""

    RECORDS = "records"
    """The records that were added, changed and removed, as they are now."""


class ChangeQuery(Given):
    """Where to go on reading the log."""

    after: Annotated[int, Field(ge=0, le=2**62, description="The last revision seen; 0 begins at the beginning.")] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many to answer with at most.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None,
        Field(max_length=MAX_CURSOR, description="With `include=records`: `next_cursor` of the page before."),
    ] = None
    include: Annotated[
        Included | None,
        Field(description="`records`: not the writes, but the records they touched, each once and as it is now."),
    ] = None


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


class RecordQuery(PageQuery):
    """Which records were touched since a revision."""

    since: int


class Followed(StrEnum):
    """What a client that follows a book does with a record."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class FollowedRead(Answered):
    """A record that was touched since: all of it as it is now; null where it was removed."""

    kind: Annotated[str, Field(examples=["transaction"])]
    id: Id
    action: Annotated[Followed, Field(description="Seen from the revision that `after` named.")]
    revision: Annotated[int, Field(description="The write that touched it last.", examples=[42])]
    record: Annotated[dict[str, Any] | None, Field(description="As the history shows records.")]


class RecordFeed(PageRead[FollowedRead]):
    """Records in the order in which they were last touched. On the last page (``next_cursor`` null) the reader holds
    what the book held at ``revision``, and asks ``after`` it the next time.
    """

    revision: Annotated[int, Field(examples=[42])]


class UndoneRead(Answered):
    """What undoing a write did: a write of its own, which can be undone too."""

    undone: Annotated[int, Field(description="The revision whose write was undone.", examples=[41])]
    revision: Annotated[int, Field(description="Where the book stands now.", examples=[42])]
    restored: Annotated[int, Field(description="Records that it had deleted, and that are there again.")]
    changed: Annotated[int, Field(description="Records that it had changed, and that are as they were.")]
    deleted: Annotated[int, Field(description="Records that it had made, and that are gone.")]


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
