"""Text: the characters of a file, whatever its bytes are.

In this order: a byte order mark; UTF-8, whose rules other text breaks almost at once; the encoding that the file names;
and last a judgement between the encodings that banks still write. The judgement is only about what the letters of the
text are: where two encodings give the same text, either name is right.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from farthing.formats.drafts import FileUnreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    # UTF-32's little-endian mark begins with UTF-16's, so it has to be tried first.
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_EIGHT_BIT = ("cp1252", "iso8859_15", "cp850", "cp1250")
"""The encodings of one byte a character that are told apart, the likeliest first."""

_SAMPLE_BYTES = 32_768
_MOST_CONTROLS = 0.02
_CONTROLS = dict.fromkeys([*range(1, 9), *range(14, 26), *range(27, 32), 127])
_EIGHTH_BIT = re.compile(rb"[\x80-\xff]")

_WESTERN = frozenset("äöüÄÖÜßéèêëàâáçñíìîïóòôúùûåæøÅÆØÉÈÀÇÑÁÍÓÚÔÊ€£§°«»\u00a0")
_CENTRAL = frozenset("ąćęłńśźżĄĆĘŁŃŚŹŻčřěšžůťďňýČŘĚŠŽŮÝőűŐŰ")
_SELDOM = frozenset("ãõÃÕœŒ¿¡·º\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026")
_SYMBOL_PENALTY = -1.0

_HAN_FEWEST = 4
_HAN_COMMON_LEAD = 0xD7
"""GB 2312 orders its 3,755 everyday characters first, under the lead bytes up to D7."""
_HAN_COMMON_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's characters. Lines end in a line feed, however the file ends them."""

    text: str
    encoding: str


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Read bytes as text.

    Args:
        data: the whole file.
        declared: the encoding that the file itself names, as Python calls it. Heeded unless the bytes contradict it.

    Raises:
        FileUnreadable: empty, not text, or broken under its own byte order mark.
    """
    text, encoding = _characters(data, declared)
    _refuse_binary(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text.rstrip("\x1a"), encoding)  # DOS ends text files with a Ctrl-Z


def _characters(data: bytes, declared: str | None) -> tuple[str, str]:
    for mark, name, codec in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(codec), name
            except UnicodeDecodeError as error:
                line = 1 + data[: error.start].count(b"\n")
                raise FileUnreadable.on_line(line, problem=f"line {line} breaks the rules of {name}") from error
    if not data or data.isspace():
        raise FileUnreadable.on_line(None, problem="it is empty")
    for likely in filter(None, ("utf-8", declared)):
        if (text := _strictly(data, likely)) is not None:
            return text, likely
    if b"\0" in data:
        _refuse_nul(data.count(b"\n", 0, data.index(b"\0")) + 1)
    for name in _ranked(_sample(data)):
        if (text := _strictly(data, name)) is not None:
            return text, name
    raise FileUnreadable.on_line(None, problem="it is not text in an encoding that is read here")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _refuse_nul(line: int) -> None:
    raise FileUnreadable.on_line(line, problem=f"line {line} holds a NUL character, as no text does")


def _refuse_binary(text: str) -> None:
    if not text or text.isspace():
        raise FileUnreadable.on_line(None, problem="it is empty")
    if "\0" in text:
        _refuse_nul(text.count("\n", 0, text.index("\0")) + 1)
    head = text[:_SAMPLE_BYTES]
    if len(head) - len(head.translate(_CONTROLS)) > len(head) * _MOST_CONTROLS:
        raise FileUnreadable.on_line(None, problem="it is binary data, not text")


def _sample(data: bytes) -> bytes:
    """Whole lines that are not plain ASCII, up to a bound: only they tell encodings apart."""
    end = b"\n" if b"\n" in data else b"\r"
    lines: list[bytes] = []
    size = start = 0
    while size < _SAMPLE_BYTES and (found := _EIGHTH_BIT.search(data, start)):
        begin = max(start, data.rfind(end, start, found.start()) + 1)
        stop = data.find(end, found.end()) + 1 or len(data)
        lines.append(data[begin : min(stop, begin + _SAMPLE_BYTES - size)])
        size += len(lines[-1])
        start = stop
    return b"".join(lines)


def _ranked(sample: bytes) -> list[str]:
    """Encodings to try, best first."""
    if _is_chinese(sample):
        return ["gb18030", *_EIGHT_BIT]
    readings = {name: text for name in _EIGHT_BIT if (text := _strictly(sample, name)) is not None}
    heard = {str(match) for match in from_bytes(sample, cp_isolation=list(_EIGHT_BIT))}
    # The judge of languages rules out; among what it leaves, the letters decide, and the likelier encoding wins a draw.
    likely = [name for name, text in readings.items() if text in heard] or list(readings)
    likely.sort(key=lambda name: -_plausibility(readings[name]))
    return [*likely, *(name for name in _EIGHT_BIT if name not in likely)]


def _plausibility(text: str) -> float:
    """How much the text beyond ASCII looks like letters where letters belong."""
    total = 0.0
    before = " "
    for character in text:
        if character > "\x7f":
            if character in _WESTERN:
                total += 1.0
            elif character in _CENTRAL:
                total += 0.9
            elif character in _SELDOM:
                total += 0.2
            else:
                total += _SYMBOL_PENALTY
            if before.islower() and character.isupper():
                total += _SYMBOL_PENALTY  # "cafÚ" is no word
        before = character
    return total


def _is_chinese(sample: bytes) -> bool:
    """Whether every character beyond ASCII is one of GB 2312, and most are everyday ones: never so by accident."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(sample)  # the sample may end inside a character
    except UnicodeDecodeError:
        return False
    beyond = [character for character in text if character > "\x7f"]
    codes = [code for character in beyond if len(code := character.encode("gb2312", "ignore")) > 1]
    common = sum(1 for code in codes if code[0] <= _HAN_COMMON_LEAD)
    return len(codes) == len(beyond) >= _HAN_FEWEST and common >= _HAN_COMMON_SHARE * len(beyond)
