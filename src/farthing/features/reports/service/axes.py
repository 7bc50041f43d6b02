"""Axes of a pivot: how lines are told apart along its rows and its columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from farthing.features.reports.line_scope import Grouping
from farthing.features.reports.schemas import Dimension, Lines
from farthing.features.reports.service.lines import grouping_of
from farthing.features.reports.service.links import AND_UNDER, NONE
from farthing.features.reports.service.sheet import Chart
from farthing.ledger.accounts import SEPARATOR
from farthing.ledger.periods import Calendar, Interval, Period, named

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Key = UUID | str | int | None
"""What a group of lines has in common; None: that they have none."""


class Axis:
    """The rows or the columns: how lines are told apart along it, in which order, and by what names.

    Args:
        dimension: what it is about; None: there is one group alone.
        of: which lines count.
        chart: all accounts, children behind their parents.
        depth: below which accounts count for the one above.
        periods: those of its interval, if it is about time.
        calendar: when weeks begin.
    """

    def __init__(
        self,
        dimension: Dimension | None,
        of: Lines,
        chart: Chart,
        depth: int | None,
        periods: Sequence[Period],
        calendar: Calendar,
    ) -> None:
        self.dimension = dimension
        self.grouping = None if dimension is None else grouping_of(dimension, of)
        self.periods = periods
        self.calendar = calendar
        self.accounts = {account["id"]: account for account in chart}
        self.order = {account["id"]: place for place, account in enumerate(chart)}
        self.depth = depth
        self.names: dict[UUID, str] = {}

    @property
    def is_manifold(self) -> bool:
        """Whether a line may be in several of its groups."""
        return self.grouping is not None and self.grouping.is_manifold

    def counts_for(self, account_id: UUID) -> UUID:
        """The account that an account is shown under."""
        while self.depth is not None and self._depth_of(account_id) > self.depth:
            account_id = self.accounts[account_id]["parent_id"]
        return account_id

    def key(self, found: Any) -> Key:
        """The group that the repository's key belongs to."""
        if self.grouping is Grouping.OWN_ACCOUNT:
            return self.counts_for(found)
        return found if isinstance(found, UUID | str | int) else None

    def ordered(self, keys: Iterable[Key], *, empty: bool) -> list[Key]:
        """Groups in their order, what has none last; and those that nothing is in, if that is asked for."""
        known = set(keys)
        if empty and self.grouping is Grouping.PERIOD:
            known |= set(range(1, len(self.periods) + 1))
        if empty and self.grouping is Grouping.WEEKDAY:
            known |= set(range(1, len(WEEKDAYS) + 1))
        return sorted(known, key=self._place)

    def shown(self, key: Key) -> dict[str, Any]:
        """A group as it is answered."""
        if isinstance(key, int) and self.grouping is Grouping.PERIOD:
            period = self.periods[key - 1]
            return {"key": period.first.isoformat(), "name": named(period, self._interval)}
        return {"key": NONE if key is None else str(key), "name": self._name(key)}

    def condition(self, key: Key) -> list[str]:
        """What holds of the lines of a group, as a link says it; the days of a period are said otherwise."""
        if self.dimension is None or self.grouping is Grouping.PERIOD:
            return []
        if isinstance(key, UUID) and self.grouping in {Grouping.OWN_ACCOUNT, Grouping.OTHER_ACCOUNT}:
            is_cut = self.depth is not None and self._depth_of(key) == self.depth
            return [f"{self.dimension.value}:{key}{AND_UNDER if is_cut else ''}"]
        return [f"{self.dimension.value}:{NONE if key is None else key}"]

    def period(self, key: Key) -> Period | None:
        """The days of a group, if it is one of days."""
        return self.periods[key - 1] if isinstance(key, int) and self.grouping is Grouping.PERIOD else None

    @property
    def _interval(self) -> Interval:
        return (self.dimension and self.dimension.interval) or Interval.NONE

    def _depth_of(self, account_id: UUID) -> int:
        return int(self.accounts[account_id]["full_name"].count(SEPARATOR))

    def _name(self, key: Key) -> str | None:
        if isinstance(key, UUID):
            return self.accounts[key]["full_name"] if key in self.accounts else self.names.get(key)
        if isinstance(key, int):
            return WEEKDAYS[key - 1]
        return key

    def _place(self, key: Key) -> tuple[bool, int, str]:
        if isinstance(key, int):
            is_weekday = self.grouping is Grouping.WEEKDAY
            return False, (key - self.calendar.first_weekday) % len(WEEKDAYS) if is_weekday else key, ""
        if isinstance(key, UUID) and key in self.order:
            return False, self.order[key], ""
        return key is None, 0, (self._name(key) or "").casefold()
