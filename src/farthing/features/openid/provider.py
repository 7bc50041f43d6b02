"""The provider: the service elsewhere that people sign in with. All that is asked of it, and all that it is held to.

What it is like is read from its discovery document (OpenID Connect Discovery 1.0), its keys from where that says, and
kept for an hour; a key that isn't known has them read anew, so that keys can be changed at any time. Its answers are
bounded in size and time, and it is asked where its document says and nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from farthing.core.settings import Settings
from farthing.features.openid.errors import OpenIdOff, OpenIdRefused, ProviderAway
from farthing.kit import clock

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""Signatures by a key that only the provider has: neither ``none`` nor a shared secret is one (RFC 8725, 3.1)."""
DISCOVERY: Final = "/.well-known/openid-configuration"
KEPT_FOR: Final = dt.timedelta(hours=1)
KEYS_ANEW_AFTER: Final = dt.timedelta(seconds=10)
"""Keys that were read so lately aren't read again."""
FAILED_FOR: Final = dt.timedelta(seconds=5)
"""An address that failed so lately isn't asked again."""
NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
ANSWER_SECONDS: Final = 5.0
MAX_ANSWER: Final = 500_000
LEEWAY_SECONDS: Final = 60
"""How far the clocks of both services may be apart."""
MAX_SUBJECT: Final = 255
"""Letters of what a provider calls someone (OpenID Connect Core 1.0, 2)."""
MULTI_FACTOR: Final = frozenset({"mfa", "otp", "hwk", "swk"})
"""What an ID token says in ``amr`` (RFC 8176) where more than a password was asked for."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys_address: str
    userinfo_endpoint: str | None
    client_authentication: str
    """How this service shows who it is: in a header, in the form, or not at all, having no secret."""
    read_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who the provider says has signed in."""

    issuer: str
    subject: str
    """What the provider calls them, and never anyone else."""
    email: str | None
    email_verified: bool
    name: str | None
    groups: frozenset[str] | None
    """None: it doesn't say."""
    several_factors: bool


class OpenIdProvider:
    """The provider that the operator has named."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._description: Description | None = None
        self._keys: tuple[KeySet, dt.datetime] | None = None
        self._failed: dict[str, dt.datetime] = {}
        self._reading = asyncio.Lock()

    async def authorization_url(self, *, redirect_uri: str, state: str, seed: bytes) -> str:
        """Where a person goes to sign in.

        Args:
            redirect_uri: where they come back to.
            state: what they bring back.
            seed: what this sign-in's nonce and code verifier (PKCE, RFC 7636) are made of.

        Raises:
            OpenIdOff: no provider was named.
            ProviderAway: it doesn't say.
        """
        there = await self._described()
        async with self._client(there, redirect_uri) as client:
            url, _ = client.create_authorization_url(
                there.authorization_endpoint, state=state, code_verifier=_derived(seed, "verifier"),
                nonce=_derived(seed, "nonce"),
            )  # fmt: skip
        return str(url)

    async def exchange(self, code: str, *, redirect_uri: str, seed: bytes) -> Visitor:
        """Who has signed in, for the code that they brought back.

        Raises:
            OpenIdRefused: the provider doesn't take the code, or what it answers proves nothing.
            ProviderAway: it doesn't answer, or not as it should.
        """
        there = await self._described()
        async with self._client(there, redirect_uri) as client:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    token = await client.fetch_token(
                        there.token_endpoint, grant_type="authorization_code", code=code,
                        code_verifier=_derived(seed, "verifier"),
                    )  # fmt: skip
            except AuthlibBaseError:
                raise OpenIdRefused from None
            except (httpx2.HTTPError, TimeoutError, ValueError, TypeError, KeyError):
                raise ProviderAway from None
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or len(id_token) > MAX_ANSWER:
            raise OpenIdRefused
        claims = await self._checked(id_token, there, nonce=_derived(seed, "nonce"), access_token=access_token)
        if self._lacking(claims) and there.userinfo_endpoint and isinstance(access_token, str):
            said = await self._read(there.userinfo_endpoint, bearer=access_token)
            if said.get("sub") != claims["sub"]:
                raise OpenIdRefused
            # Whether an address was made sure of is said of the address that stands beside it, and of no other.
            (said if "email" in claims else claims).pop("email_verified", None)
            claims = {**said, **claims}
        return self._visitor(claims)

    # --- who has signed in ---

    async def _checked(self, id_token: str, there: Description, *, nonce: str, access_token: object) -> dict[str, Any]:
        """The claims of an ID token, held to OpenID Connect Core 1.0, 3.1.3.7."""
        try:
            token = await self._verified(id_token, there)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": there.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                params={"nonce": nonce, "client_id": self._client_id, "access_token": access_token},
            )
            claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, AttributeError):
            raise OpenIdRefused from None
        if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= MAX_SUBJECT:
            raise OpenIdRefused
        return dict(claims)

    async def _verified(self, id_token: str, there: Description) -> jwt.Token:
        keys = await self._keys_of(there)
        try:
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # Keys change: read them anew, unless that was done just now.
            return jwt.decode(id_token, await self._keys_of(there, anew=True), algorithms=ALGORITHMS)

    def _lacking(self, claims: dict[str, Any]) -> bool:
        groups = self._settings.oidc_groups_claim if self._settings.oidc_operator_group else None
        return "email" not in claims or (groups is not None and groups not in claims)

    def _visitor(self, claims: dict[str, Any]) -> Visitor:
        email, name = claims.get("email"), claims.get("name") or claims.get("preferred_username")
        groups, methods = claims.get(self._settings.oidc_groups_claim), claims.get("amr")
        return Visitor(
            issuer=claims["iss"],
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=claims.get("email_verified") in (True, "true"),  # some write it as a word
            name=name if isinstance(name, str) else None,
            groups=frozenset(map(str, groups)) if isinstance(groups, list) else None,
            several_factors=isinstance(methods, list) and not MULTI_FACTOR.isdisjoint(map(str, methods)),
        )

    # --- what is asked of the provider ---

    @property
    def _client_id(self) -> str:
        if self._settings.oidc_client_id is None:
            raise OpenIdOff
        return self._settings.oidc_client_id

    def _client(self, there: Description, redirect_uri: str) -> Any:
        secret = self._settings.oidc_client_secret
        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=there.client_authentication,
            code_challenge_method="S256",
            scope=SCOPE,
            redirect_uri=redirect_uri,
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )

    async def _described(self) -> Description:
        address = self._settings.oidc_discovery_url
        if address is None:
            raise OpenIdOff
        async with self._reading:
            known = self._description
            if known is not None and known.read_at > clock.now() - KEPT_FOR:
                return known
            said = await self._read_document(address)
            try:
                self._description = self._description_of(said, address)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise ProviderAway from None
            return self._description

    def _description_of(self, said: dict[str, Any], address: str) -> Description:
        """What a discovery document says.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it isn't one, or one of someone else.
        """
        issuer = said["issuer"]
        if f"{issuer.removesuffix('/')}{DISCOVERY}" != address:
            raise ValueError("the document is of another issuer than its address says")
        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        userinfo = said.get("userinfo_endpoint")
        if self._settings.oidc_client_secret is None:
            way = "none"
        else:
            way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return Description(
            issuer=issuer,
            authorization_endpoint=self._trusted(said["authorization_endpoint"]),
            token_endpoint=self._trusted(said["token_endpoint"]),
            keys_address=self._trusted(said["jwks_uri"]),
            userinfo_endpoint=self._trusted(userinfo) if userinfo else None,
            client_authentication=way,
            read_at=clock.now(),
        )

    def _trusted(self, address: str) -> str:
        """An address that is reached by TLS, unless the operator named a provider that isn't."""
        parts = urlsplit(address)
        plain = str(self._settings.oidc_discovery_url).startswith("http://")
        if not parts.netloc or parts.scheme not in ({"https", "http"} if plain else {"https"}):
            raise ValueError("the document names an address that can't be trusted")
        return address

    async def _keys_of(self, there: Description, *, anew: bool = False) -> KeySet:
        async with self._reading:
            good_for = KEYS_ANEW_AFTER if anew else KEPT_FOR
            if self._keys is not None and self._keys[1] > clock.now() - good_for:
                return self._keys[0]
            said = await self._read_document(there.keys_address)
            try:
                keys = [key for key in said["keys"] if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
                self._keys = KeySet.import_key_set({"keys": keys}), clock.now()
            except (JoseError, KeyError, TypeError, ValueError, AttributeError):
                raise ProviderAway from None
            return self._keys[0]

    async def _read_document(self, address: str) -> dict[str, Any]:
        """As :meth:`_read`, but an address that has just failed isn't asked again by all who wait for it.

        Raises:
            ProviderAway: there is none.
        """
        if self._failed.get(address, NEVER) > clock.now() - FAILED_FOR:
            raise ProviderAway
        try:
            return await self._read(address)
        except ProviderAway:
            self._failed = {address: clock.now()}
            raise

    async def _read(self, address: str, *, bearer: str | None = None) -> dict[str, Any]:
        """A JSON object at an address of the provider.

        Raises:
            ProviderAway: there is none.
        """
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client,
                client.stream("GET", address, headers=headers) as answer,
            ):
                answer.raise_for_status()
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MAX_ANSWER:
                        raise ProviderAway
            said = httpx2.Response(200, content=bytes(body)).json()
        except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError):
            raise ProviderAway from None
        if not isinstance(said, dict):
            raise ProviderAway
        return said


def _derived(seed: bytes, what: str) -> str:
    """A secret of one sign-in, 43 letters long: each of the seed, none of another."""
    return base64.urlsafe_b64encode(hashlib.sha256(seed + what.encode()).digest()).rstrip(b"=").decode()
