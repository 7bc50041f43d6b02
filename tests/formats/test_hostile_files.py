"""Files made to hurt: each costs bounded time and ends in a draft or a fault, never in anything else."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farthing.formats.detection import read
from farthing.kit.faults import Fault

SIZE = 1_000_000
SECONDS = 6.0
HEAD = b"Date,Description,Amount,Balance\n"
OPEN = b"OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKTRANLIST>"
CLOSE = b"</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"

HOSTILE: dict[str, Callable[[], bytes]] = {
    "a million columns": lambda: HEAD + b"," * SIZE,
    "a million headings": lambda: b"Date," * (SIZE // 5),
    "a million digits": lambda: HEAD + b"2024-01-01,x," + b"9" * SIZE + b",1\n",
    "a cell of fifty million letters": lambda: HEAD + b"2024-01-01," + b"x" * 50 * SIZE + b",1,1\n",
    "as many in quotes": lambda: HEAD + b'2024-01-01,"' + b"x" * 50 * SIZE + b'",1,1\n',
    "quotes in quotes": lambda: HEAD + b'"a" "b' * (SIZE * 8),
    "a thousand amounts": lambda: b"Date" + b",Amount" * 900 + b"\n" + (b"2024-01-31" + b",1.234" * 900 + b"\n") * 150,
    "a thousand states": lambda: (
        b"Date,Amount" + b",Status" * 900 + b"\n" + (b"2024-01-31,1" + b",-" * 900 + b"\n") * 400
    ),
    "a header on every other line": lambda: b"Date,Text,Amount\n2024-01-31,abc,1\n" * (SIZE // 34),
    "six unnamed amounts": lambda: b"2024-01-31,1.50,2.25,3.11,4.10,5.00,6.99\n" * (SIZE // 40),
    "only delimiters": lambda: b";" * SIZE,
    "only quotes": lambda: b'"' * SIZE,
    "quotes that never close": lambda: b'a,"a" "b",' * (SIZE // 10),
    "quotes and line ends": lambda: b'a,"\n' * (SIZE // 4),
    "only line ends": lambda: b"a,b\n" + b"\n" * SIZE,
    "only carriage returns": lambda: b"\r" * SIZE + b"a,b",
    "many short cells": lambda: (b"ab;" * 40 + b"\n") * (SIZE // 121),
    "only spaces": lambda: b" " * SIZE + b",",
    "spaced dates": lambda: b"Date,Amount\n" + b"1/1/24                                  x,1\n" * (SIZE // 42),
    "spaced figures": lambda: b"Date,Amount\n" + (b"2024-01-01," + b"1 " * 30 + b"x\n") * (SIZE // 73),
    "letters of no encoding": lambda: b"a," * (SIZE // 4) + b"\xe9\xff\x81" * (SIZE // 6),
    "half a UTF-16 character": lambda: b"\xff\xfe" + b"a\0,\0" * (SIZE // 4) + b"\0",
    "only angles": lambda: OPEN + b"<" * SIZE,
    "tags without an end": lambda: OPEN + b"<a " * (SIZE // 3),
    "deep tags": lambda: OPEN + b"<A>" * (SIZE // 3) + CLOSE,
    "closing tags": lambda: OPEN + b"</A>" * (SIZE // 4) + CLOSE,
    "ampersands": lambda: OPEN + b"<STMTTRN><MEMO>" + b"&#" * (SIZE // 2) + CLOSE,
    "statements in statements": lambda: b"<OFX>" + b"<STMTRS>a" * (SIZE // 9),
    "a million fields": lambda: OPEN + b"<STMTTRN>" + b"".join(b"<X%d>a" % i for i in range(SIZE // 8)) + CLOSE,
    "sections without an end": lambda: OPEN + b"<![CDATA[" * (SIZE // 9),
    "a bomb of entities": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "&a;&a;">]><OFX>&b;' + CLOSE,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_made_to_hurt_costs_bounded_time(name: str) -> None:
    data = HOSTILE[name]()
    began = time.process_time()
    with suppress(Fault):
        read(data)
    assert time.process_time() - began < SECONDS


def _survives(data: bytes, format_name: str | None = None) -> None:
    with suppress(Fault):
        for statement in read(data, format=format_name, max_rows=500).statements:
            for row in statement.rows:
                assert 1600 <= row.date.year <= 2999
                assert len(row.amount.as_tuple().digits) <= 28
                assert row.amount


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_make_a_draft_or_a_fault(data: bytes) -> None:
    _survives(data)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["csv", "ofx"]), st.binary(max_size=300))
def test_any_bytes_make_a_draft_or_a_fault_under_a_told_format(format_name: str, data: bytes) -> None:
    _survives(data, format_name)


CELLS = st.sampled_from(
    [
        "",
        "2024-01-31",
        "01/02/2024",
        "31.12.99",
        "3000-01-01",
        "1.50",
        "-1,50",
        "1.234",
        "(5)",
        "9" * 30,
        "EUR",
        "S",
        "H",
        "Date",
        "Amount",
        "Saldo",
        "Debit",
        "Credit",
        "Type",
        "IBAN",
        "Endsaldo",
        '"',
        '"a',
        "é",
        "Total",
        "pending",
        "Balance",
        "Betrag",
        "Datum",
        "Currency",
        "Fee",
        "Reference",
        "TX123456",
        "Opening balance",
        "Af",
        "\n",
        "-",
        "+",
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=7), max_size=12), st.sampled_from([";", ",", "\t", "|"]))
def test_any_table_makes_a_draft_or_a_fault(rows: list[list[str]], delimiter: str) -> None:
    _survives("\n".join(delimiter.join(row) for row in rows).encode())


TAGS = st.sampled_from(
    [
        "<OFX>",
        "</OFX>",
        "<STMTRS>",
        "</STMTRS>",
        "<STMTTRN>",
        "</STMTTRN>",
        "<TRNAMT>1.50",
        "<DTPOSTED>20240131",
        "<NAME>a",
        "<PAYEE>",
        "</PAYEE>",
        "<CURRENCY>",
        "<CURRENCY>EUR",
        "<CURSYM>USD",
        "<LEDGERBAL>",
        "<BALAMT>5",
        "<DTASOF>2024",
        "<X>",
        "<INVSTMTRS>",
        "<BUYSTOCK>",
        "<TOTAL>-1",
        "<DTTRADE>20240101",
        "<REINVEST>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "<",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TAGS, max_size=30))
def test_any_tags_make_a_draft_or_a_fault(parts: list[str]) -> None:
    _survives(("OFXHEADER:100\n<OFX>" + "".join(parts)).encode())


SAMPLES = [
    b"Date,Description,Amount,Balance\n02/13/2024,a,-4.50,995.50\n02/12/2024,b,1000.00,1000.00\n",
    "Konto;DE02120300000000202051\n\nBuchungstag;Valuta;Text;Umsatz;W\u00e4hrung; \n"
    '03.04.2019;04.04.2019;"a\nb";12;EUR;S\n03.04.2019;04.04.2019;c;1.112,50;EUR;H\n;;Endsaldo;5,00;EUR;H\n'.encode(
        "cp1252"
    ),
    OPEN + b"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240131<TRNAMT>-12.50<FITID>A1<NAME>Shop & Co</STMTTRN>" + CLOSE,
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_file_makes_a_draft_or_a_fault(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged)))
        kind = data.draw(st.sampled_from(["cut", "put", "drop"]))
        if kind == "cut":
            del damaged[place:]
        elif kind == "put":
            damaged[place:place] = data.draw(
                st.sampled_from([b'"', b";", b",", b"\n", b"\r", b"<", b"\xe9", b"9", b"-", b"."])
            )
        else:
            del damaged[place : place + 3]
    _survives(bytes(damaged))
