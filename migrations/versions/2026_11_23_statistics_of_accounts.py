"""After a large write the planner knows how many accounts and payees there are, too.

Revision: 0039, after 0038. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

AFTER = """CREATE OR REPLACE FUNCTION refresh_statistics(written bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- After a large write the planner still thinks small tables small, and autovacuum comes only within a minute. Where
    -- it is a small part of what was there, the picture is good enough.
    IF (SELECT c.reltuples < written * 10 FROM pg_class c WHERE c.oid = 'transactions'::regclass) THEN
        ANALYZE accounts, payees, transactions, postings, month_sums, statement_lines;
    END IF;
END
$$;"""
BEFORE = """CREATE OR REPLACE FUNCTION refresh_statistics(written bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- After a large write the planner still thinks small tables small, and autovacuum comes only within a minute. Where
    -- it is a small part of what was there, the picture is good enough.
    IF (SELECT c.reltuples < written * 10 FROM pg_class c WHERE c.oid = 'transactions'::regclass) THEN
        ANALYZE transactions, postings, month_sums, statement_lines;
    END IF;
END
$$;"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(AFTER)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BEFORE)
