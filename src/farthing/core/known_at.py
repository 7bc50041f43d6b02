"""Tables as the book stood at a revision, for statements that are about the present.

A statement about an earlier state is the one about the present, led by tables of the same names that hold what was
known then: rows that weren't written since, and rows made of the before-images of what was. PostgreSQL takes a name
for the table that leads before it takes it for the one that is kept. The revision is the parameter ``known_at``.

Of a kind that a book has few of, the table is gathered. Of another it isn't: all rows that are there now stand beside
those made of images, marked by ``is_current``, so that PostgreSQL still finds either through the indexes it has. A
``WHERE`` within such a table would keep it from that; what came later is for the statement to leave out.
"""

from __future__ import annotations

import json

from sqlalchemy import CTE, ColumnElement, literal_column, text

from farthing.core.records import Kind, Part

KNOWN_AT = "known_at"
"""What statements call the revision whose knowledge is asked for."""
_OF_BOOK = "jsonb_build_object('book_id', CAST(:book AS uuid))"


def gathered(kind: Kind) -> list[CTE]:
    """The tables of a kind of record that a book has few of, as they were."""
    name, columns = kind.table.name, _columns(kind)
    tables = _images(kind)
    for part in kind.parts:  # first: afterwards the record's table is that of then
        now = ", ".join(f"part.{column.name}" for column in part.table.columns)
        query = f"""
        SELECT {now} FROM {part.table.name} AS part
          JOIN {name} AS record ON record.book_id = :book AND record.id = part.{part.owner}
         WHERE part.book_id = :book AND record.revision <= :known_at
        UNION ALL SELECT {_part_columns(part)} FROM {_then(part.table.name)}"""  # noqa: S608 - names
        tables.append(_table(part.table.name, query))
    query = f"""
        SELECT {columns} FROM {name} WHERE book_id = :book AND revision <= :known_at
        UNION ALL SELECT {columns} FROM {_then(name)}"""  # noqa: S608 - names
    return [*tables, _table(name, query)]


def side_by_side(kind: Kind) -> list[CTE]:
    """The tables of a kind of record that a book has many of: what is there now beside what was.

    Of records the statement takes those whose ``revision`` is no later: an image's never is. A record that is made of
    its image bears it in ``image``.
    """
    tables = _images(kind)
    since = f"SELECT id FROM {kind.table.name} WHERE book_id = :book AND revision > :known_at"  # noqa: S608 - names
    tables.append(_table(_since(kind), since))
    for table in (*(part.table for part in kind.parts), kind.table):
        columns = ", ".join(column.name for column in table.columns)
        no_image, image = (", CAST(NULL AS jsonb) AS image", ", image") if table is kind.table else ("", "")
        query = f"""
        SELECT {columns}, true AS is_current{no_image} FROM {table.name}
        UNION ALL SELECT {columns}, false{image} FROM {_then(table.name)}"""  # noqa: S608 - names
        tables.append(_table(table.name, query, is_gathered=False))
    return tables


def with_its_record(kind: Kind, part: Part) -> ColumnElement[bool]:
    """What holds of parts that are looked for together with their record: both are there now, or both were then.

    Asked of one record, PostgreSQL looks at one of the two alone.
    """
    return literal_column(f"{part.table.name}.is_current = {kind.table.name}.is_current")


def without_its_record(kind: Kind, part: Part, alias: str | None = None) -> ColumnElement[bool]:
    """The same of parts that are looked for by themselves, by another name if the statement calls them so."""
    name = alias or part.table.name
    not_since = f"NOT {name}.is_current OR {name}.{part.owner} NOT IN (SELECT id FROM {_since(kind)})"  # noqa: S608 - names
    return literal_column(f"({not_since})")


def its_own(kind: Kind, part: Part) -> CTE:
    """The parts of the record that a statement is at: to lead a question about them within it.

    Where records are met row by row, all images would otherwise be gone through again for each.
    """
    name, record, columns = part.table.name, kind.table.name, _part_columns(part)
    query = f"""
        SELECT {columns} FROM {name}
         WHERE is_current AND book_id = :book AND {part.owner} = {record}.id AND {record}.is_current
        UNION ALL SELECT {columns} FROM {_rows(kind, part, f"{record}.image")}"""  # noqa: S608 - names
    own = text(query).columns().cte(name, nesting=True)
    return own.prefix_with("NOT MATERIALIZED")


def images_at(kind: Kind) -> str:
    """A query for the images of records that were changed or deleted since, as they were at a revision: complete."""
    lacking = json.dumps(kind.completed({}))
    return f"""
        SELECT CAST('{lacking}' AS jsonb) || before
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = '{kind.name}' AND revision > :known_at
                 ORDER BY record_id, revision) AS first
         WHERE before IS NOT NULL AND (before->>'created_revision')::bigint <= :known_at"""  # noqa: S608 - constants


def _images(kind: Kind) -> list[CTE]:
    """Images, and rows made of them."""
    images = f"{kind.name}_images"
    rows = f"""
        SELECT {_columns(kind)}, image FROM {images} CROSS JOIN LATERAL
               jsonb_populate_record(CAST(NULL AS {kind.table.name}), image || {_OF_BOOK}) AS row"""  # noqa: S608 - names
    tables = [
        _table(images, f"SELECT * FROM ({images_at(kind)}) AS i (image)"),  # noqa: S608 - names
        _table(_then(kind.table.name), rows),
    ]
    for part in kind.parts:
        rows = f"SELECT {_part_columns(part)} FROM {images} CROSS JOIN LATERAL {_rows(kind, part, 'image')}"  # noqa: S608 - names
        tables.append(_table(_then(part.table.name), rows))
    return tables


def _rows(kind: Kind, part: Part, image: str) -> str:
    """The rows of a part that an image shows, as something to select from.

    What follows from the record is a column of its own; the place among the like is ``position``.
    """
    repeated = [name for name in part.derived if name in kind.table.columns]
    assert set(part.derived) <= {*repeated, "position"}, f"{part.name}: nobody knows what follows"  # noqa: S101 - a defect
    values = [f"'{name}', {image}->'{name}'" for name in repeated]
    values += ["'position', place - 1"] if "position" in part.derived else []
    built = ", ".join([f"'{part.owner}', {image}->'id'", *values])
    return f"""
               jsonb_array_elements({image}->'{part.name}') WITH ORDINALITY AS part (part, place)
         CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS {part.table.name}),
               part || {_OF_BOOK} || jsonb_build_object({built})) AS row"""


def _then(table: str) -> str:
    """What the table of the rows is called that are made of images."""
    return f"{table}_then"


def _since(kind: Kind) -> str:
    """What the table of the ids is called of what was written since."""
    return f"{kind.table.name}_since"


def _columns(kind: Kind) -> str:
    return ", ".join(["book_id", *(column.name for column in kind.columns)])


def _part_columns(part: Part) -> str:
    return ", ".join(column.name for column in part.table.columns)


def _table(name: str, query: str, *, is_gathered: bool = True) -> CTE:
    return text(query).columns().cte(name).prefix_with("MATERIALIZED" if is_gathered else "NOT MATERIALIZED")
