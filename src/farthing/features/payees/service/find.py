"""Finding payees: one, many, and those that are named where something is recorded, who are made if they are new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.payees.errors import PayeeNotFound, PayeeUnknown
from farthing.features.payees.names import payee_key
from farthing.features.payees.repository import PayeeRepository
from farthing.features.payees.schemas import PayeeQuery
from farthing.kit import clock, ids
from farthing.kit.pages import Page


@dataclass(frozen=True, slots=True)
class NamedPayee:
    """A payee as far as a transaction must know it."""

    id: UUID
    name: str
    default_category_id: UUID | None = None


class NamedPayees:
    """The payees that requests name, looked up together. Who wasn't found by name is a new one, not yet written."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.by_id: dict[UUID, NamedPayee] = {}
        self._by_key: dict[str, NamedPayee] = {}
        self._new: dict[UUID, str] = {}
        for row in rows:
            payee = NamedPayee(row["id"], row["name"], row["default_category_id"])
            self.by_id[payee.id] = payee
            if row["key"] is not None:
                self._by_key[row["key"]] = payee

    def known(self, name: str) -> NamedPayee | None:
        """The payee of the book that has this name or alias."""
        payee = self._by_key.get(payee_key(name))
        return None if payee is None or payee.id in self._new else payee

    def called(self, name: str) -> NamedPayee:
        """The payee of this name or alias; a new one, if there was none."""
        key = payee_key(name)
        payee = self._by_key.get(key)
        if payee is None:
            payee = self._by_key[key] = NamedPayee(ids.new_id(), name)
            self.by_id[payee.id] = payee
            self._new[payee.id] = name
        return payee

    def get(self, payee_id: UUID, pointer: str) -> NamedPayee:
        """The payee with this id.

        Raises:
            PayeeUnknown: the book has none such.
        """
        payee = self.by_id.get(payee_id)
        if payee is None or payee_id in self._new:
            raise PayeeUnknown.at(pointer)
        return payee

    def take_new(self, payee_ids: Iterable[UUID | None]) -> dict[UUID, str]:
        """The new ones among these, with their names; from now on they are new no more."""
        return {id_: self._new.pop(id_) for id_ in dict.fromkeys(payee_ids) if id_ is not None and id_ in self._new}

    @property
    def default_categories(self) -> set[UUID]:
        """The accounts that are default categories of theirs."""
        return {payee.default_category_id for payee in self.by_id.values() if payee.default_category_id}


class PayeeService:
    """The payees of a book, to look at and to name."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.payees = PayeeRepository(work)

    async def get(self, payee_id: UUID) -> Row:
        """A payee.

        Raises:
            PayeeNotFound: the book has none such.
        """
        payee = await self.payees.get(payee_id)
        if payee is None:
            raise PayeeNotFound
        self.work.shows(payee["revision"])
        return payee

    async def find(self, wanted: PayeeQuery) -> Page[Row]:
        """A page of payees, by name or by use.

        Raises:
            CursorMalformed: the cursor isn't this list's, or names a payee that is gone.
        """
        return await self.payees.find(wanted)

    async def look_up(self, names: Iterable[str], payee_ids: Iterable[UUID] = ()) -> NamedPayees:
        """The payees that requests name, by name or alias and by id: one look-up for all of them, none for none."""
        keys, wanted = {payee_key(name) for name in names}, set(payee_ids)
        return NamedPayees(await self.payees.named(list(keys), list(wanted)) if keys or wanted else ())

    async def make(self, named: NamedPayees, payee_ids: Iterable[UUID | None]) -> set[UUID]:
        """Write down those among these payees that are new; answers with whom a book full of payees has no room for.

        They are made with what is recorded, and are a part of that change. Where there is no room the words remain.
        """
        new = named.take_new(payee_ids)
        if not new:
            return set()
        made = set(await self.payees.make(new, revision=self.work.revision, at=clock.now()))
        self.work.created_many("payee", [payee_id for payee_id in new if payee_id in made])
        return new.keys() - made
