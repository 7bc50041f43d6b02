"""Hostile values in every field of every operation: refused with the field named, or taken; never a failure.

``./run test tests/entrypoints/api/test_hostile.py --hostile 500`` sends 500 to each field; the suite sends a few, and
others to each field. The slowest answer is told at the end.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from tests.architecture.operations import ASKS, Operation, Own, Town, document, operations
from tests.hostile import hostile_json, hostile_texts
from tests.household import Client

DOCUMENT = document()
OPERATIONS = tuple(operation for operation in operations(DOCUMENT) if operation.path.startswith("/api/"))
SECONDS = 5.0
"""The longest that an answer may take, on a machine that does other things besides."""
PLACE = "\x00place\x00"
"""Stands in a body where the hostile value goes."""


@pytest.fixture(scope="module")
async def town(client: Client) -> Town:
    return await Town.built(client)


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, looked up where it is only named; of several, the one that has fields."""
    if "$ref" in schema:
        return schema_of(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for choice in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(choice, ()):
            if (found := schema_of(each)).keys() & {"properties", "items"}:
                return found
    return schema


def fields(schema: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, ...]]:
    """The paths of all fields of a body, those of the first element of a list included."""
    found = schema_of(schema)
    for name, inner in found.get("properties", {}).items():
        yield (name,)
        if depth < 2:
            yield from ((name, *path) for path in fields(inner, depth + 1))
    if "items" in found:
        yield from (("0", *path) for path in fields(found["items"], depth + 1))


def planted(body: Any, path: tuple[str, ...]) -> Any:
    """A body with the mark in a place, and what it takes to get there."""
    if not path:
        return PLACE
    name, *rest = path
    if name == "0":
        return [planted(body[0] if isinstance(body, list) and body else {}, tuple(rest))]
    known = body if isinstance(body, dict) else {}
    return known | {name: planted(known.get(name), tuple(rest))}


async def made(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


def check(answer: httpx2.Response, place: str, value: str) -> None:
    """Whatever the answer is: it isn't a failure, and if it is a refusal of the request, something is named."""
    told = f"{place} = {value[:80]!r}: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code < 500, told
    if answer.status_code == 422:
        read = answer.json()
        assert read["errors"], told
        assert all({"pointer", "parameter", "line"} & each.keys() for each in read["errors"]), told


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_no_value_in_any_field_is_more_than_it_can_take(
    town: Town, operation: Operation, pytestconfig: pytest.Config, record_property: Any
) -> None:
    count: int = pytestconfig.getoption("--hostile")
    slowest = (0.0, "")
    async for place, value, answer, seconds in attacked(town, operation, count):
        check(answer, f"{operation.name} {place}", value)
        assert seconds < SECONDS, f"{operation.name} {place} = {value[:80]!r}"
        slowest = max(slowest, (seconds, f"{operation.name} {place} = {value[:60]!r}"))
    record_property("slowest", slowest)


@dataclass(frozen=True)
class Asked:
    """A request that would succeed, to be spoilt in one place."""

    path: str
    params: dict[str, str]
    text: str | None
    form: dict[str, str] | None


async def attacked(
    town: Town, operation: Operation, count: int
) -> AsyncIterator[tuple[str, str, httpx2.Response, float]]:
    """Send hostile values to each field, parameter and id of an operation, one at a time."""
    ask = ASKS[operation.name]
    names = {"book_id": town.home.book_id} | {name: town.records[record] for name, record in ask.path.items()}
    headers = {"Authorization": f"Bearer {town.home.person.access_token}"}
    own = await ask.own(town, town.home.person.access_token) if ask.own else Own()
    names |= own.named
    body = own.json if own.json is not None else await made(ask.json(town)) if ask.json else None
    form = await made(ask.form(town)) if ask.form else None
    file = await ask.upload(town)
    params = ask.query | own.query | ({"dry_run": "true"} if "dry_run" in operation.parameters else {})
    text = json.dumps(body) if body is not None else None
    good = Asked(operation.path.format(**names), params, text, form)
    for place, value, asked in spoilt(operation, good, body, names, count):
        more = {"content-type": "application/json"} if asked.text is not None else {}
        begun = time.perf_counter()
        answer = await town.client.request(
            operation.method,
            asked.path,
            params=asked.params,
            headers=headers | more,
            content=asked.text,
            data=asked.form,
            files={"file": ("statement", file)} if file is not None else None,
        )
        yield place, value, answer, time.perf_counter() - begun


def spoilt(
    operation: Operation, good: Asked, body: Any, names: dict[str, str], count: int
) -> Iterator[tuple[str, str, Asked]]:
    """A good request with a hostile value in one place, for every place and value."""
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    if body is not None:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        for path in dict.fromkeys(fields(schema)):
            template = json.dumps(planted(body, path))
            for value in hostile_json(count, f"{operation.name}{path}"):
                yield "/".join(path), value, replace(good, text=template.replace(json.dumps(PLACE), value))
    for parameter in described.get("parameters", ()):
        name, where = parameter["name"], parameter["in"]
        for value in hostile_texts(count, f"{operation.name}{name}"):
            sendable = value.encode(errors="replace").decode()
            if where == "query":
                yield name, value, replace(good, params=good.params | {name: sendable})
            elif where == "path" and value not in {"", ".", ".."}:
                yield name, value, replace(good, path=operation.path.format(**names | {name: quote(sendable, safe="")}))
    for name in good.form or {}:
        for value in hostile_texts(count, f"{operation.name}{name}"):
            sendable = value.encode(errors="replace").decode()
            yield name, value, replace(good, form=(good.form or {}) | {name: sendable})
