"""PostgreSQL as the second wall: what the service's own role cannot do, even when the service has gone wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from tests.architecture.plain_sql import as_app, book_tables, connected, furnished
from tests.household import Client, Household, Person, serving

from farthing.core.database import Database, WallDownError, check_wall, owner_connection
from farthing.core.schema import APP_ROLE
from farthing.core.settings import Settings
from farthing.kit import ids

APPEND_ONLY = {"changes", "history"}
KEPT_BY_POSTGRESQL = {"month_sums"}
"""What the service may write once and never touch again."""
NEVER_DELETED = {"books", "contents"}
NEVER_CHANGED = {"invitations"}
KNOWN = {
    "account_groups",
    "accounts",
    "analyses",
    "attachments",
    "books",
    "changes",
    "checkpoints",
    "contents",
    "forecasts",
    "history",
    "imports",
    "insights",
    "invitations",
    "jobs",
    "members",
    "payee_names",
    "payees",
    "postings",
    "prices",
    "saved_searches",
    "reconciliations",
    "recurring_payments",
    "statement_lines",
    "tags",
    "transaction_tags",
    "transactions",
    "valuations",
}


@dataclass
class Street:
    """Two households on one database."""

    url: str
    ours: Household
    theirs: Household
    tables: dict[str, str]


@pytest.fixture(scope="module")
async def street(client: Client, database_url: str) -> Street:
    ours, theirs = await furnished(client), await furnished(client)
    async with connected(database_url) as superuser:
        tables = await book_tables(superuser)
        for table, column in tables.items():
            for home in (ours, theirs):
                count = await superuser.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", home.book_id)
                assert count > 0, f"{table} is empty: nothing would be proven about it"
    return Street(database_url, ours, theirs, tables)


async def _seen(connection: Any, tables: dict[str, str], where: str = "true", *values: str) -> dict[str, int]:
    """The tables of which something is seen."""
    counts = {
        table: await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {where.format(book=column)}", *values)
        for table, column in tables.items()
    }
    return {table: count for table, count in counts.items() if count}


async def _outcome(connection: Any, statement: str, *values: Any) -> str:
    """What a statement did, or the error it met."""
    try:
        async with connection.transaction():
            return str(await connection.execute(statement, *values))
    except asyncpg.PostgresError as error:
        return type(error).__name__


async def test_the_tables_of_a_book_are_found_in_the_catalogue(street: Street) -> None:
    assert set(street.tables) >= KNOWN


async def test_without_a_book_nothing_is_seen(street: Street) -> None:
    async with as_app(street.url) as app:
        assert await _seen(app, street.tables) == {}


async def test_with_another_book_nothing_of_ours_is_seen(street: Street) -> None:
    async with as_app(street.url, book=street.theirs.book_id, user=street.theirs.person.id) as app:
        assert await _seen(app, street.tables, "{book} = $1", street.ours.book_id) == {}
        assert await _seen(app, street.tables, "{book} = $1", street.theirs.book_id) != {}


async def test_the_indexes_of_words_and_sizes_are_asked_about_the_chosen_book_only(street: Street) -> None:
    """Their functions see all books: what they tell is what the setting says."""
    questions = {
        "transactions_with_words('{%bakery%}', '{%bakery%}', 1000)": 1,
        "transactions_of_size(3.2, 3.2, 1000)": 1,
        "transactions_of_size(0, 1e28, 1000)": 3,
    }
    for question, least in questions.items():
        told = {}
        for book in ("", street.ours.book_id, street.theirs.book_id):
            async with as_app(street.url, book=book, user=street.ours.person.id) as connection:
                told[book] = set(await connection.fetchval(f"SELECT {question}"))
                of_the_book = {row["id"] for row in await connection.fetch("SELECT id FROM transactions")}
                assert told[book] <= of_the_book, question
        assert told[""] == set()
        assert min(len(told[street.ours.book_id]), len(told[street.theirs.book_id])) >= least, question


async def test_with_another_book_nothing_of_ours_is_changed(street: Street) -> None:
    async with as_app(street.url, book=street.theirs.book_id, user=street.theirs.person.id) as app:
        outcomes = {
            table: await _outcome(
                app, f"UPDATE {table} SET {column} = {column} WHERE {column} = $1", street.ours.book_id
            )
            for table, column in street.tables.items()
        }
    refused = APPEND_ONLY | KEPT_BY_POSTGRESQL | NEVER_CHANGED
    assert outcomes == {
        table: "InsufficientPrivilegeError" if table in refused else "UPDATE 0" for table in street.tables
    }


async def test_with_another_book_nothing_of_ours_is_deleted(street: Street) -> None:
    async with as_app(street.url, book=street.theirs.book_id, user=street.theirs.person.id) as app:
        outcomes = {
            table: await _outcome(app, f"DELETE FROM {table} WHERE {column} = $1", street.ours.book_id)
            for table, column in street.tables.items()
        }
    refused = APPEND_ONLY | KEPT_BY_POSTGRESQL | NEVER_DELETED
    assert outcomes == {
        table: "InsufficientPrivilegeError" if table in refused else "DELETE 0" for table in street.tables
    }


async def test_a_row_with_a_foreign_book_is_refused(street: Street) -> None:
    async with connected(street.url) as superuser:
        rows = {
            table: await superuser.fetchval(
                f"SELECT to_jsonb(t)::text FROM {table} t WHERE {column} = $1 LIMIT 1", street.ours.book_id
            )
            for table, column in street.tables.items()
        }
    async with as_app(street.url, book=street.theirs.book_id, user=street.theirs.person.id) as app:
        for table, row in rows.items():
            reason = "permission denied" if table in KEPT_BY_POSTGRESQL else "row-level security"
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=reason):
                async with app.transaction():
                    await app.execute(
                        f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1::jsonb)", row
                    )


async def test_a_row_of_ours_cannot_be_moved_into_a_foreign_book(street: Street) -> None:
    async with as_app(street.url, book=street.ours.book_id, user=street.ours.person.id) as app:
        for table, column in street.tables.items():
            # The trigger of a currency that is used speaks before the wall does.
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)):
                async with app.transaction():
                    await app.execute(f"UPDATE {table} SET {column} = $1", street.theirs.book_id)


async def test_a_posting_cannot_point_into_another_book(street: Street) -> None:
    async with connected(street.url) as superuser:  # whom no policy binds: the keys alone hold
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await superuser.execute(
                "UPDATE postings SET account_id = $1 WHERE book_id = $2", street.theirs.checking_id, street.ours.book_id
            )


async def test_with_the_policies_off_everything_would_be_seen(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key) as client:
        await furnished(client)
    async with connected(fresh_database_url) as superuser:
        tables = await book_tables(superuser)
        for table in tables:
            await superuser.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    async with as_app(fresh_database_url) as app:
        assert set(await _seen(app, tables)) == set(tables)


async def test_a_password_hash_cannot_be_read(street: Street) -> None:
    async with as_app(street.url, book=street.ours.book_id, user=street.ours.person.id) as app:
        for column in ("password_hash", "email_key", "*"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with app.transaction():
                    await app.fetch(f"SELECT {column} FROM users")


async def test_a_person_sees_themselves_and_who_shares_the_book(street: Street) -> None:
    me, neighbour = street.ours.person.id, street.theirs.person.id
    async with as_app(street.url, user=me) as app:
        assert [str(row["id"]) for row in await app.fetch("SELECT id FROM users")] == [me]
    async with as_app(street.url, book=street.theirs.book_id, user=me) as app:
        assert {str(row["id"]) for row in await app.fetch("SELECT id FROM users")} == {me, neighbour}
    async with as_app(street.url) as app:
        assert await app.fetch("SELECT id FROM users") == []


async def test_nobody_makes_themselves_operator_or_somebody_else(street: Street) -> None:
    me, neighbour = street.ours.person.id, street.theirs.person.id
    async with as_app(street.url, user=me) as app:
        for forbidden in (
            "UPDATE users SET is_operator = true",
            "UPDATE users SET password_hash = 'x'",
            "UPDATE users SET email = 'x@example.com'",
            "DELETE FROM users",
            "INSERT INTO users (id, email, name) SELECT id, email, name FROM users",
        ):
            assert await _outcome(app, forbidden) == "InsufficientPrivilegeError", forbidden
        assert await _outcome(app, "UPDATE users SET name = 'x' WHERE id = $1", neighbour) == "UPDATE 0"
        assert await _outcome(app, "UPDATE users SET name = 'x' WHERE id = $1", me) == "UPDATE 1"


async def test_the_sign_ins_of_others_are_neither_seen_nor_ended(street: Street) -> None:
    me, neighbour = street.ours.person.id, street.theirs.person.id
    async with as_app(street.url, book=street.theirs.book_id, user=me) as app:
        assert {str(row["user_id"]) for row in await app.fetch("SELECT * FROM sessions")} == {me}
        assert await _outcome(app, "UPDATE sessions SET ended_at = now() WHERE user_id = $1", neighbour) == "UPDATE 0"
        for forbidden in (
            "DELETE FROM sessions",
            "UPDATE sessions SET user_id = user_id",
            "INSERT INTO sessions (id, user_id) SELECT gen_random_uuid(), id FROM users",
        ):
            assert await _outcome(app, forbidden) == "InsufficientPrivilegeError", forbidden
    async with as_app(street.url) as app:
        assert await app.fetch("SELECT * FROM sessions") == []


PROOFS = ("authenticators", "passkeys", "recovery_codes", "factor_tries", "openid_identities")
"""What people prove who they are with, all of it their own."""


async def test_what_others_prove_who_they_are_with_is_neither_seen_nor_changed(street: Street) -> None:
    me, neighbour = street.ours.person.id, street.theirs.person.id
    async with connected(street.url) as superuser:
        for person in (me, neighbour):
            for statement in (
                "authenticators (id, user_id, name, sealed_secret) VALUES (gen_random_uuid(), $1, 'x', 'x')",
                (
                    "passkeys (id, user_id, name, credential_id, public_key, sign_count, synced, transports) "
                    "VALUES (gen_random_uuid(), $1, 'x', uuid_send(gen_random_uuid()), 'x', 0, false, '{}')"
                ),
                "recovery_codes (user_id, digest) VALUES ($1, sha256('x'))",
                "factor_tries (user_id, digest, tries, until) VALUES ($1, sha256('x'), 1, now())",
                (
                    "openid_identities (id, user_id, issuer, subject, email) "
                    "VALUES (gen_random_uuid(), $1, 'x', gen_random_uuid()::text, '')"
                ),
            ):
                await superuser.execute(f"INSERT INTO {statement}", person)
    async with as_app(street.url, book=street.theirs.book_id, user=me) as app:
        for table in PROOFS:
            assert {str(row["user_id"]) for row in await app.fetch(f"SELECT user_id FROM {table}")} == {me}
            assert await _outcome(app, f"DELETE FROM {table} WHERE user_id = $1", neighbour) == "DELETE 0"
        for forbidden in (
            "UPDATE users SET second_factor_since = NULL",
            "UPDATE users SET second_factor_methods = '{}'",
            "UPDATE authenticators SET sealed_secret = 'y'",
            "UPDATE authenticators SET user_id = user_id",
            "UPDATE passkeys SET public_key = 'y'",
            "UPDATE openid_identities SET subject = 'y'",
            "SELECT * FROM spent_tickets",
            "DELETE FROM spent_tickets",
        ):
            assert await _outcome(app, forbidden) == "InsufficientPrivilegeError", forbidden
        taken = "UPDATE recovery_codes SET used_at = now() WHERE user_id = $1"
        assert await _outcome(app, taken, neighbour) == "UPDATE 0"
        theirs = "INSERT INTO recovery_codes (user_id, digest) VALUES ($1, sha256('y'))"
        assert await _outcome(app, theirs, neighbour) == "InsufficientPrivilegeError"
    async with as_app(street.url) as app:
        for table in PROOFS:
            assert await app.fetch(f"SELECT * FROM {table}") == []
    async with connected(street.url) as superuser:
        for table in PROOFS:
            await superuser.execute(f"DELETE FROM {table} WHERE user_id IN ($1, $2)", me, neighbour)


async def test_the_tokens_of_others_are_neither_seen_nor_revoked_and_digests_by_nobody(street: Street) -> None:
    me, neighbour = street.ours.person, street.theirs.person
    for person in (me, neighbour):
        await person.made_token()
    async with as_app(street.url, book=street.theirs.book_id, user=me.id) as app:
        assert {str(row["user_id"]) for row in await app.fetch("SELECT user_id FROM access_tokens")} == {me.id}
        revoke = "UPDATE access_tokens SET revoked_at = now() WHERE user_id = $1"
        assert await _outcome(app, revoke, neighbour.id) == "UPDATE 0"
        for forbidden in (
            "SELECT digest FROM access_tokens",
            "SELECT * FROM access_tokens",
            "UPDATE access_tokens SET expires_at = expires_at + interval '1 day'",
            "UPDATE access_tokens SET scopes = '{transactions:write}'",
            "UPDATE access_tokens SET user_id = user_id",
            "DELETE FROM access_tokens",
            (
                "INSERT INTO access_tokens (id, user_id, digest, name, scopes, expires_at) SELECT gen_random_uuid(), "
                f"'{neighbour.id}', sha256('x'), 'x', '{{reports:read}}', now() + interval '1 day'"
            ),
        ):
            assert await _outcome(app, forbidden) == "InsufficientPrivilegeError", forbidden
    async with as_app(street.url) as app:
        assert await app.fetch("SELECT id FROM access_tokens") == []


async def test_refresh_tokens_cannot_be_touched_at_all(street: Street) -> None:
    async with as_app(street.url, book=street.ours.book_id, user=street.ours.person.id) as app:
        for forbidden in (
            "SELECT digest FROM refresh_tokens",
            "UPDATE refresh_tokens SET used_at = NULL",
            "DELETE FROM refresh_tokens",
            "INSERT INTO refresh_tokens SELECT '\\x00', gen_random_uuid(), now()",
        ):
            assert await _outcome(app, forbidden) == "InsufficientPrivilegeError", forbidden


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
async def test_what_is_written_once_is_never_rewritten(street: Street, table: str) -> None:
    async with as_app(street.url, book=street.ours.book_id, user=street.ours.person.id) as app:
        assert await app.fetchval(f"SELECT count(*) FROM {table}") > 0
        for forbidden in (
            f"UPDATE {table} SET revision = revision",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO UPDATE SET revision = 1",
        ):
            outcome = await _outcome(app, forbidden)
            assert outcome in {"InsufficientPrivilegeError", "PostgresSyntaxError"}, (forbidden, outcome)


@pytest.mark.parametrize("column", ["amount", "line", "date", "fingerprint", "original", "external_id", "account_id"])
async def test_what_a_bank_wrote_is_never_rewritten(street: Street, column: str) -> None:
    """What a line became may change; the line itself doesn't."""
    async with as_app(street.url, book=street.ours.book_id, user=street.ours.person.id) as app:
        other = {
            "amount": "amount + 1",
            "line": "line + 1",
            "date": "date + 1",
            "fingerprint": "sha256(fingerprint)",
            "original": "'{}'",
            "external_id": "'x'",
            "account_id": "(SELECT id FROM accounts WHERE role = 'trading')",
        }
        outcome = await _outcome(app, f"UPDATE statement_lines SET {column} = {other[column]}")
        assert outcome == "CheckViolationError"


async def test_the_service_makes_and_empties_no_tables(street: Street) -> None:
    async with as_app(street.url, book=street.ours.book_id) as app:
        for table in street.tables:
            assert await _outcome(app, f"TRUNCATE {table} CASCADE") == "InsufficientPrivilegeError"
            alter = f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
            assert await _outcome(app, alter) == "InsufficientPrivilegeError"
        assert await _outcome(app, "CREATE TABLE loot (id int)") == "InsufficientPrivilegeError"


# --- Whether the wall stands is asked at start ---


async def _check(url: str) -> None:
    async with Database(Settings(database_url=SecretStr(url))) as database, database.connect() as connection:
        await check_wall(connection)


async def test_a_sound_wall_is_found_standing(database_url: str) -> None:
    await _check(database_url)


@pytest.mark.parametrize(
    "breach",
    [
        "ALTER TABLE accounts DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY accounts_app ON accounts; DROP POLICY accounts_owner ON accounts",
        "ALTER TABLE accounts OWNER TO farthing_app",
    ],
)
async def test_a_breached_wall_stops_the_service_from_starting(
    fresh_database_url: str, signing_key: str, breach: str
) -> None:
    async with connected(fresh_database_url) as superuser:
        await superuser.execute(breach)
    with pytest.raises(WallDownError, match="accounts"):
        async with serving(fresh_database_url, signing_key):
            pytest.fail("it started")


async def test_a_new_table_of_books_without_a_guard_is_a_breach(fresh_database_url: str) -> None:
    async with connected(fresh_database_url) as superuser:
        await superuser.execute("CREATE TABLE budgets (book_id uuid, amount numeric)")
    with pytest.raises(WallDownError, match="budgets"):
        await _check(fresh_database_url)


async def test_the_service_refuses_to_work_as_anyone_but_its_role(database_url: str) -> None:
    async with owner_connection(database_url) as connection:
        with pytest.raises(WallDownError, match="works as"):
            await check_wall(connection)
        await connection.driver.execute("SET ROLE farthing_owner")
        with pytest.raises(WallDownError, match="farthing_owner"):
            await check_wall(connection)


# --- Postings balance, whoever writes ---


@dataclass
class Ledger:
    """A connection, and two transactions of 10.00 EUR in a book that it may write."""

    sql: Any
    book: UUID
    accounts: tuple[UUID, UUID]
    first: UUID
    second: UUID

    async def write(self, transaction: UUID, *legs: tuple[str, str]) -> str:
        """Write postings in one statement."""
        return str(
            await self.sql.execute(
                """
                INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount,
                                      currency, status, generated)
                SELECT $1, gen_random_uuid(), $2, 0, $3, '2026-03-01', 1, amount, currency, 'cleared', false
                  FROM unnest($4::numeric[], $5::text[]) AS leg (amount, currency)
                """,
                self.book,
                transaction,
                self.accounts[0],
                [amount for amount, _ in legs],
                [currency for _, currency in legs],
            )
        )

    async def lock(self, until: str) -> None:
        """Lock the book until a day."""
        day = dt.date.fromisoformat(until)
        assert await self.sql.execute("UPDATE books SET locked_until = $2 WHERE id = $1", self.book, day) == "UPDATE 1"


@pytest.fixture(params=["farthing_app", "superuser"])
async def ledger(request: pytest.FixtureRequest, street: Street) -> AsyncIterator[Ledger]:
    role = APP_ROLE if request.param == "farthing_app" else None
    async with connected(street.url, role) as sql:
        transaction = sql.transaction()
        await transaction.start()
        await sql.execute("SELECT set_config('farthing.book', $1, true)", street.ours.book_id)
        rows = await sql.fetch("SELECT id FROM accounts WHERE book_id = $1 LIMIT 2", street.ours.book_id)
        book = UUID(street.ours.book_id)
        made = Ledger(sql, book, (rows[0]["id"], rows[1]["id"]), ids.new_id(), ids.new_id())
        for each in (made.first, made.second):
            await sql.execute(
                """
                INSERT INTO transactions (book_id, id, date, ordinal, kind, created_revision, revision, created_at,
                                          changed_at)
                VALUES ($1, $2, '2026-03-01', 1, 'ordinary', 1, 1, now(), now())
                """,
                book,
                each,
            )
            await made.write(each, ("10.00", "EUR"), ("-10.00", "EUR"))
        yield made
        await transaction.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET amount = amount + 0.01 WHERE transaction_id = $1 AND amount > 0",
        "UPDATE postings SET amount = amount + 0.000000000000000001 WHERE transaction_id = $1 AND amount > 0",
        "UPDATE postings SET currency = 'USD' WHERE transaction_id = $1 AND amount > 0",
        "DELETE FROM postings WHERE transaction_id = $1 AND amount > 0",
        "UPDATE postings SET transaction_id = '{second}' WHERE transaction_id = $1 AND amount > 0",
        (
            "UPDATE postings SET transaction_id = CASE transaction_id WHEN $1 THEN '{second}' ELSE $1 END "
            "WHERE transaction_id IN ($1, '{second}') AND (transaction_id = $1) = (amount > 0)"
        ),
        (
            "INSERT INTO postings SELECT p.* FROM postings p WHERE transaction_id = $1 AND amount > 0 "
            "ON CONFLICT (book_id, id) DO UPDATE SET amount = excluded.amount * 2"
        ),
        (
            "WITH gone AS (DELETE FROM postings WHERE transaction_id = $1 AND amount > 0) "
            "UPDATE postings SET amount = 0 WHERE transaction_id = $1 AND amount < 0"
        ),
        (
            "MERGE INTO postings p USING (SELECT $1::uuid AS id) t ON p.transaction_id = t.id AND p.amount > 0 "
            "WHEN MATCHED THEN UPDATE SET amount = 11"
        ),
    ],
)
async def test_a_statement_that_unbalances_a_transaction_is_refused(ledger: Ledger, statement: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await ledger.sql.execute(statement.format(second=ledger.second), ledger.first)
    assert refused.value.constraint_name == "postings_balance"


@pytest.mark.parametrize(
    "legs",
    [
        [("1.00", "EUR")],
        [("1.00", "EUR"), ("-1.00", "USD")],
        [("0.1", "EUR"), ("0.2", "EUR"), ("-0.30000000000000004", "EUR")],
        [("NaN", "EUR"), ("NaN", "EUR")],
        [("Infinity", "EUR"), ("-Infinity", "EUR")],
    ],
)
async def test_legs_that_do_not_sum_to_zero_are_refused(ledger: Ledger, legs: list[tuple[str, str]]) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.write(ledger.first, *legs)


async def test_two_halves_in_two_statements_are_refused_at_the_first(ledger: Ledger) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.write(ledger.first, ("5.00", "EUR"))  # the other half would have come next


async def test_two_transactions_do_not_balance_each_other(ledger: Ledger) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.sql.execute(
            "UPDATE postings SET amount = amount + CASE transaction_id WHEN $1 THEN 1 ELSE -1 END "
            "WHERE transaction_id = ANY($2) AND amount > 0",
            ledger.first,
            [ledger.first, ledger.second],
        )


async def test_statements_that_keep_the_balance_pass(ledger: Ledger) -> None:
    several = (("1.00", "EUR"), ("2.00", "EUR"), ("-3.00", "EUR"), ("4.00", "JPY"), ("-4.00", "JPY"))
    assert await ledger.write(ledger.first, *several) == "INSERT 0 5"
    both = [ledger.first, ledger.second]
    for statement, count in (
        ("UPDATE postings SET amount = amount * 2 WHERE transaction_id = ANY($1)", "UPDATE 9"),
        ("UPDATE postings SET currency = 'CHF' WHERE transaction_id = ANY($1) AND currency = 'EUR'", "UPDATE 7"),
        ("UPDATE postings SET memo = 'x' WHERE transaction_id = ANY($1) AND amount > 0", "UPDATE 5"),
        ("DELETE FROM postings WHERE transaction_id = ANY($1)", "DELETE 9"),
    ):
        assert await ledger.sql.execute(statement, both) == count


async def test_a_transaction_is_not_deleted_under_its_postings(ledger: Ledger) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await ledger.sql.execute("DELETE FROM transactions WHERE id = $1", ledger.first)


# --- A locked period stays as it is, whoever writes ---


@pytest.mark.parametrize(
    ("until", "statement"),
    [
        ("2026-03-01", "UPDATE postings SET amount = amount * 2 WHERE transaction_id = $1"),
        ("2026-03-01", "UPDATE postings SET memo = 'x' WHERE transaction_id = $1 AND amount > 0"),
        ("2026-03-01", "UPDATE postings SET date = '2026-03-02' WHERE transaction_id = $1"),
        ("2026-02-28", "UPDATE postings SET date = '2026-02-28' WHERE transaction_id = $1"),
        ("2999-12-31", "DELETE FROM postings WHERE transaction_id = $1"),
        ("2026-03-01", "UPDATE transactions SET payee = 'x' WHERE id = $1"),
        ("2026-03-01", "UPDATE transactions SET date = '2026-03-02' WHERE id = $1"),
        ("2026-02-28", "UPDATE transactions SET date = '2026-02-28' WHERE id = $1"),
        (
            "2026-03-01",
            (
                "INSERT INTO postings SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).* "
                "FROM postings p WHERE transaction_id = $1"
            ),
        ),
    ],
)
async def test_a_statement_that_touches_a_locked_period_is_refused(ledger: Ledger, until: str, statement: str) -> None:
    await ledger.lock(until)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with ledger.sql.transaction():
            await ledger.sql.execute(statement, ledger.first)
    assert refused.value.constraint_name == "period_locked"
    await ledger.sql.execute("SELECT set_config('farthing.override_lock', 'on', true)")
    assert not (await ledger.sql.execute(statement, ledger.first)).endswith(" 0")


async def test_a_statement_after_the_locked_period_passes_and_so_does_one_of_another_book(
    ledger: Ledger, street: Street
) -> None:
    await ledger.lock("2026-02-28")
    assert await ledger.write(ledger.first, ("1.00", "EUR"), ("-1.00", "EUR")) == "INSERT 0 2"
    for statement, count in (
        ("UPDATE postings SET date = '2026-03-02' WHERE transaction_id = $1", "UPDATE 4"),
        ("UPDATE transactions SET date = '2026-03-02' WHERE id = $1", "UPDATE 1"),
        ("DELETE FROM postings WHERE transaction_id = $1", "DELETE 4"),
        ("DELETE FROM transactions WHERE id = $1", "DELETE 1"),
    ):
        assert await ledger.sql.execute(statement, ledger.first) == count
    await ledger.lock("2026-03-01")
    await ledger.sql.execute("SELECT set_config('farthing.book', $1, true)", street.theirs.book_id)
    changed = await ledger.sql.execute(
        "UPDATE postings SET memo = 'x' WHERE book_id = $1 AND date <= '2026-03-01'", UUID(street.theirs.book_id)
    )
    assert changed != "UPDATE 0"


async def test_the_lock_is_overridden_for_one_transaction_only(street: Street) -> None:
    book = UUID(street.ours.book_id)
    async with connected(street.url) as sql:
        async with sql.transaction():
            await sql.execute("SELECT set_config('farthing.override_lock', 'on', true)")
        transaction = sql.transaction()
        await transaction.start()
        await sql.execute("UPDATE books SET locked_until = '2999-12-31' WHERE id = $1", book)
        with pytest.raises(asyncpg.CheckViolationError, match="is locked"):
            await sql.execute("DELETE FROM postings WHERE book_id = $1", book)
        await transaction.rollback()


# --- A checkpoint doesn't keep to itself that it is broken, whoever writes ---


async def _state(ledger: Ledger, day: str, amount: str) -> UUID:
    """State what the account of the ledger's postings held; it does."""
    checkpoint = ids.new_id()
    await ledger.sql.execute(
        """
        INSERT INTO checkpoints (book_id, id, account_id, currency, date, amount, held, outstanding, difference, origin,
                                 created_revision, revision, created_at, changed_at)
        VALUES ($1, $2, $3, 'XAG', $4, $5, 77, 0, 0, 'manual', 1, 1, now(), now())
        """,
        ledger.book,
        checkpoint,
        ledger.accounts[0],
        dt.date.fromisoformat(day),
        Decimal(amount),
    )
    return checkpoint


SILVER = "UPDATE postings SET currency = 'XAG' WHERE transaction_id = $1"
DUES = "SET CONSTRAINTS checkpoint_true IMMEDIATE"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM postings WHERE transaction_id = $1 AND account_id IS NOT NULL",
        "UPDATE postings SET date = '2026-03-02' WHERE transaction_id = $1 AND amount > 0",
        "UPDATE postings SET status = 'pending' WHERE transaction_id = $1 AND amount > 0",
        "UPDATE postings SET account_id = '{other}' WHERE transaction_id = $1 AND amount > 0",
        (
            "INSERT INTO postings SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), "
            "'account_id', CASE WHEN amount > 0 THEN '{first}' ELSE '{other}' END))).* "
            "FROM postings p WHERE transaction_id = $1"
        ),
    ],
)
async def test_what_breaks_a_checkpoint_unsaid_is_refused_at_the_end(ledger: Ledger, statement: str) -> None:
    first, other = ledger.accounts
    await ledger.sql.execute(SILVER, ledger.first)
    await ledger.sql.execute(
        "UPDATE postings SET account_id = $2 WHERE transaction_id = $1 AND amount < 0", ledger.first, other
    )
    held = await ledger.sql.fetchval(
        "SELECT amount FROM postings WHERE transaction_id = $1 AND amount > 0", ledger.first
    )
    checkpoint = await _state(ledger, "2026-03-01", str(held))
    await ledger.sql.execute(DUES)
    await ledger.sql.execute("SET CONSTRAINTS checkpoint_true DEFERRED")
    assert not (await ledger.sql.execute(statement.format(first=first, other=other), ledger.first)).endswith(" 0")
    # Saying what is held, or forgetting the book, helps nobody.
    await ledger.sql.execute("UPDATE checkpoints SET held = amount WHERE id = $1", checkpoint)
    await ledger.sql.execute("SELECT set_config('farthing.book', '', true)")
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await ledger.sql.execute(DUES)
    assert refused.value.constraint_name == "checkpoint_true"


async def test_what_ends_where_it_began_or_says_how_far_it_is_passes(ledger: Ledger) -> None:
    await ledger.sql.execute(SILVER, ledger.first)
    checkpoint = await _state(ledger, "2026-03-01", "0")
    await ledger.sql.execute("UPDATE postings SET account_id = $2 WHERE transaction_id = $1 AND amount > 0",
                             ledger.first, ledger.accounts[1])  # fmt: skip
    await ledger.sql.execute("UPDATE postings SET account_id = $2 WHERE transaction_id = $1 AND amount > 0",
                             ledger.first, ledger.accounts[0])  # fmt: skip
    await ledger.sql.execute(DUES)
    await ledger.sql.execute("SET CONSTRAINTS checkpoint_true DEFERRED")
    await ledger.sql.execute("UPDATE checkpoints SET amount = 5 WHERE id = $1", checkpoint)
    await ledger.sql.execute(
        "UPDATE checkpoints SET difference = amount - held, broken_revision = 1 WHERE id = $1", checkpoint
    )
    await ledger.sql.execute(DUES)
    with pytest.raises(asyncpg.CheckViolationError, match="broken_since_a_revision"):
        await ledger.sql.execute("UPDATE checkpoints SET broken_revision = NULL WHERE id = $1", checkpoint)


async def test_a_new_person_sees_nothing_of_anyone(street: Street, client: Client) -> None:
    newcomer = await Person.registered(client)
    async with as_app(street.url, user=newcomer.id) as app:
        seen = await _seen(app, street.tables)
    assert seen == {"books": 1, "members": 1}, "their own first book and membership, and nothing else"
