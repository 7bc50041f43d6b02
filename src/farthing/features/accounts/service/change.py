"""Changing accounts: renaming and moving them, closing and opening them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import (
    AccountClosed,
    AccountHasOpenChildren,
    AccountInUseLater,
    AccountIsSystem,
    AccountNotClosed,
    AccountNotEmpty,
    AccountValued,
    AccountValuedThen,
    CurrencyRequired,
    CurrencyUsed,
    ParentUnfit,
    TransferUnfit,
)
from farthing.features.accounts.models import ACCOUNT
from farthing.features.accounts.repository import AccountRepository
from farthing.features.accounts.schemas import AccountClose, AccountUpdate
from farthing.features.accounts.service.find import AccountService, Reference, check_postable
from farthing.features.accounts.service.group import GroupService
from farthing.features.accounts.service.rules import (
    MAX_DEPTH,
    as_numbered,
    check_parent,
    check_type,
    keeps_worth,
    settled_terms,
    sort_key,
    terms_given,
)
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.entries import Balance, Entry
from farthing.features.journal.service import JournalService
from farthing.kit import clock, ids
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountTerm, AccountType, full_name, name_key
from farthing.ledger.postings import Line

PROTECTED = {"name", "parent", "archived", "currency", "type"}
"""What stays as it is of the accounts that the service itself books to."""


class ChangeService:
    """Changes accounts."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountRepository(work)
        self.chart = AccountService(work)
        self.groups = GroupService(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)

    async def change(self, account_id: UUID, changes: AccountUpdate) -> Row:
        """Change an account. A new name or place changes the full names of all accounts under it.

        Raises:
            AccountNotFound: the book has none such.
            AccountIsSystem: the service itself books to it.
            AccountNameTaken, AccountNumberTaken: it would clash with another.
            AccountUnknown, ParentUnfit: it can't stand there.
            CurrencyUnknown: there is no such currency.
            TypeUnfit, CurrencyRequired, CurrencyUsed: kind, type and currency don't go together.
            AccountValued: it has valuations, which fit neither another type nor no currency.
            GroupUnknown: there is no group to put it into.
            TermUnfit, TermsReversed, AmountTooFine, AmountTooLarge: its terms don't fit it, or each other.
            RevisionStale: the caller's picture of the account is out of date.
        """
        account = await self.chart.get(account_id)
        self.work.expect(account["revision"])
        given = changes.model_dump(exclude_unset=True)
        if account["role"] and given.keys() & PROTECTED:
            raise AccountIsSystem
        values = await self._changed_facts(account, given)
        values |= await self._changed_terms(account, changes)
        values |= await self._changed_place(account, given)
        if changes.group is not None:
            values["group_id"] = (await self.groups.resolve(changes.group, "/group"))["id"]
        elif "group" in given:
            values["group_id"] = None
        values = {name: value for name, value in values.items() if _differs(account.get(name, ...), value)}
        if not values:
            return account
        at = clock.now()
        below: list[Row] = []
        if "full_name" in values or "sort_key" in values:
            below = await self.accounts.below(account["name_key"])
            if "full_name" in values:
                values["named_revision"] = self.work.revision
        await self.accounts.change(account_id, values, revision=self.work.revision, at=at)
        self.work.changed("account", account_id, ACCOUNT.image(account))
        await self._carry_along(account, values, below, at)
        self.work.tell(f"Changed the account {values.get('full_name', account['full_name'])}.")
        return await self.chart.get(account_id)

    async def close(self, account_id: UUID, closing: AccountClose) -> Row:
        """Close an account that holds nothing, or whose rest goes to another account on that day.

        Raises:
            AccountNotFound, AccountIsSystem, AccountClosed: nothing to close there; or the rest goes to an account
                that is closed.
            AccountNotEmpty: it still holds something, and it wasn't said where that goes.
            AccountHasOpenChildren: accounts under it are open.
            AccountInUseLater: it has postings after that day.
            AccountValuedThen: it is worth something on that day.
            AccountUnknown, TransferUnfit, CurrencyMismatch: the rest can't go there.
            PeriodLocked: the day is in the locked period, and there is something left.
            CheckpointBroken: something is left, and a checkpoint would not hold any more once it has gone.
            RevisionStale: the caller's picture of the account is out of date.
        """
        account = await self.chart.get(account_id)  # the book is locked: no posting lands in between
        self.work.expect(account["revision"])
        if account["role"]:
            raise AccountIsSystem
        if account["closed_on"]:
            raise AccountClosed(account=account["full_name"])
        day = closing.date or self.work.today()
        target = await self._transfer_target(account, closing.transfer_to) if closing.transfer_to else None
        held = [balance for balance in await self.journal.balances([account_id]) if balance.amount]
        if held and target is None:
            raise AccountNotEmpty(balances=await self._spoken(held))
        if any(child["closed_on"] is None for child in await self.accounts.below(account["name_key"])):
            raise AccountHasOpenChildren
        last = await self.journal.last_day(account_id)
        if last and last > day:
            raise AccountInUseLater(last=last.isoformat())
        told = f"Closed the account {account['full_name']}."
        if held and target is not None:
            await self._transfer(held, account, target, day)
            told += f" What it held went to {target['full_name']}."
        return await self._mark(account, {"closed_on": day}, told)

    async def reopen(self, account_id: UUID) -> Row:
        """Open a closed account again.

        Raises:
            AccountNotFound, AccountNotClosed: nothing to reopen there.
            RevisionStale: the caller's picture of the account is out of date.
        """
        account = await self.chart.get(account_id)
        self.work.expect(account["revision"])
        if not account["closed_on"]:
            raise AccountNotClosed
        return await self._mark(account, {"closed_on": None}, f"Reopened the account {account['full_name']}.")

    async def _transfer_target(self, account: Row, reference: str) -> Row:
        (target,) = await self.chart.resolve([Reference(reference, "/transfer_to")])
        if target["id"] == account["id"] or target["role"]:
            raise TransferUnfit.at("/transfer_to")
        return target

    async def _transfer(self, held: Sequence[Balance], account: Row, target: Row, day: dt.date) -> None:
        """Book what is left on an account to another, all currencies in one transaction."""
        for balance in held:
            check_postable(target, balance.currency, pointer="/transfer_to")
        worth = await self.journal.valuation_on(account["id"], day)
        if worth is not None and worth["amount"]:
            spoken = await self._spoken([Balance(account["id"], worth["currency"], worth["amount"])])
            raise AccountValuedThen(amount=spoken, day=day.isoformat())
        lines = [
            Line(account_id=place, amount=amount, currency=balance.currency)
            for balance in held
            for place, amount in ((account["id"], -balance.amount), (target["id"], balance.amount))
        ]
        await self.journal.write(
            [Entry(id=ids.new_id(), date=day, description="Rest of a closed account", lines=tuple(lines))]
        )

    async def _changed_facts(self, account: Row, given: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {name: given[name] for name in ("type", "currency", "archived") if name in given}
        if "description" in given:
            values["description"] = given["description"] or None
        if "number" in given:
            values |= as_numbered(given["number"])
        type_ = given.get("type", account["type"])
        currency = given.get("currency", account["currency"])
        if type_ is not None:
            check_type(AccountKind(account["kind"]), AccountType(type_))
            if AccountType(type_).is_bank_like and currency is None:
                raise CurrencyRequired.at("/currency", type=AccountType(type_).value)
        reshaped = given.keys() & {"type", "currency"}
        if reshaped and not keeps_worth(type_, currency) and await self.journal.valued([account["id"]]):
            raise AccountValued
        if "currency" in given and currency is not None and currency != account["currency"]:
            await self.currencies.check(currency, "/currency")
            others = [used for used in await self.journal.currencies_used(account["id"]) if used != currency]
            if others:
                raise CurrencyUsed(currencies=", ".join(others))
        return values

    async def _changed_terms(self, account: Row, changes: AccountUpdate) -> dict[str, Any]:
        """The terms as they will be: looked at again where the type or the currency changes under them."""
        given = terms_given(changes)
        if not given and not changes.model_fields_set & {"type", "currency"}:
            return {}
        terms = {term: account[term] for term in AccountTerm} | given
        type_ = changes.type if "type" in changes.model_fields_set else account["type"]
        currency = changes.currency if "currency" in changes.model_fields_set else account["currency"]
        currencies = await self.currencies.look_up([currency])
        return settled_terms(terms, AccountType(type_) if type_ else None, currency, currencies)

    async def _changed_place(self, account: Row, given: dict[str, Any]) -> dict[str, Any]:
        if not given.keys() & {"name", "parent", "position"}:
            return {}
        kind = AccountKind(account["kind"])
        parent_id, parent = account["parent_id"], None
        if "parent" in given:
            parent = await check_parent(self.chart, given["parent"], kind) if given["parent"] else None
            if parent and f"{parent['name_key']}{SEPARATOR}".startswith(f"{account['name_key']}{SEPARATOR}"):
                raise ParentUnfit.at("/parent")
            parent_id = parent["id"] if parent else None
        elif parent_id:
            parent = await self.accounts.get(parent_id)
        name = given.get("name", account["name"])
        position = given.get("position", account["position"])
        if parent_id != account["parent_id"] and "position" not in given:
            position = await self.accounts.next_position(parent_id, kind)
        whole = full_name(kind, parent["full_name"] if parent else None, name)
        return {
            "parent_id": parent_id,
            "name": name,
            "position": position,
            "full_name": whole,
            "name_key": name_key(whole),
            "sort_key": sort_key(kind, parent["sort_key"] if parent else None, position, name),
        }

    async def _carry_along(self, account: Row, values: dict[str, Any], below: Sequence[Row], at: dt.datetime) -> None:
        """Accounts under one that moved follow it, each as a change of its own in the log."""
        if (
            below
            and max(row["full_name"].count(SEPARATOR) for row in below)
            - account["full_name"].count(SEPARATOR)
            + values.get("full_name", account["full_name"]).count(SEPARATOR)
            > MAX_DEPTH
        ):
            raise ParentUnfit.at("/parent")
        for child in below:
            moved: dict[str, Any] = {}
            if "full_name" in values:
                whole = values["full_name"] + child["full_name"][len(account["full_name"]) :]
                moved |= {"full_name": whole, "name_key": name_key(whole), "named_revision": self.work.revision}
            if "sort_key" in values:
                moved["sort_key"] = values["sort_key"] + child["sort_key"][len(account["sort_key"]) :]
            await self.accounts.change(child["id"], moved, revision=self.work.revision, at=at)
            self.work.changed("account", child["id"], ACCOUNT.image(child))

    async def _mark(self, account: Row, values: dict[str, Any], told: str) -> Row:
        await self.accounts.change(account["id"], values, revision=self.work.revision, at=clock.now())
        self.work.changed("account", account["id"], ACCOUNT.image(account))
        self.work.tell(told)
        return await self.chart.get(account["id"])

    async def _spoken(self, held: Sequence[Balance]) -> str:
        currencies = await self.currencies.look_up(balance.currency for balance in held)
        return ", ".join(f"{currencies.write(each.amount, each.currency)} {each.currency}" for each in held)


def _differs(before: Any, after: Any) -> bool:
    """Whether a column changes: an amount does, too, that is kept in more or fewer digits in another currency."""
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return before.as_tuple() != after.as_tuple()
    return bool(before != after)
