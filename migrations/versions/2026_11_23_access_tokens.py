"""Personal access tokens; and which of them a job was asked by.

Revision: 0026, after 0025. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
GUARDS = (
    """ALTER TABLE access_tokens ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE access_tokens FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY access_tokens_owner ON access_tokens FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY access_tokens_app ON access_tokens FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT (id, user_id, name, scopes, book_ids, created_at, expires_at, last_used_at, revoked_at), INSERT (id, user_id, digest, name, scopes, book_ids, created_at, expires_at), UPDATE (revoked_at) ON access_tokens TO farthing_app""",
)
GATE = (
    """CREATE FUNCTION bearer_of_token(
    shown bytea, known uuid,
    OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT t.user_id, t.id, t.scopes, t.book_ids INTO asking, token_id, token_scopes, token_books
      FROM access_tokens t JOIN users u ON u.id = t.user_id
     WHERE (t.digest = shown OR t.id = known) AND t.revoked_at IS NULL AND t.expires_at > now()
       AND u.blocked_at IS NULL;
END
$$;""",
    """CREATE FUNCTION open_for_read_with_token(
    shown bytea, known uuid, wanted uuid,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date,
    OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT t.asking, t.token_id, t.token_scopes, t.token_books INTO asking, token_id, token_scopes, token_books
      FROM bearer_of_token(shown, known) t;
    IF token_id IS NULL THEN
        outcome := 'token_invalid';
        RETURN;
    END IF;
    PERFORM set_config('farthing.user', asking::text, true);
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    IF token_books IS NOT NULL AND (wanted = ANY (token_books)) IS NOT TRUE THEN
        outcome := 'absent';
        RETURN;
    END IF;
    SELECT o.outcome, o.book, o.role, o.revision, o.head_hash, o.currency, o.time_zone, o.locked_until, o.checked_until
      INTO outcome, book, role, revision, head_hash, currency, time_zone, locked_until, checked_until
      FROM open_for_read(asking, NULL, wanted) o;
END
$$;""",
    """CREATE FUNCTION open_for_write_with_token(
    shown bytea, known uuid, wanted uuid, wanted_key text,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date,
    OUT request_digest bytea, OUT answer jsonb,
    OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT t.asking, t.token_id, t.token_scopes, t.token_books INTO asking, token_id, token_scopes, token_books
      FROM bearer_of_token(shown, known) t;
    IF token_id IS NULL THEN
        outcome := 'token_invalid';
        RETURN;
    END IF;
    PERFORM set_config('farthing.user', asking::text, true);
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    IF token_books IS NOT NULL AND (wanted = ANY (token_books)) IS NOT TRUE THEN
        outcome := 'absent';
        RETURN;
    END IF;
    SELECT o.outcome, o.book, o.role, o.revision, o.head_hash, o.currency, o.time_zone, o.locked_until, o.checked_until,
           o.request_digest, o.answer
      INTO outcome, book, role, revision, head_hash, currency, time_zone, locked_until, checked_until,
           request_digest, answer
      FROM open_for_write(asking, NULL, wanted, wanted_key) o;
    -- Whoever waited for the book's lock may have been revoked meanwhile.
    IF NOT EXISTS (SELECT FROM bearer_of_token(NULL, token_id) t WHERE t.token_id IS NOT NULL) THEN
        outcome := 'token_invalid';
    END IF;
END
$$;""",
    """CREATE FUNCTION open_as_with_token(
    shown bytea, known uuid,
    OUT outcome text, OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT t.asking, t.token_id, t.token_scopes, t.token_books INTO asking, token_id, token_scopes, token_books
      FROM bearer_of_token(shown, known) t;
    IF token_id IS NULL THEN
        outcome := 'token_invalid';
        RETURN;
    END IF;
    PERFORM set_config('farthing.user', asking::text, true);
    outcome := 'open';
END
$$;""",
    """CREATE FUNCTION note_token_use(shown bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    used uuid := (SELECT t.token_id FROM bearer_of_token(shown, NULL) t);
BEGIN
    UPDATE access_tokens t SET last_used_at = now()
     WHERE t.id = used AND (t.last_used_at IS NULL OR t.last_used_at <= now() - interval '1 minute');
    RETURN used IS NOT NULL;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION bearer_of_token, open_for_read_with_token, open_for_write_with_token, open_as_with_token, note_token_use FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION bearer_of_token, open_for_read_with_token, open_for_write_with_token, open_as_with_token, note_token_use TO farthing_app;""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("book_ids", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_access_tokens_user_id"), ondelete="CASCADE"),
        sa.UniqueConstraint("digest", name=op.f("uq_access_tokens_digest")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_access_tokens_digest_is_sha256")),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 100", name=op.f("ck_access_tokens_name_bounded")),
        sa.CheckConstraint("cardinality(scopes) BETWEEN 1 AND 100", name=op.f("ck_access_tokens_scopes_bounded")),
        sa.CheckConstraint(
            "NOT scopes && '{members:write,owners:write}'", name=op.f("ck_access_tokens_scopes_within_reach")
        ),
        sa.CheckConstraint("cardinality(book_ids) BETWEEN 1 AND 50", name=op.f("ck_access_tokens_books_bounded")),
        sa.CheckConstraint(
            "expires_at > created_at AND expires_at <= created_at + interval '366 days'",
            name=op.f("ck_access_tokens_ends"),
        ),
    )
    op.create_index(op.f("ix_access_tokens_user_id"), "access_tokens", ["user_id"])
    for statement in (*GUARDS, *GATE):
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.add_column("jobs", sa.Column("token_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("jobs", "token_id")
    for function in (
        "note_token_use(bytea)",
        "open_as_with_token(bytea, uuid)",
        "open_for_write_with_token(bytea, uuid, uuid, text)",
        "open_for_read_with_token(bytea, uuid, uuid)",
        "bearer_of_token(bytea, uuid)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("access_tokens")
