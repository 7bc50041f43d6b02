"""Reading: which of Actual's files it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from farthing.formats import sqlite, zipped
from farthing.formats.actual import database, register
from farthing.formats.drafts import DraftFile, FileUnreadable

_DATABASE = "db.sqlite"
_BESIDE = "metadata.json"


def recognises(data: bytes) -> bool:
    """Whether it's Actual's archive, its database alone, or its CSV."""
    if zipped.is_zip(data):
        if _DATABASE.encode() not in data:
            return False
        try:
            names = {name.rpartition("/")[2] for name in zipped.names(data)}
        except FileUnreadable:
            return False
        return {_DATABASE, _BESIDE} <= names
    if data.startswith(sqlite.MAGIC):
        return database.recognises(data)
    return register.recognises(data)


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a file of Actual: a book of its archive, a statement for each account of its CSV.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``currency``, for a budget that doesn't say it.

    Raises:
        FileUnreadable: it is damaged, or lacks an account, a date or an amount somewhere.
        FileTooLong: more than ``max_rows`` transactions.
    """
    if zipped.is_zip(data):
        found = next(zipped.members(data, lambda name: name.rpartition("/")[2] == _DATABASE), None)
        if found is None:
            raise FileUnreadable.on_line(None, problem=f"it is an archive without {_DATABASE}")
        return database.read(found.data, max_rows=max_rows, answers=answers)
    if data.startswith(sqlite.MAGIC):
        return database.read(data, max_rows=max_rows, answers=answers)
    return register.read(data, max_rows=max_rows)
