"""Programs that keep books in text files, asked the same of the same book: hledger, ledger and beancount.

Each is a process of its own, started anew for each question, as they are used; beancount keeps what it read in a cache
of its own beside the file, and may. The service is asked over HTTP by one client. What a program answers must be what
the service answers: a figure that differs fails the bench. Programs that aren't installed are skipped, and said to be.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.figures import rounded
from bench.households import LAST_DAY, Household
from bench.stage import BooksWrong, Stage

NAMES = ("peer-journals",)
TIMES = 3
SLOW_SECONDS = 2.0
"""What takes longer is asked once."""
LIMIT_SECONDS = 30
"""What takes longer is broken off; of that program nothing larger is asked then."""
OUR_TIMES = 20
ACCOUNT = "Assets:Bank 1"
NEWEST = 50
DAY_AFTER = LAST_DAY.replace(day=LAST_DAY.day + 1)
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
AMOUNT = re.compile(r"(-?[0-9.]+) ([A-Z]{3})")

Balances = dict[tuple[str, str], Decimal]
"""What accounts hold, by name and currency; no zeros."""
Register = list[tuple[str, str, Decimal]]
"""Day, payee and amount of an account's newest postings."""


@dataclass(frozen=True, slots=True)
class Program:
    """One that keeps books in text files."""

    name: str
    journal: str
    """The SQL that writes a book in its language; $1 is the book."""
    questions: Mapping[str, tuple[str, ...]]
    """Its arguments, by what is asked."""
    balances: Callable[[str], Balances]
    """How to read what it says of balances."""
    register: Callable[[str], Register]
    """How to read its register."""
    blank: str = " "
    """What stands for a blank in an account's name."""

    def answered(self, question: str, output: str) -> Balances | Register:
        """What it said, read."""
        return self.register(output)[-NEWEST:] if question == "register" else self.balances(output)


def read_hledger_balances(output: str) -> Balances:
    """The "tidy" CSV of ``hledger balance``."""
    return _sums((row["account"], f"{row['value']} {row['commodity']}") for row in csv.DictReader(io.StringIO(output)))


def read_hledger_register(output: str) -> Register:
    """The CSV of ``hledger register``."""
    rows = csv.DictReader(io.StringIO(output))
    return [(row["date"], row["description"], _amount(row["amount"])) for row in rows]


def read_ledger_balances(output: str) -> Balances:
    """Account, tab, amount; further currencies each on a line of its own."""
    account = ""
    found = []
    for line in output.splitlines():
        name, tab, amount = line.rpartition("\t")
        account = name if tab else account
        found.append((account, amount))
    return _sums(found)


def read_ledger_register(output: str) -> Register:
    """Day, payee and amount, with tabs between."""
    return [(day, payee, _amount(amount)) for day, payee, amount in csv.reader(output.splitlines(), delimiter="\t")]


def read_beancount_balances(output: str) -> Balances:
    """The CSV of ``bean-query``: padded with blanks, all currencies in one field."""
    return _sums((row[0].strip(), row[1]) for row in list(csv.reader(io.StringIO(output)))[1:])


def read_beancount_register(output: str) -> Register:
    """The CSV of ``bean-query``, newest first."""
    rows = list(csv.reader(io.StringIO(output)))[1:]
    return [(day, payee.strip(), _amount(amount)) for day, payee, amount in reversed(rows)]


def _sums(rows: Any) -> Balances:
    return {
        (account, currency): Decimal(amount)
        for account, amounts in rows
        for amount, currency in AMOUNT.findall(amounts)
        if Decimal(amount)
    }


def _amount(text: str) -> Decimal:
    found = AMOUNT.search(text)
    if found is None:
        raise BooksWrong(f"no amount: {text[:100]!r}")
    return Decimal(found.group(1))


_HLEDGER = ("-f", "{file}", "balance", "--flat", "--no-total", "--layout", "tidy", "-O", "csv", "-e", f"{DAY_AFTER}")
_LEDGER = ("-f", "{file}", "balance", "--flat", "--no-total", "--end", f"{DAY_AFTER}")
_LEDGER_LINE = '%(format_date(date, "%Y-%m-%d"))\\t%(payee)\\t%(display_amount)\\n'
_BEANCOUNT = ("-f", "csv", "{file}")
_BEANCOUNT_ACCOUNT = f"account = '{ACCOUNT.replace(' ', '-')}'"
PROGRAMS = (
    Program(
        "hledger",
        JOURNAL,
        {
            "trial-balance": _HLEDGER,
            "balance": (*_HLEDGER, f"acct:^{ACCOUNT}$"),
            "register": ("-f", "{file}", "register", "-O", "csv", f"acct:^{ACCOUNT}$"),
        },
        read_hledger_balances,
        read_hledger_register,
    ),
    Program(
        "ledger",
        JOURNAL,
        {
            "trial-balance": (*_LEDGER, "--format", "%(account)\\t%(amount)\\n"),
            "balance": (*_LEDGER, "--format", "%(account)\\t%(amount)\\n", f"/^{ACCOUNT}$/"),
            "register": (
                *("-f", "{file}", "register", "--tail", str(NEWEST), "--format", _LEDGER_LINE),
                f"/^{ACCOUNT}$/",
            ),
        },
        read_ledger_balances,
        read_ledger_register,
    ),
    Program(
        "bean-query",
        BEANCOUNT,
        {
            "trial-balance": (
                *_BEANCOUNT,
                f"SELECT account, sum(position) WHERE date <= {LAST_DAY} GROUP BY account",
            ),
            "balance": (
                *_BEANCOUNT,
                f"SELECT account, sum(position) WHERE {_BEANCOUNT_ACCOUNT} AND date <= {LAST_DAY} GROUP BY account",
            ),
            "register": (
                *_BEANCOUNT,
                f"SELECT date, narration, position WHERE {_BEANCOUNT_ACCOUNT} ORDER BY date DESC LIMIT {NEWEST}",
            ),
        },
        read_beancount_balances,
        read_beancount_register,
        blank="-",
    ),
)
QUESTIONS = ("trial-balance", "balance", "register")


def compared(stage: Stage, sizes: Sequence[int], say: Callable[[str], None]) -> tuple[list[dict[str, Any]], list[str]]:
    """For each size the seconds that the service and each program take, and what is to be said of the programs.

    A question without seconds took longer than the limit.

    Raises:
        BooksWrong: a program answers something else than the service.
    """
    rows: list[dict[str, Any]] = []
    versions = {program.name: _version(program) for program in PROGRAMS}
    notes = [f"{name}: {version or 'skipped, not installed'}" for name, version in versions.items()]
    asked = [program for program in PROGRAMS if versions[program.name]]
    if not asked:
        return rows, notes
    for size in sizes:
        home = stage.filled(size)
        ours, took = _asked_of_service(home)
        rows.append({"program": "the service", "transactions": size, "seconds": took})
        for program in list(asked):
            say(f"{program.name}, {size:,} transactions")
            file = stage.folder / f"{program.name}-{size}.journal"
            file.write_text(str(stage.value(program.journal, home.book_id)), "utf-8")
            try:
                seconds = _asked_of(program, file, ours)
            except subprocess.CalledProcessError as trouble:
                notes.append(f"{program.name}: failed on {size:,} transactions (exit code {trouble.returncode})")
                asked.remove(program)
                continue
            finally:
                file.unlink()
            rows.append({"program": program.name, "transactions": size, "seconds": seconds})
            if None in seconds.values():
                asked.remove(program)
    return rows, notes


def _asked_of(program: Program, file: Path, ours: Mapping[str, Balances | Register]) -> dict[str, float | None]:
    found: dict[str, float | None] = dict.fromkeys(QUESTIONS)
    for question in QUESTIONS:
        arguments = [each.replace("{file}", str(file)) for each in program.questions[question]]
        times: list[float] = []
        while not times or (len(times) < TIMES and times[0] < SLOW_SECONDS):
            began = time.perf_counter()
            try:
                output = _run(program, arguments)
            except subprocess.TimeoutExpired:
                return found
            times.append(time.perf_counter() - began)
            check_same(program, question, program.answered(question, output), ours[question])
        found[question] = rounded(statistics.median(times))
    return found


def check_same(program: Program, question: str, theirs: Balances | Register, ours: Balances | Register) -> None:
    """Compare a program's answer with the service's.

    Of a register the oldest day is left out: it may be cut elsewhere, as transactions of a day have no order there.

    Raises:
        BooksWrong: they differ.
    """
    if isinstance(ours, dict):
        wanted: Any = {(name.replace(" ", program.blank), currency): held for (name, currency), held in ours.items()}
        differs = theirs != wanted
    else:
        differs = not isinstance(theirs, list) or len(theirs) != len(ours) or _recent(theirs) != _recent(ours)
    if differs or not ours:
        raise BooksWrong(f"{program.name} answers {question} otherwise than the service")


def _recent(register: Register) -> Counter[tuple[str, str, Decimal]]:
    oldest = min(day for day, _, _ in register)
    return Counter(line for line in register if line[0] > oldest)


def _asked_of_service(home: Household) -> tuple[dict[str, Balances | Register], dict[str, float | None]]:
    account = home.accounts[ACCOUNT]
    paths = {
        "trial-balance": f"/reports/trial-balance?date={LAST_DAY}",
        "balance": f"/accounts/{account}/balance?date={LAST_DAY}",
        "register": f"/accounts/{account}/register?limit={NEWEST}",
    }
    answers: dict[str, Balances | Register] = {}
    took: dict[str, float | None] = {}
    for question, path in paths.items():
        times = []
        for _ in range(OUR_TIMES):
            began = time.perf_counter()
            read = home.got(path)
            times.append(time.perf_counter() - began)
        took[question] = rounded(statistics.median(times))
        answers[question] = _read_ours(question, read, account)
    return answers, took


def _read_ours(question: str, read: Any, account: UUID) -> Balances | Register:
    if question == "register":
        return [
            (line["transaction"]["date"], line["transaction"]["payee"], Decimal(posting["amount"]))
            for line in reversed(read["data"])
            for posting in line["transaction"]["postings"]
            if posting["account_id"] == str(account)
        ]
    return {
        (line["account"], balance["currency"]): Decimal(balance["amount"])
        for line in read.get("data", [read])
        for balance in line["balances"]
        if Decimal(balance["amount"])
    }


def _version(program: Program) -> str | None:
    """What version is installed; None if none is that runs."""
    if shutil.which(program.name) is None:
        return None
    try:
        said = _run(program, ["--version"]).split("\n", 1)[0]
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+(\.\d+)+", said)
    return found.group(0) if found else said


def _run(program: Program, arguments: Sequence[str]) -> str:
    return subprocess.run(
        [program.name, *arguments],
        check=True,
        timeout=LIMIT_SECONDS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ).stdout
