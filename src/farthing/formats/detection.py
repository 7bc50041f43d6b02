"""Detection: which reader a file is for, told by what is in it. Its name doesn't count: banks call it anything."""

from __future__ import annotations

from typing import Literal

from farthing.formats import csv, ofx
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileUnreadable

FORMATS = ("csv", "ofx")
"""The formats that are read here. QFX is OFX, TSV is CSV."""

_ALIASES = {"csv": "csv", "tsv": "csv", "ofx": "ofx", "qfx": "ofx"}


def read(
    data: bytes,
    *,
    format: str | None = None,  # noqa: A002 - the word that people use for it
    max_rows: int = 100_000,
    date_order: Literal["ymd", "dmy", "mdy"] | None = None,
    decimal_sign: Literal[".", ","] | None = None,
) -> DraftFile:
    """Read a statement file.

    Args:
        data: the whole file.
        format: ``csv``, ``tsv``, ``ofx`` or ``qfx``; left out, the file's content tells.
        max_rows: files with more rows are refused.
        date_order: a person's answer to :class:`FileReadingUnsure`, for formats that don't say it themselves.
        decimal_sign: likewise.

    Raises:
        FileFormatUnknown: no such format, or none that reads this.
        FileUnreadable: empty, or it breaks its format's rules.
        FileReadingUnsure: it could mean several things.
        FileTooLong: more than ``max_rows`` rows.
    """
    if not data or data.isspace():
        raise FileUnreadable.on_line(None, problem="it is empty")
    chosen = _ALIASES.get(format.strip().lower()) if format is not None else _recognised(data)
    if chosen == "ofx":
        return ofx.read(data, max_rows=max_rows)
    if chosen == "csv":
        return csv.read(data, max_rows=max_rows, date_order=date_order, decimal_sign=decimal_sign)
    raise FileFormatUnknown(formats=", ".join(FORMATS))


def _recognised(data: bytes) -> str | None:
    if ofx.recognises(data):
        return "ofx"
    return "csv" if csv.recognises(data) else None
