"""What undo does."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from farthing.core.records import KINDS, to_json
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.accounts.service.review import ReviewService
from farthing.features.changes.service import ChangeService
from farthing.features.journal.models import CHECKPOINT, TRANSACTION
from farthing.features.journal.service import JournalService
from farthing.features.records.service import RecordService
from farthing.features.records.touched import Touch
from farthing.features.undo.errors import ChangeNotUndoable, ChangeSuperseded
from farthing.kit import clock
from farthing.kit.faults import Blame

MAX_NAMED = 20
"""Records in the way that are named."""


class UndoService:
    """Undoes writes to a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.changes = ChangeService(work)
        self.records = RecordService(work)
        self.journal = JournalService(work)
        self.accounts = ReviewService(work)

    async def undo(
        self, revision: int, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> dict[str, Any]:
        """Undo the write that made a revision, as a write of its own.

        Each record that it touched must say now what it said right after it: it wasn't touched since, or what was done
        to it since was undone. Nothing may refer to what it made. The ledger's rules hold for what comes out.

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
            AccountClosed, AccountMisplaced, CurrencyUsed, OpeningTwice: accounts don't take it any more.
            CheckpointBroken: a checkpoint would not hold any more, and the book refuses that.
            RecordUnfit: PostgreSQL refuses what would come back.
        """
        if override_lock:
            self.journal.override_lock()
        if override_checkpoints:
            self.journal.override_checkpoints()
        change = await self.changes.told(revision)
        made = self._may_undo(change["counts"])
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        touches = [touch for touch in await self.records.touches(revision, made) if not touch.is_undone]
        await self._check_unchanged(touches)
        await self._check_unreferred(touches)
        await self._check_lock(touches)
        if any(touch.kind == CHECKPOINT.name for touch in touches):
            self.journal.judge_later()
        await self.records.put_back(touches, to_json(clock.now()))
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
            if name not in KINDS:
                raise ChangeNotUndoable(what=name)
            self.work.allow(KINDS[name].needs)
            if action == "created":
                made[name] = count
        return made

    async def _check_unchanged(self, touches: Sequence[Touch]) -> None:
        changed = [touch for touch in touches if not touch.is_current]
        if not changed:
            return
        last = await self.records.last_touched([touch.id for touch in changed[:MAX_NAMED]])
        blames = [
            f"{touch.kind} {touch.id} was {_verb(touch)} at revision {_at(touch, last)}"
            for touch in changed[:MAX_NAMED]
        ]
        raise _in_the_way("record_changed", blames, len(changed))

    async def _check_unreferred(self, touches: Sequence[Touch]) -> None:
        going: defaultdict[str, list[UUID]] = defaultdict(list)
        for touch in touches:
            if touch.before is None:
                going[touch.kind].append(touch.id)
        touched = {(touch.kind, touch.id) for touch in touches}
        blames = []
        for name, ids in going.items():
            for row in await self.records.referring(KINDS[name], ids, len(touched) + MAX_NAMED):
                # What the same write changed lets go of it when it is put back.
                if (row["kind"], row["id"]) not in touched:
                    blames += [f"{row['kind']} {row['id']} refers to {name} {row['named']}"]
        if blames:
            raise _in_the_way("record_referred_to", blames[:MAX_NAMED], len(blames))

    async def _check_lock(self, touches: Sequence[Touch]) -> None:
        days = [
            dt.date.fromisoformat(image["date"])
            for touch in touches
            if touch.kind == TRANSACTION.name
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


def _deed(touch: Touch) -> str:
    if touch.now is None:
        return "restored"
    return "deleted" if touch.before is None else "changed"
