"""What is sealed, and tickets: opened for what they are for, in time, once."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from farthing.core import tickets
from farthing.core.connection import Begin
from farthing.core.database import Database
from farthing.core.sealing import SealBrokenError, Seals, as_text, from_text
from farthing.core.secrets import SEALING_KEY_FILE, SealingKeyUnfit, new_sealing_key, sealing_keys
from farthing.core.settings import Settings
from farthing.core.tickets import TicketInvalidError


@pytest.fixture
def seals() -> Seals:
    return Seals(Settings(sealing_key=SecretStr(new_sealing_key())))


def test_what_is_sealed_opens_for_its_purpose_only(seals: Seals) -> None:
    sealed = seals.seal(b"secret", purpose="one")
    assert b"secret" not in sealed
    assert seals.open(sealed, purpose="one") == b"secret"
    assert seals.seal(b"secret", purpose="one") != sealed
    with pytest.raises(SealBrokenError):
        seals.open(sealed, purpose="another")


def test_what_was_changed_or_cut_does_not_open(seals: Seals) -> None:
    sealed = seals.seal(b"secret", purpose="one")
    for place in range(len(sealed)):
        with pytest.raises(SealBrokenError):
            seals.open(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :], purpose="one")
        with pytest.raises(SealBrokenError):
            seals.open(sealed[:place], purpose="one")


def test_a_key_is_changed_by_putting_a_new_one_before_it() -> None:
    old, new = new_sealing_key(), new_sealing_key()
    before = Seals(Settings(sealing_key=SecretStr(old))).seal(b"secret", purpose="one")
    both = Seals(Settings(sealing_key=SecretStr(new + old)))
    assert both.open(before, purpose="one") == b"secret"
    after = both.seal(b"secret", purpose="one")
    alone = Seals(Settings(sealing_key=SecretStr(new)))
    assert alone.open(after, purpose="one") == b"secret"
    with pytest.raises(SealBrokenError):
        alone.open(before, purpose="one")


def test_a_key_is_made_in_the_data_folder_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    made = sealing_keys(settings)
    assert made == sealing_keys(settings)
    assert (tmp_path / "data" / SEALING_KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", ["x", "ä", base64.b64encode(b"x" * 31).decode(), "!" * 44, " \n "])
def test_what_is_no_key_is_told_without_it(given: str) -> None:
    with pytest.raises(SealingKeyUnfit) as refused:
        sealing_keys(Settings(sealing_key=SecretStr(given)))
    assert given not in refused.value.detail or not given.strip()


def test_letters_that_are_none_of_ours_are_told_apart() -> None:
    assert from_text(as_text(b"\xff\xfe\xfd")) == b"\xff\xfe\xfd"
    for text in ("a", "a+b/", "ä", "a=b", "a b c"):
        with pytest.raises(SealBrokenError):
            from_text(text)


def test_a_ticket_is_good_for_its_purpose_and_time(seals: Seals) -> None:
    ticket = tickets.issue(seals, "this", {"who": "Ada"}, seconds=60)
    assert tickets.read(seals, "this", ticket).facts == {"who": "Ada"}
    for purpose, text in (("that", ticket), ("this", ticket[:-1]), ("this", b"")):
        with pytest.raises(TicketInvalidError):
            tickets.read(seals, purpose, text)
    with pytest.raises(TicketInvalidError):
        tickets.read(seals, "this", tickets.issue(seals, "this", {}, seconds=0))


async def test_a_ticket_is_spent_by_one_of_many(seals: Seals, database_url: str) -> None:
    ticket = tickets.read(seals, "this", tickets.issue(seals, "this", {}, seconds=60))
    async with Database(Settings(database_url=SecretStr(database_url))) as database:

        async def spend() -> bool:
            async with database.connect() as connection:
                await connection.begin(Begin.WRITING)
                try:
                    await ticket.spend(connection)
                except TicketInvalidError:
                    return False
                await connection.commit()
            return True

        assert sorted(await asyncio.gather(*(spend() for _ in range(6)))) == [False] * 5 + [True]


async def test_a_ticket_whose_use_comes_to_nothing_stays_good(seals: Seals, database_url: str) -> None:
    ticket = tickets.read(seals, "this", tickets.issue(seals, "this", {}, seconds=60))
    async with Database(Settings(database_url=SecretStr(database_url))) as database:
        for _ in range(2):
            async with database.connect() as connection:
                await connection.begin(Begin.WRITING)
                await ticket.spend(connection)
                await connection.rollback()


async def test_spent_tickets_are_forgotten_an_hour_after_they_would_have_expired(
    seals: Seals, database_url: str, superuser: Any
) -> None:
    await superuser.execute("DELETE FROM spent_tickets")
    await superuser.execute(
        """
        INSERT INTO spent_tickets (digest, expires_at)
        SELECT sha256(n::text::bytea), now() - interval '59 minutes' - n * interval '2 minutes'
          FROM generate_series(0, 3) n
        """
    )
    ticket = tickets.read(seals, "this", tickets.issue(seals, "this", {}, seconds=60))
    async with Database(Settings(database_url=SecretStr(database_url))) as database, database.connect() as connection:
        await ticket.spend(connection)
    assert await superuser.fetchval("SELECT count(*) FROM spent_tickets") == 2
