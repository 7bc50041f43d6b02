"""A household, as a front end would speak for it: a client that signs in, and people with books of their own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr
from tests.provider import Provider

from farthing.core.connection import Begin
from farthing.core.settings import Settings
from farthing.core.work import Request, Work
from farthing.entrypoints.api.app import create_app
from farthing.entrypoints.api.shell import Shell
from farthing.features.administration.schemas import PersonUpdate
from farthing.features.administration.service.people import PersonService
from farthing.features.identity.passwords import Passwords
from farthing.kit import ids

PLENTY = 1_000_000
"""Attempts that the one address of all tests may make."""
PASSWORD = "correct horse battery staple"


class Client(httpx2.AsyncClient):
    """An HTTP client of the API, in the same process."""

    app: Shell
    provider: Provider
    """Where people can sign in elsewhere, if that was named."""

    async def send_json(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """A request under ``/api/v1``."""
        return await self.request(method, f"/api/v1{path}", json=body, **options)


@asynccontextmanager
async def serving(database_url: str, signing_key: str, **settings: Any) -> AsyncIterator[Client]:
    """The API on a database, and a client of it. Passwords are hashed cheaply: what they cost is not under test."""
    with tempfile.TemporaryDirectory(prefix="farthing-test-") as folder:
        chosen = Settings(
            database_url=SecretStr(database_url), **{"data_dir": folder, "attempts_per_address": PLENTY, **settings}
        )
        cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
        shell = create_app(chosen, signing_key, Passwords(cheap))
        async with shell.app.router.lifespan_context(shell.app):
            transport = httpx2.ASGITransport(app=shell, raise_app_exceptions=False)
            async with Client(transport=transport, base_url="http://farthing.test") as client:
                client.app = shell
                yield client


@dataclass
class Person:
    """Someone signed in."""

    client: Client
    email: str
    id: str
    book_id: str
    access_token: str
    refresh_token: str

    @classmethod
    async def registered(cls, client: Client, **wanted: Any) -> Person:
        """A new person with a first book."""
        email = wanted.pop("email", f"{ids.new_id().hex}@example.com")
        body = {"email": email, "password": PASSWORD, "name": "Ada", **wanted}
        answer = await client.send_json("POST", "/auth/register", body)
        assert answer.status_code == 201, answer.text
        read = answer.json()
        return cls(client, email, read["user_id"], read["book_id"], read["access_token"], read["refresh_token"])

    async def run_the_instance(self) -> None:
        """Be made an operator, from the command line's side."""
        keeper = self.client.app.app.state.doorkeeper
        async with keeper.database.connect() as connection:
            await connection.begin(Begin.WRITING)
            people = PersonService(Work(connection, Request("cli.user_update"), keeper.tools))
            await people.change(UUID(self.id), PersonUpdate(is_operator=True))
            await connection.commit()

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """A request as this person."""
        headers = {"Authorization": f"Bearer {self.access_token}", **options.pop("headers", {})}
        return await self.client.send_json(method, path, body, headers=headers, **options)

    async def made_token(self, *scopes: str, **wanted: Any) -> Any:
        """A personal access token: reports only, for a month, unless something else is said."""
        body = {"name": "Script", "scopes": scopes or ["reports"], "good_for_days": 30, **wanted}
        answer = await self.ask("POST", "/me/access-tokens", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def with_token(self, token: str) -> Person:
        """A program that has a token of this person."""
        return replace(self, access_token=token)


@dataclass
class Household:
    """A person's book, and verbs to keep it with."""

    person: Person
    book_id: str
    checking_id: str = ""
    accounts: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def founded(cls, client: Client, *, currency: str = "EUR", **wanted: Any) -> Household:
        """A new person's book, with a checking account in it."""
        person = await Person.registered(client, currency=currency, **wanted)
        household = cls(person, person.book_id)
        opened = await household.open_account("Checking", currency=currency, type="checking")
        household.checking_id = opened["id"]
        return household

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """A request about the book."""
        return await self.person.ask(method, f"/books/{self.book_id}{path}", body, **options)

    async def got(self, path: str, **options: Any) -> Any:
        """What a GET about the book answers."""
        answer = await self.ask("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def made(self, path: str, body: Any, **options: Any) -> Any:
        """What a POST about the book makes."""
        answer = await self.ask("POST", path, body, **options)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def share(self, person: Person, role: str) -> None:
        """Invite someone, who accepts."""
        invited = await self.made("/invitations", {"email": person.email, "role": role})
        accepted = await person.ask("POST", "/invitations/accept", {"id": invited["id"]})
        assert accepted.status_code == 200, accepted.text

    async def joined(self, role: str) -> Person:
        """Someone new who shares the book."""
        person = await Person.registered(self.person.client)
        await self.share(person, role)
        return person

    async def open_account(self, name: str, kind: str = "asset", **wanted: Any) -> Any:
        """Open an account."""
        return await self.made("/accounts", {"name": name, "kind": kind, **wanted})

    async def record(self, amount: str = "-12.50", **wanted: Any) -> Any:
        """Record one line on the checking account."""
        return await self.made(
            "/transactions", {"date": "2026-03-01", "amount": amount, "account": "Assets:Checking", **wanted}
        )

    async def revision(self) -> int:
        """Where the book stands."""
        return int((await self.got(""))["revision"])

    async def balance(self, account_id: str, **wanted: Any) -> dict[str, str]:
        """What an account holds, by currency."""
        read = await self.got(f"/accounts/{account_id}/balance", params={"date": "2999-12-31", **wanted})
        return {each["currency"]: each["amount"] for each in read["balances"]}

    async def trial_balance(self) -> dict[str, str]:
        """What all accounts hold together, by currency."""
        read = await self.got("/reports/trial-balance", params={"date": "2999-12-31"})
        return {each["currency"]: each["amount"] for each in read["totals"]}

    async def attach(self, path: str, data: bytes, name: str = "receipt.pdf", **options: Any) -> httpx2.Response:
        """Attach a file to what has this path."""
        headers = {"Authorization": f"Bearer {self.person.access_token}", **options.pop("headers", {})}
        return await self.person.client.request(
            "POST",
            f"/api/v1/books/{self.book_id}{path}/attachments",
            files={"file": (name, data)},
            data=options.pop("form", {}),
            headers=headers,
            **options,
        )

    async def bring(self, data: bytes, *, account: str | None = "Assets:Checking", **options: Any) -> httpx2.Response:
        """Hand a file in."""
        form = {"account": account} if account else {}
        form |= options.pop("form", {})
        headers = {"Authorization": f"Bearer {self.person.access_token}", **options.pop("headers", {})}
        return await self.person.client.request(
            "POST",
            f"/api/v1/books/{self.book_id}/imports",
            files={"file": ("statement", data)},
            data=form,
            headers=headers,
            **options,
        )
