"""Undo."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response

from farthing.core.problems import faults
from farthing.core.serving import book_room, serve
from farthing.features.accounts.errors import AccountClosed, AccountMisplaced, AccountValued, CurrencyUsed, OpeningTwice
from farthing.features.changes.errors import ChangeNotFound
from farthing.features.changes.schemas import UndoneRead
from farthing.features.currencies.errors import CurrencyChanged
from farthing.features.jobs.errors import JobsTooMany
from farthing.features.jobs.router import PUT_OFF, accepted
from farthing.features.jobs.service import JobService
from farthing.features.journal.errors import CheckpointBroken, LineLinked, PeriodLocked
from farthing.features.journal.schemas import OverrideCheckpoints, OverrideLock
from farthing.features.records.errors import RecordUnfit
from farthing.features.undo.errors import ChangeNotUndoable, ChangeSuperseded
from farthing.features.undo.jobs import UNDO, UndoArguments
from farthing.features.undo.service import UndoService
from farthing.ledger.currencies import AmountTooLarge

router = book_room(prefix="/changes", tag="changes")
Undoing = Annotated[UndoService, serve(UndoService, needs="changes:write")]
Revision = Annotated[int, Path(ge=1, le=2**62, description="Which write to the book.", examples=[41])]


@router.post(
    "/{revision}/undo",
    response_model=UndoneRead,
    responses=PUT_OFF
    | faults(
        ChangeNotFound,
        ChangeNotUndoable,
        ChangeSuperseded,
        PeriodLocked,
        CheckpointBroken,
        AccountClosed,
        AccountMisplaced,
        AccountValued,
        CurrencyUsed,
        CurrencyChanged,
        OpeningTwice,
        LineLinked,
        RecordUnfit,
        AmountTooLarge,
        JobsTooMany,
    ),
)
async def undo_change(
    undoing: Undoing,
    revision: Revision,
    request: Request,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any] | Response:
    """Undo a write to the book, whatever it was: an import, a renaming, an undo. It is a write of its own.

    Besides `changes:write` it needs what writing such records needs. Where something stands in the way, `409` names
    it: what was changed since (unless that was undone), or what refers to what would go. `dry_run=true` tells whether
    it can be undone. A write of more than 5,000 records is undone by a job, and its `result` is this answer.
    """
    if not undoing.work.dry_run and await undoing.is_large(revision):
        arguments = UndoArguments(
            revision=revision, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
        return accepted(request, await JobService(undoing.work).put_off(UNDO, arguments))
    return await undoing.undo(revision, override_lock=override_lock, override_checkpoints=override_checkpoints)
