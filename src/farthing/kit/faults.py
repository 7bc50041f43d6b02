"""Faults: everything that can go wrong and isn't a bug, told apart by kind and by a stable code.

A fault says *what* is the matter, never how a protocol puts it. Entrypoints translate: the API into
``application/problem+json`` (RFC 9457), the command line into one red line and an exit code::

    Fault
    ├── BadRequest          the request can't be understood at all
    ├── Unauthenticated     who is asking isn't known
    ├── Forbidden           who is asking is known, and may not
    ├── NotFound            there is no such thing, or none this person may know of
    ├── Conflict            the thing's state stands in the way
    ├── PreconditionFailed  the caller's picture of the thing is out of date
    ├── TooLarge            over a stated bound
    ├── UnsupportedMedia    a kind of body that isn't read here
    ├── NotAcceptable       a kind of answer that isn't given here
    ├── Invalid             understood, but the content is wrong: names the field
    ├── TooMany             too often; again after so long
    └── Busy                not now; try again after ``retry_after_seconds``
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class Blame:
    """One field that is wrong, and how. The value itself is never repeated: it may be a secret.

    ``pointer`` is an RFC 6901 JSON pointer into the body, ``parameter`` a query, path or header parameter,
    ``line`` a line of a file, counted from 1. At most one of them is set.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    line: int | None = None


class Fault(Exception):
    """Something went wrong that has a name. Subclasses set ``code`` and ``message``; facts fill the message."""

    code: ClassVar[str]
    message: ClassVar[str]
    sample: ClassVar[dict[str, object]] = {}
    """Facts that make a believable example of the message, for the documentation."""

    members: ClassVar[tuple[str, ...]] = ()
    """Facts that the answer carries as members of their own (RFC 9457, 3.2), for programs rather than for people."""

    commits: ClassVar[bool] = False
    """Whether what the work did up to here stands although the answer is this fault: a stolen token stays ended."""

    def __init__(self, *, blames: tuple[Blame, ...] = (), **facts: object) -> None:
        self.facts = facts
        self.blames = blames
        super().__init__(self.code)

    @property
    def detail(self) -> str:
        """The message with the facts in it, fit for a person."""
        return self.message.format_map(self.facts)

    def within(self, pointer: str) -> Self:
        """This fault, met in a part of the body: what it blames is found there; if it blames no field, the part is.

        Args:
            pointer: where the part is (RFC 6901).
        """
        blames = self.blames or (Blame(code=self.code, detail=self.detail, pointer=""),)
        self.blames = tuple(replace(blame, pointer=f"{pointer}{blame.pointer or ''}") for blame in blames)
        return self

    @classmethod
    def example(cls) -> str:
        """The message as documentation shows it."""
        return cls.message.format_map(cls.sample)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    @classmethod
    def at(cls, pointer: str, **facts: object) -> Self:
        """This fault, blamed on the field of the body that ``pointer`` (RFC 6901) names."""
        return cls._blaming(pointer=pointer, parameter=None, facts=facts)

    @classmethod
    def in_parameter(cls, parameter: str, **facts: object) -> Self:
        """This fault, blamed on a query or path parameter."""
        return cls._blaming(pointer=None, parameter=parameter, facts=facts)

    @classmethod
    def on_line(cls, line: int | None, **facts: object) -> Self:
        """This fault, blamed on a line of a file, counted from 1; None where no single line is to blame."""
        detail = cls.message.format_map({"line": line, **facts})
        return cls(blames=(Blame(code=cls.code, detail=detail, line=line),), line=line, **facts)

    @classmethod
    def _blaming(cls, *, pointer: str | None, parameter: str | None, facts: dict[str, object]) -> Self:
        detail = cls.message.format_map(facts)
        return cls(blames=(Blame(code=cls.code, detail=detail, pointer=pointer, parameter=parameter),), **facts)


class BadRequest(Fault):
    """The request can't be understood at all."""


class Unauthenticated(Fault):
    """Who is asking isn't known."""


class Forbidden(Fault):
    """Who is asking is known, and may not."""


class NotFound(Fault):
    """There is no such thing, or none that this person may know of: both answers are the same."""


class Conflict(Fault):
    """The state of the thing stands in the way."""


class PreconditionFailed(Fault):
    """The caller's picture of the thing is out of date."""


class TooLarge(Fault):
    """Over a stated bound."""


class UnsupportedMedia(Fault):
    """A kind of body that isn't read here."""


class NotAcceptable(Fault):
    """A kind of answer that isn't given here."""


class Invalid(Fault):
    """Understood, but the content is wrong: blames the field, where it can be named."""


class TooMany(Fault):
    """Too often. An attempt more is allowed ``retry_after_seconds`` from now; this one was not made.

    ``policy`` names what is bounded, ``limit`` says how many attempts are allowed at once, ``window_seconds`` in how
    long all of them come back.
    """

    def __init__(
        self,
        *,
        policy: str = "attempts",
        limit: int = 1,
        window_seconds: int = 1,
        retry_after_seconds: int = 1,
        blames: tuple[Blame, ...] = (),
        **facts: object,
    ) -> None:
        super().__init__(blames=blames, retry_after_seconds=retry_after_seconds, **facts)
        self.policy = policy
        self.limit = limit
        self.window_seconds = window_seconds
        self.retry_after_seconds = retry_after_seconds


class Busy(Fault):
    """Not now. The same request may be sent again after ``retry_after_seconds``; nothing was done."""

    retry_after_seconds: ClassVar[int] = 1
