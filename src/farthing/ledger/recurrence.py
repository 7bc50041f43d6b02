"""Recurrence: payments that come again and again, told from what merely happens often.

Flows of one payee, in one direction, are held against a few rhythms. A rhythm expects one payment at a time, a *slot*;
what lies near enough to a slot is a hit. Few slots may go without one, few payments may lie beside the slots, and the
amounts keep to a level that may step up or down. How sure that is, is a sum of weights between 0 and 1, each with its
reason.

A payee may be paid for several things. What doesn't recur as a whole is parted by its amounts, and each part is held
against the rhythms by itself, more strictly.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

from farthing.ledger.flows import Flow, median, spread

SATURDAY = 5
MONTHS = 12
DAYS_IN_MONTH = 30
LIKELY_DAYS = 8
"""So many days of the month are looked at closely, of those around which payments lie."""
LAST_OF_MONTH = 31
"""Stands for the last day of a month, whichever that is."""

MIN_CONFIDENCE = 0.6
"""What is less sure isn't told."""
MIN_COVERAGE = 0.75
"""Of the slots between the first payment and the last, so many had one."""
MIN_PURITY = 0.8
"""Of a payee's payments, so many lie in slots, where the payee is looked at as a whole."""
MOST_SPREAD = 0.6
"""Amounts that are spread further, beside their median, are not those of one thing."""
FEW_SPREAD = 0.15
"""Nor are two or three amounts that are spread further than that: what is paid at about the same time by chance is."""
SAME_AMOUNT = Decimal("0.005")
"""Amounts that differ by no larger share are the same."""
PART_APART = 1.06
"""Sorted by size, amounts part where one is so many times the one before."""
HALVES_APART = 8
"""Two times of the month lie so many days apart, whatever week-ends do."""
MIN_PART = 4
"""A part has so many payments, or it is chance."""
STEP_RANGE = (Decimal("0.6"), Decimal("1.7"))
"""A new price is no further from the old one than that."""
RECENT = 6
"""So many of the last payments tell what the next is going to be."""

WEIGHT_OF_NUMBER, WEIGHT_OF_COVERAGE, WEIGHT_OF_TIMING, WEIGHT_OF_AMOUNT = 0.30, 0.20, 0.25, 0.25


class Cadence(StrEnum):
    """How often something recurs."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    FOUR_WEEKLY = "four_weekly"
    MONTHLY = "monthly"
    TWO_MONTHLY = "two_monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"

    @property
    def days(self) -> float:
        """How many days lie between two payments, on average."""
        return _CADENCES[self].days

    @property
    def months(self) -> int:
        """How many months lie between them; 0 where it goes by weeks."""
        return _CADENCES[self].months

    @property
    def tolerance(self) -> int:
        """By how many days a payment may miss its day."""
        return _CADENCES[self].tolerance

    @property
    def least(self) -> int:
        """How many payments there are at least before they are said to recur."""
        return _CADENCES[self].least


@dataclass(frozen=True, slots=True)
class _Cadence:
    days: float
    months: int
    tolerance: int
    least: int


_CADENCES = {
    Cadence.WEEKLY: _Cadence(7, 0, 1, 6),
    Cadence.FORTNIGHTLY: _Cadence(14, 0, 2, 5),
    Cadence.FOUR_WEEKLY: _Cadence(28, 0, 2, 4),
    Cadence.MONTHLY: _Cadence(30.44, 1, 4, 3),
    Cadence.TWO_MONTHLY: _Cadence(60.88, 2, 6, 3),
    Cadence.QUARTERLY: _Cadence(91.31, 3, 8, 3),
    Cadence.HALF_YEARLY: _Cadence(182.62, 6, 12, 3),
    Cadence.YEARLY: _Cadence(365.24, 12, 16, 2),
}
NEAR = (0.72, 1.4)
"""A rhythm is tried where the usual time between two payments is so many times its own."""


class Shift(StrEnum):
    """What becomes of a payment whose day of the month is a Saturday or a Sunday."""

    NONE = "none"
    FOLLOWING = "following"
    """It is made on Monday."""
    PRECEDING = "preceding"
    """It is made on Friday."""


class SeriesState(StrEnum):
    """Whether a recurring payment still comes."""

    ACTIVE = "active"
    LATE = "late"
    """The last that was expected hasn't come."""
    ENDED = "ended"
    """The last two or more that were expected haven't."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When payments are expected. Slots are counted; slot 0 is at ``anchor``, or in its month.

    ``day_of_month`` and ``shift`` matter where it goes by months; 31 is the month's last day.
    """

    cadence: Cadence
    anchor: dt.date
    day_of_month: int = 1
    shift: Shift = Shift.NONE

    def expected(self, slot: int) -> dt.date:
        """The day of a slot."""
        if not self.cadence.months:
            return self.anchor + dt.timedelta(days=round(self.cadence.days) * slot)
        return day_in_month(_month(self.anchor) + slot * self.cadence.months, self.day_of_month, self.shift)

    def nearest(self, day: dt.date) -> tuple[int, int]:
        """The slot whose day is nearest to a day, and by how many days that is later."""
        if not self.cadence.months:
            around = round((day - self.anchor).days / self.cadence.days)
        else:
            around = round((_month(day) - _month(self.anchor)) / self.cadence.months)
        return min(
            ((slot, (day - self.expected(slot)).days) for slot in (around - 1, around, around + 1)),
            key=lambda found: abs(found[1]),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A price that changed: since which payment, from what, to what; amounts as they were paid, without a sign."""

    date: dt.date
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why payments are said to recur: what it counts of how much, and in a sentence."""

    code: str
    detail: str
    weight: float


@dataclass(frozen=True, slots=True)
class Series:
    """A payment that recurs. ``hits`` are its payments, oldest first, with their slots in ``slots``."""

    rhythm: Rhythm
    hits: tuple[Flow, ...]
    slots: tuple[int, ...]
    steps: tuple[Step, ...]
    is_fixed: bool
    """Whether the amount is the same each time, but for steps."""
    state: SeriesState
    confidence: float
    evidence: tuple[Evidence, ...]

    @property
    def last(self) -> Flow:
        """The latest payment."""
        return self.hits[-1]

    @property
    def first_id(self) -> UUID:
        """The transaction of the earliest payment."""
        return self.hits[0].transaction_id

    @property
    def level(self) -> tuple[Flow, ...]:
        """The payments since the amount last stepped."""
        if not self.steps:
            return self.hits
        return tuple(hit for hit in self.hits if hit.date >= self.steps[-1].date)

    @property
    def recent(self) -> tuple[Flow, ...]:
        """The last payments at today's level."""
        return self.level[-RECENT:]

    @property
    def usual(self) -> Decimal:
        """What is usually paid, with its sign: one of the recent payments, the middle one."""
        amounts = sorted(hit.amount for hit in self.recent)
        return amounts[len(amounts) // 2]

    @property
    def missed(self) -> int:
        """How many slots between the first payment and the last had none."""
        return self.slots[-1] - self.slots[0] + 1 - len(self.slots)

    @property
    def expected_next(self) -> dt.date:
        """The day of the slot after the latest payment."""
        return self.rhythm.expected(self.slots[-1] + 1)

    def next_after(self, day: dt.date) -> dt.date:
        """The first day after ``day`` on which a payment is expected."""
        return self.rhythm.expected(self.slot_after(day))

    def slot_after(self, day: dt.date) -> int:
        """The first slot after the latest payment's whose day is after ``day``."""
        slot = max(self.slots[-1] + 1, self.rhythm.nearest(day)[0] - 1)
        while self.rhythm.expected(slot) <= day:
            slot += 1
        return slot

    @property
    def lateness(self) -> tuple[int, ...]:
        """By how many days the recent payments were later than expected."""
        slots = self.slots[-len(self.recent) :]
        return tuple((hit.date - self.rhythm.expected(slot)).days for hit, slot in zip(self.recent, slots, strict=True))


@lru_cache(maxsize=16_384)
def day_in_month(month: int, day: int, shift: Shift) -> dt.date:
    """A day of a month, counted from January of year 0, moved off the week-end as is usual."""
    year, place = divmod(month, MONTHS)
    wanted = dt.date(year, place + 1, min(day, monthrange(year, place + 1)[1]))
    beyond = wanted.weekday() - SATURDAY
    if beyond < 0 or shift is Shift.NONE:
        return wanted
    return wanted + dt.timedelta(days=2 - beyond if shift is Shift.FOLLOWING else -1 - beyond)


def find_recurring(flows: Iterable[Flow], as_of: dt.date) -> list[Series]:
    """What recurs, the surest first.

    Args:
        flows: what to look at; in any order.
        as_of: the day it is: what should have come by then and hasn't is late.
    """
    groups: defaultdict[tuple[str, str, bool, bool], list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.amount:
            groups[flow.who, flow.currency, flow.amount < 0, flow.is_transfer].append(flow)
    found = [
        series
        for group in groups.values()
        if len(group) >= Cadence.YEARLY.least
        for series in _of_group(sorted(group, key=lambda flow: (flow.date, str(flow.transaction_id))), as_of)
    ]
    return sorted(found, key=lambda series: (-series.confidence, series.hits[0].date, str(series.first_id)))


def _of_group(group: list[Flow], as_of: dt.date) -> list[Series]:
    """What recurs of one payee's flows in one direction, oldest first."""
    whole = _fitted(group, as_of, purity=MIN_PURITY)
    if whole is not None:
        return [whole]
    halves = [_fitted(half, as_of, purity=MIN_PURITY) for half in _halves(group)]
    if halves and all(half is not None and half.rhythm.cadence is Cadence.MONTHLY for half in halves):
        return [half for half in halves if half is not None]
    found: list[Series] = []
    left = group
    for part in sorted(_parts(group), key=len, reverse=True):
        there = {flow.key for flow in left}
        still = [flow for flow in part if flow.key in there]
        series = _fitted(still, as_of, purity=MIN_PURITY) if len(still) >= MIN_PART else None
        if series is None or not series.is_fixed:
            continue  # of many purchases, some lie regularly by chance; hardly so if they are of one amount as well
        series = _extended(series, left, as_of)
        found.append(series)
        taken = {hit.key for hit in series.hits}
        left = [flow for flow in left if flow.key not in taken]
    return found


def _halves(group: list[Flow]) -> list[list[Flow]]:
    """A payee's flows of two times of the month, such as wages on the 1st and the 15th; nothing if there aren't two."""
    days = sorted({flow.date.day for flow in group})
    gaps = sorted(
        (((later - day) % LAST_OF_MONTH, day) for day, later in zip(days, [*days[1:], days[0]], strict=True)),
        reverse=True,
    )[:2]
    if len(gaps) < 2 or gaps[1][0] < HALVES_APART:  # noqa: PLR2004 - on either side of a half
        return []
    first, second = sorted(day for _, day in gaps)
    halves = [flow for flow in group if first < flow.date.day <= second]
    return [halves, [flow for flow in group if not first < flow.date.day <= second]]


def _parts(group: list[Flow]) -> list[list[Flow]]:
    """A payee's flows, parted where amounts lie apart; each oldest first."""
    by_size = sorted(group, key=lambda flow: abs(flow.amount))
    parts = [[by_size[0]]]
    for smaller, larger in pairwise(by_size):
        if abs(larger.amount) > abs(smaller.amount) * Decimal(str(PART_APART)):
            parts.append([])
        parts[-1].append(larger)
    return [sorted(part, key=lambda flow: (flow.date, str(flow.transaction_id))) for part in parts]


def _extended(series: Series, left: list[Flow], as_of: dt.date) -> Series:
    """A series with what came in the slots after it, or before it, at another price."""
    while True:
        taken = {hit.key for hit in series.hits}
        others = [flow for flow in left if flow.key not in taken]
        ends = ((series.slots[0], -1, series.hits[0]), (series.slots[-1], 1, series.last))
        more = [
            beyond
            for slot, way, neighbour in ends
            # One may have been left out there.
            if (beyond := _in_slot(series.rhythm, slot + way, others, neighbour.amount)) is not None
            or (beyond := _in_slot(series.rhythm, slot + 2 * way, others, neighbour.amount)) is not None
        ]
        if not more:
            return series
        grown = sorted([*series.hits, *more], key=lambda flow: (flow.date, str(flow.transaction_id)))
        refitted = _fitted(grown, as_of, purity=1.0)
        if refitted is None or refitted.rhythm.cadence is not series.rhythm.cadence:
            return series
        if len(refitted.hits) <= len(series.hits):
            return series
        series = refitted


def _in_slot(rhythm: Rhythm, slot: int, flows: Sequence[Flow], amount: Decimal) -> Flow | None:
    """What lies in a slot at about an amount; the nearest in time, if several do."""
    day, least, most = rhythm.expected(slot), *STEP_RANGE
    near = [
        flow
        for flow in flows
        if abs((flow.date - day).days) <= rhythm.cadence.tolerance and least <= flow.amount / amount <= most
    ]
    return min(near, key=lambda flow: (abs((flow.date - day).days), abs(flow.amount - amount)), default=None)


def _fitted(events: list[Flow], as_of: dt.date, *, purity: float) -> Series | None:
    """The rhythm that fits best, if one does."""
    days = sorted({flow.date for flow in events})
    if len(days) < Cadence.YEARLY.least:
        return None
    usual_gap = median([float((later - earlier).days) for earlier, later in pairwise(days)])
    fits = [
        series
        for cadence in Cadence
        if NEAR[0] * cadence.days <= usual_gap <= NEAR[1] * cadence.days and len(days) >= cadence.least
        if (series := _held_against(cadence, events, as_of, purity)) is not None
    ]
    return max(fits, key=lambda series: series.confidence, default=None)


def _held_against(cadence: Cadence, events: list[Flow], as_of: dt.date, purity: float) -> Series | None:
    """The events as a series of this cadence, if they are one."""
    rhythm = _rhythm_of(cadence, events)
    middle = median([float(flow.amount) for flow in events])
    slots: dict[int, Flow] = {}
    for flow in events:
        slot, off = rhythm.nearest(flow.date)
        if abs(off) > cadence.tolerance:
            continue
        there = slots.get(slot)
        if there is None or _fitness(rhythm, slot, flow, middle) < _fitness(rhythm, slot, there, middle):
            slots[slot] = flow
    numbers = sorted(slots)
    hits = [slots[number] for number in numbers]
    if len(hits) < cadence.least or len(hits) < purity * len(events):
        return None
    coverage = len(hits) / (numbers[-1] - numbers[0] + 1)
    if coverage < MIN_COVERAGE:
        return None
    off_days = [abs((flow.date - rhythm.expected(number)).days) for number, flow in zip(numbers, hits, strict=True)]
    timing = 1 - min(1.0, sum(off_days) / len(off_days) / (cadence.tolerance or 1))
    steps, is_fixed = _levels(hits)
    amounts = _amount_regularity(hits, is_fixed=is_fixed)
    if amounts is None:
        return None
    enough = min(1.0, 0.5 + 0.5 * (len(hits) - cadence.least) / cadence.least)
    evidence = (
        Evidence("payments", f"{len(hits)} payments.", WEIGHT_OF_NUMBER * enough),
        Evidence(
            "regularity",
            _missed_in_words(numbers[-1] - numbers[0] + 1 - len(hits)),
            WEIGHT_OF_COVERAGE * (coverage - MIN_COVERAGE) / (1 - MIN_COVERAGE),
        ),
        Evidence("timing", _timing_in_words(off_days), WEIGHT_OF_TIMING * timing),
        Evidence("amounts", _amounts_in_words(hits, steps, is_fixed=is_fixed), WEIGHT_OF_AMOUNT * amounts),
    )
    confidence = sum(each.weight for each in evidence)
    if confidence < MIN_CONFIDENCE:
        return None
    state = _state(rhythm, numbers[-1], as_of)
    return Series(rhythm, tuple(hits), tuple(numbers), steps, is_fixed, state, confidence, evidence)


def _fitness(rhythm: Rhythm, slot: int, flow: Flow, middle: float) -> tuple[float, int]:
    """How badly a flow fits a slot: by its amount first, roughly, then by its day."""
    off = abs(float(flow.amount) - middle) / (abs(middle) or 1)
    return round(off, 1), abs((flow.date - rhythm.expected(slot)).days)


def _rhythm_of(cadence: Cadence, events: Sequence[Flow]) -> Rhythm:
    """The rhythm of this cadence that lies nearest to the events."""
    days = [flow.date for flow in events]
    if not cadence.months:
        period = round(cadence.days)
        anchor = min(
            (days[0] + dt.timedelta(days=off) for off in range(period)),
            key=lambda start: sum(_off_cycle((day - start).days, period) for day in days),
        )
        return Rhythm(cadence, anchor)
    months = Counter(_month(day) % cadence.months for day in days)
    phase = months.most_common(1)[0][0]
    first = next(day for day in days if _month(day) % cadence.months == phase).replace(day=1)
    likely = sorted(
        range(1, LAST_OF_MONTH + 1), key=lambda wanted: sum(_off_cycle(day.day - wanted, DAYS_IN_MONTH) for day in days)
    )
    candidates = [Rhythm(cadence, first, day, shift) for shift in Shift for day in likely[:LIKELY_DAYS]]
    return min(candidates, key=lambda rhythm: (_off_rhythm(rhythm, phase, days), rhythm.shift is not Shift.NONE))


def _off_cycle(days: int, period: int) -> int:
    beyond = days % period
    return min(beyond, period - beyond)


def _off_rhythm(rhythm: Rhythm, phase: int, days: Sequence[dt.date]) -> int:
    """How far days are off a rhythm of months, in all; what is far off counts as no more than beside it."""
    cadence = rhythm.cadence
    months, most, wanted, shift = cadence.months, cadence.tolerance + 1, rhythm.day_of_month, rhythm.shift.value
    return sum(min(most, _off_day(day, months, phase, wanted, shift)) for day in days)


@lru_cache(maxsize=100_000)
def _off_day(day: dt.date, months: int, phase: int, wanted: int, shift: str) -> int:
    """By how many days a day misses the nearest day of a rhythm; the same is asked of many payees."""
    before = _month(day) - (_month(day) - phase) % months
    near = (before - months, before, before + months)
    return min(abs((day - day_in_month(month, wanted, Shift(shift))).days) for month in near)


def _month(day: dt.date) -> int:
    return day.year * MONTHS + day.month - 1


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= SAME_AMOUNT * abs(other)


def _levels(hits: Sequence[Flow]) -> tuple[tuple[Step, ...], bool]:
    """Where the amount stepped from one level to another, and whether it keeps to levels at all.

    One payment that is off, with the old amount after it, is no step; nor is the last one, if it is far off.
    """
    steps: list[Step] = []
    level, exceptions = hits[0].amount, 0
    for place in range(1, len(hits)):
        amount = hits[place].amount
        if _same(amount, level):
            continue
        is_last = place + 1 == len(hits)
        is_far = not STEP_RANGE[0] <= amount / level <= STEP_RANGE[1]
        if is_far if is_last else _same(hits[place + 1].amount, level):
            exceptions += 1
            continue
        steps.append(Step(hits[place].date, abs(level), abs(amount)))
        level = amount
    is_fixed = len(hits) >= 2 and len(steps) + exceptions <= max(1, len(hits) // 4)  # noqa: PLR2004 - a level and a step
    if len(hits) == 2 and steps:  # noqa: PLR2004 - as above
        is_fixed = False
    return (tuple(steps), True) if is_fixed else ((), False)


def _amount_regularity(hits: Sequence[Flow], *, is_fixed: bool) -> float | None:
    """How well the amounts agree, from 0 to 1; None: they aren't those of one thing."""
    if is_fixed:
        return 1.0
    amounts = [float(hit.amount) for hit in hits]
    middle = abs(median(amounts))
    relative = spread(amounts) / middle if middle else MOST_SPREAD
    if len(amounts) == 2:  # noqa: PLR2004 - the spread of two says nothing
        relative = abs(amounts[0] - amounts[1]) / middle if middle else MOST_SPREAD
    most = MOST_SPREAD if len(amounts) >= MIN_PART else FEW_SPREAD
    return None if relative >= most else 1 - relative / MOST_SPREAD


def _state(rhythm: Rhythm, last_slot: int, as_of: dt.date) -> SeriesState:
    grace = dt.timedelta(days=rhythm.cadence.tolerance)
    if rhythm.expected(last_slot + 1) + grace >= as_of:
        return SeriesState.ACTIVE
    return SeriesState.LATE if rhythm.expected(last_slot + 2) + grace >= as_of else SeriesState.ENDED


def _missed_in_words(missed: int) -> str:
    if not missed:
        return "None was left out."
    return "One was left out." if missed == 1 else f"{missed} were left out."


def _timing_in_words(off_days: Sequence[int]) -> str:
    most = max(off_days)
    if not most:
        return "Each came on its day."
    average = sum(off_days) / len(off_days)
    return f"They came {average:.1f} days from their day on average, {most} at most."


def _amounts_in_words(hits: Sequence[Flow], steps: Sequence[Step], *, is_fixed: bool) -> str:
    if not is_fixed:
        sizes = [abs(hit.amount) for hit in hits]
        return f"The amounts vary from {min(sizes):f} to {max(sizes):f} {hits[0].currency}."
    if not steps:
        return "The amount is the same each time."
    return f"The amount is the same each time, but for {len(steps)} change{'s' if len(steps) > 1 else ''} of it."
