"""Metadata: a client's own facts about a record: names with typed values, bounded, and kept exactly as they were sent.

What JSON has no type for is written as an object with one member, so that text which looks like a number or a day stays
text::

    {"invoice": "2026-0017", "guests": 4, "deductible": true,
     "kilometres": {"number": "12.50"}, "warranty": {"date": "2028-03-01"}, "shop": null}
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from farthing.kit.wire import FIRST_DAY, LAST_DAY, Line

MAX_ENTRIES = 32
MAX_NAME = 50
MAX_TEXT = 500
MAX_WHOLE = 1 << 53
"""The largest whole number that every reader of JSON keeps exactly; larger ones are written as ``number``."""
MAX_DIGITS = 28
NUMBER_PATTERN = r"^-?(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?$"
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NUMBER = re.compile(NUMBER_PATTERN.replace("$", r"\Z"), re.ASCII)
_DAY = re.compile(DAY_PATTERN.replace("$", r"\Z"), re.ASCII)
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")
_TYPED: JsonDict = {
    "anyOf": [
        {"type": "string", "maxLength": MAX_TEXT},
        {"type": "integer", "minimum": -MAX_WHOLE, "maximum": MAX_WHOLE},
        {"type": "boolean"},
        {
            "type": "object",
            "description": "An exact decimal: at most 28 digits, 18 of them after the point.",
            "properties": {"number": {"type": "string", "pattern": NUMBER_PATTERN}},
            "required": ["number"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "description": "A calendar day.",
            "properties": {"date": {"type": "string", "format": "date"}},
            "required": ["date"],
            "additionalProperties": False,
        },
        {"type": "null"},
    ]
}


def _check(value: Any) -> Any:
    """A value as it was sent, if it is one."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_WHOLE:
            raise PydanticCustomError(
                "number_too_large",
                "A whole number beyond 2^53 is written {example}, up to 28 digits.",
                {"example": '{"number": "…"}'},
            )
        return value
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise PydanticCustomError("string_too_long", "Text has at most {most} characters here.", {"most": MAX_TEXT})
        if _UNKEEPABLE.search(value):
            raise PydanticCustomError("text_not_plain", "Text has no NUL in it, and no half of a character.")
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((kind, written),) = value.items()
        if kind == "number" and isinstance(written, str) and _is_number(written):
            return value
        if kind == "date" and isinstance(written, str) and _is_day(written):
            return value
    raise PydanticCustomError(
        "metadata_value_unknown",
        "A value is text, a whole number, true, false, null, {number} or {date}.",
        {"number": '{"number": "12.50"}', "date": '{"date": "2026-03-01"}'},
    )


def _is_number(text: str) -> bool:
    return _NUMBER.match(text) is not None and sum(map(str.isdigit, text)) <= MAX_DIGITS


def _is_day(text: str) -> bool:
    if not _DAY.match(text):
        return False
    try:
        return FIRST_DAY <= dt.date.fromisoformat(text) <= LAST_DAY
    except ValueError:
        return False


def _check_name(name: str) -> str:
    if not name.isprintable():
        raise PydanticCustomError("text_not_plain", "Names of metadata have printable characters only.")
    return name


MetadataValue = Annotated[Any, PlainValidator(_check), WithJsonSchema(_TYPED)]
"""Text, a whole number, true, false, null, an exact decimal or a day."""
MetadataName = Annotated[Line, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_check_name)]
"""What a fact is called."""
Metadata = Annotated[
    dict[MetadataName, MetadataValue],
    Field(
        max_length=MAX_ENTRIES,
        description=(
            "The client's own facts: up to 32 names with a value each: text of up to 500 characters, a whole number, "
            'true, false, null, an exact decimal as `{"number": "12.50"}`, or a day as `{"date": "2026-03-01"}`.'
        ),
        examples=[{"invoice": "2026-0017", "kilometres": {"number": "12.50"}, "warranty": {"date": "2028-03-01"}}],
    ),
]
"""A client's own facts about a record."""
MetadataRead = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": _TYPED})]
"""The same in an answer, as it was sent."""
