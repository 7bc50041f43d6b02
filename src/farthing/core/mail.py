"""Mail: what is to be told to people outside, put off in the transaction that has reason to, and sent by a worker.

Nobody who asks waits for a mail server, or learns from an answer, or from its time, whether there is anyone to be
written to: what is put off says only what kind of mail is wanted and about whom. A room declares a kind once, with the
function that writes the letter when it is about to be sent::

    @mail_kind("identity.reset_password")
    async def reset_password(work: Work, about: Mapping[str, Any]) -> Letter | None:
        ...  # None: there is nobody to write to

Secrets that a letter carries are made then, so that none lies in the database.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from farthing.core.connection import Connection
from farthing.core.schema import Base, guarded, with_sql
from farthing.core.settings import Settings
from farthing.core.statements import Row, prepared
from farthing.core.work import Work
from farthing.kit import clock, ids

SEND_SECONDS = 30.0
"""The longest that a mail server may take."""
TAKEN_FOR = dt.timedelta(minutes=2)
"""For how long a mail is one worker's: longer than sending it takes."""
ATTEMPTS = 8
KEPT = dt.timedelta(days=1)
"""For how long a mail is tried to be sent: what it says is soon of no use."""
FIRST_DELAY, MOST_DELAY = dt.timedelta(seconds=10), dt.timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, written."""

    to: str
    subject: str
    text: str


Writer = Callable[[Work, Mapping[str, Any]], Awaitable[Letter | None]]
MAILS: dict[str, Writer] = {}
"""Who writes which kind of mail, once the rooms' modules are loaded."""


class OutgoingMail(Base):
    """A mail that is to be sent."""

    __tablename__ = "outgoing_mails"
    __table_args__ = (CheckConstraint("octet_length(about::text) <= 4096", name="about_bounded"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    about: Mapped[dict[str, Any]]
    """Whom and what it is about: ids, and addresses as people gave them. Never a secret."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), index=True)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))


guarded(OutgoingMail, grants="", using=None)
with_sql(OutgoingMail, __file__, "mail.sql")


def mail_kind(name: str) -> Callable[[Writer], Writer]:
    """Declare a kind of mail; decorates what writes it."""

    def declare(writer: Writer) -> Writer:
        assert name not in MAILS, f"two kinds of mail are called {name}"  # noqa: S101 - a defect
        MAILS[name] = writer
        return writer

    return declare


class Outbox:
    """The mail that is to be sent, as a connection sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def post(self, kind: str, about: Mapping[str, Any]) -> None:
        """Have a mail sent, if the transaction stands."""
        assert kind in MAILS, f"nobody writes {kind}"  # noqa: S101 - a defect
        await self._connection.run(_POST, {"id": ids.new_id(), "kind": kind, "about": dict(about)})

    async def take(self) -> Row | None:
        """A mail that is due: ``id``, ``kind``, ``about``, ``attempts``. Nobody else takes it for a while."""
        found = await self._connection.one(_TAKE, {"taken_for": TAKEN_FOR, "kept": KEPT})
        return found if found["id"] is not None else None

    async def done(self, mail_id: UUID) -> None:
        """It was sent, or is not to be."""
        await self._connection.run(_DONE, {"id": mail_id})

    async def put_back(self, mail: Row) -> None:
        """It couldn't be sent; later, maybe."""
        delay = min(FIRST_DELAY * 2 ** mail["attempts"], MOST_DELAY)
        await self._connection.run(_PUT_BACK, {"id": mail["id"], "delay": delay})


async def send(letter: Letter, settings: Settings) -> None:
    """Hand a letter to the mail server, encrypted where that server can, and always where a password is told.

    Raises:
        aiosmtplib.SMTPException, OSError, ssl.SSLError: it wasn't taken.
    """
    assert settings.smtp_url is not None, "there is a mail server"  # noqa: S101 - a defect
    server = urlsplit(settings.smtp_url)
    # In a container the file of the password is there before there is one.
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
    encrypted = server.scheme == "smtps"
    await aiosmtplib.send(
        _message(letter, settings.mail_from or f"Farthing <farthing@{server.hostname}>"),
        hostname=server.hostname,
        port=server.port or (465 if encrypted else 587),
        username=unquote(server.username) if server.username else None,
        password=password or None,
        use_tls=encrypted,
        start_tls=None if encrypted or not server.username else True,
        tls_context=ssl.create_default_context(),
        timeout=SEND_SECONDS,
    )


def _spelled_for_mail(address: str) -> str:
    """The address with its domain as mail servers write it: many take no other letters (RFC 5891, 5; RFC 6531)."""
    try:
        return validate_email(address, check_deliverability=False).ascii_email or address
    except EmailNotValidError:
        return address


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = _spelled_for_mail(letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].partition("@")[2] or "farthing")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    message.set_content(letter.text)
    return message


_POST = prepared("SELECT post_mail(:id, :kind, CAST(:about AS jsonb))")
_TAKE = prepared("SELECT * FROM take_mail(:taken_for, :kept)")
_DONE = prepared("SELECT finish_mail(:id)")
_PUT_BACK = prepared("SELECT put_back_mail(:id, :delay)")
