"""People and sign-ins on the wire."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, EmailStr, Field, SecretStr
from pydantic_core import PydanticCustomError

from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, Name, absent

MIN_PASSWORD = 12
MAX_PASSWORD = 200


def _bounded(value: object) -> object:
    if isinstance(value, str) and len(value) > 254:  # noqa: PLR2004 - RFC 5321, 4.5.3.1.3; before any parsing
        return value[:300]
    return value


def _written(secret: SecretStr) -> SecretStr:
    """Half a surrogate pair can stand in JSON, but not for a character: nobody can have typed it."""
    if any("\ud800" <= character <= "\udfff" for character in secret.get_secret_value()):
        raise PydanticCustomError("text_not_plain", "There is half a character in it.")
    return secret


Email = Annotated[EmailStr, BeforeValidator(_bounded), Field(max_length=254, examples=["ada@example.com"])]
"""An e-mail address. Two that differ in case only are one."""
Password = Annotated[
    SecretStr,
    AfterValidator(_written),
    Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD, examples=["correct horse battery staple"]),
]
PasswordGiven = Annotated[
    SecretStr,
    AfterValidator(_written),
    Field(min_length=1, max_length=MAX_PASSWORD, examples=["correct horse battery staple"]),
]
"""A password that is checked: of whatever length passwords had to have when it was set."""
Token = Annotated[
    SecretStr, AfterValidator(_written), Field(min_length=1, max_length=200, examples=["frt_1V3vT0cGOaFfVu0G9m2V0w"])
]
DeviceToken = Annotated[
    SecretStr,
    AfterValidator(_written),
    Field(
        min_length=1,
        max_length=200,
        description="What an earlier sign-in from this device answered.",
        examples=["dvc_1V3vT0cGOaFfVu0G9m2V0w"],
    ),
]


def email_key(email: str) -> str:
    """What two spellings of one e-mail address share: all but case, and how accents are composed.

    No more than that: `straße` and `strasse` are two names, with mail boxes of their own.
    """
    return unicodedata.normalize("NFC", email).lower()


class TokenPair(Answered):
    """What a sign-in gives: RFC 6749, 5.1."""

    access_token: Annotated[str, Field(examples=["eyJhbGciOiJFZERTQSIs…"])]
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="Seconds until the access token is no longer good.", examples=[600])]
    refresh_token: Annotated[str, Field(examples=["frt_1V3vT0cGOaFfVu0G9m2V0w"])]
    device_token: Annotated[
        str | None,
        Field(
            description="Sent with later sign-ins, it says that this device is known: strangers who try passwords "
            "can't slow it. It signs nobody in. Null where a token is refreshed.",
            examples=["dvc_1V3vT0cGOaFfVu0G9m2V0w"],
        ),
    ]


class RefreshCreate(Given):
    """A refresh token to be changed for a new pair, or to be ended."""

    refresh_token: Token


class PasswordChange(Given):
    """A new password in the place of the old one."""

    old_password: Annotated[
        PasswordGiven | None,
        Field(description="The password until now. Absent where there is none: then a fresh proof is wanted."),
    ] = None
    new_password: Password
    revoke_tokens: Annotated[
        bool, Field(description="Whether personal access tokens are revoked, too, all of them.")
    ] = False


class PasswordForgotten(Given):
    """Someone who can't come in."""

    email: Email


class PasswordReset(Given):
    """A new password, by what a mailed link carries."""

    token: Token
    new_password: Password
    revoke_tokens: Annotated[
        bool,
        Field(description="Whether personal access tokens are revoked, too: they are, unless programs are to go on."),
    ] = True


class PasswordResetRead(Answered):
    """The password is set."""

    device_token: Annotated[
        str,
        Field(
            description="What makes this device known when it signs in now.", examples=["dvc_1V3vT0cGOaFfVu0G9m2V0w"]
        ),
    ]


class EmailChange(Given):
    """A new address."""

    email: Email


class EmailConfirm(Given):
    """What a mailed link carries."""

    token: Token


class SessionRead(Answered):
    """A sign-in that lasts."""

    id: Id
    device: Annotated[
        str | None, Field(description="What the client called itself.", examples=["Mozilla/5.0 (X11; Linux x86_64)"])
    ]
    address: Annotated[str | None, Field(description="Where it was last heard of from.", examples=["192.0.2.7"])]
    methods: Annotated[
        list[str], Field(description="How its person proved who they are (RFC 8176, and `oidc`).", examples=[["pwd"]])
    ]
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]
    created_at: Instant
    last_used_at: Annotated[Instant, Field(description="When its token was last refreshed.")]
    proven_at: Annotated[Instant, Field(description="When its person last proved who they are.")]


class SessionQuery(PageQuery):
    """What can be asked of one's sign-ins."""


class SessionPage(PageRead[SessionRead]):
    """A page of them."""


class ProofRead(Answered):
    """A proof of who someone is, good for what wants one."""

    proven_at: Instant


class MeRead(Answered):
    """The person signed in."""

    id: Id
    email: Annotated[str, Field(examples=["ada@example.com"])]
    name: Annotated[str, Field(examples=["Ada"])]
    is_operator: Annotated[bool, Field(description="Whether they run this instance.")]
    default_book_id: Annotated[Id | None, Field(description="The book that `default` stands for.")]
    created_at: Instant
    has_password: Annotated[bool, Field(description="Whether they can sign in with a password.")]
    password_changed_at: Instant | None
    email_verified_at: Annotated[
        Instant | None, Field(description="When they last showed that mail to their address reaches them.")
    ]
    second_factor_since: Annotated[
        Instant | None, Field(description="Since when a password alone doesn't sign them in; null: it does.")
    ]


class MeUpdate(Given):
    """What people can change about themselves. Absent keeps."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ada L."}]})

    name: Name = Field(default_factory=absent)
    default_book_id: Id = Field(default_factory=absent)
