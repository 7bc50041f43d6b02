"""How PostgreSQL is set up: for a household's books, and for tests."""

from __future__ import annotations

from collections.abc import Mapping

HOME_SETTINGS: Mapping[str, str] = {
    # A home server's memory, and a household's number of programs.
    "shared_buffers": "128MB",
    "max_connections": "60",
    "huge_pages": "off",
    "jit": "off",
    "random_page_cost": "1.1",
    # After a large import its statistics are those of before; a minute, as is usual, is long to wait for others.
    "autovacuum_naptime": "10s",
    # What is committed stays.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A file for each day of the week, each begun anew a week later: the log can't grow for ever.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] ",
    # What people wrote down stays out of the log. An error's text can quote a value, and its detail a whole row, so the
    # log holds what concerns the server ("log" ranks above "error" here); errors go to the program that caused them.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_lock_waits": "off",
}
"""Settings for data that matter. They are given at each start, so that a newer program brings newer ones."""

THROWAWAY_SETTINGS: Mapping[str, str] = {
    **HOME_SETTINGS,
    "max_connections": "100",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "1h",
    "logging_collector": "off",
}
"""Settings for data that nobody will miss."""


def flags(settings: Mapping[str, str]) -> list[str]:
    """The settings as arguments of ``postgres``, where they outrank every file."""
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
