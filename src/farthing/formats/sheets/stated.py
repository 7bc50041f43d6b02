"""Stated balances: what the lines around the rows say the account held, and whose account it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from farthing.formats import dates, numbers
from farthing.formats.dates import Written
from farthing.formats.numbers import Figure
from farthing.formats.sheets import headings
from farthing.formats.sheets.sheet import direction_of
from farthing.formats.sheets.table import Record

_CLOSING = headings.phrases(
    "kontostand|endsaldo|neuer saldo|schlusssaldo|neuer kontostand|saldo neu|aktueller saldo|aktueller kontostand|"
    "closing balance|ending balance|current balance|new balance|balance|closing ledger balance|end balance|"
    "solde|solde final|nouveau solde|solde de cloture|solde au|saldo final|saldo actual|nuevo saldo|saldo finale|"
    "saldo contabile finale|eindsaldo|nieuw saldo|slutsaldo|utgaende saldo|utgaende balans|saldo koncowe|"
    "konecny zustatek|loppusaldo|zarosz egyenleg|期末余额|saldo|account balance|solde en fin de periode|"
    "beigu atlikums|loppsaldo|galutinis likutis|likutis pabaigai|τελικο υπολοιπο|исходящий остаток|конечный остаток|"
    "вихідний залишок|saldo akhir|sold final|zavrsno stanje|koncno stanje|ledger balance|"
    "laatste saldo"
)
_OPENING = headings.phrases(
    "anfangssaldo|alter saldo|startsaldo|alter kontostand|saldo alt|saldovortrag|opening balance|beginning balance|"
    "starting balance|previous balance|old balance|balance brought forward|brought forward|solde initial|ancien solde|"
    "solde precedent|solde d ouverture|saldo inicial|saldo anterior|saldo iniziale|saldo precedente|beginsaldo|"
    "vorig saldo|oud saldo|ingaende saldo|ingaende balans|saldo poczatkowe|pocatecni zustatek|alkusaldo|"
    "nyito egyenleg|期初余额|solde en debut de periode|sakuma atlikums|algsaldo|pradinis likutis|likutis pradziai|"
    "αρχικο υπολοιπο|входящий остаток|начальный остаток|вхідний залишок|繰越残高|saldo awal|sold initial|"
    "pocetno stanje|zacetno stanje|devreden bakiye|balance b f|balance bf|b f"
)
_SURE = (_OPENING | _CLOSING) - {"balance", "saldo", "solde", "kontostand"}
_AFTER = headings.phrases("as|of|vom|per|am|zum|at|on|au|du|le|al|del|op|par|den|pr|dne|na|dia|em|in|eur|chf|usd")
_DATE_INSIDE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_COMPACT_DATE = re.compile(r"\b(?:19|20)\d{6}\b")
_UNDATED = re.compile(r" (?:as of|as at|at|on|per|vom|am|au|al|del|den) .{6,20}\Z", re.IGNORECASE)
"""What tells behind a balance which day it is of."""
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}\Z")
_IBAN_MODULUS = 97
_LONGEST_LABEL = 80
_SPACED = 3
_AROUND = 200
"""Balances stand within so many lines before the rows, or after them."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A balance in words: which one, how much, and on which day if the line says."""

    line: int
    kind: Literal["opening", "closing"]
    figure: Figure
    written: Written | None
    is_sure: bool
    """Whether the words can't mean anything else; a bare "balance" might be a heading."""


def balance_words(text: str) -> tuple[Literal["opening", "closing"], bool] | None:
    """Which balance a label names, and whether it's sure: the phrase alone, or with a date behind it."""
    if not text or len(text) > _LONGEST_LABEL:
        return None
    words = [word for word in headings.plain(_DATE_INSIDE.sub(" ", text)).split() if not word.isdigit()]
    while words and words[-1] in _AFTER:
        words.pop()
    is_spaced = len(words) > _SPACED and all(len(word) == 1 for word in words)  # S A L D O
    phrase = "".join(words) if is_spaced else " ".join(words)
    if phrase in _OPENING:
        return "opening", True
    if phrase in _CLOSING:
        return "closing", is_spaced or phrase in _SURE
    return None


def in_record(record: Record) -> Stated | None:
    """The balance that a line states: a label, and the first amount behind it."""
    kind: tuple[Literal["opening", "closing"], bool] | None = None
    when: Written | None = None
    for place, cell in enumerate(record.cells):
        if not cell:
            continue
        if kind is None:
            label, _, rest = cell.rpartition(":") if len(cell) <= _LONGEST_LABEL else ("", "", "")
            when = when or _date_in(cell)
            if (figure := numbers.figure(_UNDATED.sub("", rest.strip()))) and (said := balance_words(label)):
                return Stated(record.line, said[0], figure, when, said[1])
            kind = balance_words(cell)
        elif (written := dates.written(cell)) is not None:
            when = written
        elif (figure := numbers.figure(cell)) is not None:
            if any(direction_of(after) == -1 for after in record.cells[place + 1 :]):
                figure = replace(figure, negative=not figure.negative)
            return Stated(record.line, kind[0], figure, when, kind[1])
    return None


def _date_in(cell: str) -> Written | None:
    if len(cell) > _LONGEST_LABEL:
        return None
    found = _DATE_INSIDE.search(cell) or _COMPACT_DATE.search(cell)
    return dates.written(cell) or (dates.written(found.group()) if found else None)


def around(records: Sequence[Record]) -> list[Stated]:
    """The balances that the lines before or after the rows state."""
    return [stated for record in records[:_AROUND] if (stated := in_record(record)) is not None]


def dates_around(records: Sequence[Record]) -> list[Written]:
    """The dates that the lines before or after the rows hold: they tell the order of a file's dates."""
    found: list[Written] = []
    for record in records[:_AROUND]:
        for cell in record.cells:
            if len(cell) <= _LONGEST_LABEL:
                found += [written for each in _DATE_INSIDE.findall(cell) if (written := dates.written(each))]
    return found


def account_number(preamble: Iterable[Record]) -> str | None:
    """The account that a preamble is about: its only IBAN, or what stands beside a label such as ``Konto``."""
    ibans: dict[str, str] = {}
    labelled: list[str] = []
    for record in preamble:
        cells = _told(record)
        for cell in cells:
            if is_iban(cell):
                ibans.setdefault(cell.replace(" ", ""), cell)
        for label, value in pairwise(cells):
            is_label = headings.roles(label).get(headings.Role.ACCOUNT) == headings.EXACT
            if is_label and any(character.isdigit() for character in value) and len(value) <= _LONGEST_LABEL:
                labelled.append(value)
    if len(ibans) == 1:
        return next(iter(ibans.values()))
    return labelled[0] if len(set(labelled)) == 1 and not ibans else None


def currency(preamble: Iterable[Record]) -> str | None:
    """The currency that a preamble says its account is in, beside a label such as ``Currency``."""
    codes: set[str] = set()
    for record in preamble:
        for label, value in pairwise(_told(record)):
            if headings.roles(label).get(headings.Role.CURRENCY) == headings.EXACT:
                codes |= {code} if (code := numbers.currency_of(value)) else set()
    return codes.pop() if len(codes) == 1 else None


def _told(record: Record) -> list[str]:
    """The cells of a line above the rows; what stands with its label in one cell is told apart from it."""
    found: list[str] = []
    for cell in record.cells:
        label, colon, value = cell.partition(":") if len(cell) <= 2 * _LONGEST_LABEL else (cell, "", "")
        found += [part for part in ((label.strip(), value.strip()) if colon else (cell.strip(),)) if part]
    return found


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN with right check digits (ISO 13616, ISO 7064 MOD 97-10)."""
    compact = text.replace(" ", "")
    if len(text) > _LONGEST_LABEL or not _IBAN.match(compact):
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % _IBAN_MODULUS == 1
