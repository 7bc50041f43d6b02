"""Problems: what a fault is over HTTP (RFC 9457), and how an operation documents those it may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field

from farthing.kit.faults import (
    BadRequest,
    Busy,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMedia,
)
from farthing.kit.wire import Answered

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:farthing:problem:"
STATUS: dict[type[Fault], int] = {
    BadRequest: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    NotAcceptable: 406,
    Conflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Invalid: 422,
    TooMany: 429,
    Busy: 503,
}
"""What each kind of fault is in HTTP."""


class BlameRead(Answered):
    """One field or parameter that is wrong."""

    code: Annotated[str, Field(examples=["amount_malformed"])]
    detail: Annotated[str, Field(examples=["An amount is a string."])]
    pointer: Annotated[
        str | None, Field(description="RFC 6901: where in the body.", examples=["/postings/0/amount"])
    ] = None
    parameter: Annotated[str | None, Field(description="Which parameter or header.", examples=["cursor"])] = None
    line: Annotated[int | None, Field(description="Which line of a file, from 1.", examples=[4])] = None


class Problem(Answered):
    """What went wrong (RFC 9457). ``code`` is stable; ``detail`` is for people."""

    type: Annotated[str, Field(examples=["urn:farthing:problem:request_invalid"])]
    title: Annotated[str, Field(examples=["Unprocessable Content"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=["Some fields or parameters are not valid; `errors` names them."])]
    code: Annotated[str, Field(examples=["request_invalid"])]
    errors: list[BlameRead]
    request_id: Annotated[str, Field(examples=["019aad3e7a107cc398c4dc0c0c07398f"])]


def status_of(kind: type[Fault]) -> int:
    """The HTTP status of a fault."""
    return next(status for family, status in STATUS.items() if issubclass(kind, family))


def faults(*kinds: type[Fault]) -> dict[int | str, dict[str, Any]]:
    """What may go wrong in an operation, for its documentation: each fault with an example."""
    by_status: dict[int, list[type[Fault]]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(status_of(kind), []).append(kind)
    return {status: documented(status, family) for status, family in sorted(by_status.items())}


def documented(status: int, kinds: list[type[Fault]]) -> dict[str, Any]:
    """One answer of an operation: the faults that have this status."""
    title = HTTPStatus(status).phrase
    return {
        "description": title,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    kind.code: {
                        "summary": kind.example(),
                        "value": {
                            "type": f"{TYPE_PREFIX}{kind.code}",
                            "title": title,
                            "status": status,
                            "detail": kind.example(),
                            "code": kind.code,
                            "errors": [],
                            "request_id": "019aad3e7a107cc398c4dc0c0c07398f",
                            **{name: kind.sample[name] for name in kind.members},
                        },
                    }
                    for kind in kinds
                },
            }
        },
    }
