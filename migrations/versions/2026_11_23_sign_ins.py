"""Sign-ins that tell where they are and how they were proved, second factors, and security events.

Revision: 0023, after 0022. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHANGED = ("register_person", "find_credentials", "begin_session", "rotate_refresh_token", "end_session_of")
NEW = ("own_standing", "keep_second_factors")
SIGN_IN = (
    """CREATE FUNCTION register_person(
    new_id uuid, new_email text, new_email_key text, new_name text, new_password_hash text, verified boolean,
    only_first boolean, OUT outcome text, OUT operator boolean
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Two first people at once: one waits here, and then sees the other.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.registration', 0));
    operator := NOT EXISTS (SELECT FROM users);
    IF only_first AND NOT operator THEN
        outcome := 'closed';
    ELSIF EXISTS (SELECT FROM users WHERE email_key = new_email_key) THEN
        outcome := 'taken';
    ELSE
        INSERT INTO users (id, email, email_key, name, password_hash, is_operator, password_changed_at,
                           email_verified_at)
        VALUES (new_id, new_email, new_email_key, new_name, new_password_hash, operator,
                CASE WHEN new_password_hash IS NOT NULL THEN now() END, CASE WHEN verified THEN now() END);
        outcome := 'registered';
    END IF;
END
$$;""",
    """CREATE FUNCTION find_credentials(
    wanted_email_key text, OUT user_id uuid, OUT password_hash text, OUT second_factor_methods text[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.password_hash,
           CASE WHEN u.second_factor_since IS NOT NULL THEN u.second_factor_methods END
      INTO user_id, password_hash, second_factor_methods
      FROM users u WHERE u.email_key = wanted_email_key;
END
$$;""",
    """CREATE FUNCTION begin_session(
    new_id uuid, person uuid, first_digest bytea, good_until timestamptz, new_methods text[], new_device text,
    new_address text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The lock: whoever blocks this person either sees this sign-in, or is seen here.
    PERFORM FROM users u WHERE u.id = person AND u.blocked_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO sessions (id, user_id, methods, device, address)
    VALUES (new_id, person, new_methods, new_device, new_address);
    INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES (first_digest, new_id, good_until);
    RETURN true;
END
$$;""",
    """CREATE FUNCTION rotate_refresh_token(
    old_digest bytea, new_digest bytea, good_until timestamptz, grace interval, from_address text,
    OUT outcome text, OUT user_id uuid, OUT session_id uuid
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    old refresh_tokens;
    child refresh_tokens;
    sitting sessions;
BEGIN
    SELECT * INTO old FROM refresh_tokens t WHERE t.digest = old_digest FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    -- Statements of their own, after the locks: what decides must be seen as the winner of the race left it.
    SELECT * INTO sitting FROM sessions s WHERE s.id = old.session_id FOR UPDATE;
    SELECT * INTO child FROM refresh_tokens t WHERE t.parent_digest = old_digest;
    user_id := sitting.user_id;
    session_id := sitting.id;
    IF sitting.ended_at IS NOT NULL
       OR EXISTS (SELECT FROM users u WHERE u.id = sitting.user_id AND u.blocked_at IS NOT NULL) THEN
        outcome := 'ended';
    ELSIF old.used_at IS NULL AND old.expires_at <= now() THEN
        outcome := 'ended';
    ELSIF old.used_at IS NULL THEN
        UPDATE refresh_tokens t SET used_at = now() WHERE t.digest = old_digest;
        INSERT INTO refresh_tokens (digest, session_id, expires_at, parent_digest)
        VALUES (new_digest, sitting.id, good_until, old_digest);
        outcome := 'rotated';
    ELSIF old.used_at > now() - grace AND child.digest IS NOT NULL AND child.used_at IS NULL THEN
        -- Asked again before anything came of the answer: it was lost, or several asked at once.
        IF child.digest <> new_digest THEN
            DELETE FROM refresh_tokens t WHERE t.digest = child.digest;
            INSERT INTO refresh_tokens (digest, session_id, expires_at, parent_digest)
            VALUES (new_digest, sitting.id, good_until, old_digest);
        END IF;
        outcome := 'rotated';
    ELSE
        UPDATE sessions s SET ended_at = now() WHERE s.id = sitting.id;
        outcome := 'reused';
    END IF;
    IF outcome = 'rotated' THEN
        UPDATE sessions s SET last_used_at = now(), address = coalesce(from_address, s.address)
         WHERE s.id = sitting.id;
    END IF;
END
$$;""",
    """CREATE FUNCTION end_session_of(token_digest bytea, OUT user_id uuid, OUT session_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions s SET ended_at = now()
      FROM refresh_tokens t
     WHERE t.digest = token_digest AND s.id = t.session_id AND s.ended_at IS NULL
    RETURNING s.user_id, s.id INTO user_id, session_id;
END
$$;""",
    """CREATE FUNCTION own_standing(
    OUT password_hash text, OUT password_changed_at timestamptz, OUT email_verified_at timestamptz,
    OUT second_factor_since timestamptz, OUT second_factor_methods text[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.password_hash, u.password_changed_at, u.email_verified_at, u.second_factor_since, u.second_factor_methods
      INTO password_hash, password_changed_at, email_verified_at, second_factor_since, second_factor_methods
      FROM users u WHERE u.id = nullif(current_setting('farthing.user', true), '')::uuid;
END
$$;""",
    """CREATE FUNCTION keep_second_factors(methods text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE users u
       SET second_factor_methods = methods,
           second_factor_since = CASE WHEN cardinality(methods) > 0 THEN coalesce(u.second_factor_since, now()) END
     WHERE u.id = nullif(current_setting('farthing.user', true), '')::uuid;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION register_person, find_credentials, begin_session, rotate_refresh_token, end_session_of, own_standing, keep_second_factors FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION register_person, find_credentials, begin_session, rotate_refresh_token, end_session_of, own_standing, keep_second_factors TO farthing_app;""",
)
SIGN_IN_BEFORE = (
    """CREATE FUNCTION register_person(
    new_id uuid, new_email text, new_email_key text, new_name text, new_password_hash text, only_first boolean,
    OUT outcome text, OUT operator boolean
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Two first people at once: one waits here, and then sees the other.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.registration', 0));
    operator := NOT EXISTS (SELECT FROM users);
    IF only_first AND NOT operator THEN
        outcome := 'closed';
    ELSIF EXISTS (SELECT FROM users WHERE email_key = new_email_key) THEN
        outcome := 'taken';
    ELSE
        INSERT INTO users (id, email, email_key, name, password_hash, is_operator)
        VALUES (new_id, new_email, new_email_key, new_name, new_password_hash, operator);
        outcome := 'registered';
    END IF;
END
$$;""",
    """CREATE FUNCTION find_credentials(
    wanted_email_key text, OUT user_id uuid, OUT password_hash text
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.password_hash INTO user_id, password_hash FROM users u WHERE u.email_key = wanted_email_key;
END
$$;""",
    """CREATE FUNCTION begin_session(
    new_id uuid, person uuid, first_digest bytea, good_until timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO sessions (id, user_id) VALUES (new_id, person);
    INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES (first_digest, new_id, good_until);
END
$$;""",
    """CREATE FUNCTION rotate_refresh_token(
    old_digest bytea, new_digest bytea, good_until timestamptz,
    OUT outcome text, OUT user_id uuid, OUT session_id uuid
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    old refresh_tokens;
    sitting sessions;
BEGIN
    SELECT * INTO old FROM refresh_tokens t WHERE t.digest = old_digest FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    -- A statement of its own, after the lock: what decides must be seen as the winner of the race left it.
    SELECT * INTO sitting FROM sessions s WHERE s.id = old.session_id FOR UPDATE;
    IF sitting.ended_at IS NOT NULL THEN
        outcome := 'ended';
    ELSIF old.used_at IS NOT NULL THEN
        UPDATE sessions s SET ended_at = now() WHERE s.id = sitting.id;
        outcome := 'reused';
    ELSIF old.expires_at <= now() THEN
        outcome := 'ended';
    ELSE
        UPDATE refresh_tokens t SET used_at = now() WHERE t.digest = old_digest;
        INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES (new_digest, sitting.id, good_until);
        outcome := 'rotated';
        user_id := sitting.user_id;
        session_id := sitting.id;
    END IF;
END
$$;""",
    """CREATE FUNCTION end_session_of(token_digest bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions s SET ended_at = now()
      FROM refresh_tokens t
     WHERE t.digest = token_digest AND s.id = t.session_id AND s.ended_at IS NULL;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION register_person, find_credentials, begin_session, rotate_refresh_token, end_session_of FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION register_person, find_credentials, begin_session, rotate_refresh_token, end_session_of TO farthing_app;""",
)
CHALLENGES = (
    """CREATE FUNCTION issue_challenge(new_digest bytea, person uuid, good_until timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Those that nobody came back for. What another is just looking at is left to that one.
    DELETE FROM challenges c
     WHERE c.digest IN (SELECT old.digest FROM challenges old
                         WHERE old.expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED);
    INSERT INTO challenges (digest, person_id, expires_at) VALUES (new_digest, person, good_until);
END
$$;""",
    """CREATE FUNCTION take_challenge(given_digest bytea) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person uuid;
BEGIN
    DELETE FROM challenges c WHERE c.digest = given_digest AND c.expires_at > now() RETURNING c.person_id INTO person;
    RETURN person;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION issue_challenge, take_challenge FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION issue_challenge, take_challenge TO farthing_app;""",
)
SECURITY_EVENTS = (
    """CREATE FUNCTION security_event_hash(
    before bytea, id uuid, person uuid, number bigint, at timestamptz, actor uuid, event text, address text,
    details jsonb
) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN sha256(coalesce(before, '\\x'::bytea) || convert_to(jsonb_build_array(
        id, person, number, (extract(epoch FROM at) * 1000000)::bigint, actor, event, address, details
    )::text, 'UTF8'));
END
$$;""",
    """CREATE FUNCTION append_security_event(
    new_id uuid, person uuid, actor uuid, new_event text, new_address text, new_details jsonb
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before bytea;
    place bigint;
    moment timestamptz;
BEGIN
    -- The events of one person follow each other; those of others don't wait.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.security:' || coalesce(person::text, ''), 0));
    -- A statement of its own, after the lock: it sees the event that the writer before left.
    IF person IS NULL THEN
        SELECT e.number, e.hash INTO place, before
          FROM security_events e WHERE e.person_id IS NULL ORDER BY e.number DESC LIMIT 1;
    ELSE
        SELECT e.number, e.hash INTO place, before
          FROM security_events e WHERE e.person_id = person ORDER BY e.number DESC LIMIT 1;
    END IF;
    place := coalesce(place, 0) + 1;
    moment := clock_timestamp();
    INSERT INTO security_events (id, person_id, number, at, actor_id, event, address, details, hash)
    VALUES (new_id, person, place, moment, actor, new_event, new_address, new_details,
            security_event_hash(before, new_id, person, place, moment, actor, new_event, new_address, new_details));
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION security_event_hash, append_security_event FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION security_event_hash, append_security_event TO farthing_app;""",
)
MINE = "nullif(current_setting('farthing.user', true), '')::uuid"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    moment = sa.TIMESTAMP(timezone=True)
    op.alter_column("users", "password_hash", nullable=True)
    op.add_column("users", sa.Column("password_changed_at", moment))
    op.add_column("users", sa.Column("email_verified_at", moment))
    op.add_column("users", sa.Column("second_factor_since", moment))
    op.add_column(
        "users",
        sa.Column("second_factor_methods", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("users", sa.Column("blocked_at", moment))
    op.execute("UPDATE users SET password_changed_at = created_at")
    op.create_check_constraint(
        op.f("ck_users_password_dated"), "users", "password_hash IS NULL OR password_changed_at IS NOT NULL"
    )
    op.add_column("sessions", sa.Column("device", sa.Text()))
    op.add_column("sessions", sa.Column("address", sa.Text()))
    for column in ("last_used_at", "proven_at"):
        op.add_column("sessions", sa.Column(column, moment, server_default=sa.text("now()"), nullable=False))
    op.add_column(
        "sessions",
        sa.Column("methods", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{pwd}'"), nullable=False),
    )
    op.execute("UPDATE sessions SET last_used_at = created_at, proven_at = created_at")
    op.create_check_constraint(op.f("ck_sessions_device_bounded"), "sessions", "char_length(device) <= 300")
    op.create_check_constraint(op.f("ck_sessions_address_bounded"), "sessions", "char_length(address) <= 100")
    op.execute("GRANT UPDATE (proven_at) ON sessions TO farthing_app")
    op.add_column("refresh_tokens", sa.Column("parent_digest", sa.LargeBinary()))
    op.create_unique_constraint(op.f("uq_refresh_tokens_parent_digest"), "refresh_tokens", ["parent_digest"])
    op.create_table(
        "challenges",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_challenges_digest_is_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_challenges_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_challenges")),
    )
    op.create_index(op.f("ix_challenges_person_id"), "challenges", ["person_id"])
    op.create_index(op.f("ix_challenges_expires_at"), "challenges", ["expires_at"])
    op.create_table(
        "security_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_security_events_number_positive")),
        sa.CheckConstraint("event ~ '^[a-z][a-z0-9_]{0,62}$'", name=op.f("ck_security_events_event_is_a_word")),
        sa.CheckConstraint("char_length(address) <= 100", name=op.f("ck_security_events_address_bounded")),
        sa.CheckConstraint(
            "jsonb_typeof(details) = 'object' AND octet_length(details::text) <= 4096",
            name=op.f("ck_security_events_details_bounded"),
        ),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_security_events_hash_is_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
        sa.UniqueConstraint(
            "person_id", "number", name=op.f("uq_security_events_person_id_number"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(op.f("ix_security_events_at"), "security_events", ["at"])
    for table in ("challenges", "security_events"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
    op.execute(
        f"CREATE POLICY security_events_self ON security_events FOR SELECT TO farthing_app USING (person_id = {MINE})"
    )
    op.execute("GRANT SELECT ON security_events TO farthing_app")
    for function in CHANGED:
        op.execute(f"DROP FUNCTION {function}")
    for statement in SIGN_IN + CHALLENGES + SECURITY_EVENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (
        *CHANGED,
        *NEW,
        "issue_challenge",
        "take_challenge",
        "security_event_hash",
        "append_security_event",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("security_events")
    op.drop_table("challenges")
    op.drop_column("refresh_tokens", "parent_digest")
    op.execute("REVOKE UPDATE (proven_at) ON sessions FROM farthing_app")
    for column in ("methods", "proven_at", "last_used_at", "address", "device"):
        op.drop_column("sessions", column)
    op.drop_constraint(op.f("ck_users_password_dated"), "users")
    for column in (
        "blocked_at",
        "second_factor_methods",
        "second_factor_since",
        "email_verified_at",
        "password_changed_at",
    ):
        op.drop_column("users", column)
    # Whoever has no password can't sign in with one: an empty hash says so.
    op.execute("UPDATE users SET password_hash = '' WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", nullable=False)
    for statement in SIGN_IN_BEFORE:
        op.execute(statement)
