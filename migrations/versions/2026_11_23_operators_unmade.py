"""Who is unmade as an operator while they do something is told so, and doesn't do it any more.

Revision: 0040, after 0039. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BEHIND_THE_LOCK = (
    """CREATE OR REPLACE FUNCTION require_operator() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- With nobody signed in it is the command line: who has that, has the machine.
    IF nullif(current_setting('farthing.user', true), '') IS NOT NULL AND NOT is_operator() THEN
        RAISE EXCEPTION 'only an operator may do that'
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'operator_only';
    END IF;
END
$$""",
    """CREATE OR REPLACE FUNCTION block_person(person uuid, blocked boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known users;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- Behind the lock: who is unmade meanwhile doesn't run the instance any more.
    PERFORM require_operator();
    -- The lock: a sign-in that begins meanwhile is seen here, or sees this.
    SELECT * INTO known FROM users u WHERE u.id = person AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'absent';
    ELSIF (known.blocked_at IS NOT NULL) = blocked THEN
        RETURN 'unchanged';
    ELSIF blocked AND known.is_operator AND NOT EXISTS (
        SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL AND u.id <> person
    ) THEN
        RETURN 'last_operator';
    END IF;
    UPDATE users u SET blocked_at = CASE WHEN blocked THEN now() END WHERE u.id = person;
    IF blocked THEN
        UPDATE sessions s SET ended_at = now() WHERE s.user_id = person AND s.ended_at IS NULL;
    END IF;
    RETURN 'done';
END
$$""",
    """CREATE OR REPLACE FUNCTION make_operator(person uuid, operating boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known users;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- Behind the lock: who is unmade meanwhile doesn't run the instance any more.
    PERFORM require_operator();
    SELECT * INTO known FROM users u WHERE u.id = person AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'absent';
    ELSIF known.is_operator = operating THEN
        RETURN 'unchanged';
    ELSIF operating AND known.blocked_at IS NOT NULL THEN
        RETURN 'blocked';
    ELSIF NOT operating AND NOT EXISTS (
        SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL AND u.id <> person
    ) THEN
        RETURN 'last_operator';
    END IF;
    UPDATE users u SET is_operator = operating WHERE u.id = person;
    RETURN 'done';
END
$$""",
)
BEFORE_IT = (
    """CREATE OR REPLACE FUNCTION require_operator() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- With nobody signed in it is the command line: who has that, has the machine.
    IF nullif(current_setting('farthing.user', true), '') IS NOT NULL AND NOT is_operator() THEN
        RAISE EXCEPTION 'only an operator may do that' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$""",
    """CREATE OR REPLACE FUNCTION block_person(person uuid, blocked boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known users;
BEGIN
    PERFORM require_operator();
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- The lock: a sign-in that begins meanwhile is seen here, or sees this.
    SELECT * INTO known FROM users u WHERE u.id = person AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'absent';
    ELSIF (known.blocked_at IS NOT NULL) = blocked THEN
        RETURN 'unchanged';
    ELSIF blocked AND known.is_operator AND NOT EXISTS (
        SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL AND u.id <> person
    ) THEN
        RETURN 'last_operator';
    END IF;
    UPDATE users u SET blocked_at = CASE WHEN blocked THEN now() END WHERE u.id = person;
    IF blocked THEN
        UPDATE sessions s SET ended_at = now() WHERE s.user_id = person AND s.ended_at IS NULL;
    END IF;
    RETURN 'done';
END
$$""",
    """CREATE OR REPLACE FUNCTION make_operator(person uuid, operating boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known users;
BEGIN
    PERFORM require_operator();
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    SELECT * INTO known FROM users u WHERE u.id = person AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'absent';
    ELSIF known.is_operator = operating THEN
        RETURN 'unchanged';
    ELSIF operating AND known.blocked_at IS NOT NULL THEN
        RETURN 'blocked';
    ELSIF NOT operating AND NOT EXISTS (
        SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL AND u.id <> person
    ) THEN
        RETURN 'last_operator';
    END IF;
    UPDATE users u SET is_operator = operating WHERE u.id = person;
    RETURN 'done';
END
$$""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in BEHIND_THE_LOCK:
        op.execute(function)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in BEFORE_IT:
        op.execute(function)
