"""Profiles: what was said of files of one origin, so that the next of them is read in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.imports.errors import ProfileNotFound
from farthing.features.imports.labels import Remembered
from farthing.features.imports.mapping import Meant, Use
from farthing.features.imports.models import IMPORT_PROFILE
from farthing.features.imports.repository import ProfileRepository
from farthing.features.imports.schemas import ProfileUpdate
from farthing.formats.drafts import DraftFile
from farthing.kit import clock, ids
from farthing.kit.pages import Page, PageQuery

MAX_SHAPE = 1000


class ProfileService:
    """Remembers what was said of files."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.profiles = ProfileRepository(work)
        self.accounts = AccountService(work)

    async def of_shape(self, shape: str | None) -> Row | None:
        """What is remembered of files of this shape."""
        return None if not shape else await self.profiles.of_shape(shape[:MAX_SHAPE])

    async def of_file(self, file: DraftFile) -> Row | None:
        """What is remembered of files like this one."""
        return await self.of_shape(shape_of(file))

    async def remember(
        self, file: DraftFile, said: Mapping[str, str], account_id: UUID | None, mapping: Sequence[Meant] = ()
    ) -> None:
        """Remember what someone said of a file: answers, the account it is for, what names mean."""
        means = {meant.name: str(meant.account_id) for meant in mapping if meant.chosen and meant.use is Use.EXISTING}
        await self._remember(shape_of(file), file.format, said, means, account_id)

    async def remember_labels(self, shape: str | None, format_: str, labels: Sequence[Remembered]) -> None:
        """Remember which payees and tags someone said are meant by names that files of a shape use."""
        await self._remember(shape, format_, {}, {label.key: str(label.id) for label in labels}, None)

    async def _remember(
        self,
        shape: str | None,
        format_: str,
        said: Mapping[str, str],
        means: Mapping[str, str],
        account_id: UUID | None,
    ) -> None:
        if shape is None or not (said or means):
            return
        before = await self.of_shape(shape)
        values: dict[str, Any] = {
            "answers": {**(before["answers"] if before else {}), **said},
            "mapping": {**(before["mapping"] if before else {}), **means},
            "account_id": account_id or (before["account_id"] if before else None),
        }
        if before is None:
            at, profile_id = clock.now(), ids.new_id()
            await self.profiles.add(
                {
                    "id": profile_id,
                    "name": f"{format_.upper()} {at:%Y-%m-%d}",
                    "format": format_,
                    "shape": shape,
                    **values,
                    "created_revision": self.work.revision,
                    "revision": self.work.revision,
                    "created_at": at,
                    "changed_at": at,
                }
            )
            self.work.created(IMPORT_PROFILE.name, profile_id)
            self.work.remark("Remembered how such files are read.")
        else:
            await self._change(before, values)

    async def get(self, profile_id: UUID) -> Row:
        """A profile.

        Raises:
            ProfileNotFound: the book has none such.
        """
        profile = await self.profiles.get(profile_id)
        if profile is None:
            raise ProfileNotFound
        self.work.shows(profile["revision"])
        return profile

    async def find(self, wanted: PageQuery) -> Page[Row]:
        """A page of profiles, oldest first."""
        return await self.profiles.find(wanted)

    async def change(self, profile_id: UUID, changes: ProfileUpdate) -> Row:
        """Change a profile. What is absent stays; what changes nothing takes no revision.

        Raises:
            ProfileNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            AccountUnknown: the book has no such account.
        """
        before = await self.get(profile_id)
        self.work.expect(before["revision"])
        given = changes.model_fields_set
        values: dict[str, Any] = {name: getattr(changes, name) for name in given - {"account"}}
        if "account" in given:
            values["account_id"] = None
            if changes.account is not None:
                (account,) = await self.accounts.resolve([Reference(changes.account, "/account")])
                values["account_id"] = account["id"]
        if await self._change(before, values):
            self.work.tell(f"Changed the profile of files {values.get('name', before['name'])}.")
        return await self.get(profile_id)

    async def delete(self, profile_id: UUID) -> None:
        """Forget a profile.

        Raises:
            ProfileNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        before = await self.get(profile_id)
        self.work.expect(before["revision"])
        self.work.shown = None
        await self.profiles.remove(profile_id)
        self.work.deleted(IMPORT_PROFILE.name, profile_id, IMPORT_PROFILE.image(before))
        self.work.tell(f"Forgot the profile of files {before['name']}.")

    async def _change(self, before: Row, values: Mapping[str, Any]) -> bool:
        changed = {name: value for name, value in values.items() if value != before[name]}
        if changed:
            await self.profiles.change(
                before["id"], {**changed, "revision": self.work.revision, "changed_at": clock.now()}
            )
            self.work.changed(IMPORT_PROFILE.name, before["id"], IMPORT_PROFILE.image(before))
        return bool(changed)


def shape_of(file: DraftFile) -> str | None:
    """What files of the same origin have in common: of books, that they are of the same program; of banks' files that
    leave nothing to ask, that they name accounts by numbers.
    """
    if file.shape:
        return file.shape[:MAX_SHAPE]
    if file.book:
        return f"{file.format} book"
    return "numbers" if any(statement.number for statement in file.statements) else None
