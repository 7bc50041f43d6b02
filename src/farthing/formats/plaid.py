"""Plaid: the answers of ``/transactions/get`` and ``/transactions/sync``, one or several in a list.

Its amounts are above nothing where money leaves the account. A movement that was pending and is booked since has a new
id and names the old one; of the two, the booked one counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from farthing.formats.bounded_json import day, flag, looks_like, members, mentions, number, objects, parsed, text
from farthing.formats.drafts import DraftFile, DraftRow, FileTooLong, FileUnreadable, SkippedLine
from farthing.formats.foreign_names import one_line, path
from farthing.formats.fractions import to_digits
from farthing.formats.registers import Registers
from farthing.ledger.currencies import ISO, NOT_MONEY, is_code

Json = Mapping[str, Any]

_TYPES = {
    ("depository", "savings"): "savings",
    ("depository", "cd"): "savings",
    ("depository", "money market"): "savings",
    ("depository", None): "checking",
    ("credit", None): "credit_card",
    ("loan", "mortgage"): "mortgage",
    ("loan", None): "loan",
    ("investment", None): "investment",
    ("brokerage", None): "investment",
}
_TRANSFERS = ("TRANSFER_IN_ACCOUNT", "TRANSFER_OUT_ACCOUNT", "TRANSFER_IN_SAVINGS", "TRANSFER_OUT_SAVINGS")
_REPAID = frozenset({"LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"})
_USUAL_DIGITS = 2


def recognises(data: bytes) -> bool:
    """Whether it is JSON with the members of Plaid's transactions."""
    return mentions(data, "transaction_id", "account_id", "iso_currency_code", "pending_transaction_id")


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG001 - nothing is left open
) -> DraftFile:
    """Read answers of Plaid: a statement for each account.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: not asked for; the format leaves nothing open.

    Raises:
        FileUnreadable: it holds no transactions, or one lacks its date, amount or account.
        FileTooLong: more than ``max_rows`` transactions.
    """
    if not looks_like(data):
        raise FileUnreadable.on_line(None, problem="it isn't JSON")
    whole = parsed(data)
    pages = objects(whole) if isinstance(whole, list) else [whole]
    if pages and text(pages[0], "transaction_id"):
        pages = [{"transactions": pages}]
    gathered = _Gathered()
    for page in pages:
        gathered.take(page)
        if len(gathered.transactions) > max_rows:
            raise FileTooLong(limit=str(max_rows))
    if not gathered.has_lists:
        raise FileUnreadable.on_line(None, problem="it is JSON without Plaid's transactions")
    return gathered.file()


@dataclass(slots=True)
class _Gathered:
    """What the answers say together: of a transaction that comes twice, the last counts."""

    accounts: dict[str, Json] = field(default_factory=dict)
    transactions: dict[str, Json] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    has_lists: bool = False

    def take(self, page: Json) -> None:
        """Take the next answer."""
        for account in objects(page.get("accounts")):
            self.accounts.setdefault(text(account, "account_id") or "", account)
        for name in ("transactions", "added", "modified"):
            self.has_lists |= isinstance(page.get(name), list)
            for each in objects(page.get(name)):
                id_ = text(each, "transaction_id") or f"without an id, number {len(self.transactions) + 1}"
                self.transactions[id_] = each
                self.removed.discard(id_)
        self.removed |= {gone for each in objects(page.get("removed")) if (gone := text(each, "transaction_id"))}

    def file(self) -> DraftFile:
        """The drafts."""
        booked = {id_ for each in self.transactions.values() if (id_ := text(each, "pending_transaction_id"))}
        names = self._names()
        registers = Registers()
        skipped: list[SkippedLine] = []
        for line, (id_, each) in enumerate(self.transactions.items(), 1):
            if id_ in self.removed or id_ in booked:
                reason = "is booked since, under another id" if id_ in booked else "was removed by the bank"
                skipped.append(SkippedLine(line, reason))
            elif (row := _row(each, line)) is None:
                skipped.append(SkippedLine(line, "moves no money"))
            else:
                account = text(each, "account_id") or ""
                registers.add(names.get(account, account), row, type=self._type(account))
        return DraftFile("plaid", registers.statements(), tuple(skipped))

    def _names(self) -> dict[str, str]:
        """What accounts are called; those of one name with the end of their numbers."""
        called = {
            id_: one_line(text(each, "name") or text(each, "official_name")) for id_, each in self.accounts.items()
        }
        count = Counter(called.values())
        names: dict[str, str] = {}
        for id_, called_so in called.items():
            mask = text(self.accounts[id_], "mask")
            if called_so is not None and count[called_so] == 1:
                names[id_] = called_so
            elif called_so is not None and mask:
                names[id_] = f"{called_so} {mask}"
        return names

    def _type(self, account: str) -> str | None:
        each = self.accounts.get(account, {})
        kind, subtype = text(each, "type"), text(each, "subtype")
        return _TYPES.get((kind or "", subtype)) or _TYPES.get((kind or "", None))


def _row(each: Json, line: int) -> DraftRow | None:
    place = f"transaction {line}"
    currency = (text(each, "iso_currency_code") or text(each, "unofficial_currency_code") or "").upper()
    currency = currency if is_code(currency) and currency not in NOT_MONEY else ""
    digits = ISO[currency].digits if currency in ISO else _USUAL_DIGITS
    amount = to_digits(number(each, "amount", place), digits)
    date = day(each, "date", place)
    if not amount:
        return None
    name = one_line(text(each, "name"))
    return DraftRow(
        line,
        date,
        -amount,
        currency=currency or None,
        payee=one_line(text(each, "merchant_name")) or name,
        description=one_line(text(each, "original_description")) or name,
        external_id=text(each, "transaction_id"),
        original=members(each),
        status="pending" if flag(each, "pending") else "cleared",
        category=_category(each),
    )


def _category(each: Json) -> str | None:
    """The category, below its group: Plaid's own of today, or the list of words of before."""
    found = each.get("personal_finance_category")
    if isinstance(found, dict) and (detailed := text(found, "detailed")):
        if detailed.startswith(_TRANSFERS) or detailed in _REPAID:
            return None
        group = text(found, "primary") or ""
        return path(_words(group), _words(detailed.removeprefix(group)))
    words = each.get("category")
    names = [word for word in words if isinstance(word, str)][:8] if isinstance(words, list) else []
    return path(*names) if names and names[0].casefold() != "transfer" else None


def _words(code: str) -> str:
    """``FOOD_AND_DRINK`` as people write it."""
    return code.replace("_", " ").strip().capitalize()
