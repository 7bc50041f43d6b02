"""Entries: what moved, who was on the other side, and what for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from farthing.formats.camt.elements import children, date, find, first, line_of, money, text
from farthing.formats.drafts import DraftRow, DraftSplit, DraftSum, FileUnreadable, SkippedLine, Status
from farthing.formats.references import provided, reference
from farthing.ledger.money import EXACT

_FULL_LINE = 140
"""What one line of unstructured remittance holds. Text that fills it goes on in the next without a space."""
_MOST_SPLITS = 100
_MOST_LISTED = 20
"""Payments of a collective booking that its description names."""
_STATUSES: dict[str, Status] = {"BOOK": "cleared", "PDNG": "pending", "FUTR": "pending"}

_KEPT = (
    ("AcctSvcrRef", ("Refs", "AcctSvcrRef")),
    ("EndToEndId", ("Refs", "EndToEndId")),
    ("MndtId", ("Refs", "MndtId")),
    ("PmtInfId", ("Refs", "PmtInfId")),
    ("InstrId", ("Refs", "InstrId")),
    ("TxId", ("Refs", "TxId")),
    ("UETR", ("Refs", "UETR")),
    ("ChqNb", ("Refs", "ChqNb")),
    ("MsgId", ("Refs", "MsgId")),
    ("Purp", ("Purp", "Cd")),
    ("Purp", ("Purp", "Prtry")),
    ("CdtrId", ("RltdPties", "Cdtr", "Id", "PrvtId", "Othr", "Id")),
    ("CdtrId", ("RltdPties", "Cdtr", "Pty", "Id", "PrvtId", "Othr", "Id")),
    ("UltmtDbtr", ("RltdPties", "UltmtDbtr", "Nm")),
    ("UltmtDbtr", ("RltdPties", "UltmtDbtr", "Pty", "Nm")),
    ("UltmtCdtr", ("RltdPties", "UltmtCdtr", "Nm")),
    ("UltmtCdtr", ("RltdPties", "UltmtCdtr", "Pty", "Nm")),
    ("DbtrAgt", ("RltdAgts", "DbtrAgt", "FinInstnId", "BIC")),
    ("DbtrAgt", ("RltdAgts", "DbtrAgt", "FinInstnId", "BICFI")),
    ("CdtrAgt", ("RltdAgts", "CdtrAgt", "FinInstnId", "BIC")),
    ("CdtrAgt", ("RltdAgts", "CdtrAgt", "FinInstnId", "BICFI")),
    ("RtrRsn", ("RtrInf", "Rsn", "Cd")),
    ("RtrInf", ("RtrInf", "AddtlInf")),
    ("XchgRate", ("AmtDtls", "InstdAmt", "CcyXchg", "XchgRate")),
    ("XchgRate", ("AmtDtls", "TxAmt", "CcyXchg", "XchgRate")),
    ("AddtlTxInf", ("AddtlTxInf",)),
)
"""What of a payment's details stays with the row, and where it stands in the one version or the other."""


@dataclass(frozen=True, slots=True)
class _Party:
    """Someone named in a payment's details."""

    name: str | None
    account: str | None


@dataclass(frozen=True, slots=True)
class _Payment:
    """The details of one payment of an entry."""

    payee: str | None
    account: str | None
    purpose: str | None
    amount: DraftSum | None
    is_credit: bool | None
    kept: dict[str, str]

    @property
    def label(self) -> str | None:
        """Who and what for, in one line."""
        return ": ".join(part for part in (self.payee, self.purpose) if part) or None


def entry(
    element: etree._Element, own: str | None, currency: str | None, fallback: dt.date | None
) -> DraftRow | SkippedLine:
    """The draft of an entry, or why it is left out.

    Args:
        element: the entry.
        own: the number of the account itself, which may stand on either side.
        currency: the account's, for an amount that names none.
        fallback: the day to book on, where the entry names none.

    Raises:
        FileUnreadable: an amount or a date is none.
    """
    line = line_of(element)
    stated = find(element, "Amt")
    if stated is None:
        raise FileUnreadable.on_line(line, problem=f"line {line} begins an entry without an amount")
    amount = money(stated)
    status = (first(element, ("Sts", "Cd"), ("Sts", "Prtry"), ("Sts",)) or "BOOK").upper()
    if status == "INFO":
        return SkippedLine(line, "is told for information, and not booked")
    if not amount.amount:
        return SkippedLine(line, "moves no money")
    is_credit = (text(element, "CdtDbtInd") or "").upper() != "DBIT"
    value_date = date(find(element, "ValDt"))
    day = date(find(element, "BookgDt")) or value_date or fallback
    if day is None:
        raise FileUnreadable.on_line(line, problem=f"line {line} begins an entry without a date")
    is_reversal = (text(element, "RvslInd") or "").lower() in {"true", "1"}
    payments = [
        _payment(details, is_credit != is_reversal, own)
        for batch in children(element, "NtryDtls")
        for details in children(batch, "TxDtls")
    ]
    signed = amount.amount if is_credit else -amount.amount
    only = payments[0] if len(payments) == 1 else None
    return DraftRow(
        line=line,
        date=day,
        amount=signed,
        currency=amount.currency or currency,
        payee=only.payee if only else _common(payment.payee for payment in payments),
        description=_description(element, payments),
        value_date=value_date,
        external_id=reference(text(element, "AcctSvcrRef"))
        or (reference(only.kept.get("AcctSvcrRef")) if only else None),
        original=_original(element, payments),
        status=_STATUSES.get(status, "cleared"),
        counterparty_number=only.account if only else _common(payment.account for payment in payments),
        splits=_splits(payments, signed, amount.currency, is_credit=is_credit),
        foreign=_foreign(element, amount.currency or currency, is_credit=is_credit),
    )


def _common(values: Iterable[str | None]) -> str | None:
    several = set(values)
    return several.pop() if len(several) == 1 else None


def _payment(details: etree._Element, is_incoming: bool, own: str | None) -> _Payment:
    parties = find(details, "RltdPties")
    sides = ("Dbtr", "Cdtr") if is_incoming else ("Cdtr", "Dbtr")
    known = [_party(parties, side) for side in sides]
    # The account's holder may be named as well, and is never who is on the other side.
    others = [party for party in known if (party.name or party.account) and not (own and party.account == own)]
    other = others[0] if others else _Party(None, None)
    stated = find(details, "Amt")
    if stated is None:
        stated = find(details, "AmtDtls", "TxAmt", "Amt")
    indicator = text(details, "CdtDbtInd")
    kept: dict[str, str] = {}
    for name, path in _KEPT:
        if (said := provided(text(details, *path))) and name not in kept:
            kept[name] = said
    return _Payment(
        payee=other.name,
        account=other.account,
        purpose=_purpose(details),
        amount=money(stated) if stated is not None else None,
        is_credit=None if indicator is None else indicator.upper() != "DBIT",
        kept=kept,
    )


def _party(parties: etree._Element | None, side: str) -> _Party:
    name = first(parties, (side, "Nm"), (side, "Pty", "Nm"), (side, "Agt", "FinInstnId", "Nm"))
    ultimate = f"Ultmt{side}"
    name = provided(name) or provided(first(parties, (ultimate, "Nm"), (ultimate, "Pty", "Nm")))
    account = first(parties, (f"{side}Acct", "Id", "IBAN"), (f"{side}Acct", "Id", "Othr", "Id"))
    return _Party(name, provided(account))


def _purpose(details: etree._Element) -> str | None:
    """What a payment was for, in the words of who made it; else its structured reference; else the bank's words."""
    remittance = find(details, "RmtInf")
    free = ""
    for each in children(remittance, "Ustrd"):
        piece = " ".join((each.text or "").split())
        free += piece if len(piece) == _FULL_LINE else f"{piece} "
    structured: list[str] = []
    for each in children(remittance, "Strd"):
        structured += filter(None, (provided(text(each, "CdtrRefInf", "Ref")), text(each, "AddtlRmtInf")))
    said = " ".join(part for part in (provided(free), *structured) if part)
    return said or text(details, "AddtlTxInf")


def _description(element: etree._Element, payments: Sequence[_Payment]) -> str | None:
    told = text(element, "AddtlNtryInf")
    if len(payments) == 1:
        return payments[0].purpose or told
    labels = [label for payment in payments[:_MOST_LISTED] if (label := payment.label)]
    if len(payments) > _MOST_LISTED and labels:
        labels.append("\u2026")
    return "; ".join(filter(None, (told, *labels))) or None


def _splits(payments: Sequence[_Payment], amount: Decimal, currency: str, *, is_credit: bool) -> tuple[DraftSplit, ...]:
    """The payments of a collective booking as parts of it, where they sum to it exactly, in its own currency."""
    amounts = [payment.amount for payment in payments if payment.amount and payment.amount.amount]
    if not 1 < len(payments) <= _MOST_SPLITS or len(amounts) != len(payments):
        return ()
    if any(each.currency != currency for each in amounts):
        return ()
    own = [is_credit if payment.is_credit is None else payment.is_credit for payment in payments]
    for directions in (own, [is_credit] * len(payments)):
        signed = [each.amount if incoming else -each.amount for each, incoming in zip(amounts, directions, strict=True)]
        total = Decimal(0)
        for part in signed:
            total = EXACT.add(total, part)
        if total == amount:
            return tuple(DraftSplit(part, memo=payment.label) for part, payment in zip(signed, payments, strict=True))
    return ()


def _foreign(element: etree._Element, currency: str | None, *, is_credit: bool) -> DraftSum | None:
    """What was paid in another currency, where the entry is of one payment and says so."""
    details = [each for batch in children(element, "NtryDtls") for each in children(batch, "TxDtls")]
    if len(details) > 1:
        return None
    for holder in (*details, element):
        for name in ("InstdAmt", "TxAmt", "CntrValAmt"):
            stated = find(holder, "AmtDtls", name, "Amt")
            if stated is None:
                continue
            amount = money(stated)
            if amount.currency and amount.currency != currency and amount.amount:
                return DraftSum(amount.amount if is_credit else -amount.amount, amount.currency)
    return None


def _original(element: etree._Element, payments: Sequence[_Payment]) -> dict[str, str]:
    kept = {
        name: said
        for name, said in (
            ("NtryRef", text(element, "NtryRef")),
            ("AcctSvcrRef", text(element, "AcctSvcrRef")),
            ("Sts", first(element, ("Sts", "Cd"), ("Sts",))),
            ("RvslInd", text(element, "RvslInd")),
            ("BkTxCd", _code(element) or _code(find(element, "NtryDtls", "TxDtls"))),
            ("AddtlNtryInf", text(element, "AddtlNtryInf")),
            ("PmtInfId", provided(text(element, "NtryDtls", "Btch", "PmtInfId"))),
            ("NbOfTxs", text(element, "NtryDtls", "Btch", "NbOfTxs")),
            ("Chrgs", _charges(element) or _charges(find(element, "NtryDtls", "TxDtls"))),
        )
        if said
    }
    if len(payments) == 1:
        return {**payments[0].kept, **({"RmtInf": payments[0].purpose} if payments[0].purpose else {}), **kept}
    for number, payment in enumerate(payments[:_MOST_SPLITS], 1):
        parts = [payment.label or "", *(f"{name} {said}" for name, said in payment.kept.items())]
        if payment.amount:
            parts.insert(0, f"{payment.amount.amount} {payment.amount.currency}")
        kept[f"TxDtls {number}"] = "; ".join(filter(None, parts))
    return kept


def _code(element: etree._Element | None) -> str | None:
    """The bank's code for the kind of movement: domain, family and sub-family, or its own."""
    holder = find(element, "BkTxCd")
    standard = (
        text(holder, "Domn", "Cd"),
        text(holder, "Domn", "Fmly", "Cd"),
        text(holder, "Domn", "Fmly", "SubFmlyCd"),
    )
    own = text(holder, "Prtry", "Cd")
    return " ".join(filter(None, ("-".join(filter(None, standard)), own))) or None


def _charges(element: etree._Element | None) -> str | None:
    holder = find(element, "Chrgs")
    for stated in (find(holder, "TtlChrgsAndTaxAmt"), find(holder, "Rcrd", "Amt"), find(holder, "Amt")):
        if stated is not None and (stated.text or "").strip():
            amount = money(stated)
            return f"{amount.amount} {amount.currency}".strip()
    return None
