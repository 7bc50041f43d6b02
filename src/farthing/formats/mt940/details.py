"""Field 86: who and what for, in the dialects of the banks.

SWIFT leaves the field to the banks. Germany, Austria and Poland number its parts (``?20``, ``~32``), the Netherlands
name them between slashes (``/NAME/``), others write labels with a colon (``NAAM: ...``) or plain text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from farthing.formats import numbers
from farthing.formats.drafts import DraftSum
from farthing.formats.numbers import NumberError

_FULL_LINE = 65
"""A shorter line was ended by its author; this one by the width of the message, in the middle of a word even."""
_FULL_PART = 27
"""What a numbered part holds. Text that fills it goes on in the next without a space."""

_FULL_NAME = 25

_NUMBERED = re.compile(r"\s*(?P<code>\d{3})?\s*(?P<mark>[?~<^>@|!])(?P<first>\d\d)")
_SEPA = re.compile(r"(?<![A-Z])(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|COAM|OAMT|RREF|ANAM)\+")
_REPEATED = re.compile(r"\s(?:EREF|KREF|MREF|CRED):\s.*\Z", re.DOTALL)
"""Some banks say the references once more behind the text."""
_NAMED = re.compile(
    r"/(TRTP|TRCD|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|ADDR|ISDT|PREF|CNTP|PURP|RTRN|ULTC|ULTD|ULTB|SVCL|CPRP"
    r"|EXCH|CHGS|OCMT|INIT|RTYP|KREF|CRED|DEBT|ORDR|BUSP|ACCW|IREF|UCRD|OAMT|TEXT|SUM)/"
)
_LABELLED = re.compile(
    r"(?:^|(?<=[\s;/]))(IBAN|BIC|NAAM|OMSCHRIJVING|KENMERK|MACHTIGING|INCASSANT|REK|Z RACH\.|NA RACH\.|OD|DLA"
    r"|TYT\.|TNR)\s?:\s"
)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9*]{8,30}|P?\d{7,34}")
_ORIGINAL_SUM = re.compile(r"/OCMT/([A-Z]{3})([0-9.,]{1,30})")


@dataclass(frozen=True, slots=True)
class Details:
    """What field 86 says, taken apart. ``parts`` are its own, by number or name."""

    payee: str | None = None
    text: str | None = None
    account: str | None = None
    parts: dict[str, str] = field(default_factory=dict)


def details(lines: Sequence[str]) -> Details:
    """Take field 86 apart, whatever its dialect."""
    joined = "".join(lines)
    if found := _NUMBERED.match(joined):
        return _numbered(joined, found)
    if _NAMED.match(joined.lstrip()):
        return _named(joined)
    text = _plain(lines)
    return _labelled(text) or Details(text=text)


def is_account(text: str) -> bool:
    """Whether a text is nothing but an account's number or IBAN."""
    return bool(_ACCOUNT.fullmatch(text.strip()))


def with_reference(told: Details, customer: str, supplement: str) -> Details:
    """The details of a line whose own reference is the account on the other side, with the name below it.

    Some Dutch banks write it so, and begin field 86 with both once more.
    """
    text = told.text or ""
    if told.payee or not (_IBAN.fullmatch(customer) or (_ACCOUNT.fullmatch(customer) and text.startswith(customer))):
        return told
    text = text.removeprefix(customer).lstrip()
    if supplement and not is_account(supplement):
        text = text.removeprefix(supplement).lstrip()
    return replace(told, payee=supplement or None, account=told.account or customer, text=text or None)


def original_sum(text: str, *, negative: bool) -> DraftSum | None:
    """What was ordered in another currency (``/OCMT/USD12,50/``), signed as told."""
    if not (found := _ORIGINAL_SUM.search(text)) or not (currency := numbers.currency_of(found[1])):
        return None
    figure = numbers.figure(found[2].rstrip(",."))
    try:
        value = numbers.amount(figure, ",") if figure else Decimal(0)
    except NumberError:
        return None
    return DraftSum(-value if negative else value, currency) if value else None


def _clean(text: str) -> str | None:
    return " ".join(text.split()) or None


def _plain(lines: Sequence[str]) -> str | None:
    """Lines of running text as one."""
    text = ""
    for line in lines:
        text += line if len(line) == _FULL_LINE else f"{line} "
    return _clean(text)


def _numbered(joined: str, found: re.Match[str]) -> Details:
    """Parts with two figures behind a mark: ``166?00GUTSCHRIFT?20EREF+1?32Anna Weber``."""
    mark = found["mark"]
    pieces = re.split(rf"{re.escape(mark)}(?=\d\d)", joined[found.start("mark") :])[1:]
    parts: dict[str, str] = {}
    for piece in pieces:
        parts[piece[:2]] = parts.get(piece[:2], "") + piece[2:]
    is_german = mark == "?"
    purpose = _run(parts, ["20", "21", "22", "23", "24", "25", "26", *(["27", "28", "29"] if is_german else [])])
    purpose = _run({"0": purpose, **parts}, ["0", "60", "61", "62", "63"]) if is_german else purpose
    sepa = _sepa(purpose)
    name = _clean(_run(parts, ["32", "33"], full=_FULL_NAME))
    if name is None and not is_german:
        name = _clean(" ".join(parts.get(number, "") for number in ("27", "28")))
    account = "".join((parts.get("38") or parts.get("31") or sepa.get("IBAN") or "").split())
    text = sepa.get("SVWZ") if "SVWZ" in sepa else sepa.get("")
    text = _clean(_REPEATED.sub("", text or ""))
    kept = {number: value.strip() for number, value in parts.items() if value.strip()}
    if found["code"]:
        kept["code"] = found["code"]
    kept |= {name: value for name, value in sepa.items() if name and value}
    payee = name or sepa.get("ANAM") or sepa.get("ABWA") or sepa.get("ABWE")
    return Details(payee, text or _clean(parts.get("00", "")), account if account.strip("0") else None, kept)


def _run(parts: dict[str, str], order: Sequence[str], *, full: int = _FULL_PART) -> str:
    """Text that runs on through several parts."""
    text = last = ""
    for number in order:
        piece = parts.get(number, "")
        if last and piece and (len(last) < full or _SEPA.match(piece)):
            text += " "
        text += piece
        last = piece or last
    return text


def _sepa(purpose: str) -> dict[str, str]:
    """The purpose by its marks, ``EREF+`` and so on; what stands before the first is under no name."""
    pieces = _SEPA.split(purpose)
    found = {"": _clean(pieces[0]) or ""}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(name, _clean(value) or "")
    if "SVWZ" not in found and not found[""]:
        found["SVWZ"] = ""
    return found


def _named(joined: str) -> Details:
    """Parts behind names between slashes: ``/TRTP/SEPA OVERBOEKING/IBAN/NL00.../NAME/J Jansen/REMI/Huur``."""
    pieces = _NAMED.split(joined.strip())
    parts: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if text := _clean(value.strip("/ ")):
            parts.setdefault(name, text)
    account, payee = parts.get("IBAN"), parts.get("NAME")
    if counterparty := parts.get("CNTP"):
        account_part, _, rest = counterparty.partition("/")
        _, _, rest = rest.partition("/")
        account, payee = account or account_part or None, payee or rest.partition("/")[0] or None
    text = parts.get("REMI")
    if text:
        text = _clean(re.sub(r"\A(?:USTD|STRD/[A-Z]*)/+|/+\Z", "", text))
    for holder in ("BENM", "ORDP"):
        payee = payee or parts.get(holder)
    return Details(payee, text or parts.get("TRTP") or parts.get("TEXT"), account, parts)


def _labelled(text: str | None) -> Details | None:
    """Parts behind labels: ``NAAM: J Jansen OMSCHRIJVING: Huur``. None where there are too few to be sure."""
    pieces = _LABELLED.split(text or "")
    parts: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if content := value.strip(" ;/"):
            parts.setdefault(name, content)
    account = next((parts[name] for name in ("IBAN", "REK", "Z RACH.", "NA RACH.") if name in parts), None)
    payee = next((parts[name] for name in ("NAAM", "OD", "DLA") if name in parts), None)
    if account is None or not is_account(account):
        return None
    purpose = parts.get("OMSCHRIJVING") or parts.get("TYT.")
    return Details(payee, purpose or _clean(pieces[0].strip(" ;/")) or text, account, parts)
