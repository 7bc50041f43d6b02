"""Mail, what mailed links carry, devices that are known, and how often people may try to come in.

Revision: 0034, after 0033. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLES = ("outgoing_mails", "known_devices", "allowances", "mailed_links")
CHANGED = (
    "find_credentials",
    "begin_session",
)
MADE = (
    "spend_allowances",
    "give_allowances_back",
    "forget_sign_ins",
    "rehash_password",
    "change_own_password",
    "find_recipient",
    "issue_link",
    "look_at_reset",
    "reset_password",
    "confirm_email",
    "post_mail",
    "take_mail",
    "finish_mail",
    "put_back_mail",
)
SIGN_IN = (
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
    """CREATE FUNCTION begin_session(
    new_id uuid, person uuid, first_digest bytea, good_until timestamptz, new_methods text[], new_device text,
    new_address text, device_digest bytea, most_devices integer
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
    INSERT INTO known_devices (person_id, digest) VALUES (person, device_digest)
    ON CONFLICT (person_id, digest) DO UPDATE SET last_used_at = now();
    DELETE FROM known_devices d
     WHERE d.person_id = person
       AND d.digest IN (SELECT old.digest FROM known_devices old WHERE old.person_id = person
                         ORDER BY old.last_used_at DESC, old.digest OFFSET most_devices);
    RETURN true;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION find_credentials, begin_session FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION find_credentials, begin_session TO farthing_app;""",
)
SIGN_IN_BEFORE = (
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
    """REVOKE EXECUTE ON FUNCTION find_credentials, begin_session FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION find_credentials, begin_session TO farthing_app;""",
)
ALLOWANCES = (
    """CREATE FUNCTION spend_allowances(
    subjects bytea[], pauses interval[], bursts integer[], OUT refused integer, OUT wait interval
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    used_until timestamptz;
    short interval;
BEGIN
    FOR i IN 1 .. cardinality(subjects) LOOP
        -- Locks the row: who comes at the same time waits, and sees what is left. Subjects come in one order.
        INSERT INTO allowances AS a (subject, full_at) VALUES (subjects[i], moment)
        ON CONFLICT (subject) DO UPDATE SET full_at = greatest(a.full_at, moment)
        RETURNING a.full_at INTO used_until;
        short := used_until - moment - pauses[i] * (bursts[i] - 1);
        IF short > interval '0' AND (wait IS NULL OR short > wait) THEN
            refused := i;
            wait := short;
        END IF;
    END LOOP;
    IF refused IS NULL THEN
        FOR i IN 1 .. cardinality(subjects) LOOP
            UPDATE allowances a SET full_at = a.full_at + pauses[i] WHERE a.subject = subjects[i];
        END LOOP;
    END IF;
END
$$;""",
    """CREATE FUNCTION give_allowances_back(subjects bytea[], pauses interval[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    FOR i IN 1 .. cardinality(subjects) LOOP
        UPDATE allowances a SET full_at = a.full_at - pauses[i] WHERE a.subject = subjects[i];
    END LOOP;
END
$$;""",
    """CREATE FUNCTION forget_sign_ins(kept interval, OUT sessions bigint, OUT allowances bigint, OUT links bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.allowances a WHERE a.full_at < now();
    GET DIAGNOSTICS allowances = ROW_COUNT;
    DELETE FROM mailed_links l WHERE l.expires_at < now();
    GET DIAGNOSTICS links = ROW_COUNT;
    -- Tokens that were used long ago: that they were is of no use once they would have run out.
    DELETE FROM refresh_tokens t WHERE t.expires_at < now() - kept;
    DELETE FROM public.sessions s
     WHERE coalesce(s.ended_at, s.last_used_at) < now() - kept
       AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id);
    GET DIAGNOSTICS sessions = ROW_COUNT;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION spend_allowances, give_allowances_back, forget_sign_ins FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION spend_allowances, give_allowances_back, forget_sign_ins TO farthing_app;""",
)
PASSWORDS = (
    """CREATE FUNCTION rehash_password(person uuid, old_hash text, new_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The same password under a dearer hash: unless it was changed meanwhile.
    UPDATE users u SET password_hash = new_hash WHERE u.id = person AND u.password_hash = old_hash;
END
$$;""",
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
    """CREATE FUNCTION find_recipient(wanted_email_key text, wanted_id uuid, OUT user_id uuid, OUT email text, OUT name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name INTO user_id, email, name
      FROM users u
     WHERE u.blocked_at IS NULL AND u.deleted_at IS NULL
       AND (u.id = wanted_id OR (wanted_id IS NULL AND u.email_key = wanted_email_key));
END
$$;""",
    """CREATE FUNCTION issue_link(
    new_digest bytea, person uuid, new_purpose text, new_email text, new_email_key text, good_until timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO mailed_links (digest, person_id, purpose, email, email_key, expires_at)
    VALUES (new_digest, person, new_purpose, new_email, new_email_key, good_until)
    ON CONFLICT (person_id, purpose) DO UPDATE
       SET digest = excluded.digest, email = excluded.email, email_key = excluded.email_key,
           expires_at = excluded.expires_at;
END
$$;""",
    """CREATE FUNCTION look_at_reset(given_digest bytea, OUT user_id uuid, OUT email text, OUT name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name INTO user_id, email, name
      FROM mailed_links l JOIN users u ON u.id = l.person_id
     WHERE l.digest = given_digest AND l.purpose = 'reset_password' AND l.expires_at > now()
       AND u.blocked_at IS NULL;
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
    """CREATE FUNCTION confirm_email(given_digest bytea, OUT user_id uuid, OUT old_email text, OUT new_email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken mailed_links;
BEGIN
    DELETE FROM mailed_links l
     WHERE l.digest = given_digest AND l.purpose = 'confirm_email' AND l.expires_at > now()
    RETURNING * INTO taken;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT u.email INTO old_email FROM users u WHERE u.id = taken.person_id FOR NO KEY UPDATE;
    UPDATE users u SET email = taken.email, email_key = taken.email_key, email_verified_at = now()
     WHERE u.id = taken.person_id;
    -- Links that went to the address before are no longer the person's.
    DELETE FROM mailed_links l WHERE l.person_id = taken.person_id AND l.email_key <> taken.email_key;
    user_id := taken.person_id;
    new_email := taken.email;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION rehash_password, change_own_password, find_recipient, issue_link, look_at_reset, reset_password, confirm_email FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION rehash_password, change_own_password, find_recipient, issue_link, look_at_reset, reset_password, confirm_email TO farthing_app;""",
)
MAIL = (
    """CREATE FUNCTION post_mail(new_id uuid, new_kind text, new_about jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO outgoing_mails (id, kind, about) VALUES (new_id, new_kind, new_about);
END
$$;""",
    """CREATE FUNCTION take_mail(
    taken_for interval, kept interval, OUT id uuid, OUT kind text, OUT about jsonb, OUT attempts bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM outgoing_mails m
     WHERE m.id IN (SELECT old.id FROM outgoing_mails old
                     WHERE old.created_at < now() - kept LIMIT 100 FOR UPDATE SKIP LOCKED);
    UPDATE outgoing_mails m SET due_at = now() + taken_for, attempts = m.attempts + 1
     WHERE m.id = (SELECT next.id FROM outgoing_mails next
                    WHERE next.due_at <= now() ORDER BY next.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING m.id, m.kind, m.about, m.attempts INTO id, kind, about, attempts;
END
$$;""",
    """CREATE FUNCTION finish_mail(sent uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM outgoing_mails m WHERE m.id = sent;
END
$$;""",
    """CREATE FUNCTION put_back_mail(unsent uuid, delay interval) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE outgoing_mails m SET due_at = now() + delay WHERE m.id = unsent;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION post_mail, take_mail, finish_mail, put_back_mail FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION post_mail, take_mail, finish_mail, put_back_mail TO farthing_app;""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    moment = sa.TIMESTAMP(timezone=True)
    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("octet_length(about::text) <= 4096", name=op.f("ck_outgoing_mails_about_bounded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
    )
    op.create_index(op.f("ix_outgoing_mails_due_at"), "outgoing_mails", ["due_at"])
    op.create_table(
        "known_devices",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("last_used_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_known_devices_digest_is_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_known_devices_person_id")),
        sa.PrimaryKeyConstraint("person_id", "digest", name=op.f("pk_known_devices")),
    )
    op.create_table(
        "allowances",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("full_at", moment, nullable=False),
        sa.CheckConstraint("octet_length(subject) = 32", name=op.f("ck_allowances_subject_is_sha256")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_allowances")),
    )
    op.create_index(op.f("ix_allowances_full_at"), "allowances", ["full_at"])
    op.create_table(
        "mailed_links",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_mailed_links_digest_is_sha256")),
        sa.CheckConstraint(
            "purpose IN ('reset_password', 'confirm_email')", name=op.f("ck_mailed_links_purpose_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_mailed_links_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_mailed_links")),
        sa.UniqueConstraint("person_id", "purpose", name=op.f("uq_mailed_links_person_id_purpose")),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
    for function in CHANGED:
        op.execute(f"DROP FUNCTION {function}")
    for statement in SIGN_IN + ALLOWANCES + PASSWORDS + MAIL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (*CHANGED, *MADE):
        op.execute(f"DROP FUNCTION {function}")
    for table in reversed(TABLES):
        op.drop_table(table)
    for statement in SIGN_IN_BEFORE:
        op.execute(statement)
