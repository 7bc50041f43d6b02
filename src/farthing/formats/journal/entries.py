"""Entries of a journal as they are written: nothing computed, nothing filled in.

The manuals of hledger ("Journal") and of Ledger ("Journal Format") are the sources. What isn't a transaction, a price
or the declaration of an account, a commodity, a year or an alias is skipped aloud.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from farthing.formats.dates import DateError, day
from farthing.formats.dates import Written as WrittenDate
from farthing.formats.drafts import FileTooLong, FileUnreadable, SkippedLine, Status
from farthing.formats.journal.aliases import Aliases
from farthing.formats.journal.amounts import Notation, Written, written
from farthing.formats.journal.comments import SIGNATURE

_DATE = r"(?:[0-9]{4}[-/.])?[0-9]{1,2}[-/.][0-9]{1,2}"
_HEADER = re.compile(
    rf"(?P<date>{_DATE})(?:=(?P<second>{_DATE}))?(?=[\s*!(]|\Z)\s*+(?P<status>[*!])?\s*+(?:\((?P<code>[^)\n]*+)\))?\s*+"
)
_DAY = re.compile(r"(?:([0-9]{4})[-/.])?([0-9]{1,2})[-/.]([0-9]{1,2})\Z")
_COMMENT = re.compile(r"(?:\s|\A);")
_TWO_SPACES = re.compile(r"  |\t| \t")
_LOT = re.compile(
    r"\s*+(?:(?P<open>\{\{?)\s*+=?|\[(?P<date>[^\]\n]*+)\]|(?P<worth>\(\([^\n@;]*\)\))|\((?P<note>[^)\n@]*+)\)"
    r"|(?P<at>\(?@@?\)?)\s*+=?)\s*+"
)
_ASSERTION = re.compile(r"\s*+(?P<signs>={1,2}\*?)\s*+")
_CLOSE = re.compile(r"\s*+\}\}?\s*+")
_PRICE = re.compile(
    rf"P\s++(?P<date>{_DATE})(?:\s++[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?)?\s++(?P<commodity>\"[^\"]*+\"|[^\s0-9\"+-]++)\s*+"
)
_YEAR = re.compile(r"(?:Y|year|apply\s++year)\s*+([0-9]{4})\s*+\Z")
_TIMECLOCK = re.compile(r"[iIoObh] +[0-9]{4}[-/.]")

_SILENT = frozenset({"payee", "tag", "N", "v", "--", "end", "expr", "define", "def", "assert", "check", "value"})
"""Directives that declare, check or set up things which aren't money."""
_NOT_RUN = frozenset({"eval", "python", "import", "capture", "C"})
_TESTS = {"comment": "end comment", "test": "end test"}
_UNKNOWN = "Unknown"
"""What Ledger calls an account that the payee is to tell."""
_PLAIN_PAYEE = re.compile(r"[\w '&/-]{1,100}\Z")
_MOST_PAYEES = 500
_LONGEST_ACCOUNT = 500
_MOST_POSTINGS = 10_000
_MOST_LINES = 2_000
_MOST_NESTED = 100
_STATUS: dict[str, Status] = {"!": "pending", "*": "cleared"}


@dataclass(slots=True)
class Lot:
    """What is noted on an amount: the cost of its lot."""

    cost: Written | None = None
    is_total: bool = False
    date: dt.date | None = None
    label: str | None = None


@dataclass(slots=True)
class Posting:
    """A posting as it is written. ``assertion`` is what the account holds then; ``is_strict`` of nothing else."""

    line: int
    account: str
    amount: Written | None = None
    status: Status | None = None
    price: Written | None = None
    is_total_price: bool = False
    lot: Lot | None = None
    assertion: Written | None = None
    is_strict: bool = False
    with_children: bool = False
    is_virtual: bool = False
    is_loose: bool = False
    """Whether it is virtual and needn't balance."""
    comments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Transaction:
    """A transaction as it is written."""

    line: int
    date: dt.date
    description: str
    second_date: dt.date | None = None
    status: Status | None = None
    code: str | None = None
    comments: list[str] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    tags: tuple[str, ...] = ()
    bucket: str | None = None


@dataclass(slots=True)
class Account:
    """An account that is declared."""

    line: int
    name: str
    comments: list[str] = field(default_factory=list)
    note: str | None = None


@dataclass(slots=True)
class Price:
    """What a unit of a commodity costs on a day."""

    line: int
    date: dt.date
    commodity: str
    amount: Written


@dataclass(slots=True)
class Entries:
    """All that a file says."""

    is_own: bool = False
    transactions: list[Transaction] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    includes: list[int] = field(default_factory=list)
    automatic: list[int] = field(default_factory=list)
    dated_postings: list[int] = field(default_factory=list)
    yearless: list[int] = field(default_factory=list)
    """The lines of days in a year that nothing names."""
    skipped: list[SkippedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notation: Notation = field(default_factory=Notation)
    default_commodity: str | None = None
    commodities: dict[str, list[str]] = field(default_factory=dict)
    """Comments of the commodities that are declared."""
    is_ledger: bool = False
    """Whether something is in it that is Ledger's, and nothing that only hledger reads. Ask when all is read."""
    is_hledger: bool = False


def unreadable(line: int, problem: str) -> FileUnreadable:
    """The fault of a line."""
    return FileUnreadable.on_line(line, problem=f"line {line} {problem}")


def entries(text: str, *, max_rows: int, year: int) -> Entries:
    """Read what a file says.

    Args:
        text: the whole file.
        max_rows: more transactions are refused.
        year: the year of days that come without one, as long as no line names it.

    Raises:
        FileUnreadable: a line breaks the rules.
        FileTooLong: more than ``max_rows`` transactions.
    """
    lines = text.split("\n")
    parser = _Parser(max_rows, year)
    parser.read.is_own = lines[0].startswith(SIGNATURE)
    block_ends: str | None = None
    for number, line in enumerate(lines, 1):
        if block_ends is not None:
            if line.strip() == block_ends:
                block_ends = None
            continue
        block_ends = parser.take(number, line)
    parser.read.is_ledger &= not parser.read.is_hledger
    return parser.read


class _Parser:
    """Reads lines into entries."""

    def __init__(self, max_rows: int, year: int) -> None:
        self.read = Entries()
        self._max_rows = max_rows
        self._assumed_year = year
        self._current: Transaction | Account | str | None = None
        """What indented lines belong to: a transaction, an account, a commodity by its name; ``""`` is passed over."""
        self._indented = 0
        self._year: int | None = None
        self._parents: list[str] = []
        self._tags: list[str] = []
        self._opened: list[str] = []
        self._aliases = Aliases()
        self._payees: list[tuple[str, str]] = []
        """Words of payees, and the accounts that they stand for where a posting doesn't know its own."""
        self._bucket: str | None = None
        self._followed: Mapping[str, Callable[[int, str, str], None]] = {
            "include": self._include,
            "P": self._price,
            "account": self._account,
            "commodity": self._commodity,
            "D": self._default,
            "decimal-mark": self._decimal_mark,
            "alias": self._alias,
            "bucket": self._take_from,
            "A": self._take_from,
            "apply": self._apply,
            "end": self._end,
        }

    def take(self, number: int, line: str) -> str | None:
        """Take the next line. The line that ends a block, if this one begins it."""
        if not line or line.isspace():
            self._current = None
            return None
        first = line[0]
        if first in " \t":
            self._below(number, line.strip())
            return None
        self._current = None
        if first.isdigit():
            self._transaction(number, line)
        elif first not in ";#*%|":
            return self._directive(number, line.strip())
        return None

    def _directive(self, number: int, line: str) -> str | None:
        self._current = ""
        word, _, rest = line.lstrip("!@").partition(" ")
        word, rest = word.strip(), _without_comment(rest).strip()
        if word in _TESTS:
            return _TESTS[word]
        if line[0] == "=":
            self.read.automatic.append(number)
        elif found := _YEAR.match(_without_comment(line)):
            self._year = int(found[1])
        elif (follow := self._followed.get(word)) is not None:
            follow(number, rest, line)
        elif (reason := _passed_over(word, line)) is not None:
            self.read.skipped.append(SkippedLine(number, reason))
        elif word not in _SILENT and not line.startswith("--"):
            raise unreadable(number, "begins neither a transaction nor a directive that is known")
        return None

    def _include(self, number: int, rest: str, line: str) -> None:
        del rest, line
        self.read.includes.append(number)

    def _decimal_mark(self, number: int, rest: str, line: str) -> None:
        del number, line
        self.read.notation.mark = rest if rest in (".", ",") else None
        self.read.is_hledger = True

    def _take_from(self, number: int, rest: str, line: str) -> None:
        """The account that takes what transactions leave."""
        del line
        self._bucket = self._full_name(number, rest)
        self.read.is_ledger = True

    def _price(self, number: int, rest: str, line: str) -> None:
        del rest
        found = _PRICE.match(line)
        amount = written(line, found.end()) if found else None
        if found is None or amount is None:
            raise unreadable(number, "is a price that can't be read")
        self.read.notation.note(amount[0])
        commodity = found["commodity"].strip('"')
        self.read.prices.append(Price(number, self._day(number, found["date"]), commodity, amount[0]))

    def _account(self, number: int, rest: str, line: str) -> None:
        del rest
        name, _, comment = _cut_comment(line.partition(" ")[2].strip())
        self.read.is_hledger |= "type:" in comment
        account = Account(number, self._full_name(number, name.strip()), [comment] if comment else [])
        self.read.accounts.append(account)
        self._current = account

    def _commodity(self, number: int, sample: str, line: str) -> None:
        del number
        comment = _cut_comment(line)[2]
        amount = written(sample, 0) if any(map(str.isdigit, sample)) and not sample.startswith('"') else None
        quoted = written(sample, 0) if sample.startswith('"') else None
        amount = amount or quoted
        if amount is not None and amount[0].body:
            self.read.notation.declare(amount[0])
            name = amount[0].commodity or ""
        else:
            name = sample.strip('"')
        self._current = name
        self.read.commodities.setdefault(name, []).extend([comment] if comment else [])

    def _default(self, number: int, sample: str, line: str) -> None:
        del line
        amount = written(sample, 0)
        if amount is None or amount[0].commodity is None:
            raise unreadable(number, "names no default commodity that can be read")
        self.read.notation.declare(amount[0])
        self.read.default_commodity = amount[0].commodity

    def _alias(self, number: int, rule: str, line: str = "") -> None:
        del line
        if not self._aliases.add(rule):
            self.read.warnings.append(
                f"Line {number}: an alias that can't be followed here; accounts keep their names."
            )

    def _apply(self, number: int, what: str, line: str) -> None:
        del line
        word, _, rest = what.partition(" ")
        if len(self._opened) >= _MOST_NESTED:
            raise unreadable(number, "is nested deeper than anyone writes")
        self._opened.append(word)
        if word == "account":
            self._parents.append(rest.strip())
        elif word == "tag":
            self._tags.append(rest.strip())
            self.read.is_ledger = True
        elif word != "year":
            self.read.skipped.append(SkippedLine(number, "applies something that isn't applied here"))

    def _end(self, number: int, what: str, line: str) -> None:
        del number, line
        word = what.removeprefix("apply").strip() or (self._opened[-1] if self._opened else "")
        if word not in self._opened:
            return
        del self._opened[len(self._opened) - 1 - self._opened[::-1].index(word)]
        if word == "account" and self._parents:
            self._parents.pop()
        elif word == "tag" and self._tags:
            self._tags.pop()

    def _full_name(self, number: int, name: str) -> str:
        """An account's name under what is applied, its aliases followed."""
        full = ":".join([*self._parents, name]) if self._parents else name
        if not full or len(full) > _LONGEST_ACCOUNT:
            raise unreadable(number, "names an account that is too long, or not at all")
        known = self._aliases.applied(full)
        if not known:
            raise unreadable(number, "names an account whose aliases lead nowhere")
        return known

    def _day(self, number: int, text: str, year: int | None = None) -> dt.date:
        found = _DAY.match(text)
        if found is None:
            raise unreadable(number, "has a date that can't be read")
        year = year or self._year
        if found[1] is None and year is None:
            self.read.yearless.append(number)
            year = self._assumed_year
        try:
            return day(WrittenDate((int(found[1] or year or 0), int(found[2]), int(found[3])), (4, 2, 2), "-"), "ymd")
        except DateError as error:
            raise unreadable(number, f"has a date that {error}") from error

    def _transaction(self, number: int, line: str) -> None:
        found = _HEADER.match(line)
        if found is None:
            raise unreadable(number, "begins with a figure, but not with a date")
        if len(self.read.transactions) >= self._max_rows:
            raise FileTooLong(limit=str(self._max_rows))
        date = self._day(number, found["date"])
        description, _, comment = _cut_comment(line[found.end() :])
        transaction = Transaction(
            number,
            date,
            description.strip(),
            self._day(number, found["second"], date.year) if found["second"] else None,
            _STATUS.get(found["status"] or ""),
            (found["code"] or "").strip() or None,
            [comment] if comment else [],
            tags=tuple(self._tags),
            bucket=self._bucket,
        )
        self.read.transactions.append(transaction)
        self._current = transaction
        self._indented = 0

    def _below(self, number: int, line: str) -> None:
        """An indented line: a comment or a posting of a transaction, a line about an account."""
        current = self._current
        if isinstance(current, Transaction):
            self._indented += 1
            if self._indented > _MOST_POSTINGS + _MOST_LINES:
                raise unreadable(number, "is one line more than a transaction can have")
            if line[0] in ";#%|" or (line[0] == "*" and line[1:2] != " "):
                comments = current.postings[-1].comments if current.postings else current.comments
                comments.append(line[1:])
            else:
                self._posting(number, line, current)
        elif isinstance(current, Account):
            self._about_account(number, line, current)
        elif isinstance(current, str):
            self._about_commodity(line, current)
        elif line[0] not in ";#*%|":
            raise unreadable(number, "is indented and belongs to no transaction")

    def _about_account(self, number: int, line: str, account: Account) -> None:
        word, _, rest = line.partition(" ")
        if line[0] in ";#":
            account.comments.append(line[1:])
        elif word == "note":
            account.note = rest.strip()
        elif word == "alias":
            self._alias(number, f"{rest.strip()}={account.name}")
        elif word == "payee":
            self._payee_of(number, rest.strip(), account.name)
        elif word == "default":
            self._bucket = account.name

    def _payee_of(self, number: int, payee: str, account: str) -> None:
        """Payees whose postings to an unknown account are this account's, as Ledger has it."""
        if len(self._payees) < _MOST_PAYEES and _PLAIN_PAYEE.match(payee):
            self._payees.append((payee.casefold(), account))
            return
        self.read.warnings.append(f"Line {number}: a pattern of payees that isn't followed here.")

    def _known(self, name: str, payee: str) -> str:
        """The account that a payee stands for, where a posting's own is unknown."""
        if not self._payees or name.rpartition(":")[2] != _UNKNOWN:
            return name
        words = payee.casefold()
        return next((account for said, account in self._payees if said in words), name)

    def _about_commodity(self, line: str, commodity: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "format" and (sample := written(rest.strip(), 0)) is not None:
            self.read.notation.declare(sample[0])
        elif word == "default" and commodity:
            self.read.default_commodity = commodity
        elif line[0] in ";#" and commodity in self.read.commodities:
            self.read.commodities[commodity].append(line[1:])

    def _posting(self, number: int, line: str, transaction: Transaction) -> None:
        if len(transaction.postings) >= _MOST_POSTINGS:
            raise unreadable(number, "is one posting more than a transaction can have")
        status: Status | None = None
        if line[0] in "*!":
            status = _STATUS[line[0]]
            line = line[1:].lstrip()
        parted = _TWO_SPACES.search(line)
        name, rest = (line[: parted.start()], line[parted.end() :].lstrip()) if parted else (line, "")
        if " ;" in name:
            name, _, comment = name.partition(" ;")
            rest = f";{comment}"
        name, is_virtual, is_balanced = _virtual(name.strip())
        if not name:
            raise unreadable(number, "lacks the name of an account")
        rest, _, comment = _cut_comment(rest)
        name = self._known(self._full_name(number, name), transaction.description)
        posting = Posting(number, name, status=status, is_virtual=is_virtual)
        posting.is_loose = is_virtual and not is_balanced
        if comment:
            posting.comments.append(comment)
        if rest.strip():
            self._amount(number, rest, posting)
        transaction.postings.append(posting)

    def _amount(self, number: int, text: str, posting: Posting) -> None:
        """What stands behind an account: an amount, what it cost and is worth, what the account holds then."""
        place = 0
        notation = self.read.notation
        if not _ASSERTION.match(text):
            amount = written(text, 0)
            if amount is None:
                raise unreadable(number, "has an amount that can't be read")
            posting.amount, place = amount
            notation.note(posting.amount)
        while place < len(text):
            if found := _ASSERTION.match(text, place):
                place = self._assertion(number, text, found, posting)
            elif posting.assertion is None and (found := _LOT.match(text, place)):
                place = self._lot(number, text, found, posting)
            elif text[place:].isspace():
                break
            elif text[place] == ";":  # Ledger takes a comment right behind an amount
                posting.comments.append(text[place + 1 :])
                break
            elif posting.assertion is not None and (found := _LOT.match(text, place)):
                place = len(text)  # the cost of what is asserted
            else:
                raise unreadable(number, "goes on where its amount ends")

    def _assertion(self, number: int, text: str, found: re.Match[str], posting: Posting) -> int:
        amount = written(text, found.end())
        if amount is None:
            raise unreadable(number, "has a balance that can't be read")
        posting.assertion = amount[0]
        self.read.is_hledger |= len(found["signs"]) > 1
        posting.is_strict = found["signs"].startswith("==")
        posting.with_children = found["signs"].endswith("*")
        self.read.notation.note(amount[0])
        return amount[1]

    def _lot(self, number: int, text: str, found: re.Match[str], posting: Posting) -> int:
        if found["at"]:
            amount = written(text, found.end())
            if amount is None:
                raise unreadable(number, "has a price that can't be read")
            posting.price, posting.is_total_price = amount[0], "@@" in found["at"]
            self.read.notation.note(amount[0])
            return amount[1]
        posting.lot = posting.lot or Lot()
        if found["open"]:
            amount = written(text, found.end())
            closing = _CLOSE.match(text, amount[1] if amount else found.end())
            if closing is None:
                raise unreadable(number, "has a cost that can't be read")
            if amount:
                posting.lot.cost, posting.lot.is_total = amount[0], found["open"] == "{{"
                self.read.notation.note(amount[0])
                self.read.is_ledger = True
            return closing.end()
        if found["worth"]:
            return found.end()  # how Ledger is to value it, in its own language
        if found["date"]:
            posting.lot.date = self._day(number, found["date"].strip())
        elif found["note"]:
            posting.lot.label = found["note"]
        return found.end()


def _passed_over(word: str, line: str) -> str | None:
    """Why a line is passed over, if it isn't carried out."""
    if word.startswith("~"):
        return "is a rule for transactions that repeat, not a transaction"
    if _TIMECLOCK.match(line):
        return "is of a time sheet"
    return f"is a directive, {word}, that isn't carried out here" if word in _NOT_RUN else None


def _virtual(name: str) -> tuple[str, bool, bool]:
    """A posting's account without its brackets, whether it is virtual, and whether it has to balance."""
    if name.startswith("(") and name.endswith(")"):
        return name[1:-1].strip(), True, False
    if name.startswith("[") and name.endswith("]"):
        return name[1:-1].strip(), True, True
    if name.startswith("<") and name.endswith(">"):
        return name[1:-1].strip(), False, True
    return name, False, True


def _cut_comment(text: str) -> tuple[str, str, str]:
    """What stands before a comment, the semicolon, and the comment."""
    found = _COMMENT.search(text)
    if found is None:
        return text, "", ""
    return text[: found.start()], ";", text[found.end() :]


def _without_comment(text: str) -> str:
    return _cut_comment(text)[0]


def tagged(transaction: Transaction, comments: Sequence[str]) -> list[str]:
    """A transaction's comments, with the tags that were applied around it."""
    return [*comments, *(f" {tag}" if ":" in tag else f" {tag}:" for tag in transaction.tags)]
