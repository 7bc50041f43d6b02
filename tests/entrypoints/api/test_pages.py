"""The pages that mails lead to: they run their own script, ask their own origin, and know nothing."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from tests.architecture.operations import document
from tests.household import Client

from farthing.entrypoints.api.pages import NAMES


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_runs_its_own_script_and_style_and_asks_its_own_origin(client: Client, name: str) -> None:
    page = await client.get(f"/{name}", headers={"Host": "evil.example"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy[f"{tag}-src"] == f"'sha256-{digest}'"
    assert (policy["default-src"], policy["connect-src"], policy["form-action"]) == ("'none'", "'self'", "'none'")
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert not re.search(r"https?://|\b(src|href|on\w+)=|innerHTML|evil", page.text)
    assert f'<form id="{name}" hidden>' in page.text


async def test_what_the_pages_ask_is_there_to_be_asked(client: Client) -> None:
    page = (await client.get("/reset-password")).text
    posts = {path for path, item in document()["paths"].items() if "post" in item}
    asked = {f"/api/v1{path}" for path in re.findall(r'ask\("([^"]+)"', page)}
    assert len(asked) >= 6
    for path in asked - {"/api/v1/invitations/"}:
        assert path in posts, path
    assert {"/api/v1/invitations/accept", "/api/v1/invitations/decline"} <= posts
