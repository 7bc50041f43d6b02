"""Second factors: setting up apps and passkeys, signing in and proving oneself with them, losing them."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import pyotp
import pytest
from tests.device import BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED, Device
from tests.features.answers import granted, refused
from tests.features.factors.guarded import by_password, guarded
from tests.household import PASSWORD, Client, Person, serving

from farthing.kit import clock


async def works(client: Client, pair: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    granted(await client.send_json("GET", "/me", headers=headers))


async def too_old(superuser: asyncpg.Connection, person: Person) -> None:
    """Let so much time pass that the proof of the person's sign-ins is old."""
    await superuser.execute(
        "UPDATE sessions SET proven_at = now() - interval '11 minutes' WHERE user_id = $1", person.id
    )


# --- authenticator apps ---


async def test_an_app_is_asked_for_once_its_first_code_was_given(client: Client) -> None:
    ada = await guarded(client)
    begun = granted(await ada.person.ask("POST", "/me/factors/authenticators", {"name": "Phone"}), 201)
    assert begun["uri"].startswith("otpauth://totp/Farthing:")
    assert f"secret={begun['secret']}" in begun["uri"]
    assert len(begun["secret"]) == 32
    granted(await by_password(client, ada.person.email))
    assert granted(await ada.person.ask("GET", "/me/factors")) == {"data": [], "recovery_codes_left": 0}
    path = f"/me/factors/authenticators/{begun['id']}/confirm"
    refused(await ada.person.ask("POST", path, {"code": "000000"}), 422, "code_wrong", pointer="/code")
    ada.secret = begun["secret"]
    answer = await ada.person.ask("POST", path, {"code": ada.code()})
    added = granted(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert len(set(added["recovery_codes"])) == 10
    assert (added["factor"]["kind"], added["factor"]["name"]) == ("authenticator", "Phone")
    wanted = await ada.challenge()
    assert wanted["methods"] == ["otp"]
    refused(await ada.person.ask("POST", path, {"code": ada.code(1)}), 409, "enrolment_over")
    me = granted(await ada.person.ask("GET", "/me"))
    assert me["second_factor_since"] is not None
    mine = granted(await ada.person.ask("GET", "/me/factors"))
    assert mine["recovery_codes_left"] == 10
    assert [factor["name"] for factor in mine["data"]] == ["Phone"]


async def test_the_code_after_the_password_completes_the_sign_in(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    challenge = (await ada.challenge())["challenge"]
    answer = await ada.give(challenge, code=f"{ada.code()[:3]} {ada.code()[3:]}")
    pair = granted(answer)
    assert answer.headers["cache-control"] == "no-store"
    await works(client, pair)
    refused(await ada.give(challenge, code=ada.code(1)), 401, "challenge_invalid")
    refused(await ada.give("chl_unknown", code=ada.code(1)), 401, "challenge_invalid")


async def test_a_code_is_taken_once_and_none_before_it(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    code = ada.code()
    granted(await ada.give((await ada.challenge())["challenge"], code=code))
    refused(await ada.give((await ada.challenge())["challenge"], code=code), 401, "factor_refused")
    refused(await ada.give((await ada.challenge())["challenge"], code=ada.code(-1)), 401, "factor_refused")
    granted(await ada.give((await ada.challenge())["challenge"], code=ada.code(1)))


async def test_a_code_given_by_many_at_once_is_taken_once(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    challenges = [(await ada.challenge())["challenge"] for _ in range(6)]
    answers = await asyncio.gather(*(ada.give(each, code=ada.code()) for each in challenges))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401, 401]


async def test_a_challenge_taken_by_many_at_once_signs_in_once(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    challenge = (await ada.challenge())["challenge"]
    given = [{"recovery_code": code} for code in ada.recovery_codes[:4]]
    answers = await asyncio.gather(*(ada.give(challenge, **each) for each in given))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    left = granted(await ada.person.ask("GET", "/me/factors"))["recovery_codes_left"]
    assert left == 9


async def test_codes_out_of_the_window_are_refused(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    challenge = (await ada.challenge())["challenge"]
    for offset in (-3, 3, 100):
        refused(await ada.give(challenge, code=ada.code(offset)), 401, "factor_refused")


async def test_a_fifth_wrong_code_ends_the_sign_in(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    challenge = (await ada.challenge())["challenge"]
    wrong = str((int(ada.code()) + 500_000) % 1_000_000).zfill(6)
    for _ in range(5):
        refused(await ada.give(challenge, code=wrong), 401, "factor_refused")
    refused(await ada.give(challenge, code=ada.code()), 401, "factor_tries_spent")
    refused(await ada.give(challenge, recovery_code=ada.recovery_codes[0]), 401, "factor_tries_spent")
    granted(await ada.give((await ada.challenge())["challenge"], code=ada.code()))


async def test_wrong_codes_sent_at_once_are_counted_one_by_one(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    challenge = (await ada.challenge())["challenge"]
    answers = await asyncio.gather(*(ada.give(challenge, code=ada.code(50 + n)) for n in range(12)))
    codes = [answer.json()["code"] for answer in answers]
    assert (codes.count("factor_refused"), codes.count("factor_tries_spent")) == (5, 7)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", "      ", "1" * 5000])
async def test_what_is_no_code_is_told_so(client: Client, code: str) -> None:
    ada = await guarded(client)
    refused(await ada.give("chl_x", code=code), 422, "request_invalid", pointer="/code")


async def test_one_proof_is_given_and_not_two(client: Client) -> None:
    ada = await guarded(client)
    refused(await ada.give("chl_x"), 422, "request_invalid")
    refused(await ada.give("chl_x", code="123456", recovery_code="abc"), 422, "request_invalid")
    refused(await ada.give("chl_x", code="123456", password=PASSWORD), 422, "request_invalid", pointer="/password")
    refused(await ada.person.ask("POST", "/auth/prove", {"code": "123456", "password": PASSWORD}), 422,
            "request_invalid")  # fmt: skip


async def test_an_app_that_waited_too_long_or_is_anothers_is_not_confirmed(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada, eve = await guarded(client), await guarded(client)
    begun = granted(await ada.person.ask("POST", "/me/factors/authenticators", {"name": "Phone"}), 201)
    path = f"/me/factors/authenticators/{begun['id']}/confirm"
    code = {"code": pyotp.TOTP(begun["secret"]).at(clock.now())}
    refused(await eve.person.ask("POST", path, code), 404, "factor_not_found")
    await superuser.execute(
        "UPDATE authenticators SET created_at = now() - interval '61 minutes' WHERE id = $1", begun["id"]
    )
    refused(await ada.person.ask("POST", path, code), 409, "enrolment_over")
    granted(await ada.person.ask("POST", "/me/factors/authenticators", {"name": "Phone"}), 201)
    refused(await ada.person.ask("POST", path, code), 404, "factor_not_found")


async def test_the_secret_is_sealed_in_the_database_and_opens_in_its_own_row_only(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada, eve = await (await guarded(client)).with_app(), await (await guarded(client)).with_app()
    rows = {
        str(row["user_id"]): row["sealed_secret"]
        for row in await superuser.fetch("SELECT user_id, sealed_secret FROM authenticators")
    }
    assert ada.secret.encode() not in rows[ada.person.id]
    # Whoever can write to the database can't give someone their own app.
    await superuser.execute(
        "UPDATE authenticators SET sealed_secret = $1 WHERE user_id = $2", rows[eve.person.id], ada.person.id
    )
    refused(await ada.give((await ada.challenge())["challenge"], code=eve.code()), 401, "factor_refused")
    granted(await ada.give((await ada.challenge())["challenge"], recovery_code=ada.recovery_codes[0]))


# --- recovery codes ---


async def test_a_recovery_code_is_taken_once_however_it_is_typed(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await (await guarded(client)).with_app()
    code = ada.recovery_codes[3]
    granted(await ada.give((await ada.challenge())["challenge"], recovery_code=f" {code.replace('-', ' ').upper()} "))
    refused(await ada.give((await ada.challenge())["challenge"], recovery_code=code), 401, "factor_refused")
    assert granted(await ada.person.ask("GET", "/me/factors"))["recovery_codes_left"] == 9
    kept = await superuser.fetch("SELECT digest FROM recovery_codes WHERE user_id = $1", ada.person.id)
    assert all(code.replace("-", "").encode() not in row["digest"] for row in kept)


async def test_recovery_codes_are_renewed_and_the_old_ones_good_for_nothing(client: Client) -> None:
    ada = await guarded(client)
    refused(await ada.person.ask("POST", "/me/recovery-codes"), 409, "factors_missing")
    await ada.with_app()
    new = granted(await ada.person.ask("POST", "/me/recovery-codes"))["recovery_codes"]
    assert not set(new) & set(ada.recovery_codes)
    refused(await ada.give((await ada.challenge())["challenge"], recovery_code=ada.recovery_codes[0]), 401,
            "factor_refused")  # fmt: skip
    granted(await ada.give((await ada.challenge())["challenge"], recovery_code=new[0]))


async def test_the_recovery_code_of_another_is_good_for_nothing(client: Client) -> None:
    ada, eve = await (await guarded(client)).with_app(), await (await guarded(client)).with_app()
    refused(await ada.give((await ada.challenge())["challenge"], recovery_code=eve.recovery_codes[0]), 401,
            "factor_refused")  # fmt: skip


# --- passkeys ---


@pytest.mark.parametrize("ed25519", [False, True])
async def test_a_passkey_is_a_second_factor(client: Client, ed25519: bool) -> None:
    ada = await guarded(client)
    ada.device = Device(ed25519=ed25519)
    await ada.with_passkey()
    assert len(ada.recovery_codes) == 10
    wanted = await ada.challenge()
    assert wanted["methods"] == ["hwk"]
    options = await ada.asked(wanted["challenge"])
    assert [each["transports"] for each in options["allowCredentials"]] == [["hybrid", "internal"]]
    assert options["userVerification"] == "required"
    credential = ada.device.use(options)
    pair = granted(await ada.give(wanted["challenge"], passkey=credential))
    await works(client, pair)


async def test_a_passkey_signs_in_by_itself(client: Client) -> None:
    ada = await (await guarded(client)).with_passkey()
    for _ in range(2):
        options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
        assert options["allowCredentials"] == []
        pair = granted(await client.send_json("POST", "/auth/passkey", {"passkey": ada.device.use(options)}))
        await works(client, pair)
    last_used = granted(await ada.person.ask("GET", "/me/factors"))["data"][0]["last_used_at"]
    assert last_used is not None


async def test_a_synced_passkey_that_does_not_count_signs_in_too(client: Client) -> None:
    ada = await guarded(client)
    ada.device = Device(counts=False, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)
    await ada.with_passkey()
    assert granted(await ada.person.ask("GET", "/me/factors"))["data"][0]["synced"] is True
    assert (await ada.challenge())["methods"] == ["swk"]
    for _ in range(2):
        options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
        granted(await client.send_json("POST", "/auth/passkey", {"passkey": ada.device.use(options)}))


async def test_what_a_device_signed_is_taken_once(client: Client) -> None:
    ada = await guarded(client)
    ada.device = Device(counts=False)
    await ada.with_passkey()
    options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
    signed = {"passkey": ada.device.use(options)}
    answers = await asyncio.gather(*(client.send_json("POST", "/auth/passkey", signed) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_a_copy_of_a_passkey_gives_itself_away(client: Client) -> None:
    ada = await (await guarded(client)).with_passkey()
    copy = Device(key=ada.device.key, credential_id=ada.device.credential_id, user_handle=ada.device.user_handle)
    for device, status in ((ada.device, 200), (ada.device, 200), (copy, 401), (copy, 401), (ada.device, 200)):
        options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
        answer = await client.send_json("POST", "/auth/passkey", {"passkey": device.use(options)})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "spoiled",
    [
        {"rp_id": "evil.example"},
        {"origin": "https://localhost.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:99999999"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": PRESENT | VERIFIED | BACKED_UP},
    ],
)
async def test_what_a_device_says_for_another_place_or_unverified_is_refused(
    client: Client, spoiled: dict[str, Any]
) -> None:
    ada = await guarded(client)
    good = ada.device
    ada.device = Device(**spoiled)
    refused(await ada.add_passkey(), 422, "passkey_unfit", pointer="/credential")
    ada.device = good
    await ada.with_passkey()
    for name, value in spoiled.items():
        setattr(good, name, value)
    options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
    refused(await client.send_json("POST", "/auth/passkey", {"passkey": good.use(options)}), 401, "passkey_unknown")
    challenge = (await ada.challenge())["challenge"]
    refused(await ada.give(challenge, passkey=good.use(await ada.asked(challenge))), 401, "factor_refused")


async def test_what_was_signed_for_one_thing_is_good_for_no_other(client: Client) -> None:
    ada = await (await guarded(client)).with_passkey()
    alone = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
    first, second = (await ada.challenge())["challenge"], (await ada.challenge())["challenge"]
    step_up = granted(await ada.person.ask("POST", "/auth/prove/options"))["public_key"]
    creation = granted(await ada.person.ask("POST", "/me/factors/passkeys/options"))["public_key"]
    for options in (alone, step_up, creation, await ada.asked(second)):
        refused(await ada.give(first, passkey=ada.device.use(options)), 401, "factor_refused")
    for options in (step_up, creation, await ada.asked(first)):
        answer = await client.send_json("POST", "/auth/passkey", {"passkey": ada.device.use(options)})
        refused(answer, 401, "passkey_unknown")
    for options in (alone, creation, await ada.asked(first)):
        answer = await ada.person.ask("POST", "/auth/prove", {"passkey": ada.device.use(options)})
        refused(answer, 401, "factor_refused")


async def test_a_passkey_made_for_one_person_is_not_taken_from_another(client: Client) -> None:
    ada, eve = await guarded(client), await guarded(client)
    options = granted(await ada.person.ask("POST", "/me/factors/passkeys/options"))["public_key"]
    made: dict[str, Any] = {"name": "Stolen", "credential": ada.device.make(options)}
    refused(await eve.person.ask("POST", "/me/factors/passkeys", made), 422, "passkey_unfit")
    granted(await ada.person.ask("POST", "/me/factors/passkeys", made), 201)
    refused(await ada.person.ask("POST", "/me/factors/passkeys", made), 422, "passkey_unfit")
    again = granted(await ada.person.ask("POST", "/me/factors/passkeys/options"))["public_key"]
    assert [each["id"] for each in again["excludeCredentials"]] == [made["credential"]["id"]]
    eve.device = Device(credential_id=ada.device.credential_id)
    refused(await eve.add_passkey(), 409, "passkey_taken")


async def test_another_key_signs_nobody_in(client: Client) -> None:
    ada = await (await guarded(client)).with_passkey()
    forger = Device(credential_id=ada.device.credential_id, sign_count=100)
    options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
    wrong = refused(await client.send_json("POST", "/auth/passkey", {"passkey": forger.use(options)}), 401,
                    "passkey_unknown")  # fmt: skip
    unknown = refused(await client.send_json("POST", "/auth/passkey", {"passkey": Device().use(options)}), 401,
                      "passkey_unknown")  # fmt: skip
    assert wrong | {"request_id": ""} == unknown | {"request_id": ""}


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("damage", ["", "A", "AAAA", "____", "eyJ0eXBlIjoxfQ", "A" * 1999])
async def test_damaged_proofs_are_refused_and_break_nothing(client: Client, part: str, damage: str) -> None:
    ada = await (await guarded(client)).with_passkey()
    options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
    credential = ada.device.use(options)
    credential["response"][part] = damage
    answer = await client.send_json("POST", "/auth/passkey", {"passkey": credential})
    refused(answer, 401, "passkey_unknown")


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("damage", ["", "A", "oWNmbXRkbm9uZQ", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA", "n" * 1999])
async def test_damaged_new_passkeys_are_refused_and_break_nothing(client: Client, part: str, damage: str) -> None:
    ada = await guarded(client)
    options = granted(await ada.person.ask("POST", "/me/factors/passkeys/options"))["public_key"]
    credential = ada.device.make(options)
    credential["response"][part] = damage
    made = {"name": "Broken", "credential": credential}
    refused(await ada.person.ask("POST", "/me/factors/passkeys", made), 422, "passkey_unfit", pointer="/credential")


async def test_passkeys_are_made_for_the_public_address(database_url: str, signing_key: str) -> None:
    async with serving(
        database_url, signing_key, registration="open", public_url="https://money.example.org/farthing"
    ) as client:
        ada = await guarded(client)
        refused(await ada.add_passkey(), 422, "passkey_unfit")
        ada.device = Device(rp_id="money.example.org", origin="https://money.example.org")
        await ada.with_passkey()
        options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
        assert options["rpId"] == "money.example.org"
        granted(await client.send_json("POST", "/auth/passkey", {"passkey": ada.device.use(options)}))


# --- proving oneself anew ---


async def test_what_matters_wants_a_fresh_proof(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await (await guarded(client)).with_app()
    await too_old(superuser, ada.person)
    ask = ada.person.ask
    refused(await ask("POST", "/me/factors/authenticators", {"name": "Other"}), 403, "proof_too_old")
    refused(await ask("POST", "/me/factors/passkeys/options"), 403, "proof_too_old")
    refused(await ask("POST", "/me/recovery-codes"), 403, "proof_too_old")
    refused(await ask("DELETE", f"/me/factors/{ada.app_id}"), 403, "proof_too_old")
    for proof in ({"code": ada.code()}, {"recovery_code": ada.recovery_codes[0]}, {"password": PASSWORD}):
        await too_old(superuser, ada.person)
        refused(await ask("POST", "/me/recovery-codes"), 403, "proof_too_old")
        granted(await ask("POST", "/auth/prove", proof))
        granted(await ask("POST", "/me/factors/passkeys/options"))
    await ada.with_passkey()
    await too_old(superuser, ada.person)
    options = granted(await ask("POST", "/auth/prove/options"))["public_key"]
    granted(await ask("POST", "/auth/prove", {"passkey": ada.device.use(options)}))
    granted(await ask("POST", "/me/recovery-codes"))


async def test_wrong_proofs_are_bounded_too(client: Client, superuser: asyncpg.Connection) -> None:
    ada = await (await guarded(client)).with_app()
    for n in range(5):
        refused(await ada.person.ask("POST", "/auth/prove", {"code": ada.code(50 + n)}), 401, "factor_refused")
    refused(await ada.person.ask("POST", "/auth/prove", {"code": ada.code()}), 401, "factor_tries_spent")
    granted(await ada.person.ask("POST", "/auth/prove", {"password": PASSWORD}))
    await superuser.execute("UPDATE factor_tries SET until = now() WHERE user_id = $1", ada.person.id)
    granted(await ada.person.ask("POST", "/auth/prove", {"code": ada.code()}))


# --- looking after factors ---


async def test_factors_are_renamed_and_removed_and_the_last_takes_the_recovery_codes_along(client: Client) -> None:
    ada = await (await (await guarded(client)).with_app()).with_passkey()
    assert (await ada.challenge())["methods"] == ["hwk", "otp"]
    app, passkey = granted(await ada.person.ask("GET", "/me/factors"))["data"]
    renamed = granted(await ada.person.ask("PATCH", f"/me/factors/{passkey['id']}", {"name": "Key ring"}))
    assert renamed["name"] == "Key ring"
    assert (await ada.person.ask("DELETE", f"/me/factors/{app['id']}")).status_code == 204
    assert (await ada.challenge())["methods"] == ["hwk"]
    assert granted(await ada.person.ask("GET", "/me/factors"))["recovery_codes_left"] == 10
    assert (await ada.person.ask("DELETE", f"/me/factors/{passkey['id']}")).status_code == 204
    assert granted(await ada.person.ask("GET", "/me/factors")) == {"data": [], "recovery_codes_left": 0}
    granted(await by_password(client, ada.person.email))
    assert granted(await ada.person.ask("GET", "/me"))["second_factor_since"] is None
    refused(await ada.person.ask("DELETE", f"/me/factors/{passkey['id']}"), 404, "factor_not_found")


async def test_the_factors_of_others_are_out_of_reach(client: Client) -> None:
    ada, eve = await (await guarded(client)).with_app(), await guarded(client)
    refused(await eve.person.ask("DELETE", f"/me/factors/{ada.app_id}"), 404, "factor_not_found")
    refused(await eve.person.ask("PATCH", f"/me/factors/{ada.app_id}", {"name": "Mine"}), 404, "factor_not_found")
    assert granted(await eve.person.ask("GET", "/me/factors"))["data"] == []


async def test_the_last_two_factors_removed_at_once_leave_nobody_locked_out(client: Client) -> None:
    for _ in range(3):
        ada = await (await (await guarded(client)).with_app()).with_passkey()
        factors = granted(await ada.person.ask("GET", "/me/factors"))["data"]
        removed = await asyncio.gather(*(ada.person.ask("DELETE", f"/me/factors/{each['id']}") for each in factors))
        assert [answer.status_code for answer in removed] == [204, 204]
        granted(await by_password(client, ada.person.email))


async def test_nobody_has_more_than_twenty_factors(client: Client) -> None:
    ada = await guarded(client)
    for n in range(20):
        ada.device = Device()
        granted(await ada.add_passkey(f"Key {n}"), 201)
    refused(await ada.person.ask("POST", "/me/factors/passkeys/options"), 409, "factors_too_many")
    refused(await ada.person.ask("POST", "/me/factors/authenticators", {"name": "Phone"}), 409, "factors_too_many")


# --- at the database ---


async def test_postgresql_refuses_a_spent_step_and_a_count_that_goes_down(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await (await (await guarded(client)).with_app()).with_passkey()
    for step in ("last_step - 1", "last_step", "NULL"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await superuser.execute(f"UPDATE authenticators SET last_step = {step} WHERE user_id = $1", ada.person.id)
    await superuser.execute("UPDATE passkeys SET sign_count = 7 WHERE user_id = $1", ada.person.id)
    for count in (7, 6, 0):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await superuser.execute("UPDATE passkeys SET sign_count = $1 WHERE user_id = $2", count, ada.person.id)


async def test_postgresql_keeps_whether_a_second_factor_is_asked_for(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await (await (await guarded(client)).with_app()).with_passkey()
    standing = "SELECT second_factor_since, second_factor_methods FROM users WHERE id = $1"
    since, methods = await superuser.fetchrow(standing, ada.person.id)
    assert isinstance(since, dt.datetime)
    assert methods == ["hwk", "otp"]
    await superuser.execute("DELETE FROM authenticators WHERE user_id = $1", ada.person.id)
    assert list(await superuser.fetchrow(standing, ada.person.id)) == [since, ["hwk"]]
    await superuser.execute("DELETE FROM passkeys WHERE user_id = $1", ada.person.id)
    assert list(await superuser.fetchrow(standing, ada.person.id)) == [None, []]
    left = await superuser.fetchval("SELECT count(*) FROM recovery_codes WHERE user_id = $1", ada.person.id)
    assert left == 0


async def test_what_happened_to_factors_is_written_down_without_secrets(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await (await guarded(client)).with_app()
    refused(await ada.give((await ada.challenge())["challenge"], code=ada.code(9)), 401, "factor_refused")
    granted(await ada.give((await ada.challenge())["challenge"], code=ada.code()))
    granted(await ada.person.ask("POST", "/me/recovery-codes"))
    assert (await ada.person.ask("DELETE", f"/me/factors/{ada.app_id}")).status_code == 204
    rows = await superuser.fetch(
        "SELECT event, details FROM security_events WHERE person_id = $1 ORDER BY number", ada.person.id
    )
    events = [row["event"] for row in rows if row["event"] not in {"registered", "second_factor_required"}]
    assert events == ["signed_in", "factor_added", "second_factor_failed", "signed_in", "recovery_codes_renewed",
                      "factor_removed"]  # fmt: skip
    told = " ".join(row["details"] for row in rows)
    assert ada.secret not in told
    assert not any(code in told for code in ada.recovery_codes)


# --- throttling ---


async def test_second_factors_are_tried_ten_times_in_whatever_sign_ins_and_right_ones_do_not_count(
    client: Client, superuser: asyncpg.Connection
) -> None:
    ada = await (await guarded(client)).with_app()
    for code in ada.recovery_codes[:4]:
        granted(await ada.give((await ada.challenge())["challenge"], recovery_code=code))
    for n in range(10):
        refused(await ada.give((await ada.challenge())["challenge"], code=ada.code(50 + n)), 401, "factor_refused")
    answer = await ada.give((await ada.challenge())["challenge"], code=ada.code())
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) > 200
    spent = await superuser.fetchval("SELECT max(last_step) FROM authenticators WHERE user_id = $1", ada.person.id)
    assert pyotp.TOTP(ada.secret).generate_otp(spent) != ada.code()  # what wasn't looked at is still good


async def test_whoever_tries_codes_slows_nobody_at_a_known_device(client: Client) -> None:
    ada = await (await guarded(client)).with_app()
    first = granted(await ada.give((await ada.challenge())["challenge"], code=ada.code()))
    other = await (await guarded(client)).with_app()
    for _ in range(2):
        challenge = (await ada.challenge())["challenge"]
        for _ in range(5):
            refused(await ada.give(challenge, code="000000"), 401, "factor_refused")
    challenge = (await ada.challenge())["challenge"]
    refused(await ada.give(challenge, code=ada.code(1)), 429, "too_many_attempts")
    # Nor is one known that only another has signed in from.
    theirs = granted(await other.give((await other.challenge())["challenge"], code=other.code()))["device_token"]
    refused(await ada.give(challenge, code=ada.code(1), device_token=theirs), 429, "too_many_attempts")
    again = granted(await ada.give(challenge, code=ada.code(1), device_token=first["device_token"]))
    assert again["device_token"] == first["device_token"]


async def test_a_passkey_leaves_a_known_device_known(client: Client) -> None:
    ada = await (await guarded(client)).with_passkey()

    async def told(**known: str) -> str:
        options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
        body = {"passkey": ada.device.use(options), **known}
        return str(granted(await client.send_json("POST", "/auth/passkey", body))["device_token"])

    device = await told()
    assert await told(device_token=device) == device
    assert await told(device_token="dvc_chosen_by_the_client") not in {device, "dvc_chosen_by_the_client"}


async def test_an_address_tries_passkeys_so_often_and_no_more(fresh_database_url: str, signing_key: str) -> None:
    async with serving(fresh_database_url, signing_key, registration="open", attempts_per_address=6) as client:
        ada = await (await guarded(client)).with_passkey()
        stranger = Device()
        statuses = []
        for device in (ada.device, stranger, ada.device, *(stranger for _ in range(6))):
            options = granted(await client.send_json("POST", "/auth/passkey/options"))["public_key"]
            answer = await client.send_json("POST", "/auth/passkey", {"passkey": device.use(options)})
            statuses.append(answer.status_code)
        assert statuses[:3] == [200, 401, 200]
        assert statuses[-1] == 429
        assert 200 not in statuses[3:]
