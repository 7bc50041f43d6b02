"""Balancing: the amounts that a journal's transactions leave out, and the balances that they state.

A transaction comes to nothing in each commodity, by what its postings cost. One posting may leave its amount out and
takes the rest; one may state what its account holds instead, and takes what is missing to that. Both programs overlook
what is smaller than the last digit they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.formats.drafts import DraftCost, DraftSum
from farthing.formats.exact import kept
from farthing.formats.journal.entries import Posting, Transaction, unreadable
from farthing.formats.numbers import NumberError
from farthing.ledger.money import EXACT

LOOSE = "Equity:Virtual"
"""The other side of virtual postings that needn't balance."""
_NOTHING = Decimal(0)
_HALF = Decimal("0.5")
_CONVERTED = 2


@dataclass(frozen=True, slots=True)
class Asserted:
    """What a posting says its account holds."""

    amount: Decimal
    currency: str
    is_strict: bool
    with_children: bool


@dataclass(slots=True)
class Figures:
    """A posting's figures, read; ``price`` and ``in_all`` are what it was exchanged for, for one unit and for all.

    An ``amount`` of None was left out.
    """

    posting: Posting
    account: str
    amount: Decimal | None = None
    currency: str = ""
    price: DraftSum | None = None
    in_all: DraftSum | None = None
    cost: DraftCost | None = None
    asserted: Asserted | None = None

    def weight(self, *, by_cost: bool) -> tuple[Decimal, str]:
        """What the posting comes to, and in which commodity."""
        amount = self.amount or _NOTHING
        if by_cost and self.cost is not None and (self.price or self.in_all):
            return EXACT.multiply(amount, self.cost.amount), self.cost.currency
        if self.in_all is not None:
            return self.in_all.amount.copy_sign(amount), self.in_all.currency
        if self.price is not None:
            return EXACT.multiply(amount, self.price.amount), self.price.currency
        return amount, self.currency


class Balances:
    """What accounts hold of each commodity, and with those below them."""

    def __init__(self) -> None:
        self._own: dict[str, dict[str, Decimal]] = {}
        self._below: dict[str, dict[str, Decimal]] = {}
        self._above: dict[str, tuple[str, ...]] = {}

    def add(self, account: str, amount: Decimal, currency: str) -> None:
        """Add an amount."""
        above = self._above.get(account)
        if above is None:
            parts = account.split(":")
            above = self._above[account] = tuple(":".join(parts[:count]) for count in range(1, len(parts) + 1))
        own = self._own.setdefault(account, {})
        own[currency] = EXACT.add(own.get(currency, _NOTHING), amount)
        for name in above:
            below = self._below.setdefault(name, {})
            below[currency] = EXACT.add(below.get(currency, _NOTHING), amount)

    def of(self, account: str, *, with_children: bool) -> Mapping[str, Decimal]:
        """What the account holds, by commodity."""
        return (self._below if with_children else self._own).get(account, {})


@dataclass(slots=True)
class Balancer:
    """Completes transactions, which come to it in the order in which their balances are meant.

    ``by_cost``: what is sold from a lot comes to what it cost, as Ledger has it; hledger goes by the price alone.
    Neither takes a cost without a price for more than a note.
    ``digits``: how many decimals each commodity is shown with.
    """

    by_cost: bool
    digits: Mapping[str, int]
    balances: Balances = field(default_factory=Balances)
    wrong: list[tuple[int, str, Decimal, str]] = field(default_factory=list)
    """Balances that don't hold: line, account, how far off, commodity."""

    def complete(self, transaction: Transaction, figures: Sequence[Figures]) -> list[Figures]:
        """The postings, with nothing left out; added to the balances.

        Raises:
            FileUnreadable: they don't balance, or more is left out than can be filled in.
        """
        try:
            return self._complete(transaction, figures)
        except NumberError as error:
            raise unreadable(transaction.line, f"begins a transaction that {error}") from error

    def _complete(self, transaction: Transaction, figures: Sequence[Figures]) -> list[Figures]:
        groups: dict[bool, list[list[Figures]]] = {False: [], True: []}
        loose: list[list[Figures]] = []
        completed: list[list[Figures]] = []
        pending = Balances() if any(each.asserted for each in figures) else None
        for each in figures:
            made = [each]
            if each.amount is None and each.asserted is not None:
                made = self._assigned(each, pending)
            completed.append(made)
            (loose if each.posting.is_loose else groups[each.posting.is_virtual]).append(made)
            for part in made:
                if part.amount is not None and pending is not None:
                    pending.add(part.account, part.amount, part.currency)
        for some in groups.values():
            self._fill(transaction, some)
        complete = [each for some in completed for each in some if each.amount is not None]
        for each in complete:
            if each.amount is not None:
                self.balances.add(each.account, each.amount, each.currency)
            if each.asserted is not None:
                self._check(each, each.asserted)
        return [*complete, *(_other_side(each) for some in loose for each in some if each.amount)]

    def _assigned(self, figures: Figures, pending: Balances | None) -> list[Figures]:
        """A posting whose amount is what is missing to what its account holds then."""
        asserted = figures.asserted
        if asserted is None:
            return [figures]
        held = dict(self.balances.of(figures.account, with_children=asserted.with_children))
        if pending is not None:
            for currency, amount in pending.of(figures.account, with_children=asserted.with_children).items():
                held[currency] = EXACT.add(held.get(currency, _NOTHING), amount)
        takes_all = asserted.is_strict or (not asserted.amount and not asserted.currency)
        wanted = dict.fromkeys(held, _NOTHING) if takes_all else {}
        if asserted.currency or asserted.amount:
            wanted[asserted.currency] = asserted.amount
        made = [
            Figures(
                figures.posting, figures.account, kept(EXACT.subtract(amount, held.get(currency, _NOTHING))), currency
            )
            for currency, amount in wanted.items()
            if amount != held.get(currency, _NOTHING) or currency == asserted.currency
        ]
        if not made:
            made = [Figures(figures.posting, figures.account, _NOTHING, asserted.currency)]
        made[-1].asserted = asserted if asserted.currency else None
        return made

    def _fill(self, transaction: Transaction, group: list[list[Figures]]) -> None:
        """Give the posting without an amount what the others leave; see that they balance."""
        rests, usual = self._rests(group, by_cost=self.by_cost)
        lacking = [some for some in group if some[0].amount is None]
        if len(lacking) > 1:
            raise unreadable(lacking[1][0].posting.line, "is the second posting without an amount")
        if lacking:
            [some] = lacking
            some[:] = _taking(some[0], rests, usual)
            return
        rests = self._seen(rests)
        if rests and not self._seen(self._rests(group, by_cost=not self.by_cost)[0]):
            return
        if rests and not _amounts_alone(group):
            return  # prices beside the postings of a conversion, which says it all
        if rests and transaction.bucket and group:
            posting = Posting(transaction.line, transaction.bucket)
            group[-1].extend(_taking(Figures(posting, transaction.bucket), rests, ""))
        elif rests and not self._converts(group, rests):
            off = " and ".join(f"{rest:f} {currency}" for currency, rest in list(rests.items())[:3])
            raise unreadable(transaction.line, f"begins a transaction that doesn't balance: off by {off}")

    @staticmethod
    def _rests(group: Sequence[Sequence[Figures]], *, by_cost: bool) -> tuple[dict[str, Decimal], str]:
        """What the postings come to, where that isn't nothing, and the commodity of the first."""
        residual: dict[str, Decimal] = {}
        for each in (figures for some in group for figures in some):
            if each.amount is not None:
                weight, currency = each.weight(by_cost=by_cost)
                residual[currency] = EXACT.add(residual.get(currency, _NOTHING), weight)
        return {currency: kept(rest) for currency, rest in residual.items() if rest}, next(iter(residual), "")

    def _seen(self, rests: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """What isn't overlooked: both programs don't see less than half of the last digit that they show."""
        return {
            currency: rest
            for currency, rest in rests.items()
            if abs(rest) > _HALF.scaleb(-self.digits.get(currency, 0))
        }

    @staticmethod
    def _converts(group: Sequence[Sequence[Figures]], rests: Mapping[str, Decimal]) -> bool:
        """Whether one commodity was exchanged for another without a word about the price."""
        plain = all(each.price is None and each.in_all is None for some in group for each in some)
        return len(rests) == _CONVERTED and plain and len({rest > 0 for rest in rests.values()}) == _CONVERTED

    def _check(self, figures: Figures, asserted: Asserted) -> None:
        held = self.balances.of(figures.account, with_children=asserted.with_children)
        off = EXACT.subtract(asserted.amount, held.get(asserted.currency, _NOTHING))
        if off:
            self.wrong.append((figures.posting.line, figures.account, off, asserted.currency))
        if asserted.is_strict:
            for currency, amount in held.items():
                if amount and currency != asserted.currency:
                    self.wrong.append((figures.posting.line, figures.account, EXACT.minus(amount), currency))


def _amounts_alone(group: Sequence[Sequence[Figures]]) -> dict[str, Decimal]:
    """What the amounts miss zero by, whatever they were exchanged for."""
    sums: dict[str, Decimal] = {}
    for each in (figures for some in group for figures in some):
        if each.amount is not None:
            sums[each.currency] = EXACT.add(sums.get(each.currency, _NOTHING), each.amount)
    return {currency: rest for currency, rest in sums.items() if rest}


def _other_side(figures: Figures) -> Figures:
    """What balances a virtual posting that needn't."""
    posting = Posting(figures.posting.line, LOOSE, is_virtual=True)
    return Figures(posting, LOOSE, EXACT.minus(figures.amount or _NOTHING), figures.currency)


def _taking(figures: Figures, rests: Mapping[str, Decimal], currency: str) -> list[Figures]:
    """The posting that takes what is left, once for each commodity."""
    taken = [
        Figures(figures.posting, figures.account, EXACT.minus(rest), commodity) for commodity, rest in rests.items()
    ] or [Figures(figures.posting, figures.account, _NOTHING, currency)]
    taken[-1].asserted = figures.asserted
    return taken


def most_digits(figures: Iterable[Figures]) -> dict[str, int]:
    """How many decimals each commodity is written with at most."""
    found: dict[str, int] = {}
    for each in figures:
        if each.amount is not None:
            exponent = each.amount.as_tuple().exponent
            digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            if digits > found.get(each.currency, -1):
                found[each.currency] = digits
    return found
