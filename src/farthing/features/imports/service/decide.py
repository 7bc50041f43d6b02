"""Deciding what becomes of rows, by what the book has now."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.imports.deciding import (
    BROUGHT,
    MAX_DAYS_BY_ID,
    POSTED_NOW,
    Arriving,
    Corrected,
    Correcting,
    Kept,
    Verdict,
    brought_before,
    corrected,
    merged,
)
from farthing.features.imports.models import Decision
from farthing.features.imports.repository import ImportRepository
from farthing.features.journal.models import PostingStatus
from farthing.features.matches.models import MatchKind
from farthing.features.matches.scoring import Said, Side
from farthing.features.matches.service.propose import ProposeService
from farthing.features.statements.service import StatementService
from farthing.kit.wire import FIRST_DAY, LAST_DAY


@dataclass(frozen=True, slots=True)
class Weighed:
    """Rows of an import to be decided about.

    Args:
        origin: the format of the file.
        marks: their fingerprints, by their places.
        arriving: makes the row in a place what it is compared as; asked only for those that aren't known.
        account_ids: the accounts that they are on.
        ids: what transactions they would be, by their places.
        days: the first and the last day of them.
        sizes: how large their amounts are, signs aside.
    """

    origin: str
    marks: Sequence[bytes]
    arriving: Callable[[int], Arriving]
    account_ids: AbstractSet[UUID]
    ids: Sequence[UUID]
    days: tuple[dt.date, dt.date]
    sizes: AbstractSet[Decimal]
    settled: Mapping[int, Verdict]
    """What is decided already, by their places."""
    is_mergeable: bool = True
    """Whether they can become a part of what the book has."""


class DecideService:
    """Decides about rows."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.statements = StatementService(work)
        self.matches = ProposeService(work)

    async def decide(self, weighed: Weighed) -> dict[int, Verdict]:
        """What becomes of rows, by their places; those that aren't there are new, and like nothing."""
        if not weighed.marks:
            return {}
        known = await self.statements.known(weighed.account_ids, weighed.marks)
        found = {**weighed.settled, **_known(weighed, known)}
        if len(found) == len(weighed.marks):
            return found
        left = [position for position in range(len(weighed.marks)) if position not in found]
        reaches = await self.statements.reaches(weighed.account_ids)
        rows: dict[int, Arriving] | None = None
        if reaches:
            rows = {position: weighed.arriving(position) for position in left}
            formats = await self.imports.formats({reach.import_id for reach in reaches})
            found |= await self._brought(rows, set(weighed.marks), weighed.origin, reaches, formats)
        if not weighed.is_mergeable:
            return found
        left = [p for p in left if p not in found or found[p].decision is Decision.NEW]
        for position, verdict in (await self._merged(weighed, left)).items():
            before = found.get(position)
            if before is None or verdict.decision is not Decision.NEW or _score(verdict) > _score(before):
                found[position] = verdict
        return found

    async def corrected(self, rows: Mapping[int, Correcting]) -> tuple[dict[int, Verdict], list[int]]:
        """What becomes of rows by which the bank corrects itself, and where there is nothing to correct.

        Args:
            rows: by their places.
        """
        if not rows:
            return {}, []
        lines = await self.statements.called(
            {row.account_id for row in rows.values()}, {row.corrects for row in rows.values()}
        )
        known = {(each.account_id, each.external_id): Corrected(each.transaction_id, each.is_there) for each in lines}
        return corrected(rows, known)

    async def _brought(
        self,
        rows: dict[int, Arriving],
        marks: AbstractSet[bytes],
        origin: str,
        reaches: Sequence[Row],
        formats: dict[UUID, str],
    ) -> dict[int, Verdict]:
        first, last = days_of(rows.values())
        kept = await self.statements.near(
            {row.account_id for row in rows.values()},
            _widened(first, last, MAX_DAYS_BY_ID),
            {row.amount for row in rows.values()},
        )
        lines = [
            Kept(
                id=line.id,
                account_id=line.account_id,
                origin=formats.get(line.import_id, ""),
                date=line.date,
                value_date=line.value_date,
                amount=line.amount,
                currency=line.currency,
                external_id=line.external_id,
                words=" ".join(map(str, line.original.values())),
                transaction_id=line.transaction_id,
            )
            for line in kept
            if line.fingerprint not in marks
        ]
        if not lines:
            return {}
        reach: dict[tuple[UUID, str], tuple[dt.date, dt.date]] = {}
        for each in reaches:
            key = (each.account_id, formats.get(each.import_id, ""))
            start, end = reach.get(key, (each.first, each.last))
            reach[key] = (min(start, each.first), max(end, each.last))
        return await asyncio.to_thread(brought_before, rows.values(), lines, origin, reach)

    async def _merged(self, weighed: Weighed, left: Sequence[int]) -> dict[int, Verdict]:
        if not left:
            return {}
        rows: dict[UUID, Arriving] = {}

        def arriving() -> list[Side]:
            rows.update((row.id, row) for row in map(weighed.arriving, left))
            return [_side(row) for row in rows.values()]

        proposals, stands_on = await self.matches.look_for(
            weighed.days, weighed.sizes, list(weighed.account_ids), arriving
        )
        return merged(rows, proposals, stands_on) if proposals else {}


def _known(weighed: Weighed, known: Mapping[bytes, Row]) -> dict[int, Verdict]:
    """Rows that earlier statements brought, or that the file has twice."""
    found: dict[int, Verdict] = {}
    places: dict[bytes, int] = {}
    for position, mark in enumerate(weighed.marks):
        line = known.get(mark)
        if line is None:
            first = places.setdefault(mark, position)
            if first != position:
                found[position] = Verdict(
                    Decision.DUPLICATE, weighed.ids[first], None, Decimal(1), (BROUGHT,), is_kept=True
                )
        elif line.is_pending and weighed.arriving(position).status is not PostingStatus.PENDING:
            found[position] = Verdict(
                Decision.REPLACES, line.transaction_id, MatchKind.POSTED, Decimal(1), (POSTED_NOW,), is_kept=True
            )
        else:
            found[position] = Verdict(
                Decision.DUPLICATE, line.transaction_id, None, Decimal(1), (BROUGHT,), is_kept=True
            )
    return found


def days_of(rows: Iterable[Arriving]) -> tuple[dt.date, dt.date]:
    """The first and the last day of rows."""
    days = [row.date for row in rows]
    return min(days), max(days)


def _widened(first: dt.date, last: dt.date, days: int) -> tuple[dt.date, dt.date]:
    more = dt.timedelta(days=days)
    return max(first, FIRST_DAY + more) - more, min(last, LAST_DAY - more) + more


def _side(row: Arriving) -> Side:
    return Side(
        transaction_id=row.id,
        account_id=row.account_id,
        date=row.date,
        amount=row.amount,
        currency=row.currency,
        status=row.status,
        is_imported=True,
        is_simple=True,
        is_uncategorised=True,
        said=Said.in_text(row.words),
    )


def _score(verdict: Verdict) -> Decimal:
    return verdict.score or Decimal(0)
