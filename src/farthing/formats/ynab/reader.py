"""Reading: which of YNAB's files it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from farthing.formats.bounded_json import looks_like
from farthing.formats.drafts import DraftFile
from farthing.formats.ynab import api, register


def recognises(data: bytes) -> bool:
    """Whether it's a register, or an answer of the API."""
    return api.recognises(data) if looks_like(data) else register.recognises(data)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a file of YNAB; see :func:`farthing.formats.ynab.register.read`, :func:`farthing.formats.ynab.api.read`.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``date_order`` and ``currency``, where it leaves them open.

    Raises:
        FileUnreadable: it breaks the rules of its format.
        FileTooLong: more than ``max_rows`` transactions.
    """
    if looks_like(data):
        return api.read(data, max_rows=max_rows, answers=answers)
    return register.read(data, max_rows=max_rows, answers=answers)
