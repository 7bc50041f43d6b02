"""Amounts in journals: a commodity on either side, digits grouped in any way, and what a figure like ``1,234`` means.

What the decimal mark is, a figure's own shape mostly shows. Where it doesn't, a directive says it, or the other figures
of the commodity, or those of the file.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.formats import numbers
from farthing.formats.exact import calculate, kept
from farthing.formats.numbers import LONGEST, Figure, NumberError
from farthing.ledger.money import MAX_DECIMALS

_SYMBOL = r'"[^"\n]*+"|[^\s0-9.,;+\-@*"{}=()\[\]]++'
_GROUP_SPACES = " '\u00a0\u2002\u2003\u2008\u2009\u202f\u205f\u2019_"
_BODY = rf"[0-9]{{1,3}}(?:[{_GROUP_SPACES}][0-9]{{3}})++(?![0-9])(?:[.,][0-9]*+)?|[0-9][0-9.,]*+|[.,][0-9]++"
_AMOUNT = re.compile(
    rf"\s*+(?P<sign>[-+])?\s*+(?P<left>{_SYMBOL})?\s*+(?P<inner>[-+])?\s*+(?P<body>{_BODY})"
    rf"(?:[eE](?P<exponent>[-+]?[0-9]{{1,2}})(?![0-9]))?[^\S\n]*+(?P<right>{_SYMBOL})?\s*+"
)
_PLAIN = re.compile(r"[0-9]{1,12}(?:\.(?:[0-9]{1,2}|[0-9]{4,10}))?\Z")
_TERM = re.compile(r"\s*+(?P<sign>[-+*/()])")
_SPACES = dict.fromkeys(map(ord, _GROUP_SPACES))


@dataclass(slots=True)
class Written:
    """An amount as it is written. ``terms`` are those of a sum, whose body is empty."""

    body: str
    is_negative: bool
    commodity: str | None
    exponent: int = 0
    terms: tuple[Written | str, ...] = ()


def written(text: str, start: int) -> tuple[Written, int] | None:
    """The amount that begins there, and where it ends; None where none does."""
    if text[start : start + 1] == "(" or text[start : start + 2] == "-(":
        return _sum(text, start)
    found = _AMOUNT.match(text, start)
    if found is None:
        return None
    left, right = found["left"], found["right"]
    commodity = left or right
    end = found.start("right") if left and right else found.end()
    if commodity is not None:
        commodity = commodity.strip('"')
    is_negative = (found["sign"] == "-") != (found["inner"] == "-")
    return Written(found["body"], is_negative, commodity or None, int(found["exponent"] or 0)), end


def _sum(text: str, start: int) -> tuple[Written, int] | None:
    """A sum in parentheses, such as ``($10 * 3)``."""
    terms: list[Written | str] = []
    depth, place, wants_value = 0, start, True
    while place < len(text):
        if (sign := _TERM.match(text, place)) and not (wants_value and sign["sign"] in "+-" and terms[-1:] != ["("]):
            terms.append(sign["sign"])
            depth += (sign["sign"] == "(") - (sign["sign"] == ")")
            wants_value = sign["sign"] != ")"
            place = sign.end()
            if not depth:
                commodities = {term.commodity for term in terms if isinstance(term, Written) and term.commodity}
                if len(commodities) > 1:
                    return None
                return Written("", False, next(iter(commodities), None), terms=tuple(terms)), place
            continue
        found = _AMOUNT.match(text, place)
        if found is None or not wants_value:
            return None
        part = written(text, place)
        if part is None:
            return None
        terms.append(part[0])
        place = part[1]
        wants_value = False
    return None


@dataclass(slots=True)
class Notation:
    """How a file writes its figures: what directives say, and how its figures vote.

    ``marks`` are the decimal marks of commodities that a directive names; ``mark`` is the file's, where one says it.
    """

    marks: dict[str | None, str] = field(default_factory=dict)
    mark: str | None = None
    votes: dict[str | None, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    told: str | None = None
    _known: dict[str | None, str | None] = field(default_factory=dict)

    def note(self, amount: Written) -> None:
        """Let an amount vote on its commodity's decimal mark."""
        for term in amount.terms:
            if isinstance(term, Written):
                self.note(term)
        if amount.body and not _PLAIN.match(amount.body):
            mark = _own_mark(amount.body)
            if mark:
                self.votes[amount.commodity][mark] += 1
        elif "." in amount.body:
            self.votes[amount.commodity]["."] += 1

    def declare(self, amount: Written) -> None:
        """Heed a directive's sample of how a commodity is written."""
        mark = amount.body[-1:] if amount.body.endswith((".", ",")) else _own_mark(amount.body)
        if mark == "?":  # hledger takes the only mark of such a sample for the decimal one
            mark = "." if "." in amount.body else ","
        if mark:
            self.marks[amount.commodity] = mark

    def _mark(self, commodity: str | None) -> str | None:
        """The commodity's decimal mark, where anything but its own figures of doubtful shape shows it."""
        if commodity not in self._known:
            mark = self.marks.get(commodity) or self.mark or self.told
            for votes in (self.votes.get(commodity, Counter()), sum(self.votes.values(), Counter())):
                if mark is None and bool(votes["."]) != bool(votes[","]):
                    mark = "." if votes["."] else ","
            self._known[commodity] = mark
        return self._known[commodity]

    def doubts(self) -> list[str | None]:
        """The commodities with figures that could be thousands or decimals."""
        return [name for name, votes in self.votes.items() if votes["?"] and self._mark(name) is None]

    def value(self, amount: Written, *, is_price: bool = False) -> Decimal:
        """The amount as a number. Call it when all figures have voted.

        Args:
            amount: as it is written.
            is_price: what a unit costs; other programs divide, and write more decimals than are kept here.

        Raises:
            NumberError: marks in places where they can't be, or more digits than an amount may have.
        """
        if amount.terms:
            return calculate([self.value(term) if isinstance(term, Written) else term for term in amount.terms])[0]
        body = amount.body
        if _PLAIN.match(body) and not amount.exponent:
            value = Decimal(body)
            return -value if amount.is_negative and value else value
        if len(body) > LONGEST:
            raise NumberError("has more digits than an amount may have")
        body = body.translate(_SPACES).rstrip(".,") if body[-1] in ".," else body.translate(_SPACES)
        mark = _own_mark(amount.body)
        if mark not in (".", ","):
            mark = self._mark(amount.commodity) or "."
        whole, _, fraction = body.partition(mark)
        if is_price and len(fraction) > MAX_DECIMALS:
            rounded = kept(Decimal(f"{whole or '0'}.{fraction}")) if f"{whole}{fraction}".isdigit() else None
            if rounded is not None:
                return -rounded if amount.is_negative else rounded
        figure = Figure(f"{whole or '0'}{mark if fraction else ''}{fraction}", amount.is_negative)
        value = numbers.amount(figure, mark)
        return kept(value.scaleb(amount.exponent)) if amount.exponent else value


def _own_mark(body: str) -> str:
    """The decimal mark that a figure shows by itself; ``?`` where it could be either, nothing where it has none."""
    votes = numbers.decimal_votes([Figure(body.translate(_SPACES).rstrip(".,"))])
    return next(iter(votes), "")


DOLLARS = ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN")
"""What a bare dollar may mean, the likeliest first."""


@dataclass(slots=True)
class Commodities:
    """What commodities are called here: signs that mean one currency by its code, all else as it is written.

    ``answers`` may say what a bare dollar is (``dollar``), and amounts of nothing (``currency``).
    """

    answers: Mapping[str, str]
    default: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    has_dollar: bool = False
    has_bare: bool = False

    def code(self, commodity: str | None, *, is_zero: bool = False) -> str:
        """The code of a commodity; ``XXX``, as in ISO 4217, where there is none."""
        commodity = commodity or self.default
        if commodity is None:
            self.has_bare |= not is_zero
            return self.answers.get("currency") or "XXX"
        if commodity in self.renamed:
            return self.renamed[commodity]
        if commodity == "$":
            self.has_dollar = True
            return self.answers.get("dollar") or DOLLARS[0]
        return numbers.CURRENCIES_BY_SIGN.get(commodity, commodity)
