"""All that can go wrong with reading the log."""

from __future__ import annotations

from farthing.kit.faults import Invalid, NotFound


class RecordNotFound(NotFound):
    """The log knows of no change to such a record."""

    code = "record_not_found"
    message = "The log knows of no record with this id that was changed or deleted."


class ChangeNotFound(NotFound):
    """The log doesn't reach that far."""

    code = "change_not_found"
    message = "The log has no change of this revision."


class RevisionUnknown(Invalid):
    """The book hasn't come that far."""

    code = "revision_unknown"
    message = "The book is at revision {revision}; what comes after isn't known yet."
    sample = {"revision": 42}
