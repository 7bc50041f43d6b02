"""How people and books begin."""

from __future__ import annotations

from typing import Any

from farthing.core.work import Work, open_as
from farthing.features.accounts.service.open import OpeningService
from farthing.features.administration.service.admissions import AdmissionService
from farthing.features.books.schemas import BookCreate
from farthing.features.books.service import BookService
from farthing.features.identity.service.emails import EmailService
from farthing.features.identity.service.people import PeopleService, actor_of
from farthing.features.identity.service.register import RegisterService
from farthing.features.identity.service.sign_in import BY_PASSWORD, SignInService, check_local_login
from farthing.features.starters.categories import STARTER_CATEGORIES
from farthing.features.starters.schemas import RegistrationCreate, RegistrationRead


class StarterService:
    """Registers people and founds books, furnished."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def register(self, wanted: RegistrationCreate, *, password_hash: str) -> RegistrationRead:
        """Take a person in, with a first book, and sign them in.

        Raises:
            LocalLoginOff: the operator has people sign in elsewhere only.
            RegistrationClosed: someone is registered, and no one else is taken, or not without an invitation.
            EmailTaken: someone has this address.
        """
        check_local_login(self.work)
        person_id = await RegisterService(self.work).register(
            email=wanted.email,
            password_hash=password_hash,
            name=wanted.name,
            only_first=not await AdmissionService(self.work).lets_in(wanted.email, wanted.invitation),
        )
        self.work.actor = actor_of(person_id)
        await open_as(self.work.connection, self.work.actor, request=self.work.request, tools=self.work.tools)
        book = await self.found_book(BookCreate(name=wanted.book, currency=wanted.currency, starter=wanted.starter))
        me = await PeopleService(self.work).me()
        await EmailService(self.work).post_verification(person_id, wanted.email)
        tokens = await SignInService(self.work).begin(person_id, methods=BY_PASSWORD)
        return RegistrationRead(
            **tokens.model_dump(), user_id=person_id, book_id=book["id"], is_operator=me["is_operator"]
        )

    async def found_book(self, wanted: BookCreate) -> dict[str, Any]:
        """Make a book, owned by whoever asks, with the accounts the service needs and a set of categories.

        The first book of a person is their default.

        Raises:
            BookIdTaken: there is a book with the id that the client chose.
        """
        books, people = BookService(self.work), PeopleService(self.work)
        book_id = await books.found(wanted)
        await OpeningService(self.work).furnish(STARTER_CATEGORIES if wanted.starter else ())
        if (await people.me())["default_book_id"] is None:
            await people.prefer_book(book_id)
        return await books.founded()
