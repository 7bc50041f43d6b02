"""The unit of work: one request, one transaction, one commit, and at most one new revision of one book.

An entrypoint opens it and is the only one to end it; services are built from it and from nothing else, so that HTTP,
the command line and jobs do the same things in the same way. While it writes, it holds its book's lock: writes to a
book are strictly serial, books never wait for each other.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from farthing.core.changelog import Link, digest_payload, hash_link
from farthing.core.connection import Connection
from farthing.core.permissions import OperatorOnly, PermissionMissing, Role, ScopeMissing, SignInNeeded, allow
from farthing.core.statements import NOTHING, Row, Statement, prepared
from farthing.kit import clock, ids
from farthing.kit.faults import Busy, Conflict, Invalid, NotFound, PreconditionFailed, Unauthenticated

T = TypeVar("T")
LARGE_WRITE = 1000
"""So many records at once may turn a table's statistics into nonsense."""
MAX_RECORDS_NAMED = 100
"""A change names at most so many records one by one; beyond that it says how many of each kind."""


class BookNotFound(NotFound):
    """No such book, or the person isn't a member of it."""

    code = "book_not_found"
    message = "There is no such book."


class SessionEnded(Unauthenticated):
    """The sign-in behind the token is over."""

    code = "session_ended"
    message = "The sign-in behind this token has ended; sign in again."


class AccessTokenInvalid(Unauthenticated):
    """The personal access token is mistyped, unknown, expired or revoked: which of these isn't told."""

    code = "access_token_invalid"
    message = "The personal access token is not one, or is good no longer: it may be mistyped, expired or revoked."


class BookBusy(Busy):
    """Other writes to the book took too long."""

    code = "book_busy"
    message = "Other writes to this book are still under way; nothing was done. Try again."
    retry_after_seconds = 2


class KeyReused(Invalid):
    """The idempotency key came before, with another request."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used before, with another request."


class IdTaken(Conflict):
    """A record with the id that the client chose exists."""

    code = "id_taken"
    message = "A record with this id exists already."

    def __init__(self, *, location: str | None = None) -> None:
        super().__init__()
        self.location = location


class RevisionStale(PreconditionFailed):
    """The record changed since the caller saw it."""

    code = "revision_stale"
    message = "The record has changed since: it is now at revision {revision}."
    sample = {"revision": 42}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Someone who shows a personal access token. Whose it is, and what it is for, is told by what opens the work."""

    digest: bytes | None = None
    """The SHA-256 digest of the token."""
    token_id: UUID | None = None
    """Its id, where the token itself isn't at hand: in another book of the same request, or when a job is done."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a personal access token lets its bearer do, as far as its owner may."""

    token_id: UUID
    scopes: frozenset[str]
    """Words of the permission table."""
    book_ids: frozenset[UUID] | None
    """The books that it is good for; None: all of its owner's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a person, and how they came.

    By a sign-in, by a personal access token (``grant``), or by neither: the operator's command line, a job.
    """

    user_id: UUID
    session_id: UUID | None
    grant: Grant | None = None

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes of the token that they came by; None: they came by themselves."""
        return None if self.grant is None else self.grant.scopes

    def sees(self, book_id: UUID) -> bool:
        """Whether a book of theirs is in sight: a token may be good for some books only."""
        return self.grant is None or self.grant.book_ids is None or book_id in self.grant.book_ids


@dataclass(frozen=True, slots=True)
class OpenBook:
    """The book a unit of work is about, as it was when the work began."""

    id: UUID
    role: Role
    revision: int
    head_hash: bytes
    currency: str
    time_zone: str
    locked_until: dt.date | None
    """Nothing dated on this day or earlier changes; None: all of it may."""
    checked_until: dt.date | None
    """The day of the book's last checkpoint; None: it has none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered, kept so that a retry gets the same."""

    status: int
    headers: dict[str, str]
    body: str


class Replay(Exception):
    """The key was seen before with the same request: the stored answer is the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("replay")
        self.answer = answer


class Toolbox:
    """What the process keeps for all its work, each found by its type: the password hasher, the token signer."""

    def __init__(self, *tools: object) -> None:
        self._tools = {type(tool): tool for tool in tools}

    def __getitem__(self, kind: type[T]) -> T:
        """The tool of this type."""
        tool = self._tools[kind]
        assert isinstance(tool, kind)  # noqa: S101 - it is kept by its type
        return tool


class Action(StrEnum):
    """What a write did to a record."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, as far as the log must know: the operation's name, and the key and digest for retries."""

    operation: str
    key: str | None = None
    digest: bytes | None = None
    device: str | None = None
    """What the client calls itself, where the request is about who is asking."""
    address: str | None = None
    """Where it comes from, as above."""


@dataclass(slots=True)
class Work:
    """One unit of work."""

    connection: Connection
    request: Request
    tools: Toolbox
    actor: Actor | None = None
    book: OpenBook | None = None
    writing: bool = False
    dry_run: bool = False
    expected: frozenset[str] | None = None
    """Entity tags of which the record to be changed must bear one (If-Match); None: any will do."""
    shown: int | None = None
    """The revision at which the one record that is the answer last changed."""
    told_once: frozenset[str] = frozenset()
    """Fields of the answer that aren't kept for a retry: secrets that are told once and known only as digests."""
    _records: list[tuple[str, UUID, Action]] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _before: dict[UUID, tuple[str, dict[str, Any] | None]] = field(default_factory=dict)
    _gone: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _summary: str | None = None
    _remarks: list[str] = field(default_factory=list)
    _facts: dict[str, Any] = field(default_factory=dict)
    _put_off: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)

    @property
    def book_id(self) -> UUID:
        """The book's id."""
        return self.opened.id

    @property
    def opened(self) -> OpenBook:
        """The book, which the routes of a book always have."""
        assert self.book is not None, "this work is about no book"  # noqa: S101 - a route mixed up, not an input
        return self.book

    @property
    def person_id(self) -> UUID:
        """The id of the person asking, which every route but the public ones has."""
        assert self.actor is not None, "nobody is signed in"  # noqa: S101 - as above
        return self.actor.user_id

    @property
    def token_id(self) -> UUID | None:
        """The id of the personal access token that the person came by; None: they came by themselves."""
        return None if self.actor is None or self.actor.grant is None else self.actor.grant.token_id

    @property
    def revision(self) -> int:
        """The revision that this work will have made, if it changes anything."""
        return self.opened.revision + 1

    @property
    def is_dirty(self) -> bool:
        """Whether anything that the log must know was done."""
        return bool(self._counts)

    @property
    def written(self) -> int:
        """How many records were made, changed or deleted."""
        return self._counts.total()

    def allow(self, permission: str) -> None:
        """Let the member through, or raise ``PermissionMissing``."""
        allow(self.opened.role, permission, self.actor.scopes if self.actor else None)

    def today(self) -> dt.date:
        """The day it is where the book is kept."""
        return clock.today(self.opened.time_zone)

    def expect(self, revision: int) -> None:
        """Compare the caller's picture with the record's revision.

        Raises:
            RevisionStale: the caller named entity tags (If-Match), and none is the record's.
        """
        if self.expected is not None and "*" not in self.expected and f'"{revision}"' not in self.expected:
            raise RevisionStale(revision=revision)

    def shows(self, revision: int) -> None:
        """The answer is one record, last changed at ``revision``: that is its entity tag."""
        self.shown = revision

    def created(self, kind: str, record_id: UUID) -> None:
        """A record was made."""
        self._touch(kind, record_id, Action.CREATED)

    def restored(self, kind: str, record_id: UUID) -> None:
        """A record that was deleted is there again, as made when it was; the history says that it was gone."""
        self._touch(kind, record_id, Action.CREATED)
        self._before.setdefault(record_id, (kind, None))
        self._gone.pop(record_id, None)

    def changed(self, kind: str, record_id: UUID, before: dict[str, Any]) -> None:
        """A record was changed; ``before`` is all of it, as JSON, as it was. Changed again, it is one change still."""
        if record_id not in self._before:
            self._touch(kind, record_id, Action.CHANGED)
            self._before[record_id] = (kind, before)

    def deleted(self, kind: str, record_id: UUID, before: dict[str, Any]) -> None:
        """A record was deleted; ``before`` is all of it, as JSON, as it was."""
        self._touch(kind, record_id, Action.DELETED)
        self._before.setdefault(record_id, (kind, before))
        self._gone[record_id] = before

    def gone(self, record_id: UUID) -> dict[str, Any] | None:
        """What a record was that this work deleted, as JSON: the history has it once the work is sealed, not before."""
        return self._gone.get(record_id)

    def created_many(self, kind: str, record_ids: list[UUID], *, count: int | None = None) -> None:
        """Many records of a kind were made at once: these, or so many, of which these are the first."""
        for record_id in record_ids[:MAX_RECORDS_NAMED]:
            self._touch(kind, record_id, Action.CREATED)
        beyond = (len(record_ids) if count is None else count) - MAX_RECORDS_NAMED
        if beyond > 0:
            self._counts[f"{kind} {Action.CREATED}"] += beyond

    def tell(self, summary: str, **facts: Any) -> None:
        """Say in a sentence what was done, and add facts (JSON) worth keeping in the log."""
        self._summary = summary
        self._facts.update(facts)

    def remark(self, sentence: str, **facts: Any) -> None:
        """Add a sentence, once, to what :meth:`tell` says, and facts to its facts."""
        if sentence not in self._remarks:
            self._remarks.append(sentence)
        self._facts.update(facts)

    def put_off(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        """Have something done once all is written: what is judged by the outcome, not by each step on the way.

        Args:
            name: what it is; of several with one name the first is done.
            step: does it; may raise a fault, and write too.
        """
        self._put_off.setdefault(name, step)

    async def conclude(self) -> None:
        """Do what was put off."""
        while self._put_off:
            await self._put_off.pop(next(iter(self._put_off)))()

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[None]:
        """Do what is done within, for its answer, and then undo it. Begins before the work has changed anything."""
        try:
            async with self.connection.undone():
                yield
                await self.conclude()
        finally:
            self._records.clear()
            self._counts.clear()
            self._before.clear()
            self._gone.clear()
            self._summary = None
            self._remarks.clear()
            self._facts.clear()
            self._put_off.clear()

    async def take_up_to(self, seconds: float) -> None:
        """Let each statement of this work take so long."""
        await self.connection.run(_TAKE_UP_TO, {"limit": f"{seconds * 1000:.0f}"})

    def _touch(self, kind: str, record_id: UUID, action: Action) -> None:
        self._counts[f"{kind} {action}"] += 1
        if len(self._records) < MAX_RECORDS_NAMED:
            self._records.append((kind, record_id, action))

    async def seal(self, answer: Answer | None) -> None:
        """Write the change down: its row in the log, the before-images, the book's new revision. Commits nothing.

        What was put off is done before.

        A work that changed nothing takes no revision.
        """
        await self.conclude()
        if not self.is_dirty:
            return
        book = self.opened
        at = clock.now()
        salt = ids.new_salt()
        payload: dict[str, Any] = {
            "records": [{"kind": kind, "id": str(id_), "action": action} for kind, id_, action in self._records],
            "counts": dict(sorted(self._counts.items())),
            **self._facts,
            **({} if self.token_id is None else {"access_token": str(self.token_id)}),
        }
        summary = " ".join(filter(None, (self._summary, *self._remarks))) or None
        digest = digest_payload(salt, summary, payload)
        actor_id = self.actor.user_id if self.actor else None
        link = Link(book.id, self.revision, at, actor_id, self.request.operation, digest)
        key = self.request.key
        await self.connection.run(
            _SEAL,
            {
                "book": book.id,
                "revision": self.revision,
                "at": at,
                "actor": actor_id,
                "operation": self.request.operation,
                "summary": summary,
                "payload": payload,
                "salt": salt,
                "digest": digest,
                "key": key,
                "request_digest": self.request.digest if key else None,
                "answer": {"status": answer.status, "headers": answer.headers, "body": answer.body}
                if key and answer
                else None,
                "hash": hash_link(book.head_hash, link),
                "kinds": [kind for kind, _ in self._before.values()],
                "records": list(self._before),
                "befores": [before for _, before in self._before.values()],
            },
        )


async def open_to_read(
    connection: Connection, actor: Actor | Bearer, book_id: UUID | None, *, needs: str, request: Request, tools: Toolbox
) -> Work:
    """Begin to read a book; ``book_id`` None is the person's default book.

    Raises:
        SessionEnded, AccessTokenInvalid: the sign-in is over, or the token good no longer.
        BookNotFound: no such book, not a member, or not a book that the token is good for.
        PermissionMissing: the member's role doesn't allow it, or the token doesn't carry it.
    """
    found, who = await _enter(connection, actor, _OPEN_FOR_READ, _OPEN_FOR_READ_WITH_TOKEN, {"book": book_id})
    return Work(connection, request, tools, who, _opened(found, needs, who))


async def open_to_write(
    connection: Connection, actor: Actor | Bearer, book_id: UUID | None, *, needs: str, request: Request, tools: Toolbox
) -> Work:
    """Begin to write to a book: its lock is held from here to the end.

    Raises:
        SessionEnded, AccessTokenInvalid, BookNotFound, PermissionMissing: as in :func:`open_to_read`.
        KeyReused: the key was used for another request.
        Replay: the key was used for this request: here is the answer.
    """
    found, who = await _enter(
        connection, actor, _OPEN_FOR_WRITE, _OPEN_FOR_WRITE_WITH_TOKEN, {"book": book_id, "key": request.key}
    )
    work = Work(connection, request, tools, who, _opened(found, needs, who), writing=True)
    if found["request_digest"] is not None:
        if found["request_digest"] != request.digest:
            raise KeyReused.in_parameter("Idempotency-Key")
        stored = found["answer"]
        if stored is not None:
            raise Replay(Answer(stored["status"], stored["headers"], stored["body"]))
        raise KeyReused.in_parameter("Idempotency-Key")
    return work


async def open_as(
    connection: Connection, actor: Actor | Bearer, *, request: Request, tools: Toolbox, scope: str | None = None
) -> Work:
    """Begin something that is about the person and no book yet.

    Args:
        connection: in a transaction.
        actor: who is asking.
        request: what is asked.
        tools: what the process keeps for its work.
        scope: what a personal access token must carry for it; None: no token does.

    Raises:
        SessionEnded, AccessTokenInvalid: the sign-in is over, or the token good no longer.
        SignInNeeded, ScopeMissing: they came by a token, which doesn't do this.
    """
    found, who = await _enter(connection, actor, _OPEN_AS, _OPEN_AS_WITH_TOKEN, NOTHING)
    if found["outcome"] == "session_ended":
        raise SessionEnded
    if who.scopes is not None:
        if scope is None:
            raise SignInNeeded
        if scope not in who.scopes:
            raise ScopeMissing(permission=scope)
    return Work(connection, request, tools, who)


async def _enter(
    connection: Connection, asking: Actor | Bearer, plainly: Statement, with_token: Statement, values: Mapping[str, Any]
) -> tuple[Row, Actor]:
    """Run what opens a work for who is asking; who that is.

    Raises:
        AccessTokenInvalid: the token is good no longer, or never was.
    """
    if isinstance(asking, Actor):
        if asking.grant is None:
            values = {"user": asking.user_id, "session": asking.session_id, **values}
            return await connection.one(plainly, values), asking
        asking = Bearer(token_id=asking.grant.token_id)
    found = await connection.one(with_token, {"digest": asking.digest, "token": asking.token_id, **values})
    if found["outcome"] == "token_invalid":
        raise AccessTokenInvalid
    books = found["token_books"]
    grant = Grant(found["token_id"], frozenset(found["token_scopes"]), None if books is None else frozenset(books))
    return found, Actor(found["asking"], None, grant)


async def check_operator(work: Work) -> None:
    """Let whoever runs the instance through.

    Raises:
        OperatorOnly: anyone else.
    """
    if not await work.connection.value(_IS_OPERATOR):
        raise OperatorOnly


async def refresh_statistics(connection: Connection, written: int) -> None:
    """Have the planner look at the tables again, if so many records changed its picture of them.

    After a large write was committed, and in a transaction of its own.
    """
    await connection.run(_REFRESH_STATISTICS, {"written": written})


async def choose_book(work: Work, book: OpenBook) -> None:
    """Turn the work to a book that it is about to make."""
    await work.connection.run(_CHOOSE_BOOK, {"book": str(book.id)})
    work.book = book
    work.writing = True


@asynccontextmanager
async def beside(work: Work, book_id: UUID, *, needs: str) -> AsyncIterator[Work]:
    """Write to another book in the commit of this one. Within, this one's records are out of sight.

    Two works that wait for each other's books are told apart by PostgreSQL: one of them is refused as busy.

    Raises:
        BookNotFound: no such book, or not a member.
        PermissionMissing: the member's role there doesn't allow it.
    """
    assert work.actor is not None, "nobody is signed in"  # noqa: S101 - a route mixed up, not an input
    request = Request(work.request.operation)
    other = await open_to_write(work.connection, work.actor, book_id, needs=needs, request=request, tools=work.tools)
    other.dry_run = work.dry_run
    yield other
    await other.seal(None)
    await work.connection.run(_CHOOSE_BOOK, {"book": str(work.book.id) if work.book else ""})


@asynccontextmanager
async def look_into(work: Work, book_id: UUID, *, needs: str) -> AsyncIterator[Work | None]:
    """Look at another book, if the person may; None if not. Within, this one's records are out of sight."""
    assert work.actor is not None, "nobody is signed in"  # noqa: S101 - as above
    try:
        other = await open_to_read(
            work.connection, work.actor, book_id, needs=needs, request=work.request, tools=work.tools
        )
    except (BookNotFound, PermissionMissing):
        other = None
    yield other
    await work.connection.run(_CHOOSE_BOOK, {"book": str(work.book.id) if work.book else ""})


def _opened(found: Row, needs: str, who: Actor) -> OpenBook:
    if found["outcome"] == "session_ended":
        raise SessionEnded
    if found["outcome"] != "open":
        raise BookNotFound
    book = OpenBook(
        id=found["book"],
        role=Role(found["role"]),
        revision=found["revision"],
        head_hash=found["head_hash"],
        currency=found["currency"],
        time_zone=found["time_zone"],
        locked_until=found["locked_until"],
        checked_until=found["checked_until"],
    )
    allow(book.role, needs, who.scopes)
    return book


_OPEN_FOR_READ = prepared("SELECT * FROM open_for_read(:user, :session, :book)")
_OPEN_FOR_WRITE = prepared("SELECT * FROM open_for_write(:user, :session, :book, :key)")
_OPEN_AS = prepared("SELECT CASE WHEN open_as(:user, :session) THEN 'open' ELSE 'session_ended' END AS outcome")
_OPEN_FOR_READ_WITH_TOKEN = prepared("SELECT * FROM open_for_read_with_token(:digest, :token, :book)")
_OPEN_FOR_WRITE_WITH_TOKEN = prepared("SELECT * FROM open_for_write_with_token(:digest, :token, :book, :key)")
_OPEN_AS_WITH_TOKEN = prepared("SELECT * FROM open_as_with_token(:digest, :token)")
_IS_OPERATOR = prepared("SELECT is_operator()")
_REFRESH_STATISTICS = prepared("SELECT refresh_statistics(:written)")
_CHOOSE_BOOK = prepared("SELECT set_config('farthing.book', :book, true)")
_TAKE_UP_TO = prepared("SELECT set_config('statement_timeout', :limit, true)")
_SEAL = prepared("""
WITH change AS (
    INSERT INTO changes (book_id, revision, at, actor_id, operation, summary, payload, salt, payload_digest,
                         key, request_digest, answer, hash)
    VALUES (:book, :revision, :at, :actor, :operation, :summary, CAST(:payload AS jsonb), :salt, :digest,
            :key, :request_digest, CAST(:answer AS jsonb), :hash)
), images AS (
    INSERT INTO history (book_id, revision, at, kind, record_id, before)
    SELECT :book, :revision, :at, image.kind, image.record_id, image.before
      FROM unnest(CAST(:kinds AS text[]), CAST(:records AS uuid[]), CAST(:befores AS jsonb[]))
        AS image (kind, record_id, before)
)
UPDATE books SET revision = :revision, head_hash = :hash WHERE id = :book
""")
