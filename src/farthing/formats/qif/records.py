"""Records of a QIF file: lines that begin with a letter, up to a line with ``^``, in sections that ``!`` begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from farthing.formats.drafts import FileUnreadable

SectionKind = Literal["register", "investments", "account", "list"]

_REGISTERS = {
    "bank": "checking",
    "cash": "cash",
    "ccard": "credit_card",
    "oth a": "other",
    "oth l": "loan",
}
"""Registers, by what follows ``!Type:``, and the type of account that each is of."""
_INVESTMENTS = frozenset({"invst", "port", "mutual", "401(k)", "401(k)/403(b)"})
_LISTS = {
    "cat": "a list of categories",
    "class": "a list of classes",
    "memorized": "a list of memorised transactions",
    "security": "a list of securities",
    "prices": "a list of prices",
    "tag": "a list of tags",
    "budget": "a budget",
    "template": "a list of templates",
    "invitem": "a list of things to invoice",
    "invoice": "a list of invoices",
    "tax": "a list of taxes",
    "bill": "a list of bills",
}
_MOST_FIELDS = 5_000
_LONGEST = 10_000


@dataclass(slots=True)
class Section:
    """A part of the file. ``what`` names a list, ``account_type`` is that of a register's account."""

    line: int
    kind: SectionKind
    what: str = ""
    account_type: str | None = None


@dataclass(slots=True)
class Split:
    """A part of a record: ``S`` its category, ``E`` its memo, ``$`` its amount or ``%`` its share."""

    line: int
    category: str
    memo: str | None = None
    amount: str | None = None
    percent: str | None = None


@dataclass(slots=True)
class Record:
    """A record: the first line of each letter, all of the address's."""

    line: int
    section: Section
    fields: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    address: list[str] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)

    def get(self, letter: str) -> str | None:
        """What a line of that letter says, if it says anything."""
        return self.fields.get(letter) or None

    def line_of(self, letter: str) -> int:
        """Where that is."""
        return self.lines.get(letter, self.line)


def account_type(written: str) -> str | None:
    """The type of account that QIF calls so."""
    word = written.strip().lower()
    return "investment" if word in _INVESTMENTS else _REGISTERS.get(word)


def records(text: str) -> Iterator[Record | Section]:
    """The file's sections, and the records of each behind it. Records of mere lists aren't told.

    Raises:
        FileUnreadable: a record before any section, or of more lines than a record has.
    """
    section: Section | None = None
    record: Record | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line:
            continue
        if line[0] in "!^":
            if record is not None:
                yield record
            record = None
            if line[0] == "!" and (entered := _section(number, line)) is not None:
                section = entered
                yield section
        elif section is None:
            raise FileUnreadable.on_line(number, problem=f"line {number} comes before any section of a QIF file")
        elif section.kind != "list":
            record = record or Record(number, section)
            _put(record, number, line)
    if record is not None:
        yield record


def _section(number: int, line: str) -> Section | None:
    """The section that a line begins; None for options, which begin none."""
    word, _, rest = line[1:].partition(":")
    word, rest = word.strip().lower(), rest.strip().lower()
    if word == "account":
        return Section(number, "account")
    if word in {"option", "clear"}:
        return None
    if word == "type" and rest in _REGISTERS:
        return Section(number, "register", account_type=_REGISTERS[rest])
    if word == "type" and rest in _INVESTMENTS:
        return Section(number, "investments", account_type="investment")
    return Section(number, "list", _LISTS.get(rest, "of a kind that isn't known"))


def _put(record: Record, number: int, line: str) -> None:
    letter, value = line[0], line[1:].strip()[:_LONGEST]
    if letter == "S":
        record.splits.append(Split(number, value))
    elif letter in "E$%" and record.splits:
        split = record.splits[-1]
        if letter == "E":
            split.memo = value or None
        elif letter == "$":
            split.amount = value
        else:
            split.percent = value
    elif letter == "A":
        record.address.append(value)
    elif letter not in record.fields:
        record.fields[letter] = value
        record.lines[letter] = number
    if len(record.splits) + len(record.address) + len(record.fields) > _MOST_FIELDS:
        raise FileUnreadable.on_line(number, problem=f"line {number} is one more than a record can have")
