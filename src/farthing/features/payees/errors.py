"""All that can go wrong with payees."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class PayeeNotFound(NotFound):
    """The book has no such payee."""

    code = "payee_not_found"
    message = "The book has no such payee."


class PayeeUnknown(Invalid):
    """The request names a payee that the book hasn't got."""

    code = "payee_unknown"
    message = "The book has no payee of that id."


class PayeeIdTaken(IdTaken):
    """The book has, or had, a payee with the id that the client chose."""

    message = "A payee with this id exists, or existed, in the book."


class PayeeNameTaken(Conflict):
    """A payee goes by that name already, be it an alias."""

    code = "payee_name_taken"
    message = "A payee of the book goes by this name or alias; names that differ in case only are one."


class AliasesTooMany(Conflict):
    """More aliases than a payee has."""

    code = "aliases_too_many"
    message = "A payee has at most 50 aliases; drop some first."


class PayeesTooMany(Conflict):
    """More payees than a book holds."""

    code = "payees_too_many"
    message = "A book has at most 20,000 payees."


class PayeeInUse(Conflict):
    """Only a payee that no transaction names is deleted."""

    code = "payee_in_use"
    message = "The payee is that of {count} transactions; merge it into another instead."
    sample = {"count": 12}


class PayeeInUseMeanwhile(PayeeInUse):
    """PostgreSQL's own refusal: a transaction that wasn't counted names the payee."""

    message = "The payee is that of a transaction; merge it into another instead."


class DefaultCategoryUnfit(Invalid):
    """A default category is an income or expense account."""

    code = "default_category_unfit"
    message = "A default category is an income or expense account."


class PayeesSame(Invalid):
    """A payee isn't merged into itself."""

    code = "payees_same"
    message = "A payee is merged into another, not into itself."


class MergeTooLarge(Conflict):
    """More transactions than are changed at once."""

    code = "merge_too_large"
    message = "The payee is that of {count} transactions; at most 10,000 are given to another at once."
    sample = {"count": 12_345}
