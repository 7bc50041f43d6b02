"""Holding what a broker says an account has of securities against what the book has of them.

Nothing is booked of it: no file tells what the units that aren't there were paid for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.imports.service.stage import plain
from farthing.features.imports.service.target import Target
from farthing.features.journal.service import JournalService
from farthing.ledger.money import EXACT

MAX_NAME = 100
MAX_TOLD = 10
"""How many securities a file's warnings name of an account."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a security a statement says its account held at the end of a day."""

    code: str
    name: str | None
    amount: Decimal
    date: dt.date

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Held:
        """As a draft keeps it."""
        return cls(kept["code"], kept["name"], Decimal(kept["amount"]), dt.date.fromisoformat(kept["date"]))


@dataclass(frozen=True, slots=True)
class Compared:
    """What a statement says of a security, and what the book says; None where it keeps none on the account."""

    stated: Held
    book: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """What the statement says, less what the book does."""
        return None if self.book is None else EXACT.subtract(self.stated.amount, self.book)


def kept_holdings(target: Target) -> list[dict[str, Any]]:
    """What a statement says of securities, as a draft keeps it: a security that is held in several parts once."""
    found: dict[tuple[str, dt.date], Held] = {}
    for holding in target.statement.holdings:
        security = holding.security
        unit = target.against.units.get(security.commodity)
        code = unit.code if unit else security.commodity
        before = found.get((code, holding.date))
        amount = EXACT.add(before.amount, security.amount) if before else security.amount
        name = (before.name if before else None) or plain(security.name, MAX_NAME)
        found[code, holding.date] = Held(code, name, amount, holding.date)
    return [
        {"code": each.code, "name": each.name, "amount": f"{each.amount:f}", "date": each.date.isoformat()}
        for each in found.values()
    ]


class HoldService:
    """Compares holdings."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.currencies = CurrencyService(work)
        self.journal = JournalService(work)

    async def compare(self, account_id: UUID, kept_in: str | None, stated: Sequence[Held]) -> list[Compared]:
        """Hold what a statement says against the book as the broker sees it, in the statement's order.

        Args:
            account_id: whose statement.
            kept_in: the one currency that the account is kept in: it takes no securities then.
            stated: what it says.
        """
        if kept_in is not None:
            return [Compared(each, None) for each in stated]
        book = {}
        for day in {each.date for each in stated}:
            balances = await self.journal.balances([account_id], day, with_pending=False)
            book.update({(balance.currency, day): balance.amount for balance in balances})
        return [Compared(each, book.get((each.code, each.date), Decimal(0))) for each in stated]

    async def shown(self, compared: Sequence[Compared]) -> list[dict[str, Any]]:
        """As an outcome keeps it."""
        currencies = await self.currencies.look_up({each.stated.code for each in compared})

        def write(amount: Decimal | None, code: str) -> str | None:
            return None if amount is None else currencies.write(amount, code)

        return [
            {
                "security": each.stated.code,
                "name": each.stated.name,
                "date": each.stated.date.isoformat(),
                "stated": write(each.stated.amount, each.stated.code),
                "held": write(each.book, each.stated.code),
                "difference": write(each.difference, each.stated.code),
            }
            for each in compared
        ]


def warnings_of(account: str, shown: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is to be said of holdings that the book has otherwise."""
    unkept = [each["security"] for each in shown if each["held"] is None]
    if unkept:
        named = ", ".join(unkept[:MAX_TOLD]) + (" and others" if len(unkept) > MAX_TOLD else "")
        taken = f"{account} is kept in one currency and takes no securities"
        return [f"{taken}: what the file says that it holds of {named} isn't compared."]
    away = [each for each in shown if Decimal(each["difference"])]
    told = [
        f"{account}: the file says that it held {each['stated']} {_called(each)} on {each['date']}; "
        f"the book has {each['held']}."
        for each in away[:MAX_TOLD]
    ]
    if len(away) > MAX_TOLD:
        told.append(f"{account}: {len(away) - MAX_TOLD} more securities aren't held here as the file says.")
    return told


def _called(shown: Mapping[str, Any]) -> str:
    code, name = shown["security"], shown["name"]
    return f"{code} ({name})" if name and name != code else code
