"""Transactions on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from farthing.core.bounds import BATCH, BATCH_POSTINGS, BULK, OPERATIONS
from farthing.features.accounts.schemas import AccountRef, MoneyRead
from farthing.features.changes.schemas import KnownAt
from farthing.features.journal.models import PostingStatus, TransactionKind
from farthing.features.tags.schemas import MAX_TAGS_EACH, TaggedRead, TagRef, Tags
from farthing.features.transactions.search import MAX_CHARACTERS, MAX_TERMS
from farthing.kit.metadata import Metadata, MetadataRead
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Day, Given, Id, Instant, LongText, Notes, Plain, ShortText, absent
from farthing.ledger.postings import MAX_POSTINGS, MIN_POSTINGS
from farthing.ledger.wire import Amount, AmountBound, CurrencyCode, PositiveAmount

WORTH = "For one unit, as exact as it is known: up to 18 digits after the point."
A_PRICE: JsonDict = {"amount": "0.9123", "currency": "EUR"}
A_COST: JsonDict = {"amount": "37.5432", "currency": "EUR", "date": "2026-03-05", "label": None}


class NotedPriceCreate(Given):
    """What a unit of a posting's currency was worth in another: a fact that is noted, and moves no money.

    Where a transaction exchanges one currency for one other, and each posting in the one has a price in the other, the
    price must agree with the amounts, as far as figures on a statement can that were rounded; else it isn't checked.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [A_PRICE]})

    amount: Annotated[AmountBound, Field(description=WORTH)]
    currency: Annotated[CurrencyCode, Field(description="Another one than the posting's.")]


class NotedCostCreate(Given):
    """What a unit was bought for. Checked as a price is, but for what is given up at a cost and no price."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_COST]})

    amount: Annotated[AmountBound, Field(description=WORTH)]
    currency: Annotated[CurrencyCode, Field(description="Another one than the posting's.")]
    date: Annotated[Day | None, Field(description="The day it was bought on.")] = None
    label: Annotated[ShortText | None, Field(description="What the lot is called.")] = None


class PostingCreate(Given):
    """An amount on an account. One posting of a transaction may leave its amount out."""

    id: Annotated[Id | None, Field(description="To keep a posting's id when a transaction is changed.")] = None
    account: AccountRef
    amount: Annotated[Amount | None, Field(description="From the account's view: out is negative.")] = None
    currency: CurrencyCode | None = None
    status: PostingStatus = PostingStatus.CLEARED
    memo: ShortText | None = None
    price: Annotated[NotedPriceCreate | None, Field(description="What a unit was worth.")] = None
    cost: Annotated[NotedCostCreate | None, Field(description="What a unit was bought for.")] = None


NOTES = "As long as it takes, in several lines: up to 10,000 characters."
ONE_LINE: JsonDict = {
    "date": "2026-11-23",
    "payee": "Corner Shop",
    "amount": "-12.50",
    "account": "Assets:Checking",
    "category": "Expenses:Food:Groceries",
}
TRANSFER: JsonDict = {"date": "2026-11-23", "amount": "200.00", "from": "Assets:Checking", "to": "Assets:Savings"}
FULL: JsonDict = {
    "date": "2026-11-23",
    "payee": "Corner Shop",
    "postings": [
        {"account": "Assets:Checking", "amount": "-12.50"},
        {"account": "Expenses:Food:Groceries", "amount": "10.00"},
        {"account": "Expenses:Shopping:Household"},
    ],
}
UNKNOWN = "The book has no account of that id or full name. Did you mean Expenses:Food:Groceries?"
CREATED: JsonDict = {
    "index": 0,
    "id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f",
    "status": "created",
    "error": None,
}
REFUSED: JsonDict = {
    "index": 1,
    "id": None,
    "status": "refused",
    "error": {
        "code": "account_unknown",
        "detail": UNKNOWN,
        "errors": [{"code": "account_unknown", "detail": UNKNOWN, "pointer": "/transactions/1/category"}],
    },
}


class TransactionCreate(Given):
    """A new transaction, written in one of three ways.

    One line: ``account``, ``amount`` (out is negative) and ``category`` (left out: the payee's default category, if it
    is open and takes the currency; else uncategorised). A movement between accounts: ``from``, ``to``, ``amount``
    (positive), and ``to_amount`` where the currencies differ. Or in full: ``postings``.
    """

    model_config = ConfigDict(
        validate_by_alias=True, validate_by_name=False, json_schema_extra={"examples": [ONE_LINE, TRANSFER, FULL]}
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    date: Annotated[Day | None, Field(description="The day it happened; today if left out.")] = None
    payee: Annotated[
        ShortText | None,
        Field(description="Who it went to or came from, by name or alias; made if there is none such."),
    ] = None
    payee_id: Annotated[Id | None, Field(description="The same, by the payee's id.")] = None
    description: LongText | None = None
    notes: Annotated[Notes | None, Field(description=NOTES)] = None
    value_date: Day | None = None
    due_date: Day | None = None
    tags: Tags = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=dict)
    amount: Amount | None = None
    currency: CurrencyCode | None = None
    account: AccountRef | None = None
    category: AccountRef | None = None
    status: Annotated[PostingStatus | None, Field(description="Of the account's posting; cleared if left out.")] = None
    from_: Annotated[AccountRef | None, Field(alias="from")] = None
    to: AccountRef | None = None
    to_amount: PositiveAmount | None = None
    postings: Annotated[list[PostingCreate] | None, Field(min_length=MIN_POSTINGS, max_length=MAX_POSTINGS)] = None


def _together(transactions: list[TransactionCreate]) -> list[TransactionCreate]:
    if sum(len(each.postings or ()) for each in transactions) > BATCH_POSTINGS:
        raise PydanticCustomError(
            "postings_too_many", "These have more than {most} postings together.", {"most": BATCH_POSTINGS}
        )
    return transactions


class TransactionsCreate(Given):
    """New transactions, up to 500 and with up to 10,000 postings, to be recorded together in this order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"transactions": [ONE_LINE, TRANSFER]}]})

    transactions: Annotated[list[TransactionCreate], Field(min_length=1, max_length=BATCH), AfterValidator(_together)]


class TransactionUpdate(Given):
    """What can be changed about a transaction (merge patch, RFC 7396): absent keeps, null clears.

    ``tags`` and ``metadata`` replace all tags and all metadata. ``postings`` replace all postings; those named by id
    keep it. ``amount``, ``account``, ``category`` and ``status``
    change a transaction that is one line between an account and a category.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"category": "Expenses:Food:Restaurants"}]})

    date: Day = Field(default_factory=absent)
    payee: Annotated[ShortText | None, Field(description="By name or alias; made if there is none such.")] = None
    payee_id: Annotated[Id | None, Field(description="The same, by the payee's id.")] = None
    description: LongText | None = None
    notes: Annotated[Notes | None, Field(description=NOTES)] = None
    value_date: Day | None = None
    due_date: Day | None = None
    tags: Tags = Field(default_factory=absent)
    metadata: Metadata = Field(default_factory=absent)
    amount: Amount = Field(default_factory=absent)
    account: AccountRef = Field(default_factory=absent)
    category: AccountRef = Field(default_factory=absent)
    status: PostingStatus = Field(default_factory=absent)
    postings: Annotated[list[PostingCreate], Field(min_length=MIN_POSTINGS, max_length=MAX_POSTINGS)] = Field(
        default_factory=absent
    )


class SplitLineCreate(Given):
    """A part of a transaction: how much, and for what. A line that doesn't say how much weighs one."""

    category: AccountRef
    amount: Annotated[Amount | None, Field(description="Signed as the transaction's: out is negative.")] = None
    weight: Annotated[
        PositiveAmount | None, Field(description="How much of what the amounts leave, beside others.", examples=["2"])
    ] = None
    percent: Annotated[
        PositiveAmount | None, Field(description="How many percent of what the amounts leave.", examples=["33.3"])
    ] = None
    memo: ShortText | None = None


class TransactionSplit(Given):
    """The lines that a transaction's one line on a category becomes.

    Lines with an ``amount`` get that. What they leave goes to the others: by ``weight``, or by ``percent`` (of what is
    left; together 100). The lines add up to the transaction's amount exactly: minor units that can't be shared out
    evenly go to those who lost most when their share was cut off, among equals to the first.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": [
                        {"category": "Expenses:Shopping:Household", "amount": "-4.99"},
                        {"category": "Expenses:Food:Groceries", "weight": "2"},
                        {"category": "Expenses:Gifts", "weight": "1", "memo": "for Ada"},
                    ]
                }
            ]
        }
    )

    lines: Annotated[list[SplitLineCreate], Field(min_length=1, max_length=MAX_POSTINGS - 1)]


SEARCHES = [
    'payee:tesco amount>50 date:2026-03 -status:pending category:Expenses:Food "corner shop"',
    "coffee -starbucks",
    "tag:holiday -tag:work",
    "date:2026-01..2026-03 amount:10..20",
    'account:"Assets:Bank:Joint Account" memo:rent',
]
SearchLine = Annotated[Plain, Field(max_length=MAX_CHARACTERS)]
"""A search as it is typed; see ``read_search``."""


class TransactionOrder(StrEnum):
    """How transactions are listed."""

    NEWEST = "-date"
    """The newest first."""
    OLDEST = "date"
    """The oldest first."""
    LARGEST = "-amount"
    """The largest first; of one size the newest."""
    SMALLEST = "amount"
    """The smallest first; of one size the oldest."""

    @property
    def is_rising(self) -> bool:
        """Whether the least comes first."""
        return not self.startswith("-")

    @property
    def is_by_amount(self) -> bool:
        """Whether transactions are ordered by their size."""
        return self in {TransactionOrder.LARGEST, TransactionOrder.SMALLEST}


class TransactionFilter(Given):
    """Filters of transactions. All that are given must hold."""

    account: Annotated[AccountRef | None, Field(description="With a posting on this account or one under it.")] = None
    category: Annotated[
        AccountRef | None, Field(description="With a posting on this income or expense account or one under it.")
    ] = None
    date_from: Annotated[Day | None, Field(description="On this day or later.")] = None
    date_to: Annotated[Day | None, Field(description="On this day or earlier.")] = None
    amount_min: Annotated[
        AmountBound | None,
        Field(description="With a posting (on the account or category, if one is given) of this size or more."),
    ] = None
    amount_max: Annotated[AmountBound | None, Field(description="The same, of this size or less.")] = None
    payee: Annotated[
        ShortText | None,
        Field(description="Whose payee has this in its name or an alias, or as it was written, whatever the case."),
    ] = None
    payee_id: Annotated[Id | None, Field(description="Of this payee.")] = None
    status: Annotated[
        PostingStatus | None,
        Field(description="With a posting of this status on an account; on the one that is named, if one is."),
    ] = None
    tag: Annotated[
        list[TagRef],
        Field(max_length=MAX_TERMS, description="That bear this tag, by name or id; repeated, that bear all of them."),
    ] = Field(default_factory=list)
    untagged: Annotated[bool, Field(description="Only those that bear no tag.")] = False
    q: Annotated[
        SearchLine | None,
        Field(
            description=(
                "A search in one line: words and quoted phrases that payee, description, notes or memos have in them, "
                "and conditions on `payee`, `description`, `notes`, `memo`, `account`, `category`, `tag`, `status`, "
                "`amount` and `date`; "
                f"`-` before one turns it round. At most {MAX_TERMS} of them; all must hold, and all other filters. "
                "Amounts are those of a posting on the account or category that is named, if one is; statuses those on "
                "accounts."
            ),
            examples=SEARCHES,
        ),
    ] = None


def _given(wanted: TransactionFilter) -> TransactionFilter:
    given = [getattr(wanted, name) for name in wanted.model_fields_set]
    if all(value is None or value is False or value == [] for value in given):
        raise PydanticCustomError("filter_empty", "A filter without a condition would match the whole book.")
    return wanted


FilterGiven = Annotated[TransactionFilter, AfterValidator(_given)]
"""Filters in a body: at least one."""


class TransactionQuery(TransactionFilter, PageQuery):
    """Filters of the list of transactions. All that are given must hold."""

    sort: Annotated[
        TransactionOrder,
        Field(
            description=(
                "`-date`, the newest first; `date`; `-amount`, the largest first; `amount`. The size of a transaction "
                "is its largest posting, in or out, on the account that is named, else on the category that is, else "
                "on an asset or a liability; currencies are compared by their figures."
            )
        ),
    ] = TransactionOrder.NEWEST
    generated: Annotated[bool, Field(description="Whether the postings of exchanges are shown.")] = False
    known_at: KnownAt = None


class ShowQuery(Given):
    """How one transaction is shown."""

    generated: Annotated[bool, Field(description="Whether the postings of exchanges are shown.")] = False


class NotedPriceRead(Answered):
    """What a unit of a posting's currency was worth."""

    amount: Annotated[Amount, Field(examples=["0.9123"])]
    currency: Annotated[str, Field(examples=["EUR"])]


class NotedCostRead(NotedPriceRead):
    """What a unit of a posting's currency was bought for."""

    date: Day | None
    label: str | None


class PostingRead(Answered):
    """An amount on an account."""

    id: Id
    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    amount: Amount
    currency: Annotated[str, Field(examples=["EUR"])]
    status: PostingStatus
    memo: str | None
    generated: Annotated[bool, Field(description="Made by the service, to balance an exchange.")]
    price: Annotated[NotedPriceRead | None, Field(description="What a unit was worth, as it was noted.")]
    cost: Annotated[NotedCostRead | None, Field(description="What a unit was bought for, as it was noted.")]


OperationName = Literal["record", "change", "delete", "restore", "reverse"]
IfMatch = Annotated[
    int,
    Field(
        ge=1,
        le=2**62,
        strict=True,
        description="The transaction's `revision` as the client knows it. If it is another when its turn comes: 412.",
    ),
]


class ListedTransactionRead(Answered):
    """A transaction with its postings, as lists have it."""

    id: Id
    date: Day
    kind: TransactionKind
    reverses_id: Annotated[Id | None, Field(description="Of a reversal: the transaction that it takes back.")]
    payee: Annotated[str | None, Field(description="The payee's name, as it is now.", examples=["Corner Shop"])]
    payee_id: Id | None
    payee_as_written: Annotated[
        str | None,
        Field(description="What the person or the bank wrote.", examples=["CORNER SHOP 0147 LONDON"]),
    ]
    description: str | None
    notes: str | None
    value_date: Day | None
    due_date: Day | None
    tags: Annotated[list[TaggedRead], Field(description="By name.")]
    metadata: MetadataRead
    status: Annotated[PostingStatus, Field(description="The least of its postings on accounts.")]
    postings: list[PostingRead]
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class TransactionRead(ListedTransactionRead):
    """A transaction with its postings."""

    reversed_by_id: Annotated[Id | None, Field(description="The reversal that takes it back, if there is one.")]


class TransactionReverse(Given):
    """How a transaction is reversed. All of it may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"date": "2026-11-30", "description": "Booked twice"}]})

    id: Annotated[Id | None, Field(description="The reversal's id: a UUID of the client's own making.")] = None
    date: Annotated[Day | None, Field(description="The day of the reversal; today if left out.")] = None
    description: Annotated[
        LongText | None, Field(description="The reversal's description; that of what it reverses if left out.")
    ] = None


class TransactionsRead(Answered):
    """Transactions that were recorded together, in the order in which they were sent."""

    data: list[TransactionRead]


class RecordingMode(StrEnum):
    """What becomes of transactions that are sent together when one of them can't be recorded."""

    ATOMIC = "atomic"
    """None is recorded."""
    PARTIAL = "partial"
    """The others are recorded."""


class RecordingStatus(StrEnum):
    """What became of one of many transactions."""

    CREATED = "created"
    REFUSED = "refused"


class BlamedFieldRead(Answered):
    """One field that is wrong, or the transaction as a whole."""

    code: Annotated[str, Field(examples=["account_unknown"])]
    detail: Annotated[str, Field(examples=[UNKNOWN])]
    pointer: Annotated[str, Field(description="RFC 6901: where in the body.", examples=["/transactions/1/category"])]


class RefusalRead(Answered):
    """Why a transaction was refused: what the problem would say if it had been sent alone."""

    code: Annotated[str, Field(examples=["account_unknown"])]
    detail: Annotated[str, Field(examples=[UNKNOWN])]
    errors: list[BlamedFieldRead]


class RecordingRead(Answered):
    """What became of one of many transactions."""

    model_config = ConfigDict(json_schema_extra={"examples": [CREATED, REFUSED]})

    index: Annotated[int, Field(description="Which of those that were sent, from 0.")]
    id: Annotated[Id | None, Field(description="Of one that was refused, the id that the client chose, if any.")]
    status: RecordingStatus
    error: RefusalRead | None


class RecordingsRead(Answered):
    """What became of each of many transactions, in the order in which they were sent."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [CREATED, REFUSED], "created": 1, "refused": 1}]}
    )

    results: list[RecordingRead]
    created: int
    refused: int


class TransactionsChange(Given):
    """What is to be different about many transactions: absent keeps, null clears.

    ``account`` and ``category`` change those that are one line between an account and a category. ``status`` becomes
    that of every posting on an account, categories aside. Other tags than those that are put on or taken off stay.
    """

    date: Day = Field(default_factory=absent)
    payee: Annotated[ShortText | None, Field(description="By name or alias; made if there is none such.")] = None
    payee_id: Annotated[Id | None, Field(description="The same, by the payee's id.")] = None
    description: LongText | None = None
    notes: Annotated[Notes | None, Field(description=NOTES)] = None
    value_date: Day | None = None
    due_date: Day | None = None
    tags_add: Tags = Field(default_factory=absent)
    tags_remove: Annotated[
        list[TagRef], Field(max_length=MAX_TAGS_EACH, description="Tags that the book has, by name or id.")
    ] = Field(default_factory=absent)
    account: AccountRef = Field(default_factory=absent)
    category: AccountRef = Field(default_factory=absent)
    status: PostingStatus = Field(default_factory=absent)


class TransactionsPick(Given):
    """Which transactions: by their ids, or all that a filter matches."""

    ids: Annotated[list[Id] | None, Field(min_length=1, max_length=BATCH, description="Or a filter.")] = None
    filter: Annotated[FilterGiven | None, Field(description="As of the list; at least one must be given.")] = None
    expected_count: Annotated[
        int | None, Field(ge=0, le=BULK, description="Do it only if they are so many; otherwise 409.")
    ] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise PydanticCustomError("pick_unclear", "Name the transactions by ids or by a filter, not both.")
        return self


class TransactionsUpdate(TransactionsPick):
    """Many transactions, and what is to be different about them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"filter": {"q": "payee:tesco"}, "changes": {"category": "Expenses:Food:Groceries"}},
                {"ids": [CREATED["id"]], "changes": {"status": "cleared"}, "expected_count": 1},
                {"filter": {"tag": ["trip"]}, "changes": {"tags_add": ["Lisbon 2026"], "tags_remove": ["trip"]}},
            ]
        }
    )

    changes: TransactionsChange


class TransactionsDelete(TransactionsPick):
    """Many transactions to be deleted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"filter": {"q": "payee:test"}, "expected_count": 3}, {"ids": [CREATED["id"]]}]}
    )


class BulkStatus(StrEnum):
    """What became of one of many transactions."""

    CHANGED = "changed"
    DELETED = "deleted"
    REFUSED = "refused"


class BulkItemRead(Answered):
    """What became of one of many transactions, and what is different about it."""

    id: Id
    status: BulkStatus
    before: Annotated[
        dict[str, str | list[str] | None] | None,
        Field(
            description="The fields that differ, as they were; tags by name.",
            examples=[{"category": "Expenses:Food", "tags": ["trip"]}],
        ),
    ]
    after: Annotated[
        dict[str, str | list[str] | None] | None,
        Field(
            description="The same fields, as they are now.",
            examples=[{"category": "Expenses:Food:Groceries", "tags": ["Lisbon 2026"]}],
        ),
    ]
    error: RefusalRead | None


class ChangedTransactionsRead(Answered):
    """What became of many transactions that were to be changed."""

    matched: Annotated[int, Field(description="How many were picked.")]
    changed: int
    unchanged: Annotated[int, Field(description="How many were so already.")]
    refused: int
    results: Annotated[
        list[BulkItemRead],
        Field(description="The first hundred, refused ones before all others; without those that were so already."),
    ]


class DeletedTransactionsRead(Answered):
    """What became of many transactions that were to be deleted."""

    matched: Annotated[int, Field(description="How many were picked.")]
    deleted: int
    refused: int
    results: Annotated[list[BulkItemRead], Field(description="The first hundred, refused ones before all others.")]


class RecordOperation(Given):
    """Record a transaction."""

    op: Literal["record"]
    transaction: TransactionCreate


class ChangeOperation(Given):
    """Change a transaction."""

    op: Literal["change"]
    id: Id
    changes: TransactionUpdate
    if_match: IfMatch | None = None


class DeleteOperation(Given):
    """Delete a transaction."""

    op: Literal["delete"]
    id: Id
    if_match: IfMatch | None = None


class RestoreOperation(Given):
    """Bring a deleted transaction back."""

    op: Literal["restore"]
    id: Id


class ReverseOperation(Given):
    """Book a transaction's mirror."""

    op: Literal["reverse"]
    id: Id
    reversal: TransactionReverse = Field(default_factory=TransactionReverse)


_OPERATIONS: dict[str, type[Given]] = {
    "record": RecordOperation,
    "change": ChangeOperation,
    "delete": DeleteOperation,
    "restore": RestoreOperation,
    "reverse": ReverseOperation,
}


class _Named(BaseModel):
    op: OperationName


def _by_name(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """An operation, read as the one that it says it is: so what is wrong is told with its place in the body."""
    if not isinstance(value, dict):
        return handler(value)
    return _OPERATIONS[_Named.model_validate(value).op].model_validate(value)


Operation = Annotated[
    RecordOperation | ChangeOperation | DeleteOperation | RestoreOperation | ReverseOperation,
    Field(discriminator="op"),
    WrapValidator(_by_name),
]


def _few(operations: list[Operation]) -> list[Operation]:
    lines = 0
    for each in operations:
        match each:
            case RecordOperation(transaction=written) | ChangeOperation(changes=written):
                lines += len(written.postings or ())
    if lines > BATCH_POSTINGS:
        raise PydanticCustomError(
            "postings_too_many", "These have more than {most} postings together.", {"most": BATCH_POSTINGS}
        )
    return operations


class BatchCreate(Given):
    """Operations on transactions, to be done together in this order.

    A later one finds what an earlier one made of a transaction, by the id that the client chose for it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "operations": [
                        {"op": "record", "transaction": {"id": CREATED["id"], **ONE_LINE}},
                        {"op": "change", "id": CREATED["id"], "changes": {"tags": ["holiday"]}},
                        {"op": "delete", "id": "019aad3e-7a10-7cc3-98c4-dc0c0c073990", "if_match": 42},
                    ]
                }
            ]
        }
    )

    operations: Annotated[list[Operation], Field(min_length=1, max_length=OPERATIONS), AfterValidator(_few)]


class OperationRead(Answered):
    """What one of several operations is answered: what it would be if it had been sent alone."""

    index: Annotated[int, Field(description="Which of those that were sent, from 0.")]
    op: OperationName
    status: Annotated[int, Field(description="201, 200 or 204.", examples=[201])]
    body: Annotated[TransactionRead | None, Field(description="The transaction as the operation left it.")]


class BatchRead(Answered):
    """What each of several operations is answered, in the order in which they were sent."""

    results: list[OperationRead]


class TransactionPage(PageRead[ListedTransactionRead]):
    """Transactions, newest first unless another order is asked for."""


class RegisterQuery(PageQuery):
    """Filters of an account's register."""

    date_from: Annotated[Day | None, Field(description="On this day or later.")] = None
    date_to: Annotated[Day | None, Field(description="On this day or earlier.")] = None
    known_at: KnownAt = None


class RegisterLineRead(Answered):
    """A transaction as an account sees it: what it moved, and what the account held after it."""

    transaction: ListedTransactionRead
    amounts: Annotated[list[MoneyRead], Field(description="What the transaction moved on this account.")]
    balances: Annotated[list[MoneyRead], Field(description="What the account held after it.")]


class RegisterPage(PageRead[RegisterLineRead]):
    """An account's transactions, newest first, each with the balance after it."""
