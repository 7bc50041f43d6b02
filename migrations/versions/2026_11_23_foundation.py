"""The first tables: people, books, accounts, the journal, statements, imports and the change log.

Revision: 0001, after . Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE books ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE books FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY books_owner ON books FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY books_app ON books FOR ALL TO farthing_app USING (id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE ON books TO farthing_app""",
    """ALTER TABLE users ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE users FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY users_owner ON users FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY users_self ON users FOR SELECT TO farthing_app USING (id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """CREATE POLICY users_self_change ON users FOR UPDATE TO farthing_app USING (id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT (id, email, name, is_operator, default_book_id, created_at), UPDATE (name, default_book_id) ON users TO farthing_app""",
    """ALTER TABLE accounts ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE accounts FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY accounts_owner ON accounts FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY accounts_app ON accounts FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON accounts TO farthing_app""",
    """ALTER TABLE changes ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE changes FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY changes_owner ON changes FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY changes_app ON changes FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT ON changes TO farthing_app""",
    """CREATE FUNCTION forget_answers(older_than interval) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    -- The answer goes; the key stays, so that it can't be taken for a new request.
    UPDATE changes c SET answer = NULL WHERE c.answer IS NOT NULL AND c.at < now() - older_than;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION forget_answers FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION forget_answers TO farthing_app;""",
    """ALTER TABLE imports ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE imports FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY imports_owner ON imports FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY imports_app ON imports FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON imports TO farthing_app""",
    """ALTER TABLE members ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE members FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY members_owner ON members FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY members_app ON members FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """CREATE POLICY members_self ON members FOR SELECT TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """CREATE POLICY books_member ON books FOR SELECT TO farthing_app USING (EXISTS (SELECT FROM members m WHERE m.book_id = books.id AND m.user_id = nullif(current_setting('farthing.user', true), '')::uuid))""",
    """CREATE POLICY users_fellow ON users FOR SELECT TO farthing_app USING (EXISTS (SELECT FROM members m WHERE m.book_id = nullif(current_setting('farthing.book', true), '')::uuid AND m.user_id = users.id))""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON members TO farthing_app""",
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
    """CREATE FUNCTION prefer_book(person uuid, chosen uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE users u SET default_book_id = chosen
     WHERE u.id = person AND EXISTS (SELECT FROM members m WHERE m.book_id = chosen AND m.user_id = person);
    RETURN FOUND;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION open_for_read, open_for_write, prefer_book FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION open_for_read, open_for_write, prefer_book TO farthing_app;""",
    """ALTER TABLE sessions ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE sessions FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY sessions_owner ON sessions FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY sessions_app ON sessions FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT, UPDATE (ended_at) ON sessions TO farthing_app""",
    """ALTER TABLE transactions ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE transactions FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY transactions_owner ON transactions FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY transactions_app ON transactions FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON transactions TO farthing_app""",
    """ALTER TABLE history ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE history FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY history_owner ON history FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY history_app ON history FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT ON history TO farthing_app""",
    """ALTER TABLE postings ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE postings FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY postings_owner ON postings FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY postings_app ON postings FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON postings TO farthing_app""",
    """CREATE FUNCTION postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    uneven record;
BEGIN
    -- What a statement adds less what it takes away must be zero, per transaction and currency: so whatever was
    -- balanced stays balanced, and no table has to be read.
    IF TG_OP = 'INSERT' THEN
        SELECT p.transaction_id, p.currency INTO uneven FROM added p
         GROUP BY p.book_id, p.transaction_id, p.currency HAVING sum(p.amount) <> 0 LIMIT 1;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT p.transaction_id, p.currency INTO uneven FROM removed p
         GROUP BY p.book_id, p.transaction_id, p.currency HAVING sum(p.amount) <> 0 LIMIT 1;
    ELSE
        SELECT p.transaction_id, p.currency INTO uneven
          FROM (SELECT a.book_id, a.transaction_id, a.currency, a.amount FROM added a
                UNION ALL
                SELECT r.book_id, r.transaction_id, r.currency, -r.amount FROM removed r) p
         GROUP BY p.book_id, p.transaction_id, p.currency HAVING sum(p.amount) <> 0 LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of transaction % do not sum to zero in %', uneven.transaction_id, uneven.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balance', TABLE = 'postings';
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE TRIGGER postings_balance_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION postings_balance();""",
    """CREATE TRIGGER postings_balance_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION postings_balance();""",
    """CREATE TRIGGER postings_balance_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION postings_balance();""",
    """ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY refresh_tokens_owner ON refresh_tokens FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
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
    """CREATE FUNCTION find_person(wanted_email_key text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT u.id FROM users u WHERE u.email_key = wanted_email_key);
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
    """CREATE FUNCTION open_as(asking uuid, sitting uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    RETURN sitting IS NULL OR EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    );
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION register_person, find_credentials, find_person, begin_session, rotate_refresh_token, end_session_of, open_as FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION register_person, find_credentials, find_person, begin_session, rotate_refresh_token, end_session_of, open_as TO farthing_app;""",
    """ALTER TABLE statement_lines ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE statement_lines FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY statement_lines_owner ON statement_lines FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY statement_lines_app ON statement_lines FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT ON statement_lines TO farthing_app""",
)
"""Row-level security, grants, functions and triggers, in order."""
FUNCTIONS = (
    "forget_answers",
    "open_for_read",
    "open_for_write",
    "prefer_book",
    "postings_balance",
    "register_person",
    "find_credentials",
    "find_person",
    "begin_session",
    "rotate_refresh_token",
    "end_session_of",
    "open_as",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "books",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("first_weekday", sa.BigInteger(), nullable=False),
        sa.Column("fiscal_year_start", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_books_currency_is_a_code")),
        sa.CheckConstraint(
            "fiscal_year_start ~ '^[0-9]{2}-[0-9]{2}$'", name=op.f("ck_books_fiscal_year_start_is_month_and_day")
        ),
        sa.CheckConstraint("first_weekday BETWEEN 1 AND 7", name=op.f("ck_books_first_weekday_is_iso")),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_books_revision_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_books")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_operator", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("default_book_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
    )
    op.create_table(
        "accounts",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("number_key", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("named_revision", sa.BigInteger(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("currency IS NULL OR currency ~ '^[A-Z]{3}$'", name=op.f("ck_accounts_currency_is_a_code")),
        sa.CheckConstraint(
            "kind IN ('asset', 'liability', 'equity', 'income', 'expense')", name=op.f("ck_accounts_kind_known")
        ),
        sa.CheckConstraint("position(':' in name) = 0 AND name <> ''", name=op.f("ck_accounts_name_is_one_segment")),
        sa.CheckConstraint(
            "role IS NULL OR role IN ('opening_balances', 'trading', 'uncategorised_income', 'uncategorised_expense')",
            name=op.f("ck_accounts_role_known"),
        ),
        sa.CheckConstraint(
            "type IS NULL OR type IN ('checking', 'savings', 'cash', 'investment', 'property', 'receivable', 'credit_card', 'loan', 'mortgage', 'payable', 'other')",
            name=op.f("ck_accounts_type_known"),
        ),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_accounts_parent_is_another")),
        sa.ForeignKeyConstraint(
            ["book_id", "parent_id"], ["accounts.book_id", "accounts.id"], name=op.f("fk_accounts_book_id_parent_id")
        ),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_accounts_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("book_id", "name_key", name=op.f("uq_accounts_book_id_name_key")),
    )
    op.create_index("ix_accounts_order", "accounts", ["book_id", "sort_key"], unique=False)
    op.create_index("ix_accounts_parent", "accounts", ["book_id", "parent_id"], unique=False)
    op.create_index(
        "uq_accounts_number",
        "accounts",
        ["book_id", "number_key"],
        unique=True,
        postgresql_where=sa.text("number_key IS NOT NULL"),
    )
    op.create_index(
        "uq_accounts_role", "accounts", ["book_id", "role"], unique=True, postgresql_where=sa.text("role IS NOT NULL")
    )
    op.create_table(
        "changes",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("payload_digest", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("request_digest", sa.LargeBinary(), nullable=True),
        sa.Column("answer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(key IS NULL) OR (request_digest IS NOT NULL)", name=op.f("ck_changes_key_with_digest")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_changes_hash_is_sha256")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_changes_revision_positive")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_changes_book_id")),
        sa.PrimaryKeyConstraint("book_id", "revision", name=op.f("pk_changes")),
    )
    op.create_index(
        "ix_changes_answered", "changes", ["at"], unique=False, postgresql_where=sa.text("answer IS NOT NULL")
    )
    op.create_index(
        "uq_changes_key",
        "changes",
        ["book_id", "actor_id", "key"],
        unique=True,
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_table(
        "imports",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("draft", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("(draft IS NOT NULL) = (state = 'draft')", name=op.f("ck_imports_draft_kept_while_draft")),
        sa.CheckConstraint("state IN ('draft', 'committed')", name=op.f("ck_imports_state_known")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_imports_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_imports")),
    )
    op.create_table(
        "members",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "role IN ('observer', 'viewer', 'accountant', 'editor', 'admin', 'owner')",
            name=op.f("ck_members_role_known"),
        ),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_members_book_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_members_user_id")),
        sa.PrimaryKeyConstraint("book_id", "user_id", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_user_id"), "members", ["user_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name=op.f("ck_transactions_date_bounded")),
        sa.CheckConstraint("kind IN ('ordinary', 'opening')", name=op.f("ck_transactions_kind_known")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_transactions_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_transactions")),
    )
    op.create_index("ix_transactions_order", "transactions", ["book_id", "date", "ordinal", "id"], unique=False)
    op.create_table(
        "history",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "revision"], ["changes.book_id", "changes.revision"], name=op.f("fk_history_book_id_revision")
        ),
        sa.PrimaryKeyConstraint("book_id", "record_id", "revision", name=op.f("pk_history")),
    )
    op.create_table(
        "postings",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=True),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_postings_currency_is_a_code")),
        sa.CheckConstraint("status IN ('pending', 'cleared', 'reconciled')", name=op.f("ck_postings_status_known")),
        sa.CheckConstraint("scale(amount) <= 18 AND abs(amount) < 1e28", name=op.f("ck_postings_amount_bounded")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"], ["accounts.book_id", "accounts.id"], name=op.f("fk_postings_book_id_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "transaction_id"],
            ["transactions.book_id", "transactions.id"],
            name=op.f("fk_postings_book_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_postings")),
    )
    op.create_index(
        "ix_postings_account",
        "postings",
        ["book_id", "account_id", "date", "ordinal", "transaction_id"],
        unique=False,
        postgresql_include=["amount", "currency"],
    )
    op.create_index("ix_postings_transaction", "postings", ["book_id", "transaction_id"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_refresh_tokens_digest_is_sha256")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_refresh_tokens_session_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_tokens")),
    )
    op.create_index(op.f("ix_refresh_tokens_session_id"), "refresh_tokens", ["session_id"], unique=False)
    op.create_table(
        "statement_lines",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("original", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("octet_length(fingerprint) = 32", name=op.f("ck_statement_lines_fingerprint_is_sha256")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_statement_lines_book_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_statement_lines")),
        sa.UniqueConstraint(
            "book_id", "account_id", "fingerprint", name=op.f("uq_statement_lines_book_id_account_id_fingerprint")
        ),
    )
    for guard in GUARDS:
        op.execute(sa.text(guard.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP POLICY books_member ON books")  # these two look at members, which goes first
    op.execute("DROP POLICY users_fellow ON users")
    op.drop_table("statement_lines")
    op.drop_index(op.f("ix_refresh_tokens_session_id"), table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_index("ix_postings_transaction", table_name="postings")
    op.drop_index("ix_postings_account", table_name="postings", postgresql_include=["amount", "currency"])
    op.drop_table("postings")
    op.drop_table("history")
    op.drop_index("ix_transactions_order", table_name="transactions")
    op.drop_table("transactions")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_members_user_id"), table_name="members")
    op.drop_table("members")
    op.drop_table("imports")
    op.drop_index("uq_changes_key", table_name="changes", postgresql_where=sa.text("key IS NOT NULL"))
    op.drop_index("ix_changes_answered", table_name="changes", postgresql_where=sa.text("answer IS NOT NULL"))
    op.drop_table("changes")
    op.drop_index("uq_accounts_role", table_name="accounts", postgresql_where=sa.text("role IS NOT NULL"))
    op.drop_index("uq_accounts_number", table_name="accounts", postgresql_where=sa.text("number_key IS NOT NULL"))
    op.drop_index("ix_accounts_parent", table_name="accounts")
    op.drop_index("ix_accounts_order", table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("users")
    op.drop_table("books")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
