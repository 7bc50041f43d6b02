"""All SQL about factors. Every statement names the person; the policies would hide what is another's."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, null, select, update
from sqlalchemy import literal as constant
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.factors.errors import FactorRefused, PasskeyTaken
from farthing.features.factors.models import Authenticator, FactorTries, Passkey, RecoveryCode


class FactorRepository(Repository):
    """Authenticator apps, passkeys and recovery codes of the person the work is for."""

    conflicts = {
        "uq_passkeys_credential_id": PasskeyTaken,
        "authenticators_steps_go_up": FactorRefused,
        "passkeys_count_up": FactorRefused,
    }

    @property
    def person_id(self) -> UUID:
        """The person, to be named in every statement."""
        return self.work.person_id

    async def mine(self) -> list[Row]:
        """The person's factors that can be used, oldest first, each with its ``kind``."""
        apps = select(
            Authenticator.id,
            constant("authenticator").label("kind"),
            Authenticator.name,
            null().label("synced"),
            Authenticator.created_at,
            Authenticator.last_used_at,
        ).where(Authenticator.user_id == self.person_id, Authenticator.confirmed_at.is_not(None))
        passkeys = select(
            Passkey.id,
            constant("passkey").label("kind"),
            Passkey.name,
            Passkey.synced,
            Passkey.created_at,
            Passkey.last_used_at,
        ).where(Passkey.user_id == self.person_id)
        both = apps.union_all(passkeys).subquery()
        return await self.rows(select(both).order_by(both.c.created_at, both.c.id))

    async def rename(self, factor_id: UUID, name: str) -> None:
        """Call a factor something else."""
        for kind in (Authenticator, Passkey):
            await self.run(update(kind).where(kind.user_id == self.person_id, kind.id == factor_id).values(name=name))

    async def remove(self, factor_id: UUID) -> None:
        """Take a factor away."""
        for kind in (Authenticator, Passkey):
            await self.run(delete(kind).where(kind.user_id == self.person_id, kind.id == factor_id))

    async def remove_all(self) -> int:
        """Take all factors away, and what stands in for them. Returns how many could be used."""
        count = len(await self.mine())
        for kind in (Authenticator, Passkey, RecoveryCode, FactorTries):
            await self.run(delete(kind).where(kind.user_id == self.person_id))
        return count

    # --- authenticator apps ---

    async def begin_authenticator(self, values: dict[str, Any]) -> None:
        """Write an app down that waits for its first code, in place of another that does."""
        await self.run(
            delete(Authenticator).where(Authenticator.user_id == self.person_id, Authenticator.confirmed_at.is_(None))
        )
        await self.run(insert(Authenticator).values(user_id=self.person_id, **values))

    async def authenticator(self, factor_id: UUID) -> Row | None:
        """An app, confirmed or not."""
        return await self.row(
            select(Authenticator.__table__).where(
                Authenticator.user_id == self.person_id, Authenticator.id == factor_id
            )
        )

    async def authenticators(self) -> list[Row]:
        """The apps whose codes are asked for."""
        return await self.rows(
            select(Authenticator.id, Authenticator.sealed_secret)
            .where(Authenticator.user_id == self.person_id, Authenticator.confirmed_at.is_not(None))
            .order_by(Authenticator.created_at, Authenticator.id)
        )

    async def confirm_authenticator(self, factor_id: UUID, step: int, at: dt.datetime) -> bool:
        """Ask for an app's codes from now on; its first is spent. False: it was confirmed before."""
        confirmed = await self.row(
            update(Authenticator)
            .where(
                Authenticator.user_id == self.person_id,
                Authenticator.id == factor_id,
                Authenticator.confirmed_at.is_(None),
            )
            .values(confirmed_at=at, last_step=step, last_used_at=at)
            .returning(Authenticator.id)
        )
        return confirmed is not None

    async def spend_step(self, factor_id: UUID, step: int, at: dt.datetime) -> bool:
        """Take an app's code of a step. False: that or a later one was taken before, maybe just now by another."""
        spent = await self.row(
            update(Authenticator)
            .where(
                Authenticator.user_id == self.person_id,
                Authenticator.id == factor_id,
                Authenticator.last_step < step,
            )
            .values(last_step=step, last_used_at=at)
            .returning(Authenticator.id)
        )
        return spent is not None

    # --- passkeys ---

    async def passkeys(self) -> list[Row]:
        """The person's passkeys."""
        return await self.rows(
            select(Passkey.__table__).where(Passkey.user_id == self.person_id).order_by(Passkey.created_at, Passkey.id)
        )

    async def passkey(self, credential_id: bytes) -> Row | None:
        """The person's passkey that has this id on its device."""
        return await self.row(
            select(Passkey.__table__).where(Passkey.user_id == self.person_id, Passkey.credential_id == credential_id)
        )

    async def add_passkey(self, values: dict[str, Any]) -> None:
        """Write a passkey down.

        Raises:
            PasskeyTaken: someone has it.
        """
        await self.run(insert(Passkey).values(user_id=self.person_id, **values))

    async def count_use(self, factor_id: UUID, sign_count: int, at: dt.datetime) -> bool:
        """Note that a passkey was used. False: it was used as often before, maybe just now: one is a copy."""
        counted = await self.row(
            update(Passkey)
            .where(
                Passkey.user_id == self.person_id,
                Passkey.id == factor_id,
                Passkey.sign_count < sign_count if sign_count else Passkey.sign_count == 0,
            )
            .values(sign_count=sign_count, last_used_at=at)
            .returning(Passkey.id)
        )
        return counted is not None

    # --- recovery codes ---

    async def renew_codes(self, digests: list[bytes]) -> None:
        """Put new recovery codes in the place of all there are."""
        await self.run(delete(RecoveryCode).where(RecoveryCode.user_id == self.person_id))
        await self.run(
            insert(RecoveryCode).values([{"user_id": self.person_id, "digest": digest} for digest in digests])
        )

    async def count_codes(self) -> int:
        """How many recovery codes are left."""
        return int(
            await self.value(
                select(func.count()).where(RecoveryCode.user_id == self.person_id, RecoveryCode.used_at.is_(None))
            )
        )

    async def spend_code(self, digest: bytes, at: dt.datetime) -> bool:
        """Take a recovery code. False: there is none such, or it was taken before, maybe just now by another."""
        spent = await self.row(
            update(RecoveryCode)
            .where(
                RecoveryCode.user_id == self.person_id, RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None)
            )
            .values(used_at=at)
            .returning(RecoveryCode.digest)
        )
        return spent is not None

    # --- tries ---

    async def count_try(self, digest: bytes, *, at: dt.datetime, until: dt.datetime) -> int:
        """Count a try for what the digest is of; the first counts until ``until``. Returns how many there were.

        Two at once are counted one after the other.
        """
        await self.run(delete(FactorTries).where(FactorTries.user_id == self.person_id, FactorTries.until <= at))
        return int(
            await self.value(
                upsert(FactorTries)
                .values(user_id=self.person_id, digest=digest, tries=1, until=until)
                .on_conflict_do_update(
                    index_elements=[FactorTries.user_id, FactorTries.digest], set_={"tries": FactorTries.tries + 1}
                )
                .returning(FactorTries.tries)
            )
        )

    async def forget_tries(self, digest: bytes) -> None:
        """Forget the tries for what the digest is of: it has come to an end."""
        await self.run(delete(FactorTries).where(FactorTries.user_id == self.person_id, FactorTries.digest == digest))

    async def owner_of(self, credential_id: bytes) -> UUID | None:
        """Whose passkey has this id on its device; before anyone is known."""
        found: UUID | None = await self.value(_FIND_PASSKEY, {"credential": credential_id})
        return found


_FIND_PASSKEY = prepared("SELECT find_passkey(:credential)")
