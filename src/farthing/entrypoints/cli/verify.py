"""``farthing verify``: the proof that the books are what they promise."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from farthing.entrypoints.cli.answers import EXIT_FOUND, Advance, answer_json, answer_table, progress
from farthing.entrypoints.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from farthing.core.settings import Settings
    from farthing.features.proofs.findings import Proof


def verify(
    *,
    book: Annotated[UUID | None, typer.Option(help="The id of the only book to look at.")] = None,
    attachments: Annotated[bool, typer.Option("--attachments", help="Read every attached file, too.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove the books: sums, revisions, the chain of the log, names, and PostgreSQL's wall. Changes nothing.

    Exit code 3 says that something is wrong.
    """
    from farthing.core import migrations  # noqa: PLC0415 - for a quick --help
    from farthing.core.database import required_url  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import a_database  # noqa: PLC0415 - as above

    with a_database(data_dir) as settings:
        migrations.check(required_url(settings))
        with progress("Verifying") as advance:
            proof = asyncio.run(_prove(settings, book, advance, attachments=attachments))
    if as_json:
        answer_json(_written(proof))
    else:
        _show(proof)
    if not proof.holds:
        sys.exit(EXIT_FOUND)


async def _prove(settings: Settings, book_id: UUID | None, advance: Advance, *, attachments: bool) -> Proof:
    from farthing.core.connection import Begin  # noqa: PLC0415 - for a quick --help
    from farthing.core.database import Database, owner_connection, required_url  # noqa: PLC0415 - as above
    from farthing.core.storage import Storage  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import told  # noqa: PLC0415 - as above
    from farthing.features.proofs.service import ProofService  # noqa: PLC0415 - as above

    with told():
        async with (
            owner_connection(required_url(settings)) as owner,
            Database(settings) as database,
            database.connect() as app,
        ):
            await owner.begin(Begin.READING)
            storage = Storage(settings) if attachments else None
            return await ProofService(owner, app, book_id=book_id, storage=storage).prove(advance)


def _show(proof: Proof) -> None:
    books, transactions, changes = (
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in (
            (proof.books, "book"),
            (proof.transactions, "transaction"),
            (proof.changes, "change"),
        )
    )
    looked = f"{books}, {transactions} and {changes}"
    if proof.holds:
        print(f"Verified {looked}: everything agrees.")
        return
    answer_table(
        f"Verified {looked}",
        ("What", "Book", "Record", "Why"),
        [(finding.kind, finding.book_id, finding.record, finding.why) for finding in proof.findings],
    )
    print(f"{proof.totals.total()} findings: " + ", ".join(f"{n} {kind}" for kind, n in sorted(proof.totals.items())))


def _written(proof: Proof) -> dict[str, object]:
    return {
        "holds": proof.holds,
        "books": proof.books,
        "transactions": proof.transactions,
        "changes": proof.changes,
        "totals": dict(sorted(proof.totals.items())),
        "findings": [
            {"kind": each.kind, "book_id": each.book_id, "record": each.record, "why": each.why}
            for each in proof.findings
        ],
    }
