"""Rows: a line of a sheet as a draft, once it's known what its columns mean."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from farthing.formats import dates, numbers
from farthing.formats.dates import DateError, Order, Written
from farthing.formats.drafts import DraftRow, DraftSum, FileUnreadable
from farthing.formats.numbers import NumberError
from farthing.formats.sheets import headings
from farthing.formats.sheets.headings import Role
from farthing.formats.sheets.money_columns import Line, Reading
from farthing.formats.sheets.movements import Candidate
from farthing.formats.sheets.sheet import Column, Sheet, currency_in_heading, is_between_accounts
from farthing.ledger.money import MAX_DECIMALS, MAX_DIGITS, decimals

_GENERIC = frozenset(
    {"reference", "ref", "referenz", "referentie", "riferimento", "referencia", "referens", "referanse"}
)
"""Headings under which some banks put a number of their own, and others what the payer wrote."""
_FEWEST_TO_TELL = 3
_SHORTEST_ID = 6
_LONGEST_ID = 128
_LONGEST_NUMBER = 48
_MOST_NUMBERS = 2
_MOST_KINDS = 2
_OTHER_ACCOUNT = re.compile(
    r"(?:transfer(?: to| from)?|to|from) ?:? ?(?P<quote>['\"]?)(?P<name>.+)(?P=quote)\Z", re.IGNORECASE
)
"""How programs name the other account of a transfer where a category or a payee would stand: ``To 'Cash'``."""
_BRACKETED = re.compile(r"(?:transfer ?:? ?)?\[(?P<name>[^\[\]]+)\]\Z", re.IGNORECASE)
"""How Quicken, and what follows it, names that account where a category would stand."""
_LONGEST_ACCOUNT = 200
_TAG_ENDS = re.compile(r"[,;|]|\s(?=#)")


class RowWriter:
    """Writes the rows of one sheet.

    Args:
        sheet: where the columns are.
        reading: the rows' amounts and balances.
        date_columns: the columns of each candidate's dates, the booking's first.
        order: the order of day, month and year.
        currency: the column of the amounts' currency, if there is one.
        account: the column of the account itself, if there is one.
    """

    def __init__(
        self,
        sheet: Sheet,
        reading: Reading,
        date_columns: Sequence[Column],
        order: Order,
        *,
        currency: Column | None,
        account: Column | None,
    ) -> None:
        self.sheet = sheet
        self.reading = reading
        self.date_columns = date_columns
        self.order = order
        self.currency = currency
        self.value_date = next(
            (index for index, column in enumerate(date_columns) if index and Role.VALUE_DATE in column.roles), None
        )
        named = {currency_in_heading(column.label) for column in reading.columns.makers}
        self.heading_currency = named.pop() if len(named) == 1 else None
        self.payees = self._named_payees()
        self.payers = sheet.having(Role.PAYER)[:1]
        self.recipients = sheet.having(Role.RECIPIENT)[:1]
        self.notes = sheet.having(Role.NOTES)[:1]
        described = sorted(sheet.having(Role.DESCRIPTION), key=lambda column: column.index)
        self.descriptions = [column for column in described if column not in self.notes] or described
        if self.descriptions == self.notes:
            self.notes = []  # the only words there are
        self.categories = sheet.having(Role.CATEGORY)[:1]
        self.tags = sheet.having(Role.TAGS)[:1]
        self.transfers = sheet.having(Role.TRANSFER)[:1]
        self.kinds = [column for column in sheet.columns if Role.INDICATOR in headings.roles(column.label)][
            :_MOST_KINDS
        ]
        self.accounts = frozenset(line.group.partition("\0")[0] for line in reading.lines) if account else frozenset()
        self.numbers = self._counterparty_numbers(account)
        self.foreign = (sheet.best(Role.FOREIGN_AMOUNT), sheet.best(Role.FOREIGN_CURRENCY))
        self.reference = self._reference()
        self._days: dict[Written, dt.date] = {}

    def row(self, index: int, candidate: Candidate, amount: Decimal) -> DraftRow:
        """The draft of a row.

        Raises:
            FileUnreadable: a date that is no day, or an amount that got too long by adding its parts.
        """
        line = self.reading.lines[index]
        _bound(amount, line.line)
        payee, category, transfer = self._other_side(line, amount)
        texts = dict.fromkeys(" ".join(text.split()) for column in self._texts() if (text := _cell(line.cells, column)))
        texts.pop(payee or "", None)
        value_date = candidate.written[self.value_date] if self.value_date is not None else None
        currency = self._currency(line.cells, index)
        return DraftRow(
            line=line.line,
            date=self._day(candidate.when, line.line),
            amount=amount,
            currency=currency,
            payee=payee,
            description=" \u00b7 ".join(texts) or None,
            value_date=self._day(value_date, line.line) if value_date else None,
            external_id=_cell(line.cells, self.reference) or None if self.reference else None,
            balance=self.reading.balances[index],
            original=self._original(line.cells),
            status="pending" if line.is_pending else "cleared",
            category=category,
            transfer_to=transfer,
            counterparty_number=self._counterparty_number(line.cells),
            tags=self._tags(line.cells),
            notes=self._text(line.cells, self.notes),
            foreign=self._foreign(line.cells, amount, currency),
        )

    @staticmethod
    def _text(cells: Sequence[str], columns: Sequence[Column]) -> str | None:
        return next((text for column in columns if (text := " ".join(_cell(cells, column).split()))), None)

    def _other_side(self, line: Line, amount: Decimal) -> tuple[str | None, str | None, str | None]:
        """Payee, category, and the other account of a transfer, which some files name in place of either."""
        payee, category = self._payee(line.cells, amount), self._text(line.cells, self.categories)
        transfer = self._text(line.cells, self.transfers)
        if transfer and not any(map(str.isalpha, transfer)):
            transfer = None  # a figure
        if transfer is None and category and (found := _BRACKETED.match(category[:_LONGEST_ACCOUNT])):
            own, name = line.group.partition("\0")[0], found["name"].strip()
            return payee, None, name if name != own else None
        if transfer is None and len(self.accounts) > 1:
            own = line.group.partition("\0")[0]
            is_moved = any(is_between_accounts(_cell(line.cells, column)) for column in self.kinds)
            if transfer := self._other_account(category, own, is_moved=is_moved):
                category = None
            elif transfer := self._other_account(payee, own, is_moved=False):
                payee = None
        if category is not None and is_between_accounts(category):
            category = None  # it says no more than that the money stayed
        return payee, category, transfer

    def _other_account(self, text: str | None, own: str, *, is_moved: bool) -> str | None:
        """The other account of a transfer, where a text names one that has rows in the file too."""
        if text is None or len(text) > _LONGEST_ACCOUNT:
            return None
        found = _OTHER_ACCOUNT.match(text)
        name = found["name"] if found and found["name"] in self.accounts else text if is_moved else None
        return name if name != own and name in self.accounts else None

    def _tags(self, cells: Sequence[str]) -> tuple[str, ...]:
        if not self.tags:
            return ()
        parts = _TAG_ENDS.split(_cell(cells, self.tags[0]))
        return tuple(dict.fromkeys(tag for part in parts if (tag := part.strip().lstrip("#"))))

    def _named_payees(self) -> list[Column]:
        """The column of payees; where that is empty in the whole file, another whose names differ as payees' do."""
        columns = self.sheet.having(Role.PAYEE)
        if not columns or columns[0].filled:
            return columns[:1]
        for column in columns[1:]:
            if len({_cell(line.cells, column) for line in self.reading.lines} - {""}) > 1:
                return [column]
        return columns[:1]

    def _counterparty_numbers(self, account: Column | None) -> list[Column]:
        """The columns of the other party's account: headed so, or an account's that isn't the statement's own."""
        others = [column for column in self.sheet.having(Role.ACCOUNT) if column is not account]
        behind = [each for each in others if any(each.index > party.index for party in self.payees)]
        return [*self.sheet.having(Role.COUNTERPARTY), *behind][:_MOST_NUMBERS]

    def _counterparty_number(self, cells: Sequence[str]) -> str | None:
        for column in self.numbers:
            text = " ".join(_cell(cells, column).split())
            if 0 < len(text) <= _LONGEST_NUMBER and any(character.isdigit() for character in text):
                return text
        return None

    def _foreign(self, cells: Sequence[str], amount: Decimal, currency: str | None) -> DraftSum | None:
        """What was paid abroad, where the row says so in another currency than its own; signed as the amount."""
        column, unit = self.foreign
        figure = numbers.figure(_cell(cells, column)) if column else None
        if figure is None:
            return None
        code = numbers.currency_of(_cell(cells, unit)) if unit else numbers.currency_of(figure.unit)
        if code is None or code == currency:
            return None
        votes = numbers.decimal_votes([figure])
        mark = next((mark for mark in ".," if votes[mark]), next(iter(self.reading.marks.values())).mark)
        try:
            paid = numbers.amount(figure, mark)
        except NumberError:
            return None
        return DraftSum(paid.copy_sign(amount), code) if paid else None

    def _day(self, written: Written, line: int) -> dt.date:
        if (known := self._days.get(written)) is not None:
            return known
        try:
            day = dates.day(written, self.order)
        except DateError as error:
            raise FileUnreadable.on_line(line, problem=f"line {line} has a date that {error}") from error
        self._days[written] = day
        return day

    def _texts(self) -> Sequence[Column]:
        return self.descriptions or ([self._spare] if self._spare else [])

    @property
    def _spare(self) -> Column | None:
        """A reference that is text, for sheets with no better description."""
        column = self.sheet.best(Role.REFERENCE)
        return column if column and column is not self.reference and column.worded else None

    def _payee(self, cells: Sequence[str], amount: Decimal) -> str | None:
        """Who money came from or went to; of two parties, the one on the other side of the movement."""
        sides = [*self.payers, *self.recipients] if amount > 0 else [*self.recipients, *self.payers]
        if amount > 0 and self.payers and not self.recipients:
            sides = [*self.payers, *self.payees]  # beside who pays, the payee of money in is oneself
        else:
            sides = [*self.payees, *sides]
        for column in sides:
            if text := " ".join(_cell(cells, column).split()):
                return text
        return None

    def _currency(self, cells: Sequence[str], index: int) -> str | None:
        if self.currency and (code := numbers.currency_of(_cell(cells, self.currency))):
            return code
        return self.reading.currencies[index] or self.heading_currency

    def _original(self, cells: Sequence[str]) -> dict[str, str]:
        columns = self.sheet.columns
        return {
            columns[index].label if index < len(columns) else f"column {index + 1}": cell
            for index, cell in enumerate(cells)
            if cell
        }

    def _reference(self) -> Column | None:
        """The column of a number that is each row's own, judged by its values: filled, long, and never the same."""
        for column in self.sheet.having(Role.REFERENCE):
            taken: Counter[tuple[str, str]] = Counter()
            for line, amount in zip(self.reading.lines, self.reading.amounts, strict=True):
                if amount is not None:
                    taken[line.group, _cell(line.cells, column)] += 1
            values = [value for _, value in taken]
            generic = not _GENERIC.isdisjoint(headings.plain(column.label).split())
            alike = len({len(value) for value in values}) == 1 and len(values) >= _FEWEST_TO_TELL
            unique = bool(values) and all(count == 1 for count in taken.values())
            if unique and all(map(_is_id, values)) and (alike or not generic):
                return column
        return None


def _is_id(value: str) -> bool:
    return (
        _SHORTEST_ID <= len(value) <= _LONGEST_ID
        and any(character.isdigit() for character in value)
        and not any(character.isspace() for character in value)
        and dates.written(value) is None
    )


def _cell(cells: Sequence[str], column: Column) -> str:
    return cells[column.index] if column.index < len(cells) else ""


def _bound(amount: Decimal, line: int) -> None:
    digits = len(amount.as_tuple().digits)
    if digits > MAX_DIGITS or decimals(amount) > MAX_DECIMALS:
        raise FileUnreadable.on_line(line, problem=f"line {line} has an amount of more than {MAX_DIGITS} digits")
