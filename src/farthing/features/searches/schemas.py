"""Saved searches on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from farthing.features.transactions.schemas import FilterGiven
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Line, absent

Name = Annotated[Line, Field(min_length=1, max_length=100)]
Position = Annotated[int, Field(ge=0, le=10_000, description="Where it stands among the others; equals go by name.")]
COFFEE: JsonDict = {"name": "Coffee this year", "filter": {"q": "coffee date:2026", "category": "Expenses:Food"}}


class SavedSearchCreate(Given):
    """A search to be kept under a name."""

    model_config = ConfigDict(json_schema_extra={"examples": [COFFEE]})

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    name: Name
    filter: FilterGiven
    position: Position = 0


class SavedSearchUpdate(Given):
    """What can be changed about a saved search (merge patch, RFC 7396); the filter is replaced whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"position": 3}]})

    name: Name = Field(default_factory=absent)
    filter: FilterGiven = Field(default_factory=absent)
    position: Position = Field(default_factory=absent)


class SavedSearchRead(Answered):
    """A saved search."""

    id: Id
    name: Annotated[str, Field(examples=["Coffee this year"])]
    filter: Annotated[
        dict[str, Any],
        Field(description="The filters of the list of transactions that were given.", examples=[COFFEE["filter"]]),
    ]
    position: int
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class SavedSearchPage(PageRead[SavedSearchRead]):
    """Saved searches in their order."""


class FoundQuery(PageQuery):
    """Which page of what a saved search finds."""

    generated: Annotated[bool, Field(description="Whether the postings of exchanges are shown.")] = False
