"""A small book of GnuCash, as XML and as SQLite: shares, a template, something void, something missing."""

from __future__ import annotations

import sqlite3

_SPACES = ["gnc", "act", "book", "cd", "cmdty", "price", "slot", "split", "sx", "trn", "ts"]


def account(
    id_: str, name: str, kind: str, parent: str | None = "root", commodity: str = "CURRENCY:EUR", more: str = ""
) -> str:
    space, _, symbol = commodity.partition(":")
    return (
        f'<gnc:account version="2.0.0"><act:name>{name}</act:name><act:id type="guid">{id_}</act:id>'
        f"<act:type>{kind}</act:type><act:commodity><cmdty:space>{space}</cmdty:space><cmdty:id>{symbol}</cmdty:id>"
        f"</act:commodity>{more}"
        + (f'<act:parent type="guid">{parent}</act:parent>' if parent else "")
        + "</gnc:account>"
    )


def split(account_: str, value: str, quantity: str | None = None, state: str = "n", memo: str = "") -> str:
    return (
        f"<trn:split><split:id>s</split:id><split:memo>{memo}</split:memo><split:reconciled-state>{state}"
        f"</split:reconciled-state><split:value>{value}</split:value><split:quantity>{quantity or value}"
        f'</split:quantity><split:account type="guid">{account_}</split:account></trn:split>'
    )


def transaction(id_: str, date: str, description: str, *splits: str, slots: str = "", num: str = "") -> str:
    return (
        f'<gnc:transaction version="2.0.0"><trn:id type="guid">{id_}</trn:id><trn:currency><cmdty:space>CURRENCY'
        f"</cmdty:space><cmdty:id>EUR</cmdty:id></trn:currency><trn:num>{num}</trn:num><trn:date-posted><ts:date>{date}"
        f"</ts:date></trn:date-posted><trn:description>{description}</trn:description>{slots}"
        f"<trn:splits>{''.join(splits)}</trn:splits></gnc:transaction>"
    )


def slots(**values: str) -> str:
    inner = "".join(
        f'<slot><slot:key>{name.replace("_", "-")}</slot:key><slot:value type="string">{value}</slot:value></slot>'
        for name, value in values.items()
    )
    return f"<trn:slots>{inner}</trn:slots>"


ACCOUNTS = (
    account("root", "Root Account", "ROOT", None),
    account("assets", "Assets", "ASSET"),
    account("bank", "Bank: Giro", "BANK", "assets", more="<act:code>DE02</act:code>"),
    account("acme", "Acme", "STOCK", "assets", "NYSE:F"),
    account("old", "Old", "BANK", "assets", more=slots(hidden="true").replace("trn:", "act:")),
    account("card", "Card", "CREDIT"),
    account("food", "Food", "EXPENSE"),
    account("opening", "Opening Balances", "EQUITY"),
    account("trading", "Trading", "TRADING"),
)
TRANSACTIONS = (
    transaction(
        "t1",
        "2024-01-01 10:59:00 +0000",
        "Start",
        split("bank", "100000/100", state="y"),
        split("opening", "-100000/100"),
    ),
    transaction(
        "t2",
        "2024-02-29 00:00:00 +0100",
        "Broker",
        split("acme", "10000/100", "30000/10000", memo="three"),
        split("bank", "-10000/100", state="c"),
        split("trading", "-10000/100", "-30000/10000"),
        split("trading", "10000/100"),
        num="17",
    ),
    transaction(
        "t3",
        "2024-03-01 10:59:00 +0000",
        "Shop",
        split("food", "1250/100"),
        split("card", "-1250/100"),
        slots=slots(notes="two\nlines"),
    ),
    transaction("t4", "2024-03-02 10:59:00 +0000", "Lost", split("food", "700/100"), split("bank", "-650/100")),
    transaction(
        "t5",
        "2024-03-03 10:59:00 +0000",
        "Voided",
        split("food", "0/100", state="v"),
        split("bank", "0/100", state="v"),
        slots=slots(void_reason="twice"),
    ),
    transaction(
        "t6", "2024-03-04 10:59:00 +0000", "Gain", split("acme", "500/100", "0/10000"), split("food", "-500/100")
    ),
    transaction("t7", "2024-03-05 10:59:00 +0000", "In", split("old", "5/1"), split("bank", "-5/1")),
    transaction("t8", "2024-03-06 10:59:00 +0000", "Out", split("old", "-5/1"), split("bank", "5/1")),
)
PRICE = (
    "<gnc:pricedb><price><price:commodity><cmdty:space>NYSE</cmdty:space><cmdty:id>F</cmdty:id></price:commodity>"
    "<price:currency><cmdty:space>CURRENCY</cmdty:space><cmdty:id>EUR</cmdty:id></price:currency>"
    "<price:time><ts:date>2024-02-29 10:59:00 +0000</ts:date></price:time><price:value>100/3</price:value></price>"
    "</gnc:pricedb>"
)
COMMODITIES = (
    "<gnc:commodity><cmdty:space>CURRENCY</cmdty:space><cmdty:id>EUR</cmdty:id></gnc:commodity>"
    "<gnc:commodity><cmdty:space>NYSE</cmdty:space><cmdty:id>F</cmdty:id><cmdty:name>Ford</cmdty:name>"
    "<cmdty:fraction>10000</cmdty:fraction></gnc:commodity>"
)
TEMPLATES = (
    "<gnc:template-transactions>"
    + account("troot", "Template Root", "ROOT", None, "template:template")
    + account("tacc", "t", "BANK", "troot", "template:template")
    + transaction("tt", "2024-01-01", "Rent", split("tacc", "0/1"))
    + "</gnc:template-transactions><gnc:schedxaction><sx:id>x</sx:id></gnc:schedxaction>"
)


def xml(*content: str) -> bytes:
    """A file of these records; without any, of the whole book."""
    spaces = " ".join(f'xmlns:{each}="http://www.gnucash.org/XML/{each}"' for each in _SPACES)
    body = "".join(content or (COMMODITIES, PRICE, *ACCOUNTS, *TRANSACTIONS, TEMPLATES))
    book = f'<gnc:book version="2.0.0">{body}</gnc:book>'
    return f'<?xml version="1.0" encoding="utf-8" ?>\n<gnc-v2 {spaces}>\n{book}</gnc-v2>'.encode()


SCHEMA = """
CREATE TABLE books (guid TEXT, root_account_guid TEXT, root_template_guid TEXT);
CREATE TABLE commodities (guid TEXT, namespace TEXT, mnemonic TEXT, fullname TEXT, fraction INTEGER);
CREATE TABLE accounts (guid TEXT, name TEXT, account_type TEXT, commodity_guid TEXT, parent_guid TEXT, code TEXT,
 description TEXT, hidden INTEGER, placeholder INTEGER);
CREATE TABLE transactions (guid TEXT, currency_guid TEXT, num TEXT, post_date TEXT, description TEXT);
CREATE TABLE splits (guid TEXT, tx_guid TEXT, account_guid TEXT, memo TEXT, action TEXT, reconcile_state TEXT,
 value_num BIGINT, value_denom BIGINT, quantity_num BIGINT, quantity_denom BIGINT);
CREATE TABLE slots (id INTEGER, obj_guid TEXT, name TEXT, string_val TEXT, gdate_val TEXT);
CREATE TABLE prices (guid TEXT, commodity_guid TEXT, currency_guid TEXT, date TEXT, value_num BIGINT,
 value_denom BIGINT);
CREATE TABLE schedxactions (guid TEXT, name TEXT);
"""
ROWS = """
INSERT INTO books VALUES ('b', 'root', 'troot');
INSERT INTO commodities VALUES ('eur', 'CURRENCY', 'EUR', 'Euro', 100), ('f', 'NYSE', 'F', 'Ford', 10000);
INSERT INTO accounts VALUES ('root', 'Root Account', 'ROOT', NULL, NULL, '', '', 0, 0),
 ('bank', 'Bank', 'BANK', 'eur', 'root', '', 'Giro', 0, 0), ('acme', 'Acme', 'STOCK', 'f', 'root', '', '', 0, 0),
 ('food', 'Food', 'EXPENSE', 'eur', 'root', '', '', 0, 0),
 ('troot', 'Template Root', 'ROOT', NULL, NULL, '', '', 0, 0), ('tacc', 't', 'BANK', 'eur', 'troot', '', '', 0, 0);
INSERT INTO transactions VALUES ('t1', 'eur', '', '2024-02-28 23:00:00', 'Broker'),
 ('t2', 'eur', '7', '20240301105900', 'Shop'), ('t3', 'eur', '', '2024-03-02 10:59:00', 'Noted'),
 ('tt', 'eur', '', '2024-01-01 10:59:00', 'Rent');
INSERT INTO splits VALUES ('s1', 't1', 'acme', '', 'Buy', 'n', 10000, 100, 30000, 10000),
 ('s2', 't1', 'bank', '', '', 'y', -10000, 100, -10000, 100), ('s3', 't2', 'food', '', '', 'n', 1250, 100, 1250, 100),
 ('s4', 't2', 'bank', '', '', 'c', -1250, 100, -1250, 100), ('s5', 't3', 'food', '', '', 'n', 1, 100, 1, 100),
 ('s6', 't3', 'bank', '', '', 'n', -1, 100, -1, 100), ('s7', 'tt', 'tacc', '', '', 'n', 0, 1, 0, 1);
INSERT INTO slots VALUES (1, 't3', 'date-posted', NULL, '20240303'), (2, 't3', 'notes', 'mind', NULL);
INSERT INTO prices VALUES ('p', 'f', 'eur', '2024-02-29 10:59:00', 100, 3);
INSERT INTO schedxactions VALUES ('x', 'Rent');
"""


def sqlite(*, schema: str = SCHEMA, rows: str = ROWS, page_size: int = 512) -> bytes:
    """A database of this schema and these rows."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.executescript(schema + rows)
    data = connection.serialize()
    connection.close()
    return data
