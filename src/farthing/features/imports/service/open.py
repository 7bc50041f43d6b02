"""Opening the accounts, and adding the currencies, that an import needs and the book hasn't got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from farthing.core.work import Work
from farthing.features.accounts.errors import AccountNameTaken
from farthing.features.accounts.schemas import AccountCreate
from farthing.features.accounts.service.find import AccountService
from farthing.features.accounts.service.open import OpeningService
from farthing.features.currencies.schemas import CurrencyCreate
from farthing.features.currencies.service import CurrencyService
from farthing.features.imports.mapping import Use
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountType, name_key


class OpenService:
    """Makes what a file's names are to mean."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.accounts = AccountService(work)
        self.opening = OpeningService(work)
        self.currencies = CurrencyService(work)

    async def open(self, draft: Mapping[str, Any]) -> None:
        """Add the currencies and open the accounts that are meant by the file's names, each under those it belongs to.

        Raises:
            AccountNameTaken, AccountNumberTaken, AccountsTooMany, ParentUnfit: one can't be made.
        """
        there = await self.currencies.look_up(currency["code"] for currency in draft["currencies"])
        for currency in draft["currencies"]:
            if there.find(currency["code"]) is not None:
                continue
            facts = {name: value for name, value in currency.items() if name != "called"}
            await self.currencies.open(CurrencyCreate.model_validate(facts))
        wanted = {name_key(each["account"]): each for each in draft["mapping"] if each["use"] == Use.CREATE.value}
        if not wanted:
            return
        chart = {name_key(row["full_name"]): row["id"] for row in await self.accounts.whole_chart()}
        opened = set(chart.values())
        for key, each in list(wanted.items()):
            if UUID(each["account_id"]) in opened:
                del wanted[key]  # another draft opened it
            elif key in chart:
                raise AccountNameTaken.at("/mapping")  # since the file was read
        known = set(chart)
        for each in sorted(wanted.values(), key=lambda meant: meant["account"].count(SEPARATOR)):
            await self._open(each, known)

    async def _open(self, meant: Mapping[str, Any], known: set[str]) -> None:
        root, *segments = meant["account"].split(SEPARATOR)
        kind = AccountKind(meant["kind"])
        parent = root
        for segment in segments[:-1]:
            whole = f"{parent}{SEPARATOR}{segment}"
            if name_key(whole) not in known:
                await self._make(None, segment, kind, parent if parent != root else None, {})
                known.add(name_key(whole))
            parent = whole
        if name_key(meant["account"]) not in known:
            facts = {name: meant[name] for name in ("currency", "number", "description") if meant.get(name)}
            if meant.get("type"):
                facts["type"] = AccountType(meant["type"])
            await self._make(UUID(meant["account_id"]), segments[-1], kind, parent if parent != root else None, facts)
            known.add(name_key(meant["account"]))

    async def _make(
        self, account_id: UUID | None, name: str, kind: AccountKind, parent: str | None, facts: Mapping[str, Any]
    ) -> None:
        await self.opening.open(AccountCreate(id=account_id, name=name, kind=kind, parent=parent, **facts))
