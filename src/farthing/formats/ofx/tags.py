"""The tags of OFX, of both kinds: SGML (1.x), where most tags are never closed, and XML (2.x).

Nothing is expanded and nothing is fetched: only the predefined entities and bounded numeric ones are resolved, and a
document type or an entity declaration is refused. Every byte is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farthing.formats.drafts import FileUnreadable

_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9_.\-]{0,63})(?P<rest>(?:\s[^<>]{0,1000})?)(?P<empty>/?)>"
    r"|<(?P<section>!\[CDATA\[|!--|\?(?:xml|ofx))"
    r"|<!(?P<declaration>DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)",
    re.IGNORECASE,
)
"""A tag, the beginning of a section, or a declaration. Any other ``<`` is text: a payee may be called "A < B"."""

_ENDS = {"!--": "-->", "?xml": "?>", "?ofx": "?>"}
_ENTITY = re.compile(
    r"&(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9A-Fa-f]{1,6})|(?P<name>amp|lt|gt|quot|apos|nbsp));"
)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_FIRST_PRINTABLE = 0x20

DEEPEST = 50
"""Tags opened one in the other without anything between them: OFX's own nesting is a third of it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening or closing tag with the text up to the next tag, entities resolved and padding taken off."""

    line: int
    name: str
    is_close: bool
    text: str


def tags(text: str) -> Iterator[Tag]:
    """The tags of a file in their order. What stands before the first one isn't looked at.

    Raises:
        FileUnreadable: a declaration, a section that never ends, or tags nested too deep.
    """
    line = 1
    position = counted = 0
    held: tuple[int, re.Match[str]] | None = None
    parts: list[str] = []
    depth = 0
    while found := _TOKEN.search(text, position):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        if held:
            parts.append(resolved(text[position:counted]))
        if found["name"] is None:
            literal, position = _section(text, found, line)
            parts.append(literal)
            continue
        if held:
            yield from _finished(held, parts)
        depth = _depth(depth, found, parts, line)
        held, parts, position = (line, found), [], found.end()
    if held:
        parts.append(resolved(text[position:]))
        yield from _finished(held, parts)


def _finished(held: tuple[int, re.Match[str]], parts: list[str]) -> Iterator[Tag]:
    line, found = held
    name = found["name"].upper()
    yield Tag(line, name, bool(found["close"]), "".join(parts).strip())
    if found["empty"] or found["rest"].endswith("/"):
        yield Tag(line, name, True, "")


def _depth(depth: int, found: re.Match[str], before: list[str], line: int) -> int:
    """How many tags have opened with nothing between them: a field's text or a closing tag starts again."""
    if found["close"] or any(part.strip() for part in before):
        return 0
    if depth >= DEEPEST:
        raise FileUnreadable.on_line(line, problem=f"line {line} nests tags deeper than {DEEPEST}")
    return depth + 1


def _section(text: str, found: re.Match[str], line: int) -> tuple[str, int]:
    """The text of a section, and where reading goes on."""
    if found["declaration"]:
        raise FileUnreadable.on_line(
            line, problem=f"line {line} declares a document type or an entity; that isn't read"
        )
    end_mark = _ENDS.get(found["section"].lower())
    if end_mark is None:
        end = _end(text, "]]>", found.end(), line)
        return text[found.end() : end], end + len("]]>")
    return "", _end(text, end_mark, found.end(), line) + len(end_mark)


def _end(text: str, mark: str, begin: int, line: int) -> int:
    end = text.find(mark, begin)
    if end < 0:
        raise FileUnreadable.on_line(line, problem=f"line {line} begins a section that never ends")
    return end


def resolved(text: str) -> str:
    """The text with its entities resolved. Anything else after an ampersand is left as it stands."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found["name"]:
        return _NAMED[found["name"]]
    code = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
    if code > _LAST_CHARACTER or code in _SURROGATES or code < _FIRST_PRINTABLE:
        return " " if code in (9, 10, 13) else found.group()
    return chr(code)
