"""All SQL about payees and their names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, or_, select, update

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.payees.errors import PayeeIdTaken, PayeeInUseMeanwhile, PayeeNameTaken
from farthing.features.payees.models import Payee, PayeeName
from farthing.features.payees.names import payee_key
from farthing.features.payees.schemas import PayeeOrder, PayeeQuery
from farthing.kit.pages import CursorMalformed, Page

MAX_PAYEES = 20_000


class PayeeRepository(Repository):
    """Payees, each with the names it goes by."""

    conflicts = {
        "pk_payees": PayeeIdTaken,
        "pk_payee_names": PayeeNameTaken,
        "uq_payees_book_id_name_key": PayeeNameTaken,
        "fk_transactions_book_id_payee_id": PayeeInUseMeanwhile,
    }

    async def get(self, payee_id: UUID) -> Row | None:
        """A payee with its aliases."""
        return await self.row(_GET, {"book": self.book_id, "id": payee_id})

    async def named(self, keys: Sequence[str], ids: Sequence[UUID]) -> list[Row]:
        """Payees by the keys of their names and aliases, and by id; ``key`` is the one that a payee was found by."""
        return await self.rows(_NAMED, {"book": self.book_id, "keys": list(keys), "ids": list(ids)})

    async def make(self, names: Mapping[UUID, str], *, revision: int, at: dt.datetime) -> list[UUID]:
        """Write payees down that have nothing yet but a name, as far as the book has room for them; answers which."""
        return await self.column(
            _MAKE,
            {
                "book": self.book_id,
                "revision": revision,
                "at": at,
                "most": MAX_PAYEES,
                "ids": list(names),
                "names": list(names.values()),
                "keys": [payee_key(name) for name in names.values()],
            },
        )

    async def add(self, values: dict[str, Any], aliases: Sequence[str]) -> None:
        """Write a payee down, with its aliases."""
        await self.run(insert(Payee).values(book_id=self.book_id, **values))
        await self._write_names(values["id"], [values["name"], *aliases])

    async def change(self, payee_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change a payee."""
        await self.run(
            update(Payee)
            .where(Payee.book_id == self.book_id, Payee.id == payee_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def rename(self, payee_id: UUID, names: Sequence[str]) -> None:
        """Have a payee go by these names and no others."""
        await self.run(_FORGET_NAMES, {"book": self.book_id, "id": payee_id})
        await self._write_names(payee_id, names)

    async def hand_names_over(self, payee_id: UUID, to: UUID) -> None:
        """Have a payee go by what another went by, too."""
        await self.run(_HAND_NAMES_OVER, {"book": self.book_id, "id": payee_id, "to": to})

    async def remove(self, payee_id: UUID) -> None:
        """Take a payee out, with its names."""
        await self.run(_FORGET_NAMES, {"book": self.book_id, "id": payee_id})
        await self.run(_REMOVE, {"book": self.book_id, "id": payee_id})

    async def is_taken(self, payee_id: UUID) -> bool:
        """Whether a payee has this id, or had it before it was deleted."""
        return bool(
            await self.value(
                select(
                    or_(
                        exists().where(Payee.book_id == self.book_id, Payee.id == payee_id),
                        exists().where(History.book_id == self.book_id, History.record_id == payee_id),
                    )
                )
            )
        )

    async def count(self) -> int:
        """How many payees the book has."""
        return int(await self.value(select(func.count()).select_from(Payee).where(Payee.book_id == self.book_id)))

    async def find(self, wanted: PayeeQuery) -> Page[Row]:
        """A page of payees, each with how many transactions are its own and the day of the last."""
        uses, last = _place(wanted)
        rows = await self.rows(
            _LISTS[wanted.sort],
            {
                "book": self.book_id,
                "part": payee_key(wanted.q) if wanted.q else None,
                "archived": wanted.archived,
                "last": last,
                "limit": wanted.limit + 1,
            }
            | ({"uses": uses} if wanted.sort is PayeeOrder.USE else {}),
        )
        if not rows and last and await self.get(last) is None:
            raise CursorMalformed  # the payee that it named is gone: where the list went on from can't be told
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["uses"], rows[-1]["id"]) if more else None)

    async def _write_names(self, payee_id: UUID, names: Sequence[str]) -> None:
        await self.run(
            insert(PayeeName).values(
                [
                    {"book_id": self.book_id, "key": payee_key(name), "payee_id": payee_id, "name": name}
                    for name in names
                ]
            )
        )


def _place(wanted: PayeeQuery) -> tuple[int | None, UUID | None]:
    """Where the page before ended: how often its last payee was used, and which one it was."""
    after = wanted.after()
    if after is None:
        return None, None
    try:
        uses, last = after
        number = int(uses)
        if not 0 <= number < 1 << 63:
            raise CursorMalformed
        return number, UUID(last)
    except ValueError:
        raise CursorMalformed from None


_FACTS = """p.id, p.name, p.name_key, p.note, p.default_category_id, p.archived, p.named_revision, p.created_revision,
       p.revision, p.created_at, p.changed_at,
       ARRAY(SELECT n.name FROM payee_names n
              WHERE n.book_id = :book AND n.payee_id = p.id AND n.key <> p.name_key ORDER BY n.key) AS aliases"""
_WANTED = """p.book_id = :book AND (CAST(:archived AS boolean) OR NOT p.archived)
   AND (CAST(:part AS text) IS NULL
        OR EXISTS (SELECT FROM payee_names n
                    WHERE n.book_id = :book AND n.payee_id = p.id AND strpos(n.key, :part) > 0))"""
_LAST_KEY = "(SELECT l.name_key FROM payees l WHERE l.book_id = :book AND l.id = :last)"
_GET = prepared(f"SELECT {_FACTS} FROM payees p WHERE p.book_id = :book AND p.id = :id")  # noqa: S608 - constants
_NAMED = prepared("""
SELECT n.key, p.id, p.name, p.default_category_id
  FROM payee_names n JOIN payees p ON p.book_id = :book AND p.id = n.payee_id
 WHERE n.book_id = :book AND n.key = ANY(CAST(:keys AS text[]))
UNION ALL
SELECT NULL, p.id, p.name, p.default_category_id
  FROM payees p WHERE p.book_id = :book AND p.id = ANY(CAST(:ids AS uuid[]))
""")
_MAKE = prepared("""
WITH made AS (
    INSERT INTO payees (book_id, id, name, name_key, named_revision, created_revision, revision, created_at, changed_at)
    SELECT :book, w.id, w.name, w.key, :revision, :revision, :revision, :at, :at
      FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:keys AS text[]))
           WITH ORDINALITY AS w (id, name, key, place)
     ORDER BY w.place
     LIMIT (SELECT greatest(0, :most - count(*)) FROM payees WHERE book_id = :book)
    RETURNING id, name, name_key
), named AS (
    INSERT INTO payee_names (book_id, key, payee_id, name) SELECT :book, name_key, id, name FROM made
)
SELECT id FROM made
""")
_FORGET_NAMES = prepared("DELETE FROM payee_names WHERE book_id = :book AND payee_id = :id")
_HAND_NAMES_OVER = prepared("UPDATE payee_names SET payee_id = :to WHERE book_id = :book AND payee_id = :id")
_REMOVE = prepared("DELETE FROM payees WHERE book_id = :book AND id = :id")
_LISTS = {
    # The page first, then what its payees are used for: as quick in a large book as in a small one.
    PayeeOrder.NAME: prepared(f"""
SELECT page.*, used.uses, used.last_used
  FROM (SELECT {_FACTS}
          FROM payees p
         WHERE {_WANTED}
           AND (CAST(:last AS uuid) IS NULL OR p.name_key > {_LAST_KEY})
         ORDER BY p.name_key LIMIT :limit) page
  LEFT JOIN LATERAL (SELECT count(*) AS uses, max(t.date) AS last_used
                       FROM transactions t WHERE t.book_id = :book AND t.payee_id = page.id) used ON true
 ORDER BY page.name_key"""),  # noqa: S608 - constants
    PayeeOrder.USE: prepared(f"""
SELECT {_FACTS}, coalesce(used.uses, 0) AS uses, used.last_used
  FROM payees p
  LEFT JOIN (SELECT t.payee_id, count(*) AS uses, max(t.date) AS last_used
               FROM transactions t WHERE t.book_id = :book AND t.payee_id IS NOT NULL
              GROUP BY t.payee_id) used ON used.payee_id = p.id
 WHERE {_WANTED}
   AND (CAST(:last AS uuid) IS NULL OR coalesce(used.uses, 0) < :uses
        OR coalesce(used.uses, 0) = :uses AND p.name_key > {_LAST_KEY})
 ORDER BY coalesce(used.uses, 0) DESC, p.name_key
 LIMIT :limit"""),  # noqa: S608 - constants
}
