"""What other programs say, read and compared."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from bench.peers import hordak, journals
from bench.peers.environments import PeerUnavailable, python_with
from bench.peers.journals import PROGRAMS, check_same
from bench.stage import BooksWrong, Stage

NO_STAGE = cast("Stage", None)
BY_NAME = {program.name: program for program in PROGRAMS}
BALANCES = {
    "hledger": (
        '"account","period","start_date","end_date","commodity","value"\n'
        '"Assets:Bank 1","2023-12-01..2026-11-22","2023-12-01","2026-11-22","EUR","-63.35"\n'
        '"Expenses:Food","2023-12-01..2026-11-22","2023-12-01","2026-11-22","EUR","60.00"\n'
        '"Expenses:Food","2023-12-01..2026-11-22","2023-12-01","2026-11-22","USD","0"\n'
        '"Expenses:Food","2023-12-01..2026-11-22","2023-12-01","2026-11-22","GBP","3.10"\n'
    ),
    "ledger": "Assets:Bank 1\t-63.35 EUR\nExpenses:Food\t60.00 EUR\n3.10 GBP\n",
    "bean-query": ('account      ,sum_positi\nAssets:Bank-1,-63.35 EUR\nExpenses:Food," 60.00 EUR,   3.10 GBP"\n'),
}
REGISTERS = {
    "hledger": (
        '"txnidx","date","code","description","account","amount","total"\n'
        '"1","2026-11-21","","Shop 9","Assets:Bank 1","-1.98 EUR","-1.98 EUR"\n'
        '"2","2026-11-22","","Shop 7","Assets:Bank 1","-2.03 EUR","-4.01 EUR"\n'
    ),
    "ledger": "2026-11-21\tShop 9\t-1.98 EUR\n2026-11-22\tShop 7\t-2.03 EUR\n",
    "bean-query": "date,narration,position\n2026-11-22,Shop 7,-2.03 EUR\n2026-11-21,Shop 9,-1.98 EUR\n",
}
OURS = {
    ("Assets:Bank 1", "EUR"): Decimal("-63.35"),
    ("Expenses:Food", "EUR"): Decimal(60),
    ("Expenses:Food", "GBP"): Decimal("3.1"),
}
REGISTER = [("2026-11-21", "Shop 9", Decimal("-1.98")), ("2026-11-22", "Shop 7", Decimal("-2.03"))]


@pytest.mark.parametrize("name", BY_NAME)
def test_an_answer_that_is_ours_is_passed(name: str) -> None:
    program = BY_NAME[name]
    check_same(program, "trial-balance", program.answered("trial-balance", BALANCES[name]), OURS)
    register = program.answered("register", REGISTERS[name])
    assert register == REGISTER
    check_same(program, "register", register, list(REGISTER))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("broken", ["60.00", "3.10"])
def test_a_cent_too_much_fails(name: str, broken: str) -> None:
    program = BY_NAME[name]
    theirs = program.answered("trial-balance", BALANCES[name].replace(broken, f"{broken[:-1]}1"))
    with pytest.raises(BooksWrong, match=f"{name} answers trial-balance otherwise"):
        check_same(program, "trial-balance", theirs, OURS)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_register_that_lacks_a_posting_or_has_another_fails(name: str) -> None:
    program = BY_NAME[name]
    for output in (REGISTERS[name].replace("Shop 7", "Shop 8"), REGISTERS[name].replace("-2.03", "-2.04")):
        with pytest.raises(BooksWrong):
            check_same(program, "register", program.answered("register", output), REGISTER)
    with pytest.raises(BooksWrong):
        check_same(program, "register", REGISTER[1:], REGISTER)


def test_nothing_is_no_answer() -> None:
    with pytest.raises(BooksWrong):
        check_same(BY_NAME["ledger"], "trial-balance", {}, {})


def test_programs_that_are_not_installed_are_said_to_be_skipped(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    rows, notes = journals.compared(NO_STAGE, [10_000], print)
    assert rows == []
    assert notes == [f"{name}: skipped, not installed" for name in ("hledger", "ledger", "bean-query")]


def test_hordak_is_skipped_unless_asked_for() -> None:
    said = hordak.compared(NO_STAGE, 8, ("record",), [])
    assert said == "django-hordak: skipped, only run when asked for (peer-hordak)"


def test_what_cannot_be_installed_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(PeerUnavailable, match="can't be installed"):
        python_with([str(tmp_path / "nothing")], tmp_path)
    assert not list(tmp_path.glob("*/ready"))
