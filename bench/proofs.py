"""Whether the books that the service wrote are what they promise: ``farthing verify``'s own look, book by book."""

from __future__ import annotations

from pydantic import SecretStr

from bench.stage import BooksWrong, Stage, run
from farthing.core.connection import Begin
from farthing.core.database import Database, owner_connection
from farthing.core.settings import Settings
from farthing.features.proofs.service import ProofService


def proven(stage: Stage) -> int:
    """How many transactions were looked at.

    Raises:
        BooksWrong: something doesn't agree.
    """
    return run(_proven(stage))


async def _proven(stage: Stage) -> int:
    looked = 0
    async with Database(Settings(database_url=SecretStr(stage.cluster.url))) as database:
        for home in stage.proper:
            async with owner_connection(stage.cluster.url) as owner, database.connect() as app:
                await owner.begin(Begin.READING)
                proof = await ProofService(owner, app, book_id=home.book_id).prove()
                if not proof.holds:
                    first = proof.findings[0]
                    raise BooksWrong(f"{proof.totals.total()} findings, such as {first.kind} {first.why}")
                looked += proof.transactions
    return looked
