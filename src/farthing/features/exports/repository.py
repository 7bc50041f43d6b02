"""All SQL of archives that isn't about records: the log, what was before it, and what attached files are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared


class ArchiveRepository(Repository):
    """What an archive has besides records."""

    async def changes(self, after: int, limit: int) -> list[Row]:
        """Changes after a revision, in order."""
        return await self.rows(_CHANGES, {"book": self.book_id, "after": after, "limit": limit})

    async def history(self, revision: int, record_id: UUID, limit: int) -> list[Row]:
        """What records were before changes, in the order of those, after one of them."""
        values = {"book": self.book_id, "revision": revision, "record": record_id, "limit": limit}
        return await self.rows(_HISTORY, values)

    async def contents(self) -> list[Row]:
        """What was ever attached: ``hash``, ``size``, ``stored_at``, and ``object_name`` while it is kept."""
        return await self.rows(_CONTENTS, {"book": self.book_id})

    async def authors(self) -> list[Row]:
        """Who wrote in the book, as far as they are known: ``id`` and ``name``."""
        return await self.rows(_AUTHORS, {"book": self.book_id})

    async def add_changes(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write changes down."""
        await self.run(_ADD_CHANGES, {"book": self.book_id, "rows": list(rows)})

    async def add_history(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write down what records were."""
        await self.run(_ADD_HISTORY, {"book": self.book_id, "rows": list(rows)})

    async def add_contents(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write down what was attached."""
        await self.run(_ADD_CONTENTS, {"book": self.book_id, "rows": list(rows)})


_CHANGES = prepared("""
SELECT revision, at, actor_id, operation, summary, payload, salt, payload_digest, hash FROM changes
 WHERE book_id = :book AND revision > :after ORDER BY revision LIMIT CAST(:limit AS integer)
""")
_HISTORY = prepared("""
SELECT revision, record_id, kind, before, at FROM history
 WHERE book_id = :book AND (revision, record_id) > (:revision, CAST(:record AS uuid))
 ORDER BY revision, record_id LIMIT CAST(:limit AS integer)
""")
_CONTENTS = prepared("SELECT hash, size, stored_at, object_name FROM contents WHERE book_id = :book ORDER BY hash")
_AUTHORS = prepared("""
SELECT u.id, u.name FROM users u
 WHERE u.id IN (SELECT DISTINCT c.actor_id FROM changes c WHERE c.book_id = :book) ORDER BY u.id
""")
_ADD_CHANGES = prepared("""
INSERT INTO changes (book_id, revision, at, actor_id, operation, summary, payload, salt, payload_digest, hash)
SELECT :book, revision, at, actor_id, operation, summary, payload, salt, payload_digest, hash
  FROM jsonb_populate_recordset(NULL::changes, CAST(:rows AS jsonb))
""")
_ADD_HISTORY = prepared("""
INSERT INTO history (book_id, revision, record_id, kind, before, at)
SELECT :book, revision, record_id, kind, before, at
  FROM jsonb_populate_recordset(NULL::history, CAST(:rows AS jsonb))
""")
_ADD_CONTENTS = prepared("""
INSERT INTO contents (book_id, hash, size, object_name, stored_at)
SELECT :book, hash, size, object_name, stored_at
  FROM jsonb_populate_recordset(NULL::contents, CAST(:rows AS jsonb))
""")
