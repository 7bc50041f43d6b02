"""Reports on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from farthing.features.accounts.schemas import MoneyRead
from farthing.features.changes.schemas import KnownAt
from farthing.kit.wire import Answered, Day, Given, Id
from farthing.ledger.accounts import AccountKind


class TrialBalanceQuery(Given):
    """When a trial balance is drawn up."""

    date: Annotated[Day | None, Field(description="The end of this day; of today if left out.")] = None
    known_at: KnownAt = None


class TrialBalanceLineRead(Answered):
    """What an account holds: positive is a debit, negative a credit."""

    account_id: Id
    account: Annotated[str, Field(examples=["Assets:Checking"])]
    kind: AccountKind
    balances: list[MoneyRead]


class TrialBalanceRead(Answered):
    """Every account that holds something at the end of a day, and what all of them sum to: zero, by currency."""

    date: Day
    data: list[TrialBalanceLineRead]
    totals: Annotated[list[MoneyRead], Field(description="The sum over all accounts: zero in every currency.")]
