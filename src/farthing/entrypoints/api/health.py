"""Health: whether the process lives, and whether it is ready to serve."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from farthing import __version__
from farthing.core.permissions import ANYONE
from farthing.core.serving import Operation, open_to
from farthing.core.statements import prepared
from farthing.kit.wire import Answered

router = APIRouter(
    tags=["operations"],
    route_class=Operation,
    dependencies=[open_to(ANYONE)],
    generate_unique_id_function=lambda route: route.name,
)

_MIGRATED = prepared("SELECT FROM alembic_version")


class HealthRead(Answered):
    """How the service is."""

    status: Literal["ok", "unavailable"]
    version: Annotated[str, Field(examples=["0.1.0"])]
    database: Annotated[Literal["ok", "unavailable", "unchecked"], Field(examples=["ok"])]


@router.get("/health", response_model=HealthRead)
async def get_health() -> HealthRead:
    """Whether the process lives."""
    return HealthRead(status="ok", version=__version__, database="unchecked")


@router.get("/health/live", response_model=HealthRead)
async def get_liveness() -> HealthRead:
    """Whether the process lives."""
    return await get_health()


@router.get(
    "/health/ready",
    response_model=HealthRead,
    responses={503: {"model": HealthRead, "description": "Not ready: the database can't be reached."}},
)
async def get_readiness(request: Request, response: Response) -> HealthRead:
    """Whether the database answers too."""
    try:
        async with request.app.state.doorkeeper.database.connect() as connection:
            await connection.run(_MIGRATED)
    except Exception:  # noqa: BLE001 - whatever the reason, it isn't ready
        response.status_code = 503
        return HealthRead(status="unavailable", version=__version__, database="unavailable")
    return HealthRead(status="ok", version=__version__, database="ok")
