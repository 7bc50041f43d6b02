"""The documentation page: Swagger UI, served from an installed package. It loads nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.responses import FileResponse, HTMLResponse

from farthing.core.permissions import ANYONE
from farthing.core.serving import Operation, open_to
from farthing.entrypoints.api.errors import RouteUnknown

ASSETS = Path(fastapi_offline.__file__).parent / "static"
SERVED = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
# Swagger UI writes styles into the page, and its start stands in a script tag, which is let run as it is written here.
# Nothing but this origin is asked for anything.
CLOSED = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)

SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(include_in_schema=False, route_class=Operation, dependencies=[open_to(ANYONE)])


def _closed(page: HTMLResponse) -> Response:
    digests = (hashlib.sha256(script).digest() for script in SCRIPT.findall(bytes(page.body)))
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    page.headers["Content-Security-Policy"] = CLOSED.format(scripts=scripts)
    return page


@router.get("/docs")
async def get_docs(request: Request) -> Response:
    """The documentation, to read and to try."""
    root = request.scope.get("root_path", "").rstrip("/")
    return _closed(
        get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title="Farthing",
            swagger_js_url=f"{root}/docs/assets/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/assets/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs/assets/favicon.png",
            oauth2_redirect_url=f"{root}/docs/oauth2-redirect",
            swagger_ui_parameters={"persistAuthorization": False, "docExpansion": "none", "filter": True},
        )
    )


@router.get("/docs/oauth2-redirect")
async def get_docs_redirect() -> Response:
    """Where Swagger UI comes back to."""
    return _closed(get_swagger_ui_oauth2_redirect_html())


@router.get("/docs/assets/{name}")
async def get_docs_asset(name: str) -> Response:
    """A part of the page."""
    if name not in SERVED:
        raise RouteUnknown
    return FileResponse(ASSETS / name, media_type=SERVED[name], headers={"Cache-Control": "public, max-age=86400"})
