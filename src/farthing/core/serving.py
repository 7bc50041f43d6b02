"""Serving: what routers are made of. A route's signature says who may enter, what comes in and what goes out.

``serve(Service, needs="accounts:write")`` is a dependency that hands the route a service built from a unit of work. The
work is opened by the doorkeeper that the API puts into ``app.state``, which checks the permission too; it is opened
when the whole request is known to be valid, and ended before the answer is sent, so that a commit that fails is
answered as a failure. A word that ends in ``:write`` opens the book for writing.

:class:`WorkRoute` opens the work, seals it with the finished answer before the commit, sets entity tags, answers 304,
and refuses parameters that the operation doesn't have. Operations that have nothing to do with a book are of the plain
:class:`Operation`.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import File, Form
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, TypeAdapter
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from farthing.core.arguments import NOTHING, Arguments, Unservable
from farthing.core.changelog import MAX_KEY_LENGTH
from farthing.core.permissions import ANYONE, IN_BOOK, OPERATOR, SCOPES, SIGNED_IN
from farthing.core.work import Actor, Answer, Bearer, IdTaken, Toolbox, Work, check_operator
from farthing.kit.faults import Blame, Fault, Invalid, UnsupportedMedia
from farthing.kit.pages import Page

KEPT_HEADERS = ("location", "etag")
"""Headers of an answer that a replay repeats."""

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)
UNHEEDED = (
    "max_body_size",
    "form_limits",
    "response_model_include",
    "response_model_exclude",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
)
"""What FastAPI's own routes can be told, and these can't: the shell bounds bodies, and every field is promised."""
_JSON_LIKE = re.compile(r"application/[a-z0-9.-]+\+json\Z")
S = TypeVar("S")
DryRun = Annotated[
    bool, Query(description="Do everything but commit: the answer is what would have been, without an entity tag.")
]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY_LENGTH,
        pattern=r"^[\x21-\x7e]+$",
        description="Makes a retry safe: the same key with the same request gets the first answer again.",
        examples=["6f1c9a52-2f0e-4a57-9a39-0c1f3a7d1b11"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        description="Do it only if the record still has this entity tag; otherwise 412.",
        examples=['"42"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=1000, description="Answer 304 if nothing has changed since this entity tag.", examples=['W/"42-1f"']
    ),
]
Token = Annotated[str | None, Depends(bearer)]
BookId = Annotated[
    UUID | Literal["default"],
    Path(description="The book's id, or `default` for the caller's default book.", examples=["default"]),
]


class Tag(StrEnum):
    """What an answer depends on, and so what its entity tag is made of."""

    RECORD = "record"
    """One record: strong, the record's revision."""
    BOOK = "book"
    """Anything in the book: weak, the book's revision and what else the answer depends on."""
    BOOK_TODAY = "book and today"
    """As above, and the day it is."""
    BOOK_RATES = "book, today and reference prices"
    """As above, and the instance's reference prices."""
    BOOK_RATES_IF_ASKED = "book and today, and reference prices where it is asked for in a currency"
    """As above, where the parameter ``currency`` or ``valued`` is given; else they aren't looked at."""


class ParameterUnknown(Invalid):
    """The operation has no such parameter."""

    code = "parameter_unknown"
    message = "This operation has no such parameter."


class MediaUnsupported(UnsupportedMedia):
    """The body is of a type that the operation doesn't read."""

    code = "media_unsupported"
    message = "This operation reads a body of the type {wanted}."
    sample = {"wanted": "application/json"}


class NotModified(Exception):
    """The caller has the current answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("not modified")
        self.headers = headers


class Doorkeeper(Protocol):
    """Opens units of work for HTTP: reads the token, begins the transaction, ends it."""

    tools: Toolbox

    def actor(self, token: str | None) -> Actor | Bearer:
        """Who the token speaks for, or that it is a personal access token; a fault if nobody."""

    def read(
        self, request: Request, actor: Actor | Bearer, *, book_id: UUID | None, needs: str, tag: Tag
    ) -> AbstractAsyncContextManager[Work]:
        """A work that reads a book."""

    def write(
        self,
        request: Request,
        actor: Actor | Bearer,
        *,
        book_id: UUID | None,
        needs: str,
        key: str | None,
        expected: frozenset[str] | None,
        dry_run: bool,
    ) -> AbstractAsyncContextManager[Work]:
        """A work that writes to a book; commits at the end unless it is a dry run."""

    def aside(
        self, request: Request, actor: Actor | Bearer, *, book_id: UUID | None, needs: str, dry_run: bool
    ) -> AbstractAsyncContextManager[Work]:
        """A work that writes what takes no revision, and locks nothing; commits at the end unless it is a dry run."""

    def person(
        self, request: Request, actor: Actor | Bearer, *, scope: str | None
    ) -> AbstractAsyncContextManager[Work]:
        """A work about the person signed in, or the owner of a token with this scope; commits at the end."""

    def anyone(self, request: Request) -> AbstractAsyncContextManager[Work]:
        """A work for someone who isn't signed in; commits at the end."""


def serve(
    service: Callable[[Work], S],
    *,
    needs: str,
    tag: Tag | None = Tag.RECORD,
    locks: bool = True,
    scope: str | None = None,
) -> Any:
    """A dependency that opens the unit of work which ``needs`` asks for, and builds the service from it.

    Args:
        service: what to build.
        needs: a permission in a book, ``me`` (any signed-in person), ``operator`` or ``anyone``.
        tag: what the answer to a read depends on; None: it may change without a revision, and bears no entity tag.
        locks: whether a write locks the book. What takes no revision, such as what is done to a job, need not wait for
            the book, nor is it kept for retries: it is to be something that can be asked twice.
        scope: of what needs ``me``, what a personal access token must carry for it; None: no token does it.
    """
    if scope is not None and (needs != SIGNED_IN or scope not in SCOPES):
        raise LookupError(f"no such scope, or none to be named here: {scope}")
    if needs == ANYONE:
        provide: Any = _for_anyone(service)
    elif needs == SIGNED_IN:
        provide = _for_person(service, scope)
    elif needs == OPERATOR:
        provide = _for_operator(service)
    elif needs not in IN_BOOK:
        raise LookupError(f"no such permission: {needs}")
    elif needs.endswith(":write"):
        provide = _to_write(service, needs) if locks else _to_write_aside(service, needs)
    elif tag is None:
        provide = _to_read_untagged(service, needs)
    else:
        provide = _to_read(service, needs, tag)
    provide.needs = needs
    provide.scope = scope
    provide.serves = service
    return Depends(provide)


@dataclass(frozen=True, slots=True)
class Opening(Generic[S]):
    """A service whose unit of work isn't open yet.

    A route's dependencies are solved before its body is looked at. So a dependency only says how the work would be
    opened; :class:`WorkRoute` opens it when all else is in order, and what breaks its rules never holds a book's lock.
    """

    service: Callable[[Work], S]
    work: AbstractAsyncContextManager[Work]


def _for_anyone(service: Callable[[Work], S]) -> Any:
    async def provide(request: Request) -> Opening[S]:
        return Opening(service, doorkeeper(request).anyone(request))

    return provide


def _for_person(service: Callable[[Work], S], scope: str | None) -> Any:
    async def provide(request: Request, token: Token) -> Opening[S]:
        keeper = doorkeeper(request)
        return Opening(service, keeper.person(request, keeper.actor(token), scope=scope))

    return provide


def _for_operator(service: Callable[[Work], S]) -> Any:
    async def provide(request: Request, token: Token) -> Opening[S]:
        keeper = doorkeeper(request)
        return Opening(service, _operating(keeper.person(request, keeper.actor(token), scope=None)))

    return provide


@asynccontextmanager
async def _operating(opening: AbstractAsyncContextManager[Work]) -> AsyncIterator[Work]:
    async with opening as work:
        await check_operator(work)
        yield work


def _to_read(service: Callable[[Work], S], needs: str, tag: Tag) -> Any:
    async def provide(
        request: Request,
        book_id: BookId,
        token: Token,
        if_none_match: IfNoneMatch = None,  # noqa: ARG001 - read by the doorkeeper; here for the documentation
    ) -> Opening[S]:
        keeper = doorkeeper(request)
        work = keeper.read(request, keeper.actor(token), book_id=_chosen(book_id), needs=needs, tag=tag)
        return Opening(service, work)

    return provide


def _to_read_untagged(service: Callable[[Work], S], needs: str) -> Any:
    async def provide(request: Request, book_id: BookId, token: Token) -> Opening[S]:
        keeper = doorkeeper(request)
        work = keeper.read(request, keeper.actor(token), book_id=_chosen(book_id), needs=needs, tag=Tag.RECORD)
        return Opening(service, work)

    return provide


def _to_write(service: Callable[[Work], S], needs: str) -> Any:
    async def provide(
        request: Request,
        book_id: BookId,
        token: Token,
        key: Key = None,
        if_match: IfMatch = None,
        dry_run: DryRun = False,
    ) -> Opening[S]:
        keeper = doorkeeper(request)
        work = keeper.write(
            request,
            keeper.actor(token),
            book_id=_chosen(book_id),
            needs=needs,
            key=key,
            expected=entity_tags(if_match),
            dry_run=dry_run,
        )
        return Opening(service, work)

    return provide


def _to_write_aside(service: Callable[[Work], S], needs: str) -> Any:
    async def provide(request: Request, book_id: BookId, token: Token, dry_run: DryRun = False) -> Opening[S]:
        keeper = doorkeeper(request)
        work = keeper.aside(request, keeper.actor(token), book_id=_chosen(book_id), needs=needs, dry_run=dry_run)
        return Opening(service, work)

    return provide


def open_to(needs: str) -> Any:
    """A dependency for a route that opens no unit of work: it only says who may enter."""

    async def enter() -> None:
        """Say it."""

    enter.needs = needs  # type: ignore[attr-defined]
    return Depends(enter)


def permitted(needs: str) -> Any:
    """A dependency that lets a member through and holds nothing: for what is to be done before the book is opened."""

    async def enter(request: Request, book_id: BookId, token: Token) -> None:
        keeper = doorkeeper(request)
        actor = keeper.actor(token)
        async with keeper.read(request, actor, book_id=_chosen(book_id), needs=needs, tag=Tag.RECORD):
            pass

    enter.needs = needs  # type: ignore[attr-defined]
    return Depends(enter, scope="function")


def open_to_look(service: Callable[[Work], S], *, needs: str) -> Any:
    """A dependency for what has to be known before the book is opened for writing: what opens the service to read."""

    async def provide(request: Request, book_id: BookId, token: Token) -> Callable[[], AbstractAsyncContextManager[S]]:
        keeper = doorkeeper(request)
        actor = keeper.actor(token)

        @asynccontextmanager
        async def look() -> AsyncIterator[S]:
            async with keeper.read(request, actor, book_id=_chosen(book_id), needs=needs, tag=Tag.RECORD) as work:
                yield service(work)

        return look

    provide.needs = needs  # type: ignore[attr-defined]
    return Depends(provide)


def open_to_bring(service: Callable[[Work], S], *, needs: str) -> Any:
    """A dependency for what is read whole before any of it is sent: what opens the service to read, in its turn.

    Called, it answers 304 where the caller has what the book holds; the answer's headers are in ``tag_headers``.
    """

    async def provide(
        request: Request,
        book_id: BookId,
        token: Token,
        if_none_match: IfNoneMatch = None,  # noqa: ARG001 - read by the doorkeeper; here for the documentation
    ) -> Callable[[], AbstractAsyncContextManager[S]]:
        keeper = doorkeeper(request)
        actor = keeper.actor(token)

        @asynccontextmanager
        async def bring() -> AsyncIterator[S]:
            async with keeper.read(request, actor, book_id=_chosen(book_id), needs=needs, tag=Tag.BOOK) as work:
                yield service(work)

        return bring

    provide.needs = needs  # type: ignore[attr-defined]
    return Depends(provide)


def open_for_anyone() -> Any:
    """A dependency for routes without sign-in that do something slow between two units of work: what opens them."""

    async def provide(request: Request) -> Callable[[], AbstractAsyncContextManager[Work]]:
        return lambda: doorkeeper(request).anyone(request)

    provide.needs = ANYONE  # type: ignore[attr-defined]
    return Depends(provide)


def open_for_person() -> Any:
    """The same for routes of the person signed in."""

    async def provide(request: Request, token: Token) -> Callable[[], AbstractAsyncContextManager[Work]]:
        keeper = doorkeeper(request)
        actor = keeper.actor(token)
        return lambda: keeper.person(request, actor, scope=None)

    provide.needs = SIGNED_IN  # type: ignore[attr-defined]
    return Depends(provide)


def open_books(*, needs: str) -> Any:
    """A dependency for what goes through the books of the person signed in: what opens one of them to read.

    Who may enter the route, another of its dependencies says.
    """

    async def provide(request: Request, token: Token) -> Callable[[UUID], AbstractAsyncContextManager[Work]]:
        keeper = doorkeeper(request)
        actor = keeper.actor(token)
        return lambda book_id: keeper.read(request, actor, book_id=book_id, needs=needs, tag=Tag.RECORD)

    return Depends(provide)


def doorkeeper(request: Request) -> Doorkeeper:
    """The one that the API put at the door."""
    keeper: Doorkeeper = request.app.state.doorkeeper
    return keeper


def entity_tags(header: str | None) -> frozenset[str] | None:
    """The entity tags of an If-Match or If-None-Match header (RFC 9110, 13.1); None where there is no header."""
    if header is None:
        return None
    return frozenset(tag.strip().removeprefix("W/") for tag in header.split(","))


def _chosen(book_id: UUID | Literal["default"]) -> UUID | None:
    return None if book_id == "default" else book_id


class Operation(APIRoute):
    """A route that is described by FastAPI and run here, without the layers that FastAPI runs a route through.

    What goes wrong is raised, and becomes an answer in the shell around the application.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if unheeded := [name for name in UNHEEDED if options.get(name)]:
            raise Unservable(f"{path}: nothing here heeds {', '.join(unheeded)}")
        super().__init__(path, endpoint, **options)
        self.app = self._serve
        self._arguments = Arguments(self.dependant, embed_body_fields=self._embed_body_fields)
        self._status = self.status_code or HTTPStatus.OK.value
        self._reads_form = self.body_field is not None and isinstance(self.body_field.field_info, Form)
        self._answered: TypeAdapter[Any] | None = TypeAdapter(self.response_model) if self.response_field else None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive, send))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Read the request and its body, call the route's function, and write what it returns.

        Raises:
            RequestValidationError: what the request says breaks the operation's rules.
            HTTPException: the body can't be read at all.
        """
        body = await self._body_of(request)
        try:
            return await self._answer(request, body)
        finally:
            if self._reads_form:
                await request.close()

    async def _body_of(self, request: Request) -> Any:
        if self.body_field is None:
            return NOTHING
        try:
            if self._reads_form:
                return await request.form()
            body = await request.body()
            return json.loads(body) if body else NOTHING
        except (Fault, HTTPException):
            raise
        except Exception:  # noqa: BLE001 - whatever reading a body breaks on, the body is broken
            raise HTTPException(HTTPStatus.BAD_REQUEST) from None

    async def _answer(self, request: Request, body: Any) -> Response:
        media_type = None if self.response_class is Response else "application/json"
        response = Response(status_code=self._status, media_type=media_type)
        errors: list[dict[str, Any]] = []
        values = await self._arguments.read(request, response, body, errors)
        if errors:
            raise RequestValidationError(errors)
        return await self.run(request, response, values)

    async def run(self, request: Request, response: Response, values: dict[str, Any]) -> Response:  # noqa: ARG002
        """Call the route's function. ``response`` is the answer that was begun, which it may have added headers to."""
        return self.written(response, await self.endpoint(**values))

    def written(self, response: Response, result: Any) -> Response:
        """The answer, with what the function returned as its body; what doesn't fit the response model is a defect."""
        if isinstance(result, Response):
            return result
        if self._answered is not None:
            value = self._answered.validate_python(result, from_attributes=True)
            response.body = self._answered.dump_json(value, by_alias=True)
            response.headers["content-length"] = str(len(response.body))
        return response


class WorkRoute(Operation):
    """An operation whose finished answer is sealed into the unit of work that made it, before the commit."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._known = frozenset(_parameters(self.dependant))
        self._media = _media_of(self)
        served = [inner.name for inner in self.dependant.dependencies if hasattr(inner.call, "serves")]
        if len(served) > 1:
            raise Unservable(f"{path}: opens more than one unit of work")
        self._served = served[0] if served else None

    async def answer(self, request: Request) -> Response:
        """Refuse what the operation doesn't have, before anything is read."""
        unknown = [name for name in request.query_params if name not in self._known]
        if unknown:
            raise ParameterUnknown(
                blames=tuple(
                    Blame(code=ParameterUnknown.code, detail=ParameterUnknown.message, parameter=name[:100])
                    for name in unknown[:20]
                )
            )
        if self._media:
            _check_media(request, self._media)
        return await super().answer(request)

    async def run(self, request: Request, response: Response, values: dict[str, Any]) -> Response:
        """Call the route's function with its work open: the whole request is valid."""
        if self._served is None:
            return await super().run(request, response, values)
        opening: Opening[Any] = values[self._served]
        async with opening.work as work:
            values[self._served] = opening.service(work)
            answer = await super().run(request, response, values)
            await _finish(request, answer, work)
        return answer


def _media_of(route: APIRoute) -> tuple[str, ...]:
    if route.body_field is None:
        return ()
    if isinstance(route.body_field.field_info, File):
        return ("multipart/form-data",)
    if isinstance(route.body_field.field_info, Form):
        return ("application/x-www-form-urlencoded", "multipart/form-data")
    return ("application/json",)


def _check_media(request: Request, wanted: tuple[str, ...]) -> None:
    """A body must say what it is, and be of a type that the operation reads."""
    has_body = "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
    if not has_body:
        return
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in wanted and not ("application/json" in wanted and _JSON_LIKE.match(given)):
        raise MediaUnsupported(wanted=" or ".join(wanted))


async def _finish(request: Request, response: Response, work: Work) -> None:
    if work.shown is not None and not work.dry_run and response.status_code < 300:  # noqa: PLR2004
        tag = f'"{work.shown}"'
        response.headers["ETag"] = tag
        if not work.writing:
            wanted = entity_tags(request.headers.get("if-none-match"))
            if wanted is not None and (tag in wanted or "*" in wanted):
                raise NotModified(tagged(tag))
            response.headers.update(tagged(tag))
    for name, value in getattr(request.state, "tag_headers", {}).items():
        response.headers[name] = value
    if work.writing:
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        await work.seal(Answer(response.status_code, kept, _kept_of(bytes(response.body), work.told_once)))


def _kept_of(body: bytes, told_once: frozenset[str]) -> str:
    """What of a body is kept for a retry: all but what is told once, which is null there."""
    if not told_once:
        return body.decode()
    return json.dumps({**json.loads(body), **dict.fromkeys(told_once)}, separators=(",", ":"), ensure_ascii=False)


def tool(kind: type[S]) -> Any:
    """A dependency that hands a route one of the process's tools."""

    async def provide(request: Request) -> S:
        return doorkeeper(request).tools[kind]

    return Depends(provide)


def created_at(request: Request, response: Response, route: str, **path: object) -> None:
    """Say where the record that was made is to be found."""
    response.headers["Location"] = _address(request, route, path)


def put_off(request: Request, body: BaseModel, route: str, **path: object) -> Response:
    """The answer of an operation whose work is done later: 202, and where to see what becomes of it."""
    headers = {"Location": _address(request, route, path), "Retry-After": "1"}
    return Response(body.model_dump_json(), HTTPStatus.ACCEPTED, headers, "application/json")


@contextmanager
def told_where(request: Request, kind: type[IdTaken], route: str, **path: object) -> Iterator[None]:
    """Have the refusal of an id that is taken say where the record is that has it."""
    try:
        yield
    except kind as taken:
        taken.location = _address(request, route, path)
        raise


def _address(request: Request, route: str, path: dict[str, object]) -> str:
    place = request.app.url_path_for(route, **{name: str(value) for name, value in path.items()})
    return f"{request.scope.get('root_path', '')}{place}"


def paged(request: Request, response: Response, page: Page[S]) -> Page[S]:
    """Point to the next page in the ``Link`` header too (RFC 8288)."""
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        prefix = request.scope.get("root_path", "")  # in the path or not, as the proxy strips it or not
        address = f"{prefix}{following.path.removeprefix(prefix)}?{following.query}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return page


def saved_as(name: str) -> str:
    """The header that has a browser save a file, and call it so (RFC 6266, RFC 8187)."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in " ._-()+,=@") else "_" for each in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def tagged(tag: str) -> dict[str, str]:
    """The headers of an answer that may be kept and asked for again."""
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}


def _parameters(dependant: Any) -> Iterator[str]:
    for field in dependant.query_params:
        model = getattr(field.field_info.annotation, "model_fields", None)
        yield from (info.alias or name for name, info in model.items()) if model else (field.alias,)
    for inner in dependant.dependencies:
        yield from _parameters(inner)


def needs_of(dependant: Any) -> set[str]:
    """What a route's dependencies ask for: exactly one word, or the program doesn't start."""
    found = {dependant.call.needs} if hasattr(dependant.call, "needs") else set()
    for inner in dependant.dependencies:
        found |= needs_of(inner)
    return found


def scope_of(dependant: Any) -> str | None:
    """The scope that a personal access token must carry for a route; None: no token does it."""
    (needs,) = needs_of(dependant)
    if needs != SIGNED_IN:
        return needs if needs in SCOPES else None
    return next((inner.call.scope for inner in dependant.dependencies if hasattr(inner.call, "scope")), None)


def room(*, prefix: str, tag: str) -> APIRouter:
    """A room's router, under ``/api/v1``."""
    return APIRouter(
        prefix=f"/api/v1{prefix}",
        tags=[tag],
        route_class=WorkRoute,
        generate_unique_id_function=lambda route: route.name,
    )


def book_room(*, prefix: str, tag: str) -> APIRouter:
    """A room's router, under a book."""
    return room(prefix=f"/books/{{book_id}}{prefix}", tag=tag)
