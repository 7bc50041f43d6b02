"""GnuCash's XML: ``gnc-v2``, as its ``doc/examples`` and ``libgnucash/doc/xml`` describe it.

Elements are taken one at a time and let go of. Entities aren't resolved, and a file that declares any is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO

from lxml import etree

from farthing.formats import fractions
from farthing.formats.dates import FIRST_DAY, LAST_DAY
from farthing.formats.drafts import FileTooLong, FileUnreadable
from farthing.formats.gnucash.kept import (
    MOST_ACCOUNTS,
    MOST_COMMODITIES,
    MOST_PRICES,
    MOST_SPLITS_EACH,
    CommodityKey,
    Kept,
    KeptAccount,
    KeptCommodity,
    KeptPrice,
    KeptSplit,
    KeptTransaction,
)
from farthing.formats.numbers import NumberError

_SITE = "http://www.gnucash.org/XML/"
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}>\s*(?:<!--.{0,2000}?-->\s*)*<gnc-v2[\s>]", re.DOTALL)
_DAY = re.compile(r"\s*([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_LONGEST_TEXT = 20_000


def recognises(head: bytes) -> bool:
    """Whether XML begins as GnuCash's does."""
    return _ROOT.match(head) is not None


def kept(data: bytes, *, max_rows: int) -> Kept:
    """What a file keeps.

    Raises:
        FileUnreadable: it isn't well formed, or an amount or date in it is none.
        FileTooLong: more than ``max_rows`` transactions.
    """
    if not recognises(data):
        raise FileUnreadable.on_line(None, problem="it isn't XML as GnuCash writes it")
    found = Kept()
    taker = _Taker(found, max_rows)
    try:
        for element in _elements(data):
            taker.take(element)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise FileUnreadable.on_line(line, problem=f"line {line} breaks the rules of XML") from error
    return found


def _elements(data: bytes) -> Iterator[etree._Element]:
    """The records of the file's books; each is emptied when the next is asked for."""
    events = etree.iterparse(
        BytesIO(data),
        events=("end",),
        tag=("price", *(f"{{{_SITE}gnc}}{name}" for name in (*_RECORDS, "template-transactions"))),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in events:
        parent = element.getparent()
        above = _local(parent) if parent is not None else ""
        name = _local(element)
        if (above == "book" and name in _RECORDS) or (above == "pricedb" and name == "price"):
            yield element
        elif name != "template-transactions":
            continue  # a part of a record, or of a scheduled transaction's template
        element.clear()
        while element.getprevious() is not None and parent is not None:
            del parent[0]


_RECORDS = ("commodity", "account", "transaction", "schedxaction", "budget", "GncInvoice", "GncBill")


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class _Taker:
    """Takes a file's records into what is kept."""

    def __init__(self, found: Kept, max_rows: int) -> None:
        self.found = found
        self.max_rows = max_rows
        self.by_name: dict[str, Callable[[etree._Element], None]] = {
            "commodity": self._commodity,
            "account": self._account,
            "transaction": self._transaction,
            "price": self._price,
        }

    def take(self, element: etree._Element) -> None:
        """Take the next record."""
        name = _local(element)
        if name in self.by_name:
            self.by_name[name](element)
        elif name == "schedxaction":
            self.found.leave_out("scheduled transactions")
        elif name == "budget":
            self.found.leave_out("budgets")
        elif name.startswith("Gnc"):
            self.found.leave_out("invoices and bills")

    def _commodity(self, element: etree._Element) -> None:
        key = _key(element)
        if key is None or key[0] == "template":
            return
        if len(self.found.commodities) >= MOST_COMMODITIES:
            raise FileUnreadable.on_line(element.sourceline, problem=f"it has more than {MOST_COMMODITIES} commodities")
        fraction = _text(element, "fraction")
        digits = int(fraction) if fraction.isascii() and fraction.isdigit() and len(fraction) < 20 else 1  # noqa: PLR2004
        self.found.commodities[key] = KeptCommodity(key, _text(element, "name"), digits or 1)

    def _account(self, element: etree._Element) -> None:
        if len(self.found.accounts) >= MOST_ACCOUNTS:
            raise FileUnreadable.on_line(element.sourceline, problem=f"it has more than {MOST_ACCOUNTS} accounts")
        commodity = _child(element, "commodity")
        slots = _slots(element)
        account = KeptAccount(
            _text(element, "id"),
            _text(element, "name"),
            _text(element, "type").upper(),
            None if commodity is None else _key(commodity),
            _text(element, "parent") or None,
            _text(element, "code"),
            _text(element, "description"),
            slots.get("hidden") == "true",
            slots.get("equity-type") == "opening-balance",
        )
        self.found.accounts.setdefault(account.id, account)

    def _transaction(self, element: etree._Element) -> None:
        number = len(self.found.transactions) + 1
        if number > self.max_rows:
            raise FileTooLong(limit=str(self.max_rows))
        place = f"transaction {number}"
        currency = _child(element, "currency")
        key = None if currency is None else _key(currency)
        if key is None:
            raise FileUnreadable.on_line(element.sourceline, problem=f"{place} names no currency")
        slots = _slots(element)
        posted = _child(element, "date-posted")
        date = _day(slots.get("date-posted", "")) or (None if posted is None else _day(_text(posted, "date")))
        if date is None:
            raise FileUnreadable.on_line(element.sourceline, problem=f"{place} has no date that can be read")
        transaction = KeptTransaction(
            number,
            _text(element, "id"),
            key,
            date,
            _text(element, "description"),
            _text(element, "num"),
            slots.get("notes", ""),
            slots.get("void-reason", ""),
        )
        splits = _child(element, "splits")
        for split in () if splits is None else splits:
            if len(transaction.splits) == MOST_SPLITS_EACH:
                problem = f"{place} has more than {MOST_SPLITS_EACH} splits"
                raise FileUnreadable.on_line(element.sourceline, problem=problem)
            transaction.splits.append(_split(split, place))
        self.found.transactions.append(transaction)

    def _price(self, element: etree._Element) -> None:
        number = len(self.found.prices) + 1
        if number > MOST_PRICES:
            raise FileUnreadable.on_line(element.sourceline, problem=f"it has more than {MOST_PRICES} prices")
        commodity, currency, time = (_child(element, name) for name in ("commodity", "currency", "time"))
        keys = [None if each is None else _key(each) for each in (commodity, currency)]
        date = None if time is None else (_day(_text(time, "date")) or _day("".join(time.itertext())))
        if keys[0] is None or keys[1] is None or date is None:
            raise FileUnreadable.on_line(element.sourceline, problem=f"price {number} lacks its commodity or its date")
        try:
            above, below = fractions.written(_text(element, "value"))
        except NumberError as error:
            raise FileUnreadable.on_line(element.sourceline, problem=f"price {number} {error}") from error
        self.found.prices.append(
            KeptPrice(number, keys[0], keys[1], date, fractions.quotient(Decimal(above), Decimal(below)))
        )


def _split(element: etree._Element, place: str) -> KeptSplit:
    return KeptSplit(
        _text(element, "account"),
        _amount(element, "quantity", place),
        _amount(element, "value", place),
        _text(element, "reconciled-state") or "n",
        _text(element, "memo"),
        _text(element, "action"),
    )


def _amount(element: etree._Element, name: str, place: str) -> Decimal:
    try:
        return fractions.amount(*fractions.written(_text(element, name)))
    except NumberError as error:
        raise FileUnreadable.on_line(element.sourceline, problem=f"{place} has a {name} that {error}") from error


def _child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name, whatever its name space."""
    return next((child for child in element if _local(child) == name), None)


def _text(element: etree._Element, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else (child.text or "")[:_LONGEST_TEXT].strip()


def _key(element: etree._Element) -> CommodityKey | None:
    space, symbol = _text(element, "space"), _text(element, "id")
    return (space, symbol) if symbol else None


def _slots(element: etree._Element) -> dict[str, str]:
    """An account's or a transaction's own slots: what is noted on it, by name. Slots in slots are passed over."""
    slots = _child(element, "slots")
    found: dict[str, str] = {}
    for slot in () if slots is None else slots:
        value = _child(slot, "value")
        if value is not None:
            inner = _child(value, "gdate")
            found.setdefault(
                _text(slot, "key"), ((value if inner is None else inner).text or "")[:_LONGEST_TEXT].strip()
            )
    return found


def _day(text: str) -> dt.date | None:
    """The calendar day as it is written, whatever the zone: GnuCash writes what the person saw."""
    if (found := _DAY.match(text)) is None:
        return None
    try:
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
