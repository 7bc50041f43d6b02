"""Checks of records that come from outside: that each value is of its column's type, and within bounds.

What they mean together is PostgreSQL's to check, and the proofs'.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column

from farthing.core.records import Image, Kind
from farthing.features.transactions.schemas import TransactionFilter
from farthing.kit.metadata import Metadata

MOST_PARTS = 20_000
"""Rows that belong to one record."""
LONGEST = 20_000
"""Characters of a text."""
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,30})?\Z", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_HEX = re.compile(r"([0-9a-f]{2}){1,200}\Z")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_METADATA: TypeAdapter[dict[str, Any]] = TypeAdapter(Metadata)
_FILTER = TypeAdapter(TransactionFilter)


class RecordWrong(ValueError):
    """A record isn't what its kind looks like; the message says how, and repeats nothing of it."""


def check(kind: Kind, image: Any, *, revision: int) -> Image:
    """A record's image, if it is one.

    Args:
        kind: what it is an image of.
        image: what is said to be one.
        revision: of the book; no record is later.

    Raises:
        RecordWrong: it isn't.
    """
    if not isinstance(image, dict):
        raise RecordWrong("it is no JSON object")
    columns = {column.name: column for column in kind.columns}
    parts = {part.name: part for part in kind.parts}
    if unknown := set(image) - set(columns) - set(parts):
        raise RecordWrong(f"a {kind.name} has {len(unknown)} fields that aren't known here")
    if not {"id", "created_revision", "revision", "created_at", "changed_at"} <= image.keys():
        raise RecordWrong(f"a {kind.name} has an id, and says when it was written")
    for name, part in parts.items():
        rows = image.get(name, [])
        if not isinstance(rows, list) or len(rows) > MOST_PARTS or not all(isinstance(row, dict) for row in rows):
            raise RecordWrong(f"its {name} are no list, or too long a one")
        belonging = {column.name: column for column in part.columns}
        for row in rows:
            if not set(row) <= set(belonging):
                raise RecordWrong(f"one of its {name} has fields that aren't known here")
            _check_all(belonging, row)
    try:
        complete = kind.completed(image)
    except (AttributeError, TypeError, ValueError):
        raise RecordWrong("it isn't whole") from None
    _check_all(columns, {name: complete[name] for name in columns})
    written = [complete[name] or 1 for name in columns if name.endswith("revision")]
    if not (all(1 <= each <= revision for each in written) and complete["created_revision"] <= complete["revision"]):
        raise RecordWrong("it was written at a revision that the book never had")
    _check_facts(kind, complete)
    return image


def _check_facts(kind: Kind, image: Mapping[str, Any]) -> None:
    try:
        if kind.name == "transaction":
            _METADATA.validate_python(image["metadata"])
        elif kind.name == "saved_search":
            _FILTER.validate_python(image["filter"])
    except ValidationError:
        raise RecordWrong("its facts aren't what such a record has") from None


def _check_all(columns: Mapping[str, Column[Any]], row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        column = columns[name]
        if value is None:
            if not column.nullable:
                raise RecordWrong(f"it has no {name}")
        elif not _CHECKS[column.type.python_type](value):
            raise RecordWrong(f"its {name} is no {column.type.python_type.__name__}")


def is_text(value: Any) -> bool:
    """Whether it is a text that can be kept."""
    return isinstance(value, str) and len(value) <= LONGEST and not _UNKEEPABLE.search(value)


def is_whole(value: Any) -> bool:
    """Whether it is a whole number that PostgreSQL keeps as ``bigint``."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 62


def is_id(value: Any) -> bool:
    """Whether it is a UUID in its usual form."""
    return isinstance(value, str) and _ID.match(value) is not None


def is_instant(value: Any) -> bool:
    """Whether it is an instant with its offset."""
    try:
        return isinstance(value, str) and dt.datetime.fromisoformat(value).utcoffset() is not None
    except ValueError:
        return False


def is_day(value: Any) -> bool:
    """Whether it is a day of the calendar."""
    try:
        return isinstance(value, str) and _DAY.match(value) is not None and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


def is_hex(value: Any) -> bool:
    """Whether it is bytes, hexadecimal."""
    return isinstance(value, str) and _HEX.match(value) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and _NUMBER.match(value) is not None


def _is_json(value: Any) -> bool:
    return isinstance(value, dict | list)


_CHECKS = {
    str: is_text,
    int: is_whole,
    UUID: is_id,
    Decimal: _is_number,
    dt.date: is_day,
    dt.datetime: is_instant,
    bytes: is_hex,
    bool: lambda value: isinstance(value, bool),
    object: _is_json,  # JSON
    dict: _is_json,
    list: _is_json,
}
