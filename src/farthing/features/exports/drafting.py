"""Drafting: what the book holds, in the shapes that formats are written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.features.journal.models import TransactionKind
from farthing.features.transactions.showing import Shown
from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftCost,
    DraftPosting,
    DraftPrice,
    DraftSum,
    DraftTransaction,
    MetadataFact,
)
from farthing.ledger.money import EXACT


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


def draft_account(account: Mapping[str, Any]) -> DraftAccount:
    """An account or category, of a row of the chart."""
    return DraftAccount(
        account["full_name"],
        account["kind"],
        account["type"],
        account["currency"],
        account["number"],
        account["description"],
        account["opened_on"],
        account["closed_on"],
    )


def draft_price(image: Mapping[str, Any]) -> DraftPrice:
    """A price, of its image."""
    day = dt.date.fromisoformat(image["date"])
    return DraftPrice(0, day, image["commodity"], Decimal(image["amount"]), image["currency"])


def draft_assertion(image: Mapping[str, Any], names: Mapping[UUID, str]) -> DraftAssertion:
    """A checkpoint, of its image; ``names`` are those of accounts.

    What was outstanding at the bank counts here: it stands in the book by then.
    """
    stated = EXACT.add(Decimal(image["amount"]), Decimal(image["outstanding"]))
    account = names[UUID(image["account_id"])]
    return DraftAssertion(0, account, dt.date.fromisoformat(image["date"]), stated, image["currency"])


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
