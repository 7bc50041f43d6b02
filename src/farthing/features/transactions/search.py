"""Searches as people type them: one line, read into terms. Pure; what a term asks of a book is the repository's.

::

    payee:tesco amount>50 date:2026-03 -status:pending category:Expenses:Food "corner shop"

Spaces stand between terms, and all terms must hold. A term is a word, a phrase in quotes, or a field with a value; a
``-`` before it turns it round. Every form is in docs/reference/search.md.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from farthing.features.journal.models import PostingStatus
from farthing.features.transactions.errors import SearchMalformed
from farthing.kit.faults import Invalid
from farthing.kit.wire import FIRST_DAY, LAST_DAY
from farthing.ledger.money import AmountError, parse_amount

MAX_CHARACTERS = 500
MAX_TERMS = 20
MAX_TOKEN = 40
"""Characters of a term that can't be read that its fault repeats."""


class SearchField(StrEnum):
    """What a term looks at."""

    WORDS = "words"
    """Payee, description, notes and memos together: what a word without a field looks at."""
    PAYEE = "payee"
    DESCRIPTION = "description"
    NOTES = "notes"
    MEMO = "memo"
    ACCOUNT = "account"
    CATEGORY = "category"
    TAG = "tag"
    STATUS = "status"
    AMOUNT = "amount"
    DATE = "date"


class Operator(StrEnum):
    """How a term compares."""

    MATCHES = ":"
    """Texts have the value in them, whatever the case; all else is the value."""
    WITHIN = ".."
    """From the first of two values to the last, both included."""
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


Value = str | Decimal | dt.date | tuple[Decimal, Decimal] | tuple[dt.date, dt.date]
"""A pair for ``WITHIN``; otherwise a size for amounts, a day for dates, and text for the rest."""


class Shape(NamedTuple):
    """A term without its value: what the words of a statement depend on."""

    field: SearchField
    operator: Operator
    negated: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a search. ``column`` is where it begins in the line, counted in characters from 1; 0 of a
    filter beside the line.
    """

    field: SearchField
    operator: Operator
    value: Value
    negated: bool
    column: int

    @property
    def shape(self) -> Shape:
        """The term without its value."""
        return Shape(self.field, self.operator, self.negated)


TREES = frozenset({SearchField.ACCOUNT, SearchField.CATEGORY})
"""Fields whose value is an account, and stands for those under it too."""
_NAMED = {field.value: field for field in SearchField if field is not SearchField.WORDS}
_ENDS = {"from": Operator.AT_LEAST, "to": Operator.AT_MOST}
_BEGINNING = re.compile(r"\S")
# Possessive, so that a term that can't be read isn't taken for another one that can.
_TERM = re.compile(
    r"""
    (?P<minus>-?+)
    (?: (?P<field>[^\W\d]\w*+) (?P<operator>: | [<>]=?+) )?+
    (?: "(?P<quoted>(?: [^"\\] | \\. | "" )*+)" | (?P<plain>[^\s"]*+) )
    (?= \s | \Z )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])|""')
_DAYS = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class _Unreadable(ValueError):
    """A term can't be read; the message says why."""


def read_search(line: str) -> tuple[Term, ...]:
    """The terms of a line, in its order. A blank line has none.

    Raises:
        SearchMalformed: a term can't be read, or there are too many; names the term and its column.
    """
    terms: list[Term] = []
    place = 0
    while beginning := _BEGINNING.search(line, place):
        place = beginning.start()
        if len(terms) == MAX_TERMS:
            raise _malformed(line, place, f"a search has at most {MAX_TERMS} terms")
        term = _TERM.match(line, place)
        if term is None:
            raise _malformed(
                line, place, "a phrase begins and ends with a quote, spaces around it; a quote inside is doubled"
            )
        try:
            terms.append(_read_term(term))
        except _Unreadable as unreadable:
            raise _malformed(line, place, str(unreadable)) from None
        place = term.end()
    return tuple(terms)


def term_of(field: SearchField, text: str) -> Term:
    """The term that a filter beside the line amounts to."""
    return Term(field, Operator.MATCHES, text, negated=False, column=0)


def _malformed(line: str, place: int, problem: str) -> Invalid:
    token = line[place:].split(maxsplit=1)[0]
    shown = token if len(token) <= MAX_TOKEN else f"{token[:MAX_TOKEN]}…"
    return SearchMalformed.in_parameter("q", column=place + 1, token=shown, problem=problem)


def _read_term(term: re.Match[str]) -> Term:
    quoted, name = term["quoted"], term["field"]
    text = term["plain"] if quoted is None else _ESCAPED.sub(lambda escaped: escaped[1] or '"', quoted)
    if not text.strip():
        raise _Unreadable("there is nothing to look for in it; a value follows without a space")
    if name is None:
        field, operator, value = SearchField.WORDS, Operator.MATCHES, text
    else:
        field, operator, value = _read_condition(name.lower(), Operator(term["operator"]), text)
    return Term(field, operator, value, negated=bool(term["minus"]), column=term.start() + 1)


def _read_condition(name: str, operator: Operator, text: str) -> tuple[SearchField, Operator, Value]:
    if name in _ENDS:
        _check_colon(operator)
        return SearchField.DATE, *_read_date(_ENDS[name], text)
    field = _NAMED.get(name)
    match field:
        case None:
            names = ", ".join([*_NAMED, *_ENDS])
            raise _Unreadable(f"the fields are {names}; words that only look like one are put in quotes")
        case SearchField.DATE:
            return field, *_read_date(operator, text)
        case SearchField.AMOUNT:
            return field, *_read_amount(operator, text)
        case SearchField.STATUS:
            _check_colon(operator)
            return field, operator, _read_status(text)
    _check_colon(operator)
    return field, operator, text


def _check_colon(operator: Operator) -> None:
    if operator is not Operator.MATCHES:
        raise _Unreadable("only date and amount are compared; this field is written with a colon")


def _read_status(text: str) -> PostingStatus:
    try:
        return PostingStatus(text.lower())
    except ValueError:
        raise _Unreadable(f"a status is one of {', '.join(PostingStatus)}") from None


def _read_amount(operator: Operator, text: str) -> tuple[Operator, Value]:
    first, range_, last = text.partition("..")
    if operator is not Operator.MATCHES or not range_:
        return operator, _size(text)
    low, high = _size(first), _size(last)
    if low > high:
        raise _Unreadable("the range ends before it begins")
    return Operator.WITHIN, (low, high)


def _size(text: str) -> Decimal:
    try:
        amount = parse_amount(text)
    except AmountError:
        raise _Unreadable("an amount is written 12.50, a range of amounts 10..20") from None
    if amount < 0:
        raise _Unreadable("an amount is looked for by its size, without a sign")
    return amount


def _read_date(operator: Operator, text: str) -> tuple[Operator, Value]:
    """Days: a month or a year is after another day with all of its days, and holds all of them."""
    if operator is Operator.MATCHES:
        begin, range_, end = text.partition("..")
        first, last = _days(begin)[0], _days(end if range_ else begin)[1]
        if first > last:
            raise _Unreadable("the range ends before it begins")
        return Operator.WITHIN, (first, last)
    first, last = _days(text)
    return operator, last if operator in {Operator.ABOVE, Operator.AT_MOST} else first


def _days(text: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of a day, a month or a year."""
    written = _DAYS.fullmatch(text)
    if written is None:
        raise _Unreadable("a date is written 2026-03-05, 2026-03 or 2026, a range of dates 2026-01..2026-03")
    year, month, day = written.groups()
    try:
        first = dt.date(int(year), int(month or 1), int(day or 1))
        last = first.replace(month=int(month or 12))
        last = last.replace(day=int(day or calendar.monthrange(last.year, last.month)[1]))
    except ValueError:
        raise _Unreadable("there is no such day in the calendar") from None
    if first < FIRST_DAY or last > LAST_DAY:
        raise _Unreadable(f"a date lies between {FIRST_DAY} and {LAST_DAY}")
    return first, last
