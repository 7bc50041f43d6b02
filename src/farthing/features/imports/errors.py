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


class RowNotFound(NotFound):
    """The import has no such row."""

    code = "import_row_not_found"
    message = "The import has no such row."


class RowUnknown(Invalid):
    """A request names a row that the import hasn't got."""

    code = "import_row_unknown"
    message = "The import has no row with this id."


class RowUnmergeable(Invalid):
    """A row is to be merged, and it isn't said with what."""

    code = "import_row_unmergeable"
    message = (
        "Say with `of_transaction_id` which transaction of the book this is a part of, a duplicate of, or replaces."
    )


class RowUndecidable(Invalid):
    """A row by which the bank only takes another back deletes that, or nothing; no other row deletes anything."""

    code = "import_row_undecidable"
    message = (
        "A row by which the bank takes an earlier one back can be `deletes` or `skip`; no other row can be `deletes`."
    )


class RowUncategorisable(Invalid):
    """What stands against a row can't be changed by naming a category."""

    code = "import_row_uncategorisable"
    message = "This row has postings of its own; what is meant by their names is said in the import's `mapping`."


class NameUnknown(Invalid):
    """The file uses no such name."""

    code = "import_name_unknown"
    message = "The file uses no such name."


class MeaningUnfit(Invalid):
    """A name can't mean that account."""

    code = "import_meaning_unfit"
    message = "This name can't mean that account: {problem}."
    sample = {"problem": "it is closed"}


class NamesTooMany(Invalid):
    """The file uses more names than an import takes."""

    code = "import_names_too_many"
    message = "The file uses more than {limit} names of accounts and categories."
    sample = {"limit": 5000}


class ProfileNotFound(NotFound):
    """The book has no such profile."""

    code = "import_profile_not_found"
    message = "The book has no such profile of files."


class FileTooCostly(Invalid):
    """Reading the file takes more time or memory than it may."""

    code = "file_too_costly"
    message = "Reading the file takes more than {limit}, which no file of a bank should; it was given up."
    sample = {"limit": "60 seconds"}


class AnswersMalformed(Invalid):
    """The answers aren't a JSON object of texts."""

    code = "answers_malformed"
    message = 'The answers are a JSON object of at most 50 texts, as {{"date_order": "dmy"}}.'


class FileGone(Conflict):
    """The file that a draft was read from isn't kept."""

    code = "import_file_gone"
    message = "The file that this draft was read from isn't kept any more; hand it in again."


class TransactionUnfit(Invalid):
    """A transaction of another program's book can't be booked here."""

    code = "import_transaction_unfit"
    message = "The transaction on line {line} can't be booked: {problem}"
    sample = {"line": 12, "problem": "its postings don't sum to zero."}


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
