"""Running an instance: its people, its settings, who is let in; and security events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from farthing.core.permissions import OPERATOR, SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import paged, room, serve
from farthing.core.statements import Row
from farthing.features.administration.errors import (
    AdmissionNotFound,
    AdmissionsTooMany,
    LastOperator,
    OperatorBlocked,
    SettingFixed,
)
from farthing.features.administration.schemas import (
    AdmissionCreate,
    AdmissionMade,
    AdmissionPage,
    EventPage,
    EventQuery,
    InstanceEventQuery,
    InstanceRead,
    InstanceUpdate,
    PeopleQuery,
    PersonPage,
    PersonRead,
    PersonUpdate,
)
from farthing.features.administration.service.admissions import AdmissionService
from farthing.features.administration.service.events import EventService
from farthing.features.administration.service.people import PersonService
from farthing.features.administration.service.settings import InstanceService
from farthing.features.identity.errors import PersonNotFound, ProofTooOld
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import Id

router = room(prefix="/instance", tag="administration")
mine = room(prefix="/me", tag="identity")
Managing = Annotated[PersonService, serve(PersonService, needs=OPERATOR)]
Deciding = Annotated[InstanceService, serve(InstanceService, needs=OPERATOR)]
Admitting = Annotated[AdmissionService, serve(AdmissionService, needs=OPERATOR)]
Auditing = Annotated[EventService, serve(EventService, needs=OPERATOR)]
Remembering = Annotated[EventService, serve(EventService, needs=SIGNED_IN)]


@router.get("/people", response_model=PersonPage, responses=faults(CursorMalformed))
async def list_people(
    people: Managing, wanted: Annotated[PeopleQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """Everyone on the instance, in the order they came."""
    return paged(request, response, await people.find(wanted))


@router.get("/people/{person_id}", response_model=PersonRead, responses=faults(PersonNotFound))
async def get_person(people: Managing, person_id: Id) -> Row:
    """Someone on the instance."""
    return await people.get(person_id)


@router.patch(
    "/people/{person_id}",
    response_model=PersonRead,
    responses=faults(PersonNotFound, LastOperator, OperatorBlocked, ProofTooOld),
)
async def update_person(people: Managing, person_id: Id, changes: PersonUpdate) -> Row:
    """Keep someone out or let them in, have them run the instance or not. One operator stays.

    To make someone an operator takes a fresh proof of who one is.
    """
    return await people.change(person_id, changes)


@router.get("/settings", response_model=InstanceRead)
async def get_instance_settings(instance: Deciding) -> dict[str, Any]:
    """What holds on this instance."""
    return await instance.get()


@router.patch("/settings", response_model=InstanceRead, responses=faults(SettingFixed))
async def update_instance_settings(instance: Deciding, changes: InstanceUpdate) -> dict[str, Any]:
    """Change what holds on this instance, at once and for all its processes."""
    return await instance.change(changes)


@router.post("/admissions", status_code=201, response_model=AdmissionMade, responses=faults(AdmissionsTooMany))
async def create_admission(admissions: Admitting, wanted: AdmissionCreate, response: Response) -> dict[str, Any]:
    """Make a token that someone can register with once, where registration is by invitation."""
    response.headers["Cache-Control"] = "no-store"
    return await admissions.admit(wanted)


@router.get("/admissions", response_model=AdmissionPage, responses=faults(CursorMalformed))
async def list_admissions(
    admissions: Admitting, wanted: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """Invitations to the instance that weren't used yet, oldest first."""
    return paged(request, response, await admissions.find(wanted))


@router.delete("/admissions/{admission_id}", status_code=204, responses=faults(AdmissionNotFound))
async def withdraw_admission(admissions: Admitting, admission_id: Id) -> None:
    """Take an invitation to the instance back."""
    await admissions.withdraw(admission_id)


@router.get("/security-events", response_model=EventPage, responses=faults(CursorMalformed))
async def list_security_events(
    events: Auditing, wanted: Annotated[InstanceEventQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """What happened about who people are, newest first: sign-ins, and what was done to what signs people in."""
    return paged(request, response, await events.find(wanted))


@mine.get("/security-events", response_model=EventPage, responses=faults(CursorMalformed))
async def list_my_security_events(
    events: Remembering, wanted: Annotated[EventQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """What happened about oneself, newest first."""
    return paged(request, response, await events.find_own(wanted))
