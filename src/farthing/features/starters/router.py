"""How people and books begin."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response

from farthing.core.permissions import SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import created_at, open_for_anyone, room, serve, told_where, tool
from farthing.features.books.errors import BookIdTaken, BooksTooMany
from farthing.features.books.schemas import BookCreate, BookRead
from farthing.features.identity.errors import (
    EmailTaken,
    LocalLoginOff,
    PasswordCommon,
    RegistrationClosed,
    SignInBusy,
    TooManyAttempts,
)
from farthing.features.identity.password_rules import judge
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.service.sign_in import OpenWork
from farthing.features.identity.service.throttling import Throttle, by_address, by_registration
from farthing.features.starters.schemas import RegistrationCreate, RegistrationRead
from farthing.features.starters.service import StarterService

router = room(prefix="", tag="starters")
Founding = Annotated[StarterService, serve(StarterService, needs=SIGNED_IN)]


@router.post(
    "/auth/register",
    status_code=201,
    response_model=RegistrationRead,
    responses=faults(LocalLoginOff, RegistrationClosed, EmailTaken, PasswordCommon, TooManyAttempts, SignInBusy),
)
async def register_person(
    open_work: Annotated[OpenWork, open_for_anyone()],
    passwords: Annotated[Passwords, tool(Passwords)],
    wanted: RegistrationCreate,
    response: Response,
) -> RegistrationRead:
    """Register, with a first book, and be signed in. The first person runs the instance; then it is closed."""
    response.headers["Cache-Control"] = "no-store"
    judge(wanted.password.get_secret_value(), about=(wanted.email, wanted.name))
    async with open_work() as work:
        await Throttle(work).spend(by_address(work), by_registration(work))
    password_hash = await passwords.hash(wanted.password.get_secret_value())
    async with open_work() as work:
        registered = await StarterService(work).register(wanted, password_hash=password_hash)
        await work.seal(None)
    return registered


@router.post("/books", status_code=201, response_model=BookRead, responses=faults(BookIdTaken, BooksTooMany))
async def create_book(starters: Founding, book: BookCreate, request: Request, response: Response) -> dict[str, Any]:
    """Found a book. Its maker is its owner; the first one becomes the default."""
    with told_where(request, BookIdTaken, "get_book", book_id=book.id):
        founded = await starters.found_book(book)
    created_at(request, response, "get_book", book_id=founded["id"])
    return founded
