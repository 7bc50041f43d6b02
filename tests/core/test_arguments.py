"""Arguments are read by FastAPI's own rules: an operation answers as FastAPI's own route would, word for word."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx2
import pytest
from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    Path,
    Query,
    Request,
    Response,
    UploadFile,
)
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel, ConfigDict, Field

from farthing.core.arguments import Unservable
from farthing.core.serving import UNHEEDED, Operation, WorkRoute, serve

ID = "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"
bearer = OAuth2PasswordBearer(tokenUrl="/token", auto_error=False)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    colours: list[Colour] | None = None
    since: Annotated[str | None, Field(alias="from", max_length=5)] = None


class Made(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=2)]
    size: int = 1


async def known(
    book_id: Annotated[UUID | Literal["default"], Path()],
    token: Annotated[str | None, Depends(bearer)],
    key: Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]+$")] = None,
    if_match: Annotated[str | None, Header(max_length=10)] = None,
    dry_run: Annotated[bool, Query()] = False,
) -> list[Any]:
    return [book_id, token, key, if_match, dry_run]


Known = Annotated[list[Any], Depends(known)]


def application(route_class: type[APIRoute]) -> FastAPI:
    router = APIRouter(prefix="/{book_id}", route_class=route_class)

    @router.get("/listed")
    async def listed(who: Known, wanted: Annotated[Wanted, Query()], response: Response) -> Any:
        response.headers["X-Told"] = "yes"
        return [who, wanted]

    @router.get("/asked")
    async def asked(who: Known, colour: Colour, count: Annotated[int, Query(gt=0)] = 3) -> Any:
        return [who, colour, count]

    @router.post("/made", status_code=201)
    async def make(request: Request, who: Known, made: Made) -> Any:
        return [request.url.path, who, made]

    @router.post("/either", status_code=202)
    async def either(who: Known, first: Annotated[int, Body()], second: Annotated[str | None, Body()] = None) -> Any:
        return [who, first, second]

    @router.post("/signed")
    async def sign(who: Known, user: Annotated[str, Form(max_length=5)], scope: Annotated[str, Form()] = "all") -> Any:
        return [who, user, scope]

    @router.post("/handed")
    async def hand(who: Known, file: Annotated[UploadFile, File()], note: Annotated[str | None, Form()] = None) -> Any:
        return [who, file.filename, (await file.read()).decode(), note]

    @router.delete("/gone", status_code=204)
    async def drop(who: Known) -> None:
        """Nothing to say."""

    app = FastAPI(openapi_url=None)
    app.router.routes.extend(router.routes)
    return app


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"/{ID}/listed", {}),
    ("GET", "/default/listed", {"params": {"limit": "7", "from": "abc"}}),
    ("GET", "/default/listed", {"params": [("colours", "red"), ("colours", "blue"), ("limit", "1"), ("limit", "2")]}),
    ("GET", "/default/listed", {"params": {"colours": "green", "limit": "0", "from": "too long"}}),
    ("GET", "/neither/listed", {"params": {"limit": "x"}, "headers": {"Idempotency-Key": "a b"}}),
    ("GET", "/default/listed", {"params": {"limit": "", "from": ""}}),
    ("GET", "/default/asked", {}),
    ("GET", "/default/asked", {"params": {"colour": "red", "dry_run": "true"}}),
    ("GET", "/default/asked", {"params": {"colour": "green", "count": "0", "dry_run": "perhaps"}}),
    ("GET", "/default/asked", {"params": {"colour": "red", "count": ""}}),
    ("POST", f"/{ID}/made", {"json": {"name": "ab"}}),
    ("POST", f"/{ID}/made", {"json": {"name": "a", "x": 1, "size": "many"}, "headers": {"If-Match": "x" * 11}}),
    ("POST", "/neither/made", {"json": {}}),
    ("POST", "/default/made", {}),
    ("POST", "/default/made", {"json": None}),
    ("POST", "/default/made", {"json": []}),
    ("POST", "/default/made", {"json": {"name": "ab"}, "headers": {"Idempotency-Key": "k", "If-Match": '"1"'}}),
    ("POST", "/default/either", {"json": {"first": 1}}),
    ("POST", "/default/either", {"json": {"second": 1}}),
    ("POST", "/default/either", {"json": [1]}),
    ("POST", "/default/signed", {"data": {"user": "ada"}}),
    ("POST", "/default/signed", {"data": {"user": "ada lovelace", "scope": ""}}),
    ("POST", "/default/signed", {}),
    ("POST", "/default/handed", {"files": {"file": ("a.csv", b"1;2")}, "data": {"note": "n"}}),
    ("POST", "/default/handed", {"data": {"note": "n"}}),
    ("POST", "/default/handed", {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}}),
    ("DELETE", "/default/gone", {}),
]


@pytest.mark.parametrize("asked", ASKED, ids=range(len(ASKED)))
@pytest.mark.parametrize("signed_in", [True, False])
async def test_an_operation_answers_as_fastapi_would(asked: tuple[str, str, dict[str, Any]], signed_in: bool) -> None:
    method, path, options = asked
    headers = options.get("headers", {}) | ({"Authorization": "Bearer token"} if signed_in else {})
    answers = []
    for route_class in (APIRoute, Operation):
        transport = httpx2.ASGITransport(app=application(route_class))
        async with httpx2.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
            answers.append(await client.request(method, path, **(options | {"headers": headers})))
    expected, answer = answers
    assert (answer.status_code, answer.content) == (expected.status_code, expected.content)
    assert dict(answer.headers) == dict(expected.headers)


async def _with_cookie(colour: Annotated[str, Cookie()]) -> None: ...


async def _with_tasks(tasks: BackgroundTasks) -> None: ...


async def _with_scopes(scopes: SecurityScopes) -> None: ...


async def _with_list(colours: Annotated[list[str], Query()]) -> None: ...


def _not_async() -> None: ...


async def _with_nothing() -> None: ...


served = serve(lambda work: work, needs="accounts:read")


@pytest.mark.parametrize("endpoint", [_with_cookie, _with_tasks, _with_scopes, _with_list, _not_async])
def test_a_route_that_asks_for_what_is_not_read_is_never_served(endpoint: Any) -> None:
    with pytest.raises(Unservable):
        Operation("/", endpoint)


@pytest.mark.parametrize("option", UNHEEDED)
def test_an_option_that_nothing_heeds_is_refused(option: str) -> None:
    with pytest.raises(Unservable, match=option):
        Operation("/", _with_nothing, **{option: 1})


def test_a_route_opens_one_unit_of_work_at_most() -> None:
    async def twice(first: Annotated[Any, served], second: Annotated[Any, served]) -> None: ...

    with pytest.raises(Unservable, match="more than one"):
        WorkRoute("/{book_id}", twice)
