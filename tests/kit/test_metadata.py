"""Metadata: typed values, kept exactly; whatever else is sent is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from farthing.kit.metadata import MAX_ENTRIES, MAX_NAME, MAX_TEXT, MAX_WHOLE, Metadata, MetadataRead

READER: TypeAdapter[dict[str, Any]] = TypeAdapter(Metadata)
WRITER: TypeAdapter[dict[str, Any]] = TypeAdapter(MetadataRead)
QUICK = settings(max_examples=300, derandomize=True, database=None, deadline=None)
FIT: list[Any] = [
    "", "2026-03-01", "12.50", "true", "a\r\nb\t", "x" * MAX_TEXT, "é\U0001f600",
    0, -7, MAX_WHOLE, -MAX_WHOLE, True, False, None,
    {"number": "12.50"}, {"number": "-0"}, {"number": "0.000000000000000001"}, {"number": "9" * 28}, {"number": "1.10"},
    {"date": "2026-03-01"}, {"date": "1600-01-01"}, {"date": "2999-12-31"}, {"date": "2024-02-29"},
]  # fmt: skip
UNFIT: list[Any] = [
    1.5, 2.0, float("nan"), float("inf"), MAX_WHOLE + 1, 10**400, "x" * (MAX_TEXT + 1), "a\x00b", "\ud800",
    [], ["a"], {}, {"a": 1}, {"number": 1}, {"number": "1e5"}, {"number": "+1"}, {"number": "01"}, {"number": ".5"},
    {"number": "9" * 29}, {"number": "9" * 20 + "." + "9" * 9}, {"number": "1." + "1" * 19}, {"number": "NaN"},
    {"number": "\u0661"}, {"number": "1\n"}, {"number": None}, {"number": "1", "date": "2026-03-01"},
    {"date": "2026-02-30"}, {"date": "2026-3-1"}, {"date": "1599-12-31"}, {"date": "3000-01-01"}, {"date": ""},
    {"date": "2026-03-01T00:00:00"}, {"date": 20260301}, {"Date": "2026-03-01"}, {"date": "2026-03-01\n"},
]  # fmt: skip


@pytest.mark.parametrize("value", FIT)
def test_a_value_comes_back_as_it_was_sent(value: Any) -> None:
    read = READER.validate_python({"a": value})["a"]
    assert (read, type(read)) == (value, type(value))
    assert json.loads(WRITER.dump_json({"a": read})) == {"a": value}


@pytest.mark.parametrize("value", UNFIT, ids=range(len(UNFIT)))
def test_a_value_of_no_type_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        READER.validate_python({"a": value})
    (error,) = refusal.value.errors()
    assert error["loc"] == ("a",)
    assert error["type"] in {
        "metadata_value_unknown",
        "number_too_large",
        "string_too_long",
        "text_not_plain",
    }


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u200bb", "x" * (MAX_NAME + 1)])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        READER.validate_python({name: 1})


def test_there_are_so_many_and_no_more() -> None:
    assert len(READER.validate_python({f"n{n}": n for n in range(MAX_ENTRIES)})) == MAX_ENTRIES
    with pytest.raises(ValidationError):
        READER.validate_python({f"n{n}": n for n in range(MAX_ENTRIES + 1)})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["number", "date", "a"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@QUICK
@given(JSON)
def test_whatever_is_sent_is_kept_exactly_or_refused(value: Any) -> None:
    try:
        read = READER.validate_python({"a": value})
    except ValidationError:
        return
    assert json.loads(WRITER.dump_json(read)) == {"a": value}
