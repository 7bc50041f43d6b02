"""Elements of XML by their local names, and the amounts and days in them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from lxml import etree

from farthing.formats import numbers
from farthing.formats.dates import DateError, Written, day
from farthing.formats.drafts import DraftSum, FileUnreadable
from farthing.formats.numbers import NumberError

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?=\D|\Z)", re.ASCII)
_LOCAL: dict[str, str] = {}
_MOST_NAMES = 4_096


def local(element: etree._Element) -> str:
    """An element's name without its namespace; empty for a comment."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    name = _LOCAL.get(tag)
    if name is None:
        name = tag.rpartition("}")[2]
        if len(_LOCAL) < _MOST_NAMES:
            _LOCAL[tag] = name
    return name


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """The children of that name."""
    if element is not None:
        for child in element:
            if local(child) == name:
                yield child


def find(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element at the end of a path of names."""
    for name in path:
        element = next(children(element, name), None)
    return element


def text(element: etree._Element | None, *path: str) -> str | None:
    """The text at the end of a path, its spaces and line ends made one space."""
    found = find(element, *path)
    return (" ".join((found.text or "").split()) or None) if found is not None else None


def first(element: etree._Element | None, *paths: tuple[str, ...]) -> str | None:
    """The text at the first of several paths that has one."""
    return next((said for path in paths if (said := text(element, *path))), None)


def money(element: etree._Element) -> DraftSum:
    """An amount with its currency.

    Raises:
        FileUnreadable: it is none that can be kept.
    """
    line = line_of(element)
    figure = numbers.figure((element.text or "").strip())
    if figure is None:
        raise FileUnreadable.on_line(line, problem=f"line {line} has no amount that can be read")
    votes = numbers.decimal_votes([figure])
    try:
        value = numbers.amount(figure, "," if votes[","] else ".")
    except NumberError as error:
        raise FileUnreadable.on_line(line, problem=f"line {line} has an amount that {error}") from error
    return DraftSum(value, numbers.currency_of((element.get("Ccy") or "").strip().upper()) or "")


def date(element: etree._Element | None) -> dt.date | None:
    """The calendar day of a date, as it is written; it may stand in ``Dt`` or ``DtTm``, or both one in the other.

    Raises:
        FileUnreadable: it's no day.
    """
    if element is None:
        return None
    inner = find(element, "Dt")
    for each in (find(inner, "DtTm"), find(inner, "Dt"), inner, find(element, "DtTm"), element):
        said = (each.text or "").strip() if each is not None else ""
        if each is not None and said:
            line = line_of(each)
            if not (found := _DAY.match(said)):
                raise FileUnreadable.on_line(line, problem=f"line {line} has no date that can be read")
            try:
                return day(Written((int(found[1]), int(found[2]), int(found[3])), (4, 2, 2), ""), "ymd")
            except DateError as error:
                raise FileUnreadable.on_line(line, problem=f"line {line} has a date that {error}") from error
    return None


def line_of(element: etree._Element) -> int:
    """The line of the file that an element begins on."""
    return max(1, element.sourceline or 1)
