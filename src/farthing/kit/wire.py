"""Wire shapes: what goes over the wire, and how strictly it is read.

Three shapes for each thing and no fourth: ``XCreate`` and ``XUpdate`` refuse fields they don't know; ``XRead`` has no
defaults, because every field of an answer is promised.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_DAY = dt.date(1600, 1, 1)
LAST_DAY = dt.date(2999, 12, 31)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_REVISION = re.compile(r"(0|[1-9][0-9]{0,17})\Z")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+ -][0-9]{2}:[0-9]{2})\Z"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_BREAKS = re.compile(r"[\n\t]")


class Given(BaseModel):
    """What a client sends: ``XCreate`` and ``XUpdate``. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="null")


class Answered(BaseModel):
    """What the service answers: ``XRead``. No field has a default."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True)


def absent() -> Any:
    """The default of a field that may be absent from a merge patch but not null: nobody reads it.

    What was given is told by ``model_fields_set``; as a factory it stays out of the JSON schema.
    """
    return None


def _line(text: str) -> str:
    if _CONTROL.search(text) or _BREAKS.search(text):
        raise PydanticCustomError("text_not_plain", "Control characters and line breaks are not allowed here.")
    return text.strip()


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("text_not_plain", "Control characters are not allowed here.")
    return text


def _text(text: str) -> str:
    return _plain(text).strip()


def _read_day(value: Any) -> Any:
    if isinstance(value, str):
        if not _DAY.match(value):
            raise PydanticCustomError("date_malformed", "A date is written YYYY-MM-DD.")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("date_malformed", "There is no such day in the calendar.") from None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise PydanticCustomError("date_malformed", "A date is a string written YYYY-MM-DD.")


def _bound_day(day: dt.date) -> dt.date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PydanticCustomError("date_out_of_bounds", "A date lies between 1600-01-01 and 2999-12-31.")
    return day


def as_id(text: str) -> UUID | None:
    """The id that a text is, where a thing is named by its id or by its name; None: it isn't one."""
    return UUID(text) if _ID.match(text) else None


def _read_id(value: Any) -> Any:
    if isinstance(value, str) and not _ID.match(value):
        raise PydanticCustomError("id_malformed", "An id is a UUID in its usual form of 36 characters.")
    return value


def _read_moment(value: Any) -> int | dt.datetime:
    if isinstance(value, int | dt.datetime):
        return value
    text = str(value)
    if _REVISION.match(text):
        return int(text)
    if _INSTANT.match(text):
        try:
            # An unescaped + arrives as a space: it can't be anything else here.
            return dt.datetime.fromisoformat(text[:11] + text[11:].replace(" ", "+")).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(
        "moment_malformed", "A moment is a revision, or an instant written 2026-11-23T09:30:00Z (RFC 3339)."
    )


INSTANTS_KEPT = 4096
"""Instants in words that are kept: what was written at once bears the same one, and lists are asked for again."""


@functools.lru_cache(maxsize=INSTANTS_KEPT)
def _write_instant(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Line = Annotated[str, AfterValidator(_line)]
"""One line of text: no control characters, no line breaks, trimmed."""
Plain = Annotated[str, AfterValidator(_plain)]
"""Text just as it was sent, where places in it are told: no control characters."""
Name = Annotated[Line, Field(min_length=1, max_length=100)]
"""What something is called, 1 to 100 characters."""
ShortText = Annotated[Line, Field(max_length=200)]
"""One line, up to 200 characters."""
LongText = Annotated[str, AfterValidator(_text), Field(max_length=2000)]
"""Text of several lines, up to 2,000 characters."""
Notes = Annotated[str, AfterValidator(_text), Field(max_length=10_000)]
"""Text of many lines, up to 10,000 characters."""
Day = Annotated[
    dt.date,
    BeforeValidator(_read_day),
    AfterValidator(_bound_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-23"]}),
]
"""A calendar day, ``YYYY-MM-DD``, without a time zone."""
Id = Annotated[
    UUID,
    BeforeValidator(_read_id),
    WithJsonSchema({"type": "string", "format": "uuid", "examples": ["019aad3e-7a10-7cc3-98c4-dc0c0c07398f"]}),
]
"""A UUID; new ones are version 7 (RFC 9562)."""
Moment = Annotated[
    int | dt.datetime,
    BeforeValidator(_read_moment),
    WithJsonSchema({"type": "string", "examples": ["42", "2026-11-23T09:30:00Z"]}),
]
"""A moment in a book's life: a revision, or an instant (RFC 3339)."""
Instant = Annotated[
    dt.datetime,
    PlainSerializer(_write_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-23T09:30:00.000000Z"]}),
]
"""An instant, RFC 3339, in UTC."""
