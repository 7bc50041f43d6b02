"""What holds for every account, new or changed."""

from __future__ import annotations

from farthing.core.statements import Row
from farthing.features.accounts.errors import AccountClosed, ParentUnfit, TypeUnfit
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountType, name_key, number_key

MAX_ACCOUNTS = 5000
MAX_DEPTH = 8
KINDS_IN_ORDER = tuple(AccountKind)


def check_type(kind: AccountKind, type_: AccountType | None) -> None:
    """Whether an account of this kind can be of this type.

    Raises:
        TypeUnfit: it can't.
    """
    if type_ is not None and kind not in type_.kinds:
        raise TypeUnfit.at("/type", kind=kind.value, type=type_.value)


async def check_parent(chart: AccountService, reference: str, kind: AccountKind) -> Row:
    """The account that another of this kind is to stand under.

    Raises:
        AccountUnknown: the book has none such.
        ParentUnfit: it is of another kind, the service's own, or deep down already.
        AccountClosed: nothing opens under a closed account.
    """
    (parent,) = await chart.resolve([Reference(reference, "/parent")])
    if parent["kind"] != kind or parent["role"] or parent["full_name"].count(SEPARATOR) >= MAX_DEPTH:
        raise ParentUnfit.at("/parent")
    if parent["closed_on"]:
        raise AccountClosed(account=parent["full_name"])
    return parent


def as_numbered(number: str | None) -> dict[str, str | None]:
    """The columns for an account number: as written, and as it is compared."""
    key = number_key(number) if number else ""
    return {"number": number if key else None, "number_key": key or None}


def sort_key(kind: AccountKind, parent_key: str | None, position: int, name: str) -> str:
    """What puts an account in its place in the chart: after its elder siblings, before its children."""
    # The unit separator sorts before everything a name can hold: children follow their parent at once.
    above = parent_key if parent_key is not None else str(KINDS_IN_ORDER.index(kind))
    return f"{above}\x1f{position:06d}{name_key(name)}"
