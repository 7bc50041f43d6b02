from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest
from tests.entrypoints.cli.commands import answered, run, surroundings

from farthing.core import migrations
from farthing.core.settings import Settings
from farthing.entrypoints.cli.clerk import Clerk
from farthing.features.accounts.schemas import AccountCreate
from farthing.features.accounts.service.open import OpeningService
from farthing.features.identity.tokens import Tokens

PASSWORD = "correct horse battery staple"


@pytest.fixture
def ada(fresh_database_url: str) -> dict[str, str]:
    """Someone with a book, and an environment that names their database."""
    environment = {"FARTHING_DATABASE_URL": fresh_database_url}
    answered("user", "create", "--email", "ada@example.com", "--name", "Ada", **environment)
    return environment


def execute(url: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    async def go() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    return asyncio.run(go())


def test_the_database_is_brought_to_where_it_should_be(cli_data_dir: Path) -> None:
    place = ("--data-dir", cli_data_dir)
    head = migrations.head()
    assert answered("db", "current", *place) == {"revision": None, "head": head, "at_head": False}
    assert answered("db", "upgrade", *place) == {"revision": head, "migrated": True}
    assert answered("db", "upgrade", *place) == {"revision": head, "migrated": False}
    assert answered("db", "current", *place) == {"revision": head, "head": head, "at_head": True}


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("db", "upgrade"), ("verify",)])
def test_a_database_from_the_future_is_left_alone(
    fresh_database_url: str, cli_data_dir: Path, command: tuple[str, ...]
) -> None:
    execute(fresh_database_url, "UPDATE alembic_version SET version_num = '9999'")
    refused = run(*command, "--data-dir", cli_data_dir, FARTHING_DATABASE_URL=fresh_database_url)
    assert refused.returncode == 1
    assert "database_newer" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_database_that_others_use_isnt_migrated_unasked(fresh_database_url: str) -> None:
    execute(fresh_database_url, "DELETE FROM alembic_version")
    refused = run("demo", FARTHING_DATABASE_URL=fresh_database_url)
    assert refused.returncode == 1
    assert "database_behind" in refused.stderr


def test_no_database_is_a_line_without_its_address() -> None:
    refused = run("verify", FARTHING_DATABASE_URL="postgresql://ada:hush@127.0.0.1:1/finance_db")
    assert refused.returncode == 1
    assert "database_unreachable" in refused.stderr
    assert "hush" not in refused.stderr


def test_a_person_is_taken_in_where_registration_is_closed(ada: dict[str, str]) -> None:
    taken_in = run(
        *("user", "create", "--email", "bob@example.com", "--name", "Bob", "--book", "Flat", "--currency", "USD"),
        *("--no-starter", "--password-stdin", "--json"),
        said=f"{PASSWORD}\n",
        **ada,
    )
    assert taken_in.returncode == 0, taken_in.stderr
    assert PASSWORD not in taken_in.stdout + taken_in.stderr
    read = json.loads(taken_in.stdout)
    url = ada["FARTHING_DATABASE_URL"]
    (book,) = execute(url, "SELECT name, currency, revision FROM books WHERE id = $1", read["book_id"])
    assert (book["name"], book["currency"], book["revision"]) == ("Flat", "USD", 1)
    (kept,) = execute(url, "SELECT is_operator, default_book_id FROM users WHERE id = $1", read["user_id"])
    assert (kept["is_operator"], str(kept["default_book_id"])) == (False, read["book_id"])
    assert execute(url, "SELECT FROM sessions") == []


def test_a_made_password_is_printed_once_and_long_enough(fresh_database_url: str) -> None:
    environment = {"FARTHING_DATABASE_URL": fresh_database_url}
    made = answered("user", "create", "--email", "ada@example.com", "--name", "Ada", **environment)
    assert len(made["password"]) >= 20


def test_a_rule_that_is_broken_is_named_without_the_secret(ada: dict[str, str]) -> None:
    refused = run(
        *("user", "create", "--email", "bob@example.com", "--name", "Bob", "--password-stdin"), said="hush\n", **ada
    )
    assert refused.returncode == 1
    assert "password" in refused.stderr
    assert "hush" not in refused.stderr


def test_an_address_has_one_person(ada: dict[str, str]) -> None:
    refused = run("user", "create", "--email", "ADA@example.com", "--name", "Ada", **ada)
    assert refused.returncode == 1
    assert "email_taken" in refused.stderr


def test_who_has_lost_their_factors_gets_in_by_password_again(ada: dict[str, str]) -> None:
    url = ada["FARTHING_DATABASE_URL"]
    execute(
        url,
        """
        INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, synced, transports)
        SELECT gen_random_uuid(), id, 'Key', 'x', 'x', 0, false, '{}' FROM users WHERE email = 'ada@example.com'
        """,
    )
    execute(url, "INSERT INTO recovery_codes (user_id, digest) SELECT id, sha256('x') FROM users")
    removed = answered("user", "remove-factors", "--email", "Ada@example.com", **ada)
    assert removed == {"email": "Ada@example.com", "removed": 1}
    (kept,) = execute(url, "SELECT second_factor_since, second_factor_methods FROM users")
    assert tuple(kept) == (None, [])
    assert execute(url, "SELECT FROM recovery_codes UNION ALL SELECT FROM passkeys") == []
    events = execute(url, "SELECT event, details FROM security_events ORDER BY at DESC LIMIT 1")
    assert [row["event"] for row in events] == ["factors_removed"]
    refused = run("user", "remove-factors", "--email", "eve@example.com", **ada)
    assert refused.returncode == 1
    assert "person_unknown" in refused.stderr


def test_someone_is_deleted_with_what_is_theirs_alone(ada: dict[str, str]) -> None:
    refused = run("user", "delete", "--email", "ada@example.com", "--yes", **ada)
    assert refused.returncode == 1
    assert "operator_needed" in refused.stderr
    made = ("user", "create", "--email", "bob@example.com", "--name", "Bob", "--password-stdin")
    assert run(*made, said="quiet harbour lantern moss\n", **ada).returncode == 0
    kept = run("user", "delete", "--email", "bob@example.com", said="n\n", **ada)
    assert "Nothing was deleted." in kept.stderr
    gone = answered("user", "delete", "--email", "bob@example.com", "--yes", **ada)
    assert gone == {"email": "bob@example.com", "deleted": True}
    people = answered("user", "list", **ada)
    assert [each["email"] for each in people] == ["ada@example.com"]


def test_the_operator_of_the_machine_lets_people_in(ada: dict[str, str], tmp_path: Path) -> None:
    elsewhere = {
        **ada,
        "FARTHING_DATA_DIR": str(tmp_path),
        "FARTHING_LOCAL_LOGIN": "off",
        "FARTHING_OIDC_DISCOVERY_URL": "https://id.example.org/.well-known/openid-configuration",
        "FARTHING_OIDC_CLIENT_ID": "farthing",
    }
    pair = answered("user", "sign-in", "--email", "ada@example.com", **elsewhere)
    assert pair["token_type"] == "bearer"
    key = (tmp_path / "signing_key.pem").read_text("utf-8")
    actor = Tokens(key, seconds=600).read(pair["access_token"])
    (kept,) = execute(ada["FARTHING_DATABASE_URL"], "SELECT user_id, methods FROM sessions WHERE id = $1",
                      str(actor.session_id))  # fmt: skip
    assert (kept["user_id"], kept["methods"]) == (actor.user_id, ["operator"])


def test_settings_that_let_nobody_in_are_told_in_a_line(ada: dict[str, str]) -> None:
    refused = run("verify", **ada, FARTHING_LOCAL_LOGIN="off")
    assert refused.returncode == 1
    assert "FARTHING_LOCAL_LOGIN=off needs FARTHING_OIDC_DISCOVERY_URL" in refused.stderr


def test_a_file_is_imported_once(ada: dict[str, str], ofx: Path) -> None:
    bring = ("import", ofx, "--as", "ada@example.com", "--book", "household", "--account", "Assets:Checking")
    open_checking(ada)
    trial = answered(*bring, "--dry-run", **ada)
    assert (trial["created"], trial["dry_run"]) == (2, True)
    draft = answered(*bring, "--no-commit", **ada)
    assert (draft["created"], draft["state"]) == (2, "draft")
    first = answered(*bring, **ada)
    assert (first["created"], first["duplicates"], first["revision"]) == (2, 0, 3)
    second = answered(*bring, "--format", "ofx", **ada)
    assert (second["created"], second["duplicates"]) == (0, 2)
    operations = execute(ada["FARTHING_DATABASE_URL"], "SELECT operation FROM changes ORDER BY revision")
    assert [row["operation"] for row in operations] == ["cli.user_create", "test", "cli.import"]


def test_an_import_tells_people_what_became_of_the_lines(ada: dict[str, str], ofx: Path) -> None:
    open_checking(ada)
    done = run("import", ofx, "--as", "ada@example.com", "--account", "Assets:Checking", **ada)
    assert done.returncode == 0, done.stderr
    assert "Assets:Checking" in done.stdout
    assert "Corner Market" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--as", "nobody@example.com", "--account", "Assets:Checking"), "person_unknown"),
        (("--as", "ada@example.com", "--book", "Castle", "--account", "Assets:Checking"), "book_not_found"),
        (("--as", "ada@example.com", "--account", "Assets:Chequing"), "account_unknown"),
        (("--as", "ada@example.com", "--book", "019aad3e-7a10-7cc3-98c4-dc0c0c07398f"), "book_not_found"),
        (("--as", "ada@example.com", "--format", "doc"), "file_format_unknown"),
    ],
)
def test_an_import_that_cant_be_says_why(ada: dict[str, str], ofx: Path, options: tuple[str, ...], code: str) -> None:
    refused = run("import", ofx, *options, **ada)
    assert refused.returncode == 1
    assert code in refused.stderr
    assert "Traceback" not in refused.stderr


def test_two_books_of_a_name_are_told_apart_by_id(ada: dict[str, str], ofx: Path) -> None:
    url = ada["FARTHING_DATABASE_URL"]
    execute(
        url,
        """
        WITH twin AS (
            INSERT INTO books (id, name, currency, time_zone, locale, first_weekday, fiscal_year_start, head_hash)
            SELECT gen_random_uuid(), 'HOUSEHOLD', 'EUR', 'UTC', 'en', 1, '01-01', decode(repeat('00', 32), 'hex')
            RETURNING id)
        INSERT INTO members (book_id, user_id, role, created_revision, revision)
        SELECT twin.id, users.id, 'viewer', 1, 1 FROM twin, users RETURNING book_id
        """,
    )
    refused = run("import", ofx, "--as", "ada@example.com", "--book", "Household", **ada)
    assert "book_ambiguous" in refused.stderr
    (twin,) = execute(url, "SELECT id FROM books WHERE name = 'HOUSEHOLD'")
    assert str(twin["id"]) in refused.stderr
    # What a person may do in a book counts on the command line, too.
    refused = run("import", ofx, "--as", "ada@example.com", "--book", twin["id"], **ada)
    assert "permission_missing" in refused.stderr


def test_the_demo_is_the_same_each_time_and_holds(
    clone_two: tuple[str, str],
) -> None:
    happened = []
    for url in clone_two:
        made = answered("demo", FARTHING_DATABASE_URL=url)
        assert made["transactions"] > 150
        happened.append(
            execute(
                url,
                "SELECT t.date, t.ordinal, t.payee, p.position, a.full_name, p.amount, p.currency "
                "FROM postings p JOIN transactions t ON t.id = p.transaction_id JOIN accounts a ON a.id = p.account_id "
                "ORDER BY 1, 2, 4",
            )
        )
        proof = answered("verify", FARTHING_DATABASE_URL=url)
        assert (proof["holds"], proof["books"], proof["changes"]) == (True, 1, 4)
    assert happened[0] == happened[1]
    again = run("demo", FARTHING_DATABASE_URL=clone_two[0])
    assert again.returncode == 1
    assert "demo_there" in again.stderr
    assert execute(clone_two[0], "SELECT count(*) FROM books")[0][0] == 1


def test_something_wrong_is_named_with_exit_code_3(ada: dict[str, str]) -> None:
    execute(ada["FARTHING_DATABASE_URL"], "UPDATE books SET head_hash = decode(repeat('ff', 32), 'hex')")
    wrong = run("verify", **ada)
    assert wrong.returncode == 3
    assert "head_hash" in wrong.stdout
    found = run("verify", "--json", **ada)
    assert found.returncode == 3
    read = json.loads(found.stdout)
    assert read["totals"] == {"head_hash": 1}
    book_id = read["findings"][0]["book_id"]
    assert run("verify", "--book", book_id, **ada).returncode == 3
    stranger = run("verify", "--book", "019aad3e-7a10-7cc3-98c4-dc0c0c07398f", **ada)
    assert stranger.returncode == 1
    assert "book_not_found" in stranger.stderr


def test_the_api_is_described_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    assert run("openapi", "--output", file).returncode == 0
    described = json.loads(file.read_text("utf-8"))
    assert described["openapi"].startswith("3.")
    assert json.loads(run("openapi").stdout) == described


def test_it_says_what_it_is() -> None:
    assert answered("version").keys() == {"version"}
    assert run("--help").returncode == 0
    assert run("version").stdout.startswith("farthing ")


def test_to_call_it_wrongly_is_exit_code_2() -> None:
    assert run("user", "create").returncode == 2
    assert run("no-such-command").returncode == 2
    assert run("verify", "--book", "not-an-id").returncode == 2


def test_a_setting_that_is_wrong_is_named_without_its_value() -> None:
    refused = run("serve", FARTHING_POOL_SIZE="hush")
    assert refused.returncode == 1
    assert "FARTHING_POOL_SIZE" in refused.stderr
    assert "hush" not in refused.stderr


def test_a_folder_that_cant_be_is_told_in_a_line() -> None:
    refused = run("db", "current", "--data-dir", "/dev/null/data")
    assert refused.returncode == 1
    assert "/dev/null" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_bug_is_told_by_its_places_and_never_by_its_text() -> None:
    broken = """
from farthing.entrypoints.cli import main

@main.app.command()
def broken() -> None:
    raise ValueError("12.50 to the Corner Market")

main.main()
"""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", broken, "broken"],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(),
    )
    assert ended.returncode == 70
    assert "ValueError" in ended.stderr
    assert " broken" in ended.stderr
    assert "Corner Market" not in ended.stdout + ended.stderr


def open_checking(environment: dict[str, str]) -> None:
    """Open a checking account in the one book there is."""

    async def go() -> None:
        async with Clerk(Settings(database_url=environment["FARTHING_DATABASE_URL"])) as clerk:  # type: ignore[arg-type]
            actor = await clerk.person("ada@example.com")
            async with clerk.write(actor, None, needs="accounts:write", operation="test") as work:
                await OpeningService(work).open(
                    AccountCreate.model_validate(
                        {"name": "Checking", "kind": "asset", "type": "checking", "currency": "EUR"}
                    )
                )

    asyncio.run(go())


@pytest.fixture
def clone_two(clone: Callable[[], AbstractContextManager[str]]) -> Iterator[tuple[str, str]]:
    """Two empty databases."""
    with clone() as one, clone() as two:
        yield one, two


def test_who_forgot_their_password_is_handed_a_link(fresh_database_url: str) -> None:
    database = {"FARTHING_DATABASE_URL": fresh_database_url}
    answered("user", "create", "--email", "ada@example.com", "--name", "Ada", **database)
    made = answered("user", "reset-link", "--email", "ADA@example.com", **database)
    assert made["token"].startswith("prt_")
    assert made["link"] is None
    public = {**database, "FARTHING_PUBLIC_URL": "https://money.example.org"}
    said = run("user", "reset-link", "--email", "ada@example.com", **public)
    assert "https://money.example.org/reset-password#token=prt_" in said.stdout
    unknown = run("user", "reset-link", "--email", "bob@example.com", **database)
    assert (unknown.returncode, unknown.stdout) == (1, "")
