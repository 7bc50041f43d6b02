"""What a proof finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

MAX_SHOWN = 100
"""So many findings of each kind are told one by one; all are counted."""


class Kind(StrEnum):
    """What can be wrong."""

    TRANSACTION_UNBALANCED = "transaction_unbalanced"
    TRANSACTION_EMPTY = "transaction_empty"
    POSTING_ORPHANED = "posting_orphaned"
    POSTING_MISPLACED = "posting_misplaced"
    POSTING_CURRENCY = "posting_currency"
    MONTH_SUM = "month_sum"
    CHECKPOINT = "checkpoint"
    CHECKED_UNTIL = "checked_until"
    VALUATION = "valuation"
    REVISION_MISSING = "revision_missing"
    REVISION_BEYOND = "revision_beyond"
    HEAD_HASH = "head_hash"
    CHAIN_BROKEN = "chain_broken"
    PAYLOAD_ALTERED = "payload_altered"
    HISTORY_ORPHANED = "history_orphaned"
    RECORD_REVISION = "record_revision"
    ACCOUNT_NAME = "account_name"
    ACCOUNT_PARENT = "account_parent"
    PAYEE_NAME = "payee_name"
    PAYEE_CATEGORY = "payee_category"
    SYSTEM_ACCOUNT_MISSING = "system_account_missing"
    ATTACHMENT_CONTENT = "attachment_content"
    CONTENT_LOST = "content_lost"
    CONTENT_ALTERED = "content_altered"
    JOB_LOST = "job_lost"
    OWNER_MISSING = "owner_missing"
    OPERATOR_MISSING = "operator_missing"
    SECURITY_EVENT = "security_event"
    WALL_DOWN = "wall_down"
    TRIGGER_OFF = "trigger_off"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which book (None: the whole database), with which record, and why."""

    kind: Kind
    book_id: UUID | None
    record: str | None
    why: str


@dataclass(slots=True)
class Proof:
    """What was looked at, and what was found."""

    books: int = 0
    transactions: int = 0
    changes: int = 0
    findings: list[Finding] = field(default_factory=list)
    totals: Counter[Kind] = field(default_factory=Counter)
    """How many there are of each kind, also of those that aren't told one by one."""

    @property
    def holds(self) -> bool:
        """Whether everything is as promised."""
        return not self.totals

    def add(self, finding: Finding) -> None:
        """Note a finding."""
        self.totals[finding.kind] += 1
        if self.totals[finding.kind] <= MAX_SHOWN:
            self.findings.append(finding)

    def add_some(self, found: Sequence[Finding], total: int) -> None:
        """Note findings of one kind, of which only the first came along: ``total`` in all."""
        for finding in found:
            self.add(finding)
        if found:
            self.totals[found[0].kind] += total - len(found)
