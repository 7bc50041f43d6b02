"""All SQL about agreements, and about what moved under them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.settlements.errors import AgreementDayTaken, AgreementIdTaken
from farthing.features.settlements.models import Agreement, AgreementAccount, AgreementShare, AgreementTag
from farthing.kit.pages import CursorMalformed, Page, PageQuery

PARTS = (AgreementShare, AgreementAccount, AgreementTag)


class SettlementRepository(Repository):
    """Agreements."""

    conflicts = {"pk_agreements": AgreementIdTaken, "uq_agreements_book_id_since": AgreementDayTaken}

    async def get(self, agreement_id: UUID) -> Row | None:
        """An agreement, without its parts."""
        return await self.row(
            select(Agreement.__table__).where(Agreement.book_id == self.book_id, Agreement.id == agreement_id)
        )

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of agreements, the latest first."""
        query = (
            select(Agreement.__table__)
            .where(Agreement.book_id == self.book_id)
            .order_by(Agreement.since.desc())
            .limit(wanted.limit + 1)
        )
        after = wanted.after()
        if after is not None:
            try:
                since = dt.date.fromisoformat(after[0])
            except (IndexError, ValueError):
                raise CursorMalformed from None
            query = query.where(Agreement.since < since)
        rows = await self.rows(query)
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["since"]) if more else None)

    async def until(self, day: dt.date) -> list[Row]:
        """The agreements that began by a day, in their order."""
        return await self.rows(
            select(Agreement.__table__)
            .where(Agreement.book_id == self.book_id, Agreement.since <= day)
            .order_by(Agreement.since)
        )

    async def parts(self, agreement_ids: Sequence[UUID]) -> dict[UUID, dict[str, list[Row]]]:
        """The ``shares``, ``accounts`` and ``tags`` of agreements."""
        found: dict[UUID, dict[str, list[Row]]] = {
            agreement_id: {"shares": [], "accounts": [], "tags": []} for agreement_id in agreement_ids
        }
        for name, model, order in (
            ("shares", AgreementShare, AgreementShare.user_id),
            ("accounts", AgreementAccount, AgreementAccount.account_id),
            ("tags", AgreementTag, AgreementTag.tag_id),
        ):
            query = select(model.__table__).where(
                model.book_id == self.book_id, model.agreement_id == func.any(list(agreement_ids))
            )
            for row in await self.rows(query.order_by(order)):
                found[row["agreement_id"]][name].append(row)
        return found

    async def count(self) -> int:
        """How many agreements the book has."""
        return int(
            await self.value(select(func.count()).select_from(Agreement).where(Agreement.book_id == self.book_id))
        )

    async def is_taken(self, agreement_id: UUID) -> bool:
        """Whether an agreement has this id, or a record had it before it was deleted."""
        there = exists().where(Agreement.book_id == self.book_id, Agreement.id == agreement_id)
        was_there = exists().where(History.book_id == self.book_id, History.record_id == agreement_id)
        return bool(await self.value(select(or_(there, was_there))))

    async def add(
        self,
        values: Mapping[str, Any],
        *,
        shares: Sequence[Mapping[str, Any]],
        accounts: Sequence[Mapping[str, Any]],
        tags: Sequence[Mapping[str, Any]],
    ) -> None:
        """Write an agreement down, with its parts."""
        await self.run(insert(Agreement).values(book_id=self.book_id, **values))
        owner = {"book_id": self.book_id, "agreement_id": values["id"]}
        for model, rows in zip(PARTS, (shares, accounts, tags), strict=True):
            if rows:
                await self.run(insert(model).values([owner | dict(row) for row in rows]))

    async def remove(self, agreement_id: UUID) -> None:
        """Take an agreement out, with its parts."""
        for model in PARTS:
            await self.run(delete(model).where(model.book_id == self.book_id, model.agreement_id == agreement_id))
        await self.run(delete(Agreement).where(Agreement.book_id == self.book_id, Agreement.id == agreement_id))

    async def moved(
        self, first: dt.date, last: dt.date, *, holders: Mapping[UUID, UUID | None], tag_ids: Sequence[UUID]
    ) -> list[Row]:
        """What transactions of some days moved, one by one: ``transaction_id, currency, holder, amount``.

        Args:
            first: the first day.
            last: the last.
            holders: whose each account is; None: everyone's, and the shared categories.
            tag_ids: tags whose transactions are shared, whatever the category.
        """
        return await self.rows(
            _MOVED,
            {
                "book": self.book_id,
                "first": first,
                "last": last,
                "accounts": list(holders),
                "holders": list(holders.values()),
                "tags": list(tag_ids),
            },
        )


_MOVED = prepared("""
WITH moved AS (
    SELECT p.transaction_id, p.currency, h.holder, p.amount
      FROM unnest(CAST(:accounts AS uuid[]), CAST(:holders AS uuid[])) AS h (account_id, holder)
      JOIN postings p ON p.book_id = :book AND p.account_id = h.account_id
     WHERE p.date BETWEEN :first AND :last
    UNION ALL
    SELECT p.transaction_id, p.currency, NULL, p.amount
      FROM postings p
      JOIN accounts a ON a.book_id = p.book_id AND a.id = p.account_id AND a.kind IN ('income', 'expense')
     WHERE p.book_id = :book AND p.date BETWEEN :first AND :last AND p.account_id <> ALL(CAST(:accounts AS uuid[]))
       AND p.transaction_id IN (SELECT t.transaction_id FROM transaction_tags t
                                 WHERE t.book_id = :book AND t.tag_id = ANY(CAST(:tags AS uuid[])))
)
SELECT transaction_id, currency, holder, sum(amount) AS amount
  FROM moved GROUP BY transaction_id, currency, holder HAVING sum(amount) <> 0
 ORDER BY transaction_id, currency
""")
