"""Interpretation: what a table of rows says, as statements of accounts.

No two banks agree on headings, dates, decimals, signs or order, and none of it is written down in the file. Each is
decided over the whole table, by evidence; the running balance, where there is one, proves the result. What stays open
is read in the likeliest way and asked about: :class:`~farthing.formats.drafts.DraftQuestion`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from typing import cast

from farthing.formats import dates, numbers
from farthing.formats.balance_chain import Direction
from farthing.formats.bank_order import Placed, direction_by_dates, place
from farthing.formats.dates import DateError, Order, Written
from farthing.formats.drafts import DraftChoice, DraftFile, DraftRow, DraftStatement, FileUnreadable, SkippedLine
from farthing.formats.sheets import headings, money_columns, movements, notation, stated
from farthing.formats.sheets.card_signs import SURE, charges_are_positive, incomes_below_zero, is_of_a_card
from farthing.formats.sheets.headings import DATES, EXACT, HINTED, MONEY, Role
from farthing.formats.sheets.inquiry import LIKELY, Inquiry, Unanswered, examples
from farthing.formats.sheets.money_columns import Ledger, Line, Reading
from farthing.formats.sheets.movements import TEXTS, Candidate, Found
from farthing.formats.sheets.notation import Doubt, Hints, Ordered
from farthing.formats.sheets.rows import RowWriter
from farthing.formats.sheets.sections import Section, sections_of
from farthing.formats.sheets.sheet import Column, Sheet, currency_in_heading, sheet
from farthing.formats.sheets.stated import Stated
from farthing.formats.sheets.stated_balances import StatedBalances

_MOST_ACCOUNTS = 200
_ACCOUNTS = headings.phrases("account|konto|kontobezeichnung|compte|cuenta|conto|rekening|conta|счет|счёт|科目|账户")
_FULL_NAME = re.compile(r"[^\W\d_][^:\n]*:[^\s:]")
"""An account's name with those of the accounts above it, as in ``Assets:Bank``."""
_FEWEST_SIDES = 2
_MOST_TEXTS = 4
_MOST_WARNINGS = 50
_OWN_ACCOUNT = headings.phrases("account|konto|rekening|compte|cuenta|conto|conta|rachunek")
_OWN_ACCOUNT_WORDS = headings.phrases("auftragskonto|own|eigen|eigenes|name")
"""Headings, and words in them, that make an account the statement's own wherever its column stands."""
_WORD = re.compile(r"[^\W\d_]{3}")
_KANA = re.compile("[\u3041-\u30fe]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_FEWEST_TO_COMPARE = 3
_MOSTLY_CHARGED = 3
"""On a card, at least two in three movements are charges: where so many are positive, these may be written so."""
_SHAPE_LENGTH = 32
_LONGEST_LINE_NUMBER = 9
_TOLD: dict[str, tuple[Role, tuple[Role, ...]]] = {
    "date": (Role.BOOKED, (Role.TRANSACTED,)),
    "amount": (Role.AMOUNT, (Role.DEBIT, Role.CREDIT)),
    "money_out": (Role.DEBIT, (Role.AMOUNT,)),
    "money_in": (Role.CREDIT, (Role.AMOUNT,)),
    "balance": (Role.BALANCE, ()),
    "currency": (Role.CURRENCY, ()),
    "payee": (Role.PAYEE, (Role.PAYER, Role.RECIPIENT)),
    "description": (Role.DESCRIPTION, ()),
    "category": (Role.CATEGORY, ()),
}
"""What a person may name a column for, and the roles that no other column can have then."""


def interpret(
    tables: Sequence[Section],
    *,
    format: str,  # noqa: A002 - the word that people use for it
    max_rows: int,
    inquiry: Inquiry,
    understood: dict[str, str],
) -> DraftFile:
    """What tables say, and what would have to be asked about them.

    Args:
        tables: all their records; those of several accounts with titles.
        format: what the file is called.
        max_rows: more rows are refused.
        inquiry: a person's answers, by the names of the questions. Columns are named by their labels: ``date``,
            ``amount``, ``money_out``, ``money_in``, ``balance``, ``currency``, ``payee``, ``description``,
            ``category``.
            ``date_order`` is ``ymd``, ``dmy`` or ``mdy`` (dates that contradict it are faults), ``decimal_sign`` is
            ``.`` or ``,``, ``signs`` are ``written`` or ``turned``, ``header_line`` is the header's line, 0 for none.
        understood: what is known of the file already; more is noted in it.

    Raises:
        FileUnreadable: a line breaks the rules, or an answer contradicts the file; ``blames`` say which line.
        FileTooLong: more than ``max_rows`` rows.
    """
    header_line = _header_line(inquiry.answers)
    sections = [section for table in tables for section in _parted(table, header_line)]
    shape = None
    statements: list[DraftStatement] = []
    skipped: list[SkippedLine] = []
    warnings: list[str] = []
    try:
        for section in sections:
            found = sheet(section.table, header_line)
            shape = shape or shape_of(found)
            reader = _Reader(found, max_rows, inquiry, understood)
            read, left_out = reader.read()
            statements += [replace(each, name=section.title) for each in read] if section.title else read
            skipped += left_out
            warnings += reader.warnings
    except Unanswered:
        return DraftFile(format, understood=understood, questions=inquiry.questions, shape=shape)
    return DraftFile(
        format,
        tuple(statements),
        tuple(sorted(skipped, key=lambda each: each.line)),
        few(warnings),
        understood,
        questions=inquiry.questions,
        shape=shape,
    )


def _parted(table: Section, header_line: int | None) -> Iterable[Section]:
    return [table] if table.title or header_line is not None else sections_of(table.table)


def few(warnings: Sequence[str]) -> tuple[str, ...]:
    """The first warnings, and how many more there are: a person reads no thousand of them."""
    more = len(warnings) - _MOST_WARNINGS
    rest = (f"There are {more} more warnings of the kind.",) if more > 0 else ()
    return (*warnings[:_MOST_WARNINGS], *rest)


def _header_line(answers: Mapping[str, str]) -> int | None:
    told = answers.get("header_line")
    if told is None:
        return None
    if not told.isascii() or not told.isdecimal() or len(told) > _LONGEST_LINE_NUMBER:
        raise FileUnreadable.on_line(None, problem="the answer to 'header_line' is no line's number")
    return int(told)


def shape_of(found: Sheet) -> str:
    """What files of the same origin have in common: the delimiter and the headings, or the kinds of the columns."""
    if found.header:
        parts = [headings.plain(cell[: headings.LONGEST]) for cell in found.header.cells]
    else:
        parts = ["date" if column.dates else "number" if column.numbers else "text" for column in found.columns]
    return sha256("\x1f".join([found.delimiter, *parts]).encode()).hexdigest()[:_SHAPE_LENGTH]


@dataclass(slots=True)
class _Reader:
    """Reads one sheet, noting what it understands as it goes."""

    sheet: Sheet
    max_rows: int
    inquiry: Inquiry
    understood: dict[str, str]
    warnings: list[str] = field(default_factory=list)

    def read(self) -> tuple[tuple[DraftStatement, ...], tuple[SkippedLine, ...]]:
        self._note_sheet()
        self._heed_told_columns()
        columns = self._date_columns()
        found = movements.tell_apart(self.sheet, columns, max_rows=self.max_rows)
        self.warnings = found.warnings
        self._ask_about_wordless(found)
        around = stated.around(self.sheet.preamble)
        account = self._account_column(found.candidates)
        ledger = self._ledger(found, around, account)
        reading = money_columns.read(ledger)
        if not reading.is_proven and reading.columns.balance:
            reading = self._by_currency(ledger, reading)
        reading = self._signed(reading)
        self._note_money(reading, columns, account)
        movements.judge_undated(found, reading.columns.makers, columns[0])
        order = self._order(columns, found, reading)
        writer = RowWriter(
            self.sheet, reading, columns, order.order, currency=self._currency_column(reading), account=account
        )
        rows = self._rows(found, reading, writer)
        self._refuse_postings(found, [row for group in rows.values() for row in group])
        balances = StatedBalances([*around, *found.stated], next(iter(reading.marks.values())).mark, order.order)
        statements = self._statements(rows, reading, balances, has_account=account is not None)
        return statements, tuple(found.skipped)

    def _heed_told_columns(self) -> None:
        """Give the columns that a person named their roles, and take those from the others."""
        for name, (role, instead) in _TOLD.items():
            if (label := self.inquiry.answers.get(name)) is None:
                continue
            told = next((column for column in self.sheet.columns if column.label == label), None)
            if told is None:
                problem = f"the answer to '{name}' is no column of the file"
                raise FileUnreadable.on_line(None, problem=problem)
            if role in (*MONEY, Role.BALANCE) and not told.numbers:
                raise FileUnreadable.on_line(None, problem=f"column '{label}' holds no amounts")
            if role is Role.BOOKED and not (told.dates or told.serials):
                raise FileUnreadable.on_line(None, problem=f"column '{label}' holds no dates")
            for column in self.sheet.columns:
                for other in (role, *instead):
                    column.roles.pop(other, None)
            told.roles.clear()
            told.roles[role] = EXACT

    def _date_columns(self) -> list[Column]:
        """The columns of dates; the one with the most where no heading and no full column tells.

        Raises:
            FileUnreadable: there are no dates.
        """
        columns = movements.date_columns(self.sheet)
        if columns:
            return columns
        dated = sorted((each for each in self.sheet.columns if each.dates), key=lambda each: -each.dates)
        if not dated:
            raise FileUnreadable.on_line(None, problem="no column of it holds dates")
        place = dated[0].index
        record = next(each for each in self.sheet.body if place < len(each.cells) and dates.written(each.cells[place]))
        shown = [(each.label, record.cells[each.index]) for each in dated if each.index < len(record.cells)]
        label = self.inquiry.settle(
            "date", "Which column holds the date?", examples(record.line, shown), dated[0].label, LIKELY
        )
        column = next(each for each in dated if each.label == label)
        column.roles[Role.BOOKED] = HINTED
        return [column]

    def _note_sheet(self) -> None:
        self.understood["delimiter"] = self.sheet.delimiter
        header = self.sheet.header
        self.understood["header_line"] = str(header.line) if header else "none"

    def _note_money(self, reading: Reading, columns: Sequence[Column], account: Column | None) -> None:
        taken = [(next(role for role in DATES if role in column.roles), column) for column in columns]
        money = reading.columns
        taken += [
            (role, column)
            for role, column in (
                (Role.AMOUNT, money.amount),
                (Role.DEBIT, money.debit),
                (Role.CREDIT, money.credit),
                (Role.BALANCE, money.balance),
                (Role.CURRENCY, self._currency_column(reading)),
                (Role.ACCOUNT, account),
            )
            if column is not None
        ]
        taken += [(role, column) for role in TEXTS for column in self.sheet.having(role)[:_MOST_TEXTS]]
        self.understood["columns"] = "; ".join(f"{role.value} in '{column.label}'" for role, column in taken)
        self.understood["signs"] = reading.signs
        self.understood["decimal_sign"] = "; ".join(
            f"'{marked.mark}' in '{label}' by {marked.reason}" for label, marked in reading.marks.items()
        )

    def _ask_about_wordless(self, found: Found) -> None:
        """Where no header says what columns hold, and one row at an end has no words as all others do: a balance?"""
        if self.sheet.header or len(found.candidates) < _FEWEST_TO_COMPARE:
            return
        worded = [any(_WORD.search(cell) for cell in each.record.cells) for each in found.candidates]
        if worded.count(False) != 1 or all((worded[0], worded[-1])):
            return
        candidate = found.candidates[worded.index(False)]
        line = candidate.record.line
        kind = self.inquiry.settle(
            "wordless_row",
            f"Is line {line}, which alone has no words, a movement, or what the account held?",
            (
                DraftChoice("balance", f"line {line} states a balance and moves no money"),
                DraftChoice("movement", f"line {line} is a movement as the others are"),
            ),
            "balance",
            LIKELY,
        )
        if kind == "balance":
            found.candidates.remove(candidate)
            found.skip(line, "states a balance and moves no money")

    def _ledger(self, found: Found, around: Sequence[Stated], account: Column | None) -> Ledger:
        lines = [
            Line(each.record.line, each.record.cells, _cell(each, account), each.is_pending)
            for each in found.candidates
        ]
        elsewhere = numbers.decimal_votes(each.figure for each in (*around, *found.stated))
        return Ledger(
            self.sheet,
            lines,
            Counter(elsewhere),
            self._only_currency(lines),
            self.inquiry,
            lambda: _direction(found.candidates),
        )

    def _signed(self, reading: Reading) -> Reading:
        """The amounts from the account's view: turned round where the file writes what a card was charged as positive.

        Asked where nothing but custom says what a positive amount is.
        """
        money = reading.columns
        is_guess = money.amount is None and all(not column.roles for column in money.makers)
        if not (is_guess or (money.amount is not None and reading.signs.startswith("as written"))):
            return reading
        told = self.inquiry.answers.get("signs")
        spent_first = is_of_a_card(column.label for column in self.sheet.columns)
        if told is None:
            pairs = zip(reading.lines, reading.amounts, strict=True)
            rows = [(line.cells, amount) for line, amount in pairs if amount is not None]
            incomes = 0 if reading.is_proven else incomes_below_zero(_without_accounts(reading))
            if incomes >= SURE:
                self.warnings.append("The file writes income as negative: all signs were turned round.")
                return money_columns.turned_round(reading, "turned round, as income is negative")
            if charges_are_positive(rows):
                self.warnings.append(
                    "The file writes charges as positive and payments as negative: all signs were turned round."
                )
                return money_columns.turned_round(reading, "turned round, as a card's")
            if not self._is_open(reading) and not incomes:
                return reading
            spent_first |= incomes > 0
        turned = self._settled_signs(reading, spent_first=spent_first)
        return money_columns.turned_round(reading, "turned round") if turned == "turned" else reading

    def _is_open(self, reading: Reading) -> bool:
        """Whether nothing but custom says what a positive amount is."""
        amounts = [each for each in reading.amounts if each]
        debit, credit = reading.columns.debit, reading.columns.credit
        if debit is not None and credit is not None:
            return debit.index > credit.index  # money in before money out: only cards' balances prove that
        is_directed = any(chain.direction for chain in reading.chains.values())
        if is_directed or len(amounts) < 2:  # noqa: PLR2004 - one amount says nothing
            return False
        negative = sum(each < 0 for each in amounts)
        if negative * _MOSTLY_CHARGED <= len(amounts) and negative:
            return is_of_a_card((column.label for column in self.sheet.columns), or_spent=False)
        return not negative

    def _settled_signs(self, reading: Reading, *, spent_first: bool) -> str:
        place = next((place for place, each in enumerate(reading.amounts) if each), None)
        if place is None:
            return "written"
        line, amount = reading.lines[place].line, reading.amounts[place] or Decimal(0)
        return self.inquiry.settle(
            "signs",
            "Are the amounts money in as they are written, or money out, as a card's charges are?",
            (
                DraftChoice("written", f"line {line} is {amount}: money {'in' if amount > 0 else 'out'}"),
                DraftChoice("turned", f"line {line} is {-amount}: money {'out' if amount > 0 else 'in'}"),
            ),
            "turned" if spent_first or reading.columns.amount is None else "written",
        )

    def _only_currency(self, lines: Sequence[Line]) -> str | None:
        """The file's currency before the amounts are read, where it has only one."""
        for column in self.sheet.having(Role.CURRENCY):
            codes = {numbers.currency_of(line.cell(column)) for line in lines if line.cell(column)}
            if len(codes) == 1:
                return codes.pop()
        for column in self.sheet.columns:
            if not {Role.AMOUNT, Role.DEBIT, Role.CREDIT}.isdisjoint(column.roles):
                units = {
                    numbers.currency_of(figure.unit)
                    for line in lines
                    if (figure := numbers.figure(line.cell(column))) and figure.unit
                }
                if len(units) == 1 and (code := units.pop()):
                    return code
                if code := currency_in_heading(column.label):
                    return code
        labels = "".join(column.label for column in self.sheet.columns)
        return "JPY" if _KANA.search(labels) else "KRW" if _HANGUL.search(labels) else None

    def _by_currency(self, ledger: Ledger, reading: Reading) -> Reading:
        """Try each currency as an account of its own, as files of several currencies keep their balances."""
        column = self._currency_column(reading)
        if column is None or len({line.cell(column) for line in ledger.lines}) < 2:  # noqa: PLR2004 - several
            return reading
        lines = [replace(line, group=f"{line.group}\0{line.cell(column)}") for line in ledger.lines]
        apart = money_columns.read(Ledger(ledger.sheet, lines, ledger.elsewhere, None, Inquiry(self.inquiry.answers)))
        return apart if apart.is_proven else reading

    def _currency_column(self, reading: Reading) -> Column | None:
        """The currency column that belongs to the amount: the first one behind it, else the nearest.

        None where the amount's heading names another: the column is of what was paid abroad.
        """
        amount = max(column.index for column in reading.columns.makers)
        columns = self.sheet.having(Role.CURRENCY)
        named = {currency_in_heading(column.label) for column in reading.columns.makers}
        if len(named) == 1 and (code := named.pop()):
            columns = [each for each in columns if self._is_all_in(code, each, reading.lines)]
        return min(columns, key=lambda each: (each.index < amount, abs(each.index - amount)), default=None)

    @staticmethod
    def _is_all_in(code: str, column: Column, lines: Sequence[Line]) -> bool:
        return {numbers.currency_of(line.cell(column)) for line in lines if line.cell(column)} <= {code}

    def _account_column(self, candidates: Sequence[Candidate]) -> Column | None:
        """The column of the account itself, where every row has one: an IBAN behind the payee is the payee's."""
        parties = [column.index for role in TEXTS[1:] for column in self.sheet.having(role)[:_MOST_TEXTS]]
        first_party = min(parties, default=len(self.sheet.columns))
        possible: list[tuple[bool, int, int, Column]] = []
        for column in self.sheet.having(Role.ACCOUNT)[:_MOST_TEXTS]:
            heading = headings.plain(column.label)
            own = heading in _OWN_ACCOUNT or not _OWN_ACCOUNT_WORDS.isdisjoint(heading.split())
            if not self.sheet.is_full(column) or column.roles[Role.ACCOUNT] < EXACT:
                continue
            if column.index > first_party and not own:
                continue
            accounts = {_cell(each, column) for each in candidates}
            if "" not in accounts and len(accounts) <= min(_MOST_ACCOUNTS, max(2, len(candidates) // 2)):
                has_number = all(any(map(str.isdigit, each)) for each in accounts)
                possible.append((has_number, len(accounts), -len(possible), column))
        # A number rather than a name, which several accounts of a person share.
        return max(possible, key=lambda each: each[:3])[3] if possible else None

    def _order(self, columns: Sequence[Column], found: Found, reading: Reading) -> Ordered:
        told = self.inquiry.answers.get("date_order")
        if told is not None:
            if told not in dates.ORDERS:
                raise FileUnreadable.on_line(None, problem="the answer to 'date_order' is none of ymd, dmy and mdy")
            order = Ordered(told, "the person who imports it")
        else:
            directions = {each.direction for each in reading.chains.values() if each.proves}
            used = [column for column in self.sheet.columns if column.roles]
            hints = Hints(
                elsewhere=stated.dates_around([*self.sheet.preamble, *found.undated]),
                foreign_heading=bool(self.sheet.header)
                and any(not headings.is_english(self._heading(column)) for column in used),
                decimal_comma=any(
                    marked.mark == "," and marked.reason == "its figures" for marked in reading.marks.values()
                ),
                currencies=frozenset(self._currencies(found, reading)),
                direction=directions.pop() if len(directions) == 1 else None,
            )
            written = [[each.written[index] for each in found.candidates] for index in range(len(columns))]
            try:
                order = notation.date_order(written, hints)
            except Doubt as doubt:
                order = self._settled_order(doubt.question, found, hints)
        self.understood["date_order"] = f"{order.order} by {order.reason}"
        return order

    def _settled_order(self, question: str, found: Found, hints: Hints) -> Ordered:
        """The order of dates that could be read in several, asked about with the first date that they differ in."""
        written = [each for candidate in found.candidates for each in candidate.written if each]
        possible = dates.possible_orders(written)
        if "ymd" in possible and "year" not in question:
            possible = tuple(order for order in possible if order != "ymd")
        example = next(
            (each for each in written if len({_day_in_words(each, order) for order in possible}) > 1), written[0]
        )
        choices = [
            DraftChoice(order, f"{dates.as_text(example)} is {_day_in_words(example, order)}") for order in possible
        ]
        months_first = hints.currencies == {"USD"} and "mdy" in possible
        chosen = "mdy" if months_first else "dmy" if "dmy" in possible else possible[0]
        words = question[0].upper() + question[1:] + "?"
        settled = self.inquiry.settle("date_order", words, choices, chosen)
        return Ordered(cast("Order", settled), "custom")

    def _heading(self, column: Column) -> str:
        return self.sheet.header.cells[column.index] if self.sheet.header else ""

    def _currencies(self, found: Found, reading: Reading) -> set[str]:
        column = self._currency_column(reading)
        cells = {_cell(each, column) for each in found.candidates} if column else set()
        headed = {currency_in_heading(each.label) for each in reading.columns.makers}
        codes = {numbers.currency_of(each) for each in cells} | headed | set(reading.currencies)
        return {code for code in codes if code}

    def _rows(self, found: Found, reading: Reading, writer: RowWriter) -> dict[str, list[DraftRow]]:
        """Each account's rows in the file's order, also those that move no money: they hold balances."""
        rows: dict[str, list[DraftRow]] = {}
        for index, candidate in enumerate(found.candidates):
            amount = reading.amounts[index]
            line = candidate.record.line
            if amount is None:
                movements.judge_without_amount(found, candidate.record, reading.columns.makers, self.sheet)
            elif index in reading.neutral:
                found.skip(line, "counts neither as money in nor as money out")
            else:
                if not amount:
                    found.skip(line, "moves no money")
                rows.setdefault(reading.lines[index].group, []).append(writer.row(index, candidate, amount))
        return rows

    def _refuse_postings(self, found: Found, rows: Sequence[DraftRow]) -> None:
        """Refuse a table that a book's own program makes: both sides of each transaction, each a row of its own.

        Raises:
            FileUnreadable: each day comes to nothing, and accounts have full names.
        """
        days: defaultdict[dt.date, Decimal] = defaultdict(Decimal)
        for row in rows:
            days[row.date] += row.amount
        if len(rows) < _FEWEST_SIDES or any(days.values()):
            return
        lines = {row.line for row in rows}
        for column in self.sheet.columns:
            if _ACCOUNTS.isdisjoint(headings.plain(column.label).split()):
                continue
            names = Counter(_cell(each, column) for each in found.candidates if each.record.line in lines)
            named_whole = sum(count for name, count in names.items() if _FULL_NAME.match(name))
            if len(names) >= _FEWEST_SIDES and named_whole * 2 >= names.total():
                problem = f"both sides of each transaction are rows of it, by {column.label!r}: hand in the book itself"
                raise FileUnreadable.on_line(min(lines), problem=problem)

    def _statements(
        self, rows: dict[str, list[DraftRow]], reading: Reading, balances: StatedBalances, *, has_account: bool
    ) -> tuple[DraftStatement, ...]:
        """One statement an account."""
        everything = [row for group in rows.values() for row in group]
        likely = direction_by_dates([row.date for row in sorted(everything, key=lambda row: row.line)])
        number = stated.account_number(self.sheet.preamble)
        told = stated.currency(self.sheet.preamble)
        statements: list[DraftStatement] = []
        for group, own in rows.items() or [("", [])]:
            chain = reading.chains.get(group) if reading.columns.balance else None
            booked = [row for row in own if row.status != "pending"]
            placed = place(booked, chain, likely) if booked else Placed(())
            self.warnings += placed.warnings
            self.understood["order"] = placed.reason or "no rows"
            currencies = {row.currency for row in own}
            called = group.partition("\0")[0] if has_account else ""
            statement = DraftStatement(
                rows=tuple(row for row in placed.rows if row.amount),
                number=((None if _is_name(called) else called) if has_account else number) or None,
                name=called if _is_name(called) else None,
                currency=(currencies.pop() or told) if len(currencies) == 1 else None,
                opening=placed.opening,
                closing=placed.closing,
            )
            if len(rows) <= 1:
                statement, warnings = balances.added_to(statement)
                self.warnings += warnings
            announced = sorted((row for row in own if row.status == "pending" and row.amount), key=lambda row: row.date)
            statements.append(replace(statement, rows=(*statement.rows, *announced)))
        return tuple(statements)


def _without_accounts(reading: Reading) -> list[tuple[list[str], Decimal]]:
    """The rows' cells, but for what account they are of: a journal's account of income is no word for a row of it."""
    pairs = zip(reading.lines, reading.amounts, strict=True)
    return [
        ([cell for cell in line.cells if cell != line.group], amount) for line, amount in pairs if amount is not None
    ]


def _is_name(text: str) -> bool:
    """Whether an account is called by a name, not by a number or what is left of one."""
    letters = sum(character.isalpha() for character in text)
    return letters > sum(character.isdigit() or character in "*#" for character in text)


def _direction(candidates: Sequence[Candidate]) -> Direction | None:
    """How rows run by their dates, where every order that these allow says the same."""
    written = [each.when for each in candidates if not each.is_pending]
    directions: set[Direction | None] = set()
    for order in dates.possible_orders(written):
        try:
            directions.add(direction_by_dates([dates.day(each, order) for each in written]))
        except DateError:
            continue
    return directions.pop() if len(directions) == 1 else None


def _day_in_words(written: Written, order: Order) -> str:
    try:
        value = dates.day(written, order)
    except DateError:
        return "no day"
    return f"{value.day} {value:%B} {value.year}"


def _cell(candidate: Candidate, column: Column | None) -> str:
    cells = candidate.record.cells
    return cells[column.index] if column is not None and column.index < len(cells) else ""
