"""All SQL about running an instance. Each function of PostgreSQL looks itself whether an operator is asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from farthing.core.permissions import OperatorOnly
from farthing.core.repository import Repository
from farthing.core.statements import Row, prepared
from farthing.features.administration.models import InstanceSettings
from farthing.features.administration.schemas import EventQuery, InstanceEventQuery, PeopleQuery
from farthing.features.identity.models import SecurityEvent
from farthing.kit.pages import CursorMalformed, Page, PageQuery


class AdministrationRepository(Repository):
    """People, settings, admissions and security events."""

    conflicts = {"operator_only": OperatorOnly}

    async def is_operator(self) -> bool:
        """Whether the person asking runs the instance."""
        return bool(await self.value(_IS_OPERATOR))

    async def people(self, wanted: PeopleQuery) -> Page[Row]:
        """A page of people, in the order they came."""
        at, after = _place(wanted)
        rows = await self.rows(
            _PEOPLE,
            {
                "one": None,
                "named": wanted.q.lower() if wanted.q else None,
                "at": at,
                "after": after,
                "most": wanted.limit + 1,
            },
        )
        return _page(rows, wanted, lambda row: (row["created_at"], row["id"]))

    async def person(self, person_id: UUID) -> Row | None:
        """One of them."""
        return await self.row(_PEOPLE, {"one": person_id, "named": None, "at": None, "after": None, "most": 1})

    async def block(self, person_id: UUID, *, blocked: bool) -> str:
        """Keep someone out or let them in: ``done``, ``unchanged``, ``absent`` or ``last_operator``."""
        return str(await self.value(_BLOCK, {"person": person_id, "blocked": blocked}))

    async def make_operator(self, person_id: UUID, *, operating: bool) -> str:
        """Have someone run the instance or not: as :meth:`block`, or ``blocked``."""
        return str(await self.value(_MAKE_OPERATOR, {"person": person_id, "operating": operating}))

    async def settings(self) -> Row | None:
        """What the operator decided; None: nothing yet."""
        return await self.row(select(InstanceSettings.__table__))

    async def change_settings(self, values: dict[str, Any]) -> None:
        """Write down what the operator decides, all of it."""
        await self.run(_CHANGE_SETTINGS, values)

    async def admit(self, values: dict[str, Any]) -> bool:
        """Write an admission down; False where there are as many as can be."""
        return bool(await self.value(_ADMIT, values))

    async def admissions(self, wanted: PageQuery) -> Page[Row]:
        """A page of admissions that weren't used yet, oldest first."""
        at, after = _place(wanted)
        rows = await self.rows(_ADMISSIONS, {"at": at, "after": after, "most": wanted.limit + 1})
        return _page(rows, wanted, lambda row: (row["created_at"], row["id"]))

    async def withdraw(self, admission_id: UUID) -> bool:
        """Take an admission back; False where there is none such."""
        return bool(await self.value(_WITHDRAW, {"id": admission_id}))

    async def use(self, digest: bytes, key: str) -> bool:
        """Use an admission up, if it is good and for whoever has this address."""
        return bool(await self.value(_USE, {"digest": digest, "key": key}))

    async def events(self, wanted: InstanceEventQuery) -> Page[Row]:
        """A page of security events of all, newest first."""
        at, after = _place(wanted)
        rows = await self.rows(
            _EVENTS,
            {"about": wanted.person_id, "event": wanted.event, "at": at, "after": after, "most": wanted.limit + 1},
        )
        return _page(rows, wanted, lambda row: (row["at"], row["id"]))

    async def own_events(self, wanted: EventQuery) -> Page[Row]:
        """A page of the security events about the person asking, newest first."""
        at, after = _place(wanted)
        query = (
            select(
                SecurityEvent.id,
                SecurityEvent.at,
                SecurityEvent.person_id,
                SecurityEvent.actor_id,
                SecurityEvent.event,
                SecurityEvent.address,
                SecurityEvent.details,
            )
            .where(SecurityEvent.person_id == self.work.person_id)
            .order_by(SecurityEvent.at.desc(), SecurityEvent.id.desc())
            .limit(wanted.limit + 1)
        )
        if wanted.event is not None:
            query = query.where(SecurityEvent.event == wanted.event)
        if after is not None:
            query = query.where(tuple_(SecurityEvent.at, SecurityEvent.id) < func.row(at, after))
        rows = await self.rows(query)
        return _page(rows, wanted, lambda row: (row["at"], row["id"]))


def _place(wanted: PageQuery) -> tuple[dt.datetime | None, UUID | None]:
    after = wanted.after()
    if after is None:
        return None, None
    try:
        return dt.datetime.fromisoformat(after[0]), UUID(after[1])
    except (IndexError, ValueError):
        raise CursorMalformed from None


def _page(rows: list[Row], wanted: PageQuery, place: Callable[[Row], tuple[dt.datetime, UUID]]) -> Page[Row]:
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    if not more:
        return Page(rows, None)
    at, last = place(rows[-1])
    return Page(rows, wanted.cursor_at(at.isoformat(), last))


_IS_OPERATOR = prepared("SELECT is_operator()")
_PEOPLE = prepared("SELECT * FROM people_of_instance(:one, :named, :at, :after, :most)")
_BLOCK = prepared("SELECT block_person(:person, :blocked)")
_MAKE_OPERATOR = prepared("SELECT make_operator(:person, :operating)")
_CHANGE_SETTINGS = prepared(
    "SELECT change_instance_settings(:registration, :attachments_quota_bytes, :books_per_person)"
)
_ADMIT = prepared("SELECT admit(:id, :digest, :email, :key, :by, :created, :until, :most)")
_ADMISSIONS = prepared("SELECT * FROM admissions_of_instance(:at, :after, :most)")
_WITHDRAW = prepared("SELECT withdraw_admission(:id)")
_USE = prepared("SELECT use_admission(:digest, :key)")
_EVENTS = prepared("SELECT * FROM security_events_of_instance(:about, :event, :at, :after, :most)")
