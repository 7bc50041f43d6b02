"""Reading beancount: the book that a file makes, its balances those that beancount itself would print.

Padding is inserted, lots are found, left-out amounts are filled in. What differs from the file is little, and said:

- accounts are named from Farthing's roots where the options call the roots something else;
- a ``balance`` holds as its day begins, here at the end of the day before; one that holds only within a tolerance is
  skipped, because here balances are exact;
- links become the metadata ``links``, metadata of a posting becomes its memo;
- transactions of one currency that miss zero by no more than beancount tolerates get a posting to ``Equity:Rounding``;
- other files that are included aren't read: the file is refused unless ``answers`` say ``includes=leave_out``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import cast, get_args

from farthing.formats.beancount.booking import METHODS, Booked, Booker, LotCost, Tolerances
from farthing.formats.beancount.directives import (
    Balance,
    Close,
    Commodity,
    Directive,
    Directives,
    Open,
    Pad,
    PriceOf,
    Transaction,
    Value,
    directives,
    noted_on,
    unreadable,
)
from farthing.formats.dates import FIRST_DAY
from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftBook,
    DraftCost,
    DraftFile,
    DraftPosting,
    DraftPrice,
    DraftSum,
    DraftTransaction,
    SkippedLine,
    Status,
)
from farthing.formats.exact import kept, quotient
from farthing.formats.numbers import NumberError
from farthing.formats.openings import is_opening
from farthing.formats.text import decode
from farthing.ledger.accounts import AccountKind
from farthing.ledger.money import EXACT

OWN = "farthing-"
"""What names of metadata begin with that this program writes, for what beancount has no words for."""

_HEAD = 65_536
_DIRECTIVE = re.compile(
    rb"^(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ \t]+(?:open|close|commodity|balance|pad|price|note|event|query|custom"
    rb"|document|txn)[ \t]"
    rb"|(?:option|plugin|include)[ \t]+\""
    rb"|[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ \t]+[*!][ \t]*(?:\"[^\"\n]*\"[ \t]*){1,2}(?:[#^][^\n]*)?\r?\n"
    rb"(?:[ \t]+[a-z][a-z-]*:[^\n]*\n)*[ \t]+(?:Assets|Liabilities|Equity|Income|Expenses):)",
    re.MULTILINE,
)
_HEADER = re.compile(rb"^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}(?P<rest>[^\n]*)$", re.MULTILINE)
_BARE = re.compile(rb"[ \t]+(?:txn|[*!&#?%A-Z])[ \t]*(?:\"[^\"]*(?:\"[ \t]*|$)){0,2}(?:[#^][^\s;]*[ \t]*)*(?:;.*)?$")
_POSTING = re.compile(
    rb"\n[ \t]+(?:[*!&#?%A-Z][ \t]+)?(?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-Z0-9][A-Za-z0-9-]*)+"
    rb"(?:[ \t]+[-+]?[0-9][0-9.,]*[ \t]+[A-Z][A-Z0-9'._-]*)?[ \t]*(?:[{@;][^\n]*)?(?=\n|\Z)"
)
_INDENTED = re.compile(rb"\n[ \t]+(?![ \t\n;]|[a-z][A-Za-z0-9_-]*:)[^\n]*")
_ROOTS = {kind: f"name_{kind.root.lower()}" for kind in AccountKind}
_ORDER: Mapping[type, int] = {Open: -2, Balance: -1, Close: 2}
_CHECKS_ONLY = frozenset(
    {
        *("auto_accounts", "check_average_cost", "check_commodity", "coherent_cost", "commodity_attr", "leafonly"),
        *("noduplicates", "nounused", "onecommodity", "pedantic", "sellgains", "unique_prices", "close_tree"),
        *("fix_payees", "mark_unverified", "auto"),
    }
)
"""Plugins that come with beancount and leave balances as they are."""
_IMPLICIT_PRICES = "beancount.plugins.implicit_prices"
_NUMBERS = ("farthing-number", "account-number", "account_number", "iban", "number")
_DESCRIPTIONS = ("description", "desc")
_MOST_NAMED = 20


def recognises(data: bytes) -> bool:
    """Whether one of the first lines is a directive that only beancount has, or a transaction as it writes them."""
    head = data[:_HEAD].replace(b"\xef\xbb\xbf", b"", 1).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _DIRECTIVE.search(head) is not None or _has_bare_transactions(head)


def _has_bare_transactions(head: bytes) -> bool:
    """Whether all that is dated is a transaction without words that aren't quoted, on accounts named as here."""
    headers = [found["rest"] for found in _HEADER.finditer(head)]
    if not headers or not all(_BARE.match(each.rstrip()) for each in headers):
        return False
    return len(_INDENTED.findall(head)) == len(_POSTING.findall(head)) > 0


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a beancount file.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``includes`` is ``leave_out`` for a file that includes others, which are not read.

    Raises:
        FileUnreadable: a line breaks beancount's rules, a transaction doesn't balance, or other files are included.
        FileTooLong: more than ``max_rows`` transactions.
    """
    decoded = decode(data)
    said = directives(decoded.text, max_rows=max_rows)
    if said.includes and answers.get("includes") != "leave_out":
        line = said.includes[0][0]
        raise unreadable(line, "includes another file, which isn't read: put all of them into one")
    reader = _Reader(said)
    book = reader.book()
    understood = {"encoding": decoded.encoding, **reader.understood()}
    skipped = sorted(
        [*said.skipped, *reader.skipped, *(SkippedLine(line, "includes another file") for line, _ in said.includes)],
        key=lambda each: each.line,
    )
    return DraftFile("beancount", (), tuple(skipped), tuple(reader.warnings), understood, book)


@dataclass(frozen=True, slots=True)
class _Options:
    """What the file's options say."""

    roots: Mapping[str, AccountKind]
    method: str = "STRICT"
    rounding: str = "Rounding"
    title: str | None = None
    operating: tuple[str, ...] = ()
    tolerances: Tolerances = field(default_factory=Tolerances)

    @classmethod
    def of(cls, written: Sequence[tuple[str, str]]) -> _Options:
        last = dict(written)
        defaults: dict[str, Decimal] = {}
        for name, value in written:
            if name == "inferred_tolerance_default":
                currency, _, number = value.partition(":")
                if (tolerance := _option_number(number)) is not None:
                    defaults[currency.strip()] = tolerance
        multiplier = last.get("inferred_tolerance_multiplier", last.get("tolerance_multiplier", ""))
        half = Tolerances().multiplier
        return cls(
            roots={last.get(option, kind.root): kind for kind, option in _ROOTS.items()},
            method=last.get("booking_method", "STRICT") if last.get("booking_method") in METHODS else "STRICT",
            rounding=last.get("account_rounding", "Rounding"),
            title=last.get("title"),
            operating=tuple(dict.fromkeys(value for name, value in written if name == "operating_currency")),
            tolerances=Tolerances(
                defaults,
                _option_number(multiplier) or half,
                last.get("infer_tolerance_from_cost", "").upper() == "TRUE",
            ),
        )


def _option_number(text: str) -> Decimal | None:
    return Decimal(text.strip()) if re.fullmatch(r"\s*[0-9]{1,9}(?:\.[0-9]{1,18})?\s*", text) else None


class _Reader:
    """Makes a book of directives."""

    def __init__(self, said: Directives) -> None:
        self.said = said
        self.skipped: list[SkippedLine] = []
        self.warnings: list[str] = []
        self.options = _Options.of(said.options)
        self._opened = {each.account: each for each in said.dated if isinstance(each, Open)}
        self._commodities = {
            each.currency: name
            for each in said.dated
            if isinstance(each, Commodity) and isinstance(name := each.metadata.get(f"{OWN}name"), str)
        }
        self._names: dict[str, str] = {}
        self._kinds: dict[str, str | None] = {}
        self._inexact_costs: Counter[int] = Counter()
        self._rounded: list[int] = []

    def understood(self) -> dict[str, str]:
        """What the options say, and how much there is."""
        found = {"title": self.options.title, "operating_currency": ", ".join(self.options.operating)}
        return {name: value for name, value in found.items() if value}

    def book(self) -> DraftBook:
        """The book.

        Raises:
            FileUnreadable: a transaction doesn't balance, or takes what can't be found.
        """
        for directive in self.said.dated:
            if isinstance(directive, Open | Close | Pad | Balance):
                self._name(directive.account, directive.line)
            if isinstance(directive, Pad):
                self._name(directive.source, directive.line)
        ordered = sorted(self.said.dated, key=lambda each: (each.date, _ORDER.get(type(each), 0)))
        methods = {name: each.booking for name, each in self._opened.items() if each.booking in METHODS}
        booker = Booker(methods, self.options.method, self.options.tolerances)
        booked = [(each, booker.book(each)) for each in ordered if isinstance(each, Transaction)]
        self.warnings += booker.warnings[:_MOST_NAMED]
        if len(booker.warnings) > _MOST_NAMED:
            self.warnings.append(f"Lots are not as {len(booker.warnings) - _MOST_NAMED} more lines have them.")
        transactions = [self._transaction(each, postings) for each, postings in booked]
        paddings = _Padding(
            self._names, self._commodities, self.options.tolerances, transactions, ordered
        ).transactions()
        transactions = sorted([*map(self._opening, paddings), *transactions], key=lambda each: each.date)
        assertions = self._assertions(transactions, [each for each in ordered if isinstance(each, Balance)])
        prices = self._prices(ordered, booked)
        self._warn_of_plugins()
        self._warn_of_rounding()
        return DraftBook(self._accounts(), tuple(transactions), prices, assertions)

    def _name(self, account: str, line: int) -> str:
        """Farthing's name of an account; it is noted, with its kind."""
        if (name := self._names.get(account)) is not None:
            return name
        root, _, rest = account.partition(":")
        kind = self.options.roots.get(root)
        if kind is None:
            raise unreadable(line, f"names an account of none of the roots {', '.join(self.options.roots)}")
        name = f"{kind.root}:{rest}"
        kind_word: str | None = kind.value
        if (opened := self._opened.get(account)) is not None:
            name = _text(opened.metadata, f"{OWN}name") or name
            kind_word = None if opened.metadata.get(f"{OWN}kind") == "" else kind_word
        self._names[account] = name
        self._kinds[name] = kind_word
        return name

    def _commodity(self, currency: str) -> str:
        return self._commodities.get(currency, currency)

    def _accounts(self) -> tuple[DraftAccount, ...]:
        closed = {each.account: each.date for each in self.said.dated if isinstance(each, Close)}
        found: list[DraftAccount] = []
        for account in dict.fromkeys([*self._opened, *self._names]):
            name = self._names[account]
            opened = self._opened.get(account)
            metadata: Mapping[str, Value] = opened.metadata if opened else {}
            bound = opened.currencies if opened else ()
            found.append(
                DraftAccount(
                    name=name,
                    kind=self._kinds[name],
                    type=_text(metadata, f"{OWN}type"),
                    currency=_text(metadata, f"{OWN}currency")
                    or (self._commodity(bound[0]) if len(bound) == 1 else None),
                    number=_text(metadata, *_NUMBERS),
                    description=_text(metadata, *_DESCRIPTIONS),
                    opened=_opened(opened) if opened else None,
                    closed=_day(metadata, f"{OWN}closed") or closed.get(account),
                )
            )
        return tuple(dict.fromkeys(found))

    def _transaction(self, written: Transaction, booked: Sequence[Booked]) -> DraftTransaction:
        status: Status = "pending" if written.flag == "!" else "cleared"
        postings = [self._posting(each, status) for each in booked if f"{OWN}generated" not in each.written.metadata]
        if len(postings) == len(booked) and not any(each.cost or each.price for each in booked):
            postings += self._rounding(written, postings)
        metadata = {name: value for name, value in written.metadata.items() if not name.startswith(OWN)}
        if written.links:
            metadata["links" if "links" not in metadata else "beancount-links"] = " ".join(written.links)
        for name, called in written.metadata.items():
            if name.startswith(f"{OWN}named-") and isinstance(called, str):
                metadata[called] = written.metadata.get(name.replace("named", "value"))
        tags = (
            (_text(written.metadata, f"{OWN}tags") or "").split("\n")
            if f"{OWN}tags" in written.metadata
            else written.tags
        )
        own = written.metadata
        draft = DraftTransaction(
            line=written.line,
            date=written.date,
            postings=tuple(postings),
            payee=written.payee or None,
            description=written.narration or None,
            notes=_text(own, f"{OWN}notes"),
            tags=tuple(dict.fromkeys(tags)),
            metadata=metadata,
            value_date=_day(own, f"{OWN}value-date"),
            due_date=_day(own, f"{OWN}due-date"),
            external_id=_text(own, f"{OWN}id"),
            original={"flag": written.flag} if written.flag not in "*!" else {},
        )
        said = own.get(f"{OWN}opening")
        return replace(draft, is_opening=said) if isinstance(said, bool) else self._opening(draft)

    def _opening(self, draft: DraftTransaction) -> DraftTransaction:
        """The transaction, marked if it is an opening."""
        return replace(draft, is_opening=is_opening((each.account for each in draft.postings), self._kinds))

    def _posting(self, booked: Booked, status: Status) -> DraftPosting:
        written = booked.written
        if written.flag in ("!", "*"):
            status = "pending" if written.flag == "!" else "cleared"
        if (said := written.metadata.get(f"{OWN}status")) in get_args(Status):
            status = cast("Status", said)
        price, total = self._price(booked)
        cost = self._cost(booked)
        if written.metadata.get(f"{OWN}exchanged"):
            price = total = None
        if isinstance(noted := written.metadata.get(f"{OWN}noted"), str):
            price, total, cost = self._noted(booked, noted)
        try:
            return DraftPosting(
                account=self._name(written.account, written.line),
                amount=kept(booked.number),
                currency=self._commodity(booked.currency),
                memo=_memo(written.metadata),
                status=status,
                price=price,
                cost=cost,
                total=total,
            )
        except NumberError as error:
            raise unreadable(written.line, f"comes to an amount that {error}") from error

    def _price(self, booked: Booked) -> tuple[DraftSum | None, DraftSum | None]:
        """The price of one unit, or what all came to where the price has no end."""
        price = booked.price
        if price is None or price.number is None or price.currency is None or not booked.number:
            return None, None
        currency = self._commodity(price.currency)
        if not price.is_total:
            return DraftSum(kept(price.number), currency), None
        unit, is_exact = quotient(price.number, abs(booked.number))
        return (DraftSum(unit, currency), None) if is_exact else (None, DraftSum(kept(price.number), currency))

    def _noted(self, booked: Booked, noted: str) -> tuple[DraftSum | None, DraftSum | None, DraftCost | None]:
        """Price, total and cost that this program noted beside a posting, because they don't balance it."""
        posting = noted_on(booked.written, noted)
        cost = posting.cost
        lot = (
            LotCost(cost.per, cost.currency, cost.date, cost.label)
            if cost is not None and cost.per is not None and cost.currency is not None
            else None
        )
        again = replace(booked, cost=lot, price=posting.price)
        return (*self._price(again), self._cost(again))

    def _cost(self, booked: Booked) -> DraftCost | None:
        cost = booked.cost
        if cost is None:
            return None
        number = kept(cost.number)
        if number != cost.number:
            self._inexact_costs[booked.written.line] += 1
        date = None if booked.written.metadata.get(f"{OWN}undated") else cost.date
        return DraftCost(number, self._commodity(cost.currency), date, cost.label)

    def _rounding(self, written: Transaction, postings: Sequence[DraftPosting]) -> list[DraftPosting]:
        """What postings of plain amounts miss zero by, as postings."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for posting in postings:
            sums[posting.currency] = EXACT.add(sums[posting.currency], posting.amount)
        missing = [(currency, rest) for currency, rest in sums.items() if rest]
        if not missing:
            return []
        self._rounded.append(written.line)
        equity = next(root for root, kind in self.options.roots.items() if kind is AccountKind.EQUITY)
        account = self._name(f"{equity}:{self.options.rounding}", written.line)
        return [DraftPosting(account, kept(EXACT.minus(rest)), currency) for currency, rest in missing]

    def _assertions(
        self, transactions: Sequence[DraftTransaction], balances: Sequence[Balance]
    ) -> tuple[DraftAssertion, ...]:
        """The balances that are exact; or wrong, which is warned about."""
        holdings = Holdings(self._name(each.account, each.line) for each in balances)
        found: list[DraftAssertion] = []
        place, wrong = 0, 0
        for balance in balances:
            while place < len(transactions) and transactions[place].date < balance.date:
                holdings.add(transactions[place])
                place += 1
            account, currency = self._name(balance.account, balance.line), self._commodity(balance.currency)
            off = EXACT.subtract(balance.amount, holdings.of(account, currency))
            if off and abs(off) <= _tolerance(balance, self.options.tolerances):
                reason = f"states a balance that is only right within a tolerance: it is off by {off:f} {currency}"
                self.skipped.append(SkippedLine(balance.line, reason))
                continue
            if balance.date <= FIRST_DAY:
                self.skipped.append(SkippedLine(balance.line, "states a balance before the first day of all"))
                continue
            if off:
                wrong += 1
                if wrong <= _MOST_NAMED:
                    self.warnings.append(f"Line {balance.line}: the balance of {account} is off by {off:f} {currency}.")
            day = balance.date - dt.timedelta(days=1)
            amount = kept(balance.amount)
            with_children = not balance.metadata.get(f"{OWN}alone")
            found.append(DraftAssertion(balance.line, account, day, amount, currency, with_children=with_children))
        if wrong > _MOST_NAMED:
            self.warnings.append(f"{wrong - _MOST_NAMED} more balances are off.")
        return tuple(found)

    def _prices(
        self, ordered: Iterable[Directive], booked: Iterable[tuple[Transaction, Sequence[Booked]]]
    ) -> tuple[DraftPrice, ...]:
        prices = [
            DraftPrice(
                each.line, each.date, self._commodity(each.currency), kept(each.amount), self._commodity(each.quoted)
            )
            for each in ordered
            if isinstance(each, PriceOf)
        ]
        if any(name == _IMPLICIT_PRICES for _, name in self.said.plugins):
            prices = _with_implicit(prices, self._implicit(booked))
        return tuple(prices)

    def _implicit(self, booked: Iterable[tuple[Transaction, Sequence[Booked]]]) -> Iterable[DraftPrice]:
        """The prices that postings name, as a plugin makes them: of a purchase its cost, else its price."""
        for transaction, postings in booked:
            for each in postings:
                currency = self._commodity(each.currency)
                price, _ = self._price(each)
                if price is not None:
                    yield DraftPrice(each.written.line, transaction.date, currency, price.amount, price.currency)
                elif (cost := self._cost(each)) is not None and not each.is_reduction:
                    yield DraftPrice(each.written.line, transaction.date, currency, cost.amount, cost.currency)

    def _warn_of_plugins(self) -> None:
        for line, name in self.said.plugins[:_MOST_NAMED]:
            package, _, last = name.rpartition(".")
            known = package == "beancount.plugins" and last in _CHECKS_ONLY
            if not known and name != _IMPLICIT_PRICES:
                self.warnings.append(f"Line {line}: the plugin {name[:80]} isn't run; what it would change stays.")

    def _warn_of_rounding(self) -> None:
        if self.said.rounded:
            first, count = self.said.rounded[0], len(self.said.rounded)
            self.warnings.append(f"Line {first}: a sum has no end, and is taken at 18 decimals ({count} in all).")
        if self._inexact_costs:
            first, count = min(self._inexact_costs), self._inexact_costs.total()
            self.warnings.append(f"Line {first}: a cost for one unit has no end within 18 decimals ({count} in all).")
        if self._rounded:
            first, count = self._rounded[0], len(self._rounded)
            self.warnings.append(
                f"Line {first}: the amounts miss zero by what beancount tolerates; "
                f"that goes to Equity:{self.options.rounding} ({count} in all)."
            )


class Holdings:
    """What some accounts hold together with those below them, as transactions are added.

    Args:
        accounts: those that will be asked for.
    """

    def __init__(self, accounts: Iterable[str]) -> None:
        self._wanted = frozenset(accounts)
        self._above: dict[str, tuple[str, ...]] = {}
        self._sums: dict[tuple[str, str], Decimal] = {}

    def of(self, account: str, currency: str) -> Decimal:
        """What the account holds of a currency by now."""
        return self._sums.get((account, currency), Decimal(0))

    def add(self, transaction: DraftTransaction) -> None:
        """Add a transaction's postings."""
        for posting in transaction.postings:
            self.add_amount(posting.account, posting.amount, posting.currency)

    def add_amount(self, account: str, amount: Decimal, currency: str) -> None:
        """Add an amount."""
        above = self._above.get(account)
        if above is None:
            parts = account.split(":")
            names = (":".join(parts[:count]) for count in range(1, len(parts) + 1))
            above = self._above[account] = tuple(name for name in names if name in self._wanted)
        for name in above:
            key = (name, currency)
            self._sums[key] = EXACT.add(self._sums.get(key, Decimal(0)), amount)


class _Padding:
    """Makes the transactions that ``pad`` asks for, as ``beancount.ops.pad`` does.

    A pad makes the next balance of its account true, once in each currency, up to the account's next pad. What other
    pads bring to the account isn't looked at.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        commodities: Mapping[str, str],
        tolerances: Tolerances,
        transactions: Sequence[DraftTransaction],
        ordered: Sequence[Directive],
    ) -> None:
        self._names = names
        self._commodities = commodities
        self._tolerances = tolerances
        self._by_line = {each.line: each for each in transactions}
        self._ordered = ordered
        self._holdings = Holdings(names[each.account] for each in ordered if isinstance(each, Pad))
        self._active: dict[str, Pad] = {}
        self._padded: dict[str, set[str]] = {}

    def transactions(self) -> list[DraftTransaction]:
        """The padding, by date of the balances."""
        found: list[DraftTransaction] = []
        for each in self._ordered:
            if isinstance(each, Transaction):
                self._holdings.add(self._by_line[each.line])
            elif isinstance(each, Pad):
                self._active[each.account] = each
                self._padded[each.account] = set()
            elif isinstance(each, Balance) and (pad := self._active.get(each.account)) is not None:
                found += self._pad(pad, each)
        return found

    def _pad(self, pad: Pad, balance: Balance) -> list[DraftTransaction]:
        if balance.currency in self._padded[pad.account]:
            return []
        self._padded[pad.account].add(balance.currency)
        account, source = self._names[pad.account], self._names[pad.source]
        currency = self._commodities.get(balance.currency, balance.currency)
        off = EXACT.subtract(balance.amount, self._holdings.of(account, currency))
        if abs(off) <= _tolerance(balance, self._tolerances):
            return []
        self._holdings.add_amount(account, off, currency)
        amount = kept(off)
        return [
            DraftTransaction(
                line=pad.line,
                date=pad.date,
                postings=(
                    DraftPosting(account, amount, currency),
                    DraftPosting(source, -amount, currency),
                ),
                description=f"Padding for the balance of {balance.date.isoformat()}",
                original={"flag": "P"},
            )
        ]


def _tolerance(balance: Balance, tolerances: Tolerances) -> Decimal:
    """How far a balance may be off: what it says itself, else twice what a transaction may be."""
    if balance.tolerance is not None:
        return balance.tolerance
    exponent = balance.amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= 0:
        return Decimal(0)
    return Decimal(1).scaleb(exponent) * tolerances.multiplier * 2


def _with_implicit(prices: Sequence[DraftPrice], implicit: Iterable[DraftPrice]) -> list[DraftPrice]:
    """Prices, with those that aren't among them yet, by date."""
    known = {(each.date, each.commodity, each.currency, each.amount) for each in prices}
    found = list(prices)
    for each in implicit:
        if (key := (each.date, each.commodity, each.currency, each.amount)) not in known:
            known.add(key)
            found.append(each)
    return sorted(found, key=lambda each: each.date)


def _text(metadata: Mapping[str, Value], *names: str) -> str | None:
    """The first of these that is there and says something, as text."""
    for name in names:
        value = metadata.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, Decimal):
            return f"{value:f}"
    return None


def _day(metadata: Mapping[str, Value], name: str) -> dt.date | None:
    value = metadata.get(name)
    return value if isinstance(value, dt.date) else None


def _opened(opened: Open) -> dt.date | None:
    """The day on which an account began; None where this program had to make one up."""
    if opened.metadata.get(f"{OWN}unopened"):
        return None
    return _day(opened.metadata, f"{OWN}opened") or opened.date


def _memo(metadata: Mapping[str, Value]) -> str | None:
    """The memo of a posting, and what else is noted on it."""
    said = [str(metadata["memo"])] if metadata.get("memo") else []
    for name, value in metadata.items():
        if name != "memo" and value is not None and not name.startswith(OWN):
            word = (
                str(value).upper() if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else value
            )
            said.append(f"{name}: {word}")
    return "; ".join(said) or None
