"""Text: the characters of a file, whatever its bytes are.

In this order: a byte order mark; UTF-8, whose rules other text breaks almost at once; the encoding that the file names;
and last a judgement between the encodings that banks still write. The judgement is only about what the letters of the
text are: where two encodings give the same text, either name is right.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

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
_EIGHT_BIT = ("cp1252", "iso8859_15", "cp850", "cp1250", "cp1254", "mac_roman")
"""The encodings of Latin letters, one byte each, that are told apart, the likeliest first."""
_OTHER_SCRIPTS = ("cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256")
"""The same for Cyrillic, Greek, Hebrew and Arabic letters."""
_IN_WORDS = 0.6
"""Letters of another script stand beside each other; the accented ones of Latin words alone, or by twos."""
_LONG_RUN = 3

_SAMPLE_BYTES = 32_768
_MOST_CONTROLS = 0.02
_CONTROLS = dict.fromkeys([*range(1, 9), *range(14, 26), *range(27, 32), 127])
_EIGHTH_BIT = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]+")

_WESTERN = frozenset("äöüÄÖÜßéèêëàâáçñíìîïóòôúùûåæøÅÆØÉÈÀÇÑÁÍÓÚÔÊ€£§°«»\u00a0")
_CENTRAL = frozenset("ąćęłńśźżĄĆĘŁŃŚŹŻčřěšžůťďňýČŘĚŠŽŮÝőűŐŰğşıĞŞİ")
_SELDOM = frozenset("ãõÃÕœŒ¿¡·º\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026")
_ACUTE, _GRAVE = frozenset("áíúý"), frozenset("ìù")
"""No language of the West has both in a text of this length; in Czech these are other letters, in other encodings."""
_SYMBOL_PENALTY = -1.0

_HAN_FEWEST = 4
_HAN_COMMON_LEAD = 0xD7
"""GB 2312 orders its 3,755 everyday characters first, under the lead bytes up to D7."""
_HAN_COMMON_SHARE = 0.7
_HANGUL_LEADS = range(0xB0, 0xC9)
"""KS X 1001 has its syllables under these lead bytes, where GB 2312 has half of its everyday characters."""
_HANGUL_SHARE = 0.95
_KANA_SHARE = 0.1
"""Japanese is never written without kana for long."""
_WIDE_SHARE = 0.3
"""Of text in Latin letters, nearly half of the bytes of UTF-16 are NUL."""


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
    sure = (_wide(data) if b"\0" in data else None, "utf-8", declared)
    if (read := _first(data, filter(None, sure))) is not None:
        return read
    if b"\0" in data:
        _refuse_nul(data.count(b"\n", 0, data.index(b"\0")) + 1)
    if (read := _first(data, _ranked(_sample(data)))) is not None:
        return read
    raise FileUnreadable.on_line(None, problem="it is not text in an encoding that is read here")


def _first(data: bytes, encodings: Iterable[str]) -> tuple[str, str] | None:
    for name in encodings:
        if (text := _strictly(data, name)) is not None:
            return text, name
    return None


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _wide(data: bytes) -> str | None:
    """Which UTF-16 bytes without a mark are of, judged by where their NULs stand."""
    head = data[:_SAMPLE_BYTES]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) // 2 * _WIDE_SHARE or min(even, odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


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
    if east_asian := _east_asian(sample):
        return [east_asian, *_EIGHT_BIT]
    if _share_in_words(sample) >= _IN_WORDS:
        matches = from_bytes(sample, cp_isolation=list(_OTHER_SCRIPTS))
        scripts = [match.encoding for match in matches if match.encoding in _OTHER_SCRIPTS]
        scripts.sort(key=lambda name: -_case_sense(_strictly(sample, name) or ""))
        return [*scripts, *_OTHER_SCRIPTS, *_EIGHT_BIT]
    readings = {name: text for name in _EIGHT_BIT if (text := _strictly(sample, name)) is not None}
    heard = {str(match) for match in from_bytes(sample, cp_isolation=list(_EIGHT_BIT))}
    # The judge of languages rules out; among what it leaves, the letters decide, and the likelier encoding wins a draw.
    likely = [name for name, text in readings.items() if text in heard] or list(readings)
    likely.sort(key=lambda name: -_plausibility(readings[name]))
    return [*likely, *(name for name in _EIGHT_BIT if name not in likely)]


def _share_in_words(sample: bytes) -> float:
    """How many of the bytes beyond ASCII stand in runs of three or more."""
    beyond = beside = 0
    for run in _RUN.findall(sample):
        beyond += len(run)
        beside += len(run) if len(run) >= _LONG_RUN else 0
    return beside / beyond if beyond else 0.0


def _case_sense(text: str) -> int:
    """How seldom a small letter is followed by a capital: no word is written so."""
    return -sum(1 for before, after in pairwise(text) if before.islower() and after.isupper())


def _plausibility(text: str) -> float:
    """How much the text beyond ASCII looks like letters where letters belong."""
    total = 0.0
    before = " "
    if not (_ACUTE.isdisjoint(text) or _GRAVE.isdisjoint(text)):
        total += _SYMBOL_PENALTY * sum(text.count(letter) for letter in _GRAVE)
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


def _east_asian(sample: bytes) -> str | None:
    """The encoding of Japanese, Korean or Chinese text; None where the bytes are of none of them."""
    japanese = _beyond(sample, "cp932")
    kana = sum(1 for character in japanese if "\u3041" <= character <= "\u30fe")
    if len(japanese) >= _HAN_FEWEST and kana >= len(japanese) * _KANA_SHARE:
        return "cp932"
    chinese = _beyond(sample, "gb18030")
    codes = [code for character in chinese if len(code := character.encode("gb2312", "ignore")) > 1]
    common = sum(1 for code in codes if code[0] <= _HAN_COMMON_LEAD)
    if len(codes) == len(chinese) >= _HAN_FEWEST and common >= _HAN_COMMON_SHARE * len(chinese):
        words = [code for code in codes if code[0] >= _HANGUL_LEADS.start]
        hangul = sum(1 for code in words if code[0] in _HANGUL_LEADS)
        korean = len(words) > _HAN_FEWEST and hangul >= len(words) * _HANGUL_SHARE
        return "cp949" if korean and _beyond(sample, "cp949") else "gb18030"
    traditional = _beyond(sample, "big5")
    common = sum(1 for character in traditional if "\xa4" <= chr(character.encode("big5")[0]) <= "\xc6")
    if len(traditional) >= _HAN_FEWEST and common >= len(traditional) * _HANGUL_SHARE:
        return "big5"
    return None


def _beyond(sample: bytes, encoding: str) -> str:
    """The characters beyond ASCII under an encoding, in which the sample may end early; none if it isn't one."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return ""
    return "".join(character for character in text if character > "\x7f")
