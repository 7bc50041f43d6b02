"""Origins: which web pages of other origins may ask this service, as browsers want to be told (Fetch standard, CORS).

None may unless the operator names them, each exactly. They are never let in by cookies: there are none, so nothing is
said of credentials, and a page has no more than the token that it was given.
"""

from __future__ import annotations

from starlette.types import Scope

REQUEST_HEADERS = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID"
"""What a page may send."""
EXPOSED_HEADERS = (
    "Allow, Content-Disposition, ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "WWW-Authenticate, X-Request-ID"
)
"""What a page may read of an answer, beside what any may."""
PREFLIGHT_SECONDS = 7200
"""How long a browser may remember what it was told; none remembers for longer."""
Headers = list[tuple[bytes, bytes]]


class Origins:
    """The origins that an operator has named."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed)
        self.any = bool(allowed)

    def admitted(self, scope: Scope) -> bytes | None:
        """The origin of the page that asks, if it is one of those."""
        origin = _header(scope, b"origin")
        return origin if origin in self._allowed else None

    def is_preflight(self, scope: Scope) -> bool:
        """Whether a browser asks on behalf of such a page what this page may ask."""
        return (
            scope["method"] == "OPTIONS"
            and _header(scope, b"access-control-request-method") is not None
            and self.admitted(scope) is not None
        )

    def told(self, scope: Scope, headers: Headers) -> Headers:
        """The headers of an answer, with what a browser must know. Caches must know that it depends on the origin."""
        if not self.any:
            return headers
        varying = [value for name, value in headers if name == b"vary"]
        headers = [pair for pair in headers if pair[0] != b"vary"]
        headers.append((b"vary", b", ".join([*varying, b"Origin"])))
        origin = self.admitted(scope)
        if origin is not None:
            headers.append((b"access-control-allow-origin", origin))
            headers.append((b"access-control-expose-headers", EXPOSED_HEADERS.encode()))
        return headers


def preflight_headers(methods: list[str]) -> dict[str, str]:
    """What a page may ask of an address that takes these methods."""
    return {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    found: bytes | None = next((value for name, value in scope["headers"] if name == wanted), None)
    return found
