"""Looking into a book: from what was read of it to all that it tells. Pure; takes the processor's time.

What is bounded here bounds what a book of any size costs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.features.insights.models import Direction, InsightKind
from farthing.ledger.currencies import Currencies
from farthing.ledger.flows import Flow
from farthing.ledger.forecast import Forecast, Key, Past, Point, Score, back_test, forecast
from farthing.ledger.outliers import Twice, Unusual, find_twice, find_unusual
from farthing.ledger.recurrence import Series, SeriesState, find_recurring

LOOK_BACK_DAYS = 92
"""What is unusual, or made twice, is told as long as it is no older."""
PRICE_CHANGE_DAYS = 184
"""A change of price likewise."""
MAX_SERIES = 500
MAX_INSIGHTS = 100
"""So many of each kind are told."""
MAX_FORECASTS = 30
"""So many accounts are forecast, those with the most to do."""
VAST = Decimal(10) ** 13
"""Of larger amounts a float doesn't know the cents: accounts that saw such aren't forecast."""
MAX_PROOFS = 60
"""So many transactions prove something, the latest."""
FLOWS_TESTED = 240_000
"""Flows that are read over and over for the back-test, in all: of a large book it goes back less often."""
LEAST_ORIGINS, MOST_ORIGINS = 2, 12
Advance = Callable[[int, int], None]
"""Told how many steps are done, of how many; may raise to break it off."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is read of a book to look into it: one state of it.

    ``day`` is until when the book is kept. ``held`` is what accounts hold at its end, ``coming`` what is recorded for
    days to come. ``labels`` says how each ``who`` of the flows is written. ``settled`` are pairs of which it is known
    that they are two, the lesser id first. ``wrong_sums`` are findings of what isn't as the postings have it.
    """

    book_id: UUID
    revision: int
    day: dt.date
    flows: Sequence[Flow]
    coming: Sequence[Flow]
    transactions: int
    held: Mapping[Key, Decimal]
    names: Mapping[UUID, str]
    owed: frozenset[UUID]
    """The accounts of debts: these may hold less than nothing."""
    labels: Mapping[str, str]
    settled: frozenset[tuple[UUID, UUID]]
    currencies: Currencies
    wrong_sums: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """What makes chance the same for the same state of the book."""
        return int.from_bytes(hashlib.sha256(self.book_id.bytes + str(self.revision).encode()).digest()[:8])


@dataclass(frozen=True, slots=True)
class Told:
    """An insight that was found. ``fingerprint`` is of what it is about, and no other's."""

    kind: InsightKind
    fingerprint: str
    date: dt.date
    title: str
    detail: str
    facts: dict[str, Any]
    transaction_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is forecast of an account, or of all together (None), in a currency."""

    account_id: UUID | None
    currency: str
    held: Decimal
    points: tuple[Point, ...]
    score: Score


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
        *_sums(material),
        *_low(material, outlooks, series),
        *(_twice(material, pair) for pair in twice[:MAX_INSIGHTS]),
        *(_unusual(material, each) for each in unusual[:MAX_INSIGHTS]),
        *[each for print_, one in known for each in _of_series(material, print_, one)],
    ]
    advance(steps, steps)
    return Looked(material, known, outlooks, _bounded(told))


def direction_of(series: Series) -> Direction:
    """Which way a series goes."""
    if series.last.is_transfer:
        return Direction.TRANSFER
    return Direction.EXPENSE if series.last.amount < 0 else Direction.INCOME


def _bounded(told: Sequence[Told]) -> list[Told]:
    """Each finding once, such as the two sides of a transfer that may be there twice; and so many of each kind."""
    counted: Counter[InsightKind] = Counter()
    kept: dict[str, Told] = {}
    for each in told:
        if each.fingerprint not in kept and counted[each.kind] < MAX_INSIGHTS:
            counted[each.kind] += 1
            kept[each.fingerprint] = each
    return list(kept.values())


def _print(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


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
        found.append((_print("recurring", *about, counted[about]), each))
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


# --- what is told ---


def _money(material: Material, amount: Decimal | float, currency: str) -> str:
    if isinstance(amount, Decimal):
        return material.currencies.write(amount, currency)
    if abs(amount) >= VAST:
        return f"{amount:.0f}"
    return material.currencies.write(material.currencies.rounded(Decimal(str(round(amount, 8))), currency), currency)


def _name(material: Material, flow: Flow) -> str:
    return material.labels.get(flow.who, "Someone")


def _latest(hits: Sequence[Flow]) -> tuple[UUID, ...]:
    return tuple(hit.transaction_id for hit in hits[-MAX_PROOFS:])


def _of_series(material: Material, print_: str, series: Series) -> list[Told]:
    """What is to be told of a series."""
    told = []
    if series.state is not SeriesState.ENDED:
        told.append(_recurs(material, print_, series))
    if series.steps and series.state is not SeriesState.ENDED:
        step = series.steps[-1]
        if (material.day - step.date).days <= PRICE_CHANGE_DAYS:
            told.append(_stepped(material, print_, series))
    if series.state is SeriesState.LATE:
        told.append(_missed(material, print_, series))
    return told


def _in_words(series: Series) -> str:
    return series.rhythm.cadence.value.replace("_", "-")


def _recurs(material: Material, print_: str, series: Series) -> Told:
    last, currency = series.last, series.last.currency
    usual = _money(material, abs(series.usual), currency)
    name = _name(material, last)
    verb = {Direction.INCOME: "comes from", Direction.EXPENSE: "goes to", Direction.TRANSFER: "is moved:"}
    about = "" if series.is_fixed else "About "
    return Told(
        InsightKind.RECURRING_FOUND,
        _print("found", print_),
        last.date,
        f"{about}{usual} {currency} {verb[direction_of(series)]} {name}, {_in_words(series)}",
        " ".join(each.detail for each in series.evidence) + f" The next is expected on {series.expected_next}.",
        {
            "name": name,
            "amount": _money(material, series.usual, currency),
            "currency": currency,
            "cadence": series.rhythm.cadence.value,
            "payments": len(series.hits),
            "next_date": series.expected_next.isoformat(),
        },
        _latest(series.hits),
    )


def _stepped(material: Material, print_: str, series: Series) -> Told:
    step, currency = series.steps[-1], series.last.currency
    before, after = _money(material, step.before, currency), _money(material, step.after, currency)
    name = _name(material, series.last)
    verb = "pays" if series.last.amount > 0 else "costs"
    if series.last.is_transfer:
        verb = "is"
    place = next(place for place, hit in enumerate(series.hits) if hit.date == step.date)
    return Told(
        InsightKind.PRICE_CHANGED,
        _print("stepped", print_, step.date),
        step.date,
        f"{name} {verb} {after} {currency} instead of {before}",
        f"Since {step.date}. It has come {_in_words(series)} since {series.hits[0].date}.",
        {
            "name": name,
            "before": before,
            "after": after,
            "currency": currency,
            "change_percent": f"{(step.after - step.before) / step.before * 100:.1f}" if step.before else None,
        },
        _latest(series.hits[max(0, place - 1) :]),
    )


def _missed(material: Material, print_: str, series: Series) -> Told:
    expected, currency = series.expected_next, series.last.currency
    usual = _money(material, abs(series.usual), currency)
    name = _name(material, series.last)
    return Told(
        InsightKind.PAYMENT_MISSED,
        _print("missed", print_, expected),
        expected,
        f"{name} was expected on {expected}, and hasn't come",
        f"It is usually {usual} {currency}, {_in_words(series)}. The last was on {series.last.date}.",
        {"name": name, "expected": expected.isoformat(), "amount": usual, "currency": currency},
        _latest(series.hits),
    )


def _unusual(material: Material, found: Unusual) -> Told:
    flow, currency = found.flow, found.flow.currency
    spent, usual = _money(material, -flow.amount, currency), _money(material, found.usual, currency)
    name = _name(material, flow)
    category = material.names.get(flow.category_id, "") if flow.category_id else ""
    among = f"payments to {name}" if found.of_payee else f"payments in {category}"
    times = -float(flow.amount) / found.usual
    return Told(
        InsightKind.UNUSUAL_SPENDING,
        _print("unusual", flow.transaction_id, flow.account_id, currency),
        flow.date,
        f"{spent} {currency} at {name} is {times:.1f} times what is usual",
        f"Of {found.compared} other {among}, half are below {usual} {currency}.",
        {
            "name": name,
            "amount": spent,
            "usual": usual,
            "currency": currency,
            "times": f"{times:.1f}",
            "compared_with": found.compared,
            "of": "payee" if found.of_payee else "category",
        },
        (flow.transaction_id,),
    )


def _twice(material: Material, pair: Twice) -> Told:
    first, second = pair.first, pair.second
    amount, name = _money(material, abs(second.amount), second.currency), _name(material, second)
    when = f"on {first.date}" if first.date == second.date else f"on {first.date} and on {second.date}"
    return Told(
        InsightKind.DUPLICATE_SUSPECTED,
        _print("twice", *sorted((str(first.transaction_id), str(second.transaction_id)))),
        second.date,
        f"{amount} {second.currency} at {name} may be there twice",
        f"The same amount stands on {material.names.get(second.account_id, 'the account')} {when}.",
        {"name": name, "amount": amount, "currency": second.currency},
        (first.transaction_id, second.transaction_id),
    )


def _low(material: Material, outlooks: Sequence[Outlook], series: Sequence[Series]) -> list[Told]:
    """Accounts that may come to hold less than nothing: it is as likely as one in four, at least."""
    told = []
    for outlook in outlooks:
        if outlook.account_id is None or outlook.account_id in material.owed or outlook.held < 0:
            continue
        low = next((point for point in outlook.points if point.low_50 < 0), None)
        bills = sorted(
            (
                each
                for each in series
                if (each.last.account_id, each.last.currency) == (outlook.account_id, outlook.currency)
                and each.last.amount < 0
                and each.state is not SeriesState.ENDED
                and low is not None
                and each.next_after(material.day) <= low.date
            ),
            key=lambda each: each.usual,
        )
        if low is None or not bills:
            continue
        name, lowest = material.names.get(outlook.account_id, "An account"), min(p.middle for p in outlook.points)
        told.append(
            Told(
                InsightKind.BALANCE_LOW,
                _print("low", outlook.account_id, outlook.currency, f"{low.date:%Y-%m}"),
                low.date,
                f"{name} may hold less than nothing from {low.date} on",
                f"It holds {_money(material, outlook.held, outlook.currency)} {outlook.currency}, and "
                f"{_money(material, low.middle, outlook.currency)} is to be expected by then. What recurs and is due "
                "before is proven by its last payments.",
                {
                    "account_id": str(outlook.account_id),
                    "currency": outlook.currency,
                    "held": _money(material, outlook.held, outlook.currency),
                    "expected": _money(material, low.middle, outlook.currency),
                    "low": _money(material, low.low_50, outlook.currency),
                    "lowest_expected": _money(material, lowest, outlook.currency),
                },
                tuple(each.last.transaction_id for each in bills[:MAX_PROOFS]),
            )
        )
    return told


def _sums(material: Material) -> list[Told]:
    if not material.wrong_sums:
        return []
    return [
        Told(
            InsightKind.SUMS_DIFFER,
            _print("sums", *sorted(material.wrong_sums)[:1]),
            material.day,
            "Sums of this book aren't what its postings add up to",
            "The operator was told. Until it is put right, balances and reports may be wrong; the postings are as they "
            "were written. " + "; ".join(material.wrong_sums[:3]) + ".",
            {"findings": list(material.wrong_sums[:20])},
            (),
        )
    ]


def figure(value: float) -> float | None:
    """A number that can be told; None: there is none."""
    return None if math.isnan(value) else value
