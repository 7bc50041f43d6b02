"""A book in plain Python: what a household would keep on paper. It shares no code with the service.

It says of everything that can be done whether it is refused, for which reasons, and what comes of it. Where several
rules are broken at once it names them all: which of them is told first is nobody's business.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

BASE = "EUR"
TRADING = "Equity:Trading"
STATUSES = ("pending", "cleared", "reconciled")


class Refused(Exception):
    """It can't be done, for one of these reasons."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = set(codes)


@dataclass(frozen=True)
class Leg:
    """An amount on an account, as it is asked for or as it is kept."""

    account: str
    amount: Decimal | None
    currency: str | None
    status: str = "cleared"
    memo: str | None = None
    generated: bool = False
    price: tuple[Decimal, str] | None = None
    """What a unit was worth, and in which currency."""


@dataclass(frozen=True)
class Deed:
    """A transaction."""

    date: dt.date
    legs: tuple[Leg, ...]
    payee: str | None
    place: int
    """Later deeds of a day come later, however they are changed."""

    @property
    def shown(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs if not leg.generated)


@dataclass(frozen=True)
class Share:
    """A line of a split."""

    category: str
    amount: Decimal | None = None
    weight: Decimal | None = None


def places(amount: Decimal) -> int:
    """Digits after the point that an amount needs."""
    text = f"{amount:f}"
    return len(text.partition(".")[2].rstrip("0"))


def is_category(account: str) -> bool:
    return account.startswith(("Expenses:", "Income:"))


def share_out(total: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Largest remainder, by hand: cut off, then hand the units that are left out one by one."""
    exact = [abs(Fraction(total)) * Fraction(weight) / Fraction(sum(weights)) * 10**digits for weight in weights]
    units = [int(each) for each in exact]
    while sum(units) < abs(Fraction(total)) * 10**digits:
        lost = [each - unit for each, unit in zip(exact, units, strict=True)]
        units[lost.index(max(lost))] += 1
    sign = -1 if total < 0 else 1
    return [Decimal(sign * unit).scaleb(-digits) for unit in units]


@dataclass
class Book:
    """Accounts by full name with the currency they are kept in (None: any), deeds by id, and a lock."""

    accounts: dict[str, str | None]
    digits: dict[str, int]
    deeds: dict[str, Deed] = field(default_factory=dict)
    deleted: dict[str, Deed] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    locked_until: dt.date | None = None
    written: int = 0

    # What is asked

    def held(self, account: str, day: dt.date) -> dict[str, Decimal]:
        """What an account holds at the end of a day, in each currency that was posted to it by then."""
        sums: dict[str, Decimal] = {}
        for deed in self.deeds.values():
            for leg in deed.legs:
                if leg.account == account and deed.date <= day:
                    sums[leg.currency or ""] = sums.get(leg.currency or "", Decimal(0)) + (leg.amount or 0)
        return sums

    def all_accounts(self) -> list[str]:
        return [*self.accounts, TRADING]

    def in_order(self) -> list[str]:
        """The deeds, newest first."""
        return sorted(self.deeds, key=lambda key: (self.deeds[key].date, self.deeds[key].place), reverse=True)

    def register(self, account: str) -> list[tuple[str, dict[str, Decimal], dict[str, Decimal]]]:
        """An account's deeds, newest first: what each moved, and what the account held after it."""
        lines = []
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        for key in reversed(self.in_order()):
            moved: defaultdict[str, Decimal] = defaultdict(Decimal)
            for leg in self.deeds[key].legs:
                if leg.account == account:
                    moved[leg.currency or ""] += leg.amount or 0
                    held[leg.currency or ""] += leg.amount or 0
            if moved:
                lines.append((key, dict(moved), dict(held)))
        return lines[::-1]

    def status(self, deed: Deed) -> str:
        """The least of a deed's legs on accounts."""
        legs = [leg for leg in deed.shown if not is_category(leg.account)] or list(deed.shown)
        return min((leg.status for leg in legs), key=STATUSES.index)

    # What is done

    def record(self, key: str, day: dt.date, legs: tuple[Leg, ...], payee: str | None, *, override: bool) -> Deed:
        self._check_day(day, override=override)
        self.written += 1
        self.deeds[key] = Deed(day, legs, payee, self.written)
        return self.deeds[key]

    def change(self, key: str, after: Deed, *, override: bool) -> Deed:
        before = self.deeds[key]
        codes = self._locks(before.date, override=override) | self._locks(after.date, override=override)
        codes |= self._closed({leg.account for leg in (*before.legs, *after.legs)})
        if codes:
            raise Refused(*codes)
        self.deeds[key] = after
        return after

    def delete(self, key: str, *, override: bool) -> None:
        deed = self.deeds[key]
        codes = self._locks(deed.date, override=override) | self._closed({leg.account for leg in deed.legs})
        if codes:
            raise Refused(*codes)
        self.deleted[key] = self.deeds.pop(key)

    def restore(self, key: str, *, override: bool) -> Deed:
        if key in self.deeds:
            raise Refused("transaction_not_deleted")
        deed = self.deleted[key]
        codes = self._locks(deed.date, override=override) | self._closed({leg.account for leg in deed.legs})
        if any(places(leg.amount or Decimal(0)) > self.digits[leg.currency or ""] for leg in deed.legs):
            codes.add("currency_changed")
        if codes:
            raise Refused(*codes)
        self.deeds[key] = self.deleted.pop(key)
        return deed

    def close(self, account: str, day: dt.date) -> None:
        codes = self._closed({account})
        if any(self.held(account, dt.date.max).values()):
            codes.add("account_not_empty")
        if any(deed.date > day for deed in self.deeds.values() if account in {leg.account for leg in deed.legs}):
            codes.add("account_in_use_later")
        if codes:
            raise Refused(*codes)
        self.closed.add(account)

    def reopen(self, account: str) -> None:
        if account not in self.closed:
            raise Refused("account_not_closed")
        self.closed.discard(account)

    def redigit(self, currency: str, digits: int) -> None:
        finest = max(
            (
                places(leg.amount or Decimal(0))
                for deed in self.deeds.values()
                for leg in deed.legs
                if leg.currency == currency
            ),
            default=0,
        )
        if finest > digits:
            raise Refused("currency_posted_finer")
        self.digits[currency] = digits

    # Ways to write a deed

    def one_line(
        self, account: str, amount: Decimal, currency: str | None, category: str | None, status: str
    ) -> tuple[Leg, ...]:
        currency = currency or self.accounts[account] or BASE
        category = category or ("Income:Uncategorised" if amount > 0 else "Expenses:Uncategorised")
        codes = self._fits(account, currency) | self._fine(amount, currency) | self._closed({category})
        if not amount:
            codes.add("amount_zero")
        if codes:
            raise Refused(*codes)
        return Leg(account, amount, currency, status), Leg(category, -amount, currency)

    def movement(
        self, giver: str, taker: str, amount: Decimal, to_amount: Decimal | None, currency: str | None
    ) -> tuple[Leg, ...]:
        given = currency or self.accounts[giver] or BASE
        taken = self.accounts[taker] or given
        codes = self._fits(giver, given) | self._fits(taker, taken) | self._fine(amount, given)
        codes |= self._fine(amount if to_amount is None else to_amount, taken)
        if amount <= 0:
            codes.add("amount_zero")
        if to_amount is None and given != taken:
            codes.add("to_amount_missing")
        if to_amount is not None and given == taken and to_amount != amount:
            codes.add("transaction_unbalanced")
        if codes:
            raise Refused(*codes)
        return self._traded((Leg(giver, -amount, given), Leg(taker, amount if to_amount is None else to_amount, taken)))

    def full(self, wanted: Sequence[Leg]) -> tuple[Leg, ...]:
        named = {leg.currency or self.accounts[leg.account] for leg in wanted} - {None}
        sole = named.pop() if len(named) == 1 else BASE
        legs = [replace(leg, currency=leg.currency or self.accounts[leg.account] or sole) for leg in wanted]
        codes: set[str] = set()
        for leg in legs:
            if leg.amount is not None:
                codes |= self._fine(leg.amount, leg.currency or "")
        left = _excess(legs)
        bare = [place for place, leg in enumerate(legs) if leg.amount is None]
        if bare and (len(bare) > 1 or len(left) != 1):
            codes.add("amount_missing")
        elif bare:
            ((currency, amount),) = left.items()
            legs[bare[0]] = replace(legs[bare[0]], amount=-amount, currency=currency)
        elif left and not min(left.values()) < 0 < max(left.values()):
            codes.add("transaction_unbalanced")
        for leg in legs:
            codes |= self._fits(leg.account, leg.currency or "")
            if leg.price and leg.price[1] == leg.currency:
                codes.add("price_in_itself")
        if all(leg.amount is not None for leg in legs):
            codes |= self._prices(legs)
        if codes:
            raise Refused(*codes)
        return self._traded(tuple(legs))

    def edited(self, deed: Deed, changes: dict[str, object]) -> Deed:
        """A deed that is one line, with another amount, account, category or status."""
        if not changes.keys() & {"amount", "account", "category", "status"}:
            return deed
        on_category = [leg for leg in deed.legs if is_category(leg.account)]
        on_account = [leg for leg in deed.legs if not is_category(leg.account)]
        if len(on_category) != 1 or len(on_account) != 1:
            raise Refused("transaction_not_simple")
        account = str(changes.get("account", on_account[0].account))
        category = str(changes.get("category", on_category[0].account))
        amount = changes.get("amount", on_account[0].amount)
        assert isinstance(amount, Decimal)
        status = str(changes.get("status", on_account[0].status))
        lines = self.one_line(account, amount, on_account[0].currency, category, status)
        kept = (
            replace(lines[0], memo=on_account[0].memo, price=on_account[0].price),
            replace(lines[1], memo=on_category[0].memo, status=on_category[0].status, price=on_category[0].price),
        )
        return replace(deed, legs=kept if deed.legs[0] is on_account[0] else kept[::-1])

    def split(self, deed: Deed, shares: Sequence[Share]) -> Deed:
        """A deed with several lines in the place of the one on a category."""
        on_category = [leg for leg in deed.shown if is_category(leg.account)]
        if len(on_category) != 1:
            raise Refused("transaction_not_simple")
        (divided,) = on_category
        currency = divided.currency or ""
        total = -(divided.amount or Decimal(0))
        codes = self._closed({share.category for share in shares})
        for share in shares:
            codes |= self._fine(share.amount or Decimal(0), currency)
        left = total - sum((share.amount for share in shares if share.amount is not None), Decimal(0))
        weights = [share.weight or Decimal(1) for share in shares if share.amount is None]
        if (weights and left * total <= 0) or (not weights and left):
            codes.add("split_uneven")
        # What is split is written anew, whole: it must fit its accounts as if it were new.
        for leg in deed.shown:
            codes |= self._fits(leg.account, leg.currency or "") if leg is not divided else set()
        if codes:
            raise Refused(*codes)
        rest = iter(share_out(left, weights, self.digits[currency]) if weights else ())
        amounts = [next(rest) if each.amount is None else each.amount for each in shares]
        parts = [
            replace(divided, account=each.category, memo=None, amount=-amount)
            for each, amount in zip(shares, amounts, strict=True)
        ]
        legs: list[Leg] = []
        for leg in deed.shown:
            legs += parts if leg is divided else [leg]
        return replace(deed, legs=self._traded(tuple(legs)))

    # Rules

    def _traded(self, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        left = sorted(_excess(legs).items())
        return (*legs, *(Leg(TRADING, -amount, currency, generated=True) for currency, amount in left))

    def _prices(self, legs: Sequence[Leg]) -> set[str]:
        """Whether prices can't be true: of two currencies, one is priced in the other and comes to something else."""
        codes = {leg.currency or "" for leg in legs}
        for one in codes if len(codes) == 2 else ():
            (other,) = codes - {one}
            priced = [leg for leg in legs if leg.currency == one]
            if not all(leg.price and leg.price[1] == other for leg in priced):
                continue
            bounds = [self._worth(leg) for leg in priced]
            rest = [leg for leg in legs if leg.currency == other]
            sure = [leg for leg in rest if not is_category(leg.account)]
            beside = [leg for leg in rest if is_category(leg.account)]
            came_to = [
                -sum(Fraction(leg.amount or 0) for leg in (*sure, *some))
                for size in range(len(beside) + 1)
                for some in combinations(beside, size)
                if sure or some
            ]
            low, high = (sum(ends) for ends in zip(*bounds, strict=True))
            if not any(low <= each <= high for each in came_to):
                return {"price_disagrees"}
        return set()

    def _worth(self, leg: Leg) -> tuple[Fraction, Fraction]:
        """The least and the most that a leg with a price may have been worth before anything was rounded."""
        assert leg.price is not None
        size, (price, currency) = abs(Fraction(leg.amount or 0)), leg.price
        written = len(f"{price:f}".partition(".")[2])
        unit = Fraction(1, 10 ** self.digits[currency])
        by = Fraction(1, 2 * 10 ** self.digits[leg.currency or ""]) if size.denominator > 1 else Fraction(0)
        of = Fraction(1, 2 * 10**written) if written > self.digits[currency] else Fraction(0)
        ends = (
            (size - by) * max(Fraction(price) - of, Fraction(0)) - unit / 2,
            (size + by) * (Fraction(price) + of) + unit / 2,
        )
        return ends if (leg.amount or 0) > 0 else (-ends[1], -ends[0])

    def _fits(self, account: str, currency: str) -> set[str]:
        kept_in = self.accounts[account]
        return self._closed({account}) | ({"currency_mismatch"} if kept_in not in {None, currency} else set())

    def _fine(self, amount: Decimal, currency: str) -> set[str]:
        return {"amount_too_fine"} if places(amount) > self.digits[currency] else set()

    def _closed(self, accounts: Iterable[str]) -> set[str]:
        return {"account_closed"} if self.closed & set(accounts) else set()

    def _locks(self, day: dt.date, *, override: bool) -> set[str]:
        is_locked = self.locked_until is not None and day <= self.locked_until
        return {"period_locked"} if is_locked and not override else set()

    def _check_day(self, day: dt.date, *, override: bool) -> None:
        codes = self._locks(day, override=override)
        if codes:
            raise Refused(*codes)


def _excess(legs: Iterable[Leg]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for leg in legs:
        if leg.amount is not None:
            sums[leg.currency or ""] += leg.amount
    return {currency: amount for currency, amount in sums.items() if amount}
