"""All SQL about accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, delete, func, insert, or_, select, tuple_, update

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.accounts.errors import (
    AccountIdTaken,
    AccountNameTaken,
    AccountNumberTaken,
    AccountUnknown,
    GroupIdTaken,
    GroupNameTaken,
    GroupUnknown,
)
from farthing.features.accounts.models import Account, AccountGroup
from farthing.features.accounts.schemas import AccountQuery, AccountSort
from farthing.kit.pages import CursorMalformed, Page
from farthing.ledger.accounts import SEPARATOR

COLUMNS = (
    Account.id,
    Account.parent_id,
    Account.kind,
    Account.type,
    Account.role,
    Account.name,
    Account.full_name,
    Account.name_key,
    Account.sort_key,
    Account.currency,
    Account.number,
    Account.description,
    Account.position,
    Account.opened_on,
    Account.closed_on,
    Account.archived,
    Account.group_id,
    Account.interest_rate,
    Account.credit_limit,
    Account.minimum_payment,
    Account.payment_day,
    Account.started_on,
    Account.ends_on,
    Account.original_amount,
    Account.named_revision,
    Account.created_revision,
    Account.revision,
    Account.created_at,
    Account.changed_at,
)
AFTER_SEPARATOR = chr(ord(SEPARATOR) + 1)
GROUP_COLUMNS = (
    AccountGroup.id,
    AccountGroup.name,
    AccountGroup.name_key,
    AccountGroup.position,
    AccountGroup.created_revision,
    AccountGroup.revision,
    AccountGroup.created_at,
    AccountGroup.changed_at,
)
BY_GROUP = (
    AccountGroup.id.is_(None),
    func.coalesce(AccountGroup.position, 0),
    func.coalesce(AccountGroup.name_key, ""),
    Account.sort_key,
)
"""What puts an account in its place where accounts are listed group by group."""


_GET = prepared(select(*COLUMNS).where(Account.book_id == bindparam("book"), Account.id == bindparam("id")))
_NAMED = prepared(
    select(*COLUMNS).where(
        Account.book_id == bindparam("book"),
        or_(
            Account.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
            Account.name_key == func.any(bindparam("keys", type_=ARRAY(Text))),
            Account.role == func.any(bindparam("roles", type_=ARRAY(Text))),
        ),
    )
)
_MISPLACED = prepared("""
SELECT child.full_name FROM accounts child
  JOIN accounts parent ON parent.book_id = :book AND parent.id = child.parent_id
 WHERE child.book_id = :book
   AND (child.full_name <> parent.full_name || ':' || child.name OR child.kind <> parent.kind
        OR left(child.sort_key, length(parent.sort_key) + 1) <> parent.sort_key || chr(31)
        OR (child.closed_on IS NULL AND parent.closed_on IS NOT NULL))
 ORDER BY child.sort_key LIMIT 1
""")
_CHART = prepared(select(*COLUMNS).where(Account.book_id == bindparam("book")).order_by(Account.sort_key))
"""Built once: to put a query together costs as much as to run it, and accounts are looked up with every write."""


class AccountRepository(Repository):
    """The chart of accounts."""

    conflicts = {
        "pk_accounts": AccountIdTaken,
        "uq_accounts_book_id_name_key": AccountNameTaken,
        "uq_accounts_number": AccountNumberTaken,
        "fk_accounts_book_id_parent_id": AccountUnknown,
        "fk_accounts_group": GroupUnknown,
    }

    async def add(self, values: Sequence[dict[str, Any]]) -> None:
        """Write accounts down, parents first."""
        await self.run(insert(Account).values([{"book_id": self.book_id, **row} for row in values]))

    async def get(self, account_id: UUID) -> Row | None:
        """An account."""
        return await self.row(_GET, {"book": self.book_id, "id": account_id})

    async def named(self, ids: Sequence[UUID] = (), keys: Sequence[str] = (), roles: Sequence[str] = ()) -> list[Row]:
        """Accounts by id, by the key of their full name, and by what the service books to them."""
        return await self.rows(
            _NAMED, {"book": self.book_id, "ids": list(ids), "keys": list(keys), "roles": list(roles)}
        )

    async def by_number(self, number_key: str) -> Row | None:
        """The account with this number."""
        return await self.row(select(*COLUMNS).where(Account.book_id == self.book_id, Account.number_key == number_key))

    async def full_names(self) -> list[str]:
        """The full names of all accounts, for a hint at what was meant."""
        return await self.column(select(Account.full_name).where(Account.book_id == self.book_id))

    async def chart(self) -> list[Row]:
        """All accounts, in the order of the chart."""
        return await self.rows(_CHART, {"book": self.book_id})

    async def in_group(self, group_id: UUID) -> list[Row]:
        """The accounts of a group."""
        return await self.rows(
            select(*COLUMNS).where(Account.book_id == self.book_id, Account.group_id == group_id).order_by(Account.id)
        )

    async def find(self, wanted: AccountQuery, *, group_id: UUID | None = None) -> Page[Row]:
        """A page of the accounts, in the order that is wanted; ``group_id`` None is all groups, and none."""
        query = select(*COLUMNS).where(Account.book_id == self.book_id)
        if group_id:
            query = query.where(Account.group_id == group_id)
        if wanted.kind:
            query = query.where(Account.kind == wanted.kind)
        if not wanted.closed:
            query = query.where(Account.closed_on.is_(None))
        if not wanted.archived:
            query = query.where(Account.archived.is_(False))
        after = wanted.after()
        if wanted.sort is AccountSort.GROUP:
            query = query.join(AccountGroup, self._its_group(), isouter=True).order_by(*BY_GROUP)
            if after is not None:
                query = query.where(tuple_(*BY_GROUP) > tuple_(*await self._place_by_group(_only_id(after))))
        else:
            query = query.order_by(Account.sort_key)
            if after is not None:
                last = select(Account.sort_key).where(Account.book_id == self.book_id, Account.id == _only_id(after))
                query = query.where(Account.sort_key > last.scalar_subquery())
        rows = await self.rows(query.limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def ungroup(self, group_id: UUID, *, revision: int, at: dt.datetime) -> None:
        """Put the accounts of a group into none."""
        await self.run(
            update(Account)
            .where(Account.book_id == self.book_id, Account.group_id == group_id)
            .values(group_id=None, revision=revision, changed_at=at)
        )

    def _its_group(self) -> ColumnElement[bool]:
        return (AccountGroup.book_id == self.book_id) & (AccountGroup.id == Account.group_id)

    async def _place_by_group(self, account_id: UUID) -> Row:
        place = await self.row(
            select(*BY_GROUP)
            .select_from(Account)
            .join(AccountGroup, self._its_group(), isouter=True)
            .where(Account.book_id == self.book_id, Account.id == account_id)
        )
        if place is None:
            raise CursorMalformed
        return place

    async def below(self, name_key: str) -> list[Row]:
        """The accounts under the one with this key, at any depth, top down."""
        return await self.rows(
            select(*COLUMNS)
            .where(
                Account.book_id == self.book_id,
                Account.name_key > name_key + SEPARATOR,
                Account.name_key < name_key + AFTER_SEPARATOR,
            )
            .order_by(Account.name_key)
        )

    async def misplaced(self) -> str | None:
        """The full name of an account that doesn't follow from the one above it, or stands open under a closed one."""
        found = await self.column(_MISPLACED, {"book": self.book_id})
        return found[0] if found else None

    async def count(self) -> int:
        """How many accounts the book has."""
        return int(await self.value(select(func.count()).select_from(Account).where(Account.book_id == self.book_id)))

    async def next_position(self, parent_id: UUID | None, kind: str) -> int:
        """The place after the last of the siblings; those the service books to stay last."""
        siblings = select(func.coalesce(func.max(Account.position) + 1, 0)).where(
            Account.book_id == self.book_id,
            Account.role.is_(None),
            Account.parent_id == parent_id if parent_id else Account.parent_id.is_(None) & (Account.kind == kind),
        )
        return int(await self.value(siblings))

    async def change(self, account_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change an account."""
        await self.run(
            update(Account)
            .where(Account.book_id == self.book_id, Account.id == account_id)
            .values(**values, revision=revision, changed_at=at)
        )


class GroupRepository(Repository):
    """The groups that people put accounts into."""

    conflicts = {"pk_account_groups": GroupIdTaken, "uq_account_groups_book_id_name_key": GroupNameTaken}

    async def all(self) -> list[Row]:
        """All groups, in their order."""
        return await self.rows(
            select(*GROUP_COLUMNS)
            .where(AccountGroup.book_id == self.book_id)
            .order_by(AccountGroup.position, AccountGroup.name_key)
        )

    async def get(self, group_id: UUID) -> Row | None:
        """A group."""
        return await self.row(
            select(*GROUP_COLUMNS).where(AccountGroup.book_id == self.book_id, AccountGroup.id == group_id)
        )

    async def named(self, name_key: str) -> Row | None:
        """The group with this name."""
        return await self.row(
            select(*GROUP_COLUMNS).where(AccountGroup.book_id == self.book_id, AccountGroup.name_key == name_key)
        )

    async def existed(self, group_id: UUID) -> bool:
        """Whether the history knows of a record with this id."""
        seen = select(History.record_id).where(History.book_id == self.book_id, History.record_id == group_id).limit(1)
        return await self.row(seen) is not None

    async def add(self, values: dict[str, Any]) -> None:
        """Write a group down."""
        await self.run(insert(AccountGroup).values(book_id=self.book_id, **values))

    async def change(self, group_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change a group."""
        await self.run(
            update(AccountGroup)
            .where(AccountGroup.book_id == self.book_id, AccountGroup.id == group_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def remove(self, group_id: UUID) -> None:
        """Take out a group that no account is in."""
        await self.run(delete(AccountGroup).where(AccountGroup.book_id == self.book_id, AccountGroup.id == group_id))


def _only_id(values: list[str]) -> UUID:
    try:
        (value,) = values
        return UUID(value)
    except ValueError:
        raise CursorMalformed from None
