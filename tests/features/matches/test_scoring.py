"""How much two transactions look like one: a table of pairs, and the score of each."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from farthing.features.journal.models import PostingStatus
from farthing.features.matches.models import MatchKind
from farthing.features.matches.scoring import AccountWords, Proposal, Said, Side, pair_of, propose
from farthing.kit import ids

CHECKING, SAVINGS, DOLLARS, CARD = (ids.new_id() for _ in range(4))
ACCOUNTS = {
    CHECKING: AccountWords.of("Checking", "DE89 3704 0044 0532 0130 00"),
    SAVINGS: AccountWords.of("Rainy Day", None),
    DOLLARS: AccountWords.of("Dollars", None),
    CARD: AccountWords.of("Card", None),
}
BOTH = frozenset(MatchKind)
FIRST = dt.date(2026, 3, 10)


def side(amount: str, account: UUID = CHECKING, day: int = 0, text: str = "", **wanted: Any) -> Side:
    """A line so many days after the first."""
    facts = {
        "currency": "EUR",
        "status": PostingStatus.CLEARED,
        "is_imported": False,
        "is_simple": True,
        "is_uncategorised": True,
        **wanted,
    }
    return Side(
        transaction_id=ids.new_id(),
        account_id=account,
        date=FIRST + dt.timedelta(days=day),
        amount=Decimal(amount),
        said=Said.in_text(text),
        **facts,
    )


def proposed(*sides: Side, rejected: Any = frozenset(), kinds: Any = BOTH) -> list[Proposal]:
    return propose(sides, ACCOUNTS, rejected, kinds)


KNOWN: dict[str, Any] = {"is_uncategorised": False}
USD: dict[str, Any] = {"currency": "USD"}
OPPOSITE, EXCHANGE, UNCATEGORISED = "opposite_amounts", "exchange", "both_uncategorised"
SAME_DAY, DAYS, NAME, NUMBER = "same_day", "days_apart", "names_account", "names_number"
PLAIN = {OPPOSITE, SAME_DAY, UNCATEGORISED}
LATER = {OPPOSITE, DAYS, UNCATEGORISED}
ABROAD = {EXCHANGE, UNCATEGORISED, NAME}
TRANSFERS: list[tuple[str, Side, Side, str | None, set[str]]] = [
    ("same day", side("-200.00"), side("200.00", SAVINGS), "0.80", PLAIN),
    ("five days", side("-200.00"), side("200.00", SAVINGS, 5), "0.62", LATER),
    ("came before it left", side("-200.00", day=1), side("200.00", SAVINGS), "0.77", LATER),
    ("six days", side("-200.00"), side("200.00", SAVINGS, 6), None, set()),
    ("one categorised", side("-200.00", **KNOWN), side("200.00", SAVINGS), "0.70", {OPPOSITE, SAME_DAY}),
    ("both categorised", side("-200.00", **KNOWN), side("200.00", SAVINGS, **KNOWN), None, set()),
    ("same account", side("-200.00"), side("200.00"), None, set()),
    ("same direction", side("-200.00"), side("-200.00", SAVINGS), None, set()),
    ("a cent off", side("-200.00"), side("199.99", SAVINGS), None, set()),
    ("another currency", side("-200.00"), side("200.00", DOLLARS, **USD), None, set()),
    ("a split", side("-200.00", is_simple=False), side("200.00", SAVINGS), None, set()),
    ("digits", side("-200.0"), side("200.00", SAVINGS), "0.80", PLAIN),
    ("the name", side("-200.00", text="To RAINY day!"), side("200.00", SAVINGS), "1.00", PLAIN | {NAME}),
    ("the number", side("-200.00"), side("200.00", SAVINGS, 3, "de8937040044053201 3000"), "0.95", LATER | {NUMBER}),
    ("part of a word", side("-200.00"), side("200.00", CARD, text="discard"), "0.80", PLAIN),
    ("abroad, named", side("-100.00", text="to dollars"), side("108.00", DOLLARS, 1, **USD), "0.72", ABROAD | {DAYS}),
    ("by what came", side("-100.00"), side("108.00", DOLLARS, text="checking", **USD), "0.75", ABROAD | {SAME_DAY}),
    ("abroad, nobody named", side("-100.00"), side("108.00", DOLLARS, **USD), None, set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "giver", "taker", "score", "reasons"), TRANSFERS, ids=[row[0] for row in TRANSFERS])
def test_the_two_sides_of_a_transfer(name: str, giver: Side, taker: Side, score: str | None, reasons: set[str]) -> None:
    for order in ((giver, taker), (taker, giver)):
        found = proposed(*order)
        if score is None:
            assert found == []
            continue
        (proposal,) = found
        assert (proposal.kind, proposal.first, proposal.second) == (MatchKind.TRANSFER, giver, taker)
        assert str(proposal.score) == score
        assert {reason.code for reason in proposal.reasons} == reasons
        assert all(reason.detail.endswith(".") for reason in proposal.reasons)


PENDING: dict[str, Any] = {"status": PostingStatus.PENDING}
BANK: dict[str, Any] = {"is_imported": True}
POSTED: list[tuple[str, Side, Side, str | None]] = [
    ("the same", side("-12.50", text="Joe's Diner", **PENDING), side("-12.50", text="JOES DINER"), "0.90"),
    ("the same words", side("-12.50", text="Diner", **PENDING), side("-12.50", text="SQ DINER 0442 BERLIN"), "1.00"),
    ("no words", side("-12.50", **PENDING), side("-12.50", day=3), "0.64"),
    ("no words, late", side("-12.50", **PENDING), side("-12.50", day=10), "0.52"),
    ("later", side("-12.50", text="Diner", **PENDING), side("-12.50", day=11, text="Diner"), None),
    ("a tip", side("-40.00", text="Diner", **PENDING), side("-48.00", day=2, text="Diner"), "0.66"),
    ("a small tip", side("-40.00", text="Diner", **PENDING), side("-44.00", text="Diner"), "0.80"),
    ("a quarter", side("-40.00", text="Diner", **PENDING), side("-50.00", text="Diner"), "0.70"),
    ("over a quarter", side("-40.00", text="Diner", **PENDING), side("-50.01", text="Diner"), None),
    ("a tip without a word", side("-40.00", **PENDING), side("-48.00"), None),
    ("the other direction", side("-40.00", text="Diner", **PENDING), side("40.00", text="Diner"), None),
    ("another account", side("-40.00", text="Diner", **PENDING), side("-40.00", CARD, text="Diner"), None),
    ("both pending", side("-40.00", text="Diner", **PENDING), side("-40.00", text="Diner", **PENDING), None),
    ("both posted", side("-40.00", text="Diner"), side("-40.00", text="Diner"), None),
    ("a pending split", side("-40.00", is_simple=False, **PENDING), side("-40.00"), "0.70"),
    ("a posted split", side("-40.00", **PENDING), side("-40.00", is_simple=False), None),
    ("from a statement", side("-40.00", **PENDING), side("-40.00", **BANK), "0.70"),
    ("left out of a statement", side("-40.00", **PENDING, **BANK), side("-40.00"), "0.70"),
    ("both from a statement", side("-40.00", **PENDING, **BANK), side("-40.00", **BANK), None),
]


@pytest.mark.parametrize(("name", "pending", "posted", "score"), POSTED, ids=[row[0] for row in POSTED])
def test_what_is_pending_and_what_is_posted(name: str, pending: Side, posted: Side, score: str | None) -> None:
    found = proposed(posted, pending)
    assert [str(each.score) for each in found] == ([] if score is None else [score])
    for proposal in found:
        assert (proposal.kind, proposal.first, proposal.second) == (MatchKind.POSTED, pending, posted)


BY_HAND, EQUAL, OPEN, SAME, SHARED = "recorded_by_hand", "amount_equal", "uncategorised", "same_words", "shared_words"
FILED: dict[str, Any] = {**BANK, **KNOWN}
RECONCILED: dict[str, Any] = {"status": PostingStatus.RECONCILED}
NO_WORDS = {BY_HAND, EQUAL, OPEN}
RECORDED: list[tuple[str, Side, Side, str | None, set[str]]] = [
    ("the same words", side("-12.50", text="Diner", **KNOWN), side("-12.50", text="SQ DINER 0442", **BANK), "1.00",
     NO_WORDS | {SAME_DAY, SAME}),
    ("words in common", side("-12.50", text="Joe's Diner"), side("-12.50", text="JOES DINER", **BANK), "0.90",
     NO_WORDS | {SAME_DAY, SHARED}),
    ("categorised, the same words", side("-12.50", text="Diner"), side("-12.50", text="diner", **FILED), "0.90",
     {BY_HAND, EQUAL, SAME_DAY, SAME}),
    ("categorised, in common", side("-12.50", text="Joe's Diner"), side("-12.50", CHECKING, 5, "JOES DINER", **FILED),
     "0.70", {BY_HAND, EQUAL, DAYS, SHARED}),
    ("categorised, without a word", side("-12.50", text="Diner"), side("-12.50", text="Kiosk", **FILED), None, set()),
    ("no words", side("-12.50", **KNOWN), side("-12.50", **BANK), "0.70", NO_WORDS | {SAME_DAY}),
    ("no words, five days", side("-12.50"), side("-12.50", day=5, **BANK), "0.60", NO_WORDS | {DAYS}),
    ("the bank's day before", side("-12.50", day=1), side("-12.50", **BANK), "0.68", NO_WORDS | {DAYS}),
    ("six days", side("-12.50", text="Diner"), side("-12.50", day=6, text="Diner", **BANK), None, set()),
    ("income", side("1200.00"), side("1200.00", **BANK), "0.70", NO_WORDS | {SAME_DAY}),
    ("digits", side("-12.5"), side("-12.50", **BANK), "0.70", NO_WORDS | {SAME_DAY}),
    ("a cent off", side("-12.50", text="Diner"), side("-12.51", text="Diner", **BANK), None, set()),
    ("the other direction", side("-12.50", text="Diner"), side("12.50", text="Diner", **BANK), None, set()),
    ("another account", side("-12.50", text="Diner"), side("-12.50", CARD, text="Diner", **BANK), None, set()),
    ("another currency", side("-12.50", text="Diner"), side("-12.50", text="Diner", **BANK, **USD), None, set()),
    ("both by hand", side("-12.50", text="Diner"), side("-12.50", text="Diner"), None, set()),
    ("both from statements", side("-12.50", text="Diner", **BANK), side("-12.50", text="Diner", **BANK), None, set()),
    ("reconciled by hand", side("-12.50", **RECONCILED), side("-12.50", **BANK), None, set()),
    ("the bank's reconciled", side("-12.50"), side("-12.50", **BANK, **RECONCILED), "0.70", NO_WORDS | {SAME_DAY}),
    ("a split by hand", side("-12.50", is_simple=False), side("-12.50", **BANK), "0.70", NO_WORDS | {SAME_DAY}),
    ("a split of the bank's", side("-12.50"), side("-12.50", is_simple=False, **BANK), None, set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "ours", "theirs", "score", "reasons"), RECORDED, ids=[row[0] for row in RECORDED])
def test_what_was_recorded_by_hand_and_came_by_statement(
    name: str, ours: Side, theirs: Side, score: str | None, reasons: set[str]
) -> None:
    for order in ((ours, theirs), (theirs, ours)):
        found = proposed(*order)
        assert [str(each.score) for each in found] == ([] if score is None else [score])
        for proposal in found:
            assert (proposal.kind, proposal.first, proposal.second) == (MatchKind.POSTED, ours, theirs)
            assert {reason.code for reason in proposal.reasons} == reasons
            assert all(reason.detail.endswith(".") for reason in proposal.reasons)


def test_equal_purchases_of_a_day_pair_up_one_to_one() -> None:
    ours, theirs = [side("-3.20") for _ in range(3)], [side("-3.20", day=1, **BANK) for _ in range(2)]
    found = proposed(*ours, *theirs)
    assert len({each.first for each in found}) == len(found) == 2
    assert {each.second for each in found} == set(theirs)


def test_what_is_pending_comes_before_what_may_be_another() -> None:
    waiting, done, posted = side("-3.20", day=1, **PENDING), side("-3.20"), side("-3.20", day=2, **BANK)
    (proposal,) = proposed(done, waiting, posted)
    assert proposal.first is waiting


def test_each_is_proposed_once_with_the_one_it_looks_most_like() -> None:
    giver = side("-200.00")
    far, near = side("200.00", SAVINGS, 4), side("200.00", SAVINGS, 1)
    (proposal,) = proposed(giver, far, near)
    assert proposal.second is near
    assert "not_the_only_one" in {reason.code for reason in proposal.reasons}
    assert str(proposal.score) == "0.62"


def test_what_was_turned_down_makes_way_for_the_next() -> None:
    giver = side("-200.00")
    far, near = side("200.00", SAVINGS, 4), side("200.00", SAVINGS, 1)
    no = {(MatchKind.TRANSFER, *pair_of(giver.transaction_id, near.transaction_id))}
    (proposal,) = proposed(giver, far, near, rejected=no)
    assert proposal.second is far
    no |= {(MatchKind.TRANSFER, *pair_of(giver.transaction_id, far.transaction_id))}
    assert proposed(giver, far, near, rejected=no) == []


def test_only_what_was_asked_for_is_looked_for_and_the_likeliest_comes_first() -> None:
    sides = [
        side("-200.00"),
        side("200.00", SAVINGS),
        side("-9.00", text="Diner", **PENDING),
        side("-9.00", text="Diner"),
    ]
    assert [each.kind for each in proposed(*sides)] == [MatchKind.POSTED, MatchKind.TRANSFER]
    assert [each.kind for each in proposed(*sides, kinds={MatchKind.TRANSFER})] == [MatchKind.TRANSFER]
    assert [each.kind for each in proposed(*sides, kinds={MatchKind.POSTED})] == [MatchKind.POSTED]


def test_a_posted_amount_is_found_on_a_day_with_many_others() -> None:
    crowd = [side(f"-{40 + n % 9}.00", text="Diner") for n in range(500)]
    pending, posted = side("-40.01", **PENDING), side("-40.01", day=1)
    (proposal,) = [each for each in proposed(*crowd, pending, posted) if each.score == Decimal("0.68")]
    assert proposal.second is posted


def test_the_worst_of_books_takes_no_more_than_a_moment() -> None:
    """Ten thousand equal amounts in and out, all of one day, beside as many pending, posted, by hand and brought."""
    sides = []
    for _ in range(5000):
        sides += [side("-1.00"), side("1.00", SAVINGS), side("-1.00", CARD, **PENDING), side("-1.00", CARD)]
        sides += [side("-2.00", CARD), side("-2.00", CARD, **BANK)]
    began = time.process_time()
    found = proposed(*sides)
    for kind in MatchKind:
        first = [each.first.transaction_id for each in found if each.kind is kind]
        assert 0 < len(first) == len(set(first))
    assert time.process_time() - began < 20
