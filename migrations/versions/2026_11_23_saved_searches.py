"""Searches that are kept under a name.

Revision: 0015, after 0014. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE saved_searches ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE saved_searches FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY saved_searches_owner ON saved_searches FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY saved_searches_app ON saved_searches FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON saved_searches TO farthing_app""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "saved_searches",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("filter", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_saved_searches")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_saved_searches_book_id")),
        sa.UniqueConstraint("book_id", "name_key", name=op.f("uq_saved_searches_book_id_name_key")),
        sa.CheckConstraint("name <> '' AND char_length(name) <= 100", name=op.f("ck_saved_searches_name_bounded")),
        sa.CheckConstraint(
            "jsonb_typeof(filter) = 'object' AND filter <> '{}'", name=op.f("ck_saved_searches_filter_given")
        ),
        sa.CheckConstraint("position BETWEEN 0 AND 10000", name=op.f("ck_saved_searches_position_bounded")),
    )
    op.create_index("ix_saved_searches_revision", "saved_searches", ["book_id", "revision", "id"])
    for statement in GUARDS:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("saved_searches")
