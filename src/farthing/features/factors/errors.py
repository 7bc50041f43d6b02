"""All that can go wrong with what people prove who they are with besides a password."""

from __future__ import annotations

from farthing.kit.faults import Conflict, Invalid, NotFound, Unauthenticated


class FactorRefused(Unauthenticated):
    """What was given proves nothing: which way it is wrong isn't told."""

    code = "factor_refused"
    message = "This doesn't prove who you are: it is wrong, out of date, or was used before."
    commits = True
    """The try counts."""


class FactorTriesSpent(Unauthenticated):
    """Too many wrong codes were tried."""

    code = "factor_tries_spent"
    message = "Too many wrong codes were tried; sign in again, or wait for {minutes} minutes."
    sample = {"minutes": 15}


class PasskeyUnknown(Unauthenticated):
    """The passkey signs nobody in: it is no one's, or doesn't prove anything. Which of these isn't told."""

    code = "passkey_unknown"
    message = "This passkey signs nobody in here."
    commits = True


class FactorNotFound(NotFound):
    """The person has no such factor."""

    code = "factor_not_found"
    message = "You have no such authenticator app or passkey."


class FactorsTooMany(Conflict):
    """The person has as many factors as one can have."""

    code = "factors_too_many"
    message = "You have {most} authenticator apps and passkeys; remove one first."
    sample = {"most": 20}


class FactorsMissing(Conflict):
    """Recovery codes stand in for a factor, and there is none."""

    code = "factors_missing"
    message = "Recovery codes stand in for an authenticator app or a passkey; set one up first."


class EnrolmentOver(Conflict):
    """The app was confirmed before, or its enrolment was begun too long ago."""

    code = "enrolment_over"
    message = "This authenticator app was confirmed before, or waited for its first code too long; begin anew."


class CodeWrong(Invalid):
    """The first code of an app isn't one of its secret, now."""

    code = "code_wrong"
    message = "This isn't the app's code now. Look whether the clocks of both devices are right."


class PasskeyUnfit(Invalid):
    """What the device sent isn't a new passkey for this service, made just now, by someone it has verified."""

    code = "passkey_unfit"
    message = "The device made no passkey for this service, or too late, or without verifying who holds it."


class PasskeyTaken(Conflict):
    """The passkey is registered already."""

    code = "passkey_taken"
    message = "This passkey is registered already."
