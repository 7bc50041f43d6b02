"""``farthing import``: a bank's file into a book, through the same service as HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farthing.entrypoints.cli.answers import answer_json, answer_table, progress, say
from farthing.entrypoints.cli.options import AsJson, DataDir
from farthing.kit.faults import TooLarge

if TYPE_CHECKING:
    from farthing.core.settings import Settings


class FileTooBig(TooLarge):
    """The file is over the bound that holds for uploads, too."""

    code = "file_too_big"
    message = "The file is larger than {megabytes} MB."
    sample = {"megabytes": 50}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, and where it goes."""

    data: bytes
    email: str
    book: str
    account: str | None
    format: str | None
    dry_run: bool
    commit: bool


def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The bank's file: OFX, QFX or CSV.")
    ],
    *,
    email: Annotated[str, typer.Option("--as", help="The e-mail address of whom to do it for.")],
    book: Annotated[str, typer.Option("--book", "-b", help="The book: its id, its name, or 'default'.")] = "default",
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="The account, by id or full name. [found by its number]")
    ] = None,
    format: Annotated[  # noqa: A002 - what the option is called
        str | None, typer.Option("--format", "-f", help="ofx, qfx or csv. [told from the content]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but keep it.")] = False,
    no_commit: Annotated[bool, typer.Option("--no-commit", help="Keep a draft that says what it would do.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import a bank's file. Lines that were imported before make nothing."""
    from farthing.core import bounds  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - as above

    if file.stat().st_size > bounds.IMPORT_BYTES:
        raise FileTooBig(megabytes=bounds.IMPORT_BYTES // 1_000_000)
    wanted = Wanted(file.read_bytes(), email, book, account, format, dry_run, commit=not no_commit)
    with migrated_database(data_dir) as settings, progress("Importing"):
        brought = asyncio.run(_bring(settings, wanted))
    if as_json:
        answer_json({**brought, "dry_run": dry_run})
        return
    verb = "Would import" if dry_run or no_commit else "Imported"
    answer_table(
        f"{verb} {file.name} ({brought['format']})",
        ("Account", "New", "Known", "Skipped"),
        [
            (each["account"], *(each["counts"][key] for key in ("created", "duplicates", "skipped")))
            for each in brought["accounts"]
        ],
    )
    for warning in brought["warnings"]:
        say(f"warning: {warning}")
    if no_commit and not dry_run:
        say(f"Kept as the draft {brought['id']}.")


async def _bring(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - for a quick --help
    from farthing.features.imports.reading import Hints  # noqa: PLC0415 - as above
    from farthing.features.imports.service.bring import Handed, ImportService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(wanted.email)
        book_id = await clerk.book(actor, wanted.book)
        # Read before the book is locked: others go on writing meanwhile.
        file = await clerk.reader.read(wanted.data, Hints(wanted.format))
        async with clerk.write(
            actor, book_id, needs="imports:write", operation="cli.import", dry_run=wanted.dry_run
        ) as work:
            handed = Handed(file, wanted.data, wanted.account, wanted.format)
            return await ImportService(work).bring(handed, commit=wanted.commit)
