"""Access tokens that aren't ours, or aren't ours to the byte: each is refused, at every door, and told nothing more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from tests.features.answers import refused
from tests.household import Client, Household, Person

from farthing.core.secrets import new_signing_key
from farthing.features.identity.tokens import Tokens
from farthing.kit import ids

ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the base point of Ed25519 (RFC 8032, 5.1)."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass
class Forger:
    """Someone with a token of ours. For half of what they try they have our key too, which nobody should have."""

    token: str
    key: Ed25519PrivateKey
    other: str
    """The id of somebody else."""

    @property
    def header(self) -> dict[str, Any]:
        return dict(jwt.get_unverified_header(self.token))

    @property
    def claims(self) -> dict[str, Any]:
        return dict(jwt.decode(self.token, options={"verify_signature": False}))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def raw(self) -> bytes:
        return self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def signed(self, header: Any = None, claims: Any = None, key: Ed25519PrivateKey | None = None) -> str:
        """Signed with our key, as Ed25519 signs; what isn't given is as we write it."""
        parts = (self.header if header is None else header, self.claims if claims is None else claims)
        text = ".".join(_segment(part) for part in parts)
        return f"{text}.{_encoded((key or self.key).sign(text.encode()))}"

    def headed(self, **more: Any) -> str:
        """With our header, and these members in it."""
        return self.signed(self.header | more)

    def claiming(self, **more: Any) -> str:
        """With our claims, and these among them."""
        return self.signed(None, self.claims | more)

    def without(self, name: str) -> str:
        """With a claim missing."""
        return self.signed(None, {claim: value for claim, value in self.claims.items() if claim != name})

    def hmac(self, secret: bytes, **more: Any) -> str:
        """Signed with a secret."""
        text = f"{_segment(self.header | {'alg': 'HS256'} | more)}.{_segment(self.claims)}"
        return f"{text}.{_encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"

    def parts(self) -> list[str]:
        return self.token.split(".")


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _segment(part: Any) -> str:
    return _encoded(part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode())


def _resigned(forger: Forger) -> str:
    """The same signature, with the order of the group added to it: other bytes that naive readers take too."""
    header, claims, signature = forger.parts()
    whole = base64.urlsafe_b64decode(signature + "==")
    moved = (int.from_bytes(whole[32:], "little") + ORDER).to_bytes(32, "little")
    return f"{header}.{claims}.{_encoded(whole[:32] + moved)}"


def _with_spare_bits(segment: str) -> str:
    """Base64 whose last character has bits that no byte is made of."""
    return segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) ^ 1]


def _doubled(claims: dict[str, Any], name: str, value: Any) -> bytes:
    """JSON with a member that stands in it twice."""
    return json.dumps({name: value})[:-1].encode() + b"," + json.dumps(claims, separators=(",", ":"))[1:].encode()


def _jwk(forger: Forger) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _encoded(forger.raw)}


FORGERIES: dict[str, Callable[[Forger], str]] = {
    # Other algorithms, and none.
    "no algorithm": lambda f: f"{_segment(f.header | {'alg': 'none'})}.{f.parts()[1]}.",
    "no algorithm, in capitals": lambda f: f"{_segment(f.header | {'alg': 'NONE'})}.{f.parts()[1]}.",
    "no algorithm, and our signature": lambda f: (
        f"{_segment(f.header | {'alg': 'none'})}.{f.parts()[1]}.{f.parts()[2]}"
    ),
    "an empty algorithm": lambda f: f.headed(alg=""),
    "an algorithm that is no text": lambda f: f.headed(alg=["EdDSA"]),
    "no algorithm named": lambda f: f.signed({"typ": "JWT", "kid": f.header["kid"]}),
    "the public key as a secret": lambda f: f.hmac(f.public),
    "the public key's bytes as a secret": lambda f: f.hmac(f.raw),
    "an empty secret": lambda f: f.hmac(b""),
    "HS256 said, and our signature": lambda f: f.headed(alg="HS256"),
    "Ed25519 for EdDSA": lambda f: f.headed(alg="Ed25519"),
    "RSA": lambda f: jwt.encode(f.claims, generate_rsa_key(65537, 2048), "RS256", {"kid": f.header["kid"]}),
    "elliptic curves of NIST": lambda f: jwt.encode(
        f.claims, generate_ec_key(SECP256R1()), "ES256", {"kid": f.header["kid"]}
    ),
    # Other keys.
    "another key": lambda f: f.signed(key=Ed25519PrivateKey.generate()),
    "another key id": lambda f: f.headed(kid="0" * 16),
    "no key id": lambda f: f.signed({"alg": "EdDSA", "typ": "JWT"}),
    "a path for a key id": lambda f: f.headed(kid="../../../../dev/null"),
    "SQL for a key id": lambda f: f.headed(kid="' UNION SELECT 'key' --"),
    "a list for a key id": lambda f: f.headed(kid=[f.header["kid"]]),
    "a number for a key id": lambda f: f.headed(kid=7),
    "an address of keys": lambda f: f.headed(jku="https://attacker.example/keys.json"),
    "an address of certificates": lambda f: f.headed(x5u="https://attacker.example/cert.pem"),
    "certificates": lambda f: f.headed(x5c=["MIIB"]),
    "a key of its own": lambda f: f.headed(jwk=_jwk(f)),
    # Headers that say something else.
    "something critical": lambda f: f.headed(crit=["exp"]),
    "an unknown critical extension": lambda f: f.headed(crit=["urn:x"], **{"urn:x": True}),
    "unencoded content": lambda f: f.headed(b64=False, crit=["b64"]),
    "compressed content": lambda f: f.headed(zip="DEF"),
    "another type": lambda f: f.headed(typ="at+jwt"),
    "another type of content": lambda f: f.headed(cty="JWT"),
    "a member that stands twice in the header": lambda f: f.signed(_doubled(f.header, "alg", "none")),
    "a header in another order": lambda f: f.signed(dict(reversed(f.header.items()))),
    "a header with spaces": lambda f: f.signed(json.dumps(f.header, indent=1).encode()),
    "a list for a header": lambda f: f.signed([f.header]),
    "text for a header": lambda f: f.signed("EdDSA"),
    "an empty header": lambda f: f.signed({}),
    "a header in another encoding": lambda f: f.signed(json.dumps(f.header).encode("utf-16")),
    # Claims that are missing, wrong, or of another type.
    "without an issuer": lambda f: f.without("iss"),
    "without an audience": lambda f: f.without("aud"),
    "without an end": lambda f: f.without("exp"),
    "without a beginning": lambda f: f.without("iat"),
    "without a person": lambda f: f.without("sub"),
    "without an id": lambda f: f.without("jti"),
    "without a sign-in": lambda f: f.without("sid"),
    "another issuer": lambda f: f.claiming(iss="attacker"),
    "several issuers": lambda f: f.claiming(iss=["farthing", "attacker"]),
    "another audience": lambda f: f.claiming(aud="another-api"),
    "several audiences": lambda f: f.claiming(aud=["farthing-api", "another-api"]),
    "a list of our audience": lambda f: f.claiming(aud=["farthing-api"]),
    "out of date": lambda f: f.claiming(exp=f.claims["iat"] - 1),
    "out of date since ever": lambda f: f.claiming(exp=0),
    "an end in words": lambda f: f.claiming(exp=str(f.claims["exp"])),
    "an end with a fraction": lambda f: f.claiming(exp=f.claims["exp"] + 0.5),
    "an end that is true": lambda f: f.claiming(exp=True),
    "no end": lambda f: f.claiming(exp=None),
    "an endless end": lambda f: f.claiming(exp=float("inf")),
    "an end that is no number": lambda f: f.claiming(exp=float("nan")),
    "an end in a year": lambda f: f.claiming(exp=f.claims["exp"] + 31_536_000),
    "an end beyond all time": lambda f: f.claiming(exp=10**400),
    "made in the future": lambda f: f.claiming(iat=f.claims["exp"] - 1, exp=f.claims["exp"] + 600),
    "made on a day in words": lambda f: f.claiming(iat="today"),
    "not good yet": lambda f: f.claiming(nbf=f.claims["exp"] - 1),
    "not good before something": lambda f: f.claiming(nbf="x"),
    "not a person's id": lambda f: f.claiming(sub="ada"),
    "a number for a person": lambda f: f.claiming(sub=1),
    "a list of persons": lambda f: f.claiming(sub=[f.claims["sub"], f.other]),
    "SQL for a person": lambda f: f.claiming(sub="' OR ''='"),
    "not a session's id": lambda f: f.claiming(sid="x"),
    "no session": lambda f: f.claiming(sid=None),
    "a number for its own id": lambda f: f.claiming(jti=7),
    "a claim that we don't make": lambda f: f.claiming(is_operator=True),
    "scopes": lambda f: f.claiming(scope="owners:write"),
    "a person that stands twice": lambda f: f.signed(None, _doubled(f.claims, "sub", f.other)),
    "claims with spaces": lambda f: f.signed(None, json.dumps(f.claims, indent=1).encode()),
    "a list for claims": lambda f: f.signed(None, [f.claims]),
    "null for claims": lambda f: f.signed(None, b"null"),
    "claims that are no JSON": lambda f: f.signed(None, b"{sub:1}"),
    "claims that are no text": lambda f: f.signed(None, b"\xff\xfe"),
    "deep claims": lambda f: f.signed(None, b'{"a":' * 300 + b"1" + b"}" * 300),
    "a token in a token": lambda f: f.signed(f.header | {"cty": "JWT"}, f.token.encode()),
    # What was signed, changed.
    "another person under our signature": lambda f: ".".join(
        (f.parts()[0], _segment(f.claims | {"sub": f.other}), f.parts()[2])
    ),
    "a later end under our signature": lambda f: ".".join(
        (f.parts()[0], _segment(f.claims | {"exp": f.claims["exp"] + 1}), f.parts()[2])
    ),
    "no signature": lambda f: ".".join((*f.parts()[:2], "")),
    "two parts": lambda f: ".".join(f.parts()[:2]),
    "four parts": lambda f: f"{f.token}.{f.parts()[2]}",
    "encrypted, in five parts": lambda f: ".".join((*f.parts(), "a", "b")),
    "half a signature": lambda f: f.token[:-43],
    "a signature without its last character": lambda f: f.token[:-1],
    "a longer signature": lambda f: f.token + "AA",
    "a signature of zeros": lambda f: ".".join((*f.parts()[:2], _encoded(bytes(64)))),
    "a signature with one bit turned": lambda f: f.token[:-10] + ("A" if f.token[-10] != "A" else "B") + f.token[-9:],
    "a signature that is another number": _resigned,
    "a signature with spare bits": lambda f: ".".join((*f.parts()[:2], _with_spare_bits(f.parts()[2]))),
    "padding": lambda f: f.token + "==",
    "padding within": lambda f: f.token.replace(".", "=.", 1),
    "base64 of the other alphabet": lambda f: (
        f.signed(None, f.claims | {"x": "???>>>"}).replace("_", "/").replace("-", "+")
    ),
    "a line break within": lambda f: f.token[:40] + "%0A" + f.token[40:],
    "a space within": lambda f: f.token[:40] + " " + f.token[40:],
    # What is no token at all.
    "garbage": lambda _: "garbage",
    "dots": lambda _: "..",
    "one dot": lambda _: ".",
    "huge": lambda _: "a" * 6000,
    "huge and nearly ours": lambda f: f.headed(pad="x" * 3000),
    "letters beyond ASCII": lambda f: f.token[:20] + "ü" + f.token[21:],
    "full-width letters": lambda f: f.token.replace("e", "\uff45", 1),
    "null": lambda _: "null",
    "JSON": lambda f: json.dumps(f.claims),
}


def test_there_are_many() -> None:
    assert len(FORGERIES) >= 60


@pytest.fixture(scope="module")
async def home(client: Client) -> Household:
    return await Household.founded(client)


@pytest.fixture(scope="module")
async def forger(client: Client, home: Household, signing_key: str) -> Forger:
    key = serialization.load_pem_private_key(signing_key.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return Forger(home.person.access_token, key, (await Person.registered(client)).id)


async def test_what_forgers_start_from_is_good(client: Client, home: Household, forger: Forger) -> None:
    assert forger.signed() == forger.token
    for token in (forger.token, forger.claiming(jti=str(ids.new_id()))):
        answer = await client.get(f"/api/v1/books/{home.book_id}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200


@pytest.mark.parametrize("how", FORGERIES)
async def test_a_forged_token_opens_nothing(client: Client, home: Household, forger: Forger, how: str) -> None:
    shown = {"Authorization": f"Bearer {FORGERIES[how](forger)}".encode()}
    body = {"date": "2026-03-01", "amount": "-1.00", "account": home.checking_id}
    for method, path, sent in (
        ("GET", "/me", None),
        ("GET", f"/books/{home.book_id}/transactions", None),
        ("POST", f"/books/{home.book_id}/transactions", body),
    ):
        answer = await client.send_json(method, path, sent, headers=shown)
        refused(answer, 401, "token_invalid")
        assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_a_token_is_checked_as_well_when_it_was_read_before(home: Household, signing_key: str) -> None:
    """What is kept of tokens that were read is found by the whole token, not by what it begins with."""
    tokens = Tokens(signing_key, seconds=600)
    forger = Tokens(new_signing_key(), seconds=600)
    actor = tokens.read(home.person.access_token)
    forger.kid = tokens.kid
    assert actor.session_id is not None
    forged = forger.issue(actor.user_id, actor.session_id).text
    answer = await home.person.client.send_json("GET", "/me", headers={"Authorization": f"Bearer {forged}"})
    refused(answer, 401, "token_invalid")
