from __future__ import annotations

import gzip
import io
import time
import zipfile
import zlib

import pytest

from farthing.formats.drafts import FileUnreadable
from farthing.formats.zipped import FREE, LARGEST, MOST_MEMBERS, Member, gunzipped, is_gzip, is_zip, members, names


def _zip(*files: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", how) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def test_members_come_in_their_order_and_only_those_that_are_wanted() -> None:
    data = _zip(
        ("b.xml", b"one"), ("folder/", b""), ("__MACOSX/b.xml", b"no"), ("folder/a.xml", b"two"), ("c.txt", b"3")
    )
    assert is_zip(data)
    assert names(data) == ("b.xml", "folder/a.xml", "c.txt")
    assert list(members(data, lambda name: name.endswith(".xml"))) == [
        Member("b.xml", b"one"),
        Member("folder/a.xml", b"two"),
    ]


def test_gzip_in_several_parts_is_one_file() -> None:
    data = gzip.compress(b"a" * 10) + gzip.compress(b"b" * 3_000_000)
    assert is_gzip(data)
    assert gunzipped(data) == b"a" * 10 + b"b" * 3_000_000


@pytest.mark.parametrize("size", [1, 20, 60, -30, -1])
def test_archives_that_break_off_are_unreadable(size: int) -> None:
    with pytest.raises(FileUnreadable):
        list(members(_zip(("a", b"x" * 100), ("b", b"y"))[:size]))
    with pytest.raises(FileUnreadable):
        gunzipped(gzip.compress(bytes(range(256)))[:size].ljust(3, b"\0"))


def test_a_member_that_is_not_what_its_sum_says_is_unreadable() -> None:
    data = bytearray(_zip(("a", b"x" * 100), how=zipfile.ZIP_STORED))
    data[40] ^= 1
    with pytest.raises(FileUnreadable):
        list(members(bytes(data)))


def test_a_password_is_told() -> None:
    data = bytearray(_zip(("a", b"x")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileUnreadable, match="password"):
        list(members(bytes(data)))


def test_bombs_stop_where_the_bound_is() -> None:
    zeros = b"\0" * (FREE * 4)
    for bomb in (gzip.compress(zeros), zlib.compress(zeros)):
        began = time.thread_time()
        with pytest.raises(FileUnreadable):
            gunzipped(bomb if is_gzip(bomb) else b"\x1f\x8b\x08" + bomb)
        assert time.thread_time() - began < 1
    with pytest.raises(FileUnreadable, match="more packed into it"):
        list(members(_zip(*((str(number), b"\0" * (FREE // 4)) for number in range(20)))))
    assert FREE < LARGEST


def test_an_archive_of_too_many_files_is_refused_before_its_directory_is_read() -> None:
    entries = (b"PK\x01\x02" + b"\0" * 42) * (MOST_MEMBERS + 1)
    with pytest.raises(FileUnreadable, match="more than"):
        names(b"PK\x03\x04" + entries)
