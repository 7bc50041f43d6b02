"""Finding checkpoints, reconciliations, and what broke a checkpoint."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.checkpoints.errors import CheckpointNotFound, ReconciliationNotFound
from farthing.features.checkpoints.repository import CheckpointRepository, ReconciliationRepository
from farthing.features.checkpoints.schemas import CheckpointQuery, ReconciliationQuery, SuspectQuery
from farthing.features.journal.models import CheckpointState
from farthing.kit.pages import Page


class FindService:
    """Checkpoints and reconciliations, to look at."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.checkpoints = CheckpointRepository(work)
        self.reconciliations = ReconciliationRepository(work)
        self.accounts = AccountService(work)

    async def get(self, checkpoint_id: UUID) -> dict[str, Any]:
        """A checkpoint.

        Raises:
            CheckpointNotFound: the book has none such.
        """
        checkpoint = await self.checkpoints.get(checkpoint_id)
        if checkpoint is None:
            raise CheckpointNotFound
        self.work.shows(checkpoint["revision"])
        return show(checkpoint)

    async def find(self, wanted: CheckpointQuery) -> Page[dict[str, Any]]:
        """A page of checkpoints, the last day first.

        Raises:
            AccountUnknown: the filter names an account that the book hasn't got.
            CursorMalformed: the cursor isn't this list's.
        """
        account_id = None
        if wanted.account is not None:
            (account,) = await self.accounts.resolve([Reference(wanted.account, "account", is_parameter=True)])
            account_id = account["id"]
        page = await self.checkpoints.find(wanted, account_id)
        return Page([show(row) for row in page.data], page.next_cursor)

    async def suspects(self, checkpoint_id: UUID, wanted: SuspectQuery) -> Page[Row]:
        """A page of the transactions that moved what a checkpoint counts after it last held, the last day first.

        One that holds has none. Of one that never held, they are those written after it was stated.

        Raises:
            CheckpointNotFound: the book has none such.
            CursorMalformed: the cursor isn't this list's.
        """
        checkpoint = await self.checkpoints.get(checkpoint_id)
        if checkpoint is None:
            raise CheckpointNotFound
        since = checkpoint["broken_revision"]
        if since is None:
            return Page([], None)
        never_held = since == checkpoint["created_revision"]
        return await self.checkpoints.suspects(checkpoint, since + never_held, wanted)

    async def get_reconciliation(self, account_id: UUID, reconciliation_id: UUID) -> Row:
        """A reconciliation of an account.

        Raises:
            ReconciliationNotFound: the account has none such.
        """
        reconciliation = await self.reconciliations.get(account_id, reconciliation_id)
        if reconciliation is None:
            raise ReconciliationNotFound
        self.work.shows(reconciliation["revision"])
        return reconciliation

    async def find_reconciliations(self, account_id: UUID, wanted: ReconciliationQuery) -> Page[Row]:
        """A page of an account's reconciliations, the last day first.

        Raises:
            AccountNotFound: the book has no such account.
            CursorMalformed: the cursor isn't this list's.
        """
        await self.accounts.get(account_id)
        self.work.shown = None  # the answer is another than the account's own record
        return await self.reconciliations.find(account_id, wanted)


def show(checkpoint: Row) -> dict[str, Any]:
    """A checkpoint as it is answered."""
    broken = checkpoint["broken_revision"] is not None
    return {**checkpoint, "state": CheckpointState.BROKEN if broken else CheckpointState.HOLDS}
