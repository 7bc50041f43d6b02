"""Checkpoints, which PostgreSQL holds the postings to, and reconciliations.

Revision: 0016, after 0015. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

IN_BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
GRANTS = {"checkpoints": "SELECT, INSERT, UPDATE, DELETE", "reconciliations": "SELECT, INSERT, UPDATE, DELETE"}

GATE = (
    """CREATE FUNCTION open_for_read(
    asking uuid, sitting uuid, wanted uuid,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date
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
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until,
           b.checked_until
      INTO book, role, revision, head_hash, currency, time_zone, locked_until, checked_until
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
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date,
    OUT request_digest bytea, OUT answer jsonb
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
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until,
           b.checked_until
      INTO book, role, revision, head_hash, currency, time_zone, locked_until, checked_until
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
"""How a book is opened: what is answered grows by the last checkpoint's day, so the functions are made anew."""

GATE_BEFORE = (
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
"""How it was before."""

CHECKS = (
    """CREATE FUNCTION checkpoints_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- One look at the book's row, by its key, is all that it costs where nothing was ever stated of that time. What a
    -- checkpoint's account holds is reckoned anew by a trigger of the checkpoint's own, whatever is written there; this
    -- one comes after those that keep the sums of months, by its name.
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM (SELECT a.book_id, min(a.date) AS first_day FROM added a GROUP BY a.book_id) t
                        WHERE t.first_day <= (SELECT b.checked_until FROM books b WHERE b.id = t.book_id)) THEN
            RETURN NULL;
        END IF;
        UPDATE checkpoints c SET held = c.held
          FROM (SELECT d.book_id, d.account_id, d.currency, min(d.date) AS first_day
                  FROM (SELECT a.book_id, a.account_id, a.currency, a.date FROM added a WHERE a.status <> 'pending'
                         GROUP BY 1, 2, 3, 4 HAVING sum(a.amount) <> 0) d
                 GROUP BY 1, 2, 3) m
         WHERE c.book_id = m.book_id AND c.account_id = m.account_id AND c.currency = m.currency
           AND c.date >= m.first_day;
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM (SELECT r.book_id, min(r.date) AS first_day FROM removed r GROUP BY r.book_id) t
                        WHERE t.first_day <= (SELECT b.checked_until FROM books b WHERE b.id = t.book_id)) THEN
            RETURN NULL;
        END IF;
        UPDATE checkpoints c SET held = c.held
          FROM (SELECT d.book_id, d.account_id, d.currency, min(d.date) AS first_day
                  FROM (SELECT r.book_id, r.account_id, r.currency, r.date FROM removed r WHERE r.status <> 'pending'
                         GROUP BY 1, 2, 3, 4 HAVING sum(r.amount) <> 0) d
                 GROUP BY 1, 2, 3) m
         WHERE c.book_id = m.book_id AND c.account_id = m.account_id AND c.currency = m.currency
           AND c.date >= m.first_day;
    ELSE
        IF NOT EXISTS (SELECT FROM (SELECT d.book_id, min(d.date) AS first_day
                                      FROM (SELECT a.book_id, a.date FROM added a
                                            UNION ALL
                                            SELECT r.book_id, r.date FROM removed r) d
                                     GROUP BY d.book_id) t
                        WHERE t.first_day <= (SELECT b.checked_until FROM books b WHERE b.id = t.book_id)) THEN
            RETURN NULL;
        END IF;
        UPDATE checkpoints c SET held = c.held
          FROM (SELECT d.book_id, d.account_id, d.currency, min(d.date) AS first_day
                  FROM (SELECT p.book_id, p.account_id, p.currency, p.date
                          FROM (SELECT a.book_id, a.account_id, a.currency, a.date, a.status, a.amount FROM added a
                                UNION ALL
                                SELECT r.book_id, r.account_id, r.currency, r.date, r.status, -r.amount
                                  FROM removed r) p
                         WHERE p.status <> 'pending'
                         GROUP BY 1, 2, 3, 4 HAVING sum(p.amount) <> 0) d
                 GROUP BY 1, 2, 3) m
         WHERE c.book_id = m.book_id AND c.account_id = m.account_id AND c.currency = m.currency
           AND c.date >= m.first_day;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE TRIGGER postings_checked_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_follow();""",
    """CREATE TRIGGER postings_checked_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_follow();""",
    """CREATE TRIGGER postings_checked_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_follow();""",
    """REVOKE EXECUTE ON FUNCTION checkpoints_follow FROM PUBLIC;""",
    """CREATE FUNCTION checkpoint_reckoned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- What an account holds is nobody's to say but the postings': whatever is written here, this is what is kept.
    NEW.held := coalesce((
        SELECT sum(parts.amount)
          FROM (SELECT s.amount FROM month_sums s
                 WHERE s.book_id = NEW.book_id AND s.account_id = NEW.account_id AND s.currency = NEW.currency
                   AND s.status <> 'pending' AND s.month < month_of(NEW.date)
                UNION ALL
                SELECT p.amount FROM postings p
                 WHERE p.book_id = NEW.book_id AND p.account_id = NEW.account_id AND p.currency = NEW.currency
                   AND p.status <> 'pending' AND p.date BETWEEN month_of(NEW.date) AND NEW.date) parts), 0);
    RETURN NEW;
END
$$;""",
    """CREATE FUNCTION checkpoint_true() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Asked when a transaction ends, of the row as it is then: halfway, the old postings are gone and the new ones not
    -- yet there. A checkpoint may be broken, but it may not keep that to itself.
    IF EXISTS (SELECT FROM checkpoints c
                WHERE c.book_id = NEW.book_id AND c.id = NEW.id
                  AND c.difference <> c.amount + c.outstanding - c.held) THEN
        RAISE EXCEPTION 'the checkpoint % of the book % does not say how far the account is from it', NEW.id, NEW.book_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'checkpoint_true', TABLE = 'checkpoints';
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE FUNCTION checked_until_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    touched uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        touched := OLD.book_id;
    ELSE
        touched := NEW.book_id;
    END IF;
    UPDATE books b SET checked_until = (SELECT max(c.date) FROM checkpoints c WHERE c.book_id = b.id)
     WHERE b.id = touched;
    RETURN NULL;
END
$$;""",
    """CREATE TRIGGER checkpoint_reckoned BEFORE INSERT OR UPDATE ON checkpoints
    FOR EACH ROW EXECUTE FUNCTION checkpoint_reckoned();""",
    """CREATE CONSTRAINT TRIGGER checkpoint_true AFTER INSERT OR UPDATE ON checkpoints
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION checkpoint_true();""",
    """CREATE TRIGGER checked_until_follows AFTER INSERT OR DELETE OR UPDATE OF date ON checkpoints
    FOR EACH ROW EXECUTE FUNCTION checked_until_follows();""",
    """REVOKE EXECUTE ON FUNCTION checkpoint_reckoned, checkpoint_true, checked_until_follows FROM PUBLIC;""",
)
"""The functions and triggers that keep what is held, and hold the postings to it."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("books", sa.Column("checkpoint_policy", sa.Text(), server_default=sa.text("'flag'"), nullable=False))
    op.add_column("books", sa.Column("checked_until", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_books_checkpoint_policy_known"), "books", "checkpoint_policy IN ('refuse', 'flag')"
    )
    op.create_table(
        "checkpoints",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("held", sa.Numeric(), nullable=False),
        sa.Column("outstanding", sa.Numeric(), nullable=False),
        sa.Column("difference", sa.Numeric(), nullable=False),
        sa.Column("broken_revision", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_checkpoints")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_checkpoints_book_id_account_id"),
        ),
        sa.UniqueConstraint(
            "book_id", "account_id", "currency", "date", name=op.f("uq_checkpoints_book_id_account_id_currency_date")
        ),
        sa.CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name=op.f("ck_checkpoints_date_bounded")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_checkpoints_currency_is_a_code")),
        sa.CheckConstraint("scale(amount) <= 18 AND abs(amount) < 1e28", name=op.f("ck_checkpoints_amount_bounded")),
        sa.CheckConstraint("origin IN ('manual', 'statement', 'import')", name=op.f("ck_checkpoints_origin_known")),
        sa.CheckConstraint(
            "(difference <> 0) = (broken_revision IS NOT NULL)", name=op.f("ck_checkpoints_broken_since_a_revision")
        ),
    )
    op.create_index("ix_checkpoints_order", "checkpoints", ["book_id", "date", "id"])
    op.create_index("ix_checkpoints_revision", "checkpoints", ["book_id", "revision", "id"])
    op.create_table(
        "reconciliations",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("balance", sa.Numeric(), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_reconciliations")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_reconciliations_book_id_account_id"),
        ),
        sa.CheckConstraint("postings >= 0", name=op.f("ck_reconciliations_postings_not_negative")),
    )
    op.create_index("ix_reconciliations_order", "reconciliations", ["book_id", "account_id", "date", "id"])
    op.create_index("ix_reconciliations_revision", "reconciliations", ["book_id", "revision", "id"])
    for table, grants in GRANTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING ({IN_BOOK}) WITH CHECK ({IN_BOOK})"
        )
        op.execute(f"GRANT {grants} ON {table} TO farthing_app")
    op.execute("DROP FUNCTION open_for_read, open_for_write")
    for statement in (*GATE, *CHECKS):
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER postings_checked_{event} ON postings")
    op.drop_table("reconciliations")
    op.drop_table("checkpoints")
    op.execute("DROP FUNCTION checkpoints_follow, checkpoint_reckoned, checkpoint_true, checked_until_follows")
    op.execute("DROP FUNCTION open_for_read, open_for_write")
    for statement in GATE_BEFORE:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.drop_constraint(op.f("ck_books_checkpoint_policy_known"), "books", type_="check")
    op.drop_column("books", "checked_until")
    op.drop_column("books", "checkpoint_policy")
