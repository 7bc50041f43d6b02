"""Fields: the amounts and days in them."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from farthing.formats import numbers
from farthing.formats.dates import DateError, Written, day
from farthing.formats.drafts import FileUnreadable
from farthing.formats.numbers import NumberError
from farthing.formats.ofx.gathering import Aggregate

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?=\D|\d{2}|\Z)", re.ASCII)
_NO_DATE = re.compile(r"0*\Z")


@dataclass(frozen=True, slots=True)
class Amounts:
    """Reads amounts. By the specification a single mark is the decimal one.

    Other amounts of the file may show that it isn't: where they have 12.50, then 1,234 are thousands.
    """

    votes: Counter[str]

    def find(self, aggregate: Aggregate, *names: str) -> Decimal | None:
        """The amount of the first of the fields that is there, or None.

        Raises:
            FileUnreadable: it is no amount that can be kept.
        """
        name = next((name for name in names if aggregate.get(name) is not None), None)
        return None if name is None else self.read(aggregate, name)

    def read(self, aggregate: Aggregate, name: str) -> Decimal:
        """The amount of a field.

        Raises:
            FileUnreadable: it's missing, or no amount that can be kept.
        """
        line = aggregate.line_of(name)
        figure = numbers.figure(aggregate.get(name) or "")
        if figure is None:
            raise FileUnreadable.on_line(line, problem=f"line {line} has no amount that can be read in {name}")
        own = numbers.decimal_votes([figure])
        shown = [mark for mark in ".," if (own if not own["?"] else self.votes)[mark]]
        mark = shown[0] if len(shown) == 1 else (figure.marks or ".")[0]
        try:
            return numbers.amount(figure, mark)
        except NumberError as error:
            raise FileUnreadable.on_line(line, problem=f"line {line} has an amount in {name} that {error}") from error


def day_of(aggregate: Aggregate, name: str) -> dt.date | None:
    """The calendar day of a field as it is written, or None where there is none: absent, or all zeros.

    Raises:
        FileUnreadable: it's no day.
    """
    text = aggregate.get(name)
    if text is None or _NO_DATE.match(text):
        return None
    line = aggregate.line_of(name)
    if not (found := _DATE.match(text)):
        raise FileUnreadable.on_line(line, problem=f"line {line} has no date that can be read in {name}")
    try:
        return day(Written((int(found[1]), int(found[2]), int(found[3])), (4, 2, 2), ""), "ymd")
    except DateError as error:
        raise FileUnreadable.on_line(line, problem=f"line {line} has a date in {name} that {error}") from error
