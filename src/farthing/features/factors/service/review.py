"""Looking at factors, renaming them, taking them away, and the recovery codes that stand in for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.factors.codes import new_recovery_codes, recovery_digest
from farthing.features.factors.errors import FactorNotFound, FactorsMissing
from farthing.features.factors.passkeys import DEVICE_BOUND, SYNCED
from farthing.features.factors.repository import FactorRepository
from farthing.features.identity.service.events import SecurityEvents
from farthing.features.identity.service.proof import recently_proven


class ReviewService:
    """The factors of one person."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.factors = FactorRepository(work)
        self.events = SecurityEvents(work)

    async def mine(self) -> dict[str, Any]:
        """The factors that are asked for, and how many recovery codes are left."""
        return {"data": await self.factors.mine(), "recovery_codes_left": await self.factors.count_codes()}

    async def ways(self) -> list[str]:
        """In which ways the person can show a second factor, in words of RFC 8176; none: they aren't asked for one."""
        words = {"authenticator": "otp", "passkey": DEVICE_BOUND}
        return sorted({SYNCED if each["synced"] else words[each["kind"]] for each in await self.factors.mine()})

    async def get(self, factor_id: UUID) -> Row:
        """A factor that is asked for.

        Raises:
            FactorNotFound: the person has none such.
        """
        for factor in await self.factors.mine():
            if factor["id"] == factor_id:
                return factor
        raise FactorNotFound

    async def rename(self, factor_id: UUID, name: str) -> Row:
        """Call a factor something else.

        Raises:
            FactorNotFound: the person has none such.
        """
        await self.get(factor_id)
        await self.factors.rename(factor_id, name)
        return await self.get(factor_id)

    async def remove(self, factor_id: UUID) -> None:
        """Take a factor away. With the last one go the recovery codes, and the password is enough again.

        Raises:
            FactorNotFound: the person has none such.
            ProofTooOld: the person hasn't proven lately who they are.
        """
        factor = await self.get(factor_id)
        await recently_proven(self.work)
        await self.factors.remove(factor_id)
        await self.tell("factor_removed", factor)

    async def remove_all(self) -> int:
        """Take all factors away, for someone who has lost them. Returns how many there were."""
        count = await self.factors.remove_all()
        if count:
            await self.events.tell(self.work.person_id, "factors_removed", details={"count": count})
        return count

    async def renew_codes(self) -> list[str]:
        """Ten new recovery codes in the place of those there are.

        Raises:
            FactorsMissing: there is no factor that they could stand in for.
            ProofTooOld: the person hasn't proven lately who they are.
        """
        await recently_proven(self.work)
        if not await self.factors.mine():
            raise FactorsMissing
        codes = await self.make_codes()
        await self.events.tell(self.work.person_id, "recovery_codes_renewed")
        return codes

    async def make_codes(self) -> list[str]:
        """Ten recovery codes, of which only digests are kept."""
        codes = new_recovery_codes()
        await self.factors.renew_codes([recovery_digest(self.work.person_id, code) for code in codes])
        return codes

    async def tell(self, event: str, factor: Row) -> None:
        """Write down what was done to a factor."""
        details = {"factor_id": str(factor["id"]), "kind": factor["kind"]}
        await self.events.tell(self.work.person_id, event, details=details)
