"""Journals, read as hledger and Ledger read them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest

from farthing.formats.drafts import DraftCost, DraftFile, DraftSum, DraftTransaction, FileTooLong, FileUnreadable
from farthing.formats.journal import read, recognises


def _read(text: str, **answers: str) -> DraftFile:
    return read(text.encode(), answers=answers)


def _only(text: str) -> DraftTransaction:
    book = _read(text).book
    assert book
    [transaction] = book.transactions
    return transaction


def _balances(text: str, **answers: str) -> dict[tuple[str, str], Decimal]:
    book = _read(text, **answers).book
    assert book
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for transaction in book.transactions:
        for posting in transaction.postings:
            sums[posting.account, posting.currency] += posting.amount
    return {key: value for key, value in sums.items() if value}


def test_a_transaction_keeps_all_that_is_written_on_it() -> None:
    each = _only(
        "2024/1/2=2024/1/5 ! (123) Shop | weekly shopping  ; trip:Lisbon, holiday:\n"
        "    ; a second line\n    ; :one:two:\n"
        "    expenses:food and drink  12.50 EUR  ; memo here\n    * assets:bank\n"
    )
    assert (each.date, each.value_date) == (dt.date(2024, 1, 2), dt.date(2024, 1, 5))
    assert (each.payee, each.description, each.notes) == ("Shop", "weekly shopping", "a second line")
    assert each.tags == ("holiday", "one", "two")
    assert each.metadata == {"trip": "Lisbon", "code": "123"}
    assert [(posting.account, posting.memo, posting.status) for posting in each.postings] == [
        ("expenses:food and drink", "memo here", "pending"),
        ("assets:bank", None, "cleared"),
    ]


@pytest.mark.parametrize(
    ("written", "amount", "currency"),
    [
        ("-5 EUR", "-5", "EUR"),
        ("€5.00", "5.00", "EUR"),
        ("-€5", "-5", "EUR"),
        ("€-5", "-5", "EUR"),
        ('3 "Green Apples 3"', "3", "Green Apples 3"),
        ("1 000 000,50 kr", "1000000.50", "kr"),
        ("1,234,567.8 EUR", "1234567.8", "EUR"),
        ("1.234.567,8 EUR", "1234567.8", "EUR"),
        ("12,5 EUR", "12.5", "EUR"),
        ("1E3 EUR", "1000", "EUR"),
        (".5 EUR", "0.5", "EUR"),
        ("5. EUR", "5", "EUR"),
        ("(2 * 3.5 EUR)", "7.0", "EUR"),
        ("EUR 7", "7", "EUR"),
    ],
)
def test_amounts_are_read_however_they_are_written(written: str, amount: str, currency: str) -> None:
    posting = _only(f"2024-01-02 x\n    a  {written}\n    b\n").postings[0]
    assert (posting.amount, posting.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    ("before", "amount"),
    [
        ("commodity 1.000,00 EUR\n", "1234"),
        ("commodity 1,000.00 EUR\n", "1.234"),
        ("decimal-mark ,\n", "1234"),
        ("D 1.000,00 EUR\n", "1234"),
        ("2024-01-01 y\n    a  3,50 EUR\n    b\n", "1234"),
        ("2024-01-01 y\n    a  3.50 USD\n    b\n", "1.234"),
    ],
)
def test_what_a_mark_means_is_decided_by_directives_and_other_figures(before: str, amount: str) -> None:
    file = _read(f"{before}2024-01-02 x\n    a  1.234 EUR\n    b\n")
    assert file.book
    assert file.book.transactions[-1].postings[0].amount == Decimal(amount)
    assert file.questions == ()


def test_a_mark_that_nothing_explains_is_asked_about() -> None:
    text = "2024-01-02 x\n    a  1,234 EUR\n    b\n"
    [question] = _read(text).questions
    assert (question.name, question.chosen) == ("decimal_sign", ".")
    assert _balances(text)["a", "EUR"] == 1234
    assert _balances(text, decimal_sign=",")["a", "EUR"] == Decimal("1.234")
    assert _read(text, decimal_sign=",").questions == ()


def test_a_bare_dollar_is_asked_about() -> None:
    text = "2024-01-02 x\n    a  $5\n    b\n"
    [question] = _read(text).questions
    assert (question.name, question.chosen) == ("dollar", "USD")
    assert _balances(text, dollar="CAD") == {("a", "CAD"): Decimal(5), ("b", "CAD"): Decimal(-5)}


def test_amounts_of_no_commodity_are_asked_about_and_a_default_answers() -> None:
    text = "2024-01-02 x\n    a  5\n    b\n"
    [question] = _read(text).questions
    assert (question.name, question.chosen) == ("currency", None)
    assert _balances(text, currency="SEK")["a", "SEK"] == 5
    assert _balances(f"D 1,000.00 NOK\n{text}")["a", "NOK"] == 5


def test_days_of_no_year_are_asked_about_and_a_line_that_names_it_answers() -> None:
    text = "01/05 Shop\n    a  1 EUR\n    b\n2014-02-01 Shop\n    a  1 EUR\n    b\n"
    [question] = _read(text).questions
    assert (question.name, question.chosen, question.choices[0].value) == ("year", None, "2014")
    answered = _read(text, year="2013")
    assert answered.questions == ()
    assert answered.book
    assert [each.date.isoformat() for each in answered.book.transactions] == ["2013-01-05", "2014-02-01"]
    assert _read(f"Y 2013\n{text}").questions == ()


def test_balances_are_those_of_hledger() -> None:
    sums = _balances(
        "Y2024\n"
        "1/3 exchange\n    cash  -20 EUR @ 7.53 HRK\n    cash  150.60 HRK\n\n"
        "1/4 total\n    broker  3 ACME @@ 100.00 EUR\n    bank\n\n"
        "1/5 implicit\n    usd  10.00 USD\n    bank  -9.00 EUR\n\n"
        "1/6 assigned\n    bank  = -200 EUR\n    equity\n\n"
        "1/7 strict\n    a:b  10 EUR\n    a:b  5 USD\n    c\n\n"
        "1/8 strictly assigned\n    a:b  == 1 EUR\n    c\n\n"
        "1/9 with those below\n    a  =* 7 EUR\n    c\n\n"
        "1/10 several\n    d  1 EUR\n    d  2 USD\n    c\n"
    )
    assert sums == {
        ("cash", "EUR"): Decimal(-20),
        ("cash", "HRK"): Decimal("150.60"),
        ("broker", "ACME"): Decimal(3),
        ("usd", "USD"): Decimal("10.00"),
        ("bank", "EUR"): Decimal(-200),
        ("equity", "EUR"): Decimal("91.00"),
        ("a:b", "EUR"): Decimal(1),
        ("a", "EUR"): Decimal(6),
        ("c", "EUR"): Decimal(-8),
        ("c", "USD"): Decimal(-2),
        ("d", "EUR"): Decimal(1),
        ("d", "USD"): Decimal(2),
    }


def test_a_sale_from_a_lot_weighs_its_cost_as_ledger_has_it() -> None:
    each = _only(
        "2024/01/05 Sell\n  Assets:Broker  -2 AAPL {30.00 EUR} [2023/01/03] (lot a) @ 40.00 EUR\n"
        "  Assets:Bank  80.00 EUR\n  Income:Gains\n"
    )
    assert each.postings[0].cost == DraftCost(Decimal("30.00"), "EUR", dt.date(2023, 1, 3), "lot a")
    assert each.postings[0].price == DraftSum(Decimal("40.00"), "EUR")
    assert (each.postings[2].amount, each.postings[2].currency) == (Decimal("-20.0000"), "EUR")


def test_a_bucket_takes_what_is_left() -> None:
    assert _balances("bucket Assets:Bank\n2024/01/02 x\n  Expenses:Food  10 EUR\n") == {
        ("Expenses:Food", "EUR"): Decimal(10),
        ("Assets:Bank", "EUR"): Decimal(-10),
    }


def test_virtual_postings_are_kept_where_they_balance() -> None:
    file = _read("2024-01-02 x\n    a  1 EUR\n    b\n    (c)  5 EUR\n    [d]  2 EUR\n    [e]\n")
    assert file.book
    assert [posting.account for posting in file.book.transactions[0].postings] == ["a", "b", "d", "e"]
    assert [(each.line, each.reason) for each in file.skipped] == [(4, "is a virtual posting that needn't balance")]


LOOSE = """\
2024-01-01 start
    (Assets:Bank)  100 EUR = 100 EUR

2024-01-02 x
    Expenses:Food  4 EUR
    Assets:Bank
"""


def test_virtual_postings_that_neednt_balance_are_asked_about_and_balanced() -> None:
    file = _read(LOOSE)
    assert [(each.name, each.chosen) for each in file.questions] == [("virtual", "balance")]
    assert _balances(LOOSE) == {
        ("Assets:Bank", "EUR"): Decimal(96),
        ("Equity:Virtual", "EUR"): Decimal(-100),
        ("Expenses:Food", "EUR"): Decimal(4),
    }
    left_out = _read(LOOSE, virtual="leave_out")
    assert left_out.book
    assert left_out.questions == ()
    assert [each.line for each in left_out.skipped] == [2]
    assert [each.line for each in left_out.book.transactions] == [4]


def test_prices_beside_the_postings_of_a_conversion_are_a_note() -> None:
    text = (
        "2024-01-02 x\n  a  -10 EUR @ 1.2 USD\n  equity:conversion  10 EUR\n  equity:conversion  -12 USD\n  b  12 USD\n"
    )
    assert _balances(text) == {("a", "EUR"): Decimal(-10), ("equity:conversion", "EUR"): Decimal(10)} | {
        ("equity:conversion", "USD"): Decimal(-12),
        ("b", "USD"): Decimal(12),
    }


def test_a_price_of_more_digits_than_are_kept_is_rounded() -> None:
    file = _read("P 2024-01-01 EUR 1.111111111111111111111111111 USD\n")
    assert file.book
    assert file.book.prices[0].amount == Decimal("1.111111111111111111")


def test_a_total_balance_says_that_nothing_else_is_there() -> None:
    file = _read("2024-01-02 x\n  a  1 EUR\n  b\n\n2024-01-03 x\n  a  2 USD == 2 USD\n  b\n")
    assert file.warnings == ("Line 6: the balance of a is off by -1 EUR.",)


def test_what_ledger_writes_behind_an_amount_is_passed_over() -> None:
    text = "2024-01-02 x\n  a  5 AAA {2 EUR} ((f(1))) @ 3 EUR\n  b  -15 EUR;   by hand\n"
    assert _balances(text) == {("a", "AAA"): Decimal(5), ("b", "EUR"): Decimal(-15)}


def test_a_payee_tells_an_unknown_account() -> None:
    text = "account Expenses:Food\n    payee Baker\n\n2024-01-02 The baker's\n    Expenses:Unknown  3 EUR\n    Cash\n"
    assert _balances(text) == {("Expenses:Food", "EUR"): Decimal(3), ("Cash", "EUR"): Decimal(-3)}


def test_aliases_and_parents_name_accounts() -> None:
    text = (
        "alias bank=assets:bank\nalias /^exp:(.*)$/=expenses:\\1\napply account mine\n2024-01-02 x\n    bank:a  1 EUR\n"
        "    c\nend apply account\n2024-01-03 y\n    bank:a  1 EUR\n    exp:food\n"
    )
    assert {account for account, _ in _balances(text)} == {"mine:bank:a", "mine:c", "assets:bank:a", "expenses:food"}


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "a*a*a*b", "(?:a+)b", "(a)\\1"])
def test_an_alias_that_could_take_for_ever_is_not_followed(pattern: str) -> None:
    file = _read(f"alias /{pattern}/=x\n2024-01-02 x\n    {'a' * 60}  1 EUR\n    c\n")
    assert len(file.warnings) == 1
    assert file.book
    assert file.book.transactions[0].postings[0].account == "a" * 60


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("assets:bank", "asset"),
        ("Asset", "asset"),
        ("debts:x", "liability"),
        ("Liability:Card", "liability"),
        ("equity", "equity"),
        ("revenues:sales", "income"),
        ("Income", "income"),
        ("expense:food", "expense"),
        ("assetsx", None),
        ("Besitz:Bank", None),
    ],
)
def test_kinds_are_told_by_hledgers_names(name: str, kind: str | None) -> None:
    book = _read(f"2024-01-02 x\n    {name}  1 EUR\n    c\n").book
    assert book
    assert book.accounts[0].kind == kind


def test_declared_types_hold_for_the_accounts_below() -> None:
    book = _read(
        "account Besitz  ; type:A\naccount Kasse  ; type:Cash, number:7\n2024-01-02 x\n    Besitz:B  1 EUR\n    c\n"
    ).book
    assert book
    assert [(each.name, each.kind, each.number) for each in book.accounts] == [
        ("Besitz", "asset", None),
        ("Kasse", "asset", "7"),
        ("Besitz:B", "asset", None),
        ("c", None, None),
    ]


def test_balances_of_the_middle_of_a_day_are_skipped_aloud() -> None:
    file = _read("2024-01-02 x\n    a  1 EUR = 1 EUR\n    c\n2024-01-02 y\n    a  1 EUR = 2 EUR\n    c\n")
    assert file.book
    assert [(each.line, each.amount) for each in file.book.assertions] == [(5, Decimal(2))]
    assert [each.line for each in file.skipped] == [2]
    assert file.warnings == ()


def test_a_balance_that_is_wrong_is_warned_about() -> None:
    file = _read("2024-01-02 x\n    a  1 EUR = 3 EUR\n    c\n")
    assert file.warnings == ("Line 2: the balance of a is off by 2 EUR.",)


def test_what_is_not_a_transaction_is_skipped_aloud() -> None:
    file = _read(
        "~ monthly\n    a  1 EUR\n    b\n\n= /food/\n    (t)  *0.1\n\ncomment\nnonsense\nend comment\n"
        "i 2024-01-01 08:00:00 work\neval 1\npayee Shop\n; x\n# y\n* z\nP 2024-01-02 ACME 33.00 EUR\n"
    )
    assert [each.line for each in file.skipped] == [1, 5, 11, 12]
    assert [warning[:7] for warning in file.warnings] == ["Line 5:"]
    assert file.book
    assert [(each.commodity, each.amount, each.currency) for each in file.book.prices] == [
        ("ACME", Decimal("33.00"), "EUR")
    ]


def test_a_comment_of_nothing_but_a_comma_stays() -> None:
    assert _only("2026-01-01 Shop\n    ; ,\n    a  1 EUR\n    b\n").notes == ","


def test_a_file_that_includes_others_is_refused_by_its_line_unless_told_otherwise() -> None:
    with pytest.raises(FileUnreadable, match="line 1 includes another file"):
        _read("include 2023.journal\n")
    assert [each.line for each in _read("include 2023.journal\n", includes="leave_out").skipped] == [1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2024-01-02 x\n    a  1 EUR\n    b  2 EUR\n", 1),
        ("2024-01-02 x\n    a\n    b\n", 3),
        ("1/32 x\n    a  1 EUR\n    b\n", 1),
        ("2024-13-02 x\n    a  1 EUR\n    b\n", 1),
        ("2024-01-02 x\n    a  one EUR\n    b\n", 2),
        ("2024-01-02 x\n    a  " + "9" * 40 + " EUR\n    b\n", 2),
        ("2024-01-02 x\n    a  1 EUR 2\n    b\n", 2),
        ("2024-01-02 x\n    a  1 EUR @\n    b\n", 2),
        ("2024-01-02 x\n    a  1 A\n    b  1 B\n    c  1 C\n", 1),
        ("what is this\n", 1),
        ("    a  1 EUR\n", 1),
        ("P 2024-01-02 ACME\n", 1),
    ],
)
def test_what_breaks_the_rules_is_blamed_on_its_line(text: str, line: int) -> None:
    with pytest.raises(FileUnreadable) as raised:
        _read(text)
    assert raised.value.blames[0].line == line


def test_too_many_transactions_are_refused() -> None:
    with pytest.raises(FileTooLong):
        read(b"2024-01-02 x\n    a  1 EUR\n    b\n" * 3, max_rows=2)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2024-01-02 x\n    a  1 EUR\n    b\n", True),
        ("; a comment\n\n2024-01-02 x\r\n\ta  1 EUR\r\n\tb\r\n", True),
        ("2024-01-02\tx\n\ta:b\t\t\t1 EUR\n\tb\n", True),
        ("2024-01-02\tx\t-5.00\n\tby card\t1.00\n", False),
        ("account assets:bank\n", True),
        ("P 2024-01-02 ACME 33.00 EUR\n", True),
        ("Date,Text\n2024-01-02,x\n2024-01-03,y\n", False),
        ("2024-01-02;x\n", False),
        (":20:STARTUMS\n:25:1/2\n", False),
        ('2024-01-02 10:00,"a\n b"\n', False),
    ],
)
def test_a_file_is_recognised_by_its_content(text: str, is_one: bool) -> None:
    assert recognises(text.encode()) is is_one
