"""Passwords: changing one's own, and getting in again without."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from farthing.core.mail import Outbox
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.identity.errors import CredentialsWrong, LinkInvalid
from farthing.features.identity.models import LinkPurpose
from farthing.features.identity.password_rules import judge
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.people import PeopleService
from farthing.features.identity.service.proof import recently_proven
from farthing.features.identity.service.sign_in import OpenWork
from farthing.features.identity.service.throttling import Throttle, by_address, by_mail, by_session, by_stranger
from farthing.features.identity.tokens import digest
from farthing.kit import clock, ids

MAILED_FOR = dt.timedelta(hours=1)
HANDED_FOR = dt.timedelta(days=1)
"""A link that the operator hands on by other means than mail."""


class PasswordService:
    """Passwords of people who are here, and of those who can't come in."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.people = IdentityRepository(work)
        self.events = SecurityEvents(work)

    async def ask_for_reset(self, email: str) -> None:
        """Have a link mailed with which a new password can be set, if there is such a person.

        Whether there is, is found out when the mail is written: what is done here is the same for anyone.

        Raises:
            TooManyAttempts: this was asked too often.
        """
        key = email_key(email)
        await Throttle(self.work).spend(by_address(self.work), by_mail(key))
        if self.work.tools[Settings].smtp_url is not None:
            await Outbox(self.work.connection).post("identity.reset_password", {"key": key})

    async def make_reset_link(self, person_id: UUID, email: str, *, by_mail: bool) -> str:
        """What a link carries with which a person can set a new password, once. It takes the place of those before.

        Args:
            person_id: whose password.
            email: the address of theirs that it goes to.
            by_mail: whether it goes there by mail, and so shows that mail reaches them; else the operator hands it on.
        """
        token = ids.new_secret("prt")
        await self.people.issue_link(
            digest=digest(token),
            person_id=person_id,
            purpose=LinkPurpose.RESET_PASSWORD,
            email=email,
            key=email_key(email) if by_mail else "",
            until=clock.now() + (MAILED_FOR if by_mail else HANDED_FOR),
        )
        await self.events.tell(person_id, "password_reset_link_made", details={"by_mail": by_mail})
        return token

    async def own_hash(self) -> str | None:
        """What one's own password is checked against; None: one has none."""
        found: str | None = (await self.people.own_standing()).password_hash
        return found

    async def own_words(self) -> tuple[str, ...]:
        """What others may know of the person asking."""
        me = await PeopleService(self.work).me()
        return (me["email"], me["name"])

    async def change(self, old_hash: str | None, new_hash: str, *, revoke_tokens: bool) -> None:
        """Put a new password in the place of the old one. All other sign-ins of the person end, and links that wait.

        Raises:
            CredentialsWrong: the old one was changed meanwhile.
        """
        session_id = self.work.actor.session_id if self.work.actor else None
        changed = await self.people.change_own_password(
            old_hash, new_hash, kept=session_id, revoke_tokens=revoke_tokens
        )
        if not changed:
            raise CredentialsWrong
        await self.told(self.work.person_id, "password_changed", revoke_tokens=revoke_tokens)

    async def told(self, person_id: UUID, event: str, *, revoke_tokens: bool) -> None:
        """Write down that someone's password is another now, and have a mail tell them."""
        await self.events.tell(person_id, event, details={"tokens_revoked": revoke_tokens})
        if self.work.tools[Settings].smtp_url is not None:
            await Outbox(self.work.connection).post("identity.password_changed", {"person_id": str(person_id)})


async def change_password(
    open_work: OpenWork, passwords: Passwords, *, old: str | None, new: str, revoke_tokens: bool
) -> None:
    """Change one's own password.

    Args:
        open_work: opens units of work for the person signed in.
        passwords: hashes.
        old: the password until now; None where they have none: then a fresh proof by other means is wanted.
        new: the password from now on.
        revoke_tokens: whether programs are signed out, too.

    Raises:
        CredentialsWrong: the old one is another.
        ProofTooOld: they have none, and haven't lately proved who they are.
        PasswordCommon: the new one would be guessed.
        TooManyAttempts: this was tried too often.
        SignInBusy: too many passwords are being checked.
    """
    async with open_work() as work:
        service = PasswordService(work)
        judge(new, about=await service.own_words(), pointer="/new_password")
        old_hash = await service.own_hash()
        bound = by_session(work.actor.session_id if work.actor else None)
        if old_hash is None:
            await recently_proven(work)
        else:
            await Throttle(work).spend(bound)
    if old_hash is not None and not await passwords.check(old or "", old_hash):
        async with open_work() as work:
            await SecurityEvents(work).tell(work.person_id, "proof_failed")
            raise CredentialsWrong.at("/old_password")
    new_hash = await passwords.hash(new)
    async with open_work() as work:
        if old_hash is not None:
            await Throttle(work).give_back(bound)
        await PasswordService(work).change(old_hash, new_hash, revoke_tokens=revoke_tokens)


async def reset_password(
    open_work: OpenWork, passwords: Passwords, *, token: str, new: str, revoke_tokens: bool
) -> str:
    """Set a new password with what a mailed link carries. All sign-ins of the person end, and links that wait.

    Args:
        open_work: opens units of work for anyone.
        passwords: hashes.
        token: what the link carries.
        new: the password from now on.
        revoke_tokens: whether programs are signed out, too.

    Returns:
        What makes the device known that this was done from.

    Raises:
        LinkInvalid: it is unknown, too old, or used up.
        PasswordCommon: the password would be guessed; the link can be used again.
        TooManyAttempts: this was tried too often.
        SignInBusy: too many passwords are being checked.
    """
    async with open_work() as work:
        bound = by_address(work)
        await Throttle(work).spend(bound)
        person = await IdentityRepository(work).look_at_reset(digest(token))
        if person.user_id is None:
            raise LinkInvalid.at("/token")
        judge(new, about=(person.email, person.name), pointer="/new_password")
    new_hash = await passwords.hash(new)
    device_token = ids.new_secret("dvc")
    async with open_work() as work:
        service = PasswordService(work)
        await Throttle(work).give_back(bound, by_stranger(email_key(person.email)))
        person_id = await service.people.reset_password(
            digest(token), new_hash, digest(device_token), revoke_tokens=revoke_tokens
        )
        if person_id is None:
            raise LinkInvalid.at("/token")
        await service.told(person_id, "password_reset", revoke_tokens=revoke_tokens)
    return device_token
