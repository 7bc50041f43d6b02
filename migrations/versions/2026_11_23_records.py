"""Records are found by the revision they last changed at; the history says when one came back.

Revision: 0006, after 0005. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_accounts_revision", "accounts", ["book_id", "revision", "id"])
    op.create_index("ix_transactions_revision", "transactions", ["book_id", "revision", "id"])
    op.alter_column("history", "before", nullable=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM history WHERE before IS NULL")
    op.alter_column("history", "before", nullable=False)
    op.drop_index("ix_transactions_revision", table_name="transactions")
    op.drop_index("ix_accounts_revision", table_name="accounts")
