"""The application: the rooms' routes behind one door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute

from farthing import __version__
from farthing.core.database import Database, check_wall
from farthing.core.permissions import ANYONE, IN_BOOK, OPERATOR, SIGNED_IN
from farthing.core.sealing import Seals
from farthing.core.secrets import previous_signing_key
from farthing.core.serving import Operation, needs_of, open_to
from farthing.core.settings import Settings
from farthing.core.storage import Storage
from farthing.core.work import Toolbox
from farthing.entrypoints.api import docs, health, openapi, pages
from farthing.entrypoints.api.doorkeeper import ApiDoorkeeper
from farthing.entrypoints.api.metrics import Metrics
from farthing.entrypoints.api.routing import Api
from farthing.entrypoints.api.shell import Shell
from farthing.entrypoints.worker.worker import JobWorker
from farthing.features.access_tokens import router as access_tokens
from farthing.features.accounts import router as accounts
from farthing.features.administration import router as administration
from farthing.features.attachments import router as attachments
from farthing.features.book_transfers import router as book_transfers
from farthing.features.books import router as books
from farthing.features.changes import router as changes
from farthing.features.checkpoints import router as checkpoints
from farthing.features.currencies import router as currencies
from farthing.features.departures import router as departures
from farthing.features.exports import router as exports
from farthing.features.exports.desk import ExportDesk
from farthing.features.factors import router as factors
from farthing.features.identity import router as identity
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.tokens import Tokens
from farthing.features.imports import router as imports
from farthing.features.imports.reading import FileReader
from farthing.features.insights import router as insights
from farthing.features.invitations import router as invitations
from farthing.features.jobs import router as jobs
from farthing.features.links import router as links
from farthing.features.matches import router as matches
from farthing.features.openid import router as openid
from farthing.features.openid.provider import OpenIdProvider
from farthing.features.payees import router as payees
from farthing.features.prices import router as prices
from farthing.features.records import router as records
from farthing.features.reports import router as reports
from farthing.features.reports.representations import RenderingDesk
from farthing.features.searches import router as searches
from farthing.features.settlements import router as settlements
from farthing.features.starters import router as starters
from farthing.features.tags import router as tags
from farthing.features.transactions import router as transactions
from farthing.features.undo import router as undo
from farthing.features.valuations import router as valuations

ROOMS = (
    starters.router,
    identity.router,
    access_tokens.router,
    factors.router,
    openid.router,
    administration.mine,
    administration.router,
    books.mine,
    books.router,
    invitations.mine,
    invitations.router,
    currencies.everyones,
    currencies.router,
    prices.router,
    accounts.router,
    accounts.groups,
    valuations.router,
    payees.router,
    tags.router,
    transactions.register,
    transactions.router,
    transactions.batch,
    checkpoints.router,
    checkpoints.reconciliations,
    attachments.router,
    searches.router,
    links.router,
    imports.router,
    imports.profiles,
    matches.merging,
    matches.router,
    settlements.agreements,
    settlements.router,
    reports.router,
    insights.router,
    insights.recurring,
    insights.forecasts,
    exports.mine,
    exports.router,
    departures.router,
    departures.people,
    departures.book_router,
    changes.router,
    records.router,
    undo.router,
    jobs.router,
    book_transfers.router,
)


GRACE_SECONDS = 0.5
"""How long jobs may take to end once requests have: then they are handed back. The supervisor doesn't wait for long."""


class PermissionsWrongError(RuntimeError):
    """A route says not, or not clearly, what it needs. The program must not start like that."""


def create_app(settings: Settings, signing_key: str, passwords: Passwords | None = None) -> Shell:
    """The application, in its shell.

    Args:
        settings: what the operator chose.
        signing_key: the Ed25519 private key that access tokens are signed with, PEM.
        passwords: what hashes passwords; None is argon2id at its recommended cost.
    """
    metrics = Metrics()
    return Shell(create_api(settings, signing_key, passwords or Passwords(), metrics), settings, metrics)


def create_api(settings: Settings, signing_key: str, passwords: Passwords, metrics: Metrics) -> Api:
    """The application without its shell."""
    tokens = Tokens(signing_key, seconds=settings.access_token_seconds, previous_key_pem=previous_signing_key(settings))
    reader = FileReader()
    tools = Toolbox(
        settings,
        passwords,
        tokens,
        reader,
        Storage(settings),
        ExportDesk(),
        RenderingDesk(),
        Seals(settings),
        OpenIdProvider(settings),
    )
    database = Database(settings)

    @asynccontextmanager
    async def live(_app: Any) -> AsyncIterator[None]:
        async with database:
            async with database.connect() as connection:
                await check_wall(connection)
            await passwords.warm_up()
            async with AsyncExitStack() as stack:
                if settings.worker == "inside":
                    worker = JobWorker(settings, tools)
                    await stack.enter_async_context(worker.working(grace_seconds=GRACE_SECONDS))
                yield
            reader.close()
            passwords.close()

    app = Api(
        (*ROOMS, health.router, metrics.router(), docs.router, pages.router, _document()),
        title="Farthing",
        version=__version__,
        lifespan=live,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=None,
    )
    app.state.doorkeeper = ApiDoorkeeper(database, tools)
    app.state.root_path = settings.root_path
    check_permissions(app.routes)
    return app


def check_permissions(routes: Iterable[Any]) -> None:
    """Make sure that each route says who may enter, in words of the table, and that each word is used.

    Raises:
        PermissionsWrongError: one doesn't.
    """
    used: set[str] = set()
    for route in routes:
        if not isinstance(route, APIRoute):
            raise PermissionsWrongError(f"{route!r} isn't a route that says what it needs")
        needs = needs_of(route.dependant)
        if len(needs) != 1 or not needs <= IN_BOOK | {SIGNED_IN, OPERATOR, ANYONE}:
            raise PermissionsWrongError(
                f"{sorted(route.methods or ())} {route.path} needs {sorted(needs) or 'nothing'}"
            )
        used |= needs
    if unused := IN_BOOK - used:
        raise PermissionsWrongError(f"no route needs {sorted(unused)}")


def _written(app: FastAPI) -> bytes:
    return json.dumps(openapi.describe(app), ensure_ascii=False, separators=(",", ":")).encode()


def _document() -> APIRouter:
    router = APIRouter(include_in_schema=False, route_class=Operation)
    making: list[asyncio.Task[bytes]] = []

    @router.get("/openapi.json", dependencies=[open_to(ANYONE)])
    async def get_openapi_document(request: Request) -> Response:
        """The OpenAPI document. It takes a second or two to make, once, whoever goes on waiting for it."""
        if not making:
            making.append(asyncio.create_task(run_in_threadpool(_written, request.app)))
        written = await asyncio.shield(making[0])
        return Response(written, media_type="application/json", headers={"Cache-Control": "no-cache"})

    return router
