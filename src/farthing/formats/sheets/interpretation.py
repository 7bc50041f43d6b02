"""Interpretation: what a table of rows says, as statements of accounts.

No two banks agree on headings, dates, decimals, signs or order, and none of it is written down in the file. Each is
decided over the whole table, by evidence; the running balance, where there is one, proves the result. What stays open
is asked, never guessed: :class:`~farthing.formats.drafts.FileReadingUnsure`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from farthing.formats import numbers
from farthing.formats.bank_order import Placed, direction_by_dates, place
from farthing.formats.dates import Order
from farthing.formats.drafts import DraftFile, DraftRow, DraftStatement, FileReadingUnsure
from farthing.formats.sheets import headings, money_columns, movements, notation, stated
from farthing.formats.sheets.card_signs import charges_are_positive
from farthing.formats.sheets.headings import DATES, EXACT, Role
from farthing.formats.sheets.money_columns import Ledger, Line, Reading
from farthing.formats.sheets.movements import TEXTS, Candidate, Found
from farthing.formats.sheets.notation import Doubt, Hints, Ordered
from farthing.formats.sheets.rows import RowWriter
from farthing.formats.sheets.sheet import Column, Sheet, currency_in_heading, sheet
from farthing.formats.sheets.stated import Stated
from farthing.formats.sheets.stated_balances import StatedBalances
from farthing.formats.sheets.table import Table
from farthing.ledger.money import EXACT as EXACTLY

_MOST_ACCOUNTS = 200
_MOST_TEXTS = 4
_MOST_WARNINGS = 50
_OWN_ACCOUNT = headings.phrases("account|konto|rekening|compte|cuenta|conto|conta|rachunek")
_OWN_ACCOUNT_WORDS = headings.phrases("auftragskonto|own|eigen|eigenes|name")
"""Headings, and words in them, that make an account the statement's own wherever its column stands."""


def interpret(table: Table, *, max_rows: int, answers: Mapping[str, str], understood: dict[str, str]) -> DraftFile:
    """What a table says.

    Args:
        table: all its records.
        max_rows: more rows are refused.
        answers: ``date_order`` (``ymd``, ``dmy``, ``mdy``) says how to take 03/04/2025 where the file doesn't (dates
            that contradict it are faults); ``decimal_sign`` is ``.`` or ``,``.
        understood: what is known of the file already; more is noted in it.

    Raises:
        FileUnreadable: a line breaks the rules; ``blames`` say which.
        FileReadingUnsure: it could mean several things.
        FileTooLong: more than ``max_rows`` rows.
    """
    reader = _Reader(
        sheet(table),
        max_rows,
        told_order=cast("Order | None", answers.get("date_order")),
        told_sign=answers.get("decimal_sign"),
        understood=understood,
    )
    try:
        return reader.read()
    except Doubt as doubt:
        facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in reader.understood.items())
        raise FileReadingUnsure.on_line(None, question=doubt.question, understood=facts) from doubt


@dataclass(slots=True)
class _Reader:
    """Reads one sheet, noting what it understands as it goes: a doubt's message lists that."""

    sheet: Sheet
    max_rows: int
    told_order: Order | None
    told_sign: str | None
    understood: dict[str, str]
    warnings: list[str] = field(default_factory=list)

    def read(self) -> DraftFile:
        self._note_sheet()
        columns = movements.date_columns(self.sheet)
        if not columns:
            raise Doubt("which column holds the date")
        found = movements.tell_apart(self.sheet, columns, max_rows=self.max_rows)
        self.warnings = found.warnings
        around = stated.around(self.sheet.preamble)
        account = self._account_column(found.candidates)
        ledger = self._ledger(found, around, account)
        reading = money_columns.read(ledger)
        if not reading.is_proven and reading.columns.balance:
            reading = self._by_currency(ledger, reading)
        reading = self._card_turned(reading)
        self._note_money(reading, columns, account)
        movements.judge_undated(found, reading.columns.makers, columns[0])
        order = self._order(columns, found, reading)
        writer = RowWriter(self.sheet, reading, columns, order.order, self._currency_column(reading))
        rows = self._rows(found, reading, writer)
        balances = StatedBalances([*around, *found.stated], next(iter(reading.marks.values())).mark, order.order)
        statements = self._statements(rows, reading, balances, has_account=account is not None)
        self._note_signs(reading)
        found.skipped.sort(key=lambda each: each.line)
        return DraftFile("csv", statements, tuple(found.skipped), self._few_warnings(), self.understood)

    def _few_warnings(self) -> tuple[str, ...]:
        """The first warnings, and how many more there are: a person reads no thousand of them."""
        more = len(self.warnings) - _MOST_WARNINGS
        rest = (f"There are {more} more warnings of the kind.",) if more > 0 else ()
        return (*self.warnings[:_MOST_WARNINGS], *rest)

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

    def _ledger(self, found: Found, around: Sequence[Stated], account: Column | None) -> Ledger:
        lines = [Line(each.record.line, each.record.cells, _cell(each, account)) for each in found.candidates]
        elsewhere = numbers.decimal_votes(each.figure for each in (*around, *found.stated))
        return Ledger(self.sheet, lines, Counter(elsewhere), self._only_currency(lines), self.told_sign)

    def _card_turned(self, reading: Reading) -> Reading:
        """The amounts from the account's view, where a card's file writes its charges as positive."""
        if reading.columns.amount is None or reading.columns.balance or reading.signs != "as written":
            return reading
        pairs = zip(reading.lines, reading.amounts, strict=True)
        if not charges_are_positive([(line.cells, amount) for line, amount in pairs if amount is not None]):
            return reading
        self.warnings.append(
            "The file writes charges as positive and payments as negative: all signs were turned round."
        )
        turned = [None if amount is None else EXACTLY.minus(amount) for amount in reading.amounts]
        return replace(reading, amounts=turned, signs="turned round, as a card's")

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
        return None

    def _by_currency(self, ledger: Ledger, reading: Reading) -> Reading:
        """Try each currency as an account of its own, as files of several currencies keep their balances."""
        column = self._currency_column(reading)
        if column is None or len({line.cell(column) for line in ledger.lines}) < 2:  # noqa: PLR2004 - several
            return reading
        lines = [replace(line, group=f"{line.group}\0{line.cell(column)}") for line in ledger.lines]
        apart = money_columns.read(Ledger(ledger.sheet, lines, ledger.elsewhere, None, ledger.decimal_sign))
        return apart if apart.is_proven else reading

    def _currency_column(self, reading: Reading) -> Column | None:
        """The currency column that belongs to the amount: the first one behind it, else the nearest."""
        amount = max(column.index for column in reading.columns.makers)
        columns = self.sheet.having(Role.CURRENCY)
        return min(columns, key=lambda each: (each.index < amount, abs(each.index - amount)), default=None)

    def _account_column(self, candidates: Sequence[Candidate]) -> Column | None:
        """The column of the account itself, where every row has one: an IBAN behind the payee is the payee's."""
        parties = [column.index for role in TEXTS[1:] for column in self.sheet.having(role)[:_MOST_TEXTS]]
        first_party = min(parties, default=len(self.sheet.columns))
        for column in self.sheet.having(Role.ACCOUNT):
            heading = headings.plain(column.label)
            own = heading in _OWN_ACCOUNT or not _OWN_ACCOUNT_WORDS.isdisjoint(heading.split())
            if not self.sheet.is_full(column) or column.roles[Role.ACCOUNT] < EXACT:
                continue
            if column.index > first_party and not own:
                continue
            accounts = {_cell(each, column) for each in candidates}
            if "" not in accounts and len(accounts) <= min(_MOST_ACCOUNTS, max(2, len(candidates) // 2)):
                return column
        return None

    def _order(self, columns: Sequence[Column], found: Found, reading: Reading) -> Ordered:
        if self.told_order:
            order = Ordered(self.told_order, "the person who imports it")
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
            order = notation.date_order(written, hints)
        self.understood["date_order"] = f"{order.order} by {order.reason}"
        return order

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
                movements.judge_without_amount(found, candidate.record, reading.columns.makers, len(self.sheet.columns))
            elif index in reading.neutral:
                found.skip(line, "counts neither as money in nor as money out")
            else:
                if not amount:
                    found.skip(line, "moves no money")
                rows.setdefault(reading.lines[index].group, []).append(writer.row(index, candidate, amount))
        return rows

    def _statements(
        self, rows: dict[str, list[DraftRow]], reading: Reading, balances: StatedBalances, *, has_account: bool
    ) -> tuple[DraftStatement, ...]:
        """One statement an account."""
        everything = [row for group in rows.values() for row in group]
        likely = direction_by_dates([row.date for row in sorted(everything, key=lambda row: row.line)])
        number = stated.account_number(self.sheet.preamble)
        statements: list[DraftStatement] = []
        for group, own in rows.items() or [("", [])]:
            chain = reading.chains.get(group) if reading.columns.balance else None
            placed = place(own, chain, likely) if own else Placed(())
            self.warnings += placed.warnings
            self.understood["order"] = placed.reason or "no rows"
            currencies = {row.currency for row in own}
            statement = DraftStatement(
                rows=tuple(row for row in placed.rows if row.amount),
                number=(group.partition("\0")[0] if has_account else number) or None,
                currency=currencies.pop() if len(currencies) == 1 else None,
                opening=placed.opening,
                closing=placed.closing,
            )
            statements.append(statement)
        if len(statements) == 1:
            statement, warnings = balances.added_to(statements[0])
            self.warnings += warnings
            return (statement,)
        return tuple(statements)

    def _note_signs(self, reading: Reading) -> None:
        """Say so where nothing but custom says that the amounts are money in."""
        amounts = [each for each in reading.amounts if each]
        if any(chain.direction for chain in reading.chains.values()):
            return
        if len(amounts) > 1 and reading.signs == "as written" and min(amounts) > 0:
            self.warnings.append("Every amount is positive, so all rows were taken as money in.")


def _cell(candidate: Candidate, column: Column | None) -> str:
    cells = candidate.record.cells
    return cells[column.index] if column is not None and column.index < len(cells) else ""
