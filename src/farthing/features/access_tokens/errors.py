"""All that can go wrong with making and revoking personal access tokens; what their bearers meet stands in ``work``."""

from __future__ import annotations

from farthing.kit.faults import Conflict, Invalid, NotFound


class AccessTokenNotFound(NotFound):
    """The person has no such token."""

    code = "access_token_not_found"
    message = "There is no such personal access token among yours."


class AccessTokensTooMany(Conflict):
    """The person has as many tokens as people can have."""

    code = "access_tokens_too_many"
    message = "A person has at most 100 personal access tokens that are good; revoke some first."


class TokenBookUnknown(Invalid):
    """The person isn't a member of a book that the token is to be good for."""

    code = "token_book_unknown"
    message = "There is no such book among yours."
