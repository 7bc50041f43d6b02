"""Imports on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from farthing.features.accounts.schemas import AccountRef
from farthing.features.imports.labels import LabelKind
from farthing.features.imports.mapping import Role, Use
from farthing.features.imports.models import Decision, RowKind
from farthing.features.journal.models import PostingStatus
from farthing.features.matches.models import MatchKind
from farthing.features.matches.schemas import ReasonRead
from farthing.features.tags.schemas import Tags
from farthing.kit.metadata import MetadataRead
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, Line, LongText, Name, Notes, ShortText, absent
from farthing.ledger.accounts import AccountKind, AccountType
from farthing.ledger.wire import Amount, CurrencyCode, Sum

MAX_ROWS_AT_ONCE = 500
"""How many rows are changed with one request."""
MAX_ANSWERS = 50
MAX_MEANT = 500
"""How many names are given another meaning with one request."""

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


class HoldingRead(Answered):
    """How much of a security the file says the account held at the end of a day, and how much the book says."""

    security: Annotated[str, Field(description="Its code.", examples=["VWRL"])]
    name: Annotated[str | None, Field(examples=["All World"])]
    date: Day
    stated: Sum
    held: Annotated[Sum | None, Field(description="None of an account that is kept in one currency.")]
    difference: Annotated[Sum | None, Field(description="What is stated, less what is held.")]


class StatementRead(Answered):
    """The balances that the file states, and how far the book is from the closing one; and the holdings."""

    opening: StatedRead | None
    closing: StatedRead | None
    difference: DifferenceRead | None
    holdings: list[HoldingRead]


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


class ChoiceRead(Answered):
    """One way to read what isn't certain, and what the file would say then."""

    value: Annotated[str, Field(examples=["dmy"])]
    means: Annotated[str, Field(examples=["3 April 2026"])]


class QuestionRead(Answered):
    """Something that the file doesn't say for sure. It is answered under its name."""

    name: Annotated[str, Field(examples=["date_order"])]
    question: Annotated[str, Field(examples=["Are the dates day first or month first?"])]
    choices: list[ChoiceRead]
    chosen: Annotated[str | None, Field(description="How it was read, if it could be.", examples=["dmy"])]
    confidence: Annotated[Sum, Field(description="How sure that is, from 0 to 1.", examples=["0.60"])]


class MeaningRead(Answered):
    """What is meant by a name that the file uses."""

    name: Annotated[str, Field(examples=["Food:Groceries"])]
    role: Role
    use: Use
    account_id: Annotated[Id | None, Field(description="The account; of one that is made, its id to be.")]
    account: Annotated[str | None, Field(examples=["Expenses:Food:Groceries"])]
    kind: AccountKind
    type: AccountType | None
    currency: Annotated[str | None, Field(examples=["EUR"])]
    score: Annotated[Sum, Field(description="How sure that is, from 0 to 1.", examples=["0.95"])]
    reason: Annotated[str, Field(examples=["same_name"])]
    chosen: Annotated[bool, Field(description="Whether a person said so.")]


class ImportRead(Answered):
    """A file that was handed in, and what became of it: of a draft, what would."""

    id: Id
    state: State
    format: Annotated[str, Field(examples=["ofx"])]
    accounts: list[ImportedAccountRead]
    created: Annotated[int, Field(description="Transactions made of the file's lines.", examples=[3])]
    duplicates: Annotated[int, Field(description="Lines that were imported before.", examples=[0])]
    replaced: Annotated[int, Field(description="Lines that a pending transaction was posted by.", examples=[0])]
    merged: Annotated[int, Field(description="Lines that became a part of a transaction that was there.", examples=[0])]
    deleted: Annotated[int, Field(description="Lines that took an earlier transaction back.", examples=[0])]
    left_out: Annotated[int, Field(description="Lines that someone chose to skip.", examples=[0])]
    questions: Annotated[list[QuestionRead], Field(description="What has to be answered before it is booked.")]
    mapping: Annotated[list[MeaningRead], Field(description="What is meant by the names that the file uses.")]
    profile_id: Annotated[Id | None, Field(description="What was remembered of such files, if it was used.")]
    skipped: list[SkippedRead]
    warnings: list[str]
    understood: Annotated[dict[str, str], Field(description="How the file was read.")]
    revision: Annotated[int | None, Field(description="The revision that booked it; null if nothing was.")]
    created_at: Instant


class ImportPage(PageRead[ImportRead]):
    """Imports, newest first."""


class RowPostingRead(Answered):
    """A posting of what a row becomes, where that has more than one on its account and one on a category."""

    account_id: Id
    account: Annotated[str | None, Field(examples=["Expenses:Food"])]
    amount: Amount
    currency: Annotated[str, Field(examples=["EUR"])]
    status: PostingStatus
    memo: str | None


class RowRead(Answered):
    """A row of a file, and what becomes of it."""

    id: Id
    position: Annotated[int, Field(description="Its place in the file, from 0.", examples=[0])]
    line: Annotated[int, Field(description="The line of the file that it stands on.", examples=[2])]
    kind: RowKind
    date: Day
    account_id: Id | None
    account: Annotated[str | None, Field(examples=["Assets:Checking"])]
    amount: Amount | None
    currency: Annotated[str | None, Field(examples=["EUR"])]
    status: PostingStatus
    payee: str | None
    description: str | None
    notes: str | None
    value_date: Day | None
    due_date: Day | None
    tags: list[str]
    metadata: MetadataRead
    external_id: Annotated[str | None, Field(description="The bank's own id of it.")]
    corrects: Annotated[str | None, Field(description="The bank's id of an earlier line that it takes back.")]
    category_id: Annotated[Id | None, Field(description="What stands against it; null: its payee's, or none.")]
    category: Annotated[str | None, Field(examples=["Expenses:Food:Groceries"])]
    postings: Annotated[list[RowPostingRead] | None, Field(description="All its postings, where it has more than two.")]
    decision: Decision
    chosen: Annotated[bool, Field(description="Whether a person decided.")]
    match: Annotated[MatchKind | None, Field(description="In which way it is one with another transaction.")]
    of_transaction_id: Annotated[
        Id | None, Field(description="What it is a duplicate of, replaces, deletes or is merged with.")
    ]
    looks_like_id: Annotated[Id | None, Field(description="Of one that is new: a transaction that looks like it.")]
    score: Annotated[Sum | None, Field(description="How much it looks like that, from 0 to 1.", examples=["0.80"])]
    reasons: list[ReasonRead]
    transaction_id: Annotated[Id | None, Field(description="What it becomes, or became.")]


class RowPage(PageRead[RowRead]):
    """Rows, in the order of the file."""


class RowQuery(PageQuery):
    """Filters of the rows of an import."""

    decision: Annotated[Decision | None, Field(description="Only rows of which this becomes.")] = None
    chosen: Annotated[bool | None, Field(description="Only rows that a person decided about, or only others.")] = None


class RowUpdate(Given):
    """What of a row of a draft can be changed: absent keeps, null clears."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decision": "skip"}, {"category": "Expenses:Food"}]})

    decision: Annotated[
        Decision,
        Field(
            default_factory=absent,
            description="What becomes of it. `replaces` and `merge` need `of_transaction_id`, unless it has one.",
        ),
    ]
    of_transaction_id: Annotated[
        Id | None, Field(description="What it is a duplicate of, replaces or is merged with.")
    ] = None
    match: Annotated[
        MatchKind | None, Field(description="Whether what it is merged with is the same, or the other side of it.")
    ] = None
    category: Annotated[
        AccountRef | None, Field(description="What stands against it: a category, or another account.")
    ] = None
    payee: ShortText | None = None
    description: LongText | None = None
    notes: Notes | None = None
    tags: Annotated[Tags, Field(default_factory=absent)]


class RowFilter(Given):
    """Which rows are meant."""

    decision: Decision | None = None
    account: Annotated[AccountRef | None, Field(description="The account that they are on.")] = None
    payee: Annotated[ShortText | None, Field(description="What the payee is called, whatever the case.")] = None


class RowsUpdate(Given):
    """Rows of a draft, and what is changed about all of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"filter": {"decision": "duplicate"}, "changes": {"decision": "skip"}}]}
    )

    ids: Annotated[list[Id] | None, Field(min_length=1, max_length=MAX_ROWS_AT_ONCE)] = None
    filter: Annotated[RowFilter | None, Field(description="Instead of `ids`: the first 500 rows that fit.")] = None
    changes: RowUpdate

    @model_validator(mode="after")
    def _one_way(self) -> RowsUpdate:
        if (self.ids is None) is (self.filter is None):
            raise PydanticCustomError("rows_unnamed", "Rows are named by `ids`, or by a `filter`.")
        return self


class RowsChangedRead(Answered):
    """How many rows were changed."""

    changed: Annotated[int, Field(examples=[12])]


def _answers(answers: dict[str, str]) -> dict[str, str]:
    if len(answers) > MAX_ANSWERS:
        raise PydanticCustomError("answers_too_many", "At most 50 answers are given.")
    return answers


Answers = Annotated[
    dict[Annotated[Line, Field(max_length=100)], Annotated[Line, Field(max_length=200)]],
    AfterValidator(_answers),
    Field(description="Answers to the file's questions, by their names.", examples=[{"date_order": "dmy"}]),
]


class MeaningUpdate(Given):
    """What is meant by a name that the file uses."""

    name: Annotated[str, Field(min_length=1, max_length=2000, examples=["Food:Groceries"])]
    role: Annotated[Role | None, Field(description="Where a name is used for an account and for a category.")] = None
    use: Annotated[Use, Field(examples=["existing"])]
    account: Annotated[
        Line | None,
        Field(
            max_length=1000,
            description="Of `existing`: the account, by id or full name. Of `create`: the full name it is to have.",
            examples=["Expenses:Food:Groceries"],
        ),
    ] = None
    type: Annotated[AccountType | None, Field(description="Of `create`.")] = None
    currency: Annotated[CurrencyCode | None, Field(description="Of `create`: binding for what is posted to it.")] = None


class LabelRead(Answered):
    """A payee or a tag that a file names, and who or what is meant by it."""

    kind: LabelKind
    name: Annotated[str, Field(description="As the file has it.", examples=["AMZN Mktp DE"])]
    rows: Annotated[int, Field(description="How many new rows name it.", examples=[12])]
    use: Annotated[
        Use,
        Field(
            description="`existing`: one of the book's, found by name or alias, or chosen. `create`: one is made when "
            "the import is booked. `skip`: the rows bear none."
        ),
    ]
    called: Annotated[str | None, Field(description="What it is called in the book.", examples=["Amazon"])]
    id: Annotated[Id | None, Field(description="Of `existing`: the payee or tag of the book.")]
    chosen: Annotated[bool, Field(description="Whether a person said so, of this file or of one like it.")]


class LabelPage(PageRead[LabelRead]):
    """Payees or tags that a file names, the most frequent first."""


class LabelQuery(PageQuery):
    """Which names are asked for."""

    kind: Annotated[LabelKind, Field(description="Payees, or tags.")] = LabelKind.PAYEE


class LabelMeaning(Given):
    """Who or what is meant by a payee or a tag that a file names."""

    name: Annotated[Line, Field(max_length=200, description="As the file has it.", examples=["AMZN Mktp DE"])]
    use: Annotated[Use, Field(examples=["existing"])]
    called: Annotated[
        Line | None,
        Field(
            max_length=200,
            description="Of `existing`: the payee, by name or alias, or the tag. Of `create`: what it is to be called; "
            "left out: as the file has it.",
            examples=["Amazon"],
        ),
    ] = None


class LabelsUpdate(Given):
    """What is meant by names; others stay as they are."""

    kind: LabelKind = LabelKind.PAYEE
    labels: Annotated[list[LabelMeaning], Field(min_length=1, max_length=MAX_MEANT)]


class LabelsChangedRead(Answered):
    """What is meant by these names now."""

    labels: list[LabelRead]


class ImportUpdate(Given):
    """What of a draft can be changed. The file is read again; what was decided about its rows stays."""

    account: Annotated[AccountRef, Field(default_factory=absent, description="The account that it is for.")]
    answers: Annotated[Answers, Field(default_factory=absent)]
    mapping: Annotated[
        list[MeaningUpdate],
        Field(
            default_factory=absent, max_length=MAX_MEANT, description="What is meant by names; others stay as they are."
        ),
    ]


class ProfileRead(Answered):
    """What was said of files of one origin: the next of them is read in the same way."""

    id: Id
    name: Annotated[str, Field(examples=["Sparkasse"])]
    format: Annotated[str, Field(examples=["csv"])]
    answers: Annotated[dict[str, str], Field(examples=[{"date_order": "dmy"}])]
    account_id: Annotated[Id | None, Field(description="The account that such files are for.")]
    mapping: Annotated[
        dict[str, Any],
        Field(
            description="Accounts by the names that such files use; behind `payee:` and `tag:` payees and tags.",
            examples=[{}],
        ),
    ]
    created_revision: int
    revision: int
    created_at: Instant
    changed_at: Instant


class ProfilePage(PageRead[ProfileRead]):
    """Profiles, oldest first."""


class ProfileUpdate(Given):
    """What of a profile can be changed."""

    name: Annotated[Name, Field(default_factory=absent)]
    account: Annotated[AccountRef | None, Field(description="The account that such files are for.")] = None
    answers: Annotated[Answers, Field(default_factory=absent)]


class ImportQuery(PageQuery):
    """Filters of the list of imports."""

    state: Annotated[State | None, Field(description="Only drafts, or only booked ones.")] = None
