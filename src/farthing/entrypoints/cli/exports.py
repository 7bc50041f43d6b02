"""``farthing export``, ``backup`` and ``restore``: what a book holds as files, through the same services as HTTP."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from farthing.entrypoints.cli.answers import answer_json, progress, say
from farthing.entrypoints.cli.options import AsJson, DataDir, checked
from farthing.kit.faults import Conflict

if TYPE_CHECKING:
    from farthing.core.settings import Settings
    from farthing.features.exports.schemas import ExportQuery
    from farthing.features.exports.service.export import Export

Whom = Annotated[str, typer.Option("--as", help="The e-mail address of whom to do it for.")]
Which = Annotated[str, typer.Option("--book", "-b", help="The book: its id, its name, or 'default'.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


class FileThere(Conflict):
    """Nothing is written over unasked."""

    code = "file_there"
    message = "{path} is there already; --force writes over it."
    sample = {"path": "book.zip"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file, and what goes into it: transactions, or without a query the whole book."""

    path: Path
    email: str
    book: str
    query: ExportQuery | None


def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="Where it is written to.")],
    *,
    email: Whom,
    book: Which = "default",
    format: Annotated[  # noqa: A002 - what the option is called
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="csv, tsv, xlsx, jsonl, beancount, hledger, ledger, qif, ofx, ofx_sgml. [by the ending, or csv]",
        ),
    ] = None,
    account: Annotated[str | None, typer.Option("--account", "-a", help="Only with a posting on this account.")] = None,
    date_from: Annotated[str | None, typer.Option("--from", help="On this day or later: YYYY-MM-DD.")] = None,
    date_to: Annotated[str | None, typer.Option("--to", help="On this day or earlier: YYYY-MM-DD.")] = None,
    search: Annotated[str | None, typer.Option("--query", "-q", help="A search in one line, as in the list.")] = None,
    force: Force = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write transactions into a file for another program: all of them, or those that filters match."""
    from farthing.features.exports.schemas import ExportQuery  # noqa: PLC0415 - for a quick --help

    given = {
        "format": format or _ENDINGS.get(file.suffix.lower(), "csv"),
        "account": account,
        "date_from": date_from,
        "date_to": date_to,
        "q": search,
    }
    query = checked(ExportQuery, **{name: value for name, value in given.items() if value is not None})
    _write(_Wanted(file, email, book, query), force=force, data_dir=data_dir, as_json=as_json)


def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="Where it is written to, a ZIP file.")],
    *,
    email: Whom,
    book: Which = "default",
    force: Force = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a whole book into one file, from which it can be made anew: records, history, log, attached files."""
    _write(_Wanted(file, email, book, None), force=force, data_dir=data_dir, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What backup wrote.")],
    *,
    email: Whom,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but keep it.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a book of its archive, owned by whoever it is done for. All of it comes back, or nothing."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings, progress("Restoring"):
        book = asyncio.run(_restore(settings, file, email, dry_run=dry_run))
    if as_json:
        answer_json({"id": str(book["id"]), "name": book["name"], "revision": book["revision"], "dry_run": dry_run})
    else:
        say(f"{'Would restore' if dry_run else 'Restored'} {book['name']} ({book['id']}).")


_ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".beancount": "beancount",
    ".bean": "beancount",
    ".journal": "hledger",
    ".hledger": "hledger",
    ".ledger": "ledger",
    ".dat": "ledger",
    ".qif": "qif",
    ".ofx": "ofx",
    ".qfx": "ofx_sgml",
}
"""What the endings of files mean."""


def _write(wanted: _Wanted, *, force: bool, data_dir: Path | None, as_json: bool) -> None:
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    if wanted.path.exists() and not force:
        raise FileThere(path=str(wanted.path))
    with migrated_database(data_dir) as settings, progress("Writing"):
        size = asyncio.run(_bring(settings, wanted))
    if as_json:
        answer_json({"file": str(wanted.path), "bytes": size})
    else:
        say(f"Wrote {wanted.path} ({size:,} bytes).")


async def _bring(settings: Settings, wanted: _Wanted) -> int:
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - for a quick --help
    from farthing.features.exports.service.archive import ArchiveService  # noqa: PLC0415 - as above
    from farthing.features.exports.service.export import ExportService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(wanted.email)
        book_id = await clerk.book(actor, wanted.book)
        operation = "cli.backup" if wanted.query is None else "cli.export"
        async with clerk.read(actor, book_id, needs="exports:read", operation=operation) as work:
            if wanted.query is None:
                made: Export = await ArchiveService(work).archive()
            else:
                made = await ExportService(work).transactions(wanted.query)
    with made.file as file:
        await asyncio.to_thread(_save, file, wanted.path)
    return made.size


def _save(file: IO[bytes], path: Path) -> None:
    """Write a file whole or not at all, and for nobody else to read."""
    with tempfile.NamedTemporaryFile(dir=path.resolve().parent, prefix=f".{path.name}-", delete=False) as beside:
        try:
            shutil.copyfileobj(file, beside)
            beside.flush()
            os.fsync(beside.fileno())
            Path(beside.name).replace(path)
        except BaseException:
            Path(beside.name).unlink(missing_ok=True)
            raise


async def _restore(settings: Settings, path: Path, email: str, *, dry_run: bool) -> dict[str, Any]:
    from farthing.core.work import Request, open_as  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.entrypoints.commit import commit_work  # noqa: PLC0415 - as above
    from farthing.features.exports.archive import ArchiveReader  # noqa: PLC0415 - as above
    from farthing.features.exports.service.restore import RestoreService  # noqa: PLC0415 - as above

    with path.open("rb") as file:
        archive = await asyncio.to_thread(ArchiveReader, file)
        async with Clerk(settings) as clerk:
            actor = await clerk.person(email)
            async with clerk.transaction() as connection:
                work = await open_as(connection, actor, request=Request("cli.restore"), tools=clerk.tools)
                work.dry_run = dry_run
                book = await RestoreService(work).restore(archive)
                await work.seal(None)
                if not dry_run:
                    await commit_work(work)
                return book
