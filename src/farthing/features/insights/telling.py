"""Telling: what was found, in sentences for people and facts for programs. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.features.insights.material import VAST, Material, Outlook
from farthing.features.insights.models import Direction, InsightKind
from farthing.ledger.flows import Flow
from farthing.ledger.outliers import Twice, Unusual
from farthing.ledger.recurrence import Series, SeriesState

PRICE_CHANGE_DAYS = 184
"""A change of price is told as long as it is no older."""
MAX_PROOFS = 60
"""So many transactions prove something, the latest."""


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


def direction_of(series: Series) -> Direction:
    """Which way a series goes."""
    if series.last.is_transfer:
        return Direction.TRANSFER
    return Direction.EXPENSE if series.last.amount < 0 else Direction.INCOME


def fingerprint(*parts: object) -> str:
    """What something is known by, whatever is said of it."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


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


def tell_of_series(material: Material, print_: str, series: Series) -> list[Told]:
    """That it recurs, that its amount has changed, that the last one hasn't come. ``print_`` is its fingerprint."""
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
        fingerprint("found", print_),
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
        fingerprint("stepped", print_, step.date),
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
        fingerprint("missed", print_, expected),
        expected,
        f"{name} was expected on {expected}, and hasn't come",
        f"It is usually {usual} {currency}, {_in_words(series)}. The last was on {series.last.date}.",
        {"name": name, "expected": expected.isoformat(), "amount": usual, "currency": currency},
        _latest(series.hits),
    )


def tell_unusual(material: Material, found: Unusual) -> Told:
    """That a payment is unusually large."""
    flow, currency = found.flow, found.flow.currency
    spent, usual = _money(material, -flow.amount, currency), _money(material, found.usual, currency)
    name = _name(material, flow)
    category = material.names.get(flow.category_id, "") if flow.category_id else ""
    among = f"payments to {name}" if found.of_payee else f"payments in {category}"
    times = -float(flow.amount) / found.usual
    return Told(
        InsightKind.UNUSUAL_SPENDING,
        fingerprint("unusual", flow.transaction_id, flow.account_id, currency),
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


def tell_twice(material: Material, pair: Twice) -> Told:
    """That two payments may be one."""
    first, second = pair.first, pair.second
    amount, name = _money(material, abs(second.amount), second.currency), _name(material, second)
    when = f"on {first.date}" if first.date == second.date else f"on {first.date} and on {second.date}"
    return Told(
        InsightKind.DUPLICATE_SUSPECTED,
        fingerprint("twice", *sorted((str(first.transaction_id), str(second.transaction_id)))),
        second.date,
        f"{amount} {second.currency} at {name} may be there twice",
        f"The same amount stands on {material.names.get(second.account_id, 'the account')} {when}.",
        {"name": name, "amount": amount, "currency": second.currency},
        (first.transaction_id, second.transaction_id),
    )


def tell_low(material: Material, outlooks: Sequence[Outlook], series: Sequence[Series]) -> list[Told]:
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
                fingerprint("low", outlook.account_id, outlook.currency, f"{low.date:%Y-%m}"),
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


def tell_sums(material: Material) -> list[Told]:
    """That sums aren't what the postings add up to."""
    if not material.wrong_sums:
        return []
    return [
        Told(
            InsightKind.SUMS_DIFFER,
            fingerprint("sums", *sorted(material.wrong_sums)[:1]),
            material.day,
            "Sums of this book aren't what its postings add up to",
            "The operator was told. Until it is put right, balances and reports may be wrong; the postings are as they "
            "were written. " + "; ".join(material.wrong_sums[:3]) + ".",
            {"findings": list(material.wrong_sums[:20])},
            (),
        )
    ]
