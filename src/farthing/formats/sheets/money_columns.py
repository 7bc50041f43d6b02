"""Money columns: which columns make a row's amount, and with which sign, proven by the running balance if there is one.

Each way to take the columns is a :class:`Reading`. The first one under which the balances follow from the amounts is
the right one; where no balance proves anything, there must be one way only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from farthing.formats import numbers
from farthing.formats.balance_chain import Chain, chain
from farthing.formats.drafts import FileUnreadable
from farthing.formats.numbers import Figure, NumberError
from farthing.formats.sheets.headings import EXACT as EXACT_HEADING
from farthing.formats.sheets.headings import Role
from farthing.formats.sheets.notation import Doubt, Marked, decimal_mark, resolved_mark
from farthing.formats.sheets.sheet import Column, Sheet, direction_of
from farthing.ledger.money import EXACT

_MOST_UNNAMED = 6
"""More number columns without a heading than this are no statement."""
_ZERO = Decimal(0)
_MONETARY = frozenset({Role.AMOUNT, Role.DEBIT, Role.CREDIT, Role.BALANCE, Role.FEE})
_NO_COLUMN: tuple[None] = (None,)
_BY_BALANCE = "by the balance"

Amounts = list[Decimal | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A row as far as money is concerned: the file's line, its cells, and the account it is of."""

    line: int
    cells: list[str]
    group: str = ""

    def cell(self, column: Column) -> str:
        """The text in a column; nothing where the row is too short."""
        return self.cells[column.index] if column.index < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class MoneyColumns:
    """One way to take the columns: an amount, or money out and money in apart."""

    amount: Column | None = None
    debit: Column | None = None
    credit: Column | None = None
    balance: Column | None = None

    @property
    def makers(self) -> tuple[Column, ...]:
        """The columns that make the amount."""
        return tuple(column for column in (self.amount, self.debit, self.credit) if column is not None)


@dataclass(frozen=True, slots=True)
class Reading:
    """Every row's amount (None where it has none) and balance, the columns they come from, and the proof of it."""

    lines: Sequence[Line]
    columns: MoneyColumns
    signs: str
    amounts: Amounts
    balances: Amounts
    chains: dict[str, Chain]
    """By account."""
    marks: dict[str, Marked]
    currencies: Sequence[str | None]
    """The currency beside each row's amount, where one stands there."""
    neutral: frozenset[int] = frozenset()
    """Places of rows that the file itself counts neither as money in nor out."""
    warnings: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the balances follow from the amounts: in every account that has two balances, and in one at least."""
        compared = [each for each in self.chains.values() if each.comparisons]
        return bool(compared) and all(each.proves for each in compared)


@dataclass(slots=True)
class Ledger:
    """The rows whose amounts are wanted, with each column's figures read once."""

    sheet: Sheet
    lines: Sequence[Line]
    elsewhere: Counter[str]
    currency: str | None
    decimal_sign: str | None
    _figures: dict[int, list[Figure | None]] = field(default_factory=dict)
    _numbers: dict[int, tuple[Amounts, Marked]] = field(default_factory=dict)

    def figures(self, column: Column) -> list[Figure | None]:
        """A column's cells taken apart."""
        if column.index not in self._figures:
            self._figures[column.index] = [numbers.figure(line.cell(column)) for line in self.lines]
        return self._figures[column.index]

    def numbers(self, column: Column) -> Amounts:
        """A column's numbers, None where a row has none.

        Raises:
            Doubt: the decimal mark can't be told.
            FileUnreadable: a number that is none under the column's decimal mark.
        """
        if column.index not in self._numbers:
            self._numbers[column.index] = self._read(column)
        return self._numbers[column.index][0]

    def mark(self, column: Column) -> Marked:
        """A column's decimal mark."""
        self.numbers(column)
        return self._numbers[column.index][1]

    def _read(self, column: Column) -> tuple[Amounts, Marked]:
        figures = self.figures(column)
        own = numbers.decimal_votes(each for each in figures if each)
        marked = self._marked(column, own, [each for each in figures if each])
        found: Amounts = []
        for line, each in zip(self.lines, figures, strict=True):
            try:
                found.append(numbers.amount(each, marked.mark) if each else None)
            except NumberError as error:
                problem = f"line {line.line} has an amount in column '{column.label}' that {error}"
                raise FileUnreadable.on_line(line.line, problem=problem) from error
        return found, marked

    def _marked(self, column: Column, own: Counter[str], figures: Sequence[Figure]) -> Marked:
        if self.decimal_sign:
            return Marked(self.decimal_sign, "the person who imports it")
        others = Counter(self.elsewhere)
        if set(own) == {"?"}:
            for other in self.sheet.columns:
                if other is not column and not _MONETARY.isdisjoint(other.roles):
                    others.update(numbers.decimal_votes(each for each in self.figures(other) if each))
        try:
            return resolved_mark(figures, decimal_mark(own, others, self.currency))
        except Doubt as doubt:
            raise Doubt(f"{doubt.question}, in column '{column.label}'") from doubt


def read(ledger: Ledger) -> Reading:
    """Choose the way to take the columns.

    Raises:
        Doubt: no column is an amount, or several could be.
        FileUnreadable: a number that is none.
    """
    named = list(_named(ledger.sheet))
    ways = named or list(_unnamed(ledger.sheet))
    if not ways:
        raise Doubt("which column holds the amount")
    default: Reading | None = None
    # Every plain way before any other: the balances *before* each row would prove all signs turned round.
    for plainly in (True, False):
        for columns in ways:
            for reading in _readings(ledger, columns, plainly=plainly):
                if reading.is_proven:
                    return _settled(ledger, reading) if reading.signs.startswith(_BY_BALANCE) else reading
                default = default or reading
    if not named and len({way.makers for way in ways}) > 1:
        raise Doubt("which of the columns without a known heading holds the amount")
    if default is None:
        raise Doubt("which column holds the amount")
    return _checked(ledger, default)


def _named(sheet: Sheet) -> Iterator[MoneyColumns]:
    """The ways to take columns whose headings are known."""
    balances: list[Column | None] = [*sheet.having(Role.BALANCE)] or [None]
    debit, credit = sheet.best(Role.DEBIT), sheet.best(Role.CREDIT)
    amounts = [column for column in sheet.having(Role.AMOUNT) if column not in balances]
    apart = debit is not None and credit is not None and debit is not credit
    if apart or not amounts:
        for balance in balances:
            if debit is not credit:
                yield MoneyColumns(debit=debit, credit=credit, balance=balance)
    for amount in amounts:
        for balance in balances:
            yield MoneyColumns(amount=amount, balance=balance)


def _unnamed(sheet: Sheet) -> Iterator[MoneyColumns]:
    """The ways to take number columns of which no heading tells what they are."""
    named = sheet.best(Role.BALANCE)
    free = [column for column in sheet.columns if not column.roles and column.numbers == column.filled > 0]
    if len(free) > _MOST_UNNAMED:
        return
    full = [column for column in free if sheet.is_full(column)]
    partial = [column for column in free if not sheet.is_full(column)]
    marked = [column for column in full if column.marked] or full
    balances = [named] if named else full
    for amount in marked:
        others = [balance for balance in balances if balance is not amount]
        for balance in others or _NO_COLUMN:
            yield MoneyColumns(amount=amount, balance=balance)
    if len(partial) == 2 and partial[0].filled + partial[1].filled == sheet.sampled:  # noqa: PLR2004 - in and out
        for balance in balances:
            yield MoneyColumns(debit=partial[0], credit=partial[1], balance=balance)
            yield MoneyColumns(debit=partial[1], credit=partial[0], balance=balance)


def _readings(ledger: Ledger, columns: MoneyColumns, *, plainly: bool) -> Iterator[Reading]:
    """The ways to sign the amounts of some columns, the plainest first."""
    nothing: Amounts = [None] * len(ledger.lines)
    balances = ledger.numbers(columns.balance) if columns.balance else nothing
    beside: list[str | None] = [None] * len(ledger.lines)
    for column in columns.makers:
        for place, each in enumerate(ledger.figures(column)):
            if each and each.unit:
                beside[place] = numbers.currency_of(each.unit)
    used = (*columns.makers, columns.balance)
    marks = {column.label: ledger.mark(column) for column in used if column is not None}

    def reading(signs: str, amounts: Amounts, neutral: frozenset[int] = frozenset()) -> Reading:
        chains = _chains(ledger.lines, amounts, balances, neutral)
        return Reading(ledger.lines, columns, signs, amounts, balances, chains, marks, beside, neutral)

    if columns.amount is None:
        ways = _apart(ledger, columns) if plainly else iter(())
    else:
        ways = _together(ledger, columns.amount) if plainly else _by_balance(ledger, columns.amount, balances)
    for signs, amounts, neutral in ways:
        yield reading(signs, amounts, neutral)
        for fee_signs, with_fee in _less_fees(ledger, columns, amounts):
            found = reading(f"{signs}, {fee_signs}", with_fee, neutral)
            if found.is_proven:
                yield found


_Way = tuple[str, Amounts, frozenset[int]]
_NONE: frozenset[int] = frozenset()


def _apart(ledger: Ledger, columns: MoneyColumns) -> Iterator[_Way]:
    """Money out and money in, each in a column of its own."""
    nothing: Amounts = [None] * len(ledger.lines)
    debits = ledger.numbers(columns.debit) if columns.debit else nothing
    credits_in = ledger.numbers(columns.credit) if columns.credit else nothing
    unsigned = any(each > 0 for each in debits if each is not None)
    signed = any(each < 0 for each in debits if each is not None)
    minus = ("money out is positive in its column", _joined(debits, credits_in, EXACT.subtract), _NONE)
    plus = ("money out is negative in its column", _joined(debits, credits_in, EXACT.add), _NONE)
    if unsigned or not signed:
        yield minus
    if signed:
        yield plus


def _joined(debits: Amounts, credits_in: Amounts, join: Callable[[Decimal, Decimal], Decimal]) -> Amounts:
    return [
        None if out is None and into is None else join(into or _ZERO, out or _ZERO)
        for out, into in zip(debits, credits_in, strict=True)
    ]


def _together(ledger: Ledger, column: Column) -> Iterator[_Way]:
    """One amount column: signed by a column of directions, or as it stands."""
    amounts = ledger.numbers(column)
    directed = _by_direction(ledger, amounts)
    if directed is not None:
        yield directed
    yield "as written", amounts, _NONE


def _by_direction(ledger: Ledger, amounts: Amounts) -> _Way | None:
    """Amounts signed by a column such as ``S``/``H`` or ``Af``/``Bij``; None where none is needed."""
    column = ledger.sheet.best(Role.INDICATOR)
    if column is None:
        return None
    directions = [direction_of(line.cell(column)) for line in ledger.lines]
    pairs = [(each, direction) for each, direction in zip(amounts, directions, strict=True) if each is not None]
    neutral = frozenset(place for place, direction in enumerate(directions) if direction == 0)
    if not neutral and not any((each > 0 > direction) or (each < 0 < direction) for each, direction in _known(pairs)):
        return None  # the signs say it already
    signed: Amounts = [
        each if each is None or direction != -1 else EXACT.minus(each)
        for each, direction in zip(amounts, directions, strict=True)
    ]
    return f"by column '{column.label}'", signed, neutral


def _known(pairs: Sequence[tuple[Decimal, int | None]]) -> Iterator[tuple[Decimal, int]]:
    return ((each, direction) for each, direction in pairs if direction is not None)


def _by_balance(ledger: Ledger, column: Column, balances: Amounts) -> Iterator[_Way]:
    """Amounts whose signs are another than written: turned round, or unsigned and told by how the balance moves.

    The oldest unsigned row's sign is open: no balance stands before it.
    """
    amounts = ledger.numbers(column)
    if any(amounts):
        yield "against the balance", [None if each is None else EXACT.minus(each) for each in amounts], _NONE
    if any(each is not None and each < 0 for each in amounts):
        return
    for signs, step in ((f"{_BY_BALANCE}, oldest first", 1), (f"{_BY_BALANCE}, newest first", -1)):
        signed: Amounts = []
        before: Decimal | None = None
        for each, balance in list(zip(amounts, balances, strict=True))[::step]:
            if each is None or balance is None:
                break
            moved = each if before is None else EXACT.subtract(balance, before)
            if abs(moved) != each:
                break
            signed.append(moved)
            before = balance
        if len(signed) == len(amounts) > 1:
            yield signs, signed[::step], _NONE


def _settled(ledger: Ledger, reading: Reading) -> Reading:
    """A reading signed by the balances, its oldest row signed as all the rows that share its word for their kind.

    Raises:
        Doubt: no column's words go with the signs.
    """
    oldest = 0 if reading.signs.endswith("oldest first") else len(ledger.lines) - 1
    for column in ledger.sheet.columns:
        if not column.worded:
            continue
        signs: dict[str, set[bool]] = {}
        for place, (line, amount) in enumerate(zip(ledger.lines, reading.amounts, strict=True)):
            if place != oldest and amount:
                signs.setdefault(line.cell(column), set()).add(amount < 0)
        told = signs.get(ledger.lines[oldest].cell(column), set())
        if all(len(each) == 1 for each in signs.values()) and len(told) == 1 and len(signs) > 1:
            amounts = list(reading.amounts)
            if told == {True}:
                amounts[oldest] = EXACT.minus(amounts[oldest] or _ZERO)
            return replace(reading, amounts=amounts)
    raise Doubt(f"is line {ledger.lines[oldest].line}, the oldest row, money in or money out")


def _less_fees(ledger: Ledger, columns: MoneyColumns, amounts: Amounts) -> Iterator[tuple[str, Amounts]]:
    """The amounts with the fees of their rows, which some banks take from the balance beside the amount."""
    column = ledger.sheet.best(Role.FEE)
    if column is None or columns.balance is None:
        return
    fees = ledger.numbers(column)
    if any(fees):
        for signs, join in (("less fees", EXACT.subtract), ("and fees", EXACT.add)):
            yield (
                signs,
                [
                    each if each is None or fee is None else join(each, fee)
                    for each, fee in zip(amounts, fees, strict=True)
                ],
            )


def _chains(lines: Sequence[Line], amounts: Amounts, balances: Amounts, neutral: frozenset[int]) -> dict[str, Chain]:
    """Each account's chain of balances."""
    grouped: dict[str, tuple[list[Decimal], Amounts]] = {}
    for place, (line, amount, balance) in enumerate(zip(lines, amounts, balances, strict=True)):
        if amount is not None and place not in neutral:
            account = grouped.setdefault(line.group, ([], []))
            account[0].append(amount)
            account[1].append(balance)
    return {group: chain(*account) for group, account in grouped.items()}


def _checked(ledger: Ledger, reading: Reading) -> Reading:
    """A reading that no balance proves: refused where its signs are a guess."""
    column = reading.columns.debit
    if column is not None:
        values = [each for each in ledger.numbers(column) if each]
        if any(each < 0 for each in values) and any(each > 0 for each in values):
            raise Doubt(f"are positive or negative amounts in column '{column.label}' money out")
    amount = reading.columns.amount
    if amount is not None and reading.signs.startswith("by column"):
        pairs = zip(ledger.numbers(amount), reading.amounts, strict=True)
        out = [written for written, signed in pairs if written and signed and written != signed]
        kept = any(written and written < 0 for written in ledger.numbers(amount) if written not in out)
        if any(each < 0 for each in out) or kept:
            raise Doubt(f"do the signs in column '{amount.label}' count, or the words beside them")
    if amount is None or reading.signs != "as written":
        return reading
    if amount.roles.get(Role.AMOUNT) == EXACT_HEADING:
        same = [each for each in ledger.sheet.having(Role.AMOUNT) if each.roles[Role.AMOUNT] == EXACT_HEADING]
        rivals = [each for each in same if each is not amount and ledger.sheet.is_full(each)]
        if any(ledger.numbers(each) != reading.amounts for each in rivals):
            labels = "', '".join(each.label for each in (amount, *rivals))
            raise Doubt(f"which of the columns '{labels}' holds the amount")
    return reading
