"""A household to look at: three months of a couple that nobody is, the same each time.

All of it is made up. The amounts come from a fixed seed, so that two demos are alike to the cent.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from farthing.features.accounts.schemas import AccountCreate
from farthing.features.transactions.schemas import TransactionCreate
from farthing.ledger.accounts import AccountKind

EMAIL = "demo@farthing.example"
NAME = "Robin Demo"
BOOK = "Demo household"
CURRENCY = "EUR"
ZONE = "Europe/Vienna"
FIRST_DAY = dt.date(2026, 1, 1)
LAST_DAY = dt.date(2026, 3, 31)
SEED = 960

CHECKING, SAVINGS, CASH = "Assets:Checking", "Assets:Savings", "Assets:Cash"
DOLLARS, CARD = "Assets:Dollar Account", "Liabilities:Credit Card"
HOUSING, LEISURE, FOOD = "Expenses:Housing", "Expenses:Leisure", "Expenses:Food"
TRIP_CATEGORY = f"{LEISURE}:Holidays"


@dataclass(frozen=True, slots=True)
class Regular:
    """What comes each month on the same day: cents, from the account's view."""

    day: int
    payee: str
    cents: int
    account: str
    category: str


@dataclass(frozen=True, slots=True)
class Habit:
    """What comes on certain weekdays (Monday is 0), for somewhere between two amounts of cents."""

    weekdays: frozenset[int]
    payees: Sequence[str]
    cents: tuple[int, int]
    account: str
    category: str


REGULARS = (
    Regular(1, "Elm Street Homes", -98_000, CHECKING, f"{HOUSING}:Rent"),
    Regular(2, "City Transit", -5_450, CHECKING, "Expenses:Transport:Public Transport"),
    Regular(3, "Iron Gate Gym", -2_990, CARD, "Expenses:Health:Sport"),
    Regular(5, "River Power & Water", -11_240, CHECKING, f"{HOUSING}:Utilities"),
    Regular(8, "Northern Line Telecom", -3_995, CHECKING, f"{HOUSING}:Internet and Phone"),
    Regular(10, "Harbour Insurance", -4_780, CHECKING, "Expenses:Insurance"),
    Regular(12, "Bluebird Music", -1_099, CARD, f"{LEISURE}:Subscriptions"),
    Regular(18, "Lantern Films", -1_399, CARD, f"{LEISURE}:Subscriptions"),
    Regular(19, "The Morning Page", -900, CARD, f"{LEISURE}:Subscriptions"),
    Regular(26, "Alder Works", 241_580, CHECKING, "Income:Salary"),
    Regular(27, "Studio Quince", 118_000, CHECKING, "Income:Salary"),
)
HABITS = (
    Habit(
        frozenset({0, 3, 5}),
        ("Corner Market", "Green Basket", "Old Mill Grocer"),
        (1_450, 7_890),
        CHECKING,
        f"{FOOD}:Groceries",
    ),
    Habit(frozenset({2, 6}), ("Square Bakery", "Farmers' Stall"), (320, 1_480), CASH, f"{FOOD}:Groceries"),
    Habit(
        frozenset({1, 4}),
        ("Noodle House", "Trattoria Lume", "The Copper Pot"),
        (1_280, 5_460),
        CARD,
        f"{FOOD}:Restaurants",
    ),
    Habit(frozenset({0, 2}), ("The Salad Bar", "Canteen on Sixth"), (790, 1_390), CARD, f"{FOOD}:Restaurants"),
    Habit(frozenset({3}), ("Tin Cup Coffee",), (310, 890), CASH, f"{FOOD}:Restaurants"),
)
SINGLES = (
    (dt.date(2026, 1, 9), "Maple Pharmacy", -1_865, CARD, "Expenses:Health:Pharmacy"),
    (dt.date(2026, 1, 17), "Thread & Needle", -8_990, CARD, "Expenses:Shopping:Clothing"),
    (dt.date(2026, 1, 24), "Hinge Hardware", -4_275, CHECKING, "Expenses:Shopping:Household"),
    (dt.date(2026, 1, 31), "Northbank", 412, SAVINGS, "Income:Interest"),
    (dt.date(2026, 2, 5), "Dr. Juniper", -6_000, CHECKING, "Expenses:Health:Doctor"),
    (dt.date(2026, 2, 7), "Paper Boat Books", -3_480, CARD, f"{LEISURE}:Books and Media"),
    (dt.date(2026, 2, 28), "Northbank", 431, SAVINGS, "Income:Interest"),
    (dt.date(2026, 3, 6), "Thread & Needle", 3_500, CARD, "Income:Refunds"),
    (dt.date(2026, 3, 13), "Volt Corner", -21_900, CARD, "Expenses:Shopping:Electronics"),
    (dt.date(2026, 3, 20), "Starlight Cinema", -2_600, CARD, f"{LEISURE}:Going Out"),
    (dt.date(2026, 3, 21), "Meadow Animal Shelter", -5_000, CHECKING, "Expenses:Gifts and Donations"),
    (dt.date(2026, 3, 31), "Northbank", 458, SAVINGS, "Income:Interest"),
)
TRIP = (
    (dt.date(2026, 2, 14), "Seagull Hotel", -38_700),
    (dt.date(2026, 2, 14), "Harbour Taxi", -2_850),
    (dt.date(2026, 2, 15), "Pancake Corner", -2_460),
    (dt.date(2026, 2, 15), "Museum of Maps", -4_400),
    (dt.date(2026, 2, 16), "Ferry Pier", -3_600),
    (dt.date(2026, 2, 16), "Clam Shack", -5_725),
    (dt.date(2026, 2, 17), "Lighthouse Diner", -3_180),
    (dt.date(2026, 2, 18), "Harbour Taxi", -2_790),
)
"""Cents of a dollar, from the dollar account."""
WITHDRAWALS = (4, 14, 24)


def accounts() -> list[AccountCreate]:
    """Where the household's money is, with what was there on the first day."""

    def held(
        name: str, type_: str, currency: str, cents: int, *, kind: AccountKind = AccountKind.ASSET
    ) -> AccountCreate:
        return AccountCreate.model_validate(
            {
                "name": name,
                "kind": kind,
                "type": type_,
                "currency": currency,
                "opening": {"date": FIRST_DAY, "amount": _money(cents)},
            }
        )

    return [
        held("Checking", "checking", "EUR", 234_018),
        held("Savings", "savings", "EUR", 850_000),
        held("Cash", "cash", "EUR", 12_000),
        held("Dollar Account", "checking", "USD", 40_000),
        held("Credit Card", "credit_card", "EUR", -31_245, kind=AccountKind.LIABILITY),
    ]


def months() -> list[list[TransactionCreate]]:
    """What happened, month by month, each in the order of its days."""
    happened = sorted(_happened(), key=lambda transaction: transaction.date or FIRST_DAY)
    return [
        list(month) for _, month in groupby(happened, key=lambda transaction: (transaction.date or FIRST_DAY).month)
    ]


def _happened() -> Iterator[TransactionCreate]:
    chance = random.Random(SEED)  # noqa: S311 - the same each time is what is wanted
    owed = 31_245
    charged = 0
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + dt.timedelta(days=number)
        if day.day == 1:
            owed, charged = owed + charged, 0
        lines = [(each.payee, each.cents, each.account, each.category) for each in REGULARS if each.day == day.day]
        lines += [
            (chance.choice(each.payees), -chance.randint(*each.cents), each.account, each.category)
            for each in HABITS
            if day.weekday() in each.weekdays
        ]
        lines += [line for date, *line in SINGLES if date == day]  # type: ignore[misc]
        lines += [(payee, cents, DOLLARS, TRIP_CATEGORY) for date, payee, cents in TRIP if date == day]
        for payee, cents, account, category in lines:
            if account == CARD:
                charged -= cents
            yield _create(day, payee=payee, amount=_money(cents), account=account, category=category)
        if day.day in WITHDRAWALS:
            yield _movement(day, "Cash machine", 8_000, CHECKING, CASH)
        if day.day == 6:  # noqa: PLR2004 - when the card's bill is due
            yield _movement(day, "Credit card bill", owed, CHECKING, CARD)
            owed = 0
        if day.day == 28:  # noqa: PLR2004 - once both salaries are there
            yield _movement(day, "Putting some by", 40_000, CHECKING, SAVINGS)
        if day == dt.date(2026, 2, 12):
            yield _create(
                day,
                description="Dollars for the trip",
                amount="450.00",
                to_amount="486.32",
                **{"from": CHECKING, "to": DOLLARS},
            )


def _movement(day: dt.date, description: str, cents: int, source: str, target: str) -> TransactionCreate:
    return _create(day, description=description, amount=_money(cents), **{"from": source, "to": target})


def _create(day: dt.date, **values: str) -> TransactionCreate:
    return TransactionCreate.model_validate({"date": day, **values})


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
