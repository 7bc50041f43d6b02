from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from pydantic import SecretStr
from tests.features.proofs.conftest import Vandal
from tests.household import Household, serving

from farthing.core.connection import Begin, Connection
from farthing.core.database import Database, owner_connection
from farthing.core.settings import Settings
from farthing.features.proofs.findings import MAX_SHOWN, Finding, Kind
from farthing.features.proofs.service import ProofService


async def test_a_book_as_the_service_keeps_it_holds(vandal: Vandal) -> None:
    proof = await vandal.prove()
    assert proof.findings == []
    assert proof.holds
    assert (proof.books, proof.transactions, proof.changes) == (1, 3, 13)


BREAKS = {
    "an amount is altered": (
        (
            "UPDATE postings SET amount = amount + 1 WHERE book_id = :book AND id IN "
            "(SELECT id FROM postings WHERE book_id = :book AND currency = 'USD' LIMIT 1)"
        ),
        Kind.TRANSACTION_UNBALANCED,
    ),
    "postings are gone": (
        (
            "DELETE FROM postings WHERE book_id = :book AND transaction_id IN "
            "(SELECT transaction_id FROM postings WHERE book_id = :book LIMIT 1)"
        ),
        Kind.TRANSACTION_EMPTY,
    ),
    "a posting is on another day": (
        (
            "UPDATE postings SET date = date + 1 WHERE book_id = :book AND id IN "
            "(SELECT id FROM postings WHERE book_id = :book LIMIT 1)"
        ),
        Kind.POSTING_MISPLACED,
    ),
    "a posting is at another place in the day": (
        (
            "UPDATE postings SET ordinal = ordinal + 1 WHERE book_id = :book AND id IN "
            "(SELECT id FROM postings WHERE book_id = :book LIMIT 1)"
        ),
        Kind.POSTING_MISPLACED,
    ),
    "a transaction is gone": (
        "DELETE FROM transactions WHERE book_id = :book AND payee IS NOT NULL",
        Kind.POSTING_ORPHANED,
    ),
    "an account's currency is altered": (
        "UPDATE accounts SET currency = 'JPY' WHERE book_id = :book AND full_name = 'Assets:Dollars'",
        Kind.POSTING_CURRENCY,
    ),
    "a change is gone": ("DELETE FROM changes WHERE book_id = :book AND revision = 3", Kind.REVISION_MISSING),
    "the last change is gone": ("DELETE FROM changes WHERE book_id = :book AND revision = 13", Kind.REVISION_MISSING),
    "all changes are gone": ("DELETE FROM changes WHERE book_id = :book", Kind.REVISION_MISSING),
    "the book was set back": ("UPDATE books SET revision = revision - 1 WHERE id = :book", Kind.REVISION_BEYOND),
    "the head is altered": (
        "UPDATE books SET head_hash = decode(repeat('ab', 32), 'hex') WHERE id = :book",
        Kind.HEAD_HASH,
    ),
    "an operation is altered": (
        "UPDATE changes SET operation = 'nothing' WHERE book_id = :book AND revision = 4",
        Kind.CHAIN_BROKEN,
    ),
    "an actor is altered": (
        "UPDATE changes SET actor_id = gen_random_uuid() WHERE book_id = :book AND revision = 4",
        Kind.CHAIN_BROKEN,
    ),
    "an instant is altered": (
        "UPDATE changes SET at = at + interval '1 microsecond' WHERE book_id = :book AND revision = 4",
        Kind.CHAIN_BROKEN,
    ),
    "a summary is altered": (
        "UPDATE changes SET summary = 'Nothing.' WHERE book_id = :book AND revision = 4",
        Kind.PAYLOAD_ALTERED,
    ),
    "a payload is altered": (
        "UPDATE changes SET payload = '{}' WHERE book_id = :book AND revision = 4",
        Kind.PAYLOAD_ALTERED,
    ),
    "only the salt is gone": (
        "UPDATE changes SET salt = NULL WHERE book_id = :book AND revision = 4",
        Kind.PAYLOAD_ALTERED,
    ),
    "a checkpoint's account isn't what it was": (
        "UPDATE checkpoints SET held = held + 1 WHERE book_id = :book",
        Kind.CHECKPOINT,
    ),
    "a checkpoint says another amount": (
        "UPDATE checkpoints SET amount = amount + 1 WHERE book_id = :book",
        Kind.CHECKPOINT,
    ),
    "what a checkpoint counts is gone": (
        "UPDATE postings SET status = 'pending' WHERE book_id = :book AND date = '2026-03-01'",
        Kind.CHECKPOINT,
    ),
    "a checkpoint is forgotten": ("DELETE FROM checkpoints WHERE book_id = :book", Kind.CHECKED_UNTIL),
    "a checkpoint is from the future": (
        "UPDATE checkpoints SET revision = 99 WHERE book_id = :book",
        Kind.RECORD_REVISION,
    ),
    "an image belongs to no change": (
        "UPDATE history SET revision = 99 WHERE book_id = :book AND kind = 'transaction' AND revision = 5",
        Kind.HISTORY_ORPHANED,
    ),
    "a transaction is from the future": (
        "UPDATE transactions SET revision = 99 WHERE book_id = :book",
        Kind.RECORD_REVISION,
    ),
    "an account is older than it was made": (
        "UPDATE accounts SET created_revision = 7 WHERE book_id = :book AND full_name = 'Assets:Dollars'",
        Kind.RECORD_REVISION,
    ),
    "a name was only half changed": (
        "UPDATE accounts SET name = 'Meals' WHERE book_id = :book AND full_name = 'Expenses:Food'",
        Kind.ACCOUNT_NAME,
    ),
    "a name's key is altered": (
        "UPDATE accounts SET name_key = 'x' WHERE book_id = :book AND full_name = 'Expenses:Food'",
        Kind.ACCOUNT_NAME,
    ),
    "a parent is gone": (
        "DELETE FROM accounts WHERE book_id = :book AND full_name = 'Expenses:Food'",
        Kind.ACCOUNT_PARENT,
    ),
    "a parent is of another kind": (
        (
            "UPDATE accounts SET parent_id ="
            " (SELECT id FROM accounts WHERE book_id = :book AND full_name = 'Income:Gifts')"
            " WHERE book_id = :book AND full_name = 'Expenses:Food'"
        ),
        Kind.ACCOUNT_PARENT,
    ),
    "a system account is gone": (
        "UPDATE accounts SET role = NULL WHERE book_id = :book AND role = 'opening_balances'",
        Kind.SYSTEM_ACCOUNT_MISSING,
    ),
    "all accounts are gone": ("DELETE FROM accounts WHERE book_id = :book", Kind.SYSTEM_ACCOUNT_MISSING),
    "a payee was only half renamed": ("UPDATE payees SET name = 'x' WHERE book_id = :book", Kind.PAYEE_NAME),
    "a payee's key is altered": ("UPDATE payee_names SET key = 'x' || key WHERE book_id = :book", Kind.PAYEE_NAME),
    "a payee's name is gone": ("DELETE FROM payee_names WHERE book_id = :book", Kind.PAYEE_NAME),
    "an alias is altered": (
        "UPDATE payee_names SET name = 'x' WHERE book_id = :book AND key = 'noodles'",
        Kind.PAYEE_NAME,
    ),
    "a default category is none": (
        (
            "UPDATE payees SET default_category_id ="
            " (SELECT id FROM accounts WHERE book_id = :book AND full_name = 'Assets:Dollars')"
            " WHERE book_id = :book"
        ),
        Kind.PAYEE_CATEGORY,
    ),
    "a default category is gone": (
        "UPDATE payees SET default_category_id = gen_random_uuid() WHERE book_id = :book",
        Kind.PAYEE_CATEGORY,
    ),
    "a payee is from the future": ("UPDATE payees SET revision = 99 WHERE book_id = :book", Kind.RECORD_REVISION),
    "a job stands in no queue": (
        "DELETE FROM queued_jobs USING jobs j WHERE j.queue_number = queued_jobs.id AND j.book_id = :book",
        Kind.JOB_LOST,
    ),
    "a dead letter isn't one": (
        "UPDATE queued_jobs q SET status = 'failed' FROM jobs j WHERE j.queue_number = q.id AND j.book_id = :book",
        Kind.JOB_LOST,
    ),
    "nobody owns it": ("UPDATE members SET role = 'viewer' WHERE book_id = :book", Kind.OWNER_MISSING),
    "a month's sum is altered": (
        "UPDATE month_sums SET amount = amount + 0.01 WHERE book_id = :book AND currency = 'USD'",
        Kind.MONTH_SUM,
    ),
    "a month's sum is gone": ("DELETE FROM month_sums WHERE book_id = :book AND currency = 'USD'", Kind.MONTH_SUM),
    "a month's count is altered": ("UPDATE month_sums SET postings = 7 WHERE book_id = :book", Kind.MONTH_SUM),
    "a valuation is altered": ("UPDATE valuations SET amount = amount + 1 WHERE book_id = :book", Kind.VALUATION),
    "a valuation is of another day": ("UPDATE valuations SET date = date - 1 WHERE book_id = :book", Kind.VALUATION),
    "a valuation is gone": ("DELETE FROM valuations WHERE book_id = :book", Kind.VALUATION),
    "what a valuation books is anyone's": (
        "UPDATE transactions SET kind = 'ordinary' WHERE book_id = :book AND kind = 'valuation'",
        Kind.VALUATION,
    ),
    "a group is of a revision to come": (
        "UPDATE account_groups SET revision = 1000 WHERE book_id = :book",
        Kind.RECORD_REVISION,
    ),
    "sums are no longer kept": ("DROP TRIGGER month_sums_update ON postings", Kind.TRIGGER_OFF),
    "a trigger is off": ("ALTER TABLE postings DISABLE TRIGGER postings_balance_update", Kind.TRIGGER_OFF),
    "a trigger is gone": ("DROP TRIGGER postings_balance_insert ON postings", Kind.TRIGGER_OFF),
    "the lock is no longer held": ("DROP TRIGGER period_lock_delete ON postings", Kind.TRIGGER_OFF),
    "checkpoints no longer follow": ("DROP TRIGGER postings_checked_update ON postings", Kind.TRIGGER_OFF),
    "checkpoints may lie": ("ALTER TABLE checkpoints DISABLE TRIGGER checkpoint_true", Kind.TRIGGER_OFF),
    "the lock is no longer held for tags": ("DROP TRIGGER period_lock_delete ON transaction_tags", Kind.TRIGGER_OFF),
    "the lock is off": ("ALTER TABLE transactions DISABLE TRIGGER period_lock_facts", Kind.TRIGGER_OFF),
}


@pytest.mark.parametrize(("statement", "kind"), BREAKS.values(), ids=BREAKS)
async def test_what_is_broken_behind_its_back_is_named(vandal: Vandal, statement: str, kind: Kind) -> None:
    await vandal.break_it(statement)
    proof = await vandal.prove()
    assert not proof.holds
    assert kind in proof.totals
    named = [finding for finding in proof.findings if finding.kind is kind]
    in_book = kind is not Kind.TRIGGER_OFF
    assert {finding.book_id for finding in named} == ({vandal.book_id} if in_book else {None})
    assert all(finding.why for finding in named)


async def test_a_finding_names_the_record_and_repeats_nothing_that_is_written_in_it(vandal: Vandal) -> None:
    transaction_id = await vandal.one("id", "transactions", "AND payee IS NOT NULL")
    await vandal.break_it(
        "UPDATE postings SET amount = 77.77 WHERE book_id = :book AND amount > 0 AND transaction_id IN "
        "(SELECT id FROM transactions WHERE book_id = :book AND payee IS NOT NULL)"
    )
    (finding,) = (each for each in (await vandal.prove()).findings if each.kind is not Kind.MONTH_SUM)
    assert finding == Finding(
        Kind.TRANSACTION_UNBALANCED, vandal.book_id, transaction_id, "its postings in EUR don't sum to zero"
    )


async def test_one_altered_change_is_one_finding(vandal: Vandal) -> None:
    await vandal.break_it("UPDATE changes SET operation = 'nothing' WHERE book_id = :book AND revision = 4")
    (finding,) = (await vandal.prove()).findings
    assert (finding.kind, finding.record) == (Kind.CHAIN_BROKEN, "revision 4")


async def test_a_gap_is_one_finding_that_says_how_far_it_goes(vandal: Vandal) -> None:
    await vandal.break_it("DELETE FROM history WHERE book_id = :book")
    await vandal.break_it("DELETE FROM changes WHERE book_id = :book AND revision BETWEEN 3 AND 5")
    (finding,) = (await vandal.prove()).findings
    assert (finding.kind, finding.record) == (Kind.REVISION_MISSING, "revision 3")
    assert finding.why == "the changes up to revision 5 are missing"


async def test_erased_words_leave_the_chain_whole(vandal: Vandal) -> None:
    await vandal.break_it(
        "UPDATE changes SET summary = NULL, payload = NULL, salt = NULL WHERE book_id = :book AND revision = 4"
    )
    assert (await vandal.prove()).holds
    await vandal.break_it("UPDATE changes SET operation = 'nothing' WHERE book_id = :book AND revision = 4")
    assert (await vandal.prove()).totals.keys() == {Kind.CHAIN_BROKEN}


async def test_many_findings_are_counted_and_the_first_are_told(vandal: Vandal) -> None:
    await vandal.break_it(
        "INSERT INTO transactions"
        " (book_id, id, date, ordinal, kind, created_revision, revision, created_at, changed_at)"
        " SELECT :book, gen_random_uuid(), '2026-01-01', n, 'ordinary', 1, 1, now(), now()"
        " FROM generate_series(1, 250) n"
    )
    proof = await vandal.prove()
    assert proof.totals == {Kind.TRANSACTION_EMPTY: 250}
    assert len(proof.findings) == MAX_SHOWN


@asynccontextmanager
async def _connections(url: str) -> AsyncIterator[tuple[Connection, Connection]]:
    async with (
        owner_connection(url) as owner,
        Database(Settings(database_url=SecretStr(url))) as database,
        database.connect() as app,
    ):
        await owner.begin(Begin.READING)
        yield owner, app


async def test_all_books_are_looked_at_and_the_wall_too(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, registration="open") as client:
        homes = [await Household.founded(client) for _ in range(3)]
        await homes[1].record("-5.00")
    superuser = await asyncpg.connect(fresh_database_url)
    try:
        steps: list[tuple[int, int]] = []
        async with _connections(fresh_database_url) as (owner, app):
            proof = await ProofService(owner, app).prove(lambda done, total: steps.append((done, total)))
        assert proof.holds
        assert (proof.books, proof.transactions) == (3, 1)
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]

        await superuser.execute("ALTER TABLE postings NO FORCE ROW LEVEL SECURITY")
        await superuser.execute("ALTER TABLE members DISABLE ROW LEVEL SECURITY")
        async with _connections(fresh_database_url) as (owner, app):
            (finding,) = (await ProofService(owner, app).prove()).findings
        assert (finding.kind, finding.book_id) == (Kind.WALL_DOWN, None)
        assert "members" in finding.why
        assert "postings" in finding.why
    finally:
        await superuser.close()
