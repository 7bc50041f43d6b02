"""The bridge: by hand, and exact whatever happened."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from farthing.ledger.bridge import FLOWS, BridgeStep, Flow, build_bridge
from farthing.ledger.rates import GRAINS, Origin, Quote, Rates

EVE, LAST = dt.date(2025, 12, 31), dt.date(2026, 3, 31)
MID = dt.date(2026, 2, 1)


def quote(commodity: str, currency: str, amount: str, day: dt.date) -> Quote:
    return Quote(commodity, currency, day, Decimal(amount), Origin.RECORDED, "manual")


def test_by_hand() -> None:
    rates = Rates(
        [
            quote("USD", "EUR", "0.8", EVE),
            quote("USD", "EUR", "0.9", MID),
            quote("USD", "EUR", "1.0", LAST),
            quote("ACME", "USD", "10", EVE),
            quote("ACME", "USD", "10", MID),
            quote("ACME", "USD", "12", LAST),
        ]
    )
    flows = [
        Flow(BridgeStep.INCOME, "EUR", MID, Decimal(-1000)),
        Flow(BridgeStep.SPENDING, "USD", MID, Decimal(50)),
        Flow(BridgeStep.EXCHANGE, "EUR", MID, Decimal(95)),
        Flow(BridgeStep.EXCHANGE, "USD", MID, Decimal(-100)),
    ]
    before = {"EUR": Decimal(100), "USD": Decimal(200), "ACME": Decimal(3)}
    after = {"EUR": Decimal(1005), "USD": Decimal(250), "ACME": Decimal(3)}
    bridge = build_bridge(before, after, flows, rates, currency="EUR", eve=EVE, last=LAST)
    assert (bridge.before, bridge.after) == ((100 + 160 + 24) * GRAINS, (1005 + 250 + 36) * GRAINS)
    assert {step: Fraction(amount, GRAINS) for step, amount in bridge.steps.items()} == {
        BridgeStep.INCOME: 1000,
        BridgeStep.SPENDING: -45,
        BridgeStep.BROUGHT_IN: 0,
        BridgeStep.EXCHANGE: -5,
        BridgeStep.REVALUATION: 0,
        # Three shares: 2 USD more each at 1.0; 10 USD each at 0.2 more.
        BridgeStep.PRICE: 6,
        # And 200 USD at 0.2 more, with 50 USD at 0.1 more.
        BridgeStep.CURRENCY: 6 + 40 + 5,
    }


CODES = st.sampled_from(["EUR", "USD", "JPY", "ACME", "COIN"])
DAYS = st.dates(EVE - dt.timedelta(days=20), LAST)
AMOUNTS = st.decimals(-(10**6), 10**6, places=2)
QUOTES = st.lists(
    st.tuples(CODES, st.sampled_from(["EUR", "USD", "CHF"]), DAYS, st.decimals("0.0001", 1000, places=4))
    .filter(lambda each: each[0] != each[1])
    .map(lambda each: quote(each[0], each[1], str(each[3]), each[2])),
    max_size=25,
)
FLOW = st.builds(Flow, st.sampled_from(FLOWS), CODES, st.dates(EVE + dt.timedelta(days=1), LAST), AMOUNTS)


@given(QUOTES, st.dictionaries(CODES, AMOUNTS), st.lists(FLOW, max_size=25), st.sampled_from(["EUR", "USD", "ACME"]))
def test_the_steps_lead_from_the_one_to_the_other_exactly(
    quotes: list[Quote], before: dict[str, Decimal], flows: list[Flow], currency: str
) -> None:
    rates = Rates(quotes, "CHF")
    after: dict[str, Decimal] = defaultdict(Decimal, before)
    for flow in flows:
        after[flow.currency] -= flow.amount
    bridge = build_bridge(before, after, flows, rates, currency=currency, eve=EVE, last=LAST)
    assert sum(bridge.steps.values()) == bridge.after - bridge.before
    gained = bridge.steps[BridgeStep.PRICE] + bridge.steps[BridgeStep.CURRENCY]
    assert sum(gain.price + gain.currency for gain in bridge.gains.values()) == gained
    assert currency not in bridge.gains


@given(st.dictionaries(CODES, AMOUNTS), st.lists(FLOW, max_size=25))
def test_where_no_rate_changes_nothing_is_gained(before: dict[str, Decimal], flows: list[Flow]) -> None:
    quotes = [
        quote(code, "EUR", rate, EVE) for code, rate in (("USD", "0.8"), ("JPY", "0.007"), ("ACME", "3"), ("COIN", "9"))
    ]
    after: dict[str, Decimal] = defaultdict(Decimal, before)
    for flow in flows:
        after[flow.currency] -= flow.amount
    bridge = build_bridge(before, after, flows, Rates(quotes), currency="EUR", eve=EVE, last=LAST)
    assert not bridge.steps[BridgeStep.PRICE]
    assert abs(bridge.steps[BridgeStep.CURRENCY]) < GRAINS // 10**30
