"""The program's log, as it writes it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from farthing.core.logging import set_up_logging
from farthing.core.settings import Settings


@contextmanager
def logged(**settings: Any) -> Iterator[list[str]]:
    """The lines that the program logs meanwhile, set up as it sets itself up; filled at the end."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in list(logging.root.manager.loggerDict)}
    written, lines = io.StringIO(), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", written)
        set_up_logging(Settings(**settings))
    try:
        yield lines
    finally:
        root.handlers, root.level = handlers, level
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)
        structlog.reset_defaults()
        lines += written.getvalue().splitlines()
