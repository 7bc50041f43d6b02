"""Imports on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Id, Instant
from farthing.ledger.wire import Sum

State = Literal["draft", "committed"]


class StatedRead(Answered):
    """A balance as the bank states it, at the end of a day."""

    amount: Sum
    currency: Annotated[str, Field(examples=["CAD"])]
    date: Day


class DifferenceRead(Answered):
    """What the bank says the account holds, less what it holds here."""

    amount: Sum
    currency: Annotated[str, Field(examples=["CAD"])]


class StatementRead(Answered):
    """The balances that the file states, and how far the book is from the closing one."""

    opening: StatedRead | None
    closing: StatedRead | None
    difference: DifferenceRead | None


class CountsRead(Answered):
    """What became of the lines."""

    created: Annotated[int, Field(examples=[3])]
    duplicates: Annotated[int, Field(examples=[0])]
    skipped: Annotated[int, Field(examples=[0])]


class ImportedAccountRead(Answered):
    """What the file brought to one account."""

    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    counts: CountsRead
    statement: StatementRead


class SkippedRead(Answered):
    """A line that brought nothing, and why."""

    line: Annotated[int, Field(examples=[24])]
    reason: Annotated[str, Field(examples=["no amount"])]


class ImportRead(Answered):
    """A file that was handed in, and what became of it: of a draft, what would."""

    id: Id
    state: State
    format: Annotated[str, Field(examples=["ofx"])]
    accounts: list[ImportedAccountRead]
    created: Annotated[int, Field(description="Transactions made of the file's lines.", examples=[3])]
    duplicates: Annotated[int, Field(description="Lines that were imported before.", examples=[0])]
    skipped: list[SkippedRead]
    warnings: list[str]
    understood: Annotated[dict[str, str], Field(description="How the file was read.")]
    revision: Annotated[int | None, Field(description="The revision that booked it; null if nothing was.")]
    created_at: Instant


class ImportPage(PageRead[ImportRead]):
    """Imports, newest first."""


class ImportQuery(PageQuery):
    """Filters of the list of imports."""

    state: Annotated[State | None, Field(description="Only drafts, or only booked ones.")] = None
