"""Finding imports, and looking at their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.imports.errors import ImportNotFound
from farthing.features.imports.models import Decision
from farthing.features.imports.repository import ImportRepository, RowRepository
from farthing.features.imports.schemas import ImportQuery, LabelQuery, RowQuery
from farthing.features.imports.service.label import LabelService
from farthing.kit.pages import Page

NOTHING_TOLD = {
    "replaced": 0,
    "merged": 0,
    "deleted": 0,
    "left_out": 0,
    "questions": [],
    "mapping": [],
    "profile_id": None,
}
"""What imports that were booked long ago say nothing of."""


class FindService:
    """Shows imports and their rows."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.rows = RowRepository(work)
        self.accounts = AccountService(work)
        self.labels = LabelService(work)

    async def get(self, import_id: UUID) -> dict[str, Any]:
        """An import.

        Raises:
            ImportNotFound: the book has none such.
        """
        return show(await self._get(import_id))

    async def find(self, wanted: ImportQuery) -> Page[dict[str, Any]]:
        """A page of imports, newest first."""
        page = await self.imports.find(wanted)
        return Page([show(row) for row in page.data], page.next_cursor)

    async def find_rows(self, import_id: UUID, wanted: RowQuery) -> Page[dict[str, Any]]:
        """A page of an import's rows, in the order of the file.

        Raises:
            ImportNotFound: the book has no such import.
            CursorMalformed: the cursor isn't this list's.
        """
        kept = await self._get(import_id)
        page = await self.rows.find(import_id, wanted)
        return Page(await self.shown(kept, page.data), page.next_cursor)

    async def find_labels(self, import_id: UUID, wanted: LabelQuery) -> Page[dict[str, Any]]:
        """A page of the payees or tags that an import's new rows name, the most frequent first.

        Raises:
            ImportNotFound: the book has no such import.
            CursorMalformed: the cursor isn't this list's.
        """
        kept = await self._get(import_id)
        return await self.labels.find(import_id, (kept["draft"] or {}).get("labels", {}), wanted)

    async def shown(self, kept: Row, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Rows as they are answered."""
        ids = {each for row in rows for each in (row["account_id"], row["category_id"]) if each is not None}
        ids |= {UUID(posting["account_id"]) for row in rows for posting in row["postings"] or ()}
        names = {row["id"]: row["full_name"] for row in await self.accounts.chart(list(ids))}
        for meant in (kept["draft"] or {}).get("mapping", ()):
            if meant["account_id"]:
                names.setdefault(UUID(meant["account_id"]), meant["account"])
        return [_row(row, names) for row in rows]

    async def _get(self, import_id: UUID) -> Row:
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        return kept


def show(kept: Row) -> dict[str, Any]:
    """An import as it is answered."""
    outcome = {**NOTHING_TOLD, **kept["outcome"]}
    accounts = [
        {
            **each,
            "counts": {"replaced": 0, "merged": 0, **each["counts"]},
            "statement": {"holdings": [], **each["statement"]},
        }
        for each in outcome.get("accounts", ())
    ]
    named = ("id", "state", "format", "revision", "created_at")
    return {**outcome, "accounts": accounts, **{name: kept[name] for name in named}}


def _row(row: Row, names: Mapping[UUID, str]) -> dict[str, Any]:
    is_new = row["decision"] == Decision.NEW.value
    is_nothing = row["decision"] in {Decision.SKIP.value, Decision.DUPLICATE.value, Decision.DELETES.value}
    return {
        **row,
        "account": names.get(row["account_id"]),
        "category": names.get(row["category_id"]),
        "postings": row["postings"]
        and [{**each, "account": names.get(UUID(each["account_id"]))} for each in row["postings"]],
        "chosen": row["is_chosen"],
        "of_transaction_id": None if is_new else row["of_transaction_id"],
        "looks_like_id": row["of_transaction_id"] if is_new else None,
        "reasons": row["reasons"] or [],
        "transaction_id": None if is_nothing else row["transaction_id"],
    }
