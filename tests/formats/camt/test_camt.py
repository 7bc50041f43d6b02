from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest

from farthing.formats.detection import read
from farthing.formats.drafts import (
    DraftBalance,
    DraftRow,
    DraftSplit,
    DraftStatement,
    DraftSum,
    FileTooLong,
    FileUnreadable,
)

OWN = "DE02120300000000202051"
OTHER = "DE02100500000054540402"


def _balance(code: str, amount: str, day: str, side: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(details: str = "", *, amount: str = "10.00", side: str = "DBIT", head: str = "<Sts>BOOK</Sts>") -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{head}"
        "<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _message(inner: str, *, kind: str = "053", version: str = "02", account: str = f"<IBAN>{OWN}</IBAN>") -> str:
    message, holder = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[kind]
    return (
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}'><{message}><{holder}><Id>1</Id>"
        f"<CreDtTm>2026-03-04T06:00:00</CreDtTm><Acct><Id>{account}</Id><Ccy>EUR</Ccy></Acct>{inner}"
        f"</{holder}></{message}></Document>"
    )


def _statement(inner: str) -> DraftStatement:
    [statement] = read(_message(inner).encode()).statements
    return statement


def _row(inner: str) -> DraftRow:
    [row] = _statement(inner).rows
    return row


def test_a_statement_has_its_account_balances_and_movements() -> None:
    inner = _balance("OPBD", "100.00", "2026-03-02") + _balance("CLBD", "90.00", "2026-03-02") + _entry()
    file = read(_message(inner).encode())
    assert (file.format, file.warnings) == ("camt", ())
    [statement] = file.statements
    assert (statement.number, statement.currency) == (OWN, "EUR")
    # The opening balance is dated with the first day; what there was at that day's end is the closing one.
    assert statement.opening == DraftBalance(Decimal("100.00"), dt.date(2026, 3, 1))
    assert statement.closing == DraftBalance(Decimal("90.00"), dt.date(2026, 3, 2))
    [row] = statement.rows
    assert (row.date, row.value_date) == (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
    assert (row.amount, row.currency, row.status) == (Decimal("-10.00"), "EUR", "cleared")


@pytest.mark.parametrize(
    ("balances", "opening", "closing"),
    [
        (_balance("PRCD", "5", "2026-03-01") + _balance("CLBD", "7", "2026-03-02"), "5", "7"),
        (_balance("OPBD", "5", "2026-03-01") + _balance("PRCD", "4", "2026-03-01"), "5", None),
        (_balance("OPBD", "5", "2026-03-01") + _balance("ITBD", "7", "2026-03-02"), "5", "7"),
        (_balance("ITBD", "5", "2026-03-01") + _balance("CLBD", "7", "2026-03-02"), "5", "7"),
        (_balance("ITBD", "5", "2026-03-01") + _balance("ITBD", "7", "2026-03-02"), "5", "7"),
        (_balance("ITBD", "7", "2026-03-02"), None, "7"),
        (_balance("CLBD", "7", "2026-03-02", "DBIT") + _balance("CLAV", "9", "2026-03-02"), None, "-7"),
    ],
)
def test_balances_are_the_booked_ones(balances: str, opening: str | None, closing: str | None) -> None:
    statement = _statement(balances)
    assert (statement.opening and statement.opening.amount) == (opening and Decimal(opening))
    assert (statement.closing and statement.closing.amount) == (closing and Decimal(closing))


@pytest.mark.parametrize(
    ("status", "read_as"),
    [
        ("<Sts>BOOK</Sts>", "cleared"),
        ("<Sts><Cd>BOOK</Cd></Sts>", "cleared"),
        ("<Sts>PDNG</Sts>", "pending"),
        ("<Sts><Cd>PDNG</Cd></Sts>", "pending"),
        ("<Sts><Cd>FUTR</Cd></Sts>", "pending"),
        ("", "cleared"),
    ],
)
def test_the_status_stands_where_the_version_puts_it(status: str, read_as: str) -> None:
    assert _row(_entry(head=status)).status == read_as


def test_what_is_only_told_is_left_out_aloud() -> None:
    file = read(_message(_entry(head="<Sts>INFO</Sts>") + _entry(amount="0.00")).encode())
    assert [each.reason for each in file.skipped] == ["is told for information, and not booked", "moves no money"]


def _parties(debtor: str, creditor: str, *, newer: bool = False) -> str:
    name = "<Pty><Nm>{}</Nm></Pty>" if newer else "<Nm>{}</Nm>"
    sides = []
    for side, text in (("Dbtr", debtor), ("Cdtr", creditor)):
        who, _, iban = text.partition("=")
        sides.append(f"<{side}>{name.format(who)}</{side}>" if who else "")
        sides.append(f"<{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>" if iban else "")
    return f"<TxDtls><RltdPties>{''.join(sides)}</RltdPties></TxDtls>"


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize(
    ("side", "head", "debtor", "creditor", "payee", "account"),
    [
        ("DBIT", "", f"Me={OWN}", f"Shop={OTHER}", "Shop", OTHER),
        ("CRDT", "", f"Employer={OTHER}", f"Me={OWN}", "Employer", OTHER),
        ("CRDT", "", "", "Only Shop", "Only Shop", None),
        ("CRDT", "<RvslInd>true</RvslInd>", f"Me={OWN}", f"Shop={OTHER}", "Shop", OTHER),
        ("CRDT", "", f"Me={OWN}", f"Shop={OTHER}", "Shop", OTHER),
        ("DBIT", "", f"Me={OWN}", "", None, None),
    ],
)
def test_the_payee_is_who_is_on_the_other_side(
    newer: bool, side: str, head: str, debtor: str, creditor: str, payee: str | None, account: str | None
) -> None:
    row = _row(_entry(_parties(debtor, creditor, newer=newer), side=side, head=head))
    assert (row.payee, row.counterparty_number) == (payee, account)


def test_a_reversal_is_signed_as_it_is_booked() -> None:
    assert _row(_entry(side="CRDT", head="<RvslInd>true</RvslInd>")).amount == Decimal("10.00")


@pytest.mark.parametrize(
    ("remittance", "description"),
    [
        ("<Ustrd>Rent</Ustrd><Ustrd>March</Ustrd>", "Rent March"),
        (f"<Ustrd>{'x' * 140}</Ustrd><Ustrd>y</Ustrd>", "x" * 140 + "y"),
        ("<Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf><AddtlRmtInf>more</AddtlRmtInf></Strd>", "RF18 more"),
        ("<Ustrd>NOTPROVIDED</Ustrd>", None),
    ],
)
def test_what_it_was_for_is_free_or_structured(remittance: str, description: str | None) -> None:
    assert _row(_entry(f"<TxDtls><RmtInf>{remittance}</RmtInf></TxDtls>")).description == description


def test_references_stay_with_the_row_and_words_for_none_do_not() -> None:
    refs = "<Refs><EndToEndId>NOTPROVIDED</EndToEndId><MndtId>M-1</MndtId><AcctSvcrRef>BANK-0001</AcctSvcrRef></Refs>"
    row = _row(_entry(f"<TxDtls>{refs}</TxDtls>"))
    assert (row.external_id, row.original["MndtId"]) == ("BANK-0001", "M-1")
    assert "EndToEndId" not in row.original


def _part(amount: str, name: str, *, currency: str = "EUR", side: str = "") -> str:
    indicator = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    return (
        f"<TxDtls><Amt Ccy='{currency}'>{amount}</Amt>{indicator}"
        f"<RltdPties><Cdtr><Nm>{name}</Nm></Cdtr></RltdPties></TxDtls>"
    )


def test_a_collective_booking_is_one_movement_with_its_payments_as_splits() -> None:
    row = _row(_entry(_part("7.50", "Ann") + _part("2.50", "Bob")))
    assert (row.amount, row.payee, row.description) == (Decimal("-10.00"), None, "Ann; Bob")
    assert row.splits == (DraftSplit(Decimal("-7.50"), memo="Ann"), DraftSplit(Decimal("-2.50"), memo="Bob"))


@pytest.mark.parametrize(
    ("parts", "splits"),
    [
        (_part("12.00", "Ann", side="DBIT") + _part("2.00", "Bob", side="CRDT"), [Decimal("-12.00"), Decimal("2.00")]),
        (_part("7.50", "Ann", side="CRDT") + _part("2.50", "Bob", side="CRDT"), [Decimal("-7.50"), Decimal("-2.50")]),
        (_part("7.50", "Ann") + _part("2.40", "Bob"), []),
        (_part("7.50", "Ann", currency="USD") + _part("2.50", "Bob"), []),
        (_part("10.00", "Ann"), []),
    ],
)
def test_payments_are_splits_only_where_they_sum_to_the_entry(parts: str, splits: list[Decimal]) -> None:
    row = _row(_entry(parts))
    assert [split.amount for split in row.splits] == splits
    assert row.amount == Decimal("-10.00")


def test_what_was_paid_abroad_is_kept() -> None:
    details = "<TxDtls><AmtDtls><InstdAmt><Amt Ccy='USD'>11.00</Amt></InstdAmt></AmtDtls></TxDtls>"
    assert _row(_entry(details)).foreign == DraftSum(Decimal("-11.00"), "USD")


@pytest.mark.parametrize(
    "booked",
    ["<Dt>2026-03-02</Dt>", "<DtTm>2026-03-02T23:59:59-05:00</DtTm>", "<Dt>2026-03-02+01:00</Dt>"],
)
def test_a_date_is_the_day_as_written(booked: str) -> None:
    inner = _entry().replace("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", f"<BookgDt>{booked}</BookgDt>")
    assert _row(inner).date == dt.date(2026, 3, 2)


def test_without_its_own_date_an_entry_is_of_its_value_date_or_of_the_message() -> None:
    no_booking = _entry().replace("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", "")
    assert _row(no_booking).date == dt.date(2026, 3, 3)
    assert _row(no_booking.replace("<ValDt><Dt>2026-03-03</Dt></ValDt>", "")).date == dt.date(2026, 3, 4)


@pytest.mark.parametrize("version", ["01", "02", "04", "06", "08", "13"])
@pytest.mark.parametrize("kind", ["052", "053", "054"])
def test_every_message_and_version_is_read(kind: str, version: str) -> None:
    file = read(_message(_entry(), kind=kind, version=version, account="<Othr><Id>77-1</Id></Othr>").encode())
    assert (file.statements[0].number, len(file.statements[0].rows)) == ("77-1", 1)
    assert file.understood["message"] == f"camt.{kind}"
    assert any("camt.054" in warning for warning in file.warnings) == (kind == "054")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_letters_are_read_in_the_encoding_they_are_in(encoding: str) -> None:
    text = _message(_entry("<TxDtls><RmtInf><Ustrd>Grüße</Ustrd></RmtInf></TxDtls>"))
    named = encoding.removesuffix("-sig")
    for declared in (named, "utf-8") if named in {"iso-8859-1", "cp1252"} else (named,):
        data = f"<?xml version='1.0' encoding='{declared}'?>\n{text}".encode(encoding)
        assert read(data).statements[0].rows[0].description == "Grüße"
    assert read(b"\n \n" + text.encode()).statements[0].rows[0].description == "Grüße"


def test_several_messages_come_in_one_archive() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xml", _message(_entry()))
        archive.writestr("readme.txt", "nothing")
        archive.writestr("b.XML", _message(_entry() + _entry()))
    assert [len(each.rows) for each in read(packed.getvalue()).statements] == [1, 2]
    with pytest.raises(FileTooLong):
        read(packed.getvalue(), max_rows=2)


@pytest.mark.parametrize(
    "hostile",
    [
        "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" + _message(_entry()),
        "<!DOCTYPE d SYSTEM 'file:///etc/passwd'>" + _message(_entry()),
        _message(_entry())[:-30],
        _message("<Ntry>" + "<A>" * 500 + "</A>" * 500 + "</Ntry>"),
        _message(_entry(amount="1e5")),
        _message(_entry(amount="9" * 29)),
        _message(_entry().replace("2026-03-02", "2026-02-30")),
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'/>",
    ],
)
def test_what_breaks_the_rules_is_refused(hostile: str) -> None:
    with pytest.raises(FileUnreadable):
        read(hostile.encode())


def test_an_entity_is_never_fetched_or_expanded() -> None:
    text = "<!DOCTYPE d [<!ENTITY own SYSTEM 'file:///etc/hostname'>]>" + _message(
        _entry("<TxDtls><RmtInf><Ustrd>&own;</Ustrd></RmtInf></TxDtls>")
    )
    with pytest.raises(FileUnreadable, match="document type"):
        read(text.encode())
