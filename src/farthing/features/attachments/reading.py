"""Taking files in: what they hold is looked at, hashed and stored before the book is opened for writing."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

from farthing.core.bounds import ATTACHMENT_BYTES
from farthing.features.attachments.errors import AttachmentEmpty, AttachmentTooLarge
from farthing.features.attachments.names import fitted
from farthing.features.attachments.types import media_type


@dataclass(frozen=True, slots=True)
class Sample:
    """What there is to know about a file that was handed in."""

    name: str
    media_type: str
    size: int
    content_hash: bytes


async def look_at(data: bytes, name: str | None) -> Sample:
    """What a file is, by what it holds; what it is called is made fit.

    Raises:
        AttachmentEmpty, AttachmentTooLarge, AttachmentTypeRefused: it isn't kept here.
    """
    if not data:
        raise AttachmentEmpty.at("/file")
    if len(data) > ATTACHMENT_BYTES:
        raise AttachmentTooLarge.at("/file", most=ATTACHMENT_BYTES)
    return await asyncio.to_thread(_look_at, data, name)


def _look_at(data: bytes, name: str | None) -> Sample:
    return Sample(fitted(name), media_type(data), len(data), hashlib.sha256(data).digest())
