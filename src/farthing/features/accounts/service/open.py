"""Opening accounts: those of a new book, and one by one, with what they held when the book began with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountsTooMany, CurrencyMismatch, CurrencyRequired
from farthing.features.accounts.repository import AccountRepository
from farthing.features.accounts.schemas import AccountCreate, OpeningCreate
from farthing.features.accounts.service.find import AccountService
from farthing.features.accounts.service.group import GroupService
from farthing.features.accounts.service.rules import (
    MAX_ACCOUNTS,
    as_numbered,
    check_parent,
    check_type,
    settled_terms,
    sort_key,
    terms_given,
)
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import Entry
from farthing.features.journal.models import TransactionKind
from farthing.features.journal.service import JournalService
from farthing.kit import clock, ids
from farthing.ledger.accounts import SYSTEM_ACCOUNTS, AccountKind, SystemRole, full_name, name_key
from farthing.ledger.postings import Line


class OpeningService:
    """Opens accounts."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountRepository(work)
        self.chart = AccountService(work)
        self.groups = GroupService(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)

    async def furnish(self, categories: Sequence[tuple[AccountKind, str, Sequence[str]]]) -> None:
        """Give a new book the accounts the service itself books to, and categories: kind, name, names below it."""
        rows = [
            self._row(kind=kind, name=name, role=role, position=MAX_ACCOUNTS + place)
            for place, (role, (kind, name)) in enumerate(SYSTEM_ACCOUNTS.items())
        ]
        for place, (kind, name, below) in enumerate(categories):
            row = self._row(kind=kind, name=name, position=place)
            rows.append(row)
            rows.extend(
                self._row(kind=kind, name=child, position=inner, parent=row) for inner, child in enumerate(below)
            )
        await self.accounts.add(rows)
        self.work.created_many("account", [row["id"] for row in rows])

    async def open(self, wanted: AccountCreate) -> Row:
        """Open an account, with what it held when the book began with it.

        Raises:
            AccountNameTaken, AccountNumberTaken, AccountIdTaken: it clashes with another.
            AccountUnknown, ParentUnfit: it can't stand there.
            TypeUnfit, CurrencyRequired: kind, type and currency don't go together.
            CurrencyUnknown: there is no such currency.
            GroupUnknown: there is no group to put it into.
            TermUnfit, TermsReversed, AmountTooFine, AmountTooLarge: its terms don't fit it, or each other.
            AccountsTooMany: the book is full.
            PeriodLocked: it held something on a day that the book is locked for.
        """
        check_type(wanted.kind, wanted.type)
        if wanted.type and wanted.type.is_bank_like and wanted.currency is None:
            raise CurrencyRequired.at("/currency", type=wanted.type.value)
        currencies = await self.currencies.look_up([wanted.currency])
        if wanted.currency:
            currencies.get(wanted.currency, pointer="/currency")
        terms = settled_terms(terms_given(wanted), wanted.type, wanted.currency, currencies)
        if await self.accounts.count() >= MAX_ACCOUNTS:
            raise AccountsTooMany
        parent = await check_parent(self.chart, wanted.parent, wanted.kind) if wanted.parent else None
        group = await self.groups.resolve(wanted.group, "/group") if wanted.group else None
        position = await self.accounts.next_position(parent["id"] if parent else None, wanted.kind)
        row = self._row(kind=wanted.kind, name=wanted.name, position=position, parent=parent)
        row |= {
            "id": wanted.id or row["id"],
            "type": wanted.type,
            "currency": wanted.currency,
            "description": wanted.description or None,
            "opened_on": wanted.opening.date if wanted.opening else None,
            "group_id": group["id"] if group else None,
            **terms,
            **as_numbered(wanted.number),
        }
        await self.accounts.add([row])
        self.work.created("account", row["id"])
        self.work.tell(f"Opened the account {row['full_name']}.")
        account = await self.chart.get(row["id"])
        if wanted.opening:
            await self.book_opening(account, wanted.opening, pointer="/opening")
        return account

    async def book_opening(self, account: Row, opening: OpeningCreate, *, pointer: str) -> None:
        """Book what an account held when the book began with it, against Equity:Opening Balances.

        Raises:
            CurrencyMismatch, CurrencyUnknown, AmountTooFine, AmountTooLarge: the amount doesn't fit the account.
            PeriodLocked: the day is in the locked period.
        """
        currency = opening.currency or account["currency"] or self.work.opened.currency
        if account["currency"] not in {None, currency}:
            raise CurrencyMismatch.at(f"{pointer}/currency", account=account["full_name"], currency=account["currency"])
        currencies = await self.currencies.look_up([currency])
        amount = currencies.settle(
            opening.amount, currency, pointer=f"{pointer}/amount", currency_pointer=f"{pointer}/currency"
        )
        equity = await self.chart.system(SystemRole.OPENING_BALANCES)
        await self.journal.write(
            [
                Entry(
                    id=ids.new_id(),
                    date=opening.date,
                    kind=TransactionKind.OPENING,
                    description="Opening balance",
                    # Whatever else happens on that day comes after.
                    ordinal=0,
                    lines=(
                        Line(account_id=account["id"], amount=amount, currency=currency),
                        Line(account_id=equity["id"], amount=-amount, currency=currency),
                    ),
                )
            ],
            pointer=f"{pointer}/date",
        )

    def _row(
        self,
        *,
        kind: AccountKind,
        name: str,
        position: int,
        parent: Any = None,
        role: SystemRole | None = None,
    ) -> dict[str, Any]:
        at = clock.now()
        whole = full_name(kind, parent["full_name"] if parent else None, name)
        return {
            "id": ids.new_id(),
            "parent_id": parent["id"] if parent else None,
            "kind": kind,
            "role": role,
            "name": name,
            "full_name": whole,
            "name_key": name_key(whole),
            "sort_key": sort_key(kind, parent["sort_key"] if parent else None, position, name),
            "position": position,
            "named_revision": self.work.revision,
            "created_revision": self.work.revision,
            "revision": self.work.revision,
            "created_at": at,
            "changed_at": at,
            **dict.fromkeys(("type", "currency", "number", "number_key", "description", "opened_on")),
        }
