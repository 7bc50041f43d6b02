"""How a transaction of several currencies can be said to balance, to programs that weigh postings by price or cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum

from farthing.formats.drafts import DraftPosting
from farthing.ledger.money import EXACT

Sums = dict[str, Decimal]


class Way(Enum):
    """How a transaction balances."""

    NOTED = "by the prices and costs that are noted on its postings"
    PLAIN = "by its amounts alone, in each currency"
    EXCHANGE = "as an exchange of one currency for another, of which no price is noted that fits"
    TRADED = "only with what goes through an account for trading"


def weight(posting: DraftPosting) -> tuple[Decimal, str]:
    """What a posting comes to: at cost, else at the price noted, else its amount."""
    amount = posting.amount
    if posting.cost is not None:
        return EXACT.multiply(amount, posting.cost.amount), posting.cost.currency
    if posting.total is not None:
        return posting.total.amount.copy_sign(amount), posting.total.currency
    if posting.price is not None:
        return EXACT.multiply(amount, posting.price.amount), posting.price.currency
    return amount, posting.currency


def rests(weights: Iterable[tuple[Decimal, str]]) -> Sums:
    """What weights come to in each currency, where that isn't nothing."""
    sums: Sums = {}
    for amount, currency in weights:
        sums[currency] = EXACT.add(sums.get(currency, Decimal(0)), amount)
    return {currency: rest for currency, rest in sums.items() if rest}


def way(postings: Sequence[DraftPosting], overlooked: Callable[[str], Decimal]) -> Way:
    """How postings balance; ``overlooked`` is how far the program lets weights in a currency miss zero."""
    noted = rests(map(weight, postings))
    if all(abs(rest) <= overlooked(currency) for currency, rest in noted.items()):
        return Way.NOTED
    plain = rests((each.amount, each.currency) for each in postings)
    if not plain:
        return Way.PLAIN
    one_each = len(plain) == 2 and len({rest > 0 for rest in plain.values()}) == 2  # noqa: PLR2004 - one for another
    return Way.EXCHANGE if one_each else Way.TRADED


def trading(postings: Iterable[DraftPosting], account: str) -> list[DraftPosting]:
    """What has to go through an account so that amounts balance in each currency."""
    plain: Mapping[str, Decimal] = rests((each.amount, each.currency) for each in postings)
    return [DraftPosting(account, -rest, currency, generated=True) for currency, rest in plain.items()]
