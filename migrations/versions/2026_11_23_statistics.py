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
    """CREATE FUNCTION refresh_statistics(written bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- After a large write the planner still thinks small tables small, and autovacuum comes only within a minute. Where
    -- it is a small part of what was there, the picture is good enough.
    IF (SELECT c.reltuples < written * 10 FROM pg_class c WHERE c.oid = 'transactions'::regclass) THEN
        ANALYZE transactions, postings, month_sums, statement_lines;
    END IF;
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
