"""What those who run the service meet: health, metrics, the documentation, a proxy's path prefix."""

from __future__ import annotations

import re

import asyncpg
from tests.features.answers import granted
from tests.household import Client, Household, serving

from farthing.entrypoints.api import openapi

ELSEWHERE = re.compile(r"""(?:src|href|action|url|import|fetch)\s*[=(]\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)


async def test_health_says_whether_the_process_lives_and_whether_the_database_does(client: Client) -> None:
    for path in ("/health", "/health/live"):
        assert granted(await client.get(path)) | {"version": ""} == {
            "status": "ok",
            "version": "",
            "database": "unchecked",
        }
    assert granted(await client.get("/health/ready"))["database"] == "ok"


async def test_without_its_database_it_is_not_ready_and_comes_back_with_it(
    server_url: str, fresh_database_url: str, signing_key: str
) -> None:
    name = fresh_database_url.rpartition("/")[2]
    async with serving(fresh_database_url, signing_key, registration="open") as client:
        home = await Household.founded(client)
        past = await asyncpg.connect(server_url)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await past.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        await past.execute(cut, name)
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")
        assert (await client.get("/health")).status_code == 200
        await past.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        assert (await client.get("/health/ready")).status_code == 200
        await home.record()
        await past.execute(cut, name)
        assert (await home.ask("GET", "/transactions")).status_code in {200, 503}
        assert (await home.ask("GET", "/transactions")).status_code == 200
        await past.close()


async def test_metrics_count_by_route_and_tell_no_paths(client: Client, household: Household) -> None:
    await household.got("/transactions")
    await client.get("/nowhere/at/all")
    text = (await client.get("/metrics")).text
    assert 'route="/api/v1/books/{book_id}/transactions",status="200"' in text
    assert household.book_id not in text
    assert "nowhere" not in text


async def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {asset.rpartition("/")[2] for asset in assets} >= {"swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"}
    assert all(asset.startswith("/") and not asset.startswith("//") for asset in assets)
    for asset in assets:
        assert (await client.get(asset)).status_code == 200
    assert not ELSEWHERE.search(page.text)
    assert not ELSEWHERE.search((await client.get("/docs/assets/swagger-ui.css")).text)
    assert not ELSEWHERE.search((await client.get("/docs/oauth2-redirect")).text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy
    assert (await client.get("/docs/assets/../app.py")).status_code == 404
    assert (await client.get("/docs/assets/nothing.js")).status_code == 404


async def test_the_document_names_every_permission_and_every_operation_once(client: Client) -> None:
    document = granted(await client.get("/openapi.json"))
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names)) >= 30
    for each in operations:
        assert each["x-permission"]
        assert each["summary"]
        if each["x-permission"] != "anyone":
            assert each["security"]
            assert "401" in each["responses"]


async def test_a_path_prefix_stands_before_what_answers_point_to(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, registration="open", root_path="/farthing") as client:
        home = await Household.founded(client)
        answer = await home.ask("POST", "/transactions", {"amount": "-1.00", "account": "Assets:Checking"})
        location = answer.headers["location"]
        assert location == f"/farthing/api/v1/books/{home.book_id}/transactions/{answer.json()['id']}"
        given = {"Authorization": f"Bearer {home.person.access_token}"}
        for path in (location, location.removeprefix("/farthing")):  # whether the proxy strips the prefix or not
            assert (await client.get(path, headers=given)).json()["id"] == answer.json()["id"]
        await home.record()
        page = await home.ask("GET", "/transactions", params={"limit": 1})
        assert page.headers["link"].startswith(f"</farthing/api/v1/books/{home.book_id}/transactions?")
        assert granted(await client.get("/openapi.json"))["servers"] == [{"url": "/farthing"}]
        assert openapi.describe(client.app.app)["servers"] == [{"url": "/farthing"}]
        assert 'src="/farthing/docs/assets/swagger-ui-bundle.js"' in (await client.get("/docs")).text
