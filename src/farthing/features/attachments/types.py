"""What a file is, by its content: never by its name, nor by what the client says it is.

Only types that hold no program a browser would run are known here, and each by a signature that leaves no doubt. A
file can be two things at once, and one that begins like a picture may go on as a script: so this decides what is kept,
and how it is handed out makes sure that nothing in it is run.
"""

from __future__ import annotations

import re

from farthing.features.attachments.errors import AttachmentTypeRefused

TEXT = "text/plain"
NAMES = {
    "application/pdf": "PDF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/heic": "HEIC",
    "image/tiff": "TIFF",
    TEXT: "plain text",
}
"""The media types that are kept, and what people call them."""
_SIGNATURES = (
    (re.compile(rb"%PDF-[12]\."), "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBPVP8[ LX]", re.DOTALL), "image/webp"),
    (re.compile(rb"\0\0\0.ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL), "image/heic"),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), "image/tiff"),
)
"""ISO 32000-2, 7.5.2; PNG, third edition, 5.2; RFC 9649 (WebP); ISO 23008-12, annex B (HEIC); TIFF 6.0, section 2."""
_REFUSED = (
    (re.compile(rb"PK[\3\5\7]|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ"), "an archive"),
    (re.compile(rb"MZ|\x7fELF|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe"), "a program"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an office document of old"),
)
"""Names for what is often tried."""
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
_NOT_TEXT = bytes({*range(0x20), 0x7F} - set(b"\t\n\f\r"))
"""Control characters that no text has; to look for them by ``translate`` takes half as long as by pattern."""


def media_type(data: bytes) -> str:
    """The media type of a file that is kept here.

    Raises:
        AttachmentTypeRefused: it is of none of these types; says what it is, as far as that can be told.
    """
    for signature, kind in _SIGNATURES:
        if signature.match(data):
            return kind
    if _MARKUP.match(data):
        raise _refused("markup, such as HTML, SVG or XML")
    for signature, what in _REFUSED:
        if signature.match(data):
            raise _refused(what)
    if len(data.translate(None, _NOT_TEXT)) != len(data):
        raise _refused("of a type that isn't known here")
    return TEXT


def _refused(what: str) -> AttachmentTypeRefused:
    return AttachmentTypeRefused.at("/file", what=what, kept=", ".join(NAMES.values()))
