"""What a table is: columns of one kind of cells each, and rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Cell = str | Decimal | int | dt.date | None
"""None is an empty cell."""


class CellKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    DAY = "day"
    AMOUNT = "amount"
    """As many digits after the point as it has: those of its currency."""
    COUNT = "count"
    PERCENT = "percent"

    @property
    def is_figure(self) -> bool:
        """Whether it stands to the right."""
        return self in {CellKind.AMOUNT, CellKind.COUNT, CellKind.PERCENT}


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and its heading."""

    heading: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Row:
    """A cell for each column. ``depth`` is how far its first name is indented; totals stand out."""

    cells: tuple[Cell, ...]
    depth: int = 0
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``as_of`` is the last day it knows of."""

    title: str
    as_of: dt.date
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
