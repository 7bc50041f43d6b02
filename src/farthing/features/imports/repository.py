"""All SQL about imports, their rows, and what is remembered of files."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, delete, func, insert, literal, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.imports.labels import LabelKind
from farthing.features.imports.models import IMPORT_PROFILE, Import, ImportFile, ImportProfile, ImportRow
from farthing.features.imports.schemas import ImportQuery, LabelQuery, RowFilter, RowQuery
from farthing.kit.pages import CursorMalformed, Page, PageQuery

SHOWN = (Import.id, Import.state, Import.format, Import.outcome, Import.revision, Import.created_at)
TYPES = {
    "import_id": "uuid",
    "position": "bigint",
    "id": "uuid",
    "kind": "text",
    "statement": "bigint",
    "line": "bigint",
    "date": "date",
    "account_id": "uuid",
    "amount": "numeric",
    "currency": "text",
    "status": "text",
    "payee": "text",
    "description": "text",
    "notes": "text",
    "value_date": "date",
    "due_date": "date",
    "tags": "text",
    "extra": "jsonb",
    "external_id": "text",
    "corrects": "text",
    "fingerprint": "bytea",
    "category_id": "uuid",
    "postings": "text",
    "is_opening": "boolean",
    "original": "jsonb",
    "decision": "text",
    "is_chosen": "boolean",
    "match": "text",
    "of_transaction_id": "uuid",
    "score": "numeric",
    "reasons": "text",
    "transaction_id": "uuid",
    "posting_id": "uuid",
    "counter_id": "uuid",
    "line_id": "uuid",
}
"""The columns of a row, in the order in which rows are handed over, with what they are sent as."""
COLUMNS = tuple(TYPES)
LISTS = ("tags", "postings", "reasons")
"""Those of them that hold lists."""


class ImportRepository(Repository):
    """Files that were handed in."""

    async def add(self, values: dict[str, Any]) -> None:
        """Keep an import."""
        await self.run(insert(Import).values(book_id=self.book_id, **values))

    async def change(self, import_id: UUID, values: Mapping[str, Any]) -> None:
        """Change an import."""
        await self.run(update(Import).where(Import.book_id == self.book_id, Import.id == import_id).values(**values))

    async def remove(self, import_id: UUID) -> None:
        """Take an import out that isn't a record of the book, with its rows and its file."""
        await self.run(delete(Import).where(Import.book_id == self.book_id, Import.id == import_id))

    async def keep_file(self, import_id: UUID, content: bytes) -> None:
        """Keep the file that a draft was read from."""
        await self.run(insert(ImportFile).values(book_id=self.book_id, import_id=import_id, content=content))

    async def let_file_go(self, import_id: UUID) -> None:
        """Drop the file that a draft was read from."""
        await self.run(delete(ImportFile).where(ImportFile.book_id == self.book_id, ImportFile.import_id == import_id))

    async def file(self, import_id: UUID) -> bytes | None:
        """The file that a draft was read from."""
        row = await self.row(
            select(ImportFile.content).where(ImportFile.book_id == self.book_id, ImportFile.import_id == import_id)
        )
        return bytes(row.content) if row else None

    async def get(self, import_id: UUID) -> Row | None:
        """An import."""
        return await self.row(
            select(*SHOWN, Import.created_revision, Import.account_id, Import.draft).where(
                Import.book_id == self.book_id, Import.id == import_id
            )
        )

    async def formats(self, import_ids: Collection[UUID]) -> dict[UUID, str]:
        """Which formats files had."""
        found = await self.rows(_FORMATS, {"book": self.book_id, "ids": list(import_ids)})
        return {row.id: row.format for row in found}

    async def proposed(self) -> list[dict[str, Any]]:
        """The accounts that drafts are to open, as these keep them, those of newer ones last."""
        return [row.meant for row in await self.rows(_PROPOSED, {"book": self.book_id})]

    async def find(self, wanted: ImportQuery) -> Page[Row]:
        """A page of imports, newest first."""
        query = select(*SHOWN, Import.draft).where(Import.book_id == self.book_id)
        if wanted.state:
            query = query.where(Import.state == wanted.state)
        if (after := wanted.after()) is not None:
            try:
                (last,) = (UUID(value) for value in after)
            except ValueError:
                raise CursorMalformed from None
            query = query.where(Import.id < last)
        rows = await self.rows(query.order_by(Import.id.desc()).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def sweep(self, before: dt.datetime) -> int:
        """Drop drafts that nobody touched since, and the rows of imports that were booked before then."""
        return int(await self.value(_SWEEP, {"book": self.book_id, "before": before}))


class RowRepository(Repository):
    """Rows of imports."""

    async def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Stage rows, each in the order of :data:`COLUMNS`."""
        columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        for name in LISTS:
            # A list in a list would be taken for a dimension.
            columns[name] = [json.dumps(value) if value else None for value in columns[name]]
        await self.run(_ADD, {"book": self.book_id, **columns})

    async def clear(self, import_id: UUID) -> None:
        """Drop all rows of an import: they are staged anew."""
        await self.run(delete(ImportRow).where(ImportRow.book_id == self.book_id, ImportRow.import_id == import_id))

    async def find(self, import_id: UUID, wanted: RowQuery) -> Page[Row]:
        """A page of rows, in the order of the file."""
        query = select(ImportRow).where(ImportRow.book_id == self.book_id, ImportRow.import_id == import_id)
        if wanted.decision:
            query = query.where(ImportRow.decision == wanted.decision.value)
        if wanted.chosen is not None:
            query = query.where(ImportRow.is_chosen == wanted.chosen)
        if (after := wanted.after()) is not None:
            query = query.where(ImportRow.position > _position(after))
        rows = await self.rows(query.order_by(ImportRow.position).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["position"]) if more else None)

    async def some(self, import_id: UUID, row_ids: Sequence[UUID]) -> list[Row]:
        """These rows, in the order of the file."""
        return await self.rows(_SOME, {"book": self.book_id, "import": import_id, "ids": list(row_ids)})

    async def fitting(self, import_id: UUID, wanted: RowFilter, account_id: UUID | None, most: int) -> list[Row]:
        """The first rows that fit, in the order of the file."""
        query = select(ImportRow).where(ImportRow.book_id == self.book_id, ImportRow.import_id == import_id)
        if wanted.decision:
            query = query.where(ImportRow.decision == wanted.decision.value)
        if account_id is not None:
            query = query.where(ImportRow.account_id == account_id)
        if wanted.payee is not None:
            query = query.where(func.lower(ImportRow.payee) == wanted.payee.lower())
        return await self.rows(query.order_by(ImportRow.position).limit(most))

    async def weighed(self, import_id: UUID) -> list[Row]:
        """What is needed of each line of statements to decide about it anew."""
        return await self.rows(_WEIGHED, {"book": self.book_id, "import": import_id})

    async def to_merge(self, import_id: UUID) -> list[Row]:
        """The rows that become a part of a transaction that the book has."""
        return await self.rows(_TO_MERGE, {"book": self.book_id, "import": import_id})

    async def to_delete(self, import_id: UUID) -> list[Row]:
        """The transactions that the bank takes back, each with the account and the currency of its line."""
        return await self.rows(_TO_DELETE, {"book": self.book_id, "import": import_id})

    async def redecide(self, import_id: UUID, positions: Sequence[int], values: Sequence[Mapping[str, Any]]) -> None:
        """Say anew of rows what becomes of them."""
        await self.run(
            _REDECIDE,
            {
                "book": self.book_id,
                "import": import_id,
                "positions": list(positions),
                "decisions": [each["decision"] for each in values],
                "matches": [each["match"] for each in values],
                "ofs": [each["of_transaction_id"] for each in values],
                "scores": [each["score"] for each in values],
                "reasons": [json.dumps(each["reasons"]) if each["reasons"] else None for each in values],
            },
        )

    async def became(self, import_id: UUID, ends: Mapping[UUID, tuple[UUID, UUID]]) -> None:
        """Say of rows which transaction and posting they became a part of."""
        await self.run(
            _BECAME,
            {
                "book": self.book_id,
                "import": import_id,
                "ids": list(ends),
                "transactions": [transaction_id for transaction_id, _ in ends.values()],
                "postings": [posting_id for _, posting_id in ends.values()],
            },
        )

    async def change(self, import_id: UUID, row_ids: Sequence[UUID], values: Mapping[str, Any]) -> None:
        """Change rows."""
        await self.run(
            update(ImportRow)
            .where(
                ImportRow.book_id == self.book_id,
                ImportRow.import_id == import_id,
                ImportRow.id == any_(literal(list(row_ids), ARRAY(Uuid()))),
            )
            .values(**values)
        )

    async def chosen(self, import_id: UUID) -> dict[int, Row]:
        """What a person said of rows, and wrote into them, by their places."""
        found = await self.rows(_CHOSEN, {"book": self.book_id, "import": import_id})
        return {row.position: row for row in found}

    async def choose_again(self, import_id: UUID, chosen: Mapping[int, Mapping[str, Any]]) -> None:
        """Say of rows what a person said of them before they were staged anew."""
        decided = {position: row for position, row in chosen.items() if row["is_chosen"]}
        await self.run(
            _CHOOSE_AGAIN,
            {
                "book": self.book_id,
                "import": import_id,
                "positions": list(decided),
                "decisions": [row["decision"] for row in decided.values()],
                "matches": [row["match"] for row in decided.values()],
                "ofs": [row["of_transaction_id"] for row in decided.values()],
            },
        )
        await self.edit(import_id, {position: row["edits"] for position, row in chosen.items() if row["edits"]})

    async def edit(self, import_id: UUID, edits: Mapping[int, Mapping[str, Any]]) -> None:
        """Write into rows what a person says stands in them, by their places and columns."""
        if edits:
            values = {"book": self.book_id, "import": import_id, "positions": list(edits)}
            await self.run(_EDIT, {**values, "edits": list(edits.values())})

    async def facts(self, import_id: UUID) -> Row:
        """What is to be known of an import's rows as a whole before they are booked."""
        return await self.one(_FACTS, {"book": self.book_id, "import": import_id})

    async def counts(self, import_id: UUID) -> list[Row]:
        """How many rows have each decision, by statement."""
        return await self.rows(_COUNTS, {"book": self.book_id, "import": import_id})

    async def moved(self, import_id: UUID, statement: int, until: dt.date) -> Row:
        """What a statement says moved until the end of a day: the ``amount``, and since which day."""
        return await self.one(
            _MOVED, {"book": self.book_id, "import": import_id, "statement": statement, "until": until}
        )

    async def locked(self, import_id: UUID, open_from: dt.date) -> Row:
        """How many rows that are booked are dated in the locked period, and the first of them."""
        return await self.one(_LOCKED, {"book": self.book_id, "import": import_id, "open_from": open_from})

    async def labels(self, import_id: UUID, kind: LabelKind, names: Sequence[str]) -> list[Row]:
        """How many new ``rows`` bear each of these names; those that no row at all bears aren't there."""
        values = {"book": self.book_id, "import": import_id, "names": list(names)}
        return await self.rows(_LABELS[kind], {**values, "after_rows": None, "after_name": None, "most": len(names)})

    async def find_labels(self, import_id: UUID, wanted: LabelQuery) -> Page[Row]:
        """A page of the names that new rows bear, the most frequent first."""
        after_rows, after_name = None, None
        if (after := wanted.after()) is not None:
            try:
                rows, after_name = after
                after_rows = int(rows)
            except ValueError:
                raise CursorMalformed from None
        values = {"book": self.book_id, "import": import_id, "names": None, "most": wanted.limit + 1}
        found = await self.rows(_LABELS[wanted.kind], {**values, "after_rows": after_rows, "after_name": after_name})
        more = len(found) > wanted.limit
        found = found[: wanted.limit]
        return Page(found, wanted.cursor_at(found[-1]["rows"], found[-1]["name"]) if more else None)

    async def posted_to(self, import_id: UUID) -> list[Row]:
        """The accounts and currencies that new rows are posted to."""
        return await self.rows(_POSTED_TO, {"book": self.book_id, "import": import_id})


class ProfileRepository(Repository):
    """What is remembered of files."""

    async def of_shape(self, shape: str) -> Row | None:
        """The profile of files of a shape."""
        return await self.row(
            select(*IMPORT_PROFILE.columns).where(ImportProfile.book_id == self.book_id, ImportProfile.shape == shape)
        )

    async def get(self, profile_id: UUID) -> Row | None:
        """A profile."""
        return await self.row(
            select(*IMPORT_PROFILE.columns).where(ImportProfile.book_id == self.book_id, ImportProfile.id == profile_id)
        )

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of profiles, oldest first."""
        query = select(*IMPORT_PROFILE.columns).where(ImportProfile.book_id == self.book_id)
        if (after := wanted.after()) is not None:
            try:
                (last,) = (UUID(value) for value in after)
            except ValueError:
                raise CursorMalformed from None
            query = query.where(ImportProfile.id > last)
        rows = await self.rows(query.order_by(ImportProfile.id).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def add(self, values: Mapping[str, Any]) -> None:
        """Keep a profile."""
        await self.run(insert(ImportProfile).values(book_id=self.book_id, **values))

    async def change(self, profile_id: UUID, values: Mapping[str, Any]) -> None:
        """Change a profile."""
        await self.run(
            update(ImportProfile)
            .where(ImportProfile.book_id == self.book_id, ImportProfile.id == profile_id)
            .values(**values)
        )

    async def remove(self, profile_id: UUID) -> None:
        """Take a profile out."""
        await self.run(
            delete(ImportProfile).where(ImportProfile.book_id == self.book_id, ImportProfile.id == profile_id)
        )


def _position(after: list[str]) -> int:
    try:
        (position,) = (int(value) for value in after)
    except ValueError:
        raise CursorMalformed from None
    if not 0 <= position < 2**40:
        raise CursorMalformed
    return position


_FORMATS = prepared("SELECT id, format FROM imports WHERE book_id = :book AND id = ANY(CAST(:ids AS uuid[]))")
_PROPOSED = prepared("""
SELECT meant FROM imports i, jsonb_array_elements(i.draft -> 'mapping') meant
 WHERE i.book_id = :book AND i.state = 'draft' AND meant ->> 'use' = 'create' ORDER BY i.id
""")
_SWEEP = prepared("""
WITH drafts AS (
    DELETE FROM imports WHERE book_id = :book AND state = 'draft' AND changed_at < :before RETURNING id
), rows AS (
    DELETE FROM import_rows r USING imports i
     WHERE r.book_id = :book AND i.book_id = :book AND i.id = r.import_id AND i.state = 'committed'
       AND i.changed_at < :before
)
SELECT count(*) FROM drafts
""")
_NAMED = ", ".join("metadata" if name == "extra" else name for name in COLUMNS)
_CONVERTED = {
    "tags": "CASE WHEN r.tags IS NULL THEN '{}' ELSE ARRAY(SELECT jsonb_array_elements_text(r.tags::jsonb)) END",
    "postings": "r.postings::jsonb",
    "reasons": "r.reasons::jsonb",
}
_TAKEN = ", ".join(_CONVERTED.get(name, f"r.{name}") for name in COLUMNS)
_SENT = ", ".join(f"CAST(:{name} AS {type_}[])" for name, type_ in TYPES.items())
_ADD = prepared(f"""
INSERT INTO import_rows (book_id, {_NAMED})
SELECT :book, {_TAKEN} FROM unnest({_SENT}) AS r ({", ".join(COLUMNS)})
""")  # noqa: S608 - names of columns
_SOME = prepared("""
SELECT * FROM import_rows
 WHERE book_id = :book AND import_id = :import AND id = ANY(CAST(:ids AS uuid[])) ORDER BY position
""")
_WEIGHED = prepared("""
SELECT position, id, kind, account_id, date, value_date, amount, currency, external_id, payee, description,
       original, status, fingerprint, is_chosen, decision, match, of_transaction_id, line_id, postings, corrects
  FROM import_rows WHERE book_id = :book AND import_id = :import AND fingerprint IS NOT NULL ORDER BY position
""")
_TO_MERGE = prepared("""
SELECT id, position, line, date, account_id, amount, currency, status, payee, description, notes, value_date,
       posting_id, counter_id, category_id, decision, match, of_transaction_id, corrects
  FROM import_rows
 WHERE book_id = :book AND import_id = :import AND decision IN ('replaces', 'merge') ORDER BY position
""")
_TO_DELETE = prepared("""
SELECT DISTINCT of_transaction_id, account_id, currency FROM import_rows
 WHERE book_id = :book AND import_id = :import AND decision = 'deletes'
""")
_REDECIDE = prepared("""
UPDATE import_rows r
   SET decision = n.decision, match = n.match, of_transaction_id = n.of_id, score = n.score, reasons = n.reasons::jsonb,
       transaction_id = CASE WHEN n.decision = 'duplicate' THEN n.of_id ELSE r.id END
  FROM unnest(CAST(:positions AS bigint[]), CAST(:decisions AS text[]), CAST(:matches AS text[]), CAST(:ofs AS uuid[]),
              CAST(:scores AS numeric[]), CAST(:reasons AS text[]))
    AS n (position, decision, match, of_id, score, reasons)
 WHERE r.book_id = :book AND r.import_id = :import AND r.position = n.position
""")
_LABELS = {
    kind: prepared(f"""
SELECT * FROM (
       SELECT x.name, count(*) FILTER (WHERE r.decision = 'new') AS rows
         FROM import_rows r CROSS JOIN {names}
        WHERE r.book_id = :book AND r.import_id = :import AND x.name IS NOT NULL
          AND (CAST(:names AS text[]) IS NULL OR x.name = ANY(CAST(:names AS text[])))
        GROUP BY x.name) AS found
 WHERE CASE WHEN CAST(:names AS text[]) IS NULL THEN rows > 0 ELSE true END
   AND (CAST(:after_rows AS bigint) IS NULL OR rows < CAST(:after_rows AS bigint)
        OR (rows = CAST(:after_rows AS bigint) AND name > CAST(:after_name AS text)))
 ORDER BY rows DESC, name LIMIT :most
""")  # noqa: S608 - one of two of ours
    for kind, names in (
        (LabelKind.PAYEE, "LATERAL (SELECT r.payee) AS x (name)"),
        (LabelKind.TAG, "unnest(r.tags) AS x (name)"),
    )
}
_BECAME = prepared("""
UPDATE import_rows r SET transaction_id = n.transaction_id, posting_id = n.posting_id
  FROM unnest(CAST(:ids AS uuid[]), CAST(:transactions AS uuid[]), CAST(:postings AS uuid[]))
    AS n (id, transaction_id, posting_id)
 WHERE r.book_id = :book AND r.import_id = :import AND r.id = n.id
""")
_CHOSEN = prepared("""
SELECT position, is_chosen, decision, match, of_transaction_id, edits FROM import_rows
 WHERE book_id = :book AND import_id = :import AND (is_chosen OR edits <> '{}')
""")
_CHOOSE_AGAIN = prepared("""
UPDATE import_rows r SET decision = n.decision, match = n.match, of_transaction_id = n.of_id, is_chosen = true
  FROM unnest(CAST(:positions AS bigint[]), CAST(:decisions AS text[]), CAST(:matches AS text[]), CAST(:ofs AS uuid[]))
    AS n (position, decision, match, of_id)
 WHERE r.book_id = :book AND r.import_id = :import AND r.position = n.position AND r.line_id IS NOT NULL
""")
_EDIT = prepared("""
UPDATE import_rows r
   SET payee = CASE WHEN n.edits ? 'payee' THEN n.edits->>'payee' ELSE r.payee END,
       description = CASE WHEN n.edits ? 'description' THEN n.edits->>'description' ELSE r.description END,
       notes = CASE WHEN n.edits ? 'notes' THEN n.edits->>'notes' ELSE r.notes END,
       tags = CASE WHEN n.edits ? 'tags' THEN ARRAY(SELECT jsonb_array_elements_text(n.edits->'tags')) ELSE r.tags END,
       category_id = CASE WHEN n.edits ? 'category_id' AND r.postings IS NULL
                          THEN CAST(n.edits->>'category_id' AS uuid) ELSE r.category_id END,
       edits = r.edits || n.edits
  FROM unnest(CAST(:positions AS bigint[]), CAST(:edits AS jsonb[])) AS n (position, edits)
 WHERE r.book_id = :book AND r.import_id = :import AND r.position = n.position
""")
_FACTS = prepared("""
SELECT count(*) FILTER (WHERE decision = 'new') AS new,
       count(*) FILTER (WHERE decision IN ('new', 'replaces', 'merge')) AS booked,
       min(date) FILTER (WHERE decision = 'new') AS first_day,
       count(*) FILTER (WHERE decision = 'new' AND tags <> '{}') AS tagged,
       array(SELECT t.payee FROM import_rows t
              WHERE t.book_id = :book AND t.import_id = :import AND t.decision = 'new' AND t.payee IS NOT NULL
              GROUP BY t.payee ORDER BY min(t.position)) AS payees,
       array(SELECT DISTINCT x FROM import_rows t, unnest(t.tags) x
              WHERE t.book_id = :book AND t.import_id = :import AND t.decision = 'new') AS tags,
       count(*) FILTER (WHERE decision IN ('new', 'replaces', 'merge') AND line_id IS NOT NULL) AS kept
  FROM import_rows WHERE book_id = :book AND import_id = :import
""")
_COUNTS = prepared("""
SELECT statement, decision, count(*) AS count FROM import_rows
 WHERE book_id = :book AND import_id = :import GROUP BY statement, decision
""")
_MOVED = prepared("""
SELECT coalesce(sum(amount) FILTER (WHERE status <> 'pending'), 0) AS amount, min(date) AS first_day
  FROM import_rows
 WHERE book_id = :book AND import_id = :import AND statement = :statement AND date <= :until AND decision <> 'skip'
   AND kind <> 'deletion'
""")
_LOCKED = prepared("""
SELECT count(*) AS count, min(line) AS line FROM import_rows
 WHERE book_id = :book AND import_id = :import AND decision IN ('new', 'replaces', 'merge', 'deletes')
   AND date < :open_from
""")
_POSTED_TO = prepared("""
SELECT DISTINCT account_id, currency FROM import_rows
 WHERE book_id = :book AND import_id = :import AND decision = 'new' AND account_id IS NOT NULL
UNION
SELECT DISTINCT category_id, currency FROM import_rows
 WHERE book_id = :book AND import_id = :import AND decision = 'new' AND category_id IS NOT NULL AND postings IS NULL
UNION
SELECT DISTINCT p.account_id, p.currency
  FROM import_rows r, jsonb_to_recordset(r.postings) AS p (account_id uuid, currency text)
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision = 'new' AND r.postings IS NOT NULL
""")

TRANSACTIONS = """
SELECT r.id, r.date, CAST(:first AS bigint) + r.position AS ordinal,
       CASE WHEN r.is_opening THEN 'opening' ELSE 'ordinary' END AS kind, r.payee, n.payee_id, r.description, r.notes,
       r.value_date, r.due_date, r.metadata
  FROM import_rows r
  LEFT JOIN unnest(CAST(:payee_names AS text[]), CAST(:payee_ids AS uuid[])) AS n (name, payee_id) ON n.name = r.payee
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision = 'new'
"""
"""New rows as transactions; ``:first`` is what stands before the place of each."""
POSTINGS = """
SELECT r.posting_id AS id, r.id AS transaction_id, CAST(0 AS smallint) AS position, r.account_id, r.date,
       CAST(:first AS bigint) + r.position AS ordinal, r.amount, r.currency, r.status, CAST(NULL AS text) AS memo,
       false AS generated, CAST(NULL AS numeric) AS price_amount, CAST(NULL AS text) AS price_currency,
       CAST(NULL AS numeric) AS cost_amount, CAST(NULL AS text) AS cost_currency, CAST(NULL AS date) AS cost_date,
       CAST(NULL AS text) AS cost_label
  FROM import_rows r
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision = 'new' AND r.postings IS NULL
UNION ALL
SELECT r.counter_id, r.id, CAST(1 AS smallint),
       coalesce(r.category_id, n.category_id,
                CASE WHEN r.amount > 0 THEN CAST(:income AS uuid) ELSE CAST(:expense AS uuid) END),
       r.date, CAST(:first AS bigint) + r.position, -r.amount, r.currency, 'cleared', NULL, false,
       NULL, NULL, NULL, NULL, NULL, NULL
  FROM import_rows r
  LEFT JOIN unnest(CAST(:default_names AS text[]), CAST(:default_ids AS uuid[]), CAST(:default_currencies AS text[]))
         AS n (name, category_id, currency) ON n.name = r.payee AND (n.currency IS NULL OR n.currency = r.currency)
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision = 'new' AND r.postings IS NULL
UNION ALL
SELECT p.id, r.id, CAST(p.place - 1 AS smallint), p.account_id, r.date, CAST(:first AS bigint) + r.position, p.amount,
       p.currency, p.status, p.memo, p.generated, p.price_amount, p.price_currency, p.cost_amount, p.cost_currency,
       p.cost_date, p.cost_label
  FROM import_rows r
 CROSS JOIN LATERAL ROWS FROM (
       jsonb_to_recordset(r.postings) AS (id uuid, account_id uuid, amount numeric, currency text, status text,
                                          memo text, generated boolean, price_amount numeric, price_currency text,
                                          cost_amount numeric, cost_currency text, cost_date date, cost_label text)
       ) WITH ORDINALITY AS p (id, account_id, amount, currency, status, memo, generated, price_amount, price_currency,
                               cost_amount, cost_currency, cost_date, cost_label, place)
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision = 'new' AND r.postings IS NOT NULL
"""
"""New rows as postings: a line on the account and one on a category, or all that they need."""
TAGS = """
SELECT r.id AS transaction_id, n.tag_id
  FROM import_rows r
 CROSS JOIN unnest(r.tags) AS x (name)
  JOIN unnest(CAST(:tag_names AS text[]), CAST(:tag_ids AS uuid[])) AS n (name, tag_id) ON n.name = x.name
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision = 'new'
 GROUP BY r.id, n.tag_id
"""
"""New rows with the tags that they bear."""
LINES = """
SELECT r.line_id AS id, r.account_id, r.import_id, r.line, r.external_id, r.fingerprint, r.date, r.amount, r.currency,
       r.original, r.transaction_id, r.posting_id
  FROM import_rows r
 WHERE r.book_id = :book AND r.import_id = :import AND r.decision IN ('new', 'replaces', 'merge')
   AND r.line_id IS NOT NULL
"""
"""Rows as the lines of statements that are kept for ever."""
