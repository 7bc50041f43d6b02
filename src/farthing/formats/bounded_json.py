"""JSON within bounds: how deep it is nested, how long its numbers are, how much of it there is.

Numbers are kept as they are written, since an amount is never a binary float.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from farthing.formats import dates
from farthing.formats.dates import DateError
from farthing.formats.drafts import FileUnreadable
from farthing.formats.fractions import fitting
from farthing.formats.numbers import NumberError
from farthing.formats.text import decode

DEEPEST = 40
_HEAD = 4_096
_LONGEST_NUMBER = 64
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,28}(?:\.[0-9]{1,18})?\Z")
_FIRST_DAY_OF = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:$|[T ])")


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


def looks_like(data: bytes) -> bool:
    """Whether a file begins as an object or a list does."""
    return data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def mentions(data: bytes, *names: str) -> bool:
    """Whether a file may be JSON that has members of all these names: looked for, not read."""
    return looks_like(data) and all(f'"{name}"'.encode() in data for name in names)


def parsed(data: bytes) -> Any:
    """What a file says: objects, lists, texts, :class:`Number`, booleans and None.

    Raises:
        FileUnreadable: it isn't JSON, or nests too deep.
    """
    text = decode(data).text
    depth = 0
    for found in _NESTING.finditer(text):
        mark = found[0][0]
        if mark == '"':
            continue
        depth += 1 if mark in "[{" else -1
        if depth > DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            raise FileUnreadable.on_line(line, problem=f"line {line} nests deeper than {DEEPEST} levels")
    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise FileUnreadable.on_line(error.lineno, problem=f"line {error.lineno} breaks the rules of JSON") from error
    except RecursionError as error:
        raise FileUnreadable.on_line(None, problem=f"it nests deeper than {DEEPEST} levels") from error


def _refuse(_: str) -> None:
    raise FileUnreadable.on_line(None, problem="it holds a number that is none")


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; anything else that stands there is passed over."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(holder: Mapping[str, Any], name: str) -> str | None:
    """A member as text; None where it is absent, empty, or something else than text or a number."""
    value = holder.get(name)
    return (_clean(value).strip() or None) if isinstance(value, str) else None


def _clean(value: str) -> str:
    """Text as it can be kept: JSON can name halves of a character, and NUL."""
    return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def flag(holder: Mapping[str, Any], name: str) -> bool:
    """Whether a member says true, or 1."""
    value = holder.get(name)
    return value is True or value in ("1", "true")


def number(holder: Mapping[str, Any], name: str, place: str, *, thousandths: bool = False) -> Decimal:
    """A member as an amount; absent is 0.

    Args:
        holder: the object.
        name: the member.
        place: what the object is, for the message.
        thousandths: whether it counts those.

    Raises:
        FileUnreadable: it is none, or too long.
    """
    value = holder.get(name)
    if value is None:
        return Decimal(0)
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER or not _NUMBER.match(value):
        raise FileUnreadable.on_line(None, problem=f"{place} has no number that can be kept in '{name}'")
    try:
        return fitting(Decimal(value).scaleb(-3) if thousandths else Decimal(value))
    except NumberError as error:
        raise FileUnreadable.on_line(None, problem=f"{place} has a number in '{name}' that {error}") from error


def day(holder: Mapping[str, Any], name: str, place: str) -> dt.date:
    """A member as a calendar day, written ``2024-01-31``, with or without a time behind it.

    Raises:
        FileUnreadable: it is none.
    """
    if (found := optional_day(holder, name)) is None:
        raise FileUnreadable.on_line(None, problem=f"{place} has no date that can be read in '{name}'")
    return found


def optional_day(holder: Mapping[str, Any], name: str) -> dt.date | None:
    """A member as a calendar day, or None where it is none."""
    value = holder.get(name)
    found = _FIRST_DAY_OF.match(value) if isinstance(value, str) else None
    each = dates.written(found[1]) if found else None
    try:
        return dates.day(each, "ymd") if each else None
    except DateError:
        return None


def members(holder: Mapping[str, Any]) -> dict[str, str]:
    """The members that are texts, numbers or flags, as text: what is kept of a record for ever."""
    found: dict[str, str] = {}
    for name, value in holder.items():
        if isinstance(value, bool):
            found[_clean(name)] = "true" if value else "false"
        elif isinstance(value, str) and value:
            found[_clean(name)] = _clean(value)
    return found
