"""Whims: things that a person does to a book, one after the other, without a plan. What is refused is let be."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.household import Household

NAMES = ("Shop", "Baker", "Landlord", "Café", "shop", "Kiosk")
TAGS = ("holiday", "work", "Holiday", "car")
CATEGORIES = ("Expenses:Food", "Expenses:Shopping", "Expenses:Fees", "Income:Refunds")
RECEIPT = b"Coffee 12.5"


@dataclass
class Person:
    """Someone with a book and no plan."""

    home: Household
    dice: random.Random
    seen: dict[str, list[str]] = field(default_factory=dict)
    """Ids that were met, by what they are of; some of them are gone by now."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """How often each whim was let happen."""

    async def act(self) -> None:
        """Do something, if it is let happen."""
        whim = self.dice.choice(WHIMS)
        happened = await whim(self)
        name = whim.__name__
        self.outcomes[name] = self.outcomes.get(name, 0) + happened

    def some(self, what: str) -> str:
        """An id that was met, or one that never was."""
        return self.dice.choice(self.seen.get(what) or ["019aad3e-7a10-7cc3-98c4-dc0c0c07398f"])

    def day(self) -> str:
        """A day of a quarter."""
        return f"2026-0{self.dice.randint(1, 3)}-{self.dice.randint(1, 28):02}"

    def amount(self) -> str:
        """A small amount, out or in."""
        return f"{self.dice.choice('-- ').strip()}{self.dice.randint(1, 99)}.{self.dice.randint(0, 99):02}"

    def account(self) -> str:
        """An account that money can be in."""
        return self.dice.choice([self.home.checking_id, *self.seen.get("account", [])])

    async def ask(self, method: str, path: str, body: Any = None, *, keep: str | None = None, **options: Any) -> bool:
        """Ask for it, and remember the id of what was made; whether it was let happen."""
        answer = await self.home.ask(method, path, body, **options)
        assert answer.status_code < 500, f"{method} {path} {body}: {answer.text}"
        if keep and answer.is_success:
            read = answer.json()
            self.seen.setdefault(keep, []).append(read["id"])
            for posting in read.get("postings", ()) if keep == "transaction" else ():
                self.seen.setdefault("posting", []).append(posting["id"])
        return answer.is_success


async def record(me: Person) -> bool:
    body = {"date": me.day(), "amount": me.amount(), "account": me.account(), "payee": me.dice.choice(NAMES)}
    body["category"] = me.dice.choice(CATEGORIES)
    if me.dice.random() < 0.3:
        body["tags"] = [me.dice.choice(TAGS)]  # type: ignore[assignment]
    if me.dice.random() < 0.3:
        body["status"] = "pending"
    return await me.ask("POST", "/transactions", body, keep="transaction")


async def move(me: Person) -> bool:
    body = {"date": me.day(), "amount": f"{me.dice.randint(1, 50)}.00", "from": me.account(), "to": me.account()}
    return await me.ask("POST", "/transactions", body, keep="transaction")


async def exchange(me: Person) -> bool:
    dollars = me.dice.randint(1, 99)
    given: dict[str, Any] = {"account": "Expenses:Shopping", "amount": f"{dollars}.00", "currency": "USD"}
    given["price"] = {"amount": "0.9000", "currency": me.dice.choice(("EUR", "EUR", "COIN1"))}
    if me.dice.random() < 0.5:
        given["cost"] = {"amount": "0.85", "currency": "EUR", "date": me.day(), "label": f"lot {me.dice.randint(1, 3)}"}
    taken = {"account": me.account(), "amount": f"-{dollars * 9 // 10}.{dollars * 9 % 10}", "currency": "EUR"}
    return await me.ask("POST", "/transactions", {"date": me.day(), "postings": [given, taken]}, keep="transaction")


async def record_many(me: Person) -> bool:
    lines = [{"date": me.day(), "amount": me.amount(), "account": me.account()} for _ in range(3)]
    return await me.ask("POST", "/transactions/bulk", {"transactions": lines})


async def change(me: Person) -> bool:
    changes: list[dict[str, Any]] = [
        {"description": f"d{me.dice.randint(1, 9)}"},
        {"amount": me.amount()},
        {"date": me.day()},
        {"payee": me.dice.choice((*NAMES, None))},
        {"category": me.dice.choice(CATEGORIES)},
        {"tags": me.dice.sample(TAGS, 2)},
        {"notes": "a note"},
        {"metadata": {"a": {"number": "1.50"}, "b": True}},
        {"status": me.dice.choice(("pending", "cleared"))},
    ]
    return await me.ask("PATCH", f"/transactions/{me.some('transaction')}", me.dice.choice(changes))


async def delete(me: Person) -> bool:
    return await me.ask("DELETE", f"/transactions/{me.some('transaction')}")


async def restore(me: Person) -> bool:
    return await me.ask("POST", f"/transactions/{me.some('transaction')}/restore")


async def reverse(me: Person) -> bool:
    return await me.ask("POST", f"/transactions/{me.some('transaction')}/reverse", {}, keep="transaction")


async def split(me: Person) -> bool:
    lines = [{"category": category, "weight": "1"} for category in me.dice.sample(CATEGORIES[:3], 2)]
    return await me.ask("POST", f"/transactions/{me.some('transaction')}/split", {"lines": lines})


async def change_many(me: Person) -> bool:
    body = {"filter": {"payee": me.dice.choice(NAMES)}, "changes": {"category": me.dice.choice(CATEGORIES)}}
    return await me.ask("PATCH", "/transactions/bulk", body, params={"mode": "partial"})


async def delete_many(me: Person) -> bool:
    body = {"ids": list({me.some("transaction") for _ in range(2)})}
    return await me.ask("POST", "/transactions/bulk-delete", body, params={"mode": "partial"})


async def link(me: Person) -> bool:
    page = (await me.home.got("/transactions", params={"category": "Expenses:Food", "limit": 200}))["data"]
    lines = [line for each in page for line in each["postings"] if line["account"].startswith("Expenses")]
    spent = [line["id"] for line in lines if not line["amount"].startswith("-")]
    back = [line["id"] for line in lines if line["amount"].startswith("-")]
    if not spent or not back:
        return False
    ends = {"from_posting_id": me.dice.choice(spent), "to_posting_id": me.dice.choice(back)}
    return await me.ask("POST", "/links", {"kind": "refund", **ends}, keep="link")


async def unlink(me: Person) -> bool:
    return await me.ask("DELETE", f"/links/{me.some('link')}")


async def merge(me: Person) -> bool:
    path = f"/transactions/{me.some('transaction')}/merge"
    return await me.ask("POST", path, {"with": me.some("transaction")})


async def turn_down(me: Person) -> bool:
    pair = [me.some("transaction"), me.some("transaction")]
    return await me.ask("POST", "/matches/reject", {"kind": "transfer", "transaction_ids": pair})


async def make_payee(me: Person) -> bool:
    body = {"name": f"Payee {me.dice.randint(1, 5)}", "default_category": me.dice.choice(CATEGORIES)}
    return await me.ask("POST", "/payees", body, keep="payee")


async def rename_payee(me: Person) -> bool:
    return await me.ask("PATCH", f"/payees/{await one_of(me, 'payees')}", {"name": me.dice.choice(NAMES)})


async def merge_payees(me: Person) -> bool:
    return await me.ask("POST", f"/payees/{await one_of(me, 'payees')}/merge", {"into": await one_of(me, "payees")})


async def rename_tag(me: Person) -> bool:
    return await me.ask("PATCH", f"/tags/{await one_of(me, 'tags')}", {"name": me.dice.choice(TAGS)})


async def merge_tags(me: Person) -> bool:
    return await me.ask("POST", f"/tags/{await one_of(me, 'tags')}/merge", {"into": await one_of(me, "tags")})


async def delete_tag(me: Person) -> bool:
    return await me.ask("DELETE", f"/tags/{await one_of(me, 'tags')}", params={"from_transactions": "true"})


async def open_account(me: Person) -> bool:
    body = {"name": f"Account {me.dice.randint(1, 6)}", "kind": "asset", "currency": "EUR"}
    if me.dice.random() < 0.4:
        body["parent"] = me.account()
    if me.dice.random() < 0.4:
        body["opening"] = {"date": "2026-01-01", "amount": "10.00"}  # type: ignore[assignment]
    return await me.ask("POST", "/accounts", body, keep="account")


async def rename_account(me: Person) -> bool:
    return await me.ask("PATCH", f"/accounts/{me.account()}", {"name": f"Account {me.dice.randint(1, 6)}"})


async def close_account(me: Person) -> bool:
    body = {"date": "2026-03-31", "transfer_to": me.account()}
    return await me.ask("POST", f"/accounts/{me.some('account')}/close", body)


async def reopen_account(me: Person) -> bool:
    return await me.ask("POST", f"/accounts/{me.some('account')}/reopen")


async def group(me: Person) -> bool:
    made = await me.ask("POST", "/account-groups", {"name": f"Group {me.dice.randint(1, 4)}"}, keep="group")
    return made or await me.ask("PATCH", f"/accounts/{me.account()}", {"group": me.some("group")})


async def delete_group(me: Person) -> bool:
    return await me.ask("DELETE", f"/account-groups/{me.some('group')}")


async def buy_house(me: Person) -> bool:
    body = {"name": f"House {me.dice.randint(1, 3)}", "kind": "asset", "type": "property", "currency": "EUR"}
    return await me.ask("POST", "/accounts", body, keep="house")


async def value(me: Person) -> bool:
    path = f"/accounts/{me.some('house')}/valuations"
    return await me.ask("POST", path, {"date": me.day(), "amount": f"{me.dice.randint(1, 9)}000"}, keep="valuation")


async def devalue(me: Person) -> bool:
    return await me.ask("DELETE", f"/accounts/{me.some('house')}/valuations/{me.some('valuation')}")


async def attach(me: Person) -> bool:
    path = f"/transactions/{me.some('transaction')}"
    answer = await me.home.attach(path, RECEIPT + str(me.dice.randint(0, 3)).encode())
    if answer.is_success:
        me.seen.setdefault("attachment", []).append(answer.json()["id"])
    return answer.is_success


async def detach(me: Person) -> bool:
    return await me.ask("DELETE", f"/attachments/{me.some('attachment')}")


async def bring(me: Person) -> bool:
    lines = "".join(f"{me.day()},{me.dice.choice(NAMES)},{me.amount()}\n" for _ in range(3))
    answer = await me.home.bring(f"Date,Payee,Amount\n{lines}".encode(), account=me.account())
    return answer.is_success


async def state(me: Person) -> bool:
    body = {"account": me.home.checking_id, "date": me.day(), "amount": me.amount()}
    return await me.ask("POST", "/checkpoints", body, keep="checkpoint")


async def unstate(me: Person) -> bool:
    return await me.ask("DELETE", f"/checkpoints/{me.some('checkpoint')}")


async def reconcile(me: Person) -> bool:
    held = (await me.home.balance(me.home.checking_id)).get("EUR", "0.00")
    body = {"date": f"2026-0{me.dice.randint(3, 9)}-28", "balance": held, "automatic": True}
    return await me.ask("POST", f"/accounts/{me.home.checking_id}/reconciliations", body)


async def mint(me: Person) -> bool:
    body = {"code": f"COIN{me.dice.randint(1, 3)}", "name": "Coin", "digits": 8, "kind": "crypto"}
    return await me.ask("POST", "/currencies", body, keep="currency")


async def price(me: Person) -> bool:
    body = {"commodity": f"COIN{me.dice.randint(1, 3)}", "currency": "EUR", "date": f"2026-01-0{me.dice.randint(1, 3)}"}
    return await me.ask("POST", "/prices", body | {"amount": f"{me.dice.randint(1, 9)}.50"}, keep="price")


async def unprice(me: Person) -> bool:
    return await me.ask("DELETE", f"/prices/{me.some('price')}")


async def unmint(me: Person) -> bool:
    return await me.ask("DELETE", f"/currencies/{me.some('currency')}")


async def keep_search(me: Person) -> bool:
    body = {"name": f"Search {me.dice.randint(1, 3)}", "filter": {"q": "shop"}}
    return await me.ask("POST", "/saved-searches", body, keep="search")


async def undo(me: Person) -> bool:
    return await me.ask("POST", f"/changes/{await me.home.revision()}/undo")


async def undo_earlier(me: Person) -> bool:
    head = await me.home.revision()
    return await me.ask("POST", f"/changes/{max(3, head - me.dice.randint(1, 6))}/undo")


async def one_of(me: Person, what: str) -> str:
    """One of the book's payees or tags."""
    found = (await me.home.got(f"/{what}"))["data"]
    return str(me.dice.choice(found)["id"]) if found else me.some(what)


WHIMS: tuple[Callable[[Person], Awaitable[bool]], ...] = (
    *(record,) * 8,
    *(change,) * 4,
    *(delete, restore, undo, link, bring, exchange) * 2,
    *(move, record_many, reverse, split, change_many, delete_many, unlink, merge, turn_down),
    *(make_payee, rename_payee, merge_payees, rename_tag, merge_tags, delete_tag),
    *(open_account, rename_account, close_account, reopen_account, group, delete_group),
    *(buy_house, value, value, devalue, attach, detach, state, unstate, reconcile),
    *(mint, unmint, price, price, unprice, keep_search, undo_earlier),
)
"""What one may feel like, the likelier the oftener it stands here."""
