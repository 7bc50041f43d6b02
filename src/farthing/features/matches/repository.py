"""All SQL about matches: the transactions to look at, and the pairs that were turned down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, or_, select

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.matches.errors import MatchRejected, RejectionIdTaken
from farthing.features.matches.models import REJECTED_MATCH, MatchKind, RejectedMatch
from farthing.features.matches.schemas import RejectedMatchQuery
from farthing.kit.pages import CursorMalformed, Page


class MatchRepository(Repository):
    """What matches are made of, and what isn't to be one."""

    conflicts = {
        "pk_rejected_matches": RejectionIdTaken,
        "uq_rejected_matches_book_id_first_id_second_id_kind": MatchRejected,
    }

    async def lines(self, date_from: dt.date, date_to: dt.date, most: int) -> list[Row]:
        """The newest ordinary transactions between two days, newest first, each with its lines on accounts.

        Of each: ``account_ids``, ``amounts``, ``currencies`` and ``statuses`` of those lines, in order, and whether a
        bank's statement brought each (``imported``); how many ``others`` it has besides, of which so many are on a
        category (``categories``) and on Uncategorised (``uncategorised``). With each comes how many transactions were
        ``looked_at``, and back to which day.
        """
        values = {"book": self.book_id, "date_from": date_from, "date_to": date_to, "most": most}
        return await self.rows(_LINES, values)

    async def alike(
        self,
        date_from: dt.date,
        date_to: dt.date,
        most: int,
        *,
        sizes: Sequence[Decimal] | None,
        pending_on: Sequence[UUID],
    ) -> list[Row]:
        """The same of those that have a line of one of these sizes (None: any), or one pending on these accounts."""
        values = {"book": self.book_id, "date_from": date_from, "date_to": date_to, "most": most}
        return await self.rows(
            _ALIKE, {**values, "sizes": None if sizes is None else list(sizes), "accounts": list(pending_on)}
        )

    async def rejected_between(self, date_from: dt.date, date_to: dt.date) -> set[tuple[MatchKind, UUID, UUID]]:
        """The pairs that were turned down, of which one lies between two days."""
        found = await self.rows(_REJECTED, {"book": self.book_id, "date_from": date_from, "date_to": date_to})
        return {(MatchKind(row.kind), row.first_id, row.second_id) for row in found}

    async def known(self, transaction_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these transactions the book has."""
        return set(await self.column(_KNOWN, {"book": self.book_id, "ids": list(transaction_ids)}))

    async def get(self, rejection_id: UUID) -> Row | None:
        """A rejected match."""
        return await self.row(
            select(*REJECTED_MATCH.columns).where(
                RejectedMatch.book_id == self.book_id, RejectedMatch.id == rejection_id
            )
        )

    async def of_pair(self, kind: MatchKind, first_id: UUID, second_id: UUID) -> Row | None:
        """The rejection of a pair."""
        return await self.row(
            select(*REJECTED_MATCH.columns).where(
                RejectedMatch.book_id == self.book_id,
                RejectedMatch.first_id == first_id,
                RejectedMatch.second_id == second_id,
                RejectedMatch.kind == kind.value,
            )
        )

    async def find(self, wanted: RejectedMatchQuery) -> Page[Row]:
        """A page of rejected matches, by their ids: the oldest first."""
        query = (
            select(*REJECTED_MATCH.columns)
            .where(RejectedMatch.book_id == self.book_id)
            .order_by(RejectedMatch.id)
            .limit(wanted.limit + 1)
        )
        if (after := wanted.after()) is not None:
            query = query.where(RejectedMatch.id > _rejection_id(after))
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def taken(self, rejection_id: UUID) -> bool:
        """Whether a rejected match has this id, or had it before it was deleted."""
        had = exists().where(History.book_id == self.book_id, History.record_id == rejection_id)
        has = exists().where(RejectedMatch.book_id == self.book_id, RejectedMatch.id == rejection_id)
        return bool(await self.value(select(or_(has, had))))

    async def add(self, values: Mapping[str, Any]) -> None:
        """Write a rejected match down."""
        await self.run(insert(RejectedMatch).values(book_id=self.book_id, **values))

    async def remove(self, rejection_id: UUID) -> None:
        """Take it out."""
        await self.run(
            delete(RejectedMatch).where(RejectedMatch.book_id == self.book_id, RejectedMatch.id == rejection_id)
        )


_LINES_OF = """
WITH looked_at AS (
    SELECT id, date, ordinal, payee, description
      FROM transactions t
     WHERE book_id = :book AND date BETWEEN :date_from AND :date_to AND kind = 'ordinary'{alike}
     ORDER BY date DESC, ordinal DESC, id DESC
     LIMIT CAST(:most AS int)
)
SELECT t.id, t.date, t.payee, t.description,
       (SELECT count(*) FROM looked_at) AS looked_at, (SELECT min(date) FROM looked_at) AS looked_from,
       array_agg(p.account_id ORDER BY p.position) FILTER (WHERE a.kind IN ('asset', 'liability')) AS account_ids,
       array_agg(p.amount ORDER BY p.position) FILTER (WHERE a.kind IN ('asset', 'liability')) AS amounts,
       array_agg(p.currency ORDER BY p.position) FILTER (WHERE a.kind IN ('asset', 'liability')) AS currencies,
       array_agg(p.status ORDER BY p.position) FILTER (WHERE a.kind IN ('asset', 'liability')) AS statuses,
       array_agg(EXISTS (SELECT FROM statement_lines s WHERE s.book_id = :book AND s.posting_id = p.id)
                 ORDER BY p.position) FILTER (WHERE a.kind IN ('asset', 'liability')) AS imported,
       count(*) FILTER (WHERE a.kind NOT IN ('asset', 'liability')) AS others,
       count(*) FILTER (WHERE a.kind IN ('income', 'expense')) AS categories,
       count(*) FILTER (WHERE a.role IN ('uncategorised_income', 'uncategorised_expense')) AS uncategorised
  FROM looked_at t
  JOIN postings p ON p.book_id = :book AND p.transaction_id = t.id
  JOIN accounts a ON a.book_id = :book AND a.id = p.account_id
 GROUP BY t.id, t.date, t.ordinal, t.payee, t.description
HAVING count(*) FILTER (WHERE a.kind IN ('asset', 'liability')) > 0
 ORDER BY t.date DESC, t.ordinal DESC, t.id DESC
"""
_ALIKE_IN_SIZE = """
       AND (CAST(:sizes AS numeric[]) IS NULL
            OR EXISTS (SELECT FROM postings p
                        WHERE p.book_id = :book AND p.transaction_id = t.id
                          AND (abs(p.amount) = ANY(CAST(:sizes AS numeric[]))
                               OR p.status = 'pending' AND p.account_id = ANY(CAST(:accounts AS uuid[])))))"""
_LINES = prepared(_LINES_OF.format(alike=""))
_ALIKE = prepared(_LINES_OF.format(alike=_ALIKE_IN_SIZE))
_REJECTED = prepared("""
SELECT r.kind, r.first_id, r.second_id
  FROM rejected_matches r
  JOIN transactions t ON t.book_id = :book AND t.id = r.first_id
 WHERE r.book_id = :book AND t.date BETWEEN :date_from AND :date_to
""")
_KNOWN = prepared("SELECT id FROM transactions WHERE book_id = :book AND id = ANY(CAST(:ids AS uuid[]))")


def _rejection_id(values: list[str]) -> UUID:
    try:
        (rejection_id,) = (UUID(value) for value in values)
    except ValueError:
        raise CursorMalformed from None
    return rejection_id
