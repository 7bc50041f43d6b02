"""``farthing attachments``: what is kept of files, and for whom."""

from __future__ import annotations

import asyncio

import typer

from farthing.entrypoints.cli.answers import answer_json
from farthing.entrypoints.cli.options import AsJson, DataDir

app = typer.Typer(help="The files that are attached to transactions and accounts.", no_args_is_help=True)


@app.callback()
def attachments() -> None:
    """Have the commands be named, also while there is but one."""


@app.command()
def sweep(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Delete what is kept for nobody: uploads that came to nothing, and files deleted more than 30 days ago."""
    from farthing.entrypoints.cli.clerk import migrated_database, told  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.sweep import sweep_storage  # noqa: PLC0415 - as above

    with migrated_database(data_dir) as settings, told():
        orphans, unused = asyncio.run(sweep_storage(settings))
    if as_json:
        answer_json({"orphans": orphans, "unused": unused})
    else:
        print(f"Deleted {orphans} uploads that came to nothing, and {unused} files that were deleted long ago.")
