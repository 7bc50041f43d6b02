"""What a question costs: how many statements it takes, and how PostgreSQL answers them as ``farthing_app``."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import ANY
from urllib.parse import quote
from uuid import UUID

import pytest
from tests.architecture.operations import Town, document, operations, send
from tests.architecture.plain_sql import STATEMENT, connected
from tests.household import Client, Household, serving

from farthing.core.connection import Begin, Connection, watched
from farthing.core.database import Database
from farthing.entrypoints.rates import begin_with_rates
from farthing.kit import ids

Statements = list[tuple[str, Any]]
TRANSACTIONS_EACH = 3000
NEIGHBOURS = 3
MANY = 100_000


@contextmanager
def counted() -> Iterator[Statements]:
    """The statements that are sent meanwhile, with their parameters."""
    sent: Statements = []
    with watched(lambda _, sql, values: sent.append((sql, values))):
        yield sent


async def test_a_long_list_takes_no_more_statements_than_a_short_one(client: Client) -> None:
    home = await Household.founded(client)
    for _ in range(2):
        await home.record()
    paths = ("/transactions", f"/accounts/{home.checking_id}/register", "/accounts", "/changes", "/members")
    short: dict[str, int] = {}
    for path in paths:
        with counted() as sent:
            await home.got(path)
        short[path] = len(sent)
    for number in range(48):
        await home.record(category="Expenses:Food:Groceries")
        await home.open_account(f"Account {number}")
    for path in paths:
        with counted() as sent:
            assert path == "/members" or len((await home.got(path))["data"]) >= 50
        assert len(sent) <= short[path], path


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", 2),
        ("/accounts", 2),
        ("/accounts/{account}", 2),
        ("/accounts/{account}/balance", 3),
        ("/accounts/{account}/valuations", 3),
        ("/accounts/balances?children=true", 3),
        ("/accounts?sort=group", 2),
        ("/account-groups", 2),
        ("/accounts/{account}/register", 4),
        ("/transactions", 2),
        ("/transactions?account=Assets:Checking", 4),
        ("/transactions?q=corner%20amount>5%20-status:pending", 3),
        ("/transactions?q=account:Assets:Checking%20-corner", 4),
        ("/transactions/{transaction}", 2),
        ("/transactions?payee=corner", 3),
        ("/transactions?known_at=3", 2),
        ("/accounts/{account}/register?known_at=3", 6),
        ("/payees", 2),
        ("/prices?commodity=BTC&currency=EUR", 2),
        ("/prices/rate?commodity=ACME&currency=EUR", 3),
        ("/payees?sort=use&q=corner", 2),
        ("/payees/{payee}", 2),
        ("/reports/trial-balance", 3),
        ("/changes", 2),
        ("/changes/1", 3),
        ("/imports", 2),
    ],
)
async def test_a_question_takes_few_statements(client: Client, path: str, most: int) -> None:
    home = await Household.founded(client)
    made = await home.record(payee="Corner Shop")
    await home.made("/currencies", {"code": "ACME", "name": "ACME", "digits": 4, "kind": "security"})
    await home.made("/prices", {"commodity": "ACME", "currency": "EUR", "date": "2026-03-01", "amount": "60.125"})
    with counted() as sent:
        await home.got(path.format(account=home.checking_id, transaction=made["id"], payee=made["payee_id"]))
    assert len(sent) == most, [statement for statement, _ in sent]


async def test_searches_of_one_shape_share_a_statement(client: Client) -> None:
    """Whatever their values, and in whatever order their terms are typed."""
    home = await Household.founded(client)
    statements = set()
    for line in ("coffee amount>5 -status:pending", "-status:cleared amount>7 tea"):
        with counted() as sent:
            await home.got("/transactions", params={"q": line})
        statements.add(sent[-1][0])
    assert len(statements) == 1


async def test_recording_takes_four_statements(client: Client) -> None:
    """Open the book, resolve the accounts, write the transaction whole, seal the change."""
    home = await Household.founded(client)
    with counted() as sent:
        await home.record(category="Expenses:Food:Groceries")
    assert len(sent) == 4, [statement for statement, _ in sent]


@pytest.mark.parametrize("mode", ["atomic", "partial"])
async def test_recording_many_takes_no_more_statements_than_one(client: Client, mode: str) -> None:
    home = await Household.founded(client)

    async def sent_for(count: int, *, chosen: bool = False) -> int:
        lines = [
            {"date": f"2026-03-{1 + n % 28:02}", "amount": f"-{n + 1}", "account": "Assets:Checking"}
            | ({"category": "Expenses:Food"} if n % 2 else {})
            | ({"id": str(ids.new_id())} if chosen else {})
            for n in range(count)
        ]
        with counted() as sent:
            await home.made("/transactions/bulk", {"transactions": lines}, params={"mode": mode})
        return len(sent)

    assert [await sent_for(count) for count in (1, 2, 200)] == [4, 4, 4]
    assert [await sent_for(count, chosen=True) for count in (1, 2, 200)] == [5, 5, 5]


async def test_changing_and_deleting_many_takes_no_more_statements_than_a_few(client: Client) -> None:
    home = await Household.founded(client)

    async def sent_for(count: int) -> tuple[int, int]:
        line = {"date": "2026-03-01", "amount": "-1", "account": "Assets:Checking", "payee": f"Shop {count}"}
        await home.made("/transactions/bulk", {"transactions": [line] * count})
        pick = {"filter": {"payee": f"shop {count}"}}
        with counted() as changing:
            changes = {"category": "Expenses:Taxes", "date": "2026-03-02"}
            answer = await home.ask("PATCH", "/transactions/bulk", pick | {"changes": changes})
        assert answer.json()["changed"] == count
        with counted() as deleting:
            answer = await home.ask("POST", "/transactions/bulk-delete", pick)
        assert answer.json()["deleted"] == count
        return len(changing), len(deleting)

    assert [await sent_for(count) for count in (2, 200)] == [(12, 10), (12, 10)]


async def test_tagging_many_takes_no_more_statements_than_a_few(client: Client) -> None:
    home = await Household.founded(client)

    async def sent_for(count: int) -> int:
        line = {"date": "2026-03-01", "amount": "-1", "account": "Assets:Checking", "tags": ["a", f"b {count}"]}
        await home.made("/transactions/bulk", {"transactions": [line] * count})
        changes = {"tags_add": ["c", "d"], "tags_remove": ["a"], "notes": "seen"}
        with counted() as sent:
            answer = await home.ask(
                "PATCH", "/transactions/bulk", {"filter": {"tag": [f"b {count}"]}, "changes": changes}
            )
        assert answer.json()["changed"] == count
        return len(sent)

    await home.made("/tags", {"name": "c"})
    await home.made("/tags", {"name": "d"})
    few, many = [await sent_for(count) for count in (2, 200)]
    assert few == many, (few, many)


@pytest.mark.parametrize("path", ["/transactions", "/transactions/bulk", "/accounts", "/invitations", "/imports"])
async def test_what_breaks_its_rules_opens_no_book(client: Client, path: str) -> None:
    home = await Household.founded(client)
    with counted() as sent:
        answer = await home.ask("POST", path, {"amount": 12.5})
    assert answer.status_code in {415, 422}
    assert sent == []


async def test_an_import_of_many_lines_takes_no_more_statements_than_one_of_few(client: Client) -> None:
    few, many = await Household.founded(client), await Household.founded(client)
    with counted() as short:
        assert (await few.bring(STATEMENT)).status_code == 201
    lines = b"".join(b"2026-03-%02d,Bakery %d,-3.%02d\n" % (1 + n % 28, n, n % 100) for n in range(400))
    with counted() as long:
        brought = await many.bring(b"Date,Description,Amount\n" + lines)
    assert brought.json()["created"] == 400
    assert len(long) == len(short)


@pytest.mark.parametrize("path", ["/transactions", "/accounts", "/reports/trial-balance", "/changes"])
async def test_what_has_not_changed_is_told_from_one_look_up(client: Client, path: str) -> None:
    home = await Household.founded(client)
    await home.record()
    tag = (await home.ask("GET", path)).headers["etag"]
    with counted() as sent:
        again = await home.ask("GET", path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.content == b""
    ((statement, _),) = sent
    assert "open_for_read" in statement
    await home.record()
    assert (await home.ask("GET", path, headers={"If-None-Match": tag})).status_code == 200


async def test_what_promises_to_tell_that_nothing_has_changed_does(client: Client) -> None:
    """The document declares 304 for exactly those operations whose answers bear an entity tag."""
    town = await Town.built(client)
    described = document()
    promised, kept = set(), set()
    for operation in operations(described):
        if operation.method == "GET" and operation.in_book:
            if "304" in described["paths"][operation.path]["get"]["responses"]:
                promised.add(operation.name)
            answer = await send(town, operation, token=town.home.person.access_token)
            if "etag" in answer.headers:
                kept.add(operation.name)
    assert kept == promised


async def test_a_retry_is_answered_from_one_look_up(client: Client) -> None:
    home = await Household.founded(client)
    key = {"headers": {"Idempotency-Key": "again"}}
    line = {"date": "2026-03-01", "amount": "-1", "account": "Assets:Checking"}
    await home.ask("POST", "/transactions", line, **key)
    with counted() as sent:
        assert (await home.ask("POST", "/transactions", line, **key)).headers["idempotency-replayed"] == "true"
    assert len(sent) == 1


# --- Plans, asked for as the service's own role ---

FILL = """
WITH numbered AS (
    SELECT n, gen_random_uuid() AS id, date '2016-01-01' + n % 3650 AS date FROM generate_series(1, {count}) n
), shops AS (
    SELECT n, gen_random_uuid() AS id, 'shop ' || n AS name FROM generate_series(0, 99) n
), known AS (
    INSERT INTO payees (book_id, id, name, name_key, named_revision, created_revision, revision, created_at, changed_at)
    SELECT $1, id, name, name, 1, 1, 1, now(), now() FROM shops
), names AS (
    INSERT INTO payee_names (book_id, key, payee_id, name) SELECT $1, name, id, name FROM shops
), written AS (
    INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, payee_id, description, created_revision,
                              revision, created_at, changed_at)
    SELECT $1, t.id, t.date, t.n, 'ordinary', s.name, s.id, CASE WHEN t.n % 1000 = 7 THEN 'invoice of ' || t.n END, 1,
           1, now(), now()
      FROM numbered t JOIN shops s ON s.n = t.n % 100
), chart AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS size FROM accounts WHERE book_id = $1
)
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status, memo,
                      generated)
SELECT $1, gen_random_uuid(), t.id, leg, a.id, t.date, t.n, CASE leg WHEN 0 THEN -n ELSE n END, 'EUR', 'cleared',
       CASE WHEN n % 500 = 3 THEN 'remark on ' || n END, false
  FROM numbered t, generate_series(0, 1) leg, chart a WHERE a.place = (t.n + leg) % a.size
"""


@pytest.fixture(scope="module")
def old_database_url(clone: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    with clone() as url:
        yield url


@pytest.fixture(scope="module")
async def old_books(old_database_url: str, signing_key: str) -> AsyncIterator[Household]:
    """A household with ten years behind it, among others like it."""
    async with serving(old_database_url, signing_key, registration="open") as client:
        homes = [await Household.founded(client) for _ in range(1 + NEIGHBOURS)]
        async with connected(old_database_url) as superuser:
            for home in homes:
                await superuser.execute(FILL.format(count=TRANSACTIONS_EACH), UUID(home.book_id))
            await superuser.execute("VACUUM (ANALYZE)")
        yield homes[0]


@pytest.fixture(scope="module")
def large_database_url(clone: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    with clone() as url:
        yield url


@pytest.fixture(scope="module")
async def large_book(large_database_url: str, signing_key: str) -> AsyncIterator[Household]:
    """A book with a hundred thousand transactions. Only its rows matter: they are written past the triggers."""
    async with serving(large_database_url, signing_key, registration="open") as client:
        home = await Household.founded(client)
        async with connected(large_database_url) as superuser:
            await superuser.execute("SET session_replication_role = replica")
            await superuser.execute(FILL.format(count=MANY), UUID(home.book_id))
            await superuser.execute(ALIAS, UUID(home.book_id))
            await superuser.execute("VACUUM (ANALYZE)")
        yield home


ALIAS = """
INSERT INTO payee_names (book_id, key, payee_id, name)
SELECT book_id, 'bakery', payee_id, 'Bakery' FROM payee_names WHERE book_id = $1 AND name = 'shop 7'
"""
USED = """
SELECT c.relname, pg_stat_get_xact_numscans(c.oid) AS scans,
       pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid) AS rows,
       c.relkind = 'i' AS index
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname ~ 'transactions|postings'
"""


async def _used(home: Household, path: str) -> tuple[set[str], int]:
    """The indexes that the answer to a question takes, those that functions use included, and the rows it reads."""
    with counted() as sent:
        await home.got(path)
    async with _asking(home) as connection:
        before = {each["relname"]: each for each in await connection.driver.fetch(USED)}
        for statement, values in sent[1:]:
            await connection.driver.fetch(statement, *values)
        after = await connection.driver.fetch(USED)
    indexes = {each["relname"] for each in after if each["scans"] > before[each["relname"]]["scans"]}
    return indexes, sum(each["rows"] - before[each["relname"]]["rows"] for each in after if not each["index"])


@asynccontextmanager
async def _asking(home: Household) -> AsyncIterator[Connection]:
    """A connection of the service's, as it has it when it reads a book."""
    database: Database = home.person.client.app.app.state.doorkeeper.database
    async with database.connect() as connection:
        await connection.begin(Begin.READING)
        await connection.driver.execute(
            f"SELECT set_config('farthing.book', '{home.book_id}', true), "
            f"set_config('farthing.user', '{home.person.id}', true)"
        )
        assert await connection.driver.fetchval("SELECT current_user") == "farthing_app"
        yield connection


async def _plans(home: Household, path: str) -> list[list[dict[str, Any]]]:
    """How PostgreSQL goes about each statement of a question, as a flat list of steps."""
    with counted() as sent:
        await home.got(path)
    plans = []
    async with _asking(home) as connection:
        for statement, parameters in sent[1:]:
            plan = await connection.driver.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *parameters)
            (top,) = json.loads(plan)
            plans.append(list(_steps(top["Plan"])))
    return plans


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _steps(below)


def _scans(plan: list[dict[str, Any]], table: str) -> list[tuple[str, str | None]]:
    return [(step["Node Type"], step.get("Index Name")) for step in plan if step.get("Relation Name") == table]


async def test_a_balance_is_summed_from_an_index_alone(old_books: Household) -> None:
    plans = await _plans(old_books, f"/accounts/{old_books.checking_id}/balance?date=2030-01-01")
    scans = [scan for plan in plans for scan in _scans(plan, "postings")]
    assert scans == [("Index Only Scan", "ix_postings_account")]


async def test_a_page_is_read_in_order_from_an_index(old_books: Household) -> None:
    first = await old_books.got("/transactions")
    for path in ("/transactions", f"/transactions?cursor={first['next_cursor']}", "/transactions?date_to=2020-01-01"):
        (plan,) = await _plans(old_books, path)
        (limit,) = [step for step in plan if step["Node Type"] == "Limit"]
        below = list(_steps(limit))
        assert [step["Node Type"] for step in below if "Sort" in step["Node Type"]] == [], (
            f"{path}: the table is sorted"
        )
        ordered = [step for step in below if step.get("Index Name") == "ix_transactions_order"]
        assert [step["Scan Direction"] for step in ordered] == ["Backward"], path
        for table in ("transactions", "postings"):
            assert all(kind != "Seq Scan" for kind, _ in _scans(plan, table)), f"{path}: all of {table} is read"


async def test_a_payees_page_is_read_in_order_from_an_index(old_books: Household) -> None:
    payee = (await old_books.got("/transactions"))["data"][0]["payee_id"]
    (plan,) = await _plans(old_books, f"/transactions?payee_id={payee}&limit=10")
    (limit,) = [step for step in plan if step["Node Type"] == "Limit"]
    below = list(_steps(limit))
    assert [step["Node Type"] for step in below if "Sort" in step["Node Type"]] == []
    assert [step.get("Scan Direction") for step in below if step.get("Index Name") == "ix_transactions_payee"] == [
        "Backward"
    ]


@pytest.mark.parametrize("path", ["/payees", "/payees?q=shop"])
async def test_the_use_of_a_page_of_payees_is_counted_in_an_index_alone(old_books: Household, path: str) -> None:
    (plan,) = await _plans(old_books, path)
    assert _scans(plan, "transactions") == [("Index Only Scan", "ix_transactions_payee")]


async def test_a_register_reads_no_table_from_end_to_end(old_books: Household) -> None:
    plans = await _plans(old_books, f"/accounts/{old_books.checking_id}/register")
    for plan in plans:
        for table in ("transactions", "postings"):
            assert all(kind != "Seq Scan" for kind, _ in _scans(plan, table)), plan


async def test_one_transaction_is_found_by_keys(old_books: Household) -> None:
    listed = await old_books.got("/transactions", params={"limit": 1})
    (plan,) = await _plans(old_books, f"/transactions/{listed['data'][0]['id']}")
    assert {kind for table in ("transactions", "postings") for kind, _ in _scans(plan, table)} <= {
        "Index Scan",
        "Index Only Scan",
        "Bitmap Heap Scan",
    }


async def test_the_policy_is_checked_once_rather_than_for_each_row(old_books: Household) -> None:
    """With the book named in the query, the wall costs a comparison a statement: no filter is left on the rows."""
    for path in ("/transactions", f"/accounts/{old_books.checking_id}/balance?date=2030-01-01"):
        for plan in await _plans(old_books, path):
            for step in plan:
                assert "current_setting" not in step.get("Filter", ""), f"{path}: {step['Filter']}"


async def test_an_earlier_state_is_read_from_the_indexes_of_the_present(large_book: Household) -> None:
    """However much the book holds: few rows are read but for those of what was changed since."""
    known = await large_book.revision()
    listed = await large_book.got("/transactions", params={"limit": 20})
    for transaction in listed["data"][:10]:
        answer = await large_book.ask("PATCH", f"/transactions/{transaction['id']}", {"notes": "Seen"})
        assert answer.status_code == 200
    for path in ("/transactions?limit=20", f"/accounts/{large_book.checking_id}/register?limit=20"):
        indexes, rows = await _used(large_book, f"{path}&known_at={known}")
        assert {"ix_transactions_order", "ix_postings_account"} & indexes
        assert rows < 1000, path
    assert await large_book.got("/transactions", params={"limit": 20, "known_at": known}) == listed | {
        "next_cursor": ANY
    }


@pytest.mark.parametrize(
    ("search", "index", "found"),
    [
        ("unheard", "ix_transactions_words", 0),
        ('"invoice of 77007"', "ix_transactions_words", 1),
        ("shop invoice 77007", "ix_transactions_words", 1),
        ("payee:nobody", "ix_transactions_words", 0),
        ("payee:bakery", "ix_transactions_payee", 50),
        ("bakery 77007", "ix_transactions_words", 1),
        ("description:77007", "ix_transactions_words", 1),
        ("remark 77003", "ix_postings_memo", 1),
        ("memo:77003", "ix_postings_memo", 1),
        ("amount:77.77", "ix_postings_size", 0),
        ("amount:500", "ix_postings_size", 1),
        ("amount>99998 amount<=99999.5", "ix_postings_size", 1),
        ("shop amount:500", "ix_postings_size", 1),
        ("amount:500 date:2016..2026 -status:pending", "ix_postings_size", 1),
    ],
)
async def test_what_is_rare_is_found_by_an_index(large_book: Household, search: str, index: str, found: int) -> None:
    path = f"/transactions?q={quote(search)}"
    assert len((await large_book.got(path))["data"]) == found
    indexes, rows = await _used(large_book, path)
    assert index in indexes
    assert rows < MANY / 10, f"{rows} rows are read"


async def test_filters_of_the_list_are_found_by_the_same_indexes(large_book: Household) -> None:
    for path, index in [
        ("payee=nobody", "ix_transactions_words"),
        ("amount_min=99999", "ix_postings_size"),
        ("amount_max=0.01", "ix_postings_size"),
        ("amount_min=7.7&amount_max=7.9", "ix_postings_size"),
    ]:
        indexes, rows = await _used(large_book, f"/transactions?{path}")
        assert index in indexes, path
        assert rows < MANY / 10, f"{path}: {rows} rows are read"


@pytest.mark.parametrize("search", ["shop", "sh", "shop amount>100", "amount<90000", "-invoice", "-amount:7"])
async def test_what_is_frequent_is_met_on_the_way_back_in_time(large_book: Household, search: str) -> None:
    indexes, rows = await _used(large_book, f"/transactions?q={quote(search)}")
    assert "ix_transactions_order" in indexes
    assert rows < MANY / 10, f"{rows} rows are read"


PRICED = """
INSERT INTO prices (book_id, id, commodity, currency, date, amount, source, created_revision, revision, created_at,
                    changed_at)
SELECT $1, gen_random_uuid(), code, 'EUR', date '2016-01-01' + n, 0.9, 'test', 1, 1, now(), now()
  FROM generate_series(0, 3649) n, unnest(ARRAY['USD', 'JPY', 'CHF']) code
"""


@pytest.fixture(scope="module")
async def priced_books(old_books: Household, old_database_url: str) -> Household:
    """The same, with ten years of prices and all reference prices, and dollars that were used now and then."""
    await begin_with_rates(old_database_url)
    async with connected(old_database_url) as superuser:
        await superuser.execute(PRICED, UUID(old_books.book_id))
        await superuser.execute("VACUUM (ANALYZE) prices, reference_prices")
    await old_books.open_account("Dollars", currency="USD")
    lines = [
        {"date": f"20{16 + n % 10}-{1 + n % 12:02}-10", "amount": "-5", "account": "Assets:Dollars"} for n in range(40)
    ]
    bought = {
        "date": "2025-03-03",
        "amount": "90",
        "to_amount": "100",
        "from": "Assets:Checking",
        "to": "Assets:Dollars",
    }
    await old_books.made("/transactions/bulk", {"transactions": [*lines, bought]})
    return old_books


@pytest.mark.parametrize(
    "report",
    [
        "balance-sheet?currency=EUR&valued=end&interval=year&date_from=2016-01-01&date_to=2025-12-31",
        "balance-sheet?currency=USD&valued=today&date_to=2025-12-31",
        "income-statement?currency=CHF&valued=end&interval=month&date_from=2024-01-01&date_to=2025-12-31",
        "net-worth?currency=EUR&interval=month&date_from=2016-01-01&date_to=2025-12-31",
        "exchange-gains?currency=EUR&date_from=2025-01-01&date_to=2025-12-31",
    ],
)
async def test_reports_by_the_rates_of_ends_read_no_posting(priced_books: Household, report: str) -> None:
    """Whatever was posted in ten years: sums of months tell."""
    assert (await priced_books.got(f"/reports/{report}"))["rates"]
    _, rows = await _used(priced_books, f"/reports/{report}")
    assert rows == 0


async def test_within_a_month_they_read_its_nearer_half(priced_books: Household) -> None:
    _, rows = await _used(priced_books, "/reports/balance-sheet?currency=EUR&date_to=2025-06-10")
    assert rows < 2 * TRANSACTIONS_EACH / 120


@pytest.mark.parametrize("valued", ["posting", "cost"])
async def test_by_posting_only_those_in_foreign_currencies_are_read(priced_books: Household, valued: str) -> None:
    path = f"/reports/balance-sheet?currency=EUR&valued={valued}&date_to=2025-12-31"
    assert (await priced_books.got(path))["rates"]
    indexes, rows = await _used(priced_books, path)
    assert "ix_postings_account" in indexes
    assert rows < 1000, "of those of the other accounts there are six thousand"


@pytest.mark.parametrize(
    "path",
    [
        "/prices/rate?commodity=USD&currency=JPY",
        "/reports/balance-sheet?currency=CHF&valued=end&interval=month&date_from=2024-01-01&date_to=2025-12-31",
    ],
)
async def test_rates_are_found_by_indexes(priced_books: Household, path: str) -> None:
    for plan in await _plans(priced_books, path):
        for table in ("prices", "reference_prices", "postings", "transactions"):
            assert all(kind != "Seq Scan" for kind, _ in _scans(plan, table)), (table, plan)
