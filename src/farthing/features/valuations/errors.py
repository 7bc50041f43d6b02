"""All that can go wrong with valuations; the journal has its own."""

from __future__ import annotations

from farthing.kit.faults import Conflict, NotFound


class ValuationNotFound(NotFound):
    """The account has no such valuation."""

    code = "valuation_not_found"
    message = "The account has no such valuation."


class AccountNotValued(Conflict):
    """Accounts of that type are worth what is booked to them."""

    code = "account_not_valued"
    message = "Only an asset of the type property, investment or other is valued; this one is of {type}."
    sample = {"type": "the type checking"}


class AccountWithoutCurrency(Conflict):
    """An account is valued in the one currency it is kept in."""

    code = "account_without_currency"
    message = "The account isn't kept in one currency; give it one, and value it in that."


class ValuationsTooMany(Conflict):
    """More valuations than an account has."""

    code = "valuations_too_many"
    message = "An account has at most 5,000 valuations."
