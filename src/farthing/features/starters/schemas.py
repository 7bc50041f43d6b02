"""Beginnings on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from farthing.features.identity.schemas import Email, Password, Token, TokenPair
from farthing.kit.wire import Given, Id, Name
from farthing.ledger.wire import IsoCurrencyCode


class RegistrationCreate(Given):
    """A person who wants in, and the first book they get."""

    email: Email
    password: Password
    name: Annotated[Name, Field(examples=["Ada"])]
    book: Annotated[Name, Field(description="What their first book is called.", examples=["Household"])] = "Household"
    currency: Annotated[IsoCurrencyCode, Field(description="Its base currency.")] = "EUR"
    invitation: Annotated[
        Token | None, Field(description="The token that lets them in, where registration is by invitation.")
    ] = None
    starter: Annotated[bool, Field(description="Whether it begins with a set of categories.")] = True


class RegistrationRead(TokenPair):
    """A person who is in, signed in, with their first book."""

    user_id: Id
    book_id: Id
    is_operator: Annotated[bool, Field(description="Whether they run this instance: the first person does.")]
