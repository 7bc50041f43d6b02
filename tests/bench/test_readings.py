"""What the bench reads from the kernel and from pgbench."""

from __future__ import annotations

import os

import pytest
from bench.pgbench import PgbenchFailed, parse

from bench import processes

STAT = "4711 (post (gres) x) S 42 4711 4711 0 -1 4194304 99 0 0 0 150 50 30 20 20 0 1 0 621605 3133440 390"
REPORT = """transaction type: record.sql
number of clients: 8
number of transactions actually processed: 2170
number of failed transactions: 0 (0.000%)
latency average = 7.406 ms
initial connection time = 21.312 ms
tps = 1080.183868 (without initial connection time)
"""


def test_a_process_is_read_whatever_its_name() -> None:
    stat = processes.parse_stat(STAT)
    assert (stat.pid, stat.parent) == (4711, 42)
    ticks = processes.TICKS_PER_SECOND
    assert stat.own == 200 / ticks
    assert stat.reaped == 50 / ticks


def test_a_busy_core_is_all_but_idle_and_waiting() -> None:
    assert processes.parse_busy("cpu  100 10 40 900 60 0 3 2 77 0\ncpu0 1 1") == 155 / processes.TICKS_PER_SECOND


def test_interrupts_count_only_where_they_are_charged_to_processes() -> None:
    assert processes.parse_busy("cpu  100 10 40 900 60 5 3 2 77 0\n") == 152 / processes.TICKS_PER_SECOND


def test_memory_is_the_proportional_share() -> None:
    assert processes.parse_pss("00400000-7fff [rollup]\nRss:  900 kB\nPss:  512 kB\nPss_Dirty: 7 kB\n") == 512 * 1024
    assert processes.parse_pss("") == 0


def test_listeners_are_found_by_port() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1\n"
        "   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 777 1\n"
        "   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 888 1\n"
    )
    assert processes.parse_listeners(table, 8080) == {"12345"}


def test_this_very_process_is_in_its_own_tree() -> None:
    me = os.getpid()
    assert me in {each.pid for each in processes.tree(me)}
    assert processes.cpu_of(me) > 0


def test_what_others_kept_busy_is_the_rest() -> None:
    usage = processes.Usage(at=2.0, machine=3.0, service=1.0, postgres=1.0, load=0.25, bench=0.25)
    assert usage.others == pytest.approx(0.25)
    assert usage.load_cores == pytest.approx(0.125)


def test_pgbench_is_read() -> None:
    run = parse(REPORT)
    assert (run.transactions, run.per_second, run.latency_ms) == (2170, 1080.183868, 7.406)


@pytest.mark.parametrize("broken", ["", REPORT.replace("failed transactions: 0", "failed transactions: 3")])
def test_half_a_report_and_failed_transactions_are_refused(broken: str) -> None:
    with pytest.raises(PgbenchFailed):
        parse(broken)
