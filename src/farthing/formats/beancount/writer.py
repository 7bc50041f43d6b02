"""Writing beancount: a book as a file that ``bean-check`` accepts, with the balances that it has here.

What beancount has no words for is metadata whose names begin with ``farthing-``; the reader knows them, so that what is
written comes back the same. Balances that don't hold are comments: beancount refuses a file over them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from farthing.formats.balanced import Way, rests, trading, way
from farthing.formats.beancount.lines import WORD
from farthing.formats.beancount.names import account_names, commodity_names
from farthing.formats.beancount.reader import OWN, Holdings
from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftCost,
    DraftPosting,
    DraftPrice,
    DraftTransaction,
    WrittenBook,
)
from farthing.formats.openings import is_opening

TRADING = "Equity:Trading"

_FIRST_DAY = dt.date(1970, 1, 1)
_WORD = re.compile(rf"{WORD}\Z")
_KEY = re.compile(r"[a-z][A-Za-z0-9_-]+\Z")
_RESERVED_KEYS = frozenset({"filename", "lineno"})
_HALF = Decimal("0.5")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})

Value = str | bool | int | Decimal | dt.date | None


def write(book: WrittenBook, *, title: str | None = None, currencies: Sequence[str] = ()) -> Iterator[bytes]:
    """A book as a beancount file, a piece at a time.

    Args:
        book: what is written, its transactions by date. Postings that are ``generated`` are left out where the others
            say as much.
        title: what the book is called.
        currencies: those that it is mostly kept in.
    """
    writer = _Writer(book)
    # What is sold needn't match a lot here: a cost is a fact that somebody noted.
    head = ['option "booking_method" "NONE"']
    head += [f'option "title" {_string(title)}'] if title else []
    head += [f'option "operating_currency" "{writer.commodity(each)}"' for each in currencies]
    yield "\n".join([*head, "", ""]).encode()
    yield from writer.pieces()


@dataclass(slots=True)
class _Use:
    """What is done with an account: between which days, in which currencies, and whether lots add up."""

    first: dt.date
    last: dt.date
    currencies: set[str] = field(default_factory=set)
    has_loose_lots: bool = False


class _Writer:
    def __init__(self, book: WrittenBook) -> None:
        self.book = book
        self._declared = {each.name: each for each in book.accounts}
        self._used: dict[str, _Use] = {}
        self._look_at_uses()
        kinds = {name: each.kind for name, each in self._declared.items()}
        for name in self._used:
            kinds.setdefault(name, _kind_of_root(name))
        self._kinds = kinds
        self._names = account_names(kinds)
        self._commodities = commodity_names(self._all_commodities())
        self._held = _held(book)

    def commodity(self, name: str) -> str:
        """Beancount's name of a commodity."""
        return self._commodities.get(name, name)

    def pieces(self) -> Iterator[bytes]:
        """The file, without its options."""
        yield from (f"{line}\n".encode() for line in self._openings())
        assertions: dict[dt.date, list[DraftAssertion]] = defaultdict(list)
        for assertion in self.book.assertions:
            assertions[assertion.date].append(assertion)
        for price in self.book.prices:
            yield f"{self._price(price)}\n".encode()
        for transaction in self.book.transactions:
            yield ("\n" + "\n".join(self._transaction(transaction)) + "\n").encode()
        if assertions:
            yield b"\n"
        for date in sorted(assertions):
            for assertion in assertions[date]:
                yield ("\n".join(self._assertion(assertion)) + "\n").encode()

    # --- accounts and commodities -----------------------------------------------------------------------------------

    def _look_at_uses(self) -> None:
        lots: dict[tuple[str, str], dict[DraftCost, Decimal]] = defaultdict(dict)
        for transaction in self.book.transactions:
            for posting in self._said(transaction):
                use = self._use(posting.account, transaction.date)
                use.currencies.add(posting.currency)
                if posting.cost is not None and not _fits_lots(lots[posting.account, posting.currency], posting):
                    use.has_loose_lots = True
        for assertion in self.book.assertions:
            use = self._use(assertion.account, assertion.date)
            use.last = max(use.last, assertion.date + dt.timedelta(days=1))
            use.currencies.add(assertion.currency)

    def _use(self, account: str, date: dt.date) -> _Use:
        use = self._used.get(account)
        if use is None:
            use = self._used[account] = _Use(date, date)
        use.first, use.last = min(use.first, date), max(use.last, date)
        return use

    def _all_commodities(self) -> Iterator[str]:
        for account in self.book.accounts:
            if account.currency:
                yield account.currency
        for transaction in self.book.transactions:
            for posting in self._said(transaction):
                yield posting.currency
                for noted in (posting.price, posting.total, posting.cost):
                    if noted is not None:
                        yield noted.currency
        for price in self.book.prices:
            yield from (price.commodity, price.currency)
        for assertion in self.book.assertions:
            yield assertion.currency

    def _openings(self) -> Iterator[str]:
        for name, made in self._commodities.items():
            if name != made:
                yield f"{_FIRST_DAY.isoformat()} commodity {made}"
                yield f"  {OWN}name: {_string(name)}"
        for name, made in self._names.items():
            yield from self._opening(self._declared.get(name) or DraftAccount(name, self._kinds[name]), made)

    def _opening(self, account: DraftAccount, made: str) -> Iterator[str]:
        use = self._used.get(account.name)
        first = min(filter(None, (account.opened, use.first if use else None)), default=_FIRST_DAY)
        facts: dict[str, Value] = {}
        if _root_name(made, account.kind) != account.name:
            facts[f"{OWN}name"] = account.name
        if account.kind is None:
            facts[f"{OWN}kind"] = ""
        if account.opened is None:
            facts[f"{OWN}unopened"] = True
        elif account.opened != first:
            facts[f"{OWN}opened"] = account.opened
        bound = account.currency
        if bound and use and use.currencies - {bound}:
            facts[f"{OWN}currency"] = bound
            bound = None
        facts |= {f"{OWN}type": account.type, "number": account.number, "description": account.description}
        booking = ' "NONE"' if use and use.has_loose_lots else ""
        last = max(account.closed, use.last) if account.closed and use else account.closed
        if account.closed and last != account.closed:
            facts[f"{OWN}closed"] = account.closed
        if account.closed and last and last <= first < dt.date.max:  # beancount closes no account on its first day
            facts[f"{OWN}closed"], last = account.closed, first + dt.timedelta(days=1)
        yield f"{first.isoformat()} open {made}{f' {self.commodity(bound)}' if bound else ''}{booking}"
        yield from _metadata(facts, "  ")
        if last:
            yield f"{last.isoformat()} close {made}"

    # --- what happens -----------------------------------------------------------------------------------------------

    def _price(self, price: DraftPrice) -> str:
        commodity, currency = self.commodity(price.commodity), self.commodity(price.currency)
        return f"{price.date.isoformat()} price {commodity} {price.amount:f} {currency}"

    @staticmethod
    def _said(transaction: DraftTransaction) -> list[DraftPosting]:
        """The postings that are written: the generated ones only if nothing else balances."""
        own = [each for each in transaction.postings if not each.generated]
        generated = [each for each in transaction.postings if each.generated]
        if not own:
            return generated
        if way(own, _overlooked(own)) is Way.TRADED or (_is_exchange(own) and _exchanged(own) is None):
            return own + (generated or trading(own, TRADING))
        return own

    def _transaction(self, transaction: DraftTransaction) -> Iterator[str]:
        postings = self._said(transaction)
        own = [each for each in postings if not each.generated] or postings
        is_pending = all(each.status == "pending" for each in own)
        words = [transaction.date.isoformat(), "!" if is_pending else "*"]
        if transaction.payee is not None:
            words.append(_string(transaction.payee))
        words.append(_string(transaction.description or ""))
        words += [f"#{tag}" for tag in transaction.tags if _WORD.match(tag)]
        links = _links(transaction.metadata.get("links"))
        yield " ".join([*words, *(f"^{link}" for link in links)])
        yield from self._facts(transaction, has_links=bool(links))
        has_notes = len(postings) == len(own) and way(own, _overlooked(own)) is Way.NOTED
        exchanged = _exchanged(own) if len(postings) == len(own) and _is_exchange(own) else None
        is_divided = exchanged is not None or (has_notes and any(each.total for each in own))
        for posting in postings:
            yield from self._posting(
                _with_decimals(posting) if is_divided else posting,
                is_pending=is_pending,
                has_notes=has_notes,
                exchanged_for=exchanged[1] if exchanged and exchanged[0] is posting else None,
            )

    def _facts(self, transaction: DraftTransaction, *, has_links: bool) -> Iterator[str]:
        """The metadata of a transaction, and what else is written as such."""
        given: dict[str, Value] = {}
        facts: dict[str, Value] = {}
        named = 0
        for name, value in transaction.metadata.items():
            if name == "links" and has_links:
                continue
            if _KEY.match(name) and name not in _RESERVED_KEYS and not name.startswith(OWN):
                given[name] = value
            else:
                named += 1
                given[f"{OWN}named-{named}"] = name
                given[f"{OWN}value-{named}"] = value
        if any(not _WORD.match(tag) for tag in transaction.tags):
            facts[f"{OWN}tags"] = "\n".join(transaction.tags)
        facts[f"{OWN}notes"] = transaction.notes
        facts[f"{OWN}value-date"] = transaction.value_date
        facts[f"{OWN}due-date"] = transaction.due_date
        facts[f"{OWN}id"] = transaction.external_id
        own = [each.account for each in transaction.postings if not each.generated]
        if transaction.is_opening != is_opening(own, self._kinds):
            facts[f"{OWN}opening"] = transaction.is_opening
        yield from (f"  {name}: {_value(value)}" for name, value in given.items())
        yield from _metadata(facts, "  ")

    def _posting(
        self, posting: DraftPosting, *, is_pending: bool, has_notes: bool, exchanged_for: tuple[Decimal, str] | None
    ) -> Iterator[str]:
        flag = "! " if posting.status == "pending" and not is_pending else ""
        line = f"  {flag}{self._names[posting.account]}  {posting.amount:f} {self.commodity(posting.currency)}"
        facts: dict[str, Value] = {"memo": posting.memo}
        if posting.status == "reconciled":
            facts[f"{OWN}status"] = "reconciled"
        if posting.generated:
            facts[f"{OWN}generated"] = True
        cost, price = self._cost(posting), self._noted_price(posting)
        if posting.cost is not None and posting.cost.date is None:
            facts[f"{OWN}undated"] = True
        if has_notes:
            line += cost + price
        elif cost or price:
            facts[f"{OWN}noted"] = (cost + price).strip()
        if exchanged_for:
            line += f" @@ {exchanged_for[0]:f} {self.commodity(exchanged_for[1])}"
            facts[f"{OWN}exchanged"] = True
        yield line
        yield from _metadata(facts, "    ")

    def _cost(self, posting: DraftPosting) -> str:
        cost = posting.cost
        if cost is None:
            return ""
        parts = [f"{cost.amount:f} {self.commodity(cost.currency)}"]
        if cost.date:
            parts.append(cost.date.isoformat())
        if cost.label:
            parts.append(_string(cost.label))
        return f" {{{', '.join(parts)}}}"

    def _noted_price(self, posting: DraftPosting) -> str:
        if not posting.amount:
            return ""
        if posting.price is not None and posting.price.amount >= 0:
            return f" @ {posting.price.amount:f} {self.commodity(posting.price.currency)}"
        if posting.total is not None:
            return f" @@ {posting.total.amount:f} {self.commodity(posting.total.currency)}"
        return ""

    def _assertion(self, assertion: DraftAssertion) -> Iterator[str]:
        date = assertion.date + dt.timedelta(days=1)
        words = f"{self._names[assertion.account]}  {assertion.amount:f} {self.commodity(assertion.currency)}"
        mark = "" if self._held[assertion] else "; doesn't hold: "
        yield f"{mark}{date.isoformat()} balance {words}"
        if not mark and not assertion.with_children:
            yield f"  {OWN}alone: TRUE"


def _kind_of_root(name: str) -> str | None:
    return {
        "Assets": "asset",
        "Liabilities": "liability",
        "Equity": "equity",
        "Income": "income",
        "Expenses": "expense",
    }.get(name.partition(":")[0])


def _root_name(made: str, kind: str | None) -> str | None:
    """What the reader would call an account by itself; None where it has to be told."""
    return made if kind is not None else None


def _held(book: WrittenBook) -> dict[DraftAssertion, bool]:
    """Whether each balance holds, as beancount reckons it: with the accounts below."""
    holdings = Holdings(each.account for each in book.assertions)
    found: dict[DraftAssertion, bool] = {}
    transactions = iter(book.transactions if book.assertions else ())
    following = next(transactions, None)
    for assertion in sorted(book.assertions, key=lambda each: each.date):
        while following is not None and following.date <= assertion.date:
            holdings.add(following)
            following = next(transactions, None)
        found[assertion] = holdings.of(assertion.account, assertion.currency) == assertion.amount
    return found


def _fits_lots(lots: dict[DraftCost, Decimal], posting: DraftPosting) -> bool:
    """Whether a posting adds to its lots, or takes what is in exactly one; the lots are changed."""
    cost = posting.cost
    if cost is None:
        return True
    is_taking = any((units > 0) != (posting.amount > 0) for units in lots.values())
    same = [
        lot
        for lot in lots
        if cost.label is None and (lot.amount, lot.currency, lot.date) == (cost.amount, cost.currency, cost.date)
    ]
    fits = not is_taking or (len(same or [cost]) == 1 and abs(lots.get(cost, Decimal(0))) >= abs(posting.amount))
    lots[cost] = lots.get(cost, Decimal(0)) + posting.amount
    if not lots[cost]:
        del lots[cost]
    return fits


def _overlooked(postings: Iterable[DraftPosting]) -> Callable[[str], Decimal]:
    """How far beancount lets weights miss zero: half of the last digit that is written in the currency."""
    least: dict[str, Decimal] = {}
    for posting in postings:
        exponent = posting.amount.as_tuple().exponent
        if isinstance(exponent, int) and exponent < 0:
            least[posting.currency] = max(least.get(posting.currency, Decimal(0)), _HALF.scaleb(exponent))
    return lambda currency: least.get(currency, Decimal(0))


def _with_decimals(posting: DraftPosting) -> DraftPosting:
    """A posting whose amount has a digit after the point.

    Beancount divides what stands behind ``@@``, and multiplies again: what is lost it overlooks if amounts have those.
    """
    exponent = posting.amount.as_tuple().exponent
    is_whole = isinstance(exponent, int) and exponent >= 0
    return replace(posting, amount=Decimal(f"{posting.amount:f}.0")) if is_whole else posting


def _is_exchange(postings: Sequence[DraftPosting]) -> bool:
    return way(postings, _overlooked(postings)) is Way.EXCHANGE


def _exchanged(postings: Sequence[DraftPosting]) -> tuple[DraftPosting, tuple[Decimal, str]] | None:
    """The one posting of a currency that was exchanged, and what for; None where several are."""
    sums = rests((each.amount, each.currency) for each in postings)
    for currency, other in (tuple(sums), tuple(sums)[::-1]):
        of_it = [each for each in postings if each.currency == currency]
        if len(of_it) == 1:
            return of_it[0], (abs(sums[other]), other)
    return None


def _links(value: object) -> list[str]:
    """The words of the metadata ``links``, if all of them can be links."""
    if not isinstance(value, str):
        return []
    words = value.split(" ")
    return words if all(map(_WORD.match, words)) and len(set(words)) == len(words) else []


def _metadata(facts: Mapping[str, Value], indent: str) -> Iterator[str]:
    for name, value in facts.items():
        if value is not None:
            yield f"{indent}{name}: {_value(value)}"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if value is None:
        return "NULL"
    if isinstance(value, Decimal | int):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return value.isoformat() if isinstance(value, dt.date) else _string(value)


def _string(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'
