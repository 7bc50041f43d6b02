"""Representations: a report as JSON, CSV, XLSX, SVG, PNG or PDF, as ``?format=`` or else ``Accept`` has it.

Whatever is asked for, the report is drawn up and answered as JSON first; then the book is closed, and the file is made
of that answer, in a thread. So a file holds no connection, and can't say anything else than the API does.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from farthing.core.bounds import FILES_MADE_AT_ONCE, FILES_MADE_SECONDS
from farthing.core.serving import WorkRoute, book_room, doorkeeper, saved_as
from farthing.features.reports.errors import FormatMissing, FormatUnfit, NothingAcceptable, RenderingSlow
from farthing.features.reports.outputs.offers import MEDIA_TYPES, Format, Outputs
from farthing.formats.tables import picture

LONGEST_NAME = 80
_UNFIT = re.compile(r"[^0-9a-z]+")
_QUALITY = re.compile(r"(0(\.[0-9]{0,3})?|1(\.0{0,3})?)\Z")


class RenderingDesk:
    """Where files wait for their turn to be made: it takes the processor's time, and memory."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(FILES_MADE_AT_ONCE)

    async def made(self, outputs: Outputs, wanted: Format, body: bytes) -> tuple[str, bytes]:
        """The file that is made of an answer, and what it is called.

        Raises:
            RenderingSlow: it took too long, or others did.
        """
        making = asyncio.create_task(self._made(outputs, wanted, body))
        making.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            return await asyncio.wait_for(asyncio.shield(making), FILES_MADE_SECONDS)
        except TimeoutError:
            raise RenderingSlow from None

    async def _made(self, outputs: Outputs, wanted: Format, body: bytes) -> tuple[str, bytes]:
        """What nobody waits for any more keeps its turn until it is done: a thread can't be stopped."""
        async with self._turns:
            return await asyncio.to_thread(lambda: outputs.made(wanted, json.loads(body)))


class ReportRoute(WorkRoute):
    """An operation whose answer can be had as a file."""

    async def run(self, request: Request, response: Response, values: dict[str, Any]) -> Response:
        """Draw the report up, close the book, and make the file that is asked for."""
        answer = await super().run(request, response, values)
        outputs, wanted = getattr(request.state, "wanted_file", (None, Format.JSON))
        if outputs is None or wanted is Format.JSON:
            return answer
        desk = doorkeeper(request).tools[RenderingDesk]
        title, made = await desk.made(outputs, wanted, bytes(answer.body))
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        name = _UNFIT.sub("-", title.lower()).strip("-")[:LONGEST_NAME] or "report"
        headers |= {
            "Content-Type": MEDIA_TYPES[wanted],
            "Content-Disposition": saved_as(f"{name}.{wanted.value}"),
            "X-Content-Type-Options": "nosniff",
        }
        return Response(made, headers=headers)


def report_room() -> APIRouter:
    """The router of the reports."""
    router = book_room(prefix="/reports", tag="reports")
    router.route_class = ReportRoute
    return router


FORMAT = (
    "What to answer as; left out, `Accept` decides, and it is `json` if that has no preference. `csv` and `xlsx` have "
    "a row for each account (or payee, …) and currency; `svg` and `png` are a chart; `pdf` is a document. A report has "
    "those that its answer lists; `png` needs the extra `charts` on the server."
)


def offered(outputs: Outputs) -> Any:
    """A dependency that looks which representation is asked for, before anything is opened."""

    async def choose(
        request: Request, wanted: Annotated[Format | None, Query(alias="format", description=FORMAT)] = None
    ) -> None:
        chosen = wanted or accepted(request.headers.get("accept"), outputs.formats)
        if chosen not in outputs.formats:
            raise FormatUnfit.in_parameter("format", formats=", ".join(outputs.formats))
        if chosen is Format.PNG and not picture.IS_INSTALLED:
            raise FormatMissing.in_parameter("format")
        request.state.wanted_file = outputs, chosen
        request.state.representation = chosen.value

    return Depends(choose)


def accepted(header: str | None, formats: tuple[Format, ...]) -> Format:
    """The format that a client likes best (RFC 9110, 12.5.1); among equals the first of these.

    Raises:
        NothingAcceptable: it likes none.
    """
    if header is None or not header.strip():
        return Format.JSON
    ranges = _ranges(header)
    there = [each for each in formats if each is not Format.PNG or picture.IS_INSTALLED]
    best, most = None, 0.0
    for each in there:
        kind = MEDIA_TYPES[each].partition(";")[0]
        matching = [
            (precision, quality)
            for pattern, quality in ranges
            for precision, known in enumerate(("*/*", f"{kind.partition('/')[0]}/*", kind))
            if pattern == known
        ]
        quality = max(matching)[1] if matching else 0.0
        if quality > most:
            best, most = each, quality
    if best is None:
        lacks = "" if len(there) == len(formats) else "; image/png needs the extra charts on the server"
        named = ", ".join(MEDIA_TYPES[each].partition(";")[0] for each in there)
        raise NothingAcceptable(formats=f"{named}{lacks}")
    return best


def _ranges(header: str) -> list[tuple[str, float]]:
    """The media ranges of an Accept header, with how much each is liked. What can't be read is left out."""
    ranges = []
    for each in header.split(",")[:50]:
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        if _QUALITY.match(quality):
            ranges.append((kind, float(quality)))
    return ranges


def files(outputs: Outputs) -> dict[int | str, dict[str, Any]]:
    """What a report is answered with besides JSON, for the documentation."""
    content: dict[str, Any] = {
        MEDIA_TYPES[each].partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
        for each in outputs.formats
        if each is not Format.JSON
    }
    return {200: {"content": content}}
