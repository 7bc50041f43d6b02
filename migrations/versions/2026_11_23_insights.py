"""What is found in a book: what recurs, what is forecast, what is to be told.

Revision: 0024, after 0023. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

DUE = """CREATE FUNCTION books_to_look_into(after_book uuid, most integer) RETURNS TABLE (book_id uuid, person_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT b.id, o.user_id
      FROM books b
      LEFT JOIN analyses a ON a.book_id = b.id
     CROSS JOIN LATERAL (SELECT m.user_id FROM members m WHERE m.book_id = b.id AND m.role = 'owner'
                          ORDER BY m.created_at, m.user_id LIMIT 1) o
     WHERE (after_book IS NULL OR b.id > after_book)
       -- What is expected and doesn't come changes nothing in the book: hence once a week, at least.
       AND (a.book_id IS NULL OR a.revision < b.revision OR a.made_at < now() - interval '7 days')
       AND NOT EXISTS (SELECT FROM jobs j
                        WHERE j.book_id = b.id AND j.kind = 'insights.refresh' AND j.ended_at IS NULL)
     ORDER BY b.id
     LIMIT most;
END
$$;"""
WRONG = """CREATE FUNCTION books_with_wrong_sums() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM analyses a WHERE NOT a.sums_hold);
END
$$;"""
BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
TABLES = ("analyses", "recurring_payments", "forecasts", "insights")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "analyses",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("looked_from", sa.Date(), nullable=True),
        sa.Column("transactions", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("sums_hold", sa.Boolean(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("revision >= 0 AND transactions >= 0 AND seconds >= 0", name=op.f("ck_analyses_counted")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_analyses_book_id")),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_analyses")),
    )
    op.create_index(
        "ix_analyses_wrong", "analyses", ["book_id"], unique=False, postgresql_where=sa.text("NOT sums_hold")
    )
    op.create_table(
        "recurring_payments",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("day_of_month", sa.SmallInteger(), nullable=True),
        sa.Column("shift", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("amount_min", sa.Numeric(), nullable=False),
        sa.Column("amount_max", sa.Numeric(), nullable=False),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("next_date", sa.Date(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Numeric(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("price_changes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("transaction_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.CheckConstraint(
            "cadence IN ('weekly', 'fortnightly', 'four_weekly', 'monthly', 'two_monthly', 'quarterly', 'half_yearly', 'yearly')",
            name=op.f("ck_recurring_payments_cadence_known"),
        ),
        sa.CheckConstraint(
            "direction IN ('income', 'expense', 'transfer')", name=op.f("ck_recurring_payments_direction_known")
        ),
        sa.CheckConstraint(
            "shift IS NULL OR shift IN ('none', 'following', 'preceding')",
            name=op.f("ck_recurring_payments_shift_known"),
        ),
        sa.CheckConstraint("state IN ('active', 'late', 'ended')", name=op.f("ck_recurring_payments_state_known")),
        sa.CheckConstraint(
            "(day_of_month IS NULL) = (shift IS NULL)", name=op.f("ck_recurring_payments_day_with_shift")
        ),
        sa.CheckConstraint("cardinality(transaction_ids) > 0", name=op.f("ck_recurring_payments_proven")),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_recurring_payments_confidence_is_a_share")),
        sa.CheckConstraint("day_of_month BETWEEN 1 AND 31", name=op.f("ck_recurring_payments_day_in_a_month")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_recurring_payments_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_recurring_payments")),
        sa.UniqueConstraint("book_id", "fingerprint", name=op.f("uq_recurring_payments_book_id_fingerprint")),
    )
    op.create_index("ix_recurring_payments_next", "recurring_payments", ["book_id", "next_date", "id"], unique=False)
    op.create_table(
        "forecasts",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("held", sa.Numeric(), nullable=False),
        sa.Column("points", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("back_test", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "jsonb_typeof(points) = 'array' AND octet_length(points::text) <= 200000",
            name=op.f("ck_forecasts_points_bounded"),
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_forecasts_position_counts")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_forecasts_book_id")),
        sa.PrimaryKeyConstraint("book_id", "position", name=op.f("pk_forecasts")),
    )
    op.create_table(
        "insights",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("transaction_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("first_seen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_revision", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(snoozed_until IS NOT NULL) = (state = 'snoozed')", name=op.f("ck_insights_snoozed_until_a_day")
        ),
        sa.CheckConstraint("cardinality(transaction_ids) > 0 OR kind = 'sums_differ'", name=op.f("ck_insights_proven")),
        sa.CheckConstraint(
            "jsonb_typeof(facts) = 'object' AND octet_length(facts::text) <= 20000",
            name=op.f("ck_insights_facts_bounded"),
        ),
        sa.CheckConstraint(
            "kind IN ('recurring_found', 'price_changed', 'payment_missed', 'unusual_spending', 'duplicate_suspected', 'balance_low', 'sums_differ')",
            name=op.f("ck_insights_kind_known"),
        ),
        sa.CheckConstraint("state IN ('new', 'dismissed', 'snoozed')", name=op.f("ck_insights_state_known")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_insights_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_insights")),
        sa.UniqueConstraint("book_id", "fingerprint", name=op.f("uq_insights_book_id_fingerprint")),
    )
    op.create_index("ix_insights_order", "insights", ["book_id", "date", "id"], unique=False)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING ({BOOK}) WITH CHECK ({BOOK})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO farthing_app")
    op.execute(DUE)
    op.execute(WRONG)
    op.execute("REVOKE EXECUTE ON FUNCTION books_to_look_into, books_with_wrong_sums FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION books_to_look_into, books_with_wrong_sums TO farthing_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION books_to_look_into, books_with_wrong_sums")
    for table in reversed(TABLES):
        op.drop_table(table)
