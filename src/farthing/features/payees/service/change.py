"""Making, changing and deleting payees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.journal.service import JournalService
from farthing.features.payees.errors import (
    AliasesTooMany,
    DefaultCategoryUnfit,
    PayeeIdTaken,
    PayeeInUse,
    PayeeNameTaken,
    PayeesTooMany,
)
from farthing.features.payees.models import PAYEE
from farthing.features.payees.names import payee_key
from farthing.features.payees.repository import MAX_PAYEES, PayeeRepository
from farthing.features.payees.schemas import MAX_ALIASES, PayeeCreate, PayeeUpdate
from farthing.features.payees.service.find import PayeeService
from farthing.kit import clock, ids
from farthing.ledger.accounts import AccountKind


class ChangeService:
    """Makes and changes payees."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.payees = PayeeRepository(work)
        self.found = PayeeService(work)
        self.accounts = AccountService(work)
        self.journal = JournalService(work)

    async def create(self, wanted: PayeeCreate) -> Row:
        """Make a payee.

        Raises:
            PayeeIdTaken, PayeeNameTaken: it clashes with another.
            PayeesTooMany: the book is full.
            AccountUnknown, DefaultCategoryUnfit: the default category isn't one.
        """
        if wanted.id is not None and await self.payees.is_taken(wanted.id):
            raise PayeeIdTaken
        if await self.payees.count() >= MAX_PAYEES:
            raise PayeesTooMany
        names = _names(wanted.name, wanted.aliases)
        await self._check_free(names, wanted.aliases)
        payee_id, at = wanted.id or ids.new_id(), clock.now()
        values = {
            "id": payee_id,
            "name": wanted.name,
            "name_key": payee_key(wanted.name),
            "note": wanted.note or None,
            "default_category_id": await self._category(wanted.default_category),
            "named_revision": self.work.revision,
            "created_revision": self.work.revision,
            "revision": self.work.revision,
            "created_at": at,
            "changed_at": at,
        }
        await self.payees.add(values, list(names.values())[1:])
        self.work.created("payee", payee_id)
        self.work.tell("Made a payee.")
        return await self.found.get(payee_id)

    async def change(self, payee_id: UUID, changes: PayeeUpdate) -> Row:
        """Change a payee. A new name shows in all its transactions; the old one stays on as an alias, unless told.

        Raises:
            PayeeNotFound: the book has none such.
            PayeeNameTaken: a name or alias is another's.
            AliasesTooMany: with its old name it would have more than a payee has.
            AccountUnknown, DefaultCategoryUnfit: the default category isn't one.
            RevisionStale: the caller's picture of the payee is out of date.
        """
        payee = await self.found.get(payee_id)
        self.work.expect(payee["revision"])
        given = changes.model_fields_set
        name = changes.name if "name" in given else payee["name"]
        before = _names(payee["name"], payee["aliases"])
        names = _names(name, changes.aliases if "aliases" in given else before.values())
        if len(names) > 1 + MAX_ALIASES:
            raise AliasesTooMany
        values: dict[str, Any] = {"name": name, "name_key": payee_key(name)}
        if "note" in given:
            values["note"] = changes.note or None
        if "archived" in given:
            values["archived"] = changes.archived
        if "default_category" in given:
            values["default_category_id"] = await self._category(changes.default_category)
        values = {column: value for column, value in values.items() if payee[column] != value}
        if not values and names == before:
            return payee
        if names != before:
            await self._check_free(names, changes.aliases if "aliases" in given else (), of=payee_id)
        if "name" in values:
            values["named_revision"] = self.work.revision
        await self.payees.change(payee_id, values, revision=self.work.revision, at=clock.now())
        if names != before:
            await self.payees.rename(payee_id, list(names.values()))
        self.work.changed("payee", payee_id, image(payee))
        self.work.tell("Changed a payee.")
        return await self.found.get(payee_id)

    async def delete(self, payee_id: UUID) -> None:
        """Delete a payee that no transaction names.

        Raises:
            PayeeNotFound: the book has none such.
            PayeeInUse: transactions name it; says how many.
            RevisionStale: the caller's picture of the payee is out of date.
        """
        payee = await self.found.get(payee_id)
        self.work.shown = None
        self.work.expect(payee["revision"])
        count = await self.journal.count_of_payee(payee_id)
        if count:
            raise PayeeInUse(count=count)
        await self.payees.remove(payee_id)
        self.work.deleted("payee", payee_id, image(payee))
        self.work.tell("Deleted a payee.")

    async def _check_free(self, names: dict[str, str], aliases: Sequence[str], *, of: UUID | None = None) -> None:
        """No other payee goes by any of these; what is taken is blamed on the alias, if it is one that was given."""
        places = {payee_key(alias): f"/aliases/{place}" for place, alias in enumerate(aliases)}
        for row in await self.payees.named(list(names), ()):
            if row["id"] != of:
                raise PayeeNameTaken.at(places.get(row["key"], "/name"))

    async def _category(self, reference: str | None) -> UUID | None:
        if reference is None:
            return None
        (account,) = await self.accounts.resolve([Reference(reference, "/default_category")])
        if not AccountKind(account["kind"]).is_category:
            raise DefaultCategoryUnfit.at("/default_category")
        account_id: UUID = account["id"]
        return account_id


def image(payee: Row) -> dict[str, Any]:
    """All of a payee as JSON, for the history."""
    names = _names(payee["name"], payee["aliases"])
    return PAYEE.image(payee, names=[{"key": key, "name": names[key]} for key in sorted(names)])


def _names(name: str, aliases: Iterable[str]) -> dict[str, str]:
    """What a payee goes by, each by its key: its name first. An alias that is the name isn't one."""
    return {payee_key(alias): alias for alias in (name, *aliases)} | {payee_key(name): name}
