"""Staging: from what a file says to the rows of an import, each with what is to become of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.imports.deciding import IN_FILE, NEW, Arriving, Correcting, Verdict
from farthing.features.imports.models import Decision, RowKind
from farthing.features.imports.repository import COLUMNS, RowRepository
from farthing.features.imports.service.decide import DecideService, Weighed
from farthing.features.imports.service.target import Target
from farthing.features.journal.models import PostingStatus
from farthing.features.statements.errors import LineAmountUnfit
from farthing.features.statements.fingerprints import another, fingerprints
from farthing.features.tags.schemas import MAX_TAGS_EACH
from farthing.formats.drafts import DraftRow, DraftSecurity, MetadataFact
from farthing.kit import ids
from farthing.kit.faults import Invalid
from farthing.kit.metadata import MAX_ENTRIES, MAX_NAME, MAX_TEXT, MAX_WHOLE
from farthing.kit.wire import FIRST_DAY
from farthing.ledger.currencies import Currencies

ROWS_AT_ONCE = 5000
"""While PostgreSQL writes so many down, the next are made ready."""
MAX_PAYEE = 200
MAX_DESCRIPTION = 2000
MAX_NOTES = 10_000
MAX_TAG = 100
MAX_EXTERNAL_ID = 1000
Values = tuple[Any, ...]
"""A row, in the order of its columns."""


@dataclass(slots=True)
class Ready:
    """Rows of statements that are ready to be weighed: their places, ids, amounts and fingerprints."""

    targets: Sequence[Target]
    rows: list[tuple[int, DraftRow]] = field(default_factory=list)
    """Each with the place of its statement."""
    ids: list[UUID] = field(default_factory=list)
    amounts: list[Decimal] = field(default_factory=list)
    marks: list[bytes] = field(default_factory=list)
    days: tuple[dt.date, dt.date] = (FIRST_DAY, FIRST_DAY)
    sizes: set[Decimal] = field(default_factory=set)
    settled: dict[int, Verdict] = field(default_factory=dict)
    openings: set[int] = field(default_factory=set)
    """The places of rows that are booked as opening balances: an account has one."""
    correcting: dict[int, Correcting] = field(default_factory=dict)
    """Rows by which the bank corrects itself, by their places."""

    def is_missed(self, position: int) -> bool:
        """Whether what a row corrects should have been there: the file hasn't told of it itself."""
        corrects = self.rows[position][1].corrects
        return corrects is not None and not corrects.is_in_file

    def arriving(self, position: int) -> Arriving:
        """A row as it is compared with what the book has."""
        place, row = self.rows[position]
        return Arriving(
            position=position,
            id=self.ids[position],
            account_id=self.targets[place].account_id,
            date=row.date,
            value_date=row.value_date,
            amount=self.amounts[position],
            currency=row.currency or self.targets[place].currency,
            external_id=row.external_id,
            words=f"{row.payee or ''} {row.description or ''}",
            original=" ".join(map(str, row.original.values())),
            status=PostingStatus(row.status),
            other_account_id=self.targets[place].other_account(row),
        )


class StageService:
    """Stages the rows of files."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.rows = RowRepository(work)
        self.decisions = DecideService(work)
        self.currencies = CurrencyService(work)

    async def stage(
        self, import_id: UUID, origin: str, targets: Sequence[Target], chosen: Mapping[int, Mapping[str, Any]]
    ) -> list[str]:
        """Stage the rows of statements, each with what is to become of it; answers with warnings for people.

        Args:
            import_id: the import they are of.
            origin: the format of the file.
            targets: its statements, and where they go.
            chosen: what a person said of rows when the file was read before, by their places.

        Raises:
            LineAmountUnfit: an amount is too fine or too large for its currency; names the line.
        """
        currencies = await self.currencies.look_up({currency for target in targets for currency in target.currencies})
        ready = await asyncio.to_thread(_ready, targets, currencies)
        corrected, missing = await self.decisions.corrected(ready.correcting)
        verdicts = await self.decisions.decide(
            Weighed(
                origin=origin,
                marks=ready.marks,
                arriving=ready.arriving,
                account_ids={target.account_id for target in targets},
                ids=ready.ids,
                days=ready.days,
                sizes=ready.sizes,
                settled={**ready.settled, **corrected},
            )
        )
        chunk: list[Values] = []
        for start in range(0, len(ready.rows) + ROWS_AT_ONCE, ROWS_AT_ONCE):
            # Neither is left alone when the other fails: what is under way on the connection is seen to its end.
            written, made = await asyncio.gather(
                self._write(chunk),
                asyncio.to_thread(_chunk, import_id, ready, verdicts, start),
                return_exceptions=True,
            )
            for outcome in (written, made):
                if isinstance(outcome, BaseException):
                    raise outcome
            chunk = cast("list[Values]", made)
        if chosen:
            await self.rows.choose_again(import_id, chosen)
        return [_unfound(ready.rows[place][1], ready.correcting[place]) for place in missing if ready.is_missed(place)]

    async def _write(self, chunk: Sequence[Values]) -> None:
        if chunk:
            await self.rows.add(chunk)


def _ready(targets: Sequence[Target], currencies: Currencies) -> Ready:
    ready = Ready(targets)
    counted: dict[UUID, Counter[bytes]] = {}
    for place, target in enumerate(targets):
        rows = target.statement.rows
        before = counted.setdefault(target.account_id, Counter())
        ready.marks += fingerprints(target.account_id, target.currency, rows, before)
        ready.rows += [(place, row) for row in rows]
        ready.amounts += [_settled(row, row.currency or target.currency, currencies) for row in rows]
    lines = len(ready.rows)
    for place, target in enumerate(targets):
        ready.rows += [(place, row) for row in target.statement.deletions]
        ready.amounts += [
            _settled(row, row.currency or target.currency, currencies) for row in target.statement.deletions
        ]
    ready.ids = [ids.new_id() for _ in ready.rows]
    for position, (place, row) in enumerate(ready.rows):
        if row.corrects is not None:
            ready.correcting[position] = Correcting(
                targets[place].account_id, row.corrects.of[:MAX_EXTERNAL_ID], is_deletion=position >= lines
            )
    ready.marks += [another(b"", row_id) for row_id in ready.ids[lines:]]
    ready.sizes = {abs(amount) for amount in ready.amounts}
    if ready.rows:
        days = [row.date for _, row in ready.rows]
        ready.days = min(days), max(days)
    ready.settled = _other_sides(ready)
    opened = {target.account_id for target in targets if target.is_opened}
    for position, (place, row) in enumerate(ready.rows):
        account_id = targets[place].account_id
        if row.is_opening and account_id not in opened:
            opened.add(account_id)
            ready.openings.add(position)
    return ready


def _other_sides(ready: Ready) -> dict[int, Verdict]:
    """Rows of which the file has the other side as well, on the account that it says the money went to or came from.

    That may be a part of a split, which stays as it is: the row across, which is nothing else, is the one that goes.
    """
    waiting: defaultdict[tuple[UUID, UUID, dt.date, Decimal], list[int]] = defaultdict(list)
    found: dict[int, Verdict] = {}
    for position, (place, row) in enumerate(ready.rows):
        target = ready.targets[place]
        for split in row.splits:
            if (other := target.split_to(row, split)) is not None:
                waiting[target.account_id, other, row.date, split.amount].append(position)
    for position, (place, row) in enumerate(ready.rows):
        target = ready.targets[place]
        other = target.transferred_to(row)
        if other is None or other == target.account_id:
            continue
        amount = ready.amounts[position]
        across = waiting[other, target.account_id, row.date, -amount]
        if across:
            found[position] = Verdict(Decision.DUPLICATE, ready.ids[across.pop(0)], None, Decimal(1), (IN_FILE,))
        else:
            waiting[target.account_id, other, row.date, amount].append(position)
    return found


def _unfound(row: DraftRow, correcting: Correcting) -> str:
    """What is told of a row that corrects what the book has never heard of."""
    if correcting.is_deletion:
        return (
            f"Line {row.line}: the bank takes back a transaction that isn't there, with its id {correcting.corrects}."
        )
    return (
        f"Line {row.line}: the bank puts this in the place of a transaction that isn't there, with its id "
        f"{correcting.corrects}; it is a new one."
    )


def _settled(row: DraftRow, currency: str, currencies: Currencies) -> Decimal:
    try:
        return currencies.settle(row.amount, currency, pointer="/file")
    except Invalid as fault:
        raise LineAmountUnfit.on_line(row.line, problem=fault.detail) from None


def _chunk(import_id: UUID, ready: Ready, verdicts: Mapping[int, Verdict], start: int) -> list[Values]:
    places = range(start, min(start + ROWS_AT_ONCE, len(ready.rows)))
    return [_values(import_id, ready, position, verdicts.get(position, NEW)) for position in places]


def _values(import_id: UUID, ready: Ready, position: int, verdict: Verdict) -> Values:
    place, row = ready.rows[position]
    target = ready.targets[place]
    row_id = ready.ids[position]
    currency = row.currency or target.currency
    posting_id = ids.new_id()
    correcting = ready.correcting.get(position)
    is_deletion = correcting is not None and correcting.is_deletion
    category_id, postings = None, None
    if not is_deletion:
        category_id, postings = target.counterpart(row, ready.amounts[position], currency, posting_id)
    values = {
        "import_id": import_id,
        "position": position,
        "id": row_id,
        "kind": (RowKind.DELETION if is_deletion else RowKind.LINE).value,
        "statement": place,
        "line": row.line,
        "date": row.date,
        "account_id": target.account_id,
        "amount": ready.amounts[position],
        "currency": currency,
        "status": row.status,
        "payee": plain(row.payee, MAX_PAYEE),
        "description": plain(row.description, MAX_DESCRIPTION),
        "notes": plain(row.notes, MAX_NOTES),
        "value_date": row.value_date if row.value_date != row.date else None,
        "due_date": None,
        "tags": plain_tags((*row.tags, *(tag for split in row.splits for tag in split.tags))),
        "extra": _bought(row.security),
        "external_id": row.external_id,
        "corrects": correcting.corrects if correcting else None,
        "fingerprint": ready.marks[position],
        "category_id": category_id,
        "postings": postings,
        "is_opening": position in ready.openings,
        "original": dict(row.original),
        "transaction_id": verdict.of_transaction_id if verdict.decision is Decision.DUPLICATE else row_id,
        "posting_id": posting_id,
        "counter_id": ids.new_id(),
        "line_id": None if verdict.is_kept else ids.new_id(),
        "is_chosen": False,
        **decided(verdict),
    }
    return tuple(values[name] for name in COLUMNS)


def decided(verdict: Verdict) -> dict[str, Any]:
    """The columns that say what becomes of a row."""
    return {
        "decision": verdict.decision.value,
        "match": verdict.match.value if verdict.match else None,
        "of_transaction_id": verdict.of_transaction_id,
        "score": verdict.score,
        "reasons": [{"code": reason.code, "detail": reason.detail} for reason in verdict.reasons] or None,
    }


def plain(text: str | None, length: int) -> str | None:
    """What a bank wrote, on one line and without what isn't print; the original is kept with the line."""
    if not text:
        return None
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text[:length].rstrip() or None


def as_kept(text: str | None, length: int, *, lines: bool = False) -> str | None:
    """What another program kept, spaces and all; only what no text here has is a space. ``lines`` keeps their ends."""
    if not text:
        return None
    if not text.isprintable():
        text = "".join(c if c.isprintable() or (lines and c == "\n") else " " for c in text)
    return text.strip()[:length].rstrip() or None


def plain_tags(tags: Sequence[str]) -> list[str]:
    """The tags of a row, as they can be called here."""
    if not tags:
        return []
    named = (plain(tag, MAX_TAG) for tag in tags)
    return [tag for tag in dict.fromkeys(named) if tag][:MAX_TAGS_EACH]


def facts(said: Mapping[str, MetadataFact]) -> dict[str, Any]:
    """Another program's own facts, as they are kept here; what there is no room for is left out."""
    found: dict[str, Any] = {}
    for name, value in said.items():
        called = plain(name, MAX_NAME)
        if called is None or len(found) == MAX_ENTRIES:
            continue
        if value is None or isinstance(value, bool):
            found[called] = value
        elif isinstance(value, int):
            found[called] = value if abs(value) <= MAX_WHOLE else {"number": str(value)}
        elif isinstance(value, Decimal):
            found[called] = {"number": f"{value:f}"}
        elif isinstance(value, dt.date):
            found[called] = {"date": value.isoformat()}
        else:
            found[called] = (plain(value, MAX_TEXT) or "").replace("\x00", "")
    return found


def _bought(security: DraftSecurity | None) -> dict[str, Any]:
    """What the money bought or came of, as it is kept with the transaction."""
    if security is None:
        return {}
    price = security.price
    said: dict[str, MetadataFact] = {"security": security.commodity, "units": security.amount}
    if price is not None:
        said |= {"unit price": price.amount, "unit price currency": price.currency}
    return facts(said)
