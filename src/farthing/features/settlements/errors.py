"""All that can go wrong with settling up."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class AgreementNotFound(NotFound):
    """The book has no such agreement."""

    code = "agreement_not_found"
    message = "The book has no such agreement."


class AgreementIdTaken(IdTaken):
    """The book has, or had, an agreement with the id that the client chose."""

    message = "A record with this id exists, or existed, in the book."


class AgreementDayTaken(Conflict):
    """Another agreement begins on the same day."""

    code = "agreement_day_taken"
    message = "Another agreement begins on this day; delete it first."


class AgreementsTooMany(Conflict):
    """The book has as many agreements as it can have."""

    code = "agreements_too_many"
    message = "A book has at most 100 agreements; delete some first."


class MemberUnknown(Invalid):
    """Someone who is to share isn't a member of the book."""

    code = "member_unknown"
    message = "Nobody who shares the book has this id."


class NamedTwice(Invalid):
    """A member, an account or a tag stands twice in an agreement."""

    code = "named_twice"
    message = "This is named twice."


class AccountUnshareable(Invalid):
    """An account can't be what the agreement makes it."""

    code = "account_unshareable"
    message = "{why}."
    sample = {"why": "A category belongs to nobody: it is shared, or not named at all"}


class NothingShared(Invalid):
    """An agreement that shares nothing."""

    code = "nothing_shared"
    message = "Name at least one shared category, common account or tag."


class HolderMissing(Invalid):
    """A settling payment goes from one member's account into another's."""

    code = "holder_missing"
    message = "By the agreement of that day this account isn't {whose}."
    sample = {"whose": "any member's own"}
