"""Records of any kind on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from farthing.kit.wire import Answered


class DigestRead(Answered):
    """The digest of what a book holds. Two books with the same one hold the same."""

    digest: Annotated[
        str,
        Field(
            description=(
                "SHA-256, hexadecimal, over a line for each record: the canonical JSON (keys sorted, no spaces, "
                "UTF-8) of `[kind, content]` and a newline, by kind and id. The content is the record as the history "
                "shows it, without what ends in `revision` or `_at`."
            )
        ),
    ]
    records: Annotated[int, Field(description="How many records the book holds.", examples=[1234])]
    revision: Annotated[int, Field(description="The state of the book that this is about.", examples=[42])]
