"""Books made up at random, for whatever writes them as text: they balance, and are named as badly as people can."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftBook,
    DraftCost,
    DraftPosting,
    DraftPrice,
    DraftSum,
    DraftTransaction,
    Status,
)

KINDS = {"Assets": "asset", "Liabilities": "liability", "Equity": "equity", "Income": "income", "Expenses": "expense"}
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31))
ODD = st.sampled_from(
    [
        *(
            "Café",
            "two  spaces",
            "a;b",
            'said "so"',
            "back\\slash",
            "(x)",
            "[2024-01-02]",
            "* star",
            "! mark",
            "a|b",
            "日本",
        ),
        *(
            "date:2024-99-99",
            "see http://x",
            ":a:b:",
            "50%",
            "#tag",
            "^link",
            "@home",
            "{1}",
            "= 5",
            "~",
            "x, y:z",
            "É",
            "ß",
        ),
        *("a\\n", "\\", "ends\\", "TRUE", "1.00 EUR", "--", "x:y", "\u2028line", "e\u0301"),
    ]
)
WORDS = st.one_of(
    ODD, st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)
).filter(lambda text: text == " ".join(text.split(" ")).strip() and bool(text.strip()))
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
PARTS = WORDS.map(lambda text: text.replace(":", ".")).filter(lambda text: text == text.strip())
COMMODITIES = st.sampled_from(
    ["EUR", "USD", "JPY", "BTC", "ACME", "Green Apples", "$", "€", "x", 'q"q', "A1", "TRUE", "XAU.K"]
)
AMOUNTS = st.decimals(-(10**9), 10**9, places=2).filter(bool)
POSITIVE = st.decimals(Decimal("0.0001"), 10**6, places=4)


@st.composite
def _accounts(draw: st.DrawFn) -> list[DraftAccount]:
    found: dict[str, DraftAccount] = {}
    for _ in range(draw(st.integers(2, 6))):
        root = draw(st.sampled_from(sorted(KINDS)))
        name = ":".join([root, *draw(st.lists(PARTS, min_size=1, max_size=3))])
        kind: str | None = KINDS[root]
        if draw(st.integers(0, 5)) == 0:
            name, kind = draw(PARTS), draw(st.sampled_from([None, "asset", "expense"]))
        opened = draw(st.none() | DAYS)
        found.setdefault(
            name,
            DraftAccount(
                name,
                kind,
                number=draw(st.none() | WORDS),
                description=draw(st.none() | LINES),
                opened=opened,
                closed=draw(st.none() | DAYS) if opened else None,
            ),
        )
    return list(found.values())


@st.composite
def _postings(  # noqa: PLR0911 - one for each shape
    draw: st.DrawFn, names: list[str], traded: list[str]
) -> list[DraftPosting]:
    account = st.sampled_from(names)
    commodity = st.sampled_from(traded)
    status: st.SearchStrategy[Status] = st.sampled_from(("pending", "cleared", "cleared", "reconciled"))

    def posting(amount: Decimal, currency: str) -> DraftPosting:
        return DraftPosting(draw(account), amount, currency, draw(st.none() | LINES), draw(status))

    first, currency = draw(AMOUNTS), draw(commodity)
    shape = draw(
        st.sampled_from(["plain", "plain", "split", "priced", "total", "cost", "exchange", "three", "odd price"])
    )
    if shape == "plain":
        return [posting(first, currency), posting(-first, currency)]
    if shape == "split":
        part = draw(AMOUNTS)
        return [
            each
            for each in (posting(first + part, currency), posting(-first, currency), posting(-part, currency))
            if each.amount
        ]
    other = draw(commodity.filter(lambda each: each != currency)) if len(traded) > 1 else currency
    unit = draw(POSITIVE)
    if other == currency:
        return [posting(first, currency), posting(-first, currency)]
    bought = posting(first, currency)
    if shape == "priced":
        return [replace(bought, price=DraftSum(unit, other)), posting(-first * unit, other)]
    if shape == "total":
        return [replace(bought, amount=Decimal(3), total=DraftSum(Decimal(10), other)), posting(Decimal(-10), other)]
    if shape == "cost":
        cost = DraftCost(unit, other, draw(DAYS), draw(st.none() | WORDS))
        price = DraftSum(draw(POSITIVE), other) if draw(st.booleans()) else None
        return [replace(bought, cost=cost, price=price), posting(-first * unit, other)]
    if shape == "exchange":
        return [bought, posting(draw(POSITIVE) * (-1 if first > 0 else 1), other)]
    if shape == "odd price":  # a price that isn't what was paid
        return [replace(bought, price=DraftSum(unit, other)), posting(draw(AMOUNTS), other)]
    third = posting(draw(AMOUNTS), draw(commodity))
    return [bought, posting(draw(AMOUNTS), other), third]


@st.composite
def books(draw: st.DrawFn) -> DraftBook:
    """A book of a few accounts and transactions."""
    accounts = draw(_accounts())
    names = [each.name for each in accounts]
    traded = draw(st.lists(COMMODITIES, min_size=1, max_size=4, unique=True))
    values = st.one_of(
        WORDS,
        st.booleans(),
        st.none(),
        DAYS,
        st.decimals(-1000, 1000, places=3),
        st.integers(-(10**6), 10**6).map(Decimal),
    )
    transactions = [
        DraftTransaction(
            line=0,
            date=draw(DAYS),
            postings=tuple(draw(_postings(names, traded))),
            payee=draw(st.none() | WORDS),
            description=draw(st.none() | WORDS),
            notes=draw(st.none() | LINES),
            tags=tuple(draw(st.lists(WORDS, max_size=3, unique=True))),
            metadata=draw(
                st.dictionaries(WORDS | st.sampled_from(["code", "links", "date", "trip"]), values, max_size=3)
            ),
            value_date=draw(st.none() | DAYS),
            due_date=draw(st.none() | DAYS),
            external_id=draw(st.none() | WORDS),
            is_opening=draw(st.booleans()),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    transactions.sort(key=lambda each: each.date)
    prices = tuple(
        DraftPrice(0, draw(DAYS), commodity, draw(POSITIVE), draw(st.sampled_from(traded).filter(commodity.__ne__)))
        for commodity in (traded[:2] if len(traded) > 1 else [])
    )
    return DraftBook(tuple(accounts), tuple(transactions), prices, _assertions(transactions))


def _assertions(transactions: list[DraftTransaction]) -> tuple[DraftAssertion, ...]:
    """What accounts hold with those below them, at the end of the days on which they moved."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    found: dict[tuple[str, str, dt.date], DraftAssertion] = {}
    for transaction in transactions:
        for posting in transaction.postings:
            parts = posting.account.split(":")
            for count in range(1, len(parts) + 1):
                sums[":".join(parts[:count]), posting.currency] += posting.amount
        for posting in transaction.postings:
            key = (posting.account, posting.currency, transaction.date)
            held = sums[posting.account, posting.currency]
            found[key] = DraftAssertion(
                0, posting.account, transaction.date, held, posting.currency, with_children=True
            )
    return tuple(found.values())


def comparable(book: DraftBook) -> DraftBook:
    """A book without what depends on the file that it came from."""
    return replace(
        book,
        accounts=tuple(sorted(book.accounts, key=lambda each: each.name)),
        transactions=tuple(replace(each, line=0, original={}) for each in book.transactions),
        prices=tuple(
            sorted((replace(each, line=0) for each in book.prices), key=lambda each: (each.date, each.commodity))
        ),
        assertions=tuple(
            sorted(
                (replace(each, line=0) for each in book.assertions),
                key=lambda each: (each.date, each.account, each.currency),
            )
        ),
    )
