"""Other programs that judge what is written for them: separate processes, where they are installed.

``FARTHING_TEST_BEAN_CHECK``, ``FARTHING_TEST_HLEDGER`` and ``FARTHING_TEST_LEDGER`` name them where they aren't found
by themselves.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

Balances = dict[tuple[str, str], Decimal]
CHECKS = {
    "beancount": ("bean-check",),
    "hledger": ("hledger", "check", "-f"),
    "ledger": ("ledger", "--strict", "balance", "-f"),
}
_NUMBER = re.compile(r"-?[0-9.]+\Z")


def found(name: str) -> str:
    """Where a program is; the test is skipped, and says so, if it isn't anywhere."""
    path = os.environ.get(f"FARTHING_TEST_{name.upper().replace('-', '_')}") or shutil.which(name)
    if path is None:
        pytest.skip(f"{name} isn't installed here")
    return path


def check(word: str, data: bytes, folder: Path) -> Path:
    """Have a file checked by the program that it is for; answers where the file is."""
    name, *arguments = CHECKS[word]
    path = folder / f"book.{word}"
    path.write_bytes(data)
    command = [found(name), *arguments, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    # Ledger is strict about tags, too; there is no list of those.
    complaints = "\n".join(line for line in ran.stderr.splitlines() if "Unknown metadata tag" not in line)
    assert (ran.returncode, complaints) == (0, ""), f"{complaints}\n{data.decode()}"
    return path


def hledger_balances(path: Path) -> Balances:
    """The balances that hledger prints, of each account by itself, where they aren't nothing."""
    arguments = ["-f", str(path), "balance", "--flat", "-N", "-E", "-O", "csv", "--layout=bare"]
    ran = subprocess.run([found("hledger"), *arguments], capture_output=True, text=True, timeout=120, check=True)
    rows = list(csv.reader(io.StringIO(ran.stdout)))[1:]
    return {(account, commodity): Decimal(amount) for account, commodity, amount in rows if Decimal(amount)}


def ledger_balances(path: Path) -> Balances:
    """The balances that Ledger prints, of each account by itself, where they aren't nothing."""
    line = "%(account)\\t%(scrub(quantity(amount)))\\t%(commodity(amount))\\n"
    arguments = ["-f", str(path), "register", "--format", line]
    ran = subprocess.run([found("ledger"), *arguments], capture_output=True, text=True, timeout=120, check=True)
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in ran.stdout.splitlines():
        account, amount, commodity = row.split("\t")
        sums[account, commodity.strip('"')] += Decimal(amount)
    return {key: amount for key, amount in sums.items() if amount}


_BALANCES = """
import collections, sys
from beancount import loader
from beancount.core import data
entries, errors, options = loader.load_file(sys.argv[1])
if errors:
    sys.exit(str(errors))
sums = collections.defaultdict(int)
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            sums[posting.account, posting.units.currency] += posting.units.number
for (account, currency), amount in sums.items():
    print(account, currency, amount, sep="\\t")
"""


def beancount_balances(path: Path) -> Balances:
    """The balances that beancount reckons, of each account by itself, where they aren't nothing.

    It is asked by the Python that ``bean-check`` runs on.
    """
    head = Path(found("bean-check")).read_bytes().split(b"\n", 1)[0].decode()
    command = [*head.removeprefix("#!").split(), "-c", _BALANCES, str(path)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr
    found_: Balances = {}
    for row in ran.stdout.splitlines():
        account, currency, amount = row.split("\t")
        if Decimal(amount):
            found_[account, currency] = Decimal(amount)
    return found_
