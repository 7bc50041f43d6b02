"""Bringing a file: what it says is bound to accounts, staged as rows, and booked or kept as a draft."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

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
from farthing.features.imports.labels import Kept
from farthing.features.imports.mapping import Meant, Role, Use
from farthing.features.imports.repository import ImportRepository, RowRepository
from farthing.features.imports.service.carry import CarryService
from farthing.features.imports.service.commit import CommitService
from farthing.features.imports.service.find import show
from farthing.features.imports.service.hold import kept_holdings
from farthing.features.imports.service.label import LabelService
from farthing.features.imports.service.map import MapService
from farthing.features.imports.service.profile import ProfileService, shape_of
from farthing.features.imports.service.stage import StageService
from farthing.features.imports.service.target import Against, Target
from farthing.formats.drafts import DraftBalance, DraftFile, DraftQuestion, DraftStatement, FileReadingUnsure
from farthing.kit import clock, ids
from farthing.ledger.accounts import SystemRole, number_key
from farthing.ledger.currencies import Currency, CurrencyKind

MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that was handed in, as it was read, and what was said of it.

    ``answers`` are those that it was read with; ``said`` of these are what the person said just now, the others were
    remembered.
    """

    file: DraftFile
    data: bytes
    account: str | None = None
    format: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    profile_id: UUID | None = None
    labels: Kept | None = None
    """What is meant by payees and tags, where a draft says so; else it is as remembered."""

    @property
    def count(self) -> int:
        """How many rows it has."""
        of_book = len(self.file.book.transactions) if self.file.book else 0
        return of_book + sum(len(statement.rows) for statement in self.file.statements)


class ImportService:
    """Brings files, and books drafts."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.rows = RowRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.mapping = MapService(work)
        self.labels = LabelService(work)
        self.staging = StageService(work)
        self.carrying = CarryService(work)
        self.booking = CommitService(work)
        self.profiles = ProfileService(work)

    async def bring(
        self, handed: Handed, *, commit: bool = True, put_off: bool = False, override_checkpoints: bool = False
    ) -> dict[str, Any]:
        """Book a file, or keep it as a draft that says what it would do.

        Args:
            handed: the file.
            commit: whether to book it.
            put_off: whether to keep it as a draft that is booked later: what it would do isn't tried out.
            override_checkpoints: whether a checkpoint may break by it, if the member may do that.

        Raises:
            AccountUnknown: the account that is named isn't there.
            StatementAmbiguous, AccountUnmatched: it isn't clear where to.
            FileReadingUnsure: it is to be booked, and something is left to be asked.
            PermissionMissing: the member may not override checkpoints.
            CheckpointBroken: a checkpoint would not hold any more.
            CurrencyDiffers, AccountClosed, LineAmountUnfit, LinesLocked: the account or the book doesn't take it.
            Conflict, Invalid: as :meth:`CommitService.book` says.
        """
        if commit:
            check_answered(handed.file)
        if override_checkpoints:
            self.booking.journal.override_checkpoints()
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        import_id, at = ids.new_id(), clock.now()
        named = await self._named(handed.account)
        profile = await self.profiles.of_file(handed.file)
        if named is None and profile is not None and profile["account_id"] and not _has_numbers(handed.file):
            named = await self._named(str(profile["account_id"]))
        values = {"id": import_id, "state": "draft", "format": handed.file.format, "outcome": {}, "draft": {}}
        values |= {"account_id": named["id"] if named else None, "created_at": at, "changed_at": at}
        await self.imports.add(values)
        draft, outcome = await self._understood(handed, named, profile["mapping"] if profile else {}, [])
        await self._stage(import_id, handed.file, draft, outcome, {}, may_open=not commit)
        if commit and not put_off:
            await self._book(import_id, draft, outcome)
        else:
            await self.imports.keep_file(import_id, handed.data)
            await self._try(import_id, draft, outcome, is_told=not put_off)
        await self.profiles.remember(handed.file, handed.said, None if named is None else named["id"])
        return await self.get(import_id)

    async def read_again(self, import_id: UUID, handed: Handed, mapping: Sequence[Meant]) -> dict[str, Any]:
        """Have a draft say what its file says by now, read with other answers, or bound to other accounts.

        What a person decided about rows stays, by their places.

        Raises:
            Conflict, Invalid: as :meth:`bring` says.
        """
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        named = await self._named(handed.account)
        draft, outcome = await self._understood(handed, named, {}, mapping)
        chosen = await self.rows.chosen(import_id)
        await self.rows.clear(import_id)
        await self._stage(import_id, handed.file, draft, outcome, chosen, may_open=True)
        await self.imports.change(import_id, {"account_id": named["id"] if named else None})
        await self._try(import_id, draft, outcome)
        await self.profiles.remember(handed.file, handed.said, None if named is None else named["id"], mapping)
        return await self.get(import_id)

    async def book_draft(self, import_id: UUID, *, override_checkpoints: bool = False) -> dict[str, Any]:
        """Book a draft: what is new *now*.

        Raises:
            ImportNotFound, ImportNotDraft: nothing to book there.
            FileReadingUnsure: questions are open.
            Conflict, Invalid: as :meth:`bring` says.
        """
        if override_checkpoints:
            self.booking.journal.override_checkpoints()
        kept = await self.draft(import_id)
        draft = kept["draft"]
        if draft["questions"]:
            raise FileReadingUnsure(
                question="; ".join(each["question"] for each in draft["questions"]),
                understood=_told(kept["outcome"]["understood"]),
            )
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        if draft.get("decided_at") != self.work.opened.revision:
            await self.booking.redecide(import_id, draft["format"])
        await self._book(import_id, draft, kept["outcome"])
        await self.imports.let_file_go(import_id)
        return await self.get(import_id)

    async def draft(self, import_id: UUID) -> Row:
        """An import that isn't booked yet.

        Raises:
            ImportNotFound, ImportNotDraft: there is none such.
        """
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        if kept["state"] != "draft":
            raise ImportNotDraft
        return kept

    async def count_rows(self, import_id: UUID) -> int:
        """How many rows an import has."""
        return sum(row.count for row in await self.rows.counts(import_id))

    async def get(self, import_id: UUID) -> dict[str, Any]:
        """An import.

        Raises:
            ImportNotFound: the book has none such.
        """
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        return show(kept)

    async def _book(self, import_id: UUID, draft: dict[str, Any], outcome: dict[str, Any]) -> None:
        outcome = await self.booking.book(import_id, draft, outcome)
        revision = self.work.revision if self.work.is_dirty else None
        await self.imports.change(
            import_id,
            {
                "state": "committed",
                "outcome": outcome,
                "draft": None,
                "created_revision": revision,
                "revision": revision,
                "changed_at": clock.now(),
            },
        )

    async def _try(
        self, import_id: UUID, draft: dict[str, Any], outcome: dict[str, Any], *, is_told: bool = True
    ) -> None:
        """Keep what a draft would do: it is done, and undone again."""
        if is_told and not draft["questions"]:
            async with self.work.trial():
                outcome = await self.booking.book(import_id, draft, outcome)
        await self.imports.change(import_id, {"draft": draft, "outcome": outcome, "changed_at": clock.now()})

    async def _named(self, account: str | None) -> Row | None:
        if account is None:
            return None
        (named,) = await self.accounts.resolve([Reference(account, "/account")])
        return named

    async def _understood(
        self, handed: Handed, named: Row | None, remembered: Mapping[str, str], said: Sequence[Meant]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is kept of a file with its draft, and what is told of it."""
        file = handed.file
        mapping = await self.mapping.of_file(file, named, remembered, said)
        currencies = await self.carrying.lacking(file)
        draft = {
            "format": file.format,
            "said": {"account": handed.account, "format": handed.format, "answers": dict(handed.answers)},
            "shape": shape_of(file),
            "questions": [_question(each) for each in file.questions],
            "mapping": [mapped(meant) for meant in mapping],
            "currencies": currencies,
            "warnings": list(file.warnings),
            "profile_id": str(handed.profile_id) if handed.profile_id else None,
            "heads": [],
            "decided_at": self.work.opened.revision,
            "labels": await self.labels.remembered(remembered) if handed.labels is None else handed.labels,
            **self.carrying.kept(file),
        }
        draft["named"] = str(named["id"]) if named else None
        outcome = {
            "accounts": [],
            "created": 0,
            "duplicates": 0,
            "replaced": 0,
            "merged": 0,
            "deleted": 0,
            "left_out": 0,
            "skipped": [{"line": skipped.line, "reason": skipped.reason} for skipped in file.skipped],
            "warnings": list(file.warnings),
            "understood": dict(file.understood),
            "questions": draft["questions"],
            "mapping": draft["mapping"],
            "profile_id": draft["profile_id"],
        }
        return draft, outcome

    async def _stage(
        self,
        import_id: UUID,
        file: DraftFile,
        draft: dict[str, Any],
        outcome: dict[str, Any],
        chosen: Mapping[int, Mapping[str, Any]],
        *,
        may_open: bool,
    ) -> None:
        if file.book is not None:
            await self.carrying.stage(import_id, file.book, draft, chosen)
            return
        if draft["questions"] and not file.statements:
            return
        named = await self._named(draft["named"])
        targets = await self._opened(await self._targets(file, named, draft, may_open=may_open))
        skipped = len(file.skipped) if len(file.statements) == 1 else 0
        draft["heads"] = [_head(target, skipped) for target in targets]
        told = await self.staging.stage(import_id, file.format, targets, chosen)
        draft["warnings"] += told
        outcome["warnings"] += told

    async def _targets(
        self, file: DraftFile, named: Row | None, draft: Mapping[str, Any], *, may_open: bool
    ) -> list[Target]:
        """Where the statements go.

        An account is opened for a number that no account has only once someone has seen that: the bank's account may
        well be there, without its number.
        """
        against = await self._against(file, draft)
        if named is not None and len(file.statements) and not _is_register(file):
            return [self._target(named, each, against) for each in _statements_for(named, file.statements)]
        targets, unmatched = [], []
        meanings = {each["name"]: each for each in draft["mapping"] if each["role"] == Role.ACCOUNT.value}
        for statement in file.statements:
            account = await self.accounts.by_number(statement.number) if statement.number else None
            meant = meanings.get(statement.number or statement.name or "")
            if account is not None:
                targets.append(self._target(account, statement, against))
            elif named is not None and len(file.statements) == 1:
                targets.append(self._target(named, statement, against))
            elif (
                meant
                and meant["account_id"]
                and meant["use"] != "skip"
                and (may_open or not _is_guessed(statement, meant))
            ):
                targets.append(self._target_made(meant, statement, against))
            elif not (meant and meant["use"] == "skip"):
                unmatched.append(statement)
        if unmatched:
            raise AccountUnmatched.at("/account", numbers=_numbers(unmatched))
        return targets

    async def _opened(self, targets: Sequence[Target]) -> list[Target]:
        """The same, each knowing whether it has an opening balance, where the file has one for it."""
        return [
            replace(target, is_opened=await self.booking.journal.has_opening(target.account_id))
            if any(row.is_opening for row in target.statement.rows)
            else target
            for target in targets
        ]

    async def _against(self, file: DraftFile, draft: Mapping[str, Any]) -> Against:
        income = await self.accounts.system(SystemRole.UNCATEGORISED_INCOME)
        expense = await self.accounts.system(SystemRole.UNCATEGORISED_EXPENSE)
        by_role = self.mapping.bound(draft["mapping"])
        numbers = await self.mapping.numbers() if await asyncio.to_thread(_names_numbers, file) else {}
        opening = await self.accounts.system(SystemRole.OPENING_BALANCES)
        trading = await self.accounts.system(SystemRole.TRADING)
        return Against(
            income["id"],
            expense["id"],
            trading["id"],
            by_role[Role.CATEGORY],
            by_role[Role.ACCOUNT],
            numbers,
            opening["id"],
            await self._units(file, draft),
        )

    async def _units(self, file: DraftFile, draft: Mapping[str, Any]) -> dict[str, Currency]:
        """What the securities of statements are here: of the book's own, or about to be."""
        called = {row.security.commodity for each in file.statements for row in each.rows if row.security}
        called |= {held.security.commodity for each in file.statements for held in each.holdings}
        made = {
            each["called"]: Currency(each["code"], each["digits"], each["name"], CurrencyKind(each["kind"]))
            for each in draft["currencies"]
        }
        known = await self.currencies.look_up(called - made.keys())
        found = {name: made.get(name) or known.find(name) for name in called}
        return {name: unit for name, unit in found.items() if unit is not None}

    def _target(self, account: Row, statement: DraftStatement, against: Against) -> Target:
        kept_in = account["currency"]
        stated = _stated(statement)
        if stated and kept_in and stated != kept_in:
            raise CurrencyDiffers.at("/account", file_currency=stated, account=account["full_name"], currency=kept_in)
        currency = stated or kept_in or self.work.opened.currency
        return Target(account["id"], account["full_name"], statement, currency, against, keeps_units=kept_in is None)

    def _target_made(self, meant: Mapping[str, Any], statement: DraftStatement, against: Against) -> Target:
        currency = _stated(statement) or meant["currency"] or self.work.opened.currency
        if meant["currency"] and meant["currency"] != currency:
            raise CurrencyDiffers.at(
                "/account", file_currency=currency, account=meant["account"], currency=meant["currency"]
            )
        keeps_units = meant["currency"] is None
        return Target(UUID(meant["account_id"]), meant["account"], statement, currency, against, keeps_units)


def check_answered(file: DraftFile) -> None:
    """Make sure that nothing is left to be asked about a file.

    Raises:
        FileReadingUnsure: something is; names all of it.
    """
    if file.questions:
        raise FileReadingUnsure(
            question="; ".join(each.question for each in file.questions), understood=_told(file.understood)
        )


def mapped(meant: Meant) -> dict[str, Any]:
    """What is meant by a name, as JSON."""
    return {
        "name": meant.name,
        "role": meant.role.value,
        "use": meant.use.value,
        "account_id": str(meant.account_id) if meant.account_id else None,
        "account": meant.account,
        "kind": meant.kind.value,
        "type": meant.type.value if meant.type else None,
        "currency": meant.currency,
        "number": meant.number,
        "description": meant.description,
        "score": str(meant.score),
        "reason": meant.reason,
        "chosen": meant.chosen,
    }


def _question(question: DraftQuestion) -> dict[str, Any]:
    return {
        "name": question.name,
        "question": question.question,
        "choices": [{"value": choice.value, "means": choice.means} for choice in question.choices],
        "chosen": question.chosen,
        "confidence": str(question.confidence),
    }


def _told(understood: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in understood.items()) or "nothing"


def _stated(statement: DraftStatement) -> str | None:
    of_rows = {row.currency for row in statement.rows if row.currency}
    return statement.currency or (of_rows.pop() if len(of_rows) == 1 else None)


def _is_register(file: DraftFile) -> bool:
    """Whether the file is of another program, and names several accounts."""
    return len(file.statements) > 1 and all(each.name and not each.number for each in file.statements)


def _is_guessed(statement: DraftStatement, meant: Mapping[str, Any]) -> bool:
    """Whether an account is to be opened for a number, and nobody said so."""
    return statement.number is not None and meant["use"] == Use.CREATE.value and not meant["chosen"]


def _has_numbers(file: DraftFile) -> bool:
    return any(statement.number for statement in file.statements)


def _names_numbers(file: DraftFile) -> bool:
    return any(row.counterparty_number for statement in file.statements for row in statement.rows)


def _head(target: Target, skipped: int) -> dict[str, Any]:
    return {
        "account_id": str(target.account_id),
        "currency": target.currency,
        "opening": _balance(target.statement.opening),
        "closing": _balance(target.statement.closing),
        "holdings": kept_holdings(target),
        "skipped": skipped,
    }


def _balance(balance: DraftBalance | None) -> dict[str, str] | None:
    return None if balance is None else {"amount": f"{balance.amount:f}", "date": balance.date.isoformat()}


def _statements_for(account: Row, statements: Sequence[DraftStatement]) -> list[DraftStatement]:
    """Those of a file's statements that are of an account: all of them, if they are of one."""
    keys = {number_key(each.number or "") for each in statements}
    if len(keys) == 1:
        return list(statements)
    key = number_key(account["number"] or "")
    if not key or key not in keys:
        raise StatementAmbiguous.at("/account", count=len(statements), numbers=_numbers(statements))
    return [each for each in statements if each.number and number_key(each.number) == key]


def _numbers(statements: Sequence[DraftStatement]) -> str:
    named = [
        f"…{statement.number[-4:]}" if statement.number else statement.name or "an account without number"
        for statement in statements
    ]
    return ", ".join(named[:MAX_NAMED]) or "no account"
