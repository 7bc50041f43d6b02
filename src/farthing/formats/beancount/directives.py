"""Directives of a beancount file as they are written: nothing looked up, nothing filled in.

Beancount's "Language Syntax" is the source. Directives that say nothing about money are skipped aloud.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn, TypeVar

from farthing.formats.beancount.lines import Line, Token, lines
from farthing.formats.dates import DateError, Written, day
from farthing.formats.drafts import FileTooLong, FileUnreadable, SkippedLine
from farthing.formats.exact import calculate
from farthing.formats.numbers import NumberError
from farthing.ledger.money import MAX_DECIMALS, MAX_DIGITS, MAX_LENGTH

Value = str | bool | Decimal | dt.date | None
"""A value of metadata; None where it is left out, or ``NULL``."""

_T = TypeVar("_T")

_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_FLAGS = frozenset("*!&#?%")
_SUM = frozenset("+-*/()")
_CONSTANTS: Mapping[str, Value] = {"TRUE": True, "FALSE": False, "NULL": None}
_WITHOUT_MONEY = {
    "note": "is a note on an account",
    "document": "names a document beside the file",
    "event": "notes an event",
    "query": "keeps a query",
    "custom": "is a directive for another program",
}
_LONGEST_ACCOUNT = 500
_LONGEST_NUMBER = 2 * MAX_LENGTH
_MOST_POSTINGS = 10_000
_MOST_METADATA = 200
_MOST_PUSHED = 100


@dataclass(slots=True)
class Cost:
    """What stands between braces: parts of a cost. ``total`` is for all units; ``per`` for one."""

    per: Decimal | None = None
    total: Decimal | None = None
    currency: str | None = None
    date: dt.date | None = None
    label: str | None = None
    is_average: bool = False


@dataclass(slots=True)
class Price:
    """What stands behind ``@`` (for one unit) or ``@@`` (for all)."""

    number: Decimal | None
    currency: str | None
    is_total: bool


@dataclass(slots=True)
class Posting:
    """A posting as it is written; None is what was left out."""

    line: int
    account: str
    flag: str | None = None
    number: Decimal | None = None
    currency: str | None = None
    cost: Cost | None = None
    price: Price | None = None
    metadata: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Directive:
    """Something that happens on a day."""

    line: int
    date: dt.date
    metadata: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Transaction(Directive):
    """``2026-03-01 * "payee" "narration" #tag ^link`` and its postings."""

    flag: str = "*"
    payee: str | None = None
    narration: str | None = None
    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)


@dataclass(slots=True)
class Open(Directive):
    """An account begins."""

    account: str = ""
    currencies: tuple[str, ...] = ()
    booking: str | None = None


@dataclass(slots=True)
class Close(Directive):
    """An account ends."""

    account: str = ""


@dataclass(slots=True)
class Commodity(Directive):
    """What is known about a commodity, in its metadata."""

    currency: str = ""


@dataclass(slots=True)
class Balance(Directive):
    """What an account and those below it hold as the day begins."""

    account: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""
    tolerance: Decimal | None = None


@dataclass(slots=True)
class Pad(Directive):
    """The next balance of the account is made true from another account."""

    account: str = ""
    source: str = ""


@dataclass(slots=True)
class PriceOf(Directive):
    """What a unit of a commodity costs on the day."""

    currency: str = ""
    amount: Decimal = Decimal(0)
    quoted: str = ""


@dataclass(slots=True)
class Directives:
    """All that a file says. Options and plugins in their order."""

    dated: list[Directive] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    plugins: list[tuple[int, str]] = field(default_factory=list)
    includes: list[tuple[int, str]] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    rounded: list[int] = field(default_factory=list)
    """The lines with a sum that has no end, and is taken at 18 decimals."""


def unreadable(line: int, problem: str) -> FileUnreadable:
    """The fault of a line."""
    return FileUnreadable.on_line(line, problem=f"line {line} {problem}")


def unescaped(string: str) -> str:
    """What a string says, quotes and escapes taken away."""
    inner = string[1:-1]
    if "\\" not in inner:
        return inner
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), inner)


def directives(text: str, *, max_rows: int) -> Directives:
    """Read what a file says.

    Raises:
        FileUnreadable: a line breaks the rules.
        FileTooLong: more than ``max_rows`` transactions.
    """
    parser = _Parser(max_rows)
    for line in lines(text):
        parser.take(line)
    return parser.read


def noted_on(posting: Posting, noted: str) -> Posting:
    """A posting with the cost and the price that are noted beside it, as ``{10 EUR} @ 12 EUR``.

    Raises:
        FileUnreadable: they can't be read.
    """
    parser = _Parser(0)
    for line in lines(noted):
        cursor = _Cursor(Line(posting.line, line.is_indented, line.tokens))
        return parser.worth(cursor, Posting(posting.line, posting.account))
    return posting


class _Cursor:
    """Walks along the tokens of a line."""

    __slots__ = ("line", "place", "tokens")

    def __init__(self, line: Line) -> None:
        self.line = line.number
        self.tokens: Sequence[Token] = line.tokens
        self.place = 0

    @property
    def kind(self) -> str:
        """The kind of the token that comes next; empty at the end."""
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    @property
    def text(self) -> str:
        """The text of the token that comes next; empty at the end."""
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def fail(self, problem: str) -> NoReturn:
        """Blame the line."""
        raise unreadable(self.line, problem)

    def next(self) -> str:
        """Take the next token, whatever it is."""
        text = self.text
        self.place += 1
        return text

    def maybe(self, kind: str) -> str | None:
        """Take the next token if it is of that kind."""
        return self.next() if self.kind == kind else None

    def maybe_mark(self, *marks: str) -> str | None:
        """Take the next token if it is one of these marks."""
        return self.next() if self.kind == "mark" and self.text in marks else None

    def expect(self, kind: str, what: str) -> str:
        """Take the next token, which has to be of that kind."""
        if self.kind != kind:
            self.fail(f"lacks {what}")
        return self.next()

    def account(self) -> str:
        """Take an account."""
        name = self.expect("account", "the name of an account")
        if len(name) > _LONGEST_ACCOUNT:
            self.fail("names an account that is too long")
        return name

    def string(self, what: str) -> str:
        """Take a text."""
        return unescaped(self.expect("string", what))

    def date(self) -> dt.date:
        """Take a day."""
        found = _DATE.match(self.expect("date", "a date"))
        if found is None:
            self.fail("has a date that is none")
        try:
            return day(Written((int(found[1]), int(found[2]), int(found[3])), (4, 2, 2), "-"), "ymd")
        except DateError as error:
            raise unreadable(self.line, f"has a date that {error}") from error

    def end(self) -> None:
        """Make sure that nothing is left over."""
        if self.place < len(self.tokens):
            self.fail("goes on where its directive ends")


class _Parser:
    """Reads lines into directives; what is pushed holds until it is popped."""

    def __init__(self, max_rows: int) -> None:
        self.read = Directives()
        self._max_rows = max_rows
        self._transactions = 0
        self._current: Directive | None = None
        self._posting: Posting | None = None
        self._passes_over = False
        self._tags: list[str] = []
        self._metadata: list[tuple[str, Value]] = []

    def take(self, line: Line) -> None:
        """Take the next line."""
        cursor = _Cursor(line)
        if line.is_indented and (self._current is not None or self._passes_over):
            self._below(cursor)
            return
        self._current = self._posting = None
        self._passes_over = False
        if cursor.kind == "date":
            self._dated(cursor)
        elif cursor.kind in {"word", "key"}:
            self._undated(cursor)
        else:
            cursor.fail("begins no directive")

    def _undated(self, cursor: _Cursor) -> None:
        word = cursor.next().rstrip(":")
        self._passes_over = True
        match word:
            case "option":
                self.read.options.append((cursor.string("the name of an option"), cursor.string("a value")))
            case "plugin":
                self.read.plugins.append((cursor.line, cursor.string("the name of a plugin")))
            case "include":
                self.read.includes.append((cursor.line, cursor.string("the name of a file")))
            case "pushtag":
                self._push(cursor, self._tags, cursor.expect("tag", "a tag")[1:])
            case "poptag":
                with suppress(ValueError):
                    self._tags.remove(cursor.expect("tag", "a tag")[1:])
            case "pushmeta":
                key = cursor.expect("key", "a name")[:-1]
                self._push(cursor, self._metadata, (key, self._value(cursor)))
            case "popmeta":
                self._pop(cursor.expect("key", "a name")[:-1])
            case _:
                cursor.fail("begins no directive")

    @staticmethod
    def _push(cursor: _Cursor, pushed: list[_T], value: _T) -> None:
        if len(pushed) >= _MOST_PUSHED:
            cursor.fail("pushes more than anyone pops")
        pushed.append(value)

    def _pop(self, key: str) -> None:
        """Let go of the metadata that was pushed last under a name."""
        for place in reversed(range(len(self._metadata))):
            if self._metadata[place][0] == key:
                del self._metadata[place]
                return

    def _dated(self, cursor: _Cursor) -> None:
        date = cursor.date()
        if cursor.kind == "word" and cursor.text != "txn":
            word = cursor.next()
            if word in _WITHOUT_MONEY:
                self.read.skipped.append(SkippedLine(cursor.line, _WITHOUT_MONEY[word]))
                self._passes_over = True
                return
            self._enter(self._of_word(word, cursor, date))
            cursor.end()
            return
        self._enter(self._transaction(cursor, date))

    def _enter(self, directive: Directive) -> None:
        for name, value in self._metadata:
            directive.metadata[name] = value
        self.read.dated.append(directive)
        self._current = directive

    def _of_word(self, word: str, cursor: _Cursor, date: dt.date) -> Directive:
        line = cursor.line
        match word:
            case "open":
                account = cursor.account()
                currencies: list[str] = []
                while (currency := cursor.maybe("currency")) is not None:
                    currencies.append(currency)
                    if not cursor.maybe_mark(","):
                        break
                booking = cursor.maybe("string")
                return Open(line, date, {}, account, tuple(currencies), unescaped(booking) if booking else None)
            case "close":
                return Close(line, date, {}, cursor.account())
            case "commodity":
                return Commodity(line, date, {}, cursor.expect("currency", "a commodity"))
            case "pad":
                return Pad(line, date, {}, cursor.account(), cursor.account())
            case "price":
                currency = cursor.expect("currency", "a commodity")
                return PriceOf(line, date, {}, currency, self._figure(cursor), cursor.expect("currency", "a currency"))
            case "balance":
                account, amount = cursor.account(), self._figure(cursor)
                tolerance = self._figure(cursor) if cursor.maybe_mark("~") else None
                return Balance(line, date, {}, account, amount, cursor.expect("currency", "a currency"), tolerance)
            case _:
                raise unreadable(line, "begins no directive")

    def _transaction(self, cursor: _Cursor, date: dt.date) -> Transaction:
        self._transactions += 1
        if self._transactions > self._max_rows:
            raise FileTooLong(limit=str(self._max_rows))
        transaction = Transaction(cursor.line, date, {})
        if not cursor.maybe("word"):
            transaction.flag = self._flag(cursor) or cursor.fail("has no flag, and no directive, behind its date")
        strings = []
        while cursor.kind == "string" or (cursor.kind == "mark" and cursor.text == "|"):
            if (string := cursor.next()) != "|":
                strings.append(unescaped(string))
        if len(strings) > 2:  # noqa: PLR2004 - a payee and a narration
            cursor.fail("has more than a payee and a narration")
        transaction.narration = strings.pop() if strings else None
        transaction.payee = strings.pop() if strings else None
        transaction.tags.extend(self._tags)
        self._tags_and_links(cursor, transaction)
        cursor.end()
        return transaction

    @staticmethod
    def _flag(cursor: _Cursor) -> str | None:
        if cursor.kind == "mark" and cursor.text in _FLAGS:
            return cursor.next()
        if cursor.kind == "currency" and len(cursor.text) == 1:
            return cursor.next()
        return None

    @staticmethod
    def _tags_and_links(cursor: _Cursor, transaction: Transaction) -> None:
        while cursor.kind in {"tag", "link"}:
            kept = transaction.tags if cursor.kind == "tag" else transaction.links
            word = cursor.next()[1:]
            if word not in kept:
                if len(kept) >= _MOST_METADATA:
                    cursor.fail("has more tags and links than anyone writes")
                kept.append(word)

    def _below(self, cursor: _Cursor) -> None:
        """A line that belongs to the directive above: metadata, a posting, more tags."""
        current = self._current
        if cursor.kind == "key":
            key = cursor.next()[:-1]
            value = self._value(cursor)
            if current is not None:
                metadata = (self._posting or current).metadata
                if len(metadata) >= _MOST_METADATA:
                    cursor.fail("has more metadata than anyone writes")
                metadata[key] = value
        elif self._passes_over:
            return
        elif not isinstance(current, Transaction):
            cursor.fail("is indented and belongs to no transaction")
        elif cursor.kind in {"tag", "link"}:
            self._tags_and_links(cursor, current)
        else:
            if len(current.postings) >= _MOST_POSTINGS:
                cursor.fail("is one posting more than a transaction can have")
            self._posting = self._read_posting(cursor)
            current.postings.append(self._posting)

    def _read_posting(self, cursor: _Cursor) -> Posting:
        flag = self._flag(cursor)
        posting = Posting(cursor.line, cursor.account(), flag)
        posting.number = self._maybe_figure(cursor)
        posting.currency = cursor.maybe("currency")
        return self.worth(cursor, posting)

    def worth(self, cursor: _Cursor, posting: Posting) -> Posting:
        """Read the cost and the price behind a posting's amount."""
        if opened := cursor.maybe_mark("{", "{{"):
            posting.cost = self._cost(cursor, opened)
        if sign := cursor.maybe_mark("@", "@@"):
            number = self._maybe_figure(cursor)
            posting.price = Price(number, cursor.maybe("currency"), sign == "@@")
            if number is not None and number < 0:
                cursor.fail("has a price below zero")
        cursor.end()
        return posting

    def _cost(self, cursor: _Cursor, opened: str) -> Cost:
        cost = Cost()
        closing = "}" if opened == "{" else "}}"
        while not cursor.maybe_mark(closing):
            if cursor.kind == "date":
                cost.date = cursor.date()
            elif cursor.kind == "string":
                cost.label = cursor.string("a label")
            elif cursor.maybe_mark("*"):
                cost.is_average = True
            elif cursor.maybe_mark(","):
                continue
            elif (number := self._maybe_figure(cursor)) is not None or cursor.kind == "currency" or cursor.text == "#":
                if opened == "{{":
                    cost.total = number
                else:
                    cost.per = number
                if cursor.maybe_mark("#"):
                    cost.total = self._maybe_figure(cursor)
                cost.currency = cursor.maybe("currency") or cost.currency
            else:
                cursor.fail("has a cost that can't be read")
        return cost

    def _figure(self, cursor: _Cursor) -> Decimal:
        number = self._maybe_figure(cursor)
        if number is None:
            cursor.fail("lacks a number")
        return number

    def _maybe_figure(self, cursor: _Cursor) -> Decimal | None:
        """A number, or a sum; None where something else comes next."""
        if cursor.kind != "number" and not (cursor.kind == "mark" and cursor.text in "+-("):
            return None
        terms: list[Decimal | str] = []
        depth = 0
        wants_value = True
        try:
            while True:
                kind, text = cursor.kind, cursor.text
                if kind == "number" and wants_value:
                    terms.append(_number(text))
                    wants_value = False
                elif kind == "mark" and text in _SUM and not (text == "(" and not wants_value):
                    if text == ")" and not depth:
                        break
                    depth += (text == "(") - (text == ")")
                    wants_value = text != ")"
                    terms.append(text)
                else:
                    break
                cursor.next()
            if len(terms) == 1 and isinstance(terms[0], Decimal):
                return terms[0]
            value, is_exact = calculate(terms)
        except NumberError as error:
            raise unreadable(cursor.line, f"has a number that {error}") from error
        if not is_exact:
            self.read.rounded.append(cursor.line)
        return value

    def _value(self, cursor: _Cursor) -> Value:
        """A value of metadata; an amount is kept as text."""
        match cursor.kind:
            case "string":
                return cursor.string("a value")
            case "date":
                return cursor.date()
            case "account" | "tag" | "link":
                return cursor.next().lstrip("#^")
            case "currency":
                text = cursor.next()
                return _CONSTANTS.get(text, text)
            case "number" | "mark":
                number = self._figure(cursor)
                currency = cursor.maybe("currency")
                return number if currency is None else f"{number:f} {currency}"
            case _:
                return None


def _number(text: str) -> Decimal:
    """A figure of digits, commas between thousands and a point.

    Raises:
        NumberError: more digits than an amount has.
    """
    plain = text.replace(",", "")
    if len(plain) > _LONGEST_NUMBER:
        raise NumberError("has more digits than an amount has")
    value = Decimal(plain)
    exponent = value.as_tuple().exponent
    if len(plain.replace(".", "").lstrip("0")) > MAX_DIGITS or (isinstance(exponent, int) and exponent < -MAX_DECIMALS):
        raise NumberError("has more digits than an amount has")
    return value
