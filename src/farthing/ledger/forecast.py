"""Forecasts: what accounts are going to hold, day by day, with bands that say how sure that is.

What recurs is projected: on its days, at its amounts, as late as it tends to be. The rest is drawn from the past:
blocks of four weeks, each from the same day of the week on, those of the same season more often than others. A block is
drawn for all accounts together, so that transfers between them cancel out in the total. A few hundred such futures are
spread out, and the bands are what lies between their quantiles. It is a moving-block bootstrap (Künsch, "The Jackknife
and the Bootstrap for General Stationary Observations", 1989). The average of a short past is itself uncertain, for
which the spread is widened.

Statistics are floats. The chance in it is seeded: the same past and the same seed make the same forecast.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from farthing.ledger.flows import Flow
from farthing.ledger.recurrence import Series, SeriesState, find_recurring

HORIZON_DAYS = 90
PATHS = 400
"""How many futures are drawn."""
BLOCK_DAYS = 28
LEAST_DAYS = 84
"""A shorter past tells nothing."""
PAST_DAYS = 730
"""What lies further back isn't drawn from."""
SEASON_DAYS, SEASON_WEIGHT = 35, 1.0
"""A block that began within so many days of the same day in another year is drawn more often, by so many times."""
ONCE_TIMES = 3.0
"""The largest amount is left out of what is drawn from, if it is so many times as large as any other."""
ORIGINS = 12
ORIGIN_STEP_DAYS = 28
CHECK_DAYS = 7
"""A forecast is held against what came of it on every seventh day."""

T = TypeVar("T")
Key = tuple[UUID, str]
"""An account, and a currency."""


@dataclass(frozen=True, slots=True)
class Point:
    """What is forecast for the end of a day: the middle, and the bands that hold it in a half and in 80 % of cases."""

    date: dt.date
    middle: float
    low_50: float
    high_50: float
    low_80: float
    high_80: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is forecast by account and currency, and in total by currency."""

    accounts: Mapping[Key, tuple[Point, ...]]
    totals: Mapping[str, tuple[Point, ...]]


@dataclass(slots=True)
class Score:
    """How good forecasts were that would have been made in the past.

    ``error`` is by how much the middle missed, on average, and ``naive_error`` by how much it would have been missed by
    saying that all stays as it is. ``within_50`` and ``within_80`` count how often the bands held what came of it, out
    of ``checks``; ``origins`` is on how many days a forecast was made.
    """

    origins: int = 0
    checks: int = 0
    within_50: int = 0
    within_80: int = 0
    error_sum: float = 0.0
    naive_sum: float = 0.0

    @property
    def error(self) -> float:
        """The mean absolute error."""
        return self.error_sum / self.checks if self.checks else math.nan

    @property
    def naive_error(self) -> float:
        """That of saying that all stays as it is."""
        return self.naive_sum / self.checks if self.checks else math.nan

    @property
    def coverage_50(self) -> float:
        """The share of checks that the 50 % band held."""
        return self.within_50 / self.checks if self.checks else math.nan

    @property
    def coverage_80(self) -> float:
        """The share of checks that the 80 % band held."""
        return self.within_80 / self.checks if self.checks else math.nan


@dataclass(frozen=True, slots=True)
class Past:
    """All that a forecast is made from: flows by the end of ``as_of``, those already recorded for later days, and
    what each account held at the end of ``as_of``.
    """

    as_of: dt.date
    flows: Sequence[Flow]
    coming: Sequence[Flow]
    held: Mapping[Key, float]
    series: Sequence[Series]

    @property
    def days(self) -> int:
        """How many days it is long, as far as it is drawn from."""
        if not self.flows:
            return 0
        first = min(flow.date for flow in self.flows)
        return min(PAST_DAYS, (self.as_of - first).days + 1)


def forecast(past: Past, seed: int, *, horizon: int = HORIZON_DAYS, step: int = 1) -> Forecast | None:
    """Forecast what accounts are going to hold.

    Args:
        past: what it is made from.
        seed: for the chance in it.
        horizon: how many days ahead.
        step: every how many days a point is wanted.

    Returns:
        The forecast; None if the past is too short to tell.
    """
    if past.days < LEAST_DAYS:
        return None
    dice = random.Random(seed)  # noqa: S311 - chance that can be had again, and guards nothing
    keys = list(past.held)
    places = {key: place for place, key in enumerate(keys)}
    rest = _Rest.of(past, places)
    expected = _known(past, places, horizon)
    projected = [
        (places[key], _Projection(series, past.as_of, horizon))
        for series in past.series
        if (key := _key_of(series)) in places
    ]
    marks = list(range(step, horizon + 1, step))
    futures: list[list[list[float]]] = [[] for _ in keys]
    for _ in range(PATHS):
        drawn = rest.draw(dice, horizon)
        for place, projection in projected:
            projection.add_to(drawn[place], dice)
        for place, daily in enumerate(drawn):
            known = expected[place]
            sums = list(accumulate(map(float.__add__, daily, known)))
            futures[place].append([sums[mark - 1] for mark in marks])
    widths = [math.sqrt(1 + mark / past.days) for mark in marks]
    days = [past.as_of + dt.timedelta(days=mark) for mark in marks]
    accounts = {key: _points(days, futures[place], widths, past.held[key]) for key, place in places.items()}
    totals = {}
    for currency in sorted({currency for _, currency in keys}):
        of_currency = [place for (_, code), place in places.items() if code == currency]
        added = [
            [math.fsum(column) for column in zip(*(futures[place][path] for place in of_currency), strict=True)]
            for path in range(PATHS)
        ]
        held = math.fsum(value for (_, code), value in past.held.items() if code == currency)
        totals[currency] = _points(days, added, widths, held)
    return Forecast(accounts, totals)


def back_test(
    flows: Sequence[Flow],
    held: Mapping[Key, float],
    as_of: dt.date,
    seed: int,
    *,
    horizon: int = HORIZON_DAYS,
    origins: int = ORIGINS,
    advance: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[dict[Key, Score], dict[str, Score]]:
    """Make the forecasts that would have been made in the past, and hold them against what came of them.

    Each is made from nothing but what was dated by its day. The newest is ``horizon`` days old, each other four weeks
    older than the one after it, and each has at least half a year behind it.

    Args:
        flows: what was, by the end of ``as_of``.
        held: what each account holds at the end of ``as_of``.
        as_of: the day it is.
        seed: for the chance in it.
        horizon: how many days ahead each is made.
        origins: how many are made at most.
        advance: told how many are done, of how many.
    """
    by_account: dict[Key, Score] = {key: Score() for key in held}
    in_total: dict[str, Score] = {currency: Score() for _, currency in held}
    if not flows:
        return by_account, in_total
    ordered = sorted(flows, key=lambda flow: flow.date)
    days = [flow.date for flow in ordered]
    since = days[0] + dt.timedelta(days=182)
    dates = [as_of - dt.timedelta(days=horizon + ORIGIN_STEP_DAYS * back) for back in range(origins)]
    dates = [day for day in dates if day >= since]
    for done, day in enumerate(dates):
        known = ordered[: bisect_right(days, day)]
        then = _held_then(held, ordered[len(known) :])
        past = Past(day, known, (), then, find_recurring(known, day))
        made = forecast(past, seed + done + 1, horizon=horizon, step=CHECK_DAYS)
        if made is None:
            continue
        for key, points in made.accounts.items():
            after = [flow for flow in ordered[len(known) :] if (flow.account_id, flow.currency) == key]
            _judge(by_account[key], points, then[key], after)
        for currency, points in made.totals.items():
            of_currency = {key for key in held if key[1] == currency}
            after = [flow for flow in ordered[len(known) :] if (flow.account_id, flow.currency) in of_currency]
            _judge(in_total[currency], points, math.fsum(then[key] for key in of_currency), after)
        advance(done + 1, len(dates))
    return by_account, in_total


def _held_then(held: Mapping[Key, float], since: Iterable[Flow]) -> dict[Key, float]:
    then = dict(held)
    for flow in since:
        key = (flow.account_id, flow.currency)
        if key in then:
            then[key] -= float(flow.amount)
    return then


def _judge(score: Score, points: Sequence[Point], held: float, after: Sequence[Flow]) -> None:
    """Hold a forecast against what came of it; of an account on which nothing happened there is nothing to tell."""
    if not after or after[0].date > points[-1].date:
        return
    score.origins += 1
    came, place = held, 0
    for point in points:
        while place < len(after) and after[place].date <= point.date:
            came += float(after[place].amount)
            place += 1
        score.checks += 1
        score.within_50 += point.low_50 <= came <= point.high_50
        score.within_80 += point.low_80 <= came <= point.high_80
        score.error_sum += abs(came - point.middle)
        score.naive_sum += abs(came - held)


def _key_of(series: Series) -> Key:
    return series.last.account_id, series.last.currency


def _known(past: Past, places: Mapping[Key, int], horizon: int) -> list[list[float]]:
    """What is recorded for days to come, by account and day."""
    known = [[0.0] * horizon for _ in places]
    for flow in past.coming:
        place = places.get((flow.account_id, flow.currency))
        day = (flow.date - past.as_of).days - 1
        if place is not None and 0 <= day < horizon:
            known[place][day] += float(flow.amount)
    return known


class _Rest:
    """What doesn't recur: the past that futures are drawn from, by account and day."""

    def __init__(self, daily: list[list[float]], starts: list[int], weights: list[list[float]]) -> None:
        self.daily = daily
        self.starts = starts
        self.weights = weights

    @classmethod
    def of(cls, past: Past, places: Mapping[Key, int]) -> _Rest:
        recurring = {hit.key for series in past.series for hit in series.hits}
        length = past.days
        first = past.as_of - dt.timedelta(days=length - 1)
        daily = [[0.0] * length for _ in places]
        once = _once(past.flows, recurring)
        for flow in past.flows:
            place = places.get((flow.account_id, flow.currency))
            if place is None or flow.date < first or flow.key in recurring or flow.key in once:
                continue
            daily[place][(flow.date - first).days] += float(flow.amount)
        # The first day of a block is of the weekday that the forecast's first day is of.
        starts = list(range(length % 7, length - BLOCK_DAYS + 1, 7))
        weights = []
        for block in range(math.ceil(HORIZON_DAYS / BLOCK_DAYS)):
            ahead = past.as_of + dt.timedelta(days=1 + block * BLOCK_DAYS)
            apart = [abs((ahead - first).days - start) % 365 for start in starts]
            near = [min(days, 365 - days) <= SEASON_DAYS for days in apart]
            weights.append([1.0 + SEASON_WEIGHT * is_near for is_near in near])
        return cls(daily, starts, weights)

    def draw(self, dice: random.Random, horizon: int) -> list[list[float]]:
        """A future of what doesn't recur: for each account, what comes and goes on each day."""
        drawn: list[list[float]] = [[] for _ in self.daily]
        for block in range(math.ceil(horizon / BLOCK_DAYS)):
            (start,) = dice.choices(self.starts, self.weights[min(block, len(self.weights) - 1)])
            for place, daily in enumerate(self.daily):
                drawn[place] += daily[start : start + BLOCK_DAYS]
        return [daily[:horizon] for daily in drawn]


def _once(flows: Sequence[Flow], recurring: set[tuple[UUID, UUID, str]]) -> set[tuple[UUID, UUID, str]]:
    """What is so large that nothing else is like it, by account and direction: a house, an inheritance."""
    largest: defaultdict[tuple[UUID, str, bool], list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.key not in recurring:
            largest[flow.account_id, flow.currency, flow.amount < 0].append(flow)
    found = set()
    for alike in largest.values():
        ordered = sorted(alike, key=lambda flow: -abs(flow.amount))
        if len(ordered) > 1 and abs(ordered[0].amount) > abs(ordered[1].amount) * int(ONCE_TIMES):
            found.add(ordered[0].key)
    return found


class _Projection:
    """What recurs, in days to come: how far ahead each payment is expected, and how it may turn out."""

    def __init__(self, series: Series, as_of: dt.date, horizon: int) -> None:
        self.left_out = (series.missed + 0.5) / (len(series.hits) + series.missed + 1)
        self.amounts = [float(series.usual)] if series.is_fixed else [float(hit.amount) for hit in series.recent]
        self.lateness = series.lateness if any(series.lateness) else (0,)
        self.ahead: list[int] = []
        overdue = -series.rhythm.cadence.tolerance
        slot = series.slots[-1] + 1
        while (ahead := (series.rhythm.expected(slot) - as_of).days) <= horizon:
            if ahead > overdue and series.state is not SeriesState.ENDED:
                self.ahead.append(ahead)
            slot += 1

    def add_to(self, daily: list[float], dice: random.Random) -> None:
        """Add it to a future. What is overdue by a little comes tomorrow."""
        for ahead in self.ahead:
            if dice.random() < self.left_out:
                continue
            day = max(1, ahead + _one_of(self.lateness, dice))
            if day <= len(daily):
                daily[day - 1] += _one_of(self.amounts, dice)


def _one_of(values: Sequence[T], dice: random.Random) -> T:
    return values[int(dice.random() * len(values))]


def _points(
    days: Sequence[dt.date], futures: Sequence[Sequence[float]], widths: Sequence[float], held: float
) -> tuple[Point, ...]:
    """The quantiles of each day, spread about the middle as far as the past is uncertain."""
    points = []
    for day, width, column in zip(days, widths, zip(*futures, strict=True), strict=True):
        ordered = sorted(column)
        middle = _quantile(ordered, 0.5)
        low_80, low_50, high_50, high_80 = (
            held + middle + (_quantile(ordered, share) - middle) * width for share in (0.1, 0.25, 0.75, 0.9)
        )
        points.append(Point(day, held + middle, low_50, high_50, low_80, high_80))
    return tuple(points)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """What so large a share lies below, between neighbours in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
