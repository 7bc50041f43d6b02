"""All that can go wrong with a request before any room has seen it."""

from __future__ import annotations

from collections.abc import Iterable

from farthing.kit.faults import BadRequest, Busy, Fault, Invalid, NotFound, TooLarge


class RouteUnknown(NotFound):
    """Nothing is served at this address."""

    code = "route_unknown"
    message = "There is nothing at this address."


class MethodUnsupported(Fault):
    """The address doesn't take this method; ``Allow`` names those it takes."""

    code = "method_unsupported"
    message = "This address doesn't take that method; Allow names those it takes."

    def __init__(self, *, allowed: Iterable[str] = ()) -> None:
        super().__init__()
        methods = set(allowed)
        self.allowed = sorted(methods | {"HEAD"} if "GET" in methods else methods)


class BodyMalformed(BadRequest):
    """The body isn't JSON, or not the form it says it is."""

    code = "body_malformed"
    message = "The body can't be read: it is not the JSON or the form that its type says it is."


class BodyTooLarge(TooLarge):
    """The body is over the bound."""

    code = "body_too_large"
    message = "The body is larger than this operation takes."


class RequestInvalid(Invalid):
    """Fields or parameters break their rules; ``errors`` names each."""

    code = "request_invalid"
    message = "Some fields or parameters are not valid; `errors` names them."


class RequestTimedOut(Busy):
    """The request took too long."""

    code = "request_timed_out"
    message = "This took too long and was given up. A write may be sent again with the same Idempotency-Key."
    retry_after_seconds = 2


class StatementTimedOut(Busy):
    """A question to the database took too long."""

    code = "statement_timed_out"
    message = "This took the database too long and was given up; nothing was done. Ask for less, or try again."
    retry_after_seconds = 2


class TooManyWaiting(Busy):
    """More requests are under way than can be served."""

    code = "too_many_waiting"
    message = "Too many requests are under way; nothing was done. Try again."
    retry_after_seconds = 2


class DatabaseUnavailable(Busy):
    """PostgreSQL can't be reached."""

    code = "database_unavailable"
    message = "The database can't be reached just now. A write may be sent again with the same Idempotency-Key."
    retry_after_seconds = 3


class InternalError(Fault):
    """A defect of the service."""

    code = "internal_error"
    message = "Something went wrong here; it was logged under the request's id. Nothing was done."
