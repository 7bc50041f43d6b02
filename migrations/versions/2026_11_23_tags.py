"""Tags, which transactions bear them, and notes.

Revision: 0013, after 0012. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE tags ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE tags FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY tags_owner ON tags FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY tags_app ON tags FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON tags TO farthing_app""",
    """ALTER TABLE transaction_tags ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE transaction_tags FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY transaction_tags_owner ON transaction_tags FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY transaction_tags_app ON transaction_tags FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_tags TO farthing_app""",
)

LOCK = (
    """CREATE FUNCTION period_lock_holds_tags() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    IF current_setting('farthing.override_lock', true) = 'on' THEN
        RETURN NULL;
    END IF;
    -- A transaction that comes or goes with its tags is looked at with its postings.
    SELECT t.book_id, t.date INTO broken
      FROM touched x
      JOIN transactions t ON t.book_id = x.book_id AND t.id = x.transaction_id
      JOIN books b ON b.id = x.book_id
     WHERE t.date <= b.locked_until LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the book % is locked, the day % included', broken.book_id, broken.date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_locked', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE TRIGGER period_lock_insert AFTER INSERT ON transaction_tags
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();""",
    """CREATE TRIGGER period_lock_delete AFTER DELETE ON transaction_tags
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();""",
    """CREATE TRIGGER period_lock_update_before AFTER UPDATE ON transaction_tags
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();""",
    """CREATE TRIGGER period_lock_update_after AFTER UPDATE ON transaction_tags
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();""",
    """REVOKE EXECUTE ON FUNCTION period_lock_holds_tags FROM PUBLIC;""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("transactions", sa.Column("notes", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_transactions_notes_bounded"), "transactions", "char_length(notes) <= 10000")
    op.create_table(
        "tags",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("named_revision", sa.BigInteger(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 100", name=op.f("ck_tags_name_bounded")),
        sa.CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name=op.f("ck_tags_color_is_a_color")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_tags_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_tags")),
        sa.UniqueConstraint("book_id", "name_key", name=op.f("uq_tags_book_id_name_key")),
    )
    op.create_index("ix_tags_revision", "tags", ["book_id", "revision", "id"])
    op.create_table(
        "transaction_tags",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "transaction_id"],
            ["transactions.book_id", "transactions.id"],
            name=op.f("fk_transaction_tags_book_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "tag_id"], ["tags.book_id", "tags.id"], name=op.f("fk_transaction_tags_book_id_tag_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "transaction_id", "tag_id", name=op.f("pk_transaction_tags")),
    )
    op.create_index("ix_transaction_tags_tag", "transaction_tags", ["book_id", "tag_id", "transaction_id"])
    for statement in (*GUARDS, *LOCK):
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("transaction_tags")
    op.drop_table("tags")
    op.execute("DROP FUNCTION period_lock_holds_tags")
    op.drop_constraint(op.f("ck_transactions_notes_bounded"), "transactions", type_="check")
    op.drop_column("transactions", "notes")
