"""All that can go wrong with tags."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound


class TagNotFound(NotFound):
    """The book has no such tag."""

    code = "tag_not_found"
    message = "The book has no such tag."


class TagUnknown(Invalid):
    """The request names a tag that the book hasn't got."""

    code = "tag_unknown"
    message = "The book has no tag of that id or name.{near}"
    sample = {"near": " Did you mean holiday?"}


class TagIdTaken(IdTaken):
    """The book has, or had, a tag with the id that the client chose."""

    message = "A tag with this id exists, or existed, in the book."


class TagNameTaken(Conflict):
    """Another tag has that name."""

    code = "tag_name_taken"
    message = "A tag of the book has this name; names that differ in case only are one."


class TagsTooMany(Conflict):
    """More tags than a book holds."""

    code = "tags_too_many"
    message = "A book has at most 5,000 tags."


class TagInUse(Conflict):
    """A tag that transactions bear isn't deleted by itself."""

    code = "tag_in_use"
    message = "Transactions bear the tag, {count} of them; say from_transactions=true to take it off them too."
    sample = {"count": 12}


class TagInUseMeanwhile(TagInUse):
    """PostgreSQL's own refusal: a transaction that wasn't counted bears the tag."""

    message = "A transaction bears the tag; say from_transactions=true to take it off too."


class TagAgreedOn(Conflict):
    """An agreement about what members share names the tag."""

    code = "tag_agreed_on"
    message = "An agreement about what is shared names the tag; delete the agreement first."


class TagsSame(Invalid):
    """A tag isn't merged into itself."""

    code = "tags_same"
    message = "A tag is merged into another, not into itself."


class RetaggingTooLarge(Conflict):
    """More transactions bear the tag than are changed at once."""

    code = "retagging_too_large"
    message = "Transactions bear the tag, {count} of them; at most 10,000 with 100,000 postings are changed at once."
    sample = {"count": 12_345}
