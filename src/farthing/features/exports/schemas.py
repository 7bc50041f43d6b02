"""Exports on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from farthing.features.transactions.schemas import TransactionFilter


class ExportFormat(StrEnum):
    """What transactions are written as."""

    CSV = "csv"
    TSV = "tsv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    BEANCOUNT = "beancount"
    HLEDGER = "hledger"
    LEDGER = "ledger"
    QIF = "qif"
    OFX = "ofx"
    OFX_SGML = "ofx_sgml"


FORMATS = (
    "`csv` and `tsv`: a row for each posting; imported again, they make the same transactions. `xlsx`: the same as a "
    "workbook, where amounts of more than 15 digits are text. `jsonl`: a line for each transaction, as the list has "
    "it. `beancount`, `hledger`, `ledger`: for the programs of these names; without a filter with all accounts, prices "
    "and checkpoints. `qif`, and `ofx` (2.2) or `ofx_sgml` (1.0.2): registers of what is owned and owed, for programs "
    "that know no double entry. QIF names no currencies; OFX has no categories, and only currencies of ISO 4217."
)


class ExportQuery(TransactionFilter):
    """Which transactions, and as what. Without a filter it is all of them."""

    format: Annotated[ExportFormat, Field(description=FORMATS)] = ExportFormat.CSV

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        given = (getattr(self, name) for name in TransactionFilter.model_fields)
        return all(value is None or value is False or value == [] for value in given)
