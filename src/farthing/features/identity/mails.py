"""The mail that is about who someone is. The letters themselves stand in ``letters``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from farthing.core.mail import Letter, mail_kind
from farthing.core.settings import Settings
from farthing.core.work import Work
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.service.emails import EmailService
from farthing.features.identity.service.passwords import PasswordService


@mail_kind("identity.reset_password")
async def write_reset(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To someone who can't come in: with what sets a new password."""
    person = await IdentityRepository(work).find_recipient(key=about["key"])
    if person.user_id is None:
        return None
    token = await PasswordService(work).make_reset_link(person.user_id, person.email, by_mail=True)
    return _letter(work, "reset_password", to=person.email, token=token, link=link_to(work, "reset-password", token))


@mail_kind("identity.password_changed")
async def write_password_changed(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To someone whose password is another now."""
    person = await IdentityRepository(work).find_recipient(person_id=UUID(about["person_id"]))
    return _letter(work, "password_changed", to=person.email) if person.user_id else None


@mail_kind("identity.confirm_email")
async def write_confirmation(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To an address that is to be shown to be someone's: with what shows it."""
    person = await IdentityRepository(work).find_recipient(person_id=UUID(about["person_id"]))
    if person.user_id is None:
        return None
    token = await EmailService(work).make_link(person.user_id, about["email"])
    return _letter(work, "confirm_email", to=about["email"], token=token, link=link_to(work, "confirm-email", token))


@mail_kind("identity.email_changed")
async def write_email_changed(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To the address that was someone's until now."""
    person = await IdentityRepository(work).find_recipient(person_id=UUID(about["person_id"]))
    return _letter(work, "email_changed", to=about["email"]) if person.user_id else None


def link_to(work: Work, page: str, token: str) -> str | None:
    """The address of a page of the front end, with a token that isn't sent to any server; None: nobody said where.

    It is never taken from a request: whoever asks for a mail could name a host of theirs.
    """
    public_url = work.tools[Settings].public_url
    return f"{public_url.rstrip('/')}/{page}#token={token}" if public_url else None


def _letter(work: Work, template: str, *, to: str, **facts: object) -> Letter:
    text = _letters().get_template(f"{template}.txt").render(place=work.tools[Settings].public_url or "", **facts)
    subject, _, rest = text.partition("\n")
    return Letter(to=to, subject=subject.removeprefix("Subject: "), text=rest.lstrip("\n"))


@cache
def _letters() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("letters")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - plain text
    )
