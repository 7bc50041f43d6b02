"""Tags on the wire."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, LongText, Name, ShortText, absent
from farthing.ledger.accounts import name_key

MAX_TAGS_EACH = 30
MAX_KEY = 200
"""Characters of a name as it is compared, which Unicode may make longer: an index is sure to take so many."""
COLOR_PATTERN = r"^#[0-9A-Fa-f]{6}$"
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


def _keyable(name: str) -> str:
    if len(name_key(name)) > MAX_KEY:
        raise PydanticCustomError("name_too_long", "Written out, this name is too long.")
    return name


def _no_id(name: str) -> str:
    if is_id(name):
        raise PydanticCustomError("name_like_an_id", "A name can't look like an id: requests name tags by both.")
    return name


def is_id(text: str) -> bool:
    """Whether what names a tag is its id."""
    return _ID.match(text) is not None


TagRef = Annotated[
    Name,
    AfterValidator(_keyable),
    Field(description="A tag, by id or by name, whatever the case.", examples=["holiday"]),
]
"""A tag named in a request."""
TagName = Annotated[Name, AfterValidator(_keyable), AfterValidator(_no_id), Field(examples=["holiday"])]
Color = Annotated[
    str,
    Field(pattern=COLOR_PATTERN, description="Red, green and blue, hexadecimal.", examples=["#2f855a"]),
    AfterValidator(str.lower),
]
Tags = Annotated[
    list[TagRef],
    Field(
        max_length=MAX_TAGS_EACH,
        description="Tags, by name or id; one that the book hasn't got is made by its name.",
        examples=[["holiday", "Lisbon 2026"]],
    ),
]
"""The tags of a transaction, as a request names them."""


class TagCreate(Given):
    """A new tag. A transaction that names one makes it too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "holiday", "color": "#2f855a"}]})

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    name: TagName
    color: Color | None = None
    description: LongText | None = None


class TagUpdate(Given):
    """What can be changed about a tag. Absent keeps, null clears. A new name shows on all its transactions."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "holidays"}]})

    name: TagName = Field(default_factory=absent)
    color: Color | None = None
    description: LongText | None = None
    archived: bool = Field(default_factory=absent)


class TagMerge(Given):
    """Which tag another is merged into."""

    into: Annotated[Id, Field(description="The tag that stays.")]


class TagOrder(StrEnum):
    """How tags are listed."""

    NAME = "name"
    """By name."""
    USE = "use"
    """Those that most transactions bear first."""


class TagQuery(PageQuery):
    """Filters of the list of tags, and its order."""

    q: Annotated[ShortText | None, Field(description="Whose name has this in it, whatever the case.")] = None
    archived: Annotated[bool, Field(description="Whether archived tags are listed too.")] = False
    sort: Annotated[TagOrder, Field(description="`name`; or `use`, those that most transactions bear first.")] = (
        TagOrder.NAME
    )


class TagRead(Answered):
    """A tag. Which transactions bear it is asked of the transactions."""

    id: Id
    name: Annotated[str, Field(examples=["holiday"])]
    color: Annotated[str | None, Field(examples=["#2f855a"])]
    description: str | None
    archived: Annotated[bool, Field(description="Not offered any more; still found by its name.")]
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class TagUseRead(TagRead):
    """A tag among others, and how much it is used."""

    uses: Annotated[int, Field(description="How many transactions bear it.", examples=[12])]


class TagPage(PageRead[TagUseRead]):
    """Tags, by name or by use."""


class TaggedRead(Answered):
    """A tag on a transaction."""

    id: Id
    name: Annotated[str, Field(examples=["holiday"])]
