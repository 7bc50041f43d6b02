"""Settling up: who owes whom, and writing down that it was paid."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from farthing.core.settings import Settings
from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.books.service import BookService
from farthing.features.currencies.service import CurrencyService
from farthing.features.settlements.errors import HolderMissing
from farthing.features.settlements.repository import SettlementRepository
from farthing.features.settlements.schemas import PaymentCreate
from farthing.features.transactions.schemas import TransactionCreate
from farthing.features.transactions.service.record import RecordService
from farthing.ledger.currencies import Currencies
from farthing.ledger.money import EXACT, allocate
from farthing.ledger.settling import Movement, Tally, settle

NOTHING = Decimal(0)
Sums = defaultdict[tuple[str, UUID], Decimal]
"""Amounts by currency and person."""


class SettlementService:
    """Who owes whom in a book."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.settlements = SettlementRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)

    async def draw_up(self, date: dt.date | None) -> dict[str, Any]:
        """Who has paid for what is shared up to the end of a day, who owes whom, and the payments that settle it.

        What was paid while an agreement held is borne by its weights, in each currency by largest remainder.
        """
        await self.work.take_up_to(self.work.tools[Settings].request_seconds)
        day = date or self.work.today()
        reckoning = Reckoning()
        agreements = await self.settlements.until(day)
        if agreements:
            parts = await self.settlements.parts([agreement["id"] for agreement in agreements])
            chart = await self.accounts.whole_chart()
            ends = [*(each["since"] - dt.timedelta(days=1) for each in agreements[1:]), day]
            for agreement, last in zip(agreements, ends, strict=True):
                its = parts[agreement["id"]]
                holders = _holders(chart, its["accounts"])
                tag_ids = [tag["tag_id"] for tag in its["tags"]]
                rows = await self.settlements.moved(agreement["since"], last, holders=holders, tag_ids=tag_ids)
                currencies = await self.currencies.look_up({row["currency"] for row in rows})
                reckoning.take(rows, its["shares"], currencies)
        names = {member["user_id"]: member["name"] for member in await BookService(self.work).members()}
        shown = await self.currencies.look_up(reckoning.codes)
        return {"date": day, **reckoning.told(names, shown)}

    async def pay(self, wanted: PaymentCreate) -> dict[str, Any]:
        """Write down that a member paid another: a movement between an account of theirs each.

        Raises:
            AccountUnknown: there is no such account.
            HolderMissing: by the agreement of that day the accounts aren't two members' own.
            Invalid, Conflict: as for any transaction.
        """
        day = wanted.date or self.work.today()
        giver, taker = await self.accounts.resolve([Reference(wanted.from_, "/from"), Reference(wanted.to, "/to")])
        agreements = await self.settlements.until(day)
        holders: Mapping[UUID, UUID | None] = {}
        if agreements:
            parts = await self.settlements.parts([agreements[-1]["id"]])
            holders = _holders(await self.accounts.whole_chart(), parts[agreements[-1]["id"]]["accounts"])
        if holders.get(giver["id"]) is None:
            raise HolderMissing.at("/from", whose="any member's own")
        if holders.get(taker["id"]) in {None, holders[giver["id"]]}:
            raise HolderMissing.at("/to", whose="another member's own")
        recorded = await RecordService(self.work).record(
            TransactionCreate.model_validate(
                {
                    "id": wanted.id,
                    "date": day,
                    "amount": wanted.amount,
                    "from": str(giver["id"]),
                    "to": str(taker["id"]),
                    "description": wanted.description or "Settling up",
                }
            )
        )
        self.work.tell("Settled up between members.")
        return recorded


class Reckoning:
    """What members have paid, bear and gave, under one agreement after the other."""

    def __init__(self) -> None:
        self.paid: Sums = defaultdict(Decimal)
        self.share: Sums = defaultdict(Decimal)
        self.given: Sums = defaultdict(Decimal)
        self.unassigned: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.people: set[UUID] = set()

    @property
    def codes(self) -> set[str]:
        """All currencies that anything was paid or given in."""
        return {code for sums in (self.paid, self.share, self.given) for code, _ in sums} | set(self.unassigned)

    def take(self, rows: Sequence[Row], shares: Sequence[Row], currencies: Currencies) -> None:
        """Count what moved while an agreement held, and have its members bear it."""
        weights = {share["user_id"]: share["weight"] for share in shares}
        self.people |= set(weights)
        tallies: dict[str, Tally] = {}
        for code, movement in _movements(rows):
            if code not in tallies:
                tallies[code] = Tally(currencies.get(code, pointer="").digits)
            tallies[code].count(movement)
        for code, tally in tallies.items():
            borne = allocate(tally.shared, list(weights.values()), tally.digits)
            for sums, amounts in (
                (self.paid, tally.paid),
                (self.given, tally.given),
                (self.share, dict(zip(weights, borne, strict=True))),
            ):
                for person, amount in amounts.items():
                    sums[code, person] = EXACT.add(sums[code, person], amount)
                    self.people.add(person)
            self.unassigned[code] = EXACT.add(self.unassigned[code], tally.unassigned)

    def balance(self, code: str, person: UUID) -> Decimal:
        """What someone is owed."""
        put = EXACT.add(self.paid.get((code, person), NOTHING), self.given.get((code, person), NOTHING))
        return EXACT.subtract(put, self.share.get((code, person), NOTHING))

    def told(self, names: Mapping[UUID, str], currencies: Currencies) -> dict[str, Any]:
        """All of it, as an answer."""
        codes, people = sorted(self.codes), sorted(self.people)
        return {
            "members": [
                {
                    "user_id": person,
                    "name": names.get(person),
                    "standings": [
                        {
                            "currency": code,
                            "paid": currencies.show(self.paid.get((code, person), NOTHING), code),
                            "share": currencies.show(self.share.get((code, person), NOTHING), code),
                            "given": currencies.show(self.given.get((code, person), NOTHING), code),
                            "balance": currencies.show(self.balance(code, person), code),
                        }
                        for code in codes
                    ],
                }
                for person in people
            ],
            "payments": [
                {
                    "from_user_id": payment.payer,
                    "to_user_id": payment.payee,
                    "amount": currencies.show(payment.amount, code),
                    "currency": code,
                }
                for code in codes
                for payment in settle({person: self.balance(code, person) for person in people})
            ],
            "unassigned": [
                {"amount": currencies.show(amount, code), "currency": code}
                for code, amount in sorted(self.unassigned.items())
                if amount
            ],
        }


def _movements(rows: Sequence[Row]) -> Iterator[tuple[str, Movement]]:
    for (_, code), each in groupby(rows, key=lambda row: (row["transaction_id"], row["currency"])):
        amounts = {row["holder"]: row["amount"] for row in each}
        pot = amounts.pop(None, NOTHING)
        yield code, Movement(amounts, pot)


def _holders(chart: Sequence[Mapping[str, Any]], named: Sequence[Row]) -> dict[UUID, UUID | None]:
    """Whose each account is that is named, or under one that is: the nearest above decides."""
    holders: dict[UUID, UUID | None] = {}
    own = {row["account_id"]: row["user_id"] for row in named}
    for account in chart:  # children come after their parent
        if account["id"] in own:
            holders[account["id"]] = own[account["id"]]
        elif account["parent_id"] in holders:
            holders[account["id"]] = holders[account["parent_id"]]
    return holders
