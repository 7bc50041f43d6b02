"""A book that uses currencies of its own is deleted too: these go last.

Revision: 0038, after 0037. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

DELETE_BOOK = """CREATE OR REPLACE FUNCTION delete_book(gone uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asking uuid := nullif(current_setting('farthing.user', true), '')::uuid;
    tables oid[];
    following oid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(gone::text, 0));
    PERFORM 1 FROM books b WHERE b.id = gone FOR UPDATE;
    IF NOT EXISTS (SELECT FROM members m WHERE m.book_id = gone AND m.user_id = asking AND m.role = 'owner') THEN
        RAISE EXCEPTION 'only an owner deletes a book' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Nothing of it is locked any more.
    UPDATE books b SET locked_until = NULL, checkpoint_policy = 'flag' WHERE b.id = gone;
    -- Every table of books, whichever rooms there are: what refers to others comes before those. Those that refer to
    -- each other have keys that can wait.
    SET CONSTRAINTS ALL DEFERRED;
    SELECT array_agg(c.oid ORDER BY c.relname) INTO tables
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'book_id' AND NOT a.attisdropped
     WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT IN ('month_sums', 'own_currencies');
    WHILE cardinality(tables) > 0 LOOP
        SELECT t INTO following FROM unnest(tables) t
         WHERE NOT EXISTS (
               SELECT FROM pg_constraint k
                WHERE k.contype = 'f' AND NOT k.condeferrable AND k.confrelid = t AND k.conrelid <> t
                  AND k.conrelid = ANY (tables))
         LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'tables of books refer to each other in a circle';
        END IF;
        EXECUTE format('DELETE FROM %s WHERE book_id = $1', following::regclass) USING gone;
        tables := array_remove(tables, following);
    END LOOP;
    -- Kept by triggers of those before, and needed by them though no key says so: these two come last.
    DELETE FROM month_sums s WHERE s.book_id = gone;
    DELETE FROM own_currencies c WHERE c.book_id = gone;
    UPDATE users u
       SET default_book_id = (SELECT m.book_id FROM members m WHERE m.user_id = u.id ORDER BY m.created_at LIMIT 1)
     WHERE u.default_book_id = gone;
    DELETE FROM books b WHERE b.id = gone;
    INSERT INTO deleted_books (id) VALUES (gone) ON CONFLICT (id) DO UPDATE SET deleted_at = now();
    SET CONSTRAINTS ALL IMMEDIATE;
END
$$;"""
BEFORE = """CREATE OR REPLACE FUNCTION delete_book(gone uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asking uuid := nullif(current_setting('farthing.user', true), '')::uuid;
    tables oid[];
    following oid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(gone::text, 0));
    PERFORM 1 FROM books b WHERE b.id = gone FOR UPDATE;
    IF NOT EXISTS (SELECT FROM members m WHERE m.book_id = gone AND m.user_id = asking AND m.role = 'owner') THEN
        RAISE EXCEPTION 'only an owner deletes a book' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Nothing of it is locked any more.
    UPDATE books b SET locked_until = NULL, checkpoint_policy = 'flag' WHERE b.id = gone;
    -- Every table of books, whichever rooms there are: what refers to others comes before those. Those that refer to
    -- each other have keys that can wait.
    SET CONSTRAINTS ALL DEFERRED;
    SELECT array_agg(c.oid ORDER BY c.relname) INTO tables
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'book_id' AND NOT a.attisdropped
     WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'month_sums';
    WHILE cardinality(tables) > 0 LOOP
        SELECT t INTO following FROM unnest(tables) t
         WHERE NOT EXISTS (
               SELECT FROM pg_constraint k
                WHERE k.contype = 'f' AND NOT k.condeferrable AND k.confrelid = t AND k.conrelid <> t
                  AND k.conrelid = ANY (tables))
         LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'tables of books refer to each other in a circle';
        END IF;
        EXECUTE format('DELETE FROM %s WHERE book_id = $1', following::regclass) USING gone;
        tables := array_remove(tables, following);
    END LOOP;
    -- Kept by triggers of those before, so it is the last.
    DELETE FROM month_sums s WHERE s.book_id = gone;
    UPDATE users u
       SET default_book_id = (SELECT m.book_id FROM members m WHERE m.user_id = u.id ORDER BY m.created_at LIMIT 1)
     WHERE u.default_book_id = gone;
    DELETE FROM books b WHERE b.id = gone;
    INSERT INTO deleted_books (id) VALUES (gone) ON CONFLICT (id) DO UPDATE SET deleted_at = now();
    SET CONSTRAINTS ALL IMMEDIATE;
END
$$;"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(sa.text(DELETE_BOOK.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(sa.text(BEFORE.replace(":", "\\:")))
