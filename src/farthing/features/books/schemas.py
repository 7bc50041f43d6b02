"""Books and members on the wire."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from farthing.core.permissions import Role
from farthing.features.books.errors import LocaleUnknown, TimeZoneUnknown
from farthing.features.books.models import CheckpointPolicy
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Name, absent
from farthing.ledger.wire import IsoCurrencyCode

DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError(TimeZoneUnknown.code, TimeZoneUnknown.message)
    return name


def _locale(name: str) -> str:
    try:
        return str(Locale.parse(name, sep="-")).replace("_", "-")
    except (ValueError, UnknownLocaleError):
        raise PydanticCustomError(LocaleUnknown.code, LocaleUnknown.message) from None


def _month_and_day(text: str) -> str:
    month, day = int(text[:2]), int(text[3:])
    if not (1 <= month <= 12 and 1 <= day <= DAYS_OF_MONTH[month - 1]):  # noqa: PLR2004
        raise PydanticCustomError("day_of_year_unknown", "There is no such day of the year.")
    return text


TimeZone = Annotated[
    str, AfterValidator(_zone), Field(max_length=64, description="Where `today` is.", examples=["Europe/Berlin"])
]
LocaleName = Annotated[str, AfterValidator(_locale), Field(max_length=20, examples=["de-AT"])]
Weekday = Annotated[int, Field(ge=1, le=7, description="1 is Monday, 7 is Sunday (ISO 8601).", examples=[1])]
DayOfYear = Annotated[
    str,
    AfterValidator(_month_and_day),
    Field(pattern=r"^[0-9]{2}-[0-9]{2}$", description="Month and day.", examples=["01-01"]),
]
LockedUntil = Annotated[
    Day | None, Field(description="Nothing dated on this day or earlier can change; null: all of it can.")
]

BrokenCheckpoints = Annotated[
    CheckpointPolicy,
    Field(
        description=(
            "What becomes of a write after which a checkpoint doesn't hold: `refuse` refuses it, `flag` does it and "
            "marks the checkpoint as broken."
        )
    ),
]


class BookCreate(Given):
    """A new book. Its maker is its owner."""

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    name: Annotated[Name, Field(examples=["Household"])]
    currency: Annotated[IsoCurrencyCode, Field(description="The book's base currency.")]
    time_zone: TimeZone = "UTC"
    locale: LocaleName = "en"
    first_weekday: Weekday = 1
    fiscal_year_start: DayOfYear = "01-01"
    starter: Annotated[bool, Field(description="Whether the book begins with a set of categories.")] = True


class BookUpdate(Given):
    """What can be changed about a book. Absent keeps; ``locked_until`` null unlocks it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"time_zone": "Europe/Vienna"}]})

    name: Name = Field(default_factory=absent)
    time_zone: TimeZone = Field(default_factory=absent)
    locale: LocaleName = Field(default_factory=absent)
    first_weekday: Weekday = Field(default_factory=absent)
    fiscal_year_start: DayOfYear = Field(default_factory=absent)
    locked_until: LockedUntil = None
    checkpoint_policy: BrokenCheckpoints = Field(default_factory=absent)


class BookRead(Answered):
    """A book. ``revision`` counts the writes to it: it names a state of the book."""

    id: Id
    name: Annotated[str, Field(examples=["Household"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    time_zone: Annotated[str, Field(examples=["Europe/Berlin"])]
    locale: Annotated[str, Field(examples=["de-AT"])]
    first_weekday: Annotated[int, Field(examples=[1])]
    fiscal_year_start: Annotated[str, Field(examples=["01-01"])]
    locked_until: LockedUntil
    checkpoint_policy: BrokenCheckpoints
    role: Annotated[Role, Field(description="What the caller is to the book.")]
    revision: Annotated[int, Field(examples=[42])]
    created_at: Instant


class BookList(Answered):
    """The books one is a member of."""

    data: list[BookRead]


class BookLock(Given):
    """Until when a book is locked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"locked_until": "2026-03-31"}]})

    locked_until: LockedUntil


class HandingOver(Given):
    """Who is to own the book, and what whoever owned it is from then on."""

    user_id: Annotated[Id, Field(description="A member of the book.")]
    role: Annotated[Literal["observer", "viewer", "accountant", "editor", "admin"], Field(description="One's own.")] = (
        "admin"
    )


class MemberUpdate(Given):
    """What can be changed about a member."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "editor"}]})

    role: Role


class MemberRead(Answered):
    """Someone who shares the book."""

    user_id: UUID
    name: Annotated[str, Field(examples=["Ada"])]
    email: Annotated[str, Field(examples=["ada@example.com"])]
    role: Role
    created_revision: Annotated[int, Field(examples=[1])]
    revision: Annotated[int, Field(examples=[1])]
    created_at: Instant


class MemberList(Answered):
    """Everyone who shares the book."""

    data: list[MemberRead]
