"""Links: where the transactions or the lines stand that a figure is made of.

A report has a thousand of them, and nothing in them needs to be escaped but what was noted once for all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

NONE = "none"
"""What a condition says of lines that have none, of what it is about."""
AND_UNDER = ":all"
"""What stands behind an account in a condition if those under it count too."""
DAYS_KEPT = 4096
"""Ranges of days in words that are kept: each row of a report has the same."""


class TransactionLinks:
    """Links to lists of transactions, filtered by an account and days.

    Args:
        book_id: whose.
        besides: what else they are filtered by.
    """

    def __init__(self, book_id: UUID, besides: Mapping[str, Any]) -> None:
        self._before = f"/api/v1/books/{book_id}/transactions?account="
        self._behind = _besides(besides)

    def of(self, account_id: UUID, first: dt.date, last: dt.date) -> str:
        """Those on an account, or under it, in these days."""
        return f"{self._before}{account_id}{_days(first, last)}{self._behind}"


class LineLinks:
    """Links to lists of lines.

    Args:
        book_id: whose.
        of: which lines count.
        besides: what their transactions are filtered by.
    """

    def __init__(self, book_id: UUID, of: str, besides: Mapping[str, Any]) -> None:
        self._before = f"/api/v1/books/{book_id}/reports/lines?of={of}"
        self._behind = _besides(besides)

    def of(self, where: Sequence[str], first: dt.date, last: dt.date) -> str:
        """Those of which this holds, in these days. Conditions are made of words, ids and codes alone."""
        conditions = "".join([f"&where={each}" for each in where])
        return f"{self._before}{conditions}{_days(first, last)}{self._behind}"


def _besides(filters: Mapping[str, Any]) -> str:
    given = {name: value for name, value in filters.items() if value is not None}
    return f"&{urlencode(given, doseq=True)}" if given else ""


@lru_cache(maxsize=DAYS_KEPT)
def _days(first: dt.date, last: dt.date) -> str:
    return f"&date_from={first.isoformat()}&date_to={last.isoformat()}"
