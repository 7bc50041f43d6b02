"""All SQL about lines of statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.kit import clock


class StatementRepository(Repository):
    """Lines of statements, kept for ever."""

    async def known(self, account_id: UUID, fingerprints: Sequence[bytes]) -> set[bytes]:
        """Which of these lines were seen before."""
        return set(
            await self.column(_KNOWN, {"book": self.book_id, "account": account_id, "fingerprints": list(fingerprints)})
        )

    async def add(self, lines: Sequence[dict[str, Any]]) -> None:
        """Keep lines."""
        columns: dict[str, list[Any]] = {f"{name}s": [line[name] for line in lines] for name in _COLUMNS}
        columns["originals"] = [json.dumps(line["original"]) for line in lines]
        values = {"book": self.book_id, "revision": self.work.revision, "at": clock.now(), **columns}
        await self.run(_ADD, values)

    async def of_postings(self, posting_ids: Sequence[UUID]) -> list[Row]:
        """The lines that became these postings."""
        return await self.rows(_OF_POSTINGS, {"book": self.book_id, "postings": list(posting_ids)})

    async def move(self, posting_id: UUID, *, to_transaction: UUID, to_posting: UUID) -> None:
        """Say of the lines that became a posting that they are another one now."""
        await self.run(
            _MOVE,
            {
                "book": self.book_id,
                "posting": posting_id,
                "to_transaction": to_transaction,
                "to_posting": to_posting,
                "revision": self.work.revision,
                "at": clock.now(),
            },
        )


_COLUMNS = (
    "id",
    "account_id",
    "import_id",
    "line",
    "external_id",
    "fingerprint",
    "date",
    "amount",
    "currency",
    "original",
    "transaction_id",
    "posting_id",
)
_KNOWN = prepared("""
SELECT fingerprint FROM statement_lines
 WHERE book_id = :book AND account_id = :account AND fingerprint = ANY(CAST(:fingerprints AS bytea[]))
""")
_OF_POSTINGS = prepared("""
SELECT * FROM statement_lines WHERE book_id = :book AND posting_id = ANY(CAST(:postings AS uuid[])) ORDER BY id
""")
_MOVE = prepared("""
UPDATE statement_lines
   SET transaction_id = :to_transaction, posting_id = :to_posting, revision = :revision, changed_at = :at
 WHERE book_id = :book AND posting_id = :posting
""")
_ADD = prepared("""
INSERT INTO statement_lines (book_id, created_revision, revision, created_at, changed_at, id, account_id, import_id,
                             line, external_id, fingerprint, date, amount, currency, original, transaction_id,
                             posting_id)
SELECT :book, :revision, :revision, CAST(:at AS timestamptz), CAST(:at AS timestamptz), l.id, l.account_id,
       l.import_id, l.line, l.external_id, l.fingerprint, l.date, l.amount, l.currency, l.original::jsonb,
       l.transaction_id, l.posting_id
  FROM unnest(CAST(:ids AS uuid[]), CAST(:account_ids AS uuid[]), CAST(:import_ids AS uuid[]),
              CAST(:lines AS bigint[]), CAST(:external_ids AS text[]), CAST(:fingerprints AS bytea[]),
              CAST(:dates AS date[]), CAST(:amounts AS numeric[]), CAST(:currencys AS text[]),
              CAST(:originals AS text[]), CAST(:transaction_ids AS uuid[]), CAST(:posting_ids AS uuid[]))
    AS l (id, account_id, import_id, line, external_id, fingerprint, date, amount, currency, original, transaction_id,
          posting_id)
""")
