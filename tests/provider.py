"""A provider of OpenID Connect, as a household may run one: discovery, keys, a page to sign in, tokens. Served by HTTP.

It knows one person, who always agrees. What it says and how it signs can be spoiled by its fields.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import uvicorn
from joserfc import jwk, jwt
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from farthing.kit import ids

CLIENT_ID, CLIENT_SECRET = "farthing", "hush hush"


@dataclass
class Provider:
    """The provider, and what tests make of it."""

    address: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    """What it says of the person: ``sub`` and more."""
    wrong: dict[str, Any] = field(default_factory=dict)
    """Claims of ID tokens that are to be otherwise; None leaves one out."""
    algorithm: str = "RS256"
    signs_with: Any = None
    """Another key than those it publishes."""
    kid: str | None = None
    """Another name of the key in an ID token's header."""
    in_userinfo: bool = False
    """Whether the person's claims are told by userinfo, and not in the ID token."""
    userinfo: dict[str, Any] = field(default_factory=dict)
    """What userinfo says otherwise."""
    document: dict[str, Any] = field(default_factory=dict)
    """What the discovery document says otherwise."""
    down: bool = False
    keys: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.change_keys()

    def meet(self, email: str | None = None) -> None:
        """Be asked by somebody whom nobody has heard of."""
        name = ids.new_id().hex
        email = email or f"{name}@example.org"
        self.person = {"sub": name, "email": email, "email_verified": True, "name": "Grace"}

    @property
    def discovery_url(self) -> str:
        return f"{self.address}/.well-known/openid-configuration"

    def change_keys(self) -> None:
        """Sign with fresh keys from now on, and publish no others."""
        rsa = jwk.RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig"})
        ec = jwk.ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig"})
        self.keys = [rsa, ec]

    def agree(self, authorization_url: str) -> dict[str, str]:
        """What the browser brings back from a person who was sent here, and agrees."""
        asked = dict(parse_qsl(urlsplit(authorization_url).query))
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(24)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "session_state": "whatever", "iss": self.address}

    def app(self) -> Starlette:
        routes = [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/keys", self._published),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/userinfo", self._userinfo),
        ]
        return Starlette(routes=routes)

    async def _discovery(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if self.down:
            return JSONResponse({"error": "away"}, 503)
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "response_types_supported": ["code"],
                **self.document,
            }
        )

    async def _published(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        keys = [key.as_dict(private=False) for key in self.keys]
        return JSONResponse({"keys": [{"kty": "NEW", "kid": "of the future"}, *keys]})

    async def _authorize(self, request: Request) -> Response:
        back = self.agree(str(request.url))
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{urlencode(back)}")

    async def _token(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        given = dict(await request.form())
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self._codes.pop(str(given.get("code")), None)
        challenge = hashlib.sha256(str(given.get("code_verifier")).encode()).digest()
        right = (
            request.headers.get("authorization") == f"Basic {credentials}"
            and asked is not None
            and given["grant_type"] == "authorization_code"
            and given["redirect_uri"] == asked["redirect_uri"]
            and encoded(challenge) == asked["code_challenge"]
        )
        if not right or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": "told in passing",
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": self._id_token(asked["nonce"]),
            }
        )

    async def _userinfo(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if request.headers.get("authorization") != "Bearer told in passing":
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse(self.person | self.userinfo)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        told = {"sub": self.person["sub"]} if self.in_userinfo else self.person
        claims = {"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, **told}
        claims = {name: value for name, value in (claims | self.wrong).items() if value is not None}
        if self.algorithm in {"none", "HS256"}:
            return self._by_hand(claims)
        kind = "EC" if self.algorithm.startswith("ES") else "RSA"
        published = next(key for key in self.keys if key.key_type == kind)
        header = {"alg": self.algorithm, "kid": self.kid or published.kid}
        registry = JWSRegistry(algorithms=[self.algorithm])
        return jwt.encode(header, claims, self.signs_with or published, registry=registry)

    def _by_hand(self, claims: dict[str, Any]) -> str:
        """What no library signs: with nothing, or with what isn't a shared secret."""
        header = {"alg": self.algorithm} | ({"kid": self.kid} if self.kid else {})
        text = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        signed = self.algorithm == "HS256"
        return f"{text}.{encoded(hmac.new(self.signs_with, text.encode(), hashlib.sha256).digest()) if signed else ''}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def chosen(provider: Provider, **settings: Any) -> dict[str, Any]:
    """Settings that name it."""
    return {
        "registration": "open",
        "oidc_discovery_url": provider.discovery_url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_name": "Home",
        **settings,
    }


@contextmanager
def standing() -> Iterator[Provider]:
    """A provider that listens."""
    provider = Provider()
    server = uvicorn.Server(uvicorn.Config(provider.app(), port=0, log_config=None, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the provider didn't start"
            time.sleep(0.01)
        ((socket, *_), *_) = (listener.sockets for listener in server.servers)
        provider.address = f"http://127.0.0.1:{socket.getsockname()[1]}"
        yield provider
    finally:
        server.should_exit = True
        thread.join()
