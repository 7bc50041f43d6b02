"""All that can go wrong with signing in elsewhere."""

from __future__ import annotations

from farthing.kit.faults import Busy, Conflict, Forbidden, NotFound, Unauthenticated


class OpenIdOff(NotFound):
    """No other service was named to sign in with."""

    code = "openid_off"
    message = "Nobody signs in with another service here."


class ProviderAway(Busy):
    """The other service can't be reached, or doesn't answer as OpenID Connect has it."""

    code = "openid_provider_away"
    message = "The service to sign in with can't be reached, or doesn't answer as it should. Try again."
    retry_after_seconds = 10


class OpenIdRefused(Unauthenticated):
    """What came back proves nothing: which way it is wrong isn't told."""

    code = "openid_refused"
    message = "This sign-in is not valid, or no longer: begin anew."
    commits = True
    """What was used stays used."""


class OpenIdDeclined(Unauthenticated):
    """The other service says no, or the person did."""

    code = "openid_declined"
    message = "The service to sign in with has declined."
    commits = True


class OpenIdUnlinked(Forbidden):
    """Nobody here has joined that account to theirs, and nobody new is taken in by it."""

    code = "openid_unlinked"
    message = (
        "Nobody here signs in with this account. Whoever has an account here signs in to it first, then joins both."
    )


class OpenIdAddressUnverified(Forbidden):
    """The other service doesn't vouch for the address, or for another than is known here."""

    code = "openid_address_unverified"
    message = "The service to sign in with doesn't vouch that your e-mail address is yours."


class OpenIdTaken(Conflict):
    """The account elsewhere is joined to someone's already."""

    code = "openid_taken"
    message = "That account is joined to one here already."


class OpenIdentityNotFound(NotFound):
    """The person has joined no such account."""

    code = "openid_identity_not_found"
    message = "You have joined no such account."


class LastWayIn(Conflict):
    """Without it the person couldn't sign in any more."""

    code = "last_way_in"
    message = "This is your only way to sign in; set a password first."
