"""Whether the books that the service wrote are what they promise: ``farthing verify``'s own look, book by book."""

from __future__ import annotations

from pydantic import SecretStr

from bench.stage import BooksWrong, Stage, run
from farthing.core.database import engine_for, owner_engine
from farthing.core.settings import Settings
from farthing.features.proofs.service import ProofService


def proven(stage: Stage) -> int:
    """How many transactions were looked at.

    Raises:
        BooksWrong: something doesn't agree.
    """
    return run(_proven(stage))


async def _proven(stage: Stage) -> int:
    owners = owner_engine(stage.cluster.url)
    apps = engine_for(Settings(database_url=SecretStr(stage.cluster.url)))
    looked = 0
    try:
        for home in stage.proper:
            async with owners.connect() as plain, apps.connect() as app:
                owner = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                proof = await ProofService(owner, app, book_id=home.book_id).prove()
                if not proof.holds:
                    first = proof.findings[0]
                    raise BooksWrong(f"{proof.totals.total()} findings, such as {first.kind} {first.why}")
                looked += proof.transactions
    finally:
        await owners.dispose()
        await apps.dispose()
    return looked
