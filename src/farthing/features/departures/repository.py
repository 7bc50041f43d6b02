"""All SQL about leaving for good, and about what is held of a person outside of books."""

from __future__ import annotations

from uuid import UUID

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared


class DepartureRepository(Repository):
    """What empties the tables, and what a person may see of their own."""

    async def delete_book(self, book_id: UUID) -> None:
        """Delete a book that the person asking owns, with all that is in it."""
        await self.run(_DELETE_BOOK, {"book": book_id})

    async def delete_person(self, person_id: UUID) -> str:
        """Delete what is held of the person asking; answers ``deleted`` or ``operator_needed``."""
        return str(await self.value(_DELETE_PERSON, {"person": person_id}))

    async def fellows(self, person_id: UUID) -> list[Row]:
        """The person's books: ``id``, ``name``, ``role``, and how many other ``members`` and ``owners`` each has."""
        return await self.rows(_FELLOWS, {"person": person_id})

    async def sessions(self, person_id: UUID) -> list[Row]:
        """A person's sign-ins, as far back as they are kept."""
        return await self.rows(_SESSIONS, {"person": person_id})

    async def events(self, person_id: UUID, *, after: int, most: int) -> list[Row]:
        """What happened about who a person is, so many events after the one with this number."""
        return await self.rows(_EVENTS, {"person": person_id, "after": after, "most": most})


_DELETE_BOOK = prepared("SELECT delete_book(:book)")
_DELETE_PERSON = prepared("SELECT delete_person(:person)")
_FELLOWS = prepared("SELECT * FROM fellows_of_books(:person)")
_SESSIONS = prepared("""
SELECT id, created_at, ended_at, device, address, last_used_at, proven_at, methods
  FROM sessions WHERE user_id = :person ORDER BY created_at, id
""")
_EVENTS = prepared("""
SELECT number, at, event, address, details FROM security_events
 WHERE person_id = :person AND number > :after ORDER BY number LIMIT :most
""")
