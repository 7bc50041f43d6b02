"""What a chart is: figures of one unit in a few series, and how they are to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Shape(StrEnum):
    """How figures are drawn."""

    COLUMNS = "columns"
    """Side by side at each place, upwards and downwards: what came in and went out."""
    LINES = "lines"
    """From place to place."""
    AREA = "area"
    """Likewise, and what is below the first series is filled: what was held."""
    BARS = "bars"
    """To the right, one below the other: what was the most."""


@dataclass(frozen=True, slots=True)
class Series:
    """Figures of one kind, one for each place."""

    name: str
    figures: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. ``note`` says what it leaves out."""

    title: str
    shape: Shape
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    note: str = ""
