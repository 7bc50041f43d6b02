"""Households that were made up, with cases planted in them, so that it is known what is to be found.

Three years of a household's months, the same for the same seed: salaries and pensions, rent, subscriptions whose prices
rise, bills by the quarter and by the year, loans, savings and the card's settlement; shopping of every kind around it,
holidays, presents, repairs, refunds, cash from the machine; payments that are far too large, and some that were made
twice. What recurs is late at times, left out at times, and moved off week-ends, as banks do.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from farthing.ledger.flows import Flow
from farthing.ledger.recurrence import Cadence, Shift, day_in_month

YEARS = 3
DECEMBER, SATURDAY = 12, 5
LARGE = 10
LAST_DAY = dt.date(2026, 11, 22)
CURRENCY = "EUR"
CENT = Decimal("0.01")

SUBSCRIPTIONS = (
    "Streaming",
    "Music",
    "Cloud Storage",
    "Newspaper",
    "Gym",
    "Game Pass",
    "Language Course",
    "Audio Books",
)
SHOPS = ("Greengrocer", "Supermarket North", "Supermarket South", "Corner Shop")
PLACES = (
    "Trattoria",
    "Noodle Bar",
    "Old Tavern",
    "Burger House",
    "Sushi Yama",
    "Pizza Express",
    "Bistro",
    "Kebab King",
)
WARDROBE = ("Outfitters", "Shoe Store", "Department Store")
DINING_RATE = 0.09


@dataclass
class Planted:
    """A payment that recurs, and its transactions."""

    name: str
    cadence: Cadence
    ids: list[UUID] = field(default_factory=list)


@dataclass
class Household:
    """A household's flows, and what is planted among them."""

    seed: int
    first: dt.date
    last: dt.date
    flows: list[Flow]
    recurring: list[Planted]
    unusual: set[UUID]
    twice: set[UUID]
    """The later of each two."""
    opening: dict[UUID, Decimal]
    """What the accounts held before the first day."""
    names: dict[UUID, str]
    """What accounts and categories are called."""

    def held(self, until: dt.date | None = None) -> dict[tuple[UUID, str], float]:
        """What each account holds at the end of a day."""
        end = until or self.last
        return {
            (account, CURRENCY): float(
                opening + sum((f.amount for f in self.flows if f.account_id == account and f.date <= end), Decimal(0))
            )
            for account, opening in self.opening.items()
        }


class _Maker:
    """Writes a household's months."""

    def __init__(self, seed: int, last: dt.date) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same each time
        self.last = last
        self.first = dt.date(last.year - YEARS, last.month, 1)
        self.flows: list[Flow] = []
        self.recurring: list[Planted] = []
        self.unusual: set[UUID] = set()
        self.twice: set[UUID] = set()
        self.names: dict[UUID, str] = {}
        self.ids: dict[str, UUID] = {}
        self.checking, self.savings, self.card = map(self.known, ("Checking", "Savings", "Credit Card"))
        self.has_card = self.happens(0.6)

    def new_id(self) -> UUID:
        """The next id."""
        return UUID(int=self.dice.getrandbits(128), version=4)

    def happens(self, probability: float) -> bool:
        """Whether something happens that does so often."""
        return self.dice.random() < probability

    def known(self, name: str) -> UUID:
        """The id of an account or category."""
        if name not in self.ids:
            self.ids[name] = self.new_id()
            self.names[self.ids[name]] = name
        return self.ids[name]

    @property
    def wallet(self) -> UUID:
        """What daily things are paid from."""
        return self.card if self.has_card and self.happens(0.7) else self.checking

    def pay(self, day: dt.date, amount: float, who: str, category: str | None, account: UUID | None = None) -> UUID:
        """Write a payment down; what is spent is negative."""
        id_ = self.new_id()
        exact = Decimal(str(round(amount, 2))).quantize(CENT)
        if self.first <= day <= self.last and exact:
            category_id = None if category is None else self.known(category)
            self.flows.append(Flow(id_, account or self.wallet, day, exact, CURRENCY, who.casefold(), category_id))
        return id_

    def move(self, day: dt.date, amount: float, who: str, source: UUID, target: UUID) -> UUID:
        """Write a transfer down."""
        id_ = self.new_id()
        exact = Decimal(str(round(amount, 2))).quantize(CENT)
        if self.first <= day <= self.last and exact:
            for account, signed in ((source, -exact), (target, exact)):
                self.flows.append(Flow(id_, account, day, signed, CURRENCY, who.casefold(), None))
        return id_

    def days(self, start: dt.date | None = None) -> Sequence[dt.date]:
        """Every day there is."""
        begin = start or self.first
        return [begin + dt.timedelta(days=n) for n in range((self.last - begin).days + 1)]

    def log_normal(self, middle: float, width: float) -> float:
        """An amount around a middle."""
        return middle * math.exp(self.dice.gauss(0, width))

    # --- what recurs ---

    def schedule(
        self, cadence: Cadence, day: int, shift: Shift, *, begins: dt.date | None = None, ends: dt.date | None = None
    ) -> list[dt.date]:
        """The days on which something is due."""
        begin, end = begins or self.first, ends or self.last
        if not cadence.months:
            start = begin + dt.timedelta(days=day % round(cadence.days))
            return [start + dt.timedelta(days=n) for n in range(0, (end - start).days + 1, round(cadence.days))]
        first = begin.year * 12 + begin.month - 1
        found = [day_in_month(month, day, shift) for month in range(first, first + 12 * YEARS + 13, cadence.months)]
        return [each for each in found if begin <= each <= end]

    def recur(
        self,
        name: str,
        cadence: Cadence,
        due: Sequence[dt.date],
        amount: Callable[[dt.date], float],
        category: str | None,
        *,
        account: UUID | None = None,
        who: str | None = None,
        late: float = 0.15,
        left_out: float = 0.015,
        to: UUID | None = None,
    ) -> None:
        """Plant something that recurs: now and then late by a day or two, hardly ever left out."""
        planted = Planted(name, cadence)
        paid_from = account or self.checking
        for day in due:
            if self.happens(left_out):
                continue
            paid = day + dt.timedelta(days=self.dice.choice((1, 1, 2))) if self.happens(late) else day
            if not self.first <= paid <= self.last:
                continue
            if to is not None:
                planted.ids.append(self.move(paid, amount(day), who or name, paid_from, to))
            else:
                planted.ids.append(self.pay(paid, amount(day), who or name, category, paid_from))
        self.recurring.append(planted)

    def stepped(self, amount: float, steps: int, least: float = 1.04, most: float = 1.22) -> Callable[[dt.date], float]:
        """An amount that rises a few times."""
        span = (self.last - self.first).days
        days = sorted(self.first + dt.timedelta(days=self.dice.randrange(60, span - 40)) for _ in range(steps))
        rises = [(day, self.dice.uniform(least, most)) for day in days]

        def at(day: dt.date) -> float:
            level = amount
            for since, times in rises:
                if day >= since:
                    level *= times
            return round(level, 2)

        return at

    def income(self) -> None:
        """Salaries, and what else comes."""
        dice = self.dice
        day = dice.choice((1, 15, 25, 27, 28, 31))
        salary = self.stepped(dice.uniform(1900, 4200), YEARS - 1, 1.01, 1.05)
        bonus = self.happens(0.3)

        def paid(on: dt.date) -> float:
            return salary(on) * (2 if bonus and on.month == DECEMBER else 1)

        self.recur(
            "Employer",
            Cadence.MONTHLY,
            self.schedule(Cadence.MONTHLY, day, Shift.PRECEDING),
            paid,
            "Salary",
            left_out=0,
        )
        if self.happens(0.4):
            cadence = dice.choice((Cadence.FORTNIGHTLY, Cadence.MONTHLY))
            wage = self.stepped(dice.uniform(600, 1500), 1, 1.02, 1.05)
            varied = self.happens(0.5)
            self.recur(
                "Second Job",
                cadence,
                self.schedule(cadence, dice.randrange(1, 28), Shift.PRECEDING),
                lambda on: wage(on) * (dice.uniform(0.85, 1.15) if varied else 1),
                "Salary",
            )
        if self.happens(0.4):
            self.recur(
                "Child Benefit",
                Cadence.MONTHLY,
                self.schedule(Cadence.MONTHLY, dice.randrange(3, 20), Shift.FOLLOWING),
                self.stepped(250, 1),
                "Benefits",
                left_out=0,
            )

    def dwelling(self) -> None:
        """Rent, energy, telephone, insurances, loans."""
        dice = self.dice
        monthly = Cadence.MONTHLY
        self.recur(
            "Landlord",
            monthly,
            self.schedule(monthly, dice.choice((1, 1, 3, 5)), dice.choice((Shift.NONE, Shift.FOLLOWING))),
            self.stepped(-dice.uniform(550, 1400), 1, 1.02, 1.08),
            "Rent",
            left_out=0,
        )
        season = dice.uniform(0.1, 0.35)
        energy = dice.uniform(60, 140)
        cadence = dice.choice((monthly, Cadence.QUARTERLY, Cadence.TWO_MONTHLY))
        self.recur(
            "Energy Works",
            cadence,
            self.schedule(cadence, dice.randrange(5, 25), Shift.FOLLOWING),
            lambda on: (
                -energy
                * cadence.months
                * (1 + season * math.cos((on.timetuple().tm_yday - 20) / 365 * math.tau))
                * dice.uniform(0.95, 1.05)
            ),
            "Energy",
            late=0.3,
        )
        self.recur(
            "Water Board",
            Cadence.QUARTERLY,
            self.schedule(Cadence.QUARTERLY, dice.randrange(5, 25), Shift.FOLLOWING),
            lambda _: -dice.uniform(70, 95),
            "Water",
        )
        self.recur(
            "Telecom",
            monthly,
            self.schedule(monthly, dice.randrange(1, 28), Shift.FOLLOWING),
            self.stepped(-dice.choice((29.99, 39.95, 44.90)), 1),
            "Telephone",
        )
        for name, frequency in (
            ("Car Insurance", dice.choice((Cadence.YEARLY, Cadence.HALF_YEARLY, Cadence.QUARTERLY))),
            ("Liability Insurance", Cadence.YEARLY),
        ):
            amount = -dice.uniform(60, 140) * frequency.months / 2
            begins = day_in_month(self.first.year * 12 + self.first.month - 1 + dice.randrange(12), 1, Shift.NONE)
            self.recur(
                name,
                frequency,
                self.schedule(frequency, dice.randrange(1, 28), Shift.FOLLOWING, begins=begins),
                self.stepped(amount, 1, 1.02, 1.1),
                "Insurance",
                left_out=0,
            )
        if self.happens(0.4):
            self.recur(
                "Loan Bank",
                monthly,
                self.schedule(monthly, dice.choice((1, 15, 30)), Shift.FOLLOWING),
                self.stepped(-dice.uniform(120, 420), 0),
                "Loan",
                left_out=0,
            )
        if self.happens(0.6):
            self.recur(
                "Savings Plan",
                monthly,
                self.schedule(monthly, dice.choice((2, 26, 28)), Shift.FOLLOWING),
                self.stepped(dice.choice((100, 150, 200, 300)), 1, 1.2, 1.5),
                None,
                to=self.savings,
            )
        if self.happens(0.35):
            pay = dice.choice((45, 50, 60))
            cadence = dice.choice((Cadence.FORTNIGHTLY, Cadence.WEEKLY))
            self.recur(
                "Cleaner",
                cadence,
                self.schedule(cadence, dice.randrange(14), Shift.NONE),
                self.stepped(-pay, 1),
                "Household",
                left_out=0.06,
            )

    def subscriptions(self) -> None:
        """Some that go on, some that began, some that were cancelled; one at a shop that sells other things too."""
        dice = self.dice
        account = self.card if self.has_card else self.checking
        for name in dice.sample(SUBSCRIPTIONS, dice.randrange(3, 7)):
            begins = self.first + dt.timedelta(days=dice.randrange(900)) if self.happens(0.4) else None
            ends = (begins or self.first) + dt.timedelta(days=dice.randrange(150, 700)) if self.happens(0.3) else None
            cadence = Cadence.YEARLY if self.happens(0.12) else Cadence.MONTHLY
            price = dice.choice((4.99, 7.99, 9.99, 10.99, 12.99, 14.99, 17.99, 29.90)) * (
                9 if cadence is Cadence.YEARLY else 1
            )
            due = self.schedule(cadence, dice.randrange(1, 29), Shift.NONE, begins=begins, ends=ends)
            self.recur(
                name, cadence, due, self.stepped(-price, dice.choice((0, 1, 1, 2))), "Subscriptions", account=account
            )
        if self.happens(0.5):
            due = self.schedule(Cadence.MONTHLY, dice.randrange(1, 29), Shift.NONE)
            self.recur(
                "Market Place Prime",
                Cadence.MONTHLY,
                due,
                self.stepped(-8.99, 1),
                "Subscriptions",
                account=account,
                who="Market Place",
            )

    # --- what doesn't ---

    def shopping(self) -> None:
        """All that happens often, or at any time, and recurs in no rhythm."""
        often, basket = self.dice.uniform(0.22, 0.42), self.dice.uniform(28, 60)
        for day in self.days():
            self._eat(day, often, basket)
            if day.weekday() < SATURDAY:
                self._go_to_work(day)
            self._buy(day, 1.35 if day.month == DECEMBER else 1.0)
        if self.happens(0.7):
            self._drive()

    def _eat(self, day: dt.date, often: float, basket: float) -> None:
        at_weekend = 1.8 if day.weekday() == SATURDAY else 1.0
        if self.happens(often * at_weekend):
            dearer = 1.35 if day.month == DECEMBER else 1.0
            self.pay(day, -self.log_normal(basket * dearer, 0.45), self.dice.choice(SHOPS), "Groceries")
        if self.happens(DINING_RATE * at_weekend):
            self.pay(day, -self.log_normal(32, 0.4), self.dice.choice(PLACES), "Restaurants")

    def _go_to_work(self, day: dt.date) -> None:
        """Coffee at one of three prices, and the same ticket there and back."""
        if self.happens(0.3):
            self.pay(day, -self.dice.choice((2.8, 3.2, 3.2, 4.5)), "Coffee Bar", "Restaurants")
        if self.happens(0.15):
            self.pay(day, -2.9, "City Transport", "Transport")
            if self.happens(0.6):
                self.pay(day, -2.9, "City Transport", "Transport")

    def _buy(self, day: dt.date, more: float) -> None:
        if self.happens(0.05 * more):
            self.pay(day, -self.log_normal(34, 0.6), "Market Place", "Shopping")
        if self.happens(0.03 * more):
            self.pay(day, -self.log_normal(62, 0.5), self.dice.choice(WARDROBE), "Clothing")
        if self.happens(0.035):
            self.pay(day, -self.log_normal(17, 0.45), "Pharmacy", "Health")
        if self.happens(0.04):
            drawn = self.dice.choice((50, 100, 100, 150))
            self.move(day, drawn, "Cash Machine", self.checking, self.known("Wallet"))
        if self.happens(0.036 if day.month == DECEMBER else 0.012):
            self.pay(
                day, -self.log_normal(48, 0.5), self.dice.choice(("Book Store", "Toy World", "Flowers")), "Presents"
            )
        if self.happens(0.006):
            back = self.log_normal(40, 0.4)
            self.pay(day, back, self.dice.choice(("Outfitters", "Market Place")), "Clothing", self.checking)

    def _drive(self) -> None:
        tank_in = self.dice.randrange(5, 14)
        for day in self.days():
            tank_in -= 1
            if tank_in <= 0:
                self.pay(day, -self.log_normal(63, 0.16), "Filling Station", "Fuel")
                tank_in = self.dice.randrange(6, 17)

    def rare(self) -> None:
        """Holidays, repairs, furniture, money that comes once."""
        dice = self.dice
        for year in range(self.first.year, self.last.year + 1):
            for month in dice.sample((2, 5, 7, 8, 10), dice.choice((1, 2))):
                begin = dt.date(year, month, dice.randrange(1, 20))
                self.pay(
                    begin - dt.timedelta(days=dice.randrange(30, 90)), -self.log_normal(420, 0.4), "Airline", "Holidays"
                )
                self.pay(begin + dt.timedelta(days=9), -self.log_normal(760, 0.4), "Hotel", "Holidays")
                for n in range(9):
                    self.pay(begin + dt.timedelta(days=n), -self.log_normal(45, 0.5), "Abroad", "Holidays")
            for _ in range(dice.randrange(1, 4)):
                day = dt.date(year, 1, 1) + dt.timedelta(days=dice.randrange(365))
                who, category = dice.choice(
                    (
                        ("Garage", "Car Repairs"),
                        ("Furniture Hall", "Furniture"),
                        ("Dentist", "Dentist"),
                        ("Electronics", "Electronics"),
                    )
                )
                self.pay(day, -self.log_normal(430, 0.5), who, category, self.checking)
            self.pay(
                dt.date(year, 6, 1) + dt.timedelta(days=dice.randrange(90)),
                self.log_normal(480, 0.4),
                "Tax Office",
                "Taxes",
                self.checking,
            )

    def settle_the_card(self) -> None:
        """Each month's card bill, on the 5th of the next."""
        if not self.has_card:
            return
        planted = Planted("Card Bill", Cadence.MONTHLY)
        first = self.first.year * 12 + self.first.month - 1
        spent = [flow for flow in self.flows if flow.account_id == self.card]
        for month in range(first, first + YEARS * 12 + 1):
            owed = -sum(float(f.amount) for f in spent if f.date.year * 12 + f.date.month - 1 == month)
            day = day_in_month(month + 1, 5, Shift.FOLLOWING)
            if owed > 0 and day <= self.last:
                planted.ids.append(self.move(day, owed, "Card Bill", self.checking, self.card))
        self.recurring.append(planted)

    def plant(self) -> None:
        """Payments that are far too large, and some that were made twice."""
        dice = self.dice
        recurring = {id_ for planted in self.recurring for id_ in planted.ids}
        for _ in range(dice.randrange(4, 9)):
            day = self.first + dt.timedelta(days=dice.randrange(240, (self.last - self.first).days))
            who, category, usual = dice.choice(
                (
                    (dice.choice(SHOPS), "Groceries", 45),
                    (dice.choice(PLACES), "Restaurants", 32),
                    ("Pharmacy", "Health", 17),
                    ("Market Place", "Shopping", 34),
                    ("Filling Station", "Fuel", 63),
                )
            )
            if category == "Fuel" and not any(flow.who == "filling station" for flow in self.flows):
                continue
            times = dice.uniform(5, 8) if category == "Fuel" else dice.uniform(9, 16)
            self.unusual.add(self.pay(day, -usual * times, who, category))
        plain = [
            flow
            for flow in self.flows
            if flow.amount < -LARGE and not flow.is_transfer and flow.transaction_id not in recurring
        ]
        bills = [
            flow for flow in self.flows if flow.transaction_id in recurring and flow.amount < 0 and not flow.is_transfer
        ]
        for flow in (*dice.sample(plain, 4), *dice.sample(bills, 2)):
            day = flow.date + dt.timedelta(days=dice.choice((0, 0, 1, 2)))
            if day <= self.last:
                id_ = self.new_id()
                self.flows.append(Flow(id_, flow.account_id, day, flow.amount, CURRENCY, flow.who, flow.category_id))
                self.twice.add(id_)
                if flow.transaction_id in self.unusual:
                    self.unusual.add(id_)


def made_up(seed: int, last: dt.date = LAST_DAY) -> Household:
    """The household of a seed."""
    maker = _Maker(seed, last)
    maker.income()
    maker.dwelling()
    maker.subscriptions()
    maker.shopping()
    maker.rare()
    maker.plant()
    maker.settle_the_card()
    accounts = {maker.checking, maker.savings, *([maker.card] if maker.has_card else [])}
    flows = sorted((f for f in maker.flows if f.account_id in accounts), key=lambda f: (f.date, str(f.transaction_id)))
    opening = {account: Decimal(0 if account == maker.card else 2500) for account in accounts}
    return Household(
        seed, maker.first, maker.last, flows, maker.recurring, maker.unusual, maker.twice, opening, maker.names
    )
