"""Lunch Money: the list of transactions that its API answers with, version 1 and 2.

Amounts are above nothing for what is spent, unless the one who asked wanted it the other way round
(``debit_as_negative``); transactions of income show which it was. The parts of a split are transactions of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from farthing.formats.bounded_json import day, flag, members, mentions, number, objects, parsed, text
from farthing.formats.drafts import (
    DraftChoice,
    DraftFile,
    DraftQuestion,
    DraftRow,
    DraftSplit,
    FileTooLong,
    FileUnreadable,
    SkippedLine,
)
from farthing.formats.foreign_names import one_line, path
from farthing.formats.fractions import fitting, to_digits
from farthing.formats.numbers import NumberError
from farthing.formats.registers import Registers
from farthing.ledger.currencies import ISO, NOT_MONEY, is_code
from farthing.ledger.money import EXACT

Json = Mapping[str, Any]

SIGNS = "signs"
_SPENT_POSITIVE, _SPENT_NEGATIVE = "spent_positive", "spent_negative"
_ACCOUNTS = (
    "account_display_name",
    "asset_display_name",
    "plaid_account_display_name",
    "asset_name",
    "plaid_account_name",
    "asset_id",
    "manual_account_id",
    "plaid_account_id",
)
_PARENTS = ("parent_id", "split_parent_id")
_TRANSFER = "transfer"
_USUAL_DIGITS = 2
_LIKELY = Decimal("0.8")


def recognises(data: bytes) -> bool:
    """Whether it is JSON with the members of Lunch Money's transactions, in an answer of the API or on their own."""
    return mentions(data, "to_base", "payee", "plaid_account_id", "amount")


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read transactions of Lunch Money: a statement for each account.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``signs``: ``spent_positive`` or ``spent_negative``, where the file doesn't show it.

    Raises:
        FileUnreadable: it holds no transactions, or one lacks its date or amount.
        FileTooLong: more than ``max_rows`` transactions.
    """
    whole = parsed(data)
    if isinstance(whole, list):
        whole = {"transactions": whole}
    if not isinstance(whole, dict) or not isinstance(whole.get("transactions"), list):
        raise FileUnreadable.on_line(None, problem="it is JSON without Lunch Money's transactions")
    transactions = objects(whole["transactions"])
    if len(transactions) > max_rows:
        raise FileTooLong(limit=str(max_rows))
    return _Reader(transactions, whole, answers).file()


@dataclass(slots=True)
class _Reader:
    """Reads transactions, noting what it leaves out."""

    transactions: list[dict[str, Any]]
    whole: Json
    answers: Mapping[str, str]
    questions: list[DraftQuestion] = field(default_factory=list)
    skipped: list[SkippedLine] = field(default_factory=list)
    categories: dict[str | None, tuple[str | None, str | None]] = field(default_factory=dict)
    """The groups and names of categories, by their ids, where the file has them beside."""

    def file(self) -> DraftFile:
        known = objects(self.whole.get("categories"))
        names = {text(each, "id"): text(each, "name") for each in known}
        self.categories = {text(each, "id"): (names.get(text(each, "group_id")), text(each, "name")) for each in known}
        sign = self._sign()
        registers = Registers()
        for line, group in self._groups():
            row = self._row(line, group, sign)
            if row is None:
                self.skipped.append(SkippedLine(line, "moves no money"))
            else:
                registers.add(next((name for each in _ACCOUNTS if (name := text(group[0], each))), None), row)
        self.skipped.sort(key=lambda each: each.line)
        return DraftFile(
            "lunchmoney",
            registers.statements(),
            tuple(self.skipped),
            understood={SIGNS: _SPENT_POSITIVE if sign < 0 else _SPENT_NEGATIVE},
            questions=tuple(self.questions),
            shape="lunchmoney" if self.questions else None,
        )

    def _sign(self) -> int:
        """What amounts are multiplied by to be those of the account."""
        told = self.answers.get(SIGNS)
        if told is not None:
            if told not in (_SPENT_POSITIVE, _SPENT_NEGATIVE):
                problem = f"the answer to '{SIGNS}' is neither {_SPENT_POSITIVE} nor {_SPENT_NEGATIVE}"
                raise FileUnreadable.on_line(None, problem=problem)
            return -1 if told == _SPENT_POSITIVE else 1
        income = [(text(each, "amount") or "").startswith("-") for each in self.transactions if flag(each, "is_income")]
        below = sum(income)
        if below * 2 != len(income):
            return -1 if below * 2 > len(income) else 1
        if "manual_account_id" not in (self.transactions[0] if self.transactions else {}):
            choices = (
                DraftChoice(_SPENT_POSITIVE, "amounts above nothing were spent, as the API has it by itself"),
                DraftChoice(_SPENT_NEGATIVE, "amounts below nothing were spent, as asked for with debit_as_negative"),
            )
            question = "are amounts above nothing money that was spent, or that came in"
            self.questions.append(DraftQuestion(SIGNS, question, choices, _SPENT_POSITIVE, _LIKELY))
        return -1

    def _groups(self) -> Iterable[tuple[int, list[Json]]]:
        """The transactions, the parts of a split together."""
        parts: dict[str, tuple[int, list[Json]]] = {}
        found: list[tuple[int, list[Json]]] = []
        split = {id_ for each in self.transactions for name in _PARENTS if (id_ := text(each, name))}
        for line, each in enumerate(self.transactions, 1):
            inner = objects(each.get("children"))
            parent = next((id_ for name in _PARENTS if (id_ := text(each, name))), None)
            if flag(each, "is_group") or flag(each, "is_group_parent"):
                self.skipped.append(SkippedLine(line, "is the sum of a group"))
                found.extend((line, [child]) for child in inner)
            elif parent is not None:
                if parent not in parts:
                    parts[parent] = (line, [])
                    found.append(parts[parent])
                parts[parent][1].append(each)
            elif text(each, "id") in split:
                self.skipped.append(SkippedLine(line, "is split into others"))
            else:
                found.append((line, [{**each, **child} for child in inner] if inner else [each]))
        return found

    def _row(self, line: int, group: list[Json], sign: int) -> DraftRow | None:
        first = group[0]
        place = f"transaction {line}"
        currency = (text(first, "currency") or "").upper()
        currency = currency if is_code(currency) and currency not in NOT_MONEY else ""
        digits = ISO[currency].digits if currency in ISO else _USUAL_DIGITS
        shares = [EXACT.multiply(to_digits(number(each, "amount", place), digits), Decimal(sign)) for each in group]
        try:
            total = fitting(to_digits(sum(shares, Decimal(0)), digits))
        except NumberError as error:
            raise FileUnreadable.on_line(line, problem=f"{place} has a sum that {error}") from error
        date = day(first, "date", place)
        splits = tuple(
            DraftSplit(share, self._category(each), memo=one_line(text(each, "notes")))
            for each, share in zip(group, shares, strict=True)
            if share
        )
        if not splits:
            return None
        is_split = len(splits) > 1
        parent = next((id_ for name in _PARENTS if (id_ := text(first, name))), None)
        return DraftRow(
            line,
            date,
            total,
            currency=currency or None,
            payee=one_line(text(first, "payee")),
            description=one_line(text(first, "original_name")),
            external_id=(parent if is_split else None) or text(first, "id"),
            original=members(first),
            status="pending" if flag(first, "is_pending") or text(first, "status") == "pending" else "cleared",
            category=None if is_split else splits[0].category,
            splits=splits if is_split else (),
            tags=_tags(group),
            notes=None if is_split else text(first, "notes"),
        )

    def _category(self, each: Json) -> str | None:
        group, name = self.categories.get(text(each, "category_id"), (None, None))
        group, name = text(each, "category_group_name") or group, text(each, "category_name") or name
        if name is None or (flag(each, "exclude_from_totals") and _TRANSFER in name.casefold()):
            return None
        return path(group, name)


def _tags(group: list[Json]) -> tuple[str, ...]:
    names = (one_line(text(tag, "name")) for each in group for tag in objects(each.get("tags")))
    return tuple(dict.fromkeys(name for name in names if name))
