"""Carrying over what another program kept: whole transactions, what accounts held, currencies of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.changelog import canonical
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.checkpoints.service.state import StateService
from farthing.features.currencies.service import CurrencyService
from farthing.features.imports.deciding import NEW, OWN, Arriving, Verdict
from farthing.features.imports.errors import TransactionUnfit
from farthing.features.imports.mapping import Bound, Role, Use
from farthing.features.imports.models import Decision, RowKind
from farthing.features.imports.repository import COLUMNS, RowRepository
from farthing.features.imports.service.decide import DecideService, Weighed
from farthing.features.imports.service.map import read_meant
from farthing.features.imports.service.stage import (
    MAX_DESCRIPTION,
    MAX_NOTES,
    MAX_PAYEE,
    ROWS_AT_ONCE,
    Values,
    as_kept,
    decided,
    facts,
    plain,
    plain_tags,
)
from farthing.features.journal.models import PostingStatus
from farthing.features.journal.service import JournalService
from farthing.features.prices.service.record import DayPrice, PriceService
from farthing.formats.drafts import (
    DraftBook,
    DraftCommodity,
    DraftFile,
    DraftPosting,
    DraftSecurity,
    DraftStatement,
    DraftTransaction,
)
from farthing.kit import ids
from farthing.kit.faults import Invalid
from farthing.kit.wire import FIRST_DAY, LAST_DAY, as_id
from farthing.ledger.accounts import SEPARATOR, AccountKind, SystemRole
from farthing.ledger.currencies import Currencies, Currency, CurrencyKind, is_code
from farthing.ledger.money import MAX_DECIMALS, MAX_DIGITS, decimals
from farthing.ledger.postings import MAX_POSTINGS, Cost, Line, Price, balance, excesses

MAX_MEMO = 200
MAX_LABEL = 200
MOST_WORTH = Decimal(10) ** MAX_DIGITS
SMALLEST_ROUNDED = Decimal("0.05")
"""What a transaction lacks to balance is put down to rounding if it is less than this, of any currency."""
_UNFIT = re.compile(r"[^A-Z0-9._-]+")


@dataclass(slots=True)
class Carried:
    """The transactions of another program's book, ready to be weighed."""

    transactions: Sequence[DraftTransaction]
    lines: list[tuple[Line, ...] | None] = field(default_factory=list)
    """Those of each; None: it is of an account that is left out."""
    anchors: list[Line] = field(default_factory=list)
    """The line of each that it is known by."""
    ids: list[UUID] = field(default_factory=list)
    marks: list[bytes] = field(default_factory=list)
    rounded: list[int] = field(default_factory=list)

    def arriving(self, place: int) -> Arriving:
        """A transaction as it is compared with what the book has."""
        transaction, anchor = self.transactions[place], self.anchors[place]
        assert anchor.amount is not None, "lines are complete"  # noqa: S101 - as they are made
        return Arriving(
            position=place,
            id=self.ids[place],
            account_id=anchor.account_id,
            date=transaction.date,
            value_date=transaction.value_date,
            amount=anchor.amount,
            currency=anchor.currency,
            external_id=transaction.external_id,
            words=f"{transaction.payee or ''} {transaction.description or ''}",
            original="",
            status=PostingStatus(anchor.status),
        )


class CarryService:
    """Carries other programs' books over."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.rows = RowRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.decisions = DecideService(work)
        self.journal = JournalService(work)
        self.stating = StateService(work)
        self.prices = PriceService(work)

    async def lacking(self, file: DraftFile) -> list[dict[str, Any]]:
        """The currencies and commodities that a file uses and the book hasn't got, as they are to be added.

        ``called`` is what the file calls one, where that isn't its code.
        """
        used = await asyncio.to_thread(_used, file.book) if file.book else _bought(file.statements)
        if not used:
            return []
        near = {name: _code(name, set()) for name in used if not is_code(name)}
        known = await self.currencies.look_up([*(name for name in used if is_code(name)), *near.values()])
        taken = {name for name in used if is_code(name)}
        commodities = {each.code: each for each in file.book.commodities} if file.book else _named(file.statements)
        found = []
        for name, digits in used.items():
            there = known.find(near.get(name, name))
            if there is not None and name not in near:
                continue
            if there is not None and there.name == name[:100]:
                code = there.code  # it was brought before
            else:
                code = name if is_code(name) else _code(name, taken | {each.code for each in known.own})
            taken.add(code)
            told = commodities.get(name)
            called = plain(told.name, 100) if told and told.name else None
            needed = max(digits, told.digits or 0) if told else digits
            found.append(
                {
                    "called": name,
                    "code": code,
                    "name": called if code == name and called else name[:100],
                    "digits": min(needed, MAX_DECIMALS),
                    "kind": CurrencyKind.OTHER.value,
                }
            )
        return found

    def kept(self, file: DraftFile) -> dict[str, Any]:
        """What else is kept of a file with its draft."""
        if file.book is None:
            return {"assertions": [], "prices": []}
        parents = {
            name.rpartition(SEPARATOR)[0]
            for name in (account.name for account in file.book.accounts)
            if SEPARATOR in name
        }
        return {
            "assertions": [
                [each.account, each.date.isoformat(), f"{each.amount:f}", each.currency]
                for each in file.book.assertions
                if not (each.with_children and each.account in parents)
            ],
            "prices": [
                [each.commodity, each.currency, each.date.isoformat(), f"{each.amount:f}"] for each in file.book.prices
            ],
        }

    async def stage(
        self, import_id: UUID, book: DraftBook, draft: dict[str, Any], chosen: Mapping[int, Mapping[str, Any]]
    ) -> None:
        """Stage whole transactions.

        Raises:
            TransactionUnfit: one can't be booked here; names its line.
        """
        codes = {each["called"]: each["code"] for each in draft["currencies"]}
        own = [
            Currency(each["code"], each["digits"], each["name"], CurrencyKind(each["kind"]))
            for each in draft["currencies"]
        ]
        known = await self.currencies.look_up(
            {posting.currency for each in book.transactions for posting in each.postings if is_code(posting.currency)}
        )
        currencies = Currencies([*own, *known.own])
        bound = {each["name"]: read_meant(each) for each in draft["mapping"]}
        trading = await self.accounts.system(SystemRole.TRADING)
        rounding = await self.accounts.system(SystemRole.UNCATEGORISED_EXPENSE)
        maker = _Maker(
            {name: meant.bound for name, meant in bound.items()},
            {
                meant.account_id
                for meant in bound.values()
                if meant.role is Role.ACCOUNT and meant.kind is not AccountKind.EQUITY
            },
            codes,
            currencies,
            trading["id"],
            rounding["id"],
        )
        carried = await asyncio.to_thread(maker.make, book.transactions)
        if not carried.transactions:
            return
        verdicts = await self.decisions.decide(
            Weighed(
                origin=draft["format"],
                marks=carried.marks,
                arriving=carried.arriving,
                account_ids={anchor.account_id for anchor in carried.anchors},
                ids=carried.ids,
                days=(min(each.date for each in book.transactions), max(each.date for each in book.transactions)),
                sizes=set(),
                settled=await self._own(carried),
                is_mergeable=False,
            )
        )
        openings = await self._openings(carried)
        if carried.rounded:
            draft["warnings"] = [
                *draft["warnings"],
                (
                    f"Amounts of {len(carried.rounded)} transactions, the first on line {carried.rounded[0]}, didn't "
                    f"sum to zero by less than a rounding; the rest of each is on {rounding['full_name']}."
                ),
            ]
        for start in range(0, len(carried.ids), ROWS_AT_ONCE):
            chunk = await asyncio.to_thread(_chunk, import_id, carried, verdicts, openings, start)
            await self.rows.add(chunk)
        if chosen:
            await self.rows.choose_again(import_id, chosen)

    async def _own(self, carried: Carried) -> dict[int, Verdict]:
        """What becomes of transactions that left this book and come back: they are known, even if deleted since."""
        places = {
            chosen: place
            for place, transaction in enumerate(carried.transactions)
            if (chosen := as_id(transaction.external_id or "")) is not None
        }
        had = (await self.journal.taken(list(places), [])).transactions if places else set()
        return {
            places[chosen]: Verdict(Decision.DUPLICATE, chosen, None, Decimal(1), (OWN,), is_kept=True)
            for chosen in had
        }

    async def _openings(self, carried: Carried) -> set[int]:
        """The places of those that are booked as opening balances: an account has one."""
        found: set[int] = set()
        opened: dict[UUID, bool] = {}
        for place, transaction in enumerate(carried.transactions):
            lines = carried.lines[place]
            if not transaction.is_opening or lines is None:
                continue
            accounts = {line.account_id for line in lines}
            for account_id in accounts - opened.keys():
                opened[account_id] = await self.journal.has_opening(account_id)
            equity = (await self.accounts.system(SystemRole.OPENING_BALANCES))["id"]
            if not any(opened[account_id] for account_id in accounts - {equity}):
                found.add(place)
                opened.update(dict.fromkeys(accounts, True))
        return found

    async def note(self, import_id: UUID, draft: Mapping[str, Any]) -> None:
        """Keep what the other program says things were worth, and what accounts held."""
        codes = {each["called"]: each["code"] for each in draft["currencies"]}
        await self._price(draft, codes)
        if draft["assertions"]:
            await self._state(import_id, draft, codes)

    async def _price(self, draft: Mapping[str, Any], codes: Mapping[str, str]) -> None:
        """Keep what things were worth, as prices of the book; where it has one of the day, that stays."""
        said = [
            DayPrice(codes.get(commodity, commodity), codes.get(currency, currency), dt.date.fromisoformat(day), worth)
            for commodity, currency, day, amount in draft["prices"]
            if 0 <= (worth := Decimal(amount)) < MOST_WORTH and decimals(worth) <= MAX_DECIMALS
        ]
        known = await self.currencies.look_up(
            code for price in said for code in (price.commodity, price.currency) if is_code(code)
        )
        kept = [
            price
            for price in said
            # What is only priced, and nothing is kept in, isn't of this book.
            if known.find(price.commodity) and known.find(price.currency) and price.commodity != price.currency
            if FIRST_DAY <= price.date <= LAST_DAY
        ]
        await self.prices.note_many(kept, f"{draft['format']} file")

    async def _state(self, import_id: UUID, draft: Mapping[str, Any], codes: Mapping[str, str]) -> None:
        """Keep what accounts held, as checkpoints; those that don't hold say so."""
        bound = {each["name"]: read_meant(each) for each in draft["mapping"]}
        used = {codes.get(code, code) for _, _, _, code in draft["assertions"]}
        currencies = await self.currencies.look_up(code for code in used if is_code(code))
        for name, day, amount, code in draft["assertions"]:
            meant = bound.get(name)
            currency = codes.get(code, code)
            if meant is None or meant.use is Use.SKIP or meant.account_id is None or currencies.find(currency) is None:
                continue
            try:
                stated = currencies.settle(Decimal(amount), currency, pointer="/file")
            except Invalid:
                continue  # finer than anything that is booked here
            if meant.currency in {None, currency}:
                await self.stating.note_import(
                    meant.account_id, currency, dt.date.fromisoformat(day), stated, import_id
                )
        self.journal.judge_later()


class _Maker:
    """Makes lines of another program's postings."""

    def __init__(
        self,
        bound: Mapping[str, Bound],
        money: set[UUID | None],
        codes: Mapping[str, str],
        currencies: Currencies,
        trading_id: UUID,
        rounding_id: UUID,
    ) -> None:
        self.bound = bound
        self.money = money
        self.codes = codes
        self.currencies = currencies
        self.trading_id = trading_id
        self.rounding_id = rounding_id

    def make(self, transactions: Sequence[DraftTransaction]) -> Carried:
        """All of them, in order."""
        transactions = [each for each in transactions if each.postings]
        carried = Carried(transactions)
        seen: Counter[bytes] = Counter()
        for transaction in transactions:
            lines = self._lines(transaction, carried)
            whole = lines or self._unbound(transaction)
            anchor = next((line for line in whole if line.account_id in self.money), whole[0])
            facts = canonical(_facts(transaction))
            seen[facts] += 1
            carried.lines.append(lines)
            carried.anchors.append(anchor)
            carried.ids.append(ids.new_id())
            carried.marks.append(
                hashlib.sha256(anchor.account_id.bytes + facts + seen[facts].to_bytes(4, "big")).digest()
            )
        return carried

    def _lines(self, transaction: DraftTransaction, carried: Carried) -> tuple[Line, ...] | None:
        if any(self._account(posting) is None for posting in transaction.postings):
            return None
        # What a program added to balance an exchange is added here in the same way.
        lines = [self._line(transaction, posting) for posting in transaction.postings if not posting.generated]
        try:
            whole = balance(lines, trading_account_id=self.trading_id)
        except Invalid as fault:
            left = excesses(lines)
            if any(abs(amount) >= SMALLEST_ROUNDED for amount in left.values()):
                raise TransactionUnfit.on_line(transaction.line, problem=fault.detail) from None
            carried.rounded.append(transaction.line)
            rest = (
                Line(self.rounding_id, -amount, currency, id=ids.new_id()) for currency, amount in sorted(left.items())
            )
            whole = (*lines, *rest)
        if len(whole) > MAX_POSTINGS:
            raise TransactionUnfit.on_line(transaction.line, problem=f"it has more than {MAX_POSTINGS} postings.")
        return whole

    def _account(self, posting: DraftPosting) -> UUID | None:
        bound = self.bound.get(posting.account)
        return bound.account_id if bound else None

    def _line(self, transaction: DraftTransaction, posting: DraftPosting) -> Line:
        bound = self.bound[posting.account]
        currency = self.codes.get(posting.currency, posting.currency)
        assert bound.account_id is not None, "it was looked at before"  # noqa: S101 - a defect
        if not bound.takes(currency):
            problem = f"{posting.account} is kept in {bound.currency}, and the posting is in {currency}."
            raise TransactionUnfit.on_line(transaction.line, problem=problem)
        try:
            amount = self.currencies.settle(posting.amount, currency, pointer="/file")
        except Invalid as fault:
            raise TransactionUnfit.on_line(transaction.line, problem=fault.detail) from None
        return self._noted(bound.account_id, amount, currency, posting)

    def _noted(self, account_id: UUID, amount: Decimal, currency: str, posting: DraftPosting) -> Line:
        """The line, with what is noted of its worth, where that can be noted here."""
        price, cost = posting.price, posting.cost
        priced = price and self._noted_in(price.amount, price.currency, currency)
        costing = cost and self._noted_in(cost.amount, cost.currency, currency)
        return Line(
            account_id,
            amount,
            currency,
            id=ids.new_id(),
            status=posting.status,
            memo=as_kept(posting.memo, MAX_MEMO),
            price=Price(price.amount, priced) if price and priced else None,
            cost=Cost(cost.amount, costing, cost.date, as_kept(cost.label, MAX_LABEL)) if cost and costing else None,
        )

    def _noted_in(self, amount: Decimal, named: str, currency: str) -> str | None:
        """The currency that a price is noted in; None if it can't be: it is of the same, or no price at all."""
        code = self.codes.get(named, named)
        is_fit = is_code(code) and code != currency and amount >= 0 and decimals(amount) <= MAX_DECIMALS
        return code if is_fit and amount.adjusted() + 1 + decimals(amount) <= MAX_DIGITS else None

    def _unbound(self, transaction: DraftTransaction) -> tuple[Line, ...]:
        """Something to know a transaction by that is left out."""
        posting = transaction.postings[0]
        account_id = self._account(posting) or self.trading_id
        return (Line(account_id, posting.amount, self.codes.get(posting.currency, posting.currency), id=ids.new_id()),)


def _facts(transaction: DraftTransaction) -> list[str]:
    return [
        "transaction",
        transaction.external_id or "",
        transaction.date.isoformat(),
        transaction.payee or "",
        transaction.description or "",
        *(
            part
            for posting in transaction.postings
            for part in (posting.account, f"{posting.amount.normalize():f}", posting.currency)
        ),
    ]


def _chunk(
    import_id: UUID, carried: Carried, verdicts: Mapping[int, Verdict], openings: set[int], start: int
) -> list[Values]:
    places = range(start, min(start + ROWS_AT_ONCE, len(carried.ids)))
    return [_values(import_id, carried, place, verdicts.get(place, NEW), place in openings) for place in places]


def _values(import_id: UUID, carried: Carried, place: int, verdict: Verdict, is_opening: bool) -> Values:
    transaction, lines, anchor = carried.transactions[place], carried.lines[place], carried.anchors[place]
    if lines is None and verdict.decision is Decision.NEW:
        verdict = Verdict(Decision.SKIP)
    values = {
        "import_id": import_id,
        "position": place,
        "id": carried.ids[place],
        "kind": RowKind.TRANSACTION.value,
        "statement": 0,
        "line": transaction.line,
        "date": transaction.date,
        "account_id": anchor.account_id,
        "amount": anchor.amount,
        "currency": anchor.currency,
        "status": anchor.status,
        "payee": as_kept(transaction.payee, MAX_PAYEE),
        "description": as_kept(transaction.description, MAX_DESCRIPTION),
        "notes": as_kept(transaction.notes, MAX_NOTES, lines=True),
        "value_date": transaction.value_date,
        "due_date": transaction.due_date,
        "tags": plain_tags(transaction.tags),
        "extra": facts(transaction.metadata),
        "external_id": transaction.external_id,
        "corrects": None,
        "fingerprint": carried.marks[place],
        "category_id": None,
        "postings": [_posting(line) for line in lines or (anchor,)],
        "is_opening": is_opening,
        "original": dict(transaction.original),
        "transaction_id": verdict.of_transaction_id
        if verdict.decision is Decision.DUPLICATE and verdict.of_transaction_id
        else carried.ids[place],
        "posting_id": anchor.id,
        "counter_id": None,
        "line_id": None if verdict.is_kept or lines is None else ids.new_id(),
        "is_chosen": False,
        **decided(verdict),
    }
    return tuple(values[name] for name in COLUMNS)


def _posting(line: Line) -> dict[str, Any]:
    return {
        "id": str(line.id or ids.new_id()),
        "account_id": str(line.account_id),
        "amount": f"{line.amount:f}",
        "currency": line.currency,
        "status": line.status,
        "memo": line.memo,
        "generated": line.generated,
        **_worth(line),
    }


def _worth(line: Line) -> dict[str, Any]:
    worth: dict[str, Any] = {}
    if line.price:
        worth |= {"price_amount": f"{line.price.amount:f}", "price_currency": line.price.currency}
    if line.cost:
        worth |= {"cost_amount": f"{line.cost.amount:f}", "cost_currency": line.cost.currency}
        worth |= {"cost_date": line.cost.date.isoformat() if line.cost.date else None, "cost_label": line.cost.label}
    return worth


def _bought(statements: Sequence[DraftStatement]) -> dict[str, int]:
    """The securities that accounts' money bought or came of, with the digits that their units need."""
    digits: dict[str, int] = {}
    for security in _securities(statements):
        digits[security.commodity] = max(digits.get(security.commodity, 0), decimals(security.amount))
    return {name: min(count, MAX_DECIMALS) for name, count in digits.items()}


def _named(statements: Sequence[DraftStatement]) -> dict[str, DraftCommodity]:
    return {each.commodity: DraftCommodity(each.commodity, each.name) for each in _securities(statements)}


def _securities(statements: Sequence[DraftStatement]) -> Iterator[DraftSecurity]:
    return (row.security for statement in statements for row in statement.rows if row.security is not None)


def _used(book: DraftBook) -> dict[str, int]:
    """The currencies and commodities of a book, with the digits after the point that they need."""
    digits: dict[str, int] = {}
    for transaction in book.transactions:
        for posting in transaction.postings:
            digits[posting.currency] = max(digits.get(posting.currency, 0), decimals(posting.amount))
            for worth in (posting.price, posting.cost):
                if worth is not None:
                    digits[worth.currency] = max(digits.get(worth.currency, 0), decimals(worth.amount))
    for account in book.accounts:
        if account.currency is not None:
            digits.setdefault(account.currency, 0)
    for assertion in book.assertions:
        digits[assertion.currency] = max(digits.get(assertion.currency, 0), decimals(assertion.amount))
    return {name: min(count, MAX_DECIMALS) for name, count in digits.items()}


def _code(name: str, taken: set[str]) -> str:
    """A code for a commodity, as near to its name as codes are."""
    plain_name = _UNFIT.sub("", name.upper())[:12].lstrip("0123456789._-")
    code = plain_name if is_code(plain_name) else f"X{plain_name}"[:12]
    code = code if is_code(code) else "XOTHER"
    number = 2
    while code in taken or not _is_free(code):
        code = f"{code[:9]}.{number}"
        number += 1
    return code


def _is_free(code: str) -> bool:
    return Currencies().find(code) is None
