"""A client that holds a copy of a book, made of nothing but what the feed of records tells."""

from __future__ import annotations

from typing import Any

from tests.household import Household


class Mirror:
    """A copy. What it has seen it keeps, page by page, so that it can stop anywhere and go on."""

    def __init__(self, home: Household, *, limit: int = 7) -> None:
        self.home = home
        self.limit = limit
        self.after = 0
        self.cursor: str | None = None
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.told: list[tuple[str, str, str]] = []

    async def turn(self) -> bool:
        """Take one page in; whether there is another."""
        wanted: dict[str, Any] = {"include": "records", "after": self.after, "limit": self.limit}
        page = await self.home.got("/changes", params=wanted | ({"cursor": self.cursor} if self.cursor else {}))
        for each in page["data"]:
            key = each["kind"], each["id"]
            self.told.append((each["action"], *key))
            if each["action"] == "removed":
                assert each["record"] is None
                self.records.pop(key, None)
            else:
                self.records[key] = each["record"]
        self.cursor = page["next_cursor"]
        if self.cursor is None:
            self.after = page["revision"]
        return self.cursor is not None

    async def catch_up(self) -> None:
        """Take in all there is."""
        while await self.turn():
            pass
