"""Reading a file that was handed in, before its book is locked: others go on writing meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from farthing.features.imports.reading import FileReader, Hints
from farthing.features.imports.service.bring import Handed
from farthing.features.imports.service.profile import ProfileService
from farthing.formats.asked import CURRENCY
from farthing.formats.drafts import DraftFile, DraftQuestion

DOLLAR = "dollar"

Look = Callable[[], AbstractAsyncContextManager[ProfileService]]
"""Opens what is remembered of files, in the book that the file is for."""


async def read_file(
    reader: FileReader, look: Look, data: bytes, *, account: str | None, hints: Hints, said: Mapping[str, str]
) -> Handed:
    """A file as it was read: what it leaves open is answered as it was of the last such file.

    What currency it is in, where neither it nor anyone says, is the book's own: the file warns that this was assumed.

    Args:
        reader: reads files.
        look: opens what is remembered, if it is needed.
        data: the file.
        account: the account it is for, where someone said so.
        hints: its format and the answers to read it with.
        said: those of the answers that a person gave just now.

    Raises:
        FileEmpty, FileFormatUnknown, FileUnreadable, FileReadingUnsure, FileTooLong, FileTooCostly: it can't be read.
    """
    file = await reader.read(data, hints)
    profile_id, answers, assumed = None, dict(hints.answers), {}
    if file.questions:
        async with look() as profiles:
            profile = await profiles.of_shape(file.shape)
            currency = profiles.work.opened.currency
        if profile is not None:
            profile_id, answers = profile["id"], {**profile["answers"], **answers}
        assumed = {
            question.name: currency
            for question in file.questions
            if question.name not in answers and _is_answered_by(question, currency)
        }
        if profile_id is not None or assumed:
            answers |= assumed
            file = await reader.read(data, replace(hints, answers=answers))
        if assumed:
            file = _warned(file, currency)
    return Handed(file, data, account, hints.format, answers, said, profile_id)


def _is_answered_by(question: DraftQuestion, currency: str) -> bool:
    """Whether a file asks for a currency that may be this one."""
    return question.name == CURRENCY or (
        question.name == DOLLAR and any(choice.value == currency for choice in question.choices)
    )


def _warned(file: DraftFile, currency: str) -> DraftFile:
    warning = (
        f"The file doesn't say which currency its amounts are in; {currency} was assumed, as the book is kept in it."
    )
    return replace(file, warnings=(*file.warnings, warning))
