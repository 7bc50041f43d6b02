"""Which lines of transactions are looked at, and what they are told apart by, as their repository is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select

Shape = tuple[tuple["Grouping", bool], ...]
"""What conditions are about, and whether each names a value: all that a statement needs to know of them."""


class Grouping(StrEnum):
    """What tells lines apart, as SQL sees it."""

    OWN_ACCOUNT = "own_account"
    """The account of the line."""
    OTHER_ACCOUNT = "other_account"
    """The accounts of other lines of its transaction: those that ``others`` of the scope maps."""
    PAYEE = "payee"
    TAG = "tag"
    PERIOD = "period"
    """Which of the periods that are given, from 1."""
    WEEKDAY = "weekday"
    """1 for Monday to 7 for Sunday (ISO 8601)."""
    CURRENCY = "currency"
    STATUS = "status"
    """The status of the line."""
    TRANSACTION_STATUS = "transaction_status"
    """The least of its transaction's lines on accounts: what people say of a transaction, its categories have no part
    in."""

    @property
    def is_manifold(self) -> bool:
        """Whether a line may be in several groups."""
        return self in {Grouping.OTHER_ACCOUNT, Grouping.TAG}


@dataclass(frozen=True, slots=True)
class Where:
    """What must hold of a line: what it is grouped by, and for which value; None: it has none."""

    grouping: Grouping
    value: Any


@dataclass(frozen=True, slots=True)
class Scope:
    """Which lines are looked at.

    Args:
        first: on this day or later.
        last: on this day or earlier.
        account_ids: on these accounts.
        ids: of these transactions; None: of any.
        values: what ``ids`` is given.
        others: for other lines of a transaction, pairs of an account and what it counts for; several for one account
            count it for each.
        where: what holds of the lines, besides.
        known_at: as the book stood at this revision; None: as it is.
    """

    first: dt.date
    last: dt.date
    account_ids: Sequence[UUID]
    ids: Select[Any] | None = None
    values: Mapping[str, Any] | None = None
    others: Sequence[tuple[UUID, UUID]] = ()
    where: Sequence[Where] = ()
    known_at: int | None = None

    @property
    def shape(self) -> Shape:
        """The conditions without their values: what they are about, and whether there is a value."""
        return tuple((each.grouping, each.value is not None) for each in self.where)


@dataclass(frozen=True, slots=True)
class Foreign:
    """That lines in other currencies are told apart further, so that each can be valued by itself.

    Args:
        currency: in others than this.
        at_cost: by what was paid for a unit, and not by their day alone.
    """

    currency: str
    at_cost: bool
