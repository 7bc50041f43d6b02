"""The mail that invites people. The letter itself stands in ``letters``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from farthing.core.letters import letter, link_to
from farthing.core.mail import Letter, mail_kind
from farthing.core.work import Work
from farthing.features.invitations.service import MAIL, LetterService

LIKE_A_LINK = re.compile(r"\w[.\u3002]\w{2,}|//|@|www|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", re.IGNORECASE)
"""What mail programs may make a link of, or show in another order than it is written in."""


@mail_kind(MAIL)
async def write_invitation(work: Work, about: Mapping[str, Any]) -> Letter | None:
    """To an address that is invited to a book: with what accepts it, if whoever has the address holds it.

    The names in it are of others' choosing, and whom it goes to has asked for nothing: what was said to them stands in
    the invitation, and a name that would be shown as a link isn't told.
    """
    found, token = await LetterService(work).issue(UUID(about["book_id"]), UUID(about["id"]))
    if found is None:
        return None
    return letter(
        work,
        __file__,
        "invitation",
        to=found["email"],
        invited_by=_told(found["invited_by"]),
        book=_told(found["book"]),
        role=found["role"],
        until=f"{found['expires_at']:%Y-%m-%d %H:%M} UTC",
        token=token,
        link=link_to(work, "accept-invitation", token),
    )


def _told(name: str) -> str | None:
    return None if LIKE_A_LINK.search(unicodedata.normalize("NFKC", name)) else name
