"""Small files of each kind, made by hand, and some that pretend."""

from __future__ import annotations

import struct
import zlib


def png(pixels: bytes = b"\0\0") -> bytes:
    """A picture of one grey pixel that any program shows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
        + chunk(b"IEND", b"")
    )


def pdf(text: str = "Receipt") -> bytes:
    """A document of one page, with its table of objects where it says."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    )
    written = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(written)
    return written + b"xref\n0 5\n0000000000 65535 f \n" + table + end


KEPT = {
    "application/pdf": pdf(),
    "image/png": png(),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9",
    "image/gif": b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
    "image/webp": b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0",
    "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(16),
    "image/tiff": b"II*\0\x08\0\0\0\0\0\0\0\0\0",
    "text/plain": "Datum;Betrag\n2026-03-01;12,50 €\n".encode(),
}
REFUSED = {
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a page after blanks": b"\xef\xbb\xbf \r\n\t<script>alert(1)</script>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "markup": b'<?xml version="1.0"?><x/>',
    "an archive": b"PK\x03\x04" + bytes(40),
    "a program": b"MZ" + bytes(100),
    "another program": b"\x7fELF" + bytes(60),
    "a sound, which begins like WebP": b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
    "a film, which begins like HEIC": b"\0\0\0\x18ftypmp42" + bytes(20),
    "anything": bytes(range(256)),
    "half a signature": b"\x89PNG\r\n\x1a",
}
