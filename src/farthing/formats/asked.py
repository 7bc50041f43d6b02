"""What the files of other programs leave open, whichever program it is: the currency, the order of day and month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from farthing.formats.dates import Order, Written, possible_orders
from farthing.formats.drafts import DraftChoice, DraftQuestion, FileUnreadable
from farthing.ledger.currencies import BY_ISO, ISO, NOT_MONEY

CURRENCY = "currency"
DATE_ORDER = "date_order"

_OFTEN = tuple(
    re.findall(
        r"[A-Z]{3}",
        "EUR USD GBP CHF JPY CNY AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BGN TRY INR BRL MXN ZAR SGD HKD KRW IDR MYR "
        "PHP THB VND ILS AED SAR UAH RUB",
    )
)
_MEANING: dict[Order, str] = {
    "ymd": "the year comes first, then the month",
    "dmy": "the day comes first: 03/04 is the 3rd of April",
    "mdy": "the month comes first: 03/04 is the 4th of March",
}
_EVEN = Decimal("0.5")


def currency(answers: Mapping[str, str], asked: list[DraftQuestion], *, of: str) -> str | None:
    """The currency of a file that names none, as a person says; else None: nothing can be read until it is answered.

    Args:
        answers: what a person said.
        asked: the questions of the file, to which this one is added.
        of: the program.

    Raises:
        FileUnreadable: the answer is no currency.
    """
    told = answers.get(CURRENCY)
    if told is not None:
        code = told.strip().upper()
        if code not in BY_ISO - NOT_MONEY:
            raise FileUnreadable.on_line(None, problem="the answer to 'currency' is no code of ISO 4217")
        return code
    choices = tuple(DraftChoice(code, ISO[code].name) for code in _OFTEN)
    question = f"which currency are the amounts in? {of} doesn't say (any code of ISO 4217 is an answer)"
    asked.append(DraftQuestion(CURRENCY, question, choices, None, Decimal(0)))
    return None


def date_order(
    answers: Mapping[str, str], asked: list[DraftQuestion], days: Iterable[Written], *, likely: Order = "dmy"
) -> Order:
    """The order of a column's dates: as they show, or a person says, else the likely one, and that it has to be asked.

    Args:
        answers: what a person said.
        asked: the questions of the file, to which this one is added.
        days: the dates.
        likely: how they are read where nothing tells.

    Raises:
        FileUnreadable: the answer is no order.
    """
    column = list(days)
    told = answers.get(DATE_ORDER)
    if told is not None:
        if told not in _MEANING:
            raise FileUnreadable.on_line(None, problem="the answer to 'date_order' is none of ymd, dmy, mdy")
        return "ymd" if told == "ymd" else "dmy" if told == "dmy" else "mdy"
    possible = possible_orders(column)
    if len(possible) == 1 or not column or len(possible) == len(_MEANING):
        return possible[0] if len(possible) == 1 else likely
    chosen = likely if likely in possible else possible[0]
    choices = tuple(DraftChoice(order, _MEANING[order]) for order in possible)
    question = "are the dates day first or month first"
    asked.append(DraftQuestion(DATE_ORDER, question, choices, chosen, _EVEN))
    return chosen
