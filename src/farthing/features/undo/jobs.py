"""Undoing large writes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from farthing.core.jobs import JobRun, job_kind
from farthing.features.undo.service import UndoService
from farthing.kit.wire import Given


class UndoArguments(Given):
    """Which write to undo, and what may be passed over."""

    revision: Annotated[int, Field(ge=1)]
    override_lock: bool = False
    override_checkpoints: bool = False


@job_kind("changes.undo", needs="changes:write", arguments=UndoArguments)
async def UNDO(run: JobRun, arguments: UndoArguments) -> None:  # noqa: N802 - what it makes is a constant
    """Undo a write, in one commit."""
    async with run.finish() as work:
        run.result = await UndoService(work).undo(
            arguments.revision,
            override_lock=arguments.override_lock,
            override_checkpoints=arguments.override_checkpoints,
        )
