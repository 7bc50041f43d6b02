"""All that can go wrong with a book's own currencies."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class CurrencyNotFound(NotFound):
    """The book has no such currency of its own."""

    code = "currency_not_found"
    message = "The book has no such currency of its own."


class CurrencyIdTaken(IdTaken):
    """The book has a currency with the id that the client chose."""

    message = "A currency with this id exists in the book."


class CurrencyCodeTaken(Conflict):
    """The book has a currency of its own with that code."""

    code = "currency_code_taken"
    message = "The book has a currency of its own with this code."


class CurrencyOfIso(Invalid):
    """The code is one of ISO 4217's: it can't be a book's own."""

    code = "currency_of_iso"
    message = "This is a code of ISO 4217; a book's own currency is called otherwise."


class CurrencyInUse(Conflict):
    """Something is kept in the currency."""

    code = "currency_in_use"
    message = "Postings, prices or accounts of the book are in this currency; it can't be deleted."


class CurrencyPostedFiner(Conflict):
    """Amounts were posted that are finer than the currency is to be."""

    code = "currency_posted_finer"
    message = "Amounts of the book in this currency have more digits after the point than that."


class CurrenciesTooMany(Conflict):
    """More currencies of its own than a book has."""

    code = "currencies_too_many"
    message = "A book has at most 1,000 currencies of its own."


class CurrencyChanged(Conflict):
    """A currency that something was kept in, which is to come back, is gone since, or has fewer digits."""

    code = "currency_changed"
    message = "The book's own currency {currency} is gone since, or has fewer digits than amounts that would come back."
    sample = {"currency": "BTC"}
