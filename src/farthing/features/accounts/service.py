"""What can be done to accounts: the verbs of a chart of accounts."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from farthing.core.work import Work
from farthing.features.accounts.errors import (
    AccountClosed,
    AccountHasOpenChildren,
    AccountInUseLater,
    AccountIsSystem,
    AccountNotClosed,
    AccountNotEmpty,
    AccountNotFound,
    AccountsTooMany,
    AccountUnknown,
    CurrencyMismatch,
    CurrencyRequired,
    CurrencyUsed,
    ParentUnfit,
    TypeUnfit,
)
from farthing.features.accounts.repository import AccountRepository
from farthing.features.accounts.schemas import (
    AccountClose,
    AccountCreate,
    AccountQuery,
    AccountUpdate,
    BalanceQuery,
    OpeningCreate,
    image,
)
from farthing.features.journal.entries import Balance, Entry
from farthing.features.journal.models import TransactionKind
from farthing.features.journal.service import JournalService
from farthing.kit import clock, ids
from farthing.kit.pages import Page
from farthing.ledger.accounts import (
    SEPARATOR,
    SYSTEM_ACCOUNTS,
    AccountKind,
    AccountType,
    SystemRole,
    full_name,
    name_key,
    number_key,
)
from farthing.ledger.currencies import digits_of, settle
from farthing.ledger.money import write_amount
from farthing.ledger.postings import Line

MAX_ACCOUNTS = 5000
MAX_DEPTH = 8
KINDS_IN_ORDER = tuple(AccountKind)
PROTECTED = {"name", "parent", "archived", "currency", "type"}


@dataclass(frozen=True, slots=True)
class Reference:
    """An account as a request names it, and where it stands in the request."""

    text: str
    pointer: str
    is_parameter: bool = False


class AccountService:
    """The chart of accounts of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountRepository(work)
        self.journal = JournalService(work)

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

    async def open(self, wanted: AccountCreate) -> RowMapping:
        """Open an account, with what it held when the book began with it.

        Raises:
            AccountNameTaken, AccountNumberTaken, AccountIdTaken: it clashes with another.
            AccountUnknown, ParentUnfit: it can't stand there.
            TypeUnfit, CurrencyRequired: kind, type and currency don't go together.
            AccountsTooMany: the book is full.
        """
        _check_type(wanted.kind, wanted.type)
        if wanted.type and wanted.type.is_bank_like and wanted.currency is None:
            raise CurrencyRequired.at("/currency", type=wanted.type.value)
        if await self.accounts.count() >= MAX_ACCOUNTS:
            raise AccountsTooMany
        parent = await self._parent(wanted.parent, wanted.kind) if wanted.parent else None
        position = await self.accounts.next_position(parent["id"] if parent else None, wanted.kind)
        row = self._row(kind=wanted.kind, name=wanted.name, position=position, parent=parent)
        row |= {
            "id": wanted.id or row["id"],
            "type": wanted.type,
            "currency": wanted.currency,
            "description": wanted.description or None,
            "opened_on": wanted.opening.date if wanted.opening else None,
            **_number(wanted.number),
        }
        await self.accounts.add([row])
        self.work.created("account", row["id"])
        self.work.tell(f"Opened the account {row['full_name']}.")
        account = await self.get(row["id"])
        if wanted.opening:
            await self.book_opening(account, wanted.opening, pointer="/opening")
        return account

    async def book_opening(self, account: RowMapping, opening: OpeningCreate, *, pointer: str) -> None:
        """Book what an account held when the book began with it, against Equity:Opening Balances."""
        currency = opening.currency or account["currency"] or self.work.opened.currency
        if account["currency"] not in {None, currency}:
            raise CurrencyMismatch.at(f"{pointer}/currency", account=account["full_name"], currency=account["currency"])
        amount = settle(opening.amount, currency, pointer=f"{pointer}/amount")
        equity = await self.system(SystemRole.OPENING_BALANCES)
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
            ]
        )

    async def get(self, account_id: UUID) -> RowMapping:
        """An account.

        Raises:
            AccountNotFound: the book has none such.
        """
        account = await self.accounts.get(account_id)
        if account is None:
            raise AccountNotFound
        self.work.shows(account["revision"])
        return account

    async def find(self, wanted: AccountQuery) -> Page[RowMapping]:
        """A page of the chart of accounts, in its order."""
        return await self.accounts.find(wanted)

    async def change(self, account_id: UUID, changes: AccountUpdate) -> RowMapping:
        """Change an account. A new name or place changes the full names of all accounts under it.

        Raises:
            AccountNotFound: the book has none such.
            AccountIsSystem: the service itself books to it.
            AccountNameTaken, AccountNumberTaken: it would clash with another.
            AccountUnknown, ParentUnfit: it can't stand there.
            TypeUnfit, CurrencyRequired, CurrencyUsed: kind, type and currency don't go together.
            RevisionStale: the caller's picture of the account is out of date.
        """
        account = await self.get(account_id)
        self.work.expect(account["revision"])
        given = changes.model_dump(exclude_unset=True)
        if account["role"] and given.keys() & PROTECTED:
            raise AccountIsSystem
        values = await self._changed_facts(account, given)
        values |= await self._changed_place(account, given)
        values = {name: value for name, value in values.items() if account.get(name, ...) != value}
        if not values:
            return account
        at = clock.now()
        below: list[RowMapping] = []
        if "full_name" in values or "sort_key" in values:
            below = await self.accounts.below(account["name_key"])
            if "full_name" in values:
                values["named_revision"] = self.work.revision
        await self.accounts.change(account_id, values, revision=self.work.revision, at=at)
        self.work.changed("account", account_id, image(account))
        await self._carry_along(account, values, below, at)
        self.work.tell(f"Changed the account {values.get('full_name', account['full_name'])}.")
        return await self.get(account_id)

    async def close(self, account_id: UUID, closing: AccountClose) -> RowMapping:
        """Close an account that holds nothing.

        Raises:
            AccountNotFound, AccountIsSystem, AccountClosed: nothing to close there.
            AccountNotEmpty: it still holds something.
            AccountHasOpenChildren: accounts under it are open.
            AccountInUseLater: it has postings after that day.
            RevisionStale: the caller's picture of the account is out of date.
        """
        account = await self.get(account_id)  # the book is locked: no posting lands in between
        self.work.expect(account["revision"])
        if account["role"]:
            raise AccountIsSystem
        if account["closed_on"]:
            raise AccountClosed(account=account["full_name"])
        day = closing.date or self.work.today()
        held = [balance for balance in await self.journal.balances([account_id]) if balance.amount]
        if held:
            raise AccountNotEmpty(balances=", ".join(_spoken(balance) for balance in held))
        if any(child["closed_on"] is None for child in await self.accounts.below(account["name_key"])):
            raise AccountHasOpenChildren
        last = await self.journal.last_day(account_id)
        if last and last > day:
            raise AccountInUseLater(last=last.isoformat())
        return await self._mark(account, {"closed_on": day}, "Closed")

    async def reopen(self, account_id: UUID) -> RowMapping:
        """Open a closed account again.

        Raises:
            AccountNotFound, AccountNotClosed: nothing to reopen there.
            RevisionStale: the caller's picture of the account is out of date.
        """
        account = await self.get(account_id)
        self.work.expect(account["revision"])
        if not account["closed_on"]:
            raise AccountNotClosed
        return await self._mark(account, {"closed_on": None}, "Reopened")

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

    async def chart(self, account_ids: Sequence[UUID]) -> list[RowMapping]:
        """These accounts, in the order of the chart."""
        if not account_ids:
            return []
        found = await self.accounts.named(ids=account_ids)
        return sorted(found, key=lambda account: account["sort_key"])

    async def system(self, role: SystemRole) -> RowMapping:
        """The account that the service itself books this to."""
        (account,) = await self.accounts.named(roles=[role])
        return account

    async def by_number(self, number: str) -> RowMapping | None:
        """The account with this number or IBAN, however it is spaced."""
        key = number_key(number)
        return await self.accounts.by_number(key) if key else None

    async def resolve(
        self, references: Sequence[Reference], *, roles: Sequence[SystemRole] = ()
    ) -> tuple[list[RowMapping], dict[SystemRole, RowMapping]]:
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
            "sort_key": _sort_key(kind, parent["sort_key"] if parent else None, position, name),
            "position": position,
            "named_revision": self.work.revision,
            "created_revision": self.work.revision,
            "revision": self.work.revision,
            "created_at": at,
            "changed_at": at,
            **dict.fromkeys(("type", "currency", "number", "number_key", "description", "opened_on")),
        }

    async def _parent(self, reference: str, kind: AccountKind) -> RowMapping:
        (parent,), _ = await self.resolve([Reference(reference, "/parent")])
        if parent["kind"] != kind or parent["role"] or parent["full_name"].count(SEPARATOR) >= MAX_DEPTH:
            raise ParentUnfit.at("/parent")
        if parent["closed_on"]:
            raise AccountClosed(account=parent["full_name"])
        return parent

    async def _changed_facts(self, account: RowMapping, given: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {name: given[name] for name in ("type", "currency", "archived") if name in given}
        if "description" in given:
            values["description"] = given["description"] or None
        if "number" in given:
            values |= _number(given["number"])
        type_ = given.get("type", account["type"])
        currency = given.get("currency", account["currency"])
        if type_ is not None:
            _check_type(AccountKind(account["kind"]), AccountType(type_))
            if AccountType(type_).is_bank_like and currency is None:
                raise CurrencyRequired.at("/currency", type=AccountType(type_).value)
        if "currency" in given and currency is not None and currency != account["currency"]:
            others = [used for used in await self.journal.currencies_used(account["id"]) if used != currency]
            if others:
                raise CurrencyUsed(currencies=", ".join(others))
        return values

    async def _changed_place(self, account: RowMapping, given: dict[str, Any]) -> dict[str, Any]:
        if not given.keys() & {"name", "parent", "position"}:
            return {}
        kind = AccountKind(account["kind"])
        parent_id, parent = account["parent_id"], None
        if "parent" in given:
            parent = await self._parent(given["parent"], kind) if given["parent"] else None
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
            "sort_key": _sort_key(kind, parent["sort_key"] if parent else None, position, name),
        }

    async def _carry_along(
        self, account: RowMapping, values: dict[str, Any], below: Sequence[RowMapping], at: dt.datetime
    ) -> None:
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
            self.work.changed("account", child["id"], image(child))

    async def _mark(self, account: RowMapping, values: dict[str, Any], verb: str) -> RowMapping:
        await self.accounts.change(account["id"], values, revision=self.work.revision, at=clock.now())
        self.work.changed("account", account["id"], image(account))
        self.work.tell(f"{verb} the account {account['full_name']}.")
        return await self.get(account["id"])


def check_postable(account: RowMapping, currency: str, *, pointer: str, currency_pointer: str | None = None) -> None:
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


def _check_type(kind: AccountKind, type_: AccountType | None) -> None:
    if type_ is not None and kind not in type_.kinds:
        raise TypeUnfit.at("/type", kind=kind.value, type=type_.value)


def _number(number: str | None) -> dict[str, str | None]:
    key = number_key(number) if number else ""
    return {"number": number if key else None, "number_key": key or None}


def _sort_key(kind: AccountKind, parent_key: str | None, position: int, name: str) -> str:
    # The unit separator sorts before everything a name can hold: children follow their parent at once.
    above = parent_key if parent_key is not None else str(KINDS_IN_ORDER.index(kind))
    return f"{above}\x1f{position:06d}{name_key(name)}"


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None  # noqa: PLR2004 - a UUID as it is usually written
    except ValueError:
        return None


def _spoken(balance: Balance) -> str:
    return f"{write_amount(balance.amount, digits_of(balance.currency))} {balance.currency}"
