"""Payees are records of their own; whoever the transactions name becomes one.

Revision: 0012, after 0011. Made on 2026-11-23.
"""

from __future__ import annotations

import secrets
import time
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IN_BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
GUARDS = [
    statement
    for table in ("payees", "payee_names")
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
        f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING ({IN_BOOK}) WITH CHECK ({IN_BOOK})",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO farthing_app",
    )
]
T = TypeVar("T")
MAX_KEY = 600
AT_ONCE = 5000

WRITTEN = """
SELECT book_id, payee, count(*) AS uses, min(revision) AS revision, min(at) AS at
  FROM (SELECT book_id, payee, created_revision AS revision, created_at AS at
          FROM transactions WHERE payee <> ''
        UNION ALL
        SELECT book_id, before ->> 'payee', CAST(before ->> 'created_revision' AS bigint),
               CAST(before ->> 'created_at' AS timestamptz)
          FROM history WHERE kind = 'transaction' AND before ->> 'payee' <> '') written
 GROUP BY book_id, payee
 ORDER BY book_id, uses DESC, payee
"""
"""What was ever written as a payee, in each book; what was written most often first."""

KNOW = """
INSERT INTO written_payees (book_id, payee, payee_id)
SELECT k.* FROM unnest(CAST(:books AS uuid[]), CAST(:payees AS text[]), CAST(:ids AS uuid[])) k
"""
MAKE = """
INSERT INTO payees (book_id, id, name, name_key, named_revision, created_revision, revision, created_at, changed_at)
SELECT m.book_id, m.id, m.name, m.key, m.revision, m.revision, m.revision, m.at, m.at
  FROM unnest(CAST(:books AS uuid[]), CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:keys AS text[]),
              CAST(:revisions AS bigint[]), CAST(:ats AS timestamptz[])) AS m (book_id, id, name, key, revision, at)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "payees",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("default_category_id", sa.Uuid(), nullable=True),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("named_revision", sa.BigInteger(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 200", name=op.f("ck_payees_name_bounded")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_payees_book_id")),
        sa.ForeignKeyConstraint(
            ["book_id", "default_category_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_payees_book_id_default_category_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_payees")),
        sa.UniqueConstraint("book_id", "name_key", name=op.f("uq_payees_book_id_name_key")),
    )
    op.create_index("ix_payees_revision", "payees", ["book_id", "revision", "id"])
    op.create_table(
        "payee_names",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 200", name=op.f("ck_payee_names_name_bounded")),
        sa.ForeignKeyConstraint(
            ["book_id", "payee_id"], ["payees.book_id", "payees.id"], name=op.f("fk_payee_names_book_id_payee_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "key", name=op.f("pk_payee_names")),
        sa.UniqueConstraint("book_id", "payee_id", "key", name=op.f("uq_payee_names_book_id_payee_id_key")),
    )
    for statement in GUARDS:
        op.execute(statement)
    op.add_column("transactions", sa.Column("payee_id", sa.Uuid(), nullable=True))
    make_payees(op.get_bind())
    op.create_foreign_key(
        "fk_payees_name",
        "payees",
        "payee_names",
        ["book_id", "id", "name_key"],
        ["book_id", "payee_id", "key"],
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_foreign_key(
        op.f("fk_transactions_book_id_payee_id"),
        "transactions",
        "payees",
        ["book_id", "payee_id"],
        ["book_id", "id"],
        deferrable=True,
        initially="IMMEDIATE",
    )
    op.create_check_constraint(
        op.f("ck_transactions_payee_in_words"), "transactions", "payee_id IS NULL OR payee IS NOT NULL"
    )
    op.create_index(
        "ix_transactions_payee",
        "transactions",
        ["book_id", "payee_id", "date", "ordinal", "id"],
        postgresql_where=sa.text("payee_id IS NOT NULL"),
    )


def make_payees(connection: sa.Connection) -> None:
    """Make payees of what transactions say, and said before they were changed or deleted, as if from the first on.

    Names are one that differ in case and Unicode form only. The program compares them folded, which PostgreSQL's own
    ``lower`` isn't the same as (it keeps the German sharp s), so keys are worked out here, once for each spelling.
    """
    connection.execute(
        sa.text("CREATE TEMPORARY TABLE written_payees (book_id uuid, payee text, payee_id uuid) ON COMMIT DROP")
    )
    spelt = connection.execute(sa.text(WRITTEN)).all()
    for _, in_book in groupby(spelt, key=lambda row: row.book_id):
        spellings = [(row, _key(row.payee)) for row in in_book]
        payees: dict[str, tuple[UUID, sa.Row[Any]]] = {}
        for row, key in spellings:
            payees.setdefault(key, (_new_id(), row))  # what is written most often is the name
        first = {key: min((row.revision, row.at) for row in rows) for key, rows in _by_key(spellings).items()}
        for some in _batches(spellings):
            connection.execute(
                sa.text(KNOW),
                {
                    "books": [row.book_id for row, _ in some],
                    "payees": [row.payee for row, _ in some],
                    "ids": [payees[key][0] for _, key in some],
                },
            )
        for made in _batches(payees.items()):
            connection.execute(
                sa.text(MAKE),
                {
                    "books": [row.book_id for _, (_, row) in made],
                    "ids": [id_ for _, (id_, _) in made],
                    "names": [row.payee[:200] for _, (_, row) in made],
                    "keys": [key for key, _ in made],
                    "revisions": [first[key][0] for key, _ in made],
                    "ats": [first[key][1] for key, _ in made],
                },
            )
    connection.execute(
        sa.text("INSERT INTO payee_names (book_id, key, payee_id, name) SELECT book_id, name_key, id, name FROM payees")
    )
    # Whose a transaction is, is no news of it: in a locked period, too.
    connection.execute(sa.text("SELECT set_config('farthing.override_lock', 'on', true)"))
    connection.execute(
        sa.text(
            "UPDATE transactions t SET payee_id = w.payee_id FROM written_payees w "
            "WHERE w.book_id = t.book_id AND w.payee = t.payee"
        )
    )
    connection.execute(
        sa.text(
            "UPDATE history h SET before = h.before || jsonb_build_object('payee_id', ("
            "SELECT w.payee_id FROM written_payees w WHERE w.book_id = h.book_id AND w.payee = h.before ->> 'payee'))"
            " WHERE h.kind = 'transaction' AND h.before IS NOT NULL"
        )
    )
    connection.execute(sa.text("SELECT set_config('farthing.override_lock', '', true)"))


def _by_key(spellings: Iterable[tuple[sa.Row[Any], str]]) -> dict[str, list[sa.Row[Any]]]:
    rows: dict[str, list[sa.Row[Any]]] = {}
    for row, key in spellings:
        rows.setdefault(key, []).append(row)
    return rows


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()[:MAX_KEY]


def _new_id() -> UUID:
    """A UUID version 7 (RFC 9562)."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 7 << 76
    return UUID(int=number & ~(0x3 << 62) | 2 << 62)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_transactions_payee", table_name="transactions")
    op.drop_constraint(op.f("ck_transactions_payee_in_words"), "transactions", type_="check")
    op.drop_constraint(op.f("fk_transactions_book_id_payee_id"), "transactions", type_="foreignkey")
    op.drop_column("transactions", "payee_id")
    op.execute("UPDATE history SET before = before - 'payee_id' WHERE kind = 'transaction' AND before IS NOT NULL")
    op.execute("DELETE FROM history WHERE kind = 'payee'")
    op.drop_constraint("fk_payees_name", "payees", type_="foreignkey")
    op.drop_table("payee_names")
    op.drop_table("payees")
