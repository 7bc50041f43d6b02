"""An invitation to the instance is as good as whoever wrote it: an operator who isn't blocked.

Revision: 0046, after 0045. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

AFTER = """CREATE OR REPLACE FUNCTION use_admission(digest bytea, using_email_key text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM admissions a
     WHERE a.token_digest = digest AND a.expires_at > now()
       AND (a.email_key IS NULL OR a.email_key = using_email_key)
       -- Whoever let them in may still let people in.
       AND EXISTS (SELECT FROM users u WHERE u.id = a.invited_by AND u.is_operator AND u.blocked_at IS NULL);
    RETURN FOUND;
END
$$;"""
BEFORE = """CREATE OR REPLACE FUNCTION use_admission(digest bytea, using_email_key text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM admissions a
     WHERE a.token_digest = digest AND a.expires_at > now()
       AND (a.email_key IS NULL OR a.email_key = using_email_key);
    RETURN FOUND;
END
$$;"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(AFTER)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BEFORE)
