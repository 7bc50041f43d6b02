"""The shell around the application: what holds for every request, whatever it is about.

The request's id, one line in the log, the bounds on time, number and size, HEAD, headers that every answer has, and
answers to all that goes wrong. Written against ASGI itself, so that it costs a request little and also holds for what
fails before any route is found.
"""

from __future__ import annotations

import asyncio
import re
import time

import structlog
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from farthing.core.bounds import (
    ARCHIVE_BYTES,
    ATTACHMENT_BYTES,
    BODY_BYTES,
    FORM_OVERHEAD_BYTES,
    HEADER_LENGTH,
    IMPORT_BYTES,
)
from farthing.core.logging import logger
from farthing.core.settings import Settings
from farthing.entrypoints.api.errors import (
    BodyMalformed,
    BodyTooLarge,
    MethodUnsupported,
    RequestTimedOut,
    TooManyWaiting,
)
from farthing.entrypoints.api.metrics import Metrics
from farthing.entrypoints.api.origins import Origins, preflight_headers
from farthing.entrypoints.api.problems import answer_to
from farthing.entrypoints.api.routing import Api
from farthing.kit import ids

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
BEHIND_TLS = (b"strict-transport-security", b"max-age=31536000")
"""Said over https only (RFC 6797, 7.2): for a year, and for this host alone."""
UNLESS_SET = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
OK = 200
_WHOLE = re.compile(r"/(me|books/[^/]+|instance/people/[^/]+)\Z")
"""What is deleted with all that is in it."""
ALWAYS_SERVED = ("/health", "/metrics")
"""What answers even when everything else is too busy."""


class Shell:
    """Wraps the application."""

    def __init__(self, app: Api, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.log = logger()
        self.under_way = 0
        self.origins = Origins(settings.origins())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["farthing.request_id"] = request_id
        if self.settings.root_path:
            scope["root_path"] = self.settings.root_path
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        wrapped = _Answer(scope, send, request_id, self.origins)
        begun = time.perf_counter()
        self.under_way += 1
        try:
            await self._serve(scope, receive, wrapped)
        finally:
            self.under_way -= 1
            self._note(scope, wrapped.status, time.perf_counter() - begun)

    async def _serve(self, scope: Scope, receive: Receive, send: _Answer) -> None:
        limit = self.settings.import_seconds if _is_large(scope) else self.settings.request_seconds
        try:
            async with asyncio.timeout(limit) as time_limit:
                # For an answer of several parts, each of which may take as long.
                scope["farthing.go_on"] = lambda: time_limit.reschedule(asyncio.get_running_loop().time() + limit)
                await self._answer(scope, receive, send)
        except TimeoutError:
            await _tell(RequestTimedOut(), scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: _Answer) -> None:
        most = _most_taken(scope)
        try:
            if self.under_way > self.settings.waiting_requests and not scope["path"].startswith(ALWAYS_SERVED):
                raise TooManyWaiting  # noqa: TRY301 - one place where faults become answers
            if len(scope["query_string"]) > HEADER_LENGTH:
                raise BodyMalformed  # noqa: TRY301 - as above
            if _told_length(scope) > most:
                raise BodyTooLarge  # noqa: TRY301 - as above
            if self.origins.any and self.origins.is_preflight(scope):
                await Response(status_code=204, headers=self._preflight(scope))(scope, receive, send)
                return
            await self.app(scope, _Body(receive, most), send)
        except Exception as error:  # noqa: BLE001 - every error is answered
            await _tell(error, scope, receive, send)

    def _preflight(self, scope: Scope) -> dict[str, str]:
        """What a page of an admitted origin may ask of an address.

        Raises:
            RouteUnknown: there is nothing at this address.
        """
        try:
            self.app.index.choose(scope)
        except MethodUnsupported as fault:
            return preflight_headers(fault.allowed)
        raise AssertionError("an address takes OPTIONS")

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope.get("farthing.method", scope["method"])
        self.metrics.note(method, route, status, seconds)
        note = self.log.debug if status == OK and route.startswith(ALWAYS_SERVED) else self.log.info
        note("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 3))


class _Answer:
    """Passes an answer on, with the headers that every answer has, and without its body for HEAD."""

    def __init__(self, scope: Scope, send: Send, request_id: str, origins: Origins) -> None:
        self.scope = scope
        self.send = send
        self.origins = origins
        self.begun = False
        self.status = 500
        self.request_id = request_id.encode()
        self.headless = scope["method"] == "HEAD"
        if self.headless:
            # Every GET answers HEAD (RFC 9110, 9.3.2) by the same route; only the body is kept back.
            scope["farthing.method"] = "HEAD"
            scope["method"] = "GET"

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = message.setdefault("headers", [])
            message["headers"] = self._headers(list(headers))
        elif message["type"] == "http.response.body" and self.headless:
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await self.send(message)

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name for name, _ in headers}
        headers += ALWAYS
        headers += [pair for pair in UNLESS_SET if pair[0] not in present]
        headers.append((b"x-request-id", self.request_id))
        if self.scope.get("scheme") == "https":
            headers.append(BEHIND_TLS)
        return self.origins.told(self.scope, headers)


class _Body:
    """Passes a body on, up to its bound: also one whose size wasn't told, or not truly."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive = receive
        self.left = most

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise BodyTooLarge
        return message


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and GIVEN_ID.match(value):
            return str(value.decode())
    return ids.new_id().hex


def _told_length(scope: Scope) -> int:
    """The size that the request says its body has; 0 where it doesn't say: then the body is counted as it comes."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(told) if told.isdigit() else 0


def _most_taken(scope: Scope) -> int:
    """The largest body that the operation takes, in bytes."""
    if scope["path"].endswith("/imports"):
        return IMPORT_BYTES + FORM_OVERHEAD_BYTES
    if scope["path"].endswith("/attachments"):
        return ATTACHMENT_BYTES + FORM_OVERHEAD_BYTES
    if scope["path"].endswith("/books/restore"):
        return ARCHIVE_BYTES + FORM_OVERHEAD_BYTES
    return BODY_BYTES


def _is_large(scope: Scope) -> bool:
    """Whether the operation writes much at once, or a file comes or goes by it: a connection may be slow."""
    path: str = scope["path"]
    if scope["method"] == "POST":
        return "/imports" in path or path.endswith(("/attachments", "/undo", "/books/restore", "/me/export"))
    if scope["method"] == "DELETE":
        return _WHOLE.search(path) is not None
    return "/exports/" in path or ("/attachments/" in path and path.endswith("/content"))


async def _tell(error: Exception, scope: Scope, receive: Receive, send: _Answer) -> None:
    """Answer with what went wrong. If an answer has begun, it stays unfinished, and the connection is closed."""
    if send.begun:
        logger().error("answer broken off", exc_info=error)
        return
    answer = answer_to(error, scope["farthing.request_id"])
    await answer(scope, receive, send)
