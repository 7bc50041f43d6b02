"""E-mail addresses: that mail to them reaches their person, and changing them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from farthing.core.mail import Outbox
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.identity.errors import LinkInvalid, MailMissing
from farthing.features.identity.models import LinkPurpose
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.proof import recently_proven
from farthing.features.identity.service.throttling import Throttle, by_address, by_mail
from farthing.features.identity.tokens import digest
from farthing.kit import clock, ids

GOOD_FOR = dt.timedelta(days=1)


class EmailService:
    """People's addresses."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)
        self.events = SecurityEvents(work)

    async def ask_to_verify(self) -> None:
        """Have a link mailed that shows that mail reaches the person asking.

        Raises:
            MailMissing: this instance sends no mail.
            TooManyAttempts: this was asked too often.
        """
        me = await PeopleService(self.work).me()
        await self._have_confirmed(me["email"])

    async def ask_to_change(self, email: str) -> None:
        """Have a link mailed to a new address; it becomes theirs once that is used.

        Whether someone has that address already is told to nobody but who reads its mail.

        Raises:
            MailMissing: this instance sends no mail.
            ProofTooOld: they haven't lately proved who they are.
            TooManyAttempts: this was asked too often.
        """
        await recently_proven(self.work)
        since = (await self.people.own_standing()).password_changed_at
        await self._have_confirmed(email, password_changed_at=since.isoformat() if since else None)
        await self.events.tell(self.work.person_id, "email_change_asked")

    async def post_verification(self, person_id: UUID, email: str, *, password_changed_at: str | None = None) -> None:
        """Have someone mailed a link that shows that mail reaches them, if mail is sent here.

        To an address that isn't theirs yet it only goes while their password is the one that was set then.
        """
        if self.work.tools[Settings].smtp_url is not None:
            about = {"person_id": str(person_id), "email": email, "password_changed_at": password_changed_at}
            await Outbox(self.work.connection).post("identity.confirm_email", about)

    async def make_link(self, person_id: UUID, email: str) -> str:
        """What a link carries that makes an address a person's, once. It takes the place of the one before."""
        token = ids.new_secret("evt")
        await self.people.issue_link(
            digest=digest(token),
            person_id=person_id,
            purpose=LinkPurpose.CONFIRM_EMAIL,
            email=email,
            key=email_key(email),
            until=clock.now() + GOOD_FOR,
        )
        return token

    async def confirm(self, token: str) -> None:
        """Use what such a link carries: the address it went to is the person's.

        Raises:
            LinkInvalid: it is unknown, too old, or used up.
            EmailTaken: somebody else has the address by now.
            TooManyAttempts: this was tried too often.
        """
        bound = by_address(self.work)
        throttle = Throttle(self.work)
        await throttle.spend(bound)
        confirmed = await self.people.confirm_email(digest(token))
        if confirmed.user_id is None:
            raise LinkInvalid.at("/token")
        await throttle.give_back(bound)
        changed = email_key(confirmed.old_email) != email_key(confirmed.new_email)
        await self.events.tell(confirmed.user_id, "email_changed" if changed else "email_verified")
        if changed and self.work.tools[Settings].smtp_url is not None:
            about = {"person_id": str(confirmed.user_id), "email": confirmed.old_email}
            await Outbox(self.work.connection).post("identity.email_changed", about)

    async def _have_confirmed(self, email: str, *, password_changed_at: str | None = None) -> None:
        if self.work.tools[Settings].smtp_url is None:
            raise MailMissing
        await Throttle(self.work).spend(by_address(self.work), by_mail(email_key(email)))
        await self.post_verification(self.work.person_id, email, password_changed_at=password_changed_at)
