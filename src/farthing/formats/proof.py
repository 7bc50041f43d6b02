"""Proof of a statement: whether the balance after its rows is the one before them and what they moved."""

from __future__ import annotations

import datetime as dt
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


def opened_before_rows(statement: DraftStatement) -> DraftStatement:
    """The statement with its opening balance on the day before its rows, where the bank states a later day.

    Many banks date it with the statement's first day; a draft's balance is what there was at the end of its day.
    """
    booked = [row for row in statement.rows if row.status != "pending"]
    if statement.opening is None or not booked:
        return statement
    day: dt.date = min(statement.opening.date, day_before(booked))
    return replace(statement, opening=replace(statement.opening, date=day))
