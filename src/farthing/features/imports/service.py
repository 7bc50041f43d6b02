"""What can be done with files from banks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.currencies.service import CurrencyService
from farthing.features.imports.errors import (
    AccountUnmatched,
    CurrencyDiffers,
    ImportNotDraft,
    ImportNotFound,
    StatementAmbiguous,
)
from farthing.features.imports.repository import ImportRepository
from farthing.features.imports.schemas import ImportQuery
from farthing.features.statements.service import Booked, StatementService
from farthing.formats.drafts import DraftBalance, DraftFile, DraftStatement, FileReadingUnsure
from farthing.kit import clock, ids
from farthing.kit.pages import Page
from farthing.ledger.accounts import number_key
from farthing.ledger.currencies import Currencies

DRAFT = TypeAdapter(DraftFile)
MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class Target:
    """A statement, and the account it goes to."""

    account: Row
    statement: DraftStatement
    currency: str


class ImportService:
    """Imports files."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.accounts = AccountService(work)
        self.statements = StatementService(work)
        self.currencies = CurrencyService(work)

    async def bring(
        self, file: DraftFile, account: str | None, *, commit: bool = True, override_checkpoints: bool = False
    ) -> dict[str, Any]:
        """Book a file, or keep it as a draft that says what it would do.

        Raises:
            AccountUnknown: ``account`` names none.
            StatementAmbiguous, AccountUnmatched: it isn't clear where to.
            PermissionMissing: the member may not override checkpoints.
            CheckpointBroken: a checkpoint would not hold any more.
            CurrencyDiffers, AccountClosed, LineAmountUnfit, LinesLocked: the account or the book doesn't take it.
        """
        if override_checkpoints:
            self.statements.journal.override_checkpoints()
        import_id = ids.new_id()
        named = await self._named(account)
        if commit:
            outcome = await self._book(import_id, file, named)
            values = {"state": "committed", "draft": None}
        else:
            async with self.work.trial():
                outcome = await self._book(import_id, file, named)
            values = {"state": "draft", "draft": json.loads(DRAFT.dump_json(file))}
        revision = self.work.revision if self.work.is_dirty else None
        at = clock.now()
        await self.imports.add(
            {
                "id": import_id,
                "format": file.format,
                "account_id": named["id"] if named else None,
                "outcome": outcome,
                "created_revision": revision,
                "revision": revision,
                "created_at": at,
                "changed_at": at,
                **values,
            }
        )
        return await self.get(import_id)

    async def book_draft(self, import_id: UUID, *, override_checkpoints: bool = False) -> dict[str, Any]:
        """Book a draft: what is new *now*.

        Raises:
            ImportNotFound, ImportNotDraft: nothing to book there.
            Invalid, Conflict: as :meth:`bring` says.
        """
        if override_checkpoints:
            self.statements.journal.override_checkpoints()
        kept = await self._kept(import_id)
        if kept["state"] != "draft":
            raise ImportNotDraft
        account_id, draft = await self.imports.draft(import_id)
        named = await self._named(str(account_id) if account_id else None)
        outcome = await self._book(import_id, DRAFT.validate_json(draft), named)
        await self.imports.commit_draft(
            import_id, outcome, self.work.revision if self.work.is_dirty else None, clock.now()
        )
        return await self.get(import_id)

    async def get(self, import_id: UUID) -> dict[str, Any]:
        """An import.

        Raises:
            ImportNotFound: the book has none such.
        """
        return _shown(await self._kept(import_id))

    async def find(self, wanted: ImportQuery) -> Page[dict[str, Any]]:
        """A page of imports, newest first."""
        page = await self.imports.find(wanted)
        return Page([_shown(row) for row in page.data], page.next_cursor)

    async def _kept(self, import_id: UUID) -> Row:
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        return kept

    async def _named(self, account: str | None) -> Row | None:
        if account is None:
            return None
        (named,) = await self.accounts.resolve([Reference(account, "/account")])
        return named

    async def _book(self, import_id: UUID, file: DraftFile, named: Row | None) -> dict[str, Any]:
        if file.questions:
            understood = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in file.understood.items())
            asked = "; ".join(each.question for each in file.questions)
            raise FileReadingUnsure.on_line(None, question=asked, understood=understood)
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        accounts, warnings = [], list(file.warnings)
        rows_before = 0
        for target in await self._targets(file.statements, named):
            currencies = await self.currencies.look_up([target.currency])
            booked = await self.statements.book(
                target.account,
                target.statement,
                currency=target.currency,
                import_id=import_id,
                ordinal=rows_before,
            )
            rows_before += len(target.statement.rows)
            skipped = len(file.skipped) if len(file.statements) == 1 else 0
            accounts.append(_account(target, booked, skipped, currencies))
            warnings += _warnings(target, booked, currencies)
        created = sum(account["counts"]["created"] for account in accounts)
        if self.work.is_dirty:
            self.work.created("import", import_id)
            self.work.tell(f"Imported {created} transactions.", format=file.format)
        return {
            "accounts": accounts,
            "created": created,
            "duplicates": sum(account["counts"]["duplicates"] for account in accounts),
            "skipped": [{"line": skipped.line, "reason": skipped.reason} for skipped in file.skipped],
            "warnings": warnings,
            "understood": dict(file.understood),
        }

    async def _targets(self, statements: Sequence[DraftStatement], named: Row | None) -> list[Target]:
        if named is not None:
            return [self._target(named, _statement_for(named, statements))]
        targets, unmatched = [], []
        for statement in statements:
            account = await self.accounts.by_number(statement.number) if statement.number else None
            if account is None:
                unmatched.append(statement)
            else:
                targets.append(self._target(account, statement))
        if unmatched:
            raise AccountUnmatched.at("/account", numbers=_numbers(unmatched))
        return targets

    def _target(self, account: Row, statement: DraftStatement) -> Target:
        kept_in = account["currency"]
        of_rows = {row.currency for row in statement.rows if row.currency}
        stated = statement.currency or (of_rows.pop() if len(of_rows) == 1 else None)
        if stated and kept_in and stated != kept_in:
            raise CurrencyDiffers.at("/account", file_currency=stated, account=account["full_name"], currency=kept_in)
        return Target(account, statement, stated or kept_in or self.work.opened.currency)


def _statement_for(account: Row, statements: Sequence[DraftStatement]) -> DraftStatement:
    if len(statements) == 1:
        return statements[0]
    key = number_key(account["number"] or "")
    matching = [each for each in statements if key and each.number and number_key(each.number) == key]
    if len(matching) != 1:
        raise StatementAmbiguous.at("/account", count=len(statements), numbers=_numbers(statements))
    return matching[0]


def _numbers(statements: Sequence[DraftStatement]) -> str:
    named = [
        f"…{statement.number[-4:]}" if statement.number else "an account without number" for statement in statements
    ]
    return ", ".join(named[:MAX_NAMED]) or "no account"


def _account(target: Target, booked: Booked, skipped: int, currencies: Currencies) -> dict[str, Any]:
    def stated(balance: DraftBalance | None) -> dict[str, str] | None:
        if balance is None:
            return None
        return {
            "amount": currencies.write(balance.amount, target.currency),
            "currency": target.currency,
            "date": balance.date.isoformat(),
        }

    difference = booked.difference
    return {
        "account_id": str(target.account["id"]),
        "account": target.account["full_name"],
        "counts": {"created": booked.created, "duplicates": booked.duplicates, "skipped": skipped},
        "statement": {
            "opening": stated(target.statement.opening),
            "closing": stated(target.statement.closing),
            "difference": None
            if difference is None
            else {"amount": currencies.write(difference, target.currency), "currency": target.currency},
        },
    }


def _warnings(target: Target, booked: Booked, currencies: Currencies) -> list[str]:
    if not booked.difference:
        return []
    amount = currencies.write(booked.difference, target.currency)
    return [
        f"{target.account['full_name']}: the bank's closing balance is {amount} {target.currency} away from the book's."
    ]


def _shown(row: Row) -> dict[str, Any]:
    return {**row["outcome"], **{name: value for name, value in row.items() if name != "outcome"}}
