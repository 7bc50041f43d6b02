"""All SQL about tags. On which transactions they are is written by the journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select, update

from farthing.core.changelog import History
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.tags.errors import TagAgreedOn, TagIdTaken, TagInUseMeanwhile, TagNameTaken
from farthing.features.tags.models import Tag
from farthing.features.tags.schemas import TagOrder, TagQuery
from farthing.kit.pages import CursorMalformed, Page
from farthing.ledger.accounts import name_key

COLUMNS = (
    Tag.id,
    Tag.name,
    Tag.color,
    Tag.description,
    Tag.archived,
    Tag.named_revision,
    Tag.created_revision,
    Tag.revision,
    Tag.created_at,
    Tag.changed_at,
)


class TagRepository(Repository):
    """The tags of a book."""

    conflicts = {
        "pk_tags": TagIdTaken,
        "uq_tags_book_id_name_key": TagNameTaken,
        "fk_transaction_tags_book_id_tag_id": TagInUseMeanwhile,
        "fk_agreement_tags_book_id_tag_id": TagAgreedOn,
    }

    async def get(self, tag_id: UUID) -> Row | None:
        """A tag."""
        return await self.row(select(*COLUMNS).where(Tag.book_id == self.book_id, Tag.id == tag_id))

    async def named(self, ids: Sequence[UUID] = (), keys: Sequence[str] = ()) -> list[Row]:
        """Tags by id, and by the key of their name: ``id``, ``name`` and ``name_key``."""
        return await self.rows(_NAMED, {"book": self.book_id, "ids": list(ids), "keys": list(keys)})

    async def names(self) -> list[str]:
        """The names of all tags, for a hint at what was meant."""
        return await self.column(select(Tag.name).where(Tag.book_id == self.book_id))

    async def count(self) -> int:
        """How many tags the book has."""
        return int(await self.value(select(func.count()).select_from(Tag).where(Tag.book_id == self.book_id)))

    async def is_taken(self, tag_id: UUID) -> bool:
        """Whether a tag has this id, or a record had it before it was changed or deleted."""
        return bool(
            await self.value(
                select(
                    or_(
                        exists().where(Tag.book_id == self.book_id, Tag.id == tag_id),
                        exists().where(History.book_id == self.book_id, History.record_id == tag_id),
                    )
                )
            )
        )

    async def add(self, values: dict[str, Any]) -> None:
        """Write a tag down."""
        await self.run(insert(Tag).values(book_id=self.book_id, **values))

    async def make(self, names: Mapping[UUID, str], *, revision: int, at: dt.datetime) -> None:
        """Write tags down that have nothing yet but a name."""
        await self.run(
            _MAKE,
            {
                "book": self.book_id,
                "revision": revision,
                "at": at,
                "ids": list(names),
                "names": list(names.values()),
                "keys": [name_key(name) for name in names.values()],
            },
        )

    async def change(self, tag_id: UUID, values: dict[str, Any], *, revision: int, at: dt.datetime) -> None:
        """Change a tag."""
        await self.run(
            update(Tag)
            .where(Tag.book_id == self.book_id, Tag.id == tag_id)
            .values(**values, revision=revision, changed_at=at)
        )

    async def remove(self, tag_id: UUID) -> None:
        """Take a tag out, which no transaction bears."""
        await self.run(delete(Tag).where(Tag.book_id == self.book_id, Tag.id == tag_id))

    async def find(self, wanted: TagQuery) -> Page[Row]:
        """A page of tags, each with how many transactions bear it."""
        uses, last = _place(wanted)
        rows = await self.rows(
            _LISTS[wanted.sort],
            {
                "book": self.book_id,
                "part": name_key(wanted.q) if wanted.q else None,
                "archived": wanted.archived,
                "last": last,
                "limit": wanted.limit + 1,
            }
            | ({"uses": uses} if wanted.sort is TagOrder.USE else {}),
        )
        if not rows and last and await self.get(last) is None:
            raise CursorMalformed  # the tag that it named is gone: where the list went on from can't be told
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["uses"], rows[-1]["id"]) if more else None)


def _place(wanted: TagQuery) -> tuple[int | None, UUID | None]:
    """Where the page before ended: how many transactions bore its last tag, and which one it was."""
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


_NAMED = prepared("""
SELECT id, name, name_key FROM tags
 WHERE book_id = :book AND (id = ANY(CAST(:ids AS uuid[])) OR name_key = ANY(CAST(:keys AS text[])))
""")
_MAKE = prepared("""
INSERT INTO tags (book_id, id, name, name_key, named_revision, created_revision, revision, created_at, changed_at)
SELECT :book, t.id, t.name, t.key, :revision, :revision, :revision, :at, :at
  FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:keys AS text[])) AS t (id, name, key)
""")
_FACTS = """t.id, t.name, t.name_key, t.color, t.description, t.archived, t.created_revision, t.revision, t.created_at,
       t.changed_at"""
_WANTED = """t.book_id = :book AND (CAST(:archived AS boolean) OR NOT t.archived)
   AND (CAST(:part AS text) IS NULL OR strpos(t.name_key, :part) > 0)"""
_LAST_KEY = "(SELECT l.name_key FROM tags l WHERE l.book_id = :book AND l.id = :last)"
_LISTS = {
    # The page first, then what is counted of it: as quick in a large book as in a small one.
    TagOrder.NAME: prepared(f"""
SELECT page.*, (SELECT count(*) FROM transaction_tags x WHERE x.book_id = :book AND x.tag_id = page.id) AS uses
  FROM (SELECT {_FACTS}
          FROM tags t
         WHERE {_WANTED} AND (CAST(:last AS uuid) IS NULL OR t.name_key > {_LAST_KEY})
         ORDER BY t.name_key LIMIT :limit) page
 ORDER BY page.name_key"""),  # noqa: S608 - constants
    TagOrder.USE: prepared(f"""
SELECT {_FACTS}, coalesce(used.uses, 0) AS uses
  FROM tags t
  LEFT JOIN (SELECT x.tag_id, count(*) AS uses FROM transaction_tags x WHERE x.book_id = :book GROUP BY x.tag_id) used
    ON used.tag_id = t.id
 WHERE {_WANTED}
   AND (CAST(:last AS uuid) IS NULL OR coalesce(used.uses, 0) < :uses
        OR coalesce(used.uses, 0) = :uses AND t.name_key > {_LAST_KEY})
 ORDER BY coalesce(used.uses, 0) DESC, t.name_key
 LIMIT :limit"""),  # noqa: S608 - constants
}
