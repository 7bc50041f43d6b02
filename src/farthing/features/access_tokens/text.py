"""Personal access tokens as text: ``farthing_pat_``, 43 characters of 256 random bits, 6 characters of a checksum.

The prefix lets scanners find tokens where none belong. The checksum (CRC-32 of all that comes before it, in base 62)
tells a token from what only looks like one, without a question to the database: a typing error is refused at the door.
"""

from __future__ import annotations

import hashlib
import re
import string
import zlib

from farthing.kit import ids

PREFIX = "farthing_pat_"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 43
"""62 to the power of 43 is a little more than 2 to the power of 256."""
CHECKSUM_LENGTH = 6
_WHOLE = re.compile(f"{PREFIX}[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}")


def new_token() -> str:
    """A token that nobody can guess."""
    body = PREFIX + _in_base_62(int.from_bytes(ids.new_key()), RANDOM_LENGTH)
    return body + _checksum(body)


def is_meant(text: str) -> bool:
    """Whether a bearer's credentials are meant to be a personal access token."""
    return text.startswith(PREFIX)


def is_whole(text: str) -> bool:
    """Whether it is written as a token is, and its checksum is right."""
    return _WHOLE.fullmatch(text) is not None and text[-CHECKSUM_LENGTH:] == _checksum(text[:-CHECKSUM_LENGTH])


def digest_of(token: str) -> bytes:
    """What is kept of a token: its SHA-256. A slow hash would protect guessable words; this is 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(body: str) -> str:
    return _in_base_62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _in_base_62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))
