"""All SQL of valuation: postings in currencies other than the one that a report is in, by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from farthing.core.repository import Repository
from farthing.core.statements import Row, Statement, prepared
from farthing.features.journal.models import TRANSACTION, PostingStatus


class LotRepository(Repository):
    """What was posted in foreign currencies, and on which day.

    Which accounts have any is known from the sums of their months; of those the postings are read, from an index.
    """

    async def days(
        self,
        account_ids: Collection[UUID],
        currency: str,
        *,
        first: dt.date,
        last: dt.date,
        status: PostingStatus | None = None,
        known_at: int | None = None,
    ) -> list[Row]:
        """What was posted each day in other currencies: ``account_id, currency, date, amount``.

        Args:
            account_ids: on these accounts.
            currency: in other currencies than this.
            first: from this day on.
            last: until the end of this day.
            status: with this status only.
            known_at: as the book stood at this revision.
        """
        values = self._values(account_ids, currency, first, last, status, known_at)
        return await self.rows(_days(status is not None, known_at is not None), values)

    async def costs(
        self,
        account_ids: Collection[UUID],
        currency: str,
        *,
        first: dt.date,
        last: dt.date,
        status: PostingStatus | None = None,
    ) -> list[Row]:
        """The same with what was paid: ``account_id, currency, date, amount, cost_currency, cost, given, taken``.

        ``cost`` is what the postings say it is, in all. Where they say nothing, and the transaction is an exchange of
        two currencies, ``given`` of the other were exchanged for ``taken``. Elsewhere all of these are null.
        """
        return await self.rows(
            _costs(status is not None), self._values(account_ids, currency, first, last, status, None)
        )

    async def refunds(self, *, first: dt.date, last: dt.date) -> list[Row]:
        """What came back for what was spent: ``amount`` in a ``currency``, on which account when, for which when.

        Those of which either side is of these days: ``back_account_id, back_on, spent_account_id, spent_on``.
        """
        return await self.rows(_REFUNDS, {"book": self.book_id, "first": first, "last": last})

    def _values(
        self,
        account_ids: Collection[UUID],
        currency: str,
        first: dt.date,
        last: dt.date,
        status: PostingStatus | None,
        known_at: int | None,
    ) -> dict[str, object]:
        return {
            "book": self.book_id,
            "accounts": list(account_ids),
            "currency": currency,
            "first": first,
            "last": last,
            "status": status and status.value,
            "known_at": known_at,
        }


_FOREIGN = """
    foreign_accounts AS (
        SELECT DISTINCT account_id FROM month_sums
         WHERE book_id = :book AND account_id = ANY(CAST(:accounts AS uuid[])) AND currency <> :currency
    )"""


@lru_cache
def _days(of_status: bool, known_then: bool) -> Statement:
    those = " AND {0}status = :status" if of_status else ""
    since, accounts = "", "foreign_accounts"
    if known_then:
        # Less what was written since, and what was there before it; of accounts that may hold nothing foreign by now.
        accounts = "(SELECT unnest(CAST(:accounts AS uuid[])))"
        since = f"""
        UNION ALL
        SELECT p.account_id, p.currency, t.date, -p.amount
          FROM transactions t JOIN postings p ON p.book_id = :book AND p.transaction_id = t.id
         WHERE t.book_id = :book AND t.revision > :known_at AND t.date BETWEEN :first AND :last
           AND p.account_id = ANY(CAST(:accounts AS uuid[])) AND p.currency <> :currency{those.format("p.")}
        UNION ALL
        SELECT p.account_id, p.currency, CAST(h.before->>'date' AS date), p.amount
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = '{TRANSACTION.name}' AND revision > :known_at
                 ORDER BY record_id, revision) AS h,
               jsonb_to_recordset(h.before->'postings')
                   AS p (account_id uuid, currency text, amount numeric, status text)
         WHERE h.before IS NOT NULL AND CAST(h.before->>'created_revision' AS bigint) <= :known_at
           AND CAST(h.before->>'date' AS date) BETWEEN :first AND :last
           AND p.account_id = ANY(CAST(:accounts AS uuid[])) AND p.currency <> :currency{those.format("p.")}"""  # noqa: S608 - constants
    return prepared(f"""
    WITH {_FOREIGN}, parts (account_id, currency, date, amount) AS (
        SELECT p.account_id, p.currency, p.date, p.amount
          FROM {accounts} AS f (account_id)
          JOIN postings p ON p.book_id = :book AND p.account_id = f.account_id AND p.date BETWEEN :first AND :last
         WHERE p.currency <> :currency{those.format("p.")}{since}
    )
    SELECT account_id, currency, date, sum(amount) AS amount FROM parts
     GROUP BY account_id, currency, date HAVING sum(amount) <> 0""")  # noqa: S608 - as above


@lru_cache
def _costs(of_status: bool) -> Statement:
    those = " AND p.status = :status" if of_status else ""
    return prepared(f"""
    WITH {_FOREIGN}, foreign_postings AS (
        SELECT p.* FROM foreign_accounts f
          JOIN postings p ON p.book_id = :book AND p.account_id = f.account_id AND p.date BETWEEN :first AND :last
         WHERE p.currency <> :currency{those}
    ), costs AS (
        SELECT p.account_id, p.currency, p.date, p.amount, n.cost_currency, n.cost,
               CASE WHEN n.cost IS NULL AND e.kinds = 2 THEN e.other END AS other,
               CASE WHEN n.cost IS NULL AND e.kinds = 2 THEN e.given END AS given,
               CASE WHEN n.cost IS NULL AND e.kinds = 2 THEN e.taken END AS taken
          FROM foreign_postings p
          -- What is noted on it; or, where it balances an exchange, on those that it balances.
         CROSS JOIN LATERAL (
               SELECT p.amount * coalesce(p.cost_amount, p.price_amount) AS cost,
                      coalesce(p.cost_currency, p.price_currency) AS cost_currency
                WHERE NOT p.generated
               UNION ALL
               SELECT CASE WHEN bool_and(coalesce(s.cost_amount, s.price_amount) IS NOT NULL)
                                AND count(DISTINCT coalesce(s.cost_currency, s.price_currency)) = 1
                           THEN -sum(s.amount * coalesce(s.cost_amount, s.price_amount)) END,
                      min(coalesce(s.cost_currency, s.price_currency))
                 FROM postings s
                WHERE p.generated AND s.book_id = :book AND s.transaction_id = p.transaction_id
                  AND s.currency = p.currency AND NOT s.generated
               HAVING p.generated) AS n
         CROSS JOIN LATERAL (
               SELECT count(DISTINCT g.currency) AS kinds,
                      max(g.currency) FILTER (WHERE g.currency <> p.currency) AS other,
                      -sum(g.amount) FILTER (WHERE g.currency <> p.currency) AS given,
                      sum(g.amount) FILTER (WHERE g.currency = p.currency) AS taken
                 FROM postings g
                WHERE n.cost IS NULL AND g.book_id = :book AND g.transaction_id = p.transaction_id AND g.generated) AS e
    )
    SELECT account_id, currency, date, sum(amount) AS amount, coalesce(cost_currency, other) AS cost_currency,
           sum(cost) AS cost, given, taken
      FROM costs
     GROUP BY account_id, currency, date, coalesce(cost_currency, other), cost IS NULL, given, taken""")  # noqa: S608 - as above


_REFUNDS = prepared("""
SELECT l.amount, l.currency, back.account_id AS back_account_id, back.date AS back_on,
       spent.account_id AS spent_account_id, spent.date AS spent_on
  FROM posting_links l
 -- There are few links and many postings: it begins with the links, whatever is known of either.
 CROSS JOIN LATERAL (SELECT account_id, date FROM postings
                      WHERE book_id = :book AND id = l.from_posting_id OFFSET 0) AS spent
 CROSS JOIN LATERAL (SELECT account_id, date FROM postings
                      WHERE book_id = :book AND id = l.to_posting_id OFFSET 0) AS back
 WHERE l.book_id = :book
   AND (spent.date BETWEEN :first AND :last OR back.date BETWEEN :first AND :last)
""")
