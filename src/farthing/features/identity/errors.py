"""All that can go wrong with who people are."""

from __future__ import annotations

from farthing.kit.faults import Busy, Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class TokenMissing(Unauthenticated):
    """The request carries no access token."""

    code = "token_missing"
    message = "This needs an access token: sign in, and send it as `Authorization: Bearer …`."


class TokenInvalid(Unauthenticated):
    """The access token is forged, expired or not ours: which of these isn't told."""

    code = "token_invalid"
    message = "The access token is not valid, or no longer; sign in again or refresh it."


class CredentialsWrong(Unauthenticated):
    """The e-mail address or the password is wrong: which of these isn't told."""

    code = "credentials_wrong"
    message = "The e-mail address or the password is wrong."
    commits = True


class LocalLoginOff(Forbidden):
    """The operator has people sign in with another service only."""

    code = "local_login_off"
    message = "Nobody signs in here with a password or a passkey: sign in with the service that this instance names."


class SecondFactorRequired(Unauthenticated):
    """The first factor is right, and this person wants a second one."""

    code = "second_factor_required"
    message = "A second factor is needed: send it with the challenge to `POST /auth/second-factor`."
    sample = {"challenge": "chl_1V3vT0cGOaFfVu0G9m2V0w", "methods": ["otp", "hwk"]}
    members = ("challenge", "methods")
    commits = True


class ChallengeInvalid(Unauthenticated):
    """The challenge is unknown, too old, or used up."""

    code = "challenge_invalid"
    message = "The challenge is not valid, or no longer; sign in again from the start."


class PersonBlocked(Forbidden):
    """The operator keeps the person out."""

    code = "person_blocked"
    message = "The person who runs this instance has blocked this account."


class ProofTooOld(Forbidden):
    """What is asked wants a proof of who is asking that is not older than a few minutes."""

    code = "proof_too_old"
    message = "This needs a fresh proof of who you are: `POST /auth/prove`, then ask again."


class RefreshTokenInvalid(Unauthenticated):
    """The refresh token is unknown, expired, or of a sign-in that has ended."""

    code = "refresh_token_invalid"
    message = "The refresh token is not valid, or no longer; sign in again."


class RefreshTokenReused(Unauthenticated):
    """The refresh token was used before: someone has a copy, so the sign-in was ended."""

    code = "refresh_token_reused"
    message = "The refresh token was used before. The sign-in has been ended, in case it was stolen; sign in again."
    commits = True


class TooManyAttempts(TooMany):
    """Too many attempts to come in, by one address or at one account."""

    code = "too_many_attempts"
    message = "There were too many attempts; wait {retry_after_seconds} seconds before the next one."
    sample = {"retry_after_seconds": 300}


class SessionNotFound(NotFound):
    """No such sign-in of the person's own, or it has ended."""

    code = "session_not_found"
    message = "There is no such sign-in, or it has ended."


class PasswordCommon(Invalid):
    """The password is among those that are tried first."""

    code = "password_common"
    message = (
        "This password would be guessed: it is made of common words, runs or what is known of you. Choose another."
    )


class LinkInvalid(Invalid):
    """What a mailed link carries is unknown, too old, or used up."""

    code = "link_invalid"
    message = "This link is not valid, or no longer; ask for a new one."


class MailMissing(Conflict):
    """The instance can't send mail."""

    code = "mail_missing"
    message = "This instance sends no mail; ask the person who runs it."


class RegistrationClosed(Forbidden):
    """The instance has its operator, and takes no one else, or no one without an invitation."""

    code = "registration_closed"
    message = "Registration is closed here, or by invitation; ask the person who runs this instance."


class EmailTaken(Conflict):
    """Someone is registered with the e-mail address."""

    code = "email_taken"
    message = "Someone is registered with this e-mail address."


class PersonUnknown(Invalid):
    """Nobody is registered with the e-mail address."""

    code = "person_unknown"
    message = "Nobody is registered with this e-mail address."


class DefaultBookUnknown(Invalid):
    """The person isn't a member of the book that they chose as their default."""

    code = "default_book_unknown"
    message = "There is no such book among yours."


class PersonNotFound(NotFound):
    """The person is gone."""

    code = "person_not_found"
    message = "There is no such person."


class GrantUnsupported(Invalid):
    """The form asks for another grant than ``password``."""

    code = "grant_unsupported"
    message = "The only grant here is `password`."


class SignInBusy(Busy):
    """Too many passwords are being checked at once."""

    code = "sign_in_busy"
    message = "Too many people are signing in at once; nothing was done. Try again."
    retry_after_seconds = 2
