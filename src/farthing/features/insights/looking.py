"""Looking into a book: from what was read of it to all that it tells. Pure; takes the processor's time.

What is bounded here bounds what a book of any size costs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.features.insights.material import VAST, Material, Outlook
from farthing.features.insights.models import InsightKind
from farthing.features.insights.telling import (
    Told,
    fingerprint,
    tell_low,
    tell_of_series,
    tell_sums,
    tell_twice,
    tell_unusual,
)
from farthing.ledger.forecast import Forecast, Key, Past, Score, back_test, forecast
from farthing.ledger.outliers import find_twice, find_unusual
from farthing.ledger.recurrence import Series, find_recurring

LOOK_BACK_DAYS = 92
"""What is unusual, or made twice, is told as long as it is no older."""
MAX_SERIES = 500
MAX_INSIGHTS = 100
"""So many of each kind are told."""
MAX_FORECASTS = 30
"""So many accounts are forecast, those with the most to do."""
FLOWS_TESTED = 240_000
"""Flows that are read over and over for the back-test, in all: of a large book it goes back less often."""
LEAST_ORIGINS, MOST_ORIGINS = 2, 12
Advance = Callable[[int, int], None]
"""Told how many steps are done, of how many; may raise to break it off."""


@dataclass(frozen=True, slots=True)
class Looked:
    """All that a book tells."""

    material: Material
    series: list[tuple[str, Series]]
    """With the fingerprint of each."""
    outlooks: list[Outlook]
    told: list[Told] = field(default_factory=list)


def look_into(material: Material, advance: Advance = lambda _done, _of: None) -> Looked:
    """Find all that a book tells.

    Args:
        material: what was read of it.
        advance: told how far it is.
    """
    steps = MOST_ORIGINS + 3
    flows, day = material.flows, material.day
    advance(0, steps)
    # What is recorded for days to come has its place in a series, and isn't expected twice.
    series = find_recurring([*flows, *material.coming], day)[:MAX_SERIES]
    advance(1, steps)
    days_of = {hit.key: each.rhythm.cadence.days for each in series for hit in each.hits}
    since = day - dt.timedelta(days=LOOK_BACK_DAYS)
    unusual = find_unusual(flows, days_of.keys(), since)
    twice = find_twice(flows, days_of, material.settled, since)
    advance(2, steps)
    outlooks = _outlooks(material, series, lambda done, of: advance(3 + done * MOST_ORIGINS // of, steps))
    known = _fingerprinted(series)
    told = [
        *tell_sums(material),
        *tell_low(material, outlooks, series),
        *(tell_twice(material, pair) for pair in twice[:MAX_INSIGHTS]),
        *(tell_unusual(material, each) for each in unusual[:MAX_INSIGHTS]),
        *[each for print_, one in known for each in tell_of_series(material, print_, one)],
    ]
    advance(steps, steps)
    return Looked(material, known, outlooks, _bounded(told))


def _bounded(told: Sequence[Told]) -> list[Told]:
    """Each finding once, such as the two sides of a transfer that may be there twice; and so many of each kind."""
    counted: Counter[InsightKind] = Counter()
    kept: dict[str, Told] = {}
    for each in told:
        if each.fingerprint not in kept and counted[each.kind] < MAX_INSIGHTS:
            counted[each.kind] += 1
            kept[each.fingerprint] = each
    return list(kept.values())


def _fingerprinted(series: Sequence[Series]) -> list[tuple[str, Series]]:
    """Each series with what it is known by: its payee and rhythm, and which of those it is.

    Of a transfer between two accounts that are looked at, the side that it leaves is told.
    """
    counted: Counter[tuple[object, ...]] = Counter()
    left = {hit.transaction_id for each in series for hit in each.hits if hit.is_transfer and hit.amount < 0}
    found = []
    for each in sorted(series, key=lambda one: (one.hits[0].date, str(one.first_id))):
        last = each.last
        if last.is_transfer and last.amount > 0 and last.transaction_id in left:
            continue
        about = (last.who, last.currency, last.amount < 0, last.is_transfer, each.rhythm.cadence.value)
        counted[about] += 1
        found.append((fingerprint("recurring", *about, counted[about]), each))
    return found


def _outlooks(material: Material, series: Sequence[Series], advance: Advance) -> list[Outlook]:
    """The forecasts, those of all accounts together first."""
    busy = Counter((flow.account_id, flow.currency) for flow in material.flows)
    known = [*material.flows, *material.coming]
    vast = {(flow.account_id, flow.currency) for flow in known if abs(flow.amount) >= VAST}
    fit = [key for key, held in material.held.items() if key not in vast and abs(held) < VAST]
    keys = sorted(fit, key=lambda key: (-busy[key], str(key[0]), key[1]))[:MAX_FORECASTS]
    held = {key: float(material.held[key]) for key in keys}
    flows = [flow for flow in material.flows if (flow.account_id, flow.currency) in held]
    past = Past(material.day, flows, material.coming, held, series)
    made = forecast(past, material.seed) if keys else None
    if made is None:
        return []
    origins = max(LEAST_ORIGINS, min(MOST_ORIGINS, FLOWS_TESTED // (len(flows) or 1)))
    by_account, in_total = back_test(flows, held, material.day, material.seed, origins=origins, advance=advance)
    return list(_shown(material, made, by_account, in_total))


def _shown(
    material: Material, made: Forecast, by_account: Mapping[Key, Score], in_total: Mapping[str, Score]
) -> list[Outlook]:
    totals = [
        Outlook(
            None,
            currency,
            sum((material.held[key] for key in made.accounts if key[1] == currency), Decimal(0)),
            points,
            in_total[currency],
        )
        for currency, points in made.totals.items()
    ]
    return totals + [
        Outlook(key[0], key[1], material.held[key], points, by_account[key]) for key, points in made.accounts.items()
    ]
