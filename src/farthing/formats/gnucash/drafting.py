"""Drafting: what GnuCash keeps, as drafts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from farthing.formats import fractions
from farthing.formats.commodity_codes import CommodityCodes
from farthing.formats.drafts import (
    DraftAccount,
    DraftBook,
    DraftCommodity,
    DraftFile,
    DraftPosting,
    DraftPrice,
    DraftSum,
    DraftTransaction,
    FileUnreadable,
    SkippedLine,
    Status,
)
from farthing.formats.foreign_names import Paths, one_line
from farthing.formats.gnucash.kept import MONEY, CommodityKey, Kept, KeptAccount, KeptSplit, KeptTransaction
from farthing.formats.numbers import NumberError
from farthing.ledger.money import EXACT, decimals

IMBALANCE = "Imbalance"
"""What GnuCash calls the account of what is missing, followed by a currency."""
GAINS = "Trading Gains"
"""The other side of a gain that GnuCash books against a security without moving any of it."""

_TYPES: dict[str, tuple[str, str | None]] = {
    "ASSET": ("asset", None),
    "BANK": ("asset", "checking"),
    "CHECKING": ("asset", "checking"),
    "SAVINGS": ("asset", "savings"),
    "MONEYMRKT": ("asset", "savings"),
    "CASH": ("asset", "cash"),
    "STOCK": ("asset", "investment"),
    "MUTUAL": ("asset", "investment"),
    "CURRENCY": ("asset", None),
    "RECEIVABLE": ("asset", "receivable"),
    "CREDIT": ("liability", "credit_card"),
    "CREDITLINE": ("liability", "loan"),
    "LIABILITY": ("liability", None),
    "PAYABLE": ("liability", "payable"),
    "INCOME": ("income", None),
    "EXPENSE": ("expense", None),
    "EQUITY": ("equity", None),
    "TRADING": ("equity", None),
}
_BOUND = frozenset({"asset", "liability"})
_RECONCILED = frozenset("yf")
_VOID = "v"
_OPENING_NAMES = frozenset(
    {
        "opening balances",
        "opening balance",
        "anfangsbestand",
        "eröffnungsbilanz",
        "ouverture",
        "soldes d'ouverture",
        "soldes initiaux",
        "bilanci d'apertura",
        "saldi iniziali",
        "balances iniciales",
        "saldos iniciales",
        "saldos de abertura",
        "beginsaldi",
        "openingsbalans",
        "ingående balanser",
    }
)
_DEEPEST = 64
_MOST_WARNINGS = 50


def drafted(kept: Kept, kind: str) -> DraftFile:
    """The drafts of a book.

    Args:
        kept: the book.
        kind: which of GnuCash's kinds of files it was, in words.

    Raises:
        FileUnreadable: accounts that are below themselves, a split of no account.
    """
    return _Drafter(kept).file(kind)


class _Drafter:
    """Drafts a book, noting what it leaves out."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.codes = CommodityCodes()
        self.paths = Paths()
        self.skipped: list[SkippedLine] = []
        self.warnings: list[str] = []
        self.made: dict[str, DraftAccount] = {}
        """Accounts that the file lacks, by their paths."""
        self.held: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.last: dict[str, dt.date] = {}

    def file(self, kind: str) -> DraftFile:
        for key in self.kept.commodities:
            self._code(key)
        for account in self.kept.accounts.values():
            self._path(account)
        drafts = [draft for each in self.kept.transactions if (draft := self._transaction(each)) is not None]
        drafts.sort(key=lambda each: each.date)
        prices = self._prices()
        accounts = [self._account(each) for each in self.kept.accounts.values() if self._is_read(each)]
        book = DraftBook(
            (*accounts, *self.made.values()), tuple(drafts), prices=prices, commodities=self._commodities()
        )
        left_out = [f"Not read: {count} {what}." for what, count in self.kept.left_out.items()]
        understood = {"kept_as": kind, "accounts": str(len(accounts)), "transactions": str(len(drafts))}
        return DraftFile(
            "gnucash",
            skipped=tuple(self.skipped),
            warnings=(*left_out, *_few(self.warnings)),
            understood=understood,
            book=book,
        )

    def _code(self, key: CommodityKey) -> str:
        space, symbol = key
        if space.upper() in MONEY:
            return self.codes.currency(symbol)
        return self.codes.security(key, symbol, space)

    def _commodities(self) -> tuple[DraftCommodity, ...]:
        return tuple(
            DraftCommodity(
                self._code(key),
                one_line(each.name) or one_line(key[1]),
                decimals(Decimal(1) / each.fraction) if _is_power(each.fraction) else None,
            )
            for key, each in self.kept.commodities.items()
            if key[0].upper() not in MONEY
        )

    def _is_read(self, account: KeptAccount) -> bool:
        if account.type == "ROOT":
            return False
        return account.type != "TRADING" or self.paths.give(account.id, None) in self.last

    def _path(self, account: KeptAccount) -> str:
        """The path of an account: found for those above it first."""
        line: list[KeptAccount] = []
        each: KeptAccount | None = account
        while each is not None and each.type != "ROOT":
            line.append(each)
            if len(line) > _DEEPEST:
                raise FileUnreadable.on_line(None, problem="it has accounts that lie too deep, or below themselves")
            each = self.kept.accounts.get(each.parent) if each.parent else None
        above: str | None = None
        for each in reversed(line):
            above = self.paths.give(each.id, each.name, below=above)
        return above or self.paths.give(account.id, account.name)

    def _account(self, account: KeptAccount) -> DraftAccount:
        kind, type_ = _TYPES.get(account.type, (None, None))
        path = self._path(account)
        is_closed = account.hidden and not any(self.held[path].values())
        return DraftAccount(
            path,
            kind,
            type_,
            self._code(account.commodity) if account.commodity and kind in _BOUND else None,
            number=one_line(account.code),
            description=one_line(account.description),
            closed=self.last.get(path) if is_closed else None,
        )

    def _transaction(self, each: KeptTransaction) -> DraftTransaction | None:
        if each.splits and all(split.state == _VOID for split in each.splits):
            self.skipped.append(SkippedLine(each.number, f"is void: {one_line(each.void_reason) or 'no reason given'}"))
            return None
        currency = self._code(each.currency)
        postings, missing = self._postings(each, currency)
        if not postings:
            self.skipped.append(SkippedLine(each.number, "moves no money"))
            return None
        if missing:
            postings.append(self._imbalance(each, missing, currency))
        for posting in postings:
            self.held[posting.account][posting.currency] += posting.amount
            self.last[posting.account] = max(each.date, self.last.get(posting.account, each.date))
        return DraftTransaction(
            each.number,
            each.date,
            tuple(postings),
            description=one_line(each.description),
            notes=each.notes.strip() or None,
            metadata={"number": one_line(each.num) or ""} if one_line(each.num) else {},
            external_id=each.id or None,
            is_opening=any(self._is_opening(split.account) for split in each.splits),
            original={
                name: value
                for name, value in (("id", each.id), ("num", each.num), ("description", each.description))
                if value
            },
        )

    def _postings(self, each: KeptTransaction, currency: str) -> tuple[list[DraftPosting], Decimal]:
        """Its splits, and what they lack to balance, in its currency."""
        found: list[DraftPosting] = []
        total = Decimal(0)
        for split in self._told(each):
            account = self.kept.accounts.get(split.account)
            if account is None or account.type == "ROOT":
                raise FileUnreadable.on_line(
                    each.number, problem=f"transaction {each.number} has a split of no account"
                )
            code = self._code(account.commodity or each.currency)
            worth = split.quantity if code == currency else split.value
            total = EXACT.add(total, worth)
            if split.quantity:
                found.append(self._posting(split, account, code, currency))
            elif worth:
                found.append(self._gain(split, currency))
        return found, EXACT.minus(total) if total else total

    def _told(self, each: KeptTransaction) -> list[KeptSplit]:
        """The splits that a person wrote: those of trading accounts are made up, if they sum to nothing."""
        trading = [split for split in each.splits if self._type(split.account) == "TRADING"]
        if not trading or sum((split.value for split in trading), Decimal(0)):
            return each.splits
        return [split for split in each.splits if self._type(split.account) != "TRADING"]

    def _type(self, account: str) -> str:
        found = self.kept.accounts.get(account)
        return found.type if found else ""

    def _posting(self, split: KeptSplit, account: KeptAccount, code: str, currency: str) -> DraftPosting:
        price = None
        if code != currency and (unit := fractions.quotient(abs(split.value), abs(split.quantity))) is not None:
            price = DraftSum(unit, currency)
        return DraftPosting(
            self._path(account),
            split.quantity,
            code,
            memo=one_line(split.memo) or one_line(split.action),
            status=_status(split),
            price=price,
        )

    def _gain(self, split: KeptSplit, currency: str) -> DraftPosting:
        self.made.setdefault(GAINS, DraftAccount(self.paths.give(GAINS, GAINS), "equity"))
        return DraftPosting(
            self.made[GAINS].name, split.value, currency, memo=one_line(split.memo), status=_status(split)
        )

    def _imbalance(self, each: KeptTransaction, missing: Decimal, currency: str) -> DraftPosting:
        """A split for what is missing, on the account that GnuCash itself uses for that."""
        name = f"{IMBALANCE}-{currency}"
        account = next((known for known in self.kept.accounts.values() if known.name == name), None)
        if account is not None and account.commodity in (None, each.currency):
            path = self._path(account)
        else:
            path = self.paths.give(name, name)
            self.made.setdefault(name, DraftAccount(path, "equity"))
        self.warnings.append(
            f"Transaction {each.number} of {each.date} doesn't balance: {missing:f} {currency} are booked to {path}."
        )
        try:
            return DraftPosting(path, fractions.fitting(missing), currency)
        except NumberError as error:
            problem = f"transaction {each.number} has a sum that {error}"
            raise FileUnreadable.on_line(each.number, problem=problem) from error

    def _is_opening(self, account: str) -> bool:
        found = self.kept.accounts.get(account)
        if found is None or found.type != "EQUITY":
            return False
        return found.is_opening or found.name.partition(" - ")[0].strip().casefold() in _OPENING_NAMES

    def _prices(self) -> tuple[DraftPrice, ...]:
        found: list[DraftPrice] = []
        for each in self.kept.prices:
            commodity, currency = self._code(each.commodity), self._code(each.currency)
            if each.value is None or each.value <= 0 or commodity == currency:
                self.skipped.append(SkippedLine(each.number, "is a price of nothing"))
            else:
                found.append(DraftPrice(each.number, each.date, commodity, each.value, currency))
        return tuple(found)


def _status(split: KeptSplit) -> Status:
    """GnuCash's ``n`` says that nobody has looked, not that the bank hasn't booked it."""
    return "reconciled" if split.state in _RECONCILED else "cleared"


def _is_power(fraction: int) -> bool:
    return fraction > 0 and str(fraction).rstrip("0") == "1" and fraction <= 10**18


def _few(warnings: list[str]) -> list[str]:
    more = len(warnings) - _MOST_WARNINGS
    return warnings[:_MOST_WARNINGS] + ([f"There are {more} more warnings of the kind."] if more > 0 else [])
