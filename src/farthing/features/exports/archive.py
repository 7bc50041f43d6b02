"""The archive of a book: a ZIP file of lines of JSON, so that it can be read without this program, too.

::

    manifest.json              what it is: version, the book's settings, revision, digest, counts, a hash for each file
    records/<kind>.jsonl       all records, a line each, as the history shows records
    changes.jsonl              the change log, in order, with what the hash chain is made of
    history.jsonl              what records were before each change
    contents.jsonl             what attached files are: hash, size, when they were stored
    contents/<sha256>          the attached files themselves
    authors.jsonl              the names of who wrote in the book
    members.jsonl              who shared it, by e-mail address, and as what: told, and never restored
    README.txt                 this, for whoever finds the file

Version 1. A later program reads all earlier versions; an earlier one refuses a later archive.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from farthing.core.bounds import ARCHIVE_ENTRIES, ARCHIVE_LINE_BYTES, ARCHIVE_UNPACKED_BYTES
from farthing.features.exports.errors import ArchiveAltered, ArchiveNewer, ArchiveTooLarge, ArchiveUnreadable

FORMAT = "farthing-book"
VERSION = 1
MANIFEST = "manifest.json"
CHANGES, HISTORY, CONTENTS, AUTHORS = "changes.jsonl", "history.jsonl", "contents.jsonl", "authors.jsonl"
MEMBERS, README = "members.jsonl", "README.txt"
MEDIA_TYPE = "application/zip"
MANIFEST_BYTES = 20_000_000
PIECE = 1 << 16
_NAMES = re.compile(
    r"(manifest\.json|README\.txt|(changes|history|contents|authors|members)\.jsonl|records/[a-z_]{1,40}\.jsonl|contents/[0-9a-f]{64})\Z"
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What reading a file that isn't a sound ZIP file raises."""


def records_of(kind: str) -> str:
    """The name of the file with a kind's records."""
    return f"records/{kind}.jsonl"


def content_of(sha256: str) -> str:
    """The name of an attached file."""
    return f"contents/{sha256}"


class ArchiveWriter:
    """Writes an archive, one file after the other.

    Args:
        file: where it goes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.files: dict[str, str] = {}
        """The SHA-256 of each file, hexadecimal."""

    @contextmanager
    def entry(self, name: str, *, packed: bool = True) -> Iterator[EntryWriter]:
        """Write one file."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(info, "w", force_zip64=True) as entry:
            writer = EntryWriter(entry)
            yield writer
        self.files[name] = writer.digest.hexdigest()

    def end(self, manifest: dict[str, Any]) -> None:
        """Say what it all is. There is no more."""
        written = manifest | {"files": self.files}
        self._zip.writestr(MANIFEST, json.dumps(written, indent=1, ensure_ascii=False))
        self._zip.close()


class EntryWriter:
    """Writes one file of an archive."""

    def __init__(self, entry: IO[bytes]) -> None:
        self._entry = entry
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Write what comes next."""
        self.digest.update(data)
        self._entry.write(data)

    def lines(self, values: list[Any]) -> None:
        """Write a line of JSON for each value."""
        self.write(b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in values))


class ArchiveReader:
    """Reads an archive that anyone may have made: everything in it is bounded and checked.

    Args:
        file: the ZIP file.

    Raises:
        ArchiveUnreadable: it isn't one, or not of a book.
        ArchiveNewer: a later program made it.
        ArchiveTooLarge: it says that it unpacks to more than is taken.
    """

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
        except _BROKEN:
            raise ArchiveUnreadable(problem="it is no ZIP file, or a damaged one") from None
        if len(infos) > ARCHIVE_ENTRIES or sum(info.file_size for info in infos) > ARCHIVE_UNPACKED_BYTES:
            raise ArchiveTooLarge(what="it has too many files, or too large ones")
        names = [info.filename for info in infos]
        if len(set(names)) < len(names) or not all(map(_NAMES.match, names)) or MANIFEST not in names:
            raise ArchiveUnreadable(problem="it isn't made of the files that the archive of a book has")
        self._unpacked = 0
        self._infos = {info.filename: info for info in infos}
        self.manifest = self._manifest()
        files = self.manifest.get("files")
        if not isinstance(files, dict) or set(files) != set(names) - {MANIFEST}:
            raise ArchiveAltered(what="its manifest names other files than there are")
        self._files: dict[str, Any] = files

    @property
    def kinds(self) -> list[str]:
        """The kinds of records that there are files for."""
        return [name[8:-6] for name in self._infos if name.startswith("records/")]

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._infos

    def size(self, name: str) -> int:
        """How large a file says it is."""
        return self._infos[name].file_size

    def again(self) -> None:
        """Read anew what was read: as much is unpacked once more."""
        self._unpacked = 0

    def lines(self, name: str) -> Iterator[tuple[int, Any]]:
        """The values in a file of lines, with the number of each line. A file that isn't there has none.

        Raises:
            ArchiveUnreadable: one isn't JSON.
            ArchiveTooLarge: one is too long.
            ArchiveAltered: the file isn't what the manifest says it was; told at its end.
        """
        if name not in self._infos:
            return
        rest, number = b"", 0
        for piece in self.pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > ARCHIVE_LINE_BYTES:
                raise ArchiveTooLarge(what=f"{name} has a line of more than {ARCHIVE_LINE_BYTES // 1_000_000} MB")
            for line in whole:
                number += 1
                yield number, parsed(line, name, number)
        if rest:
            yield number + 1, parsed(rest, name, number + 1)

    def pieces(self, name: str) -> Iterator[bytes]:
        """A file, a piece at a time; that it is what the manifest says is told at its end.

        Raises:
            ArchiveUnreadable, ArchiveTooLarge, ArchiveAltered: as :meth:`lines` says.
        """
        digest = hashlib.sha256()
        try:
            with self._zip.open(self._infos[name]) as entry:
                while piece := entry.read(PIECE):
                    self._unpacked += len(piece)
                    if self._unpacked > ARCHIVE_UNPACKED_BYTES:
                        raise ArchiveTooLarge(what=f"more than {ARCHIVE_UNPACKED_BYTES // 10**9} GB")
                    digest.update(piece)
                    yield piece
        except _BROKEN:
            raise ArchiveUnreadable(problem=f"{name} is damaged") from None
        if name != MANIFEST and digest.hexdigest() != self._files.get(name):
            raise ArchiveAltered(what=f"{name} has another hash")

    def _manifest(self) -> dict[str, Any]:
        if self.size(MANIFEST) > MANIFEST_BYTES:
            raise ArchiveTooLarge(what="its manifest is too long")
        manifest = parsed(b"".join(self.pieces(MANIFEST)), MANIFEST, 1)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise ArchiveUnreadable(problem="its manifest doesn't say that it is the archive of a book")
        version = manifest.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ArchiveUnreadable(problem="its manifest doesn't say of which version it is")
        if version > VERSION:
            raise ArchiveNewer(version=min(version, 10**9), known=VERSION)
        return manifest


def unfit(name: str, line: int, problem: str) -> ArchiveUnreadable:
    """That a line of a file isn't what it should be."""
    return ArchiveUnreadable.on_line(line, problem=f"{name}, line {line}: {problem}")


def parsed(line: bytes, name: str, number: int) -> Any:
    """A value that was written as JSON.

    Raises:
        ArchiveUnreadable: it wasn't.
    """
    try:
        return json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise unfit(name, number, "it isn't JSON as an archive has it") from None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _refuse(_constant: str) -> None:
    raise ValueError
