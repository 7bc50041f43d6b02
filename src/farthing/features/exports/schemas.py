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


FORMATS = (
    "`csv` and `tsv`: a row for each posting; imported again, they make the same transactions. `xlsx`: the same as a "
    "workbook, where amounts of more than 15 digits are text. `jsonl`: a line for each transaction, as the list has it."
)


class ExportQuery(TransactionFilter):
    """Which transactions, and as what. Without a filter it is all of them."""

    format: Annotated[ExportFormat, Field(description=FORMATS)] = ExportFormat.CSV
