"""Investments: the securities that were traded, and those that are held."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from farthing.formats import numbers
from farthing.formats.drafts import DraftHolding, DraftSecurity, DraftSum
from farthing.formats.ofx.fields import Amounts, day_of
from farthing.formats.ofx.gathering import Aggregate, Statement
from farthing.ledger.currencies import is_code

_UNFIT = re.compile(r"[^A-Z0-9._-]")
_LONGEST_CODE = 12
_VERBS = {
    "BUY": "Buy",
    "SELL": "Sell",
    "INCOME": "Income",
    "RETOFCAP": "Return of capital",
    "INVEXPENSE": "Expense",
    "MARGININTEREST": "Margin interest",
    "REINVEST": "Reinvest",
}


class Securities:
    """What a file's list of securities says, and what its transactions say of them.

    Args:
        amounts: how amounts are read.
        listed: the entries of the list, each with its number, name and ticker.
    """

    def __init__(self, amounts: Amounts, listed: Iterable[Aggregate]) -> None:
        self.amounts = amounts
        self._listed = {number: each for each in listed if (number := each.get("UNIQUEID"))}

    def moved(self, record: Aggregate, currency: str | None) -> DraftSecurity | None:
        """The units that a transaction moved, or None where it moved none.

        Raises:
            FileUnreadable: the units or the price are no number that can be kept.
        """
        units = self.amounts.find(record, "UNITS")
        name = self.commodity(record)
        if not units or name is None:
            return None
        return DraftSecurity(units, name, self._price(record, currency), self.name(record))

    def commodity(self, record: Aggregate) -> str | None:
        """The code of a transaction's security: its ticker if that will do, else its number."""
        number = record.get("UNIQUEID")
        listed = self._listed.get(number) if number else None
        for text in (listed.get("TICKER") if listed else None, number):
            code = _UNFIT.sub("", (text or "").upper())[:_LONGEST_CODE]
            if is_code(code):
                return code
            if code and is_code(f"X{code}"[:_LONGEST_CODE]):  # a CUSIP may begin with a figure
                return f"X{code}"[:_LONGEST_CODE]
        return None

    def name(self, record: Aggregate) -> str | None:
        """What the bank calls a transaction's security."""
        listed = self._listed.get(record.get("UNIQUEID") or "")
        return record.get("SECNAME") or (listed.get("SECNAME") if listed else None)

    def kind(self, record: Aggregate) -> str:
        """What was done, in words: ``Buy 100 VTI at 50.00``."""
        verb = next((word for name, word in _VERBS.items() if record.name.startswith(name)), record.name)
        units, price = record.get("UNITS"), record.get("UNITPRICE")
        told = [verb, units.lstrip("+-") if units else "", self.commodity(record) or "", f"at {price}" if price else ""]
        return " ".join(filter(None, told))

    def words(self, record: Aggregate, currency: str | None) -> str:
        """What a transaction without cash did, to be told with the reason it is left out."""
        parts = [self.commodity(record), self.name(record)]
        for name, word in (("UNITS", "units"), ("UNITPRICE", "price"), ("TOTAL", "total")):
            if said := record.get(name):
                parts.append(f"{word} {said[:32]}")
        if day := day_of(record, "DTTRADE"):
            parts.append(f"on {day}")
        told = ", ".join(part[:80] for part in parts if part)
        return f": {told} ({currency})" if told and currency else f": {told}" if told else ""

    def holdings(self, statement: Statement, currency: str | None) -> tuple[DraftHolding, ...]:
        """The positions that a statement states.

        Raises:
            FileUnreadable: units, a price or a date are none.
        """
        stated = day_of(statement.head, "DTASOF")
        found = []
        for each in statement.positions:
            units, name = self.amounts.find(each, "UNITS"), self.commodity(each)
            day = day_of(each, "DTPRICEASOF") or stated
            if units is None or name is None or day is None:
                continue
            if (each.get("POSTYPE") or "").upper() == "SHORT" and units > 0:
                units = -units
            security = DraftSecurity(units, name, self._price(each, currency), self.name(each))
            found.append(DraftHolding(security, stated or day))
        return tuple(found)

    def _price(self, record: Aggregate, currency: str | None) -> DraftSum | None:
        price = self.amounts.find(record, "UNITPRICE")
        code = numbers.currency_of((record.get("CURRENCY.CURSYM") or "").upper()) or currency
        return DraftSum(price, code) if price and price > Decimal(0) and code else None
