"""Fuzzing: readers are given damaged files until one does what no reader may.

A format is fuzzed from small samples of its own (``seeds/<word>/``) and the tokens it is made of
(``seeds/<word>.txt``, one a line, ``\\n``, ``\\t`` and ``\\xNN`` escaped). Hypothesis picks a sample and a few
:class:`Mutation`; of files in a container (gzip, ZIP) what is inside is damaged as well. A reader may only

- answer with a draft whose figures, days and texts can be kept, or
- raise one of the faults that `drafts.py` declares,

within :data:`SLOWEST` seconds of the processor's time. Anything else is :class:`Escaped`, which tells where the file
that did it was written.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import random
import re
import signal
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import FrameType

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from farthing.formats import drafts
from farthing.formats.dates import FIRST_DAY, LAST_DAY
from farthing.formats.detection import READERS, Format
from farthing.formats.drafts import DraftFile
from farthing.kit.faults import Fault, Invalid
from farthing.ledger.money import MAX_DECIMALS, MAX_DIGITS

SEEDS = Path(__file__).parent / "seeds"

SLOWEST = 1.0
"""Seconds of the processor's time that a reading may take."""
PATIENCE = 2.0
"""After so many a reading is broken off: it may never end."""
LARGEST = 64 * 1024
MOST_ROWS = 5_000
MOST_ANSWERS = 8
"""Answers to the questions of one file that are tried."""

FAULTS = tuple(
    each
    for each in vars(drafts).values()
    if isinstance(each, type) and issubclass(each, Invalid) and each is not Invalid
)

NUMBERS = tuple(
    text.encode()
    for text in (
        "0",
        "-0",
        "9" * 28,
        "9" * 29,
        "9" * 400,
        "0." + "0" * 17 + "1",
        "0." + "0" * 18 + "1",
        "1e999999999",
        "1E5",
        "NaN",
        "-Infinity",
        "1,234.56",
        "1.234,56",
        "1.2.3",
        "--5",
        "0x10",
        "\u0661\u0662\u0663",
        "\u00b2",
        "20240230",
        "00000000",
        "99999999",
        "-1",
        "2147483648",
        "18446744073709551616",
    )
)
ANYWHERE = (
    *(b"\n", b"\r", b"\r\n\r\n", b"\t", b" ", b"\0", b'"', b"'", b"\\", b";", b",", b":", b"|", b"\x1f", b"\x1e"),
    *(b"<", b">", b"&", b"&#0;", b"]]>", b"<!--", b"<![CDATA[", b"<!DOCTYPE a [", b"{", b"}", b"[", b"]", b"(", b")"),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xc3\xa9",
        b"\xe9",
        b"\xf0\x9f\x92\xb6",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"PK\x03\x04",
    ),
    *(b"\x1f\x8b\x08", b"SQLite format 3\0", b"null", b"true", b"-", b"+", b"%", b"=", b"@", b"~", b"?", b"^", b"#"),
)


class Escaped(AssertionError):
    """A reader did what no reader may."""


class _Stuck(BaseException):
    """A reading was broken off. No reader can catch it by accident."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One damage. ``at``, ``to`` and ``size`` are places and lengths, taken modulo what there is; ``word`` a token."""

    kind: str
    at: int
    to: int
    size: int
    word: int


@dataclass(frozen=True, slots=True)
class Fodder:
    """What a format is fuzzed with."""

    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...]


@cache
def fodder(word: str) -> Fodder:
    """The samples and tokens of a format, by its first word.

    Raises:
        AssertionError: there are none, or too few to tell anything.
    """
    folder, dictionary = SEEDS / word, SEEDS / f"{word}.txt"
    samples = tuple(path.read_bytes() for path in sorted(folder.glob("*"))) if folder.is_dir() else ()
    assert len(samples) >= 2, f"a reader needs at least two samples to be fuzzed with, in {folder}"
    assert all(len(sample) <= LARGEST for sample in samples), f"a sample in {folder} is larger than {LARGEST} bytes"
    assert dictionary.is_file(), f"a reader needs the tokens of its format, in {dictionary}"
    lines = dictionary.read_bytes().splitlines()
    tokens = tuple(_ESCAPE.sub(_unescaped, line) for line in lines if line)
    assert len(tokens) >= 10, f"these are too few tokens: {dictionary}"
    return Fodder(samples, tokens)


_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([nrt\\]))")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else _ESCAPED[found[2]]


# --- the damages ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A file with a mutation applied to it: its bytes, two places in them, a length, and a token."""

    data: bytes
    at: int
    to: int
    size: int
    token: bytes
    fodder: Fodder
    word: int

    @property
    def chunk(self) -> bytes:
        return self.data[self.at : self.at + self.size]

    def put(self, text: bytes, instead: int = 0) -> bytes:
        """The file with ``text`` at the place, for so many bytes that stood there."""
        return self.data[: self.at] + text + self.data[self.at + instead :]


def _flip(place: _Place) -> bytes:
    return place.put(bytes(byte ^ (1 << place.to % 8) for byte in place.chunk[:1]), 1)


def _insert(place: _Place) -> bytes:
    return place.put(place.token)


def _overwrite(place: _Place) -> bytes:
    return place.put(place.token, len(place.token))


def _exchange(place: _Place) -> bytes:
    """Another token, or a number, for one of the format's own that stands in the file."""
    start = place.word
    for step in range(len(place.fodder.tokens)):
        token = place.fodder.tokens[(start + step) % len(place.fodder.tokens)]
        found = place.data.find(token, place.at)
        if found < 0:
            found = place.data.find(token)
        if found >= 0:
            other = (*place.fodder.tokens, *ANYWHERE, b"")[place.to % (len(place.fodder.tokens) + len(ANYWHERE) + 1)]
            return place.data[:found] + other + place.data[found + len(token) :]
    return place.data


def _number(place: _Place) -> bytes:
    found = _DIGITS.search(place.data, place.at) or _DIGITS.search(place.data)
    if not found:
        return place.put(NUMBERS[place.word % len(NUMBERS)])
    return place.data[: found.start()] + NUMBERS[place.word % len(NUMBERS)] + place.data[found.end() :]


_DIGITS = re.compile(rb"[0-9][0-9.,]*")


def _digit(place: _Place) -> bytes:
    """Another digit for the next one, or one more."""
    found = _DIGIT.search(place.data, place.at)
    if not found:
        return place.data
    end = found.end() if place.to % 2 else found.start()
    return place.data[: found.start()] + b"%d" % (place.word % 10) + place.data[end:]


_DIGIT = re.compile(rb"[0-9]")


def _cut(place: _Place) -> bytes:
    return place.data[: place.at]


def _drop(place: _Place) -> bytes:
    return place.put(b"", place.size)


def _double(place: _Place) -> bytes:
    return place.put(place.chunk)


def _move(place: _Place) -> bytes:
    rest = place.put(b"", place.size)
    return rest[: place.to] + place.chunk + rest[place.to :]


def _repeat(place: _Place) -> bytes:
    """A chunk over and over, to the largest size: what nests gets deep, what is one line gets long."""
    unit = place.chunk or place.token
    return place.put(unit * min(max(1, (LARGEST - len(place.data)) // len(unit)), 1 << (place.word % 17)))


def _deepen(place: _Place) -> bytes:
    return place.put(place.token * max(1, (LARGEST - len(place.data)) // len(place.token)))


def _line(place: _Place) -> bytes:
    """A line less, or one more, or two that changed places."""
    lines = place.data.splitlines(keepends=True)
    if len(lines) < 2:
        return place.data
    one, other = place.at % len(lines), place.to % len(lines)
    if place.word % 3 == 0:
        del lines[one]
    elif place.word % 3 == 1:
        lines.insert(other, lines[one])
    else:
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _ends(place: _Place) -> bytes:
    return b"\n".join(place.data.splitlines()).replace(
        b"\n", (b"\r", b"\r\n", b"\n\n", b"\n\r", b" \n")[place.word % 5]
    )


def _encoding(place: _Place) -> bytes:
    text = place.data.decode("utf-8", "replace")
    name = ("utf-16", "utf-8-sig", "cp1252", "cp850", "utf-16-be", "utf-32", "gb18030", "cp500", "utf-7")[
        place.word % 9
    ]
    return text.encode(name, "replace")


def _splice(place: _Place) -> bytes:
    other = place.fodder.seeds[place.word % len(place.fodder.seeds)]
    return place.data[: place.at] + other[place.to % (len(other) + 1) :]


GENTLE: dict[str, Callable[[_Place], bytes]] = {
    "exchange": _exchange,
    "number": _number,
    "digit": _digit,
    "insert": _insert,
    "drop": _drop,
    "flip": _flip,
    "double": _double,
    "line": _line,
    "repeat": _repeat,
}
"""Damages that leave most of a file what it was, so that its reader gets far."""
ROUGH: dict[str, Callable[[_Place], bytes]] = {
    "overwrite": _overwrite,
    "cut": _cut,
    "move": _move,
    "deepen": _deepen,
    "ends": _ends,
    "encoding": _encoding,
    "splice": _splice,
}
DAMAGES = {**GENTLE, **ROUGH}


def damaged(data: bytes, mutations: Iterable[Mutation], by: Fodder) -> bytes:
    """The file with the mutations applied, one after the other."""
    words = (*by.tokens, *ANYWHERE)
    for each in mutations:
        length = len(data) + 1
        at, size = each.at % length, 1 + each.size % (3, 12, 40, 300)[each.size % 4]
        place = _Place(data, at, each.to % length, size, words[each.word % len(words)], by, each.word)
        data = DAMAGES[each.kind](place)[:LARGEST]
    return data


def _members(data: bytes) -> tuple[str, dict[str, bytes]]:
    """What is in a container, and which kind that is: ``zip``, ``gzip``, or none."""
    try:
        if data.startswith(b"\x1f\x8b"):
            return "gzip", {"": gzip.decompress(data)}
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return "zip", {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error):
        pass
    return "", {}


def _packed(kind: str, members: Mapping[str, bytes]) -> bytes:
    if kind == "gzip":
        return gzip.compress(members[""], 1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@dataclass(frozen=True, slots=True)
class Damage:
    """What is done to a sample. ``inside`` is the member of a container that it is done to, counted from 0."""

    sample: int
    inside: int | None
    mutations: tuple[Mutation, ...]

    def applied(self, by: Fodder) -> bytes:
        """The damaged file."""
        data = by.seeds[self.sample % len(by.seeds)]
        kind, members = _members(data) if self.inside is not None else ("", {})
        if not members or self.inside is None:
            return damaged(data, self.mutations, by)
        name = sorted(members)[self.inside % len(members)]
        return _packed(kind, {**members, name: damaged(members[name], self.mutations, by)})


_GENTLE = (*sorted(GENTLE), "number", "number", "exchange")
"""What makes a figure another one, or a word, goes deepest: it comes more often."""


def _damage(chance: int) -> Damage:
    """Some damage, drawn evenly from one number: Hypothesis is fond of small places and of repeating itself."""
    even = random.Random(chance)
    kinds = [even.choice(_GENTLE) for _ in range(even.randint(1, 6))]
    kinds += [even.choice(sorted(ROUGH)) for _ in range(even.randint(0, 3) // 3)]
    mutations = [Mutation(kind, *(even.randint(0, LARGEST) for _ in range(4))) for kind in kinds]
    return Damage(even.randint(0, LARGEST), even.choice([None, even.randint(0, LARGEST)]), tuple(mutations))


DAMAGED = st.integers(0, 2**64 - 1).map(_damage)


# --- the judgement --------------------------------------------------------------------------------------------------


def judge(reader: Format, data: bytes) -> None:
    """Read a file, with what it asks for left open and answered in turn.

    Raises:
        Escaped: the reader did what no reader may.
    """
    file = _read(reader, data, {})
    answers = [{each.name: choice.value} for each in file.questions for choice in each.choices] if file else []
    answers += [{each.name: "no such choice"} for each in file.questions] if file else []
    for answer in answers[:MOST_ANSWERS]:
        _read(reader, data, answer)


def _read(reader: Format, data: bytes, answers: Mapping[str, str]) -> DraftFile | None:
    """One reading: the draft, or None where it was refused properly."""
    for attempt in (1, 2):
        began = time.thread_time()
        try:
            with _broken_off():
                file = reader.read(data, max_rows=MOST_ROWS, answers=answers)
        except FAULTS as fault:
            file = None
            _check_fault(fault)
        except _Stuck:
            raise Escaped(f"it was still reading after {PATIENCE} seconds") from None
        except Exception as error:
            raise Escaped(f"{type(error).__name__} escaped: {error}") from error
        took = time.thread_time() - began
        if took <= SLOWEST:
            break
        if attempt == 2:  # the first time may have been the collector's or an import's
            raise Escaped(f"it took {took:.2f} seconds for {len(data)} bytes")
    if file is not None:
        _check(file)
    return file


class _broken_off:  # noqa: N801 - reads as a function
    """Breaks a reading off after :data:`PATIENCE` seconds."""

    def __enter__(self) -> None:
        self.former = signal.signal(signal.SIGPROF, self._stop)
        signal.setitimer(signal.ITIMER_PROF, PATIENCE, PATIENCE)

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, self.former)

    @staticmethod
    def _stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stuck


def _recognise(data: bytes) -> None:
    """Every reader is asked about every file."""
    for each in READERS:
        began = time.thread_time()
        try:
            each.recognises(data)
        except Exception as error:
            raise Escaped(f"{type(error).__name__} escaped where {each.words[0]} was recognised: {error}") from error
        if time.thread_time() - began > SLOWEST:
            raise Escaped(f"{each.words[0]} took more than a second to be recognised")


def _check_fault(fault: Fault) -> None:
    """A fault has to be told: its message is made, and what it blames is on a line of the file."""
    if len(str(fault)) > 2_000:
        raise Escaped(f"the message of {fault.code} has {len(str(fault))} characters")
    if any(blame.line is not None and blame.line < 1 for blame in fault.blames):
        raise Escaped(f"{fault.code} blames a line before the first")


def _check(file: DraftFile) -> None:
    for value, path in _values(file, "file"):
        if isinstance(value, Decimal):
            _check_number(value, path)
        elif isinstance(value, dt.date):
            if not FIRST_DAY <= value <= LAST_DAY:
                raise Escaped(f"{path} lies outside the years 1600 to 2999")
        elif isinstance(value, str) and ("\0" in value or not _is_text(value)):
            raise Escaped(f"{path} holds characters that can't be kept: {value[:80]!r}")
    rows = [row for statement in file.statements for row in statement.rows]
    count = len(rows) + (len(file.book.transactions) if file.book else 0)
    if count > MOST_ROWS:
        raise Escaped(f"{count} rows were read, and {MOST_ROWS} allowed")
    for row in rows:
        if row.line < 1:
            raise Escaped("a row is on a line before the first")
        if row.splits and sum(split.amount for split in row.splits) != row.amount:
            raise Escaped(f"the splits of line {row.line} don't sum to its amount")


def _check_number(value: Decimal, path: str) -> None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Escaped(f"{path} is {value}")
    if len(value.as_tuple().digits) + max(0, exponent) > MAX_DIGITS or -exponent > MAX_DECIMALS:
        raise Escaped(f"{path} has more digits than can be kept: {value}")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _values(value: object, path: str) -> Iterator[tuple[object, str]]:
    """Everything a draft holds, with where it stands."""
    if is_dataclass(value):
        for each in fields(value):
            yield from _values(getattr(value, each.name), f"{path}.{each.name}")
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _values(part, f"{path}[{number}]")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield name, f"{path}'s names"
            yield from _values(part, f"{path}[{name!r}]")
    elif value is not None:
        yield value, path


# --- the run --------------------------------------------------------------------------------------------------------


def fuzz(reader: Format, by: Fodder, examples: int, *, keep: Path, at_random: bool = False) -> None:
    """Give a reader so many damaged files.

    Args:
        reader: what is fuzzed.
        by: what with.
        examples: how many.
        keep: a folder; a file that makes the reader fail is written there.
        at_random: other files each time; else the same ones.

    Raises:
        Escaped: the reader did what no reader may. The message names the file.
    """

    failures: dict[bytes, Escaped] = {}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=not at_random,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(DAMAGED)
    def run(damage: Damage) -> None:
        data = damage.applied(by)
        began = time.thread_time()
        failure = failures.get(data) or _failure(reader, data)
        if failure is None:
            return
        if data not in failures:  # else Hypothesis tries again what failed, which may take long
            failures[data] = failure
            is_quick = time.thread_time() - began < SLOWEST / 10
            fewer = damage.mutations if is_quick else ()
            smaller = [replace(damage, mutations=(each,)).applied(by) for each in fewer]
            smallest = next((each for each in smaller if _failure(reader, each)), data)
            path = keep / f"{reader.words[0]}.failing"
            path.write_bytes(smallest)
            failure.add_note(f"the file is {path}")
        raise failure

    run()


def _failure(reader: Format, data: bytes) -> Escaped | None:
    try:
        _recognise(data)
        judge(reader, data)
    except Escaped as escaped:
        return escaped
    return None
