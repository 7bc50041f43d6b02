"""The sheet: which record is the header, what stands before it, and what each column holds.

A heading proposes roles, the values below it decide. Without a header the values decide alone, and only where there is
one way to take them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from farthing.formats import dates, numbers
from farthing.formats.sheets import headings
from farthing.formats.sheets.headings import DATES, EXACT, HINTED, MONEY, WEAK, Role, phrases
from farthing.formats.sheets.states import state_of
from farthing.formats.sheets.table import Record, Table, looks_like_row

_CURRENCY_IN_HEADING = re.compile(
    r"\b[A-Z]{3}\b|[A-Z]{0,2}\$|[\u20ac\u00a3\u5143\u5186\u0e3f\u20a9-\u20bf]|z\u0142|K\u010d|\bRM\b"
)
_EUROS = re.compile(r"\beuro(?:s|a|ja)?\b", re.IGNORECASE)
_LIKE_AN_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}\Z")

_HEADER_WITHIN = 100
"""Preambles are shorter than this many records."""
_WITH_MONEY = 10_000
"""A header that names an amount comes before any that doesn't, however many headings that one has."""
_SAMPLE_ROWS = 2_000
_SAMPLE_CELLS = 60_000
_FEWEST_SAMPLED = 200
_LONGEST_WHOLE = 15
"""More figures without a mark are the number of an account or of a card."""
_MOSTLY = 0.5
"""A column is of a kind where at least half of its filled cells are: footers and stray rows are few."""
_NEARLY_ALL = 0.9
_PARTIES = (Role.PAYEE, Role.PAYER, Role.RECIPIENT)


@dataclass(slots=True, eq=False)
class Column:
    """One column: its heading, what its heading proposes, and how many of its sampled cells are of each kind."""

    index: int
    label: str
    is_aside: bool = False
    """Whether its heading says that it isn't about the account's own money: a foreign amount, a tax, a rate."""
    roles: dict[Role, int] = field(default_factory=dict)
    filled: int = 0
    dates: int = 0
    numbers: int = 0
    marked: int = 0
    """Numbers that have a sign, a mark or a currency: counters and numbers of things don't."""
    zeros: int = 0
    serials: int = 0
    """Whole numbers that a spreadsheet could mean days by."""
    currencies: int = 0
    directions: int = 0
    """Words of money in or out; ``sides`` are the ones that occur."""
    sides: set[int] = field(default_factory=set)
    transfers: int = 0
    """Words of money that goes between accounts of one person."""
    states: int = 0
    """Words for what is booked, announced or came to nothing."""
    worded: int = 0
    ibans: int = 0

    def note(self, cell: str) -> None:
        """Count one cell."""
        self.filled += 1
        if dates.written(cell) is not None:
            self.dates += 1
            return
        if (figure := numbers.figure(cell)) is not None and not _is_a_number_of_something(figure.body):
            self.numbers += 1
            self.marked += bool(figure.negative or figure.marks or figure.unit)
            self.zeros += not figure.body.strip("0.,")
            self.serials += dates.from_serial(cell) is not None
        elif numbers.currency_of(cell) is not None:
            self.currencies += 1
        elif numbers.is_too_long(cell):
            self.numbers += 1
        if (side := direction_of(cell)) is not None:
            self.directions += 1
            self.sides.add(side)
        self.transfers += is_transfer(cell)
        self.states += state_of(cell) is not None
        self.worded += any(character.isalpha() for character in cell)
        self.ibans += _LIKE_AN_IBAN.match(cell.replace(" ", "")) is not None

    @property
    def moves(self) -> int:
        """How many of its numbers are other than nothing."""
        return self.numbers - self.zeros

    def mostly(self, count: int) -> bool:
        """Whether a count of cells is at least half of the filled ones."""
        return self.filled > 0 and count >= self.filled * _MOSTLY


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table taken apart: preamble, header, the records below, and the columns with what they may hold."""

    delimiter: str
    preamble: list[Record]
    header: Record | None
    body: list[Record]
    columns: list[Column]
    sampled: int
    """How many records of the body the columns' counts come from."""

    def having(self, role: Role) -> list[Column]:
        """The columns that may hold this, judged by heading and values; the likeliest first, then from the left."""
        found = [column for column in self.columns if role in column.roles]
        return sorted(found, key=lambda column: (-column.roles[role], -column.filled, column.index))

    def is_full(self, column: Column) -> bool:
        """Whether nearly every row has something in the column."""
        return column.filled >= self.sampled * _NEARLY_ALL

    def best(self, role: Role) -> Column | None:
        """The likeliest column for a role."""
        return next(iter(self.having(role)), None)


_OUT = phrases(
    "s|soll|d|dr|debit|dbit|db|debet|lastschrift|af|out|expense|withdrawal|spending|addebito|dare|cargo|debe|wydatek|"
    "支出|ausgang|uttag|ut|ud|outgoing|debito|sortie|depense|uscita|saida|egreso|gasto|obciazenie|ausgabe|belastung|"
    "расход|списание|дебет|出金|お引出し|출금|지급|borc|deebet|debets|debetas|χρεωση|χ|חובה|terheles|zaduzenje|isplata|"
    "dbt|deb|paid out|money out|expenses|exp|transfer out|outgoing transfer|ausgaben|depenses|uscite|gastos|egresos|"
    "despesa|despesas|wydatki|uitgaven|расходы|витрати"
)
_IN = phrases(
    "h|haben|c|cr|credit|crdt|kredit|bij|in|income|deposit|accredito|avere|abono|haber|收入|eingang|insattning|ind|inn|"
    "incoming|credito|entree|recette|entrata|entrada|ingreso|uznanie|einnahme|gutschrift|k|"
    "приход|зачисление|пополнение|кредит|入金|お預入れ|입금|alacak|kreedit|kredits|kreditas|πιστωση|π|זכות|jovairas|"
    "odobrenje|uplata|cdt|cred|paid in|money in|transfer in|incoming transfer|einnahmen|recettes|revenu|revenus|"
    "entrate|ingresos|receita|receitas|przychod|przychody|wplywy|inkomsten|доход|доходы|дохід|надходження"
)
_SIGNS = {"+": 1, "-": -1, "\u2212": -1, "/": 0}
"""A slash is what WeChat writes for neither."""
_NEITHER = frozenset({"不计收支", "中性交易", "neutral"})
_TRANSFER = phrases(
    "transfer|transfers|internal transfer|account transfer|umbuchung|ubertrag|virement|virement interne|transferencia|"
    "traspaso|trasferimento|giroconto|overboeking|overforing|przelew|перевод|переводы|переказ|振替|转账|轉帳|이체"
)
"""Words of a kind of movement that goes from one account of a person to another, whichever way."""
_DIRECTED = phrases("transfer in|transfer out|incoming transfer|outgoing transfer")
_LONGEST_KIND = max(map(len, _TRANSFER | _DIRECTED))


def direction_of(cell: str) -> int | None:
    """1 for a word of money in, -1 for money out, 0 for neither, None for anything else."""
    if len(cell) > headings.LONGEST:
        return None
    if cell in _SIGNS:
        return _SIGNS[cell]
    word = headings.plain(cell)
    for words, direction in ((_OUT, -1), (_IN, 1), (_NEITHER, 0)):
        if word in words:
            return direction
    return None


def is_transfer(cell: str) -> bool:
    """Whether a cell is a word for money that goes between accounts of one person, and says no more."""
    return 0 < len(cell) <= _LONGEST_KIND and headings.plain(cell) in _TRANSFER


def is_between_accounts(cell: str) -> bool:
    """Whether a cell says that money goes between accounts of one person, and perhaps which way."""
    return is_transfer(cell) or (len(cell) <= _LONGEST_KIND and headings.plain(cell) in _DIRECTED)


def currency_in_heading(heading: str) -> str | None:
    """The currency that a heading names: ``Betrag (€)``, ``Amount (EUR)``, ``Débit euros``."""
    for each in _CURRENCY_IN_HEADING.findall(heading):
        if code := numbers.currency_of(each):
            return code
    return "EUR" if _EUROS.search(heading) else None


def sheet(table: Table, header_line: int | None = None) -> Sheet:
    """Find the header and judge the columns. ``header_line`` is where a person says that it stands; 0 for none."""
    records = table.records
    place = _header_place(records) if header_line is None else _told_place(records, header_line)
    header = records[place] if place is not None else None
    if place is None:
        first = next((index for index, record in enumerate(records) if looks_like_row(record.cells)), 0)
        preamble, body = records[:first], records[first:]
    else:
        preamble, body = records[:place], records[place + 1 :]
    rows = _sampled(body, header)
    columns = _columns(header, rows)
    if rows:
        for column in columns:
            _keep_what_values_allow(column)
    found = Sheet(table.delimiter, preamble, header, body, columns, len(rows))
    _propose_by_values(found)
    _pair_by_values(found, rows)
    return found


def _told_place(records: Sequence[Record], line: int) -> int | None:
    return next((place for place, record in enumerate(records) if record.line == line), None)


def _header_place(records: Sequence[Record]) -> int | None:
    """Where the header is: the record with the most known headings, a date's and if possible an amount's among them.

    Without one: the record above the first row, where it has as many cells and none of them is a date or a number.
    """
    best, place = 0, None
    for index, record in enumerate(records[:_HEADER_WITHIN]):
        known = [roles for cell in record.cells if (roles := headings.roles(cell))]
        has_date = any(role in roles for roles in known for role in DATES)
        has_money = any(role in roles for roles in known for role in MONEY)
        weight = len(known) + (_WITH_MONEY if has_money else 0)
        if has_date and len(known) > 1 and weight > best and not looks_like_row(record.cells):
            best, place = weight, index
    if place is not None:
        return place
    first = next((index for index, record in enumerate(records) if looks_like_row(record.cells)), None)
    if not first:
        return None
    above, row = records[first - 1], records[first]
    typed = any(dates.written(cell) or numbers.figure(cell) for cell in above.cells)
    headed = sum(1 for cell in above.cells if cell)
    same_width = abs(len(above.cells) - len(row.cells)) <= 1 and headed * 2 > len(row.cells)
    return first - 1 if same_width and not typed else None


def _sampled(body: Sequence[Record], header: Record | None) -> list[Record]:
    """Records to judge columns by, spread over the whole file."""
    width = max((len(record.cells) for record in body[:_HEADER_WITHIN]), default=1)
    step = max(1, len(body) // max(_FEWEST_SAMPLED, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, width))))
    repeated = header.cells if header else None
    rows = [record for record in body[::step] if len(record.cells) > 1 and record.cells != repeated]
    likely = [record for record in rows if looks_like_row(record.cells)]
    return likely or rows


def _columns(header: Record | None, rows: Sequence[Record]) -> list[Column]:
    width = len(header.cells) if header else max((len(record.cells) for record in rows), default=0)
    columns: list[Column] = []
    used: dict[str, int] = {}
    for index in range(width):
        heading = header.cells[index] if header else ""
        label = _label(heading, index, used)
        columns.append(Column(index, label, headings.is_aside(heading), dict(headings.roles(heading))))
    for record in rows:
        for column, cell in zip(columns, record.cells, strict=False):
            if cell:
                column.note(cell)
    return columns


def _label(heading: str, index: int, used: dict[str, int]) -> str:
    """A name that no other column has: the second ``Amount`` is ``Amount (2)``, an unnamed one ``column 3``."""
    label = " ".join(heading[: headings.LONGEST].split()) or f"column {index + 1}"
    used[label] = count = used.get(label, 0) + 1
    return label if count == 1 else f"{label} ({count})"


def _keep_what_values_allow(column: Column) -> None:
    """Strike the roles that the values contradict."""
    for role in list(column.roles):
        if not _allowed(column, role):
            del column.roles[role]
        elif role in _PARTIES and column.mostly(column.ibans):
            del column.roles[role]
            column.roles[Role.COUNTERPARTY] = EXACT


def _allowed(column: Column, role: Role) -> bool:
    allowed = True
    if role in (Role.DEBIT, Role.CREDIT, Role.FEE) and not column.filled:
        allowed = column.roles[role] >= WEAK  # no money came in all month
    elif role in (*MONEY, Role.BALANCE, Role.FEE):
        allowed = column.mostly(column.numbers)
    elif role in DATES:
        allowed = column.mostly(column.dates) or (column.serials == column.filled > 0)
    elif role is Role.CURRENCY:
        allowed = column.mostly(column.currencies)
    elif role is Role.INDICATOR:
        allowed = column.directions > 0 and column.directions + column.transfers >= column.filled * _NEARLY_ALL
    elif role in (Role.DESCRIPTION, Role.PAYEE, Role.PAYER, Role.RECIPIENT, Role.CATEGORY, Role.TAGS, Role.NOTES):
        allowed = not column.mostly(column.dates)
    elif role is Role.FOREIGN_AMOUNT:
        allowed = column.mostly(column.numbers)
    elif role is Role.FOREIGN_CURRENCY:
        allowed = column.mostly(column.currencies)
    return allowed


def _propose_by_values(found: Sheet) -> None:
    """Give the roles that no heading named to the columns whose values leave no doubt."""
    free = [column for column in found.columns if not column.roles and column.filled and not column.is_aside]
    if not any(found.having(role) for role in DATES):
        _give(Role.BOOKED, (column for column in free if column.dates == column.filled and found.is_full(column)))
    if not found.having(Role.INDICATOR):
        directed = (column for column in free if column.directions == column.filled and found.is_full(column))
        _give(Role.INDICATOR, (column for column in directed if not column.numbers and column.sides >= {1, -1}))
    if not found.having(Role.STATUS):
        _give(Role.STATUS, (column for column in free if column.states == column.filled and found.is_full(column)))
    if not found.having(Role.CURRENCY):
        _give(Role.CURRENCY, (column for column in free if column.currencies == column.filled))
    if not any(found.having(role) for role in (Role.DESCRIPTION, Role.PAYEE, Role.PAYER, Role.RECIPIENT)):
        free = [column for column in free if not column.roles]
        _give(Role.DESCRIPTION, (column for column in free if column.mostly(column.worded)))


def _pair_by_values(found: Sheet, rows: Sequence[Record]) -> None:
    """Find the partner of a column of money out, or of money in, that no heading names: it has what the other hasn't.

    Without it the rows of one side would be left out.
    """
    debit, credit = found.best(Role.DEBIT), found.best(Role.CREDIT)
    known = debit or credit
    if known is None or (debit and credit) or found.having(Role.AMOUNT):
        return
    moved = [_moves(record, known) for record in rows]
    partners = []
    for column in found.columns:
        if column.roles or column.is_aside or not column.moves or column.numbers != column.filled:
            continue
        across = [_moves(record, column) for record in rows]
        if all(one is not other for one, other in zip(moved, across, strict=True)):
            partners.append(column)
    if len(partners) == 1:
        partners[0].roles[Role.DEBIT if debit is None else Role.CREDIT] = HINTED


def _moves(record: Record, column: Column) -> bool:
    cell = record.cells[column.index] if column.index < len(record.cells) else ""
    figure = numbers.figure(cell)
    return figure is not None and bool(figure.body.strip("0.,"))


def _is_a_number_of_something(body: str) -> bool:
    return len(body) > _LONGEST_WHOLE and body.isdigit()


def _give(role: Role, columns: Iterable[Column]) -> None:
    for column in columns:
        column.roles[role] = HINTED
