"""A small budget of Actual: a split with a transfer in it, what was deleted and what was merged."""

from __future__ import annotations

import io
import sqlite3
import zipfile

SCHEMA = """
CREATE TABLE accounts (id TEXT PRIMARY KEY, account_id TEXT, name TEXT, type TEXT, offbudget INTEGER DEFAULT 0,
 closed INTEGER DEFAULT 0, tombstone INTEGER DEFAULT 0);
CREATE TABLE transactions (id TEXT PRIMARY KEY, isParent INTEGER DEFAULT 0, isChild INTEGER DEFAULT 0, acct TEXT,
 category TEXT, amount INTEGER, description TEXT, notes TEXT, date INTEGER, financial_id TEXT,
 imported_description TEXT, starting_balance_flag INTEGER DEFAULT 0, transferred_id TEXT, sort_order REAL,
 tombstone INTEGER DEFAULT 0, cleared INTEGER DEFAULT 1, parent_id TEXT, reconciled INTEGER DEFAULT 0);
CREATE TABLE payees (id TEXT PRIMARY KEY, name TEXT, category TEXT, tombstone INTEGER DEFAULT 0, transfer_acct TEXT);
CREATE TABLE payee_mapping (id TEXT PRIMARY KEY, targetId TEXT);
CREATE TABLE categories (id TEXT PRIMARY KEY, name TEXT, is_income INTEGER DEFAULT 0, cat_group TEXT);
CREATE TABLE category_groups (id TEXT PRIMARY KEY, name TEXT, is_income INTEGER DEFAULT 0);
CREATE TABLE category_mapping (id TEXT PRIMARY KEY, transferId TEXT);
CREATE TABLE preferences (id TEXT PRIMARY KEY, value TEXT);
CREATE TABLE schedules (id TEXT PRIMARY KEY);
"""
ROWS = """
INSERT INTO accounts (id, name, type, closed) VALUES ('giro', 'Giro', NULL, 0), ('cash', 'Cash: Purse', NULL, 0),
 ('card', 'Card', 'credit', 0), ('old', 'Old', NULL, 1);
INSERT INTO payees (id, name, transfer_acct) VALUES ('shop', 'Shop', NULL), ('start', 'Starting Balance', NULL),
 ('to-cash', '', 'cash'), ('to-giro', '', 'giro'), ('to-card', '', 'card'), ('to-old', '', 'old');
INSERT INTO payee_mapping VALUES ('shop', 'shop'), ('shopp', 'shop'), ('to-cash', 'to-cash');
INSERT INTO category_groups VALUES ('daily', 'Daily', 0), ('income', 'Income', 1);
INSERT INTO categories VALUES ('food', 'Food', 0, 'daily'), ('fun', 'Fun', 0, 'daily'), ('pay', 'Pay', 1, 'income');
INSERT INTO category_mapping VALUES ('food', 'food'), ('meals', 'food');
INSERT INTO schedules VALUES ('s');
INSERT INTO transactions (id, acct, amount, date, description, category, notes, starting_balance_flag, cleared,
 reconciled, transferred_id, isParent, isChild, parent_id, tombstone) VALUES
 ('t0', 'giro', 100000, 20240101, 'start', 'pay', NULL, 1, 1, 1, NULL, 0, 0, NULL, 0),
 ('t1', 'giro', -1250, 20240102, 'shopp', 'meals', 'bread #daily #a', 0, 0, 0, NULL, 0, 0, NULL, 0),
 ('t2', 'giro', -3000, 20240103, 'to-cash', NULL, NULL, 0, 1, 0, 't3', 0, 0, NULL, 0),
 ('t3', 'cash', 3000, 20240103, 'to-giro', NULL, NULL, 0, 0, 0, 't2', 0, 0, NULL, 0),
 ('t4', 'giro', -900, 20240104, 'shop', NULL, 'both', 0, 1, 0, NULL, 1, 0, NULL, 0),
 ('t4a', 'giro', -500, 20240104, 'shop', 'fun', 'toy', 0, 1, 0, NULL, 0, 1, 't4', 0),
 ('t4/b', 'giro', -400, 20240104, 'to-card', NULL, NULL, 0, 1, 0, 't5', 0, 1, NULL, 0),
 ('t5', 'card', 400, 20240104, 'to-giro', NULL, NULL, 0, 1, 0, 't4/b', 0, 0, NULL, 0),
 ('t6', 'giro', 777, 20240105, 'shop', 'food', NULL, 0, 1, 0, NULL, 0, 0, NULL, 1),
 ('t7', 'giro', 5000, 20240106, 'shop', 'pay', NULL, 0, 1, 0, NULL, 0, 0, NULL, 0),
 ('t8', 'giro', -100, 20240107, 'shop', NULL, NULL, 0, 1, 0, NULL, 0, 0, NULL, 0),
 ('t9', 'old', 200, 20240108, 'to-giro', NULL, NULL, 0, 1, 0, NULL, 0, 0, NULL, 0),
 ('t10', 'old', -200, 20240109, 'to-giro', NULL, NULL, 0, 1, 0, NULL, 0, 0, NULL, 0),
 ('lost', 'giro', -5, 20240109, 'shop', NULL, NULL, 0, 1, 0, NULL, 0, 1, 't6', 0);
"""


def database(*, rows: str = ROWS, page_size: int = 512) -> bytes:
    """A database of these rows."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.executescript(SCHEMA + rows)
    data = connection.serialize()
    connection.close()
    return data


def archive(inner: bytes, *, folder: str = "", beside: str = "metadata.json") -> bytes:
    """The archive that a database is exported in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in ((f"{folder}db.sqlite", inner), (f"{folder}{beside}", b"{}")):
            files.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
