"""Card signs: some card issuers write charges as positive amounts and payments as negative ones.

Such a file says so itself: a payment to the card is thanked for, and purchases are called so. That is taken as proof
only where it is plain and nothing speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from farthing.formats.sheets import headings

_THANKED = re.compile(
    r"payment.{0,40}thank ?you|thank you.{0,40}payment|payment received|"
    r"zahlung.{0,40}dank|zahlung erhalten|"
    r"ihre zahlung|paiement.{0,40}merci|paiement re[cç]u|"
    r"gracias por su pago|pago recibido|pagamento (?:recebido|ricevuto|efetuado)|"
    r"betaling ontvangen|bedankt voor uw betaling|betalning mottagen|tack f[oö]r din betalning|"
    r"autopay payment|direct ?pay.{0,20}balance|^payments? and credits$|"
    r"ご入金|还款|還款",
    re.IGNORECASE,
)
_PURCHASE = headings.phrases("purchase|purchases|sale|sales")
_PAYMENT = headings.phrases("payment|payments|card payment received")
"""On an account these are payments to others: they only count where purchases are called so too."""
_CARDS = headings.phrases(
    "card|karte|kreditkarte|carte|tarjeta|cartao|carta|kort|merchant|charge|charges|kreditkort|luottokortti"
)
_SPENT = headings.phrases("cost|costs|price|spent|expense|expenses|ausgabe|ausgaben|kosten|depense|gasto|spesa")
_OF_CARDS_IN_JAPANESE = "利用"
_INCOME = headings.phrases(
    "income|paycheck|paychecks|payroll|salary|wages|dividend|dividends|gehalt|lohn|einkommen|salaire|salaires|revenus|"
    "sueldo|nomina|salario|stipendio|salaris|lon|wynagrodzenie|зарплата|工资|工資|給与"
)
"""What money that comes in is called, as a category or a kind."""
_LONGEST = 200
_MOST_ROWS = 2_000
SURE = 2


def charges_are_positive(rows: Sequence[tuple[Sequence[str], Decimal]]) -> bool:
    """Whether a file turns the signs round: its charges positive, its payments negative.

    Args:
        rows: each row's cells and its amount as written.
    """
    against = unsure = in_favour = charges = positive = negative = 0
    for cells, amount in rows[:_MOST_ROWS]:
        if not amount:
            continue
        positive += amount > 0
        negative += amount < 0
        side = _side(cells)
        if side:
            turned = (amount > 0) == (side == "charge")
            charges += side == "charge"
            in_favour += turned and side != "payment"
            against += not turned and side != "payment"
            unsure += not turned and side == "payment"
    against += unsure if charges else 0
    return in_favour > 0 and against == 0 and positive >= negative


def incomes_below_zero(rows: Sequence[tuple[Sequence[str], Decimal]]) -> int:
    """How many rows that are called income are written as negative amounts; 0 if another is written as positive.

    Programs that count what is spent write so. From :data:`SURE` on it is no accident.
    """
    incomes = [
        amount
        for cells, amount in rows[:_MOST_ROWS]
        if amount and any(0 < len(cell) <= _LONGEST and headings.plain(cell) in _INCOME for cell in cells)
    ]
    return len(incomes) if all(amount < 0 for amount in incomes) else 0


def is_of_a_card(words: Iterable[str], *, or_spent: bool = True) -> bool:
    """Whether headings speak of a card, or of what was spent."""
    headed = list(words)
    spoken = {word for heading in headed for word in headings.plain(heading).split()}
    known = _CARDS | _SPENT if or_spent else _CARDS
    return not spoken.isdisjoint(known) or any(_OF_CARDS_IN_JAPANESE in heading for heading in headed)


def _side(cells: Sequence[str]) -> str | None:
    """Whether a row is called a charge, a payment, or thanked for as a payment to the card."""
    side = None
    for cell in cells:
        if 0 < len(cell) <= _LONGEST:
            if _THANKED.search(cell):
                return "thanked"
            word = headings.plain(cell)
            side = side or ("charge" if word in _PURCHASE else "payment" if word in _PAYMENT else None)
    return side
