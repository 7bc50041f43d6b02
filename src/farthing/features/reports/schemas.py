"""Reports on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from farthing.features.accounts.schemas import AccountRef, MoneyRead
from farthing.features.changes.schemas import KnownAt
from farthing.features.journal.models import PostingStatus
from farthing.features.reports.valued_schemas import ConvertedRead, ValuationRead, ValuedQuery
from farthing.features.tags.schemas import TagRef
from farthing.features.transactions.schemas import ListedTransactionRead, TransactionFilter
from farthing.features.transactions.search import MAX_TERMS
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id
from farthing.ledger.accounts import AccountKind
from farthing.ledger.periods import Interval
from farthing.ledger.wire import Sum

MAX_DEPTH = 20
MAX_ACCOUNTS = 100
Converted = Annotated[
    list[ConvertedRead] | None,
    Field(description="What of it was in other currencies. Null: nothing is converted in this report."),
]


class TrialBalanceQuery(ValuedQuery):
    """When a trial balance is drawn up."""

    date: Annotated[Day | None, Field(description="The end of this day; of today if left out.")] = None
    known_at: KnownAt = None


class TrialBalanceLineRead(Answered):
    """What an account holds: positive is a debit, negative a credit."""

    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    kind: AccountKind
    balances: list[MoneyRead]
    converted: Converted


class TrialBalanceRead(ValuationRead):
    """Every account that holds something at the end of a day, and what all of them sum to: zero, by currency."""

    date: Day
    data: list[TrialBalanceLineRead]
    totals: Annotated[list[MoneyRead], Field(description="The sum over all accounts: zero in every currency.")]


class Compare(StrEnum):
    """What a report's figures are shown beside."""

    NONE = "none"
    PREVIOUS = "previous"
    YEAR = "year"


class RangeQuery(ValuedQuery):
    """Which days a statement is about, and how they are cut."""

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

    def of_accounts(self) -> StatementQuery:
        """The same, of a report that shows no accounts by themselves, as a statement is asked for."""
        return StatementQuery.model_construct(**dict(self))


class StatementQuery(RangeQuery):
    """Likewise, and which accounts it shows."""

    depth: Annotated[
        int | None,
        Field(ge=1, le=MAX_DEPTH, description="Accounts down to this level; those below count too."),
    ] = None
    empty: Annotated[bool, Field(description="Whether accounts without any figure are shown.")] = False
    account: Annotated[
        list[AccountRef] | None,
        Field(max_length=MAX_ACCOUNTS, description="These accounts and those under them only; may be repeated."),
    ] = None


class CategoriesQuery(Given):
    """Which of what categories got counts, and where."""

    net_of_refunds: Annotated[
        bool,
        Field(
            description=(
                "Whether what came back, and is linked to what it was spent on, counts where and when that was spent; "
                "else it counts where and when it came back."
            )
        ),
    ] = False
    status: Annotated[
        PostingStatus | None,
        Field(
            description=(
                "Of transactions of this status only: the least of their postings on accounts, since those on "
                "categories have none of their own."
            )
        ),
    ] = None


class IncomeQuery(StatementQuery, CategoriesQuery):
    """Likewise, for what was earned and spent."""


class HoldingsQuery(StatementQuery):
    """Likewise, for what accounts hold: their postings have a status, which those of categories share in no way."""

    status: Annotated[PostingStatus | None, Field(description="Postings of this status only.")] = None


class NetWorthQuery(RangeQuery):
    """Likewise, of what accounts hold together, month by month unless it is asked for otherwise."""

    interval: Annotated[Interval, Field(description="At the end of each of these, and of the range.")] = Interval.MONTH
    account: Annotated[
        list[AccountRef] | None,
        Field(max_length=MAX_ACCOUNTS, description="These accounts and those under them only; may be repeated."),
    ] = None
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
    """A figure, what of it was converted, and the transactions or lines that make it up, as they were posted."""

    converted: Converted
    transactions: Annotated[str, Field(examples=["/api/v1/books/…/transactions?account=…&date_from=2026-01-01"])]


class TotalRead(CellRead):
    """A total, what of it was converted, and the lines of transactions that make it up."""

    converted: Converted
    lines: Annotated[
        str | None,
        Field(
            description="Where those lines are listed, as they were posted. Null: no list has just those.",
            examples=["/api/v1/books/…/reports/lines?of=income&date_from=2026-01-01&date_to=2026-01-31"],
        ),
    ]


class RefundedFigureRead(FigureRead):
    """A figure, and what refunds move."""

    refunds: Annotated[
        list[MoneyRead] | None,
        Field(
            description=(
                "What is counted here and was posted elsewhere, less what was posted here and is counted elsewhere: "
                "with the postings that the figure leads to it makes up the figure. Null unless `net_of_refunds`."
            )
        ),
    ]


class StatementRowRead(Answered):
    """An account with all that is under it."""

    account_id: Id
    account: Annotated[str, Field(examples=["Expenses:Food"])]
    name: Annotated[str, Field(examples=["Food"])]
    parent_id: Id | None
    depth: Annotated[int, Field(description="1 for the uppermost.", examples=[1])]
    figures: Annotated[list[RefundedFigureRead], Field(description="One for each column.")]
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
    totals: Annotated[list[TotalRead], Field(description="One for each column: every account counted once.")]
    total: list[MoneyRead] | None


class StatementRead(ValuationRead):
    """Accounts in rows, periods in columns."""

    report: Annotated[str, Field(examples=["income_statement"])]
    date_from: Day
    date_to: Day
    columns: list[ColumnRead]
    sections: list[SectionRead]
    net: Annotated[
        list[TotalRead],
        Field(description="Income less expenses, or assets less liabilities: one for each column."),
    ]
    net_total: list[MoneyRead] | None


class SpendingBy(StrEnum):
    """What spending is broken down by."""

    CATEGORY = "category"
    PAYEE = "payee"
    TAG = "tag"
    ACCOUNT = "account"


_NOT_NESTED = {
    "depth": "nothing is under another, so that there is no depth to cut it at",
    "empty": "only categories and accounts are shown without a figure",
}
_IN_ITS_ORDER = {"top": "categories and accounts stand in the order of the chart"}
UNFIT: Mapping[SpendingBy, Mapping[str, str]] = {
    SpendingBy.CATEGORY: _IN_ITS_ORDER,
    SpendingBy.PAYEE: _NOT_NESTED,
    SpendingBy.TAG: _NOT_NESTED,
    SpendingBy.ACCOUNT: _IN_ITS_ORDER,
}
"""Options that don't go with a breakdown, each with the reason."""
MAX_ROWS = 1000
MEDIAN_MONTHS = 36


class SpendingQuery(ValuedQuery, CategoriesQuery):
    """Which days spending is about, and how it is broken down and cut."""

    known_at: KnownAt = None

    by: Annotated[
        SpendingBy,
        Field(
            description=(
                "`category`: nested, those below counting too. `payee`, `tag`, or the `account` it was paid from or "
                "with, nested as well: what has none is a row of its own. A transaction with several tags, or paid "
                "from several accounts, counts whole under each of them and once in the totals."
            )
        ),
    ] = SpendingBy.CATEGORY
    date_from: Annotated[
        Day | None, Field(description="The first day. Left out: the first of the fiscal year that `date_to` is in.")
    ] = None
    date_to: Annotated[Day | None, Field(description="The last day; today if left out.")] = None
    interval: Annotated[
        Interval, Field(description="A column for each of these, cut off where the range begins and ends.")
    ] = Interval.NONE
    category: Annotated[
        AccountRef | None, Field(description="What was spent on this expense account and those under it.")
    ] = None
    account: Annotated[
        AccountRef | None, Field(description="Of transactions with a posting on this account or one under it.")
    ] = None
    payee_id: Annotated[Id | None, Field(description="Of this payee.")] = None
    tag: Annotated[
        list[TagRef],
        Field(max_length=MAX_TERMS, description="That bear this tag, by name or id; repeated, that bear all of them."),
    ] = Field(default_factory=list)
    depth: Annotated[
        int | None,
        Field(ge=1, le=MAX_DEPTH, description="Rows down to this level. Of categories and accounts alone."),
    ] = None
    empty: Annotated[bool, Field(description="Whether rows without any figure are shown.")] = False
    top: Annotated[
        int | None,
        Field(ge=1, le=MAX_ROWS, description="Only so many rows, the largest. Of payees and tags alone."),
    ] = None
    compare: Annotated[
        Compare, Field(description="Shows beside each figure the one of an earlier period, and the change.")
    ] = Compare.NONE


class BrokenDownRead(Answered):
    """A row: its figures, and what they come to."""

    id: Annotated[Id | None, Field(description="Of the category, payee, tag or account; null: without any.")]
    name: Annotated[str | None, Field(examples=["Food"])]
    parent_id: Id | None
    depth: Annotated[int, Field(description="1 for the uppermost.", examples=[1])]
    figures: Annotated[list[RefundedFigureRead], Field(description="One for each column.")]
    total: Annotated[list[MoneyRead], Field(description="Over all columns.")]
    average: Annotated[list[MoneyRead], Field(description="Of a column, rounded to the currency's digits.")]
    share: Annotated[
        Sum | None, Field(description="Of the whole total, in per cent, to a tenth; null if currencies differ.")
    ]


class SpendingRead(ValuationRead):
    """What was spent, by category, payee, tag or account. What was given back is taken off."""

    report: Annotated[str, Field(examples=["spending"])]
    by: SpendingBy
    date_from: Day
    date_to: Day
    columns: list[ColumnRead]
    rows: list[BrokenDownRead]
    overlapping: Annotated[
        bool, Field(description="Whether something may count in several rows, so that they exceed the totals.")
    ]
    totals: Annotated[list[TotalRead], Field(description="One for each column: everything counted once.")]
    total: list[MoneyRead]
    average: list[MoneyRead]


class Pace(StrEnum):
    """How a month that isn't over is held against those before."""

    SAME_DAY = "same_day"
    SCALED = "scaled"
    WHOLE = "whole"


class TrendsQuery(ValuedQuery):
    """Which month is held against which others."""

    date: Annotated[
        Day | None, Field(description="The month that this day is in, up to this day; today if left out.")
    ] = None
    months: Annotated[int, Field(ge=1, le=MEDIAN_MONTHS, description="Against how many months before it.")] = 12
    pace: Annotated[
        Pace,
        Field(
            description=(
                "Of a month that isn't over: `same_day` counts the months before up to the same day too (a shorter one "
                "whole); `scaled` takes what the month would come to if it went on alike, and `whole` the month as it "
                "is, each against whole months."
            )
        ),
    ] = Pace.SAME_DAY
    depth: Annotated[
        int | None, Field(ge=1, le=MAX_DEPTH, description="Categories down to this level; those below count too.")
    ] = None
    empty: Annotated[bool, Field(description="Whether categories without any figure are shown.")] = False
    known_at: KnownAt = None


class TrendRead(Answered):
    """A month's figure against those of the months before."""

    amounts: Annotated[list[MoneyRead], Field(description="This month; scaled, if that is asked for.")]
    average: Annotated[list[MoneyRead], Field(description="Of the months before, rounded, half to even.")]
    median: Annotated[list[MoneyRead], Field(description="The same; of two in the middle, the half of both.")]
    change: Annotated[list[MoneyRead], Field(description="This month less the average.")]
    ratio: Annotated[
        Sum | None, Field(description="This month in per cent of the average, to a tenth; null if currencies differ.")
    ]


class TrendRowRead(TrendRead):
    """The trend of a category with all that is under it."""

    account_id: Id
    account: Annotated[str, Field(examples=["Expenses:Food"])]
    name: Annotated[str, Field(examples=["Food"])]
    parent_id: Id | None
    depth: Annotated[int, Field(description="1 for the uppermost.", examples=[1])]
    figures: Annotated[
        list[FigureRead], Field(description="One for each month, oldest first, as counted: this month is the last.")
    ]


class TrendSectionRead(Answered):
    """Income, or expenses."""

    section: Annotated[str, Field(examples=["expenses"])]
    rows: list[TrendRowRead]
    totals: Annotated[list[TotalRead], Field(description="One for each month, as counted: this month is the last.")]
    total: TrendRead


class TrendsRead(ValuationRead):
    """This month against the months before it."""

    report: Annotated[str, Field(examples=["trends"])]
    date: Day
    pace: Pace
    scale: Annotated[
        Sum, Field(description="What this month was multiplied by: days in it, by days so far; 1 unless scaled.")
    ]
    columns: Annotated[list[PeriodRead], Field(description="The days counted of each month; this month is the last.")]
    sections: list[TrendSectionRead]


class Lines(StrEnum):
    """Which lines of transactions are counted."""

    CATEGORIES = "categories"
    EXPENSES = "expenses"
    INCOME = "income"
    ACCOUNTS = "accounts"


class Dimension(StrEnum):
    """What lines are told apart by."""

    ACCOUNT = "account"
    CATEGORY = "category"
    PAYEE = "payee"
    TAG = "tag"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    WEEKDAY = "weekday"
    CURRENCY = "currency"
    STATUS = "status"

    @property
    def interval(self) -> Interval | None:
        """How long its periods are; None: it isn't about time, or about days of the week."""
        return Interval(self.value) if self.value in set(Interval) else None


class Measure(StrEnum):
    """What is told of the lines in a cell."""

    SUM = "sum"
    COUNT = "count"
    AVERAGE = "average"
    IN = "in"
    OUT = "out"
    NET = "net"


class CountedFilter(TransactionFilter):
    """Which lines of which transactions. Transactions are filtered as in their list."""

    known_at: KnownAt = None

    of: Annotated[
        Lines,
        Field(
            description=(
                "Which lines of the transactions count: those on `categories`, on `expenses` or `income` alone, or "
                "those on `accounts`, which are assets and liabilities."
            )
        ),
    ] = Lines.CATEGORIES


MAX_WHERE = 4
WHERE_PATTERN = r"^(account|category|payee|tag|weekday|currency|status):(none|[0-9A-Za-z._-]{1,40}(:all)?)$"


class LinesQuery(CountedFilter, PageQuery):
    """Which lines are listed: those that a figure of a report is made of."""

    where: Annotated[
        list[Annotated[str, Field(pattern=WHERE_PATTERN)]],
        Field(
            max_length=MAX_WHERE,
            description=(
                "What holds of each line, as links from figures have it: `payee:<id>`, `tag:<id>`, `category:<id>`, "
                "`account:<id>` (that one alone; with `:all` behind it, those under it too), `weekday:1`, "
                "`currency:EUR`, `status:cleared`; `none` where there is none."
            ),
        ),
    ] = Field(default_factory=list)


class LineRead(Answered):
    """A line of a transaction."""

    transaction_id: Id
    posting_id: Id
    date: Day
    payee: str | None
    description: str | None
    account_id: Id
    account: Annotated[str, Field(examples=["Expenses:Food"])]
    amount: Annotated[Sum, Field(description="As posted: on an expense positive, on income negative.")]
    currency: Annotated[str, Field(examples=["EUR"])]
    status: PostingStatus
    memo: str | None


class LinesPage(PageRead[LineRead]):
    """Lines of transactions, oldest first."""


class PivotQuery(CountedFilter, ValuedQuery):
    """What lines are told apart by, and what is told of them."""

    rows: Annotated[Dimension, Field(description="What each row is about.")] = Dimension.CATEGORY
    columns: Annotated[
        Dimension | None, Field(description="What each column is about; left out, there is one column.")
    ] = None
    measure: Annotated[
        Measure,
        Field(
            description=(
                "`sum` of the amounts as posted: on an expense positive, on income negative. `in`, `out` and `net` as "
                "seen from one's own pocket: what came in, what went out (both positive), and the former less the "
                "latter. `average` is the sum by the `count` of the lines, rounded to the currency's digits."
            )
        ),
    ] = Measure.SUM
    depth: Annotated[
        int | None,
        Field(ge=1, le=MAX_DEPTH, description="Accounts and categories below this level count for the one above."),
    ] = None
    empty: Annotated[bool, Field(description="Whether periods and days without any line are shown.")] = False


class PivotKeyRead(Answered):
    """What a row or a column is about."""

    key: Annotated[str, Field(description="An id, a code, a day; `none` where there is none.", examples=["2026-03-01"])]
    name: Annotated[str | None, Field(examples=["2026-03"])]


class PivotCellRead(Answered):
    """What is told of some lines, and how many they are."""

    amounts: Annotated[list[MoneyRead], Field(description="By currency; nothing if they are only counted.")]
    count: Annotated[int, Field(description="How many lines there are.")]
    converted: Converted
    transactions: Annotated[
        str | None, Field(description="The lines themselves; null where there are none or too much is in one.")
    ]


class PivotRowRead(PivotKeyRead):
    """A row: a cell for each column, and its total."""

    cells: list[PivotCellRead]
    total: PivotCellRead


class PivotRead(ValuationRead):
    """Lines of transactions, told apart twice."""

    report: Annotated[str, Field(examples=["pivot"])]
    rows: Dimension
    columns: Dimension | None
    measure: Measure
    of: Lines
    date_from: Day
    date_to: Day
    overlapping: Annotated[
        bool, Field(description="Whether a line may count in several rows or columns; in totals it counts once.")
    ]
    keys: Annotated[list[PivotKeyRead], Field(description="The columns.")]
    data: list[PivotRowRead]
    totals: Annotated[list[PivotCellRead], Field(description="One for each column.")]
    total: PivotCellRead


class RegisterReportQuery(ValuedQuery):
    """Of which account a register is drawn up, and about which days."""

    account: Annotated[AccountRef, Field(description="The account, by id or full name.")]
    date_from: Annotated[
        Day | None, Field(description="The first day. Left out: the first of the month that `date_to` is in.")
    ] = None
    date_to: Annotated[Day | None, Field(description="The last day; today if left out.")] = None
    known_at: KnownAt = None


class RegisterReportLineRead(Answered):
    """A transaction as the account sees it."""

    transaction: ListedTransactionRead
    amounts: Annotated[list[MoneyRead], Field(description="What it moved on the account.")]
    converted: Converted
    balances: Annotated[list[MoneyRead], Field(description="What the account held after it.")]


class RegisterRead(ValuationRead):
    """What moved on an account, oldest first, between what it held before and after."""

    report: Annotated[str, Field(examples=["register"])]
    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    date_from: Day
    date_to: Day
    opening: Annotated[list[MoneyRead], Field(description="What the account held before the first day.")]
    opening_converted: Converted
    lines: list[RegisterReportLineRead]
    moved: Annotated[list[MoneyRead], Field(description="What all lines moved.")]
    closing: Annotated[list[MoneyRead], Field(description="What it held at the end of the last day.")]
    closing_converted: Converted


class OverviewQuery(ValuedQuery):
    """Which month or year an overview is of."""

    period: Annotated[
        str | None,
        Field(
            pattern=r"^(1[6-9]|2[0-9])[0-9]{2}(-(0[1-9]|1[0-2]))?$",
            description="A calendar year or a month, like `2026` or `2026-03`; left out, this year.",
            examples=["2026", "2026-03"],
        ),
    ] = None
    depth: Annotated[int, Field(ge=1, le=MAX_DEPTH, description="Accounts down to this level.")] = 2


class OverviewRead(Answered):
    """A month or a year in figures."""

    report: Annotated[str, Field(examples=["overview"])]
    book: Annotated[str, Field(examples=["Home"])]
    currency: Annotated[
        str, Field(description="The one that it is told in; else the book's own, which comes first.", examples=["EUR"])
    ]
    date_from: Day
    date_to: Day
    income_statement: Annotated[StatementRead, Field(description="Compared with the period before.")]
    balance_sheet: Annotated[StatementRead, Field(description="At the end, compared with the beginning.")]
    saved: Annotated[
        Sum | None, Field(description="The net in per cent of the income, to a tenth; null if currencies differ.")
    ]
    months: Annotated[StatementRead, Field(description="The income statement of the twelve months up to the end.")]
    categories: Annotated[SpendingRead, Field(description="The uppermost categories.")]
    payees: Annotated[
        SpendingRead | None, Field(description="The ten that most went to; null for those who may not see payees.")
    ]
