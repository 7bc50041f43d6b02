"""All SQL that finds and lists transactions, with the names of their accounts. Writing is the journal's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, eq, ge, gt, itemgetter, le, lt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from farthing.core.known_at import (
    KNOWN_AT,
    gathered,
    images_at,
    its_own,
    side_by_side,
    with_its_record,
    without_its_record,
)
from farthing.core.repository import Repository
from farthing.core.schema import Base
from farthing.core.statements import Row, Statement, prepared
from farthing.features.accounts.models import ACCOUNT, Account
from farthing.features.journal.models import TRANSACTION, TRANSACTION_COLUMNS, Posting, Transaction, TransactionTag
from farthing.features.payees.models import PAYEE, Payee, PayeeName
from farthing.features.tags.models import TAG, Tag
from farthing.features.transactions.schemas import (
    RegisterQuery,
    TransactionFilter,
    TransactionOrder,
    TransactionQuery,
)
from farthing.features.transactions.search import TREES, Operator, SearchField, Shape, Term
from farthing.features.transactions.showing import FACTS, POSTING_FACTS, Shown, show
from farthing.kit.pages import CursorMalformed, Page
from farthing.ledger.accounts import AccountKind

FACTS_END = len(FACTS)
POSTING_END = FACTS_END + len(POSTING_FACTS)
PAYEE_NAMED = POSTING_END + 1
TAGS = PAYEE_NAMED + 1
SIZE = TAGS + 1
FILTERS = ("date_from", "date_to", "amount_min", "amount_max", "status", "payee_id")
LISTS_KEPT = 300
"""Statements of lists that are kept, each for certain filters and a certain limit."""
FEW = 2000
"""So many transactions that an index finds are looked at one by one; more are met soon on the way back in time."""
PATTERNS = 5
"""So many words, the longest, are looked up in the index together; the rest is compared."""
SIZELESS = Decimal("1e28")
"""No amount is as large as that."""
_INDEXED = re.compile(r"[^\W_]{3}")
"""What a word must have in it to be looked up in an index of three letters each."""


class Sought:
    """What is looked for: filters and terms, with the accounts that they name.

    Args:
        wanted: the filters.
        accounts: the account that is filtered by, and those under it.
        categories: the same of the category.
        terms: what is searched for, besides.
        trees: the accounts that terms name, each with those under it.
        tags: the tags that terms name.
        known_at: the revision whose knowledge is asked for; None: now.
    """

    def __init__(
        self,
        wanted: TransactionFilter,
        *,
        accounts: Sequence[UUID] | None,
        categories: Sequence[UUID] | None,
        terms: Sequence[Term],
        trees: Mapping[str, Sequence[UUID]],
        tags: Mapping[str, UUID],
        known_at: int | None = None,
    ) -> None:
        filters = {name: getattr(wanted, name) for name in FILTERS} | {"accounts": accounts, "categories": categories}
        filters |= {"payee": _escaped(wanted.payee) if wanted.payee else None, "untagged": wanted.untagged or None}
        filters |= {KNOWN_AT: known_at}
        self.given = _given(filters)
        """The filters, under the names that a statement has for them."""
        self.terms = sorted(terms, key=attrgetter("shape"))
        """In an order of their own: searches that differ in order alone share a statement."""
        self.shapes = tuple(term.shape for term in self.terms)
        self.values = _values(self.terms, trees, tags)
        """What the terms are compared with, under the names that a statement has for it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The transactions that are sought, as a part of a statement of another room.

    ``ids`` asks for them, and ``values`` are what it is given; None: any transaction will do whose day does.
    """

    ids: Select[Any] | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a transaction stands in the order of its book, or in one by size."""

    date: dt.date
    ordinal: int
    id: UUID
    size: Decimal | None = None


_POSTINGS, _TAGS = TRANSACTION.parts
_THEN = [*gathered(ACCOUNT), *gathered(PAYEE), *gathered(TAG), *side_by_side(TRANSACTION)]
"""The tables of an earlier state."""
_OWN_POSTINGS = its_own(TRANSACTION, _POSTINGS)
_STOOD: dict[type[Base], ColumnElement[bool]] = {
    Transaction: Transaction.revision <= bindparam(KNOWN_AT),
    Posting: with_its_record(TRANSACTION, _POSTINGS),
    TransactionTag: with_its_record(TRANSACTION, _TAGS),
}
_POSTING_STOOD = without_its_record(TRANSACTION, _POSTINGS)


def _stood(model: type[Base], given: frozenset[str]) -> tuple[ColumnElement[bool], ...]:
    """What must hold of rows, besides, that were known at the revision that is given; nothing if none is."""
    return (_STOOD[model],) if KNOWN_AT in given else ()


def _as_known(statement: Select[*tuple[Any, ...]], given: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """A statement whose tables are those of the revision that is given; the same statement if none is."""
    return statement.add_cte(*_THEN) if KNOWN_AT in given else statement


def _of_its_own(postings: Select[*tuple[Any, ...]], given: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """A question about the postings of the transaction that is met, wherever its revision has them."""
    return postings.add_cte(_OWN_POSTINGS, nest_here=True) if KNOWN_AT in given else postings


# Built once: to put a query together costs as much as to run it.
_TAG = (
    select(array([cast(Tag.id, Text), Tag.name, cast(Tag.named_revision, Text)]))
    .where(Tag.book_id == bindparam("book"), Tag.id == TransactionTag.tag_id)
    .correlate(TransactionTag)
    .scalar_subquery()
)
_BOOK_HAS_TAGS = select(exists().where(TransactionTag.book_id == bindparam("book"))).scalar_subquery()


def _noted(name: str, *parts: str) -> ColumnElement[Any]:
    """What is noted of a posting's worth, as it is shown; figures as text, exact to the last digit."""
    facts: list[ColumnElement[Any]] = []
    for part in parts:
        facts += [literal_column(f"'{part}'"), cast(getattr(Posting, f"{name}_{part}"), Text)]
    is_noted = getattr(Posting, f"{name}_amount").is_not(None)
    return case((is_noted, func.jsonb_build_object(*facts))).label(name)


_PRICE = _noted("price", "amount", "currency")
_COST = _noted("cost", "amount", "currency", "date", "label")


def _shown(given: frozenset[str] = frozenset()) -> Select[Any]:
    """All that is shown of transactions, a row for each posting."""
    tags = (
        select(func.array_agg(_TAG))
        .where(
            TransactionTag.book_id == bindparam("book"),
            TransactionTag.transaction_id == Transaction.id,
            *_stood(TransactionTag, given),
        )
        .correlate(Transaction)
        .scalar_subquery()
    )
    return (
        select(
            # As FACTS has them.
            *TRANSACTION_COLUMNS,
            func.coalesce(Payee.name, Transaction.payee).label("payee_name"),
            # As POSTING_FACTS has them, and when the names of account and payee last changed.
            Posting.id.label("posting_id"),
            Posting.account_id,
            Account.full_name,
            Posting.amount,
            Posting.currency,
            Posting.status,
            Posting.memo,
            Posting.generated,
            _PRICE,
            _COST,
            Account.kind.label("account_kind"),
            Account.named_revision,
            func.coalesce(Payee.named_revision, 0).label("payee_named_revision"),
            # Looked for once a transaction, with its first posting, which is never a generated one; and not at all in a
            # book that has none, which costs one look for the whole list.
            case((and_(Posting.position == literal_column("0"), _BOOK_HAS_TAGS), tags)).label("tags"),
        )
        .select_from(Transaction)
        .join(
            Posting,
            and_(
                Posting.book_id == bindparam("book"), Posting.transaction_id == Transaction.id, *_stood(Posting, given)
            ),
        )
        .join(Account, and_(Account.book_id == bindparam("book"), Account.id == Posting.account_id))
        .outerjoin(Payee, and_(Payee.book_id == bindparam("book"), Payee.id == Transaction.payee_id))
        .where(Transaction.book_id == bindparam("book"), *_stood(Transaction, given))
    )


_SHOWN = _shown()
_SHOWN_THEN = _shown(frozenset({KNOWN_AT}))
_PLACE = (
    bindparam("day", type_=Transaction.date.type),
    bindparam("ordinal", type_=Transaction.ordinal.type),
    bindparam("id", type_=Transaction.id.type),
)
_IN_ORDER = (Transaction.date, Transaction.ordinal, Transaction.id)
_SIZED = {
    "amount_min": func.abs(Posting.amount) >= bindparam("amount_min"),
    "amount_max": func.abs(Posting.amount) <= bindparam("amount_max"),
}
_STATUS = Posting.status == bindparam("status")
_TOUCHED = {"accounts": SearchField.ACCOUNT, "categories": SearchField.CATEGORY}
_SIZES = {SearchField.AMOUNT: func.abs(Posting.amount), SearchField.STATUS: Posting.status}
_TEXTS = {SearchField.DESCRIPTION: Transaction.description, SearchField.NOTES: Transaction.notes}
_WORDED = (SearchField.WORDS, SearchField.PAYEE, *_TEXTS, SearchField.MEMO)
_COMPARISONS: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.MATCHES: eq,
    Operator.ABOVE: gt,
    Operator.AT_LEAST: ge,
    Operator.BELOW: lt,
    Operator.AT_MOST: le,
}
_REVERSAL = aliased(Transaction)
_GET = prepared(
    _SHOWN.add_columns(_REVERSAL.id.label("reversed_by_id"), _REVERSAL.created_revision.label("reversed_revision"))
    .join(
        _REVERSAL,
        and_(_REVERSAL.book_id == bindparam("book"), _REVERSAL.reverses_id == Transaction.id),
        isouter=True,
    )
    .where(Transaction.id == bindparam("id"))
    .order_by(Posting.position)
)
_CATEGORIES = tuple(kind.value for kind in AccountKind if kind.is_category)
# As an array it is asked for once, and PostgreSQL doesn't make a join of it.
_ON_ACCOUNTS = Posting.account_id == any_(
    func.array(
        select(Account.id)
        .where(
            Account.book_id == bindparam("book"),
            Account.kind.not_in([literal_column(repr(kind)) for kind in _CATEGORIES]),
        )
        .scalar_subquery(),
        type_=ARRAY(Uuid()),
    )
)
_BANK_SIDE = tuple(kind.value for kind in (AccountKind.ASSET, AccountKind.LIABILITY))


@lru_cache(maxsize=LISTS_KEPT)
def _list(
    given: frozenset[str], shapes: tuple[Shape, ...], limit: int, *, order: TransactionOrder, generated: bool
) -> Statement:
    """The list of transactions for the filters and terms that are given: as many statements as people have habits.

    Where an index found few candidates, only those are looked at; else what the terms ask is asked row by row, in
    order, among what the other filters leave. To order by amount takes a look at all that they leave.

    The limit is part of the statement: PostgreSQL plans for it.
    """
    if order.is_by_amount:
        return _list_by_amount(given, shapes, limit, order=order, generated=generated)
    keys = _keys(given, shapes, order).limit(literal_column(str(limit)))
    return prepared(_as_known(_among(keys, given, order=order, generated=generated), given))


@lru_cache(maxsize=LISTS_KEPT)
def _matching(given: frozenset[str], shapes: tuple[Shape, ...], limit: int | None) -> Statement:
    """The ids of transactions alone, for the filters and terms that are given; None is no limit."""
    keys = _keys(given, shapes, TransactionOrder.NEWEST)
    return prepared(keys if limit is None else keys.limit(literal_column(str(limit))))


@lru_cache(maxsize=LISTS_KEPT)
def _chosen(given: frozenset[str], shapes: tuple[Shape, ...]) -> Select[Any]:
    """The ids of transactions, in no order; the same object for the same filters and terms."""
    return _keys(given, shapes, TransactionOrder.NEWEST).order_by(None)


def _keys(given: frozenset[str], shapes: tuple[Shape, ...], order: TransactionOrder) -> Select[Any]:
    keys = (
        select(Transaction.id)
        .where(Transaction.book_id == bindparam("book"), *_stood(Transaction, given), *_filters(given, shapes))
        .order_by(*_sorted(_IN_ORDER, order))
    )
    if "candidates" in given:
        keys = keys.where(Transaction.id == any_(bindparam("candidates", type_=ARRAY(Uuid()))))
    if "place" in given:
        keys = keys.where(_after(_IN_ORDER, _PLACE, order))
    return keys


def _list_by_amount(
    given: frozenset[str], shapes: tuple[Shape, ...], limit: int, *, order: TransactionOrder, generated: bool
) -> Statement:
    sized = _sized(given, shapes)
    size = sized.c.size
    keys = (
        select(Transaction.id, size)
        .join(sized, true())
        .where(Transaction.book_id == bindparam("book"), *_stood(Transaction, given), *_filters(given, shapes))
        .order_by(*_sorted((size, *_IN_ORDER), order))
        .limit(literal_column(str(limit)))
    )
    if "candidates" in given:
        keys = keys.where(Transaction.id == any_(bindparam("candidates", type_=ARRAY(Uuid()))))
    if "place" in given:
        keys = keys.where(_after((size, *_IN_ORDER), (bindparam("size", type_=Posting.amount.type), *_PLACE), order))
    page: FromClause = keys.cte("page") if KNOWN_AT in given else keys.subquery("page")
    query = _these(page) if KNOWN_AT in given else _SHOWN
    query = query.add_columns(page.c.size).join(page, page.c.id == Transaction.id)
    query = query if generated else query.where(Posting.generated.is_(False))
    return prepared(_as_known(query.order_by(*_sorted((page.c.size, *_IN_ORDER), order), Posting.position), given))


def _sized(given: frozenset[str], shapes: Sequence[Shape]) -> FromClause:
    """How large each transaction is: its largest posting on what the filters look at, else on an asset or liability."""
    looked_at, *_ = _looked_at(given, _named_terms(shapes))
    largest: ColumnElement[Any] = func.max(func.abs(Posting.amount))
    if not _touched(given, _named_terms(shapes)):
        bank_side = select(Account.id).where(
            Account.book_id == bindparam("book"), Account.kind.in_([literal_column(repr(kind)) for kind in _BANK_SIDE])
        )
        largest = func.coalesce(largest.filter(Posting.account_id.in_(bank_side)), largest)
    sized = (
        select(func.coalesce(largest, literal_column("0")).label("size"))
        .where(Posting.book_id == bindparam("book"), Posting.transaction_id == Transaction.id, looked_at)
        .correlate(Transaction)
    )
    return _of_its_own(sized, given).lateral("sized")


def _sorted(columns: Sequence[Any], order: TransactionOrder) -> list[ColumnElement[Any]]:
    return [column if order.is_rising else column.desc() for column in columns]


def _after(columns: Sequence[Any], place: Sequence[Any], order: TransactionOrder) -> ColumnElement[bool]:
    after: ColumnElement[bool] = (gt if order.is_rising else lt)(tuple_(*columns), tuple_(*place))
    return after


@lru_cache(maxsize=LISTS_KEPT)
def _register(given: frozenset[str], limit: int) -> Statement:
    """A page of an account's register, with the postings that exchanges made."""
    keys = (
        select(Posting.transaction_id.label("id"), Posting.date, Posting.ordinal)
        .distinct()
        .where(
            Posting.book_id == bindparam("book"),
            Posting.account_id == bindparam("account"),
            *([_POSTING_STOOD] if KNOWN_AT in given else []),
        )
        .order_by(Posting.date.desc(), Posting.ordinal.desc(), Posting.transaction_id.desc())
        .limit(literal_column(str(limit)))
    )
    if "date_from" in given:
        keys = keys.where(Posting.date >= bindparam("date_from"))
    if "date_to" in given:
        keys = keys.where(Posting.date <= bindparam("date_to"))
    if "place" in given:
        keys = keys.where(tuple_(Posting.date, Posting.ordinal, Posting.transaction_id) < tuple_(*_PLACE))
    ids = select(keys.subquery("ids").c.id)
    return prepared(_as_known(_among(ids, given, order=TransactionOrder.NEWEST, generated=True), given))


def _among(
    ids: Select[Any], given: frozenset[str], *, order: TransactionOrder, generated: bool
) -> Select[*tuple[Any, ...]]:
    query = _these(ids.cte("page")) if KNOWN_AT in given else _SHOWN.where(Transaction.id.in_(ids))
    query = query.order_by(*_sorted(_IN_ORDER, order), Posting.position)
    return query if generated else query.where(Posting.generated.is_(False))


def _these(page: FromClause) -> Select[*tuple[Any, ...]]:
    """What was shown of the transactions of a page.

    Their ids are found first, and named: PostgreSQL can't tell how few of the tables of then they are.
    """
    ids: ColumnElement[Any] = any_(func.array(select(page.c.id).scalar_subquery(), type_=ARRAY(Uuid())))
    return _SHOWN_THEN.where(Transaction.id == ids, Posting.transaction_id == ids)


def _filters(given: frozenset[str], shapes: Sequence[Shape]) -> Iterator[ColumnElement[bool]]:
    """All that must hold of a transaction."""
    terms = _named_terms(shapes)
    if "date_from" in given:
        yield Transaction.date >= bindparam("date_from")
    if "date_to" in given:
        yield Transaction.date <= bindparam("date_to")
    if "payee" in given:
        yield _has_payee("payee")
    if "payee_id" in given:
        yield Transaction.payee_id == bindparam("payee_id")
    if "untagged" in given:
        yield not_(_has_tags(given))
    yield from _of_postings(given, terms)
    for shape, name in terms:
        if shape.field not in TREES and shape.field not in _SIZES:
            holds = _of_itself(given, shape, name)
            # What isn't written has no words in it; PostgreSQL would say that it doesn't know.
            yield not_(func.coalesce(holds, false())) if shape.negated else holds


def _of_postings(given: frozenset[str], terms: Sequence[tuple[Shape, str]]) -> Iterator[ColumnElement[bool]]:
    """What must hold of its postings.

    Amounts and statuses are those of one posting: on the account that is named first. If none is named, amounts are
    those on the category, else of any posting that wasn't generated, and statuses those on any account: categories have
    none of their own. A term that is turned round leaves out what it would find there by itself.
    """
    first, *others = _looked_at(given, terms)
    sized = [condition for name, condition in _SIZED.items() if name in given]
    sized += _asked(SearchField.AMOUNT, terms)
    stand = [_STATUS] if "status" in given else []
    stand += _asked(SearchField.STATUS, terms)
    touched, on_account = _touched(given, terms), _touches_account(given, terms)
    if on_account:
        sized += stand
    if touched:
        yield _has_posting(given, first, *sized)
    elif sized:
        yield _has_posting(given, first, *sized, row_by_row="frequent" in given)
    if stand and not on_account:
        yield _has_posting(given, _ON_ACCOUNTS, *stand, row_by_row=bool(touched) or "frequent" in given)
    for other in others:
        yield _has_posting(given, other)
    for shape, name in terms:
        if shape.negated and shape.field in _SIZES:
            where = first if on_account or shape.field is SearchField.AMOUNT else _ON_ACCOUNTS
            yield not_(_has_posting(given, where, _compared(_SIZES[shape.field], shape, name), row_by_row=True))
        elif shape.negated and shape.field in TREES:
            yield not_(_has_posting(given, _on(name), row_by_row=True))


def _asked(field: SearchField, terms: Sequence[tuple[Shape, str]]) -> list[ColumnElement[bool]]:
    """What terms about an amount or a status ask of a posting, those that are turned round aside."""
    return [
        _compared(_SIZES[field], shape, name) for shape, name in terms if shape.field is field and not shape.negated
    ]


def _touches_account(given: frozenset[str], terms: Sequence[tuple[Shape, str]]) -> bool:
    """Whether an account is named that must be touched."""
    return "accounts" in given or any(shape.field is SearchField.ACCOUNT and not shape.negated for shape, _ in terms)


def _touched(given: frozenset[str], terms: Sequence[tuple[Shape, str]]) -> list[str]:
    """The accounts and categories that must be touched: accounts first, and filters before terms."""
    touched: list[str] = []
    for filtered, field in _TOUCHED.items():
        touched += [filtered] if filtered in given else []
        touched += [name for shape, name in terms if shape.field is field and not shape.negated]
    return touched


def _looked_at(given: frozenset[str], terms: Sequence[tuple[Shape, str]]) -> list[ColumnElement[bool]]:
    """Which postings are looked at: the first is for amounts, and on an account for statuses."""
    return [_on(name) for name in _touched(given, terms)] or [Posting.generated.is_(False)]


def _of_itself(given: frozenset[str], shape: Shape, name: str) -> ColumnElement[bool]:
    """What a term asks of a transaction's day, tags and words."""
    if shape.field is SearchField.DATE:
        return _compared(Transaction.date, shape, name)
    if shape.field is SearchField.TAG:
        return _has_tags(given, TransactionTag.tag_id == bindparam(name))
    if shape.field is SearchField.PAYEE:
        return _has_payee(name)
    if shape.field in _TEXTS:
        return _has_words(_TEXTS[shape.field], name)
    row_by_row = "frequent" in given or shape.negated
    in_memo = _has_posting(given, _has_words(Posting.memo, name), row_by_row=row_by_row)
    if shape.field is SearchField.MEMO:
        return in_memo
    return or_(_has_payee(name), *[_has_words(text, name) for text in _TEXTS.values()], in_memo)


def _compared(column: Any, shape: Shape, name: str) -> ColumnElement[bool]:
    if shape.operator is Operator.WITHIN:
        return and_(column >= bindparam(name), column <= bindparam(_end_of(name)))
    compared: ColumnElement[bool] = _COMPARISONS[shape.operator](column, bindparam(name))
    return compared


def _has_words(text: Any, name: str) -> ColumnElement[bool]:
    has: ColumnElement[bool] = text.icontains(bindparam(name, type_=Text()), escape="\\")
    return has


def _has_payee(name: str) -> ColumnElement[bool]:
    """Its payee has words in what was written, in its name or in an alias."""
    those = select(PayeeName.payee_id).where(PayeeName.book_id == bindparam("book"), _has_words(PayeeName.name, name))
    return or_(_has_words(Transaction.payee, name), Transaction.payee_id.in_(those))


def _on(name: str) -> ColumnElement[bool]:
    return Posting.account_id == any_(bindparam(name, type_=ARRAY(Uuid())))


def _named_terms(shapes: Sequence[Shape]) -> list[tuple[Shape, str]]:
    return [(shape, _name(place)) for place, shape in enumerate(shapes)]


def _name(place: int) -> str:
    """What a statement calls the value of its term at this place."""
    return f"term_{place}"


def _end_of(name: str) -> str:
    return f"{name}_end"


def _has_tags(given: frozenset[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """A transaction bears such a tag."""
    return (
        exists()
        .where(
            TransactionTag.book_id == bindparam("book"),
            TransactionTag.transaction_id == Transaction.id,
            *_stood(TransactionTag, given),
            *conditions,
        )
        .correlate(Transaction)
    )


def _has_posting(
    given: frozenset[str], *conditions: ColumnElement[bool], row_by_row: bool = False
) -> ColumnElement[bool]:
    """A transaction has such a posting.

    Args:
        given: what the statement is given.
        conditions: what holds of the posting.
        row_by_row: look at the postings of each transaction that is met, and never for all of them beforehand.
    """
    posting: Select[Any] = select(literal_column("1")).where(
        Posting.book_id == bindparam("book"), Posting.transaction_id == Transaction.id, *conditions
    )
    posting = _of_its_own(posting, given)
    # PostgreSQL makes no join of what begins somewhere, be it at the beginning.
    return exists(posting.offset(literal_column("0")) if row_by_row else posting)


class TransactionRepository(Repository):
    """Transactions as people ask for them."""

    async def get(self, transaction_id: UUID, *, generated: bool) -> tuple[Shown, int] | None:
        """A transaction, and the revision at which it, a name in it or what reverses it last changed."""
        found = await self.rows(_GET, {"book": self.book_id, "id": transaction_id})
        if not found:
            return None
        ((transaction, revision),) = _grouped(found, generated=generated)
        transaction["reversed_by_id"] = found[0].reversed_by_id
        return transaction, max(revision, found[0].reversed_revision or 0)

    async def find(self, wanted: TransactionQuery, sought: Sought) -> Page[Shown]:
        """A page of transactions, in the order that is asked for."""
        given = sought.given | _given(_placed(wanted))
        found_by = await self._candidates(sought)
        if found_by.get("candidates") == []:
            return Page([], None)
        given |= found_by
        statement = _list(
            frozenset(given), sought.shapes, wanted.limit + 1, order=wanted.sort, generated=wanted.generated
        )
        found = await self.rows(statement, given | sought.values | {"book": self.book_id})
        transactions = [transaction for transaction, _ in _grouped(found, generated=wanted.generated)]
        sizes = {row[0]: row[SIZE] for row in found} if wanted.sort.is_by_amount else None
        return _page(transactions, wanted, sizes)

    async def matching(self, sought: Sought, most: int) -> list[UUID]:
        """The ids of transactions, newest first, up to so many."""
        given = sought.given | await self._candidates(sought)
        statement = _matching(frozenset(given), sought.shapes, most)
        return await self.column(statement, given | sought.values | {"book": self.book_id})

    async def chosen(self, sought: Sought) -> Chosen:
        """The transactions that are sought, to be asked for in another statement."""
        if sought.given.keys() <= {"date_from", "date_to", KNOWN_AT} and not sought.shapes:
            return Chosen(None, {})
        given = sought.given | await self._candidates(sought)
        return Chosen(_chosen(frozenset(given), sought.shapes), given | sought.values)

    async def count(self, sought: Sought) -> int:
        """How many transactions there are."""
        statement = _matching(frozenset(sought.given), sought.shapes, None)
        return len(await self.column(statement, sought.given | sought.values | {"book": self.book_id}))

    async def _candidates(self, sought: Sought) -> dict[str, Any]:
        """All ``candidates`` that an index finds for the words or else the sizes looked for, some in vain perhaps.

        Where they are too many to be named, that they are ``frequent`` is all that is said.

        An index knows the present alone: what was known once is met row by row.

        An index whose operators aren't leakproof is closed to the service's role: it is asked through functions of its
        owner, which look into the book that is open and no other.
        """
        if KNOWN_AT in sought.given:
            return {"frequent": True}
        probes = (_words_looked_for(sought), _sizes_looked_for(sought))
        for statement, values in filter(None, probes):
            found: list[UUID] | None = await self.value(statement, values | {"most": FEW})
            if found is not None:
                return {"candidates": found}
        return {"frequent": True} if any(probes) else {}

    async def register_page(self, account_id: UUID, wanted: RegisterQuery, known_at: int | None = None) -> Page[Shown]:
        """A page of the transactions that touch an account, newest first, with the postings that exchanges made.

        Args:
            account_id: the account.
            wanted: the filters.
            known_at: the revision whose knowledge it is of; None: now.
        """
        filters = {"date_from": wanted.date_from, "date_to": wanted.date_to, KNOWN_AT: known_at}
        given = _given(filters | _placed(wanted))
        statement = _register(frozenset(given), wanted.limit + 1)
        found = await self.rows(statement, given | {"book": self.book_id, "account": account_id})
        return _page([transaction for transaction, _ in _grouped(found, generated=True)], wanted)

    async def sums_up_to(
        self, account_id: UUID, place: Place, known_at: int | None = None
    ) -> dict[str, tuple[Decimal, int]]:
        """What an account held after the transaction at this place, by currency, and how many postings that was.

        Whole months come from their sums. As a revision knew it, what was done since is taken away again.
        """
        found = await self.rows(
            _SUMS_UP_TO if known_at is None else _SUMS_KNOWN_UP_TO,
            {
                KNOWN_AT: known_at,
                "book": self.book_id,
                "account": account_id,
                "month": place.date.replace(day=1),
                "date": place.date,
                "ordinal": place.ordinal,
                "id": place.id,
            },
        )
        return {row.currency: (row.amount, int(row.postings)) for row in found}


_FIGURES = re.compile(r"[0-9]{1,28}(\.[0-9]{1,18})?", re.ASCII)


def _sums_up_to(since: str = "") -> Statement:
    return prepared(f"""
SELECT currency, sum(amount) AS amount, sum(postings) AS postings
  FROM (SELECT currency, amount, postings FROM month_sums
         WHERE book_id = :book AND account_id = :account AND month < :month
        UNION ALL
        SELECT currency, amount, 1 FROM postings
         WHERE book_id = :book AND account_id = :account AND date >= :month
           AND (date, ordinal, transaction_id) <= (:date, :ordinal, :id){since}) AS parts
 GROUP BY currency HAVING sum(postings) > 0
""")  # noqa: S608 - constants


_SUMS_UP_TO = _sums_up_to()
_SUMS_KNOWN_UP_TO = _sums_up_to(f"""
        UNION ALL
        SELECT p.currency, -p.amount, -1 FROM transactions t
          JOIN postings p ON p.book_id = :book AND p.transaction_id = t.id
         WHERE t.book_id = :book AND t.revision > :known_at AND p.account_id = :account
           AND (t.date, t.ordinal, t.id) <= (:date, :ordinal, :id)
        UNION ALL
        SELECT p.currency, p.amount, 1
          FROM ({images_at(TRANSACTION)}) AS i (image)
         CROSS JOIN LATERAL jsonb_to_recordset(i.image->'postings')
               AS p (account_id uuid, currency text, amount numeric)
         WHERE p.account_id = :account
           AND ((i.image->>'date')::date, (i.image->>'ordinal')::bigint, (i.image->>'id')::uuid)
               <= (:date, :ordinal, :id)""")  # noqa: S608 - as above


_WITH_WORDS = prepared("SELECT transactions_with_words(CAST(:in_text AS text[]), CAST(:in_memo AS text[]), :most)")
_OF_SIZE = prepared("SELECT transactions_of_size(:smallest, :largest, :most)")


Probe = tuple[Statement, dict[str, Any]]


def _words_looked_for(sought: Sought) -> Probe | None:
    """What to ask the indexes of words; None where no word is one that they know.

    Of a transaction that has all the words, either each is found in its own text or in a name of its payee, or one at
    least in a memo.
    """
    looked_for: dict[SearchField, list[str]] = {field: [] for field in _WORDED}
    for term in sought.terms:
        if term.field in looked_for and not term.negated:
            looked_for[term.field].append(_escaped(str(term.value)))
    looked_for[SearchField.PAYEE] += [sought.given["payee"]] if "payee" in sought.given else []
    known = [(word, field) for field, words in looked_for.items() for word in words if _INDEXED.search(word)]
    known.sort(key=lambda each: len(each[0]), reverse=True)
    if memos := [f"%{word}%" for word, field in known if field is SearchField.MEMO]:
        return _WITH_WORDS, {"in_text": [], "in_memo": memos[:1]}
    known = known[:PATTERNS]
    if not known:
        return None
    return _WITH_WORDS, {
        "in_text": [f"%{word}%" for word, _ in known],
        "in_memo": [f"%{word}%" for word, field in known if field is SearchField.WORDS],
    }


def _sizes_looked_for(sought: Sought) -> Probe | None:
    """What to ask the index of sizes: all conditions on amounts are on that of one posting."""
    smallest: list[Any] = [sought.given.get("amount_min")]
    largest: list[Any] = [sought.given.get("amount_max")]
    for term in sought.terms:
        if term.field is SearchField.AMOUNT and not term.negated:
            low, high = term.value if isinstance(term.value, tuple) else (term.value, term.value)
            smallest.append(low if term.operator not in {Operator.BELOW, Operator.AT_MOST} else None)
            largest.append(high if term.operator not in {Operator.ABOVE, Operator.AT_LEAST} else None)
    bounds = [[bound for bound in ends if bound is not None] for ends in (smallest, largest)]
    if not any(bounds):
        return None
    return _OF_SIZE, {"smallest": max(bounds[0], default=Decimal(0)), "largest": min(bounds[1], default=SIZELESS)}


def _given(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}


def _values(terms: Sequence[Term], trees: Mapping[str, Sequence[UUID]], tags: Mapping[str, UUID]) -> dict[str, Any]:
    """What terms are compared with, under the names that a statement has for it."""
    values: dict[str, Any] = {}
    for place, term in enumerate(terms):
        name = _name(place)
        if isinstance(term.value, tuple):
            values[name], values[_end_of(name)] = term.value
        elif term.field in TREES:
            values[name] = trees[str(term.value)]
        elif term.field is SearchField.TAG:
            values[name] = tags[str(term.value)]
        elif term.field in _SIZES or term.field is SearchField.DATE:
            values[name] = term.value
        else:
            values[name] = _escaped(str(term.value))
    return values


def _escaped(words: str) -> str:
    """Words as a pattern that means just them."""
    return re.sub(r"([\\%_])", r"\\\1", words)


def _placed(wanted: TransactionQuery | RegisterQuery) -> dict[str, Any]:
    """Where the page before ended, under the names that a statement has for it."""
    place = _place(wanted)
    if place is None:
        return {}
    return {"place": True, "day": place.date, "ordinal": place.ordinal, "id": place.id, "size": place.size}


def _place(wanted: TransactionQuery | RegisterQuery) -> Place | None:
    after = wanted.after()
    if after is None:
        return None
    try:
        date, ordinal, id_, *size = after
        number = int(ordinal)
        if not 0 <= number < 1 << 63 or len(size) != _is_by_amount(wanted):
            raise CursorMalformed
        return Place(dt.date.fromisoformat(date), number, UUID(id_), _size(size[0]) if size else None)
    except ValueError:
        raise CursorMalformed from None


def _is_by_amount(wanted: TransactionQuery | RegisterQuery) -> bool:
    return isinstance(wanted, TransactionQuery) and wanted.sort.is_by_amount


def _size(text: str) -> Decimal:
    if _FIGURES.fullmatch(text) is None:
        raise CursorMalformed
    return Decimal(text)


def _page(
    shown: list[Shown], wanted: TransactionQuery | RegisterQuery, sizes: Mapping[UUID, Decimal] | None = None
) -> Page[Shown]:
    """A page of what was found, one more than it holds if there is more; ``sizes`` by id, of an order by amount."""
    more = len(shown) > wanted.limit
    shown = shown[: wanted.limit]
    if not more:
        return Page(shown, None)
    last = shown[-1]
    size = [f"{sizes[last['id']]:f}"] if sizes else []
    return Page(shown, wanted.cursor_at(last["date"], last["ordinal"], last["id"], *size))


def _grouped(rows: Sequence[Row], *, generated: bool) -> list[tuple[Shown, int]]:
    """Rows of postings to transactions, in order; with each the revision at which its answer last changed."""
    shown: list[tuple[Shown, int]] = []
    for _, group in groupby(rows, key=itemgetter(0)):
        lines = list(group)
        first = lines[0]
        tags = first[TAGS]
        transaction = show(
            first[:FACTS_END],
            [line[FACTS_END:POSTING_END] for line in lines],
            [(tag_id, name) for tag_id, name, _ in tags] if tags else (),
        )
        if not generated:
            transaction["postings"] = [posting for posting in transaction["postings"] if not posting["generated"]]
        revision = max(transaction["revision"], first[PAYEE_NAMED], *[line[POSTING_END] for line in lines])
        if tags:
            revision = max(revision, *[int(named_revision) for _, _, named_revision in tags])
        shown.append((transaction, revision))
    return shown
