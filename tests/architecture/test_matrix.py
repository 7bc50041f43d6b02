"""Every operation answers everyone as the table of permissions says; and where one doesn't, the matrix finds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

import pytest
from tests.architecture.matrix import Caller, everyone, mistakes
from tests.architecture.operations import Operation, Town, document, operations
from tests.architecture.plain_sql import connected
from tests.household import Client

from farthing.core import work
from farthing.core.permissions import ANYONE, PERMISSIONS, PermissionMissing, Role
from farthing.core.serving import book_room, open_to, serve
from farthing.core.statements import Row
from farthing.entrypoints.api.routing import RouteIndex
from farthing.features.searches.models import SavedSearch
from farthing.features.searches.repository import SearchRepository
from farthing.features.tags.service.change import ChangeService
from farthing.kit.wire import Id

OPERATIONS = {operation.name: operation for operation in operations(document())}


@pytest.fixture(scope="module")
async def town(client: Client) -> Town:
    return await Town.built(client)


@pytest.fixture(scope="module")
async def callers(town: Town, database_url: str, signing_key: str) -> list[Caller]:
    return await everyone(town, database_url, signing_key)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
async def test_an_operation_answers_everyone_as_the_table_says(
    town: Town, callers: list[Caller], operation: Operation
) -> None:
    assert await mistakes(town, operation, callers) == []
