"""Keeping searches, and running them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.searches.errors import SavedSearchesTooMany, SavedSearchIdTaken, SavedSearchNotFound
from farthing.features.searches.models import SAVED_SEARCH
from farthing.features.searches.repository import SearchRepository
from farthing.features.searches.schemas import FoundQuery, SavedSearchCreate, SavedSearchUpdate
from farthing.features.transactions.schemas import TransactionFilter, TransactionQuery
from farthing.features.transactions.service.find import FindService
from farthing.features.transactions.showing import Shown
from farthing.kit import clock, ids
from farthing.kit.pages import Page, PageQuery
from farthing.ledger.accounts import name_key

MAX_SEARCHES = 200


class SearchService:
    """Saved searches of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.searches = SearchRepository(work)
        self.transactions = FindService(work)

    async def get(self, search_id: UUID) -> Row:
        """A saved search.

        Raises:
            SavedSearchNotFound: the book has none such.
        """
        search = await self.searches.get(search_id)
        if search is None:
            raise SavedSearchNotFound
        self.work.shows(search["revision"])
        return search

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of saved searches, by their positions and names."""
        return await self.searches.find(wanted)

    async def run(self, search_id: UUID, wanted: FoundQuery) -> Page[Shown]:
        """A page of the transactions that a saved search finds now.

        Raises:
            SavedSearchNotFound: the book has none such.
            AccountUnknown: it names an account that has another name by now, or is gone.
            CursorMalformed: the cursor isn't this search's as it is now.
        """
        search = await self.get(search_id)
        self.work.shown = None  # the answer is what it finds
        given = wanted.model_dump(exclude_unset=True)
        return await self.transactions.find(TransactionQuery.model_validate(search["filter"] | given))

    async def create(self, wanted: SavedSearchCreate) -> Row:
        """Keep a search.

        Raises:
            SavedSearchIdTaken, SavedSearchNameTaken: it clashes with another.
            SavedSearchesTooMany: the book is full.
            SearchMalformed, AccountUnknown: it can't be read, or names an account that the book hasn't got.
        """
        if wanted.id is not None and await self.searches.is_taken(wanted.id):
            raise SavedSearchIdTaken
        if await self.searches.count() >= MAX_SEARCHES:
            raise SavedSearchesTooMany
        await self.transactions.check(wanted.filter, "/filter")
        search_id, at = wanted.id or ids.new_id(), clock.now()
        await self.searches.add(
            {
                "id": search_id,
                "name": wanted.name,
                "name_key": name_key(wanted.name),
                "filter": _written(wanted.filter),
                "position": wanted.position,
                "created_revision": self.work.revision,
                "revision": self.work.revision,
                "created_at": at,
                "changed_at": at,
            }
        )
        self.work.created("saved_search", search_id)
        self.work.tell("Saved a search.")
        return await self.get(search_id)

    async def change(self, search_id: UUID, changes: SavedSearchUpdate) -> Row:
        """Change a saved search.

        Raises:
            SavedSearchNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            SavedSearchNameTaken: another has the name.
            SearchMalformed, AccountUnknown: it can't be read, or names an account that the book hasn't got.
        """
        search = await self.get(search_id)
        self.work.expect(search["revision"])
        given = changes.model_fields_set
        values: dict[str, Any] = {}
        if "name" in given:
            values |= {"name": changes.name, "name_key": name_key(changes.name)}
        if "position" in given:
            values["position"] = changes.position
        if "filter" in given:
            await self.transactions.check(changes.filter, "/filter")
            values["filter"] = _written(changes.filter)
        values = {column: value for column, value in values.items() if search[column] != value}
        if not values:
            return search
        await self.searches.change(search_id, values, revision=self.work.revision, at=clock.now())
        self.work.changed("saved_search", search_id, SAVED_SEARCH.image(search))
        self.work.tell("Changed a saved search.")
        return await self.get(search_id)

    async def delete(self, search_id: UUID) -> None:
        """Delete a saved search. The transactions stay as they are.

        Raises:
            SavedSearchNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        search = await self.get(search_id)
        self.work.expect(search["revision"])
        self.work.shown = None
        await self.searches.remove(search_id)
        self.work.deleted("saved_search", search_id, SAVED_SEARCH.image(search))
        self.work.tell("Deleted a saved search.")


def _written(wanted: TransactionFilter) -> dict[str, Any]:
    return wanted.model_dump(mode="json", exclude_none=True, exclude_unset=True)
