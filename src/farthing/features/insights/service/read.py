"""Reading of a book what insights are found in."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService
from farthing.features.currencies.service import CurrencyService
from farthing.features.insights.material import Material
from farthing.features.insights.repository import MaterialRepository
from farthing.features.journal.service import JournalService
from farthing.features.proofs.service import ProofService
from farthing.ledger.accounts import AccountKind, AccountType, name_key
from farthing.ledger.flows import Flow
from farthing.ledger.forecast import HORIZON_DAYS

PAST_DAYS = 1096
"""How far back a book is read: three years."""
MAX_TRANSACTIONS = 150_000
"""The most transactions that are read, the newest of them."""
HOLDING = frozenset({None, AccountType.CHECKING, AccountType.SAVINGS, AccountType.CASH, AccountType.CREDIT_CARD})
"""The types of accounts whose money is at hand: those of houses, funds and loans aren't forecast."""
MAX_WHO = 200
BEHIND_DAYS = 7
"""A book whose last transaction is older than that is taken to be kept until then."""


class ReadService:
    """Reads a book, of one moment."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.material = MaterialRepository(work)
        self.accounts = AccountService(work)
        self.currencies = CurrencyService(work)
        self.journal = JournalService(work)

    async def read(self) -> Material:
        """All that insights are found in."""
        today = self.work.today()
        chart = await self.accounts.whole_chart()
        holding = [account for account in chart if _holds(account)]
        rows = await self.material.transactions(
            today - dt.timedelta(days=PAST_DAYS), today + dt.timedelta(days=HORIZON_DAYS), MAX_TRANSACTIONS
        )
        labels: dict[str, str] = {}
        flows = [flow for row in rows for flow in _flows(row, labels)]
        day = _kept_until(flows, today)
        open_ids = [account["id"] for account in holding if account["closed_on"] is None]
        balances = await self.journal.balances(open_ids, until=day)
        busy = {(flow.account_id, flow.currency) for flow in flows}
        held = {
            (balance.account_id, balance.currency): balance.amount
            for balance in balances
            if balance.amount or (balance.account_id, balance.currency) in busy
        }
        return Material(
            book_id=self.work.book_id,
            revision=self.work.opened.revision,
            day=day,
            flows=[flow for flow in flows if flow.date <= day],
            coming=[flow for flow in flows if flow.date > day],
            transactions=len(rows),
            held=held,
            names={account["id"]: account["full_name"] for account in chart},
            owed=frozenset(account["id"] for account in holding if account["kind"] == AccountKind.LIABILITY),
            labels=labels,
            settled=frozenset(await self.material.settled()),
            currencies=await self.currencies.look_up({flow.currency for flow in flows}),
            wrong_sums=await self._wrong_sums(),
        )

    async def _wrong_sums(self) -> tuple[str, ...]:
        """What isn't as the postings have it, in words."""
        connection = self.work.connection
        proof = await ProofService(connection, connection, book_id=self.work.book_id).prove_sums()
        return tuple(f"{finding.record}: {finding.why}" for finding in proof.findings)


def _kept_until(flows: Sequence[Flow], today: dt.date) -> dt.date:
    """Until when a book is kept: statements come in now and then, and until the next one nothing has failed to come."""
    last = max((flow.date for flow in flows if flow.date <= today), default=today)
    return today if (today - last).days <= BEHIND_DAYS else last


def _holds(account: Mapping[str, object]) -> bool:
    return account["kind"] in {AccountKind.ASSET, AccountKind.LIABILITY} and account["type"] in HOLDING


def _flows(row: Row, labels: dict[str, str]) -> Iterator[Flow]:
    """What a transaction did to each account that money can be in; notes how whom it is with is written."""
    sums: defaultdict[tuple[UUID, str], Decimal] = defaultdict(Decimal)
    for account_id, amount, currency in zip(row["account_ids"], row["amounts"], row["currencies"], strict=True):
        sums[account_id, currency] += amount
    text = row["payee"] or row["description"] or ""
    who = row["payee_id"].hex if row["payee_id"] else _words(text)
    if not who:
        who = f"on {row['category_id'] or ' and '.join(sorted(str(account_id) for account_id, _ in sums))}"
    labels[who] = text or "Someone"
    for (account_id, currency), amount in sums.items():
        if amount:
            # A transfer may have a fee: that doesn't make it spending.
            is_sorted = row["categorised"] is not None and 2 * abs(row["categorised"]) >= abs(amount)
            category_id = row["category_id"] if is_sorted else None
            yield Flow(row["id"], account_id, row["date"], amount, currency, who, category_id)


def _words(text: str) -> str:
    """What is said of a payment that is the same the next time: no numbers, which differ from bill to bill."""
    words = name_key(text[:MAX_WHO]).split()
    return " ".join(word for word in words if not any(character.isdigit() for character in word))
