"""Zipped: files inside ZIP archives and gzip, unpacked with a count kept of every byte.

What an archive says of itself is not believed: how much it holds is known only while it is unpacked, and unpacking ends
where a bound is reached. Nothing is written anywhere, and names of members are only names.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from farthing.formats.drafts import FileUnreadable

MOST_MEMBERS = 2_000
LARGEST = 256 * 1024 * 1024
"""Bytes that all members of a file may have together, unpacked."""
FREE = 8 * 1024 * 1024
DENSEST = 250
"""More than :data:`FREE` bytes may come of a file only if that is at most so many times its own size."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b\x08"
_DIRECTORY_ENTRY = b"PK\x01\x02"
_PIECE = 1024 * 1024
_HEAD = 65_536
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What Python's reader of archives raises over one that is damaged, encrypted, or packed in a way it doesn't know."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive."""

    name: str
    data: bytes


def is_zip(data: bytes) -> bool:
    """Whether the file begins as a ZIP archive does."""
    return data.startswith(_ZIP)


def is_gzip(data: bytes) -> bool:
    """Whether the file begins as gzip does."""
    return data.startswith(_GZIP)


def names(data: bytes) -> tuple[str, ...]:
    """The names of the files in a ZIP archive, in the archive's order; without what macOS adds.

    Raises:
        FileUnreadable: the archive is damaged, or holds too many files.
    """
    try:
        with _opened(data) as archive:
            return tuple(info.filename for info in _infos(archive))
    except _BROKEN as error:
        raise _damaged() from error


def members(data: bytes, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Member]:
    """The files in a ZIP archive whose names are wanted, in the archive's order, one at a time.

    Raises:
        FileUnreadable: the archive is damaged or encrypted, or holds more than is unpacked here.
    """
    room = _room(data)
    try:
        with _opened(data) as archive:
            for info in _infos(archive):
                if not wanted(info.filename):
                    continue
                if info.flag_bits & 1:
                    raise FileUnreadable.on_line(None, problem="it is an archive that needs a password")
                with archive.open(info) as packed:
                    content = _read(packed.read, room)
                room -= len(content)
                yield Member(info.filename, content)
    except _BROKEN as error:
        raise _damaged() from error


def gunzipped(data: bytes) -> bytes:
    """What is in a gzip file, all its parts one after the other.

    Raises:
        FileUnreadable: it is damaged, breaks off, or holds more than is unpacked here.
    """
    room = _room(data)
    whole = bytearray()
    rest, parts = data, 0
    is_complete = False
    try:
        while rest.startswith(_GZIP) and parts < MOST_MEMBERS:
            parts += 1
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            whole += _read(_unpacker(unpacking, rest), room - len(whole))
            is_complete = unpacking.eof
            rest = unpacking.unused_data
    except zlib.error:
        is_complete = False
    if not is_complete:
        raise FileUnreadable.on_line(None, problem="it is packed with gzip, and damaged or broken off")
    return bytes(whole)


def gunzipped_head(data: bytes, size: int) -> bytes:
    """The beginning of what is in a gzip file; empty where it is damaged. For telling what it is."""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data[:_HEAD], size)
    except zlib.error:
        return b""


def _unpacker(unpacking: zlib._Decompress, packed: bytes) -> Callable[[int], bytes]:
    held = packed

    def read(size: int) -> bytes:
        nonlocal held
        piece = unpacking.decompress(held, size)
        held = unpacking.unconsumed_tail
        return piece

    return read


def _read(read: Callable[[int], bytes], room: int) -> bytes:
    """All of a member, if there is room for it."""
    content = bytearray()
    while piece := read(_PIECE):
        content += piece
        if len(content) > room:
            raise FileUnreadable.on_line(None, problem="there is more packed into it than is unpacked here")
    return bytes(content)


def _room(data: bytes) -> int:
    return min(LARGEST, max(FREE, DENSEST * len(data)))


def _opened(data: bytes) -> zipfile.ZipFile:
    if data.count(_DIRECTORY_ENTRY) > MOST_MEMBERS:  # before the directory is read, which takes its time
        raise FileUnreadable.on_line(None, problem=f"it is an archive of more than {MOST_MEMBERS} files")
    return zipfile.ZipFile(io.BytesIO(data))


def _infos(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith(("__MACOSX/", "._"))
    ]


def _damaged() -> FileUnreadable:
    return FileUnreadable.on_line(None, problem="it is an archive that is damaged, or packed in a way not read here")
