"""What every answer says to browsers and caches, whatever it is about and however it ends."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx2
import pytest
from tests.architecture.operations import ANYONE, ASKS, Operation, document, operations
from tests.entrypoints.api.answering import unfit
from tests.household import Client, Household

from farthing.kit import ids

OPERATIONS = tuple(operations(document()))


async def _errors(client: Client, operation: Operation) -> list[tuple[int, httpx2.Response]]:
    """What an operation answers to those who ask it wrongly, each with the status that it should have."""
    ask, method = ASKS[operation.name], operation.method
    named = {name: str(ids.new_id()) for name in ("book_id", *ask.path)} | {"revision": "1"}
    path = operation.path.format(**named)
    errors = [(405, await client.request("TRACE", path))]
    if not operation.path.startswith("/api/"):
        return errors
    errors.append((422, await client.request(method, path, params={"no_such_parameter": "1"})))
    errors.append((404, await client.request(method, f"{path}/x/y/z")))
    if operation.needs != ANYONE:
        errors.append((401, await client.request(method, path, headers={"Authorization": "Bearer garbage"})))
    if ask.json or ask.form or ask.file:
        errors.append((415, await client.request(method, path, content=b"x", headers={"Content-Type": "text/csv"})))
    return errors


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_what_goes_wrong_is_said_as_everything_is(client: Client, operation: Operation) -> None:
    for status, answer in await _errors(client, operation):
        assert answer.status_code == status, answer.text
        assert unfit(answer) is None
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"


async def test_what_is_somebodys_is_kept_by_nobody_else(household: Household) -> None:
    for path in ("/transactions", "/accounts", "", "/members", "/reports/trial-balance"):
        answer = await household.ask("GET", path)
        assert answer.headers["cache-control"] in {"private, no-cache", "no-store"}
        if answer.headers["cache-control"] != "no-store":
            assert "Authorization" in answer.headers["vary"]
    assert (await household.person.ask("GET", "/me")).headers["cache-control"] == "no-store"


async def test_https_is_asked_for_where_it_is_there(client: Client) -> None:
    for path in ("/health", "/api/v1/me", "/nowhere", "/docs"):
        assert "strict-transport-security" not in (await client.get(path)).headers
        safe = await client.get(f"https://farthing.test{path}")
        assert safe.headers.get_list("strict-transport-security") == ["max-age=31536000"]


async def test_the_page_of_documentation_runs_its_own_scripts_and_no_others(client: Client) -> None:
    for path in ("/docs", "/docs/oauth2-redirect"):
        page = await client.get(path)
        policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
        scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
        assert len(scripts) == 1
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert policy["script-src"] == f"'self' 'sha256-{digest}'"
        assert (policy["default-src"], policy["connect-src"], policy["frame-ancestors"]) == (
            "'none'",
            "'self'",
            "'none'",
        )
        assert " onload=" not in page.text
        assert "javascript:" not in page.text
    for name in re.findall(r'(?:src|href)="([^"]+)"', (await client.get("/docs")).text):
        asset = await client.get(name)
        assert unfit(asset) is None
        assert asset.headers["cache-control"].startswith("public")
    missing = await client.get("/docs/assets/secret.txt")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
