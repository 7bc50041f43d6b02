"""What undo does."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from farthing.core.bounds import ROWS_AT_ONCE
from farthing.core.records import KINDS, to_json
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.accounts.service.review import ReviewService
from farthing.features.changes.service import ChangeService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import Touched
from farthing.features.journal.models import CHECKPOINT, LINK, TRANSACTION, VALUATION, TransactionKind
from farthing.features.journal.service import JournalService
from farthing.features.records.service import RecordService
from farthing.features.records.touched import Touch
from farthing.features.undo.errors import ChangeNotUndoable, ChangeSuperseded
from farthing.kit import clock
from farthing.kit.faults import Blame

MAX_NAMED = 20
"""Records in the way that are named."""
EVERY_ONE = 2**31 - 1


class UndoService:
    """Undoes writes to a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.changes = ChangeService(work)
        self.records = RecordService(work)
        self.journal = JournalService(work)
        self.accounts = ReviewService(work)
        self.currencies = CurrencyService(work)

    async def is_large(self, revision: int) -> bool:
        """Whether a write touched so much that undoing it is put off.

        Raises:
            ChangeNotFound: the log doesn't reach that far.
        """
        change = await self.changes.told(revision)
        return bool(sum(change["counts"].values()) > ROWS_AT_ONCE)

    async def undo(
        self, revision: int, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> dict[str, Any]:
        """Undo the write that made a revision, as a write of its own.

        Each record that it touched must say now what it said right after it: it wasn't touched since, or what was done
        to it since was undone. Nothing may refer to what it made; only what it made on the way to something else, such
        as a payee, stays where it is used or was changed since. The ledger's rules hold for what comes out.

        Args:
            revision: which write.
            override_lock: whether what is dated in the locked period may change, if the member may do that.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            ChangeNotFound: the log doesn't reach that far.
            ChangeNotUndoable: it is about the book or its members.
            PermissionMissing: the member may not write such records, or not override the lock.
            ChangeSuperseded: something stands in the way; names it.
            PeriodLocked: a transaction is, or would be, dated in the locked period.
            AccountClosed, AccountMisplaced, AccountValued, CurrencyUsed, OpeningTwice: accounts don't take it any more.
            CurrencyChanged: a currency of the book's own that something was in is gone, or has fewer digits.
            CheckpointBroken: a checkpoint would not hold any more, and the book refuses that.
            AmountTooLarge: a valuation would have to book more than can be kept.
            LineLinked: a line would go from under its link, or a link come back to a line that doesn't bear it.
            RecordUnfit: PostgreSQL refuses what would come back.
        """
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        change = await self.changes.told(revision)
        made = self._may_undo(change["counts"])
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        all_touches = await self._without_staying(await self.records.touches(revision, made))
        touches = [touch for touch in all_touches if not touch.is_undone and not _follows_by_itself(touch)]
        await self._check_unchanged(touches)
        await self._check_unreferred(touches)
        await self._check_lock(touches)
        if any(touch.kind == CHECKPOINT.name for touch in touches):
            self.journal.judge_later()
        await self.records.put_back(touches, to_json(clock.now()))
        await self.currencies.review(_currencies_of(touches))
        if touches:
            await self.journal.keep_valuations(_days_of(all_touches))
        await self.journal.check_links(_lines_of(touches), [touch.id for touch in touches if touch.kind == LINK.name])
        await self.work.conclude()
        await self.records.settle()
        await self.accounts.review(_accounts_of(touches))
        if touches:
            self.work.tell(f"Undid change {revision}: {change['summary'] or change['operation']}", undone=revision)
        did = Counter(_deed(touch) for touch in touches)
        return {
            "undone": revision,
            "revision": self.work.revision if self.work.is_dirty else self.work.opened.revision,
            "restored": did["restored"],
            "changed": did["changed"],
            "deleted": did["deleted"],
        }

    def _may_undo(self, counts: dict[str, int]) -> dict[str, int]:
        """How many records of each kind the write made, if the member may undo what it did to each kind."""
        made: dict[str, int] = {}
        for words, count in counts.items():
            name, _, action = words.rpartition(" ")
            if name not in KINDS or not KINDS[name].undoable:
                raise ChangeNotUndoable(what=_called(name))
            self.work.allow(KINDS[name].needs)
            if action == "created":
                made[name] = count
        return made

    async def _without_staying(self, touches: Sequence[Touch]) -> Sequence[Touch]:
        """All but what was made on the way to something else and is used or was changed since."""
        along = [touch for touch in touches if touch.before is None and KINDS[touch.kind].made_along]
        if not along or len(along) == len(touches):
            return touches
        staying = {touch.id for touch in along if not touch.is_current}
        staying |= {row["named"] for row in await self._referring(along, {(t.kind, t.id) for t in touches}, EVERY_ONE)}
        return [touch for touch in touches if touch.id not in staying]

    async def _referring(self, going: Sequence[Touch], touched: AbstractSet[tuple[str, UUID]], most: int) -> list[Any]:
        """What refers to records that go, of which it isn't touched itself: that lets go of them when it is put back.

        Each has its ``kind`` and ``id``, the kind ``of`` what it refers to, and the one that is ``named``.
        """
        by_kind: defaultdict[str, list[UUID]] = defaultdict(list)
        for touch in going:
            by_kind[touch.kind].append(touch.id)
        return [
            {**row, "of": name}
            for name, ids in by_kind.items()
            for row in await self.records.referring(KINDS[name], ids, most)
            if (row["kind"], row["id"]) not in touched
        ]

    async def _check_unchanged(self, touches: Sequence[Touch]) -> None:
        changed = [touch for touch in touches if not touch.is_current and not _is_of_valuation(touch)]
        if not changed:
            return
        last = await self.records.last_touched([touch.id for touch in changed[:MAX_NAMED]])
        blames = [
            f"{_called(touch.kind)} {touch.id} was {_verb(touch)} at revision {_at(touch, last)}"
            for touch in changed[:MAX_NAMED]
        ]
        raise _in_the_way("record_changed", blames, len(changed))

    async def _check_unreferred(self, touches: Sequence[Touch]) -> None:
        going = [touch for touch in touches if touch.before is None]
        touched = {(touch.kind, touch.id) for touch in touches}
        blames = [
            f"{_called(row['kind'])} {row['id']} refers to {_called(row['of'])} {row['named']}"
            for row in await self._referring(going, touched, len(touched) + MAX_NAMED)
        ]
        if blames:
            raise _in_the_way("record_referred_to", blames[:MAX_NAMED], len(blames))

    async def _check_lock(self, touches: Sequence[Touch]) -> None:
        days = [
            dt.date.fromisoformat(image["date"])
            for touch in touches
            if touch.kind in {TRANSACTION.name, VALUATION.name}
            for image in (touch.before, touch.now)
            if image
        ]
        if days:
            await self.journal.admit(min(days))


def _in_the_way(code: str, details: Sequence[str], count: int) -> ChangeSuperseded:
    more = f", and {count - 1} more" if count > 1 else ""
    return ChangeSuperseded(
        blames=tuple(Blame(code=code, detail=f"{detail[0].upper()}{detail[1:]}.") for detail in details),
        what=f"{details[0]}{more}",
    )


def _called(kind: str) -> str:
    """A kind of record, in a sentence."""
    return kind.replace("_", " ")


def _verb(touch: Touch) -> str:
    if touch.now is None:
        return "deleted"
    return "restored" if touch.after is None else "changed"


def _at(touch: Touch, last: dict[UUID, int]) -> int | None:
    """The revision of what was done to a record since: its own, if it is there, or its last image's."""
    return touch.now["revision"] if touch.now else last.get(touch.id)


def _accounts_of(touches: Sequence[Touch]) -> set[UUID]:
    """The accounts that were put back, or that a transaction which was stands on."""
    return set(_named_accounts(touches))


def _named_accounts(touches: Sequence[Touch]) -> Iterator[UUID]:
    for touch in touches:
        if touch.kind == "account" and touch.before is not None:
            yield touch.id
        for image in (touch.before, touch.now):
            if image and touch.kind == TRANSACTION.name:
                yield from (UUID(posting["account_id"]) for posting in image["postings"])


def _currencies_of(touches: Sequence[Touch]) -> set[str]:
    """The currencies that accounts which were put back are kept in, and amounts are of."""
    back = [(touch.kind, touch.before) for touch in touches if touch.before is not None]
    lines = [posting for kind, image in back if kind == TRANSACTION.name for posting in image["postings"]]
    columns = ("currency", "price_currency", "cost_currency")
    posted = {posting[column] for posting in lines for column in columns if posting.get(column)}
    named = {image[column] for _, image in back for column in ("currency", "commodity") if image.get(column)}
    return posted | named


def _is_of_valuation(touch: Touch) -> bool:
    """Whether it is what a valuation books: it says what the journal makes of that, and stands in nobody's way."""
    images = (touch.before, touch.after, touch.now)
    return touch.kind == TRANSACTION.name and any(
        image["kind"] == TransactionKind.VALUATION for image in images if image
    )


def _follows_by_itself(touch: Touch) -> bool:
    """Whether the write only had what a valuation books follow: so it will, when the write is undone."""
    return _is_of_valuation(touch) and touch.before is not None and touch.after is not None


def _days_of(touches: Sequence[Touch]) -> set[Touched]:
    """The days of postings that came or went, by account; a valuation is as good as one."""
    days = set()
    for touch in touches:
        for image in filter(None, (touch.before, touch.now)):
            if touch.kind == TRANSACTION.name:
                day = dt.date.fromisoformat(image["date"])
                days |= {(UUID(posting["account_id"]), day) for posting in image["postings"]}
            elif touch.kind == VALUATION.name:
                days.add((UUID(image["account_id"]), dt.date.fromisoformat(image["date"])))
    return days


def _lines_of(touches: Sequence[Touch]) -> list[UUID]:
    """The lines that transactions had until now."""
    return [
        UUID(posting["id"])
        for touch in touches
        if touch.now and touch.kind == TRANSACTION.name
        for posting in touch.now["postings"]
    ]


def _deed(touch: Touch) -> str:
    if touch.now is None:
        return "restored"
    return "deleted" if touch.before is None else "changed"
