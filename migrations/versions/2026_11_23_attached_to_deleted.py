"""A file may be attached to a transaction that was deleted, where a book is restored.

Revision: 0022, after 0021. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WITH_THE_DELETED = """CREATE OR REPLACE FUNCTION attachments_belong() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lost record;
BEGIN
    SELECT a.id INTO lost
      FROM added a
     WHERE a.transaction_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM transactions t WHERE t.book_id = a.book_id AND t.id = a.transaction_id)
       -- A book that is restored has what is attached to a transaction that was deleted, and may come back.
       AND NOT EXISTS (SELECT FROM history h WHERE h.book_id = a.book_id AND h.record_id = a.transaction_id
                          AND h.kind = 'transaction') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the transaction of the attachment % isn''t there', lost.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'attachments_transaction', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$"""
WITHOUT = """CREATE OR REPLACE FUNCTION attachments_belong() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lost record;
BEGIN
    SELECT a.id INTO lost
      FROM added a
     WHERE a.transaction_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM transactions t WHERE t.book_id = a.book_id AND t.id = a.transaction_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the transaction of the attachment % isn''t there', lost.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'attachments_transaction', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(WITH_THE_DELETED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(WITHOUT)
