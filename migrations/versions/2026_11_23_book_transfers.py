"""Transfers between books.

Revision: 0010, after 0009. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE book_transfers ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE book_transfers FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY book_transfers_owner ON book_transfers FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY book_transfers_app ON book_transfers FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON book_transfers TO farthing_app""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_transactions_kind_known"), "transactions")
    op.create_check_constraint(
        op.f("ck_transactions_kind_known"),
        "transactions",
        "kind IN ('ordinary', 'opening', 'valuation', 'book_transfer')",
    )
    op.create_table(
        "book_transfers",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("other_book_id", sa.Uuid(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_book_transfers_direction_known")),
        sa.CheckConstraint("other_book_id <> book_id", name=op.f("ck_book_transfers_books_differ")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_book_transfers_book_id")),
        sa.ForeignKeyConstraint(
            ["book_id", "transaction_id"],
            ["transactions.book_id", "transactions.id"],
            name=op.f("fk_book_transfers_book_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_book_transfers")),
        sa.UniqueConstraint("book_id", "transaction_id", name=op.f("uq_book_transfers_book_id_transaction_id")),
    )
    op.create_index("ix_book_transfers_revision", "book_transfers", ["book_id", "revision", "id"])
    for statement in GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("book_transfers")
    op.execute("UPDATE transactions SET kind = 'ordinary' WHERE kind = 'book_transfer'")
    op.drop_constraint(op.f("ck_transactions_kind_known"), "transactions")
    op.create_check_constraint(
        op.f("ck_transactions_kind_known"), "transactions", "kind IN ('ordinary', 'opening', 'valuation')"
    )
