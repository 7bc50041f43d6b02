"""Every operation of the API: a request for each that succeeds, what it needs, and the least role that has it.

Requests are made from the OpenAPI document; what the document can't know (a sensible body, which record) stands in
:data:`ASKS`. An operation that isn't there fails the tests: whoever adds one says here who may do it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
import pyotp
from pydantic import SecretStr
from tests.architecture.plain_sql import RECEIPT, STATEMENT, furnished, transferred
from tests.device import Device
from tests.features.answers import granted
from tests.features.factors.guarded import guarded
from tests.features.identity.entering import sign_in_of, working
from tests.household import PASSWORD, Client, Household, Person
from tests.jobs import STAYING, PayeeArguments, failed, put_off

from farthing.core.permissions import Role
from farthing.core.secrets import new_signing_key
from farthing.core.settings import Settings
from farthing.entrypoints.api import openapi
from farthing.entrypoints.api.app import create_api
from farthing.entrypoints.api.metrics import Metrics
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.service.emails import EmailService
from farthing.features.identity.service.passwords import PasswordService
from farthing.features.identity.service.sign_in import SignInService
from farthing.kit import ids

ANYONE, SIGNED_IN, OPERATOR = "anyone", "me", "operator"


@dataclass(frozen=True)
class Operation:
    """An operation, as the document describes it."""

    name: str
    method: str
    path: str
    needs: str
    parameters: frozenset[str]

    @property
    def in_book(self) -> bool:
        return "{book_id}" in self.path

    @property
    def named(self) -> list[str]:
        """The path's ids, the book's aside."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{") and part != "{book_id}"]


@dataclass
class Town:
    """A book with a member for each role, records to ask for, and someone who has nothing to do with it."""

    client: Client
    home: Household
    members: dict[str, Person]
    stranger: Person
    guest: Person
    operator: Person
    records: dict[str, str] = field(default_factory=dict)
    lent: dict[str, Own] = field(default_factory=dict)
    """What is the owner's, by the operation that is asked for with it by those who have nothing."""

    @property
    def tokens(self) -> set[str | None]:
        """Access tokens of people of the town."""
        return {person.access_token for person in (*self.members.values(), self.stranger, self.guest)}

    @classmethod
    async def built(cls, client: Client) -> Town:
        operator = await Person.registered(client)
        await operator.run_the_instance()
        home = await furnished(client)
        members = {Role.OWNER.value: home.person}
        for role in Role:
            if role is not Role.OWNER:
                member = await Person.registered(client)
                await home.share(member, role.value)
                members[role.value] = member
        await home.joined(Role.OWNER)  # so that either may go
        stranger, guest = await Person.registered(client), await Person.registered(client)
        town = cls(client, home, members, stranger, guest, operator)
        await home.open_account("Theirs", currency="EUR")
        changed = (await home.got("/transactions", params={"payee": "Corner Store"}))["data"][0]
        deleted = await home.record("-1.00")
        assert (await home.ask("DELETE", f"/transactions/{deleted['id']}")).status_code == 204
        empty, closed = (
            await home.open_account("Empty", currency="EUR"),
            await home.open_account("Shut", currency="EUR"),
        )
        assert (await home.ask("POST", f"/accounts/{closed['id']}/close", {})).status_code == 200
        group = await home.made("/account-groups", {"name": "Everyday"})
        everything = (await home.got("/account-groups"))["data"]
        car = await home.open_account("Car", type="property", currency="EUR")
        valuations = f"/accounts/{car['id']}/valuations"
        valuation = await home.made(valuations, {"date": "2026-03-01", "amount": "9000"})
        # What even an accountant may undo.
        await home.made("/checkpoints", {"account": car["id"], "date": "2026-03-01", "amount": "9000"})
        change = await home.revision()
        other, transfer = await transferred(home)
        for fellow in members.values():
            if fellow is not home.person:
                await other.share(fellow, "editor")
        tag, other_tag = await home.made("/tags", {"name": "work"}), await home.made("/tags", {"name": "office"})
        draft = await home.bring(STATEMENT + b"2026-03-07,Cinema,-11.00\n", params={"commit": "false"})
        assert draft.status_code == 201, draft.text
        row = (await home.got(f"/imports/{draft.json()['id']}/rows"))["data"][2]
        await home.ask("PATCH", f"/imports/{draft.json()['id']}/rows/{row['id']}", {"payee": "Cinema"})
        checkpoint = (await home.got("/checkpoints", params={"account": home.checking_id}))["data"][0]
        reconciliation = (await home.got(f"/accounts/{home.checking_id}/reconciliations"))["data"][0]
        attached = await home.got(f"/transactions/{changed['id']}/attachments")
        waiting = await home.record("-9.00", status="pending", category="Expenses:Food")
        posted = await home.record("-9.00")
        owner = home.person.access_token
        town.records = {
            "factor": (await _passkey(town, owner)).named["factor_id"],
            "identity": (await _joined(town, owner)).named["identity_id"],
            "checkpoint": checkpoint["id"],
            "reconciliation": reconciliation["id"],
            "account": home.checking_id,
            "empty account": empty["id"],
            "closed account": closed["id"],
            "transaction": changed["id"],
            "deleted transaction": deleted["id"],
            "whole transaction": (await home.record("-3.00"))["id"],
            "currency": (await home.got("/currencies"))["data"][0]["id"],
            "price": (await home.got("/prices"))["data"][0]["id"],
            "spare currency": (await home.made("/currencies", {"code": "OLD", "name": "Old", "digits": 0}))["id"],
            "change": str(change),
            "other book": other.book_id,
            "book transfer": transfer["id"],
            "account group": group["id"],
            "account groups": " ".join(each["id"] for each in everything),
            "valued account": car["id"],
            "valuation": valuation["id"],
            "payee": changed["payee_id"],
            "unused payee": (await home.made("/payees", {"name": "Nobody Yet"}))["id"],
            "tag": tag["id"],
            "other tag": other_tag["id"],
            "draft": draft.json()["id"],
            "row": row["id"],
            "profile": (await home.got("/import-profiles"))["data"][0]["id"],
            "attachment": attached["data"][0]["id"],
            "search": (await home.got("/saved-searches"))["data"][0]["id"],
            "pending transaction": waiting["id"],
            "posted transaction": posted["id"],
            "posting": posted["postings"][1]["id"],
            "link": (await home.got("/links"))["data"][0]["id"],
            "rejected match": (await home.got("/matches/rejected"))["data"][0]["id"],
            "insight": (await home.got("/insights"))["data"][0]["id"],
            "recurring payment": (await home.got("/recurring", params={"state": "active"}))["data"][0]["id"],
            "job": await put_off(home, STAYING, PayeeArguments(name="Nobody")),
            "failed job": await failed(home),
            "agreement": (await home.made("/agreements", _agreed(home, members, "2026-02-01")))["id"],
            "admission": granted(await operator.ask("POST", "/instance/admissions", {}), 201)["id"],
            "invitation": (await home.made("/invitations", {"role": "viewer"}))["id"],
            "addressed invitation": (
                await home.made("/invitations", {"role": "viewer", "email": f"{ids.new_id().hex}@example.com"})
            )["id"],
            "member": members[Role.VIEWER.value].id,
            "access token": (await home.person.made_token())["id"],
            "spare access token": (await home.person.made_token())["id"],
            "session": str(ids.new_id()),
        }
        return town


Making = Callable[[Town], Any]


@dataclass(frozen=True)
class Own:
    """Something of the caller's own: ids for the path, a body, a query."""

    named: dict[str, str] = field(default_factory=dict)
    json: Any = None
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """A request that succeeds, for those who may."""

    needs: str
    path: dict[str, str] = field(default_factory=dict)
    """Which record of the town each id in the path names."""
    json: Making | None = None
    form: Making | None = None
    file: bytes | Callable[[Town], Awaitable[bytes]] | None = None
    query: dict[str, str] = field(default_factory=dict)
    scope: str | None = None
    """What a personal access token must carry for what only asks who one is; None: no token does it."""
    own: Callable[[Town, Any], Awaitable[Own]] | None = None
    """What the caller, by their token, must have first: nobody does it to what is another's."""
    once: bool = False
    """Whether the same request is answered well only once."""
    is_alone: bool = False
    """Whether it is refused to whom others depend on."""
    lacking: str | None = None
    """What it is refused with for lack of something that the instance of these tests hasn't got."""

    @property
    def least(self) -> str:
        """The lowest role that may."""
        return LEAST[self.needs]

    async def upload(self, town: Town) -> bytes | None:
        """The file that goes with it."""
        return self.file if self.file is None or isinstance(self.file, bytes) else await self.file(town)


async def _spare_session(town: Town, token: str) -> Own:
    """A sign-in to be ended, of whoever has this access token."""
    person = next(each for each in (*town.members.values(), town.stranger, town.guest) if each.access_token == token)
    async with working(town.client) as work:  # by hand: they may have a second factor by now
        elsewhere = await SignInService(work).begin(UUID(person.id), methods=("pwd",))
    sitting = await sign_in_of(town.client, replace(person, access_token=elsewhere.access_token))
    return Own({"session_id": str(sitting)})


async def _someone_to_delete(town: Town, _token: str) -> Own:
    person = await Person.registered(town.client)
    return Own({"person_id": person.id}, query={"confirm": person.email})


async def _reset_link(town: Town) -> dict[str, str]:
    person = await Person.registered(town.client)
    async with working(town.client) as work:
        token = await PasswordService(work).make_reset_link(UUID(person.id), person.email, by_mail=False)
    return {"token": token, "new_password": PASSWORD}


async def _confirmation(town: Town) -> dict[str, str]:
    person = await Person.registered(town.client)
    async with working(town.client) as work:
        return {"token": await EmailService(work).make_link(UUID(person.id), person.email)}


async def _spare_refresh_token(town: Town) -> dict[str, str]:
    form = {"username": town.guest.email, "password": PASSWORD}
    answer = await town.client.request("POST", "/api/v1/auth/token", data=form)
    assert answer.status_code == 200, answer.text
    return {"refresh_token": answer.json()["refresh_token"]}


def _agreement(town: Town) -> dict[str, Any]:
    return _agreed(town.home, town.members, "2025-01-01")


def _agreed(home: Household, members: dict[str, Person], since: str) -> dict[str, Any]:
    """What the owner and the viewer share."""
    people = [home.person.id, members[Role.VIEWER.value].id]
    accounts = ("Assets:Ours", "Assets:Theirs")
    return {
        "since": since,
        "shares": [{"user_id": each} for each in people],
        "accounts": [{"account": each, "user_id": whose} for each, whose in zip(accounts, people, strict=True)],
        "categories": ["Expenses:Food"],
    }


async def _spare_invitation(town: Town) -> dict[str, str]:
    """The token of an invitation to a book that nobody of the town shares."""
    made = await (await Household.founded(town.client)).made("/invitations", {"role": "viewer"})
    return {"token": made["token"]}


def _sign_in(town: Town) -> dict[str, str]:
    return {"username": town.guest.email, "password": PASSWORD}


def _newcomer(_town: Town) -> dict[str, str]:
    return {"email": f"{ids.new_id().hex}@example.com", "password": PASSWORD, "name": "Grace"}


def _account(_town: Town) -> dict[str, str]:
    return {"name": f"Account {ids.new_id().hex}", "kind": "asset", "currency": "EUR"}


async def _archive(town: Town) -> bytes:
    answer = await town.home.ask("GET", "/exports/archive")
    assert answer.status_code == 200, answer.text
    return answer.content


def _price(_town: Town) -> dict[str, str]:
    return {"commodity": "BTC", "currency": "USD", "date": "2026-03-02", "amount": "65000"}


def _line(town: Town) -> dict[str, str]:
    return {"date": "2026-03-02", "amount": "-1.00", "account": town.home.checking_id}


def _split(_town: Town) -> dict[str, Any]:
    return {"lines": [{"category": "Expenses:Food:Groceries"}, {"category": "Expenses:Fees"}]}


def _currency(_town: Town) -> dict[str, Any]:
    return {"code": f"C{ids.new_id().hex[-11:].upper()}", "name": "Points", "digits": 0}


def _pair(town: Town) -> dict[str, Any]:
    return {
        "kind": "posted",
        "transaction_ids": [town.records["pending transaction"], town.records["posted transaction"]],
    }


async def _refund(town: Town) -> dict[str, str]:
    back = await town.home.record("9.00", category="Expenses:Food")
    return {
        "kind": "refund",
        "from_posting_id": town.records["posting"],
        "to_posting_id": back["postings"][1]["id"],
    }


async def _asked(town: Town, token: str, method: str, path: str, body: Any = None) -> Any:
    answer = await town.client.send_json(method, path, body, headers={"Authorization": f"Bearer {token}"})
    assert answer.is_success, answer.text
    return answer.json()


async def _device(town: Town, token: str) -> Own:
    """A device with a fresh passkey, which the caller may add to theirs."""
    options = await _asked(town, token, "POST", "/me/factors/passkeys/options")
    return Own(json={"name": "Key", "credential": Device().make(options["public_key"])})


async def _passkey(town: Town, token: str) -> Own:
    added = await _asked(town, token, "POST", "/me/factors/passkeys", (await _device(town, token)).json)
    return Own({"factor_id": added["factor"]["id"]})


async def _app(town: Town, token: str) -> Own:
    begun = await _asked(town, token, "POST", "/me/factors/authenticators", {"name": "Phone"})
    return Own({"factor_id": begun["id"]}, {"code": pyotp.TOTP(begun["secret"]).now()})


async def _challenge(town: Town) -> dict[str, str]:
    someone = await (await guarded(town.client)).with_passkey()
    return {"challenge": (await someone.challenge())["challenge"]}


async def _second_factor(town: Town) -> dict[str, str]:
    someone = await (await guarded(town.client)).with_passkey()
    return {"challenge": (await someone.challenge())["challenge"], "recovery_code": someone.recovery_codes[0]}


async def _passkey_alone(town: Town) -> dict[str, Any]:
    someone = await (await guarded(town.client)).with_passkey()
    options = (await town.client.send_json("POST", "/auth/passkey/options")).json()["public_key"]
    return {"passkey": someone.device.use(options)}


async def _brought_back(town: Town, started: Any) -> dict[str, str]:
    back = town.client.provider.agree(started["authorization_url"])
    answer = await town.client.get("/api/v1/auth/openid/callback", params=back)
    assert answer.status_code == 200, answer.text
    return {"code": answer.json()["code"], "login": started["login"]}


async def _elsewhere(town: Town) -> dict[str, str]:
    town.client.provider.meet()
    return await _brought_back(town, (await town.client.send_json("GET", "/auth/openid")).json())


async def _back(town: Town, _token: str | None) -> Own:
    town.client.provider.meet()
    started = (await town.client.send_json("GET", "/auth/openid")).json()
    return Own(query=town.client.provider.agree(started["authorization_url"]))


async def _joining(town: Town, token: str) -> Own:
    town.client.provider.meet((await _asked(town, token, "GET", "/me"))["email"])
    return Own(json=await _brought_back(town, await _asked(town, token, "POST", "/me/openid/begin")))


async def _joined(town: Town, token: str) -> Own:
    made = await _asked(town, token, "POST", "/me/openid", (await _joining(town, token)).json)
    return Own({"identity_id": made["id"]})


ASKS: dict[str, Ask] = {
    "get_health": Ask(ANYONE),
    "get_liveness": Ask(ANYONE),
    "get_readiness": Ask(ANYONE),
    "get_metrics": Ask(ANYONE),
    "register_person": Ask(ANYONE, json=_newcomer),
    "create_token": Ask(ANYONE, form=_sign_in),
    "refresh_token": Ask(ANYONE, json=_spare_refresh_token),
    "end_session": Ask(ANYONE, json=_spare_refresh_token),
    "list_sessions": Ask(SIGNED_IN),
    "end_sessions": Ask(SIGNED_IN),
    "end_one_session": Ask(SIGNED_IN, {"session_id": "session"}, own=_spare_session),
    "change_own_password": Ask(SIGNED_IN, json=lambda _: {"old_password": PASSWORD, "new_password": PASSWORD}),
    "forget_password": Ask(ANYONE, json=lambda _: {"email": "nobody@example.com"}),
    "set_new_password": Ask(ANYONE, json=_reset_link),
    "verify_email": Ask(SIGNED_IN, lacking="mail_missing"),
    "change_email": Ask(SIGNED_IN, json=lambda _: {"email": f"{ids.new_id().hex}@example.com"}, lacking="mail_missing"),
    "confirm_email": Ask(ANYONE, json=_confirmation),
    "prove_identity": Ask(SIGNED_IN, json=lambda _: {"password": PASSWORD}),
    "ask_for_proof": Ask(SIGNED_IN),
    "give_second_factor": Ask(ANYONE, json=_second_factor),
    "ask_for_second_factor": Ask(ANYONE, json=_challenge),
    "ask_for_passkey": Ask(ANYONE),
    "sign_in_with_passkey": Ask(ANYONE, json=_passkey_alone),
    "list_factors": Ask(SIGNED_IN),
    "begin_authenticator": Ask(SIGNED_IN, json=lambda _: {"name": "Phone"}),
    "confirm_authenticator": Ask(SIGNED_IN, {"factor_id": "factor"}, own=_app),
    "ask_for_new_passkey": Ask(SIGNED_IN),
    "add_passkey": Ask(SIGNED_IN, own=_device),
    "update_factor": Ask(SIGNED_IN, {"factor_id": "factor"}, json=lambda _: {"name": "Key ring"}, own=_passkey),
    "remove_factor": Ask(SIGNED_IN, {"factor_id": "factor"}, own=_passkey),
    "renew_recovery_codes": Ask(SIGNED_IN, own=_passkey),
    "begin_openid": Ask(ANYONE),
    "end_openid": Ask(ANYONE, own=_back, once=True),
    "sign_in_with_openid": Ask(ANYONE, json=_elsewhere),
    "list_openid_identities": Ask(SIGNED_IN),
    "begin_openid_link": Ask(SIGNED_IN),
    "link_openid": Ask(SIGNED_IN, own=_joining),
    "unlink_openid": Ask(SIGNED_IN, {"identity_id": "identity"}, own=_joined),
    "get_me": Ask(SIGNED_IN),
    "update_me": Ask(SIGNED_IN, json=lambda _: {"name": "Ada"}),
    "create_access_token": Ask(
        SIGNED_IN, json=lambda _: {"name": "Script", "scopes": ["read", "transactions:write"], "good_for_days": 90}
    ),
    "list_access_tokens": Ask(SIGNED_IN),
    "get_access_token": Ask(SIGNED_IN, {"token_id": "access token"}),
    "revoke_access_token": Ask(SIGNED_IN, {"token_id": "spare access token"}),
    "list_iso_currencies": Ask(SIGNED_IN, scope="currencies:read"),
    "list_books": Ask(SIGNED_IN, scope="books:read"),
    "create_book": Ask(SIGNED_IN, json=lambda _: {"name": "Another", "currency": "EUR"}),
    "get_book": Ask("books:read"),
    "get_account_balance": Ask("reports:read", {"account_id": "account"}),
    "list_account_balances": Ask("reports:read"),
    "get_trial_balance": Ask("reports:read"),
    "get_income_statement": Ask("reports:read"),
    "get_balance_sheet": Ask("reports:read"),
    "get_cash_flow": Ask("reports:read"),
    "get_spending": Ask("reports:read"),
    "get_trends": Ask("reports:read"),
    "get_overview": Ask("reports:read"),
    "get_pivot": Ask("transactions:read"),
    "get_register": Ask("transactions:read", query={"account": "Assets:Checking"}),
    "list_lines": Ask("transactions:read"),
    "get_net_worth": Ask("reports:read"),
    "get_net_worth_bridge": Ask("reports:read"),
    "get_exchange_gains": Ask("reports:read"),
    "list_currencies": Ask("currencies:read"),
    "list_prices": Ask("prices:read"),
    "get_rate": Ask("prices:read", query={"commodity": "BTC", "currency": "EUR"}),
    "get_price": Ask("prices:read", {"price_id": "price"}),
    "get_currency": Ask("currencies:read", {"currency_id": "currency"}),
    "list_members": Ask("members:read"),
    "list_accounts": Ask("accounts:read"),
    "get_account": Ask("accounts:read", {"account_id": "account"}),
    "list_account_groups": Ask("accounts:read"),
    "get_account_group": Ask("accounts:read", {"group_id": "account group"}),
    "list_valuations": Ask("accounts:read", {"account_id": "valued account"}),
    "get_valuation": Ask("accounts:read", {"account_id": "valued account", "valuation_id": "valuation"}),
    "list_account_register": Ask("transactions:read", {"account_id": "account"}),
    "list_transactions": Ask("transactions:read"),
    "get_transaction": Ask("transactions:read", {"transaction_id": "transaction"}),
    "list_payees": Ask("payees:read"),
    "get_payee": Ask("payees:read", {"payee_id": "payee"}),
    "list_tags": Ask("tags:read"),
    "get_tag": Ask("tags:read", {"tag_id": "tag"}),
    "list_imports": Ask("imports:read"),
    "get_import": Ask("imports:read", {"import_id": "draft"}),
    "list_import_rows": Ask("imports:read", {"import_id": "draft"}),
    "list_import_labels": Ask("imports:read", {"import_id": "draft"}),
    "list_import_profiles": Ask("imports:read"),
    "get_import_profile": Ask("imports:read", {"profile_id": "profile"}),
    "list_transaction_attachments": Ask("attachments:read", {"transaction_id": "transaction"}),
    "list_account_attachments": Ask("attachments:read", {"account_id": "account"}),
    "get_attachment": Ask("attachments:read", {"attachment_id": "attachment"}),
    "get_attachment_content": Ask("attachments:read", {"attachment_id": "attachment"}),
    "export_transactions": Ask("exports:read"),
    "export_records": Ask("exports:read"),
    "export_archive": Ask("exports:read"),
    "restore_book": Ask("me", file=_archive),
    "export_me": Ask(SIGNED_IN),
    "delete_me": Ask(SIGNED_IN, query={"confirm": "delete my account"}, is_alone=True),
    "delete_book": Ask("owners:write", query={"confirm": "Household"}),
    "list_changes": Ask("changes:read"),
    "get_change": Ask("changes:read", {"revision": "change"}),
    "undo_change": Ask("changes:write", {"revision": "change"}),
    "get_digest": Ask("changes:read"),
    "get_history": Ask("changes:read", {"record_id": "transaction"}),
    "list_insights": Ask("insights:read"),
    "get_insight": Ask("insights:read", {"insight_id": "insight"}),
    "update_insight": Ask("insights:write", {"insight_id": "insight"}, json=lambda _: {"state": "dismissed"}),
    "refresh_insights": Ask("insights:write"),
    "list_recurring_payments": Ask("insights:read"),
    "get_recurring_payment": Ask("insights:read", {"payment_id": "recurring payment"}),
    "get_forecast": Ask("insights:read"),
    "list_jobs": Ask("jobs:read"),
    "get_job": Ask("jobs:read", {"job_id": "job"}),
    "cancel_job": Ask("jobs:write", {"job_id": "job"}),
    "retry_job": Ask("jobs:write", {"job_id": "failed job"}),
    "open_account": Ask("accounts:write", json=_account),
    "update_account": Ask("accounts:write", {"account_id": "account"}, json=lambda _: {"description": "Ours"}),
    "close_account": Ask("accounts:write", {"account_id": "empty account"}, json=lambda _: {}),
    "reopen_account": Ask("accounts:write", {"account_id": "closed account"}),
    "create_account_group": Ask("accounts:write", json=lambda _: {"name": f"Group {ids.new_id().hex}"}),
    "update_account_group": Ask("accounts:write", {"group_id": "account group"}, json=lambda _: {"name": "Every day"}),
    "order_account_groups": Ask(
        "accounts:write", json=lambda town: {"ids": town.records["account groups"].split()[::-1]}
    ),
    "delete_account_group": Ask("accounts:write", {"group_id": "account group"}),
    "create_valuation": Ask(
        "accounts:write", {"account_id": "valued account"}, json=lambda _: {"date": "2026-03-02", "amount": "8900"}
    ),
    "update_valuation": Ask(
        "accounts:write",
        {"account_id": "valued account", "valuation_id": "valuation"},
        json=lambda _: {"amount": "9100"},
    ),
    "delete_valuation": Ask("accounts:write", {"account_id": "valued account", "valuation_id": "valuation"}),
    "create_payee": Ask("payees:write", json=lambda _: {"name": f"Payee {ids.new_id().hex}"}),
    "update_payee": Ask("payees:write", {"payee_id": "payee"}, json=lambda _: {"note": "Open on Sundays"}),
    "delete_payee": Ask("payees:write", {"payee_id": "unused payee"}),
    "merge_payee": Ask("payees:write", {"payee_id": "payee"}, json=lambda town: {"into": town.records["unused payee"]}),
    "record_transaction": Ask("transactions:write", json=_line),
    "create_book_transfer": Ask(
        "transactions:write",
        json=lambda town: {
            "amount": "1.00",
            "from": town.home.checking_id,
            "to_book_id": town.records["other book"],
            "to": "Assets:Joint",
        },
    ),
    "list_book_transfers": Ask("transactions:read"),
    "get_book_transfer": Ask("transactions:read", {"transfer_id": "book transfer"}),
    "delete_book_transfer": Ask("transactions:write", {"transfer_id": "book transfer"}),
    "record_transactions": Ask("transactions:write", json=lambda town: {"transactions": [_line(town), _line(town)]}),
    "create_saved_search": Ask("transactions:write", json=lambda _: {"name": "Pending", "filter": {"q": "bakery"}}),
    "list_saved_searches": Ask("transactions:read"),
    "get_saved_search": Ask("transactions:read", {"search_id": "search"}),
    "run_saved_search": Ask("transactions:read", {"search_id": "search"}),
    "update_saved_search": Ask("transactions:write", {"search_id": "search"}, json=lambda _: {"position": 2}),
    "delete_saved_search": Ask("transactions:write", {"search_id": "search"}),
    "apply_batch": Ask(
        "transactions:write",
        json=lambda town: {
            "operations": [
                {"op": "record", "transaction": _line(town)},
                {"op": "change", "id": town.records["transaction"], "changes": {"payee": "Baker"}, "if_match": None},
            ]
        },
    ),
    "update_transactions": Ask(
        "transactions:write", json=lambda _: {"filter": {"q": "bakery"}, "changes": {"description": "Bread"}}
    ),
    "delete_transactions": Ask("transactions:write", json=lambda _: {"filter": {"q": "bakery"}}),
    "update_transaction": Ask(
        "transactions:write", {"transaction_id": "transaction"}, json=lambda _: {"payee": "Baker"}
    ),
    "delete_transaction": Ask("transactions:write", {"transaction_id": "transaction"}),
    "restore_transaction": Ask("transactions:write", {"transaction_id": "deleted transaction"}),
    "split_transaction": Ask("transactions:write", {"transaction_id": "whole transaction"}, json=_split),
    "add_currency": Ask("currencies:write", json=_currency),
    "update_currency": Ask("currencies:write", {"currency_id": "currency"}, json=lambda _: {"name": "Bitcoins"}),
    "record_price": Ask("prices:write", json=_price),
    "record_prices": Ask("prices:write", json=lambda town: {"prices": [_price(town)]}),
    "delete_price": Ask("prices:write", {"price_id": "price"}),
    "delete_currency": Ask("currencies:write", {"currency_id": "spare currency"}),
    "attach_to_transaction": Ask("attachments:write", {"transaction_id": "transaction"}, file=RECEIPT),
    "attach_to_account": Ask("attachments:write", {"account_id": "account"}, file=RECEIPT),
    "update_attachment": Ask("attachments:write", {"attachment_id": "attachment"}, json=lambda _: {"note": "Ours"}),
    "delete_attachment": Ask("attachments:write", {"attachment_id": "attachment"}),
    "reverse_transaction": Ask("transactions:write", {"transaction_id": "transaction"}, json=lambda _: {}),
    "merge_transaction": Ask(
        "transactions:write",
        {"transaction_id": "pending transaction"},
        json=lambda town: {"with": town.records["posted transaction"]},
    ),
    "list_links": Ask("transactions:read"),
    "get_link": Ask("transactions:read", {"link_id": "link"}),
    "create_link": Ask("transactions:write", json=_refund),
    "update_link": Ask("transactions:write", {"link_id": "link"}, json=lambda _: {"note": "The blue ones"}),
    "delete_link": Ask("transactions:write", {"link_id": "link"}),
    "list_matches": Ask("transactions:read"),
    "accept_match": Ask("transactions:write", json=_pair),
    "reject_match": Ask("transactions:write", json=_pair),
    "list_rejected_matches": Ask("transactions:read"),
    "get_rejected_match": Ask("transactions:read", {"rejected_match_id": "rejected match"}),
    "delete_rejected_match": Ask("transactions:write", {"rejected_match_id": "rejected match"}),
    "create_tag": Ask("tags:write", json=lambda _: {"name": f"tag {ids.new_id().hex}"}),
    "update_tag": Ask("tags:write", {"tag_id": "tag"}, json=lambda _: {"color": "#2f855a"}),
    "delete_tag": Ask("tags:write", {"tag_id": "tag"}),
    "merge_tag": Ask("tags:write", {"tag_id": "tag"}, json=lambda town: {"into": town.records["other tag"]}),
    "create_import": Ask("imports:write", form=lambda town: {"account": town.home.checking_id}, file=STATEMENT),
    "update_import": Ask("imports:write", {"import_id": "draft"}, json=lambda town: {"account": town.home.checking_id}),
    "update_import_rows": Ask(
        "imports:write",
        {"import_id": "draft"},
        json=lambda town: {"ids": [town.records["row"]], "changes": {"decision": "skip"}},
    ),
    "update_import_row": Ask(
        "imports:write", {"import_id": "draft", "row_id": "row"}, json=lambda _: {"payee": "Cinema"}
    ),
    "update_import_labels": Ask(
        "imports:write",
        {"import_id": "draft"},
        json=lambda _: {"labels": [{"name": "Cinema", "use": "create", "called": "The cinema"}]},
    ),
    "commit_import": Ask("imports:write", {"import_id": "draft"}),
    "delete_import": Ask("imports:write", {"import_id": "draft"}),
    "update_import_profile": Ask("imports:write", {"profile_id": "profile"}, json=lambda _: {"name": "Bank"}),
    "delete_import_profile": Ask("imports:write", {"profile_id": "profile"}),
    "list_checkpoints": Ask("checkpoints:read"),
    "get_checkpoint": Ask("checkpoints:read", {"checkpoint_id": "checkpoint"}),
    "list_checkpoint_suspects": Ask("checkpoints:read", {"checkpoint_id": "checkpoint"}),
    "list_reconciliations": Ask("checkpoints:read", {"account_id": "account"}),
    "get_reconciliation": Ask("checkpoints:read", {"account_id": "account", "reconciliation_id": "reconciliation"}),
    "create_checkpoint": Ask(
        "checkpoints:write",
        json=lambda town: {"account": town.home.checking_id, "date": "2026-01-31", "amount": "0"},
    ),
    "update_checkpoint": Ask("checkpoints:write", {"checkpoint_id": "checkpoint"}, json=lambda _: {"note": "Paper"}),
    "delete_checkpoint": Ask("checkpoints:write", {"checkpoint_id": "checkpoint"}),
    "reconcile_account": Ask(
        "checkpoints:write",
        {"account_id": "account"},
        json=lambda _: {"date": "2026-01-31", "balance": "0", "automatic": True},
    ),
    "update_book": Ask("books:write", json=lambda _: {"name": "Home"}),
    "lock_book": Ask("locks:write", json=lambda _: {"locked_until": "2020-12-31"}),
    "leave_book": Ask("membership:write"),
    "hand_over_book": Ask("owners:write", json=lambda town: {"user_id": town.members[Role.ADMIN.value].id}),
    "invite": Ask("members:write", json=lambda _: {"email": f"{ids.new_id().hex}@example.com", "role": "viewer"}),
    "list_invitations": Ask("members:read"),
    "get_invitation": Ask("members:read", {"invitation_id": "invitation"}),
    "send_invitation": Ask("members:write", {"invitation_id": "addressed invitation"}, lacking="mail_missing"),
    "withdraw_invitation": Ask("members:write", {"invitation_id": "invitation"}),
    "list_my_invitations": Ask(SIGNED_IN),
    "create_agreement": Ask("settlements:write", json=_agreement),
    "list_agreements": Ask("settlements:read"),
    "get_agreement": Ask("settlements:read", {"agreement_id": "agreement"}),
    "delete_agreement": Ask("settlements:write", {"agreement_id": "agreement"}),
    "get_settlement": Ask("settlements:read"),
    "record_settlement_payment": Ask(
        "transactions:write",
        json=lambda _: {"date": "2026-03-02", "amount": "1.00", "from": "Assets:Ours", "to": "Assets:Theirs"},
    ),
    "list_people": Ask(OPERATOR),
    "get_person": Ask(OPERATOR, {"person_id": "member"}),
    "update_person": Ask(OPERATOR, {"person_id": "member"}, json=lambda _: {"blocked": False}),
    "delete_person": Ask(OPERATOR, {"person_id": "member"}, own=_someone_to_delete),
    "get_instance_settings": Ask(OPERATOR),
    "update_instance_settings": Ask(OPERATOR, json=lambda _: {"books_per_person": 100}),
    "create_admission": Ask(OPERATOR, json=lambda _: {}),
    "list_admissions": Ask(OPERATOR),
    "withdraw_admission": Ask(OPERATOR, {"admission_id": "admission"}),
    "list_security_events": Ask(OPERATOR),
    "list_my_security_events": Ask(SIGNED_IN),
    "find_my_invitation": Ask(SIGNED_IN, json=_spare_invitation),
    "accept_invitation": Ask(SIGNED_IN, json=_spare_invitation),
    "decline_invitation": Ask(SIGNED_IN, json=_spare_invitation),
    "update_member": Ask("members:write", {"user_id": "member"}, json=lambda _: {"role": "editor"}),
    "remove_member": Ask("members:write", {"user_id": "member"}),
}

LEAST = {
    "settlements:read": "viewer",
    "settlements:write": "editor",
    "books:read": "observer",
    "currencies:read": "observer",
    "prices:read": "observer",
    "reports:read": "observer",
    "accounts:read": "viewer",
    "attachments:read": "viewer",
    "changes:read": "viewer",
    "checkpoints:read": "viewer",
    "checkpoints:write": "accountant",
    "exports:read": "viewer",
    "imports:read": "viewer",
    "insights:read": "viewer",
    "insights:write": "accountant",
    "jobs:read": "viewer",
    "jobs:write": "viewer",
    "members:read": "viewer",
    "payees:read": "viewer",
    "tags:read": "viewer",
    "transactions:read": "viewer",
    "accounts:write": "editor",
    "attachments:write": "editor",
    "changes:write": "accountant",
    "currencies:write": "editor",
    "imports:write": "editor",
    "payees:write": "editor",
    "prices:write": "editor",
    "tags:write": "editor",
    "transactions:write": "editor",
    "locks:write": "accountant",
    "membership:write": "observer",
    "books:write": "admin",
    "members:write": "admin",
    "owners:write": "owner",
}
"""The lowest role that each word is given to."""
LADDER = ("observer", "viewer", "accountant", "editor", "admin", "owner")
"""The roles, each of which may do whatever those before it may."""


def document() -> dict[str, Any]:
    """The OpenAPI document. Describing the API asks no database."""
    settings = Settings(database_url=SecretStr("postgresql://nobody@localhost/nothing"))
    passwords = Passwords()
    passwords.close()
    return openapi.describe(create_api(settings, new_signing_key(), passwords, Metrics()))


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of a document."""
    for path, item in described["paths"].items():
        for method, operation in item.items():
            parameters = frozenset(each["name"] for each in operation.get("parameters", ()))
            yield Operation(operation["operationId"], method.upper(), path, operation["x-permission"], parameters)


async def send(
    town: Town,
    operation: Operation,
    *,
    token: str | None,
    book_id: str | None = None,
    records: dict[str, str] | None = None,
) -> httpx2.Response:
    """Make the request that the operation is answered well for; of a write, only a dry run."""
    ask = ASKS[operation.name]
    named = {"book_id": book_id or town.home.book_id}
    named |= {name: (records or town.records)[record] for name, record in ask.path.items()}
    options: dict[str, Any] = {"headers": {"X-Request-ID": "the-same-for-all"}}
    if token:
        options["headers"]["Authorization"] = f"Bearer {token}"
    own = Own()
    if ask.own is not None:
        if token in town.tokens or ask.needs == ANYONE:
            own = await ask.own(town, token)
        else:  # who isn't known can have nothing: they ask with what is the owner's
            own = town.lent.get(operation.name) or await ask.own(town, town.home.person.access_token)
            town.lent[operation.name] = own
    named |= own.named
    if own.json is not None:
        options["json"] = own.json
    options["params"] = ask.query | own.query | ({"dry_run": "true"} if "dry_run" in operation.parameters else {})
    for option, make in (("json", ask.json), ("data", ask.form)):
        if make is not None:
            made = make(town)
            options[option] = await made if isinstance(made, Awaitable) else made
    file = await ask.upload(town)
    if file is not None:
        options["files"] = {"file": ("statement", file)}
    return await town.client.request(operation.method, operation.path.format(**named), **options)
