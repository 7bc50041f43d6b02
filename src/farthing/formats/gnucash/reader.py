"""Reading: which of GnuCash's two kinds of files it is, taken apart and drafted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from farthing.formats.drafts import DraftFile
from farthing.formats.gnucash import sql, xml
from farthing.formats.gnucash.drafting import drafted
from farthing.formats.sqlite import MAGIC
from farthing.formats.zipped import gunzipped, gunzipped_head, is_gzip

_HEAD = 4_096


def recognises(data: bytes) -> bool:
    """Whether it's a database with GnuCash's tables, or XML whose root is ``gnc-v2``."""
    if data.startswith(MAGIC):
        return sql.recognises(data)
    return xml.recognises(gunzipped_head(data, _HEAD) if is_gzip(data) else data[:_HEAD])


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG001 - nothing is left open
) -> DraftFile:
    """Read a book of GnuCash.

    A split's quantity is what is booked, in its account's commodity; its value is noted as the price. Splits that move
    nothing are left out, and so are those of trading accounts, which GnuCash makes up so that exchanges balance.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: not asked for; the format leaves nothing open.

    Raises:
        FileUnreadable: the file is damaged, or an amount or date in it is none.
        FileTooLong: more than ``max_rows`` transactions.
    """
    if data.startswith(MAGIC):
        return drafted(sql.kept(data, max_rows=max_rows), "SQLite")
    if is_gzip(data):
        data = gunzipped(data)
    return drafted(xml.kept(data, max_rows=max_rows), "XML")
