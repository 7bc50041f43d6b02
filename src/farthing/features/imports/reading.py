"""Reading files off the event loop, a few at a time."""

from __future__ import annotations

import asyncio

from farthing.core import bounds
from farthing.features.imports.errors import FileEmpty
from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile


class FileReader:
    """Reads statement files in threads of its own, so that other requests go on."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(bounds.IMPORTS_AT_ONCE)

    async def read(self, data: bytes, file_format: str | None) -> DraftFile:
        """What a file says.

        Raises:
            FileEmpty: nothing is in it.
            FileFormatUnknown, FileUnreadable, FileReadingUnsure, FileTooLong: it can't be read.
        """
        if not data.strip():
            raise FileEmpty.at("/file")
        async with self._turns:
            return await asyncio.to_thread(read, data, format=file_format, max_rows=bounds.IMPORT_ROWS)
