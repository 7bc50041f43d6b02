"""Whatever people do to a book, in whatever order: it balances, its log is whole, and every state can be had back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import asyncpg
import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.features.journal.chain import check_book
from tests.household import Client, Household, serving

from farthing.kit import ids

T = TypeVar("T")
CATEGORIES = ("Expenses:Food:Groceries", "Expenses:Housing:Rent", "Income:Salary", "Income:Interest")
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 31)).map(dt.date.isoformat)
CENTS = st.integers(1, 999_999).map(lambda cents: f"{Decimal(cents).scaleb(-2):f}")
NOTES = st.sampled_from([None, None, {"amount": "1.0900", "currency": "XAU"}])
SIGNED = st.builds(lambda amount, out: f"-{amount}" if out else amount, CENTS, st.booleans())
PAYEES = st.sampled_from(["Corner Shop", "Employer", "Łódź & Söhne", "'; DROP TABLE postings; --", "🍏"])
PROFILE = settings(
    max_examples=40,
    stateful_step_count=32,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),  # to make a failure small would take minutes
    suppress_health_check=list(HealthCheck),
)
State = dict[str, dict[str, Any]]
TERMS = {"terms", "minimum_payment", "payment_day", "started_on", "ends_on", "original_amount"}
"""What an answer tells together, and an image one by one."""
ONE_SIDED = {"status", "ordinal", "sort_key", "named_revision", *TERMS}
"""What only an answer tells of a record (it is derived), and what only its image in the history tells."""


@dataclass
class Service:
    """The API and a look past it, on an event loop that a state machine can call into."""

    runner: asyncio.Runner
    client: Client
    past: asyncpg.Connection

    def run(self, made: Callable[[], Awaitable[T]]) -> T:
        async def wait() -> T:
            return await made()

        return self.runner.run(wait())


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


class Bookkeeping(RuleBasedStateMachine):
    """People keep a book, and make mistakes."""

    service: Service
    writes = 0
    """How many writes went through in all: a machine that is only refused proves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, Any, str, httpx2.Response]] = []
        self.states: dict[int, tuple[State, State]] = {}
        self.accounts: State = {}
        self.checkpoints: State = {}
        self.transactions: State = {}
        self.deleted: State = {}
        self.revision = 0

    def run(self, made: Callable[[], Awaitable[T]]) -> T:
        return self.service.run(made)

    @initialize()
    def found_a_book(self) -> None:
        self.home = self.run(lambda: Household.founded(self.service.client))
        for name, wanted in {
            "Savings": {"currency": "EUR", "type": "savings"},
            "Dollars": {"currency": "USD"},
            "Wallet": {},
            "Yen": {"currency": "JPY"},
        }.items():
            self.run(lambda name=name, wanted=wanted: self.home.open_account(name, **wanted))  # type: ignore[misc]
        self.look()

    # What is done

    @rule(amount=SIGNED, day=DAYS, category=st.sampled_from([*CATEGORIES, None]), payee=PAYEES, data=st.data())
    def record_one_line(self, amount: str, day: str, category: str | None, payee: str, data: st.DataObject) -> None:
        body = {"date": day, "amount": amount, "account": self.some_account(data), "payee": payee}
        self.write("POST", "/transactions", body | ({"category": category} if category else {}), key=True)

    @rule(amount=CENTS, day=DAYS, data=st.data())
    def move(self, amount: str, day: str, data: st.DataObject) -> None:
        body = {"date": day, "amount": amount, "from": self.some_account(data), "to": self.some_account(data)}
        self.write("POST", "/transactions", body, key=True)

    @rule(amount=st.integers(1, 5000), to_amount=st.integers(1, 5000), day=DAYS, data=st.data())
    def exchange(self, amount: int, to_amount: int, day: str, data: st.DataObject) -> None:
        body = {"date": day, "amount": str(amount), "to_amount": str(to_amount)}
        body |= {"from": self.some_account(data), "to": self.some_account(data)}
        self.write("POST", "/transactions", body, key=True)

    @rule(amounts=st.lists(SIGNED, min_size=1, max_size=4), day=DAYS, data=st.data())
    def record_postings(self, amounts: list[str], day: str, data: st.DataObject) -> None:
        postings: list[dict[str, Any]] = [
            {"account": self.some_account(data), "amount": amount, "memo": f"part {place}"}
            for place, amount in enumerate(amounts)
        ]
        postings[0] |= {"price": data.draw(NOTES), "cost": data.draw(NOTES)}
        postings.append({"account": data.draw(st.sampled_from(CATEGORIES)), "status": "pending"})
        self.write("POST", "/transactions", {"date": day, "postings": postings}, key=True)

    @precondition(lambda self: self.transactions)
    @rule(
        changes=st.fixed_dictionaries(
            {}, optional={"date": DAYS, "amount": SIGNED, "category": st.sampled_from(CATEGORIES), "payee": PAYEES}
        ),
        data=st.data(),
    )
    def edit(self, changes: dict[str, Any], data: st.DataObject) -> None:
        self.write("PATCH", f"/transactions/{self.some_transaction(data)['id']}", changes, key=True)

    @precondition(lambda self: self.transactions)
    @rule(amount=CENTS, data=st.data())
    def rewrite_postings(self, amount: str, data: st.DataObject) -> None:
        """Raise one posting and let another take it up; the ids stay."""
        transaction = self.some_transaction(data)
        kept = [posting for posting in transaction["postings"] if not posting["generated"]]
        postings: list[dict[str, Any]] = [
            {"id": p["id"], "account": p["account_id"], "amount": p["amount"], "currency": p["currency"]} for p in kept
        ]
        first = postings[0]
        first["amount"] = f"{Decimal(first['amount']) + Decimal(amount):f}"
        same = [each for each in postings[1:] if each["currency"] == first["currency"]]
        if same:
            del same[0]["amount"]
        answer = self.write("PATCH", f"/transactions/{transaction['id']}", {"postings": postings}, key=True)
        if answer.status_code == 200:
            assert [p["id"] for p in answer.json()["postings"]] == [p["id"] for p in kept]

    @precondition(lambda self: self.transactions)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        transaction = self.some_transaction(data)
        if self.write("DELETE", f"/transactions/{transaction['id']}", None).is_success:
            self.deleted[transaction["id"]] = transaction
            if data.draw(st.booleans()):
                self.bring_back(transaction["id"])

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        self.bring_back(list(self.deleted)[data.draw(st.integers(0, len(self.deleted) - 1))])

    def bring_back(self, transaction_id: str) -> None:
        if self.write("POST", f"/transactions/{transaction_id}/restore", None, key=True).is_success:
            was, now = plain(self.deleted.pop(transaction_id)), plain(self.transactions[transaction_id])
            assert {name for name in was if now[name] != was[name]} == {"revision", "changed_at"}

    @rule(day=DAYS, amount=SIGNED, data=st.data())
    def state_what_was_held(self, day: str, amount: str, data: st.DataObject) -> None:
        self.write("POST", "/checkpoints", {"account": self.some_account(data), "date": day, "amount": amount})

    @rule(day=DAYS, data=st.data())
    def reconcile(self, day: str, data: st.DataObject) -> None:
        """With a statement that leaves out what was written last, or whatever else there is by that day."""
        account_id = self.some_account(data)
        counted = [
            Decimal(posting["amount"])
            for transaction in reversed(list(self.transactions.values()))
            for posting in transaction["postings"]
            if posting["account_id"] == account_id and transaction["date"] <= day and posting["status"] != "pending"
        ]
        balance = sum(counted[: data.draw(st.integers(max(len(counted) - 1, 0), len(counted)))], Decimal(0))
        body = {"date": day, "balance": f"{balance:f}", "automatic": True}
        self.write("POST", f"/accounts/{account_id}/reconciliations", body)

    @rule(name=st.sampled_from(["Giro", "giro", "Savings", "Old", "Ä"]), data=st.data())
    def rename_account(self, name: str, data: st.DataObject) -> None:
        self.write("PATCH", f"/accounts/{self.some_account(data)}", {"name": name})

    @rule(data=st.data())
    def move_account(self, data: st.DataObject) -> None:
        under = self.some_account(data) if data.draw(st.booleans()) else None
        self.write("PATCH", f"/accounts/{self.some_account(data)}", {"parent": under})

    @rule(data=st.data())
    def empty_and_close_account(self, data: st.DataObject) -> None:
        account_id = self.some_account(data)
        if data.draw(st.booleans()):
            for currency, held in self.held(account_id).items():
                body = {"date": "2026-03-31", "account": account_id, "amount": f"{-held:f}", "currency": currency}
                self.write("POST", "/transactions", body)
        self.write("POST", f"/accounts/{account_id}/close", {"date": "2026-03-31"})

    @rule(data=st.data())
    def reopen_account(self, data: st.DataObject) -> None:
        closed = [account["id"] for account in self.accounts.values() if account["closed_on"]]
        account_id = closed[data.draw(st.integers(0, len(closed) - 1))] if closed else self.some_account(data)
        self.write("POST", f"/accounts/{account_id}/reopen", None)

    # What must leave no trace

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        method, path, body, key, first = self.asked[data.draw(st.integers(0, len(self.asked) - 1))]
        again = self.ask(method, path, body, headers={"Idempotency-Key": key})
        assert again.headers.get("Idempotency-Replayed") == "true"
        assert (again.status_code, again.content) == (first.status_code, first.content)
        self.stays()

    @precondition(lambda self: self.transactions)
    @rule(data=st.data())
    def change_nothing(self, data: st.DataObject) -> None:
        transaction = self.some_transaction(data)
        same = {name: transaction[name] for name in ("date", "payee", "description", "metadata")}
        assert self.ask("PATCH", f"/transactions/{transaction['id']}", same).status_code == 200
        account = self.accounts[self.some_account(data)]
        same = {name: account[name] for name in ("name", "currency", "type", "description")}
        assert self.ask("PATCH", f"/accounts/{account['id']}", same).status_code == 200
        self.stays()

    @rule(amount=CENTS, data=st.data())
    def try_dry(self, amount: str, data: st.DataObject) -> None:
        asked: list[tuple[str, str, Any]] = [
            ("POST", "/transactions", {"amount": amount, "account": self.some_account(data)}),
            ("POST", "/accounts", {"name": "Dry", "kind": "asset"}),
            ("PATCH", f"/accounts/{self.some_account(data)}", {"name": "Dry"}),
        ]
        if self.transactions:
            asked.append(("DELETE", f"/transactions/{self.some_transaction(data)['id']}", None))
        answer = self.ask(*asked[data.draw(st.integers(0, len(asked) - 1))], params={"dry_run": "true"})
        assert "ETag" not in answer.headers
        self.stays()

    @rule(amount=CENTS, data=st.data())
    def be_refused(self, amount: str, data: st.DataObject) -> None:
        account = self.some_account(data)
        bodies: list[dict[str, Any]] = [
            {"account": "Assets:Nowhere", "amount": amount},
            {"account": account, "amount": f"{amount}001"},
            {"account": account, "amount": amount, "category": account},
            {"postings": [{"account": account, "amount": amount}, {"account": account, "amount": amount}]},
            {"postings": [{"account": CATEGORIES[0]}, {"account": CATEGORIES[1]}]},
            {"account": account, "amount": amount, "from": account},
        ]
        answer = self.ask("POST", "/transactions", bodies[data.draw(st.integers(0, len(bodies) - 1))])
        assert answer.status_code in {409, 422}, answer.text
        self.stays()

    # How it is done

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        answer = self.run(lambda: self.home.ask(method, path, body, **options))
        assert answer.status_code < 500, answer.text
        return answer

    def write(self, method: str, path: str, body: Any, *, key: bool = False) -> httpx2.Response:
        """Do something, and hold the book to what is true after it."""
        given = {"Idempotency-Key": str(ids.new_id())} if key else {}
        before = self.revision
        seen = self.transactions, self.accounts, self.checkpoints
        answer = self.ask(method, path, body, headers=given)
        self.look()
        assert answer.status_code in {200, 201, 204, 409, 422}, answer.text
        if answer.is_success and (
            (self.transactions, self.accounts, self.checkpoints) != seen or path.endswith("/reconciliations")
        ):
            assert self.revision == before + 1
            type(self).writes += 1
            if key:
                self.asked.append((method, path, body, given["Idempotency-Key"], answer))
        else:
            assert self.revision == before
            assert (self.transactions, self.accounts, self.checkpoints) == seen
        return answer

    def stays(self) -> None:
        """Hold the book to what it was."""
        before = self.revision, self.transactions, self.accounts
        self.look()
        assert (self.revision, self.transactions, self.accounts) == before

    def look(self) -> None:
        """See all there is, and hold the book to what is always true."""
        self.revision = self.run(lambda: check_book(self.service.past, self.home.book_id))
        self.transactions = self.listed("/transactions", generated="true")
        found = self.listed("/accounts", kind="asset", closed="true", archived="true")
        self.accounts = found
        self.checkpoints = self.listed("/checkpoints")
        self.states[self.revision] = self.transactions, self.accounts

    def listed(self, path: str, **wanted: str) -> State:
        page = self.run(lambda: self.home.got(path, params={"limit": 200, **wanted}))
        assert page["next_cursor"] is None
        return {record["id"]: record for record in page["data"]}

    def some_account(self, data: st.DataObject) -> str:
        # By its place, so that the same choices are made each time, although ids differ.
        return list(self.accounts)[data.draw(st.integers(0, len(self.accounts) - 1))]

    def some_transaction(self, data: st.DataObject) -> dict[str, Any]:
        return list(self.transactions.values())[data.draw(st.integers(0, len(self.transactions) - 1))]

    def held(self, account_id: str) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for transaction in self.transactions.values():
            for posting in transaction["postings"]:
                if posting["account_id"] == account_id:
                    was = sums.get(posting["currency"], Decimal(0))
                    sums[posting["currency"]] = was + Decimal(posting["amount"])
        return {currency: amount for currency, amount in sums.items() if amount}

    # What is true at the end

    def teardown(self) -> None:
        if not self.states:
            return
        for account_id in self.accounts:
            read = self.run(lambda account_id=account_id: self.home.balance(account_id))  # type: ignore[misc]
            assert {code: Decimal(amount) for code, amount in read.items() if Decimal(amount)} == self.held(account_id)
        assert all(not Decimal(total) for total in self.run(self.home.trial_balance).values())
        self.rebuild()

    def rebuild(self) -> None:
        """What is now and what was before each change give back every state there was."""
        seen: dict[str, set[str]] = {"transaction": set(self.transactions), "account": set(self.accounts)}
        for transactions, accounts in self.states.values():
            seen["transaction"] |= set(transactions)
            seen["account"] |= set(accounts)
        images = {record: self.images(record) for records in seen.values() for record in records}
        for revision, (transactions, accounts) in self.states.items():
            for kind, current, was in (
                ("transaction", self.transactions, transactions),
                ("account", self.accounts, accounts),
            ):
                rebuilt = {}
                for record in seen[kind]:
                    later = [image for image in images[record] if image["revision"] > revision]
                    found = later[-1]["before"] if later else current.get(record)
                    # A record is what it is from its revision on: before that it was another, or wasn't there.
                    if found and found["revision"] <= revision:
                        rebuilt[record] = plain(found)
                assert rebuilt == {record: plain(each) for record, each in was.items()}, f"revision {revision}"
            assert self.known_at(revision) == (sums_of(transactions), named(accounts)), f"revision {revision}"
            # As they looked then: names of accounts and payees, and the order, too.
            listed = self.listed("/transactions", generated="true", known_at=str(revision))
            assert list(listed.values()) == list(transactions.values()), f"revision {revision}"
        for revision in sorted(self.states)[:: max(1, len(self.states) // 4)]:
            transactions, accounts = self.states[revision]
            for account_id in accounts:
                assert self.register(account_id, revision) == balances_of(account_id, transactions), (
                    f"revision {revision}"
                )

    def known_at(self, revision: int) -> tuple[dict[tuple[str, str], Decimal], set[tuple[str, str]]]:
        """What the service says that accounts held at a revision, and which there were."""
        wanted = {"known_at": revision, "date": "2999-12-31"}
        read = self.run(lambda: self.home.got("/reports/trial-balance", params=wanted))
        held = {
            (line["account_id"], each["currency"]): Decimal(each["amount"])
            for line in read["data"]
            for each in line["balances"]
        }
        asked = {"known_at": revision, "kind": "asset", "closed": "true", "archived": "true", "limit": 200}
        listed = self.run(lambda: self.home.got("/accounts", params=asked))
        return held, named({account["id"]: account for account in listed["data"]})

    def register(self, account_id: str, revision: int) -> list[tuple[str, dict[str, Decimal]]]:
        """What the service says that an account held after each of its transactions, as a revision knew it."""
        wanted = {"known_at": revision, "limit": 200}
        page = self.run(lambda: self.home.got(f"/accounts/{account_id}/register", params=wanted))
        return [
            (line["transaction"]["id"], {each["currency"]: Decimal(each["amount"]) for each in line["balances"]})
            for line in page["data"]
        ]

    def images(self, record_id: str) -> list[dict[str, Any]]:
        """What a record was before each change, newest first."""
        answer = self.ask("GET", f"/history/{record_id}")
        if answer.status_code == 404:
            return []
        found: list[dict[str, Any]] = answer.json()["data"]
        assert [image["revision"] for image in found] == sorted((i["revision"] for i in found), reverse=True)
        return found


def sums_of(transactions: State) -> dict[tuple[str, str], Decimal]:
    """What accounts hold, where it isn't nothing."""
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for transaction in transactions.values():
        for posting in transaction["postings"]:
            sums[posting["account_id"], posting["currency"]] += Decimal(posting["amount"])
    return {place: amount for place, amount in sums.items() if amount}


def balances_of(account_id: str, transactions: State) -> list[tuple[str, dict[str, Decimal]]]:
    """What an account held after each of its transactions, newest first, as these are."""
    held: dict[str, Decimal] = {}
    found = []
    for transaction in reversed(list(transactions.values())):
        moved = [posting for posting in transaction["postings"] if posting["account_id"] == account_id]
        for posting in moved:
            held[posting["currency"]] = held.get(posting["currency"], Decimal(0)) + Decimal(posting["amount"])
        if moved:
            found.append((transaction["id"], dict(held)))
    return found[::-1]


def named(accounts: State) -> set[tuple[str, str]]:
    return {(account["id"], account["full_name"]) for account in accounts.values()}


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what is derived, its instants in one form: as both the API and the history tell it."""
    kept = {name: value for name, value in record.items() if name not in ONE_SIDED}
    if "payee_as_written" in kept:  # an answer: the payee's name may change without it
        kept["payee"] = kept.pop("payee_as_written")
    kept["created_at"] = dt.datetime.fromisoformat(record["created_at"])
    kept["changed_at"] = dt.datetime.fromisoformat(record["changed_at"])
    if "postings" in record:
        kept["postings"] = [
            {name: value for name, value in posting.items() if name != "account"} | noted(posting)
            for posting in record["postings"]
        ]
        for posting in kept["postings"]:
            posting.pop("price", None)
            posting.pop("cost", None)
    return kept


def noted(posting: dict[str, Any]) -> dict[str, Any]:
    """What an answer tells as a price and a cost, as the history has it."""
    price, cost = (posting.get(name) or {} for name in ("price", "cost"))
    if "price" not in posting:
        return {}
    return {
        **{f"price_{name}": price.get(name) for name in ("amount", "currency")},
        **{f"cost_{name}": cost.get(name) for name in ("amount", "currency", "date", "label")},
    }


def test_whatever_is_done_to_a_book_it_balances_and_every_state_can_be_had_back(service: Service) -> None:
    machine = type("Bookkeeping", (Bookkeeping,), {"service": service, "writes": 0})
    run_state_machine_as_test(machine, settings=PROFILE)
    assert machine.writes > 100  # type: ignore[attr-defined]
