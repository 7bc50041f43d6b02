"""All that can go wrong with prices."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import NotFound


class PriceNotFound(NotFound):
    """The book has no such price."""

    code = "price_not_found"
    message = "The book has no such price."


class PriceUnknown(NotFound):
    """Nobody said what the one was worth in the other by that day."""

    code = "price_unknown"
    message = "The book has no price of {commodity} in {currency}, nor one the other way round, by that day."
    sample = {"commodity": "ACME", "currency": "EUR"}


class PriceIdTaken(IdTaken):
    """The book has, or had, a price with the id that the client chose."""

    message = "A price with this id exists in the book, or did."
