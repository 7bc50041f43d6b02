"""CSV and TSV: the files that banks let people download, read as a person would read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from farthing.formats.drafts import DraftFile, FileFormatUnknown
from farthing.formats.sheets.delimited import table
from farthing.formats.sheets.inquiry import Inquiry
from farthing.formats.sheets.interpretation import interpret
from farthing.formats.sheets.sections import Section
from farthing.formats.text import decode

FORMATS = "csv, ofx"

_HEAD = 65_536
_NOT_CSV = (b"<", b"{", b"!", b":20:", b":940:", b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"GIF8", b"\x89PNG")


def recognises(data: bytes) -> bool:
    """Whether this may be delimited text: the beginning isn't another format's, and a delimiter is in it."""
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    if not head or head.startswith(_NOT_CSV):
        return False
    return any(delimiter in head for delimiter in (b";", b",", b"\t", b"|"))


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a CSV or TSV file; see :func:`~farthing.formats.sheets.interpretation.interpret` for answers and faults.

    Raises:
        FileFormatUnknown: nothing parts its lines into cells.
    """
    decoded = decode(data)
    parted = table(decoded.text, max_rows=max_rows)
    if parted is None:
        raise FileFormatUnknown(formats=FORMATS)
    return interpret(
        [Section(parted)],
        format="csv",
        max_rows=max_rows,
        inquiry=Inquiry(answers),
        understood={"encoding": decoded.encoding},
    )
