"""All that can go wrong with records of any kind."""

from __future__ import annotations

from farthing.kit.faults import Conflict


class RecordUnfit(Conflict):
    """What a record was doesn't fit what the book holds by now."""

    code = "record_unfit"
    message = "What was there before doesn't fit what is there now: the rule {rule} of {table} forbids it."
    sample = {"rule": "uq_accounts_book_id_name_key", "table": "accounts"}


class BookTooLarge(Conflict):
    """More records than are looked at while a caller waits."""

    code = "book_too_large"
    message = "The book holds {count} records; this looks at up to {most} while you wait. Use the command line."
    sample = {"count": 1_234_567, "most": 100_000}
