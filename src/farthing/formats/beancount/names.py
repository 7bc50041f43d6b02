"""Names as beancount takes them: accounts under five roots, commodities in capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from farthing.formats.names import distinct
from farthing.ledger.accounts import AccountKind

COMMODITY = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]\Z")
_RESERVED = frozenset({"TRUE", "FALSE", "NULL"})
_LONGEST_COMMODITY = 20
_LONGEST_PART = 80
_BEYOND = 0xFFFF


def account_names(kinds: Mapping[str, str | None]) -> dict[str, str]:
    """Beancount's name of each account, by its own; ``kinds`` are the accounts and what each of them is."""
    return distinct(kinds, lambda name, attempt: _account(name, kinds[name], attempt))


def commodity_names(commodities: Iterable[str]) -> dict[str, str]:
    """Beancount's name of each commodity, by its own."""
    return distinct(commodities, _commodity)


def _account(name: str, kind: str | None, attempt: int) -> str:
    root = _root(name, kind)
    parts = name.split(":")
    if parts[0] == root and len(parts) > 1:
        parts = parts[1:]
    made = ":".join([root, *map(_part, parts)])
    return f"{made}-{attempt + 1}" if attempt else made


def _root(name: str, kind: str | None) -> str:
    """The root of an account; of one without a kind that of its name, or where most things are."""
    if kind is not None:
        return AccountKind(kind).root
    first = name.partition(":")[0]
    return first if first in {each.root for each in AccountKind} else AccountKind.ASSET.root


def _part(part: str) -> str:
    """A part of a name: letters, digits and hyphens, with a capital or a digit in front."""
    made = "".join(character if _is_letter(character) else "-" for character in part[:_LONGEST_PART])
    first = made[:1].upper()
    tables = (unicodedata, unicodedata.ucd_3_2_0)  # beancount 2 knows no later capitals and digits
    if len(first) == 1 and all(each.category(first) in {"Lu", "Nd"} for each in tables):
        return first + made[1:]
    return f"X{made}"


def _is_letter(character: str) -> bool:
    if character == "-" or (character.isascii() and character.isalnum()):
        return True
    return character <= chr(_BEYOND) and unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}


def _commodity(name: str, attempt: int) -> str:
    if not attempt and COMMODITY.match(name) and name not in _RESERVED:
        return name
    capitals = "".join(each if each.isascii() and each.isalnum() else "-" for each in name.upper())
    made = capitals.strip("-")[:_LONGEST_COMMODITY]
    if not made[:1].isalpha():
        made = f"X{made}"
    return f"{made}{attempt + 1}" if attempt or len(made) < 2 or made in _RESERVED else made  # noqa: PLR2004 - at least two
