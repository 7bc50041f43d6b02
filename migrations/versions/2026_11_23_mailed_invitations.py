"""Invitations to an address get a token when they are mailed, which is good for that address alone.

Revision: 0041, after 0040. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

ISSUE = """CREATE FUNCTION issue_invitation_token(
    of_book uuid, wanted uuid, new_digest bytea,
    OUT email text, OUT book text, OUT invited_by text, OUT inviter_role text, OUT role text, OUT expires_at timestamptz
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE invitations i SET token_digest = new_digest
     WHERE i.book_id = of_book AND i.id = wanted AND i.email IS NOT NULL AND i.expires_at > now();
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT i.email, b.name, u.name, m.role, i.role, i.expires_at
      INTO email, book, invited_by, inviter_role, role, expires_at
      FROM invitations i
      JOIN books b ON b.id = i.book_id
      JOIN users u ON u.id = i.invited_by AND u.blocked_at IS NULL
      JOIN members m ON m.book_id = i.book_id AND m.user_id = i.invited_by
     WHERE i.book_id = of_book AND i.id = wanted;
END
$$;"""
AFTER = """CREATE OR REPLACE FUNCTION invitations_for(
    asking uuid, digest bytea
) RETURNS TABLE (
    id uuid, book_id uuid, book text, invited_by text, inviter_role text, role text, message text, expires_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.id, i.book_id, b.name, u.name, m.role, i.role, i.message, i.expires_at
      FROM users p
      JOIN invitations i ON CASE WHEN digest IS NULL THEN i.email_key = p.email_key ELSE i.token_digest = digest END
      JOIN books b ON b.id = i.book_id
      -- Whoever is kept out gives nothing away.
      JOIN users u ON u.id = i.invited_by AND u.blocked_at IS NULL
      JOIN members m ON m.book_id = i.book_id AND m.user_id = i.invited_by
     -- A token that was mailed is worth nothing to another: it is forwarded easily.
     WHERE p.id = asking AND i.expires_at > now() AND (i.email_key IS NULL OR i.email_key = p.email_key)
     ORDER BY i.created_at, i.id
$$;"""
BEFORE = """CREATE OR REPLACE FUNCTION invitations_for(
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
$$;"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_invitations_to_someone"), "invitations")
    op.create_check_constraint(
        op.f("ck_invitations_to_someone"), "invitations", "email_key IS NOT NULL OR token_digest IS NOT NULL"
    )
    op.execute(AFTER)
    op.execute(ISSUE)
    op.execute("REVOKE EXECUTE ON FUNCTION issue_invitation_token FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION issue_invitation_token TO farthing_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION issue_invitation_token")
    op.execute(BEFORE)
    op.execute("UPDATE invitations SET token_digest = NULL WHERE email_key IS NOT NULL")
    op.drop_constraint(op.f("ck_invitations_to_someone"), "invitations")
    op.create_check_constraint(
        op.f("ck_invitations_to_someone"), "invitations", "(email_key IS NULL) <> (token_digest IS NULL)"
    )
