"""All that can go wrong with links; what a link keeps a transaction from is the journal's ``LineLinked``."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class LinkNotFound(NotFound):
    """The book has no such link."""

    code = "link_not_found"
    message = "The book has no such link."


class LinkIdTaken(IdTaken):
    """The book has, or had, a link with the id that the client chose."""

    message = "A link with this id exists, or existed, in the book."


class LinkExists(Conflict):
    """Two lines are linked once."""

    code = "link_exists"
    message = "These two lines are linked already; change the amount of that link instead."


class LineUnknown(Invalid):
    """The book has no such line."""

    code = "line_unknown"
    message = "No transaction of the book has a line with this id."


class SpendingUnfit(Invalid):
    """The first line of a link is one that was spent."""

    code = "spending_unfit"
    message = "What was spent is a line that adds to an expense account."


class ReturnUnfit(Invalid):
    """The second line of a link is one that came back."""

    code = "return_unfit"
    message = "What came back is a line that takes from an expense or an income account."


class LinkWithinTransaction(Invalid):
    """Lines of one transaction aren't linked: they are added up anyway."""

    code = "link_within_transaction"
    message = "A link joins lines of two transactions."


class LinkCurrenciesDiffer(Invalid):
    """What came back is in another currency than what was spent."""

    code = "link_currencies_differ"
    message = "The lines are in {spent} and {back}; a link joins lines in one currency."
    sample = {"spent": "EUR", "back": "USD"}


class LineExhausted(Conflict):
    """The links of a line can't add up to more than the line."""

    code = "line_exhausted"
    message = "The lines have {left} {currency} between them that isn't linked yet."
    sample = {"left": "12.50", "currency": "EUR"}


class LinkRefused(Conflict):
    """PostgreSQL's own refusal, for the day when the service's checks fail."""

    code = "link_refused"
    message = "The lines don't bear the link."
