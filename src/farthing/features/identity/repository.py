"""All SQL about people and sign-ins. What happens before anyone is signed in goes through functions of PostgreSQL."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.identity.errors import EmailTaken
from farthing.features.identity.models import Session, User
from farthing.features.identity.schemas import SessionQuery
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import as_id

COLUMNS = (User.id, User.email, User.name, User.is_operator, User.default_book_id, User.created_at)


SESSION_COLUMNS = (
    Session.id,
    Session.device,
    Session.address,
    Session.methods,
    Session.created_at,
    Session.last_used_at,
    Session.proven_at,
)
MAX_DEVICES = 50
"""Devices that a person is known by, the last ones."""


class IdentityRepository(Repository):
    """People and their sign-ins."""

    conflicts = {"uq_users_email_key": EmailTaken}

    async def register(
        self,
        *,
        person_id: UUID,
        email: str,
        key: str,
        name: str,
        password_hash: str | None,
        verified: bool,
        only_first: bool,
    ) -> str:
        """Write a person down; answers ``registered``, ``closed`` or ``taken``."""
        outcome = await self.value(
            _REGISTER,
            {
                "id": person_id,
                "email": email,
                "key": key,
                "name": name,
                "hash": password_hash,
                "verified": verified,
                "only_first": only_first,
            },
        )
        return str(outcome)

    async def credentials(self, key: str, device: bytes) -> Row:
        """What signing in needs to know of whoever has this address; all of it None where nobody has.

        And ``device_known``: whether they have signed in from that device.
        """
        return await self.one(_FIND_CREDENTIALS, {"key": key, "device": device})

    async def knows_device(self, person_id: UUID, device: bytes) -> bool:
        """Whether someone has signed in from a device."""
        return bool(await self.value(_KNOWS_DEVICE, {"person": person_id, "device": device}))

    async def find_person(self, key: str) -> UUID | None:
        """The id of whoever has this address."""
        found: UUID | None = await self.value(_FIND_PERSON, {"key": key})
        return found

    async def begin_session(
        self,
        *,
        session_id: UUID,
        person_id: UUID,
        digest: bytes,
        until: dt.datetime,
        methods: list[str],
        device: str | None,
        address: str | None,
        device_digest: bytes,
    ) -> bool:
        """Write a sign-in down, with its first refresh token; False where the person is kept out."""
        begun = await self.value(
            _BEGIN_SESSION,
            {
                "id": session_id,
                "person": person_id,
                "digest": digest,
                "until": until,
                "methods": methods,
                "device": device,
                "address": address,
                "device_digest": device_digest,
                "most_devices": MAX_DEVICES,
            },
        )
        return bool(begun)

    async def is_kept_out(self, person_id: UUID) -> bool:
        """Whether the operator keeps someone out."""
        return bool(await self.value(_IS_KEPT_OUT, {"person": person_id}))

    async def rotate(
        self, old: bytes, new: bytes, until: dt.datetime, *, grace: dt.timedelta, address: str | None
    ) -> Row:
        """Change a refresh token for a new one: ``outcome``, and ``user_id`` and ``session_id`` if it was ever one."""
        return await self.one(_ROTATE, {"old": old, "new": new, "until": until, "grace": grace, "address": address})

    async def end_session_of(self, digest: bytes) -> Row:
        """End the sign-in that a refresh token belongs to: ``user_id`` and ``session_id``, None if there is none."""
        return await self.one(_END_SESSION_OF, {"digest": digest})

    async def issue_challenge(self, digest: bytes, person_id: UUID, until: dt.datetime, methods: list[str]) -> None:
        """Write down that someone has shown their first factor, and how."""
        await self.run(_ISSUE_CHALLENGE, {"digest": digest, "person": person_id, "until": until, "methods": methods})

    async def look_at_challenge(self, digest: bytes) -> Row:
        """Whose first factor it was, ``person_id``, and its ``methods``; None and None where it isn't good any more."""
        return await self.one(_LOOK_AT_CHALLENGE, {"digest": digest})

    async def take_challenge(self, digest: bytes) -> UUID | None:
        """Whose first factor it stands for, and no longer does."""
        found: UUID | None = await self.value(_TAKE_CHALLENGE, {"digest": digest})
        return found

    async def append_event(
        self,
        *,
        event_id: UUID,
        person_id: UUID | None,
        actor_id: UUID | None,
        event: str,
        address: str | None,
        details: dict[str, Any],
    ) -> None:
        """Write a security event down, chained to the one before it."""
        await self.run(
            _APPEND_EVENT,
            {
                "id": event_id,
                "person": person_id,
                "actor": actor_id,
                "event": event,
                "address": address,
                "details": details,
            },
        )

    async def is_proven(self, session_id: UUID, within: dt.timedelta) -> bool:
        """Whether the person of a sign-in of one's own has proved within so long who they are.

        It doesn't end before this work does.
        """
        # The lock: whoever ends the sign-in waits for what it is used for, and so sees and ends that, too.
        proven = (
            select(Session.proven_at > func.now() - within)
            .where(Session.id == session_id, Session.ended_at.is_(None))
            .with_for_update(read=True)
        )
        return bool(await self.column(proven) == [True])

    async def prove_session(self, session_id: UUID) -> dt.datetime:
        """Write down that the person of this sign-in has just proved who they are; when that was."""
        at: dt.datetime = await self.value(
            update(Session).where(Session.id == session_id).values(proven_at=func.now()).returning(Session.proven_at)
        )
        return at

    async def own_standing(self) -> Row:
        """What only they themselves may know of the person asking."""
        return await self.one(_OWN_STANDING)

    async def find_sessions(self, wanted: SessionQuery, *, used_since: dt.datetime) -> Page[Row]:
        """A page of the person's own sign-ins that haven't ended, the newest first."""
        query = select(*SESSION_COLUMNS).where(
            Session.user_id == self.work.person_id, Session.ended_at.is_(None), Session.last_used_at > used_since
        )
        if (after := wanted.after()) is not None:
            last = as_id(after[0]) if len(after) == 1 else None
            if last is None:
                raise CursorMalformed
            query = query.where(Session.id < last)
        rows = await self.rows(query.order_by(Session.id.desc()).limit(wanted.limit + 1))
        more = len(rows) > wanted.limit
        rows = rows[: wanted.limit]
        return Page(rows, wanted.cursor_at(rows[-1]["id"]) if more else None)

    async def end_session(self, session_id: UUID) -> bool:
        """End a sign-in of the person's own; whether there was one to end."""
        ended = (
            update(Session)
            .where(Session.id == session_id, Session.user_id == self.work.person_id, Session.ended_at.is_(None))
            .values(ended_at=func.now())
            .returning(Session.id)
        )
        return await self.row(ended) is not None

    async def end_sessions(self, person_id: UUID, *, kept: UUID | None) -> int:
        """End all sign-ins of the person's own but one; how many there were to end."""
        ended = (
            update(Session)
            .where(Session.user_id == person_id, Session.ended_at.is_(None), Session.id.is_distinct_from(kept))
            .values(ended_at=func.now())
            .returning(Session.id)
        )
        return len(await self.rows(ended))

    async def spend_allowances(self, subjects: list[bytes], pauses: list[dt.timedelta], bursts: list[int]) -> Row:
        """Count an attempt against all of these: ``refused`` is the place of the one that is used up, from 1, if one
        is, and ``wait`` how long it will be; then none was counted.
        """
        return await self.one(_SPEND, {"subjects": subjects, "pauses": pauses, "bursts": bursts})

    async def give_allowances_back(self, subjects: list[bytes], pauses: list[dt.timedelta]) -> None:
        """Don't count an attempt after all."""
        await self.run(_GIVE_BACK, {"subjects": subjects, "pauses": pauses})

    async def rehash_password(self, person_id: UUID, old_hash: str, new_hash: str) -> None:
        """Keep the same password under another hash."""
        await self.run(_REHASH, {"person": person_id, "old": old_hash, "new": new_hash})

    async def hold_password(self, person_id: UUID, changed_at: dt.datetime | None) -> bool:
        """Whether someone's password is still the one that was set then. If so, it stays so until this work ends."""
        return bool(await self.value(_HOLD_PASSWORD, {"person": person_id, "changed_at": changed_at}))

    async def change_own_password(
        self, old_hash: str | None, new_hash: str, *, kept: UUID | None, revoke_tokens: bool
    ) -> bool:
        """Change the password of the person asking, and end their other sign-ins; False if it is another already."""
        return bool(
            await self.value(
                _CHANGE_PASSWORD, {"old": old_hash, "new": new_hash, "kept": kept, "revoke_tokens": revoke_tokens}
            )
        )

    async def find_recipient(self, *, key: str | None = None, person_id: UUID | None = None) -> Row:
        """Whom to write to: ``user_id``, ``email``, ``password_changed_at``; None for nobody, and who is blocked."""
        return await self.one(_FIND_RECIPIENT, {"key": key, "id": person_id})

    async def issue_link(
        self, *, digest: bytes, person_id: UUID, purpose: str, email: str, key: str, until: dt.datetime
    ) -> None:
        """Write down what a link carries."""
        await self.run(
            _ISSUE_LINK,
            {
                "digest": digest,
                "person": person_id,
                "purpose": purpose,
                "email": email,
                "key": key,
                "until": until,
            },
        )

    async def look_at_reset(self, digest: bytes) -> Row:
        """Whose password a link would set: ``user_id``, ``email``, ``name``; None for nobody's."""
        return await self.one(_LOOK_AT_RESET, {"digest": digest})

    async def reset_password(
        self, digest: bytes, new_hash: str, device_digest: bytes, *, revoke_tokens: bool
    ) -> UUID | None:
        """Set the password that a link sets, end all sign-ins, and know the device; whose it was."""
        found: UUID | None = await self.value(
            _RESET_PASSWORD,
            {"digest": digest, "hash": new_hash, "device_digest": device_digest, "revoke_tokens": revoke_tokens},
        )
        return found

    async def confirm_email(self, digest: bytes) -> Row:
        """Make the address that a link went to its person's: ``user_id``, ``old_email``, ``new_email``."""
        return await self.one(_CONFIRM_EMAIL, {"digest": digest})

    async def get(self, person_id: UUID) -> Row | None:
        """A person, as far as the one asking may see them."""
        return await self.row(select(*COLUMNS).where(User.id == person_id))

    async def rename(self, person_id: UUID, name: str) -> None:
        """Change the name a person goes by."""
        await self.run(update(User).where(User.id == person_id).values(name=name))

    async def prefer_book(self, person_id: UUID, book_id: UUID) -> bool:
        """Choose what ``default`` stands for; False where the person isn't a member of that book."""
        return bool(await self.value(_PREFER_BOOK, {"person": person_id, "book": book_id}))


_REGISTER = prepared("SELECT outcome FROM register_person(:id, :email, :key, :name, :hash, :verified, :only_first)")
_FIND_CREDENTIALS = prepared("SELECT * FROM find_credentials(:key, :device)")
_KNOWS_DEVICE = prepared("SELECT knows_device(:person, :device)")
_FIND_PERSON = prepared("SELECT find_person(:key)")
_BEGIN_SESSION = prepared(
    "SELECT begin_session(:id, :person, :digest, :until, :methods, :device, :address, :device_digest, :most_devices)"
)
_IS_KEPT_OUT = prepared("SELECT is_kept_out(:person)")
_ROTATE = prepared("SELECT * FROM rotate_refresh_token(:old, :new, :until, :grace, :address)")
_END_SESSION_OF = prepared("SELECT * FROM end_session_of(:digest)")
_ISSUE_CHALLENGE = prepared("SELECT issue_challenge(:digest, :person, :until, :methods)")
_LOOK_AT_CHALLENGE = prepared("SELECT * FROM look_at_challenge(:digest)")
_TAKE_CHALLENGE = prepared("SELECT take_challenge(:digest)")
_APPEND_EVENT = prepared(
    "SELECT append_security_event(:id, :person, :actor, :event, :address, CAST(:details AS jsonb))"
)
_SPEND = prepared("SELECT * FROM spend_allowances(:subjects, :pauses, :bursts)")
_GIVE_BACK = prepared("SELECT give_allowances_back(:subjects, :pauses)")
_REHASH = prepared("SELECT rehash_password(:person, :old, :new)")
_HOLD_PASSWORD = prepared("SELECT hold_password(:person, :changed_at)")
_CHANGE_PASSWORD = prepared("SELECT change_own_password(:old, :new, :kept, :revoke_tokens)")
_FIND_RECIPIENT = prepared("SELECT * FROM find_recipient(:key, :id)")
_ISSUE_LINK = prepared("SELECT issue_link(:digest, :person, :purpose, :email, :key, :until)")
_LOOK_AT_RESET = prepared("SELECT * FROM look_at_reset(:digest)")
_RESET_PASSWORD = prepared("SELECT reset_password(:digest, :hash, :device_digest, :revoke_tokens)")
_CONFIRM_EMAIL = prepared("SELECT * FROM confirm_email(:digest)")
_OWN_STANDING = prepared("SELECT * FROM own_standing()")
_PREFER_BOOK = prepared("SELECT prefer_book(:person, :book)")
