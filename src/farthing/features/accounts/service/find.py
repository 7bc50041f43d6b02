"""Finding accounts: one, many, those that a request names, and what they hold."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.errors import (
    AccountClosed,
    AccountNotFound,
    AccountUnknown,
    CurrencyMismatch,
    GroupUnknown,
)
from farthing.features.accounts.models import ACCOUNT, ACCOUNT_GROUP
from farthing.features.accounts.repository import AccountRepository
from farthing.features.accounts.schemas import AccountQuery, AccountSort, BalanceQuery, BalancesQuery
from farthing.features.accounts.service.group import GroupService
from farthing.features.changes.service import ChangeService
from farthing.features.currencies.service import CurrencyService
from farthing.features.journal.service import JournalService
from farthing.features.records.service import RecordService
from farthing.kit.pages import CursorMalformed, Page
from farthing.kit.wire import as_id
from farthing.ledger.accounts import SEPARATOR, SystemRole, name_key, number_key
from farthing.ledger.currencies import Currencies

MAX_HINTS = 3
"""Names that a guess is made for, of those looked up together: it takes a look at every name of the chart."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An account as a request names it, and where it stands in the request."""

    text: str
    pointer: str
    is_parameter: bool = False


class NamedAccounts:
    """The accounts that requests name, and those the service books to by itself, looked up together.

    Args:
        keys: what each text stands for that was looked up: an id, or the key of a full name.
        rows: the accounts that were found.
    """

    def __init__(self, keys: Mapping[str, UUID | str], rows: Sequence[Any]) -> None:
        self.by_id: dict[UUID, Row] = {row["id"]: row for row in rows}
        self.system = {SystemRole(row["role"]): row for row in rows if row["role"]}
        self.names: Sequence[str] = ()
        """The full names of all accounts, where one that was named is missing: to guess at what was meant."""
        self._keys = keys
        self._found: dict[UUID | str, Row] = {row[column]: row for row in rows for column in ("id", "name_key")}
        self._hints: dict[str, str] = {}

    @property
    def lacks_a_name(self) -> bool:
        """Whether a full name was looked up that no account has."""
        return any(isinstance(key, str) and key not in self._found for key in self._keys.values())

    def get(self, reference: Reference) -> Row:
        """An account that was looked up.

        Raises:
            AccountUnknown: the book has no such account; says which was probably meant.
        """
        key = self._keys[reference.text]
        account = self._found.get(key)
        if account is not None:
            return account
        hint = self._hint(key) if isinstance(key, str) else ""
        if reference.is_parameter:
            raise AccountUnknown.in_parameter(reference.pointer, near=hint)
        raise AccountUnknown.at(reference.pointer, near=hint)

    def _hint(self, key: str) -> str:
        if key in self._hints:
            return self._hints[key]
        if len(self._hints) == MAX_HINTS:
            return ""
        names = {name_key(name): name for name in self.names}
        near = difflib.get_close_matches(key[:200], names, n=3, cutoff=0.6)
        self._hints[key] = f" Did you mean {' or '.join(names[each] for each in near)}?" if near else ""
        return self._hints[key]


class AccountService:
    """The chart of accounts of a book, to look at."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountRepository(work)
        self.journal = JournalService(work)
        self.currencies = CurrencyService(work)
        self.groups = GroupService(work)

    async def get(self, account_id: UUID) -> Row:
        """An account.

        Raises:
            AccountNotFound: the book has none such.
        """
        account = await self.accounts.get(account_id)
        if account is None:
            raise AccountNotFound
        self.work.shows(account["revision"])
        return account

    async def find(self, wanted: AccountQuery) -> Page[Any]:
        """A page of accounts, in the order of the chart or group by group.

        Raises:
            GroupUnknown: there is no such group.
            CursorMalformed: the cursor isn't this list's.
            RevisionUnknown: the book hasn't come that far.
        """
        known_at = await self.stood_at(wanted.known_at)
        if known_at is not None:
            return await self._find_known(known_at, wanted)
        group = await self.groups.resolve(wanted.group, "group", is_parameter=True) if wanted.group else None
        return await self.accounts.find(wanted, group_id=group["id"] if group else None)

    async def balance(self, account_id: UUID, wanted: BalanceQuery) -> dict[str, Any]:
        """What an account holds at the end of a day, in each currency it was posted to."""
        known_at = await self.stood_at(wanted.known_at)
        if known_at is None:
            account: Mapping[str, Any] = await self.get(account_id)
            self.work.shown = None  # the answer is more than the account's own record
            below: Sequence[Mapping[str, Any]] = (
                await self.accounts.below(account["name_key"]) if wanted.children else ()
            )
        else:
            chart = {each["id"]: each for each in await self._known_at(known_at)}
            if account_id not in chart:
                raise AccountNotFound
            account = chart[account_id]
            under = account["name_key"] + SEPARATOR
            below = [each for each in chart.values() if wanted.children and each["name_key"].startswith(under)]
        day = wanted.date or self.work.today()
        account_ids = [account_id, *(each["id"] for each in below)]
        sums: dict[str, Decimal] = {}
        for balance in await self.journal.balances(account_ids, day, known_at):
            sums[balance.currency] = sums.get(balance.currency, Decimal(0)) + balance.amount
        currencies = await self.currencies.look_up({account["currency"], *sums})
        return {
            "account_id": account_id,
            "account": account["full_name"],
            "date": day,
            **_told(account, sums, currencies),
        }

    async def balances(self, wanted: BalancesQuery) -> dict[str, Any]:
        """What each account holds at the end of a day, in the order of the chart.

        Raises:
            RevisionUnknown: the book hasn't come that far.
        """
        known_at = await self.stood_at(wanted.known_at)
        day = wanted.date or self.work.today()
        chart = await self.whole_chart(known_at)
        held: dict[UUID, dict[str, Decimal]] = {account["id"]: {} for account in chart}
        for balance in await self.journal.balances(until=day, known_at=known_at):
            held[balance.account_id][balance.currency] = balance.amount
        if wanted.children:
            for account in reversed(chart):  # from the leaves up: children come after their parent
                above = held.get(account["parent_id"])
                if above is not None:
                    for currency, amount in held[account["id"]].items():
                        above[currency] = above.get(currency, Decimal(0)) + amount
        named = {account["currency"] for account in chart}
        currencies = await self.currencies.look_up(named.union(*held.values()))
        return {
            "date": day,
            "data": [
                {
                    "account_id": account["id"],
                    "account": account["full_name"],
                    "kind": account["kind"],
                    **_told(account, held[account["id"]], currencies),
                }
                for account in chart
                if (wanted.kind is None or account["kind"] == wanted.kind)
                and (wanted.closed or account["closed_on"] is None)
                and (wanted.archived or not account["archived"])
            ],
        }

    async def chart(self, account_ids: Sequence[UUID], known_at: int | None = None) -> list[Any]:
        """These accounts, in the order of the chart; as they were at a revision, or as they are."""
        if not account_ids:
            return []
        if known_at is not None:
            wanted = set(account_ids)
            return [account for account in await self._known_at(known_at) if account["id"] in wanted]
        found = await self.accounts.named(ids=account_ids)
        return sorted(found, key=lambda account: account["sort_key"])

    async def whole_chart(self, known_at: int | None = None) -> Sequence[Mapping[str, Any]]:
        """All accounts, children behind their parents; as they were at a revision, or as they are."""
        return await self.accounts.chart() if known_at is None else await self._known_at(known_at)

    async def stood_at(self, moment: int | dt.datetime | None) -> int | None:
        """The revision at which the book stood at a moment; None: it is asked about now.

        Raises:
            RevisionUnknown: the book hasn't come that far.
        """
        return None if moment is None else await ChangeService(self.work).stood_at(moment)

    async def _find_known(self, revision: int, wanted: AccountQuery) -> Page[dict[str, Any]]:
        """A page of accounts as they were at a revision, in the groups that there were."""
        chart = await self._known_at(revision)
        if wanted.group or wanted.sort is AccountSort.GROUP:
            found = await RecordService(self.work).known_at(ACCOUNT_GROUP, revision)
            groups = {group["id"]: group for group in found}
            if wanted.group:
                named = {as_id(wanted.group), name_key(wanted.group)}
                ids = {group["id"] for group in found if group["id"] in named or group["name_key"] in named}
                if not ids:
                    raise GroupUnknown.in_parameter("group")
                chart = [account for account in chart if account["group_id"] in ids]
            if wanted.sort is AccountSort.GROUP:
                chart.sort(key=lambda account: _place_of(groups.get(account["group_id"])))
        return _page(chart, wanted)

    async def _known_at(self, revision: int) -> list[dict[str, Any]]:
        """The chart as it was at a revision, in its order."""
        found = await RecordService(self.work).known_at(ACCOUNT, revision)
        return sorted(found, key=lambda account: account["sort_key"])

    async def system(self, role: SystemRole) -> Row:
        """The account that the service itself books this to."""
        (account,) = await self.accounts.named(roles=[role])
        return account

    async def by_number(self, number: str) -> Row | None:
        """The account with this number or IBAN, however it is spaced."""
        key = number_key(number)
        return await self.accounts.by_number(key) if key else None

    async def look_up(self, texts: Iterable[str], *, roles: Iterable[SystemRole] = ()) -> NamedAccounts:
        """The accounts that requests name, and those the service books to by itself: one look-up for all of them.

        Whether there is such an account is told when it is asked for.
        """
        keys = {text: as_id(text) or name_key(text.strip()) for text in texts}
        rows = await self.accounts.named(
            ids=[key for key in keys.values() if isinstance(key, UUID)],
            keys=[key for key in keys.values() if isinstance(key, str)],
            roles=list(roles),
        )
        known = NamedAccounts(keys, rows)
        if known.lacks_a_name:
            known.names = await self.accounts.full_names()
        return known

    async def resolve(self, references: Sequence[Reference]) -> list[Row]:
        """The accounts that a request names, in its order: one look-up.

        Raises:
            AccountUnknown: the book has no such account; says which was probably meant.
        """
        known = await self.look_up(reference.text for reference in references)
        return [known.get(reference) for reference in references]

    async def resolve_tree(self, reference: Reference, known_at: int | None = None) -> list[UUID]:
        """The account that a request names, and all accounts under it; as they were at a revision, or as they are.

        Raises:
            AccountUnknown: the book has no such account.
        """
        if known_at is not None:
            chart = await self._known_at(known_at)
            text = reference.text
            known = NamedAccounts({text: as_id(text) or name_key(text.strip())}, chart)
            known.names = [account["full_name"] for account in chart]
            under = known.get(reference)["name_key"] + SEPARATOR
            return [known.get(reference)["id"], *(each["id"] for each in chart if each["name_key"].startswith(under))]
        (account,) = await self.resolve([reference])
        return [account["id"], *(child["id"] for child in await self.accounts.below(account["name_key"]))]


def _place_of(group: Mapping[str, Any] | None) -> tuple[bool, int, str]:
    """The place of a group, or of none, among groups."""
    return (False, group["position"], group["name_key"]) if group else (True, 0, "")


def _page(chart: Sequence[dict[str, Any]], wanted: AccountQuery) -> Page[dict[str, Any]]:
    """A page of a chart that is there whole: what was known once isn't kept with an index."""
    chart = [
        account
        for account in chart
        if (wanted.kind is None or account["kind"] == wanted.kind)
        and (wanted.closed or account["closed_on"] is None)
        and (wanted.archived or not account["archived"])
    ]
    if (after := wanted.after()) is not None:
        places = {str(account["id"]): place for place, account in enumerate(chart)}
        if len(after) != 1 or after[0] not in places:
            raise CursorMalformed
        chart = chart[places[after[0]] + 1 :]
    more = len(chart) > wanted.limit
    chart = chart[: wanted.limit]
    return Page(chart, wanted.cursor_at(chart[-1]["id"]) if more else None)


def takes(account: Row, currency: str) -> bool:
    """Whether an account takes a posting in this currency."""
    return account["closed_on"] is None and account["currency"] in {None, currency}


def check_postable(account: Row, currency: str, *, pointer: str, currency_pointer: str | None = None) -> None:
    """Whether an account takes a posting in this currency.

    Raises:
        AccountClosed: it takes none any more.
        CurrencyMismatch: it is kept in another currency.
    """
    if account["closed_on"]:
        raise AccountClosed(account=account["full_name"])
    if account["currency"] not in {None, currency}:
        raise CurrencyMismatch.at(
            currency_pointer or pointer, account=account["full_name"], currency=account["currency"]
        )


def _told(account: Mapping[str, Any], sums: Mapping[str, Decimal], currencies: Currencies) -> dict[str, Any]:
    """What an account holds, as answers tell it, and how much of it and of its credit limit can be spent."""
    currency, limit = account["currency"], account["credit_limit"]
    if not sums and currency:
        sums = {currency: Decimal(0)}
    return {
        "balances": [
            {"amount": currencies.show(amount, code), "currency": code} for code, amount in sorted(sums.items())
        ],
        "available": None
        if limit is None
        else {"amount": currencies.show(limit + sums.get(currency, Decimal(0)), currency), "currency": currency},
    }
