"""Groups of accounts: people's own order beside the chart's."""

from __future__ import annotations

from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import (
    GroupIdTaken,
    GroupNotFound,
    GroupsOthers,
    GroupsTooMany,
    GroupUnknown,
)
from farthing.features.accounts.models import ACCOUNT, ACCOUNT_GROUP
from farthing.features.accounts.repository import AccountRepository, GroupRepository
from farthing.features.accounts.schemas import (
    MAX_GROUPS,
    AccountGroupCreate,
    AccountGroupsOrder,
    AccountGroupUpdate,
)
from farthing.kit import clock, ids
from farthing.kit.wire import as_id
from farthing.ledger.accounts import name_key


class GroupService:
    """Groups of accounts: an account is in one of them or in none."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.groups = GroupRepository(work)
        self.accounts = AccountRepository(work)

    async def all(self) -> list[Row]:
        """All groups, in their order."""
        return await self.groups.all()

    async def get(self, group_id: UUID) -> Row:
        """A group.

        Raises:
            GroupNotFound: the book has none such.
        """
        group = await self.groups.get(group_id)
        if group is None:
            raise GroupNotFound
        self.work.shows(group["revision"])
        return group

    async def resolve(self, reference: str, place: str, *, is_parameter: bool = False) -> Row:
        """The group that a request names, by id or by name.

        Args:
            reference: the id or the name.
            place: the field or the parameter that names it.
            is_parameter: which of the two.

        Raises:
            GroupUnknown: the book has none such.
        """
        group_id = as_id(reference)
        group = await (self.groups.get(group_id) if group_id else self.groups.named(name_key(reference)))
        if group is None:
            raise GroupUnknown.in_parameter(place) if is_parameter else GroupUnknown.at(place)
        return group

    async def create(self, wanted: AccountGroupCreate) -> Row:
        """Make a group, after those that are there.

        Raises:
            GroupNameTaken: another has that name.
            GroupIdTaken: the book has, or had, a record with the id that the client chose.
            GroupsTooMany: the book has as many as it holds.
        """
        groups = await self.groups.all()
        if wanted.id and await self.groups.existed(wanted.id):
            raise GroupIdTaken
        if len(groups) >= MAX_GROUPS:
            raise GroupsTooMany
        group_id, at = wanted.id or ids.new_id(), clock.now()
        await self.groups.add(
            {
                "id": group_id,
                "name": wanted.name,
                "name_key": name_key(wanted.name),
                "position": groups[-1]["position"] + 1 if groups else 0,
                "created_revision": self.work.revision,
                "revision": self.work.revision,
                "created_at": at,
                "changed_at": at,
            }
        )
        self.work.created(ACCOUNT_GROUP.name, group_id)
        self.work.tell(f"Made the group of accounts {wanted.name}.")
        return await self.get(group_id)

    async def change(self, group_id: UUID, changes: AccountGroupUpdate) -> Row:
        """Rename a group.

        Raises:
            GroupNotFound: the book has none such.
            GroupNameTaken: another has that name.
            RevisionStale: the caller's picture of the group is out of date.
        """
        group = await self.get(group_id)
        self.work.expect(group["revision"])
        if "name" not in changes.model_fields_set or changes.name == group["name"]:
            return group
        values = {"name": changes.name, "name_key": name_key(changes.name)}
        await self.groups.change(group_id, values, revision=self.work.revision, at=clock.now())
        self.work.changed(ACCOUNT_GROUP.name, group_id, ACCOUNT_GROUP.image(group))
        self.work.tell(f"Renamed the group of accounts {group['name']} to {changes.name}.")
        return await self.get(group_id)

    async def order(self, wanted: AccountGroupsOrder) -> list[Row]:
        """Put the groups in order. All are named, so that nobody orders groups that they haven't seen.

        Raises:
            GroupsOthers: the book has other groups than these.
        """
        groups = {group["id"]: group for group in await self.groups.all()}
        if groups.keys() != set(wanted.ids):
            raise GroupsOthers.at("/ids")
        at = clock.now()
        moved = [(place, groups[group_id]) for place, group_id in enumerate(wanted.ids)]
        moved = [(place, group) for place, group in moved if group["position"] != place]
        for place, group in moved:
            await self.groups.change(group["id"], {"position": place}, revision=self.work.revision, at=at)
            self.work.changed(ACCOUNT_GROUP.name, group["id"], ACCOUNT_GROUP.image(group))
        if moved:
            self.work.tell("Put the groups of accounts in another order.")
        return await self.groups.all()

    async def delete(self, group_id: UUID) -> None:
        """Delete a group. The accounts that were in it are in none from then on, each as a change of its own.

        Raises:
            GroupNotFound: the book has none such.
            RevisionStale: the caller's picture of the group is out of date.
        """
        group = await self.get(group_id)
        self.work.expect(group["revision"])
        self.work.shown = None
        for account in await self.accounts.in_group(group_id):
            self.work.changed(ACCOUNT.name, account["id"], ACCOUNT.image(account))
        await self.accounts.ungroup(group_id, revision=self.work.revision, at=clock.now())
        await self.groups.remove(group_id)
        self.work.deleted(ACCOUNT_GROUP.name, group_id, ACCOUNT_GROUP.image(group))
        self.work.tell(f"Deleted the group of accounts {group['name']}.")
