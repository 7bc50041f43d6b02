"""All SQL of the reports."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import RowMapping, and_, func, select

from farthing.core.repository import Repository
from farthing.features.accounts.models import Account
from farthing.features.journal.models import Posting


class ReportRepository(Repository):
    """Sums over the journal."""

    async def balances(self, until: dt.date) -> list[RowMapping]:
        """What each account holds at the end of a day, by currency, in the order of the chart; zeros included."""
        sums = (
            select(Posting.account_id, Posting.currency, func.sum(Posting.amount).label("amount"))
            .where(Posting.book_id == self.book_id, Posting.date <= until)
            .group_by(Posting.account_id, Posting.currency)
            .subquery()
        )
        found = await self.run(
            select(Account.id.label("account_id"), Account.full_name, Account.kind, sums.c.currency, sums.c.amount)
            .join(sums, and_(Account.book_id == self.book_id, Account.id == sums.c.account_id))
            .order_by(Account.sort_key, sums.c.currency)
        )
        return list(found.mappings().all())
