"""Mapping: which accounts and categories of the book are meant by the names that a file uses. Pure.

For each name there is a proposal with a score and a reason, and a person may choose another: an account of the book,
one to be made, or none.
"""

from __future__ import annotations

import difflib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from farthing.formats.drafts import DraftBook, DraftFile, DraftRow, DraftSplit, DraftStatement
from farthing.kit import ids
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountType, SystemRole, name_key, number_key

MAX_NAMES = 5000
"""The most names that one file uses."""
MAX_SEGMENT = 100
MAX_SEGMENTS = 8
MAX_NUMBER = 200
LAST_OF_NUMBER = 4
MAX_DESCRIPTION = 2000
NEAR = 0.86
"""How much alike two names are, at least, to be taken for one."""
MAX_COMPARED = 400
"""Of more names than these that nothing is called like, it isn't asked which is nearly so."""
OPENING_NAMES = frozenset({"opening balances", "opening balance", "openingbalances", "opening-balances"})


class Role(StrEnum):
    """What a name is used for."""

    ACCOUNT = "account"
    CATEGORY = "category"


class Use(StrEnum):
    """What is meant by a name."""

    EXISTING = "existing"
    """An account of the book."""
    CREATE = "create"
    """One that is made when the import is booked."""
    SKIP = "skip"
    """None: rows lack it, or are left out where they are of it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name as a file uses it, with what the file says of it."""

    name: str
    role: Role
    kind: AccountKind
    type: AccountType | None = None
    currency: str | None = None
    number: str | None = None
    description: str | None = None
    used: frozenset[str] = frozenset()
    """The currencies of what the file has on it."""
    called: str | None = None
    """What an account is called that is made for it; None: the name itself."""


@dataclass(frozen=True, slots=True)
class Known:
    """An account of the book."""

    id: UUID
    full_name: str
    kind: AccountKind
    currency: str | None
    number_key: str | None
    is_open: bool
    role: str | None

    @classmethod
    def of(cls, account: Mapping[str, Any]) -> Known:
        """Of a row of the chart."""
        return cls(
            account["id"],
            account["full_name"],
            AccountKind(account["kind"]),
            account["currency"],
            number_key(account["number"] or "") or None,
            account["closed_on"] is None,
            account["role"],
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """An account that a name is bound to, there or about to be; None: to none."""

    account_id: UUID | None
    currency: str | None = None

    def takes(self, currency: str) -> bool:
        """Whether it takes an amount in this currency."""
        return self.account_id is not None and self.currency in {None, currency}


@dataclass(frozen=True, slots=True)
class Meant:
    """What is meant by a name. ``account`` is the full name of an account that is there, or is made."""

    name: str
    role: Role
    use: Use
    account_id: UUID | None
    account: str | None
    kind: AccountKind
    type: AccountType | None
    currency: str | None
    number: str | None
    description: str | None
    score: Decimal
    reason: str
    chosen: bool = False

    @property
    def bound(self) -> Bound:
        """What the name is bound to."""
        return Bound(None) if self.use is Use.SKIP else Bound(self.account_id, self.currency)


def names_of(file: DraftFile, unknown: AbstractSet[str] = frozenset()) -> list[Named]:
    """The names that a file uses, each once, in the order in which it uses them.

    The accounts of statements that have a number, or no name, aren't among them: those are found by it, or named.

    Args:
        file: as it was read.
        unknown: numbers, as these are compared, that no account has: accounts that have one go by it.
    """
    if file.book is not None:
        return _of_book(file.book)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    accounts: dict[str, Named] = {}
    for statement in file.statements:
        if statement.number and number_key(statement.number) in unknown:
            named = _of_statement(statement, statement.number)
            accounts.setdefault(statement.number, replace(named, number=statement.number, called=_called(statement)))
        elif statement.name and not statement.number:
            accounts[statement.name] = _of_statement(statement, statement.name)
    for statement in file.statements:
        for row in statement.rows:
            parts: tuple[DraftRow | DraftSplit, ...] = (row, *row.splits)
            for part in parts:
                if part.transfer_to:
                    accounts.setdefault(part.transfer_to, Named(part.transfer_to, Role.ACCOUNT, AccountKind.ASSET))
                elif part.category:
                    sums[part.category] += part.amount
    categories = [
        Named(name, Role.CATEGORY, AccountKind.INCOME if total > 0 else AccountKind.EXPENSE)
        for name, total in sums.items()
    ]
    return [*accounts.values(), *categories]


def _of_statement(statement: DraftStatement, name: str) -> Named:
    type_ = _type(statement.account_type)
    kind = AccountKind.LIABILITY if type_ and AccountKind.ASSET not in type_.kinds else AccountKind.ASSET
    used = frozenset(row.currency for row in statement.rows if row.currency)
    currency = statement.currency or (next(iter(used)) if len(used) == 1 else None)
    if statement.holdings or any(row.security for row in statement.rows):
        currency = None  # it keeps securities beside money
    return Named(name, Role.ACCOUNT, kind, type_, currency, used=used)


def _called(statement: DraftStatement) -> str:
    """What an account is called by, if the bank has no name for it: the end of its number, which its owner knows."""
    kind = (_type(statement.account_type) or AccountType.CHECKING).value.replace("_", " ").capitalize()
    return statement.name or f"{kind} {(statement.number or '')[-LAST_OF_NUMBER:]}"


def _of_book(book: DraftBook) -> list[Named]:
    found: dict[str, Named] = {}
    used: defaultdict[str, Decimal] = defaultdict(Decimal)
    currencies: defaultdict[str, set[str]] = defaultdict(set)
    for transaction in book.transactions:
        for posting in transaction.postings:
            used[posting.account] += posting.amount
            currencies[posting.account].add(posting.currency)
    for account in book.accounts:
        kind = _kind(account.kind, account.name, used.get(account.name, Decimal(0)))
        type_ = _type(account.type)
        currency = account.currency
        if type_ is not None and kind not in type_.kinds:
            type_ = None
        if currency is not None and currencies[account.name] - {currency}:
            currency = None  # the other program didn't mind
        if type_ is not None and type_.is_bank_like and currency is None:
            only = currencies[account.name]
            if len(only) == 1:
                (currency,) = only
            else:
                type_ = None
        found[account.name] = Named(
            account.name,
            _role(kind),
            kind,
            type_,
            currency,
            account.number,
            account.description,
            frozenset(currencies[account.name]),
        )
    for name, total in used.items():
        if name not in found:
            kind = _kind(None, name, total)
            found[name] = Named(name, _role(kind), kind, used=frozenset(currencies[name]))
    return list(found.values())


def _role(kind: AccountKind) -> Role:
    return Role.CATEGORY if kind.is_category else Role.ACCOUNT


def _kind(said: str | None, name: str, total: Decimal) -> AccountKind:
    if said is not None:
        return AccountKind(said)
    first = name_key(name.partition(SEPARATOR)[0])
    for kind in AccountKind:
        if first in {name_key(kind.root), kind.value}:
            return kind
    return AccountKind.ASSET if total >= 0 else AccountKind.LIABILITY


def _type(said: str | None) -> AccountType | None:
    return AccountType(said) if said in {each.value for each in AccountType} else None


def propose(named: Sequence[Named], chart: Sequence[Known], remembered: Mapping[str, UUID]) -> list[Meant]:
    """What is probably meant by each name.

    Args:
        named: the names that a file uses.
        chart: the accounts of the book.
        remembered: what was meant by names before.
    """
    finder = _Finder(chart)
    found: list[Meant] = []
    to_make: dict[str, Meant] = {}
    compared = 0
    numbers = {"", *finder.by_number}
    for each in named:
        account, score, reason = finder.find(each, remembered, may_compare=compared < MAX_COMPARED)
        if account is not None:
            found.append(existing(each, account, score, reason))
            continue
        compared += 1
        key = number_key(each.number or "")
        if key in numbers:
            each = replace(each, number=None)  # noqa: PLW2901 - the first that has it keeps it
        numbers.add(key)
        whole = finder.free(path_of(each), each)
        twin = to_make.get(name_key(whole))
        meant = create(each, whole) if twin is None else replace(twin, name=each.name, role=each.role)
        to_make.setdefault(name_key(whole), meant)
        found.append(meant)
    return found


def existing(named: Named, account: Known, score: Decimal, reason: str, *, chosen: bool = False) -> Meant:
    """An account of the book is meant."""
    return Meant(
        named.name,
        named.role,
        Use.EXISTING,
        account.id,
        account.full_name,
        account.kind,
        None,
        account.currency,
        None,
        None,
        score,
        reason,
        chosen,
    )


def create(named: Named, whole: str, *, chosen: bool = False) -> Meant:
    """One that is made is meant, of this full name."""
    return Meant(
        named.name,
        named.role,
        Use.CREATE,
        ids.new_id(),
        whole,
        named.kind,
        named.type,
        named.currency,
        (named.number or "")[:MAX_NUMBER].strip() or None,
        (named.description or "")[:MAX_DESCRIPTION].strip() or None,
        Decimal(0),
        "none_like_it",
        chosen,
    )


def path_of(named: Named) -> str:
    """The full name that an account has here which is made for a name."""
    name = named.called or named.name
    segments = [" ".join(segment.split())[:MAX_SEGMENT].strip() for segment in name.split(SEPARATOR)]
    segments = [segment for segment in segments if segment]
    if segments and name_key(segments[0]) in {name_key(named.kind.root), named.kind.value} and len(segments) > 1:
        segments = segments[1:]
    if len(segments) > MAX_SEGMENTS:
        segments = [*segments[: MAX_SEGMENTS - 1], " / ".join(segments[MAX_SEGMENTS - 1 :])[:MAX_SEGMENT].strip()]
    return SEPARATOR.join([named.kind.root, *(segments or ["Unnamed"])])


def _variants(whole: str, named: Named) -> Iterator[str]:
    """A full name, and what else an account may be called where the name is taken."""
    yield whole
    parent, _, leaf = whole.rpartition(SEPARATOR)
    only = named.currency or (next(iter(named.used)) if len(named.used) == 1 else None)
    for more in itertools.chain([f" ({only})"] if only else [], (f" {place}" for place in itertools.count(2))):
        yield f"{parent}{SEPARATOR}{leaf[: MAX_SEGMENT - len(more)].rstrip()}{more}"


class _Finder:
    """Finds the account of the book that a name means."""

    def __init__(self, chart: Sequence[Known]) -> None:
        self.by_id = {account.id: account for account in chart}
        self.by_name = {name_key(account.full_name): account for account in chart}
        self.by_number = {account.number_key: account for account in chart if account.number_key}
        self.by_leaf: defaultdict[str, list[Known]] = defaultdict(list)
        self.openings = [account for account in chart if account.role == SystemRole.OPENING_BALANCES]
        for account in chart:
            self.by_leaf[name_key(account.full_name.rpartition(SEPARATOR)[2])].append(account)

    def find(
        self, named: Named, remembered: Mapping[str, UUID], *, may_compare: bool
    ) -> tuple[Known | None, Decimal, str]:
        """The account, how sure that is, and why."""
        for account, score, reason in self._candidates(named, remembered, may_compare=may_compare):
            if account is not None and self._fits(named, account):
                return account, Decimal(score), reason
        return None, Decimal(0), "none_like_it"

    def free(self, whole: str, named: Named) -> str:
        """A full name that no account of the book has: this one, or nearly."""
        return next(other for other in _variants(whole, named) if name_key(other) not in self.by_name)

    def _candidates(
        self, named: Named, remembered: Mapping[str, UUID], *, may_compare: bool
    ) -> Iterable[tuple[Known | None, str, str]]:
        yield self.by_id.get(remembered.get(named.name, UUID(int=0))), "1", "remembered"
        if named.number and number_key(named.number):
            yield self.by_number.get(number_key(named.number)), "1", "same_number"
        yield self.by_name.get(name_key(named.name)), "1", "same_name"
        for other in _variants(path_of(named), named):
            # One that was made beside another of the name is found beside it again.
            account = self.by_name.get(name_key(other))
            yield account, "0.95", "same_name"
            if account is None:
                break
        leaf = name_key(named.name.rpartition(SEPARATOR)[2])
        if named.kind is AccountKind.EQUITY and leaf in OPENING_NAMES and self.openings:
            yield self.openings[0], "0.90", "same_meaning"
        same = [account for account in self.by_leaf.get(leaf, ()) if self._fits(named, account)]
        if len(same) == 1:
            yield same[0], "0.85", "same_last_part"
        if may_compare and named.role is Role.CATEGORY:
            near = difflib.get_close_matches(name_key(path_of(named))[:200], self.by_name, n=1, cutoff=NEAR)
            similar = self.by_name[near[0]] if near else None
            yield (None if similar is None or similar.role else similar), "0.80", "similar_name"

    def _fits(self, named: Named, account: Known) -> bool:
        if not account.is_open:
            return False
        if account.kind is not named.kind:
            both = {account.kind, named.kind}
            if both not in ({AccountKind.INCOME, AccountKind.EXPENSE}, {AccountKind.ASSET, AccountKind.LIABILITY}):
                return False
        return account.currency is None or (
            named.currency in {None, account.currency} and named.used <= {account.currency}
        )
