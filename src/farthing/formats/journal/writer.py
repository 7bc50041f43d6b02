"""Writing journals: a book as a file that ``hledger check`` accepts, and Ledger, with the balances that it has here.

What journals have no words for are tags whose names begin with ``farthing-``, and backslashes keep signs from meaning
anything; the first line says so, and the reader knows them, so that what is written comes back the same. What a posting
is weighed by stands behind ``@``; where that isn't the price that is noted on it, a tag keeps that. Balances that don't
hold are comments.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

from farthing.formats.balanced import Way, trading, way, weight
from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftPosting,
    DraftTransaction,
    WrittenBook,
)
from farthing.formats.journal.balancing import Balances
from farthing.formats.journal.comments import SIGNATURE, TAG_NAME
from farthing.formats.journal.reader import OWN, kind_of
from farthing.formats.names import distinct
from farthing.formats.numbers import CURRENCIES_BY_SIGN
from farthing.formats.openings import is_opening

Dialect = Literal["hledger", "ledger"]

TRADING = "Equity:Trading"

_TYPES = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"}
_HALF = Decimal("0.5")
_PLAIN = re.compile(r"[^\W\d_]+\Z")
_NO_COMMODITY = re.compile(r"[\"\n\r;]|\A\s|\s\Z|\A\Z")
_SPACES = re.compile(r"\s+")
_FIRST_SIGNS = " \t*!;#%|=~@([<\"'"
_LAST_SIGNS = ")]>"
_CODE = re.compile(r"[^()\n\r;]+\Z")
_TAG = re.compile(TAG_NAME + r"\Z")
_HELD_BACK = frozenset({"date", "date2", "type", "code"})
_ESCAPES = {
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    ";": "\\c",
    ":": "\\:",
    ",": "\\,",
    "|": "\\|",
    "[": "\\l",
    "]": "\\g",
}
_BLANKS = {" ": "\\w", "\t": "\\t"}
_LINE_ESCAPES = str.maketrans({each: _ESCAPES[each] for each in "\\\r:[];"})
_VALUE_ESCAPES = str.maketrans({each: _ESCAPES[each] for each in "\\\n\r:,;[]"})
_HEADER_ESCAPES = str.maketrans({each: _ESCAPES[each] for each in "\\\n\r;|"})

Value = str | bool | int | Decimal | dt.date | None


def write(book: WrittenBook, *, dialect: Dialect = "hledger") -> Iterator[bytes]:
    """A book as a journal, a piece at a time.

    Args:
        book: what is written, its transactions by date. Postings that are ``generated`` are left out where the others
            say as much.
        dialect: the program that it is for. Ledger has no balances of accounts with those below them.
    """
    yield from _Writer(book, dialect).pieces()


class _Writer:
    def __init__(self, book: WrittenBook, dialect: Dialect) -> None:
        self.book = book
        self._dialect = dialect
        self._digits: dict[str, int] = {}
        self._note_digits()
        declared = {each.name: each for each in book.accounts}
        said = {posting.account: None for transaction in book.transactions for posting in self._said(transaction)}
        for name in (*said, *(each.account for each in book.assertions)):
            declared.setdefault(name, DraftAccount(name, kind_of(name)))
        self._declared = declared
        self._kinds = {name: each.kind for name, each in declared.items()}
        self._names = distinct(declared, _account)
        self._commodities = distinct(self._digits, _commodity)

    def pieces(self) -> Iterator[bytes]:
        """The file."""
        yield f"{SIGNATURE}\n\n".encode()
        for name, made in self._commodities.items():
            sample = f"{Decimal(1000):.{self._digits[name]}f}"
            yield f"commodity {_quoted(made)}{self._renamed(name, made)}\n".encode()
            mark = "." if "." not in sample and self._dialect == "hledger" else ""
            yield f"  format {sample}{mark} {_quoted(made)}\n".encode()
        yield b"\n"
        for account in self._declared.values():
            yield "".join(f"{line}\n" for line in self._account(account)).encode()
        yield b"\n"
        for price in self.book.prices:
            commodity = _quoted(self._commodities[price.commodity])
            amount = self._amount(price.amount, price.currency)
            yield f"P {price.date.isoformat()} {commodity} {amount}\n".encode()
        yield from self._happenings()

    def _happenings(self) -> Iterator[bytes]:
        """Transactions by date, and the balances of each day behind those of the day."""
        assertions = sorted(self.book.assertions, key=lambda each: each.date)
        balances = Balances()
        place = 0
        for transaction in self.book.transactions:
            while place < len(assertions) and assertions[place].date < transaction.date:
                yield self._assertion(assertions[place], balances)
                place += 1
            for posting in self._said(transaction):
                balances.add(posting.account, posting.amount, posting.currency)
            yield ("\n" + "".join(f"{line}\n" for line in self._transaction(transaction))).encode()
        for assertion in assertions[place:]:
            yield self._assertion(assertion, balances)

    # --- accounts and commodities -----------------------------------------------------------------------------------

    def _note_digits(self) -> None:
        """Note how many decimals each commodity is written with at most: what is smaller is overlooked."""
        digits = self._digits
        for transaction in self.book.transactions:
            for posting in transaction.postings:
                digits[posting.currency] = max(digits.get(posting.currency, 0), _decimals(posting.amount))
                for noted in (posting.price, posting.total, posting.cost):
                    if noted is not None:
                        digits.setdefault(noted.currency, 0)
        for price in self.book.prices:
            digits.setdefault(price.commodity, 0)
            digits.setdefault(price.currency, 0)
        for assertion in self.book.assertions:
            digits[assertion.currency] = max(digits.get(assertion.currency, 0), _decimals(assertion.amount))
        for account in self.book.accounts:
            if account.currency:
                digits.setdefault(account.currency, 0)

    @staticmethod
    def _renamed(name: str, made: str) -> str:
        return "" if name == made else f"  ; {OWN}name:{_value_text(name)}"

    def _account(self, account: DraftAccount) -> Iterator[str]:
        made = self._names[account.name]
        tags: dict[str, str | None] = {
            "type": _TYPES.get(account.kind or ""),
            f"{OWN}name": account.name if made != account.name else None,
            f"{OWN}kind": "none" if account.kind is None else None,
            f"{OWN}type": account.type,
            f"{OWN}currency": account.currency,
            "number": account.number,
            "description": account.description,
            f"{OWN}opened": account.opened.isoformat() if account.opened else None,
            f"{OWN}closed": account.closed.isoformat() if account.closed else None,
        }
        said = [f"{name}:{_value_text(value)}" for name, value in tags.items() if value]
        yield f"account {made}"  # Ledger takes what else stands on the line for a part of the name
        yield from (f"  ; {each}" for each in said)

    def _amount(self, amount: Decimal, currency: str) -> str:
        return f"{amount:f} {_quoted(self._commodities[currency])}"

    # --- what happens -----------------------------------------------------------------------------------------------

    def _said(self, transaction: DraftTransaction) -> list[DraftPosting]:
        """The postings that are written: the generated ones only if nothing else balances."""
        own = [each for each in transaction.postings if not each.generated]
        generated = [each for each in transaction.postings if each.generated]
        if not own:
            return generated
        return own + (generated or trading(own, TRADING)) if way(own, _exactly) is Way.TRADED else own

    def _transaction(self, transaction: DraftTransaction) -> Iterator[str]:
        postings = self._said(transaction)
        own = [each for each in postings if not each.generated] or postings
        is_pending = all(each.status == "pending" for each in own)
        date = transaction.date.isoformat()
        if transaction.value_date:
            date += f"={transaction.value_date.isoformat()}"
        code = transaction.metadata.get("code")
        has_code = isinstance(code, str) and _CODE.match(code) is not None and code == code.strip()
        words = [date, "!" if is_pending else "*", f"({code})" if has_code else "", _header(transaction)]
        yield " ".join(word for word in words if word)
        for line in self._comments(transaction, has_code=has_code):
            yield f"    ; {line}"
        is_noted = way(own, _exactly) is Way.NOTED
        for posting in postings:
            yield from self._posting(posting, is_pending=is_pending, is_noted=is_noted)

    def _comments(self, transaction: DraftTransaction, *, has_code: bool) -> Iterator[str]:
        if transaction.notes:
            yield from map(_line, transaction.notes.split("\n"))
        if transaction.tags and all(map(_TAG.match, transaction.tags)):
            yield ", ".join(f"{tag}:" for tag in transaction.tags)
        elif transaction.tags:
            yield f"{OWN}tags:{_value_text(chr(10).join(transaction.tags))}"
        for count, (name, value) in enumerate(transaction.metadata.items(), 1):
            if name == "code" and has_code:
                continue
            kind, text = _typed(value)
            is_tag = _TAG.match(name) and not name.startswith(OWN) and name not in _HELD_BACK
            if is_tag and text:
                yield f"{name}:{_value_text(text)}"
                if kind == "text":
                    continue
            yield f"{OWN}meta-{count}:{_value_text(f'{kind}|{len(name)}|{name}{text}')}"
        facts: Mapping[str, str | None] = {
            "due-date": transaction.due_date.isoformat() if transaction.due_date else None,
            "id": transaction.external_id,
        }
        own = [each.account for each in transaction.postings if not each.generated]
        yield from (f"{OWN}{name}:{_value_text(text)}" for name, text in facts.items() if text)
        if transaction.is_opening != is_opening(own, self._kinds):
            yield f"{OWN}opening:{'true' if transaction.is_opening else 'false'}"

    def _posting(self, posting: DraftPosting, *, is_pending: bool, is_noted: bool) -> Iterator[str]:
        mark = "! " if posting.status == "pending" and not is_pending else ""
        amount = self._amount(posting.amount, posting.currency)
        tags: list[str] = []
        if posting.status == "reconciled":
            tags.append(f"{OWN}status:reconciled")
        if posting.generated:
            tags.append(f"{OWN}generated:true")
        worth, notes = self._worth(posting, is_noted=is_noted)
        lines = [_line(line) for line in posting.memo.split("\n")] if posting.memo else []
        lines += [*tags, *notes]
        yield f"    {mark}{self._names[posting.account]}  {amount}{worth}" + (f"  ; {lines[0]}" if lines else "")
        yield from (f"    ; {line}" for line in lines[1:])

    def _worth(self, posting: DraftPosting, *, is_noted: bool) -> tuple[str, list[str]]:
        """What stands behind ``@``, and the tags for what is noted and can't stand there."""
        price, total, cost = posting.price, posting.total, posting.cost
        at = ""
        if is_noted and posting.amount:
            came_to, currency = weight(posting)
            if cost is not None and cost.amount >= 0:
                at = f" @ {self._amount(cost.amount, cost.currency)}"
            elif cost is None and total is not None:
                at = f" @@ {self._amount(abs(came_to), currency)}"
            elif cost is None and price is not None and price.amount >= 0:
                return f" @ {self._amount(price.amount, price.currency)}", []
        if price is None and total is None and cost is None:
            return at, []
        if cost is None and total is not None and at:
            return at, []
        notes: list[str] = [f"{OWN}noted:true"]
        if cost is not None:
            words = [f"{cost.amount:f}", cost.currency, cost.date.isoformat() if cost.date else "", cost.label or ""]
            notes.append(f"{OWN}cost:{_value_text('|'.join(words))}")
        if price is not None:
            notes.append(f"{OWN}price:{_value_text(f'{price.amount:f}|{price.currency}')}")
        if total is not None:
            notes.append(f"{OWN}total:{_value_text(f'{total.amount:f}|{total.currency}')}")
        return at, notes

    def _assertion(self, assertion: DraftAssertion, balances: Balances) -> bytes:
        """A balance: behind an amount of zero, in a transaction of its own."""
        account, children = self._names[assertion.account], assertion.with_children
        nothing, amount = (self._amount(each, assertion.currency) for each in (Decimal(0), assertion.amount))
        sign, word = ("=*", "true") if children else ("=", "true")
        if children and self._dialect == "ledger":
            sign, word, children = "=", "below", False
        held = balances.of(assertion.account, with_children=children).get(assertion.currency, Decimal(0))
        said = f"    {account}  {nothing} {sign} {amount}"
        if held != assertion.amount:
            return f"\n; can't be stated: {assertion.date.isoformat()}{said}\n".encode()
        return f"\n{assertion.date.isoformat()} * balance\n    ; {OWN}assertion:{word}\n{said}\n".encode()


def _exactly(_currency: str) -> Decimal:
    """How far a transaction may miss zero: not at all, though both programs would let it."""
    return Decimal(0)


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _account(name: str, attempt: int) -> str:
    """A name as both programs take it: single spaces, and no sign in front that means something."""
    made = _SPACES.sub(" ", name).strip().replace(";", ",")
    made = ":".join(part.strip() or "_" for part in made.split(":"))
    if made[:1] in _FIRST_SIGNS or made[-1:] in _LAST_SIGNS:
        made = f"_{made}_"
    return f"{made} {attempt + 1}" if attempt else made


def _commodity(name: str, attempt: int) -> str:
    """A commodity as both programs take it; signs that mean a currency to the reader are written out."""
    if not attempt and not _NO_COMMODITY.search(name) and name not in CURRENCIES_BY_SIGN and name != "$":
        return name
    return f"commodity {attempt + 1}"


def _quoted(commodity: str) -> str:
    return commodity if _PLAIN.match(commodity) else f'"{commodity}"'


def _header(transaction: DraftTransaction) -> str:
    """Payee and description, with a bar between them."""
    payee = _edged((transaction.payee or "").translate(_HEADER_ESCAPES))
    if payee[:1] in tuple("*!("):
        payee = f"\\{payee}"
    if transaction.description is None:
        return payee
    return f"{payee} | {_edged(transaction.description.translate(_HEADER_ESCAPES))}"


def _line(text: str) -> str:
    """A line of a comment in which nothing means anything."""
    made = text.translate(_LINE_ESCAPES)
    if not made:
        return "\\e"
    return _edged(made)


def _edged(text: str) -> str:
    """A text whose spaces at its ends aren't lost."""
    inner = text.strip()
    if len(inner) == len(text):
        return text
    before = len(text) - len(text.lstrip())
    ends = (text[:before], text[before + len(inner) :])
    head, tail = ("".join(_BLANKS.get(each, each) for each in end) for end in ends)
    return f"{head}{inner}{tail}"


def _value_text(text: str) -> str:
    """The value of a tag; one that begins with a slash would make an address of its name and colon."""
    made = _edged(text.translate(_VALUE_ESCAPES))
    return f"\\{made}" if made.startswith("/") else made


def _typed(value: Value) -> tuple[str, str]:
    """What a value is, and its text."""
    if isinstance(value, bool):
        return "bool", "true" if value else "false"
    if value is None:
        return "null", ""
    if isinstance(value, Decimal | int):
        return "number", f"{value:f}" if isinstance(value, Decimal) else str(value)
    return ("date", value.isoformat()) if isinstance(value, dt.date) else ("text", value)
