"""What can be exported. Each export is read from one snapshot into a file, before any of it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

from farthing.core.changelog import canonical
from farthing.core.records import KINDS as KEPT
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.books.service import BookService
from farthing.features.exports.drafting import draft_account, draft_assertion, draft_price
from farthing.features.exports.schemas import ExportQuery
from farthing.features.exports.surroundings import Surroundings
from farthing.features.exports.writers import KINDS
from farthing.features.journal.service import JournalService
from farthing.features.records.service import RecordService
from farthing.features.transactions.service.find import FindService
from farthing.kit import clock

AT_ONCE = 500
"""Transactions in memory at a time."""
IN_MEMORY = 1 << 20
"""Bytes of a file that stay in memory; larger ones are on the disk, without a name."""
LONGEST_NAME = 60
_UNFIT = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is ready. Whoever has it closes it."""

    file: IO[bytes]
    size: int


class ExportService:
    """Exports what a book holds."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def name(self, what: str, ending: str) -> str:
        """What a file is called: the book's name, what is in it, and the day."""
        book = await BookService(self.work).get()
        plain = _UNFIT.sub("-", book["name"].lower()).strip("-")[:LONGEST_NAME] or "book"
        return f"{plain}-{what}-{self.work.today().isoformat()}.{ending}"

    async def transactions(self, wanted: ExportQuery) -> Export:
        """The transactions that filters match, oldest first.

        Raises:
            SearchMalformed, AccountUnknown, TagUnknown: a filter can't be read, or names what the book hasn't got.
            WorkbookTooSmall: they are more than the format holds.
        """
        kind = KINDS[wanted.format]
        file = new_file()
        try:
            with (
                contextlib.closing(await self._around(wanted, is_asked=kind.asks_around)) as around,
                contextlib.closing(kind.writer(file, around)) as writer,
            ):
                async for page in FindService(self.work).all(wanted, at_once=AT_ONCE):
                    await asyncio.to_thread(writer.add, page)
                await asyncio.to_thread(writer.end)
        except BaseException:
            file.close()
            raise
        return ready(file)

    async def _around(self, wanted: ExportQuery, *, is_asked: bool) -> Surroundings:
        """What the book has besides the transactions, if the format tells of it."""
        book = await BookService(self.work).get()
        until = wanted.date_to or self.work.today()
        around = Surroundings(
            title=book["name"],
            currency=book["currency"],
            until=until,
            is_whole=wanted.is_whole,
            made_at=clock.now(),
        )
        if not is_asked:
            return around
        chart = await AccountService(self.work).whole_chart()
        names = {account["id"]: account["full_name"] for account in chart}
        around.accounts = tuple(map(draft_account, chart))
        around.held = {
            (names[each.account_id], each.currency): each.amount
            for each in await JournalService(self.work).balances(until=until, with_pending=False)
        }
        if wanted.is_whole:
            async for images in RecordService(self.work).of(KEPT["price"]):
                for image in images:
                    around.prices.add(draft_price(image))
            checkpoints = [
                image async for images in RecordService(self.work).of(KEPT["checkpoint"]) for image in images
            ]
            around.assertions = tuple(draft_assertion(image, names) for image in checkpoints)
        return around

    async def records(self) -> Export:
        """Everything that the book holds: a line of JSON for each record, with all its fields."""
        file = new_file()
        try:
            async for kind, images in RecordService(self.work).all():
                await asyncio.to_thread(_write_lines, file, ([kind, image] for image in images))
        except BaseException:
            file.close()
            raise
        return ready(file)


def new_file() -> IO[bytes]:
    """A file to write to that goes when it is closed."""
    file: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by whom it is handed to
    return file  # type: ignore[no-any-return]


def ready(file: IO[bytes]) -> Export:
    """The file, to be read from its beginning."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Export(file, size)


def _write_lines(file: IO[bytes], records: Iterable[list[Any]]) -> None:
    for kind, image in records:
        file.write(canonical({"kind": kind, "id": image["id"], "record": image}) + b"\n")
