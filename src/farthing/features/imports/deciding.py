"""Deciding what becomes of the rows of a file: which the book has, and which are new. Pure.

A row is the line of an earlier statement if its fingerprint is. Else it may be the same movement as another format told
it: on the same account, of the same amount, about the same day, in words that have something in common. Each line is
taken for one row at most: where a file has three and the book two, one is new. Two ids of one kind that differ are two
movements, whatever else is the same.

What wasn't brought by a statement is judged as matches are (``matches/scoring.py``). Only what is much alike, and like
nothing else, is merged without being asked about.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from farthing.features.imports.models import Decision
from farthing.features.journal.models import PostingStatus
from farthing.features.matches.models import MatchKind
from farthing.features.matches.scoring import Proposal, Reason, Said

MAX_DAYS = 3
"""Between the days that two formats give one movement: that of the booking, or of the value."""
MAX_DAYS_BY_ID = 10
"""The same, where the bank's own id says that it is one."""
SURE = Decimal("0.70")
"""A line of another format that looks less alike isn't taken for the same."""
ALIKE = Decimal("0.50")
"""A line that looks less alike isn't worth pointing out."""
REPLACED = Decimal("0.85")
MERGED = Decimal("0.90")
"""What looks less alike is pointed out, and not replaced or merged without being asked about."""
MARGIN = Decimal("0.10")
"""If another looks nearly as much alike, it could be that one."""
MIN_ID = 6
"""Shorter ids are found by chance in what banks write."""

SAME_AMOUNT = Reason("amount_equal", "The amounts are the same.", Decimal("0.50"))
SAME_ID = Reason("same_id", "Both bear the same id of the bank's.", Decimal("0.50"))
ID_IN_WORDS = Reason("id_in_words", "One's words have the other's id in them.", Decimal("0.30"))
SAME_DAY = Reason("same_day", "They are of the same day.", Decimal("0.20"))
SAME_WORDS = Reason("same_words", "They say the same.", Decimal("0.30"))
SHARED_WORDS = Reason("shared_words", "They have words in common.", Decimal("0.20"))
OTHER_WORDS = Reason("other_words", "They have no words in common.", Decimal("-0.15"))
DAYS = tuple(map(Decimal, ("0.20", "0.15", "0.10", "0.05")))
OTHER_SIDE = Reason("names_number", "It names the number of the account on the other side.", Decimal("0.25"))
BROUGHT = Reason("brought_before", "An earlier statement brought this very line.", Decimal(1))
OWN = Reason("own_id", "It bears the id of a transaction that this book has, or had.", Decimal(1))
IN_FILE = Reason("other_side_in_file", "The same file has its other side, on the other account.", Decimal(1))
CORRECTED = Reason("corrected", "The bank puts it in the place of that one.", Decimal(1))
TAKEN_BACK = Reason("taken_back", "The bank takes that one back.", Decimal(1))
GONE_BEFORE = Reason("gone_before", "The book hasn't got what the bank takes back.", Decimal(1))
POSTED_NOW = Reason("posted_now", "An earlier statement announced this very line as pending.", Decimal(1))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row, of what, how sure that is, and why."""

    decision: Decision
    of_transaction_id: UUID | None = None
    match: MatchKind | None = None
    score: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    is_kept: bool = False
    """Whether the line is kept already, so that it isn't kept once more."""


NEW = Verdict(Decision.NEW)


@dataclass(frozen=True, slots=True)
class Arriving:
    """A row of a file that no fingerprint is known of."""

    position: int
    id: UUID
    account_id: UUID
    date: dt.date
    value_date: dt.date | None
    amount: Decimal
    currency: str
    external_id: str | None
    words: str
    """What the bank says of it."""
    original: str
    """All that stands in the file."""
    status: PostingStatus
    other_account_id: UUID | None = None
    """The book's own account that it came from or went to, where the bank names its number."""

    @property
    def days(self) -> set[dt.date]:
        """The days that it may be known by."""
        return {self.date, self.value_date or self.date}


@dataclass(frozen=True, slots=True)
class Correcting:
    """A row of a file by which the bank takes back, or puts another in the place of, a line that it told of before."""

    account_id: UUID
    corrects: str
    """The bank's id of that line."""
    is_deletion: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    """What an earlier statement's line became. ``is_there`` is whether the book still has it."""

    transaction_id: UUID
    is_there: bool


def corrected(
    rows: Mapping[int, Correcting], lines: Mapping[tuple[UUID, str], Corrected]
) -> tuple[dict[int, Verdict], list[int]]:
    """What becomes of rows by which the bank corrects itself, and the places of those that correct what isn't there.

    Args:
        rows: by their places.
        lines: what the book has, by account and the bank's id.
    """
    found: dict[int, Verdict] = {}
    missing = []
    taken: set[UUID] = set()  # two can't come in the place of one
    for place, row in rows.items():
        line = lines.get((row.account_id, row.corrects))
        if line is not None and line.is_there and line.transaction_id not in taken:
            taken.add(line.transaction_id)
            if row.is_deletion:
                found[place] = Verdict(Decision.DELETES, line.transaction_id, score=Decimal(1), reasons=(TAKEN_BACK,))
            else:
                found[place] = Verdict(
                    Decision.REPLACES, line.transaction_id, MatchKind.POSTED, Decimal(1), (CORRECTED,)
                )
        elif row.is_deletion and line is not None and not line.is_there:
            found[place] = Verdict(Decision.DUPLICATE, line.transaction_id, score=Decimal(1), reasons=(GONE_BEFORE,))
        else:
            missing.append(place)
            if row.is_deletion:
                found[place] = Verdict(Decision.SKIP, reasons=(GONE_BEFORE,))
    return found, missing


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of an earlier statement. ``origin`` is the format that it came in: what kind of id it has."""

    id: UUID
    account_id: UUID
    origin: str
    date: dt.date
    value_date: dt.date | None
    amount: Decimal
    currency: str
    external_id: str | None
    words: str
    transaction_id: UUID

    @property
    def days(self) -> set[dt.date]:
        """The days that it may be known by."""
        return {self.date, self.value_date or self.date}


Reach = Mapping[tuple[UUID, str], tuple[dt.date, dt.date]]
"""The first and the last day that files of a format reached, by account and format."""


def brought_before(rows: Iterable[Arriving], lines: Iterable[Kept], origin: str, reach: Reach) -> dict[int, Verdict]:
    """Which rows are lines of earlier statements that came in another form, by their places.

    Args:
        rows: those of a file, of accounts of the book.
        lines: lines that no row of the file is by its fingerprint.
        origin: the format of the file.
        reach: how far the earlier files reached. What lies beyond is new to the book.
    """
    by_amount: defaultdict[tuple[UUID, str, Decimal], list[Kept]] = defaultdict(list)
    for line in lines:
        by_amount[line.account_id, line.currency, line.amount].append(line)
    rows = list(rows)
    spans = _spans(rows)
    pairs = [
        pair
        for row in rows
        for line in by_amount.get((row.account_id, row.currency, row.amount), ())
        if (pair := _compared(row, line, origin, spans[row.account_id], reach)) is not None
    ]
    found: dict[int, Verdict] = {}
    taken: set[UUID] = set()
    # Of equal ones the nearest days first, and then in the order in which both sides have them.
    for verdict, row, line in sorted(pairs, key=lambda pair: (-_score(pair[0]), pair[1].position, str(pair[2].id))):
        if verdict.decision is Decision.DUPLICATE and row.position not in found and line.id not in taken:
            taken.add(line.id)
            found[row.position] = verdict
    for verdict, row, line in pairs:
        if row.position not in found and line.id not in taken:
            found[row.position] = replace(verdict, decision=Decision.NEW)
    return found


def _spans(rows: Iterable[Arriving]) -> dict[UUID, tuple[dt.date, dt.date]]:
    spans: dict[UUID, tuple[dt.date, dt.date]] = {}
    for row in rows:
        first, last = spans.get(row.account_id, (row.date, row.date))
        spans[row.account_id] = min(first, *row.days), max(last, *row.days)
    return spans


def _compared(
    row: Arriving, line: Kept, origin: str, span: tuple[dt.date, dt.date], reach: Reach
) -> tuple[Verdict, Arriving, Kept] | None:
    has_ids = row.external_id is not None and line.external_id is not None
    if line.origin == origin and (has_ids or row.date != line.date):
        # Of one kind of file an id is an id, and a line without one says its day as it said it before.
        return None
    apart = min(abs((one - other).days) for one in row.days for other in line.days)
    same_id = has_ids and row.external_id == line.external_id
    if apart > (MAX_DAYS_BY_ID if same_id else MAX_DAYS):
        return None
    if apart and not same_id:
        # What either file doesn't reach may well be another, like the same coffee on the next day.
        first, last = reach.get((row.account_id, line.origin), (line.date, line.date))
        if not (span[0] <= line.date <= span[1] and first <= row.date <= last):
            return None
    reasons = (SAME_AMOUNT, _days_apart(apart), *_of_words(row, line, same_id=same_id))
    score = min(sum((reason.weight for reason in reasons), Decimal(0)), Decimal(1))
    is_same = score >= SURE and line.origin != origin
    decision = Decision.DUPLICATE if is_same else Decision.NEW
    return (Verdict(decision, line.transaction_id, None, score, reasons), row, line) if score >= ALIKE else None


def _of_words(row: Arriving, line: Kept, *, same_id: bool) -> Iterator[Reason]:
    if same_id:
        yield SAME_ID
        return
    for id_, words in ((row.external_id, line.words), (line.external_id, row.original)):
        if id_ and len(id_) >= MIN_ID and id_ in words:
            yield ID_IN_WORDS
            return
    ours, theirs = Said.in_text(f"{row.words} {row.original}").telling, Said.in_text(line.words).telling
    shared = ours & theirs
    if shared and shared in {ours, theirs}:
        yield SAME_WORDS
    elif shared:
        yield SHARED_WORDS
    elif ours and theirs:
        yield OTHER_WORDS


def _days_apart(days: int) -> Reason:
    if not days:
        return SAME_DAY
    weight = DAYS[days] if days <= MAX_DAYS else Decimal(0)
    return Reason("days_apart", f"They are {days} day{'s' if days > 1 else ''} apart.", weight)


def merged(
    rows: Mapping[UUID, Arriving], proposals: Sequence[Proposal], stands_on: Mapping[UUID, Collection[UUID]]
) -> dict[int, Verdict]:
    """Which rows are one with what people recorded, or with the other side of a transfer, by their places.

    Args:
        rows: rows that are new, by the ids of the transactions that they would be.
        proposals: what looks like one, of a row and a transaction of the book each.
        stands_on: the accounts that transactions of the book stand on.
    """
    found: dict[int, Verdict] = {}
    pairs = []
    for proposal in proposals:
        is_first = proposal.first.transaction_id in rows
        ours, theirs = (proposal.first, proposal.second) if is_first else (proposal.second, proposal.first)
        row = rows[ours.transaction_id]
        judged = _with_number(proposal, row, stands_on[theirs.transaction_id])
        pairs.append((judged, row, theirs.transaction_id, is_first))
    pairs.sort(key=lambda pair: pair[0].order)
    near = _near(pairs)
    taken: set[UUID] = set()
    for proposal, row, other, is_first in pairs:
        if row.position in found:
            continue
        is_alone = near[row.id] == near[other] == 1 and other not in taken
        decision = _decided(proposal, is_alone=is_alone, row=row, is_first=is_first)
        if decision is not Decision.NEW:
            taken.add(other)
        found[row.position] = Verdict(decision, other, proposal.kind, proposal.score, proposal.reasons)
    return found


def _with_number(proposal: Proposal, row: Arriving, accounts: Collection[UUID]) -> Proposal:
    """The same, more alike if the row's other side is the transaction's, as the bank's number says."""
    if proposal.kind is not MatchKind.POSTED or row.other_account_id not in accounts:
        return proposal
    score = min(proposal.score + OTHER_SIDE.weight, Decimal(1))
    return replace(proposal, score=score, reasons=(*proposal.reasons, OTHER_SIDE))


def _near(pairs: Sequence[tuple[Proposal, Arriving, UUID, bool]]) -> Counter[UUID]:
    """How many pairs each end is in that look nearly as much alike as its best."""
    best: dict[UUID, Decimal] = {}
    for proposal, row, other, _ in pairs:
        for end in (row.id, other):
            best[end] = max(best.get(end, Decimal(0)), proposal.score)
    near: Counter[UUID] = Counter()
    for proposal, row, other, _ in pairs:
        for end in (row.id, other):
            if proposal.score > best[end] - MARGIN:
                near[end] += 1
    return near


def _decided(proposal: Proposal, *, is_alone: bool, row: Arriving, is_first: bool) -> Decision:
    if not is_alone:
        return Decision.NEW
    if proposal.kind is MatchKind.TRANSFER:
        return Decision.MERGE if proposal.score >= MERGED else Decision.NEW
    theirs = proposal.second if is_first else proposal.first
    if row.status is PostingStatus.PENDING:
        # What the bank only announces, the book has posted already.
        return Decision.DUPLICATE if proposal.score >= REPLACED and not theirs.is_pending else Decision.NEW
    if theirs.is_pending:
        return Decision.REPLACES if proposal.score >= REPLACED else Decision.NEW
    return Decision.MERGE if proposal.score >= MERGED else Decision.NEW


def _score(verdict: Verdict) -> Decimal:
    return verdict.score or Decimal(0)
