"""Beancount files, read as beancount reads them: its own figures for the same text stand beside."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest

from farthing.formats.beancount import read, recognises
from farthing.formats.drafts import (
    DraftAssertion,
    DraftCost,
    DraftFile,
    DraftSum,
    DraftTransaction,
    FileTooLong,
    FileUnreadable,
)

ACCOUNTS = """\
2020-01-01 open Assets:Bank EUR
2020-01-01 open Assets:Broker "FIFO"
2020-01-01 open Assets:Strict
2020-01-01 open Assets:Last "LIFO"
2020-01-01 open Assets:Cash
2020-01-01 open Expenses:Food
2020-01-01 open Income:Gains
2020-01-01 open Equity:Opening-Balances
"""


def _read(text: str, **answers: str) -> DraftFile:
    return read((ACCOUNTS + text).encode(), answers=answers)


def _only(text: str) -> DraftTransaction:
    book = _read(text).book
    assert book
    [transaction] = book.transactions
    return transaction


def _balances(text: str) -> dict[tuple[str, str], Decimal]:
    book = _read(text).book
    assert book
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for transaction in book.transactions:
        for posting in transaction.postings:
            sums[posting.account, posting.currency] += posting.amount
    return {key: value for key, value in sums.items() if value}


def test_a_transaction_keeps_all_that_is_written_on_it() -> None:
    each = _only(
        'pushtag #trip\n2020/01/06 ! "Café \\"Zoë\\"" "two\nlines" #a ^inv-1 ^inv-2\n'
        "  count: 12.50\n  when: 2020-02-02\n"
        '  ok: TRUE\n  about: "x"\n  whole: 10 EUR\n  Assets:Bank   -1.00 EUR\n    memo: "said"\n  * Expenses:Food\n'
    )
    assert (each.payee, each.description, each.tags) == ('Café "Zoë"', "two\nlines", ("trip", "a"))
    assert each.metadata == {
        "count": Decimal("12.50"),
        "when": dt.date(2020, 2, 2),
        "ok": True,
        "about": "x",
        "whole": "10 EUR",
        "links": "inv-1 inv-2",
    }
    assert [posting.status for posting in each.postings] == ["pending", "cleared"]
    assert each.postings[0].memo == "said"
    assert each.postings[1].amount == Decimal("1.00")


def test_what_is_pushed_holds_until_it_is_popped() -> None:
    book = _read(
        'pushtag #t\npushmeta place: "Lisbon"\n2020-01-02 * "a"\n  Assets:Bank 1 EUR\n  Expenses:Food\npoptag #t\n'
        'popmeta place:\n2020-01-03 * "b"\n  Assets:Bank 1 EUR\n  Expenses:Food\n'
    ).book
    assert book
    assert [(each.tags, dict(each.metadata)) for each in book.transactions] == [(("t",), {"place": "Lisbon"}), ((), {})]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("-(1.20 + 3) / 2", "-2.10"),
        ("1,234,567.89", "1234567.89"),
        ("2 * 3 - -1", "7"),
        ("(1 + (2 * (3 + 4)))", "15"),
        ("-5 - 3", "-8"),
        ("100 / 8 / 2", "6.25"),
    ],
)
def test_sums_are_worked_out(written: str, amount: str) -> None:
    assert _only(f'2020-01-02 * "a"\n  Assets:Bank {written} EUR\n  Expenses:Food\n').postings[0].amount == Decimal(
        amount
    )


def test_a_sum_without_an_end_is_said_to_be_rounded() -> None:
    file = _read('2020-01-02 * "a"\n  Assets:Bank 10/3 EUR\n  Expenses:Food\n')
    assert file.warnings == ("Line 10: a sum has no end, and is taken at 18 decimals (1 in all).",)


LOTS = """\
2020-02-01 * "buy"
  Assets:{account}  10 ACME {{10.00 EUR}}
  Assets:Bank
2020-02-02 * "buy"
  Assets:{account}  10 ACME {{{{110.00 EUR, "second"}}}}
  Assets:Bank  -110.00 EUR
2020-03-01 * "sell"
  Assets:{account}  -15 ACME {{{spec}}} @ 12.00 EUR
  Assets:Bank  180.00 EUR
  Income:Gains
"""


@pytest.mark.parametrize(
    ("account", "parts", "gains"),
    [
        ("Broker", [("-10", "10.00"), ("-5", "11")], "-25.00"),
        ("Last", [("-10", "11"), ("-5", "10.00")], "-20.00"),
    ],
)
def test_a_sale_takes_from_the_lots_that_its_account_says(
    account: str, parts: list[tuple[str, str]], gains: str
) -> None:
    file = _read(LOTS.format(account=account, spec=""))
    assert file.book
    sale = file.book.transactions[-1]
    taken = [(posting.amount, posting.cost.amount) for posting in sale.postings if posting.cost]
    assert taken == [(Decimal(units), Decimal(cost)) for units, cost in parts]
    assert sale.postings[-1].amount == Decimal(gains)
    assert all(posting.price == DraftSum(Decimal("12.00"), "EUR") for posting in sale.postings if posting.cost)
    assert file.warnings == ()


def test_a_strict_account_takes_the_oldest_of_several_lots_aloud() -> None:
    file = _read(LOTS.format(account="Strict", spec=""))
    assert file.warnings == ("Line 16: several lots are such as this takes from; the oldest is taken.",)


def test_a_lot_is_found_by_its_label() -> None:
    file = _read(LOTS.format(account="Strict", spec='"second"').replace("-15", "-5").replace("180", "60"))
    assert file.book
    cost = file.book.transactions[-1].postings[0].cost
    assert cost == DraftCost(Decimal(11), "EUR", dt.date(2020, 2, 2), "second")
    assert file.warnings == ()


def test_amounts_that_are_left_out_are_filled_in_as_beancount_does() -> None:
    sums = _balances(
        '2020-03-10 * "exchange"\n  Assets:Bank -100.00 EUR @ 1.0835 USD\n  Assets:Cash\n'
        '2020-03-12 * "two currencies"\n  Expenses:Food 10.00 EUR\n  Expenses:Food 20.001 USD\n  Assets:Cash\n'
        '2020-03-13 * "cost"\n  Assets:Strict 7 NEW {}\n  Assets:Bank -70.00 EUR\n'
        '2020-03-15 * "units"\n  Assets:Cash GBP @ 1.25 EUR\n  Assets:Bank -20.00 EUR\n'
        '2020-03-17 * "rounded to what is written"\n  Expenses:Food  1.005 XXA @ 1.333 EUR\n'
        "  Expenses:Food 1.00 EUR\n  Assets:Cash\n"
    )
    assert sums == {
        ("Assets:Bank", "EUR"): Decimal("-190.00"),
        ("Assets:Cash", "USD"): Decimal("88.349"),
        ("Assets:Cash", "EUR"): Decimal("-12.34"),
        ("Assets:Cash", "GBP"): Decimal(16),
        ("Assets:Strict", "NEW"): Decimal(7),
        ("Expenses:Food", "EUR"): Decimal("11.00"),
        ("Expenses:Food", "USD"): Decimal("20.001"),
        ("Expenses:Food", "XXA"): Decimal("1.005"),
    }


def test_a_price_for_all_is_a_price_for_one_where_that_has_an_end() -> None:
    each = _only('2020-01-02 * "a"\n  Assets:Cash 4 USD @@ 3.70 EUR\n  Assets:Bank -3.70 EUR\n')
    assert (each.postings[0].price, each.postings[0].total) == (DraftSum(Decimal("0.925"), "EUR"), None)


def test_a_price_for_all_is_kept_where_one_for_a_unit_has_no_end() -> None:
    each = _only('2020-01-02 * "a"\n  Assets:Cash 3 USD @@ 10.00 EUR\n  Assets:Bank\n')
    assert (each.postings[0].price, each.postings[0].total) == (None, DraftSum(Decimal("10.00"), "EUR"))
    assert each.postings[1].amount == Decimal("-10.00")


def test_padding_makes_the_next_balance_true_and_is_an_opening() -> None:
    book = _read(
        "2020-01-02 pad Assets:Bank Equity:Opening-Balances\n"
        '2020-01-03 * "a"\n  Assets:Bank -1.00 EUR\n  Expenses:Food\n'
        "2020-01-05 balance Assets:Bank 1,000.00 EUR\n"
    ).book
    assert book
    padding = book.transactions[0]
    assert (padding.date, padding.is_opening) == (dt.date(2020, 1, 2), True)
    assert [(each.account, each.amount) for each in padding.postings] == [
        ("Assets:Bank", Decimal("1001.00")),
        ("Equity:Opening-Balances", Decimal("-1001.00")),
    ]
    assert book.assertions == (
        DraftAssertion(13, "Assets:Bank", dt.date(2020, 1, 4), Decimal("1000.00"), "EUR", with_children=True),
    )


def test_a_balance_that_only_a_tolerance_makes_right_is_skipped_aloud() -> None:
    file = _read('2020-01-03 * "a"\n  Assets:Cash 10 EUR\n  Expenses:Food\n2020-01-05 balance Assets:Cash 12 ~ 3 EUR\n')
    assert file.book
    assert file.book.assertions == ()
    assert [each.line for each in file.skipped] == [12]


def test_a_balance_that_is_wrong_is_warned_about_and_kept() -> None:
    file = _read('2020-01-03 * "a"\n  Assets:Cash 10 EUR\n  Expenses:Food\n2020-01-05 balance Assets:Cash 12 EUR\n')
    assert file.book
    assert len(file.book.assertions) == 1
    assert file.warnings == ("Line 12: the balance of Assets:Cash is off by 2 EUR.",)


def test_amounts_that_miss_zero_within_beancounts_tolerance_balance_here_exactly() -> None:
    file = _read('2020-01-03 * "a"\n  Assets:Cash 10.001 EUR\n  Expenses:Food  -10.00 EUR\n')
    assert file.book
    [each] = file.book.transactions
    assert sum(posting.amount for posting in each.postings) == 0
    assert each.postings[-1].account == "Equity:Rounding"
    assert any("Equity:Rounding" in warning for warning in file.warnings)


def test_accounts_are_told_from_the_roots_that_the_options_name() -> None:
    book = read(
        b'option "name_assets" "Vermoegen"\n2020-01-01 open Vermoegen:Giro EUR\n  iban: "DE12"\n  description: "Giro"\n'
        b"2021-01-01 close Vermoegen:Giro\n"
    ).book
    assert book
    [account] = book.accounts
    assert (account.name, account.kind, account.currency, account.number) == ("Assets:Giro", "asset", "EUR", "DE12")
    assert (account.description, account.opened, account.closed) == ("Giro", dt.date(2020, 1, 1), dt.date(2021, 1, 1))


def test_what_is_not_money_is_skipped_aloud() -> None:
    file = _read(
        '2020-01-02 note Assets:Bank "x"\n2020-01-02 event "a" "b"\n2020-01-02 query "a" "b"\n'
        '2020-01-02 custom "a" 1.00 EUR TRUE Assets:Bank\n2020-01-02 document Assets:Bank "x.pdf"\n* Heading\n'
        'plugin "some.plugin"\n'
    )
    assert [each.line for each in file.skipped] == [9, 10, 11, 12, 13]
    assert file.warnings == ("Line 15: the plugin some.plugin isn't run; what it would change stays.",)


def test_prices_are_read_and_made_of_postings_where_a_plugin_does() -> None:
    book = _read(
        'plugin "beancount.plugins.implicit_prices"\n2020-01-02 price ACME 11.5 EUR\n'
        '2020-01-03 * "a"\n  Assets:Strict 2 ACME {10 EUR}\n  Assets:Bank\n'
    ).book
    assert book
    assert [(each.commodity, each.amount, each.currency) for each in book.prices] == [
        ("ACME", Decimal("11.5"), "EUR"),
        ("ACME", Decimal(10), "EUR"),
    ]


def test_a_file_that_includes_others_is_refused_by_its_line_unless_told_otherwise() -> None:
    with pytest.raises(FileUnreadable, match="line 9 includes another file"):
        _read('include "other.beancount"\n')
    assert [each.line for each in _read('include "other.beancount"\n', includes="leave_out").skipped] == [9]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('2020-01-02 * "a"\n  Assets:Bank 1 EUR\n  Expenses:Food 2 EUR\n', 9),
        ('2020-01-02 * "a"\n  Assets:Bank\n  Expenses:Food\n', 11),
        ('2020-01-02 * "a"\n  Assets:Bank 1/0 EUR\n  Expenses:Food\n', 10),
        ('2020-13-02 * "a"\n', 9),
        ('2020-01-02 * "a\n', 9),
        ("2020-01-02 dance\n", 9),
        ("hello\n", 9),
        ('2020-01-02 * "a"\n  Other:Bank 1 EUR\n  Expenses:Food\n', 10),
        ("2020-01-02 price ACME " + "9" * 40 + " EUR\n", 9),
        ('2020-01-02 * "a"\n  Assets:Bank ' + "(" * 300 + "1 EUR\n", 10),
    ],
)
def test_what_breaks_the_rules_is_blamed_on_its_line(text: str, line: int) -> None:
    with pytest.raises(FileUnreadable) as raised:
        _read(text)
    assert raised.value.blames[0].line == line


def test_too_many_transactions_are_refused() -> None:
    one = '2020-01-02 * "a"\n  Assets:Bank 1 EUR\n  Expenses:Food\n'
    with pytest.raises(FileTooLong):
        read((ACCOUNTS + one * 3).encode(), max_rows=2)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (ACCOUNTS, True),
        ('2020-01-02 * "a"\n  Assets:Bank 1 EUR\n  Expenses:Food\n', True),
        ("2020-01-02 *\n  ; said\n  Assets:Bank 1 EUR\n  Expenses:Food\n", True),
        ('2020-01-02 ! "two\nlines" #a\n  Assets:Bank  1 AAA {2 EUR}\n  ! Expenses:Food  -2 EUR ; so\n', True),
        ("2020-01-02 * a\n  assets:bank  1 EUR\n  expenses:food\n", False),
        ("2020-01-02 *\n  Assets:Bank  1 EUR\n  Expenses:Food\n\n2020-01-03 shop\n  Assets:Bank  1 EUR\n  x\n", False),
        ('option "title" "x"\r\n', True),
        ("Date,Amount\n2020-01-02,1.00\n", False),
    ],
)
def test_a_file_is_recognised_by_its_content(text: str, is_one: bool) -> None:
    assert recognises(text.encode()) is is_one
