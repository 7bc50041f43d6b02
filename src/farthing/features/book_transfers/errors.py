"""All that can go wrong with transfers between books."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Forbidden, Invalid, NotFound


class BookTransferNotFound(NotFound):
    """The book has no such transfer."""

    code = "book_transfer_not_found"
    message = "The book has no such transfer to or from another book."


class BookTransferIdTaken(IdTaken):
    """The book has a transfer with the id that the client chose."""

    message = "A transfer with this id exists in one of the two books."


class BookUnknown(Invalid):
    """The other book isn't one of the person's."""

    code = "book_unknown"
    message = "You are not a member of a book with this id."


class BookSame(Invalid):
    """Both sides are in one book."""

    code = "book_same"
    message = "This is the book itself; within a book, record a movement between two accounts."


class OtherBookClosed(Forbidden):
    """The other side is in a book that the person may not write to."""

    code = "other_book_closed"
    message = "The other side of the transfer is in a book that you may not write to."


class AccountNotOwn(Invalid):
    """Money is moved between accounts that it can be in."""

    code = "account_not_own"
    message = "Money moves between accounts that it can be in; income and expenses are categories."
