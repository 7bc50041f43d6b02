"""What someone has put off isn't done once they are blocked.

Revision: 0044, after 0043. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

IS_KEPT_OUT = """CREATE FUNCTION is_kept_out(person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM users u WHERE u.id = person AND u.blocked_at IS NOT NULL);
END
$$;"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(IS_KEPT_OUT)
    op.execute("REVOKE EXECUTE ON FUNCTION is_kept_out FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION is_kept_out TO farthing_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION is_kept_out")
