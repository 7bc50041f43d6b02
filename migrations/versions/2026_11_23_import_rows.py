"""Rows of imports, the files that drafts were read from, and what was said of files of one origin.

Revision: 0020, after 0019. Made on 2026-11-23. Drafts were kept in another form, and are dropped: their files can be
handed in again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

GUARDS = tuple(
    statement
    for table in ("import_files", "import_rows", "import_profiles")
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
        f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO farthing_app",
    )
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM imports WHERE state = 'draft'")
    op.create_table(
        "import_files",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(content) BETWEEN 1 AND 50000000", name=op.f("ck_import_files_content_bounded")
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "import_id"],
            ["imports.book_id", "imports.id"],
            name=op.f("fk_import_files_book_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("book_id", "import_id", name=op.f("pk_import_files")),
    )
    op.create_table(
        "import_rows",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("statement", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("postings", postgresql.JSONB(), nullable=True),
        sa.Column("is_opening", sa.Boolean(), nullable=False),
        sa.Column("original", postgresql.JSONB(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("match", sa.Text(), nullable=True),
        sa.Column("of_transaction_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.Numeric(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=True),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        sa.Column("counter_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('new', 'duplicate', 'replaces', 'merge', 'skip')",
            name=op.f("ck_import_rows_decision_known"),
        ),
        sa.CheckConstraint("kind IN ('line', 'transaction')", name=op.f("ck_import_rows_kind_known")),
        sa.CheckConstraint("octet_length(fingerprint) = 32", name=op.f("ck_import_rows_fingerprint_is_sha256")),
        sa.CheckConstraint(
            "kind = 'transaction' OR num_nulls(account_id, amount, currency, fingerprint, posting_id) = 0",
            name=op.f("ck_import_rows_line_complete"),
        ),
        sa.CheckConstraint("kind = 'line' OR postings IS NOT NULL", name=op.f("ck_import_rows_transaction_complete")),
        sa.CheckConstraint(
            "decision NOT IN ('replaces', 'merge') OR num_nulls(of_transaction_id, match) = 0",
            name=op.f("ck_import_rows_merged_with_one"),
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "import_id"],
            ["imports.book_id", "imports.id"],
            name=op.f("fk_import_rows_book_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("book_id", "import_id", "position", name=op.f("pk_import_rows")),
    )
    op.create_table(
        "import_profiles",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_import_profiles_name_bounded")),
        sa.CheckConstraint("char_length(shape) BETWEEN 1 AND 1000", name=op.f("ck_import_profiles_shape_bounded")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_import_profiles_book_id_account_id"),
        ),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_import_profiles_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_import_profiles")),
        sa.UniqueConstraint("book_id", "shape", name=op.f("uq_import_profiles_book_id_shape")),
    )
    op.create_index("ix_import_profiles_revision", "import_profiles", ["book_id", "revision", "id"])
    for statement in GUARDS:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("import_profiles")
    op.drop_table("import_rows")
    op.drop_table("import_files")
    op.execute("DELETE FROM imports WHERE state = 'draft'")
