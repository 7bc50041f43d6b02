"""The trial balance: what every account holds, which sums to zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.service import JournalService
from farthing.features.reports.schemas import TrialBalanceQuery
from farthing.features.reports.service.conversion import AS_POSTED, Notes, Parts, parts_of
from farthing.features.reports.service.figures import Figures, Sums, summed
from farthing.features.reports.service.valuing import ValuingService, check_known
from farthing.features.reports.valued_schemas import Valued
from farthing.ledger.periods import Period


class TrialBalanceService:
    """Draws up trial balances."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.journal = JournalService(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.valuing = ValuingService(work)

    async def draw_up(self, wanted: TrialBalanceQuery) -> dict[str, Any]:
        """What every account holds at the end of a day. Accounts that hold nothing are left out.

        Raises:
            CurrencyUnknown: there is no such currency as it is to be told in.
            OptionUnfit: what was paid is asked as of an earlier state of the book.
            RevisionUnknown: the book hasn't come that far.
        """
        day = wanted.date or self.work.today()
        known_at = await self.accounts.stood_at(wanted.known_at)
        held: dict[UUID, Sums] = {}
        for balance in await self.journal.balances(until=day, known_at=known_at):
            held.setdefault(balance.account_id, {})[balance.currency] = balance.amount
        notes: Notes | None = None
        parts: Mapping[UUID, Sequence[Parts]] = {}
        conversion = await self.valuing.asked(wanted, Valued.END)
        if conversion is not None:
            check_known(known_at, conversion)
            natives = Figures(1, {account_id: [sums] for account_id, sums in held.items()})
            worths = await self.valuing.worths(
                conversion, natives, [Period(day, day)], cumulative=True, known_at=known_at
            )
            figures = conversion.figures(worths, [list(held)], 1)
            held = {account_id: columns[0] for account_id, columns in figures.of_accounts.items()}
            parts = parts_of(worths)
            notes = Notes(conversion, parts, 1)
        codes = {code for sums in held.values() for code in sums}
        currencies = await self.currencies.look_up(codes.union(*(own[0] for own in parts.values())))

        def converted(account_id: UUID) -> list[dict[str, Any]] | None:
            return None if notes is None else notes.conversion.noted(parts[account_id][0], currencies)

        return {
            "date": day,
            "data": [
                {
                    "account_id": account["id"],
                    "account": account["full_name"],
                    "kind": account["kind"],
                    "balances": [
                        {"amount": currencies.show(amount, currency), "currency": currency}
                        for currency, amount in sorted(held[account["id"]].items())
                        if amount
                    ],
                    "converted": converted(account["id"]),
                }
                for account in await self.accounts.chart(
                    [account_id for account_id, sums in held.items() if any(sums.values())], known_at
                )
            ],
            "totals": [
                {"amount": currencies.show(amount, currency), "currency": currency}
                for currency, amount in sorted(summed(held.values()).items())
            ],
            **(AS_POSTED if notes is None else notes.conversion.shown()),
        }
