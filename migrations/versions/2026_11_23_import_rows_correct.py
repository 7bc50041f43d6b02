"""Rows of imports take earlier lines of statements back, or put others in their place.

Revision: 0045, after 0044. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

CHECKS = {
    "decision_known": (
        "decision IN ('new', 'duplicate', 'replaces', 'merge', 'skip')",
        "decision IN ('new', 'duplicate', 'replaces', 'merge', 'deletes', 'skip')",
    ),
    "kind_known": ("kind IN ('line', 'transaction')", "kind IN ('line', 'transaction', 'deletion')"),
    "transaction_complete": ("kind = 'line' OR postings IS NOT NULL", "kind <> 'transaction' OR postings IS NOT NULL"),
}
"""Each check's name, what it was, and what it is."""
DELETION_OF_ONE = (
    "CASE WHEN kind = 'deletion' THEN corrects IS NOT NULL AND decision IN ('deletes', 'duplicate', 'skip')"
    " ELSE decision <> 'deletes' END AND (decision <> 'deletes' OR of_transaction_id IS NOT NULL)"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("import_rows", sa.Column("corrects", sa.Text(), nullable=True))
    for name, (_, now) in CHECKS.items():
        op.drop_constraint(op.f(f"ck_import_rows_{name}"), "import_rows", type_="check")
        op.create_check_constraint(op.f(f"ck_import_rows_{name}"), "import_rows", now)
    op.create_check_constraint(op.f("ck_import_rows_deletion_of_one"), "import_rows", DELETION_OF_ONE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM import_rows WHERE kind = 'deletion'")
    op.drop_constraint(op.f("ck_import_rows_deletion_of_one"), "import_rows", type_="check")
    for name, (before, _) in CHECKS.items():
        op.drop_constraint(op.f(f"ck_import_rows_{name}"), "import_rows", type_="check")
        op.create_check_constraint(op.f(f"ck_import_rows_{name}"), "import_rows", before)
    op.drop_column("import_rows", "corrects")
