"""Changing a draft: what becomes of its rows, how its file is read, what its names mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference, check_postable
from farthing.features.imports.errors import (
    FileGone,
    ImportNotDraft,
    ImportNotFound,
    RowNotFound,
    RowUncategorisable,
    RowUndecidable,
    RowUnknown,
    RowUnmergeable,
)
from farthing.features.imports.models import Decision, RowKind
from farthing.features.imports.repository import ImportRepository, RowRepository
from farthing.features.imports.schemas import MAX_ROWS_AT_ONCE, ImportUpdate, LabelsUpdate, RowsUpdate, RowUpdate
from farthing.features.imports.service.bring import Handed, ImportService
from farthing.features.imports.service.find import FindService
from farthing.features.imports.service.label import LabelService
from farthing.features.imports.service.map import MapService, read_meant
from farthing.features.imports.service.profile import ProfileService
from farthing.features.journal.service import JournalService
from farthing.features.matches.models import MatchKind
from farthing.features.statements.fingerprints import another
from farthing.formats.drafts import DraftFile
from farthing.kit import clock, ids

OF_ANOTHER = frozenset({Decision.REPLACES, Decision.MERGE})


class ChangeService:
    """Changes drafts. None of it takes a revision: a draft is work in progress."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.rows = RowRepository(work)
        self.accounts = AccountService(work)
        self.journal = JournalService(work)
        self.finding = FindService(work)
        self.mapping = MapService(work)
        self.labels = LabelService(work)
        self.profiles = ProfileService(work)
        self.bringing = ImportService(work)

    async def change_row(self, import_id: UUID, row_id: UUID, changes: RowUpdate) -> dict[str, Any]:
        """Change what becomes of a row.

        Raises:
            ImportNotFound, ImportNotDraft, RowNotFound: there is none such.
            RowUndecidable: nothing such can become of it.
            RowUnmergeable, TransactionNotFound: it isn't said, or not known, what it is to be merged with.
            AccountUnknown, AccountClosed, CurrencyMismatch, RowUncategorisable: the category doesn't fit.
        """
        kept = await self._draft(import_id)
        rows = await self.rows.some(import_id, [row_id])
        if not rows:
            raise RowNotFound
        await self._change(import_id, rows, changes, "")
        (changed,) = await self.finding.shown(kept, await self.rows.some(import_id, [row_id]))
        return changed

    async def change_rows(self, import_id: UUID, wanted: RowsUpdate) -> dict[str, int]:
        """Change what becomes of several rows, in the same way.

        Raises:
            RowUnknown: one isn't there.
            NotFound, Invalid, Conflict: as :meth:`change_row` says.
        """
        await self._draft(import_id)
        if wanted.ids is not None:
            rows = await self.rows.some(import_id, wanted.ids)
            known = {row.id for row in rows}
            for place, row_id in enumerate(wanted.ids):
                if row_id not in known:
                    raise RowUnknown.at(f"/ids/{place}")
        else:
            assert wanted.filter is not None, "rows are named in one way"  # noqa: S101 - the schema's promise
            account_id = None
            if wanted.filter.account is not None:
                (account,) = await self.accounts.resolve([Reference(wanted.filter.account, "/filter/account")])
                account_id = account["id"]
            rows = await self.rows.fitting(import_id, wanted.filter, account_id, MAX_ROWS_AT_ONCE)
        if rows:
            await self._change(import_id, rows, wanted.changes, "/changes")
        return {"changed": len(rows)}

    async def label(self, import_id: UUID, wanted: LabelsUpdate) -> dict[str, list[dict[str, Any]]]:
        """Say who or what is meant by payees and tags that the file names. It is remembered for files like it.

        Raises:
            ImportNotFound, ImportNotDraft: there is none such.
            NameUnknown, MeaningUnfit: the file names none such, or the book has none such.
        """
        draft = (await self._draft(import_id))["draft"]
        labels, lasting, shown = await self.labels.choose(import_id, draft.get("labels", {}), wanted)
        draft = {**draft, "labels": labels}
        await self.imports.change(import_id, {"draft": draft, "changed_at": clock.now()})
        await self.profiles.remember_labels(draft["shape"], draft["format"], lasting)
        return {"labels": shown}

    async def reading(self, import_id: UUID) -> tuple[bytes, dict[str, Any]]:
        """What is needed to read a draft's file again: the file, and what was said of it.

        Raises:
            ImportNotFound, ImportNotDraft, FileGone: it can't be.
        """
        kept = await self._draft(import_id)
        data = await self.imports.file(import_id)
        if data is None:
            raise FileGone
        return data, kept["draft"]["said"]

    async def change(self, import_id: UUID, changes: ImportUpdate, file: DraftFile, data: bytes) -> dict[str, Any]:
        """Have a draft say what its file says, read and bound as someone says now.

        Raises:
            ImportNotFound, ImportNotDraft: there is none such.
            NameUnknown, AccountUnknown, MeaningUnfit: what is said of a name doesn't fit.
            Conflict, Invalid: as :meth:`ImportService.bring` says.
        """
        kept = await self._draft(import_id)
        said = kept["draft"]["said"]
        mapping = [read_meant(each) for each in kept["draft"]["mapping"]]
        if "mapping" in changes.model_fields_set:
            mapping = await self.mapping.choose(mapping, changes.mapping)
        answers = changes.answers if "answers" in changes.model_fields_set else {}
        handed = Handed(
            file,
            data,
            account=changes.account if "account" in changes.model_fields_set else said["account"],
            format=said["format"],
            answers={**said["answers"], **answers},
            said=answers,
            profile_id=UUID(kept["draft"]["profile_id"]) if kept["draft"]["profile_id"] else None,
            labels=kept["draft"].get("labels", {}),
        )
        return await self.bringing.read_again(import_id, handed, mapping)

    async def _draft(self, import_id: UUID) -> Row:
        kept = await self.imports.get(import_id)
        if kept is None:
            raise ImportNotFound
        if kept["state"] != "draft":
            raise ImportNotDraft
        return kept

    async def _change(self, import_id: UUID, rows: Sequence[Row], changes: RowUpdate, pointer: str) -> None:
        given = changes.model_fields_set
        edits: dict[str, Any] = {
            name: getattr(changes, name) or None for name in given & {"payee", "notes", "description"}
        }
        if "tags" in given:
            edits["tags"] = list(changes.tags)
        if "category" in given:
            category_id = await self._category(rows, changes.category, pointer)
            edits["category_id"] = category_id and str(category_id)
        if edits:
            await self.rows.edit(import_id, {row.position: edits for row in rows})
        if given & {"decision", "of_transaction_id", "match"}:
            for row in rows:
                await self._decide(import_id, row, changes, pointer)
        await self.imports.change(import_id, {"changed_at": clock.now()})

    async def _category(self, rows: Sequence[Row], category: str | None, pointer: str) -> UUID | None:
        if any(row.postings is not None for row in rows):
            raise RowUncategorisable.at(f"{pointer}/category")
        if category is None:
            return None
        (account,) = await self.accounts.resolve([Reference(category, f"{pointer}/category")])
        for currency in {row.currency for row in rows}:
            check_postable(account, currency, pointer=f"{pointer}/category")
        if account["id"] in {row.account_id for row in rows}:
            raise RowUncategorisable.at(f"{pointer}/category")
        found: UUID = account["id"]
        return found

    async def _decide(self, import_id: UUID, row: Row, changes: RowUpdate, pointer: str) -> None:
        given = changes.model_fields_set
        decision = changes.decision if "decision" in given else Decision(row.decision)
        of_id = changes.of_transaction_id if "of_transaction_id" in given else row.of_transaction_id
        is_deletion = row.kind == RowKind.DELETION.value
        if (decision not in (Decision.DELETES, Decision.SKIP)) if is_deletion else decision is Decision.DELETES:
            raise RowUndecidable.at(f"{pointer}/decision")
        values: dict[str, Any] = {"decision": decision.value, "is_chosen": True, "transaction_id": row.id}
        if decision is Decision.DELETES:
            if of_id is None:
                raise RowUnmergeable.at(f"{pointer}/of_transaction_id")
            if of_id != row.of_transaction_id:
                await self.journal.get(of_id)
            values["of_transaction_id"] = of_id
        if decision in OF_ANOTHER or (decision is Decision.DUPLICATE and of_id is not None):
            if of_id is None or (decision in OF_ANOTHER and row.kind != RowKind.LINE.value):
                raise RowUnmergeable.at(f"{pointer}/of_transaction_id")
            if of_id != row.of_transaction_id:
                await self.journal.get(of_id)
            kind = changes.match if "match" in given else (row.match and MatchKind(row.match))
            values |= {"of_transaction_id": of_id, "match": (kind or MatchKind.POSTED).value}
        if decision is Decision.DUPLICATE:
            values["transaction_id"] = of_id or row.id
        if decision is Decision.NEW and row.line_id is None and row.kind == RowKind.LINE.value:
            # Known by its like, and another all the same: from now on it is known by itself.
            values |= {"fingerprint": another(row.fingerprint, row.id), "line_id": ids.new_id()}
        await self.rows.change(import_id, [row.id], values)
