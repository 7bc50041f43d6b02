"""Finding accounts: one, many, those that a request names, and what they hold."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import AccountClosed, AccountNotFound, AccountUnknown, CurrencyMismatch
from farthing.features.accounts.repository import AccountRepository
from farthing.features.accounts.schemas import AccountQuery, BalanceQuery
from farthing.features.journal.service import JournalService
from farthing.kit.pages import Page
from farthing.ledger.accounts import SystemRole, name_key, number_key
from farthing.ledger.currencies import settle


@dataclass(frozen=True, slots=True)
class Reference:
    """An account as a request names it, and where it stands in the request."""

    text: str
    pointer: str
    is_parameter: bool = False


class AccountService:
    """The chart of accounts of a book, to look at."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountRepository(work)
        self.journal = JournalService(work)

    async def get(self, account_id: UUID) -> Row:
        """An account.

        Raises:
            AccountNotFound: the book has none such.
        """
        account = await self.accounts.get(account_id)
        if account is None:
            raise AccountNotFound
        self.work.shows(account["revision"])
        return account

    async def find(self, wanted: AccountQuery) -> Page[Row]:
        """A page of the chart of accounts, in its order."""
        return await self.accounts.find(wanted)

    async def balance(self, account_id: UUID, wanted: BalanceQuery) -> dict[str, Any]:
        """What an account holds at the end of a day, in each currency it was posted to."""
        account = await self.get(account_id)
        self.work.shown = None  # the answer is more than the account's own record
        day = wanted.date or self.work.today()
        account_ids = [account_id]
        if wanted.children:
            account_ids += [child["id"] for child in await self.accounts.below(account["name_key"])]
        sums: dict[str, Decimal] = {}
        for balance in await self.journal.balances(account_ids, day):
            sums[balance.currency] = sums.get(balance.currency, Decimal(0)) + balance.amount
        if not sums and account["currency"]:
            sums[account["currency"]] = settle(Decimal(0), account["currency"], pointer="")
        return {
            "account_id": account_id,
            "account": account["full_name"],
            "date": day,
            "balances": [{"amount": amount, "currency": currency} for currency, amount in sorted(sums.items())],
        }

    async def chart(self, account_ids: Sequence[UUID]) -> list[Row]:
        """These accounts, in the order of the chart."""
        if not account_ids:
            return []
        found = await self.accounts.named(ids=account_ids)
        return sorted(found, key=lambda account: account["sort_key"])

    async def system(self, role: SystemRole) -> Row:
        """The account that the service itself books this to."""
        (account,) = await self.accounts.named(roles=[role])
        return account

    async def by_number(self, number: str) -> Row | None:
        """The account with this number or IBAN, however it is spaced."""
        key = number_key(number)
        return await self.accounts.by_number(key) if key else None

    async def resolve(
        self, references: Sequence[Reference], *, roles: Sequence[SystemRole] = ()
    ) -> tuple[list[Row], dict[SystemRole, Row]]:
        """The accounts that a request names, in its order, and those the service books to by itself: one look-up.

        Raises:
            AccountUnknown: the book has no such account; says which was probably meant.
        """
        ids_wanted = {reference.text: _as_id(reference.text) for reference in references}
        keys = {text: name_key(text.strip()) for text, id_ in ids_wanted.items() if id_ is None}
        rows = await self.accounts.named(
            ids=[id_ for id_ in ids_wanted.values() if id_], keys=list(keys.values()), roles=list(roles)
        )
        by_id = {row["id"]: row for row in rows}
        by_key = {row["name_key"]: row for row in rows}
        found = []
        for reference in references:
            id_ = ids_wanted[reference.text]
            row = by_id.get(id_) if id_ else by_key.get(keys[reference.text])
            if row is None:
                raise await self._unknown(reference)
            found.append(row)
        return found, {SystemRole(row["role"]): row for row in rows if row["role"] in roles}

    async def resolve_tree(self, reference: Reference) -> list[UUID]:
        """The account that a request names, and all accounts under it.

        Raises:
            AccountUnknown: the book has no such account.
        """
        (account,), _ = await self.resolve([reference])
        return [account["id"], *(child["id"] for child in await self.accounts.below(account["name_key"]))]

    async def _unknown(self, reference: Reference) -> Exception:
        names = {name_key(name): name for name in await self.accounts.full_names()}
        near = difflib.get_close_matches(name_key(reference.text)[:200], names, n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(names[key] for key in near)}?" if near else ""
        if reference.is_parameter:
            return AccountUnknown.in_parameter(reference.pointer, near=hint)
        return AccountUnknown.at(reference.pointer, near=hint)


def check_postable(account: Row, currency: str, *, pointer: str, currency_pointer: str | None = None) -> None:
    """Whether an account takes a posting in this currency.

    Raises:
        AccountClosed: it takes none any more.
        CurrencyMismatch: it is kept in another currency.
    """
    if account["closed_on"]:
        raise AccountClosed(account=account["full_name"])
    if account["currency"] not in {None, currency}:
        raise CurrencyMismatch.at(
            currency_pointer or pointer, account=account["full_name"], currency=account["currency"]
        )


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None  # noqa: PLR2004 - a UUID as it is usually written
    except ValueError:
        return None
