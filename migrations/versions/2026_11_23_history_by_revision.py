"""An index by which the images that one change left are found.

Revision: 0005, after 0004. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_history_revision", "history", ["book_id", "revision", "record_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_history_revision", table_name="history")
