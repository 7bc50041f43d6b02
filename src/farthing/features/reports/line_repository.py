"""All SQL about the lines of transactions: what they add up to by payee, tag, account and time, and which they are.

These sums aren't kept. They are added up from the postings of the days in question, grouped by PostgreSQL: what they
cost grows with those, and not with the book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    exists,
    extract,
    func,
    literal,
    literal_column,
    not_,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from farthing.core.known_at import KNOWN_AT, gathered, side_by_side, without_its_record
from farthing.core.records import Kind, Part
from farthing.core.repository import Repository
from farthing.core.statements import Row, Statement, prepared
from farthing.features.accounts.models import ACCOUNT, Account
from farthing.features.journal.models import (
    TRANSACTION,
    Posting,
    PostingLink,
    PostingStatus,
    Transaction,
    TransactionTag,
)
from farthing.features.payees.models import PAYEE, Payee
from farthing.features.reports.line_scope import Foreign, Grouping, Scope, Shape
from farthing.features.tags.models import TAG, Tag
from farthing.ledger.accounts import AccountKind

STATEMENTS_KEPT = 200
"""Statements that are kept, each for certain groups and filters."""


class LineRepository(Repository):
    """The lines of transactions."""

    async def grouped(
        self,
        scope: Scope,
        by: Sequence[Grouping],
        starts: Sequence[Sequence[dt.date]] = (),
        *,
        foreign: Foreign | None = None,
        moved: bool = False,
        most: int,
    ) -> list[Row]:
        """What lines come to: ``key_0``, ``key_1``, … and ``currency, amount, postings, debits, credits``.

        ``debits`` is the sum of what is positive, ``credits`` of what is negative. A key is None where there is none.

        If foreign lines are told apart, there are their ``day``, and if that is by cost what was paid for a unit,
        ``cost`` of ``cost_currency``; where nothing is noted and the transaction is an exchange of two currencies,
        ``given`` of the other were exchanged for ``taken``. All of these are None where there are none.

        Args:
            scope: which lines.
            by: what they are told apart by.
            starts: for each grouping, where it is by period the first days of those.
            foreign: which lines are told apart further.
            moved: instead of lines as they were posted, what refunds move: what came back is taken from where it came,
                and put where it had been spent. Its ``day`` is the one on which it came, and nothing was paid for it.
            most: at most so many rows.
        """
        at_cost = None if foreign is None else foreign.at_cost
        is_known_then = scope.known_at is not None
        statement = _grouped(tuple(by), scope.ids, scope.shape, most, at_cost, moved=moved, known_then=is_known_then)
        values = self._values(scope) | {f"starts_{place}": list(each) for place, each in enumerate(starts)}
        return await self.rows(statement, values | {"own": foreign and foreign.currency})

    async def listed(self, scope: Scope, *, after: tuple[dt.date, int, UUID, int] | None, most: int) -> list[Row]:
        """Lines, oldest first, with what there is to say of their transactions.

        Args:
            scope: which lines.
            after: the date, ordinal, transaction and position of a line: only what comes behind it.
            most: at most so many.
        """
        values = self._values(scope)
        if after is not None:
            values |= dict(zip(("day", "ordinal", "id", "position"), after, strict=True))
        return await self.rows(
            _listed(scope.ids, scope.shape, most, placed=after is not None, known_then=scope.known_at is not None),
            values,
        )

    async def names(self, grouping: Grouping, ids: Sequence[UUID], known_at: int | None = None) -> dict[UUID, str]:
        """What payees or tags are called, or were at a revision."""
        if not ids:
            return {}
        values = {"book": self.book_id, "ids": list(ids), KNOWN_AT: known_at}
        rows = await self.rows(_NAMES[grouping, known_at is not None], values)
        return {row.id: row.name for row in rows}

    def _values(self, scope: Scope) -> dict[str, Any]:
        return {
            **(scope.values or {}),
            "book": self.book_id,
            KNOWN_AT: scope.known_at,
            "line_first": scope.first,
            "line_last": scope.last,
            "line_accounts": list(scope.account_ids),
            "other_accounts": [account_id for account_id, _ in scope.others],
            "counts_for": [counts_for for _, counts_for in scope.others],
            **{f"where_{place}": each.value for place, each in enumerate(scope.where)},
        }


_POSTINGS, _TAGS = TRANSACTION.parts
_THEN = [*gathered(ACCOUNT), *gathered(PAYEE), *gathered(TAG), *side_by_side(TRANSACTION)]
"""The tables of an earlier state: they lead a statement about it, which is the one about the present otherwise."""


def _stood(part: Part, name: str, known_then: bool) -> list[ColumnElement[bool]]:
    """What must hold of rows of a part, besides, that were known then."""
    return [without_its_record(TRANSACTION, part, name)] if known_then else []


def _names(kind: Kind, model: type[Payee | Tag], known_then: bool) -> Statement:
    named = select(model.id, model.name).where(
        model.book_id == bindparam("book"), model.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    )
    return prepared(named.add_cte(*gathered(kind)) if known_then else named)


_NAMES = {
    (grouping, known_then): _names(kind, model, known_then)
    for grouping, kind, model in ((Grouping.PAYEE, PAYEE, Payee), (Grouping.TAG, TAG, Tag))
    for known_then in (False, True)
}


def _moved() -> FromClause:
    """What refunds move, as lines of the transactions that they are moved from and to.

    There are few links in a book, and many postings: whatever PostgreSQL knows of either, it begins with the links.
    """
    link = PostingLink.__table__
    spent, back = (
        select(Posting.transaction_id, Posting.account_id, Posting.date, Posting.status)
        .where(Posting.book_id == bindparam("book"), Posting.id == posting_id)
        .correlate(link)
        .offset(literal_column("0"))
        .lateral(name)
        for name, posting_id in (("spent", link.c.from_posting_id), ("back", link.c.to_posting_id))
    )
    sides = [
        select(
            link.c.book_id,
            *side.c,
            link.c.currency,
            amount.label("amount"),
            back.c.date.label("valued_on"),
        )
        .select_from(link.join(spent, true()).join(back, true()))
        .where(link.c.book_id == bindparam("book"))
        for side, amount in ((back, link.c.amount), (spent, -link.c.amount))
    ]
    return union_all(*sides).cte("moved").prefix_with("MATERIALIZED")


_POSTED: FromClause = Posting.__table__
_MOVED = _moved()


def _of_the_transaction(line: FromClause, known_then: bool) -> ColumnElement[bool]:
    own = and_(Transaction.book_id == bindparam("book"), Transaction.id == line.c.transaction_id)
    return and_(own, Transaction.revision <= bindparam(KNOWN_AT)) if known_then else own


def _looked_at(line: FromClause, ids: Select[Any] | None, shape: Shape, known_then: bool) -> list[ColumnElement[bool]]:
    """What holds of every line in the scope."""
    holds: list[ColumnElement[bool]] = [
        line.c.book_id == bindparam("book"),
        line.c.account_id == any_(bindparam("line_accounts", type_=ARRAY(Uuid()))),
        line.c.date.between(bindparam("line_first", type_=Date()), bindparam("line_last", type_=Date())),
        *_stood(_POSTINGS, Posting.__tablename__, known_then),
    ]
    holds += [] if ids is None else [line.c.transaction_id.in_(ids.correlate(None))]
    return [*holds, *(_holds(line, each, f"where_{place}", known_then) for place, each in enumerate(shape))]


def _is_foreign(line: FromClause) -> ColumnElement[bool]:
    foreign: ColumnElement[bool] = line.c.currency != bindparam("own", type_=Text())
    return foreign


_NOTED = func.coalesce(Posting.cost_amount, Posting.price_amount)


def _exchange() -> FromClause:
    """Of a foreign line that notes nothing: how much of another currency its transaction exchanged for how much."""
    made = Posting.__table__.alias("made")
    is_other = made.c.currency != Posting.currency
    return (
        select(
            func.max(made.c.currency).filter(is_other).label("other"),
            (-func.sum(made.c.amount).filter(is_other)).label("given"),
            func.sum(made.c.amount).filter(not_(is_other)).label("taken"),
        )
        .where(
            made.c.book_id == bindparam("book"),
            made.c.transaction_id == Posting.transaction_id,
            made.c.generated,
            _is_foreign(_POSTED),
            _NOTED.is_(None),
        )
        .having(func.count(made.c.currency.distinct()) == literal_column("2"))
        .correlate(Posting)
        .lateral("exchange")
    )


_EXCHANGE = _exchange()
_COSTS: tuple[ColumnElement[Any], ...] = (
    case((_is_foreign(_POSTED), _NOTED)).label("cost"),
    case((_is_foreign(_POSTED), func.coalesce(Posting.cost_currency, Posting.price_currency, _EXCHANGE.c.other))).label(
        "cost_currency"
    ),
    _EXCHANGE.c.given,
    _EXCHANGE.c.taken,
)
_NO_COSTS: tuple[ColumnElement[Any], ...] = tuple(
    cast(null(), each.type).label(name)
    for name, each in zip(("cost", "cost_currency", "given", "taken"), _COSTS, strict=True)
)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _grouped(
    by: tuple[Grouping, ...],
    ids: Select[Any] | None,
    shape: Shape,
    most: int,
    at_cost: bool | None,
    *,
    moved: bool,
    known_then: bool,
) -> Statement:
    """``at_cost`` is whether foreign lines are told apart by cost too; None: they aren't told apart."""
    line = _MOVED if moved else _POSTED
    keys: list[ColumnElement[Any]] = [
        _key(line, grouping, place, known_then).label(f"key_{place}") for place, grouping in enumerate(by)
    ]
    keys.append(line.c.currency)
    if at_cost is not None:
        keys.append(case((_is_foreign(line), line.c.valued_on if moved else line.c.date)).label("day"))
    if at_cost:
        keys += _NO_COSTS if moved else _COSTS
    told = {*by, *(grouping for grouping, _ in shape)}
    lines = line
    if Grouping.PAYEE in told:
        lines = lines.join(Transaction.__table__, _of_the_transaction(line, known_then))
    if Grouping.TAG in by:
        of_its_tags = and_(
            TransactionTag.book_id == bindparam("book"),
            TransactionTag.transaction_id == line.c.transaction_id,
            *_stood(_TAGS, TransactionTag.__tablename__, known_then),
        )
        lines = lines.outerjoin(TransactionTag.__table__, of_its_tags)
    if Grouping.OTHER_ACCOUNT in by:
        others = _OTHERS[known_then]
        lines = lines.outerjoin(others, others.c.transaction_id == line.c.transaction_id)
    if at_cost and not moved:
        lines = lines.outerjoin(_EXCHANGE, true())
    zero: ColumnElement[Any] = literal_column("0")
    grouped = (
        select(
            *keys,
            func.sum(line.c.amount).label("amount"),
            func.count().label("postings"),
            func.coalesce(func.sum(line.c.amount).filter(line.c.amount > zero), zero).label("debits"),
            func.coalesce(func.sum(line.c.amount).filter(line.c.amount < zero), zero).label("credits"),
        )
        .select_from(lines)
        .where(*_looked_at(line, ids, shape, known_then))
        .group_by(*(literal_column(str(place + 1)) for place in range(len(keys))))
        .limit(literal_column(str(most)))
    )
    return prepared(grouped.add_cte(*_THEN) if known_then else grouped)


def _counting_for(known_then: bool) -> FromClause:
    """Other lines of transactions: once for each account that they count for, however many lines there are."""
    other = Posting.__table__.alias("other")
    pairs = (
        func.unnest(bindparam("other_accounts", type_=ARRAY(Uuid())), bindparam("counts_for", type_=ARRAY(Uuid())))
        .table_valued(column("account_id", Uuid()), column("counts_for", Uuid()), name="pairs")
        .render_derived()
    )
    return (
        select(other.c.transaction_id, pairs.c.counts_for)
        .distinct()
        .select_from(other.join(pairs, pairs.c.account_id == other.c.account_id))
        .where(
            other.c.book_id == bindparam("book"),
            other.c.date.between(bindparam("line_first", type_=Date()), bindparam("line_last", type_=Date())),
            *_stood(_POSTINGS, "other", known_then),
        )
        .subquery("others")
    )


_OTHERS = {known_then: _counting_for(known_then) for known_then in (False, True)}


def _transaction_status(line: FromClause, known_then: bool) -> ColumnElement[Any]:
    """The least status of the lines on accounts; that of the line, where there are none but on categories."""
    beside = Posting.__table__.alias("beside")
    least = case(
        *((func.bool_or(beside.c.status == status.value), literal(status.value, Text())) for status in PostingStatus)
    )
    on_accounts = and_(
        Account.book_id == bindparam("book"),
        Account.id == beside.c.account_id,
        *(Account.kind != kind.value for kind in AccountKind if kind.is_category),
    )
    of_all = (
        select(least)
        .select_from(beside.join(Account.__table__, on_accounts))
        .where(
            beside.c.book_id == bindparam("book"),
            beside.c.transaction_id == line.c.transaction_id,
            not_(beside.c.generated),
            *_stood(_POSTINGS, "beside", known_then),
        )
        .correlate(line)
        .scalar_subquery()
    )
    return func.coalesce(of_all, line.c.status)


def _key(line: FromClause, grouping: Grouping, place: int, known_then: bool) -> ColumnElement[Any]:
    """What lines are told apart by."""
    if grouping is Grouping.PERIOD:
        return func.width_bucket(line.c.date, bindparam(f"starts_{place}", type_=ARRAY(Date())))
    keys: dict[Grouping, ColumnElement[Any]] = {
        Grouping.OWN_ACCOUNT: line.c.account_id,
        Grouping.OTHER_ACCOUNT: _OTHERS[known_then].c.counts_for,
        Grouping.PAYEE: Transaction.payee_id.expression,
        Grouping.TAG: TransactionTag.tag_id.expression,
        Grouping.WEEKDAY: cast(extract("isodow", line.c.date), Integer),
        Grouping.CURRENCY: line.c.currency,
        Grouping.STATUS: line.c.status,
        Grouping.TRANSACTION_STATUS: _transaction_status(line, known_then),
    }
    return keys[grouping]


@lru_cache(maxsize=STATEMENTS_KEPT)
def _listed(ids: Select[Any] | None, shape: Shape, most: int, *, placed: bool, known_then: bool) -> Statement:
    order = (Posting.date, Posting.ordinal, Posting.transaction_id, Posting.position)
    query = (
        select(
            Posting.transaction_id,
            Posting.id.label("posting_id"),
            Posting.date,
            Posting.ordinal,
            Posting.position,
            func.coalesce(Payee.name, Transaction.payee).label("payee"),
            Transaction.description,
            Posting.account_id,
            Account.full_name.label("account"),
            Posting.amount,
            Posting.currency,
            Posting.status,
            Posting.memo,
        )
        .join(Transaction, _of_the_transaction(_POSTED, known_then))
        .join(Account, and_(Account.book_id == bindparam("book"), Account.id == Posting.account_id))
        .outerjoin(Payee, and_(Payee.book_id == bindparam("book"), Payee.id == Transaction.payee_id))
        .where(*_looked_at(_POSTED, ids, shape, known_then))
        .order_by(*order)
        .limit(literal_column(str(most)))
    )
    if placed:
        place = (
            bindparam("day", type_=Posting.date.type),
            bindparam("ordinal", type_=Posting.ordinal.type),
            bindparam("id", type_=Posting.transaction_id.type),
            bindparam("position", type_=Posting.position.type),
        )
        query = query.where(tuple_(*order) > tuple_(*place))
    return prepared(query.add_cte(*_THEN) if known_then else query)


def _holds(line: FromClause, wanted: tuple[Grouping, bool], name: str, known_then: bool) -> ColumnElement[bool]:
    """What a line must be like to be in a group: ``wanted`` is the grouping, and whether there is a value."""
    grouping, has_value = wanted
    match grouping:
        case Grouping.OWN_ACCOUNT:
            return line.c.account_id == any_(bindparam(name, type_=ARRAY(Uuid())))
        case Grouping.OTHER_ACCOUNT:
            other = Posting.__table__.alias("other")
            touched = bindparam(name if has_value else "other_accounts", type_=ARRAY(Uuid()))
            touches = exists().where(
                other.c.book_id == bindparam("book"),
                other.c.transaction_id == line.c.transaction_id,
                other.c.account_id == any_(touched),
                *_stood(_POSTINGS, "other", known_then),
            )
            return touches if has_value else not_(touches)
        case Grouping.PAYEE:
            return Transaction.payee_id == bindparam(name) if has_value else Transaction.payee_id.is_(None)
        case Grouping.TAG:
            tagged = exists().where(
                TransactionTag.book_id == bindparam("book"),
                TransactionTag.transaction_id == line.c.transaction_id,
                *_stood(_TAGS, TransactionTag.__tablename__, known_then),
            )
            return tagged.where(TransactionTag.tag_id == bindparam(name)) if has_value else not_(tagged)
        case Grouping.WEEKDAY | Grouping.CURRENCY | Grouping.STATUS | Grouping.TRANSACTION_STATUS:
            compared: ColumnElement[bool] = _key(line, grouping, 0, known_then) == bindparam(name)
            return compared
        case Grouping.PERIOD:
            raise LookupError("a period is part of the scope")
