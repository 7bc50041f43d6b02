"""Second factors: setting them up, and signing in and proving oneself with them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Response

from farthing.core.permissions import ANYONE, SIGNED_IN
from farthing.core.problems import faults
from farthing.core.serving import open_for_person, room, serve, tool
from farthing.core.statements import Row
from farthing.features.factors.errors import (
    CodeWrong,
    EnrolmentOver,
    FactorNotFound,
    FactorRefused,
    FactorsMissing,
    FactorsTooMany,
    FactorTriesSpent,
    PasskeyTaken,
    PasskeyUnfit,
    PasskeyUnknown,
)
from farthing.features.factors.schemas import (
    AuthenticatorConfirm,
    AuthenticatorCreate,
    AuthenticatorStarted,
    FactorAdded,
    FactorRead,
    FactorsRead,
    FactorUpdate,
    PasskeyCreate,
    PasskeyOptions,
    PasskeySignIn,
    ProofCreate,
    RecoveryCodesRead,
    SecondFactorAsk,
    SecondFactorCreate,
)
from farthing.features.factors.service.enrol import Added, EnrolService, Started
from farthing.features.factors.service.prove import StepUpService
from farthing.features.factors.service.review import ReviewService
from farthing.features.factors.service.sign_in import FactorSignInService
from farthing.features.identity.errors import (
    ChallengeInvalid,
    CredentialsWrong,
    LocalLoginOff,
    PersonBlocked,
    ProofTooOld,
    SignInBusy,
    TooManyAttempts,
)
from farthing.features.identity.passwords import Passwords
from farthing.features.identity.router import NO_STORE
from farthing.features.identity.schemas import ProofRead, TokenPair
from farthing.features.identity.service.proof import prove
from farthing.features.identity.service.sign_in import OpenWork
from farthing.kit.wire import Id

router = room(prefix="", tag="identity")
Coming = Annotated[FactorSignInService, serve(FactorSignInService, needs=ANYONE)]
Enrolling = Annotated[EnrolService, serve(EnrolService, needs=SIGNED_IN)]
Reviewing = Annotated[ReviewService, serve(ReviewService, needs=SIGNED_IN)]
SteppingUp = Annotated[StepUpService, serve(StepUpService, needs=SIGNED_IN)]


@router.post(
    "/auth/second-factor",
    response_model=TokenPair,
    responses=faults(ChallengeInvalid, FactorRefused, FactorTriesSpent, PersonBlocked, TooManyAttempts),
)
async def give_second_factor(sign_ins: Coming, response: Response, given: SecondFactorCreate) -> TokenPair:
    """Complete a sign-in that the password has begun, with a code, a recovery code or a passkey. Five tries."""
    response.headers.update(NO_STORE)
    return await sign_ins.finish(given.challenge.get_secret_value(), given, device_token=given.device_token)


@router.post("/auth/second-factor/options", response_model=PasskeyOptions, responses=faults(ChallengeInvalid))
async def ask_for_second_factor(sign_ins: Coming, asked: SecondFactorAsk) -> dict[str, Any]:
    """What a device is to sign, where a sign-in is to be completed with a passkey."""
    return await sign_ins.options(asked.challenge.get_secret_value())


@router.post(
    "/auth/passkey",
    response_model=TokenPair,
    responses=faults(PasskeyUnknown, LocalLoginOff, PersonBlocked, TooManyAttempts),
)
async def sign_in_with_passkey(sign_ins: Coming, response: Response, given: PasskeySignIn) -> TokenPair:
    """Sign in with a passkey alone: it is two factors in itself, as the device verifies who holds it."""
    response.headers.update(NO_STORE)
    return await sign_ins.by_passkey(given.passkey, device_token=given.device_token)


@router.post("/auth/passkey/options", response_model=PasskeyOptions)
async def ask_for_passkey(sign_ins: Coming) -> dict[str, Any]:
    """What a device is to sign, where someone signs in with a passkey alone."""
    return sign_ins.passkey_options()


@router.post(
    "/auth/prove",
    response_model=ProofRead,
    responses=faults(CredentialsWrong, FactorRefused, FactorTriesSpent, TooManyAttempts, SignInBusy),
)
async def prove_identity(
    open_work: Annotated[OpenWork, open_for_person()],
    passwords: Annotated[Passwords, tool(Passwords)],
    proof: ProofCreate,
) -> dict[str, Any]:
    """Prove again who one is. What answered 403 `proof_too_old` can be asked for ten minutes."""
    if proof.password is not None:
        return {"proven_at": await prove(open_work, passwords, password=proof.password.get_secret_value())}
    async with open_work() as work:
        return {"proven_at": await StepUpService(work).prove(proof)}


@router.post("/auth/prove/options", response_model=PasskeyOptions)
async def ask_for_proof(proofs: SteppingUp) -> dict[str, Any]:
    """What a device is to sign, where someone proves with a passkey who they are."""
    return await proofs.options()


@router.get("/me/factors", response_model=FactorsRead)
async def list_factors(factors: Reviewing) -> dict[str, Any]:
    """Authenticator apps and passkeys that are asked for, and how many recovery codes are left."""
    return await factors.mine()


@router.post(
    "/me/factors/authenticators",
    status_code=201,
    response_model=AuthenticatorStarted,
    responses=faults(ProofTooOld, FactorsTooMany),
)
async def begin_authenticator(factors: Enrolling, response: Response, wanted: AuthenticatorCreate) -> Started:
    """Begin to set up an authenticator app. It isn't asked for before its first code was given."""
    response.headers.update(NO_STORE)
    return await factors.begin_authenticator(wanted)


@router.post(
    "/me/factors/authenticators/{factor_id}/confirm",
    response_model=FactorAdded,
    responses=faults(FactorNotFound, EnrolmentOver, CodeWrong),
)
async def confirm_authenticator(
    factors: Enrolling, factor_id: Id, response: Response, confirmed: AuthenticatorConfirm
) -> Added:
    """Give the first code of an authenticator app; from now on it is asked for after the password."""
    response.headers.update(NO_STORE)
    return await factors.confirm_authenticator(factor_id, confirmed.code.get_secret_value())


@router.post(
    "/me/factors/passkeys/options", response_model=PasskeyOptions, responses=faults(ProofTooOld, FactorsTooMany)
)
async def ask_for_new_passkey(factors: Enrolling) -> dict[str, Any]:
    """What a device is to make a passkey of."""
    return await factors.passkey_options()


@router.post(
    "/me/factors/passkeys",
    status_code=201,
    response_model=FactorAdded,
    responses=faults(ProofTooOld, FactorsTooMany, PasskeyTaken, PasskeyUnfit),
)
async def add_passkey(factors: Enrolling, response: Response, made: PasskeyCreate) -> Added:
    """Take a passkey that a device has made: it signs in by itself, and is asked for after the password."""
    response.headers.update(NO_STORE)
    return await factors.add_passkey(made)


@router.patch("/me/factors/{factor_id}", response_model=FactorRead, responses=faults(FactorNotFound))
async def update_factor(factors: Reviewing, factor_id: Id, changes: FactorUpdate) -> Row:
    """Call a factor something else."""
    return await factors.rename(factor_id, changes.name)


@router.delete("/me/factors/{factor_id}", status_code=204, responses=faults(FactorNotFound, ProofTooOld))
async def remove_factor(factors: Reviewing, factor_id: Id) -> None:
    """Take a factor away. With the last one go the recovery codes, and the password is enough again."""
    await factors.remove(factor_id)


@router.post("/me/recovery-codes", response_model=RecoveryCodesRead, responses=faults(FactorsMissing, ProofTooOld))
async def renew_recovery_codes(factors: Reviewing, response: Response) -> dict[str, Any]:
    """Ten new recovery codes, shown once; those before them are good for nothing."""
    response.headers.update(NO_STORE)
    return {"recovery_codes": await factors.renew_codes()}
