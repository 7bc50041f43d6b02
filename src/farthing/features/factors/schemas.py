"""Factors on the wire. What devices send and are given is in WebAuthn's own JSON (Level 3, 5.1.8 and 5.1.9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AliasGenerator, ConfigDict, Field, SecretStr, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from farthing.features.identity.schemas import DeviceToken, PasswordGiven
from farthing.kit.wire import Answered, Given, Id, Instant, Line, Name

WAYS = ("password", "code", "recovery_code", "passkey")
APP: dict[str, Any] = {"name": "Phone"}


def _ascii(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().isascii():
        raise PydanticCustomError("text_not_plain", "Codes are of plain letters and digits.")
    return secret


def _six_digits(secret: SecretStr) -> SecretStr:
    """People type codes as apps show them: in two groups."""
    digits = secret.get_secret_value().replace(" ", "")
    if len(digits) != 6 or not digits.isdecimal():  # noqa: PLR2004 - the six of the message
        raise PydanticCustomError("code_malformed", "A code is of six digits.")
    return SecretStr(digits)


Code = Annotated[
    SecretStr,
    AfterValidator(_ascii),
    AfterValidator(_six_digits),
    Field(min_length=6, max_length=10, description="What the authenticator app shows.", examples=["492 039"]),
]
RecoveryCode = Annotated[
    SecretStr,
    AfterValidator(_ascii),
    Field(min_length=1, max_length=50, description="One of those kept on paper.", examples=["k7mf-2x9q-wn4t-cjh8"]),
]
ChallengeText = Annotated[
    SecretStr,
    AfterValidator(_ascii),
    Field(min_length=1, max_length=200, description="What the password was answered with."),
]
Encoded = Annotated[Line, Field(max_length=2000, pattern=r"^[A-Za-z0-9_-]*$", description="base64url (RFC 4648).")]
LongEncoded = Annotated[
    Line, Field(max_length=20_000, pattern=r"^[A-Za-z0-9_-]*$", description="base64url (RFC 4648).")
]


class FromDevice(Given):
    """What a browser makes of a device's answer. It may say more, each year something else, which isn't read."""

    model_config = ConfigDict(
        extra="ignore", alias_generator=AliasGenerator(validation_alias=to_camel, serialization_alias=to_camel)
    )


class MadeResponse(FromDevice):
    """What a device says of a passkey that it has made."""

    client_data_json: Annotated[Encoded, Field(alias="clientDataJSON")]
    attestation_object: LongEncoded
    transports: Annotated[list[Annotated[str, Field(max_length=30)]], Field(max_length=10)] = []


class PasskeyMade(FromDevice):
    """``PublicKeyCredential.toJSON()`` of ``navigator.credentials.create()``: RegistrationResponseJSON."""

    id: Encoded
    raw_id: Encoded
    type: Literal["public-key"]
    response: MadeResponse


class UsedResponse(FromDevice):
    """What a device says to prove that it has a passkey."""

    client_data_json: Annotated[Encoded, Field(alias="clientDataJSON")]
    authenticator_data: Encoded
    signature: Encoded
    user_handle: Encoded | None = None


class PasskeyUsed(FromDevice):
    """``PublicKeyCredential.toJSON()`` of ``navigator.credentials.get()``: AuthenticationResponseJSON."""

    id: Encoded
    raw_id: Encoded
    type: Literal["public-key"]
    response: UsedResponse


class AuthenticatorCreate(Given):
    """An authenticator app to be set up."""

    model_config = ConfigDict(json_schema_extra={"examples": [APP]})

    name: Annotated[Name, Field(description="What you call it.")]


class AuthenticatorConfirm(Given):
    """The first code of an app."""

    code: Code


class AuthenticatorStarted(Answered):
    """An app that waits for its first code. The secret is told now, and never again."""

    id: Id
    name: Annotated[str, Field(examples=["Phone"])]
    secret: Annotated[str, Field(description="To be typed, in base32.", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])]
    uri: Annotated[
        str,
        Field(
            description="To be shown as a QR code.",
            examples=["otpauth://totp/Farthing:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
        ),
    ]


class PasskeyCreate(Given):
    """A passkey that a device has made."""

    name: Annotated[Name, Field(description="What you call it.")]
    credential: PasskeyMade


class PasskeyOptions(Answered):
    """What a browser is to ask the device."""

    public_key: Annotated[
        dict[str, Any],
        Field(
            description="For `PublicKeyCredential.parseCreationOptionsFromJSON()` or `.parseRequestOptionsFromJSON()`. "
            "Good once, for five minutes."
        ),
    ]


class FactorRead(Answered):
    """An authenticator app or a passkey."""

    id: Id
    kind: Literal["authenticator", "passkey"]
    name: Annotated[str, Field(examples=["Phone"])]
    synced: Annotated[
        bool | None, Field(description="Of a passkey: whether it can be on several devices. Null for an app.")
    ]
    created_at: Instant
    last_used_at: Instant | None


class FactorsRead(Answered):
    """What the person proves who they are with besides the password."""

    data: list[FactorRead]
    recovery_codes_left: int


class FactorAdded(Answered):
    """A factor that is asked for from now on; with the first come recovery codes, shown once."""

    factor: FactorRead
    recovery_codes: Annotated[
        list[str] | None,
        Field(description="With the first factor; null with others.", examples=[["k7mf-2x9q-wn4t-cjh8"]]),
    ]


class FactorUpdate(Given):
    """What can be changed about a factor."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Old phone"}]})

    name: Name


class RecoveryCodesRead(Answered):
    """Fresh recovery codes, shown once. Those before them are good for nothing."""

    recovery_codes: Annotated[list[str], Field(examples=[["k7mf-2x9q-wn4t-cjh8"]])]


class FactorGiven(Given):
    """One of three: an app's code, a recovery code, or what a device said."""

    code: Code | None = None
    recovery_code: RecoveryCode | None = None
    passkey: PasskeyUsed | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = [name for name in WAYS if getattr(self, name, None) is not None]
        if len(ways) != 1:
            raise PydanticCustomError("proof_not_one", "Give just one of the ways to prove who you are.")
        return self


class SecondFactorCreate(FactorGiven):
    """What completes a sign-in that a password has begun."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"challenge": "sfc_1V3vT0cG", "code": "492039"}]})

    challenge: ChallengeText
    device_token: DeviceToken | None = None


class SecondFactorAsk(Given):
    """A sign-in that a password has begun."""

    challenge: ChallengeText


class PasskeySignIn(Given):
    """What a device said, where nobody has said who they are."""

    passkey: PasskeyUsed
    device_token: DeviceToken | None = None


class ProofCreate(FactorGiven):
    """One of four: the password, an app's code, a recovery code, or what a device said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "correct horse battery staple"}]})

    password: PasswordGiven | None = None
