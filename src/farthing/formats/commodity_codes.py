"""Codes for the shares, funds and coins of other programs, whose names needn't be codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass, field

from farthing.ledger.currencies import BY_ISO, NOT_MONEY, is_code

_LONGEST = 12
_NOT_IN_CODE = re.compile(r"[^A-Z0-9._-]+")


@dataclass(slots=True)
class CommodityCodes:
    """Gives each commodity a code: its symbol where that is one, else what comes nearest. No two share one."""

    _of: dict[Hashable, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def currency(self, symbol: str) -> str:
        """The code of money: ISO 4217's, or as near to the symbol as a code can be."""
        symbol = symbol.strip().upper()
        if symbol in BY_ISO - NOT_MONEY:
            self._taken.add(symbol)
            return symbol
        return self.security(("currency", symbol), symbol)

    def security(self, commodity: Hashable, symbol: str, market: str = "") -> str:
        """The code of anything else.

        Args:
            commodity: what tells it apart.
            symbol: what the program calls it, such as its ticker.
            market: where it is traded: added where the symbol alone is too short, or is a currency's.
        """
        if (known := self._of.get(commodity)) is not None:
            return known
        stem = _letters(symbol) or _letters(market) or "UNKNOWN"
        if not stem[0].isalpha():
            stem = f"X{stem}"
        stem = stem[:_LONGEST]
        if len(stem) == 1 or stem in BY_ISO:
            stem = f"{stem}.{_letters(market) or 'X'}"[:_LONGEST]
        found, count = stem, 1
        while found in self._taken or found in BY_ISO or not is_code(found):
            count += 1
            found = f"{stem[: _LONGEST - 1 - len(str(count))]}-{count}"
        self._taken.add(found)
        self._of[commodity] = found
        return found


def _letters(text: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", text[:200].upper()) if each.isascii())
    return _NOT_IN_CODE.sub("-", plain).strip("._-")
