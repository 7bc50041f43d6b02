"""Records are found by the revision they last changed at; the history says when one came back.

Revision: 0006, after 0005. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_accounts_revision", "accounts", ["book_id", "revision", "id"])
    op.create_index("ix_transactions_revision", "transactions", ["book_id", "revision", "id"])
    op.alter_column("history", "before", nullable=True)
    _sums_refer_to_accounts(ondelete="CASCADE")
    op.add_column("imports", sa.Column("created_revision", sa.BigInteger(), nullable=True))
    op.add_column(
        "imports",
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.execute("UPDATE imports SET created_revision = revision, changed_at = created_at")
    op.alter_column("imports", "changed_at", server_default=None)
    op.create_index("ix_imports_revision", "imports", ["book_id", "revision", "id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_imports_revision", table_name="imports")
    op.drop_column("imports", "changed_at")
    op.drop_column("imports", "created_revision")
    _sums_refer_to_accounts(ondelete=None)
    op.execute("DELETE FROM history WHERE before IS NULL")
    op.alter_column("history", "before", nullable=False)
    op.drop_index("ix_transactions_revision", table_name="transactions")
    op.drop_index("ix_accounts_revision", table_name="accounts")


def _sums_refer_to_accounts(*, ondelete: str | None) -> None:
    op.drop_constraint("fk_month_sums_book_id_account_id", "month_sums")
    op.create_foreign_key(
        "fk_month_sums_book_id_account_id",
        "month_sums",
        "accounts",
        ["book_id", "account_id"],
        ["book_id", "id"],
        ondelete=ondelete,
    )
