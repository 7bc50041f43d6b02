"""What the sums of months cost each write, and what they save each read.

``month_sums`` follows the postings by triggers, so that a balance needn't add up the years. Both sides of that bargain
are taken with ``pgbench``: writing with the triggers on and off, on a stage of its own that is thrown away; and reading
a balance and a trial balance from the sums and from the postings alone, as the service's role behind its policies, on
books of each size. Both ways of reading must answer the same.
"""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import pgbench
from bench.cases.reading import PATHS
from bench.cases.recording import ONE_LINE
from bench.figures import MOST_OTHERS, rounded
from bench.households import LAST_DAY, Household
from bench.rounds import used_by
from bench.stage import BooksWrong, Stage
from bench.statements import OPENS, Rewriter, Script, Sent

NAMES = ("sums",)
PAIRS = 7
QUICK_PAIRS = 2
READS = 3
QUICK_READS = 1
READ_SECONDS = 1
WRITE_SECONDS = 2
CLIENTS = 8
LOT = 1_000
"""Transactions in the large write: what an import sends in one statement."""
SWITCH = "ALTER TABLE postings {does} TRIGGER month_sums_insert"
SUMS = "month_sums"
UNTENDED = "ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf();"
"""Lest PostgreSQL tidies up after one run during the other, at the other's cost."""
QUESTIONS = ("balance", "trial-balance")
OF_ACCOUNTS = re.compile(r"ANY\(CAST\(\$\d+ AS uuid\[\]\)\)")
WRITE_LOT = f"""\\if :first_turn
SELECT max(value) FILTER (WHERE name = 'person') AS person, max(value) FILTER (WHERE name = 'sitting') AS sitting,
       max(value) FILTER (WHERE name = 'book') AS book, max(value) FILTER (WHERE name = 'one') AS one,
       max(value) FILTER (WHERE name = 'other') AS other
  FROM bench.variables WHERE script = 'lot' \\gset
\\set first_turn 0
\\endif
BEGIN;
SELECT * FROM open_for_write(:person, :sitting, :book, NULL) \\gset
\\set next :revision + 1
\\set ordinal :next * 1048576
WITH made AS MATERIALIZED (
    SELECT n, uuidv7() AS id, DATE '2026-01-01' + n::int % 300 AS date, :ordinal + n AS ordinal, 1 + n % 200 AS amount
      FROM generate_series(1, {LOT}::bigint) n
), written AS (
    INSERT INTO transactions (book_id, id, date, ordinal, kind, payee, metadata, created_revision, revision, created_at,
                              changed_at)
    SELECT :book, id, date, ordinal, 'ordinary', 'Shop ' || n, '{{}}', :next, :next, now(), now() FROM made
)
INSERT INTO postings (book_id, id, transaction_id, position, account_id, date, ordinal, amount, currency, status,
                      generated)
SELECT :book, uuidv7(), m.id, p.position, p.account, m.date, m.ordinal, p.sign * m.amount, 'EUR', 'cleared', false
  FROM made m, (VALUES (0, :one::uuid, -1), (1, :other::uuid, 1)) AS p (position, account, sign);
UPDATE books SET revision = :next WHERE id = :book;
COMMIT;
"""
"""A lot of transactions over ten months, in one statement."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One run of writes."""

    per_second: float
    postgres_us: float
    """CPU time of PostgreSQL for each of ``pgbench``'s transactions."""
    others: float
    """Cores that other programs kept busy."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same writes with the sums and without, one right after the other."""

    on: Taken
    off: Taken

    @property
    def counts(self) -> bool:
        """Whether the machine was quiet enough."""
        return max(self.on.others, self.off.others) <= MOST_OTHERS


def written(stage: Stage, pairs: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """What a write takes with the sums and without, of one transaction and of a lot of them.

    The stage is of no use afterwards: its sums don't follow from its postings.
    """
    pgbench.psql(UNTENDED, stage.cluster.url, as_app=False)
    stage.settle(CLIENTS)
    homes = stage.pgbench_homes[:CLIENTS]
    one = stage.recording("sums-record", homes, ONE_LINE)
    lot = stage.put_text("lot", WRITE_LOT, f"INSERT INTO bench.variables VALUES {_variables(homes[0])}")
    return [
        {"name": "one transaction", "transactions": 1, **_switched(stage, one, CLIENTS, pairs, say)},
        {"name": f"{LOT:,} transactions", "transactions": LOT, **_switched(stage, lot, 1, pairs, say)},
    ]


def _variables(home: Household) -> str:
    named = {name: value for value, name in home.variables().items()}
    values = {
        **{name: named[name] for name in ("person", "sitting", "book")},
        "one": home.accounts["Assets:Checking"],
        "other": home.accounts["Expenses:Food:Groceries"],
    }
    return ", ".join(f"('lot', -1, '{name}', '{value}')" for name, value in values.items())


def _switched(
    stage: Stage, script: Path, clients: int, pairs: int, say: Callable[[str], None]
) -> dict[str, float | int | None]:
    """The same script with the triggers on and off in turn, begun with the other one each time."""
    pgbench.run(script, stage.cluster.url, clients=clients, seconds=WRITE_SECONDS)
    taken = []
    for number in range(pairs):
        say(f"sums, {script.stem}: pair {number + 1} of {pairs}")
        found = {
            does: _taken(stage, script, clients, does)
            for does in (("ENABLE", "DISABLE") if number % 2 else ("DISABLE", "ENABLE"))
        }
        taken.append(Pair(found["ENABLE"], found["DISABLE"]))
    return cost(taken)


def _taken(stage: Stage, script: Path, clients: int, does: str) -> Taken:
    pgbench.psql(f"{SWITCH.format(does=does)};", stage.cluster.url, as_app=False)
    before = used_by(stage, stage.service)
    run = pgbench.run(script, stage.cluster.url, clients=clients, seconds=WRITE_SECONDS)
    used = used_by(stage, stage.service).since(before)
    return Taken(run.per_second, used.postgres / run.transactions * 1e6, used.others)


def cost(pairs: Sequence[Pair]) -> dict[str, float | int | None]:
    """What the sums cost: medians of the pairs that nobody disturbed, or of all where none was left alone."""
    quiet = [pair for pair in pairs if pair.counts]
    kept = quiet or pairs
    more = statistics.median(pair.on.postgres_us - pair.off.postgres_us for pair in kept)
    least = statistics.median(pair.off.postgres_us for pair in kept)
    return {
        "per_second": rounded(statistics.median(pair.on.per_second for pair in kept)),
        "without_per_second": rounded(statistics.median(pair.off.per_second for pair in kept)),
        "without_postgres_us": rounded(least),
        "cost_us": rounded(more),
        "cost_percent": round(more / least * 100, 1),
        "pairs": len(quiet),
        "dropped_pairs": len(pairs) - len(quiet),
    }


def read(stage: Stage, sizes: Sequence[int], times: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """What balances take from the sums and from the postings alone, for each size of book; one client.

    Raises:
        BooksWrong: the two ways answer differently.
    """
    found = []
    for size in sizes:
        home = stage.filled(size)
        for question in QUESTIONS:
            say(f"sums, {question} of {size:,} transactions")
            path, headers = PATHS[question](home)
            sent, _ = stage.catch(home, "GET", path, headers=headers)
            scripts = {
                way: Rewriter(f"{way}-{question}-{size}", home.variables()).script(statements)
                for way, statements in (("sums", by_sums(sent)), ("postings", by_postings(sent, LAST_DAY)))
            }
            _check_same(stage, home, question, scripts)
            files = {way: stage.put(f"{way}-{question}-{size}", script, [home]) for way, script in scripts.items()}
            took = {way: _milliseconds(stage, file, times) for way, file in files.items()}
            found.append(
                {
                    "name": question,
                    "transactions": size,
                    "sums_ms": rounded(took["sums"]),
                    "postings_ms": rounded(took["postings"]),
                    "saved": rounded(took["postings"] / took["sums"]),
                }
            )
    return found


def by_sums(sent: Sequence[Sent]) -> list[Sent]:
    """Of a question's statements those that open the book and ask the sums.

    Raises:
        BooksWrong: it isn't answered by one statement that asks them.
    """
    opening = [each for each in sent if OPENS in each.sql]
    asking = [each for each in sent if SUMS in each.sql]
    if len(opening) != 1 or len(asking) != 1:
        raise BooksWrong(f"a balance took {len(asking)} statements that ask the sums")
    return [*opening, *asking]


def by_postings(sent: Sequence[Sent], until: dt.date) -> list[Sent]:
    """The same question, put to the postings alone."""
    opening, asking = by_sums(sent)
    book = asking.values[0]
    accounts = asking.values[1] if OF_ACCOUNTS.search(asking.sql) else None
    those = "" if accounts is None else " AND account_id = ANY(CAST($3 AS uuid[]))"
    raw = replace(
        asking,
        sql="SELECT account_id, currency, sum(amount) AS amount FROM postings "
        f"WHERE book_id = $1 AND date <= $2{those} GROUP BY account_id, currency ORDER BY account_id, currency",
        values=(book, until) if accounts is None else (book, until, accounts),
    )
    return [opening, raw]


def _check_same(stage: Stage, home: Household, question: str, scripts: dict[str, Script]) -> None:
    answers = set()
    for script in scripts.values():
        values = {name: value for value, name in home.variables().items()} | dict(script.constants)
        text = script.text[script.text.index("BEGIN") :]
        head = "".join(f"\\set {name} '{value}'\n" for name, value in values.items())
        # Of pgbench a bare :name is a value; psql wants to be told to quote it.
        answers.add(pgbench.psql(head + re.sub(r"(?<!:):([a-z]\w*)", r":'\1'", text), stage.cluster.url, as_app=True))
    # The first line is what opening the book answers.
    if len(answers) != 1 or not answers.pop().splitlines()[1:]:
        raise BooksWrong(f"{question}: the sums don't answer what the postings do")


def _milliseconds(stage: Stage, file: Path, times: int) -> float:
    runs = [pgbench.run(file, stage.cluster.url, clients=1, seconds=READ_SECONDS) for _ in range(times)]
    return statistics.median(run.latency_ms for run in runs)
