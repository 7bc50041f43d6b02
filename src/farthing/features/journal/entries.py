"""Entries: transactions on their way into the journal, and as they stand in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.records import to_json
from farthing.features.journal.errors import PostingsTooMany
from farthing.features.journal.models import TRANSACTION, LinkKind, TransactionKind
from farthing.kit import ids
from farthing.ledger.postings import MAX_POSTINGS, Cost, Line, Price

ORDINALS_PER_REVISION = 1 << 20
"""A write can put a million transactions in order; later writes come later in the day."""
LAST_OF_DAY = (1 << 53) - 1
"""The place after all that is ever written for a day: the last whole number that every reader of JSON has exactly."""
Touched = tuple[UUID, dt.date]
"""An account and the day of a posting that was put on it or taken off it."""
NOTED = ("price_amount", "price_currency", "cost_amount", "cost_currency", "cost_date", "cost_label")
"""The columns of a posting that say what is noted of its worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A whole transaction to be written: complete, balanced, generated postings included.

    ``ordinal`` orders it within its day; None puts it after all that was written before. ``tags`` are in the order of
    their ids. ``reverses_id`` is what a reversal takes back.

    Raises:
        PostingsTooMany: it has more postings than a transaction holds, generated ones included.
    """

    id: UUID
    date: dt.date
    lines: tuple[Line, ...]
    kind: TransactionKind = TransactionKind.ORDINARY
    payee: str | None = None
    payee_id: UUID | None = None
    description: str | None = None
    notes: str | None = None
    value_date: dt.date | None = None
    due_date: dt.date | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[UUID, ...] = ()
    ordinal: int | None = None
    reverses_id: UUID | None = None

    @classmethod
    def of(cls, written: WrittenTransaction) -> Entry:
        """What would be written to leave a transaction as it is."""
        facts = {each.name: getattr(written, each.name) for each in fields(cls) if each.name != "lines"}
        return cls(**facts, lines=tuple(posting.line for posting in written.postings))

    def __post_init__(self) -> None:
        if len(self.lines) > MAX_POSTINGS:
            raise PostingsTooMany.at("/postings")

    def written(self, *, revision: int, place: int, at: dt.datetime) -> WrittenTransaction:
        """The transaction as it stands once it is written at ``revision``, in this place of the write."""
        return WrittenTransaction(
            id=self.id,
            date=self.date,
            ordinal=revision * ORDINALS_PER_REVISION + place if self.ordinal is None else self.ordinal,
            kind=self.kind,
            reverses_id=self.reverses_id,
            payee=self.payee,
            payee_id=self.payee_id,
            description=self.description,
            notes=self.notes,
            value_date=self.value_date,
            due_date=self.due_date,
            extra=self.extra,
            created_revision=revision,
            revision=revision,
            created_at=at,
            changed_at=at,
            postings=tuple(_written(line) for line in self.lines),
            tags=self.tags,
        )


@dataclass(frozen=True, slots=True)
class Staged:
    """Whole transactions that wait in a table, as the SQL that selects them. They are complete, and balance.

    Args:
        count: how many there are.
        first_day: the day of the first of them.
        transactions: selects ``id``, ``date``, ``ordinal``, ``kind``, ``payee``, ``payee_id``, ``description``,
            ``notes``, ``value_date``, ``due_date`` and ``metadata`` of each.
        postings: selects ``id``, ``transaction_id``, ``position``, ``account_id``, ``date``, ``ordinal``, ``amount``,
            ``currency``, ``status``, ``memo`` and ``generated`` of each of their postings, and what is noted on it
            (:data:`NOTED`).
        tags: selects ``transaction_id`` and ``tag_id`` for each tag that they bear; None where they bear none.
        values: what the three are asked with, by name.
    """

    count: int
    first_day: dt.date
    transactions: str
    postings: str
    tags: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenPosting:
    """A posting as it stands in the journal."""

    id: UUID
    account_id: UUID
    amount: Decimal
    currency: str
    status: str
    memo: str | None
    generated: bool
    price: Price | None = None
    cost: Cost | None = None

    @property
    def noted(self) -> dict[str, Any]:
        """What is noted of its worth, by column."""
        price, cost = self.price, self.cost
        return dict.fromkeys(NOTED) | {
            **({"price_amount": price.amount, "price_currency": price.currency} if price else {}),
            **(
                {f"cost_{name}": getattr(cost, name) for name in ("amount", "currency", "date", "label")}
                if cost
                else {}
            ),
        }

    @property
    def line(self) -> Line:
        """What would be written to leave it as it is."""
        return Line(
            account_id=self.account_id,
            amount=self.amount,
            currency=self.currency,
            id=self.id,
            status=self.status,
            memo=self.memo,
            generated=self.generated,
            price=self.price,
            cost=self.cost,
        )


@dataclass(frozen=True, slots=True)
class WrittenTransaction:
    """A transaction as it stands in the journal."""

    id: UUID
    date: dt.date
    ordinal: int
    kind: TransactionKind
    reverses_id: UUID | None
    payee: str | None
    payee_id: UUID | None
    description: str | None
    notes: str | None
    value_date: dt.date | None
    due_date: dt.date | None
    extra: Mapping[str, Any]
    created_revision: int
    revision: int
    created_at: dt.datetime
    changed_at: dt.datetime
    postings: tuple[WrittenPosting, ...]
    tags: tuple[UUID, ...]

    def image(self) -> dict[str, Any]:
        """All of it as JSON, for the history."""
        return {
            "id": str(self.id),
            "date": self.date.isoformat(),
            "ordinal": self.ordinal,
            "kind": self.kind,
            "reverses_id": str(self.reverses_id) if self.reverses_id else None,
            "payee": self.payee,
            "payee_id": str(self.payee_id) if self.payee_id else None,
            "description": self.description,
            "notes": self.notes,
            "value_date": self.value_date.isoformat() if self.value_date else None,
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "metadata": dict(self.extra),
            "created_revision": self.created_revision,
            "revision": self.revision,
            "created_at": self.created_at.isoformat(),
            "changed_at": self.changed_at.isoformat(),
            "postings": [
                {
                    "id": str(posting.id),
                    "account_id": str(posting.account_id),
                    "amount": f"{posting.amount:f}",
                    "currency": posting.currency,
                    "status": posting.status,
                    "memo": posting.memo,
                    "generated": posting.generated,
                    **{name: to_json(value) for name, value in posting.noted.items()},
                }
                for posting in self.postings
            ],
            "tags": [{"tag_id": str(tag_id)} for tag_id in self.tags],
        }

    @property
    def touches(self) -> set[Touched]:
        """The accounts it stands on, and its day."""
        return {(posting.account_id, self.date) for posting in self.postings}

    def moved(self, account_id: UUID, difference: Decimal) -> tuple[WrittenPosting, ...]:
        """Its postings, one on this account and one on another, with so much more moved on to the account."""
        return tuple(
            replace(posting, amount=posting.amount + (difference if posting.account_id == account_id else -difference))
            for posting in self.postings
        )

    @classmethod
    def of_image(cls, image: Mapping[str, Any]) -> WrittenTransaction:
        """The transaction that an image of the history shows: what :meth:`image` wrote down, read again."""
        image = TRANSACTION.completed(image)
        return cls(
            id=UUID(image["id"]),
            date=dt.date.fromisoformat(image["date"]),
            ordinal=image["ordinal"],
            kind=TransactionKind(image["kind"]),
            reverses_id=UUID(image["reverses_id"]) if image["reverses_id"] else None,
            payee=image["payee"],
            payee_id=UUID(image["payee_id"]) if image["payee_id"] else None,
            description=image["description"],
            notes=image["notes"],
            value_date=dt.date.fromisoformat(image["value_date"]) if image["value_date"] else None,
            due_date=dt.date.fromisoformat(image["due_date"]) if image["due_date"] else None,
            extra=image["metadata"],
            created_revision=image["created_revision"],
            revision=image["revision"],
            created_at=dt.datetime.fromisoformat(image["created_at"]),
            changed_at=dt.datetime.fromisoformat(image["changed_at"]),
            postings=tuple(
                WrittenPosting(
                    id=UUID(posting["id"]),
                    account_id=UUID(posting["account_id"]),
                    amount=Decimal(posting["amount"]),
                    currency=posting["currency"],
                    status=posting["status"],
                    memo=posting["memo"],
                    generated=posting["generated"],
                    price=price_noted(posting),
                    cost=cost_noted(posting),
                )
                for posting in image["postings"]
            ),
            tags=tuple(UUID(each["tag_id"]) for each in image["tags"]),
        )


@dataclass(frozen=True, slots=True)
class StruckTransaction:
    """A deleted transaction as it last was, and the revision that deleted it."""

    written: WrittenTransaction
    revision: int


def _written(line: Line) -> WrittenPosting:
    assert line.amount is not None, "a line is completed before it is written"  # noqa: S101 - the ledger's promise
    return WrittenPosting(
        line.id or ids.new_id(),
        line.account_id,
        line.amount,
        line.currency,
        line.status,
        line.memo,
        line.generated,
        line.price,
        line.cost,
    )


def price_noted(values: Mapping[str, Any]) -> Price | None:
    """The price that a posting's columns note, or its image does."""
    amount = values["price_amount"]
    return None if amount is None else Price(Decimal(amount), values["price_currency"])


def cost_noted(values: Mapping[str, Any]) -> Cost | None:
    """The cost that a posting's columns note, or its image does."""
    amount, day = values["cost_amount"], values["cost_date"]
    if amount is None:
        return None
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return Cost(Decimal(amount), values["cost_currency"], day, values["cost_label"])


@dataclass(frozen=True, slots=True)
class Tie:
    """A link that a line of a transaction has: how much of the line it takes, and in which currency."""

    link_id: UUID
    kind: LinkKind
    posting_id: UUID
    amount: Decimal
    currency: str
    is_spending: bool
    """Whether the line is what was spent, or else what came back."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What refers to a transaction: links to its lines, and what reversed it."""

    links: tuple[Tie, ...] = ()
    reversed_by_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TakenIds:
    """Ids that no new record may bear."""

    transactions: set[UUID] = field(default_factory=set)
    postings: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a change of many transactions is about."""

    transactions: int
    postings: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds in one currency."""

    account_id: UUID
    currency: str
    amount: Decimal
