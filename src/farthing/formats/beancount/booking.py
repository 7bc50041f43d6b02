"""Booking: the lots that a posting means, and the amounts that a transaction leaves out, as beancount finds them.

A posting weighs what it comes to in the currency of its cost, else of its price, else its own; a transaction's weights
come to nothing in each currency. Beancount allows them to miss that by half of the last digit that is written, and
rounds what it fills in to that digit; so does this, for else its balances would be others.
"""

from __future__ import annotations

import datetime as dt
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from typing import Literal

from farthing.formats.beancount.directives import Cost, Posting, Price, Transaction, unreadable
from farthing.formats.exact import kept
from farthing.formats.numbers import NumberError
from farthing.ledger.money import EXACT

_BEANCOUNT = Context(prec=28, rounding=ROUND_HALF_EVEN)
"""What beancount divides with; lots are told apart by what comes of it."""
_HALF = Decimal("0.5")
_MOST_TOLERANCE = _HALF
_MOST_TOLERANCE_DIGITS = 5
_MOST_LOOKS = 3_000_000
"""So many lots are looked at for one file's sales. A life of trading needs a hundredth of that."""

Method = Literal["STRICT", "STRICT_WITH_SIZE", "FIFO", "LIFO", "HIFO", "AVERAGE", "NONE"]
METHODS: frozenset[str] = frozenset({"STRICT", "STRICT_WITH_SIZE", "FIFO", "LIFO", "HIFO", "AVERAGE", "NONE"})


@dataclass(frozen=True, slots=True)
class LotCost:
    """What a unit of a lot cost, and what else tells the lot from others."""

    number: Decimal
    currency: str
    date: dt.date | None
    label: str | None


@dataclass(slots=True)
class _Lot:
    units: Decimal
    cost: LotCost

    def __lt__(self, other: _Lot) -> bool:
        return _age(self) < _age(other)


def _age(lot: _Lot) -> dt.date:
    return lot.cost.date or dt.date.max


@dataclass(slots=True)
class Booked:
    """A posting with nothing left out. ``written`` is the posting that it comes from.

    ``price`` is for one unit or, with ``is_total``, for all. ``weight`` is what it comes to.
    """

    written: Posting
    number: Decimal
    currency: str
    weight: Decimal
    weighed_in: str
    cost: LotCost | None = None
    price: Price | None = None
    is_reduction: bool = False


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far weights may miss zero, as the file's options have it."""

    defaults: Mapping[str, Decimal] = field(default_factory=dict)
    multiplier: Decimal = _HALF
    from_cost: bool = False

    def of(self, transaction: Transaction) -> dict[str, Decimal]:
        """The tolerance in each currency; ``*`` is for all others."""
        found = dict(self.defaults)
        costs: dict[str, Decimal] = defaultdict(Decimal)
        for posting in transaction.postings:
            number, currency = posting.number, posting.currency
            exponent = number.as_tuple().exponent if number is not None else 0
            if currency is None or not isinstance(exponent, int) or exponent >= 0:
                continue
            tolerance = Decimal(1).scaleb(exponent) * self.multiplier
            if tolerance > found.get(currency, Decimal(-1)):
                found[currency] = tolerance
            if self.from_cost:
                for unit, quoted in _quotes(posting):
                    costs[quoted] += min(tolerance * unit, _MOST_TOLERANCE)
        for currency, tolerance in costs.items():
            found[currency] = max(tolerance, found.get(currency, tolerance))
        return found


def _quotes(posting: Posting) -> Iterable[tuple[Decimal, str]]:
    """A posting's cost and price for one unit, where they are written."""
    cost, price = posting.cost, posting.price
    if cost is not None and cost.per is not None and cost.currency:
        yield cost.per, cost.currency
    if price is not None and price.number is not None and price.currency and not price.is_total:
        yield price.number, price.currency


def tolerated(tolerances: Mapping[str, Decimal], currency: str) -> Decimal:
    """The tolerance in a currency."""
    return tolerances.get(currency, tolerances.get("*", Decimal(0)))


class Booker:
    """Books transactions, which come to it by date.

    Args:
        methods: how accounts choose lots, where they say it.
        method: how the others do.
        tolerances: how exact the file has to be.
    """

    def __init__(self, methods: Mapping[str, str], method: str, tolerances: Tolerances) -> None:
        self.warnings: list[str] = []
        self._methods = methods
        self._method = method
        self._tolerances = tolerances
        self._lots: dict[tuple[str, str], list[_Lot]] = defaultdict(list)
        self._looks = 0

    def book(self, transaction: Transaction) -> list[Booked]:
        """The transaction's postings, complete, in their order.

        Raises:
            FileUnreadable: it doesn't balance, or more is left out than can be filled in.
        """
        try:
            return self._book(transaction)
        except (NumberError, DecimalException) as error:
            problem = str(error) if isinstance(error, NumberError) else "has more digits than an amount has"
            raise unreadable(transaction.line, f"begins a transaction that {problem}") from error

    def _book(self, transaction: Transaction) -> list[Booked]:
        postings = transaction.postings
        _name_currencies(transaction)
        tolerances = self._tolerances.of(transaction)
        booked: list[list[Booked]] = []
        gaps: list[int] = []
        remainders: list[int] = []
        for place, posting in enumerate(postings):
            found = self._complete(posting, transaction)
            booked.append(found or [])
            if found is None:
                (remainders if posting.number is None and posting.currency is None else gaps).append(place)
        residual = _residual(each for some in booked for each in some)
        self._fill(transaction, booked, gaps, residual, tolerances)
        if len(remainders) > 1:
            raise unreadable(postings[remainders[1]].line, "is the second posting without an amount")
        for place in remainders:
            booked[place] = _remainder(postings[place], residual, tolerances)
        for currency, rest in residual.items():
            if abs(rest) > tolerated(tolerances, currency):
                problem = f"begins a transaction that doesn't balance: off by {_short(rest)} {currency}"
                raise unreadable(transaction.line, problem)
        complete = [each for some in booked for each in some]
        self._keep_lots(complete)
        return complete

    def _complete(self, posting: Posting, transaction: Transaction) -> list[Booked] | None:
        """What a posting with an amount books; None where its cost or price has to be found first."""
        number, currency, price = posting.number, posting.currency, posting.price
        if number is None or currency is None:
            if currency is None and (posting.cost is not None or price is not None):
                raise unreadable(posting.line, "has a cost or a price, and no commodity")
            return None
        if posting.cost is not None:
            return self._at_cost(posting, number, currency, posting.cost, transaction.date)
        if price is None:
            return [Booked(posting, number, currency, number, currency)]
        if price.number is None:
            return None
        if price.currency is None:
            raise unreadable(posting.line, "has a price without a currency")
        return [Booked(posting, number, currency, _weight_at(number, price), price.currency, None, price)]

    def _at_cost(
        self, posting: Posting, number: Decimal, currency: str, cost: Cost, date: dt.date
    ) -> list[Booked] | None:
        """What a posting at cost books: lots that it takes from, or a new one. None where the cost isn't known yet."""
        method = self._methods.get(posting.account, self._method)
        if method != "NONE" and (reduced := self._reduce(posting, number, currency, cost, method)) is not None:
            return reduced
        if cost.per is None and cost.total is None:
            return None
        if cost.currency is None:
            raise unreadable(posting.line, "has a cost without a currency")
        weight = _cost_in_all(number, cost)
        lot = LotCost(_unit_cost(number, cost), cost.currency, cost.date or date, cost.label)
        return [Booked(posting, number, currency, weight, cost.currency, lot, _priced(posting.price))]

    def _reduce(self, posting: Posting, number: Decimal, currency: str, cost: Cost, method: str) -> list[Booked] | None:
        """The lots that a posting takes from; None where it adds to them."""
        lots = self._lots.get((posting.account, currency))
        if not lots or (lots[0].units > 0) == (number > 0):
            return None
        self._looks += len(lots)
        if self._looks > _MOST_LOOKS:
            raise unreadable(posting.line, "takes from more lots than can be searched")
        unit = _unit_cost(number, cost) if cost.per is not None or cost.total is not None else None
        matching = [
            lot
            for lot in lots
            if (unit is None or lot.cost.number == unit)
            and (cost.currency is None or lot.cost.currency == cost.currency)
            and (cost.date is None or lot.cost.date == cost.date)
            and (cost.label is None or lot.cost.label == cost.label)
        ]
        if not matching:
            self.warnings.append(f"Line {posting.line}: no lot of {posting.account} is such as this takes from.")
            return None
        chosen = self._chosen(posting, number, matching, method)
        taken: list[Booked] = []
        left = number
        for lot in chosen:
            part = EXACT.minus(lot.units) if abs(lot.units) < abs(left) else left
            taken.append(
                Booked(
                    posting,
                    part,
                    currency,
                    EXACT.multiply(part, lot.cost.number),
                    lot.cost.currency,
                    lot.cost,
                    _shared(posting.price, part, number),
                    is_reduction=True,
                )
            )
            left = EXACT.subtract(left, part)
            if not left:
                break
        if left:
            self.warnings.append(
                f"Line {posting.line}: the lots of {posting.account} are {abs(left)} {currency} short."
            )
            last = taken[-1]
            last.number = EXACT.add(last.number, left)
            last.weight = EXACT.multiply(last.number, chosen[-1].cost.number)
        return taken

    def _chosen(self, posting: Posting, number: Decimal, matching: list[_Lot], method: str) -> Sequence[_Lot]:
        """The lots in the order in which they are taken from; several only as the account's method has it."""
        if len(matching) == 1 or method == "FIFO":
            return matching
        if method == "LIFO":
            return sorted(matching, key=_age, reverse=True)
        if method == "HIFO":
            return sorted(matching, key=lambda lot: -lot.cost.number)
        if method == "STRICT_WITH_SIZE":
            same = [lot for lot in matching if lot.units == -number]
            if same:
                return same[:1]
        if EXACT.add(sum((lot.units for lot in matching), Decimal(0)), number):
            self.warnings.append(f"Line {posting.line}: several lots are such as this takes from; the oldest is taken.")
        return matching

    def _fill(
        self,
        transaction: Transaction,
        booked: list[list[Booked]],
        gaps: Sequence[int],
        residual: dict[str, Decimal],
        tolerances: Mapping[str, Decimal],
    ) -> None:
        """Fill in what postings leave out beside a currency: an amount, a cost or a price; one in each currency."""
        filled: set[str] = set()
        for place in gaps:
            posting = transaction.postings[place]
            currency = _weighed_in(posting)
            uneven = [each for each, rest in residual.items() if rest]
            if currency is None and len(uneven) == 1:
                [currency] = uneven
            if currency is None:
                raise unreadable(posting.line, "leaves out more than can be filled in")
            if currency in filled:
                raise unreadable(posting.line, f"is the second posting in {currency} that leaves something out")
            filled.add(currency)
            wanted = EXACT.minus(residual.get(currency, Decimal(0)))
            made = _filled(posting, currency, wanted, tolerances, transaction.date)
            booked[place] = [made]
            residual[currency] = EXACT.add(residual.get(currency, Decimal(0)), made.weight)

    def _keep_lots(self, complete: Iterable[Booked]) -> None:
        """Put the lots into the accounts, and take them out."""
        for each in complete:
            if each.cost is None:
                continue
            lots = self._lots[each.written.account, each.currency]
            place = next((place for place, lot in enumerate(lots) if lot.cost == each.cost), None) if lots else None
            self._looks += 1 + (len(lots) if place is None else place)
            if self._looks > _MOST_LOOKS:
                raise unreadable(each.written.line, "is of more lots than can be searched")
            if place is None:
                insort(lots, _Lot(each.number, each.cost))
                continue
            lots[place].units = EXACT.add(lots[place].units, each.number)
            if not lots[place].units:
                del lots[place]


def _remainder(posting: Posting, residual: dict[str, Decimal], tolerances: Mapping[str, Decimal]) -> list[Booked]:
    """What a posting without an amount takes: all that the others leave, once in each currency."""
    found: list[Booked] = []
    for currency, rest in residual.items():
        if rest:
            number = kept(_rounded(EXACT.minus(rest), tolerated(tolerances, currency)))
            found.append(Booked(posting, number, currency, number, currency))
            residual[currency] = EXACT.add(rest, number)
    return found


def _short(number: Decimal) -> str:
    """An amount for a message, without the digits that division left."""
    return f"{_BEANCOUNT.plus(number).normalize():f}"[:40]


def _residual(booked: Iterable[Booked]) -> dict[str, Decimal]:
    """What the weights come to, by currency."""
    residual: dict[str, Decimal] = {}
    for each in booked:
        residual[each.weighed_in] = EXACT.add(residual.get(each.weighed_in, Decimal(0)), each.weight)
    return residual


def _name_currencies(transaction: Transaction) -> None:
    """Put currencies where only numbers stand, if the transaction knows but one."""
    lacking = [
        each
        for posting in transaction.postings
        for each in (posting if posting.number is not None else None, posting.price, posting.cost)
        if each is not None and each.currency is None
    ]
    if not lacking:
        return
    known = {currency for posting in transaction.postings if (currency := _weighed_in(posting)) is not None}
    if len(known) == 1:
        [only] = known
        for each in lacking:
            if not (isinstance(each, Cost) and each.per is None and each.total is None):
                each.currency = only


def _weighed_in(posting: Posting) -> str | None:
    """The currency that a posting weighs in; None where it isn't written."""
    if posting.cost is not None:
        return posting.cost.currency
    if posting.price is not None:
        return posting.price.currency
    return posting.currency


def _cost_in_all(number: Decimal, cost: Cost) -> Decimal:
    """What a cost makes for all units, with the units' sign."""
    in_all = cost.total or Decimal(0)
    if cost.per is not None:
        in_all = EXACT.add(in_all, EXACT.multiply(abs(number), cost.per))
    return in_all.copy_sign(number) if number else Decimal(0)


def _unit_cost(number: Decimal, cost: Cost) -> Decimal:
    """What a cost makes for one unit, at as many digits as beancount takes."""
    if cost.total is None:
        return cost.per or Decimal(0)
    if not number:
        raise NumberError("has a cost for no units")
    return _BEANCOUNT.divide(abs(_cost_in_all(number, cost)), abs(number))


def _weight_at(number: Decimal, price: Price) -> Decimal:
    in_all = price.number or Decimal(0)
    if price.is_total:
        return in_all.copy_sign(number)
    return EXACT.multiply(number, in_all)


def _priced(price: Price | None) -> Price | None:
    return price if price is not None and price.number is not None and price.currency is not None else None


def _shared(price: Price | None, part: Decimal, whole: Decimal) -> Price | None:
    """The price of a part of a posting: what was for all of it is for one unit then, where that has an end."""
    price = _priced(price)
    if price is None or not price.is_total or part == whole or price.number is None:
        return price
    return Price(_BEANCOUNT.divide(price.number, abs(whole)), price.currency, is_total=False)


def _rounded(number: Decimal, tolerance: Decimal) -> Decimal:
    """A number that is filled in, rounded to the digit that the tolerance speaks of."""
    if not tolerance:
        return number
    quantum = (tolerance * 2).normalize()
    if len(quantum.as_tuple().digits) > _MOST_TOLERANCE_DIGITS:
        return number
    return number.quantize(quantum, rounding=ROUND_HALF_EVEN, context=Context(prec=EXACT.prec))


def _filled(
    posting: Posting, currency: str, wanted: Decimal, tolerances: Mapping[str, Decimal], date: dt.date
) -> Booked:
    """A posting with what it left out, so that it weighs what is wanted."""
    number, cost, price = posting.number, posting.cost, posting.price
    if number is None:
        unit = Decimal(1)
        if cost is not None:
            if cost.per is None or cost.total is not None:
                raise unreadable(posting.line, "leaves out more than can be filled in")
            unit = cost.per
        elif price is not None:
            if price.number is None or price.is_total:
                raise unreadable(posting.line, "leaves out more than can be filled in")
            unit = price.number
        if not unit:
            raise unreadable(posting.line, "leaves out an amount whose price is zero")
        own = posting.currency or currency
        number = wanted if unit == 1 else _BEANCOUNT.divide(wanted, unit)
        number = kept(_rounded(number, tolerated(tolerances, own)))
        lot = LotCost(unit, currency, cost.date or date, cost.label) if cost is not None else None
        return Booked(posting, number, own, EXACT.multiply(number, unit), currency, lot, _priced(price))
    own = posting.currency or currency
    if not number:
        raise unreadable(posting.line, "leaves out the cost or the price of nothing")
    if cost is not None:
        lot = LotCost(_BEANCOUNT.divide(abs(wanted), abs(number)), currency, cost.date or date, cost.label)
        return Booked(posting, number, own, wanted, currency, lot, _priced(price))
    return Booked(posting, number, own, wanted, currency, None, Price(kept(abs(wanted)), currency, is_total=True))
