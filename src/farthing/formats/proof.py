"""Proof of a statement: whether the balance after its rows is the one before them and what they moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from farthing.formats.bank_order import day_before
from farthing.formats.drafts import DraftStatement
from farthing.ledger.money import EXACT


def unproven(statements: Iterable[DraftStatement]) -> list[str]:
    """Warnings of the statements whose closing balance isn't what their opening balance and their rows make.

    Rows that the bank only announces, and rows in another currency than the statement's, don't count.
    """
    warnings = []
    for statement in statements:
        if statement.opening is None or statement.closing is None:
            continue
        made = statement.opening.amount
        for row in statement.rows:
            if row.status != "pending" and row.currency == statement.currency:
                made = EXACT.add(made, row.amount)
        if made != statement.closing.amount:
            closing = statement.closing
            off = EXACT.subtract(closing.amount, made)
            warnings.append(f"The closing balance of {closing.date} is off by {off} from the opening one and the rows.")
    return warnings


def dated_around_rows(statement: DraftStatement) -> DraftStatement:
    """The statement with its opening balance before its rows, and its closing balance after them, by their days.

    Many banks date the opening balance with the statement's first day, and some book entries on days after the closing
    one; a draft's balance is what there was at the end of its day.
    """
    booked = [row for row in statement.rows if row.status != "pending"]
    if not booked:
        return statement
    opening, closing = statement.opening, statement.closing
    if opening is not None:
        opening = replace(opening, date=min(opening.date, day_before(booked)))
    if closing is not None:
        closing = replace(closing, date=max(closing.date, *(row.date for row in booked)))
    return replace(statement, opening=opening, closing=closing)
