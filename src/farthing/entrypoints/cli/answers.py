"""How commands answer: tables for people, JSON for programs, one red line for a fault."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from farthing.kit.faults import Fault

EXIT_FAULT = 1
EXIT_FOUND = 3
"""``verify`` did its work, and found something wrong."""
EXIT_WORKERS = 4
"""``serve`` gave up: its workers died at once, again and again."""
EXIT_UNEXPECTED = 70
"""``EX_SOFTWARE`` of sysexits(3): a bug."""
Advance = Callable[[int, int], None]
"""Says how far long work is: units done, of how many."""


def refuse(fault: Fault) -> None:
    """Tell a fault in one line on standard error, and the fields and lines it blames, a line each."""
    from rich.console import Console  # noqa: PLC0415 - not for commands that succeed

    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    console.print(f"error: {fault.detail} ({fault.code})".replace("\n", " "), style="red")
    for blame in fault.blames:
        place = blame.pointer or blame.parameter or (f"line {blame.line}" if blame.line is not None else None)
        if place and blame.detail != fault.detail:
            console.print(f"  {place}: {blame.detail}", style="red")


def say(text: str) -> None:
    """A line for a person who waits, on standard error: standard output is for the answer."""
    print(text, file=sys.stderr, flush=True)


def answer_json(value: Any) -> None:
    """The answer for a program: one JSON document on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def answer_table(title: str, headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """The answer for a person: a table on standard output."""
    from rich.console import Console  # noqa: PLC0415 - not for commands that answer in JSON
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text, not markup: what people called their accounts may hold brackets.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False).print(table)


@contextlib.contextmanager
def progress(label: str) -> Iterator[Advance]:
    """A bar on standard error for long work; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
