"""Proposing matches. They are worked out when they are asked for, among the transactions of some days."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.journal.models import PostingStatus
from farthing.features.matches.errors import WindowUnfit
from farthing.features.matches.models import MatchKind
from farthing.features.matches.repository import MatchRepository
from farthing.features.matches.schemas import MatchQuery
from farthing.features.matches.scoring import MAX_POSTED_DAYS, AccountWords, Proposal, Said, Side, compare, propose
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import FIRST_DAY, LAST_DAY

WINDOW_DAYS = 90
"""How far back matches are looked for, unless someone says."""
MAX_WINDOW_DAYS = 366
MAX_TRANSACTIONS = 10_000
"""The most transactions that are looked at, the newest of them."""
MAX_SIZES = 5_000
"""Of more sizes than these it isn't asked which transactions have one."""
Arriving = Callable[[], Sequence[Side]]
"""Makes lines that the book hasn't got yet."""


@dataclass(frozen=True, slots=True)
class Matches:
    """A page of matches, and between which days they were looked for."""

    page: Page[dict[str, Any]]
    date_from: dt.date
    date_to: dt.date


class ProposeService:
    """Looks for transactions that are one."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.matches = MatchRepository(work)
        self.accounts = AccountService(work)

    async def find(self, wanted: MatchQuery) -> Matches:
        """A page of matches, the likeliest first.

        Raises:
            WindowUnfit: the days to look at aren't in order, or too many.
            CursorMalformed: the cursor isn't this list's.
        """
        after = _after(wanted)
        date_from, date_to = self._window(wanted)
        rows = await self.matches.lines(date_from, date_to, MAX_TRANSACTIONS)
        if rows and rows[0]["looked_at"] == MAX_TRANSACTIONS:
            date_from = rows[0]["looked_from"]
        rejected = await self.matches.rejected_between(date_from, date_to)
        chart = await self.accounts.chart(list({each for row in rows for each in row["account_ids"]}))
        kinds = set(MatchKind) if wanted.kind is None else {wanted.kind}
        spoken = {account["id"]: AccountWords.of(account["name"], account["number"]) for account in chart}
        # What takes more than a moment is done beside the loop.
        sides = [side for row in rows for side in _sides(row)]
        proposals = await asyncio.to_thread(propose, sides, spoken, rejected, kinds)
        if after is not None:
            proposals = [proposal for proposal in proposals if proposal.order > after]
        shown = proposals[: wanted.limit]
        by_id = {row["id"]: row for row in rows}
        names = {account["id"]: account["full_name"] for account in chart}
        cursor = wanted.cursor_at(*shown[-1].order) if len(proposals) > wanted.limit else None
        return Matches(Page([_show(each, by_id, names) for each in shown], cursor), date_from, date_to)

    async def look_for(
        self,
        days: tuple[dt.date, dt.date],
        sizes: AbstractSet[Decimal],
        account_ids: Sequence[UUID],
        arriving: Arriving,
    ) -> tuple[list[Proposal], dict[UUID, Sequence[UUID]]]:
        """What in the book looks like one with lines that arrive and aren't in it yet; each may be in several pairs.

        Answers also with the accounts that the book's transactions stand on.

        Args:
            days: the first and the last day of what arrives.
            sizes: how large its amounts are, signs aside.
            account_ids: the accounts that it is on.
            arriving: makes the lines, of transactions that the book hasn't got; asked only if there is anything near.
        """
        first, last = days
        rows = await self.matches.alike(
            max(first, FIRST_DAY + dt.timedelta(days=MAX_POSTED_DAYS)) - dt.timedelta(days=MAX_POSTED_DAYS),
            min(last, LAST_DAY - dt.timedelta(days=MAX_POSTED_DAYS)) + dt.timedelta(days=MAX_POSTED_DAYS),
            MAX_TRANSACTIONS,
            sizes=sorted(sizes) if len(sizes) <= MAX_SIZES else None,
            pending_on=account_ids,
        )
        if not rows:
            return [], {}
        chart = await self.accounts.chart(
            list({*account_ids, *(account_id for row in rows for account_id in row["account_ids"])})
        )
        spoken = {account["id"]: AccountWords.of(account["name"], account["number"]) for account in chart}
        proposals = await asyncio.to_thread(_arrivals, rows, spoken, arriving)
        return proposals, {row["id"]: row["account_ids"] for row in rows}

    def _window(self, wanted: MatchQuery) -> tuple[dt.date, dt.date]:
        date_to = wanted.date_to or self.work.today()
        first = FIRST_DAY + dt.timedelta(days=WINDOW_DAYS)
        date_from = wanted.date_from or (date_to - dt.timedelta(days=WINDOW_DAYS) if date_to > first else FIRST_DAY)
        if not 0 <= (date_to - date_from).days <= MAX_WINDOW_DAYS:
            raise WindowUnfit.in_parameter("date_from", most=MAX_WINDOW_DAYS)
        return date_from, date_to


def _arrivals(rows: Sequence[Row], spoken: Mapping[UUID, AccountWords], arriving: Arriving) -> list[Proposal]:
    new = arriving()
    ids = {side.transaction_id for side in new}
    # What a bank announced and posts now is one, though both are the bank's own word.
    there = [
        replace(side, is_imported=side.is_imported and not side.is_pending) for row in rows for side in _sides(row)
    ]
    found = compare([*new, *there], spoken)
    return [each for each in found if (each.first.transaction_id in ids) is not (each.second.transaction_id in ids)]


def _sides(row: Row) -> Iterator[Side]:
    """The lines of a transaction on accounts that money can be in."""
    columns = (row[name] for name in ("account_ids", "amounts", "currencies", "statuses", "imported"))
    lines = list(zip(*columns, strict=True))
    is_simple = len(lines) == 1 and row["others"] == row["categories"]
    said = Said.in_text(f"{row['payee'] or ''} {row['description'] or ''}")
    for account_id, amount, currency, status, is_imported in lines:
        yield Side(
            transaction_id=row["id"],
            account_id=account_id,
            date=row["date"],
            amount=amount,
            currency=currency,
            status=PostingStatus(status),
            is_imported=is_imported,
            is_simple=is_simple,
            is_uncategorised=row["categories"] == row["uncategorised"],
            said=said,
        )


def _show(proposal: Proposal, by_id: dict[UUID, Row], names: dict[UUID, str]) -> dict[str, Any]:
    sides = (proposal.first, proposal.second)
    return {
        "kind": proposal.kind,
        "transaction_ids": [side.transaction_id for side in sides],
        "score": proposal.score,
        "reasons": proposal.reasons,
        "sides": [_show_side(side, by_id[side.transaction_id], names[side.account_id]) for side in sides],
    }


def _show_side(side: Side, row: Row, account: str) -> dict[str, Any]:
    return {
        "transaction_id": side.transaction_id,
        "account_id": side.account_id,
        "account": account,
        "date": side.date,
        "payee": row["payee"],
        "description": row["description"],
        "amount": side.amount,
        "currency": side.currency,
        "status": row["statuses"][row["account_ids"].index(side.account_id)],
    }


def _after(wanted: MatchQuery) -> tuple[Decimal, int, str, str] | None:
    after = wanted.after()
    if after is None:
        return None
    try:
        score, day, first, second = after
        return Decimal(score), int(day), str(UUID(first)), str(UUID(second))
    except (ValueError, InvalidOperation):
        raise CursorMalformed from None
