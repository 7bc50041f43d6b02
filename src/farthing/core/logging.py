"""Logging: one JSON object a line, with the request's id; never an amount, a payee, a password or a token.

What people write down stays in their books: messages carry codes, ids and counts, and a traceback is logged as the
places it passed through, because the text of an exception may quote what it choked on.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from farthing.core.settings import Settings


def set_up_logging(settings: Settings) -> None:
    """Send everything that logs through one set of processors, to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        places_only,
    ]
    console = settings.log_format == "console"
    renderer: Any = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
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
    root.setLevel(settings.log_level.upper())
    for noisy in ("sqlalchemy", "asyncio", "uvicorn", "uvicorn.error", "alembic", "multipart", "python_multipart"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


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
