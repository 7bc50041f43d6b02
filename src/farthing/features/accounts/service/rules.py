"""What holds for every account, new or changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from farthing.core.statements import Row
from farthing.features.accounts.errors import (
    AccountClosed,
    CurrencyRequired,
    ParentUnfit,
    TermsReversed,
    TermUnfit,
    TypeUnfit,
)
from farthing.features.accounts.schemas import AccountCreate, AccountUpdate
from farthing.features.accounts.service.find import AccountService, Reference
from farthing.ledger.accounts import SEPARATOR, AccountKind, AccountTerm, AccountType, name_key, number_key
from farthing.ledger.currencies import Currencies

MAX_ACCOUNTS = 5000
MAX_DEPTH = 8
KINDS_IN_ORDER = tuple(AccountKind)
BESIDE_TERMS = (AccountTerm.INTEREST_RATE, AccountTerm.CREDIT_LIMIT)
WITHIN_TERMS = tuple(term for term in AccountTerm if term not in BESIDE_TERMS)
"""Where a request says what was agreed: two by themselves, the others in ``terms``."""


def check_type(kind: AccountKind, type_: AccountType | None) -> None:
    """Whether an account of this kind can be of this type.

    Raises:
        TypeUnfit: it can't.
    """
    if type_ is not None and kind not in type_.kinds:
        raise TypeUnfit.at("/type", kind=kind.value, type=type_.value)


def keeps_worth(type_: str | None, currency: str | None) -> bool:
    """Whether an account of this type and currency can be valued."""
    return type_ is not None and AccountType(type_).is_valued and currency is not None


def terms_given(wanted: AccountCreate | AccountUpdate) -> dict[AccountTerm, Any]:
    """What a request says of an account's terms; None clears one, and ``terms`` of null all that stand in it."""
    given = {term: getattr(wanted, term) for term in BESIDE_TERMS if term in wanted.model_fields_set}
    if "terms" in wanted.model_fields_set:
        if wanted.terms is None:
            return given | dict.fromkeys(WITHIN_TERMS)
        said = wanted.terms.model_fields_set
        given |= {term: getattr(wanted.terms, term) for term in WITHIN_TERMS if term in said}
    return given


def settled_terms(
    terms: Mapping[AccountTerm, Any], type_: AccountType | None, currency: str | None, currencies: Currencies
) -> dict[str, Any]:
    """All of an account's terms as its columns, amounts at its currency's precision.

    Raises:
        TermUnfit: nothing of the kind is agreed about accounts of this type.
        CurrencyRequired: there is an amount, and the account isn't kept in one currency.
        AmountTooFine, AmountTooLarge: an amount doesn't fit the currency.
        TermsReversed: it ends before it started.
    """
    settled = {term.value: value for term, value in terms.items()}
    for term, value in terms.items():
        if value is None:
            continue
        pointer = f"/{term}" if term in BESIDE_TERMS else f"/terms/{term}"
        if type_ is None or term not in type_.terms:
            raise TermUnfit.at(pointer, type=type_.value if type_ else "none", term=term.value)
        if term.is_amount:
            if currency is None:
                raise CurrencyRequired.at("/currency", type=type_.value)
            settled[term.value] = currencies.settle(value, currency, pointer=pointer)
    started, ends = terms.get(AccountTerm.STARTED_ON), terms.get(AccountTerm.ENDS_ON)
    if started and ends and ends < started:
        raise TermsReversed.at("/terms/ends_on")
    return settled


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
