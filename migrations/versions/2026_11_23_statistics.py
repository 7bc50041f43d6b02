"""A function by which the service has the planner's statistics refreshed after a large write.

Revision: 0003, after 0002. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE FUNCTION refresh_statistics() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- After a large write the planner still thinks the tables small, and autovacuum comes only within a minute.
    ANALYZE transactions, postings, month_sums, statement_lines;
END
$$""",
    """REVOKE EXECUTE ON FUNCTION refresh_statistics FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION refresh_statistics TO farthing_app""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION refresh_statistics")
