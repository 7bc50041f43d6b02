"""All SQL about accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, func, insert, or_, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.accounts.errors import AccountIdTaken, AccountNameTaken, AccountNumberTaken, AccountUnknown
from farthing.features.accounts.models import Account
from farthing.features.accounts.schemas import AccountQuery
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
    Account.named_revision,
    Account.created_revision,
    Account.revision,
    Account.created_at,
    Account.changed_at,
)
AFTER_SEPARATOR = chr(ord(SEPARATOR) + 1)


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
"""Built once: to put a query together costs as much as to run it, and accounts are looked up with every write."""


class AccountRepository(Repository):
    """The chart of accounts."""

    conflicts = {
        "pk_accounts": AccountIdTaken,
        "uq_accounts_book_id_name_key": AccountNameTaken,
        "uq_accounts_number": AccountNumberTaken,
        "fk_accounts_book_id_parent_id": AccountUnknown,
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

    async def find(self, wanted: AccountQuery) -> Page[Row]:
        """A page of the chart, in its order."""
        query = select(*COLUMNS).where(Account.book_id == self.book_id)
        if wanted.kind:
            query = query.where(Account.kind == wanted.kind)
        if not wanted.closed:
            query = query.where(Account.closed_on.is_(None))
        if not wanted.archived:
            query = query.where(Account.archived.is_(False))
        if (after := wanted.after()) is not None:
            last = select(Account.sort_key).where(Account.book_id == self.book_id, Account.id == _only_id(after))
            query = query.where(Account.sort_key > last.scalar_subquery())
        rows = await self.rows(query.order_by(Account.sort_key).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

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


def _only_id(values: list[str]) -> UUID:
    try:
        (value,) = values
        return UUID(value)
    except ValueError:
        raise CursorMalformed from None
