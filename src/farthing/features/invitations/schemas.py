"""Invitations on the wire."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from farthing.core.permissions import Role
from farthing.features.identity.schemas import Email, Token
from farthing.kit.pages import PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, LongText

MAX_DAYS = 30
Message = Annotated[
    str | None, Field(description="A word to whoever is invited.", examples=["Shall we keep the books together?"])
]


class InvitationCreate(Given):
    """Who is to share the book, and as what. Without an address it is for whoever is given its token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "bob@example.com", "role": "editor"}]})

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    email: Annotated[
        Email | None, Field(description="Only whoever signs in with this address can accept; null makes a token.")
    ] = None
    role: Role
    message: LongText | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS, description="How long it is good for.")] = 7
    mail: Annotated[
        bool, Field(description="Whether a mail tells them, where there is an address and the instance sends mail.")
    ] = True


class InvitationRead(Answered):
    """An invitation that waits for its answer."""

    id: Id
    email: Annotated[str | None, Field(description="To whom; null: to whoever has its token.")]
    role: Role
    message: Message
    invited_by: Id
    is_good: Annotated[
        bool,
        Field(description="Whether it can be accepted: its time isn't up, and who wrote it may still give the role."),
    ]
    expires_at: Instant
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant


class InvitationMade(InvitationRead):
    """An invitation, and the token that it was given if it is to nobody in particular."""

    token: Annotated[
        str | None,
        Field(
            description="What opens it, once. It is told only here: a repeated answer has null.",
            examples=["inv_1V3vT0cGOaFfVu0G9m2V0w"],
        ),
    ]
    mailed: Annotated[bool, Field(description="Whether a mail is on its way.")]


class InvitationPage(PageRead[InvitationRead]):
    """Invitations that wait for their answers, oldest first."""


class InvitationFind(Given):
    """The token that one was given."""

    token: Token


class InvitationAnswer(Given):
    """Which invitation is answered: the id of one to one's address, or the token that one was given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"}]})

    id: Id | None = None
    token: Token | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.id is None) == (self.token is None):
            raise PydanticCustomError("answer_ambiguous", "Give either the id or the token.")
        return self


class OfferRead(Answered):
    """What one is invited to. More of the book isn't seen before one has accepted."""

    id: Id
    book: Annotated[str, Field(description="What the book is called.", examples=["Household"])]
    invited_by: Annotated[str, Field(description="The name of whoever invites.", examples=["Ada"])]
    role: Role
    message: Message
    expires_at: Instant


class OfferList(Answered):
    """What one is invited to, by one's address, oldest first."""

    data: list[OfferRead]
