"""Agreeing on what is shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.books.service import BookService
from farthing.features.settlements.errors import (
    AccountUnshareable,
    AgreementIdTaken,
    AgreementNotFound,
    AgreementsTooMany,
    MemberUnknown,
    NamedTwice,
    NothingShared,
)
from farthing.features.settlements.models import AGREEMENT
from farthing.features.settlements.repository import SettlementRepository
from farthing.features.settlements.schemas import AgreementCreate
from farthing.features.tags.errors import TagUnknown
from farthing.features.tags.service.find import TagService
from farthing.kit import clock, ids
from farthing.kit.pages import Page, PageQuery
from farthing.ledger.accounts import AccountKind

MAX_AGREEMENTS = 100


class AgreementService:
    """Agreements of the members of a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.settlements = SettlementRepository(work)
        self.accounts = AccountService(work)
        self.tags = TagService(work)

    async def agree(self, wanted: AgreementCreate) -> dict[str, Any]:
        """Write down what is shared from a day on.

        Raises:
            AgreementIdTaken, AgreementDayTaken: it clashes with another.
            AgreementsTooMany: the book is full.
            MemberUnknown, AccountUnknown, TagUnknown: it names what the book hasn't got.
            NamedTwice, AccountUnshareable, NothingShared: it contradicts itself, or says nothing.
        """
        if wanted.id is not None and await self.settlements.is_taken(wanted.id):
            raise AgreementIdTaken
        if await self.settlements.count() >= MAX_AGREEMENTS:
            raise AgreementsTooMany
        await self._check_members(wanted)
        accounts = await self._accounts(wanted)
        await self._check_tags(wanted)
        if not wanted.tags and all(each["user_id"] for each in accounts):
            raise NothingShared.at("/categories")
        at, revision = clock.now(), self.work.revision
        agreement_id = wanted.id or ids.new_id()
        await self.settlements.add(
            {
                "id": agreement_id,
                "since": wanted.since,
                "created_revision": revision,
                "revision": revision,
                "created_at": at,
                "changed_at": at,
            },
            shares=[{"user_id": each.user_id, "weight": each.weight} for each in wanted.shares],
            accounts=accounts,
            tags=[{"tag_id": tag_id} for tag_id in wanted.tags],
        )
        self.work.created(AGREEMENT.name, agreement_id)
        self.work.tell(f"Agreed on what is shared from {wanted.since} on.")
        return await self.get(agreement_id)

    async def get(self, agreement_id: UUID) -> dict[str, Any]:
        """An agreement.

        Raises:
            AgreementNotFound: the book has none such.
        """
        (agreement,) = await self._with_parts([await self._kept(agreement_id)])
        self.work.shows(agreement["revision"])
        return agreement

    async def find(self, wanted: PageQuery) -> Page[dict[str, Any]]:
        """A page of agreements, the latest first."""
        page = await self.settlements.find(wanted)
        return Page(await self._with_parts(page.data), page.next_cursor)

    async def delete(self, agreement_id: UUID) -> None:
        """Take an agreement back: the one before it holds on.

        Raises:
            AgreementNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        agreement = await self._kept(agreement_id)
        self.work.expect(agreement["revision"])
        parts = (await self.settlements.parts([agreement_id]))[agreement_id]
        await self.settlements.remove(agreement_id)
        self.work.deleted(AGREEMENT.name, agreement_id, AGREEMENT.image(agreement, **parts))
        self.work.tell(f"Took back what was shared from {agreement['since']} on.")

    async def _check_members(self, wanted: AgreementCreate) -> None:
        members = {member["user_id"] for member in await BookService(self.work).members()}
        _check_apart((each.user_id for each in wanted.shares), "/shares/{}/user_id")
        for place, share in enumerate(wanted.shares):
            if share.user_id not in members:
                raise MemberUnknown.at(f"/shares/{place}/user_id")
        for place, held in enumerate(wanted.accounts):
            if held.user_id is not None and held.user_id not in members:
                raise MemberUnknown.at(f"/accounts/{place}/user_id")

    async def _accounts(self, wanted: AgreementCreate) -> list[dict[str, Any]]:
        """Accounts and categories, and whose they are."""
        pointers = [
            *(f"/accounts/{place}/account" for place in range(len(wanted.accounts))),
            *(f"/categories/{place}" for place in range(len(wanted.categories))),
        ]
        texts = [*(held.account for held in wanted.accounts), *wanted.categories]
        found = await self.accounts.resolve([Reference(*each) for each in zip(texts, pointers, strict=True)])
        seen: set[UUID] = set()
        for account, pointer in zip(found, pointers, strict=True):
            if account["id"] in seen:
                raise NamedTwice.at(pointer)
            seen.add(account["id"])
            _check_shareable(account, pointer, is_category=pointer.startswith("/categories"))
        holders = [*(held.user_id for held in wanted.accounts), *(None for _ in wanted.categories)]
        return [
            {"account_id": account["id"], "user_id": holder} for account, holder in zip(found, holders, strict=True)
        ]

    async def _check_tags(self, wanted: AgreementCreate) -> None:
        _check_apart(wanted.tags, "/tags/{}")
        known = await self.tags.names(wanted.tags)
        for place, tag_id in enumerate(wanted.tags):
            if tag_id not in known:
                raise TagUnknown.at(f"/tags/{place}", near="")

    async def _kept(self, agreement_id: UUID) -> Row:
        agreement = await self.settlements.get(agreement_id)
        if agreement is None:
            raise AgreementNotFound
        return agreement

    async def _with_parts(self, agreements: Iterable[Row]) -> list[dict[str, Any]]:
        kept = list(agreements)
        parts = await self.settlements.parts([agreement["id"] for agreement in kept]) if kept else {}
        return [
            {
                **agreement,
                **parts[agreement["id"]],
                "tags": [tag["tag_id"] for tag in parts[agreement["id"]]["tags"]],
            }
            for agreement in kept
        ]


def _check_apart(named: Iterable[UUID], pointer: str) -> None:
    seen: set[UUID] = set()
    for place, each in enumerate(named):
        if each in seen:
            raise NamedTwice.at(pointer.format(place))
        seen.add(each)


def _check_shareable(account: Mapping[str, Any], pointer: str, *, is_category: bool) -> None:
    if AccountKind(account["kind"]).is_category != is_category:
        why = "This isn't a category" if is_category else "A category belongs to nobody: name it among the categories"
        raise AccountUnshareable.at(pointer, why=why)
    if account["role"] is not None and not is_category:
        raise AccountUnshareable.at(pointer, why="The service books to this account by itself")
