"""All that can go wrong with archives."""

from __future__ import annotations

from farthing.kit.faults import Invalid, TooLarge


class ArchiveUnreadable(Invalid):
    """The file isn't an archive of a book, or something in it isn't what it should be."""

    code = "archive_unreadable"
    message = "The archive can't be restored: {problem}."
    sample = {"problem": "records/transaction.jsonl, line 12: the record has no date"}


class ArchiveNewer(Invalid):
    """A later version of the program made the archive."""

    code = "archive_newer"
    message = "The archive is of version {version}, and this program reads up to {known}. Restore it with a newer one."
    sample = {"version": 2, "known": 1}


class ArchiveAltered(Invalid):
    """The archive doesn't hold what it held when it was made."""

    code = "archive_altered"
    message = "The archive isn't what it was when it was made: {what}."
    sample = {"what": "its records' digest is another"}


class ArchiveTooLarge(TooLarge):
    """The archive unpacks to more than is taken at once."""

    code = "archive_too_large"
    message = "The archive unpacks to more than is taken at once: {what}."
    sample = {"what": "a line of more than 8 MB"}
