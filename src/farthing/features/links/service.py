"""What can be done with links."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.models import LINK
from farthing.features.journal.service import CAME_BACK_ON, SPENT_ON
from farthing.features.links.errors import (
    LineExhausted,
    LineUnknown,
    LinkCurrenciesDiffer,
    LinkIdTaken,
    LinkNotFound,
    LinkWithinTransaction,
    ReturnUnfit,
    SpendingUnfit,
)
from farthing.features.links.repository import LinkRepository
from farthing.features.links.schemas import LinkCreate, LinkQuery, LinkUpdate
from farthing.kit import clock, ids
from farthing.kit.pages import Page


class LinkService:
    """Says which money that came back belongs to which that was spent.

    A link changes no balance: it may join lines in a locked period.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.links = LinkRepository(work)
        self.currencies = CurrencyService(work)

    async def get(self, link_id: UUID) -> Row:
        """A link.

        Raises:
            LinkNotFound: the book has none such.
        """
        link = await self.links.get(link_id)
        if link is None:
            raise LinkNotFound
        self.work.shows(link["revision"])
        return link

    async def find(self, wanted: LinkQuery) -> Page[Row]:
        """A page of links, oldest first.

        Raises:
            CursorMalformed: the cursor isn't this list's.
        """
        return await self.links.find(wanted)

    async def link(self, wanted: LinkCreate) -> Row:
        """Link what came back to what was spent.

        Raises:
            LinkIdTaken: the book has, or had, a link with the id that the client chose.
            LineUnknown: the book has no such line.
            SpendingUnfit, ReturnUnfit: a line isn't what it is said to be.
            LinkWithinTransaction: both are of one transaction.
            LinkCurrenciesDiffer: they are in different currencies.
            LinkExists: they are linked already.
            AmountTooFine, AmountTooLarge: the amount doesn't fit the currency.
            LineExhausted: a line's links would add up to more than the line.
        """
        if wanted.id is not None and await self.links.taken(wanted.id):
            raise LinkIdTaken
        lines = await self.links.lines([wanted.from_posting_id, wanted.to_posting_id])
        for posting_id, pointer in (
            (wanted.from_posting_id, "/from_posting_id"),
            (wanted.to_posting_id, "/to_posting_id"),
        ):
            if posting_id not in lines:
                raise LineUnknown.at(pointer)
        spent, back = lines[wanted.from_posting_id], lines[wanted.to_posting_id]
        if spent["amount"] <= 0 or spent["account_kind"] not in SPENT_ON:
            raise SpendingUnfit.at("/from_posting_id")
        if back["amount"] >= 0 or back["account_kind"] not in CAME_BACK_ON:
            raise ReturnUnfit.at("/to_posting_id")
        if spent["transaction_id"] == back["transaction_id"]:
            raise LinkWithinTransaction.at("/to_posting_id")
        currency = spent["currency"]
        if currency != back["currency"]:
            raise LinkCurrenciesDiffer.at("/to_posting_id", spent=currency, back=back["currency"])
        left = _left(spent, back)
        amount = left
        if wanted.amount is not None:
            currencies = await self.currencies.look_up([currency])
            amount = currencies.settle(wanted.amount, currency, pointer="/amount")
        if not 0 < amount <= left:
            raise LineExhausted.at("/amount", left=f"{left:f}", currency=currency)
        at = clock.now()
        link_id = wanted.id or ids.new_id()
        await self.links.add(
            {
                "id": link_id,
                "kind": wanted.kind.value,
                "from_posting_id": spent["id"],
                "to_posting_id": back["id"],
                "amount": amount,
                "currency": currency,
                "note": wanted.note or None,
                "created_revision": self.work.revision,
                "revision": self.work.revision,
                "created_at": at,
                "changed_at": at,
            }
        )
        self.work.created(LINK.name, link_id)
        self.work.tell(f"Linked a {wanted.kind.value}.")
        return await self.get(link_id)

    async def change(self, link_id: UUID, changes: LinkUpdate) -> Row:
        """Change a link's amount or note. What is absent stays; what changes nothing takes no revision.

        Raises:
            LinkNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
            AmountTooFine, AmountTooLarge: the amount doesn't fit the currency.
            LineExhausted: a line's links would add up to more than the line.
        """
        before = await self._expected(link_id)
        values: dict[str, Any] = {}
        if "note" in changes.model_fields_set:
            values["note"] = changes.note or None
        if "amount" in changes.model_fields_set:
            currencies = await self.currencies.look_up([before["currency"]])
            values["amount"] = currencies.settle(changes.amount, before["currency"], pointer="/amount")
        if all(before[name] == value for name, value in values.items()):
            return await self.get(link_id)
        amount = values.get("amount", before["amount"])
        if amount > before["amount"]:
            lines = await self.links.lines([before["from_posting_id"], before["to_posting_id"]])
            left = _left(*lines.values()) + before["amount"]
            if amount > left:
                raise LineExhausted.at("/amount", left=f"{left:f}", currency=before["currency"])
        await self.links.change(link_id, {**values, "revision": self.work.revision, "changed_at": clock.now()})
        self.work.changed(LINK.name, link_id, LINK.image(before))
        self.work.tell(f"Changed a {before['kind']}.")
        return await self.get(link_id)

    async def remove(self, link_id: UUID) -> None:
        """Delete a link. Its lines stay.

        Raises:
            LinkNotFound: the book has none such.
            RevisionStale: the caller's picture of it is out of date.
        """
        before = await self._expected(link_id)
        await self.links.remove(link_id)
        self.work.deleted(LINK.name, link_id, LINK.image(before))
        self.work.tell(f"Deleted a {before['kind']}'s link.")

    async def _expected(self, link_id: UUID) -> Row:
        link = await self.get(link_id)
        self.work.expect(link["revision"])
        self.work.shown = None
        return link


def _left(*lines: Row) -> Decimal:
    """How much of each line isn't linked yet: the least of them."""
    left: Decimal = min(abs(line["amount"]) - line["linked"] for line in lines)
    return left
