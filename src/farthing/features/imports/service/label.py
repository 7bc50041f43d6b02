"""Labels: who is meant by the payees, and what by the tags, that a file names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.imports.errors import MeaningUnfit, NameUnknown
from farthing.features.imports.labels import Kept, LabelKind, Remembered, remembered
from farthing.features.imports.mapping import Use
from farthing.features.imports.repository import RowRepository
from farthing.features.imports.schemas import LabelQuery, LabelsUpdate
from farthing.features.payees.service.find import PayeeService
from farthing.features.tags.service.find import TagService
from farthing.kit.pages import Page


@dataclass(frozen=True, slots=True)
class Found:
    """A payee or a tag of the book."""

    id: UUID
    name: str


class LabelService:
    """Finds out who or what is meant by labels."""

    def __init__(self, work: Work) -> None:
        self.rows = RowRepository(work)
        self.payees = PayeeService(work)
        self.tags = TagService(work)

    async def find(self, import_id: UUID, kept: Kept, wanted: LabelQuery) -> Page[dict[str, Any]]:
        """A page of the labels of an import's new rows, the most frequent first.

        Args:
            import_id: the import.
            kept: what its draft keeps of them.
            wanted: which page, of which kind.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        page = await self.rows.find_labels(import_id, wanted)
        return Page(await self._shown(kept, wanted.kind, page.data), page.next_cursor)

    async def choose(
        self, import_id: UUID, kept: Kept, wanted: LabelsUpdate
    ) -> tuple[Kept, list[Remembered], list[dict[str, Any]]]:
        """What a draft keeps once a person has said what is meant by some labels.

        Answers with that, with what is worth remembering for the next file, and with the labels as they are now.

        Raises:
            NameUnknown: no row bears such a name.
            MeaningUnfit: the book has no such payee or tag.
        """
        names = [each.name for each in wanted.labels]
        bearing = {row["name"]: row for row in await self.rows.labels(import_id, wanted.kind, names)}
        known = await self._known(wanted.kind, [each.called for each in wanted.labels if each.called])
        said = dict(kept.get(wanted.kind, {}))
        lasting = []
        for place, each in enumerate(wanted.labels):
            if each.name not in bearing:
                raise NameUnknown.at(f"/labels/{place}/name")
            found = known.get(each.called or "")
            if each.use is Use.SKIP:
                said[each.name] = {"called": None}
            elif each.use is Use.CREATE:
                said[each.name] = {"called": each.called or each.name}
            elif found is None:
                raise MeaningUnfit.at(f"/labels/{place}/called", problem=f"the book has no such {wanted.kind}")
            else:
                said[each.name] = {"called": found.name}
                lasting.append(Remembered(wanted.kind, each.name, found.id))
        kept = {**kept, wanted.kind: said}
        return kept, lasting, await self._shown(kept, wanted.kind, [bearing[name] for name in names])

    async def remembered(self, mapping: Mapping[str, str]) -> Kept:
        """What a profile says of labels; of payees and tags that are gone nothing is said any more."""
        kept: Kept = {}
        before = remembered(mapping)
        payees = {each.id for each in before if each.kind is LabelKind.PAYEE}
        tags = [each.id for each in before if each.kind is LabelKind.TAG]
        names = await self.tags.names(tags)
        names |= {payee.id: payee.name for payee in (await self.payees.look_up((), payees)).by_id.values()}
        for each in before:
            if each.id in names:
                kept.setdefault(each.kind, {})[each.name] = {"called": names[each.id]}
        return kept

    async def _shown(self, kept: Kept, kind: LabelKind, rows: Sequence[Row]) -> list[dict[str, Any]]:
        said = kept.get(kind, {})
        called = {row["name"]: said[row["name"]]["called"] if row["name"] in said else row["name"] for row in rows}
        known = await self._known(kind, [name for name in called.values() if name is not None])
        return [_label(kind, row, called[row["name"]], known, is_chosen=row["name"] in said) for row in rows]

    async def _known(self, kind: LabelKind, names: Sequence[str]) -> dict[str, Found]:
        """Payees or tags of the book by these names."""
        if kind is LabelKind.PAYEE:
            payees = await self.payees.look_up(names)
            found = ((name, payees.known(name)) for name in names)
            return {name: Found(payee.id, payee.name) for name, payee in found if payee is not None}
        tags = await self.tags.look_up(names)
        ids = ((name, tags.find(name)) for name in names)
        return {name: Found(tag_id, tags.names[tag_id]) for name, tag_id in ids if tag_id is not None}


def _label(
    kind: LabelKind, row: Row, called: str | None, known: Mapping[str, Found], *, is_chosen: bool
) -> dict[str, Any]:
    found = None if called is None else known.get(called)
    use = Use.SKIP if called is None else Use.CREATE if found is None else Use.EXISTING
    return {
        "kind": kind,
        "name": row["name"],
        "rows": row["rows"],
        "use": use,
        "called": called if found is None else found.name,
        "id": None if found is None else found.id,
        "chosen": is_chosen,
    }
