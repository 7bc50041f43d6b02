"""What goes over the wire is read strictly: days, ids, texts, instants."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from farthing.kit import clock, ids
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line, LongText, Name

DAYS = TypeAdapter(Day)


class Note(Given):
    """Something given."""

    text: LongText = ""


@pytest.mark.parametrize("text", ["1600-01-01", "2024-02-29", "2999-12-31"])
def test_a_day_is_written_in_one_way(text: str) -> None:
    assert DAYS.dump_json(DAYS.validate_python(text)) == f'"{text}"'.encode()


@pytest.mark.parametrize(
    "value",
    [
        "1599-12-31", "3000-01-01", "2023-02-29", "2026-13-01", "2026-1-1", "20260101", "2026-W01-1", "2026-001",
        "2026-01-01T00:00:00", "2026-01-01 ", "\u0662026-01-01", "", "today", 0, 1.5, True, None,
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        DAYS.validate_python(value)


@pytest.mark.parametrize("word", ["a\x00", "a\x1fb", "a\x7fb", "a\x85b", "a\u2028b", "\ufeffa", "a\ud800"])
def test_texts_hold_nothing_that_is_not_text(word: str) -> None:
    for kind in (Line, LongText, Name):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(word)


def test_lines_are_trimmed_and_hold_no_breaks() -> None:
    assert TypeAdapter(Line).validate_python("  Łódź 🍏 ") == "Łódź 🍏"
    assert TypeAdapter(LongText).validate_python("a\nb\tc ") == "a\nb\tc"
    for word in ("a\nb", "a\tb", "a\rb"):
        with pytest.raises(ValidationError):
            TypeAdapter(Line).validate_python(word)
    for name in ("", "   ", "x" * 101):
        with pytest.raises(ValidationError):
            TypeAdapter(Name).validate_python(name)


@pytest.mark.parametrize("text", ["", "1", "{019aad3e-7a10-7cc3-98c4-dc0c0c07398f}", "019aad3e7a107cc398c4dc0c0c07398f",
                                  "urn:uuid:019aad3e-7a10-7cc3-98c4-dc0c0c07398f", "x" * 36])  # fmt: skip
def test_an_id_is_written_in_one_way(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(text)


def test_new_ids_grow_with_time() -> None:
    made = [ids.new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {each.version for each in made} == {7}


def test_what_is_not_known_is_refused_when_given_and_ignored_when_answered() -> None:
    with pytest.raises(ValidationError):
        Note.model_validate({"text": "a", "more": 1})
    assert Answered.model_validate({"more": 1}).model_dump() == {}


def test_instants_are_in_utc_to_the_microsecond() -> None:
    east = dt.timezone(dt.timedelta(hours=5, minutes=30))
    at = dt.datetime(2026, 3, 1, 1, 0, 0, 7, tzinfo=east)
    assert json.loads(TypeAdapter(Instant).dump_json(at)) == "2026-02-28T19:30:00.000007Z"
    assert clock.now().utcoffset() == dt.timedelta(0)
