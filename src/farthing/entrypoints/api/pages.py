"""The pages that links in mails lead to, for people who have nothing but the mail and a browser.

A front end at the public address serves pages of its own under these names. Where there is none, these do the same by
the API, and nothing else. A token comes behind the ``#`` of the address: no server is told it before its person says
so, hence whatever looks links up before they are read uses nothing up.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from farthing.core.permissions import ANYONE
from farthing.core.serving import Operation, open_to

PAGE = Path(__file__).with_name("pages.html").read_text(encoding="utf-8")
NAMES = ("reset-password", "confirm-email", "accept-invitation")

router = APIRouter(include_in_schema=False, route_class=Operation, dependencies=[open_to(ANYONE)])


def _digest_of(tag: str) -> str:
    (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


# The script and the style as they are written here, this origin, and nothing else.
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; script-src {_digest_of('script')}; "
    f"style-src {_digest_of('style')}; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
}


async def get_page() -> Response:
    """A page that does what a mail asks for."""
    return HTMLResponse(PAGE, headers=HEADERS)


for each in NAMES:
    router.add_api_route(f"/{each}", get_page, methods=["GET"], name=f"get_page_{each.replace('-', '_')}")
