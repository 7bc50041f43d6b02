"""``farthing import``: a file into a book, through the same service as HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farthing.entrypoints.cli.answers import answer_json, answer_table, progress, say
from farthing.entrypoints.cli.options import AsJson, DataDir
from farthing.kit.faults import Invalid, TooLarge

if TYPE_CHECKING:
    from farthing.core.settings import Settings


class FileTooBig(TooLarge):
    """The file is over the bound that holds for uploads, too."""

    code = "file_too_big"
    message = "The file is larger than {megabytes} MB."
    sample = {"megabytes": 50}


class AnswerUnfit(Invalid):
    """An answer isn't written as a name and a value."""

    code = "answer_unfit"
    message = "An answer is written NAME=VALUE, as date_order=dmy."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, and where it goes."""

    data: bytes
    email: str
    book: str
    account: str | None
    format: str | None
    answers: dict[str, str]
    dry_run: bool
    commit: bool
    asks: bool
    """Whether to show what would be done, and ask, before it is."""


def import_file(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="The file, of a bank or another program."),
    ],
    *,
    email: Annotated[str, typer.Option("--as", help="The e-mail address of whom to do it for.")],
    book: Annotated[str, typer.Option("--book", "-b", help="The book: its id, its name, or 'default'.")] = "default",
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="The account, by id or full name. [found by its number]")
    ] = None,
    format: Annotated[  # noqa: A002 - what the option is called
        str | None, typer.Option("--format", "-f", help="A word for its format, as ofx. [told from the content]")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help="NAME=VALUE: an answer to what the file leaves open.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Book it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but keep it.")] = False,
    no_commit: Annotated[bool, typer.Option("--no-commit", help="Keep a draft that says what it would do.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import a file. Lines that were imported before make nothing.

    On a terminal it shows what it would do, and asks before it does it.
    """
    from farthing.core import bounds  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - as above

    if file.stat().st_size > bounds.IMPORT_BYTES:
        raise FileTooBig(megabytes=bounds.IMPORT_BYTES // 1_000_000)
    asks = sys.stdin.isatty() and not (yes or dry_run or no_commit or as_json)
    answers = _answers(answer or [])
    wanted = Wanted(
        file.read_bytes(), email, book, account, format, answers, dry_run, commit=not (no_commit or asks), asks=asks
    )
    with migrated_database(data_dir) as settings:
        with progress("Reading" if asks else "Importing"):
            brought = asyncio.run(_bring(settings, wanted))
        if asks:
            _show(f"Would import {file.name} ({brought['format']})", brought)
            is_wanted = not brought["questions"] and typer.confirm("Book it?", default=True, err=True)
            with progress("Booking"):
                brought = asyncio.run(_conclude(settings, wanted, brought, is_wanted=is_wanted))
            if not is_wanted:
                say("Nothing was booked.")
                return
    if as_json:
        answer_json({**brought, "dry_run": dry_run})
        return
    verb = "Would import" if dry_run or no_commit else "Imported"
    _show(f"{verb} {file.name} ({brought['format']})", brought)
    if no_commit and not dry_run:
        say(f"Kept as the draft {brought['id']}.")


def _answers(given: list[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or not name.strip():
            raise AnswerUnfit
        found[name.strip()] = value.strip()
    return found


def _show(title: str, brought: dict[str, Any]) -> None:
    """What came of a file, or would: the counts, what is made for it, what is left to be asked, what is odd."""
    counted = ("created", "duplicates", "replaced", "merged", "skipped")
    rows = [(each["account"], *(each["counts"][name] for name in counted)) for each in brought["accounts"]]
    if not rows:
        rows = [("The whole book", *(brought[name] for name in counted[:-1]), len(brought["skipped"]))]
    answer_table(title, ("Account", "New", "Known", "Replaced", "Merged", "Skipped"), rows)
    made = [each for each in brought["mapping"] if each["use"] == "create"]
    if made:
        answer_table(
            "Accounts and categories that are made for it",
            ("In the file", "Here"),
            [(each["name"], each["account"]) for each in made],
        )
    for question in brought["questions"]:
        say(f"question: {question['question']}")
        for choice in question["choices"]:
            say(f"  --answer {question['name']}={choice['value']}: {choice['means']}")
    for warning in brought["warnings"]:
        say(f"warning: {warning}")


async def _bring(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - for a quick --help
    from farthing.features.imports.reading import Hints  # noqa: PLC0415 - as above
    from farthing.features.imports.service.bring import ImportService  # noqa: PLC0415 - as above
    from farthing.features.imports.service.profile import ProfileService  # noqa: PLC0415 - as above
    from farthing.features.imports.service.read import read_file  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(wanted.email)
        book_id = await clerk.book(actor, wanted.book)

        @asynccontextmanager
        async def look() -> AsyncIterator[ProfileService]:
            async with clerk.read(actor, book_id, needs="imports:write", operation="cli.import") as work:
                yield ProfileService(work)

        hints = Hints(wanted.format, wanted.answers)
        handed = await read_file(
            clerk.reader, look, wanted.data, account=wanted.account, hints=hints, said=wanted.answers
        )
        async with clerk.write(
            actor, book_id, needs="imports:write", operation="cli.import", dry_run=wanted.dry_run
        ) as work:
            return await ImportService(work).bring(handed, commit=wanted.commit)


async def _conclude(settings: Settings, wanted: Wanted, brought: dict[str, Any], *, is_wanted: bool) -> dict[str, Any]:
    """Book the draft that was shown, or throw it away."""
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - for a quick --help
    from farthing.features.imports.service.bring import ImportService  # noqa: PLC0415 - as above
    from farthing.features.imports.service.discard import DiscardService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(wanted.email)
        book_id = await clerk.book(actor, wanted.book)
        async with clerk.write(actor, book_id, needs="imports:write", operation="cli.import") as work:
            if is_wanted:
                return await ImportService(work).book_draft(brought["id"])
            await DiscardService(work).discard(brought["id"])
            return brought
