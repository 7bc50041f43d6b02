"""Households to measure with: people with books, made through the API, and books of any size, made by SQL.

The same call writes the same book each time: dates, accounts, amounts and ids all follow from a row's number.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.service import Service, ServiceFailed
from farthing.core.changelog import Link, digest_payload, hash_link

PASSWORD = "correct horse battery staple"  # noqa: S105 - it guards nothing
TOKEN_SECONDS = 1200
"""How old an access token may get before the bench signs in anew; it is good for an hour."""
FIRST_DAY = dt.date(2023, 12, 1)
LAST_DAY = dt.date(2026, 11, 22)
"""Not the month's end, so that a balance needs more than whole months."""
CURRENCIES = ("EUR", "USD", "GBP")
BANK_ACCOUNTS = (
    *((f"Bank {number}", "EUR") for number in range(1, 11)),
    *((f"Dollar {number}", "USD") for number in range(1, 6)),
    *((f"Sterling {number}", "GBP") for number in range(1, 5)),
)
CHART_SIZE = 61
SHOP = "Corner Shop"
"""Whom households know, and what is recorded in the bench is paid to."""
SHOPS = 997
"""Payees of a book that was filled."""


@dataclass
class Household:
    """A person, signed in, and a book of theirs."""

    service: Service
    email: str
    user_id: UUID
    book_id: UUID
    access_token: str
    signed_in: float = field(default_factory=time.monotonic)
    accounts: dict[str, UUID] = field(default_factory=dict)
    payees: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def founded(cls, service: Service) -> Household:
        """A new person, whose book has a checking account, the starter's categories and a shop."""
        email = f"{uuid4().hex}@example.com"
        wanted = {"email": email, "password": PASSWORD, "name": "Ada", "currency": CURRENCIES[0]}
        reply = service.ask("POST", "/api/v1/auth/register", json.dumps(wanted).encode(), JSON)
        read = _expected(reply.status, reply.body, HTTPStatus.CREATED)
        home = cls(service, email, UUID(read["user_id"]), UUID(read["book_id"]), read["access_token"])
        home.open_account("Checking", "EUR")
        home.learn_accounts()
        home.payees[SHOP] = UUID(home.made("/payees", {"name": SHOP})["id"])
        return home

    def open_account(self, name: str, currency: str) -> None:
        """Open a bank account."""
        self.made("/accounts", {"name": name, "kind": "asset", "type": "checking", "currency": currency})

    def learn_accounts(self) -> None:
        """Note every account of the chart, by its full name."""
        cursor = ""
        self.accounts = {}
        while True:
            page = self.got(f"/accounts?limit=100{cursor}")
            self.accounts |= {each["full_name"]: UUID(each["id"]) for each in page["data"]}
            if not page["next_cursor"]:
                return
            cursor = f"&cursor={page['next_cursor']}"

    def headers(self) -> dict[str, str]:
        """What each request of theirs bears."""
        if time.monotonic() - self.signed_in > TOKEN_SECONDS:
            form = f"username={self.email.replace('@', '%40')}&password={PASSWORD.replace(' ', '+')}"
            reply = self.service.ask("POST", "/api/v1/auth/token", form.encode(), FORM)
            self.access_token = _expected(reply.status, reply.body, HTTPStatus.OK)["access_token"]
            self.signed_in = time.monotonic()
        return {"Authorization": f"Bearer {self.access_token}"}

    @property
    def root(self) -> str:
        """Where the book is."""
        return f"/api/v1/books/{self.book_id}"

    def got(self, path: str) -> Any:
        """What a question about the book is answered."""
        reply = self.service.ask("GET", self.root + path, headers=self.headers())
        return _expected(reply.status, reply.body, HTTPStatus.OK)

    def made(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a POST about the book makes."""
        reply = self.service.ask("POST", self.root + path, json.dumps(body).encode(), {**JSON, **self.headers()})
        return _expected(reply.status, reply.body, HTTPStatus.CREATED)

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """A whole request, as it goes over the wire."""
        content = "" if body is None else json.dumps(body)
        lines = {"Host": "127.0.0.1", **self.headers(), **(headers or {})}
        if body is not None:
            lines |= {**JSON, "Content-Length": str(len(content.encode()))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {self.root}{path} HTTP/1.1\r\n{head}\r\n{content}"

    def variables(self) -> dict[UUID, str]:
        """Every id that is this household's own, and the same name for it in every household."""
        claims = json.loads(base64.urlsafe_b64decode(self.access_token.split(".")[1] + "=="))
        named = {self.user_id: "person", UUID(claims["sid"]): "sitting", self.book_id: "book"}
        named |= {self.accounts[name]: f"account_{place}" for place, name in enumerate(sorted(self.accounts))}
        return named | {self.payees[name]: f"payee_{place}" for place, name in enumerate(sorted(self.payees))}


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _expected(status: int, body: bytes, wanted: HTTPStatus) -> Any:
    if status != wanted:
        raise ServiceFailed(f"answered {status}: {body[:500].decode('utf-8', 'replace')}")
    return json.loads(body)


def furnish(home: Household) -> None:
    """Give a household as many accounts as a large book has, in three currencies."""
    for name, currency in BANK_ACCOUNTS:
        if len(home.accounts) < CHART_SIZE and f"Assets:{name}" not in home.accounts:
            home.open_account(name, currency)
            home.learn_accounts()
    while len(home.accounts) < CHART_SIZE:
        home.open_account(f"Bank {len(home.accounts)}", CURRENCIES[0])
        home.learn_accounts()


async def fill(url: str, home: Household, count: int) -> None:
    """Write so many transactions into a household's book, as one change of its log.

    It is done by the superuser, past the policies; triggers stay on, so that what follows from postings does. One in
    ten has three postings, all others two; each is in one currency.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            book = await connection.fetchrow("SELECT revision, head_hash FROM books WHERE id = $1", home.book_id)
            assert book is not None
            revision = book["revision"] + 1
            at = dt.datetime.now(dt.UTC)
            days = (LAST_DAY - FIRST_DAY).days + 1
            await connection.execute(KNOW_SHOPS, home.book_id, revision, at, SHOPS)
            for first in range(0, count, CHUNK):
                await connection.execute(
                    FILL,
                    home.book_id,
                    revision,
                    at,
                    first,
                    min(first + CHUNK, count) - 1,
                    FIRST_DAY,
                    days,
                    SHOPS,
                    timeout=900,
                )
            summary, payload, salt = (
                f"Wrote {count} transactions.",
                {"counts": {"transaction created": count}},
                b"bench",
            )
            digest = digest_payload(salt, summary, payload)
            link = Link(home.book_id, revision, at, home.user_id, "bench", digest)
            hash_ = hash_link(bytes(book["head_hash"]), link)
            await connection.execute(
                SEAL,
                home.book_id,
                revision,
                at,
                home.user_id,
                "bench",
                summary,
                json.dumps(payload),
                salt,
                digest,
                hash_,
            )
        await connection.execute("VACUUM (ANALYZE)", timeout=900)
    finally:
        await connection.close()


CHUNK = 50_000
KNOW_SHOPS = """
WITH shops AS (
    SELECT md5($1::uuid::text || ' shop ' || n)::uuid AS id, 'Shop ' || n AS name, 'shop ' || n AS key
      FROM generate_series(0, $4::int - 1) n
), known AS (
    INSERT INTO payees (book_id, id, name, name_key, named_revision, created_revision, revision, created_at, changed_at)
    SELECT $1::uuid, id, name, key, $2::bigint, $2, $2, $3::timestamptz, $3::timestamptz FROM shops
)
INSERT INTO payee_names (book_id, key, payee_id, name) SELECT $1::uuid, key, id, name FROM shops
"""
FILL = """
WITH chart AS (
    SELECT id, coalesce(currency, '') AS currency, kind,
           row_number() OVER (PARTITION BY kind, currency ORDER BY full_name) - 1 AS place,
           count(*) OVER (PARTITION BY kind, currency) AS size
      FROM accounts WHERE book_id = $1 AND role IS NULL AND kind IN ('asset', 'expense')
), numbered AS (
    SELECT n, md5($1::text || n)::uuid AS id, $6::date + (n * 7919 % $7::int)::int AS date,
           $2::bigint * 1048576 + n AS ordinal,
           CASE n / 7 % 10 WHEN 0 THEN 'GBP' WHEN 1 THEN 'USD' WHEN 2 THEN 'USD' ELSE 'EUR' END AS currency,
           round((100 + n * 31 % 20000) / 100.0, 2) AS amount, n % 10 = 3 AS split
      FROM generate_series($4::bigint, $5::bigint) n
), written AS (
    INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, payee_id, description, metadata,
                              created_revision, revision, created_at, changed_at)
    SELECT $1, id, date, ordinal, 'ordinary', 'Shop ' || n % $8::int,
           md5($1::text || ' shop ' || n % $8::int)::uuid, NULL, '{}', $2, $2, $3::timestamptz, $3::timestamptz
      FROM numbered
), legs AS (
    SELECT t.n, t.id, t.date, t.ordinal, t.currency, 0 AS position, 'asset' AS kind, t.currency AS kept_in,
           t.n AS pick, -t.amount AS amount
      FROM numbered t
    UNION ALL
    SELECT t.n, t.id, t.date, t.ordinal, t.currency, 1, 'expense', '', t.n / 3,
           CASE WHEN t.split THEN round(t.amount / 3, 2) ELSE t.amount END
      FROM numbered t
    UNION ALL
    SELECT t.n, t.id, t.date, t.ordinal, t.currency, 2, 'expense', '', t.n / 3 + 1, t.amount - round(t.amount / 3, 2)
      FROM numbered t WHERE t.split
)
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status,
                      generated)
SELECT $1, md5(l.id::text || l.position)::uuid, l.id, l.position, c.id, l.date, l.ordinal, l.amount, l.currency,
       'cleared', false
  FROM legs l JOIN chart c ON c.kind = l.kind AND c.currency = l.kept_in AND c.place = l.pick % c.size
"""
SEAL = """
WITH change AS (
    INSERT INTO changes (book_id, revision, at, actor_id, operation, summary, payload, salt, payload_digest, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10)
)
UPDATE books SET revision = $2, head_hash = $10 WHERE id = $1
"""
