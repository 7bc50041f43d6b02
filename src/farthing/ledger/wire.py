"""Money on the wire: decimal strings, never JSON numbers, which most languages read as binary floats."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from farthing.ledger.currencies import BY_ISO, CODE_PATTERN, CurrencyUnknown, is_code
from farthing.ledger.money import AMOUNT_PATTERN, AmountError, parse_amount


def _read_amount(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("amount_not_text", 'An amount is a string, like "12.50"; numbers are refused.')
    try:
        return parse_amount(value)
    except AmountError as error:
        raise PydanticCustomError(
            "amount_malformed", "An amount can't be read: {problem}.", {"problem": str(error)}
        ) from None


def _positive(amount: Decimal) -> Decimal:
    if amount <= 0:
        raise PydanticCustomError("amount_not_positive", "This amount must be more than zero.")
    return amount


def _not_negative(amount: Decimal) -> Decimal:
    if amount < 0:
        raise PydanticCustomError("amount_negative", "This amount can't be negative.")
    return amount


def _coded(code: str) -> str:
    if not is_code(code):
        raise PydanticCustomError(CurrencyUnknown.code, CurrencyUnknown.message.format(near=""))
    return code


def _of_iso(code: str) -> str:
    if code not in BY_ISO:
        raise PydanticCustomError(CurrencyUnknown.code, "There is no currency with that code in ISO 4217.")
    return code


Amount = Annotated[
    Decimal,
    BeforeValidator(_read_amount),
    PlainSerializer(lambda amount: f"{amount:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": AMOUNT_PATTERN, "examples": ["-12.50"]}),
]
"""An exact amount. In answers, at its currency's precision."""
PositiveAmount = Annotated[Amount, AfterValidator(_positive)]
"""An amount greater than zero."""
AmountBound = Annotated[Amount, AfterValidator(_not_negative)]
"""An amount of zero or more, as filters take it."""
Sum = Annotated[
    Decimal,
    PlainSerializer(lambda amount: f"{amount:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["382.34"]}),
]
"""A sum of amounts: exact, and as long as it has to be."""
CurrencyCode = Annotated[
    str,
    AfterValidator(_coded),
    WithJsonSchema({"type": "string", "pattern": CODE_PATTERN, "examples": ["EUR"]}),
]
"""A currency's code: of ISO 4217, or one of the book's own. Whether there is such a one, the service looks."""
IsoCurrencyCode = Annotated[
    str,
    AfterValidator(_of_iso),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Z]{3}$", "examples": ["EUR"]}),
]
"""The code of a currency of ISO 4217."""
