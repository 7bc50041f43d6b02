"""All that can go wrong with invitations."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, NotFound


class InvitationNotFound(NotFound):
    """No such invitation, or not for this person, or no longer: which of these isn't told."""

    code = "invitation_not_found"
    message = "There is no such invitation, or it is no longer good."


class AddressUnverified(Conflict):
    """Whose address it is hasn't been shown, and can be: this instance sends mail."""

    code = "address_unverified"
    message = "Show first that the address is yours: `POST /auth/email/verify` sends you a link."


class InvitationIdTaken(IdTaken):
    """The book has an invitation with the id that the client chose."""

    message = "An invitation with this id exists already."


class InvitationExists(Conflict):
    """The address is invited already."""

    code = "invitation_exists"
    message = "This address is invited to the book already; withdraw that invitation first."


class InvitationsTooMany(Conflict):
    """As many invitations wait for an answer as can."""

    code = "invitations_too_many"
    message = "At most 100 invitations to a book wait for an answer; withdraw some first."


class InvitationAddressless(Conflict):
    """The invitation is to whoever has its token: there is no address to write to."""

    code = "invitation_addressless"
    message = "This invitation is to nobody in particular; hand its token on yourself."
