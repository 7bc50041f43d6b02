"""Invitations to books; a book keeps an owner, and who left one has another for a default.

Revision: 0025, after 0024. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
ROLES = "role IN ('observer', 'viewer', 'accountant', 'editor', 'admin', 'owner')"
MEMBERS = (
    """CREATE FUNCTION keep_an_owner() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Two owners who go at once: one waits here, and is then looked at in a book that the other has left.
    PERFORM 1 FROM books b WHERE b.id = OLD.book_id FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (SELECT FROM members m WHERE m.book_id = OLD.book_id AND m.role = 'owner') THEN
        RAISE EXCEPTION 'nobody would own the book %', OLD.book_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'members_keep_an_owner',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE CONSTRAINT TRIGGER members_keep_an_owner AFTER UPDATE OR DELETE ON members
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION keep_an_owner();""",
    """CREATE FUNCTION choose_another_default() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE users u
       SET default_book_id = (SELECT m.book_id FROM members m JOIN books b ON b.id = m.book_id
                               WHERE m.user_id = OLD.user_id ORDER BY b.created_at, b.id LIMIT 1)
     WHERE u.id = OLD.user_id AND u.default_book_id = OLD.book_id;
    RETURN NULL;
END
$$;""",
    """CREATE TRIGGER members_choose_another_default AFTER DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION choose_another_default();""",
    """REVOKE EXECUTE ON FUNCTION keep_an_owner, choose_another_default FROM PUBLIC;""",
)
ANSWERING = (
    """CREATE FUNCTION invitations_for(
    asking uuid, digest bytea
) RETURNS TABLE (
    id uuid, book_id uuid, book text, invited_by text, inviter_role text, role text, message text, expires_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.id, i.book_id, b.name, u.name, m.role, i.role, i.message, i.expires_at
      FROM users p
      JOIN invitations i ON CASE WHEN digest IS NULL THEN i.email_key = p.email_key ELSE i.token_digest = digest END
      JOIN books b ON b.id = i.book_id
      JOIN users u ON u.id = i.invited_by
      JOIN members m ON m.book_id = i.book_id AND m.user_id = i.invited_by
     WHERE p.id = asking AND i.expires_at > now()
     ORDER BY i.created_at, i.id
$$;""",
    """CREATE FUNCTION open_invitation(
    asking uuid, wanted uuid, digest bytea,
    OUT outcome text, OUT invitation uuid, OUT book uuid, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Whoever isn't invited must not be able to make a book's members wait.
    SELECT i.id, i.book_id INTO invitation, book
      FROM invitations_for(asking, digest) i WHERE wanted IS NULL OR i.id = wanted;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', book::text, true);
    PERFORM pg_advisory_xact_lock(hashtextextended(book::text, 0));
    PERFORM 1 FROM books b WHERE b.id = book FOR NO KEY UPDATE;
    -- A statement of its own, after the locks: what decides must be seen as the writer before left it.
    SELECT b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until, b.checked_until
      INTO revision, head_hash, currency, time_zone, locked_until, checked_until
      FROM books b WHERE b.id = book;
    outcome := 'open';
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION invitations_for, open_invitation FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION invitations_for, open_invitation TO farthing_app;""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in MEMBERS:
        op.execute(statement)
    op.create_table(
        "invitations",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(ROLES, name=op.f("ck_invitations_role_known")),
        sa.CheckConstraint("(email_key IS NULL) <> (token_digest IS NULL)", name=op.f("ck_invitations_to_someone")),
        sa.CheckConstraint("(email_key IS NULL) = (email IS NULL)", name=op.f("ck_invitations_address_whole")),
        sa.CheckConstraint("octet_length(token_digest) = 32", name=op.f("ck_invitations_digest_is_sha256")),
        sa.CheckConstraint(
            "message <> '' AND char_length(message) <= 2000", name=op.f("ck_invitations_message_bounded")
        ),
        sa.CheckConstraint(
            "expires_at BETWEEN created_at AND created_at + interval '30 days'",
            name=op.f("ck_invitations_expiry_bounded"),
        ),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_invitations_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("book_id", "email_key", name=op.f("uq_invitations_book_id_email_key")),
    )
    op.create_index(op.f("ix_invitations_email_key"), "invitations", ["email_key"])
    op.create_index(op.f("ix_invitations_token_digest"), "invitations", ["token_digest"])
    op.execute("ALTER TABLE invitations ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE invitations FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY invitations_owner ON invitations FOR ALL TO farthing_owner USING (true) WITH CHECK (true)"
    )
    op.execute(
        f"CREATE POLICY invitations_app ON invitations FOR ALL TO farthing_app USING ({BOOK}) WITH CHECK ({BOOK})"
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON invitations TO farthing_app")
    for statement in ANSWERING:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION open_invitation")
    op.execute("DROP FUNCTION invitations_for")
    op.drop_table("invitations")
    op.execute("DROP TRIGGER members_choose_another_default ON members")
    op.execute("DROP TRIGGER members_keep_an_owner ON members")
    op.execute("DROP FUNCTION choose_another_default")
    op.execute("DROP FUNCTION keep_an_owner")
