"""Stating what an account held: by hand, by a statement, by a bank's file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import CurrencyMismatch
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.checkpoints.errors import CheckpointIdTaken, CheckpointNotFound
from farthing.features.checkpoints.repository import CheckpointRepository
from farthing.features.checkpoints.schemas import CheckpointCreate, CheckpointUpdate
from farthing.features.checkpoints.service.find import show
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.models import CHECKPOINT, CheckpointOrigin
from farthing.kit import clock, ids


class StateService:
    """States what accounts held, and takes it back."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.currencies = CurrencyService(work)
        self.checkpoints = CheckpointRepository(work)
        self.accounts = AccountService(work)

    async def state(self, wanted: CheckpointCreate) -> dict[str, Any]:
        """State what an account held. Where it didn't, the checkpoint is broken from the start.

        Raises:
            AccountUnknown: the book has no such account.
            CurrencyMismatch, AmountTooFine, AmountTooLarge: the amount doesn't fit the account.
            CheckpointIdTaken: the book has, or had, one with the id that the client chose.
            CheckpointExists: what the account held then is stated already.
        """
        (account,) = await self.accounts.resolve([Reference(wanted.account, "/account")])
        currency = currency_of(account, wanted.currency, self.work.opened.currency)
        if wanted.id and await self.checkpoints.was(wanted.id):
            raise CheckpointIdTaken
        currencies = await self.currencies.look_up([currency])
        checkpoint = await self.note(
            account["id"],
            currency,
            wanted.date,
            currencies.settle(wanted.amount, currency, pointer="/amount", currency_pointer="/currency"),
            origin=CheckpointOrigin.MANUAL,
            id_=wanted.id,
            note=wanted.note or None,
        )
        self.work.tell(f"Stated what {account['full_name']} held on {wanted.date}.")
        self.work.shows(checkpoint["revision"])
        return show(checkpoint)

    async def note(
        self,
        account_id: UUID,
        currency: str,
        day: dt.date,
        amount: Decimal,
        *,
        origin: CheckpointOrigin,
        id_: UUID | None = None,
        import_id: UUID | None = None,
        note: str | None = None,
    ) -> Row:
        """Write a checkpoint down, true to what its account holds now.

        Raises:
            CheckpointExists: what the account held then is stated already.
        """
        at = clock.now()
        checkpoint = await self.checkpoints.add(
            {
                "id": id_ or ids.new_id(),
                "account_id": account_id,
                "currency": currency,
                "date": day,
                "amount": amount,
                "outstanding": Decimal(0),
                "origin": origin,
                "import_id": import_id,
                "note": note,
                "created_revision": self.work.revision,
                "revision": self.work.revision,
                "created_at": at,
                "changed_at": at,
            }
        )
        self.work.created("checkpoint", checkpoint["id"])
        return checkpoint

    async def note_import(
        self, account_id: UUID, currency: str, day: dt.date, amount: Decimal, import_id: UUID
    ) -> None:
        """Keep the closing balance of a bank's file, unless that day isn't over, or something is stated of it."""
        if day < self.work.today() and await self.checkpoints.at(account_id, currency, day) is None:
            await self.note(account_id, currency, day, amount, origin=CheckpointOrigin.IMPORT, import_id=import_id)

    async def change(self, checkpoint_id: UUID, changes: CheckpointUpdate) -> dict[str, Any]:
        """Change a checkpoint. What is absent stays; what changes nothing takes no revision.

        Raises:
            CheckpointNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            AmountTooFine, AmountTooLarge: the amount doesn't fit its currency.
            CheckpointExists: what the account held on that day is stated already.
        """
        checkpoint = await self._expected(checkpoint_id)
        values: dict[str, Any] = {name: getattr(changes, name) for name in changes.model_fields_set}
        if "amount" in values:
            currencies = await self.currencies.look_up([checkpoint["currency"]])
            values["amount"] = currencies.settle(values["amount"], checkpoint["currency"], pointer="/amount")
        if "note" in values:
            values["note"] = values["note"] or None
        values = {name: value for name, value in values.items() if value != checkpoint[name]}
        if values:
            before = CHECKPOINT.image(checkpoint)
            checkpoint = await self.checkpoints.change(
                checkpoint_id, values, revision=self.work.revision, at=clock.now()
            )
            self.work.changed("checkpoint", checkpoint_id, before)
            self.work.tell("Changed a checkpoint.")
        self.work.shows(checkpoint["revision"])
        return show(checkpoint)

    async def delete(self, checkpoint_id: UUID) -> None:
        """Take a checkpoint out: nothing is held to it any more.

        Raises:
            CheckpointNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        checkpoint = await self._expected(checkpoint_id)
        await self.checkpoints.remove(checkpoint_id)
        self.work.deleted("checkpoint", checkpoint_id, CHECKPOINT.image(checkpoint))
        self.work.tell("Deleted a checkpoint.")

    async def carry(
        self, account_id: UUID, currency: str, late: Sequence[tuple[dt.date, Decimal]], *, reached_on: dt.date
    ) -> None:
        """Have the checkpoints that hold know what counts on their day and wasn't at the bank then: it is outstanding.

        Done before the postings are written by which it comes to count.

        Args:
            account_id: which account.
            currency: in which currency.
            late: the day on which it counts, and how much.
            reached_on: the day on which it was at the bank: checkpoints of that day and later ones have it.
        """
        if not late:
            return
        for checkpoint in await self.checkpoints.before(account_id, currency, reached_on):
            amount = sum((amount for day, amount in late if day <= checkpoint["date"]), Decimal(0))
            if amount:
                self.work.changed("checkpoint", checkpoint["id"], CHECKPOINT.image(checkpoint))
                await self.checkpoints.carry(checkpoint["id"], amount, revision=self.work.revision, at=clock.now())

    async def _expected(self, checkpoint_id: UUID) -> Row:
        checkpoint = await self.checkpoints.get(checkpoint_id)
        if checkpoint is None:
            raise CheckpointNotFound
        self.work.expect(checkpoint["revision"])
        return checkpoint


def currency_of(account: Row, wanted: str | None, base: str) -> str:
    """The currency that is meant: as wanted, else the account's, else the book's.

    Raises:
        CurrencyMismatch: the account is kept in another.
    """
    currency: str = wanted or account["currency"] or base
    if account["currency"] not in {None, currency}:
        raise CurrencyMismatch.at("/currency", account=account["full_name"], currency=account["currency"])
    return currency
