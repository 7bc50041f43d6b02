"""All that can go wrong when something leaves for good."""

from __future__ import annotations

from farthing.kit.faults import Conflict, Invalid


class BookNameDiffers(Invalid):
    """The name that confirms a deletion isn't the book's."""

    code = "book_name_differs"
    message = "To delete the book, give its name as it is."


class OwnerNeeded(Conflict):
    """Others share a book whose only owner wants to leave."""

    code = "owner_needed"
    message = "Others share what only you own: {books}. Make one of them an owner there, or delete the book, first."
    sample = {"books": "Household (019aad3e-7a10-7cc3-98c4-dc0c0c07398f)"}


class SharedBooksLeft(Conflict):
    """Others share books that nobody but the person who is to be deleted owns. Which these are isn't the operator's."""

    code = "shared_books_left"
    message = (
        "Others share {count} books that only this person owns: the person must make one of them an owner there, or "
        "delete those books, first."
    )
    sample = {"count": 2}


class PersonAddressDiffers(Invalid):
    """The address that confirms a deletion isn't the person's."""

    code = "person_address_differs"
    message = "To delete someone, give their e-mail address as it is."


class OperatorNeeded(Conflict):
    """The only operator wants to leave."""

    code = "operator_needed"
    message = "You are the only operator of this instance. Make someone else one first, or take it down."
