"""OpenAPI: what FastAPI says of the routes, completed with what every operation may be answered.

Each fault comes with an example; what is common to all operations of a kind is added here, so that no route has to
repeat it and none can forget it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from farthing import __version__
from farthing.core.permissions import ANYONE, PERMISSIONS, SIGNED_IN, PermissionMissing
from farthing.core.serving import MediaUnsupported, ParameterUnknown, needs_of, status_of
from farthing.core.work import BookBusy, BookNotFound, KeyReused, SessionEnded
from farthing.entrypoints.api.errors import (
    BodyMalformed,
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    RequestInvalid,
    RequestTimedOut,
    StatementTimedOut,
    TooManyWaiting,
)
from farthing.entrypoints.api.problems import MEDIA_TYPE, TYPE_PREFIX, Problem
from farthing.features.identity.errors import TokenInvalid, TokenMissing
from farthing.kit.faults import Fault

ALWAYS = (TooManyWaiting, RequestTimedOut, StatementTimedOut, DatabaseUnavailable)
WITH_BODY = (BodyMalformed, BodyTooLarge, MediaUnsupported)
SIGNED = (TokenMissing, TokenInvalid, SessionEnded)
BOOK = (BookNotFound, PermissionMissing)
WRITE = (BookBusy, KeyReused)
DESCRIPTION = """\
The backend of a household's finances: exact double-entry books over HTTP.

**Sign in** with *Authorize* (e-mail address and password). **Books** hold accounts and transactions; `default` stands
for your own. **Amounts** are decimal strings, never JSON numbers. **Lists** come in pages: follow `next_cursor`.
**Retries** are safe with an `Idempotency-Key`; **lost updates** are impossible with `If-Match`; `dry_run=true` does
everything but keep it. **What goes wrong** is `application/problem+json` with a stable `code`.
"""
TAGS = {
    "starters": "Registering, and founding books.",
    "identity": "Signing in, staying signed in, signing out.",
    "books": "Books, their settings and their members.",
    "accounts": "The chart of accounts: where money can be, and the categories it comes from and goes to.",
    "transactions": "Recording, finding, changing.",
    "imports": "Statements of banks.",
    "reports": "What the books add up to.",
    "changes": "The log: who did what, and what records were before.",
    "operations": "For those who run the service.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document."""
    document = get_openapi(
        title="Farthing",
        version=__version__,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": app.root_path or "/"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem_schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem_schema.pop("$defs", {})
    schemas["Problem"] = problem_schema
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(document["paths"][route.path_format][method.lower()], route, method)
    return document


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    (needs,) = needs_of(route.dependant)
    declared = operation.get("responses", {})
    kinds: list[type[Fault]] = []
    for status in list(declared):
        kinds += declared[status].pop("faults", [])
        if status == "422" or not declared[status].get("content", {"": None}):
            declared.pop(status) if status == "422" else None
        elif set(declared[status]) <= {"description"} and not status.startswith("2"):
            declared.pop(status)
    kinds += _implied(route, needs, method)
    by_status: dict[int, list[type[Fault]]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(status_of(kind), []).append(kind)
    for status, faults in sorted(by_status.items()):
        declared[str(status)] = _answer(status, faults)
    declared["500"] = _answer(500, [InternalError])
    if method == "GET" and needs not in {ANYONE, SIGNED_IN}:
        declared["304"] = {"description": "Nothing has changed since the entity tag that was sent."}
        declared["200"].setdefault("headers", {}).update(_TAG_HEADERS)
    for status in ("200", "201"):
        if status in declared and "Location" not in declared[status].get("headers", {}) and status == "201":
            declared[status].setdefault("headers", {})["Location"] = {
                "description": "Where the record is.",
                "schema": {"type": "string"},
            }
    operation["responses"] = dict(sorted(declared.items()))
    operation["x-permission"] = needs
    if needs not in {ANYONE, SIGNED_IN}:
        roles = [role.value for role, words in PERMISSIONS.items() if needs in words]
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds `{needs}`: {', '.join(roles)}.".strip()


_TAG_HEADERS = {
    "ETag": {"description": "What to send as If-None-Match next time.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "`private, no-cache`: keep it, but ask.", "schema": {"type": "string"}},
}


def _implied(route: APIRoute, needs: str, method: str) -> list[type[Fault]]:
    kinds: list[type[Fault]] = [*ALWAYS, RequestInvalid, ParameterUnknown]
    if route.body_field is not None:
        kinds += WITH_BODY
    if needs == ANYONE:
        return kinds if route.path.startswith("/api/") else []
    kinds += SIGNED
    if needs != SIGNED_IN:
        kinds += BOOK
        if method != "GET":
            kinds += WRITE
    return kinds


def _answer(status: int, faults: list[type[Fault]]) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    return {
        "description": f"{title}: " + ", ".join(f"`{kind.code}`" for kind in faults),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    kind.code: {
                        "value": {
                            "type": f"{TYPE_PREFIX}{kind.code}",
                            "title": title,
                            "status": status,
                            "detail": kind.example(),
                            "code": kind.code,
                            "errors": [],
                            "request_id": "019aad3e7a107cc398c4dc0c0c07398f",
                        }
                    }
                    for kind in faults
                },
            }
        },
    }
