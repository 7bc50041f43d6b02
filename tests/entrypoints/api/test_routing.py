"""Routing: every request finds the route that trying them all, one after another, would find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from starlette.routing import Match

from farthing.core.secrets import new_signing_key
from farthing.core.settings import Settings
from farthing.entrypoints.api.app import create_api
from farthing.entrypoints.api.errors import MethodUnsupported, RouteUnknown
from farthing.entrypoints.api.metrics import Metrics
from farthing.entrypoints.api.routing import AddressUnfit, Api
from farthing.features.identity.passwords import Passwords

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "NONSENSE")


@pytest.fixture(scope="module")
def api() -> Api:
    settings = Settings(database_url=SecretStr("postgresql://nobody@localhost/nothing"))
    passwords = Passwords()
    passwords.close()
    return create_api(settings, new_signing_key(), passwords, Metrics())


def addresses(api: Api) -> Iterator[str]:
    """Addresses of each route, and some beside them."""
    for route in api.routes:
        path = str(getattr(route, "path", ""))
        yield from (path, path + "/", path + "/x", path.replace("{", "").replace("}", ""), path.rpartition("/")[0])
        yield path.replace("}", "}/x")
        while "{" in path:
            before, _, rest = path.partition("{")
            path = before + "/" + rest.partition("}")[2]
            yield path.replace("//", "/")
            yield path
            path = before + "default" + rest.partition("}")[2]
            yield path
    yield from ("", "/", "//", "/api", "/api/v1", "/API/V1/me", "/x/\u00e9/%2F", "/" * 10_000)


def asked(method: str, path: str, root_path: str = "") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "root_path": root_path, "headers": []}


def test_a_request_finds_the_route_that_trying_them_all_would_find(api: Api) -> None:
    found = 0
    for path in set(addresses(api)):
        for method in METHODS:
            scope = asked(method, path)
            tried = [(route, *route.matches(scope)) for route in api.routes]
            full = next(((route, child) for route, match, child in tried if match is Match.FULL), None)
            partial = [route for route, match, _ in tried if match is Match.PARTIAL]
            if full is not None:
                assert api.index.choose(scope) is full[0], (method, path)
                assert scope["route"] is full[0]
                assert scope["path_params"] == full[1]["path_params"]
                found += 1
            elif partial:
                with pytest.raises(MethodUnsupported) as refused:
                    api.index.choose(scope)
                allowed = {method for route in partial for method in getattr(route, "methods", ())}
                assert refused.value.allowed == sorted(allowed | ({"HEAD"} if "GET" in allowed else set()))
                assert scope["route"] in partial
            else:
                with pytest.raises(RouteUnknown):
                    api.index.choose(scope)
    assert found > len(api.routes)


def test_a_line_break_is_part_of_an_address(api: Api) -> None:
    with pytest.raises(RouteUnknown):
        api.index.choose(asked("GET", "/api/v1/me\n"))


def test_a_prefix_that_the_proxy_left_in_the_path_is_not_part_of_the_address(api: Api) -> None:
    expected = api.index.choose(asked("GET", "/api/v1/me"))
    assert api.index.choose(asked("GET", "/farthing/api/v1/me", "/farthing")) is expected
    assert api.index.choose(asked("GET", "/api/v1/me", "/farthing")) is expected


def test_a_route_is_addressed_by_its_name(api: Api) -> None:
    assert api.url_path_for("get_book", book_id="default") == "/api/v1/books/default"


def test_of_two_addresses_that_fit_the_one_with_more_words_is_meant() -> None:
    router = APIRouter()

    @router.get("/imports/{import_id}")
    async def get_import(import_id: str) -> None: ...

    @router.get("/imports/rules")
    async def get_rules() -> None: ...

    @router.post("/{thing}/rules")
    async def make_rule(thing: str) -> None: ...

    index = Api([router]).index
    assert index.choose(asked("GET", "/imports/rules")) is index.named["get_rules"]
    assert index.choose(asked("GET", "/imports/1")) is index.named["get_import"]
    assert index.choose(asked("POST", "/imports/rules")) is index.named["make_rule"]
    with pytest.raises(MethodUnsupported) as refused:
        index.choose(asked("PUT", "/imports/rules"))
    assert refused.value.allowed == ["GET", "HEAD", "POST"]


@pytest.mark.parametrize("path", ["/{file}.csv", "/{file:path}", "/a{b}"])
def test_a_segment_that_is_half_a_parameter_stops_the_program(path: str) -> None:
    router = APIRouter()

    @router.get(path)
    async def get() -> None: ...

    with pytest.raises(AddressUnfit):
        Api([router])
