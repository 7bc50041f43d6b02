"""What can be done with a bank's statement: find out which of its lines are new, and book those."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.schemas import OpeningCreate
from farthing.features.accounts.service.find import AccountService, check_postable, takes
from farthing.features.accounts.service.open import OpeningService
from farthing.features.checkpoints.service.state import StateService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import ORDINALS_PER_REVISION, Entry
from farthing.features.journal.service import JournalService
from farthing.features.payees.service.find import NamedPayees, PayeeService
from farthing.features.statements.errors import LineAmountUnfit, LinesLocked
from farthing.features.statements.fingerprints import fingerprints
from farthing.features.statements.models import STATEMENT_LINE
from farthing.features.statements.repository import StatementRepository
from farthing.formats.drafts import DraftRow, DraftStatement
from farthing.kit import ids
from farthing.kit.faults import Invalid
from farthing.ledger.accounts import SystemRole
from farthing.ledger.currencies import Currencies
from farthing.ledger.postings import Line

ROWS_AT_ONCE = 2500
"""While PostgreSQL writes so many down, the next are made ready."""
MAX_PAYEE = 200
MAX_DESCRIPTION = 2000


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a statement. ``difference`` is what the bank says the account holds, less what it holds here."""

    created: int
    duplicates: int
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where lines are booked: to which account and against which categories."""

    account: Row
    currency: str
    income_id: UUID
    expense_id: UUID
    payees: NamedPayees
    left_out: AbstractSet[UUID]
    """Payees that a full book has no room for."""
    categories: Mapping[UUID, Row]
    """Default categories of payees."""
    import_id: UUID
    currencies: Currencies


Ready = tuple[list[Entry], list[dict[str, Any]]]
"""Transactions, and the statement's lines that they come from."""


class StatementService:
    """Books statements."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lines = StatementRepository(work)
        self.accounts = AccountService(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)
        self.payees = PayeeService(work)

    async def book(
        self, account: Row, statement: DraftStatement, *, currency: str, import_id: UUID, ordinal: int
    ) -> Booked:
        """Book the lines that are new, in bank order, each against its payee's default category, or Uncategorised.

        Whom a line names is found by name or alias, or made.

        If the account has no opening balance and the statement a closing one, the opening balance is booked that makes
        the account end where the bank says; never in a locked period. The closing balance becomes a checkpoint.

        Args:
            account: where to.
            statement: what the bank says.
            currency: of the rows that name none.
            import_id: what the lines are kept under.
            ordinal: how many rows of the same import came before, so that days stay in bank order.

        Raises:
            AccountClosed, CurrencyMismatch: the account doesn't take them.
            LineAmountUnfit: an amount is too fine or too large for its currency; names the line.
            LinesLocked: new lines are dated in the locked period; says how many, and names the first.
            CheckpointBroken: a checkpoint doesn't hold when all is booked, and the book refuses that.
        """
        check_postable(account, currency, pointer="/account")
        marks = fingerprints(account["id"], currency, statement.rows)
        known = await self.lines.known(account["id"], marks) if marks else set()
        new = [(row, mark) for row, mark in zip(statement.rows, marks, strict=True) if mark not in known]
        self._check_lock([row for row, _ in new])
        income = await self.accounts.system(SystemRole.UNCATEGORISED_INCOME)
        expense = await self.accounts.system(SystemRole.UNCATEGORISED_EXPENSE)
        payees, left_out = await self._payees([row for row, _ in new])
        categories = {row["id"]: row for row in await self.accounts.chart(list(payees.default_categories))}
        currencies = await self.currencies.look_up({currency, *(row.currency for row in statement.rows)})
        to = Destination(
            account, currency, income["id"], expense["id"], payees, left_out, categories, import_id, currencies
        )
        first = self._ordinal(ordinal)
        ready: Ready = ([], [])
        for start in range(0, len(new) + ROWS_AT_ONCE, ROWS_AT_ONCE):
            chunk = new[start : start + ROWS_AT_ONCE]
            # Neither is left alone when the other fails: what is under way on the connection is seen to its end.
            written, made = await asyncio.gather(
                self._write(ready), asyncio.to_thread(_ready, to, chunk, first + start), return_exceptions=True
            )
            for outcome in (written, made):
                if isinstance(outcome, BaseException):
                    raise outcome
            ready = cast("Ready", made)
        difference = await self._meet_bank(to, statement)
        await self._keep_closing(to, statement)
        return Booked(len(new), len(statement.rows) - len(new), difference)

    def _check_lock(self, new: Sequence[DraftRow]) -> None:
        """All lines or none: one that was left out would be missed by nobody."""
        open_from = self.journal.open_from
        locked = [row.line for row in new if row.date < open_from]
        if locked:
            until = self.work.opened.locked_until
            raise LinesLocked.on_line(min(locked), locked_until=until, count=len(locked))

    async def _payees(self, rows: Sequence[DraftRow]) -> tuple[NamedPayees, set[UUID]]:
        names = list(filter(None, dict.fromkeys(_plain(row.payee, MAX_PAYEE) for row in rows)))
        payees = await self.payees.look_up(names)
        return payees, await self.payees.make(payees, [payees.called(name).id for name in names])

    async def _write(self, ready: Ready) -> None:
        entries, lines = ready
        if entries:
            await self.journal.write(entries)
            await self.lines.add(lines)
            self.work.created_many(STATEMENT_LINE.name, [line["id"] for line in lines])

    async def move(self, posting_id: UUID, *, to_transaction: UUID, to_posting: UUID) -> None:
        """Say of the lines that became a posting that they are another one now: theirs was merged into it."""
        lines = await self.lines.of_postings([posting_id])
        if lines:
            await self.lines.move(posting_id, to_transaction=to_transaction, to_posting=to_posting)
        for line in lines:
            self.work.changed(STATEMENT_LINE.name, line["id"], STATEMENT_LINE.image(line))

    async def brought(self, posting_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these postings a bank's statement brought, by themselves or by what was merged into them."""
        return {line["posting_id"] for line in await self.lines.of_postings(posting_ids)}

    def _ordinal(self, place: int) -> int:
        # 0 within the revision is left free; what else the write books stays before the lines.
        return self.work.revision * ORDINALS_PER_REVISION + 1 + place

    async def _meet_bank(self, to: Destination, statement: DraftStatement) -> Decimal | None:
        """Book the opening balance if there is none; answer with what still differs from the bank."""
        closing = statement.closing
        if closing is None:
            return None
        account, currency = to.account, to.currency
        stated = to.currencies.settle(closing.amount, currency, pointer="/file")
        difference = stated - await self._held(account["id"], currency, closing.date)
        if not difference or await self.journal.has_opening(account["id"]):
            return difference
        first = await self.journal.first_day(account["id"]) or closing.date + dt.timedelta(days=1)
        day = max(min(first - dt.timedelta(days=1), closing.date), self.journal.open_from)
        if day > min(first, closing.date):
            # What it held while the book was locked is settled; the difference is told instead.
            return difference
        opening = OpeningCreate.model_construct(date=day, amount=difference, currency=currency)
        await OpeningService(self.work).book_opening(account, opening, pointer="/file")
        return stated - await self._held(account["id"], currency, closing.date)

    async def _keep_closing(self, to: Destination, statement: DraftStatement) -> None:
        """What the bank says is a checkpoint from now on; a broken one, where the book still has it otherwise."""
        if statement.closing is None:
            return
        amount = to.currencies.settle(statement.closing.amount, to.currency, pointer="/file")
        self.journal.judge_later()  # the file may have more of the account
        await StateService(self.work).note_import(
            to.account["id"], to.currency, statement.closing.date, amount, to.import_id
        )

    async def _held(self, account_id: UUID, currency: str, day: dt.date) -> Decimal:
        """What the account holds as the bank sees it: what is pending hasn't reached it."""
        balances = await self.journal.balances([account_id], day, with_pending=False)
        return sum((balance.amount for balance in balances if balance.currency == currency), Decimal(0))


def _ready(to: Destination, rows: Sequence[tuple[DraftRow, bytes]], ordinal: int) -> Ready:
    """What is written for rows: a transaction for each, and the line that the bank's words are kept in."""
    entries, lines = [], []
    for place, (row, mark) in enumerate(rows):
        currency = row.currency or to.currency
        amount = _settled(row, currency, to.currencies)
        check_postable(to.account, currency, pointer="/account")
        entry = _entry(to, row, amount, currency, ordinal + place)
        entries.append(entry)
        lines.append(
            {
                "id": ids.new_id(),
                "account_id": to.account["id"],
                "import_id": to.import_id,
                "line": row.line,
                "external_id": row.external_id,
                "fingerprint": mark,
                "date": row.date,
                "amount": amount,
                "currency": currency,
                "original": dict(row.original),
                "transaction_id": entry.id,
                "posting_id": entry.lines[0].id,
            }
        )
    return entries, lines


def _settled(row: DraftRow, currency: str, currencies: Currencies) -> Decimal:
    try:
        return currencies.settle(row.amount, currency, pointer="/file")
    except Invalid as fault:
        raise LineAmountUnfit.on_line(row.line, problem=fault.detail) from None


def _entry(to: Destination, row: DraftRow, amount: Decimal, currency: str, ordinal: int) -> Entry:
    words = _plain(row.payee, MAX_PAYEE)
    payee = to.payees.called(words) if words else None
    default = to.categories[payee.default_category_id] if payee and payee.default_category_id else None
    if default is not None and takes(default, currency):
        category_id = default["id"]
    else:
        category_id = to.income_id if amount > 0 else to.expense_id
    return Entry(
        id=ids.new_id(),
        date=row.date,
        payee=words,
        payee_id=payee.id if payee and payee.id not in to.left_out else None,
        description=_plain(row.description, MAX_DESCRIPTION),
        value_date=row.value_date if row.value_date != row.date else None,
        ordinal=ordinal,
        lines=(
            Line(account_id=to.account["id"], amount=amount, currency=currency, id=ids.new_id()),
            Line(account_id=category_id, amount=-amount, currency=currency),
        ),
    )


def _plain(text: str | None, length: int) -> str | None:
    """What a bank wrote, on one line and without what isn't print; the original is kept with the line."""
    if not text:
        return None
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain[:length].rstrip() or None
