"""All that can go wrong with saved searches; what a search says is judged by the transactions' own rules."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, NotFound


class SavedSearchNotFound(NotFound):
    """The book has no such saved search."""

    code = "saved_search_not_found"
    message = "The book has no such saved search."


class SavedSearchIdTaken(IdTaken):
    """The book has, or had, a saved search with the id that the client chose."""

    message = "A record with this id exists, or existed, in the book."


class SavedSearchNameTaken(Conflict):
    """Another saved search has the name."""

    code = "saved_search_name_taken"
    message = "Another saved search has this name; names that differ in case only are one."


class SavedSearchesTooMany(Conflict):
    """The book has as many saved searches as it can have."""

    code = "saved_searches_too_many"
    message = "A book has at most 200 saved searches; delete some first."
