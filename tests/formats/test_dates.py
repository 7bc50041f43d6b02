from __future__ import annotations

import datetime as dt

import pytest

from farthing.formats.dates import DateError, Order, day, possible_orders, written
from farthing.formats.sheets.notation import Doubt, Hints, date_order


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("08/17/2022", "mdy", "2022-08-17"),
        ("2024-09-01T00:00:00+08:00", "dmy", "2024-09-01"),
        ("2024-09-01 01:23:45", "mdy", "2024-09-01"),
        ("2024-01-01T10:00:00.123Z", "mdy", "2024-01-01"),
        ("17.12.2025", "dmy", "2025-12-17"),
        ("08.12.25", "dmy", "2025-12-08"),
        ("1.2.99", "dmy", "1999-02-01"),
        ("6/12/15", "mdy", "2015-06-12"),
        ("24-01-31", "ymd", "2024-01-31"),
        ("20240131", "dmy", "2024-01-31"),
        ("01 Jan 2024", "mdy", "2024-01-01"),
        ("1. M\u00e4rz 2024", "mdy", "2024-03-01"),
        ("Jan 5, 2024", "dmy", "2024-01-05"),
        ("05-FEB-24", "mdy", "2024-02-05"),
        ("2 de enero de 2024", "mdy", "2024-01-02"),
        ("3 ao\u00fbt 2024", "mdy", "2024-08-03"),
        ("2024\u5e741\u67082\u65e5", "dmy", "2024-01-02"),
        ("2024.01.02.", "dmy", "2024-01-02"),
        ("01/31/2024 10:15 PM", "mdy", "2024-01-31"),
        ("Mon, 05 Feb 2024", "mdy", "2024-02-05"),
        ("01. 02. 2024", "dmy", "2024-02-01"),
        ("1600-01-01", "ymd", "1600-01-01"),
        ("2999-12-31", "ymd", "2999-12-31"),
    ],
)
def test_a_date_is_read_as_its_bank_writes_it(text: str, order: Order, expected: str) -> None:
    taken = written(text)
    assert taken
    assert day(taken, order) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1-2",
        "12.10",
        "1.234.567",
        "1234567",
        "2024",
        "hello",
        "10/2024",
        "1/2/3/4",
        "2024-13",
        "٣/٤/٥٦",
        "1" * 100000,
        "1/1/24 " + " " * 1000 + "x",
        "00:00",
        "Foo 5, 2024",
        "12-34-56-78",
    ],
)
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert written(text) is None


@pytest.mark.parametrize("text", ["31.02.2025", "1599-12-31", "3000-01-01", "0000-00-00", "99999999", "2025-02-29"])
def test_a_day_outside_the_calendar_is_refused(text: str) -> None:
    taken = written(text)
    assert taken
    with pytest.raises(DateError):
        day(taken, "dmy")


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["13/01/2024", "02/01/2024"], ("dmy",)),
        (["01/13/2024", "02/01/2024"], ("mdy",)),
        (["01/02/2024"], ("dmy", "mdy")),
        (["01.02.2024"], ("dmy",)),
        (["6/12/15"], ("dmy", "mdy")),
        (["12/31/24", "13/01/24"], ("ymd", "dmy", "mdy")),
        (["2024-01-02"], ("ymd", "dmy", "mdy")),
    ],
)
def test_the_orders_that_make_the_most_days_are_possible(texts: list[str], orders: tuple[Order, ...]) -> None:
    found = possible_orders(taken for text in texts if (taken := written(text)))
    assert found == orders or set(found) <= set(orders)


@pytest.mark.parametrize(
    ("texts", "hints", "order"),
    [
        (["01/02/2024", "05/02/2024"], Hints(foreign_heading=True), "dmy"),
        (["01/02/2024", "05/02/2024"], Hints(decimal_comma=True), "dmy"),
        (["01/02/2024", "05/02/2024"], Hints(currencies=frozenset({"GBP"})), "dmy"),
        (["01/11/2024", "02/03/2024", "03/05/2024"], Hints(), "mdy"),
        (["11/01/2024", "03/02/2024", "05/03/2024"], Hints(), "dmy"),
        (["02/02/2024", "05/05/2024"], Hints(), "dmy"),
        (["24-01-05", "24-01-06", "24-01-07", "24-01-08"], Hints(), "ymd"),
        (["05-01-24", "06-01-24", "07-02-24", "08-03-24"], Hints(foreign_heading=True), "dmy"),
    ],
)
def test_an_open_order_is_decided_by_what_the_file_says_elsewhere(texts: list[str], hints: Hints, order: Order) -> None:
    column = [written(text) for text in texts]
    assert date_order([column], hints).order == order


def test_dates_around_the_rows_tell_the_order() -> None:
    column = [written("01/02/2024"), written("05/02/2024")]
    period = [each for each in (written("01/31/2024"),) if each]
    assert date_order([column], Hints(elsewhere=period)).order == "mdy"


def test_a_second_date_that_must_be_near_tells_the_order() -> None:
    booked = [written("03/02/2024"), written("05/02/2024")]
    value = [written("05/02/2024"), written("07/02/2024")]
    assert date_order([booked, value], Hints()).order == "dmy"


@pytest.mark.parametrize(
    ("texts", "hints"),
    [
        (["01/02/2024", "05/02/2024"], Hints()),
        (["01/02/2024", "05/02/2024"], Hints(currencies=frozenset({"USD"}))),
        (["01/02/2024", "03/02/2024", "02/02/2024"], Hints()),
        (["04-05-06"], Hints()),
    ],
)
def test_an_order_that_nothing_tells_is_asked_about(texts: list[str], hints: Hints) -> None:
    with pytest.raises(Doubt):
        date_order([[written(text) for text in texts]], hints)
