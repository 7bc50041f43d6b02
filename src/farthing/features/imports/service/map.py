"""Mapping: which accounts the names of a file mean, by what the book has and what was said before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.core.statements import Row
from farthing.core.work import Work
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.features.imports.errors import MeaningUnfit, NamesTooMany, NameUnknown
from farthing.features.imports.mapping import (
    MAX_NAMES,
    MAX_SEGMENT,
    MAX_SEGMENTS,
    Bound,
    Known,
    Meant,
    Named,
    Role,
    Use,
    create,
    existing,
    names_of,
    path_of,
    propose,
)
from farthing.features.imports.repository import ImportRepository
from farthing.features.imports.schemas import MeaningUpdate
from farthing.formats.drafts import DraftFile
from farthing.kit import ids
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountType, name_key, number_key


class MapService:
    """Finds out what names mean."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.imports = ImportRepository(work)
        self.accounts = AccountService(work)

    async def of_file(
        self, file: DraftFile, named: Row | None, remembered: Mapping[str, str], said: Sequence[Meant]
    ) -> list[Meant]:
        """What is meant by the names that a file uses.

        Args:
            file: as it was read.
            named: the account that the file is for, where someone said so.
            remembered: the ids of the accounts that names meant before.
            said: what is meant, as it was found out before, or as a person said; this stays.

        Raises:
            NamesTooMany: it uses more than an import takes.
        """
        numbers = {number_key(each.number) for each in file.statements if each.number} if named is None else set()
        chart = [Known.of(row) for row in await self.accounts.whole_chart()] if numbers else []
        numbers -= {account.number_key for account in chart if account.number_key}
        names = await asyncio.to_thread(names_of, file, numbers)
        if len(names) > MAX_NAMES:
            raise NamesTooMany.at("/file", limit=MAX_NAMES)
        if not names:
            return []
        chart = chart or [Known.of(row) for row in await self.accounts.whole_chart()]
        accounts = {name: UUID(account_id) for name, account_id in remembered.items()}
        if named is not None and len(file.statements) == 1 and file.statements[0].name:
            accounts[file.statements[0].name] = named["id"]
        found = await asyncio.to_thread(propose, names, chart, accounts)
        found = await self._as_other_drafts([self._in_currency(meant) for meant in found])
        stays = {(meant.name, meant.role): meant for meant in said}
        return [stays.get((meant.name, meant.role), meant) for meant in found]

    async def _as_other_drafts(self, found: list[Meant]) -> list[Meant]:
        """The same; what another draft is to open as well is one account, whichever of them is booked first."""
        if not any(meant.use is Use.CREATE for meant in found):
            return found
        others = {_same_in_drafts(meant): meant for meant in map(read_meant, await self.imports.proposed())}
        return [
            replace(meant, account_id=other.account_id, account=other.account)
            if meant.use is Use.CREATE and (other := others.get(_same_in_drafts(meant)))
            else meant
            for meant in found
        ]

    def _in_currency(self, meant: Meant) -> Meant:
        """The same; an account as banks keep it is in one currency: the book's, where the file names none."""
        if meant.use is Use.CREATE and meant.type is not None and meant.type.is_bank_like and meant.currency is None:
            return replace(meant, currency=self.work.opened.currency)
        return meant

    async def choose(self, mapping: Sequence[Meant], wanted: Sequence[MeaningUpdate]) -> list[Meant]:
        """What is meant by names once a person has said so of some.

        Raises:
            NameUnknown: the file uses no such name.
            AccountUnknown: the book has no such account.
            MeaningUnfit: that can't be meant.
        """
        found = list(mapping)
        for place, each in enumerate(wanted):
            pointer = f"/mapping/{place}"
            places = [n for n, meant in enumerate(found) if meant.name == each.name and each.role in {None, meant.role}]
            if not places:
                raise NameUnknown.at(f"{pointer}/name")
            for n in places:
                found[n] = await self._chosen(found[n], each, pointer)
        return found

    async def _chosen(self, meant: Meant, wanted: MeaningUpdate, pointer: str) -> Meant:
        named = Named(meant.name, meant.role, meant.kind, meant.type, meant.currency, meant.number, meant.description)
        if wanted.use is Use.SKIP:
            return replace(meant, use=Use.SKIP, account_id=None, account=None, chosen=True, reason="chosen")
        if wanted.use is Use.EXISTING:
            if wanted.account is None:
                raise MeaningUnfit.at(f"{pointer}/account", problem="no account is named")
            (row,) = await self.accounts.resolve([Reference(wanted.account, f"{pointer}/account")])
            account = Known.of(row)
            if not account.is_open:
                raise MeaningUnfit.at(f"{pointer}/account", problem="it is closed")
            return existing(named, account, Decimal(1), "chosen", chosen=True)
        whole = wanted.account or path_of(named)
        kind, path = _kind_in(whole, pointer)
        type_ = wanted.type or (named.type if named.type and kind in named.type.kinds else None)
        currency = wanted.currency or named.currency
        if type_ is not None and (kind not in type_.kinds or (type_.is_bank_like and currency is None)):
            raise MeaningUnfit.at(f"{pointer}/type", problem="kind, type and currency don't go together")
        made = create(replace(named, kind=kind, type=type_, currency=currency), path, chosen=True)
        # Another draft may be about to open what was meant before.
        stays = meant.use is Use.CREATE and name_key(meant.account or "") == name_key(whole)
        return replace(made, account_id=meant.account_id if stays else ids.new_id(), reason="chosen")

    def bound(self, mapping: Sequence[Mapping[str, Any]]) -> dict[Role, dict[str, Bound]]:
        """What names are bound to, by what they are used for."""
        found: dict[Role, dict[str, Bound]] = {role: {} for role in Role}
        for each in mapping:
            found[Role(each["role"])][each["name"]] = read_meant(each).bound
        return found

    async def numbers(self) -> dict[str, Bound]:
        """The book's own open accounts that have a number, by it."""
        return {
            number_key(row["number"]): Bound(row["id"], row["currency"])
            for row in await self.accounts.whole_chart()
            if row["number"] and row["closed_on"] is None
        }


def _same_in_drafts(meant: Meant) -> tuple[str, ...]:
    """What drafts have in common that mean the same account: its number, or else its name and their name for it."""
    key = number_key(meant.number or "")
    return (meant.kind, key) if key else (meant.kind, meant.role, meant.name, name_key(meant.account or ""))


def _kind_in(whole: str, pointer: str) -> tuple[AccountKind, str]:
    root, *segments = (segment.strip() for segment in whole.split(SEPARATOR))
    kind = next((kind for kind in AccountKind if kind.root.casefold() == root.casefold()), None)
    if kind is None or not segments or not all(0 < len(each) <= MAX_SEGMENT for each in segments):
        problem = "its full name begins with Assets, Liabilities, Equity, Income or Expenses, and has a name after that"
        raise MeaningUnfit.at(f"{pointer}/account", problem=problem)
    if len(segments) > MAX_SEGMENTS:
        raise MeaningUnfit.at(f"{pointer}/account", problem="it lies too deep")
    return kind, SEPARATOR.join((kind.root, *segments))


def read_meant(kept: Mapping[str, Any]) -> Meant:
    """What is meant by a name, as a draft keeps it."""
    return Meant(
        kept["name"],
        Role(kept["role"]),
        Use(kept["use"]),
        UUID(kept["account_id"]) if kept["account_id"] else None,
        kept["account"],
        AccountKind(kept["kind"]),
        AccountType(kept["type"]) if kept["type"] else None,
        kept["currency"],
        kept["number"],
        kept["description"],
        Decimal(kept["score"]),
        kept["reason"],
        kept["chosen"],
    )
