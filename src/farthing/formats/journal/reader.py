"""Reading journals: the book that a file for hledger or Ledger makes, its balances those that they would print.

What isn't read, is said: included files (the file is refused unless ``answers`` say ``includes=leave_out``), automatic
postings, rules for the future, virtual postings that needn't balance, days that single postings have of their own.
A bare ``$``, amounts of no commodity, days of no year and figures such as ``1,234`` that nothing explains are asked
about.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import cast, get_args

from farthing.formats.drafts import (
    DraftAccount,
    DraftAssertion,
    DraftBook,
    DraftChoice,
    DraftCost,
    DraftFile,
    DraftPosting,
    DraftPrice,
    DraftQuestion,
    DraftSum,
    DraftTransaction,
    SkippedLine,
    Status,
)
from farthing.formats.exact import kept, quotient
from farthing.formats.journal.amounts import DOLLARS, Commodities, Written
from farthing.formats.journal.balancing import LOOSE, Asserted, Balancer, Figures, most_digits
from farthing.formats.journal.comments import Comment, comment, day_of, unescaped
from farthing.formats.journal.entries import Entries, Posting, Transaction, entries, tagged, unreadable
from farthing.formats.numbers import NumberError
from farthing.formats.openings import is_opening
from farthing.formats.text import decode
from farthing.kit import clock
from farthing.ledger.currencies import is_code
from farthing.ledger.money import AmountError, parse_amount

OWN = "farthing-"
"""What tags begin with that this program writes, for what journals have no words for."""

_HEAD = 65_536
_DATE = rb"(?:[0-9]{4}[-/.])?[0-9]{1,2}[-/.][0-9]{1,2}"
_TRANSACTION = re.compile(
    rb"^" + _DATE + rb"(?:=" + _DATE + rb")?(?: [^\n]*|\t[^\t\n]*)?\n"
    rb"(?:[ \t]+[^\n]*\n){0,8}?[ \t]+[^\s;,\"][^\n]{0,300}?(?:  |\t)[^\n]{0,200}?[0-9]",
    re.MULTILINE,
)
_DIRECTIVE = re.compile(
    rb"^(?:P " + _DATE + rb"(?: [0-9:]+)? +[^\s0-9]+ +[^\n]*[0-9]|account [^\s,;][^,;\t\n]*(?: ;[^\n]*)?$"
    rb"|commodity [^\n]*[0-9]|include +[^\s,;]+$|alias [^\n,;]+=|apply (?:account|tag) |decimal-mark [.,]\s*$)",
    re.MULTILINE,
)
_KINDS = (
    (re.compile(r"assets?(?::|\Z)", re.IGNORECASE), "asset"),
    (re.compile(r"(?:debts?|liabilit(?:y|ies))(?::|\Z)", re.IGNORECASE), "liability"),
    (re.compile(r"equity(?::|\Z)", re.IGNORECASE), "equity"),
    (re.compile(r"(?:income|revenue)s?(?::|\Z)", re.IGNORECASE), "income"),
    (re.compile(r"expenses?(?::|\Z)", re.IGNORECASE), "expense"),
)
_TYPES = {
    **dict.fromkeys(("a", "asset", "c", "cash"), "asset"),
    **dict.fromkeys(("l", "liability"), "liability"),
    **dict.fromkeys(("e", "equity", "v", "conversion"), "equity"),
    **dict.fromkeys(("r", "revenue"), "income"),
    **dict.fromkeys(("x", "expense"), "expense"),
}
_POSTING_DATE = re.compile(r"\[(?P<first>[0-9/.-]*)(?:=[0-9/.-]*)?\]")
_NUMBERS = ("number", "iban", "account-number")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_FULL_DATE = re.compile(r"^(?:P\s+)?((?:19|20)[0-9]{2})[-/.][0-9]{1,2}[-/.][0-9]", re.MULTILINE)
_YEARS_OFFERED = 8
_MOST_NAMED = 20
_LONGEST_SIZE = 4
_BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")

Value = str | bool | int | Decimal | dt.date | None
"""A value of metadata."""


def recognises(data: bytes) -> bool:
    """Whether one of the first lines is a journal's directive, or a date with an indented line below it."""
    head = data[:_HEAD].replace(b"\xef\xbb\xbf", b"", 1).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _TRANSACTION.search(head) is not None or _DIRECTIVE.search(head) is not None


def read(
    data: bytes,
    *,
    max_rows: int = 100_000,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> DraftFile:
    """Read a journal of hledger or Ledger.

    Args:
        data: the whole file.
        max_rows: more transactions are refused.
        answers: ``includes`` is ``leave_out`` for a file that includes others; ``decimal_sign`` is ``.`` or ``,``;
            ``dollar`` is the currency that ``$`` means; ``currency`` is that of amounts which name none; ``virtual``
            says whether virtual postings that needn't balance are ``leave_out`` or ``balance``; ``year`` is that of
            days that come without one.

    Raises:
        FileUnreadable: a line breaks the rules, a transaction doesn't balance, or other files are included.
        FileTooLong: more than ``max_rows`` transactions.
    """
    decoded = decode(data)
    year = int(answers["year"]) if _YEAR.fullmatch(answers.get("year", "")) else _likely_year(decoded.text)
    said = entries(decoded.text, max_rows=max_rows, year=year)
    if said.includes and answers.get("includes") != "leave_out":
        raise unreadable(said.includes[0], "includes another file, which isn't read: put all of them into one")
    reader = _Reader(said, answers, year)
    book = reader.book()
    dialect = "ledger" if said.is_ledger else "hledger"
    return DraftFile(
        dialect,
        (),
        tuple(sorted([*said.skipped, *reader.skipped], key=lambda each: each.line)),
        tuple(reader.warnings),
        {"encoding": decoded.encoding, "dialect": dialect},
        book,
        reader.questions(),
    )


@dataclass(slots=True)
class _Completed:
    """A transaction and its postings, complete."""

    written: Transaction
    figures: list[Figures]


class _Reader:
    """Makes a book of entries."""

    def __init__(self, said: Entries, answers: Mapping[str, str], year: int) -> None:
        self.said = said
        self._year = year
        self._asks_year = bool(said.yearless) and _YEAR.fullmatch(answers.get("year", "")) is None
        self.skipped: list[SkippedLine] = []
        self.warnings: list[str] = list(said.warnings)
        said.notation.told = answers.get("decimal_sign") if answers.get("decimal_sign") in (".", ",") else None
        told = {name: answers[name] for name in ("dollar", "currency") if is_code(answers.get(name, ""))}
        self._loose = [posting for each in said.transactions for posting in each.postings if posting.is_loose]
        held = {posting.account for each in said.transactions for posting in each.postings if not posting.is_virtual}
        is_money = any(posting.account in held for posting in self._loose)
        self._keeps_loose = answers.get("virtual", "balance" if is_money else "leave_out") == "balance"
        self._asks_of_loose = bool(self._loose) and answers.get("virtual") not in ("balance", "leave_out")
        if not self._keeps_loose:
            for each in said.transactions:
                each.postings = [posting for posting in each.postings if not posting.is_loose]
        self._commodities = Commodities(told, said.default_commodity)
        for name, comments in said.commodities.items():
            original = comment(comments, is_own=said.is_own).values.get(f"{OWN}name") if said.is_own else None
            if original:
                self._commodities.renamed[name] = original
        self._names: dict[str, str] = {}
        self._kinds: dict[str, str | None] = {}

    def questions(self) -> tuple[DraftQuestion, ...]:
        """What the file leaves open. Call it when the book is made."""
        found: list[DraftQuestion] = []
        if self.said.notation.told is None and (doubts := self.said.notation.doubts()):
            what = f"Is 1,234 {doubts[0] or ''}".rstrip() + " a thousand and some, or one and some?"
            marks = (DraftChoice(".", "1,234.56: a point before decimals"), DraftChoice(",", "1.234,56: a comma"))
            found.append(DraftQuestion("decimal_sign", what, marks, ".", Decimal("0.6")))
        if self._commodities.has_dollar and "dollar" not in self._commodities.answers:
            choices = tuple(DraftChoice(code, f"$ is {code}") for code in DOLLARS)
            found.append(DraftQuestion("dollar", "Which dollar is $?", choices, DOLLARS[0], Decimal("0.8")))
        if self._commodities.has_bare and "currency" not in self._commodities.answers:
            codes = sorted({each for each in self._used() if is_code(each) and each != "XXX"})[:20]
            codes += [code for code in ("EUR", "USD", "GBP", "CHF", "CAD", "AUD") if code not in codes]
            choices = tuple(DraftChoice(code, f"They are {code}") for code in codes)
            question = "Some amounts name no currency. Which is it?"
            found.append(DraftQuestion("currency", question, choices, None, Decimal(0)))
        if self._asks_year:
            latest = clock.now().year
            years = dict.fromkeys([self._year, *range(latest, latest - _YEARS_OFFERED, -1)])
            choices = tuple(DraftChoice(str(year), f"They are of {year}") for year in years)
            question = f"Days have no year, as on line {self.said.yearless[0]}. Which is it?"
            found.append(DraftQuestion("year", question, choices, None, Decimal(0)))
        if self._asks_of_loose:
            line = self._loose[0].line
            choices = (
                DraftChoice("leave_out", f"line {line} is left out: the money isn't real"),
                DraftChoice("balance", f"line {line} is kept, its other side goes to {LOOSE}"),
            )
            question = f"Are virtual postings that needn't balance, as on line {line}, money of the accounts?"
            chosen = "balance" if self._keeps_loose else "leave_out"
            found.append(DraftQuestion("virtual", question, choices, chosen, Decimal("0.6")))
        return tuple(found)

    def _used(self) -> Iterable[str]:
        return (each.amount.commodity or "" for each in self.said.prices)

    def book(self) -> DraftBook:
        """The book.

        Raises:
            FileUnreadable: a transaction doesn't balance, or leaves out what can't be filled in.
        """
        said = self.said
        declared = {each.name: comment(each.comments, is_own=said.is_own) for each in said.accounts}
        self._declare(declared)
        figures = [[self._figures(each, posting) for posting in each.postings] for each in said.transactions]
        digits = most_digits(each for some in figures for each in some)
        order = range(len(said.transactions))
        if not said.is_ledger:  # Ledger sees balances in the file's order, hledger in that of the days
            order = sorted(order, key=lambda place: said.transactions[place].date)  # type: ignore[assignment]
        balancer = Balancer(said.is_ledger, digits)
        completed = [
            _Completed(said.transactions[place], balancer.complete(said.transactions[place], figures[place]))
            for place in order
            if figures[place]
        ]
        for line, account, off, currency in balancer.wrong[:_MOST_NAMED]:
            self.warnings.append(f"Line {line}: the balance of {account} is off by {off:f} {currency}.")
        assertions = self._assertions(completed)
        completed.sort(key=lambda each: each.written.date)
        transactions = tuple(self._transaction(each) for each in completed if not self._only_states(each))
        self._warn(transactions)
        prices = tuple(
            DraftPrice(
                each.line,
                each.date,
                self._commodities.code(each.commodity),
                self._value(each.line, each.amount, is_price=True),
                self._commodities.code(each.amount.commodity),
            )
            for each in said.prices
        )
        return DraftBook(self._accounts(declared), transactions, prices, assertions)

    def _declare(self, declared: Mapping[str, Comment]) -> None:
        """Note what accounts are called and of which kind they are, those that are declared first."""
        types: dict[str, str] = {}
        for name, about in declared.items():
            said = _TYPES.get(about.values.get("type", "").lower())
            if said:
                types[name] = said
            if self.said.is_own and (original := about.values.get(f"{OWN}name")):
                self._names[name] = original
        used = (posting.account for each in self.said.transactions for posting in each.postings)
        buckets = (each.bucket for each in self.said.transactions if each.bucket)
        others = [LOOSE] if self._keeps_loose and self._loose else []
        for name in dict.fromkeys([*declared, *used, *buckets, *others]):
            self._names.setdefault(name, name)
            unkind = self.said.is_own and declared.get(name, Comment()).values.get(f"{OWN}kind") == "none"
            self._kinds[self._names[name]] = None if unkind else _kind(name, types)

    def _accounts(self, declared: Mapping[str, Comment]) -> tuple[DraftAccount, ...]:
        notes = {each.name: each.note for each in self.said.accounts if each.note}
        found: list[DraftAccount] = []
        for key, name in self._names.items():
            about = declared.get(key, Comment())
            values = about.values
            found.append(
                DraftAccount(
                    name=name,
                    kind=self._kinds[name],
                    type=values.get(f"{OWN}type"),
                    currency=values.get(f"{OWN}currency"),
                    number=next((values[each] for each in _NUMBERS if each in values), None),
                    description=values.get("description") or notes.get(key) or about.text,
                    opened=day_of(values.get(f"{OWN}opened", "")),
                    closed=day_of(values.get(f"{OWN}closed", "")),
                )
            )
        return tuple(dict.fromkeys(found))

    def _value(self, line: int, amount: Written, *, is_price: bool = False) -> Decimal:
        try:
            return self.said.notation.value(amount, is_price=is_price)
        except NumberError as error:
            raise unreadable(line, f"has an amount that {error}") from error

    def _figures(self, transaction: Transaction, posting: Posting) -> Figures:
        """A posting's figures as numbers."""
        line = posting.line
        found = Figures(posting, self._names[posting.account])
        if posting.amount is not None:
            found.amount = self._value(line, posting.amount)
            found.currency = self._commodities.code(posting.amount.commodity, is_zero=not found.amount)
        if posting.price is not None and found.amount is not None:
            price = abs(self._value(line, posting.price, is_price=True))
            currency = self._commodities.code(posting.price.commodity)
            if posting.is_total_price:
                found.in_all = DraftSum(price, currency)
            else:
                found.price = DraftSum(price, currency)
        lot = posting.lot
        if lot is not None and lot.cost is not None and found.amount:
            number = self._value(line, lot.cost, is_price=True)
            try:
                unit = quotient(number, abs(found.amount))[0] if lot.is_total else number
            except NumberError as error:
                raise unreadable(line, f"has a cost that {error}") from error
            code = self._commodities.code(lot.cost.commodity)
            found.cost = DraftCost(unit, code, lot.date, unescaped(lot.label) if lot.label else None)
        if posting.assertion is not None:
            amount = self._value(line, posting.assertion)
            commodity = posting.assertion.commodity or self.said.default_commodity
            code = self._commodities.code(commodity) if commodity or amount else ""
            found.asserted = Asserted(amount, code, posting.is_strict, posting.with_children)
        del transaction
        return found

    def _only_states(self, completed: _Completed) -> bool:
        """Whether a transaction of this program's own is there for the balance that it states."""
        return self.said.is_own and any(
            line.strip().startswith(f"{OWN}assertion:") for line in completed.written.comments
        )

    def _transaction(self, completed: _Completed) -> DraftTransaction:
        written, said = completed.written, self.said
        about = comment(tagged(written, written.comments), is_own=said.is_own)
        payee, description = _parted(written.description, is_own=said.is_own)
        values: dict[str, Value] = {name: value for name, value in about.values.items() if not name.startswith(OWN)}
        if written.code:
            values.setdefault("code", written.code)
        own = about.values if said.is_own else {}
        for name, value in own.items():
            if name.startswith(f"{OWN}meta-"):
                values |= _typed(value)
        tags = own[f"{OWN}tags"].split("\n") if f"{OWN}tags" in own else about.words
        drafted = (self._posting(each, written.status or "cleared") for each in completed.figures)
        postings = tuple(each for each in drafted if not each.generated)
        opening = own.get(f"{OWN}opening")
        return DraftTransaction(
            line=written.line,
            date=written.date,
            postings=postings,
            payee=payee or None,
            description=description or None,
            notes=about.text,
            tags=tuple(dict.fromkeys(tags)),
            metadata=values,
            value_date=written.second_date,
            due_date=day_of(own.get(f"{OWN}due-date", "")),
            external_id=own.get(f"{OWN}id"),
            is_opening=opening == "true" if opening else is_opening((each.account for each in postings), self._kinds),
        )

    def _posting(self, figures: Figures, status: Status) -> DraftPosting:
        posting = figures.posting
        status = posting.status or status
        memo: str | None = None
        own: Mapping[str, str] = {}
        if posting.comments:
            about = comment(posting.comments, is_own=self.said.is_own)
            if self.said.is_own:
                if (said := about.values.get(f"{OWN}status")) in get_args(Status):
                    status = cast("Status", said)
                memo, own = about.text, about.values
            else:
                memo = "\n".join(line.strip() for line in posting.comments).strip() or None
                if "date" in about.values or any(found["first"] for found in _POSTING_DATE.finditer(memo or "")):
                    self.said.dated_postings.append(posting.line)
        amount = figures.amount or Decimal(0)
        price, total = figures.price, None
        if figures.in_all is not None and amount:
            unit, is_exact = quotient(figures.in_all.amount, abs(amount))
            price, total = (DraftSum(unit, figures.in_all.currency), None) if is_exact else (None, figures.in_all)
        cost = figures.cost
        if f"{OWN}noted" in own:
            price, total = _sum(own.get(f"{OWN}price")), _sum(own.get(f"{OWN}total"))
            cost = _cost(own.get(f"{OWN}cost"))
        return DraftPosting(
            account=figures.account,
            amount=kept(amount),
            currency=figures.currency or self._commodities.code(None, is_zero=True),
            memo=memo,
            status=status,
            price=price,
            cost=cost,
            generated=f"{OWN}generated" in own,
            total=total,
        )

    def _assertions(self, completed: Sequence[_Completed]) -> tuple[DraftAssertion, ...]:
        """The balances that hold until the end of their day; others are skipped aloud."""
        moved: dict[tuple[str, dt.date, str], int] = {}
        step = 0
        stated: list[tuple[int, int, Figures, dt.date]] = []
        below = {
            figures.posting.line
            for each in completed
            if self.said.is_own and any(line.strip() == f"{OWN}assertion:below" for line in each.written.comments)
            for figures in each.figures
        }
        asserted_with_children = any(
            each.asserted is not None and each.asserted.with_children for some in completed for each in some.figures
        )
        for each in completed:
            for figures in each.figures:
                step += 1
                names = [figures.account]
                if asserted_with_children:
                    parts = figures.account.split(":")
                    names = [":".join(parts[:count]) for count in range(1, len(parts) + 1)]
                if figures.amount:
                    for name in names:
                        moved[name, each.written.date, figures.currency] = step
                if figures.asserted is not None:
                    stated.append((step, figures.posting.line, figures, each.written.date))
        found: list[DraftAssertion] = []
        for at, line, figures, date in stated:
            asserted = figures.asserted
            if asserted is None or not asserted.currency:
                continue
            if moved.get((figures.account, date, asserted.currency), 0) > at:
                self.skipped.append(
                    SkippedLine(line, "states a balance in the middle of a day; here they are of its end")
                )
                continue
            found.append(
                DraftAssertion(
                    line,
                    figures.account,
                    date,
                    asserted.amount,
                    asserted.currency,
                    with_children=asserted.with_children or line in below,
                )
            )
        return tuple(found)

    def _warn(self, transactions: Sequence[DraftTransaction]) -> None:
        said = self.said
        for line in said.includes:
            self.skipped.append(SkippedLine(line, "includes another file"))
        for line in said.automatic:
            self.skipped.append(SkippedLine(line, "is a rule that adds postings to others, not a transaction"))
        if said.automatic:
            self.warnings.append(
                f"Line {said.automatic[0]}: rules add postings to others in Ledger, and in hledger with --auto; "
                "they aren't added here, so balances may differ by them."
            )
        if not self._keeps_loose:
            for posting in self._loose:
                self.skipped.append(SkippedLine(posting.line, "is a virtual posting that needn't balance"))
        if said.dated_postings:
            first, count = said.dated_postings[0], len(said.dated_postings)
            self.warnings.append(
                f"Line {first}: a posting with a day of its own; here it has its transaction's ({count} in all)."
            )
        sums = (_rests(each) for each in transactions)
        uneven = [each.line for each, rests in zip(transactions, sums, strict=True) if rests]
        if uneven:
            self.warnings.append(
                f"Line {uneven[0]}: the amounts miss zero by less than is shown of them ({len(uneven)} in all)."
            )


def _rests(transaction: DraftTransaction) -> dict[str, Decimal]:
    """What plain amounts of one commodity miss zero by; nothing where prices are noted or commodities are exchanged."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in transaction.postings:
        if posting.price or posting.cost or posting.total:
            return {}
        sums[posting.currency] += posting.amount
    rests = {currency: rest for currency, rest in sums.items() if rest}
    return rests if len(rests) == 1 else {}


def _likely_year(text: str) -> int:
    """The year that days without one may well be of: that of the first which has one, else this one."""
    found = _FULL_DATE.search(text)
    return int(found[1]) if found else clock.now().year


def kind_of(name: str) -> str | None:
    """The kind of an account that isn't declared, by its name in English, as hledger tells it."""
    return _kind(name, {})


def _kind(name: str, types: Mapping[str, str]) -> str | None:
    """The kind of an account: its own type, that of the account above it, else what its name says in English."""
    above = name
    while above:
        if above in types:
            return types[above]
        above = above.rpartition(":")[0]
    return next((kind for pattern, kind in _KINDS if pattern.match(name)), None)


def _typed(text: str) -> dict[str, Value]:
    """A name and a value of metadata that tags can't hold, as this program writes them; nothing if they're damaged."""
    kind, _, rest = text.partition("|")
    size, _, rest = rest.partition("|")
    if not size.isascii() or not size.isdigit() or len(size) > _LONGEST_SIZE:
        return {}
    name, value = rest[: int(size)], rest[int(size) :]
    if kind == "null":
        return {name: None}
    read_as: Mapping[str, Callable[[str], Value]] = {
        "bool": lambda said: said == "true",
        "number": _decimal,
        "date": day_of,
    }
    found = read_as.get(kind, str)(value)
    return {} if found is None else {name: found}


def _decimal(text: str) -> Decimal | None:
    try:
        return parse_amount(text)
    except AmountError:
        return None


def _sum(text: str | None) -> DraftSum | None:
    """A price as this program notes it."""
    amount, _, currency = (text or "").partition("|")
    number = _decimal(amount)
    return DraftSum(number, currency) if number is not None and currency else None


def _cost(text: str | None) -> DraftCost | None:
    """A cost as this program notes it."""
    amount, _, rest = (text or "").partition("|")
    currency, _, rest = rest.partition("|")
    date, _, label = rest.partition("|")
    number = _decimal(amount)
    return DraftCost(number, currency, day_of(date), label or None) if number is not None and currency else None


def _parted(text: str, *, is_own: bool) -> tuple[str, str]:
    """Payee and description, which a bar parts; as this program writes them, a bar behind a backslash doesn't."""
    if not is_own:
        payee, _, description = text.partition("|")
        return payee.strip(), description.strip()
    found = _BAR.search(text)
    if found is None:
        return unescaped(text.strip()), ""
    return unescaped(text[: found.end() - 1].strip()), unescaped(text[found.end() :].strip())
