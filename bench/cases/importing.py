"""Importing a bank's file, against the least SQL that keeps the same: rows into a temporary table, and from there.

The whole of it is one case; the booking alone, from the rows that lie ready to the transactions that they become, is
another: there both sides do the same, `INSERT … SELECT` a table.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from bench import pgbench, processes
from bench.figures import Round
from bench.households import Household
from bench.rounds import used_by
from bench.service import Reply, ServiceFailed
from bench.stage import BooksWrong, Stage

WHOLE, BOOKING = "import", "import-booking"
NAMES = (WHOLE,)
"""By which both are asked for."""
ROWS = 100_000
QUICK_ROWS = 5_000
BOUNDARY = "bench-boundary"
LOOK_EVERY_SECONDS = 0.05
COPIED = """
BEGIN;
SELECT * FROM open_for_write('{person}', '{sitting}', '{book}', NULL) \\gset
SELECT set_config('statement_timeout', '600000', true);
CREATE TEMPORARY TABLE brought (line bigint, date date, payee text, amount numeric) ON COMMIT DROP;
\\copy brought FROM '{file}' WITH (FORMAT csv)
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT b.*, uuidv7() AS id, uuidv7() AS one, uuidv7() AS other, (:revision + 1) * 1048576::bigint + line AS ordinal,
       sha256(convert_to('{account}' || date || amount || payee || line, 'UTF8')) AS mark
  FROM brought b;
ANALYZE made;
SELECT count(*) FROM made m JOIN statement_lines s
    ON s.book_id = '{book}' AND s.account_id = '{account}' AND s.fingerprint = m.mark;
SELECT extract(epoch FROM clock_timestamp()) AS ready \\gset
INSERT INTO transactions (book_id, id, date, ordinal, kind, description, metadata, created_revision, revision,
                          created_at, changed_at)
SELECT '{book}', id, date, ordinal, 'ordinary', payee, '{{}}', :revision + 1, :revision + 1, now(), now() FROM made;
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status,
                      generated)
SELECT '{book}'::uuid, one, id, 0, '{account}'::uuid, date, ordinal, amount, 'EUR', 'cleared', false FROM made
UNION ALL
SELECT '{book}'::uuid, other, id, 1, '{category}'::uuid, date, ordinal, -amount, 'EUR', 'cleared', false FROM made;
INSERT INTO imports (book_id, id, state, format, account_id, outcome, created_revision, revision, created_at,
                     changed_at)
SELECT '{book}', gen_random_uuid(), 'committed', 'csv', '{account}', '{{}}', :revision + 1, :revision + 1, now(), now()
RETURNING id AS import \\gset
INSERT INTO statement_lines (book_id, created_revision, revision, created_at, changed_at, id, account_id, import_id,
                             line, fingerprint, date, amount, currency, original, transaction_id, posting_id)
SELECT '{book}', :revision + 1, :revision + 1, now(), now(), uuidv7(), '{account}', :'import', line, mark, date, amount,
       'EUR', jsonb_build_object('Date', date, 'Description', payee, 'Amount', amount), id, one
  FROM made;
WITH change AS (
    INSERT INTO changes (book_id, revision, at, actor_id, operation, payload_digest, hash)
    VALUES ('{book}', :revision + 1, now(), '{person}', 'create_import', sha256('bench'), sha256('bench'))
)
UPDATE books SET revision = :revision + 1, head_hash = sha256('bench') WHERE id = '{book}';
COMMIT;
SELECT extract(epoch FROM clock_timestamp()) - :ready;
"""


def lines(count: int) -> list[tuple[str, str, str]]:
    """The rows of a statement: the same each time, oldest first."""
    days = [f"{2024 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(336 * 2)]
    return [
        (days[n * len(days) // count], f"Shop {n % 997} ref {n}", f"-{1 + n * 31 % 200}.{n * 7 % 90 + 10}")
        for n in range(count)
    ]


def play(stage: Stage, count: int) -> tuple[Round, Round]:
    """One round: psql, the service, psql; each with a new household. Answers with the whole and the booking alone.

    Raises:
        BooksWrong: not every row became a transaction.
        ServiceFailed: the file was refused.
    """
    rows = lines(count)
    file = "Date,Description,Amount\n" + "".join(f"{day},{text},{amount}\n" for day, text, amount in rows)
    copied = stage.folder / "brought.csv"
    copied.write_text("".join(f"{place},{','.join(row)}\n" for place, row in enumerate(rows, 2)), "utf-8")
    homes = [Household.founded(stage.service) for _ in range(3)]
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="account"\r\n\r\nAssets:Checking\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bank.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
    ).encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **homes[1].headers()}

    before = _by_psql(stage, homes[0], count, str(copied))
    start = used_by(stage, stage.service, 0.0)
    began = time.perf_counter()
    with stage.watching_memory():
        reply = stage.service.ask("POST", f"{homes[1].root}/imports", body, headers)
        staged, at = time.perf_counter(), used_by(stage, stage.service, 0.0)
        created = _created(stage, homes[1], reply)
        ended = time.perf_counter()
    end = used_by(stage, stage.service, 0.0)
    if created != count or stage.transactions([homes[1]]) != count:
        raise BooksWrong(f"import: {count} rows, {stage.transactions([homes[1]])} transactions")
    after = _by_psql(stage, homes[2], count, str(copied))
    stage.check_balanced(homes)
    stage.homes.append(homes[1])
    others = max(end.since(start).others, before.used.others, after.used.others)
    postgres_us = (before.used.postgres + after.used.postgres) / 2 / count * 1e6
    return (
        _round(count, ended - began, end.since(start), (before.took, after.took), postgres_us, others),
        _round(count, ended - staged, end.since(at), (before.booking, after.booking), None, others),
    )


def _round(
    count: int,
    took: float,
    used: processes.Usage,
    psql_took: tuple[float, float],
    psql_postgres_us: float | None,
    others: float,
) -> Round:
    return Round(
        per_second=count / took,
        pgbench_per_second=tuple(count / each for each in psql_took),
        bare_per_second=None,
        p50_ms=took * 1000,
        p99_ms=took * 1000,
        python_us=used.service / count * 1e6,
        postgres_us=used.postgres / count * 1e6,
        pgbench_postgres_us=psql_postgres_us,
        load_cores=0.0,
        others=others,
    )


def _created(stage: Stage, home: Household, reply: Reply) -> int:
    """How many transactions were made, by the request or by the job that it was put off to.

    Raises:
        ServiceFailed: the file was refused.
    """
    if reply.status == HTTPStatus.CREATED:
        return int(json.loads(reply.body)["created"])
    if reply.status != HTTPStatus.ACCEPTED:
        raise ServiceFailed(f"import answered {reply.status}: {reply.body[:500]!r}")
    path = f"{home.root}/jobs/{json.loads(reply.body)['id']}"
    while True:
        job = json.loads(stage.service.ask("GET", path, None, home.headers()).body)
        if job["state"] == "succeeded":
            return int(job["result"]["created"])
        if job["ended_at"] is not None:
            raise ServiceFailed(f"import ended as {job['state']}: {job}")
        time.sleep(LOOK_EVERY_SECONDS)


@dataclass(frozen=True, slots=True)
class Brought:
    """What psql took, in seconds: for all of it, and for booking what lay ready."""

    took: float
    booking: float
    used: processes.Usage


def _by_psql(stage: Stage, home: Household, count: int, file: str) -> Brought:
    named = {name: value for value, name in home.variables().items()}
    script = COPIED.format(
        person=home.user_id,
        sitting=named["sitting"],
        book=home.book_id,
        account=home.accounts["Assets:Checking"],
        category=_uncategorised(home),
        file=file,
    )
    start = used_by(stage, stage.service)
    began = time.perf_counter()
    told = pgbench.psql(script, stage.cluster.url, as_app=True)
    took = time.perf_counter() - began
    used = used_by(stage, stage.service).since(start)
    if stage.transactions([home]) != count:
        raise BooksWrong("psql brought another number of rows")
    return Brought(took, float(told.split()[-1]), used)


def _uncategorised(home: Household) -> UUID:
    return next(id_ for name, id_ in home.accounts.items() if name.startswith("Expenses:Uncategori"))
