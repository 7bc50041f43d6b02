"""Reading files off the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from farthing.core import bounds
from farthing.features.imports.errors import FileEmpty
from farthing.formats.detection import read
from farthing.formats.drafts import DraftFile


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person knows about a file: its format (None: the file must speak for itself), and answers to what it
    leaves open, by the names of the questions.
    """

    format: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


class FileReader:
    """Reads statement files in threads of its own, so that other requests go on."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(bounds.IMPORTS_AT_ONCE)

    async def read(self, data: bytes, hints: Hints) -> DraftFile:
        """What a file says, read as the person says where it could be read in more than one way.

        Raises:
            FileEmpty: nothing is in it.
            FileFormatUnknown, FileUnreadable, FileReadingUnsure, FileTooLong: it can't be read.
        """
        if not data.strip():
            raise FileEmpty.at("/file")
        async with self._turns:
            return await asyncio.to_thread(
                read,
                data,
                format=hints.format,
                max_rows=bounds.IMPORT_ROWS,
                answers=hints.answers,
            )
