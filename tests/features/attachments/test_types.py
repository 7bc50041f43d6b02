"""What a file is, by its content."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.attachments.samples import KEPT, REFUSED

from farthing.features.attachments.errors import AttachmentTypeRefused
from farthing.features.attachments.names import MAX_NAME, NAMELESS, fitted, is_fit
from farthing.features.attachments.types import NAMES, media_type


def test_there_is_a_sample_of_each_type_that_is_kept() -> None:
    assert set(KEPT) == set(NAMES)


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_kept_is_known_by_its_signature(kind: str) -> None:
    assert media_type(KEPT[kind]) == kind


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_kept_is_refused_with_what_it_is(what: str) -> None:
    with pytest.raises(AttachmentTypeRefused) as refusal:
        media_type(REFUSED[what])
    assert refusal.value.detail.startswith("This file is ")
    assert "script" not in refusal.value.detail.lower()


@given(st.binary(min_size=1, max_size=200))
def test_of_any_bytes_it_is_told_whether_they_are_kept(data: bytes) -> None:
    try:
        kind = media_type(data)
    except AttachmentTypeRefused:
        return
    assert kind in NAMES
    assert not data.lstrip().startswith(b"<")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ada\\receipt.pdf", "receipt.pdf"),
        ("/", NAMELESS),
        ("..", NAMELESS),
        ("", NAMELESS),
        (None, NAMELESS),
        (" \t ", NAMELESS),
        ("receipt\r\nSet-Cookie: x=1.pdf", "receipt Set-Cookie: x=1.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\x7f.png", "ab.png"),
        ('quote".pdf', 'quote".pdf'),
        ("Beleg für Köln \U0001f9fe.pdf", "Beleg für Köln \U0001f9fe.pdf"),
        ("u\u0308ber.txt", "über.txt"),
        ("a" * 500 + ".jpeg", "a" * (MAX_NAME - 5) + ".jpeg"),
        ("." + "a" * 500, "." + "a" * (MAX_NAME - 1)),
    ],
)
def test_a_name_is_made_fit(given_name: str | None, kept: str) -> None:
    assert fitted(given_name) == kept


@given(st.text(max_size=400))
def test_whatever_a_file_is_called_its_name_is_fit(name: str) -> None:
    kept = fitted(name)
    assert is_fit(kept)
    assert 0 < len(kept) <= MAX_NAME
    assert all(unicodedata.category(each) not in {"Cc", "Cf", "Cs"} for each in kept)
    assert fitted(kept) == kept
