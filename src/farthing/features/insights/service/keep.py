"""Keeping what was found in a book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from farthing.core.work import Work
from farthing.features.insights.looking import Looked
from farthing.features.insights.material import Outlook
from farthing.features.insights.repository import InsightRepository
from farthing.features.insights.schemas import share
from farthing.features.insights.telling import MAX_PROOFS, direction_of
from farthing.kit import clock, ids
from farthing.ledger.recurrence import Series

GONE_KEPT = dt.timedelta(days=400)
"""How long it is remembered what was made of an insight that isn't found any more: it may be again next year."""


class KeepService:
    """Writes down what was found. None of it is part of the book's log."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.insights = InsightRepository(work)

    async def keep(self, looked: Looked, seconds: float) -> dict[str, Any]:
        """Write it down, unless the book was looked into at a later revision meanwhile. Returns how much there is.

        Args:
            looked: what was found.
            seconds: how long that took.
        """
        material, at = looked.material, clock.now()
        counts = {
            "revision": material.revision,
            "transactions": material.transactions,
            "recurring": len(looked.series),
            "insights": len(looked.told),
            "new": 0,
        }
        known = await self.insights.analysis()
        if known is not None and known["revision"] > material.revision:
            return counts
        await self.insights.keep_analysis(
            {
                "revision": material.revision,
                "day": material.day,
                "looked_from": material.flows[0].date if material.flows else None,
                "transactions": material.transactions,
                "seconds": seconds,
                "sums_hold": not material.wrong_sums,
                "made_on": self.work.today(),
                "made_at": at,
            }
        )
        await self.insights.keep_recurring([_recurring(looked, print_, each) for print_, each in looked.series])
        await self.insights.keep_forecasts(list(_forecasts(looked)))
        rows = [
            {
                "id": str(ids.new_id()),
                "kind": told.kind.value,
                "fingerprint": told.fingerprint,
                "date": told.date.isoformat(),
                "title": told.title,
                "detail": told.detail,
                "facts": told.facts,
                "transaction_ids": [str(id_) for id_ in told.transaction_ids],
            }
            for told in looked.told
        ]
        new = await self.insights.keep_insights(rows, revision=material.revision, at=at, forgotten=at - GONE_KEPT)
        return counts | {"new": new}


def _recurring(looked: Looked, fingerprint: str, series: Series) -> dict[str, Any]:
    material, rhythm, last = looked.material, series.rhythm, series.last
    by_month = rhythm.cadence.months > 0
    amounts = [hit.amount for hit in series.hits]

    def shown(amount: Decimal) -> str:
        return f"{material.currencies.show(amount, last.currency):f}"

    return {
        "id": str(ids.new_id()),
        "fingerprint": fingerprint,
        "direction": direction_of(series).value,
        "name": material.labels.get(last.who, "Someone"),
        "account_id": str(last.account_id),
        "category_id": str(last.category_id) if last.category_id else None,
        "currency": last.currency,
        "cadence": rhythm.cadence.value,
        "day_of_month": rhythm.day_of_month if by_month else None,
        "shift": rhythm.shift.value if by_month else None,
        "state": series.state.value,
        "amount": shown(series.usual),
        "amount_min": shown(min(amounts)),
        "amount_max": shown(max(amounts)),
        "is_fixed": series.is_fixed,
        "first_date": series.hits[0].date.isoformat(),
        "last_date": last.date.isoformat(),
        "next_date": series.expected_next.isoformat(),
        "payments": len(series.hits),
        "missed": series.missed,
        "confidence": f"{share(series.confidence)}",
        "evidence": [
            {"code": each.code, "detail": each.detail, "weight": f"{share(each.weight)}"} for each in series.evidence
        ],
        "price_changes": [
            {"date": step.date.isoformat(), "before": shown(step.before), "after": shown(step.after)}
            for step in series.steps
        ],
        "transaction_ids": [str(hit.transaction_id) for hit in series.hits[-MAX_PROOFS:]],
    }


def _forecasts(looked: Looked) -> Iterator[dict[str, Any]]:
    for position, outlook in enumerate(looked.outlooks):

        def shown(value: float, currency: str = outlook.currency) -> str:
            return f"{looked.material.currencies.rounded(Decimal(str(round(value, 8))), currency):f}"

        yield {
            "position": position,
            "account_id": str(outlook.account_id) if outlook.account_id else None,
            "currency": outlook.currency,
            "held": f"{looked.material.currencies.show(outlook.held, outlook.currency):f}",
            "points": [
                {
                    "date": point.date.isoformat(),
                    "middle": shown(point.middle),
                    "low_50": shown(point.low_50),
                    "high_50": shown(point.high_50),
                    "low_80": shown(point.low_80),
                    "high_80": shown(point.high_80),
                }
                for point in outlook.points
            ],
            "back_test": _tested(outlook, shown),
        }


def _tested(outlook: Outlook, shown: Any) -> dict[str, Any] | None:
    score = outlook.score
    if not score.checks:
        return None
    relative = score.error / score.naive_error if score.naive_error else None
    return {
        "origins": score.origins,
        "checks": score.checks,
        "error": shown(score.error),
        "naive_error": shown(score.naive_error),
        "relative_error": None if relative is None else f"{share(relative)}",
        "coverage_50": f"{share(score.coverage_50)}",
        "coverage_80": f"{share(score.coverage_80)}",
    }
