"""People, settings, admissions and security events of an instance on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from farthing.core.bounds import BOOKS_PER_PERSON
from farthing.features.identity.schemas import Email
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Line

MAX_DAYS = 30
MAX_QUOTA_BYTES = 2**53 - 1
Registration = Annotated[
    Literal["first", "invite", "open"],
    Field(description="`first`: nobody but the first person registers. `invite`: who was let in. `open`: anyone."),
]
Quota = Annotated[
    int, Field(ge=0, le=MAX_QUOTA_BYTES, description="How many bytes the attached files of one book may take.")
]
BooksPerPerson = Annotated[
    int, Field(ge=1, le=BOOKS_PER_PERSON, description="How many books a person is a member of at most.")
]


class PeopleQuery(PageQuery):
    """Which people of the instance."""

    q: Annotated[
        Line | None, Field(min_length=1, max_length=100, description="What their address or name contains.")
    ] = None


class PersonRead(Answered):
    """Someone on the instance, as its operator sees them."""

    id: Id
    email: Annotated[str, Field(examples=["ada@example.com"])]
    name: Annotated[str, Field(examples=["Ada"])]
    created_at: Instant
    last_signed_in_at: Instant | None
    books: Annotated[int, Field(description="How many books they are a member of; not which.", examples=[2])]
    is_operator: bool
    blocked_at: Annotated[Instant | None, Field(description="Since when they are kept out; null: they aren't.")]
    email_verified_at: Instant | None
    second_factor_since: Instant | None


class PersonPage(PageRead[PersonRead]):
    """People of the instance, in the order they came."""


class PersonUpdate(Given):
    """What the operator can change about a person. Absent keeps."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"blocked": True}]})

    blocked: Annotated[bool | None, Field(description="Whether they are kept out. Their sign-ins end at once.")] = None
    is_operator: Annotated[bool | None, Field(description="Whether they run the instance, too.")] = None


class InstanceRead(Answered):
    """What holds on this instance."""

    registration: Registration
    attachments_quota_bytes: Quota
    books_per_person: BooksPerPerson
    fixed: Annotated[
        list[str], Field(description="What the environment of the service sets, which can't be changed here.")
    ]


class InstanceUpdate(Given):
    """What the operator can change while the instance runs. Absent keeps; null is the service's own default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"registration": "invite"}]})

    registration: Registration | None = None
    attachments_quota_bytes: Quota | None = None
    books_per_person: BooksPerPerson | None = None


class AdmissionCreate(Given):
    """Who is let in, where registration is by invitation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "bob@example.com"}]})

    email: Annotated[Email | None, Field(description="Only this address can register with it; null: any.")] = None
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS, description="How long it is good for.")] = 7


class AdmissionRead(Answered):
    """An invitation to the instance that wasn't used yet."""

    id: Id
    email: str | None
    invited_by: Id
    created_at: Instant
    expires_at: Instant


class AdmissionMade(AdmissionRead):
    """An invitation to the instance, and the token to register with: told once."""

    token: Annotated[str, Field(examples=["adm_1V3vT0cGOaFfVu0G9m2V0w"])]


class AdmissionPage(PageRead[AdmissionRead]):
    """Invitations to the instance, oldest first."""


class EventQuery(PageQuery):
    """Which security events."""

    event: Annotated[
        str | None, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="What happened, in a word: `signed_in`.")
    ] = None


class InstanceEventQuery(EventQuery):
    """Which security events of the instance."""

    person_id: Annotated[Id | None, Field(description="Whom they are about.")] = None


class EventRead(Answered):
    """Something that happened about who someone is."""

    id: Id
    at: Instant
    person_id: Annotated[Id | None, Field(description="Whom it is about; null: nobody who is known.")]
    actor_id: Annotated[Id | None, Field(description="Who did it; null: nobody who had signed in.")]
    event: Annotated[str, Field(examples=["signed_in"])]
    address: Annotated[str | None, Field(description="Where it was asked from.", examples=["203.0.113.7"])]
    details: dict[str, Any]


class EventPage(PageRead[EventRead]):
    """Security events, newest first."""
