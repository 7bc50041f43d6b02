"""GnuCash's SQLite databases: the tables of its SQL back end (``gnucash/backend/sql``)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

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
from farthing.formats.sqlite import Cell, Database, opened, text, whole

_MARKS = (b"root_template_guid", b"reconcile_state", b"commodity_guid")
_NEEDED = ("books", "commodities", "accounts", "transactions", "splits")
_MOST_SLOTS = 2_000_000
_SPLITS_PER_TRANSACTION = 20
"""The average over a whole file."""
_MOMENT = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[ T]?([0-9]{2}):?([0-9]{2}):?([0-9]{2}))?")
_NOON = 12
_QUARTERS = frozenset({"00", "15", "30", "45"})


def recognises(data: bytes) -> bool:
    """Whether a database holds the tables of GnuCash."""
    return all(mark in data for mark in _MARKS)


def kept(data: bytes, *, max_rows: int) -> Kept:
    """What a database keeps.

    Raises:
        FileUnreadable: it is damaged, or an amount or date in it is none.
        FileTooLong: more than ``max_rows`` transactions.
    """
    with opened(data) as database:
        if missing := [table for table in _NEEDED if table not in database.tables]:
            raise FileUnreadable.on_line(None, problem=f"it is a database without the table '{missing[0]}'")
        return _Taker(database, max_rows).kept()


class _Taker:
    """Takes a database's rows into what is kept."""

    def __init__(self, database: Database, max_rows: int) -> None:
        self.database = database
        self.max_rows = max_rows
        self.found = Kept()
        self.commodities: dict[str, CommodityKey] = {}
        self.templates: set[str] = set()
        """The accounts of scheduled transactions' templates."""
        self.slots: dict[str, dict[str, str]] = {}
        """What is noted on accounts and transactions, by their ids and the names of the notes."""

    def kept(self) -> Kept:
        """All of it."""
        self._slots()
        self._commodities()
        self._accounts()
        self._transactions()
        self._prices()
        for table, what in (
            ("schedxactions", "scheduled transactions"),
            ("budgets", "budgets"),
            ("invoices", "invoices and bills"),
        ):
            for _ in self.database.rows(table, ["guid"], most=MOST_ACCOUNTS):
                self.found.leave_out(what)
        return self.found

    def _slots(self) -> None:
        wanted = {"notes", "date-posted", "void-reason", "equity-type", "hidden"}
        columns = ["obj_guid", "name", "string_val", "gdate_val"]
        for owner, name, string, day in self.database.rows("slots", columns, most=_MOST_SLOTS):
            if name in wanted:
                value = text(string) or text(day)
                self.slots.setdefault(text(owner), {}).setdefault(text(name), value)

    def _commodities(self) -> None:
        columns = ["guid", "namespace", "mnemonic", "fullname", "fraction"]
        for guid, space, symbol, name, fraction in self.database.rows("commodities", columns, most=MOST_COMMODITIES):
            if key := self._key(space, symbol):
                self.commodities[text(guid)] = key
                self.found.commodities[key] = KeptCommodity(key, text(name), whole(fraction) or 1)

    def _key(self, space: Cell, symbol: Cell) -> CommodityKey | None:
        return (text(space), text(symbol).strip()) if text(symbol).strip() else None

    def _accounts(self) -> None:
        roots = {text(root) for (root,) in self.database.rows("books", ["root_template_guid"], most=100)}
        columns = ["guid", "name", "account_type", "commodity_guid", "parent_guid", "code", "description", "hidden"]
        for guid, name, type_, commodity, parent, code, description, hidden in self.database.rows(
            "accounts", columns, most=MOST_ACCOUNTS
        ):
            slots = self.slots.get(text(guid), {})
            self.found.accounts[text(guid)] = KeptAccount(
                text(guid),
                text(name),
                text(type_).upper(),
                self.commodities.get(text(commodity)),
                text(parent) or None,
                text(code),
                text(description),
                bool(whole(hidden)) or slots.get("hidden") == "true",
                slots.get("equity-type") == "opening-balance",
            )
        self._tell_templates(roots)
        for guid in self.templates:
            self.found.accounts.pop(guid, None)

    def _tell_templates(self, roots: set[str]) -> None:
        below: dict[str, list[str]] = {}
        for account in self.found.accounts.values():
            below.setdefault(account.parent or "", []).append(account.id)
        waiting = list(roots)
        while waiting:
            guid = waiting.pop()
            if guid and guid not in self.templates:
                self.templates.add(guid)
                waiting.extend(below.get(guid, ()))

    def _transactions(self) -> None:
        splits = self._splits()
        columns = ["guid", "currency_guid", "num", "post_date", "description"]
        number = 0
        for guid, currency, num, posted, description in self.database.rows(
            "transactions", columns, most=self.max_rows * 2 + 1_000
        ):
            own = splits.get(text(guid), [])
            if own and all(split.account in self.templates for split in own):
                continue
            number += 1
            if number > self.max_rows:
                raise FileTooLong(limit=str(self.max_rows))
            key = self.commodities.get(text(currency))
            slots = self.slots.get(text(guid), {})
            date = _day(slots.get("date-posted", "")) or _day(text(posted))
            if key is None or date is None:
                lacking = "no currency" if key is None else "no date that can be read"
                raise FileUnreadable.on_line(number, problem=f"transaction {number} has {lacking}")
            self.found.transactions.append(
                KeptTransaction(
                    number,
                    text(guid),
                    key,
                    date,
                    text(description),
                    text(num),
                    slots.get("notes", ""),
                    slots.get("void-reason", ""),
                    own,
                )
            )

    def _splits(self) -> dict[str, list[KeptSplit]]:
        found: dict[str, list[KeptSplit]] = {}
        columns = ["tx_guid", "account_guid", "memo", "action", "reconcile_state"]
        columns += ["value_num", "value_denom", "quantity_num", "quantity_denom"]
        most = max(self.max_rows * _SPLITS_PER_TRANSACTION, MOST_SPLITS_EACH)
        for number, (guid, account, memo, action, state, *figures) in enumerate(
            self.database.rows("splits", columns, most=most), 1
        ):
            own = found.setdefault(text(guid), [])
            if len(own) == MOST_SPLITS_EACH:
                raise FileUnreadable.on_line(
                    None, problem=f"it has a transaction of more than {MOST_SPLITS_EACH} splits"
                )
            value = _amount(figures[0], figures[1], number)
            quantity = _amount(figures[2], figures[3], number)
            own.append(KeptSplit(text(account), quantity, value, text(state) or "n", text(memo), text(action)))
        return found

    def _prices(self) -> None:
        columns = ["commodity_guid", "currency_guid", "date", "value_num", "value_denom"]
        for number, (commodity, currency, posted, above, below) in enumerate(
            self.database.rows("prices", columns, most=MOST_PRICES), 1
        ):
            keys = self.commodities.get(text(commodity)), self.commodities.get(text(currency))
            date = _day(text(posted))
            if keys[0] is None or keys[1] is None or date is None:
                raise FileUnreadable.on_line(number, problem=f"price {number} lacks its commodity or its date")
            value = fractions.quotient(Decimal(whole(above) or 0), Decimal(whole(below) or 0))
            self.found.prices.append(KeptPrice(number, keys[0], keys[1], date, value))


def _amount(above: Cell, below: Cell, number: int) -> Decimal:
    numerator, denominator = whole(above), whole(below)
    if numerator is None or denominator is None:
        raise FileUnreadable.on_line(number, problem=f"split {number} has an amount that isn't of whole numbers")
    try:
        return fractions.amount(numerator, denominator)
    except NumberError as error:
        raise FileUnreadable.on_line(number, problem=f"split {number} has an amount that {error}") from error


def _day(text_: str) -> dt.date | None:
    """The calendar day of a moment in UTC, as the person who wrote it saw it.

    GnuCash keeps 10:59 since 2018, which is the same day everywhere. Before, it kept the local midnight: in the evening
    of the day before wherever clocks are ahead of UTC.
    """
    if (found := _MOMENT.match(text_.strip())) is None:
        return None
    try:
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] and int(found[4]) >= _NOON and found[5] in _QUARTERS and found[6] == "00":
            day += dt.timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
