"""What a person writes into a row of a draft stays when the file is read again.

Revision: 0043, after 0042. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE import_rows ADD COLUMN edits jsonb NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE import_rows DROP COLUMN edits")
