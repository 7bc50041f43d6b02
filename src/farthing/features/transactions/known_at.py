"""Transactions as the book stood at a revision, for the statements of the repository.

A statement about an earlier state is the one about the present, led by tables of the same names that hold what was
known then: rows that weren't written since, and rows made of the before-images of what was. PostgreSQL takes a name
for the table that leads before it takes it for the one that is kept.

What a book has many of isn't gathered beforehand. All rows that are there now stand beside those made of images, so
that PostgreSQL still finds either through the indexes it has; :func:`stood` leaves out what came later. A ``WHERE``
within the tables themselves would keep it from that. Accounts, payees and tags are few and are gathered.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, literal_column, text

from farthing.core.records import Kind, Part
from farthing.core.schema import Base
from farthing.features.accounts.models import ACCOUNT
from farthing.features.journal.models import TRANSACTION, Posting, Transaction, TransactionTag
from farthing.features.payees.models import PAYEE
from farthing.features.tags.models import TAG

KNOWN_AT = "known_at"
"""What statements call the revision whose knowledge is asked for."""
_POSTINGS, _TAGS = TRANSACTION.parts
_OF_BOOK = "jsonb_build_object('book_id', CAST(:book AS uuid))"
_TAKEN_OVER = {_POSTINGS.name: ("date", "ordinal")}
"""Columns of parts that repeat the record's."""


def _with_its_transaction(part: Part) -> ColumnElement[bool]:
    """Rows that are there now belong to transactions that are, those of images to those of images.

    Asked of one transaction, PostgreSQL looks at one of the two alone.
    """
    return literal_column(f"{part.table.name}.is_current = {TRANSACTION.table.name}.is_current")


_STOOD: dict[type[Base], ColumnElement[bool]] = {
    # True of every image: what was known then was written by then.
    Transaction: Transaction.revision <= bindparam(KNOWN_AT),
    Posting: _with_its_transaction(_POSTINGS),
    TransactionTag: _with_its_transaction(_TAGS),
}
_POSTING_STOOD: ColumnElement[bool] = literal_column(
    "(NOT postings.is_current OR postings.transaction_id NOT IN (SELECT id FROM written_since))"
)


def stood(model: type[Base], given: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """What must hold of rows, besides, that were known at the revision that is given; nothing if none is.

    Postings and tags are looked for together with their transactions.
    """
    return (_STOOD[model],) if KNOWN_AT in given else ()


def posting_stood(given: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """The same of postings that are looked for without their transactions."""
    return (_POSTING_STOOD,) if KNOWN_AT in given else ()


def among_its_own(postings: Select[*tuple[Any, ...]], given: Collection[str]) -> Select[*tuple[Any, ...]]:
    """A question about the postings of the transaction that is met: its own, which may stand in its image.

    Of what is met row by row, images would otherwise be gone through again for each.
    """
    return postings.add_cte(_OWN_POSTINGS, nest_here=True) if KNOWN_AT in given else postings


def as_known(statement: Select[*tuple[Any, ...]], given: Collection[str]) -> Select[*tuple[Any, ...]]:
    """A statement whose tables are those of the revision that is given; the same statement if none is."""
    return statement.add_cte(*_TABLES) if KNOWN_AT in given else statement


def images_at(kind: Kind) -> str:
    """A query for the images of records that were changed or deleted since, as they were at a revision: complete."""
    lacking = json.dumps(kind.completed({}))
    return f"""
        SELECT CAST('{lacking}' AS jsonb) || before
          FROM (SELECT DISTINCT ON (record_id) before FROM history
                 WHERE book_id = :book AND kind = '{kind.name}' AND revision > :known_at
                 ORDER BY record_id, revision) AS first
         WHERE before IS NOT NULL AND (before->>'created_revision')::bigint <= :known_at"""  # noqa: S608 - constants


def _columns(kind: Kind) -> str:
    return ", ".join(["book_id", *(column.name for column in kind.columns)])


def _part_columns(part: Part) -> str:
    return ", ".join(column.name for column in part.table.columns)


def _table(name: str, query: str, *, gathered: bool = True) -> CTE:
    return text(query).columns().cte(name).prefix_with("MATERIALIZED" if gathered else "NOT MATERIALIZED")


def _images(kind: Kind) -> list[CTE]:
    """Images, and rows made of them."""
    images = f"{kind.name}_images"
    tables = [
        _table(images, f"SELECT * FROM ({images_at(kind)}) AS i (image)"),  # noqa: S608 - constants
        _table(
            _then(kind.table.name),
            f"""
        SELECT {_columns(kind)}, image FROM {images} CROSS JOIN LATERAL
               jsonb_populate_record(CAST(NULL AS {kind.table.name}), image || {_OF_BOOK}) AS row""",  # noqa: S608
        ),
    ]
    for part in kind.parts:
        query = f"SELECT {_part_columns(part)} FROM {images} CROSS JOIN LATERAL {_rows(part, 'image')}"  # noqa: S608
        tables.append(_table(_then(part.table.name), query))
    return tables


def _rows(part: Part, image: str) -> str:
    """The rows of a part that an image shows, as something to select from."""
    taken_over = "".join(f", '{name}', {image}->'{name}'" for name in _TAKEN_OVER.get(part.name, ()))
    place = ", 'position', place - 1" if "position" in part.derived else ""
    return f"""
               jsonb_array_elements({image}->'{part.name}') WITH ORDINALITY AS part (part, place)
         CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS {part.table.name}),
               part || {_OF_BOOK} || jsonb_build_object('{part.owner}', {image}->'id'{taken_over}{place})) AS row"""


def _then(table: str) -> str:
    """What the table of the rows is called that are made of images."""
    return f"{table}_then"


def _few(kind: Kind) -> list[CTE]:
    """A kind of record that a book has few of. Parts first: afterwards the record's table is that of then."""
    name, columns = kind.table.name, _columns(kind)
    tables = []
    for part in kind.parts:
        now = ", ".join(f"part.{column.name}" for column in part.table.columns)
        query = f"""
        SELECT {now} FROM {part.table.name} AS part
          JOIN {name} AS record ON record.book_id = :book AND record.id = part.{part.owner}
         WHERE part.book_id = :book AND record.revision <= :known_at
        UNION ALL SELECT {_part_columns(part)} FROM {_then(part.table.name)}"""  # noqa: S608 - constants
        tables.append(_table(part.table.name, query))
    query = f"""
        SELECT {columns} FROM {name} WHERE book_id = :book AND revision <= :known_at
        UNION ALL SELECT {columns} FROM {_then(name)}"""  # noqa: S608 - as above
    return [*_images(kind), *tables, _table(name, query)]


def _many() -> list[CTE]:
    """Transactions with their postings and tags."""
    tables = _images(TRANSACTION)
    tables.append(_table("written_since", "SELECT id FROM transactions WHERE book_id = :book AND revision > :known_at"))
    for table in (*(part.table for part in TRANSACTION.parts), TRANSACTION.table):
        columns = ", ".join(column.name for column in table.columns)
        no_image, image = (", CAST(NULL AS jsonb) AS image", ", image") if table is TRANSACTION.table else ("", "")
        query = f"""
        SELECT {columns}, true AS is_current{no_image} FROM {table.name}
        UNION ALL SELECT {columns}, false{image} FROM {_then(table.name)}"""  # noqa: S608 - as above
        tables.append(_table(table.name, query, gathered=False))
    return tables


def _own() -> CTE:
    columns = _part_columns(_POSTINGS)
    query = f"""
        SELECT {columns} FROM postings
         WHERE is_current AND book_id = :book AND transaction_id = transactions.id AND transactions.is_current
        UNION ALL SELECT {columns} FROM {_rows(_POSTINGS, "transactions.image")}"""  # noqa: S608 - as above
    own = text(query).columns().cte("postings", nesting=True)
    return own.prefix_with("NOT MATERIALIZED")


_OWN_POSTINGS = _own()
_TABLES = [*_few(ACCOUNT), *_few(PAYEE), *_few(TAG), *_many()]
