"""Drafting: what the book holds, in the shapes that formats are written from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from farthing.features.journal.models import TransactionKind
from farthing.features.transactions.showing import Shown
from farthing.formats.drafts import DraftCost, DraftPosting, DraftSum, DraftTransaction, MetadataFact


def draft(shown: Shown) -> DraftTransaction:
    """A transaction, the postings that an exchange made included."""
    as_written = shown["payee_as_written"]
    return DraftTransaction(
        line=0,
        date=shown["date"],
        postings=tuple(_posting(posting) for posting in shown["postings"]),
        payee=shown["payee"],
        description=shown["description"],
        notes=shown["notes"],
        tags=tuple(tag["name"] for tag in shown["tags"]),
        metadata={name: _fact(value) for name, value in shown["metadata"].items()},
        value_date=shown["value_date"],
        due_date=shown["due_date"],
        external_id=str(shown["id"]),
        is_opening=shown["kind"] == TransactionKind.OPENING,
        original={"payee_as_written": as_written} if as_written and as_written != shown["payee"] else {},
    )


def _posting(posting: dict[str, Any]) -> DraftPosting:
    return DraftPosting(
        account=posting["account"],
        amount=posting["amount"],
        currency=posting["currency"],
        memo=posting["memo"],
        status=posting["status"],
        price=_price(posting["price"]),
        cost=_cost(posting["cost"]),
        generated=posting["generated"],
    )


def _price(noted: dict[str, Any] | None) -> DraftSum | None:
    return DraftSum(Decimal(noted["amount"]), noted["currency"]) if noted else None


def _cost(noted: dict[str, Any] | None) -> DraftCost | None:
    if noted is None:
        return None
    day = dt.date.fromisoformat(noted["date"]) if noted["date"] else None
    return DraftCost(Decimal(noted["amount"]), noted["currency"], day, noted["label"])


def _fact(value: Any) -> MetadataFact:
    """A value of a transaction's metadata, as ``kit.metadata`` keeps it."""
    match value:
        case {"number": text}:
            return Decimal(text)
        case {"date": text}:
            return dt.date.fromisoformat(text)
    fact: MetadataFact = value
    return fact
