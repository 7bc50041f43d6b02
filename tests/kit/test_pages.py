"""Cursors: good for the list that handed them out, and for nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from farthing.kit.pages import CursorMalformed, PageQuery


class Shelf(PageQuery):
    """A list with a filter."""

    colour: str | None = None


def written(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


GOOD = Shelf(colour="red").cursor_at("a", 2)


def test_a_cursor_leads_back_to_where_it_was_handed_out() -> None:
    assert Shelf(colour="red", cursor=GOOD).after() == ["a", "2"]
    assert Shelf(colour="red", cursor=GOOD, limit=7).after() == ["a", "2"]
    assert Shelf(colour="red").after() is None
    assert len(GOOD) < 512
    assert "=" not in GOOD


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "====", "ä", "!!!!", GOOD[:-1], GOOD[:-4], GOOD[1:], GOOD + "A", GOOD + "AAAA", GOOD.swapcase(),
        written(None), written([]), written({}), written(1), written("text"), written([1]), written([None, "a"]),
        written([Shelf(colour="blue").scope(), "a"]), written([Shelf(colour="red").scope(), 1]),
        written([[[]]]), base64.urlsafe_b64encode(b"[" * 380).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        "A" * 512,
    ],
)  # fmt: skip
def test_a_cursor_of_ones_own_making_is_refused(cursor: str) -> None:
    with pytest.raises(CursorMalformed) as refusal:
        Shelf(colour="red", cursor=cursor).after()
    assert refusal.value.blames[0].parameter == "cursor"


@given(st.text(max_size=200))
@settings(max_examples=200, derandomize=True, database=None, deadline=None)
def test_any_text_is_no_cursor(text: str) -> None:
    with pytest.raises(CursorMalformed):
        Shelf(cursor=text).after()


def test_a_cursor_belongs_to_its_filters() -> None:
    for other in (Shelf(cursor=GOOD), Shelf(colour="blue", cursor=GOOD), PageQuery(cursor=GOOD)):
        with pytest.raises(CursorMalformed):
            other.after()


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValidationError):
        Shelf(cursor="A" * 513)
    for limit in (0, 201, -1):
        with pytest.raises(ValidationError):
            Shelf(limit=limit)
