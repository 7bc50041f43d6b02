"""All that can go wrong with books and members."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class MemberNotFound(NotFound):
    """The person isn't a member of the book."""

    code = "member_not_found"
    message = "The book has no such member."


class MemberExists(Conflict):
    """The person is a member already."""

    code = "member_exists"
    message = "This person is a member of the book already."


class LastOwner(Conflict):
    """A book always has an owner."""

    code = "last_owner"
    message = "A book always has an owner; make someone else an owner first."


class OwnerSame(Invalid):
    """Whoever owns a book can't hand it over to themselves."""

    code = "owner_same"
    message = "Hand the book over to another member than yourself."


class BooksTooMany(Conflict):
    """More books than a person is a member of."""

    code = "books_too_many"
    message = "A person is a member of at most {most} books here."
    sample = {"most": 100}


class MembersTooMany(Conflict):
    """More people than share a book."""

    code = "members_too_many"
    message = "At most 100 people share a book."


class BookIdTaken(IdTaken):
    """A book with the id that the client chose exists."""

    message = "A book with this id exists already."


class TimeZoneUnknown(Invalid):
    """No time zone has this name."""

    code = "time_zone_unknown"
    message = "There is no such time zone; names are those of the IANA database, like Europe/Berlin."


class LocaleUnknown(Invalid):
    """No locale has this name."""

    code = "locale_unknown"
    message = "There is no such locale; locales are written like de-AT."
