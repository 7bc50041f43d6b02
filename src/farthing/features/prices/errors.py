"""All that can go wrong with prices."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Busy, Invalid, NotFound


class PriceNotFound(NotFound):
    """The book has no such price."""

    code = "price_not_found"
    message = "The book has no such price."


class PriceUnknown(NotFound):
    """Nobody said what the one was worth in the other by that day, nor what would tell it."""

    code = "price_unknown"
    message = "What {commodity} was worth in {currency} by that day isn't known, by any price of either."
    sample = {"commodity": "ACME", "currency": "EUR"}


class PriceIdTaken(IdTaken):
    """The book has, or had, a price with the id that the client chose."""

    message = "A price with this id exists in the book, or did."


class RatesUnreadable(Invalid):
    """What should be a table of reference rates isn't one."""

    code = "rates_unreadable"
    message = "The table of reference rates can't be read: {problem}."
    sample = {"problem": "a line doesn't begin with a day"}


class RateUnfit(Invalid):
    """A reference rate is of the euro itself, or of no currency of ISO 4217."""

    code = "rate_unfit"
    message = "A reference rate says how much of a currency of ISO 4217, other than the euro, a euro is worth."


class RatesUnavailable(Busy):
    """No source of reference rates is configured, or it doesn't answer as it should."""

    code = "rates_unavailable"
    message = "Reference rates can't be fetched: {why}."
    sample = {"why": "FARTHING_RATES_URL names no source"}
