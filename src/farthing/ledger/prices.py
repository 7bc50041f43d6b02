"""Prices noted on postings: whether they agree with the amounts beside them.

A price is a fact about a posting. It moves no money and balances nothing: an exchange names both of its amounts, and
those are booked. So where a transaction is an exchange of one currency for one other, the price can be held against
the amounts. What a statement shows is rounded, and what is read as rounded is told here, once:

- the worth of a posting, to the smallest unit of the currency that the price is in;
- a price with more digits than that currency has, to its last digit (0.9123 EUR, 157.3 JPY; 33.33 EUR is exact);
- an amount that isn't whole, to the smallest unit of its own currency (2.664 shares; 10 shares are exact).

A price agrees if figures that round to those written make it true. It is decided in exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from farthing.kit.faults import Invalid
from farthing.ledger.currencies import Currencies
from farthing.ledger.money import EXACT, decimals, write_amount
from farthing.ledger.postings import Cost, Line, Price

MOST_BESIDE = 8
"""With more postings on income and expense accounts than these it isn't told which of them the price is about."""
HALF = Decimal("0.5")
ZERO = Decimal(0)


class PriceInItself(Invalid):
    """The price or the cost is in the currency that it is the price of."""

    code = "price_in_itself"
    message = "What a unit of {currency} is worth is said in another currency."
    sample = {"currency": "USD"}


class PriceDisagrees(Invalid):
    """The price or the cost that is noted isn't the one at which the transaction exchanges its two currencies."""

    code = "price_disagrees"
    message = "By what is noted it comes to {noted} {currency}; the postings in {currency} come to {booked}."
    sample = {"noted": "95.00", "booked": "90.00", "currency": "EUR"}


class _Reading(NamedTuple):
    """What postings come to by what is noted on them, and between which bounds what was rounded may lie."""

    worth: Decimal
    least: Decimal
    most: Decimal


def check_noted(
    lines: Sequence[Line], on_category: Sequence[bool], currencies: Currencies, *, pointer: str = "/postings"
) -> None:
    """Make sure that the prices and costs of a transaction can be true.

    Always: they are in a currency that there is, and not in the one they are the price of. Beyond that they are held
    against the amounts where it is told what these must be: the postings are in two currencies, and each posting in one
    of them has a price or a cost in the other. Then what they come to is what the postings in the other currency come
    to. Of those, the ones on income and expense accounts may be part of it, as a fee is, or stand beside it, as a gain
    does: it is enough that some of them make it true, together with all that stand on other accounts.

    Where postings have both, the price may be true or the cost: of what is sold with its gain booked beside it, it is
    the cost. What is given up at a cost alone is worth something else by now. Whatever can't be told is let be.

    Args:
        lines: those of the transaction, complete, without the ones that are generated.
        on_category: of each, whether it is on an income or expense account.
        currencies: those that amounts and prices are in, as far as there are such.
        pointer: where in the request the lines stand.

    Raises:
        CurrencyUnknown: a price or cost is in a currency that there isn't.
        PriceInItself: it is in its posting's own.
        PriceDisagrees: it is held against the amounts, and can't be true.
    """
    for place, line in enumerate(lines):
        for name, note in (("price", line.price), ("cost", line.cost)):
            if note is not None:
                at = f"{pointer}/{place}/{name}/currency"
                currencies.get(note.currency, pointer=at)
                if note.currency == line.currency:
                    raise PriceInItself.at(at, currency=line.currency)
    match sorted({line.currency for line in lines}):
        case [one, other]:
            with localcontext(EXACT):
                _check_against(one, other, lines, on_category, currencies, pointer)
                _check_against(other, one, lines, on_category, currencies, pointer)


def _check_against(
    code: str, other: str, lines: Sequence[Line], on_category: Sequence[bool], currencies: Currencies, pointer: str
) -> None:
    """Hold what is noted on the postings in one currency against the postings in the other."""
    priced = [line for line in lines if line.currency == code]
    by_price = [_in(other, line.price) for line in priced]
    by_cost = [_in(other, line.cost) or price for line, price in zip(priced, by_price, strict=True)]
    if any(line.amount < 0 and not price for line, price in zip(priced, by_price, strict=True) if line.amount):
        return
    units = _unit(code, currencies), _unit(other, currencies)
    readings = [_reading(priced, notes, units) for notes in (by_price, by_cost) if all(notes)]
    sums = _sums(other, lines, on_category)
    if not readings or not sums or any(each.least <= -booked <= each.most for each in readings for booked in sums):
        return
    worth = readings[0].worth
    nearest: Decimal = min(sums, key=lambda booked: abs(worth + booked))
    digits = currencies.get(other, pointer=pointer).digits
    place, line = next((place, line) for place, line in enumerate(lines) if line.currency == code)
    raise PriceDisagrees.at(
        f"{pointer}/{place}/{'price' if _in(other, line.price) else 'cost'}",
        noted=write_amount(abs(worth), digits),
        booked=write_amount(abs(nearest), digits),
        currency=other,
    )


def _in(currency: str, note: Price | Cost | None) -> Price | Cost | None:
    """A price or cost, if it is in this currency."""
    return note if note is not None and note.currency == currency else None


def _unit(code: str, currencies: Currencies) -> Decimal:
    return Decimal(1).scaleb(-currencies.get(code, pointer="").digits)


def _reading(lines: Sequence[Line], notes: Sequence[Price | Cost | None], units: tuple[Decimal, Decimal]) -> _Reading:
    """What lines come to by what is noted on each, given the smallest units of their currency and of the notes'."""
    unit, unit_of_worth = units
    worth = least = most = ZERO
    for line, note in zip(lines, notes, strict=True):
        if line.amount is None or note is None:
            continue
        amount = abs(line.amount)
        last_digit = Decimal(1).scaleb(int(note.amount.as_tuple().exponent))  # as it was written: 0.90 has two
        off_amount = HALF * unit if decimals(amount) else ZERO
        off_price = HALF * last_digit if last_digit < unit_of_worth else ZERO
        low = (amount - off_amount) * max(note.amount - off_price, ZERO) - HALF * unit_of_worth
        high = (amount + off_amount) * (note.amount + off_price) + HALF * unit_of_worth
        worth += line.amount * note.amount
        least, most = (least + low, most + high) if line.amount > 0 else (least - high, most - low)
    return _Reading(worth, least, most)


def _sums(currency: str, lines: Sequence[Line], on_category: Sequence[bool]) -> set[Decimal]:
    """What postings in a currency may come to: all on accounts, with any of those on categories. Empty: too many."""
    its = [
        (line.amount or ZERO, beside)
        for line, beside in zip(lines, on_category, strict=True)
        if line.currency == currency
    ]
    on_accounts = [amount for amount, is_beside in its if not is_beside]
    beside = [amount for amount, is_beside in its if is_beside]
    if len(beside) > MOST_BESIDE:
        return set()
    sums = {sum(on_accounts, ZERO)} if on_accounts else set()
    for amount in beside:
        sums |= {booked + amount for booked in sums} | (set() if on_accounts else {amount})
    return sums
