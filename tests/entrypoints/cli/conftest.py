from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.entrypoints.cli.commands import Service, serve

Serve = Callable[..., Service]


@pytest.fixture
def cli_data_dir(tmp_path: Path) -> Path:
    """A folder that isn't there yet."""
    return tmp_path / "data"


@pytest.fixture
def cli_serve(cli_data_dir: Path, tmp_path: Path) -> Iterator[Serve]:
    """Starts the service in the folder; none is left when the test has ended."""
    started: list[Service] = []

    def start(*arguments: str, **environment: str) -> Service:
        started.append(serve(cli_data_dir, *arguments, log=tmp_path / "serve.log", **environment))
        return started[-1]

    yield start
    for service in started:
        service.stop()


@pytest.fixture
def ofx(tmp_path: Path) -> Path:
    """A bank's file with two lines."""
    file = tmp_path / "statement.ofx"
    file.write_text(OFX, "utf-8")
    return file


OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260331<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260303<TRNAMT>-12.50<FITID>1001<NAME>Corner Market</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260326<TRNAMT>2000.00<FITID>1002<NAME>Alder Works</STMTTRN>
</BANKTRANLIST>
<LEDGERBAL><BALAMT>1987.50<DTASOF>20260331</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1>
</OFX>
"""
