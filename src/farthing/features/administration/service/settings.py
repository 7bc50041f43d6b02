"""What holds on an instance: what its environment says, else what its operator decided, else the default."""

from __future__ import annotations

from typing import Any

from farthing.core import bounds
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.administration.errors import SettingFixed
from farthing.features.administration.repository import AdministrationRepository
from farthing.features.administration.schemas import InstanceUpdate
from farthing.features.identity.service.events import SecurityEvents

DEFAULTS: dict[str, Any] = {
    "registration": "first",
    "attachments_quota_bytes": 1_000_000_000,
    "books_per_person": bounds.BOOKS_PER_PERSON,
}


class InstanceService:
    """The settings that an operator can change while the instance runs."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.administration = AdministrationRepository(work)

    async def get(self) -> dict[str, Any]:
        """What holds, and what of it the environment fixes."""
        fixed = self._fixed()
        return {**DEFAULTS, **await self._decided(), **fixed, "fixed": sorted(fixed)}

    async def change(self, changes: InstanceUpdate) -> dict[str, Any]:
        """Decide otherwise.

        Raises:
            SettingFixed: the environment says what it is.
        """
        given = changes.model_dump(exclude_unset=True)
        for name in given:
            if name in self._fixed():
                raise SettingFixed.at(f"/{name}", setting=name)
        decided = await self._decided()
        values = {name: given.get(name, decided.get(name)) for name in DEFAULTS}
        if values != {name: decided.get(name) for name in DEFAULTS}:
            await self.administration.change_settings(values)
            await SecurityEvents(self.work).tell(self.work.person_id, "instance_changed", details=given)
        return await self.get()

    def _fixed(self) -> dict[str, Any]:
        """What the environment says."""
        settings = self.work.tools[Settings]
        chosen = {
            "registration": settings.registration,
            "attachments_quota_bytes": settings.attachments_quota_bytes,
        }
        return {name: value for name, value in chosen.items() if value is not None}

    async def _decided(self) -> dict[str, Any]:
        row = await self.administration.settings()
        return {name: row[name] for name in DEFAULTS if row[name] is not None} if row is not None else {}
