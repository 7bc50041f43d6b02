"""A book's own prices, by day.

Revision: 0021, after 0020. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

USE = """CREATE OR REPLACE FUNCTION currency_use(
    in_book uuid, wanted text, OUT used boolean, OUT finest integer
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT max(scale(trim_scale(kept.amount))) INTO finest
      FROM (SELECT p.amount
              FROM postings p
             WHERE p.book_id = in_book AND p.currency = wanted
               -- Which accounts to look at is known from the sums of their months.
               AND p.account_id IN (SELECT s.account_id FROM month_sums s
                                     WHERE s.book_id = in_book AND s.currency = wanted AND s.postings > 0)
            UNION ALL
            SELECT v.amount FROM valuations v WHERE v.book_id = in_book AND v.currency = wanted
            UNION ALL
            SELECT l.amount FROM posting_links l WHERE l.book_id = in_book AND l.currency = wanted
            UNION ALL
            SELECT c.amount FROM checkpoints c WHERE c.book_id = in_book AND c.currency = wanted
            UNION ALL
            SELECT unnest(ARRAY[a.credit_limit, a.minimum_payment, a.original_amount])
              FROM accounts a
             WHERE a.book_id = in_book AND a.currency = wanted) AS kept (amount);
    used := finest IS NOT NULL
            OR EXISTS (SELECT FROM accounts a WHERE a.book_id = in_book AND a.currency = wanted)
            OR EXISTS (SELECT FROM postings p
                        WHERE p.book_id = in_book AND (p.price_amount IS NOT NULL OR p.cost_amount IS NOT NULL)
                          AND (p.price_currency = wanted OR p.cost_currency = wanted))
            OR EXISTS (SELECT FROM prices p WHERE p.book_id = in_book AND wanted IN (p.commodity, p.currency));
END
$$;"""
USE_BEFORE = """CREATE OR REPLACE FUNCTION currency_use(
    in_book uuid, wanted text, OUT used boolean, OUT finest integer
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT max(scale(trim_scale(kept.amount))) INTO finest
      FROM (SELECT p.amount
              FROM postings p
             WHERE p.book_id = in_book AND p.currency = wanted
               -- Which accounts to look at is known from the sums of their months.
               AND p.account_id IN (SELECT s.account_id FROM month_sums s
                                     WHERE s.book_id = in_book AND s.currency = wanted AND s.postings > 0)
            UNION ALL
            SELECT v.amount FROM valuations v WHERE v.book_id = in_book AND v.currency = wanted
            UNION ALL
            SELECT l.amount FROM posting_links l WHERE l.book_id = in_book AND l.currency = wanted
            UNION ALL
            SELECT c.amount FROM checkpoints c WHERE c.book_id = in_book AND c.currency = wanted
            UNION ALL
            SELECT unnest(ARRAY[a.credit_limit, a.minimum_payment, a.original_amount])
              FROM accounts a
             WHERE a.book_id = in_book AND a.currency = wanted) AS kept (amount);
    used := finest IS NOT NULL
            OR EXISTS (SELECT FROM accounts a WHERE a.book_id = in_book AND a.currency = wanted)
            OR EXISTS (SELECT FROM postings p
                        WHERE p.book_id = in_book AND (p.price_amount IS NOT NULL OR p.cost_amount IS NOT NULL)
                          AND (p.price_currency = wanted OR p.cost_currency = wanted));
END
$$;"""
CODE = "'^[A-Z][A-Z0-9._-]{1,11}$'"
BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "prices",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commodity", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(f"commodity ~ {CODE}", name=op.f("ck_prices_commodity_is_a_code")),
        sa.CheckConstraint(f"currency ~ {CODE}", name=op.f("ck_prices_currency_is_a_code")),
        sa.CheckConstraint("commodity <> currency", name=op.f("ck_prices_in_another_currency")),
        sa.CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name=op.f("ck_prices_date_bounded")),
        sa.CheckConstraint(
            "amount >= 0 AND scale(amount) <= 18 AND amount < 1e28", name=op.f("ck_prices_amount_bounded")
        ),
        sa.CheckConstraint("source <> '' AND char_length(source) <= 200", name=op.f("ck_prices_source_given")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_prices_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_prices")),
        sa.UniqueConstraint(
            "book_id", "commodity", "currency", "date", name=op.f("uq_prices_book_id_commodity_currency_date")
        ),
    )
    op.create_index("ix_prices_order", "prices", ["book_id", "date", "id"])
    op.create_index("ix_prices_revision", "prices", ["book_id", "revision", "id"])
    op.execute("ALTER TABLE prices ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE prices FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY prices_owner ON prices FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY prices_app ON prices FOR ALL TO farthing_app USING ({BOOK}) WITH CHECK ({BOOK})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON prices TO farthing_app")
    op.execute(USE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(USE_BEFORE)
    op.drop_table("prices")
