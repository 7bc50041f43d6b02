"""A transaction that is complete and balanced sums to zero in every currency; anything else is refused."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.ledger.postings import AmountMissing, Line, TransactionUnbalanced, balance, complete, excesses

PROFILE = settings(max_examples=300, derandomize=True, database=None, deadline=None)
ACCOUNT, TRADING = UUID(int=1), UUID(int=2)
AMOUNTS = st.decimals(min_value=-(10**25), max_value=10**25, places=2, allow_nan=False, allow_infinity=False)
LINES = st.lists(
    st.builds(Line, account_id=st.just(ACCOUNT), amount=AMOUNTS, currency=st.sampled_from(["EUR", "USD", "JPY"])),
    min_size=1,
    max_size=8,
)


def sums(lines: tuple[Line, ...]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        assert line.amount is not None
        found[line.currency] += line.amount
    return found


def line(amount: str | None, currency: str = "EUR") -> Line:
    return Line(ACCOUNT, None if amount is None else Decimal(amount), currency)


@given(LINES, st.booleans())
@PROFILE
def test_what_is_completed_and_balanced_sums_to_zero_in_every_currency(lines: list[Line], leave_out: bool) -> None:
    wanted = [*lines, line(None)] if leave_out else lines
    try:
        done = balance(complete(wanted), trading_account_id=TRADING)
    except (AmountMissing, TransactionUnbalanced):
        left = excesses(lines)
        if leave_out:
            assert len(left) != 1  # exactly one open currency can be filled
        else:
            assert left
            assert min(left.values()) > 0 or max(left.values()) < 0
        return
    assert all(amount == 0 for amount in sums(done).values())
    assert [each.amount for each in done[: len(lines)]] == [each.amount for each in lines]
    for each in done[len(wanted) :]:
        assert (each.generated, each.account_id) == (True, TRADING)
    assert len(done) - len(wanted) != 1


def test_the_amount_left_out_is_what_is_missing_wherever_it_stands() -> None:
    done = complete([line("10.00"), line(None, "USD"), line("-2.50")])
    assert (done[1].amount, done[1].currency) == (Decimal("-7.50"), "EUR")
    assert complete([line("1.00"), line("-1.00")]) == (line("1.00"), line("-1.00"))


@pytest.mark.parametrize(
    "lines",
    [
        [line(None)],
        [line(None), line(None)],
        [line("1"), line(None), line(None)],
        [line("1"), line("-1"), line(None)],
        [line("1"), line("1", "USD"), line(None)],
    ],
)
def test_an_amount_that_cannot_be_told_is_asked_for(lines: list[Line]) -> None:
    with pytest.raises(AmountMissing) as refusal:
        complete(lines, pointer="/p")
    (blame,) = refusal.value.blames
    assert blame.pointer == f"/p/{max(place for place, each in enumerate(lines) if each.amount is None)}/amount"


@pytest.mark.parametrize(
    "lines",
    [
        [line("1")],
        [line("1"), line("-0.99")],
        [line("1"), line("1", "USD")],
        [line("-1"), line("-1", "USD")],
        [line("1"), line("1", "USD"), line("-1")],
    ],
)
def test_money_that_only_appears_or_only_vanishes_is_refused(lines: list[Line]) -> None:
    with pytest.raises(TransactionUnbalanced):
        balance(lines, trading_account_id=TRADING)


def test_an_exchange_is_balanced_on_the_trading_account() -> None:
    done = balance([line("-100.00"), line("108.33", "USD")], trading_account_id=TRADING)
    assert [(each.amount, each.currency, each.generated) for each in done[2:]] == [
        (Decimal("100.00"), "EUR", True),
        (Decimal("-108.33"), "USD", True),
    ]
    even = [line("-1"), line("1")]
    assert balance(even, trading_account_id=TRADING) == tuple(even)
