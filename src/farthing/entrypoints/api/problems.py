"""Problems: faults, and whatever else goes wrong, as ``application/problem+json`` (RFC 9457).

Never the input, never the text of an exception: either may hold what is nobody's business.
"""

from __future__ import annotations

import functools
import http
import json
from typing import Any

import asyncpg
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from farthing.core.database import Trouble, trouble
from farthing.core.logging import logger
from farthing.core.permissions import ScopeMissing
from farthing.core.problems import MEDIA_TYPE, TYPE_PREFIX, BlameRead, status_of
from farthing.core.serving import NotModified
from farthing.core.work import AccessTokenInvalid, BookBusy, IdTaken, Replay, SessionEnded
from farthing.entrypoints.api.errors import (
    BodyMalformed,
    DatabaseUnavailable,
    InternalError,
    MethodUnsupported,
    RequestInvalid,
    StatementTimedOut,
)
from farthing.features.identity.errors import CredentialsWrong, GrantUnsupported, SecondFactorRequired, TokenInvalid
from farthing.kit.faults import Blame, Busy, Fault, TooMany, Unauthenticated

REALM = 'Bearer realm="farthing"'
MAX_BLAMES = 50
MAX_POINTER = 300
OAUTH_ERRORS: dict[type[Fault], str] = {
    CredentialsWrong: "invalid_grant",
    SecondFactorRequired: "invalid_grant",
    GrantUnsupported: "unsupported_grant_type",
}
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
    body |= {name: fault.facts[name] for name in fault.members}
    oauth_error = OAUTH_ERRORS.get(type(fault))
    if oauth_error:
        body |= {"error": oauth_error, "error_description": fault.detail}
    headers = {}
    if isinstance(fault, Unauthenticated):
        shown = isinstance(fault, TokenInvalid | SessionEnded | AccessTokenInvalid)
        headers["WWW-Authenticate"] = f'{REALM}, error="invalid_token"' if shown else REALM  # RFC 6750, 3
    if isinstance(fault, ScopeMissing):
        headers["WWW-Authenticate"] = f'{REALM}, error="insufficient_scope", scope="{fault.facts["permission"]}"'
    if isinstance(fault, Busy):
        headers["Retry-After"] = str(fault.retry_after_seconds)
    if isinstance(fault, TooMany):
        # draft-ietf-httpapi-ratelimit-headers: what is bounded, what is left of it, and when there will be more.
        headers["Retry-After"] = str(fault.retry_after_seconds)
        headers["RateLimit-Policy"] = f'"{fault.policy}";q={fault.limit};w={fault.window_seconds}'
        headers["RateLimit"] = f'"{fault.policy}";r=0;t={fault.retry_after_seconds}'
    if isinstance(fault, IdTaken) and fault.location:
        headers["Location"] = fault.location
    return Response(json.dumps(body, ensure_ascii=False), status, headers, MEDIA_TYPE)


def written(blame: Blame) -> dict[str, Any]:
    """A blame as it goes over the wire: what isn't set is left out."""
    return BlameRead.model_validate(blame).model_dump(exclude_none=True)


@functools.singledispatch
def answer_to(error: Exception, request_id: str) -> Response:
    """The answer to a request that ended in an error, by the error's type. What has no name is a defect."""
    logger().error("defect", exc_info=error)
    return problem(InternalError(), request_id=request_id, status=500)


@answer_to.register
def _to_fault(fault: Fault, request_id: str) -> Response:
    return problem(fault, request_id=request_id)


@answer_to.register
def _to_method(fault: MethodUnsupported, request_id: str) -> Response:
    answer = problem(fault, request_id=request_id, status=405)
    answer.headers["Allow"] = ", ".join(fault.allowed)
    return answer


@answer_to.register
def _to_not_modified(unmodified: NotModified, _request_id: str) -> Response:
    return Response(status_code=304, headers=unmodified.headers)


@answer_to.register
def _to_replay(replay: Replay, _request_id: str) -> Response:
    answer = replay.answer
    headers = {**answer.headers, "Idempotency-Replayed": "true"}
    media = "application/json" if answer.body else None
    return Response(answer.body or None, answer.status, headers, media)


@answer_to.register
def _to_invalid(error: RequestValidationError, request_id: str) -> Response:
    blames: dict[tuple[str | None, str | None], Blame] = {}
    for each in error.errors():
        blame = _blame(each)
        blames.setdefault((blame.pointer, blame.parameter), blame)
    return problem(RequestInvalid(blames=tuple(blames.values())), request_id=request_id)


def _blame(error: dict[str, Any]) -> Blame:
    code, detail = DETAILS.get(error["type"], (error["type"], error["msg"]))
    place, *path = error["loc"]
    if place == "body":
        pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
        return Blame(code=code, detail=detail, pointer=pointer[:MAX_POINTER])
    return Blame(code=code, detail=detail, parameter=str(path[0])[:100] if path else str(place))


@answer_to.register
def _to_unreadable(_error: HTTPException, request_id: str) -> Response:
    return problem(BodyMalformed(), request_id=request_id)


@answer_to.register(asyncpg.PostgresError)
@answer_to.register(asyncpg.InterfaceError)
@answer_to.register(asyncpg.InternalClientError)
@answer_to.register(OSError)
def _to_database(error: Exception, request_id: str) -> Response:
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
