"""The postman: sends the mail that waits, one after the other, until it is told to stop."""

from __future__ import annotations

import asyncio

import aiosmtplib

from farthing.core.connection import Begin
from farthing.core.database import DRIVER_ERRORS, Database
from farthing.core.logging import logger
from farthing.core.mail import ATTEMPTS, MAILS, Outbox, send
from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Request, Toolbox, Work
from farthing.entrypoints.commit import commit
from farthing.features.identity import mails as _identity  # noqa: F401 - declares its kinds of mail
from farthing.features.invitations import mails as _invitations  # noqa: F401 - as above
from farthing.kit import chance

POLL_SECONDS = 1.0
"""How often an idle postman looks for mail."""


class Postman:
    """Sends mail. Each is written just before it is sent, in a transaction of its own."""

    def __init__(self, settings: Settings, tools: Toolbox, database: Database) -> None:
        self._settings = settings
        self._tools = tools
        self._database = database
        self._stopping = False

    def stop(self) -> None:
        """Carry no more. Said before the task is cancelled: the driver may answer that with an error of its own."""
        self._stopping = True

    async def carry(self) -> None:
        """Send what waits, until told to stop. A server that is away is tried again later."""
        while not self._stopping:
            try:
                carried = await self.carry_one()
            except DRIVER_ERRORS as error:
                carried = False
                logger().warning("mail_unavailable", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever it is, other mail may still be sent
                carried = False
                logger().error("defect", exc_info=error)
            if not carried and not self._stopping:
                await asyncio.sleep(chance.about(POLL_SECONDS))

    async def carry_one(self) -> bool:
        """Send one mail, if one is due; whether one was."""
        async with self._database.connect() as connection:
            mail = await Outbox(connection).take()
        if mail is None:
            return False
        log = logger().bind(kind=mail["kind"], attempt=mail["attempts"])
        try:
            await self._send(mail)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            log.warning("mail_refused", error=type(error).__name__)
            if mail["attempts"] < ATTEMPTS:
                async with self._database.connect() as connection:
                    await Outbox(connection).put_back(mail)
                return True
            log.warning("mail_given_up")
        async with self._database.connect() as connection:
            await Outbox(connection).done(mail["id"])
        return True

    async def _send(self, mail: Row) -> None:
        async with self._database.connect() as connection:
            await connection.begin(Begin.WRITING)
            work = Work(connection, Request(f"mail.{mail['kind']}"), self._tools)
            letter = await MAILS[mail["kind"]](work, mail["about"])
            await commit(connection)
        if letter is not None:
            await send(letter, self._settings)
            logger().info("mail_sent", kind=mail["kind"])
