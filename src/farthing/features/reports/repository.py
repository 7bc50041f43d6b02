"""All SQL of the reports: sums of postings by account, currency and period."""

from __future__ import annotations

import calendar
import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Sequence
from functools import lru_cache
from uuid import UUID

from farthing.core.repository import Repository
from farthing.core.statements import Row, Statement, prepared
from farthing.features.journal.models import TRANSACTION, PostingStatus
from farthing.ledger.periods import Calendar, Period

MIDDLE_OF_MONTH = 16
_CALENDAR = prepared("SELECT first_weekday, fiscal_year_start FROM books WHERE id = :book")


class ReportRepository(Repository):
    """What was posted in periods."""

    async def calendar(self) -> Calendar:
        """When the book's weeks and fiscal years begin."""
        row = await self.one(_CALENDAR, {"book": self.book_id})
        month, day = row.fiscal_year_start.split("-")
        return Calendar(row.first_weekday, (int(month), int(day)))

    async def sums(
        self,
        periods: Sequence[Period],
        *,
        with_earlier: bool,
        account_ids: Collection[UUID] | None = None,
        statuses: Collection[PostingStatus] | None = None,
        known_at: int | None = None,
    ) -> list[Row]:
        """What was posted in each of consecutive periods: ``account_id, currency, place, amount, postings``.

        ``place`` counts the periods from 1; 0 is what was posted before the first of them, if that is asked for.

        The sums of months are added up, and the postings of those months that begin or end within a period are read
        from the nearer of their two ends: so that it costs the same after ten years as after one.

        Args:
            periods: consecutive, oldest first.
            with_earlier: whether all that came before is wanted too.
            account_ids: on these accounts only.
            statuses: with these statuses only.
            known_at: as the book stood at this revision.
        """
        starts = [*(period.first for period in periods), periods[-1].last + dt.timedelta(days=1)]
        edges = [_edge(month, starts) for month in _parted(starts)]
        statement = _sums(account_ids is not None, statuses is not None, known_at is not None)
        values = {
            "book": self.book_id,
            "starts": starts,
            "since": dt.date.min if with_earlier else starts[0].replace(day=1),
            "first_place": 0 if with_earlier else 1,
            "until": periods[-1].last,
            "months": [edge[0] for edge in edges],
            "places": [edge[1] for edge in edges],
            "firsts": [edge[2] for edge in edges],
            "lasts": [edge[3] for edge in edges],
            "accounts": list(account_ids or ()),
            "statuses": [status.value for status in statuses or ()],
            "known_at": known_at,
        }
        return await self.rows(statement, values)


def _parted(starts: Sequence[dt.date]) -> list[dt.date]:
    """The months in the midst of which a period begins."""
    return sorted({start.replace(day=1) for start in starts if start.day > 1})


def _edge(month: dt.date, starts: Sequence[dt.date]) -> tuple[dt.date, int, dt.date, dt.date]:
    """How a parted month is put together: its sum counts for one place, and these days are moved to their own."""
    end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    within = [start for start in starts if month < start <= end]
    if len(within) == 1 and within[0].day <= MIDDLE_OF_MONTH:
        return month, bisect_right(starts, end), month, within[0] - dt.timedelta(days=1)
    return month, bisect_right(starts, month), within[0], end


@lru_cache
def _sums(of_accounts: bool, of_statuses: bool, known_then: bool) -> Statement:
    those = " AND {0}account_id = ANY(CAST(:accounts AS uuid[]))" if of_accounts else ""
    those += " AND {0}status = ANY(CAST(:statuses AS text[]))" if of_statuses else ""
    since = ""
    if known_then:
        # Less what was written since, and what was there before it.
        since = f"""
        UNION ALL
        SELECT p.account_id, p.currency, width_bucket(t.date, CAST(:starts AS date[])), -p.amount, -1
          FROM transactions t JOIN postings p ON p.book_id = :book AND p.transaction_id = t.id
         WHERE t.book_id = :book AND t.revision > :known_at
           AND t.date BETWEEN CAST(:since AS date) AND CAST(:until AS date){those.format("p.")}
        UNION ALL
        SELECT p.account_id, p.currency, width_bucket(CAST(h.before->>'date' AS date), CAST(:starts AS date[])),
               p.amount, 1
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = '{TRANSACTION.name}' AND revision > :known_at
                 ORDER BY record_id, revision) AS h,
               jsonb_to_recordset(h.before->'postings')
                   AS p (account_id uuid, currency text, amount numeric, status text)
         WHERE h.before IS NOT NULL AND CAST(h.before->>'created_revision' AS bigint) <= :known_at
           AND CAST(h.before->>'date' AS date)
               BETWEEN CAST(:since AS date) AND CAST(:until AS date){those.format("p.")}"""  # noqa: S608 - constants
    return prepared(f"""
    WITH edges AS (
        SELECT * FROM unnest(CAST(:months AS date[]), CAST(:places AS int[]), CAST(:firsts AS date[]),
                             CAST(:lasts AS date[])) AS e (month, place, first, last)
    ), parts (account_id, currency, place, amount, postings) AS (
        SELECT s.account_id, s.currency, coalesce(e.place, width_bucket(s.month, CAST(:starts AS date[]))),
               s.amount, s.postings
          FROM month_sums s LEFT JOIN edges e ON e.month = s.month
         WHERE s.book_id = :book
           AND s.month BETWEEN CAST(:since AS date) AND CAST(:until AS date){those.format("s.")}
        UNION ALL
        SELECT p.account_id, p.currency, b.place, b.sign * p.amount, b.sign
          FROM edges e
          JOIN postings p ON p.book_id = :book AND p.date BETWEEN e.first AND e.last{those.format("p.")}
         CROSS JOIN LATERAL (VALUES (width_bucket(p.date, CAST(:starts AS date[])), 1), (e.place, -1))
                         AS b (place, sign){since}
    )
    SELECT account_id, currency, place, sum(amount) AS amount, sum(postings) AS postings
      FROM parts WHERE place BETWEEN :first_place AND cardinality(CAST(:starts AS date[])) - 1
     GROUP BY account_id, currency, place HAVING sum(postings) > 0 OR sum(amount) <> 0""")  # noqa: S608 - as above
