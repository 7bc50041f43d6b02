"""Every operation answers everyone as the table of permissions says; and where one doesn't, the matrix finds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import select
from tests.architecture.matrix import Caller, everyone, mistakes
from tests.architecture.operations import Operation, Town, document, operations
from tests.architecture.plain_sql import connected
from tests.household import Client

from farthing.core import work
from farthing.core.permissions import ANYONE, PERMISSIONS, PermissionMissing, Role
from farthing.core.serving import book_room, open_to, serve
from farthing.core.statements import Row
from farthing.core.work import Actor, BookNotFound, OpenBook
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


# --- Missing checks are planted, and found ---

Plant = Callable[[Town, str, pytest.MonkeyPatch], AbstractAsyncContextManager[None]]
"""Breaks a check: in the application that the town asks, or in the database of this address."""


@asynccontextmanager
async def routed(town: Town, planted: APIRouter) -> AsyncIterator[None]:
    """Have the application serve these routes in place of those with their names."""
    app = town.client.app.app
    index, names = app.index, {getattr(route, "name", "") for route in planted.routes}
    kept = [route for name, route in index.named.items() if name not in names]
    app.index = RouteIndex([*(route for route in planted.routes if isinstance(route, APIRoute)), *kept])
    yield
    app.index = index


@asynccontextmanager
async def asking_for_less(town: Town, _url: str, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A route asks for the word of its neighbour, which viewers have too."""
    planted = book_room(prefix="/tags", tag="tags")
    Changing = Annotated[ChangeService, serve(ChangeService, needs="jobs:write")]  # noqa: N806 - a type

    async def delete_tag(tags: Changing, tag_id: Id) -> None:
        await tags.delete(tag_id, from_transactions=True, override_lock=False)

    delete_tag.__annotations__ |= {"tags": Changing, "tag_id": Id}
    planted.delete("/{tag_id}", status_code=204)(delete_tag)
    async with routed(town, planted):
        yield


@asynccontextmanager
async def asking_nobody(town: Town, _url: str, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A route has lost what says who may enter."""
    planted = book_room(prefix="/digest", tag="changes")

    async def get_digest(book_id: str) -> dict[str, str]:
        return {"book": book_id}

    planted.get("", dependencies=[open_to(ANYONE)])(get_digest)
    async with routed(town, planted):
        yield


@asynccontextmanager
async def replaced(url: str, function: str, old: str, new: str) -> AsyncIterator[None]:
    """Have a function of PostgreSQL say something else in one place."""
    async with connected(url) as superuser:
        whole = await superuser.fetchval("SELECT pg_get_functiondef($1::regproc)", function)
        assert old in whole
        await superuser.execute(whole.replace(old, new))
        yield
        await superuser.execute(whole)


@asynccontextmanager
async def membership_unasked(_town: Town, url: str, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Whoever knows a book's id is let in: the gate looks for anyone's membership, as one whom no policy binds."""
    async with (
        replaced(url, "open_for_read", "AND m.user_id = asking", "AND m.role = 'owner'"),
        replaced(url, "open_for_read", "LANGUAGE plpgsql", "LANGUAGE plpgsql SECURITY DEFINER"),
    ):
        yield


@asynccontextmanager
async def tokens_without_end(_town: Town, url: str, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Nobody looks whether a token has expired."""
    async with replaced(url, "bearer_of_token", "AND t.expires_at > now()", ""):
        yield


@asynccontextmanager
async def tokens_for_all_books(_town: Town, url: str, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A token opens books that it wasn't made for."""
    async with replaced(url, "open_for_read_with_token", "token_books IS NOT NULL", "false"):
        yield


@asynccontextmanager
async def scopes_unasked(_town: Town, _url: str, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A token does whatever its owner may."""

    def allow(role: Role, permission: str, _scopes: frozenset[str] | None = None) -> None:
        if permission not in PERMISSIONS[role]:
            raise PermissionMissing(permission=permission, role=role.value)

    with patch.context() as patched:
        patched.setattr(work, "allow", allow)
        yield


@asynccontextmanager
async def book_forgotten(_town: Town, url: str, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A repository forgets the book, and the table's policy is off: either alone would hold."""

    async def get(self: SearchRepository, search_id: UUID) -> Row | None:
        return await self.row(select(SavedSearch.__table__).where(SavedSearch.id == search_id))

    async with connected(url) as superuser:
        await superuser.execute("ALTER TABLE saved_searches DISABLE ROW LEVEL SECURITY")
        with patch.context() as patched:
            patched.setattr(SearchRepository, "get", get)
            yield
        await superuser.execute("ALTER TABLE saved_searches ENABLE ROW LEVEL SECURITY")


@asynccontextmanager
async def book_admitted_to(town: Town, _url: str, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A stranger is told that they may not, where they should be told that there is nothing."""
    opened = work._opened

    def opening(found: Row, needs: str, who: Actor) -> OpenBook:
        try:
            return opened(found, needs, who)
        except BookNotFound:
            if str(who.user_id) == town.stranger.id:
                raise PermissionMissing(permission=needs, role="none") from None
            raise

    with patch.context() as patched:
        patched.setattr(work, "_opened", opening)
        yield


@asynccontextmanager
async def role_kept(_town: Town, url: str, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Who once was an admin is one still: the gate goes by what members were when they came."""
    came_as = "coalesce((SELECT h.before->>'role' FROM history h WHERE h.record_id = asking LIMIT 1), m.role)"
    async with (
        replaced(url, "open_for_write", "b.id, m.role", f"b.id, {came_as}"),
        replaced(url, "open_for_read", "b.id, m.role", f"b.id, {came_as}"),
    ):
        yield


READ, WRITE, RECORD = "list_accounts", "create_tag", "get_saved_search"
SAMPLE = (READ, WRITE, RECORD, "delete_tag", "get_digest", "get_trial_balance", "list_books", "get_health")
PLANTS: dict[str, tuple[Plant, str, str]] = {
    "a route asks for less than it should": (asking_for_less, "delete_tag", "viewer"),
    "a route asks nobody who they are": (asking_nobody, "get_digest", "nobody"),
    "membership isn't asked for": (membership_unasked, READ, "stranger"),
    "a role is kept too long": (role_kept, WRITE, "demoted admin"),
    "a token has no end": (tokens_without_end, READ, "expired token"),
    "a token opens every book": (tokens_for_all_books, READ, "token for another book"),
    "a token does all that its owner may": (scopes_unasked, READ, "token for reports"),
    "a service forgets the book, with the policy off": (book_forgotten, RECORD, "stranger"),
    "a stranger learns that there is a book": (book_admitted_to, READ, "stranger"),
}


async def test_without_a_plant_nothing_is_found(town: Town, callers: list[Caller]) -> None:
    assert [await mistakes(town, OPERATIONS[name], callers) for name in SAMPLE] == [[]] * len(SAMPLE)


@pytest.mark.parametrize("planted", PLANTS)
async def test_a_missing_check_is_found(
    town: Town, callers: list[Caller], database_url: str, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    plant, operation, who = PLANTS[planted]
    async with plant(town, database_url, monkeypatch):
        found = [each for name in SAMPLE for each in await mistakes(town, OPERATIONS[name], callers)]
    assert any(each.startswith(f"{operation}: ") and who in each for each in found), found
    assert not any(each.startswith("get_health") for each in found), found
    assert await mistakes(town, OPERATIONS[operation], callers) == [], "the plant was pulled out again"
