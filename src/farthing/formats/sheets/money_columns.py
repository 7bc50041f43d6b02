"""Money columns: which columns make a row's amount, and with which sign, proven by the running balance if there is one.

Each way to take the columns is a :class:`Reading`. The first one under which the balances follow from the amounts is
the right one; where no balance proves anything and there is more than one way, a person is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from farthing.formats import numbers
from farthing.formats.balance_chain import Chain, Direction, chain
from farthing.formats.drafts import DraftChoice, FileUnreadable
from farthing.formats.numbers import Figure, NumberError
from farthing.formats.sheets import headings
from farthing.formats.sheets.headings import EXACT as EXACT_HEADING
from farthing.formats.sheets.headings import Role
from farthing.formats.sheets.inquiry import EVEN, LIKELY, Inquiry, Unanswered, examples
from farthing.formats.sheets.notation import Doubt, Marked, decimal_mark, resolved_mark
from farthing.formats.sheets.sheet import Column, Sheet, direction_of, is_transfer
from farthing.ledger.money import EXACT

_MOST_UNNAMED = 6
"""More number columns without a heading than this are no statement."""
_PROBED = 300
"""Rows on which each way to take the columns is tried before it is on all of them."""
_MOST_ALIKE = 8
"""So many columns are tried for one role: more of them are no statement's."""
_ZERO = Decimal(0)
_MONETARY = frozenset({Role.AMOUNT, Role.DEBIT, Role.CREDIT, Role.BALANCE, Role.FEE})
_NO_COLUMN: tuple[None] = (None,)
_PAIR = 2
_BOTH_AT_ONCE = 1.5
_PLUS = re.compile(r"\+|\bcr\b", re.IGNORECASE)
_BY_BALANCE = "by the balance"
_BEFORE = "as written, each balance stands before its row"
_WHOLE = frozenset({"net", "total", "netto", "gesamt"})
"""Words that say that fees are within an amount."""

Amounts = list[Decimal | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A row as far as money is concerned: the file's line, its cells, and the account it is of."""

    line: int
    cells: list[str]
    group: str = ""
    is_pending: bool = False
    """Whether the bank only announces it: no balance knows of it yet."""

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

    def is_well_proven(self, *, plainly: bool) -> bool:
        """Whether more is proven than chance could do, where no heading names the columns: no row moves nothing."""
        compared = sum(each.comparisons for each in self.chains.values())
        moves = all(amount for line, amount in zip(self.lines, self.amounts, strict=True) if not line.is_pending)
        return self.is_proven and moves and (plainly or compared > 1 or self.signs == _BEFORE)


@dataclass(slots=True)
class Ledger:
    """The rows whose amounts are wanted, with each column's figures read once."""

    sheet: Sheet
    lines: Sequence[Line]
    elsewhere: Counter[str]
    currency: str | None
    inquiry: Inquiry
    direction: Callable[[], Direction | None] = lambda: None
    """How the rows run, where their dates leave no doubt."""
    _figures: dict[int, list[Figure | None]] = field(default_factory=dict)
    _numbers: dict[int, tuple[Amounts, Marked]] = field(default_factory=dict)
    _doubtful: dict[int, Figure] = field(default_factory=dict)
    """Columns whose decimal mark is a guess, each with a figure that could be read in two ways."""

    def figures(self, column: Column) -> list[Figure | None]:
        """A column's cells taken apart."""
        if column.index not in self._figures:
            self._figures[column.index] = [numbers.figure(line.cell(column)) for line in self.lines]
        return self._figures[column.index]

    def numbers(self, column: Column) -> Amounts:
        """A column's numbers, None where a row has none.

        Raises:
            Unanswered: the column has both decimal marks.
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

    def beginning(self, rows: int) -> Ledger:
        """The first rows alone, to try a reading on; what it asks is asked of nobody."""
        asked = Inquiry(self.inquiry.answers)
        return Ledger(self.sheet, self.lines[:rows], self.elsewhere, self.currency, asked, self.direction)

    def ask_about_marks(self, columns: Iterable[Column]) -> None:
        """Ask which mark is the decimal one, if that was a guess in one of the columns that are used."""
        for column in columns:
            if (figure := self._doubtful.get(column.index)) is not None:
                self._settle_mark(column, figure, self._numbers[column.index][1].mark)
                return

    def _marked(self, column: Column, own: Counter[str], figures: Sequence[Figure]) -> Marked:
        if told := self.inquiry.answers.get("decimal_sign"):
            if told not in (".", ","):
                raise FileUnreadable.on_line(None, problem="the answer to 'decimal_sign' is neither '.' nor ','")
            return Marked(told, "the person who imports it")
        others = Counter(self.elsewhere)
        if set(own) == {"?"}:
            monetary = [each for each in self.sheet.columns if not _MONETARY.isdisjoint(each.roles)]
            for other in monetary[:_MOST_ALIKE]:
                if other is not column:
                    others.update(numbers.decimal_votes(each for each in self.figures(other) if each))
        try:
            return resolved_mark(figures, decimal_mark(own, others, self.currency))
        except Doubt:
            example = next(each for each in figures if each.marks)
            marks = {mark for each in figures for mark in each.marks}
            if set(own) == {"?"} and len(marks) == 1:
                self._doubtful[column.index] = example
                return Marked("," if marks == {"."} else ".", "custom: a mark before three digits is for thousands")
            return Marked(self._settle_mark(column, example, None), "")

    def _settle_mark(self, column: Column, example: Figure, chosen: str | None) -> str:
        choices = [DraftChoice(mark, _said(example, mark)) for mark in (".", ",")]
        question = f"Is the point or the comma the decimal mark in column '{column.label}'?"
        return self.inquiry.settle("decimal_sign", question, choices, chosen)


def _said(figure: Figure, mark: str) -> str:
    try:
        return f"'{figure.body}' is {numbers.amount(figure, mark)}"
    except NumberError:
        return f"'{figure.body}' is no amount"


def read(ledger: Ledger) -> Reading:
    """Choose the way to take the columns.

    Raises:
        Unanswered: several columns could be the amount, and nothing tells which.
        FileUnreadable: no column holds amounts, or a number is none.
    """
    named = list(_named(ledger.sheet))
    ways = named or list(_unnamed(ledger.sheet))
    default: Reading | None = None
    probe = ledger.beginning(_PROBED)
    # Every plain way before any other: the balances *before* each row would prove all signs turned round.
    for plainly in (True, False):
        for columns in ways:
            if not _may_be_proven(probe, columns, plainly=plainly):
                default = default or next(_readings(ledger, columns, plainly=plainly), None)
                continue
            for reading in _readings(ledger, columns, plainly=plainly):
                if reading.is_proven and (named or reading.is_well_proven(plainly=plainly)):
                    ledger.ask_about_marks(_used(reading.columns))
                    return _settled(ledger, reading) if reading.signs.startswith(_BY_BALANCE) else reading
                default = default or reading
    if default is None or not (named or _is_only_one(ledger.sheet, default)):
        default = _asked_for(ledger, default)
    ledger.ask_about_marks(_used(default.columns))
    return _checked(ledger, default)


def _may_be_proven(probe: Ledger, columns: MoneyColumns, *, plainly: bool) -> bool:
    """Whether the balances follow from the amounts in the first rows; what fails there fails in the whole."""
    if columns.balance is None:
        return False
    try:
        found = list(_readings(probe, columns, plainly=plainly))
    except (FileUnreadable, Unanswered):
        return True  # for the whole to say
    return any(reading.is_proven or not any(each.comparisons for each in reading.chains.values()) for reading in found)


def _used(columns: MoneyColumns) -> list[Column]:
    return [column for column in (*columns.makers, columns.balance) if column is not None]


def _is_only_one(sheet: Sheet, reading: Reading) -> bool:
    """Whether no other column than the amount's holds what could be amounts."""
    others = [each for each in sheet.columns if each not in reading.columns.makers and not each.is_aside]
    return bool(reading.columns.amount and reading.columns.amount.marked) and not any(
        each.marked and not each.roles and each.mostly(each.numbers) for each in others
    )


def _asked_for(ledger: Ledger, default: Reading | None) -> Reading:
    """The reading of the column that a person names as the amount, or for now the likeliest.

    Raises:
        Unanswered: there is no likely one.
        FileUnreadable: no column holds numbers.
    """
    sheet = ledger.sheet
    possible = [each for each in sheet.columns if not each.dates and each.mostly(each.numbers)]
    if not possible:
        raise FileUnreadable.on_line(None, problem="no column of it holds amounts")
    line = ledger.lines[0] if ledger.lines else Line(0, [])
    shown = default.columns.amount.label if default and default.columns.amount else None
    label = ledger.inquiry.settle(
        "amount",
        "Which column holds the amount?",
        examples(line.line, [(each.label, line.cell(each)) for each in possible]),
        shown,
        EVEN,
    )
    if default and label == shown:
        return default
    return next(_readings(ledger, MoneyColumns(amount=_labelled(possible, label)), plainly=True))


def _labelled(columns: Iterable[Column], label: str) -> Column:
    return next(column for column in columns if column.label == label)


def _named(sheet: Sheet) -> Iterator[MoneyColumns]:
    """The ways to take columns whose headings are known."""
    balances: list[Column | None] = [*sheet.having(Role.BALANCE)[:_MOST_ALIKE]] or [None]
    debit, credit = sheet.best(Role.DEBIT), sheet.best(Role.CREDIT)
    amounts = [column for column in sheet.having(Role.AMOUNT) if column not in balances][:_MOST_ALIKE]
    amounts.sort(key=lambda column: column.numbers > 0 and not column.moves)  # nothing but zeros is the last resort
    apart = debit is not None and credit is not None and debit is not credit
    if amounts and debit and credit and debit.moves + credit.moves > sheet.sampled * _BOTH_AT_ONCE:
        apart = False  # a row moves money one way: these are totals, or limits
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
    balances = [named] if named else full
    zeroed = [column for column in full if column.zeros]
    apart = partial if len(partial) == _PAIR else zeroed
    if len(apart) == _PAIR and sum(column.numbers - column.zeros for column in apart) == sheet.sampled:
        for balance in balances:
            if balance not in apart:
                yield MoneyColumns(debit=apart[0], credit=apart[1], balance=balance)
                yield MoneyColumns(debit=apart[1], credit=apart[0], balance=balance)
    for amount in [column for column in full if column.marked] or full:
        others = [balance for balance in balances if balance is not amount]
        for beside in others or _NO_COLUMN:
            yield MoneyColumns(amount=amount, balance=beside)


def _readings(ledger: Ledger, columns: MoneyColumns, *, plainly: bool) -> Iterator[Reading]:
    """The ways to sign the amounts of some columns, the plainest first."""
    nothing: Amounts = [None] * len(ledger.lines)
    balances = ledger.numbers(columns.balance) if columns.balance else nothing
    beside: list[str | None] = [None] * len(ledger.lines)
    for column in columns.makers:
        for place, each in enumerate(ledger.figures(column)):
            if each and each.unit:
                beside[place] = numbers.currency_of(each.unit)
    marks = {column.label: ledger.mark(column) for column in _used(columns)}

    def reading(way: _Way) -> Reading:
        after = balances if way.balances is None else way.balances
        chains = _chains(ledger.lines, way.amounts, after, way.neutral)
        return Reading(ledger.lines, columns, way.signs, way.amounts, after, chains, marks, beside, way.neutral)

    if columns.amount is None:
        ways = _apart(ledger, columns) if plainly else iter(())
    else:
        ways = _together(ledger, columns.amount) if plainly else _by_balance(ledger, columns.amount, balances)
    for way in ways:
        yield reading(way)
        for fee_signs, with_fee in _less_fees(ledger, columns, way.amounts):
            found = reading(replace(way, signs=f"{way.signs}, {fee_signs}", amounts=with_fee))
            if found.is_proven:
                yield found


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to sign the amounts; ``balances`` are those after each row, where the column doesn't hold them."""

    signs: str
    amounts: Amounts
    neutral: frozenset[int] = frozenset()
    balances: Amounts | None = None


def _apart(ledger: Ledger, columns: MoneyColumns) -> Iterator[_Way]:
    """Money out and money in, each in a column of its own."""
    nothing: Amounts = [None] * len(ledger.lines)
    debits = ledger.numbers(columns.debit) if columns.debit else nothing
    credits_in = ledger.numbers(columns.credit) if columns.credit else nothing
    unsigned = any(each > 0 for each in debits if each is not None)
    signed = any(each < 0 for each in debits if each is not None)
    minus = _Way("money out is positive in its column", _joined(debits, credits_in, EXACT.subtract))
    plus = _Way("money out is negative in its column", _joined(debits, credits_in, EXACT.add))
    owed = [each for each in credits_in if each]
    if not any(column.roles for column in columns.makers) and (signed or (owed and min(owed) < 0)):
        yield plus
        return
    if unsigned and not signed and owed and max(owed) < 0:
        turned = [None if each is None else EXACT.minus(each) for each in credits_in]
        yield _Way("money in is negative in its column, as a card's", _joined(debits, turned, EXACT.subtract))
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
    elif (with_plus := _by_plus(ledger, column, amounts)) is not None:
        yield with_plus
    yield _Way("as written", amounts)


def _by_plus(ledger: Ledger, column: Column, amounts: Amounts) -> _Way | None:
    """Amounts of which some have a plus and none has a minus: those without a sign are money out."""
    if any(each is not None and each < 0 for each in amounts):
        return None
    has_plus = [_PLUS.search(line.cell(column)) is not None for line in ledger.lines]
    if all(has_plus) or not any(has_plus):
        return None
    signed: Amounts = [
        each if each is None or plus else EXACT.minus(each) for each, plus in zip(amounts, has_plus, strict=True)
    ]
    return _Way("money in has a plus, money out no sign", signed)


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
    return _Way(f"by column '{column.label}'", signed, neutral)


def _known(pairs: Sequence[tuple[Decimal, int | None]]) -> Iterator[tuple[Decimal, int]]:
    return ((each, direction) for each, direction in pairs if direction is not None)


def _by_balance(ledger: Ledger, column: Column, balances: Amounts) -> Iterator[_Way]:
    """Amounts whose signs are another than written: turned round, or unsigned and told by how the balance moves.

    The oldest unsigned row's sign is open: no balance stands before it.
    """
    amounts = ledger.numbers(column)
    is_signed = any(each is not None and each < 0 for each in amounts)
    if any(amounts):
        way = _turned_or_before(ledger, amounts, balances)
        # Where none has a sign, the balances prove nothing of the oldest one's: it may be the other way.
        if is_signed or way.signs == _BEFORE:
            yield way
    if is_signed:
        return
    for signs, step in ((f"{_BY_BALANCE}, oldest first", 1), (f"{_BY_BALANCE}, newest first", -1)):
        signed: Amounts = []
        before: Decimal | None = None
        for line, each, balance in list(zip(ledger.lines, amounts, balances, strict=True))[::step]:
            if line.is_pending:
                signed.append(each)
                continue
            if each is None or balance is None:
                break
            moved = each if before is None else EXACT.subtract(balance, before)
            if abs(moved) != each:
                break
            signed.append(moved)
            before = balance
        if len(signed) == len(amounts) > 1:
            yield _Way(signs, signed[::step])


def _turned_or_before(ledger: Ledger, amounts: Amounts, balances: Amounts) -> _Way:
    """The signs turned round; or as they are, with balances *before* the rows, if the dates say that rows run so.

    Either proves the other, with the rows in the opposite order.
    """
    after = [
        None if each is None or balance is None else EXACT.add(balance, each)
        for each, balance in zip(amounts, balances, strict=True)
    ]
    before = _Way(_BEFORE, amounts, balances=after)
    chains = _chains(ledger.lines, amounts, after, frozenset())
    directions = {each.direction for each in chains.values() if each.proves}
    if directions == {ledger.direction()}:
        return before
    return _Way("against the balance", [None if each is None else EXACT.minus(each) for each in amounts])


def _settled(ledger: Ledger, reading: Reading) -> Reading:
    """A reading signed by the balances, its oldest row signed as all the rows that share its word for their kind.

    Raises:
        Unanswered: no column's words go with the signs.
    """
    booked = [place for place, line in enumerate(ledger.lines) if not line.is_pending]
    oldest = booked[0] if reading.signs.endswith("oldest first") else booked[-1]
    for column in ledger.sheet.columns:
        if not column.worded:
            continue
        signs: dict[str, set[bool]] = {}
        for place, (line, amount) in enumerate(zip(ledger.lines, reading.amounts, strict=True)):
            if place != oldest and amount:
                signs.setdefault(line.cell(column), set()).add(amount < 0)
        told = signs.get(ledger.lines[oldest].cell(column), set())
        if all(len(each) == 1 for each in signs.values()) and len(told) == 1 and len(signs) > 1:
            return _oldest_signed(reading, oldest, is_out=told == {True})
    number, moved = ledger.lines[oldest].line, reading.amounts[oldest]
    side = ledger.inquiry.settle(
        "oldest_row",
        f"Is line {number}, the oldest row, money in or money out?",
        (DraftChoice("in", f"line {number} is {moved}"), DraftChoice("out", f"line {number} is -{moved}")),
        None,
    )
    return _oldest_signed(reading, oldest, is_out=side == "out")


def _oldest_signed(reading: Reading, oldest: int, *, is_out: bool) -> Reading:
    amounts = list(reading.amounts)
    if is_out:
        amounts[oldest] = EXACT.minus(amounts[oldest] or _ZERO)
    return replace(reading, amounts=amounts)


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
        if amount is not None and place not in neutral and not line.is_pending:
            account = grouped.setdefault(line.group, ([], []))
            account[0].append(amount)
            account[1].append(balance)
    return {group: chain(*account) for group, account in grouped.items()}


def turned_round(reading: Reading, signs: str) -> Reading:
    """The reading with every amount and balance of the opposite sign."""
    amounts: Amounts = [None if each is None else EXACT.minus(each) for each in reading.amounts]
    balances: Amounts = [None if each is None else EXACT.minus(each) for each in reading.balances]
    chains = _chains(reading.lines, amounts, balances, reading.neutral)
    return replace(reading, amounts=amounts, balances=balances, chains=chains, signs=signs)


def _checked(ledger: Ledger, reading: Reading) -> Reading:
    """A reading that no balance proves: asked about where its signs or its column are a guess."""
    if reading.columns.debit is not None:
        reading = _debits_checked(ledger, reading, reading.columns.debit)
    amount = reading.columns.amount
    if amount is not None and reading.signs.startswith("by column"):
        reading = _transfers_checked(ledger, _words_checked(ledger, reading, amount))
    if amount is not None and reading.signs == "as written":
        return _less_fees_asked(ledger, _rivals_checked(ledger, reading, amount))
    return _less_fees_asked(ledger, reading)


def _debits_checked(ledger: Ledger, reading: Reading, column: Column) -> Reading:
    values = [each for each in ledger.numbers(column) if each]
    if not (any(each < 0 for each in values) and any(each > 0 for each in values)):
        return reading
    choices = (
        DraftChoice("positive", "12.50 there is money out"),
        DraftChoice("negative", "-12.50 there is money out"),
    )
    question = f"Are positive or negative amounts in column '{column.label}' money out?"
    side = ledger.inquiry.settle("debit_signs", question, choices, None)
    wanted = f"money out is {side} in its column"
    ways = _readings(ledger, reading.columns, plainly=True)
    return next((each for each in ways if each.signs == wanted), reading)


def _words_checked(ledger: Ledger, reading: Reading, column: Column) -> Reading:
    """Signs that a column of words gives, where the amounts have signs too and the two don't agree."""
    pairs = zip(ledger.numbers(column), reading.amounts, strict=True)
    out = [written for written, signed in pairs if written and signed and written != signed]
    kept = any(written and written < 0 for written in ledger.numbers(column) if written not in out)
    if not (any(each < 0 for each in out) or kept):
        return reading
    place = next(place for place, each in enumerate(reading.amounts) if each)
    line, written = ledger.lines[place].line, ledger.numbers(column)[place]
    counts = ledger.inquiry.settle(
        "signs_by",
        f"Do the signs in column '{column.label}' count, or the words beside them?",
        (
            DraftChoice("signs", f"line {line} is {written}"),
            DraftChoice("words", f"line {line} is {reading.amounts[place]}"),
        ),
        None,
    )
    if counts == "words":
        return reading
    return replace(reading, amounts=ledger.numbers(column), signs="as written", neutral=frozenset())


def _transfers_checked(ledger: Ledger, reading: Reading) -> Reading:
    """Rows of transfers among amounts that words sign: the word doesn't say which way their money went."""
    column = ledger.sheet.best(Role.INDICATOR)
    if column is None or not column.transfers or not reading.signs.startswith("by column"):
        return reading
    places = [
        place
        for place, (line, amount) in enumerate(zip(ledger.lines, reading.amounts, strict=True))
        if amount and amount > 0 and is_transfer(line.cell(column))
    ]
    if not places:
        return reading
    line, amount = ledger.lines[places[0]].line, reading.amounts[places[0]]
    side = ledger.inquiry.settle(
        "transfers",
        f"Column '{column.label}' calls rows transfers: does their money leave the account of the row, or come to it?",
        (DraftChoice("out", f"line {line} is -{amount}"), DraftChoice("in", f"line {line} is {amount}")),
        "out",
        LIKELY,
    )
    if side == "in":
        return reading
    amounts = list(reading.amounts)
    for place in places:
        amounts[place] = EXACT.minus(amounts[place] or _ZERO)
    return replace(reading, amounts=amounts)


def _rivals_checked(ledger: Ledger, reading: Reading, amount: Column) -> Reading:
    """The reading of the column that reaches the account, or that a person names, where others are headed alike."""
    weight = amount.roles.get(Role.AMOUNT)
    if weight is None or _is_after_fees(ledger, amount):
        return reading
    alike = ledger.sheet.having(Role.AMOUNT)[:_MOST_ALIKE]
    same = [each for each in alike if each.roles[Role.AMOUNT] >= min(weight, EXACT_HEADING)]
    rivals = [each for each in same if each is not amount and ledger.sheet.is_full(each)]
    different = [each for each in rivals if ledger.numbers(each) != reading.amounts]
    if not different:
        return reading
    net = next((each for each in different if _is_after_fees(ledger, each)), None)
    net = net or _in_one_currency(ledger, (amount, *different))
    if net is None:
        line = ledger.lines[0]
        shown = [(each.label, line.cell(each)) for each in (amount, *rivals)]
        labels = "', '".join(label for label, _ in shown)
        question = f"Which of the columns '{labels}' holds the amount?"
        label = ledger.inquiry.settle("amount", question, examples(line.line, shown), amount.label)
        net = _labelled((amount, *rivals), label)
    columns = replace(reading.columns, amount=net)
    return next(_readings(ledger, columns, plainly=True))


def _in_one_currency(ledger: Ledger, columns: Sequence[Column]) -> Column | None:
    """The column whose amounts are all in one currency, where those of the others aren't: that is the account's."""
    alone = []
    for column in columns:
        behind = [each for each in ledger.sheet.having(Role.CURRENCY) if each.index > column.index]
        if not behind:
            return None
        beside = min(behind, key=lambda each: each.index)
        if len({line.cell(beside) for line in ledger.lines}) == 1:
            alone.append(column)
    return alone[0] if len(alone) == 1 else None


def _is_after_fees(ledger: Ledger, column: Column) -> bool:
    """Whether the column is another amount less the fees of its row."""
    fees = ledger.sheet.best(Role.FEE)
    if fees is None or not any(ledger.numbers(fees)):
        return False
    for other in ledger.sheet.having(Role.AMOUNT)[:_MOST_ALIKE]:
        if other is not column:
            parts = zip(ledger.numbers(other), ledger.numbers(fees), ledger.numbers(column), strict=True)
            if all(net in _less(gross, fee) for gross, fee, net in parts):
                return True
    return False


def _less(amount: Decimal | None, fee: Decimal | None) -> tuple[Decimal | None, ...]:
    """An amount and its fee together: a fee is written as what it is, or as what it takes away."""
    if amount is None or not fee:
        return (amount,)
    return (EXACT.subtract(amount, abs(fee)),)


def _less_fees_asked(ledger: Ledger, reading: Reading) -> Reading:
    """Fees that stand in a column of their own, and aren't known to be part of the amount."""
    fees, amount = ledger.sheet.best(Role.FEE), reading.columns.amount
    if fees is None or amount is None or not any(ledger.numbers(fees)) or _is_after_fees(ledger, amount):
        return reading
    if not _WHOLE.isdisjoint(headings.plain(amount.label).split()):
        return reading
    pairs = zip(reading.amounts, ledger.numbers(fees), strict=True)
    less: Amounts = [_less(each, fee)[0] for each, fee in pairs]
    place = next((place for place, each in enumerate(less) if each != reading.amounts[place]), None)
    if place is None:
        return reading
    line = ledger.lines[place].line
    part = ledger.inquiry.settle(
        "fees",
        f"Does the account pay what column '{fees.label}' says beside the amount?",
        (
            DraftChoice("beside", f"line {line} moves {less[place]}"),
            DraftChoice("within", f"line {line} moves {reading.amounts[place]}, its fee within it"),
        ),
        "beside",
        LIKELY,
    )
    return reading if part == "within" else replace(reading, amounts=less, signs=f"{reading.signs}, less fees")
