"""All that can go wrong with an import; the formats have their own."""

from __future__ import annotations

from farthing.kit.faults import Conflict, Invalid, NotFound


class ImportNotFound(NotFound):
    """The book has no such import."""

    code = "import_not_found"
    message = "The book has no such import."


class ImportNotDraft(Conflict):
    """The import is booked already."""

    code = "import_not_draft"
    message = "The import is booked already."


class FileEmpty(Invalid):
    """The file has nothing in it."""

    code = "file_empty"
    message = "The file has nothing in it to import."


class StatementAmbiguous(Invalid):
    """The file holds several accounts, and none is the one that was named."""

    code = "statement_ambiguous"
    message = (
        "The file holds {count} accounts ({numbers}), and none has the number of the account that was named. "
        "Give the account its number, or leave `account` out to import all into the accounts with those numbers."
    )
    sample = {"count": 2, "numbers": "…9100, …9200"}


class AccountUnmatched(Invalid):
    """No account of the book has the number that the file names."""

    code = "account_unmatched"
    message = "The file is about {numbers}, and no account of the book has such a number; name one with `account`."
    sample = {"numbers": "…5678"}


class CurrencyDiffers(Invalid):
    """The file is in another currency than the account."""

    code = "currency_differs"
    message = "The file is in {file_currency}, and the account {account} is kept in {currency}."
    sample = {"file_currency": "USD", "account": "Assets:Checking", "currency": "EUR"}
