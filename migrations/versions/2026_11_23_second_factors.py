"""Authenticator apps, passkeys, recovery codes, and tickets that are good once.

Revision: 0028, after 0027. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE spent_tickets ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE spent_tickets FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY spent_tickets_owner ON spent_tickets FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE FUNCTION spend_ticket(spent bytea, good_until timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- What has expired is refused by its date; it need not be remembered. Two who tidy up don't wait for each other.
    DELETE FROM spent_tickets WHERE digest IN (
        SELECT t.digest FROM spent_tickets t WHERE t.expires_at < now() - interval '1 hour'
        ORDER BY t.expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO spent_tickets (digest, expires_at) VALUES (spent, good_until) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION spend_ticket FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION spend_ticket TO farthing_app""",
    """ALTER TABLE authenticators ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE authenticators FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY authenticators_owner ON authenticators FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY authenticators_app ON authenticators FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT, INSERT, DELETE, UPDATE (name, confirmed_at, last_step, last_used_at) ON authenticators TO farthing_app""",
    """ALTER TABLE factor_tries ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE factor_tries FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY factor_tries_owner ON factor_tries FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY factor_tries_app ON factor_tries FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT, INSERT, DELETE, UPDATE (tries, until) ON factor_tries TO farthing_app""",
    """ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY recovery_codes_owner ON recovery_codes FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY recovery_codes_app ON recovery_codes FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT, INSERT, DELETE, UPDATE (used_at) ON recovery_codes TO farthing_app""",
    """ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE passkeys FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY passkeys_owner ON passkeys FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY passkeys_app ON passkeys FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT, INSERT, DELETE, UPDATE (name, sign_count, last_used_at) ON passkeys TO farthing_app""",
    """CREATE FUNCTION spend_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A code that was taken is never taken again, whoever writes.
    IF NEW.last_step IS NULL OR NEW.last_step <= OLD.last_step THEN
        RAISE integrity_constraint_violation
            USING CONSTRAINT = 'authenticators_steps_go_up', MESSAGE = 'a step of an authenticator was spent before';
    END IF;
    RETURN NEW;
END
$$;""",
    """CREATE FUNCTION count_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Devices that count, count up: one that doesn't is a copy.
    IF NEW.sign_count < OLD.sign_count OR (NEW.sign_count = OLD.sign_count AND NEW.sign_count > 0) THEN
        RAISE integrity_constraint_violation
            USING CONSTRAINT = 'passkeys_count_up', MESSAGE = 'a passkey was used less often than before';
    END IF;
    RETURN NEW;
END
$$;""",
    """CREATE FUNCTION keep_second_factor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
    ways text[];
BEGIN
    -- Two who take the last two factors away: one waits here, and then sees in statements of its own what is left.
    PERFORM FROM users u WHERE u.id = person FOR NO KEY UPDATE;
    SELECT coalesce(array_agg(DISTINCT f.way ORDER BY f.way), '{}') INTO ways
      FROM (
          SELECT 'otp' AS way FROM authenticators a WHERE a.user_id = person AND a.confirmed_at IS NOT NULL
          UNION ALL
          SELECT CASE WHEN p.synced THEN 'swk' ELSE 'hwk' END FROM passkeys p WHERE p.user_id = person
      ) f;
    UPDATE users u
       SET second_factor_since = CASE WHEN ways <> '{}' THEN coalesce(u.second_factor_since, now()) END,
           second_factor_methods = ways
     WHERE u.id = person;
    -- Recovery codes stand in for a factor: without one they would be a second password.
    IF ways = '{}' THEN
        DELETE FROM recovery_codes r WHERE r.user_id = person;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE FUNCTION find_passkey(wanted bytea) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT p.user_id FROM passkeys p WHERE p.credential_id = wanted);
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION spend_step, count_up, keep_second_factor, find_passkey FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION find_passkey TO farthing_app""",
    """CREATE TRIGGER spend_step BEFORE UPDATE OF last_step ON authenticators
    FOR EACH ROW WHEN (OLD.last_step IS NOT NULL) EXECUTE FUNCTION spend_step()""",
    """CREATE TRIGGER count_up BEFORE UPDATE OF sign_count ON passkeys
    FOR EACH ROW EXECUTE FUNCTION count_up()""",
    """CREATE TRIGGER keep_second_factor AFTER INSERT OR DELETE OR UPDATE OF confirmed_at ON authenticators
    FOR EACH ROW EXECUTE FUNCTION keep_second_factor()""",
    """CREATE TRIGGER keep_second_factor AFTER INSERT OR DELETE ON passkeys
    FOR EACH ROW EXECUTE FUNCTION keep_second_factor()""",
)
CHALLENGES = (
    """CREATE FUNCTION issue_challenge(
    new_digest bytea, person uuid, good_until timestamptz, new_methods text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Those that nobody came back for. What another is just looking at is left to that one.
    DELETE FROM challenges c
     WHERE c.digest IN (SELECT old.digest FROM challenges old
                         WHERE old.expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED);
    INSERT INTO challenges (digest, person_id, expires_at, methods)
    VALUES (new_digest, person, good_until, new_methods);
END
$$;""",
    """CREATE FUNCTION look_at_challenge(given_digest bytea, OUT person_id uuid, OUT methods text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT c.person_id, c.methods INTO person_id, methods
      FROM challenges c WHERE c.digest = given_digest AND c.expires_at > now();
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION issue_challenge, look_at_challenge FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION issue_challenge, look_at_challenge TO farthing_app""",
)
BEFORE = (
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
    """CREATE FUNCTION keep_second_factors(methods text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE users u
       SET second_factor_methods = methods,
           second_factor_since = CASE WHEN cardinality(methods) > 0 THEN coalesce(u.second_factor_since, now()) END
     WHERE u.id = nullif(current_setting('farthing.user', true), '')::uuid;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION issue_challenge, keep_second_factors FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION issue_challenge, keep_second_factors TO farthing_app""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "spent_tickets",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_spent_tickets_digest_is_sha256")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_tickets")),
    )
    op.create_index(op.f("ix_spent_tickets_expires_at"), "spent_tickets", ["expires_at"], unique=False)
    op.create_table(
        "authenticators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 100", name=op.f("ck_authenticators_name_bounded")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (last_step IS NULL)", name=op.f("ck_authenticators_confirmed_by_a_code")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_authenticators_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticators")),
    )
    op.create_index(op.f("ix_authenticators_user_id"), "authenticators", ["user_id"], unique=False)
    op.create_index(
        "uq_authenticators_user_id_unconfirmed",
        "authenticators",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_table(
        "factor_tries",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_factor_tries_digest_is_sha256")),
        sa.CheckConstraint("tries > 0", name=op.f("ck_factor_tries_tries_positive")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_factor_tries_user_id")),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_factor_tries")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_recovery_codes_digest_is_sha256")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 100", name=op.f("ck_passkeys_name_bounded")),
        sa.CheckConstraint("cardinality(transports) <= 10", name=op.f("ck_passkeys_transports_bounded")),
        sa.CheckConstraint(
            "octet_length(credential_id) BETWEEN 1 AND 1023", name=op.f("ck_passkeys_credential_id_bounded")
        ),
        sa.CheckConstraint("octet_length(public_key) BETWEEN 1 AND 2000", name=op.f("ck_passkeys_public_key_bounded")),
        sa.CheckConstraint("sign_count BETWEEN 0 AND 4294967295", name=op.f("ck_passkeys_sign_count_counts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"], unique=False)
    for statement in GUARDS:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("DROP FUNCTION issue_challenge, keep_second_factors")
    op.add_column(
        "challenges",
        sa.Column("methods", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{pwd}'"), nullable=False),
    )
    for statement in CHALLENGES:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("passkeys")
    op.drop_table("recovery_codes")
    op.drop_table("factor_tries")
    op.drop_table("authenticators")
    op.drop_table("spent_tickets")
    op.execute("DROP FUNCTION keep_second_factor")
    op.execute("DROP FUNCTION spend_step")
    op.execute("DROP FUNCTION count_up")
    op.execute("DROP FUNCTION find_passkey")
    op.execute("DROP FUNCTION spend_ticket")
    op.execute("UPDATE users SET second_factor_since = NULL, second_factor_methods = '{}'")
    op.execute("DROP FUNCTION issue_challenge, look_at_challenge")
    op.drop_column("challenges", "methods")
    for statement in BEFORE:
        op.execute(sa.text(statement.replace(":", "\\:")))
