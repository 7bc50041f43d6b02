"""Agreements about what the members of a book share.

Revision: 0036, after 0035. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
TABLES = ("agreements", "agreement_shares", "agreement_accounts", "agreement_tags")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "agreements",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("since BETWEEN '1600-01-01' AND '2999-12-31'", name=op.f("ck_agreements_since_bounded")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_agreements_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("book_id", "since", name=op.f("uq_agreements_book_id_since")),
    )
    op.create_index("ix_agreements_revision", "agreements", ["book_id", "revision", "id"])
    op.create_table(
        "agreement_shares",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("weight", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "weight > 0 AND weight <= 1000000 AND scale(weight) <= 6", name=op.f("ck_agreement_shares_weight_bounded")
        ),
        _of_agreement("agreement_shares"),
        sa.PrimaryKeyConstraint("book_id", "agreement_id", "user_id", name=op.f("pk_agreement_shares")),
    )
    op.create_table(
        "agreement_accounts",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        _of_agreement("agreement_accounts"),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_agreement_accounts_book_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "agreement_id", "account_id", name=op.f("pk_agreement_accounts")),
    )
    op.create_index("ix_agreement_accounts_account", "agreement_accounts", ["book_id", "account_id"])
    op.create_table(
        "agreement_tags",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        _of_agreement("agreement_tags"),
        sa.ForeignKeyConstraint(
            ["book_id", "tag_id"], ["tags.book_id", "tags.id"], name=op.f("fk_agreement_tags_book_id_tag_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "agreement_id", "tag_id", name=op.f("pk_agreement_tags")),
    )
    op.create_index("ix_agreement_tags_tag", "agreement_tags", ["book_id", "tag_id"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING ({BOOK}) WITH CHECK ({BOOK})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO farthing_app")


def _of_agreement(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["book_id", "agreement_id"],
        ["agreements.book_id", "agreements.id"],
        name=op.f(f"fk_{table}_book_id_agreement_id"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.drop_table(table)
