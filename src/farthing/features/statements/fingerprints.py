"""Fingerprints: how a line of a statement is recognised when it comes again.

A line with the bank's own id is that id with its amount (banks have been seen to give one id to several movements). A
line without is its day, amount and words, and which of its like it is on that day: two equal coffees are two coffees,
and the export of a longer period finds the first one again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from farthing.core.changelog import canonical
from farthing.formats.drafts import DraftRow
from farthing.ledger.accounts import name_key


def fingerprints(
    account_id: UUID, currency: str, rows: Sequence[DraftRow], before: Counter[bytes] | None = None
) -> list[bytes]:
    """The fingerprint of each row, SHA-256, in order. All rows of a statement are needed to count the equal ones.

    Args:
        account_id: whose statement.
        currency: of rows that name none.
        rows: in bank order.
        before: rows without an id that the same file had of the account before, counted; these are added to it. A row
            with an id that comes in two statements of a file is one.
    """
    seen: Counter[bytes] = Counter()
    without_id = seen if before is None else before
    found = []
    for row in rows:
        facts = canonical([str(account_id), *_facts(row, row.currency or currency)])
        counted = seen if row.external_id else without_id
        counted[facts] += 1
        found.append(hashlib.sha256(facts + counted[facts].to_bytes(4, "big")).digest())
    return found


def another(fingerprint: bytes, row_id: UUID) -> bytes:
    """The fingerprint of a row that is known by its like, and that someone says is another movement all the same."""
    return hashlib.sha256(b"another" + fingerprint + row_id.bytes).digest()


def _facts(row: DraftRow, currency: str) -> list[str]:
    amount = f"{row.amount.normalize():f}"
    if row.external_id:
        return ["id", row.external_id, amount, currency]
    words = " ".join(name_key(f"{row.payee or ''} {row.description or ''}").split())
    return ["row", row.date.isoformat(), amount, currency, words]
