"""Scoring: how much two transactions look like one, and why. Pure; what counts how much stands in tables.

A score is a sum of weights, each with its reason, between 0 and 1. Only pairs that could be merged are scored, and each
transaction is proposed once of each kind: with the one that it looks most like.

However alike a book's amounts are, each line is compared with at most ``NEAREST`` others on either side of its day.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from farthing.features.journal.models import PostingStatus
from farthing.features.matches.models import MatchKind
from farthing.ledger.accounts import name_key, number_key

NEAREST = 5
"""So many lines before and after a line's day are looked at, of those that could be its other side."""
MAX_TRANSFER_DAYS = 5
MAX_POSTED_DAYS = 10
MAX_RECORDED_DAYS = 5
"""What was recorded by hand as if the bank had it is looked for no further away than that."""
MIN_SCORE = Decimal("0.50")
"""What looks less alike isn't proposed."""
MIN_WORD = 3
"""Shorter words are shared by chance."""
MIN_NUMBER = 6
"""Shorter account numbers are found by chance in what banks write."""

OPPOSITE = Decimal("0.50")
EXCHANGE = Decimal("0.25")
NAMES_NUMBER = Decimal("0.25")
NAMES_ACCOUNT = Decimal("0.20")
BOTH_UNCATEGORISED = Decimal("0.10")
NOT_THE_ONLY_ONE = Decimal("-0.15")
TRANSFER_DAYS = tuple(map(Decimal, ("0.20", "0.17", "0.14", "0.10", "0.06", "0.02")))
"""By days apart."""
AMOUNTS_POSTED = (
    (Decimal(0), Decimal("0.50")),
    (Decimal("0.10"), Decimal("0.30")),
    (Decimal("0.25"), Decimal("0.20")),
)
"""By how much the posted amount is off, at most, of the pending one."""
POSTED_DAYS = tuple(
    map(Decimal, ("0.20", "0.18", "0.16", "0.14", "0.12", "0.10", "0.08", "0.06", "0.04", "0.03", "0.02"))
)
RECORDED_BY_HAND = Decimal("-0.10")
"""Nothing says that it still waits for the bank: it may be another, of the same amount."""
NOT_YET_CATEGORISED = Decimal("0.10")
SAME_WORDS = Decimal("0.30")
SHARED_WORDS = Decimal("0.20")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class AccountWords:
    """How a bank may speak of an account: by its name, as words, or by its number."""

    name: str
    number: str

    @classmethod
    def of(cls, name: str, number: str | None) -> AccountWords:
        """Of an account with this name and number."""
        return cls(_words_in(name), number_key(number or ""))


@dataclass(frozen=True, slots=True)
class Said:
    """What a transaction says: as words with spaces around them, as accounts' numbers are compared, and the words that
    two transactions of one thing share.
    """

    words: str
    number: str
    telling: frozenset[str]

    @classmethod
    def in_text(cls, text: str) -> Said:
        """In this text."""
        words = _words_in(text)
        telling = frozenset(word for word in words.split() if len(word) >= MIN_WORD and not word.isdigit())
        return cls(f" {words} ", number_key(text), telling)

    def names(self, account: AccountWords) -> str | None:
        """How it speaks of an account, by ``number`` or by ``name``, if it does."""
        if len(account.number) >= MIN_NUMBER and account.number in self.number:
            return "number"
        if len(account.name) >= MIN_WORD and f" {account.name} " in self.words:
            return "name"
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A line on an account that money can be in, with what its transaction says.

    ``is_imported`` is whether a bank's statement brought it; ``is_simple`` whether the rest of the transaction is
    nothing but categories; ``is_uncategorised`` whether none of them was chosen by a person.
    """

    transaction_id: UUID
    account_id: UUID
    date: dt.date
    amount: Decimal
    currency: str
    status: PostingStatus
    is_imported: bool
    is_simple: bool
    is_uncategorised: bool
    said: Said

    @property
    def is_pending(self) -> bool:
        """Whether it hasn't reached the bank, as far as anyone said."""
        return self.status is PostingStatus.PENDING

    @property
    def is_by_hand(self) -> bool:
        """Whether a person recorded it as what the bank has, and no statement was compared with it."""
        return self.status is PostingStatus.CLEARED and not self.is_imported


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two transactions look like one, or less so: what it counts, and in a sentence."""

    code: str
    detail: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two transactions that look like one. ``first`` is what left an account, or what a person recorded."""

    kind: MatchKind
    first: Side
    second: Side
    score: Decimal
    reasons: tuple[Reason, ...]

    @property
    def pair(self) -> tuple[UUID, UUID]:
        """The ids of the two, the lesser first."""
        return pair_of(self.first.transaction_id, self.second.transaction_id)

    @property
    def order(self) -> tuple[Decimal, int, str, str]:
        """Its place among others: the likeliest first, and of those the newest."""
        newest = max(self.first.date, self.second.date)
        return -self.score, -newest.toordinal(), str(self.first.transaction_id), str(self.second.transaction_id)


Rejected = Container[tuple[MatchKind, UUID, UUID]]
"""What was turned down: the kind and the two ids, the lesser first."""


def pair_of(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """Two ids, the lesser first."""
    return (one, other) if one < other else (other, one)


def propose(
    sides: Sequence[Side], accounts: Mapping[UUID, AccountWords], rejected: Rejected, kinds: Container[MatchKind]
) -> list[Proposal]:
    """What looks like one, the likeliest first.

    Args:
        sides: the lines to look at.
        accounts: how their accounts may be spoken of.
        rejected: what isn't proposed again.
        kinds: what to look for.
    """
    found: list[Proposal] = []
    if MatchKind.TRANSFER in kinds:
        found += _once(_allowed(_as_transfers(sides, accounts), rejected))
    if MatchKind.POSTED in kinds:
        found += _once(_allowed((*_posted(sides), *_recorded(sides)), rejected))
    return sorted(found, key=lambda proposal: proposal.order)


def compare(sides: Sequence[Side], accounts: Mapping[UUID, AccountWords]) -> list[Proposal]:
    """All pairs that look like one, in either way; a transaction may be in several."""
    return _allowed((*_as_transfers(sides, accounts), *_posted(sides), *_recorded(sides)), frozenset())


def _as_transfers(sides: Sequence[Side], accounts: Mapping[UUID, AccountWords]) -> Iterator[Proposal]:
    simple = [side for side in sides if side.is_simple]
    yield from _transfers(simple, accounts)
    yield from _exchanges(simple, accounts)


def _allowed(proposals: Iterable[Proposal], rejected: Rejected) -> list[Proposal]:
    return [each for each in proposals if each.score >= MIN_SCORE and (each.kind, *each.pair) not in rejected]


def _once(proposals: list[Proposal]) -> Iterator[Proposal]:
    """Each transaction with the one that it looks most like."""
    taken: set[UUID] = set()
    for proposal in sorted(proposals, key=lambda each: each.order):
        if taken.isdisjoint(proposal.pair):
            taken.update(proposal.pair)
            yield proposal


class _Days:
    """Lines in the order of their days, to be looked at around one of them."""

    def __init__(self, sides: Iterable[Side]) -> None:
        self.sides = sorted(sides, key=lambda side: (side.date, str(side.transaction_id)))
        self.days = [side.date for side in self.sides]

    def near(self, day: dt.date, most: int, fits: Callable[[Side], bool]) -> list[Side]:
        """The nearest lines at most so many days away that fit."""
        place = bisect_left(self.days, day)
        around = self.sides[max(0, place - NEAREST) : place + NEAREST]
        return [side for side in around if abs((side.date - day).days) <= most and fits(side)]


def _transfers(simple: Sequence[Side], accounts: Mapping[UUID, AccountWords]) -> Iterator[Proposal]:
    """What left an account, and the same amount that came to another."""
    out: defaultdict[tuple[str, Decimal], list[Side]] = defaultdict(list)
    back: defaultdict[tuple[str, Decimal], list[Side]] = defaultdict(list)
    for side in simple:
        (out if side.amount < 0 else back)[side.currency, abs(side.amount)].append(side)
    for key, givers in out.items():
        if key not in back:
            continue
        takers = _Days(back[key])
        pairs = [(giver, taker) for giver in givers for taker in _others_of(giver, takers)]
        choices = Counter(side.transaction_id for pair in pairs for side in pair)
        for giver, taker in pairs:
            alone = choices[giver.transaction_id] == choices[taker.transaction_id] == 1
            yield _scored(MatchKind.TRANSFER, giver, taker, _transfer_reasons(giver, taker, accounts, alone=alone))


def _others_of(giver: Side, takers: _Days) -> list[Side]:
    return takers.near(
        giver.date,
        MAX_TRANSFER_DAYS,
        lambda taker: taker.account_id != giver.account_id and (taker.is_uncategorised or giver.is_uncategorised),
    )


def _transfer_reasons(
    giver: Side, taker: Side, accounts: Mapping[UUID, AccountWords], *, alone: bool
) -> Iterator[Reason]:
    yield Reason(
        "opposite_amounts",
        f"{taker.amount:f} {taker.currency} left one account and came to another.",
        OPPOSITE,
    )
    yield from _of_both(giver, taker, accounts)
    if not alone:
        yield Reason(
            "not_the_only_one", "Others of this amount lie as near, so that it may be one of those.", NOT_THE_ONLY_ONE
        )


def _exchanges(simple: Sequence[Side], accounts: Mapping[UUID, AccountWords]) -> Iterator[Proposal]:
    """What left an account, and came to one in another currency that is spoken of: there is no rate to judge by."""
    on: defaultdict[UUID, list[Side]] = defaultdict(list)
    for side in simple:
        on[side.account_id].append(side)
    days = {account_id: _Days(sides) for account_id, sides in on.items()}
    currencies = {account_id: {side.currency for side in sides} for account_id, sides in on.items()}
    seen: set[tuple[UUID, UUID]] = set()
    for side in simple if len({side.currency for side in simple}) > 1 else ():
        for account_id, around in days.items():
            is_abroad = account_id != side.account_id and currencies[account_id] != {side.currency}
            if not is_abroad or account_id not in accounts or side.said.names(accounts[account_id]) is None:
                continue
            for other in _others_abroad(side, around):
                giver, taker = (side, other) if side.amount < 0 else (other, side)
                if (giver.transaction_id, taker.transaction_id) not in seen:
                    seen.add((giver.transaction_id, taker.transaction_id))
                    yield _scored(MatchKind.TRANSFER, giver, taker, _exchange_reasons(giver, taker, accounts))


def _others_abroad(side: Side, days: _Days) -> list[Side]:
    return days.near(
        side.date,
        MAX_TRANSFER_DAYS,
        lambda other: (
            other.currency != side.currency
            and (other.amount < 0) is not (side.amount < 0)
            and (other.is_uncategorised or side.is_uncategorised)
        ),
    )


def _exchange_reasons(giver: Side, taker: Side, accounts: Mapping[UUID, AccountWords]) -> Iterator[Reason]:
    yield Reason(
        "exchange",
        f"{-giver.amount:f} {giver.currency} left one account and {taker.amount:f} {taker.currency} came to another.",
        EXCHANGE,
    )
    yield from _of_both(giver, taker, accounts)


def _of_both(giver: Side, taker: Side, accounts: Mapping[UUID, AccountWords]) -> Iterator[Reason]:
    yield _days_apart(giver, taker, TRANSFER_DAYS)
    if giver.is_uncategorised and taker.is_uncategorised:
        yield Reason("both_uncategorised", "Neither has a category.", BOTH_UNCATEGORISED)
    named = [
        side.said.names(accounts[other.account_id])
        for side, other in ((giver, taker), (taker, giver))
        if other.account_id in accounts
    ]
    if "number" in named:
        yield Reason("names_number", "One of them names the number of the other's account.", NAMES_NUMBER)
    elif "name" in named:
        yield Reason("names_account", "One of them names the other's account.", NAMES_ACCOUNT)


def _posted(sides: Sequence[Side]) -> Iterator[Proposal]:
    """What is pending on an account, and what the bank posted there."""
    posted: defaultdict[tuple[UUID, str, bool], list[Side]] = defaultdict(list)
    for side in sides:
        if side.is_simple and not side.is_pending:
            posted[side.account_id, side.currency, side.amount < 0].append(side)
    days = {key: _Days(each) for key, each in posted.items()}
    equal: defaultdict[tuple[UUID, str, bool, Decimal], list[Side]] = defaultdict(list)
    for key, each in posted.items():
        for side in each:
            equal[*key, abs(side.amount)].append(side)
    same_days = {key: _Days(each) for key, each in equal.items()}
    for pending in (side for side in sides if side.is_pending):
        key = (pending.account_id, pending.currency, pending.amount < 0)
        if key not in days:
            continue
        near = days[key].near(pending.date, MAX_POSTED_DAYS, partial(_is_near, pending))
        same = same_days.get((*key, abs(pending.amount)))
        if same is not None:
            # Where a day has many lines, the one of just this amount may lie beyond the nearest.
            near += [other for other in same.near(pending.date, MAX_POSTED_DAYS, bool) if other not in near]
        for other in near:
            if not (pending.is_imported and other.is_imported):
                yield _scored(MatchKind.POSTED, pending, other, _posted_reasons(pending, other))


def _recorded(sides: Sequence[Side]) -> Iterator[Proposal]:
    """What a person recorded on an account as if the bank had it, and the same amount that the bank brought there."""
    brought: defaultdict[tuple[UUID, str, Decimal], list[Side]] = defaultdict(list)
    for side in sides:
        if side.is_imported and side.is_simple and not side.is_pending:
            brought[side.account_id, side.currency, side.amount].append(side)
    days = {key: _Days(each) for key, each in brought.items()}
    for ours in (side for side in sides if side.is_by_hand):
        around = days.get((ours.account_id, ours.currency, ours.amount))
        for theirs in () if around is None else around.near(ours.date, MAX_RECORDED_DAYS, partial(_may_be, ours)):
            yield _scored(MatchKind.POSTED, ours, theirs, _recorded_reasons(ours, theirs))


def _may_be(ours: Side, theirs: Side) -> bool:
    """Whether the bank's may be what a person recorded: they say something alike, or nobody said what the bank's is."""
    return theirs.is_uncategorised or bool(ours.said.telling & theirs.said.telling)


def _recorded_reasons(ours: Side, theirs: Side) -> Iterator[Reason]:
    yield Reason(
        "recorded_by_hand", "A person recorded one, and a bank's statement brought the other.", RECORDED_BY_HAND
    )
    yield from _posted_reasons(ours, theirs)
    if theirs.is_uncategorised:
        yield Reason("uncategorised", "What the bank's statement brought has no category.", NOT_YET_CATEGORISED)


def _is_near(pending: Side, posted: Side) -> bool:
    return abs(posted.amount - pending.amount) <= abs(pending.amount) * AMOUNTS_POSTED[-1][0]


def _posted_reasons(pending: Side, posted: Side) -> Iterator[Reason]:
    off = abs(posted.amount - pending.amount)
    weight = next(weight for share, weight in AMOUNTS_POSTED if off <= abs(pending.amount) * share)
    if off:
        yield Reason("amount_near", f"The posted amount is off by {off:f} {posted.currency}, as with a tip.", weight)
    else:
        yield Reason("amount_equal", "The amounts are the same.", weight)
    yield _days_apart(pending, posted, POSTED_DAYS)
    ours, theirs = pending.said.telling, posted.said.telling
    shared = ours & theirs
    if shared and shared in {ours, theirs}:
        yield Reason("same_words", "They say the same.", SAME_WORDS)
    elif shared:
        yield Reason("shared_words", "They have words in common.", SHARED_WORDS)


def _days_apart(one: Side, other: Side, weights: Sequence[Decimal]) -> Reason:
    days = abs((one.date - other.date).days)
    if not days:
        return Reason("same_day", "They are of the same day.", weights[0])
    return Reason("days_apart", f"They are {days} day{'s' if days > 1 else ''} apart.", weights[days])


def _scored(kind: MatchKind, first: Side, second: Side, reasons: Iterator[Reason]) -> Proposal:
    told = tuple(reasons)
    total = sum((reason.weight for reason in told), Decimal(0))
    return Proposal(kind, first, second, min(max(total, Decimal("0.00")), Decimal("1.00")), told)


def _words_in(text: str) -> str:
    return " ".join(_WORD.findall(name_key(text)))
