"""Records: what a book is made of, as its log sees it.

Each room says of its tables which are records, with :func:`kept_as`. From that alone the log's readers know what to do:
undo writes a record back as it was, the feed hands it to those who follow, the book's digest covers it, and a question
about an earlier state finds it. A record's *image* is all of it as JSON: its columns, but for the book's id and what
follows from others, and the rows that belong to it.

A record's table has ``id``, ``created_revision``, ``revision``, ``created_at`` and ``changed_at``, and an index on book
and revision: :func:`kept_as` makes sure of both.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Table

from farthing.core.schema import Base, table_of

Image = dict[str, Any]
"""A record as JSON."""
STAMPS = frozenset({"created_revision", "revision", "created_at", "changed_at"})
"""When a record was written."""
STAMP_ENDINGS = ("revision", "_at")
"""How columns are called that say when, or at which revision: what two books that hold the same may differ in."""
Derivation = Callable[[Mapping[str, Any]], Any]
"""What a column is, given the values of the others."""
PartDerivation = Callable[[Mapping[str, Any], int], Any]
"""What a part's column is, given the values of the record and the part's place among its like."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to a record: written, changed and deleted with it, and never without.

    Args:
        name: what an image calls them.
        model: their class.
        owner: the column that names the record.
        order: the columns by which they are put in order.
        derived: columns that follow from the record and from the place among the parts, and how.
    """

    name: str
    model: type[Base]
    owner: str
    order: tuple[str, ...]
    derived: Mapping[str, PartDerivation] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """Where they are kept."""
        return table_of(self.model)

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """What an image shows of each."""
        return _shown(self.table, {"book_id", self.owner, *self.derived})

    def completed(self, rows: Sequence[Mapping[str, Any]]) -> list[Image]:
        """Rows of an image with what they lack: it may be older than some columns."""
        lacking = {column.name: _at_first(column) for column in self.columns} if rows else {}
        return [{**lacking, **row} for row in rows]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record.

    Args:
        name: what the log calls it: ``payee``.
        table: where it is kept.
        needs: what a member must be allowed to do, to write such a record or to undo what was written.
        derived: columns that follow from the others, and how: left out of images, worked out again from them.
        parts: rows that belong to it.
        reckoned: columns that follow from other records: images show them, but who puts those back need not mind them.
        undoable: whether a write that touched one can be undone; not where it is only one side of something.
        made_along: whether writes about other records make such ones on the way.
    """

    name: str
    table: Table
    needs: str
    derived: Mapping[str, Derivation] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    reckoned: frozenset[str] = frozenset()
    undoable: bool = True
    made_along: bool = False

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """What an image shows of it, parts aside."""
        return _shown(self.table, {"book_id", *self.derived})

    def image(self, row: Mapping[str, Any], **parts: Sequence[Mapping[str, Any]]) -> Image:
        """All of a record as JSON.

        Args:
            row: its columns, by name.
            **parts: for each part, its rows in order.
        """
        image = {column.name: to_json(row[column.name]) for column in self.columns}
        for part in self.parts:
            image[part.name] = [
                {column.name: to_json(each[column.name]) for column in part.columns} for each in parts[part.name]
            ]
        return image

    def completed(self, image: Mapping[str, Any]) -> Image:
        """An image with what it lacks: it may be older than some columns."""
        lacking = {column.name: _at_first(column) for column in self.columns if column.name not in image}
        parts = {part.name: part.completed(image.get(part.name, [])) for part in self.parts}
        return {**lacking, **image, **parts}

    def content(self, image: Mapping[str, Any]) -> Image:
        """What an image says of its record, but for when and at which revision it was written."""
        return {name: value for name, value in self.completed(image).items() if not name.endswith(STAMP_ENDINGS)}

    def own_content(self, image: Mapping[str, Any]) -> Image:
        """The content of an image, but for what is reckoned from other records."""
        return {name: value for name, value in self.content(image).items() if name not in self.reckoned}

    def values(self, image: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of the record that an image shows, the derived ones included, parts aside."""
        complete = self.completed(image)
        values = {column.name: of_json(column, complete[column.name]) for column in self.columns}
        return values | {name: derive(values) for name, derive in self.derived.items()}

    def part_values(self, part: Part, image: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The columns of the rows that belong to the record, as an image shows them, the derived ones included."""
        record = self.values(image)
        rows = []
        for place, each in enumerate(image.get(part.name, [])):
            values = {
                column.name: of_json(column, each[column.name]) if column.name in each else _at_first(column)
                for column in part.columns
            }
            derived = {name: derive(record, place) for name, derive in part.derived.items()}
            rows.append(values | derived | {part.owner: record["id"]})
        return rows


KINDS: dict[str, Kind] = {}
"""All kinds of records, by name: as ``Base.metadata`` knows all tables, once their modules are loaded."""


def kept_as(
    model: type[Base],
    name: str,
    *,
    needs: str,
    derived: Mapping[str, Derivation] | None = None,
    parts: tuple[Part, ...] = (),
    reckoned: frozenset[str] = frozenset(),
    undoable: bool = True,
    made_along: bool = False,
) -> Kind:
    """Say that the rows of a table are records; index them by the revision they last changed at.

    Args:
        model: the table's class.
        name: what the log calls one.
        needs: what a member must be allowed to do, to write one.
        derived: columns that follow from the others, and how.
        parts: rows of other tables that belong to a record.
        reckoned: columns that follow from other records, and are reckoned anew when those are put back.
        undoable: whether a write that touched one can be undone.
        made_along: whether writes about other records make such ones on the way: an undo of these then leaves what is
            used or was changed since.
    """
    table = table_of(model)
    assert STAMPS.issubset(table.columns.keys()), f"{name} doesn't say when it was written"  # noqa: S101 - a defect
    Index(f"ix_{table.name}_revision", table.c.book_id, table.c.revision, table.c.id)
    kind = Kind(name, table, needs, derived or {}, parts, reckoned, undoable, made_along)
    KINDS[name] = kind
    return kind


def to_json(value: Any) -> Any:
    """A column's value as an image has it: figures exactly, as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dt.date):  # an instant is one too
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    return value


def of_json(column: Column[Any], value: Any) -> Any:
    """The value of a column that an image shows."""
    return None if value is None else _READ.get(column.type.python_type, _as_it_is)(value)


def _shown(table: Table, left_out: set[str]) -> tuple[Column[Any], ...]:
    return tuple(column for column in table.columns if column.name not in left_out and column.computed is None)


def _at_first(column: Column[Any]) -> Any:
    """What records had in a column when it was new: its default."""
    default: Any = column.server_default
    return None if default is None else json.loads(default.arg.text.strip("'"))


def _as_it_is(value: Any) -> Any:
    return value


_READ: dict[type, Callable[[Any], Any]] = {
    Decimal: Decimal,
    UUID: UUID,
    dt.date: dt.date.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
    bytes: bytes.fromhex,
}
