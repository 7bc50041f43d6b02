"""A day until which a book is locked, told when the book is opened, and triggers that hold it.

Revision: 0004, after 0003. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GATE = (
    """CREATE FUNCTION open_for_read(
    asking uuid, sitting uuid, wanted uuid,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    IF sitting IS NOT NULL AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    ) THEN
        outcome := 'session_ended';
        RETURN;
    END IF;
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until
      INTO book, role, revision, head_hash, currency, time_zone, locked_until
      FROM members m JOIN books b ON b.id = m.book_id
     WHERE m.book_id = wanted AND m.user_id = asking;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', book::text, true);
    outcome := 'open';
END
$$;""",
    """CREATE FUNCTION open_for_write(
    asking uuid, sitting uuid, wanted uuid, wanted_key text,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT request_digest bytea, OUT answer jsonb
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    IF sitting IS NOT NULL AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    ) THEN
        outcome := 'session_ended';
        RETURN;
    END IF;
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    -- A stranger must not be able to make a book's members wait.
    IF NOT EXISTS (SELECT FROM members m WHERE m.book_id = wanted AND m.user_id = asking) THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', wanted::text, true);
    -- The advisory lock forms an orderly queue; the row's lock alone halves the rate when many wait.
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted::text, 0));
    PERFORM 1 FROM books b WHERE b.id = wanted FOR NO KEY UPDATE;
    -- Statements of their own, after the locks: what decides must be seen as the writer before left it.
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until
      INTO book, role, revision, head_hash, currency, time_zone, locked_until
      FROM members m JOIN books b ON b.id = m.book_id
     WHERE m.book_id = wanted AND m.user_id = asking;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    IF wanted_key IS NOT NULL THEN
        SELECT c.request_digest, c.answer INTO request_digest, answer
          FROM changes c WHERE c.book_id = wanted AND c.actor_id = asking AND c.key = wanted_key;
    END IF;
    outcome := 'open';
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION open_for_read, open_for_write FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION open_for_read, open_for_write TO farthing_app;""",
)
"""How a book is opened: what is answered grows by the lock's day, so the functions are made anew."""

GATE_BEFORE = (
    """CREATE FUNCTION open_for_read(
    asking uuid, sitting uuid, wanted uuid,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    IF sitting IS NOT NULL AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    ) THEN
        outcome := 'session_ended';
        RETURN;
    END IF;
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone
      INTO book, role, revision, head_hash, currency, time_zone
      FROM members m JOIN books b ON b.id = m.book_id
     WHERE m.book_id = wanted AND m.user_id = asking;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', book::text, true);
    outcome := 'open';
END
$$;""",
    """CREATE FUNCTION open_for_write(
    asking uuid, sitting uuid, wanted uuid, wanted_key text,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT request_digest bytea, OUT answer jsonb
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    IF sitting IS NOT NULL AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    ) THEN
        outcome := 'session_ended';
        RETURN;
    END IF;
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    -- A stranger must not be able to make a book's members wait.
    IF NOT EXISTS (SELECT FROM members m WHERE m.book_id = wanted AND m.user_id = asking) THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', wanted::text, true);
    -- The advisory lock forms an orderly queue; the row's lock alone halves the rate when many wait.
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted::text, 0));
    PERFORM 1 FROM books b WHERE b.id = wanted FOR NO KEY UPDATE;
    -- Statements of their own, after the locks: what decides must be seen as the writer before left it.
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone
      INTO book, role, revision, head_hash, currency, time_zone
      FROM members m JOIN books b ON b.id = m.book_id
     WHERE m.book_id = wanted AND m.user_id = asking;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    IF wanted_key IS NOT NULL THEN
        SELECT c.request_digest, c.answer INTO request_digest, answer
          FROM changes c WHERE c.book_id = wanted AND c.actor_id = asking AND c.key = wanted_key;
    END IF;
    outcome := 'open';
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION open_for_read, open_for_write FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION open_for_read, open_for_write TO farthing_app;""",
)

LOCK = (
    """CREATE FUNCTION period_lock_holds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    -- Against mistakes, not against the service: who may say so is the service's to know.
    IF current_setting('farthing.override_lock', true) = 'on' THEN
        RETURN NULL;
    END IF;
    -- The first day of what a statement touches decides: one look at the book's row, by its key, whatever was chosen.
    IF TG_OP = 'INSERT' THEN
        SELECT t.book_id, t.first_day INTO broken
          FROM (SELECT a.book_id, min(a.date) AS first_day FROM added a GROUP BY a.book_id) t
         WHERE t.first_day <= (SELECT b.locked_until FROM books b WHERE b.id = t.book_id) LIMIT 1;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT t.book_id, t.first_day INTO broken
          FROM (SELECT r.book_id, min(r.date) AS first_day FROM removed r GROUP BY r.book_id) t
         WHERE t.first_day <= (SELECT b.locked_until FROM books b WHERE b.id = t.book_id) LIMIT 1;
    ELSE
        SELECT t.book_id, t.first_day INTO broken
          FROM (SELECT d.book_id, min(d.date) AS first_day
                  FROM (SELECT a.book_id, a.date FROM added a
                        UNION ALL
                        SELECT r.book_id, r.date FROM removed r) d
                 GROUP BY d.book_id) t
         WHERE t.first_day <= (SELECT b.locked_until FROM books b WHERE b.id = t.book_id) LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'the book % is locked, the day % included', broken.book_id, broken.first_day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_locked', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE TRIGGER period_lock_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();""",
    """CREATE TRIGGER period_lock_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();""",
    """CREATE TRIGGER period_lock_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();""",
    """CREATE TRIGGER period_lock_facts AFTER UPDATE ON transactions
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();""",
    """REVOKE EXECUTE ON FUNCTION period_lock_holds FROM PUBLIC;""",
)
"""The function and the triggers that hold the lock."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("books", sa.Column("locked_until", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_books_locked_until_bounded"), "books", "locked_until BETWEEN '1600-01-01' AND '2999-12-31'"
    )
    op.execute("DROP FUNCTION open_for_read, open_for_write")
    for statement in (*GATE, *LOCK):
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER period_lock_{event} ON postings")
    op.execute("DROP TRIGGER period_lock_facts ON transactions")
    op.execute("DROP FUNCTION period_lock_holds")
    op.execute("DROP FUNCTION open_for_read, open_for_write")
    for statement in GATE_BEFORE:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.drop_constraint(op.f("ck_books_locked_until_bounded"), "books", type_="check")
    op.drop_column("books", "locked_until")
