"""Showing a transaction: the one way it looks in answers, whether it was read or just written.

Plain dictionaries: they are made by the hundred for a list, and Pydantic reads them fastest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from farthing.features.journal.entries import Entry, WrittenPosting, WrittenTransaction
from farthing.features.journal.models import PostingStatus
from farthing.features.payees.service.find import NamedPayee
from farthing.features.transactions.schemas import BulkStatus, RecordingStatus
from farthing.kit.faults import Fault
from farthing.ledger.accounts import AccountKind, name_key

STATUSES_IN_ORDER = tuple(PostingStatus)
CATEGORY_KINDS = frozenset(kind.value for kind in AccountKind if kind.is_category)
FACTS = (
    "id",
    "date",
    "ordinal",
    "kind",
    "reverses_id",
    "payee_as_written",
    "payee_id",
    "description",
    "notes",
    "value_date",
    "due_date",
    "metadata",
    "created_revision",
    "revision",
    "created_at",
    "changed_at",
    "payee",
)
"""What is shown of a transaction itself."""
_WRITTEN_AS = {"metadata": "extra", "payee_as_written": "payee"}
"""What facts are called in the journal, where that differs."""
POSTING_FACTS = (
    "id",
    "account_id",
    "account",
    "amount",
    "currency",
    "status",
    "memo",
    "generated",
    "price",
    "cost",
    "account_kind",
)
"""What is shown of a posting; the kind of its account is for the status only."""
Shown = dict[str, Any]
"""A transaction as ``TransactionRead`` takes it, with its ordinal."""
Described = Mapping[str, str | list[str] | None]
"""Fields of a transaction in words; tags by name."""


def show(facts: Sequence[Any], postings: Sequence[Sequence[Any]], tags: Sequence[tuple[Any, str]] = ()) -> Shown:
    """A transaction with its postings. Its status is the least of its postings on accounts.

    Args:
        facts: in the order of ``FACTS``.
        postings: each in the order of ``POSTING_FACTS``.
        tags: the id and the name of each.
    """
    shown = dict(zip(FACTS, facts, strict=True))
    lines = [dict(zip(POSTING_FACTS, posting, strict=True)) for posting in postings]
    shown["status"] = _least(lines)
    shown["postings"] = lines
    shown["tags"] = [{"id": tag_id, "name": name} for tag_id, name in sorted(tags, key=_as_compared)] if tags else ()
    return shown


def _least(lines: Sequence[Mapping[str, Any]]) -> str:
    statuses: set[str] = {line["status"] for line in lines if line["account_kind"] not in CATEGORY_KINDS}
    statuses = statuses or {line["status"] for line in lines}
    return statuses.pop() if len(statuses) == 1 else min(statuses, key=STATUSES_IN_ORDER.index)


def _as_compared(tag: tuple[Any, str]) -> str:
    return name_key(tag[1])


def show_written(
    written: WrittenTransaction,
    accounts: Mapping[UUID, Any],
    payees: Mapping[UUID, NamedPayee],
    tags: Mapping[UUID, str],
) -> Shown:
    """A transaction that was just written, without the postings that an exchange made.

    Args:
        written: the transaction.
        accounts: those of its postings, by id.
        payees: among them its own, by id.
        tags: what its tags are called, by id.
    """
    shown = show(
        (
            *(getattr(written, _WRITTEN_AS.get(name, name)) for name in FACTS[:-1]),
            payees[written.payee_id].name if written.payee_id else written.payee,
        ),
        [_of_written(posting, accounts[posting.account_id]) for posting in written.postings if not posting.generated],
        [(tag_id, tags[tag_id]) for tag_id in written.tags],
    )
    shown["reversed_by_id"] = None  # nothing can have reversed it yet
    return shown


def show_bulk_item(
    transaction_id: UUID,
    status: BulkStatus,
    *,
    before: Described | None = None,
    after: Described | None = None,
    fault: Fault | None = None,
) -> dict[str, Any]:
    """What became of one of many transactions that were picked, as ``BulkItemRead`` takes it."""
    return {
        "id": transaction_id,
        "status": status,
        "before": before,
        "after": after,
        "error": {"code": fault.code, "detail": fault.detail, "errors": fault.blames} if fault else None,
    }


def show_outcome(index: int, chosen_id: UUID | None, outcome: Entry | Fault) -> dict[str, Any]:
    """What became of one of many transactions, as ``RecordingRead`` takes it."""
    if isinstance(outcome, Entry):
        return {"index": index, "id": outcome.id, "status": RecordingStatus.CREATED, "error": None}
    error = {"code": outcome.code, "detail": outcome.detail, "errors": outcome.blames}
    return {"index": index, "id": chosen_id, "status": RecordingStatus.REFUSED, "error": error}


def _of_written(posting: WrittenPosting, account: Any) -> tuple[Any, ...]:
    return (
        posting.id,
        posting.account_id,
        account["full_name"],
        posting.amount,
        posting.currency,
        posting.status,
        posting.memo,
        posting.generated,
        posting.price,
        posting.cost,
        account["kind"],
    )
