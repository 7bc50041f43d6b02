"""Letters: what mail says, from templates that stand beside the room that sends it, as ``letters/<name>.txt``.

The first line of a template is the subject. What people chose themselves, such as names, never stands there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from farthing.core.mail import Letter
from farthing.core.settings import Settings
from farthing.core.work import Work


def letter(work: Work, room: str, template: str, *, to: str, **facts: object) -> Letter:
    """A letter, written.

    Args:
        work: the unit of work in which it is written.
        room: the file beside whose ``letters`` the template stands.
        template: its name.
        to: whose address it goes to.
        facts: what it tells, besides ``place``: where the instance is, "" where nobody said.
    """
    text = _letters(room).get_template(f"{template}.txt").render(place=_public_url(work) or "", **facts)
    subject, _, rest = text.partition("\n")
    return Letter(to=to, subject=subject.removeprefix("Subject: "), text=rest.lstrip("\n"))


def link_to(work: Work, page: str, token: str) -> str | None:
    """The address of a page, with a token that isn't sent to any server; None: nobody said where the instance is.

    The page is the front end's, if there is one at that address, else a small one of the service itself. It is never
    taken from a request: whoever asks for a mail could name a host of theirs.
    """
    public_url = _public_url(work)
    return f"{public_url}/{page}#token={token}" if public_url else None


def _public_url(work: Work) -> str | None:
    public_url = work.tools[Settings].public_url
    return public_url.rstrip("/") if public_url else None


@cache
def _letters(room: str) -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(room).with_name("letters")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - plain text
    )
