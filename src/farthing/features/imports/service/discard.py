"""Discarding imports: a draft is thrown away, what was booked is undone."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from farthing.core.work import Work
from farthing.features.imports.errors import ImportNotFound
from farthing.features.imports.repository import ImportRepository
from farthing.features.undo.service import UndoService
from farthing.kit import clock

KEPT = dt.timedelta(days=30)
"""How long a draft is kept that nobody touches, and the rows of an import once it is booked."""


class DiscardService:
    """Throws drafts away, and undoes what was booked."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.undoing = UndoService(work)

    async def large_revision(self, import_id: UUID) -> int | None:
        """The revision that booked an import, if that touched so much that undoing it is put off.

        Raises:
            ImportNotFound: the book has none such.
        """
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        revision: int | None = kept["created_revision"]
        return revision if revision is not None and await self.undoing.is_large(revision) else None

    async def discard(
        self, import_id: UUID, *, override_lock: bool = False, override_checkpoints: bool = False
    ) -> None:
        """Throw a draft away, or undo what an import booked: the change of the book that it was.

        Raises:
            ImportNotFound: the book has none such.
            ChangeSuperseded: what was done since stands in the way.
            Conflict, Forbidden: as :meth:`UndoService.undo` says.
        """
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        if kept["created_revision"] is None:
            await self.imports.remove(import_id)
            return
        await self.undoing.undo(
            kept["created_revision"], override_lock=override_lock, override_checkpoints=override_checkpoints
        )

    async def sweep(self) -> int:
        """Drop the book's drafts that nobody touched for long, and the rows of what was booked then.

        Answers with how many drafts it dropped.
        """
        return await self.imports.sweep(clock.now() - KEPT)
