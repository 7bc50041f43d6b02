"""Committing: the rows of an import become transactions, all of them or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, check_postable
from farthing.features.currencies.service import CurrencyService
from farthing.features.imports.deciding import Arriving, Correcting, Verdict
from farthing.features.imports.labels import Kept, LabelKind, taken_for
from farthing.features.imports.models import Decision, RowKind
from farthing.features.imports.repository import LINES, POSTINGS, TAGS, TRANSACTIONS, RowRepository
from farthing.features.imports.service.carry import CarryService
from farthing.features.imports.service.decide import DecideService, Weighed
from farthing.features.imports.service.hold import Held, HoldService, warnings_of
from farthing.features.imports.service.open import OpenService
from farthing.features.imports.service.stage import decided
from farthing.features.journal.entries import ORDINALS_PER_REVISION, Entry, Staged
from farthing.features.journal.models import PostingStatus
from farthing.features.journal.service import JournalService
from farthing.features.matches.models import MatchKind
from farthing.features.matches.service.merge import MergeService
from farthing.features.payees.service.find import NamedPayees, PayeeService
from farthing.features.statements.errors import LinesLocked
from farthing.features.statements.service import Moved, StatementService
from farthing.features.tags.service.find import TagService
from farthing.formats.drafts import DraftBalance
from farthing.kit import clock
from farthing.ledger.accounts import SystemRole
from farthing.ledger.currencies import Currencies
from farthing.ledger.postings import Line

COUNTED = {
    Decision.NEW: "created",
    Decision.DUPLICATE: "duplicates",
    Decision.REPLACES: "replaced",
    Decision.MERGE: "merged",
    Decision.DELETES: "deleted",
    Decision.SKIP: "left_out",
}
"""What a decision is counted as."""


@dataclass(frozen=True, slots=True)
class Head:
    """A statement of a file, its rows aside: which account it is of, and the balances that it states."""

    account_id: UUID
    currency: str
    opening: DraftBalance | None
    closing: DraftBalance | None
    skipped: int
    holdings: tuple[Held, ...] = ()

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Head:
        """As a draft keeps it."""
        return cls(
            UUID(kept["account_id"]),
            kept["currency"],
            _balance(kept["opening"]),
            _balance(kept["closing"]),
            kept["skipped"],
            tuple(Held.of_json(each) for each in kept.get("holdings", ())),
        )


class CommitService:
    """Books what was staged."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.rows = RowRepository(work)
        self.decisions = DecideService(work)
        self.accounts = AccountService(work)
        self.opening = OpenService(work)
        self.carrying = CarryService(work)
        self.currencies = CurrencyService(work)
        self.journal = JournalService(work)
        self.holding = HoldService(work)
        self.merging = MergeService(work)
        self.payees = PayeeService(work)
        self.tags = TagService(work)
        self.statements = StatementService(work)

    async def book(self, import_id: UUID, draft: Mapping[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Book the rows of an import; answers with what became of them.

        Args:
            import_id: the import.
            draft: what was understood of the file.
            outcome: what was told of it before.

        Raises:
            AccountClosed, CurrencyMismatch: an account doesn't take what is booked to it.
            LinesLocked: rows are dated in the locked period; says how many, and names the first.
            CheckpointBroken: a checkpoint doesn't hold when all is booked, and the book refuses that.
            Conflict, Invalid: what a row was to be merged with doesn't take it, or an account can't be made.
        """
        await self.work.take_up_to(self.work.tools[Settings].import_seconds)
        heads = [Head.of_json(each) for each in draft["heads"]]
        of_heads = {head.account_id for head in heads}
        there = {row["id"] for row in await self.accounts.chart(list(of_heads))}
        if of_heads - there or (await self.rows.facts(import_id)).booked:
            await self.opening.open(draft)
        await self._check_lock(import_id)
        await self._check_postable(import_id)
        await self._delete(import_id)
        await self._merge(import_id)
        facts = await self.rows.facts(import_id)
        await self._write(import_id, facts, draft.get("labels", {}))
        await self.carrying.note(import_id, draft)
        differences = [await self._meet_bank(import_id, place, head) for place, head in enumerate(heads)]
        return await self._outcome(import_id, draft, heads, differences, outcome)

    async def redecide(self, import_id: UUID, origin: str) -> None:
        """Decide anew about the rows that no person decided about: the book may have changed since."""
        rows = await self.rows.weighed(import_id)
        if not rows:
            return
        days = [row.date for row in rows]

        def arriving(place: int) -> Arriving:
            row = rows[place]
            return Arriving(
                position=place,
                id=row.id,
                account_id=row.account_id,
                date=row.date,
                value_date=row.value_date,
                amount=row.amount,
                currency=row.currency,
                external_id=row.external_id,
                words=f"{row.payee or ''} {row.description or ''}",
                original=" ".join(map(str, row.original.values())),
                status=PostingStatus(row.status),
                other_account_id=_other_side(row),
            )

        in_file = {row.id for row in rows}
        corrected, _ = await self.decisions.corrected(
            {
                place: Correcting(row.account_id, row.corrects, is_deletion=row.kind == RowKind.DELETION.value)
                for place, row in enumerate(rows)
                if row.corrects is not None
            }
        )
        verdicts = await self.decisions.decide(
            Weighed(
                origin=origin,
                marks=[row.fingerprint for row in rows],
                arriving=arriving,
                account_ids={row.account_id for row in rows},
                ids=[row.id for row in rows],
                days=(min(days), max(days)),
                sizes={abs(row.amount) for row in rows},
                is_mergeable=rows[0].kind != RowKind.TRANSACTION.value,
                settled={
                    **{
                        place: Verdict(Decision.DUPLICATE, row.of_transaction_id)
                        for place, row in enumerate(rows)
                        if row.of_transaction_id in in_file
                    },
                    **corrected,
                },
            )
        )
        places, values = [], []
        for place, row in enumerate(rows):
            if row.of_transaction_id in in_file:
                continue
            verdict = verdicts.get(place, Verdict(Decision.NEW))
            if row.is_chosen and not verdict.is_kept:
                continue
            told = decided(verdict)
            if any(told[name] != row[name] for name in ("decision", "match", "of_transaction_id")):
                places.append(row.position)
                values.append(told)
        if places:
            await self.rows.redecide(import_id, places, values)

    async def _check_lock(self, import_id: UUID) -> None:
        """All rows or none: one that was left out would be missed by nobody."""
        locked = await self.rows.locked(import_id, self.journal.open_from)
        if locked.count:
            until = self.work.opened.locked_until
            raise LinesLocked.on_line(locked.line, locked_until=until, count=locked.count)

    async def _check_postable(self, import_id: UUID) -> None:
        posted = await self.rows.posted_to(import_id)
        chart = {row["id"]: row for row in await self.accounts.chart([row.account_id for row in posted])}
        for row in posted:
            check_postable(chart[row.account_id], row.currency, pointer="/account")

    async def _delete(self, import_id: UUID) -> None:
        """Take out of the book what the bank takes back."""
        for row in await self.rows.to_delete(import_id):
            await self.merging.take_out(row.of_transaction_id, row.account_id, row.currency)

    async def _merge(self, import_id: UUID) -> None:
        """Have transactions of the book take in what the file says of them."""
        ends: dict[UUID, tuple[UUID, UUID]] = {}
        rows = await self.rows.to_merge(import_id)
        if not rows:
            return
        income = await self.accounts.system(SystemRole.UNCATEGORISED_INCOME)
        expense = await self.accounts.system(SystemRole.UNCATEGORISED_EXPENSE)
        for row in rows:
            category_id = row.category_id or (income["id"] if row.amount > 0 else expense["id"])
            entry = Entry(
                id=row.id,
                date=row.date,
                payee=row.payee,
                description=row.description,
                notes=row.notes,
                value_date=row.value_date,
                lines=(
                    Line(row.account_id, row.amount, row.currency, id=row.posting_id, status=row.status),
                    Line(category_id, -row.amount, row.currency, id=row.counter_id),
                ),
            )
            arriving = entry.written(revision=self.work.revision, place=0, at=clock.now())
            if row.corrects is not None and row.decision == Decision.REPLACES.value:
                posting_id = await self.merging.correct(row.of_transaction_id, arriving)
            else:
                posting_id = await self.merging.take_in(row.of_transaction_id, arriving, MatchKind(row.match))
            ends[row.id] = (row.of_transaction_id, posting_id)
        await self.rows.became(import_id, ends)

    async def _write(self, import_id: UUID, facts: Row, labels: Kept) -> None:
        income = await self.accounts.system(SystemRole.UNCATEGORISED_INCOME)
        expense = await self.accounts.system(SystemRole.UNCATEGORISED_EXPENSE)
        values = {
            "import": import_id,
            # 0 within the revision is left free; what else the write books stays before the rows.
            "first": self.work.revision * ORDINALS_PER_REVISION + 1,
            "income": income["id"],
            "expense": expense["id"],
            **await self._payees(taken_for(labels, LabelKind.PAYEE, facts.payees or [])),
            **await self._tags(taken_for(labels, LabelKind.TAG, facts.tags or [])),
        }
        await self.journal.write_staged(
            Staged(
                count=facts.new,
                first_day=facts.first_day,
                transactions=TRANSACTIONS,
                postings=POSTINGS,
                tags=TAGS if facts.tagged else None,
                values=values,
            )
        )
        if facts.kept:
            await self.statements.keep(LINES, {"import": import_id})

    async def _payees(self, meant: Mapping[str, str]) -> dict[str, list[Any]]:
        """Whom the rows name, found by name or alias, or made; and their default categories."""
        payees = await self.payees.look_up(meant.values()) if meant else NamedPayees()
        named = [(name, payees.called(called)) for name, called in meant.items()]
        left_out = await self.payees.make(payees, [payee.id for _, payee in named])
        defaults = {row["id"]: row for row in await self.accounts.chart(list(payees.default_categories))}
        known = [(name, payee) for name, payee in named if payee.id not in left_out]
        usual = [
            (name, defaults[payee.default_category_id])
            for name, payee in named
            if payee.default_category_id and defaults[payee.default_category_id]["closed_on"] is None
        ]
        return {
            "payee_names": [name for name, _ in known],
            "payee_ids": [payee.id for _, payee in known],
            "default_names": [name for name, _ in usual],
            "default_ids": [account["id"] for _, account in usual],
            "default_currencies": [account["currency"] for _, account in usual],
        }

    async def _tags(self, meant: Mapping[str, str]) -> dict[str, list[Any]]:
        if not meant:
            return {"tag_names": [], "tag_ids": []}
        tags = await self.tags.look_up(meant.values())
        found = [tags.take([called], "/file")[0] for called in meant.values()]
        await self.tags.make(tags)
        return {"tag_names": list(meant), "tag_ids": found}

    async def _meet_bank(self, import_id: UUID, place: int, head: Head) -> Decimal | None:
        if head.closing is None:
            return None
        moved = await self.rows.moved(import_id, place, head.closing.date)
        (account,) = await self.accounts.chart([head.account_id])
        return await self.statements.meet_bank(
            account, head.currency, head.closing, Moved(moved.amount, moved.first_day), import_id=import_id
        )

    async def _outcome(
        self,
        import_id: UUID,
        draft: Mapping[str, Any],
        heads: Sequence[Head],
        differences: Sequence[Decimal | None],
        outcome: Mapping[str, Any],
    ) -> dict[str, Any]:
        counts: dict[int, dict[str, int]] = {}
        for row in await self.rows.counts(import_id):
            counts.setdefault(row.statement, {})[COUNTED[Decision(row.decision)]] = row.count
        chart = {row["id"]: row for row in await self.accounts.chart([head.account_id for head in heads])}
        names = {account_id: row["full_name"] for account_id, row in chart.items()}
        currencies = await self.currencies.look_up({head.currency for head in heads})
        warnings = list(draft["warnings"])
        accounts = []
        for place, (head, difference) in enumerate(zip(heads, differences, strict=True)):
            its = counts.get(place, {})
            compared = await self.holding.compare(head.account_id, chart[head.account_id]["currency"], head.holdings)
            holdings = await self.holding.shown(compared)
            accounts.append(_account(head, names[head.account_id], its, difference, currencies, holdings))
            if difference:
                away = currencies.write(difference, head.currency)
                warnings.append(
                    f"{names[head.account_id]}: the bank's closing balance is {away} {head.currency} away from the "
                    "book's."
                )
            warnings += warnings_of(names[head.account_id], holdings)
        totals = {name: sum(its.get(name, 0) for its in counts.values()) for name in COUNTED.values()}
        if self.work.is_dirty:
            self.work.created("import", import_id)
            self.work.tell(f"Imported {totals['created']} transactions.", format=draft["format"])
        return {**outcome, **totals, "accounts": accounts, "warnings": warnings}


def _other_side(row: Row) -> UUID | None:
    others = [UUID(each["account_id"]) for each in row.postings or () if each["status"] == PostingStatus.PENDING]
    return others[0] if len(others) == 1 else None


def _balance(kept: Mapping[str, str] | None) -> DraftBalance | None:
    return None if kept is None else DraftBalance(Decimal(kept["amount"]), dt.date.fromisoformat(kept["date"]))


def _account(
    head: Head,
    name: str,
    counts: Mapping[str, int],
    difference: Decimal | None,
    currencies: Currencies,
    holdings: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    def stated(balance: DraftBalance | None) -> dict[str, str] | None:
        if balance is None:
            return None
        return {
            "amount": currencies.write(balance.amount, head.currency),
            "currency": head.currency,
            "date": balance.date.isoformat(),
        }

    return {
        "account_id": str(head.account_id),
        "account": name,
        "counts": {
            "created": counts.get("created", 0),
            "duplicates": counts.get("duplicates", 0),
            "replaced": counts.get("replaced", 0),
            "merged": counts.get("merged", 0),
            "skipped": head.skipped,
        },
        "statement": {
            "opening": stated(head.opening),
            "closing": stated(head.closing),
            "difference": None
            if difference is None
            else {"amount": currencies.write(difference, head.currency), "currency": head.currency},
            "holdings": holdings,
        },
    }
