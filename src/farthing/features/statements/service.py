"""What can be done with a bank's statement: know its lines again, keep new ones, and end where the bank says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.schemas import OpeningCreate
from farthing.features.accounts.service.open import OpeningService
from farthing.features.checkpoints.service.state import StateService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.service import JournalService
from farthing.features.statements.models import STATEMENT_LINE
from farthing.features.statements.repository import StatementRepository
from farthing.formats.drafts import DraftBalance


@dataclass(frozen=True, slots=True)
class Moved:
    """What a statement says moved until its closing balance, all its lines together, and since which day."""

    amount: Decimal
    first_day: dt.date | None


class StatementService:
    """Keeps statements."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lines = StatementRepository(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)

    async def known(self, account_ids: Collection[UUID], fingerprints: Sequence[bytes]) -> dict[bytes, Row]:
        """Which of these lines were seen before: ``transaction_id``, and whether that ``is_pending``."""
        return {row.fingerprint: row for row in await self.lines.known(account_ids, fingerprints)}

    async def near(
        self, account_ids: Collection[UUID], days: tuple[dt.date, dt.date], amounts: Collection[Decimal]
    ) -> list[Row]:
        """Lines of accounts between two days, of one of these amounts, oldest first."""
        return await self.lines.near(account_ids, days, amounts)

    async def reaches(self, account_ids: Collection[UUID]) -> list[Row]:
        """The first and the last day of the lines of accounts, by account and import: how far each file reached."""
        return await self.lines.reaches(account_ids)

    async def called(self, account_ids: Collection[UUID], external_ids: Collection[str]) -> list[Row]:
        """The last line of each account that bears one of these ids of the bank's.

        Each with its ``account_id``, ``external_id`` and ``transaction_id``, and whether that ``is_there`` still.
        """
        return await self.lines.called(account_ids, external_ids)

    async def keep(self, staged: str, values: Mapping[str, Any]) -> None:
        """Keep lines that wait in a table; ``staged`` selects their columns."""
        first, count = await self.lines.add_staged(staged, values)
        self.work.created_many(STATEMENT_LINE.name, first, count=count)

    async def move(self, posting_id: UUID, *, to_transaction: UUID, to_posting: UUID) -> None:
        """Say of the lines that became a posting that they are another one now: theirs was merged into it."""
        lines = await self.lines.of_postings([posting_id])
        if lines:
            await self.lines.move(posting_id, to_transaction=to_transaction, to_posting=to_posting)
        for line in lines:
            self.work.changed(STATEMENT_LINE.name, line["id"], STATEMENT_LINE.image(line))

    async def of_postings(self, posting_ids: Sequence[UUID]) -> list[Row]:
        """The lines that these postings are, by themselves or by what was merged into them."""
        return await self.lines.of_postings(posting_ids)

    async def brought(self, posting_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these postings a bank's statement brought, by themselves or by what was merged into them."""
        return {line["posting_id"] for line in await self.lines.of_postings(posting_ids)}

    async def meet_bank(
        self, account: Row, currency: str, closing: DraftBalance, moved: Moved, *, import_id: UUID
    ) -> Decimal:
        """Book the opening balance if there is none, keep the closing one, and answer with what still differs.

        If the account has no opening balance, one is booked so that it held, before the statement's first line, what
        the bank says: the closing balance less all that moved. What a person recorded of the time of the statement
        doesn't count for it; the difference tells of that. Never in a locked period. The closing balance becomes a
        checkpoint: a broken one, where the book still has it otherwise.

        Args:
            account: whose statement.
            currency: what its balance is in.
            closing: what the bank says the account held in the end.
            moved: what the statement says moved until then.
            import_id: the file that the statement is from.
        """
        currencies = await self.currencies.look_up([currency])
        stated = currencies.settle(closing.amount, currency, pointer="/file")
        difference = stated - await self._held(account["id"], currency, closing.date)
        if difference and not await self.journal.has_opening(account["id"]):
            await self._open(account, currency, closing.date, stated, moved)
            difference = stated - await self._held(account["id"], currency, closing.date)
        self.journal.judge_later()  # the file may have more of the account
        await StateService(self.work).note_import(account["id"], currency, closing.date, stated, import_id)
        return difference

    async def _open(self, account: Row, currency: str, until: dt.date, stated: Decimal, moved: Moved) -> None:
        before = (moved.first_day or until + dt.timedelta(days=1)) - dt.timedelta(days=1)
        amount = stated - moved.amount - await self._held(account["id"], currency, before)
        first = await self.journal.first_day(account["id"]) or until + dt.timedelta(days=1)
        day = max(min(first - dt.timedelta(days=1), until), self.journal.open_from)
        if not amount or day > min(first, until):
            # What it held while the book was locked is settled; the difference is told instead.
            return
        opening = OpeningCreate.model_construct(date=day, amount=amount, currency=currency)
        await OpeningService(self.work).book_opening(account, opening, pointer="/file")

    async def _held(self, account_id: UUID, currency: str, day: dt.date) -> Decimal:
        """What the account holds as the bank sees it: what is pending hasn't reached it."""
        balances = await self.journal.balances([account_id], day, with_pending=False)
        return sum((balance.amount for balance in balances if balance.currency == currency), Decimal(0))
