"""A mail server that keeps what it is handed: as much of SMTP (RFC 5321) as a client that sends needs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.household import Client

from farthing.entrypoints.worker.postman import Postman

PATIENCE_SECONDS = 15
TOKEN = re.compile(r"\b(?:prt|evt|inv)_[\w-]{20,}")


@dataclass
class PostOffice:
    """What came, in order."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: int = 0
    """How many letters more are refused for now."""
    sender: Client | None = None
    """The instance whose mail it is, if that has no worker to send it."""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    went: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def next(self, to: str, about: str | None = None) -> EmailMessage:
        """The letter that comes next to an address, whatever it is about or with this subject.

        Tests share a database: letters of others may come in between.
        """
        await self._have_it_sent()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (
                mine := [each for each in self.letters if each["To"] == to and about in {None, each["Subject"]}]
            ):
                self.came.clear()
                await self.came.wait()
        self.letters.remove(mine[0])
        return mine[0]

    async def refused(self) -> None:
        """Wait until a letter was refused."""
        await self._have_it_sent()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.went.wait()

    async def token(self, to: str) -> str:
        """What the link carries in the letter that comes next to an address."""
        return self.token_in(await self.next(to))

    def token_in(self, letter: EmailMessage) -> str:
        """What the link in a letter carries."""
        found = TOKEN.findall(letter.get_content())
        assert len(set(found)) == 1
        return str(found[0])

    async def _have_it_sent(self) -> None:
        """Have what waits sent now, where nobody else sends it: nobody needs to wait until it is looked for."""
        if self.sender is not None:
            keeper = self.sender.app.app.state.doorkeeper
            postman = Postman(self.sender.app.settings, keeper.tools, keeper.database)
            while await postman.carry_one():
                pass

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 here")
        while line := (await reader.readline()).decode().strip():
            match line.upper().split()[0]:
                case "DATA":
                    await say("354 go on")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    if self.refusals:
                        self.refusals -= 1
                        await say("451 not now")
                        self.went.set()
                        continue
                    letter = message_from_bytes(data[:-3], policy=policy.default)
                    assert isinstance(letter, EmailMessage)
                    self.letters.append(letter)
                    self.came.set()
                    await say("250 kept")
                case "QUIT":
                    await say("221 bye")
                    break
                case _:
                    await say("250 yes")
        writer.close()


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office
