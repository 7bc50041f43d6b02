"""What can be done about invitations: by members of the book, and by those who are invited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from farthing.core import bounds
from farthing.core.mail import Outbox
from farthing.core.permissions import PERMISSIONS, Role
from farthing.core.records import to_json
from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import OpenBook, Work, choose_book
from farthing.features.books.errors import MemberExists
from farthing.features.books.service import BookService
from farthing.features.identity.errors import MailMissing
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.throttling import Throttle, by_invited, by_inviter
from farthing.features.identity.tokens import digest
from farthing.features.invitations.errors import (
    AddressUnverified,
    InvitationAddressless,
    InvitationNotFound,
    InvitationsTooMany,
)
from farthing.features.invitations.repository import InvitationRepository
from farthing.features.invitations.schemas import InvitationAnswer, InvitationCreate
from farthing.kit import clock, ids
from farthing.kit.pages import Page, PageQuery

KIND = "invitation"
MAIL = "invitations.invitation"
"""The kind of mail that tells people that they are invited."""
KEPT = ("id", "email", "role", "message", "invited_by", "expires_at", "created_revision", "revision", "created_at")
"""What the history keeps of an invitation that is gone; not the token's digest."""


class InvitationService:
    """Invitations to the open book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.invitations = InvitationRepository(work)

    async def invite(self, wanted: InvitationCreate) -> dict[str, Any]:
        """Invite whoever has an address, or whoever is given the token that this makes.

        Whether anybody is registered with the address isn't told. Where the instance sends mail, it tells them, unless
        it isn't to, or whoever asks hasn't shown that their own address is theirs.

        Raises:
            PermissionMissing: only an owner makes owners.
            MemberExists: who has the address is a member already.
            InvitationExists: the address is invited already.
            InvitationIdTaken: the book has an invitation with the id that the client chose.
            InvitationsTooMany: as many wait for an answer as can.
            TooManyAttempts: whoever asks, or all together that address, have been mailed too many.
        """
        if wanted.role is Role.OWNER:
            self.work.allow("owners:write")
        key = email_key(wanted.email) if wanted.email else None
        members = await BookService(self.work).members()
        if any(email_key(member["email"]) == key for member in members):
            raise MemberExists
        now = clock.now()
        await self.invitations.remove_expired(now)
        if await self.invitations.count() >= bounds.INVITATIONS_PER_BOOK:
            raise InvitationsTooMany
        token = None if key else ids.new_secret("inv")
        invitation_id = wanted.id or ids.new_id()
        await self.invitations.add(
            {
                "id": invitation_id,
                "email": wanted.email,
                "email_key": key,
                "token_digest": digest(token) if token else None,
                "role": wanted.role,
                "message": wanted.message or None,
                "invited_by": self.work.person_id,
                "expires_at": now + dt.timedelta(days=wanted.expires_in_days),
                "created_revision": self.work.revision,
                "revision": self.work.revision,
                "created_at": now,
            }
        )
        self.work.created(KIND, invitation_id)
        self.work.tell(f"Invited someone as {wanted.role}.")
        self.work.told_once = frozenset({"token"})
        self.work.shows(self.work.revision)
        email = wanted.email if wanted.mail and self._sends_mail and await self._has_shown_address() else None
        if email is not None:
            await self._post(invitation_id, email)
        return await self.get(invitation_id) | {"token": token, "mailed": email is not None}

    async def send(self, invitation_id: UUID) -> None:
        """Have a mail tell whoever has the address that they are invited, again; what earlier ones carry is void then.

        Raises:
            InvitationNotFound: there is none such, or it can't be accepted any more.
            InvitationAddressless: it is to whoever has its token.
            MailMissing: this instance sends no mail.
            AddressUnverified: whoever asks hasn't shown that their own address is theirs.
            TooManyAttempts: as in :meth:`invite`.
        """
        invitation = await self._kept(invitation_id)
        if not _is_good(invitation):
            raise InvitationNotFound
        if invitation["email"] is None:
            raise InvitationAddressless
        if not self._sends_mail:
            raise MailMissing
        if not await self._has_shown_address():
            raise AddressUnverified
        await self._post(invitation_id, invitation["email"])

    async def get(self, invitation_id: UUID) -> dict[str, Any]:
        """An invitation to the open book.

        Raises:
            InvitationNotFound: there is none such, or it was answered.
        """
        return _shown(await self._kept(invitation_id))

    async def find(self, wanted: PageQuery) -> Page[dict[str, Any]]:
        """A page of the invitations to the open book that wait for their answers."""
        page = await self.invitations.find(wanted)
        return Page([_shown(row) for row in page.data], page.next_cursor)

    async def withdraw(self, invitation_id: UUID) -> None:
        """Withdraw an invitation.

        Raises:
            InvitationNotFound: there is none such, or it was answered.
            RevisionStale: the caller's picture of it is out of date.
        """
        invitation = await self._kept(invitation_id)
        self.work.expect(invitation["revision"])
        await self._remove(invitation)
        self.work.tell("Withdrew an invitation.")

    async def forget(self, email: str) -> None:
        """Take out the invitation to an address, if there is one: whoever has it shares the book by another."""
        invitation = await self.invitations.addressed(email_key(email))
        if invitation is not None:
            await self._remove(invitation)

    async def answered(self, invitation_id: UUID) -> Row:
        """Take out an invitation that is being answered by whom it is for; answers with what it said.

        Raises:
            InvitationNotFound: it was answered or withdrawn in the meantime, its time is up, or it is void.
        """
        invitation = await self._kept(invitation_id)
        if not _is_good(invitation):
            raise InvitationNotFound
        await self._remove(invitation)
        return invitation

    @property
    def _sends_mail(self) -> bool:
        return self.work.tools[Settings].smtp_url is not None

    async def _has_shown_address(self) -> bool:
        """Whether mail reaches whoever asks: strangers who only just came in have nothing mailed to others."""
        return (await PeopleService(self.work).me())["email_verified_at"] is not None

    async def _post(self, invitation_id: UUID, email: str) -> None:
        await Throttle(self.work).spend(by_inviter(self.work.person_id), by_invited(email_key(email)))
        about = {"book_id": str(self.work.book_id), "id": str(invitation_id)}
        await Outbox(self.work.connection).post(MAIL, about)

    async def _remove(self, invitation: Row) -> None:
        await self.invitations.remove(invitation["id"])
        self.work.deleted(KIND, invitation["id"], {name: to_json(invitation[name]) for name in KEPT})

    async def _kept(self, invitation_id: UUID) -> Row:
        invitation = await self.invitations.get(invitation_id)
        if invitation is None:
            raise InvitationNotFound
        return invitation


class LetterService:
    """What the letter to an address that is invited says. The work is nobody's, and about no book."""

    def __init__(self, work: Work) -> None:
        self.invitations = InvitationRepository(work)

    async def issue(self, book_id: UUID, invitation_id: UUID) -> tuple[Row | None, str]:
        """An invitation to an address, None if it can't be accepted any more; and what accepts it from now on."""
        token = ids.new_secret("inv")
        found = await self.invitations.issue_token(book_id, invitation_id, digest(token))
        return (found if _may_give(found) else None), token


class OfferService:
    """What whoever asks is invited to."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.invitations = InvitationRepository(work)

    async def find(self) -> list[Row]:
        """What they are invited to by their address, oldest first; nothing before they have shown that it is theirs."""
        if not await self._has_shown_address():
            return []
        return [offer for offer in await self.invitations.offers(self.work.person_id, None) if _may_give(offer)]

    async def look_at(self, token: SecretStr) -> Row:
        """What a token invites to.

        Raises:
            InvitationNotFound: to nothing, or not any more.
        """
        for offer in await self.invitations.offers(self.work.person_id, digest(token.get_secret_value())):
            if _may_give(offer):
                return offer
        raise InvitationNotFound

    async def accept(self, answer: InvitationAnswer) -> dict[str, Any]:
        """Become a member of the book; it becomes the default where there is none.

        Raises:
            AddressUnverified: it is to their address, which they haven't shown to be theirs.
            InvitationNotFound: not for them, or not any more; or who wrote it may not give that role any more.
            MemberExists: they are a member already.
            MembersTooMany, BooksTooMany: the book or the person has as many as can be.
        """
        invitation = await self._open(answer)
        books = BookService(self.work)
        await books.join(Role(invitation["role"]))
        self.work.tell(f"Joined as {invitation['role']}.", invited_by=str(invitation["invited_by"]))
        people = PeopleService(self.work)
        me = await people.me()
        # Whoever is removed one day must not come back by what was written to their address before they came.
        await InvitationService(self.work).forget(me["email"])
        if me["default_book_id"] is None:
            await people.prefer_book(self.work.book_id)
        return await books.founded()

    async def decline(self, answer: InvitationAnswer) -> None:
        """Turn an invitation down; it is gone then.

        Raises:
            AddressUnverified, InvitationNotFound: as in :meth:`accept`.
        """
        await self._open(answer)
        self.work.tell("Declined an invitation.")

    async def _has_shown_address(self) -> bool:
        """Whether mail to their address reaches them, as far as this instance can know: it may send none."""
        if self.work.tools[Settings].smtp_url is None:
            return True
        return (await PeopleService(self.work).me())["email_verified_at"] is not None

    async def _open(self, answer: InvitationAnswer) -> Row:
        if answer.token is None and not await self._has_shown_address():
            raise AddressUnverified
        by_token = digest(answer.token.get_secret_value()) if answer.token else None
        found = await self.invitations.open(self.work.person_id, answer.id, by_token)
        if found["outcome"] != "open":
            raise InvitationNotFound
        book = OpenBook(
            id=found["book"],
            role=Role.OBSERVER,
            revision=found["revision"],
            head_hash=found["head_hash"],
            currency=found["currency"],
            time_zone=found["time_zone"],
            locked_until=found["locked_until"],
            checked_until=found["checked_until"],
        )
        await choose_book(self.work, book)
        return await InvitationService(self.work).answered(found["invitation"])


def _shown(invitation: Row) -> dict[str, Any]:
    return {**invitation, "is_good": _is_good(invitation)}


def _is_good(invitation: Row) -> bool:
    return invitation["expires_at"] > clock.now() and _may_give(invitation)


def _may_give(invitation: Mapping[str, Any]) -> bool:
    """Whether who wrote it may, by the role that they have now, invite to that role."""
    if invitation["inviter_role"] is None:
        return False
    needed = {"members:write", *(("owners:write",) if invitation["role"] == Role.OWNER else ())}
    return needed <= PERMISSIONS[Role(invitation["inviter_role"])]
