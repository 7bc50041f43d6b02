"""The doorkeeper: reads the token, opens the unit of work, ends it. The only place where HTTP work is committed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from uuid import UUID

from fastapi import Request

from farthing import __version__
from farthing.core.connection import Begin, Connection
from farthing.core.database import Database
from farthing.core.serving import NotModified, Tag, entity_tags, tagged
from farthing.core.work import AccessTokenInvalid, Actor, Bearer, Toolbox, Work, open_as, open_to_read, open_to_write
from farthing.core.work import Request as Asked
from farthing.entrypoints.commit import commit, commit_work
from farthing.features.access_tokens.text import digest_of, is_meant, is_whole
from farthing.features.access_tokens.uses import TokenUses
from farthing.features.identity.errors import TokenMissing
from farthing.features.identity.models import MAX_ADDRESS, MAX_DEVICE
from farthing.features.identity.tokens import Tokens
from farthing.features.prices.service.reference import reference_state
from farthing.kit.faults import Fault

NOT_ASKED = frozenset({"dry_run"})
"""Parameters that don't change what is asked."""
OF_TODAY = frozenset({Tag.BOOK_TODAY, Tag.BOOK_RATES, Tag.BOOK_RATES_IF_ASKED})
ASKS_FOR_RATES = frozenset({"currency", "valued"})
"""Parameters by which amounts are converted."""


class ApiDoorkeeper:
    """Opens units of work for requests."""

    def __init__(self, database: Database, tools: Toolbox) -> None:
        self.database = database
        self.tools = tools
        self.uses = TokenUses()

    @asynccontextmanager
    async def read(
        self, request: Request, actor: Actor | Bearer, *, book_id: UUID | None, needs: str, tag: Tag
    ) -> AsyncIterator[Work]:
        """A work that reads a book, from one snapshot.

        Raises:
            NotModified: nothing has changed since what the caller has; told from one look-up.
        """
        async with self._connected(actor) as connection:
            if tag is not Tag.RECORD and "if-none-match" in request.headers:
                # Mostly nothing has changed, and that is told from one statement that needs no transaction around it.
                glance = await open_to_read(
                    connection, actor, book_id, needs=needs, request=_asked(request), tools=self.tools
                )
                _refuse_if_seen(request, glance, tag, await _rates_state(request, connection, tag))
            await connection.begin(Begin.READING)
            work = await open_to_read(
                connection, actor, book_id, needs=needs, request=_asked(request), tools=self.tools
            )
            if tag is not Tag.RECORD:
                rates_state = await _rates_state(request, connection, tag)
                request.state.tag_headers = _refuse_if_seen(request, work, tag, rates_state)
            yield work

    @asynccontextmanager
    async def write(
        self,
        request: Request,
        actor: Actor | Bearer,
        *,
        book_id: UUID | None,
        needs: str,
        key: str | None,
        expected: frozenset[str] | None,
        dry_run: bool,
    ) -> AsyncIterator[Work]:
        """A work that writes to a book, committed at the end unless it is a dry run."""
        asked = Asked(_operation(request), key, await _digest(request) if key else None)
        async with self._connected(actor) as connection:
            await connection.begin(Begin.WRITING)
            work = await open_to_write(connection, actor, book_id, needs=needs, request=asked, tools=self.tools)
            work.expected = expected
            work.dry_run = dry_run
            yield work
            if not dry_run:
                await commit_work(work)

    @asynccontextmanager
    async def aside(
        self, request: Request, actor: Actor | Bearer, *, book_id: UUID | None, needs: str, dry_run: bool
    ) -> AsyncIterator[Work]:
        """A work that writes what takes no revision. The book isn't locked, and nothing goes into its log."""
        async with self._connected(actor) as connection:
            await connection.begin(Begin.WRITING)
            work = await open_to_read(
                connection, actor, book_id, needs=needs, request=_asked(request), tools=self.tools
            )
            work.dry_run = dry_run
            yield work
            if not dry_run:
                await commit(connection)

    @asynccontextmanager
    async def person(self, request: Request, actor: Actor | Bearer, *, scope: str | None) -> AsyncIterator[Work]:
        """A work about the person signed in, or the owner of a token with this scope.

        Some faults stand by what was done: a wrong password is written down.
        """
        async with self._connected(actor) as connection:
            await connection.begin(Begin.WRITING)
            async with _standing(connection):
                yield await open_as(connection, actor, request=_told(request), tools=self.tools, scope=scope)

    @asynccontextmanager
    async def anyone(self, request: Request) -> AsyncIterator[Work]:
        """A work for someone who isn't signed in. Some faults stand by what was done: a stolen token stays ended."""
        async with self.database.connect() as connection:
            await connection.begin(Begin.WRITING)
            async with _standing(connection):
                yield Work(connection, _told(request), self.tools)

    @asynccontextmanager
    async def _connected(self, actor: Actor | Bearer) -> AsyncIterator[Connection]:
        """A connection. Where a personal access token is shown, that it is used is written down, once a minute."""
        async with self.database.connect() as connection:
            if isinstance(actor, Bearer) and actor.digest is not None:
                await self.uses.note(connection, actor.digest)
            yield connection

    def actor(self, token: str | None) -> Actor | Bearer:
        """Who the token speaks for, or that it is a personal access token: whose it is, the database tells.

        Raises:
            TokenMissing, TokenInvalid: nobody.
            AccessTokenInvalid: it is mistyped.
        """
        if not token:
            raise TokenMissing
        if is_meant(token):
            if not is_whole(token):
                raise AccessTokenInvalid
            return Bearer(digest_of(token))
        return self.tools[Tokens].read(token)


@asynccontextmanager
async def _standing(connection: Connection) -> AsyncIterator[None]:
    """Commit at the end, and before a fault that says that what was done stands."""
    try:
        yield
    except Fault as fault:
        if fault.commits:
            await commit(connection)
        raise
    await commit(connection)


def _asked(request: Request) -> Asked:
    return Asked(_operation(request))


def _told(request: Request) -> Asked:
    """As above, with what is told of the one asking: where it matters who that is."""
    device = "".join(each for each in request.headers.get("user-agent", "") if each.isprintable()).strip()
    address = request.client.host[:MAX_ADDRESS] if request.client else None
    return Asked(_operation(request), device=device[:MAX_DEVICE] or None, address=address)


def _operation(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "name", "unknown"))


async def _digest(request: Request) -> bytes:
    """What a key stands for: the operation, what it is about, and the body. Not how the book was named."""
    digest = hashlib.sha256()
    about = sorted((name, value) for name, value in request.path_params.items() if name != "book_id")
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name not in NOT_ASKED)
    digest.update(repr((_operation(request), about, asked)).encode())
    body_digest: bytes | None = getattr(request.state, "body_digest", None)
    if body_digest is None:
        # A form was read to its end by now. One without a digest breaks its rules, which is about to be answered.
        is_form = request.headers.get("content-type", "").lower().startswith("multipart/")
        body_digest = b"" if is_form else await request.body()
    digest.update(body_digest)
    return digest.digest()


async def _rates_state(request: Request, connection: Connection, tag: Tag) -> int | None:
    """The state of the instance's reference prices, if the answer depends on it."""
    is_asked = tag is Tag.BOOK_RATES_IF_ASKED and ASKS_FOR_RATES & request.query_params.keys()
    return await reference_state(connection) if is_asked or tag is Tag.BOOK_RATES else None


def _refuse_if_seen(request: Request, work: Work, tag: Tag, rates_state: int | None) -> dict[str, str]:
    headers = tagged(_weak_tag(work, tag, rates_state, getattr(request.state, "representation", "json")))
    seen = entity_tags(request.headers.get("if-none-match"))
    if seen is not None and (headers["ETag"].removeprefix("W/") in seen or "*" in seen):
        raise NotModified(headers)
    return headers


def _weak_tag(work: Work, tag: Tag, rates_state: int | None, representation: str) -> str:
    day = work.today().isoformat() if tag in OF_TODAY else ""
    if rates_state is not None:
        day += f" {rates_state}"
    facts = _facts_digest(work.opened.role.value, work.token_id, work.opened.id, day, representation)
    return f'W/"{work.opened.revision}-{facts}"'


@lru_cache(maxsize=4096)
def _facts_digest(role: str, token_id: UUID | None, book_id: UUID, day: str, representation: str) -> str:
    """What a book's answers depend on besides its revision."""
    facts = f"{role}\n{token_id or ''}\n{__version__}\n{book_id}\n{day}\n{representation}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]
