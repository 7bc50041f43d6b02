"""Programs that keep books in text files, asked for the balances of the same book. Those not installed are skipped."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from pathlib import Path

from bench.stage import Stage

TIMES = 3
TIMEOUT = 600
JOURNAL = """
SELECT string_agg(entry, E'\\n' ORDER BY date, ordinal) FROM (
    SELECT t.date, t.ordinal,
           t.date || ' ' || coalesce(t.payee, '-') || E'\\n'
           || string_agg('    ' || a.full_name || '  ' || p.amount || ' ' || p.currency, E'\\n' ORDER BY p.position)
           || E'\\n' AS entry
      FROM transactions t
      JOIN postings p ON p.book_id = t.book_id AND p.transaction_id = t.id
      JOIN accounts a ON a.book_id = t.book_id AND a.id = p.account_id
     WHERE t.book_id = $1
     GROUP BY t.date, t.ordinal, t.payee, t.id) entries
"""
BEANCOUNT = """
SELECT (SELECT string_agg('2020-01-01 open ' || replace(full_name, ' ', '-'), E'\\n') FROM accounts WHERE book_id = $1)
       || E'\\n' || string_agg(entry, E'\\n' ORDER BY date, ordinal) FROM (
    SELECT t.date, t.ordinal,
           t.date || ' * "' || coalesce(t.payee, '-') || E'"\\n'
           || string_agg('  ' || replace(a.full_name, ' ', '-') || '  ' || p.amount || ' ' || p.currency, E'\\n'
                         ORDER BY p.position) || E'\\n' AS entry
      FROM transactions t
      JOIN postings p ON p.book_id = t.book_id AND p.transaction_id = t.id
      JOIN accounts a ON a.book_id = t.book_id AND a.id = p.account_id
     WHERE t.book_id = $1
     GROUP BY t.date, t.ordinal, t.payee, t.id) entries
"""
PROGRAMS = {
    "hledger": (JOURNAL, ["-f", "{file}", "balance", "--flat"]),
    "ledger": (JOURNAL, ["-f", "{file}", "balance", "--flat"]),
    "bean-query": (BEANCOUNT, ["--no-errors", "{file}", "SELECT account, sum(position) GROUP BY account"]),
}
ABSENT = ("django-hordak",)
"""Not a program that can be asked: it would need a Django project of its own."""


def compared(stage: Stage, size: int, trial_balance_ms: float | None) -> list[str]:
    """A sentence for each program."""
    ours = f"; the service's trial balance takes {trial_balance_ms:g} ms" if trial_balance_ms else ""
    said = []
    for name, (query, arguments) in PROGRAMS.items():
        program = shutil.which(name)
        if program is None:
            said.append(f"{name}: skipped, not installed")
            continue
        file = stage.folder / f"{name}.journal"
        file.write_text(str(stage.value(query, stage.filled(size).book_id)), "utf-8")
        try:
            took = statistics.median(_timed(program, arguments, file) for _ in range(TIMES))
        except (OSError, subprocess.SubprocessError) as trouble:
            said.append(f"{name}: skipped, it failed ({type(trouble).__name__})")
            continue
        said.append(f"{name}: balances of {size:,} transactions in {took * 1000:.0f} ms, its start included{ours}")
    return said + [f"{name}: skipped, not something that can be run as it is" for name in ABSENT]


def _timed(program: str, arguments: list[str], file: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        [program, *(each.format(file=file) for each in arguments)],
        check=True,
        timeout=TIMEOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - began
