"""Gathering: the aggregates of a file that matter, each with its fields, whether or not its tags were ever closed."""

from __future__ import annotations

from dataclasses import dataclass, field

from farthing.formats.drafts import FileTooLong, FileUnreadable
from farthing.formats.ofx.tags import Tag

_MOST_STATEMENTS = 1_000
_MOST_FIELDS = 200

_STATEMENTS = {"STMTRS": None, "CCSTMTRS": "credit_card", "INVSTMTRS": "investment"}
TRADES = frozenset(
    {
        "BUYDEBT",
        "BUYMF",
        "BUYOPT",
        "BUYOTHER",
        "BUYSTOCK",
        "SELLDEBT",
        "SELLMF",
        "SELLOPT",
        "SELLOTHER",
        "SELLSTOCK",
        "INCOME",
        "INVEXPENSE",
        "MARGININTEREST",
        "RETOFCAP",
    }
)
"""Investment transactions whose TOTAL is cash that came or went."""
CASHLESS = frozenset({"REINVEST", "CLOSUREOPT", "SPLIT", "TRANSFER", "JRNLSEC", "JRNLFUND"})
"""Investment transactions that leave the account's cash as it was."""
POSITIONS = frozenset({"POSSTOCK", "POSMF", "POSDEBT", "POSOPT", "POSOTHER"})
_SECURITIES = frozenset({"STOCKINFO", "MFINFO", "DEBTINFO", "OPTINFO", "OTHERINFO"})

_RANKS = {
    **dict.fromkeys(_STATEMENTS, 1),
    **dict.fromkeys(
        (
            "BANKACCTFROM",
            "CCACCTFROM",
            "INVACCTFROM",
            "BANKTRANLIST",
            "INVTRANLIST",
            "LEDGERBAL",
            "AVAILBAL",
            "INVPOSLIST",
            "INVBAL",
            "INVOOLIST",
            "BALLIST",
            "BANKTRANLISTP",
        ),
        2,
    ),
    **dict.fromkeys({"STMTTRN", "STMTTRNP", "BAL", *TRADES, *CASHLESS, *POSITIONS, *_SECURITIES}, 3),
    **dict.fromkeys(("PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO"), 4),
    "SECLIST": 1,
}
"""The aggregates that matter. Opening one closes all of its own rank or deeper, with or without their closing tags."""


@dataclass(slots=True)
class Aggregate:
    """An open aggregate and its fields; of a field that comes twice, the first counts."""

    name: str
    line: int
    fields: dict[str, tuple[str, int]] = field(default_factory=dict)

    def put(self, name: str, value: str, line: int) -> None:
        """Keep a field that says something, up to a number that no transaction has."""
        if value and len(self.fields) < _MOST_FIELDS:
            self.fields.setdefault(name, (value, line))

    def get(self, *names: str) -> str | None:
        """The first of the fields that is there."""
        return next((self.fields[name][0] for name in names if name in self.fields), None)

    def line_of(self, name: str) -> int:
        """The line that a field is on, or else the aggregate begins on."""
        return self.fields[name][1] if name in self.fields else self.line


@dataclass(slots=True)
class Statement:
    """A statement as it is gathered."""

    head: Aggregate
    account_type: str | None
    account: Aggregate | None = None
    period: Aggregate | None = None
    ledger: Aggregate | None = None
    records: list[Aggregate] = field(default_factory=list)
    """Movements, booked or pending."""
    cashless: list[Aggregate] = field(default_factory=list)
    positions: list[Aggregate] = field(default_factory=list)
    balances: list[Aggregate] = field(default_factory=list)
    """Further balances, with names of the bank's own."""


class Gatherer:
    """Gathers a file's statements from its tags.

    Args:
        max_rows: more transactions are refused.
    """

    def __init__(self, max_rows: int) -> None:
        self.max_rows = max_rows
        self.statements: list[Statement] = []
        self.securities: list[Aggregate] = []
        self.is_open = False
        self._stack: list[Aggregate] = []
        self._rows = 0

    def take(self, tag: Tag) -> None:
        """Take the next tag.

        Raises:
            FileUnreadable: more statements than anyone has accounts.
            FileTooLong: more transactions than allowed.
        """
        if tag.name == "OFX":
            self.is_open = not tag.is_close
            self._stack = []
        elif tag.is_close:
            self._close(tag.name)
        elif tag.name in _RANKS and not (tag.name == "CURRENCY" and tag.text):
            self._open(tag)
        else:
            self._put(tag)

    def _close(self, name: str) -> None:
        if any(aggregate.name == name for aggregate in self._stack):
            while self._stack.pop().name != name:
                pass

    def _open(self, tag: Tag) -> None:
        rank = _RANKS[tag.name]
        while self._stack and _RANKS[self._stack[-1].name] >= rank:
            self._stack.pop()
        entered = Aggregate(tag.name, tag.line)
        self._stack.append(entered)
        if tag.name in _STATEMENTS:
            self.statements.append(Statement(entered, _STATEMENTS[tag.name]))
            if len(self.statements) > _MOST_STATEMENTS:
                raise FileUnreadable.on_line(tag.line, problem=f"it holds more than {_MOST_STATEMENTS} statements")
        elif self._stack[0].name in _STATEMENTS:
            self._enter(self.statements[-1], entered)
        elif tag.name in _SECURITIES:
            self.securities.append(entered)
            self._count()

    def _enter(self, statement: Statement, entered: Aggregate) -> None:
        """Hand an aggregate that has just opened to its statement."""
        name = entered.name
        if name.endswith("ACCTFROM"):
            statement.account = statement.account or entered
        elif name in ("BANKTRANLIST", "INVTRANLIST"):
            statement.period = statement.period or entered
        elif name == "LEDGERBAL":
            statement.ledger = statement.ledger or entered
        elif _RANKS[name] == _RANKS["STMTTRN"]:
            kept = {"BAL": statement.balances, **dict.fromkeys(POSITIONS, statement.positions)}
            kept |= dict.fromkeys(CASHLESS, statement.cashless)
            kept.get(name, statement.records).append(entered)
            self._count()

    def _count(self) -> None:
        self._rows += 1
        if self._rows > self.max_rows:
            raise FileTooLong(limit=str(self.max_rows))

    def _put(self, tag: Tag) -> None:
        """Keep a field in the aggregate it stands in; a payee's or a currency's fields in their transaction."""
        if not self._stack:
            return
        top = self._stack[-1]
        if _RANKS[top.name] == _RANKS["PAYEE"] and len(self._stack) > 1:
            self._stack[-2].put(f"{top.name}.{tag.name}", tag.text, tag.line)
        else:
            top.put(tag.name, tag.text, tag.line)
