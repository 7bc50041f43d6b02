"""A book over HTTP beside the same book in plain Python: they never differ, whatever is done, in whatever order.

A short run is part of the suite; a long one is asked for: ``./run test --steps=100000 tests/stories/test_model.py``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.conftest import STEPS
from tests.features.journal.chain import check_book
from tests.household import Client, Household, serving
from tests.stories.model import STATUSES, TRADING, Book, Deed, Leg, Refused, Share

T = TypeVar("T")
STEPS_OF_A_BOOK = 60
LEAST_BOOKS = 5
"""The first book that Hypothesis thinks of is a dull one."""
ACCOUNTS = {
    "Assets:Checking": "EUR",
    "Assets:Yen": "JPY",
    "Assets:Dinars": "KWD",
    "Assets:Coins": "BTC",
    "Assets:Wallet": None,
    "Liabilities:Card": "EUR",
}
CATEGORIES = ("Expenses:Food:Groceries", "Expenses:Housing:Rent", "Income:Salary")
UNCATEGORISED = ("Income:Uncategorised", "Expenses:Uncategorised")
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3, "BTC": 8}
FIRST, LAST = dt.date(2026, 1, 25), dt.date(2026, 3, 5)
DAYS = st.dates(FIRST, LAST)
ACCOUNT = st.sampled_from(list(ACCOUNTS))
CATEGORY = st.sampled_from(CATEGORIES)
ANYWHERE = st.sampled_from([*ACCOUNTS, *CATEGORIES])
CURRENCY = st.sampled_from([None, None, None, *DIGITS])
STATUS = st.sampled_from(STATUSES)
FINENESS = st.sampled_from([0, 0, 0, 1, 2, 2, 3, 8, 9])
SIZE = st.builds(lambda units, places: Decimal(units).scaleb(-places), st.integers(1, 10**6), FINENESS)
SIGNED = st.builds(lambda size, out: -size if out else size, SIZE, st.booleans())
RATES = st.builds(
    lambda units, places: Decimal(units).scaleb(-places), st.integers(0, 10**4), st.sampled_from([0, 2, 3, 6, 18])
)
PRICES = st.none() | st.none() | st.tuples(RATES, st.sampled_from(list(DIGITS)))
OVERRIDES = st.sampled_from([False, False, True])
PAYEES = st.sampled_from([None, "Corner Shop", "Łódź & Söhne"])


@dataclass
class Service:
    """The API, and a look past it, on an event loop that a state machine can call into."""

    runner: asyncio.Runner
    client: Client
    past: asyncpg.Connection

    async def revision(self, book_id: str) -> int:
        return int(await self.past.fetchval("SELECT revision FROM books WHERE id = $1", UUID(book_id)))

    def run(self, made: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(made)


@pytest.fixture
def service(fresh_database_url: str, signing_key: str) -> Iterator[Service]:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()

        async def start() -> Service:
            client = await stack.enter_async_context(serving(fresh_database_url, signing_key, registration="open"))
            past = await asyncpg.connect(fresh_database_url)
            stack.push_async_callback(past.close)
            return Service(runner, client, past)

        yield runner.run(start())
        runner.run(stack.aclose())


class Beside(RuleBasedStateMachine):
    """The same is done to both books."""

    service: Service
    outcomes: Counter[str]
    """What became of all that was done: by rule and outcome."""

    @initialize()
    def begin(self) -> None:
        self.home = self.service.run(Household.founded(self.service.client, currency="EUR"))
        self.coin = self.service.run(self.home.made("/currencies", {"code": "BTC", "name": "Bitcoin", "digits": 8}))
        for name, currency in list(ACCOUNTS.items())[1:]:
            root, _, short = name.partition(":")
            kind = "asset" if root == "Assets" else "liability"
            wanted = {"currency": currency} if currency else {}
            self.service.run(self.home.open_account(short, kind, **wanted))
        listed = self.service.run(self.home.got("/accounts", params={"limit": 200}))["data"]
        self.ids = {account["full_name"]: account["id"] for account in listed}
        self.book = Book({**ACCOUNTS, **dict.fromkeys((*CATEGORIES, *UNCATEGORISED))}, dict(DIGITS))
        self.revision = self.service.run(self.home.revision())

    # What is done

    @rule(
        day=DAYS, account=ACCOUNT, amount=SIGNED, currency=CURRENCY, category=st.none() | CATEGORY, status=STATUS,
        payee=PAYEES, override=OVERRIDES,
    )  # fmt: skip
    def record_one_line(
        self, day: dt.date, account: str, amount: Decimal, currency: str | None, category: str | None, status: str,
        payee: str | None, override: bool,
    ) -> None:  # fmt: skip
        body = given(account=account, amount=amount, currency=currency, category=category, status=status, payee=payee)
        self.record(body, day, lambda: self.book.one_line(account, amount, currency, category, status), override)

    @rule(
        day=DAYS, giver=ACCOUNT, taker=ACCOUNT, amount=SIZE, to_amount=st.none() | SIZE, currency=CURRENCY,
        override=OVERRIDES,
    )  # fmt: skip
    def move(
        self, day: dt.date, giver: str, taker: str, amount: Decimal, to_amount: Decimal | None, currency: str | None,
        override: bool,
    ) -> None:  # fmt: skip
        body = given(to=taker, amount=amount, to_amount=to_amount, currency=currency) | {"from": giver}
        self.record(body, day, lambda: self.book.movement(giver, taker, amount, to_amount, currency), override)

    @rule(
        day=DAYS,
        legs=st.lists(
            st.builds(Leg, ANYWHERE, st.none() | SIGNED, CURRENCY, STATUS, price=PRICES), min_size=2, max_size=5
        ),
        even=st.booleans(),
        override=OVERRIDES,
    )
    def record_postings(self, day: dt.date, legs: list[Leg], even: bool, override: bool) -> None:
        wanted = evened(legs) if even else legs
        body = {"postings": [written(leg) for leg in wanted]}
        self.record(body, day, lambda: self.book.full(wanted), override)

    @rule(
        day=DAYS, size=SIZE, rate=RATES, pair=st.permutations(list(DIGITS)), off=st.sampled_from([0, 0, 0, 1, -1, 50]),
        fee=st.none() | CATEGORY, spends=st.booleans(),
    )  # fmt: skip
    def exchange(
        self, day: dt.date, size: Decimal, rate: Decimal, pair: list[str], off: int, fee: str | None, spends: bool
    ) -> None:  # fmt: skip
        one, other = pair[:2]
        unit = Decimal(1).scaleb(-self.book.digits[other])
        worth = Decimal(round(Fraction(size) * Fraction(rate) / Fraction(unit)) + off) * unit
        size, worth = (-size, -worth) if spends else (size, worth)
        legs = [Leg("Assets:Wallet", size, one, price=(rate, other)), Leg("Assets:Wallet", -worth, other)]
        if fee:
            legs = [*legs[:1], replace(legs[1], amount=-worth - unit), Leg(fee, unit, other)]
        self.record({"postings": [written(leg) for leg in legs]}, day, lambda: self.book.full(legs), override=False)

    @precondition(lambda self: self.book.deeds)
    @rule(
        changes=st.fixed_dictionaries(
            {},
            optional={
                "date": DAYS, "amount": SIGNED, "category": CATEGORY, "account": ACCOUNT, "status": STATUS,
                "payee": PAYEES,
            },
        ),
        override=OVERRIDES,
        data=st.data(),
    )  # fmt: skip
    def edit(self, changes: dict[str, Any], override: bool, data: st.DataObject) -> None:
        key = self.some(data, self.book.deeds)
        before = self.book.deeds[key]

        def model() -> Deed:
            after = self.book.edited(before, changes)
            after = replace(after, date=changes.get("date", before.date), payee=changes.get("payee", before.payee))
            return before if after == before else self.book.change(key, after, override=override)

        body = {name: as_json(value) for name, value in changes.items()}
        answer = self.do("edit", "PATCH", f"/transactions/{key}", body, model, override=override)
        if answer is not None:
            self.same_deed(answer, self.book.deeds[key])

    @precondition(lambda self: self.book.deeds)
    @rule(
        legs=st.lists(
            st.builds(Leg, ANYWHERE, st.none() | SIGNED, CURRENCY, STATUS, price=PRICES), min_size=2, max_size=4
        ),
        even=st.booleans(), override=OVERRIDES, data=st.data(),
    )  # fmt: skip
    def rewrite(self, legs: list[Leg], even: bool, override: bool, data: st.DataObject) -> None:
        key = self.some(data, self.book.deeds)
        wanted = evened(legs) if even else legs

        def model() -> Deed:
            after = replace(self.book.deeds[key], legs=self.book.full(wanted))
            return self.book.change(key, after, override=override)

        body = {"postings": [written(leg) for leg in wanted]}
        answer = self.do("rewrite", "PATCH", f"/transactions/{key}", body, model, override=override)
        if answer is not None:
            self.same_deed(answer, self.book.deeds[key])

    @precondition(lambda self: self.book.deeds)
    @rule(
        shares=st.lists(
            st.builds(lambda where, weight: Share(where, None, weight), CATEGORY, st.none() | SIZE)
            | st.builds(Share, CATEGORY, SIGNED),
            min_size=1, max_size=5,
        ),
        part=st.none() | st.integers(1, 99), override=OVERRIDES, data=st.data(),
    )  # fmt: skip
    def split(self, shares: list[Share], part: int | None, override: bool, data: st.DataObject) -> None:
        key = self.some(data, self.book.deeds)
        if part is not None:  # amounts at random hardly ever fit: one that does
            shares = [replace(each, amount=None) for each in shares]
            shares.append(Share(CATEGORIES[0], self.part_of(key, part)))

        def model() -> Deed:
            return self.book.change(key, self.book.split(self.book.deeds[key], shares), override=override)

        lines = [given(category=each.category, amount=each.amount, weight=each.weight) for each in shares]
        path = f"/transactions/{key}/split"
        answer = self.do("split", "POST", path, {"lines": lines}, model, override=override)
        if answer is not None:
            self.same_deed(answer, self.book.deeds[key])

    @precondition(lambda self: self.book.deeds)
    @rule(override=OVERRIDES, data=st.data())
    def delete(self, override: bool, data: st.DataObject) -> None:
        key = self.some(data, self.book.deeds)
        path = f"/transactions/{key}"
        self.do("delete", "DELETE", path, None, lambda: self.book.delete(key, override=override), override=override)

    @precondition(lambda self: self.book.deleted)
    @rule(override=OVERRIDES, data=st.data())
    def restore(self, override: bool, data: st.DataObject) -> None:
        key = self.some(data, {**self.book.deleted, **self.book.deeds})
        path = f"/transactions/{key}/restore"
        answer = self.do(
            "restore", "POST", path, None, lambda: self.book.restore(key, override=override), override=override
        )
        if answer is not None:
            self.same_deed(answer, self.book.deeds[key])

    @rule(account=ACCOUNT, day=DAYS, empty=st.booleans())
    def close(self, account: str, day: dt.date, empty: bool) -> None:
        if empty and account not in self.book.closed:
            for currency, amount in self.book.held(account, dt.date.max).items():
                if amount:
                    self.record_one_line_of(account, -amount, currency, FIRST)
        path = f"/accounts/{self.ids[account]}/close"
        self.do("close", "POST", path, {"date": day.isoformat()}, lambda: self.book.close(account, day))

    @rule(account=ACCOUNT)
    def reopen(self, account: str) -> None:
        path = f"/accounts/{self.ids[account]}/reopen"
        self.do("reopen", "POST", path, None, lambda: self.book.reopen(account))

    @rule(until=st.none() | st.dates(FIRST - dt.timedelta(days=1), LAST - dt.timedelta(days=15)))
    def lock(self, until: dt.date | None) -> None:
        self.book.locked_until = until
        body = {"locked_until": until.isoformat() if until else None}
        answer = self.service.run(self.home.ask("PATCH", "", body))
        assert answer.status_code == 200, answer.text
        self.revision = answer.json()["revision"]

    @rule(digits=st.integers(0, 10))
    def redigit(self, digits: int) -> None:
        path = f"/currencies/{self.coin['id']}"
        self.do("redigit", "PATCH", path, {"digits": digits}, lambda: self.book.redigit("BTC", digits))

    # What is asked

    @rule(account=st.sampled_from([*ACCOUNTS, *CATEGORIES, TRADING]), day=DAYS)
    def ask_balance(self, account: str, day: dt.date) -> None:
        self.outcomes["ask_balance: done"] += 1
        path = f"/accounts/{self.ids[account]}/balance"
        read = self.service.run(self.home.got(path, params={"date": day.isoformat()}))
        held = self.book.held(account, day)
        kept_in = self.book.accounts.get(account)
        if not held and kept_in:
            held = {kept_in: Decimal(0)}
        assert read["balances"] == self.money(held)

    @rule(day=DAYS)
    def ask_trial_balance(self, day: dt.date) -> None:
        self.outcomes["ask_trial_balance: done"] += 1
        read = self.service.run(self.home.got("/reports/trial-balance", params={"date": day.isoformat()}))
        held = {account: self.book.held(account, day) for account in self.book.all_accounts()}
        some = {account: {code: amount for code, amount in sums.items() if amount} for account, sums in held.items()}
        assert {line["account"]: line["balances"] for line in read["data"]} == {
            account: self.money(sums) for account, sums in some.items() if sums
        }
        posted = {code for sums in held.values() for code in sums}
        assert read["totals"] == self.money(dict.fromkeys(posted, Decimal(0)))

    @rule(account=st.sampled_from([*ACCOUNTS, TRADING]), limit=st.integers(1, 20))
    def ask_register(self, account: str, limit: int) -> None:
        self.outcomes["ask_register: done"] += 1
        lines = self.pages(f"/accounts/{self.ids[account]}/register", limit)
        assert [(line["transaction"]["id"], line["amounts"], line["balances"]) for line in lines] == [
            (key, self.money(moved), self.money(held)) for key, moved, held in self.book.register(account)
        ]

    @rule(limit=st.integers(1, 20), day=DAYS, account=ACCOUNT, which=st.integers(0, 3))
    def ask_list(self, limit: int, day: dt.date, account: str, which: int) -> None:
        self.outcomes["ask_list: done"] += 1
        deeds = self.book.deeds
        wanted = [{}, {"date_from": day.isoformat()}, {"date_to": day.isoformat()}, {"account": account}][which]
        keys = [
            key
            for key in self.book.in_order()
            if which == 0
            or (which == 1 and deeds[key].date >= day)
            or (which == 2 and deeds[key].date <= day)
            or (which == 3 and account in {leg.account for leg in deeds[key].legs})
        ]
        listed = self.pages("/transactions", limit, **wanted)
        assert [each["id"] for each in listed] == keys
        for each in listed:
            self.same_deed(each, deeds[each["id"]])

    # How they are compared

    def record(self, body: dict[str, Any], day: dt.date, legs: Callable[[], tuple[Leg, ...]], override: bool) -> None:
        payee = body.get("payee")
        refusals: set[str] = set()
        deed = None
        try:
            deed = legs()
        except Refused as refused:
            refusals = refused.codes
        refusals |= self.book._locks(day, override=override)

        def model() -> tuple[Leg, ...]:
            if refusals or deed is None:
                raise Refused(*refusals)
            return deed

        answer = self.do("record", "POST", "/transactions", {"date": day.isoformat(), **body}, model, override=override)
        if answer is not None and deed is not None:
            self.same_deed(answer, self.book.record(answer["id"], day, deed, payee, override=override))

    def record_one_line_of(self, account: str, amount: Decimal, currency: str, day: dt.date) -> None:
        body = given(account=account, amount=amount, currency=currency, category=CATEGORIES[0])
        self.record(
            body, day, lambda: self.book.one_line(account, amount, currency, CATEGORIES[0], "cleared"), override=True
        )

    def do(
        self, name: str, method: str, path: str, body: Any, model: Callable[[], object], *, override: bool = False
    ) -> Any:
        """Do the same to both. Answers with what the service says; None if both refuse, or it has nothing to say."""
        before = repr(self.book)
        refusals: set[str] = set()
        try:
            model()
        except Refused as refused:
            refusals = refused.codes
            assert repr(self.book) == before
        params = {"override_lock": "true"} if override else {}
        answer: httpx2.Response = self.service.run(self.home.ask(method, path, body, params=params))
        revision = self.service.run(self.service.revision(self.home.book_id))
        if refusals:
            assert not answer.is_success, f"{name} {body}: done, though {refusals}"
            assert answer.json()["code"] in refusals, f"{name} {body}: {answer.text}"
            assert revision == self.revision
        else:
            assert answer.is_success, f"{name} {body}: {answer.text}"
            assert revision - self.revision in {0, 1}
        self.revision = revision
        self.outcomes[f"{name}: {answer.json()['code'] if refusals else 'done'}"] += 1
        return answer.json() if answer.is_success and answer.content else None

    def same_deed(self, read: dict[str, Any], deed: Deed) -> None:
        assert (read["date"], read["payee"]) == (deed.date.isoformat(), deed.payee)
        assert read["status"] == self.book.status(deed)
        assert [
            (leg["account"], leg["amount"], leg["currency"], leg["status"], leg["memo"], leg["price"])
            for leg in read["postings"]
        ] == [
            (leg.account, self.shown(leg.amount, leg.currency), leg.currency, leg.status, leg.memo, noted(leg))
            for leg in deed.shown
        ]

    def shown(self, amount: Decimal | None, currency: str | None) -> str:
        assert amount is not None
        text = f"{amount:.{self.book.digits[currency or '']}f}"
        assert Decimal(text) == amount
        return text if amount else text.removeprefix("-")

    def money(self, sums: dict[str, Decimal]) -> list[dict[str, str]]:
        return [{"amount": self.shown(sums[code], code), "currency": code} for code in sorted(sums)]

    def pages(self, path: str, limit: int, **wanted: str) -> list[Any]:
        found: list[Any] = []
        params: dict[str, Any] = {"limit": limit, **wanted}
        while True:
            page = self.service.run(self.home.got(path, params=params))
            found += page["data"]
            assert len(page["data"]) <= limit
            if page["next_cursor"] is None:
                return found
            assert len(page["data"]) == limit
            params["cursor"] = page["next_cursor"]

    def part_of(self, key: str, percent: int) -> Decimal:
        """Some of what stands on a deed's category, as an amount that its currency allows."""
        for leg in self.book.deeds[key].shown:
            if leg.account in self.book.accounts and not leg.account.startswith(("Assets", "Liab")):
                assert leg.amount is not None
                unit = Decimal(1).scaleb(-self.book.digits[leg.currency or ""])
                return (-leg.amount * percent / 100 // unit) * unit
        return Decimal(1)

    def some(self, data: st.DataObject, keyed: dict[str, Any]) -> str:
        # By its place, so that the same choices are made each time, although ids differ.
        return list(keyed)[data.draw(st.integers(0, len(keyed) - 1))]

    def teardown(self) -> None:
        if hasattr(self, "revision"):
            assert self.service.run(check_book(self.service.past, self.home.book_id)) == self.revision


def given(**fields: Any) -> dict[str, Any]:
    return {name: as_json(value) for name, value in fields.items() if value is not None}


def as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, dt.date) else value


def written(leg: Leg) -> dict[str, Any]:
    return given(account=leg.account, amount=leg.amount, currency=leg.currency, status=leg.status, price=noted(leg))


def noted(leg: Leg) -> dict[str, str] | None:
    return {"amount": f"{leg.price[0]:f}", "currency": leg.price[1]} if leg.price else None


def evened(legs: list[Leg]) -> list[Leg]:
    """The legs in one currency, the last of them left open: what people mean to write."""
    whole = [replace(leg, amount=Decimal(int(leg.amount or 7) or 1), currency="EUR") for leg in legs]
    kept = [replace(leg, account="Assets:Wallet") if leg.account in ACCOUNTS else leg for leg in whole]
    return [*kept[:-1], replace(kept[-1], amount=None, currency=None)]


def test_a_book_over_http_is_the_book_in_plain_python(service: Service, pytestconfig: pytest.Config) -> None:
    steps: int = pytestconfig.getoption("steps")
    machine: Any = type("Beside", (Beside,), {"service": service, "outcomes": Counter()})
    while machine.outcomes.total() < steps:
        left = steps - machine.outcomes.total()
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=max(left // STEPS_OF_A_BOOK, LEAST_BOOKS),
                stateful_step_count=STEPS_OF_A_BOOK,
                derandomize=steps == STEPS,
                deadline=None,
                database=None,
                phases=(Phase.generate,),  # to make a failure small would take minutes
                suppress_health_check=list(HealthCheck),
            ),
        )
    print("\n".join(f"{count:7} {outcome}" for outcome, count in sorted(machine.outcomes.items())))  # noqa: T201 - for those who asked
    # Which steps a short run takes is chance; that it takes some that succeed isn't.
    expected = {"record: done", "edit: done", "delete: done"} if steps > STEPS else {"record: done"}
    assert expected <= machine.outcomes.keys()
    assert any(not outcome.endswith(": done") for outcome in machine.outcomes)
