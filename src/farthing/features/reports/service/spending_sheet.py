"""Spending on its way to who asked for it: rows, totals, averages, shares, and where the lines of each figure are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from farthing.features.reports.schemas import Lines, SpendingBy
from farthing.features.reports.service.amounts import cells, divided, money, nothing, share
from farthing.features.reports.service.conversion import Parts
from farthing.features.reports.service.figures import summed
from farthing.features.reports.service.links import AND_UNDER, NONE, LineLinks
from farthing.features.reports.service.spent import Asked, Spent
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Period

NESTED = frozenset({SpendingBy.CATEGORY, SpendingBy.ACCOUNT})


@dataclass(frozen=True, slots=True)
class RowName:
    """What a row is called, and where it stands."""

    id: UUID | None
    name: str | None
    parent_id: UUID | None = None
    depth: int = 1


class SpendingSheet:
    """Spending, as it is shown.

    Args:
        asked: what is told of it.
        book_id: whose lines the figures lead to.
        periods: its columns.
        spent: its figures.
        before: what they are compared with, if with anything.
        currencies: of the figures.
    """

    def __init__(
        self,
        asked: Asked,
        book_id: UUID,
        periods: Sequence[Period],
        spent: Spent,
        before: Spent | None,
        currencies: Currencies,
    ) -> None:
        self.asked = asked
        self.links = LineLinks(book_id, Lines.EXPENSES.value, {**asked.filters, "known_at": asked.known_at})
        self.periods = periods
        self.spent = spent
        self.before = before
        self.currencies = currencies
        self.whole = summed(spent.total)

    def row(self, name: RowName) -> dict[str, Any]:
        """A row."""
        none = nothing(len(self.periods))
        own = self.spent.of_rows.get(name.id, none)
        other = self.before.of_rows.get(name.id, none) if self.before else None
        parts = self.spent.parts_of_rows.get(name.id, [{}] * len(self.periods))
        refunds = None if self.spent.refunds_of_rows is None else self.spent.refunds_of_rows.get(name.id, none)
        total = summed(own)
        where = self._where(name)
        return {
            "id": name.id,
            "name": name.name,
            "parent_id": name.parent_id,
            "depth": name.depth,
            "figures": [
                {
                    **cell,
                    "converted": self._converted(parts[place]),
                    "transactions": self._lines(where, self.periods[place]),
                    "refunds": None if refunds is None else money(refunds[place], self.currencies),
                }
                for place, cell in enumerate(cells(own, other, self.currencies))
            ],
            "total": money(total, self.currencies),
            "average": money(divided(total, len(self.periods), self.currencies), self.currencies),
            "share": share(total, self.whole),
        }

    def totals(self) -> dict[str, Any]:
        """What everything comes to."""
        average = divided(self.whole, len(self.periods), self.currencies)
        told = cells(self.spent.total, self.before.total if self.before else None, self.currencies)
        is_listed = self.spent.refunds_of_rows is None
        return {
            "totals": [
                {
                    **cell,
                    "converted": self._converted(parts),
                    "lines": self._lines(self.asked.conditions, period) if is_listed else None,
                }
                for cell, parts, period in zip(told, self.spent.total_parts, self.periods, strict=True)
            ],
            "total": money(self.whole, self.currencies),
            "average": money(average, self.currencies),
        }

    def _converted(self, parts: Parts) -> list[dict[str, Any]] | None:
        return None if self.asked.conversion is None else self.asked.conversion.noted(parts, self.currencies)

    def _lines(self, where: Sequence[str], period: Period) -> str:
        return self.links.of(where, period.first, period.last)

    def _where(self, name: RowName) -> list[str]:
        """What holds of the lines of a row."""
        if self.asked.by is SpendingBy.CATEGORY:
            others = [each for each in self.asked.conditions if not each.startswith("category:")]
            return [f"category:{name.id}{AND_UNDER}", *others]
        value = NONE if name.id is None else f"{name.id}{AND_UNDER if self.asked.by in NESTED else ''}"
        return [*self.asked.conditions, f"{self.asked.by.value}:{value}"]
