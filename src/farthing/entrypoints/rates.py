"""The instance's reference prices, brought in for all its books: the history that it begins with, and what is newer.

Nothing is fetched from anywhere unless ``FARTHING_RATES_URL`` names a source: then every night, and when asked for.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from urllib.parse import urlsplit

import httpx2

from farthing.core.connection import Begin
from farthing.core.database import owner_connection, required_url
from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.features.prices.errors import RatesUnavailable
from farthing.features.prices.published import MAX_BYTES, Published, read_published
from farthing.features.prices.service.reference import ReferenceService

FETCH_SECONDS = 30.0


async def begin_with_rates(url: str) -> int:
    """Give a database the history of the European Central Bank, if it has no reference prices yet.

    Returns:
        How many were written: a second's work, once.
    """
    async with owner_connection(url) as owner:
        await owner.begin(Begin.WRITING)
        written = await ReferenceService(owner).begin_with_history()
        await owner.commit()
    return written


async def add_rates(settings: Settings, prices: list[Published], source: str) -> int:
    """Write reference prices down; answers how many are new or differ.

    Raises:
        RateUnfit: one can't be such a price.
    """
    async with owner_connection(required_url(settings)) as owner:
        await owner.begin(Begin.WRITING)
        written = await ReferenceService(owner).add(prices, source)
        await owner.commit()
    return written


async def add_rate(settings: Settings, currency: str, day: dt.date, amount: Decimal, source: str) -> int:
    """Write one down."""
    return await add_rates(settings, [(currency, day, amount)], source)


async def refresh_rates(settings: Settings) -> int:
    """Fetch the table that the settings name, and write down what is new or differs; answers how many were.

    Raises:
        RatesUnavailable: none is named, or it can't be fetched.
        RatesUnreadable: what came is no such table.
    """
    if settings.rates_url is None:
        raise RatesUnavailable(why="FARTHING_RATES_URL names no source")
    data = await _fetched(settings.rates_url)
    return await add_rates(settings, read_published(data), urlsplit(settings.rates_url).hostname or "elsewhere")


async def known_rates(settings: Settings) -> list[Row]:
    """Of each currency how many days there are, the first, the last, and who says the last."""
    async with owner_connection(required_url(settings)) as owner:
        await owner.begin(Begin.READING)
        return await ReferenceService(owner).overview()


async def _fetched(url: str) -> bytes:
    """What is at an address: at most :data:`MAX_BYTES`, within half a minute, from there and nowhere else."""
    data = bytearray()
    try:
        async with (
            httpx2.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != httpx2.codes.OK:
                raise RatesUnavailable(why=f"the source answers {answer.status_code}")
            async for piece in answer.aiter_bytes():
                data += piece
                if len(data) > MAX_BYTES:
                    raise RatesUnavailable(why="the source sends more than such a table takes")
    except httpx2.HTTPError as trouble:
        raise RatesUnavailable(why=type(trouble).__name__) from trouble
    return bytes(data)
