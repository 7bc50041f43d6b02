"""Documents set as PDF by Typst, from a template that is part of the program.

What people wrote is handed over as data and read by the template as text: it is never source. The template can read
nothing but its own folder, and fetches nothing. The same data makes the same bytes, where the same fonts are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "templates"
REVIEW = TEMPLATES / "review.typ"


@dataclass(frozen=True, slots=True)
class Review:
    """A month or a year on a few pages: what the template reads."""

    title: str
    data: Mapping[str, Any]


def write(review: Review) -> bytes:
    """The pages, as PDF 1.7 with tags, so that they can be listened to."""
    return bytes(_set(review, "pdf"))


def pictured(review: Review) -> list[bytes]:
    """The pages as pictures (PNG), to look at what was set."""
    pages = _set(review, "png")
    return [bytes(page) for page in pages] if isinstance(pages, list) else [bytes(pages)]


def _set(review: Review, kind: Any) -> Any:
    return typst.compile(
        REVIEW,
        root=TEMPLATES,
        format=kind,
        sys_inputs={"data": json.dumps(review.data, ensure_ascii=False)},
        package_path=TEMPLATES,
        package_cache_path=TEMPLATES,
    )
