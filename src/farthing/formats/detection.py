"""Detection: which reader a file is for, told by what is in it. Its name doesn't count: banks call it anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from farthing.formats import (
    actual,
    beancount,
    camt,
    ezbookkeeping,
    firefly,
    gnucash,
    journal,
    lunchmoney,
    mint,
    mt940,
    ofx,
    plaid,
    qif,
    ynab,
    zipped,
)
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileUnreadable
from farthing.formats.own import separated
from farthing.formats.sheets import csv, spreadsheet

Answers = Mapping[str, str]
"""What a person says where a file could be read in more than one way: by the names of the questions."""


class Read(Protocol):
    """Reads a file of one format; pure, and bounded in time and memory by the file's size."""

    def __call__(self, data: bytes, *, max_rows: int, answers: Answers) -> DraftFile:
        """See :func:`read`."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is read. ``words`` are what people call it; ``recognises`` looks at the content."""

    words: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    read: Read


READERS = (
    Format(("gnucash",), gnucash.recognises, gnucash.read),
    Format(("ofx", "qfx"), ofx.recognises, ofx.read),
    Format(("camt", "camt.052", "camt.053", "camt.054"), camt.recognises, camt.read),
    Format(("mt940", "mt942", "sta"), mt940.recognises, mt940.read),
    Format(("farthing",), separated.recognises, separated.read),
    Format(("actual",), actual.recognises, actual.read),
    Format(("ezbookkeeping",), ezbookkeeping.recognises, ezbookkeeping.read),
    Format(("lunchmoney",), lunchmoney.recognises, lunchmoney.read),
    Format(("plaid",), plaid.recognises, plaid.read),
    Format(("firefly",), firefly.recognises, firefly.read),
    Format(("mint",), mint.recognises, mint.read),
    Format(("ynab",), ynab.recognises, ynab.read),
    Format(("qif",), qif.recognises, qif.read),
    Format(("beancount",), beancount.recognises, beancount.read),
    Format(("hledger", "ledger", "journal"), journal.recognises, journal.read),
    Format(("xlsx", "ods"), spreadsheet.recognises, spreadsheet.read),
    Format(("csv", "tsv"), csv.recognises, csv.read),
)
"""In the order in which they are asked: the ones that are sure first."""

FORMATS = tuple(reader.words[0] for reader in READERS)
_BY_WORD = {word: reader for reader in READERS for word in reader.words}
_NO_FILES = (".zip", ".gz", ".7z", ".png", ".jpg", ".jpeg", ".pdf")
"""How the names of members of an archive end that aren't looked into."""
_MOST_INSIDE = 20


def read(
    data: bytes,
    *,
    format: str | None = None,  # noqa: A002 - the word that people use for it
    max_rows: int = 100_000,
    answers: Answers | None = None,
) -> DraftFile:
    """Read a statement file, or the book of another program.

    Args:
        data: the whole file.
        format: a word for its format; left out, the file's content tells. A ZIP archive is then looked into, for
            programs that hand out several files at once.
        max_rows: files with more rows are refused.
        answers: a person's answers to the questions that the file left open, by their names.

    Raises:
        FileFormatUnknown: no such format, or none that reads this.
        FileUnreadable: empty, or it breaks its format's rules.
        FileTooLong: more than ``max_rows`` rows.
    """
    if not data or data.isspace():
        raise FileUnreadable.on_line(None, problem="it is empty")
    if format is not None:
        reader = _BY_WORD.get(format.strip().lower())
    else:
        reader = _recognising(data)
        if reader is None and zipped.is_zip(data):
            data, reader = _inside(data)
    if reader is None:
        raise FileFormatUnknown(formats=", ".join(FORMATS))
    return reader.read(data, max_rows=max_rows, answers=answers or {})


def _recognising(data: bytes) -> Format | None:
    return next((each for each in READERS if each.recognises(data)), None)


def _inside(archive: bytes) -> tuple[bytes, Format | None]:
    """The file in an archive that can be read; what is no more than a table counts only if nothing else is there.

    Raises:
        FileUnreadable: the archive is damaged, or holds several such files.
    """
    found: list[tuple[bytes, Format]] = []
    for member in zipped.members(archive, lambda name: not name.lower().endswith(_NO_FILES)):
        if member.data and (reader := _recognising(member.data)) is not None:
            found.append((member.data, reader))
        if len(found) > _MOST_INSIDE:
            break
    sure = [each for each in found if each[1] is not READERS[-1]] or found
    if len(sure) > 1:
        raise FileUnreadable.on_line(None, problem="it is an archive of several files: hand them in one by one")
    return sure[0] if sure else (archive, None)
