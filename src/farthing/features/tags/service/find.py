"""Finding tags: one, many, and those that requests name, which are made where there are none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.records.service import RecordService
from farthing.features.tags.errors import TagNotFound, TagsTooMany, TagUnknown
from farthing.features.tags.models import TAG
from farthing.features.tags.repository import TagRepository
from farthing.features.tags.schemas import TagQuery, is_id
from farthing.kit import clock, ids
from farthing.kit.pages import Page
from farthing.ledger.accounts import name_key

MAX_TAGS = 5000
MAX_NEAR = 3


class TagReference(NamedTuple):
    """A tag as a request names it, and the parameter that it stands in."""

    text: str
    parameter: str


class NamedTags:
    """Tags that requests name, looked up together.

    Args:
        rows: the tags that were found.
        room: how many more the book takes.
    """

    def __init__(self, rows: Sequence[Row] = (), room: int = 0) -> None:
        self.names: dict[UUID, str] = {row["id"]: row["name"] for row in rows}
        """What each tag is called, new ones included."""
        self.new: dict[UUID, str] = {}
        """Those that the book hasn't got: to be made before anything bears them."""
        self._found: dict[UUID | str, UUID] = {row[column]: row["id"] for row in rows for column in ("id", "name_key")}
        self._room = room

    def take(self, texts: Sequence[str], pointer: str = "/tags") -> tuple[UUID, ...]:
        """The tags that a transaction names, each once and by id. Those that there aren't are to be made from then on.

        Args:
            texts: names and ids that were looked up.
            pointer: where they stand in the request.

        Raises:
            TagUnknown: the book has no tag with such an id.
            TagsTooMany: the book has no room for those that are to be made.
        """
        keys = [_key(text) for text in texts]
        for place, key in enumerate(keys):
            if isinstance(key, UUID) and key not in self._found:
                raise TagUnknown.at(f"{pointer}/{place}", near="")
        lacking: dict[UUID | str, str] = {}
        for key, text in zip(keys, texts, strict=True):
            if key not in self._found:
                lacking.setdefault(key, text)  # of several spellings the first is the name
        if len(lacking) > self._room - len(self.new):
            raise TagsTooMany
        for key, name in lacking.items():
            self._found[key] = tag_id = ids.new_id()
            self.new[tag_id] = self.names[tag_id] = name
        return tuple(sorted({self._found[key] for key in keys}))

    def find(self, text: str) -> UUID | None:
        """The tag of the book that this name or id is of."""
        tag_id = self._found.get(_key(text))
        return None if tag_id in self.new else tag_id

    def known(self, texts: Sequence[str], pointer: str) -> frozenset[UUID]:
        """The tags that a request names and the book has, by id: none is made.

        Args:
            texts: names and ids that were looked up.
            pointer: where they stand in the request.

        Raises:
            TagUnknown: the book has no such tag.
        """
        for place, text in enumerate(texts):
            if _key(text) not in self._found:
                raise TagUnknown.at(f"{pointer}/{place}", near="")
        return frozenset(self._found[_key(text)] for text in texts)


class TagService:
    """The tags of a book, to look at, and to name on transactions."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.tags = TagRepository(work)

    async def get(self, tag_id: UUID) -> Row:
        """A tag.

        Raises:
            TagNotFound: the book has none such.
        """
        tag = await self.tags.get(tag_id)
        if tag is None:
            raise TagNotFound
        self.work.shows(tag["revision"])
        return tag

    async def find(self, wanted: TagQuery) -> Page[Row]:
        """A page of tags, by name or by use.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        return await self.tags.find(wanted)

    async def look_up(self, texts: Iterable[str]) -> NamedTags:
        """The tags that requests name: nothing is asked where none is named. Whether there is one is told later."""
        keys = {_key(text) for text in texts}
        if not keys:
            return NamedTags()
        rows = await self.tags.named(
            [key for key in keys if isinstance(key, UUID)], [key for key in keys if isinstance(key, str)]
        )
        found = {row["name_key"] for row in rows}
        is_complete = all(isinstance(key, UUID) or key in found for key in keys)
        return NamedTags(rows, 0 if is_complete else max(0, MAX_TAGS - await self.tags.count()))

    async def make(self, named: NamedTags) -> None:
        """Write the new ones down of tags that were looked up, each a record of its own of the same change."""
        if named.new:
            await self.tags.make(named.new, revision=self.work.revision, at=clock.now())
            self.work.created_many("tag", list(named.new))

    async def names(self, tag_ids: Sequence[UUID]) -> dict[UUID, str]:
        """What tags are called; those that are gone are left out."""
        return {row["id"]: row["name"] for row in await self.tags.named(tag_ids)} if tag_ids else {}

    async def resolve(self, references: Sequence[TagReference], known_at: int | None = None) -> Mapping[str, UUID]:
        """The tags that the parameters of a request name; as they were at a revision, or as they are.

        Raises:
            TagUnknown: the book has no such tag; says which was probably meant.
        """
        if not references:
            return {}
        keys = {reference.text: _key(reference.text) for reference in references}
        rows: Sequence[Mapping[str, Any]]
        if known_at is None:
            rows = await self.tags.named(
                [key for key in keys.values() if isinstance(key, UUID)],
                [key for key in keys.values() if isinstance(key, str)],
            )
        else:
            rows = await RecordService(self.work).known_at(TAG, known_at)
        found = {row[column]: row["id"] for row in rows for column in ("id", "name_key")}
        for reference in references:
            key = keys[reference.text]
            if key not in found:
                near = await self._near(key) if isinstance(key, str) and known_at is None else ""
                raise TagUnknown.in_parameter(reference.parameter, near=near)
        return {text: found[key] for text, key in keys.items()}

    async def _near(self, key: str) -> str:
        names = {name_key(name): name for name in await self.tags.names()}
        near = difflib.get_close_matches(key, names, n=MAX_NEAR, cutoff=0.6)
        return f" Did you mean {' or '.join(names[each] for each in near)}?" if near else ""


def _key(text: str) -> UUID | str:
    text = text.strip()
    return UUID(text) if is_id(text) else name_key(text)
