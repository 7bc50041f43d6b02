"""Reports on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from farthing.features.accounts.schemas import MoneyRead
from farthing.features.changes.schemas import KnownAt
from farthing.features.journal.models import PostingStatus
from farthing.kit.wire import Answered, Day, Given, Id
from farthing.ledger.accounts import AccountKind
from farthing.ledger.periods import Interval
from farthing.ledger.wire import Sum

MAX_DEPTH = 20


class TrialBalanceQuery(Given):
    """When a trial balance is drawn up."""

    date: Annotated[Day | None, Field(description="The end of this day; of today if left out.")] = None
    known_at: KnownAt = None


class TrialBalanceLineRead(Answered):
    """What an account holds: positive is a debit, negative a credit."""

    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    kind: AccountKind
    balances: list[MoneyRead]


class TrialBalanceRead(Answered):
    """Every account that holds something at the end of a day, and what all of them sum to: zero, by currency."""

    date: Day
    data: list[TrialBalanceLineRead]
    totals: Annotated[list[MoneyRead], Field(description="The sum over all accounts: zero in every currency.")]


class Compare(StrEnum):
    """What a report's figures are shown beside."""

    NONE = "none"
    PREVIOUS = "previous"
    YEAR = "year"


class StatementQuery(Given):
    """Which days a statement is about, and how it is cut."""

    date_from: Annotated[
        Day | None,
        Field(
            description=(
                "The first day. Left out: the first of the fiscal year that `date_to` is in; of what is held at the "
                "ends of periods, `date_to` itself."
            )
        ),
    ] = None
    date_to: Annotated[Day | None, Field(description="The last day; today if left out.")] = None
    interval: Annotated[
        Interval,
        Field(
            description=(
                "A column for each of these, cut off where the range begins and ends; `none` is one column. Weeks "
                "begin on the book's `first_weekday`, fiscal years on its `fiscal_year_start`."
            )
        ),
    ] = Interval.NONE
    depth: Annotated[
        int | None,
        Field(ge=1, le=MAX_DEPTH, description="Accounts down to this level; those below count too."),
    ] = None
    empty: Annotated[bool, Field(description="Whether accounts without any figure are shown.")] = False
    compare: Annotated[
        Compare,
        Field(
            description=(
                "Shows beside each figure the one of the period just before (`previous`), or of the same days a year "
                "earlier (`year`), and the change."
            )
        ),
    ] = Compare.NONE
    known_at: KnownAt = None


class HoldingsQuery(StatementQuery):
    """Likewise, for what accounts hold: their postings have a status, which those of categories share in no way."""

    status: Annotated[PostingStatus | None, Field(description="Postings of this status only.")] = None


class PeriodRead(Answered):
    """The days from the first to the last, both counted."""

    first: Day
    last: Day


class ColumnRead(PeriodRead):
    """A period, and the one that it is compared with."""

    compared: PeriodRead | None


class CellRead(Answered):
    """A figure in each currency; what it is compared with; and how far it is from that."""

    amounts: list[MoneyRead]
    compared: list[MoneyRead] | None
    change: list[MoneyRead] | None


class FigureRead(CellRead):
    """A figure of an account, and the transactions whose postings on it, or under it, make it up."""

    transactions: Annotated[str, Field(examples=["/api/v1/books/…/transactions?account=…&date_from=2026-01-01"])]


class StatementRowRead(Answered):
    """An account with all that is under it."""

    account_id: Id
    account: Annotated[str, Field(examples=["Expenses:Food"])]
    name: Annotated[str, Field(examples=["Food"])]
    parent_id: Id | None
    depth: Annotated[int, Field(description="1 for the uppermost.", examples=[1])]
    figures: Annotated[list[FigureRead], Field(description="One for each column.")]
    total: Annotated[list[MoneyRead] | None, Field(description="Over all columns; null of what is held.")]
    average: Annotated[
        list[MoneyRead] | None,
        Field(description="Of a column, rounded to the currency's digits, half to even; null of what is held."),
    ]
    share: Annotated[
        Sum | None, Field(description="Of the section's total, in per cent, to a tenth; null if currencies differ.")
    ]


class SectionRead(Answered):
    """A part of a statement. What is owed or earned is shown as positive."""

    section: Annotated[str, Field(examples=["expenses"])]
    rows: list[StatementRowRead]
    totals: Annotated[list[CellRead], Field(description="One for each column: every account counted once.")]
    total: list[MoneyRead] | None


class StatementRead(Answered):
    """Accounts in rows, periods in columns."""

    report: Annotated[str, Field(examples=["income_statement"])]
    date_from: Day
    date_to: Day
    columns: list[ColumnRead]
    sections: list[SectionRead]
    net: Annotated[
        list[CellRead],
        Field(description="Income less expenses, or assets less liabilities: one for each column."),
    ]
    net_total: list[MoneyRead] | None
