"""All SQL about records whose kind doesn't matter: it is made of what each kind says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Executable, Table

from farthing.core.records import KINDS, Image, Kind, Part, to_json
from farthing.core.repository import Repository
from farthing.core.statements import NOTHING, Row, Statement, prepared
from farthing.features.records.errors import RecordUnfit
from farthing.features.records.touched import Last, Place


class RecordRepository(Repository):
    """Records of every kind."""

    async def rows(self, statement: Statement | Executable, values: Mapping[str, Any] = NOTHING) -> list[Row]:
        """All rows.

        Raises:
            RecordUnfit: PostgreSQL refuses what is put back.
        """
        try:
            return await super().rows(statement, values)
        except asyncpg.IntegrityConstraintViolationError as violation:
            raise RecordUnfit(rule=violation.constraint_name, table=violation.table_name) from None

    async def touched_since(self, since: int, after: Place, limit: int) -> list[Last]:
        """Records in the order in which they were last touched, those that were deleted among them.

        Args:
            since: the revision that "known" is about.
            after: the place to go on from.
            limit: how many at most.
        """
        rows = await self.rows(
            _touched_since(),
            {
                "book": self.book_id,
                "since": since,
                "revision": after.revision,
                "id": after.id,
                "kind": after.kind,
                "limit": limit,
            },
        )
        return [Last(Place(row["revision"], row["id"], row["kind"]), row["gone"], row["known"]) for row in rows]

    async def images(self, kind: Kind, record_ids: Sequence[UUID]) -> dict[UUID, Image]:
        """These records as they are now; those that aren't there are left out."""
        values = {"book": self.book_id, "ids": list(record_ids)}
        rows = await self.rows(_get(kind.name), values)
        parts = {part.name: await self.rows(_get_part(kind.name, part.name), values) for part in kind.parts}
        return _pictured(kind, rows, parts)

    async def page(self, kind: Kind, after: UUID, limit: int) -> dict[UUID, Image]:
        """Records of a kind as they are now, in the order of their ids."""
        ids = await self.column(_page(kind.name), {"book": self.book_id, "after": after, "limit": limit})
        found = await self.images(kind, ids) if ids else {}
        return {record_id: found[record_id] for record_id in ids}

    async def known_at(self, kind: Kind, revision: int) -> list[Image]:
        """All records of a kind as they were at a revision. Costs as much as there are, and as was done since."""
        values = {"book": self.book_id, "revision": revision, "kind": kind.name}
        ids = await self.column(_unchanged_since(kind.name), values)
        found = list((await self.images(kind, ids)).values())
        images = await self.column(_IMAGES_AT, values)
        return found + [image for image in images if image["created_revision"] <= revision]

    async def count(self) -> int:
        """How many records there are."""
        return int(await self.value(_count(), {"book": self.book_id}))

    async def made_at(self, kind: Kind, revision: int) -> list[UUID]:
        """Records that were made at a revision and not touched since."""
        return await self.column(_made_at(kind.name), {"book": self.book_id, "revision": revision})

    async def made_and_touched(self, kind: Kind, revision: int) -> list[UUID]:
        """Records that were made at a revision and touched since. Costs as much as was done since."""
        return await self.column(_MADE_AND_TOUCHED, {"book": self.book_id, "kind": kind.name, "revision": revision})

    async def left_by(self, revision: int) -> list[Row]:
        """What records were before the write that made a revision: ``kind``, ``id``, ``before``."""
        return await self.rows(_LEFT_BY, {"book": self.book_id, "revision": revision})

    async def next_images(self, revision: int, record_ids: Sequence[UUID]) -> dict[UUID, Row]:
        """What records were when they were first touched after a revision, ``before`` and ``revision`` of each."""
        rows = await self.rows(_NEXT_IMAGES, {"book": self.book_id, "revision": revision, "ids": list(record_ids)})
        return {row["id"]: row for row in rows}

    async def last_touched(self, record_ids: Sequence[UUID]) -> dict[UUID, int]:
        """The revisions that last changed or deleted records."""
        rows = await self.rows(_LAST_TOUCHED, {"book": self.book_id, "ids": list(record_ids)})
        return {row["id"]: row["revision"] for row in rows}

    async def referring(self, kind: Kind, record_ids: Sequence[UUID], most: int) -> list[Row]:
        """Records that refer to these: ``kind`` and ``id`` of each, ``named`` the one it refers to."""
        found: list[Row] = []
        for statement in _referring(kind.name):
            found += await self.rows(statement, {"book": self.book_id, "ids": list(record_ids), "most": most})
        return found

    async def defer_keys(self) -> None:
        """Have foreign keys looked at later, where they allow it: records that refer to each other change together."""
        await self.run(_DEFER_KEYS)

    async def remove(self, kind: Kind, record_ids: Sequence[UUID]) -> None:
        """Take records out, with all that belongs to them: each table in one statement."""
        values = {"book": self.book_id, "ids": list(record_ids)}
        await self.remove_parts(kind, record_ids)
        await self.run(_remove(kind.table.name, "id"), values)

    async def remove_parts(self, kind: Kind, record_ids: Sequence[UUID]) -> None:
        """Take out what belongs to records."""
        for part in kind.parts:
            await self.run(_remove(part.table.name, part.owner), {"book": self.book_id, "ids": list(record_ids)})

    async def settle(self) -> None:
        """Have what waits for the end of the transaction looked at now."""
        await self.run(_SETTLE)

    async def insert(self, kind: Kind, images: Sequence[Image]) -> None:
        """Write records down as images show them, without what belongs to them."""
        await self.run(
            _insert(kind.name, None), {"book": self.book_id, "rows": [_as_json(kind.values(each)) for each in images]}
        )

    async def insert_parts(self, kind: Kind, images: Sequence[Image]) -> None:
        """Write down what belongs to records."""
        for part in kind.parts:
            rows = [_as_json(row) for image in images for row in kind.part_values(part, image)]
            if rows:
                await self.run(_insert(kind.name, part.name), {"book": self.book_id, "rows": rows})

    async def overwrite(self, kind: Kind, images: Sequence[Image]) -> None:
        """Make records what images show, what belongs to them aside."""
        await self.run(
            _overwrite(kind.name), {"book": self.book_id, "rows": [_as_json(kind.values(each)) for each in images]}
        )


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ``jsonb_populate_recordset`` takes it."""
    return {name: f"\\x{value.hex()}" if isinstance(value, bytes) else to_json(value) for name, value in values.items()}


def _pictured(kind: Kind, rows: Iterable[Row], parts: Mapping[str, Sequence[Row]]) -> dict[UUID, Image]:
    belonging = {
        part.name: {owner: list(group) for owner, group in groupby(parts[part.name], key=itemgetter(part.owner))}
        for part in kind.parts
    }
    return {
        row["id"]: kind.image(row, **{name: of.get(row["id"], []) for name, of in belonging.items()}) for row in rows
    }


def _names(columns: Iterable[Any]) -> str:
    return ", ".join(column.name for column in columns)


@lru_cache
def _get(kind: str) -> Statement:
    its = KINDS[kind]
    return prepared(f"""
        SELECT {_names(its.columns)} FROM {its.table.name}
         WHERE book_id = :book AND id = ANY(CAST(:ids AS uuid[])) AND revision IS NOT NULL""")  # noqa: S608 - names of tables


def _part(kind: str, name: str) -> Part:
    (part,) = (each for each in KINDS[kind].parts if each.name == name)
    return part


@lru_cache
def _get_part(kind: str, name: str) -> Statement:
    part = _part(kind, name)
    return prepared(f"""
        SELECT {part.owner}, {_names(part.columns)} FROM {part.table.name}
         WHERE book_id = :book AND {part.owner} = ANY(CAST(:ids AS uuid[]))
         ORDER BY {", ".join((part.owner, *part.order))}""")  # noqa: S608 - as above


@lru_cache
def _page(kind: str) -> Statement:
    return prepared(f"""
        SELECT id FROM {KINDS[kind].table.name}
         WHERE book_id = :book AND id > :after AND revision IS NOT NULL ORDER BY id
         LIMIT CAST(:limit AS integer)""")  # noqa: S608 - as above


@lru_cache
def _made_at(kind: str) -> Statement:
    return prepared(f"""
        SELECT id FROM {KINDS[kind].table.name}
         WHERE book_id = :book AND revision = :revision AND created_revision = :revision""")  # noqa: S608 - as above


@lru_cache
def _unchanged_since(kind: str) -> Statement:
    return prepared(f"""
        SELECT id FROM {KINDS[kind].table.name} WHERE book_id = :book AND revision <= :revision""")  # noqa: S608 - as above


@lru_cache
def _count() -> Statement:
    each = " + ".join(
        f"(SELECT count(*) FROM {kind.table.name} WHERE book_id = :book)"  # noqa: S608 - as above
        for kind in KINDS.values()
    )
    return prepared(f"SELECT {each} AS records")


@lru_cache
def _touched_since() -> Statement:
    """Those that are there, by each kind's own index; then those that are gone, as far as the first reach.

    So a page costs what it answers with, and the images it passes over.
    """
    live = "\nUNION ALL\n".join(
        f"""(SELECT '{kind.name}'::text AS kind, id, revision, created_revision FROM {kind.table.name}
              WHERE book_id = :book AND (revision, id) >= (:revision, CAST(:id AS uuid))
                AND ((revision, id) > (:revision, CAST(:id AS uuid)) OR '{kind.name}'::text > :kind)
              ORDER BY revision, id LIMIT CAST(:limit AS integer))"""  # noqa: S608 - as above
        for kind in KINDS.values()
    )
    there = " OR ".join(
        f"h.kind = '{kind.name}' AND EXISTS (SELECT FROM {kind.table.name} t"
        " WHERE t.book_id = :book AND t.id = h.record_id AND t.revision IS NOT NULL)"
        for kind in KINDS.values()
    )
    kinds = ", ".join(f"'{name}'" for name in KINDS)
    return prepared(f"""
        WITH live AS (
            SELECT * FROM ({live}) AS each_kind ORDER BY revision, id, kind LIMIT CAST(:limit AS integer)
        ), reach AS (
            -- As far as the page goes; all the way, if it isn't full.
            SELECT max(revision) AS revision, (array_agg(id ORDER BY revision DESC, id DESC))[1] AS id
              FROM live HAVING count(*) = :limit
            UNION ALL
            SELECT {2**62}, CAST('{UUID(int=2**128 - 1)}' AS uuid) FROM live HAVING count(*) < :limit
        )
        SELECT kind, id, revision, false AS gone,
               -- What the first image after :since says of it; without one, when it was made.
               coalesce((SELECT coalesce((f.before->>'created_revision')::bigint <= :since, false) FROM history f
                          WHERE f.book_id = :book AND f.record_id = live.id AND f.kind = live.kind
                            AND f.revision > :since
                          ORDER BY f.revision LIMIT 1), created_revision <= :since) AS known
          FROM live
        UNION ALL
        (SELECT h.kind, h.record_id, h.revision, true, true
           FROM history h
          WHERE h.book_id = :book AND (h.revision, h.record_id) >= (:revision, CAST(:id AS uuid))
            AND (h.revision, h.record_id) <= (SELECT reach.revision, reach.id FROM reach)
            AND (h.revision, h.record_id, h.kind) > (:revision, CAST(:id AS uuid), :kind)
            AND h.kind IN ({kinds}) AND NOT ({there})
            AND NOT EXISTS (SELECT FROM history l WHERE l.book_id = :book AND l.record_id = h.record_id
                               AND l.kind = h.kind AND l.revision > h.revision)
          ORDER BY h.revision, h.record_id, h.kind LIMIT CAST(:limit AS integer))
         ORDER BY revision, id, kind LIMIT CAST(:limit AS integer)""")  # noqa: S608 - as above


@lru_cache
def _referring(kind: str) -> tuple[Statement, ...]:
    """For each foreign key that leads to a kind's records: who follows it, by the record they are or belong to."""
    to = KINDS[kind].table
    found = []
    for owner in KINDS.values():
        for table, id_column in ((owner.table, "id"), *((part.table, part.owner) for part in owner.parts)):
            for key in table.foreign_key_constraints:
                if key.referred_table is not to or (table is not owner.table and owner.table is to):
                    continue
                column = next(own for own, other in _pairs(key) if other == "id")
                found.append(
                    prepared(f"""
                        SELECT DISTINCT '{owner.name}' AS kind, {id_column} AS id, {column} AS named FROM {table.name}
                         WHERE book_id = :book AND {column} = ANY(CAST(:ids AS uuid[]))
                         LIMIT CAST(:most AS integer)""")  # noqa: S608 - as above
                )
    return tuple(found)


def _pairs(key: Any) -> list[tuple[str, str]]:
    return [(element.parent.name, element.column.name) for element in key.elements]


@lru_cache
def _remove(table: str, column: str) -> Statement:
    return prepared(f"DELETE FROM {table} WHERE book_id = :book AND {column} = ANY(CAST(:ids AS uuid[]))")  # noqa: S608 - as above


def _written(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name != "book_id" and column.computed is None]


@lru_cache
def _insert(kind: str, part: str | None) -> Statement:
    table = _part(kind, part).table if part else KINDS[kind].table
    names = ", ".join(_written(table))
    return prepared(f"""
        INSERT INTO {table.name} (book_id, {names})
        SELECT :book, {names} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))""")  # noqa: S608 - as above


@lru_cache
def _overwrite(kind: str) -> Statement:
    table = KINDS[kind].table
    values = ", ".join(f"{name} = r.{name}" for name in _written(table) if name != "id")
    return prepared(f"""
        UPDATE {table.name} AS t SET {values}
          FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb)) AS r
         WHERE t.book_id = :book AND t.id = r.id""")  # noqa: S608 - as above


_DEFER_KEYS = prepared("SET CONSTRAINTS ALL DEFERRED")
_SETTLE = prepared("SET CONSTRAINTS ALL IMMEDIATE")
_MADE_AND_TOUCHED = prepared("""
SELECT DISTINCT record_id FROM history
 WHERE book_id = :book AND revision > :revision AND kind = :kind
   AND (before->>'created_revision')::bigint = :revision AND (before->>'revision')::bigint = :revision
""")
_IMAGES_AT = prepared("""
SELECT before FROM (SELECT DISTINCT ON (record_id) before FROM history
                     WHERE book_id = :book AND kind = :kind AND revision > :revision
                     ORDER BY record_id, revision) AS first
 WHERE before IS NOT NULL
""")
_LEFT_BY = prepared("SELECT kind, record_id AS id, before FROM history WHERE book_id = :book AND revision = :revision")
_NEXT_IMAGES = prepared("""
SELECT DISTINCT ON (record_id) record_id AS id, before FROM history
 WHERE book_id = :book AND record_id = ANY(CAST(:ids AS uuid[])) AND revision > :revision
 ORDER BY record_id, revision
""")
_LAST_TOUCHED = prepared("""
SELECT record_id AS id, max(revision) AS revision FROM history
 WHERE book_id = :book AND record_id = ANY(CAST(:ids AS uuid[])) GROUP BY record_id
""")
