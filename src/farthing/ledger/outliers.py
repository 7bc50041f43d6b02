"""Outliers: what was spent that isn't like what is spent, and payments that may have been made twice.

Amounts of one kind spread by factors rather than by sums, so they are compared by their logarithms. The middle and the
spread are medians, which a few outliers don't move (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993).
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from farthing.ledger.flows import Flow, median, spread

LEAST_OF_PAYEE = 8
"""So many other payments to a payee are enough to judge one by."""
LEAST_OF_CATEGORY = 12
"""So many others in a category, where the payee doesn't have enough."""
MIN_SCORE = 3.5
"""How many spreads above the middle is unusual."""
MIN_SPREAD = 0.25
"""Amounts that hardly differ are taken to spread by about a quarter: a little more isn't unusual."""
LIKE_IT = 0.5
"""What is at least so many times as large is like it."""
MOST_PEERS, MOST_PEERS_SHARE = 2, 0.01
"""So many others like it, or such a share of all, and it isn't unusual: a category may hold small things and large."""
MIN_SHARE = 0.02
"""And this share of what is spent in a month."""
MONTH_DAYS = 30.44

MOST_DAYS = 3
"""Payments that lie further apart aren't suspected to be one."""
BY_CHANCE = 0.1
"""How many such pairs may be expected by chance, and one still be suspected."""
BESIDE_SHARE = 0.2
"""What lies beside a payment that recurs, by no larger share of the time between two of them, isn't another of them."""
LEAST_SPAN_DAYS = 365


@dataclass(frozen=True, slots=True)
class Unusual:
    """A payment that is far above what is usual for its payee, or else for its category.

    ``score`` is by how many spreads; ``compared`` is with how many others.
    """

    flow: Flow
    usual: float
    score: float
    compared: int
    of_payee: bool


@dataclass(frozen=True, slots=True)
class Twice:
    """Two payments that may be one: the earlier and the later."""

    first: Flow
    second: Flow


def find_unusual(flows: Iterable[Flow], recurring: Collection[tuple[UUID, UUID, str]], since: dt.date) -> list[Unusual]:
    """Payments that are unusually large, the newest first.

    Args:
        flows: all that there is to compare with.
        recurring: the keys of those that are expected, whatever their size.
        since: earlier ones are compared with, but not told.
    """
    spent = [flow for flow in flows if flow.amount < 0 and not flow.is_transfer and flow.key not in recurring]
    of_payee: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    of_category: defaultdict[tuple[UUID | None, str], list[float]] = defaultdict(list)
    by_month: defaultdict[str, float] = defaultdict(float)
    for flow in spent:
        size = math.log(-float(flow.amount))
        of_payee[flow.who, flow.currency].append(size)
        of_category[flow.category_id, flow.currency].append(size)
        by_month[flow.currency] += -float(flow.amount)
    if not spent:
        return []
    months = max(1.0, ((max(flow.date for flow in spent) - min(flow.date for flow in spent)).days + 1) / MONTH_DAYS)
    for sizes in (*of_payee.values(), *of_category.values()):
        sizes.sort()
    measures: dict[tuple[object, str], tuple[float, float]] = {}
    found = []
    for flow in spent:
        if flow.date < since or -float(flow.amount) < MIN_SHARE * by_month[flow.currency] / months:
            continue
        # Itself aside.
        is_known = len(of_payee[flow.who, flow.currency]) > LEAST_OF_PAYEE
        like = of_payee[flow.who, flow.currency] if is_known else of_category[flow.category_id, flow.currency]
        if len(like) <= (LEAST_OF_PAYEE if is_known else LEAST_OF_CATEGORY):
            continue
        group = (flow.who if is_known else flow.category_id, flow.currency)
        if group not in measures:
            measures[group] = median(like), max(MIN_SPREAD, spread(like))
        middle, width = measures[group]
        score = (math.log(-float(flow.amount)) - middle) / width
        most_peers = max(MOST_PEERS, MOST_PEERS_SHARE * len(like))
        if is_known or not _peers(of_payee[flow.who, flow.currency], flow):
            is_alone = _peers(like, flow) <= most_peers
        else:
            is_alone = False  # however little is known of the payee, such amounts are paid there
        if score >= MIN_SCORE and is_alone:
            found.append(Unusual(flow, math.exp(middle), score, len(like) - 1, is_known))
    return sorted(found, key=lambda each: (-each.flow.date.toordinal(), str(each.flow.transaction_id)))


def _peers(sizes: Sequence[float], flow: Flow) -> int:
    """How many others, of logarithms in order, are like a payment or larger."""
    return len(sizes) - bisect_left(sizes, math.log(-float(flow.amount) * LIKE_IT)) - 1


def find_twice(
    flows: Iterable[Flow],
    recurring: Mapping[tuple[UUID, UUID, str], float],
    settled: Collection[tuple[UUID, UUID]],
    since: dt.date,
) -> list[Twice]:
    """Payments that may have been made, or recorded, twice: the newest first.

    The two are on one account, of one amount, to one payee, within a few days. Beside a payment that recurs there isn't
    to be another. Others are suspected only where such pairs hardly come about by chance: bus tickets are bought twice
    a day.

    Args:
        flows: all that there is.
        recurring: the keys of those that recur, and every how many days.
        settled: pairs that aren't to be told, the lesser id first.
        since: pairs whose later payment was made before aren't told.
    """
    alike: defaultdict[tuple[UUID, str, Decimal, str], list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.amount:
            alike[flow.account_id, flow.currency, flow.amount, flow.who].append(flow)
    found: list[Twice] = []
    for group in alike.values():
        if len(group) > 1:
            group.sort(key=lambda flow: (flow.date, str(flow.transaction_id)))
            found += _pairs(group, recurring, settled, since)
    return sorted(found, key=lambda pair: (-pair.second.date.toordinal(), str(pair.second.transaction_id)))


def _pairs(
    group: Sequence[Flow],
    recurring: Mapping[tuple[UUID, UUID, str], float],
    settled: Collection[tuple[UUID, UUID]],
    since: dt.date,
) -> Iterator[Twice]:
    span = max(LEAST_SPAN_DAYS, (group[-1].date - group[0].date).days)
    chances = sum(1 for flow in group if flow.key not in recurring)
    for first, second in pairwise(group):
        apart = (second.date - first.date).days
        if second.date < since or apart > MOST_DAYS:
            continue
        if pair_of(first.transaction_id, second.transaction_id) in settled:
            continue
        known = [recurring[flow.key] for flow in (first, second) if flow.key in recurring]
        if len(known) == 1:
            is_suspect = apart <= known[0] * BESIDE_SHARE
        else:
            is_suspect = not known and chances * (chances - 1) / 2 * (2 * apart + 1) / span <= BY_CHANCE
        if is_suspect:
            yield Twice(first, second)


def pair_of(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """Two ids, the lesser first."""
    return (one, other) if one < other else (other, one)
