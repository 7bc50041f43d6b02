"""Booking large imports."""

from __future__ import annotations

from farthing.core.jobs import JobRun, job_kind
from farthing.features.imports.service.bring import ImportService
from farthing.kit.wire import Given, Id

LARGE = 5000
"""An import of more rows is booked by a job."""


class CommitArguments(Given):
    """Which draft to book, and what may be passed over."""

    import_id: Id
    override_checkpoints: bool = False


@job_kind("imports.commit", needs="imports:write", arguments=CommitArguments, seconds=1800)
async def COMMIT(run: JobRun, arguments: CommitArguments) -> None:  # noqa: N802 - what it makes is a constant
    """Book a draft, in one commit. Its result is what became of the file's rows, counted."""
    async with run.read() as work:
        rows = await ImportService(work).count_rows(arguments.import_id)
    await run.progress(0, rows, "Booking the rows.")
    async with run.finish() as work:
        booked = await ImportService(work).book_draft(
            arguments.import_id, override_checkpoints=arguments.override_checkpoints
        )
        counted = ("created", "duplicates", "replaced", "merged", "deleted", "left_out", "revision")
        run.result = {"import_id": str(arguments.import_id), **{name: booked[name] for name in counted}}
