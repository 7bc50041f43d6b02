"""A spool: what is written more than once, or in another order than it was read in, waits on the disk meanwhile."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

IN_MEMORY = 1 << 20
"""Bytes that stay in memory; more are on the disk, in a file without a name."""
T = TypeVar("T")


class Spool(Generic[T]):
    """Things in the order in which they were added, to be looked at again and again. Closed by whom it belongs to."""

    def __init__(self) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - see close
        self._places = array("q")
        self._end = 0

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[T]:
        return self.some(range(len(self._places)))

    def add(self, thing: T) -> int:
        """Keep one more; answers with its number."""
        data = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        self._file.seek(self._end)
        self._file.write(data)
        self._places.append(self._end)
        self._end += len(data)
        return len(self._places) - 1

    def some(self, numbers: Iterable[int]) -> Iterator[T]:
        """Those of these numbers."""
        for number in numbers:
            self._file.seek(self._places[number])
            yield pickle.load(self._file)  # noqa: S301 - it was written here, a moment ago

    def close(self) -> None:
        """Let it go."""
        self._file.close()
