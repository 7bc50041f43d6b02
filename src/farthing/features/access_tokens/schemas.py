"""Personal access tokens on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from farthing.core.permissions import SCOPE_SETS, SCOPES
from farthing.kit.pages import PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Name

MAX_DAYS = 365
MAX_SCOPES = 100
MAX_BOOKS = 50
WORDS = [*sorted(SCOPE_SETS), *sorted(SCOPES)]


def _known(word: str) -> str:
    if word not in WORDS:
        raise PydanticCustomError("scope_unknown", "There is no such scope.")
    return word


Scope = Annotated[
    str,
    Field(max_length=100),
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "enum": WORDS, "examples": ["read"]}),
]
"""A word of the permission table, or the name of several."""


class AccessTokenCreate(Given):
    """A personal access token to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Spreadsheet", "scopes": ["reports"], "good_for_days": 90}]}
    )

    name: Annotated[Name, Field(description="What it is for; people tell their tokens apart by it.")]
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=MAX_SCOPES,
            description="What it may do, as far as its owner may: permissions, `read` (all of those that read) or "
            "`reports` (reports and balances, and what they are understood by).",
        ),
    ]
    book_ids: Annotated[
        list[Id] | None,
        Field(
            min_length=1,
            max_length=MAX_BOOKS,
            description="The books that it is good for. Absent or null: all of one's own, those to come included.",
        ),
    ] = None
    good_for_days: Annotated[int, Field(ge=1, le=MAX_DAYS, description="After how many days it ends.")]


class AccessTokenRead(Answered):
    """A personal access token, without the token itself."""

    id: Id
    name: Annotated[str, Field(examples=["Spreadsheet"])]
    scopes: Annotated[
        list[str], Field(description="Permissions, sets taken apart.", examples=[["books:read", "reports:read"]])
    ]
    book_ids: Annotated[list[Id] | None, Field(description="The books that it is good for; null: all of one's own.")]
    created_at: Instant
    expires_at: Annotated[Instant, Field(description="When it ends by itself.")]
    last_used_at: Annotated[Instant | None, Field(description="When it was last used, to the minute.")]


class AccessTokenMade(AccessTokenRead):
    """A personal access token that was just made. The token is told this once and never again."""

    token: Annotated[str, Field(examples=["farthing_pat_0hWm…"])]


class AccessTokenPage(PageRead[AccessTokenRead]):
    """Personal access tokens that aren't revoked, newest first."""
