"""The mail that is about who someone is. The letters themselves stand in ``letters``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from farthing.core.letters import letter, link_to
from farthing.core.mail import Letter, mail_kind
from farthing.core.work import Work
from farthing.features.identity.repository import IdentityRepository
from farthing.features.identity.schemas import email_key
from farthing.features.identity.service.emails import EmailService
from farthing.features.identity.service.passwords import PasswordService


@mail_kind("identity.reset_password")
async def write_reset(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To someone who can't come in: with what sets a new password."""
    person = await IdentityRepository(work).find_recipient(key=about["key"])
    if person.user_id is None:
        return None
    token = await PasswordService(work).make_reset_link(person.user_id, person.email, by_mail=True)
    return letter(
        work, __file__, "reset_password", to=person.email, token=token, link=link_to(work, "reset-password", token)
    )


@mail_kind("identity.password_changed")
async def write_password_changed(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To someone whose password is another now."""
    person = await IdentityRepository(work).find_recipient(person_id=UUID(about["person_id"]))
    return letter(work, __file__, "password_changed", to=person.email) if person.user_id else None


@mail_kind("identity.confirm_email")
async def write_confirmation(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To an address that is to be shown to be someone's: with what shows it."""
    person = await IdentityRepository(work).find_recipient(person_id=UUID(about["person_id"]))
    if person.user_id is None:
        return None
    since = person.password_changed_at.isoformat() if person.password_changed_at else None
    if email_key(about["email"]) != email_key(person.email) and about.get("password_changed_at") != since:
        return None  # whoever asked for it may be the reason why the password is another now
    token = await EmailService(work).make_link(person.user_id, about["email"])
    return letter(
        work, __file__, "confirm_email", to=about["email"], token=token, link=link_to(work, "confirm-email", token)
    )


@mail_kind("identity.email_changed")
async def write_email_changed(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To the address that was someone's until now."""
    person = await IdentityRepository(work).find_recipient(person_id=UUID(about["person_id"]))
    return letter(work, __file__, "email_changed", to=about["email"]) if person.user_id else None
