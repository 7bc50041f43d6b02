"""Someone who proves with more than a password who they are, as a front end would speak for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2
import pyotp
from tests.device import Device
from tests.features.answers import granted, refused
from tests.household import PASSWORD, Client, Person

from farthing.kit import clock

CARRIED = frozenset({"challenge", "methods"})


@dataclass
class Guarded:
    """Someone with an authenticator app, a passkey, or both."""

    person: Person
    secret: str = ""
    app_id: str = ""
    device: Device = field(default_factory=Device)
    recovery_codes: list[str] = field(default_factory=list)
    steps: int = 0

    @property
    def client(self) -> Client:
        return self.person.client

    async def with_app(self, name: str = "Phone") -> Guarded:
        begun = granted(await self.person.ask("POST", "/me/factors/authenticators", {"name": name}), 201)
        self.secret, self.app_id = begun["secret"], begun["id"]
        path = f"/me/factors/authenticators/{begun['id']}/confirm"
        added = granted(await self.person.ask("POST", path, {"code": self.code(-1)}))
        self.recovery_codes = added["recovery_codes"] or self.recovery_codes
        return self

    async def with_passkey(self, name: str = "Laptop") -> Guarded:
        added = granted(await self.add_passkey(name), 201)
        self.recovery_codes = added["recovery_codes"] or self.recovery_codes
        return self

    async def add_passkey(self, name: str = "Laptop", **wrong: Any) -> httpx2.Response:
        options = granted(await self.person.ask("POST", "/me/factors/passkeys/options"))["public_key"]
        credential = self.device.make(options, **wrong)
        return await self.person.ask("POST", "/me/factors/passkeys", {"name": name, "credential": credential})

    def code(self, offset: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(clock.now(), counter_offset=offset)

    async def challenge(self) -> dict[str, Any]:
        return refused(
            await by_password(self.client, self.person.email), 401, "second_factor_required", carried=CARRIED
        )

    async def give(self, challenge: str, **given: Any) -> httpx2.Response:
        return await self.client.send_json("POST", "/auth/second-factor", {"challenge": challenge, **given})

    async def asked(self, challenge: str) -> dict[str, Any]:
        answer = await self.client.send_json("POST", "/auth/second-factor/options", {"challenge": challenge})
        options: dict[str, Any] = granted(answer)["public_key"]
        return options


async def by_password(client: Client, email: str, password: str = PASSWORD) -> httpx2.Response:
    return await client.post("/api/v1/auth/token", data={"username": email, "password": password})


async def guarded(client: Client) -> Guarded:
    return Guarded(await Person.registered(client, starter=False))
