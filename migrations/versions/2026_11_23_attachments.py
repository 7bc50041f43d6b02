"""Files of transactions and of accounts, and the content that they name.

Revision: 0009, after 0008. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GUARDS = tuple(
    statement
    for table, grants in (("contents", "SELECT, INSERT, UPDATE"), ("attachments", "SELECT, INSERT, UPDATE, DELETE"))
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
        f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)",
        f"GRANT {grants} ON {table} TO farthing_app",
    )
)

BELONGING = (
    """CREATE FUNCTION attachments_belong() RETURNS trigger
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
$$;""",
    """CREATE TRIGGER attachments_belong_insert AFTER INSERT ON attachments
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION attachments_belong();""",
    """REVOKE EXECUTE ON FUNCTION attachments_belong FROM PUBLIC;""",
)
"""The function and the trigger that see to it that a transaction is there when a file is attached to it."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "contents",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=True),
        sa.Column("stored_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_contents_hash_is_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_contents_size_positive")),
        sa.CheckConstraint(
            "starts_with(object_name, book_id::text || '/')", name=op.f("ck_contents_object_of_the_book")
        ),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_contents_book_id")),
        sa.PrimaryKeyConstraint("book_id", "hash", name=op.f("pk_contents")),
    )
    op.create_table(
        "attachments",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(transaction_id, account_id) = 1", name=op.f("ck_attachments_belongs_to_one")),
        sa.CheckConstraint(
            "media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/heic', 'image/tiff', 'text/plain')",
            name=op.f("ck_attachments_media_type_known"),
        ),
        sa.CheckConstraint(r"name ~ '^[^[:cntrl:]/\\]{1,200}$'", name=op.f("ck_attachments_name_is_no_path")),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachments_size_positive")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_attachments_book_id")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_attachments_book_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "content_hash"],
            ["contents.book_id", "contents.hash"],
            name=op.f("fk_attachments_book_id_content_hash"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_transaction", "attachments", ["book_id", "transaction_id", "id"])
    op.create_index("ix_attachments_account", "attachments", ["book_id", "account_id", "id"])
    op.create_index("ix_attachments_content", "attachments", ["book_id", "content_hash"])
    op.create_index("ix_attachments_revision", "attachments", ["book_id", "revision", "id"])
    for statement in (*GUARDS, *BELONGING):
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("attachments")
    op.drop_table("contents")
    op.execute("DROP FUNCTION attachments_belong")
