"""A provider's group doesn't take the instance from the last who runs it.

Revision: 0035, after 0034. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

AFTER = """CREATE OR REPLACE FUNCTION follow_operator_group(person uuid, is_member boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM users u WHERE u.id = person AND u.is_operator <> is_member) THEN
        RETURN false;
    END IF;
    -- One after the other: two who have left the group don't leave the instance to nobody.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- Only of someone whom a provider knows; and the last who runs the instance runs it, whatever a group says.
    UPDATE users u SET is_operator = is_member
     WHERE u.id = person AND u.is_operator <> is_member
       AND EXISTS (SELECT FROM openid_identities i WHERE i.user_id = person)
       AND (is_member OR EXISTS (
            SELECT FROM users o WHERE o.is_operator AND o.blocked_at IS NULL AND o.id <> person
       ));
    RETURN FOUND;
END
$$;"""
BEFORE = """CREATE OR REPLACE FUNCTION follow_operator_group(person uuid, is_member boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Only of someone whom a provider knows.
    UPDATE users u SET is_operator = is_member
     WHERE u.id = person AND u.is_operator <> is_member
       AND EXISTS (SELECT FROM openid_identities i WHERE i.user_id = person);
    RETURN FOUND;
END
$$;"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(sa.text(AFTER.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(sa.text(BEFORE.replace(":", "\\:")))
