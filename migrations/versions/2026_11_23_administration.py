"""Running an instance: operators, people, settings that change while it runs, admissions.

Revision: 0033, after 0032. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """CREATE FUNCTION is_operator() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM users u
                    WHERE u.id = nullif(current_setting('farthing.user', true), '')::uuid
                      AND u.is_operator AND u.blocked_at IS NULL);
END
$$;""",
    """CREATE FUNCTION require_operator() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- With nobody signed in it is the command line: who has that, has the machine.
    IF nullif(current_setting('farthing.user', true), '') IS NOT NULL AND NOT is_operator() THEN
        RAISE EXCEPTION 'only an operator may do that' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;""",
    """CREATE FUNCTION keep_an_operator() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    IF EXISTS (SELECT FROM users) AND NOT EXISTS (SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL) THEN
        RAISE EXCEPTION 'nobody would run the instance'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'users_keep_an_operator',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE CONSTRAINT TRIGGER users_keep_an_operator AFTER UPDATE OF is_operator, blocked_at OR DELETE ON users
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.is_operator) EXECUTE FUNCTION keep_an_operator();""",
    """REVOKE EXECUTE ON FUNCTION is_operator, require_operator, keep_an_operator FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION is_operator, require_operator TO farthing_app;""",
    """CREATE FUNCTION people_of_instance(
    only_one uuid, named text, after_at timestamptz, after_id uuid, most integer
) RETURNS TABLE (
    id uuid, email text, name text, created_at timestamptz, last_signed_in_at timestamptz, books bigint,
    is_operator boolean, blocked_at timestamptz, email_verified_at timestamptz, second_factor_since timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    RETURN QUERY
    SELECT u.id, u.email, u.name, u.created_at,
           (SELECT max(s.created_at) FROM sessions s WHERE s.user_id = u.id),
           (SELECT count(*) FROM members m WHERE m.user_id = u.id),
           u.is_operator, u.blocked_at, u.email_verified_at, u.second_factor_since
      FROM users u
     WHERE u.deleted_at IS NULL AND (only_one IS NULL OR u.id = only_one)
       AND (named IS NULL OR strpos(u.email_key, named) > 0 OR strpos(lower(u.name), named) > 0)
       AND (after_id IS NULL OR (u.created_at, u.id) > (after_at, after_id))
     ORDER BY u.created_at, u.id
     LIMIT most;
END
$$;""",
    """CREATE FUNCTION block_person(person uuid, blocked boolean) RETURNS text
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
$$;""",
    """CREATE FUNCTION make_operator(person uuid, operating boolean) RETURNS text
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
$$;""",
    """REVOKE EXECUTE ON FUNCTION people_of_instance, block_person, make_operator FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION people_of_instance, block_person, make_operator TO farthing_app;""",
    """CREATE FUNCTION change_instance_settings(new_registration text, new_quota bigint, new_books integer) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    INSERT INTO instance_settings (id, registration, attachments_quota_bytes, books_per_person, changed_at)
    VALUES (1, new_registration, new_quota, new_books, now())
    ON CONFLICT (id) DO UPDATE
       SET registration = excluded.registration, attachments_quota_bytes = excluded.attachments_quota_bytes,
           books_per_person = excluded.books_per_person, changed_at = excluded.changed_at;
END
$$;""",
    """CREATE FUNCTION admit(
    new_id uuid, digest bytea, new_email text, new_email_key text, inviting uuid, created timestamptz, until timestamptz,
    most integer
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    DELETE FROM admissions a WHERE a.expires_at <= now();
    IF (SELECT count(*) FROM admissions) >= most THEN
        RETURN false;
    END IF;
    INSERT INTO admissions (id, token_digest, email, email_key, invited_by, created_at, expires_at)
    VALUES (new_id, digest, new_email, new_email_key, inviting, created, until);
    RETURN true;
END
$$;""",
    """CREATE FUNCTION admissions_of_instance(after_at timestamptz, after_id uuid, most integer) RETURNS TABLE (
    id uuid, email text, invited_by uuid, created_at timestamptz, expires_at timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    RETURN QUERY
    SELECT a.id, a.email, a.invited_by, a.created_at, a.expires_at
      FROM admissions a
     WHERE a.expires_at > now() AND (after_id IS NULL OR (a.created_at, a.id) > (after_at, after_id))
     ORDER BY a.created_at, a.id
     LIMIT most;
END
$$;""",
    """CREATE FUNCTION withdraw_admission(unwanted uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    DELETE FROM admissions a WHERE a.id = unwanted;
    RETURN FOUND;
END
$$;""",
    """CREATE FUNCTION use_admission(digest bytea, using_email_key text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM admissions a
     WHERE a.token_digest = digest AND a.expires_at > now()
       AND (a.email_key IS NULL OR a.email_key = using_email_key);
    RETURN FOUND;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION change_instance_settings, admit, admissions_of_instance, withdraw_admission, use_admission FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION change_instance_settings, admit, admissions_of_instance, withdraw_admission, use_admission TO farthing_app;""",
    """CREATE FUNCTION security_events_of_instance(
    about uuid, called text, before_at timestamptz, before_id uuid, most integer
) RETURNS TABLE (
    id uuid, at timestamptz, person_id uuid, actor_id uuid, event text, address text, details jsonb
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    RETURN QUERY
    SELECT e.id, e.at, e.person_id, e.actor_id, e.event, e.address, e.details
      FROM security_events e
     WHERE (about IS NULL OR e.person_id = about) AND (called IS NULL OR e.event = called)
       AND (before_id IS NULL OR (e.at, e.id) < (before_at, before_id))
     ORDER BY e.at DESC, e.id DESC
     LIMIT most;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION security_events_of_instance FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION security_events_of_instance TO farthing_app;""",
)
DROPPED = (
    "DROP TRIGGER users_keep_an_operator ON users",
    "DROP FUNCTION security_events_of_instance",
    "DROP FUNCTION use_admission",
    "DROP FUNCTION withdraw_admission",
    "DROP FUNCTION admissions_of_instance",
    "DROP FUNCTION admit",
    "DROP FUNCTION change_instance_settings",
    "DROP FUNCTION make_operator",
    "DROP FUNCTION block_person",
    "DROP FUNCTION people_of_instance",
    "DROP FUNCTION keep_an_operator",
    "DROP FUNCTION require_operator",
    "DROP FUNCTION is_operator",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "instance_settings",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("registration", sa.Text(), nullable=True),
        sa.Column("attachments_quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("books_per_person", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_instance_settings_one_row")),
        sa.CheckConstraint(
            "registration IN ('first', 'invite', 'open')", name=op.f("ck_instance_settings_registration_known")
        ),
        sa.CheckConstraint("attachments_quota_bytes >= 0", name=op.f("ck_instance_settings_quota_not_negative")),
        sa.CheckConstraint("books_per_person BETWEEN 1 AND 100", name=op.f("ck_instance_settings_books_bounded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_settings")),
    )
    op.create_table(
        "admissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(token_digest) = 32", name=op.f("ck_admissions_digest_is_sha256")),
        sa.CheckConstraint("(email_key IS NULL) = (email IS NULL)", name=op.f("ck_admissions_address_whole")),
        sa.CheckConstraint(
            "expires_at BETWEEN created_at AND created_at + interval '30 days'",
            name=op.f("ck_admissions_expiry_bounded"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_admissions_token_digest")),
    )
    for table in ("instance_settings", "admissions"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
    op.execute("CREATE POLICY instance_settings_read ON instance_settings FOR SELECT TO farthing_app USING (true)")
    op.execute("GRANT SELECT ON instance_settings TO farthing_app")
    for statement in FUNCTIONS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in DROPPED:
        op.execute(statement)
    op.drop_table("admissions")
    op.drop_table("instance_settings")
