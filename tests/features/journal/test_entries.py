"""What the history keeps of a transaction is all of it: read again, it is the transaction that was written down."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.features.journal.entries import NOTED, WrittenPosting, WrittenTransaction
from farthing.features.journal.models import TRANSACTION, PostingStatus, TransactionKind
from farthing.kit.wire import FIRST_DAY, LAST_DAY
from farthing.ledger.postings import Cost, Price

PROFILE = settings(max_examples=300, derandomize=True, database=None, deadline=None)
WORDS = st.none() | st.text(max_size=20)
DAYS = st.dates(FIRST_DAY, LAST_DAY)
INSTANTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2999, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001 - the zone is given beside
COUNTS = st.integers(0, 2**63 - 1)
AMOUNTS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**28) + 1, 10**28 - 1), st.integers(0, 18)
)
WORTHS = AMOUNTS.map(abs)
PRICES = st.builds(Price, WORTHS, st.sampled_from(["USD", "ACME"]))
COSTS = st.builds(Cost, WORTHS, st.sampled_from(["USD", "ACME"]), st.none() | DAYS, WORDS)
POSTINGS = st.builds(
    WrittenPosting,
    id=st.uuids(),
    account_id=st.uuids(),
    amount=AMOUNTS,
    currency=st.sampled_from(["EUR", "JPY", "BHD"]),
    status=st.sampled_from([status.value for status in PostingStatus]),
    memo=WORDS,
    generated=st.booleans(),
    price=st.none() | PRICES,
    cost=st.none() | COSTS,
)
TRANSACTIONS = st.builds(
    WrittenTransaction,
    id=st.uuids(),
    date=DAYS,
    ordinal=COUNTS,
    kind=st.sampled_from(TransactionKind),
    payee=WORDS,
    description=WORDS,
    value_date=st.none() | DAYS,
    due_date=st.none() | DAYS,
    extra=st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
        max_size=4,
    ),
    created_revision=COUNTS,
    revision=COUNTS,
    created_at=INSTANTS,
    changed_at=INSTANTS,
    postings=st.lists(POSTINGS, max_size=4).map(tuple),
)


@given(TRANSACTIONS)
@PROFILE
def test_a_transaction_is_the_same_when_it_is_read_from_its_image(written: WrittenTransaction) -> None:
    kept = json.loads(json.dumps(written.image()))
    read = WrittenTransaction.of_image(kept)
    assert read == written
    assert read.image() == kept  # digits too: 1.50 isn't 1.5


@given(TRANSACTIONS)
@PROFILE
def test_an_image_that_is_older_than_prices_and_costs_is_read_as_noting_none(written: WrittenTransaction) -> None:
    image = written.image()
    image["postings"] = [
        {name: value for name, value in posting.items() if name not in NOTED} for posting in image["postings"]
    ]
    read = WrittenTransaction.of_image(json.loads(json.dumps(image)))
    assert read.postings == tuple(replace(posting, price=None, cost=None) for posting in written.postings)
    unnoted = replace(written, postings=read.postings)
    assert TRANSACTION.content(image) == TRANSACTION.content(unnoted.image())
