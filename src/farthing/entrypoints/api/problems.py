"""Problems: faults, and whatever else goes wrong, as ``application/problem+json`` (RFC 9457).

Never the input, never the text of an exception: either may hold what is nobody's business.
"""

from __future__ import annotations

import asyncio
import http
import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from farthing.core.database import DRIVER_ERRORS, Trouble, trouble
from farthing.core.logging import logger
from farthing.core.problems import MEDIA_TYPE, TYPE_PREFIX, BlameRead, status_of
from farthing.core.serving import NotModified
from farthing.core.work import BookBusy, IdTaken, Replay
from farthing.entrypoints.api.errors import (
    BodyMalformed,
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    MethodUnsupported,
    RequestInvalid,
    RouteUnknown,
    StatementTimedOut,
)
from farthing.features.identity.errors import CredentialsWrong, GrantUnsupported
from farthing.kit.faults import Blame, Busy, Fault, Unauthenticated

MAX_BLAMES = 50
MAX_POINTER = 300
OAUTH_ERRORS: dict[type[Fault], str] = {CredentialsWrong: "invalid_grant", GrantUnsupported: "unsupported_grant_type"}
"""What RFC 6749, 5.2, calls these."""
DETAILS = {
    "missing": ("field_missing", "This is needed."),
    "extra_forbidden": ("field_unknown", "There is no such field."),
    "value_error": ("value_malformed", "This is not valid."),
    "uuid_parsing": ("id_malformed", "An id is a UUID in its usual form of 36 characters."),
    "literal_error": ("id_malformed", "An id is a UUID in its usual form of 36 characters."),
    "string_unicode": ("text_not_plain", "This is not valid Unicode."),
}
"""What Pydantic's errors are called here, where its own words would not do or could repeat the input."""


def problem(fault: Fault, *, request_id: str, status: int | None = None) -> Response:
    """The answer that a fault is over HTTP."""
    status = status or status_of(type(fault))
    body: dict[str, Any] = {
        "type": f"{TYPE_PREFIX}{fault.code}",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": fault.detail,
        "code": fault.code,
        "errors": [written(blame) for blame in fault.blames[:MAX_BLAMES]],
        "request_id": request_id,
    }
    oauth_error = OAUTH_ERRORS.get(type(fault))
    if oauth_error:
        body |= {"error": oauth_error, "error_description": fault.detail}
    headers = {}
    if isinstance(fault, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="farthing"'
    if isinstance(fault, Busy):
        headers["Retry-After"] = str(fault.retry_after_seconds)
    if isinstance(fault, IdTaken) and fault.location:
        headers["Location"] = fault.location
    return Response(json.dumps(body, ensure_ascii=False), status, headers, MEDIA_TYPE)


def written(blame: Blame) -> dict[str, Any]:
    """A blame as it goes over the wire: what isn't set is left out."""
    return BlameRead.model_validate(blame).model_dump(exclude_none=True)


def install(app: FastAPI) -> None:
    """Have the application answer everything that can go wrong."""
    app.add_exception_handler(Fault, _on_fault)
    app.add_exception_handler(NotModified, _on_not_modified)
    app.add_exception_handler(Replay, _on_replay)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for raised in DRIVER_ERRORS:
        app.add_exception_handler(raised, _on_database)
    app.add_exception_handler(Exception, _on_defect)


def request_id_of(request: Request) -> str:
    """The id that this request goes by."""
    return str(request.scope.get("farthing.request_id", ""))


async def _on_fault(request: Request, error: Exception) -> Response:
    assert isinstance(error, Fault)  # noqa: S101 - registered for faults
    return problem(error, request_id=request_id_of(request))


async def _on_not_modified(_request: Request, error: Exception) -> Response:
    assert isinstance(error, NotModified)  # noqa: S101 - as above
    return Response(status_code=304, headers=error.headers)


async def _on_replay(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replay)  # noqa: S101 - as above
    answer = error.answer
    headers = {**answer.headers, "Idempotency-Replayed": "true"}
    media = "application/json" if answer.body else None
    return Response(answer.body or None, answer.status, headers, media)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return problem(BodyMalformed(), request_id=request_id_of(request))
    blames: dict[tuple[str | None, str | None], Blame] = {}
    for each in errors:
        blame = _blame(each)
        blames.setdefault((blame.pointer, blame.parameter), blame)
    return problem(RequestInvalid(blames=tuple(blames.values())), request_id=request_id_of(request))


def _blame(error: dict[str, Any]) -> Blame:
    code, detail = DETAILS.get(error["type"], (error["type"], error["msg"]))
    place, *path = error["loc"]
    if place == "body":
        pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
        return Blame(code=code, detail=detail, pointer=pointer[:MAX_POINTER])
    return Blame(code=code, detail=detail, parameter=str(path[0])[:100] if path else str(place))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    request_id = request_id_of(request)
    if error.status_code == http.HTTPStatus.METHOD_NOT_ALLOWED:
        answer = problem(MethodUnsupported(), request_id=request_id, status=405)
        answer.headers["Allow"] = ", ".join(allowed_methods(request))
        return answer
    if error.status_code == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return problem(BodyTooLarge(), request_id=request_id)
    if error.status_code == http.HTTPStatus.NOT_FOUND:
        return problem(RouteUnknown(), request_id=request_id)
    return problem(BodyMalformed(), request_id=request_id)


def allowed_methods(request: Request) -> list[str]:
    """Every method that some route takes at this address."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches({**request.scope, "method": "OPTIONS"})
        if match is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


async def _on_database(request: Request, error: Exception) -> Response:
    request_id = request_id_of(request)
    state = getattr(error, "sqlstate", None)
    match trouble(error):
        case Trouble.BUSY:
            return problem(BookBusy(), request_id=request_id)
        case Trouble.SLOW:
            return problem(StatementTimedOut(), request_id=request_id)
        case Trouble.AWAY:
            logger().warning("database unavailable", error=type(error).__name__, sqlstate=state)
            return problem(DatabaseUnavailable(), request_id=request_id)
    logger().error(
        "database refused", sqlstate=state, constraint=getattr(error, "constraint_name", None), exc_info=error
    )
    return problem(InternalError(), request_id=request_id, status=500)


async def _on_defect(request: Request, error: Exception) -> Response:
    if not isinstance(error, asyncio.CancelledError):
        logger().error("defect", exc_info=error)
    return problem(InternalError(), request_id=request_id_of(request), status=500)
