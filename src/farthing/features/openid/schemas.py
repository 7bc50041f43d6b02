"""Signing in elsewhere, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from farthing.features.identity.schemas import DeviceToken
from farthing.kit.wire import Answered, Given, Id, Instant, Name
from farthing.ledger.wire import IsoCurrencyCode


def _plain(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().isascii():
        raise PydanticCustomError("text_not_plain", "It is of plain letters and digits.")
    return secret


Login = Annotated[
    SecretStr,
    AfterValidator(_plain),
    Field(min_length=1, max_length=200, description="What this sign-in was begun with.", examples=["oid_1V3vT0cG"]),
]
Code = Annotated[
    SecretStr,
    AfterValidator(_plain),
    Field(min_length=1, max_length=6000, description="What the callback answered.", examples=["c29tZXRoaW5n"]),
]


ReturnTo = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^/([A-Za-z0-9._~-][A-Za-z0-9._~/-]*)?$",
        description="A page of a front end at the same public address that the browser is sent on to, with the code "
        "behind the `#`; without it, the callback shows the code.",
        examples=["/signed-in"],
    ),
]


class OpenIdStarted(Answered):
    """A sign-in elsewhere that was begun. It is good for ten minutes."""

    name: Annotated[str, Field(description="What people call the provider.", examples=["Pocket ID"])]
    authorization_url: Annotated[str, Field(description="Where the person goes, in a browser.")]
    login: Annotated[str, Field(description="To be kept by the client, and given with the code.")]
    expires_in: Annotated[int, Field(description="Seconds until it is over.", examples=[600])]


class OpenIdCode(Answered):
    """What a person brings back to the client that began. Worth nothing without its `login`."""

    code: str
    expires_in: Annotated[int, Field(description="Seconds until it is good for nothing.", examples=[120])]


class OpenIdSignIn(Given):
    """The end of a sign-in elsewhere. Someone new gets a first book, of this name and currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "c29tZXRoaW5n", "login": "oid_1V3vT0cG"}]})

    code: Code
    login: Login
    book: Annotated[Name, Field(description="What their first book is called.", examples=["Household"])] = "Household"
    currency: Annotated[IsoCurrencyCode, Field(description="Its base currency.")] = "EUR"
    starter: Annotated[bool, Field(description="Whether it begins with a set of categories.")] = True
    device_token: DeviceToken | None = None


class OpenIdLink(Given):
    """The end of joining an account elsewhere to one's own."""

    code: Code
    login: Login


class OpenIdentityRead(Answered):
    """An account elsewhere that signs the person in."""

    id: Id
    issuer: Annotated[str, Field(examples=["https://id.example.org"])]
    email: Annotated[str, Field(description="As it was when both were joined.", examples=["ada@example.org"])]
    created_at: Instant
    last_used_at: Instant | None


class OpenIdentitiesRead(Answered):
    """The accounts elsewhere that sign the person in."""

    data: list[OpenIdentityRead]
