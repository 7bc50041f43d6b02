"""OpenAPI: what FastAPI says of the routes, completed with what every operation may be answered.

Each fault comes with an example; what is common to all operations of a kind is added here, so that no route has to
repeat it and none can forget it.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from farthing import __version__
from farthing.core.permissions import (
    ANYONE,
    IN_BOOK,
    OPERATOR,
    PERMISSIONS,
    OperatorOnly,
    PermissionMissing,
    ScopeMissing,
    SignInNeeded,
)
from farthing.core.problems import MEDIA_TYPE, Problem, documented, faults
from farthing.core.serving import MediaUnsupported, ParameterUnknown, needs_of, scope_of
from farthing.core.work import AccessTokenInvalid, BookBusy, BookNotFound, KeyReused, SessionEnded
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
from farthing.features.identity.errors import TokenInvalid, TokenMissing
from farthing.kit.faults import Fault

ALWAYS = (TooManyWaiting, RequestTimedOut, StatementTimedOut, DatabaseUnavailable)
WITH_BODY = (BodyMalformed, BodyTooLarge, MediaUnsupported)
SIGNED = (TokenMissing, TokenInvalid, SessionEnded, AccessTokenInvalid)
BOOK = (BookNotFound, PermissionMissing)
WRITE = (BookBusy, KeyReused)
DESCRIPTION = """\
The backend of a household's finances: exact double-entry books over HTTP.

**Sign in** with *Authorize* (e-mail address and password), or give a personal access token. **Books** hold accounts and
transactions; `default` stands for your own. **Amounts** are decimal strings, never JSON numbers. **Lists** come in
pages: follow `next_cursor`. **Retries** are safe with an `Idempotency-Key`; **lost updates** are impossible with
`If-Match`; `dry_run=true` does everything but keep it. **What goes wrong** is `application/problem+json` with a stable
`code`.
"""
FORMS = {
    "Body_attach_to_account": "AccountAttachmentCreate",
    "Body_attach_to_transaction": "TransactionAttachmentCreate",
    "Body_create_import": "ImportCreate",
    "Body_create_token": "TokenCreate",
}
"""Forms, which FastAPI names after their operations, as they are called in the document."""
SECOND_SCHEME = "PersonalAccessToken"
"""What the second way to say who one is goes by."""
PLACELESS = frozenset(
    {"add_passkey", "begin_authenticator", "create_admission", "link_openid", "record_transactions", "register_person"}
)
"""What makes something, but not one record with an address."""
TAGS = {
    "starters": "Registering, and founding books.",
    "administration": "Running an instance: its people, its settings, who is let in, and what happened.",
    "identity": "Signing in, staying signed in, signing out.",
    "access tokens": "What programs are given instead of a password: some rights, in some books, for some time.",
    "books": "Books, their settings and their members.",
    "currencies": "Those of ISO 4217, and a book's own: coins, shares, miles.",
    "prices": "What a unit of a currency, a coin or a share was worth on a day.",
    "accounts": "The chart of accounts: where money can be, and the categories it comes from and goes to.",
    "account groups": "Accounts as people group them, in their order.",
    "valuations": "What things are worth on a day: houses, cars, funds.",
    "payees": "Who money goes to and comes from: their names, aliases and default categories.",
    "invitations": "How people come to share a book.",
    "tags": "Words on transactions, across accounts and categories.",
    "transactions": "Recording, finding, changing.",
    "checkpoints": "What accounts are stated to have held, and reconciling them with statements.",
    "attachments": "Files of transactions and of accounts: receipts, contracts.",
    "book transfers": "Money that moves from one book to another.",
    "links": "Refunds and reimbursements: which money that came back belongs to which that was spent.",
    "matches": "Transactions that look like one: proposed, merged, or turned down.",
    "imports": "Statements of banks.",
    "insights": "What recurs, what is unusual, what accounts are going to hold.",
    "settlements": "What members share, who owes whom, and settling up.",
    "reports": "What the books add up to.",
    "jobs": "What was put off: how far it is, and what came of it.",
    "exports": "Files of what a book holds, for other programs and for good.",
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
        servers=[{"url": app.state.root_path or "/"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem_schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem_schema.pop("$defs", {})
    schemas["Problem"] = problem_schema
    document["components"]["securitySchemes"][SECOND_SCHEME] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "farthing_pat_…",
        "description": "A personal access token. It does what carries one of its scopes, as far as its owner may.",
    }
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for old, new in FORMS.items():
        schemas[new] = schemas.pop(old) | {"title": new}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(document["paths"][route.path_format][method.lower()], route, method)
    for schema in schemas.values():
        if "examples" not in schema:
            schema["examples"] = [_example(schema, schemas)]
    written = json.dumps(document)
    for old, new in FORMS.items():
        written = written.replace(f'#/components/schemas/{old}"', f'#/components/schemas/{new}"')
    described: dict[str, Any] = json.loads(written)
    return described


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:  # noqa: PLR0911 - a line for each kind
    """An example of a schema, made of the examples of its parts."""
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(schema[choice][0], schemas)
    if "properties" in schema:
        return {name: _example(part, schemas) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(schema["items"], schemas)]
    return {"string": "text", "integer": 1, "boolean": False, "object": {}}.get(schema.get("type", ""))


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    (needs,) = needs_of(route.dependant)
    declared = operation.get("responses", {})
    if MEDIA_TYPE not in declared.get("422", {}).get("content", {}):
        declared.pop("422", None)  # FastAPI's own, which is answered otherwise here
    declared.get("422", {}).get("content", {}).pop("application/json", None)
    common = faults(*_implied(route, needs, method)) | {500: documented(500, [InternalError])}
    for status, answer in common.items():
        known = declared.setdefault(str(status), answer)
        examples = known.get("content", {}).get(MEDIA_TYPE, {}).get("examples")
        if examples is not None:
            examples |= answer["content"][MEDIA_TYPE]["examples"]
        else:
            known.setdefault("content", {}).update(answer["content"])
    if any(parameter["name"] == "if-none-match" for parameter in operation.get("parameters", ())):
        declared["304"] = {"description": "Nothing has changed since the entity tag that was sent."}
        declared["200"].setdefault("headers", {}).update(_TAG_HEADERS)
    if "201" in declared and route.name not in PLACELESS:
        declared["201"].setdefault("headers", {}).update(_PLACE)
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "book_id":
            parameter["example"] = "default"  # so that trying it out needs no look-up
    operation["responses"] = dict(sorted(declared.items()))
    operation["x-permission"] = needs
    if needs != ANYONE and (scope := scope_of(route.dependant)) is not None:
        operation["security"].append({SECOND_SCHEME: [scope]})
    if needs in IN_BOOK:
        roles = [role.value for role, words in PERMISSIONS.items() if needs in words]
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds `{needs}`: {', '.join(roles)}.".strip()


_PLACE = {"Location": {"description": "Where the record is.", "schema": {"type": "string"}}}
_TAG_HEADERS = {
    "ETag": {"description": "What to send as If-None-Match next time.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "`private, no-cache`: keep it, but ask.", "schema": {"type": "string"}},
}


def _implied(route: APIRoute, needs: str, method: str) -> list[type[Fault]]:
    kinds: list[type[Fault]] = [*ALWAYS, RequestInvalid, ParameterUnknown]
    if route.body_field is not None:
        kinds += WITH_BODY
    elif route.dependant.query_params:
        kinds.append(BodyMalformed)  # parameters that are too long
    if needs == ANYONE:
        return kinds if route.path.startswith("/api/") else []
    kinds += SIGNED
    kinds.append(SignInNeeded if scope_of(route.dependant) is None else ScopeMissing)
    if needs == OPERATOR:
        kinds.append(OperatorOnly)
    if needs in IN_BOOK:
        kinds += BOOK
        if method != "GET":
            kinds += WRITE
    return kinds
