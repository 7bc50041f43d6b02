"""Logging: one JSON object a line, with the request's id; never an amount, a payee, a password or a token.

What people write down stays in their books: messages carry codes, ids and counts, and a traceback is logged as the
places it passed through, because the text of an exception may quote what it choked on.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from farthing.core.settings import Settings

_ENCODER = json.JSONEncoder(default=repr)


def set_up_logging(settings: Settings) -> None:
    """Send everything that logs through one set of processors, to standard error.

    What the program itself logs is written directly; what libraries log comes by way of Python's own logging.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        places_only,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer() if settings.log_format == "console" else as_json
    level = settings.log_level.upper()
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("sqlalchemy", "asyncio", "uvicorn", "uvicorn.error", "alembic", "multipart", "python_multipart"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Write an event as one line of JSON."""
    return _ENCODER.encode(event)


def places_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and the places it passed through: its text may quote people's data."""
    given = event.pop("exc_info", None)
    if not given:
        return event
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else sys.exc_info()[1]
    if error is not None:
        event["error"] = type(error).__qualname__
        event["places"] = places(error)
    return event


def places(error: BaseException) -> list[str]:
    """Where an exception passed through: ``file:line function``, innermost last, its causes first."""
    before = places(error.__cause__) if error.__cause__ else []
    frames = traceback.extract_tb(error.__traceback__)[-20:]
    return [*before, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]


def logger() -> structlog.stdlib.BoundLogger:
    """A logger."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger("farthing")
    return bound
