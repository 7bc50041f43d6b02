"""What ends with a password: sign-ins that are just beginning, links that wait, and personal access tokens.

Known devices are recognised at every sign-in; and addresses that differ by more than case are two.

Revision: 0042, after 0041. Made on 2026-11-23.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

REPLACED = "change_own_password, reset_password, find_recipient, find_credentials"
ADDED = "knows_device, hold_password"
WITHIN = "await_sign_ins, end_what_a_password_opened"
ADDRESSED = ("users", "invitations", "mailed_links", "admissions")
BEFORE = (
    """CREATE FUNCTION change_own_password(old_hash text, new_hash text, kept_session uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me uuid := nullif(current_setting('farthing.user', true), '')::uuid;
BEGIN
    UPDATE users u SET password_hash = new_hash, password_changed_at = now()
     WHERE u.id = me AND u.password_hash IS NOT DISTINCT FROM old_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE sessions s SET ended_at = now()
     WHERE s.user_id = me AND s.id IS DISTINCT FROM kept_session AND s.ended_at IS NULL;
    UPDATE sessions s SET proven_at = now() WHERE s.id = kept_session AND s.user_id = me;
    DELETE FROM mailed_links l WHERE l.person_id = me AND l.purpose = 'reset_password';
    DELETE FROM challenges c WHERE c.person_id = me;
    RETURN true;
END
$$;""",
    """CREATE FUNCTION reset_password(given_digest bytea, new_hash text, device_digest bytea) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken mailed_links;
BEGIN
    DELETE FROM mailed_links l
     WHERE l.digest = given_digest AND l.purpose = 'reset_password' AND l.expires_at > now()
    RETURNING * INTO taken;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE users u
       SET password_hash = new_hash, password_changed_at = now(),
           -- The link came by mail, to the address that is still theirs; or by the operator's hand.
           email_verified_at = CASE WHEN u.email_key = taken.email_key THEN coalesce(u.email_verified_at, now())
                                    ELSE u.email_verified_at END
     WHERE u.id = taken.person_id;
    UPDATE sessions s SET ended_at = now() WHERE s.user_id = taken.person_id AND s.ended_at IS NULL;
    DELETE FROM challenges c WHERE c.person_id = taken.person_id;
    DELETE FROM known_devices d WHERE d.person_id = taken.person_id;
    INSERT INTO known_devices (person_id, digest) VALUES (taken.person_id, device_digest);
    RETURN taken.person_id;
END
$$;""",
    """CREATE FUNCTION find_recipient(wanted_email_key text, wanted_id uuid, OUT user_id uuid, OUT email text, OUT name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name INTO user_id, email, name
      FROM users u
     WHERE u.blocked_at IS NULL AND u.deleted_at IS NULL
       AND (u.id = wanted_id OR (wanted_id IS NULL AND u.email_key = wanted_email_key));
END
$$;""",
    """CREATE FUNCTION find_credentials(
    wanted_email_key text, device_digest bytea, OUT user_id uuid, OUT password_hash text,
    OUT second_factor_methods text[], OUT device_known boolean
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.password_hash,
           CASE WHEN u.second_factor_since IS NOT NULL THEN u.second_factor_methods END
      INTO user_id, password_hash, second_factor_methods
      FROM users u WHERE u.email_key = wanted_email_key;
    device_known := EXISTS (SELECT FROM known_devices d WHERE d.person_id = user_id AND d.digest = device_digest);
END
$$;""",
)
AFTER = (
    """CREATE FUNCTION hold_password(person uuid, changed_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Whoever changes the password waits until what it opens was written down, and ends that; or was first, and is seen.
    PERFORM FROM users u WHERE u.id = person AND u.password_changed_at IS NOT DISTINCT FROM changed_at
        FOR NO KEY UPDATE;
    RETURN FOUND;
END
$$;""",
    """CREATE FUNCTION await_sign_ins(person uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- What is being done by a sign-in that is about to end, and what begins one, is waited for, so that it is seen.
    PERFORM FROM sessions s WHERE s.user_id = person AND s.ended_at IS NULL ORDER BY s.id FOR NO KEY UPDATE;
    DELETE FROM challenges c WHERE c.person_id = person;
    PERFORM FROM users u WHERE u.id = person FOR NO KEY UPDATE;
END
$$;""",
    """CREATE FUNCTION end_what_a_password_opened(person uuid, kept_session uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions s SET ended_at = now()
     WHERE s.user_id = person AND s.id IS DISTINCT FROM kept_session AND s.ended_at IS NULL;
    DELETE FROM challenges c WHERE c.person_id = person;
    -- Links that set a password, and those that would make another address the person's: whoever knew the password
    -- until now may have asked for them.
    DELETE FROM mailed_links l
     WHERE l.person_id = person
       AND (l.purpose = 'reset_password' OR l.email_key <> (SELECT u.email_key FROM users u WHERE u.id = person));
END
$$;""",
    """CREATE FUNCTION knows_device(person uuid, device_digest bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM known_devices d WHERE d.person_id = person AND d.digest = device_digest);
END
$$;""",
    """CREATE FUNCTION change_own_password(
    old_hash text, new_hash text, kept_session uuid, revoke_tokens boolean
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me uuid := nullif(current_setting('farthing.user', true), '')::uuid;
BEGIN
    PERFORM await_sign_ins(me);
    UPDATE users u
       SET password_hash = new_hash, password_changed_at = now(),
           tokens_revoked_at = CASE WHEN revoke_tokens THEN now() ELSE u.tokens_revoked_at END
     WHERE u.id = me AND u.password_hash IS NOT DISTINCT FROM old_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM end_what_a_password_opened(me, kept_session);
    UPDATE sessions s SET proven_at = now() WHERE s.id = kept_session AND s.user_id = me;
    RETURN true;
END
$$;""",
    """CREATE FUNCTION reset_password(
    given_digest bytea, new_hash text, device_digest bytea, revoke_tokens boolean
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken mailed_links;
BEGIN
    DELETE FROM mailed_links l
     WHERE l.digest = given_digest AND l.purpose = 'reset_password' AND l.expires_at > now()
    RETURNING * INTO taken;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM await_sign_ins(taken.person_id);
    UPDATE users u
       SET password_hash = new_hash, password_changed_at = now(),
           -- The link came by mail, to the address that is still theirs; or by the operator's hand.
           email_verified_at = CASE WHEN u.email_key = taken.email_key THEN coalesce(u.email_verified_at, now())
                                    ELSE u.email_verified_at END,
           tokens_revoked_at = CASE WHEN revoke_tokens THEN now() ELSE u.tokens_revoked_at END
     WHERE u.id = taken.person_id;
    PERFORM end_what_a_password_opened(taken.person_id, NULL);
    DELETE FROM known_devices d WHERE d.person_id = taken.person_id;
    INSERT INTO known_devices (person_id, digest) VALUES (taken.person_id, device_digest);
    RETURN taken.person_id;
END
$$;""",
    """CREATE FUNCTION find_recipient(
    wanted_email_key text, wanted_id uuid,
    OUT user_id uuid, OUT email text, OUT name text, OUT password_changed_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name, u.password_changed_at INTO user_id, email, name, password_changed_at
      FROM users u
     WHERE u.blocked_at IS NULL AND u.deleted_at IS NULL
       AND (u.id = wanted_id OR (wanted_id IS NULL AND u.email_key = wanted_email_key));
END
$$;""",
    """CREATE FUNCTION find_credentials(
    wanted_email_key text, device_digest bytea, OUT user_id uuid, OUT password_hash text,
    OUT password_changed_at timestamptz, OUT second_factor_methods text[], OUT device_known boolean
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.password_hash, u.password_changed_at,
           CASE WHEN u.second_factor_since IS NOT NULL THEN u.second_factor_methods END
      INTO user_id, password_hash, password_changed_at, second_factor_methods
      FROM users u WHERE u.email_key = wanted_email_key;
    device_known := EXISTS (SELECT FROM known_devices d WHERE d.person_id = user_id AND d.digest = device_digest);
END
$$;""",
)
REVOKING = """CREATE FUNCTION revoke_all_tokens() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE access_tokens t SET revoked_at = NEW.tokens_revoked_at WHERE t.user_id = NEW.id AND t.revoked_at IS NULL;
    RETURN NULL;
END
$$;"""
TRIGGER = """CREATE TRIGGER revoke_all_tokens AFTER UPDATE OF tokens_revoked_at ON users
    FOR EACH ROW WHEN (NEW.tokens_revoked_at IS DISTINCT FROM OLD.tokens_revoked_at)
    EXECUTE FUNCTION revoke_all_tokens();"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("users", sa.Column("tokens_revoked_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.execute(f"DROP FUNCTION {REPLACED}")
    for statement in AFTER:
        op.execute(statement)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {REPLACED}, {ADDED}, {WITHIN} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {REPLACED}, {ADDED} TO farthing_app")
    op.execute(REVOKING)
    op.execute(TRIGGER)
    op.execute("REVOKE EXECUTE ON FUNCTION revoke_all_tokens FROM PUBLIC")
    _spell()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER revoke_all_tokens ON users")
    op.execute("DROP FUNCTION revoke_all_tokens")
    op.execute(f"DROP FUNCTION {REPLACED}, {ADDED}, {WITHIN}")
    for statement in BEFORE:
        op.execute(statement)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {REPLACED} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {REPLACED} TO farthing_app")
    op.drop_column("users", "tokens_revoked_at")
    # Addresses keep the finer keys.


def _spell() -> None:
    """Write down anew under which keys addresses are found. Those of plain letters have the same as before."""
    connection = op.get_bind()
    for table in ADDRESSED:
        addresses = sa.table(table, sa.column("email"), sa.column("email_key"))
        kept = addresses.c.email_key != ""
        longer = sa.func.octet_length(addresses.c.email) > sa.func.char_length(addresses.c.email)
        for email, key in connection.execute(sa.select(*addresses.c).distinct().where(kept, longer)).all():
            if (finer := unicodedata.normalize("NFC", email).lower()) != key:
                connection.execute(sa.update(addresses).where(kept, addresses.c.email == email).values(email_key=finer))
