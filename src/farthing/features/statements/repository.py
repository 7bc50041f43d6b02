"""All SQL about lines of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from farthing.core.repository import Repository
from farthing.core.statements import Row, Statement, prepared
from farthing.core.work import MAX_RECORDS_NAMED
from farthing.kit import clock


class StatementRepository(Repository):
    """Lines of statements, kept for ever."""

    async def known(self, account_ids: Collection[UUID], fingerprints: Sequence[bytes]) -> list[Row]:
        """Which of these lines were seen before, on these accounts."""
        return await self.rows(
            _KNOWN, {"book": self.book_id, "accounts": list(account_ids), "fingerprints": list(fingerprints)}
        )

    async def near(
        self, account_ids: Collection[UUID], days: tuple[dt.date, dt.date], amounts: Collection[Decimal]
    ) -> list[Row]:
        """Lines of accounts between two days, of one of these amounts, oldest first."""
        first, last = days
        return await self.rows(
            _NEAR,
            {
                "book": self.book_id,
                "accounts": list(account_ids),
                "first": first,
                "last": last,
                "amounts": list(amounts),
            },
        )

    async def reaches(self, account_ids: Collection[UUID]) -> list[Row]:
        """The first and the last day of the lines of accounts, by account and import."""
        return await self.rows(_REACHES, {"book": self.book_id, "accounts": list(account_ids)})

    async def called(self, account_ids: Collection[UUID], external_ids: Collection[str]) -> list[Row]:
        """The last line of each account that bears one of these ids of the bank's."""
        return await self.rows(
            _CALLED, {"book": self.book_id, "accounts": list(account_ids), "ids": list(external_ids)}
        )

    async def add_staged(self, source: str, values: Mapping[str, Any]) -> tuple[list[UUID], int]:
        """Keep lines that wait in a table; answers the first ids, and how many there were."""
        added = await self.one(
            _add_staged(source), {"book": self.book_id, "revision": self.work.revision, "at": clock.now(), **values}
        )
        return added["first"] or [], added["count"]

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


_KNOWN = prepared("""
SELECT l.fingerprint, l.transaction_id, coalesce(p.status = 'pending', false) AS is_pending
  FROM statement_lines l
  LEFT JOIN postings p ON p.book_id = :book AND p.id = l.posting_id
 WHERE l.book_id = :book AND l.account_id = ANY(CAST(:accounts AS uuid[]))
   AND l.fingerprint = ANY(CAST(:fingerprints AS bytea[]))
""")
_NEAR = prepared("""
SELECT l.id, l.account_id, l.import_id, l.date, l.amount, l.currency, l.external_id, l.fingerprint, l.original,
       l.transaction_id, t.value_date
  FROM statement_lines l
  LEFT JOIN transactions t ON t.book_id = :book AND t.id = l.transaction_id
 WHERE l.book_id = :book AND l.account_id = ANY(CAST(:accounts AS uuid[])) AND l.date BETWEEN :first AND :last
   AND l.amount = ANY(CAST(:amounts AS numeric[]))
 ORDER BY l.date, l.id
""")
_REACHES = prepared("""
SELECT account_id, import_id, min(date) AS first, max(date) AS last
  FROM statement_lines WHERE book_id = :book AND account_id = ANY(CAST(:accounts AS uuid[]))
 GROUP BY account_id, import_id
""")
_CALLED = prepared("""
SELECT DISTINCT ON (l.account_id, l.external_id) l.account_id, l.external_id, l.transaction_id,
       p.id IS NOT NULL AS is_there
  FROM statement_lines l
  LEFT JOIN postings p ON p.book_id = :book AND p.id = l.posting_id
 WHERE l.book_id = :book AND l.account_id = ANY(CAST(:accounts AS uuid[]))
   AND l.external_id = ANY(CAST(:ids AS text[]))
 ORDER BY l.account_id, l.external_id, l.created_revision DESC, l.id DESC
""")
_OF_POSTINGS = prepared("""
SELECT * FROM statement_lines WHERE book_id = :book AND posting_id = ANY(CAST(:postings AS uuid[])) ORDER BY id
""")
_MOVE = prepared("""
UPDATE statement_lines
   SET transaction_id = :to_transaction, posting_id = :to_posting, revision = :revision, changed_at = :at
 WHERE book_id = :book AND posting_id = :posting
""")


@lru_cache
def _add_staged(source: str) -> Statement:
    return prepared(f"""
        WITH added AS (
            INSERT INTO statement_lines (book_id, created_revision, revision, created_at, changed_at, id, account_id,
                                         import_id, line, external_id, fingerprint, date, amount, currency, original,
                                         transaction_id, posting_id)
            SELECT :book, :revision, :revision, CAST(:at AS timestamptz), CAST(:at AS timestamptz), s.id, s.account_id,
                   s.import_id, s.line, s.external_id, s.fingerprint, s.date, s.amount, s.currency, s.original,
                   s.transaction_id, s.posting_id
              FROM ({source}) s
            RETURNING id
        )
        SELECT (array_agg(id))[1:{MAX_RECORDS_NAMED}] AS first, count(*) AS count FROM added""")  # noqa: S608 - constants
