"""What a unit was worth or was bought for, noted on postings.

Revision: 0019, after 0018. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
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
                          AND (p.price_currency = wanted OR p.cost_currency = wanted));
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
            OR EXISTS (SELECT FROM accounts a WHERE a.book_id = in_book AND a.currency = wanted);
END
$$;"""
CODE = "'^[A-Z][A-Z0-9._-]{1,11}$'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("postings", sa.Column("price_amount", sa.Numeric(), nullable=True))
    op.add_column("postings", sa.Column("price_currency", sa.Text(), nullable=True))
    op.add_column("postings", sa.Column("cost_amount", sa.Numeric(), nullable=True))
    op.add_column("postings", sa.Column("cost_currency", sa.Text(), nullable=True))
    op.add_column("postings", sa.Column("cost_date", sa.Date(), nullable=True))
    op.add_column("postings", sa.Column("cost_label", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_postings_price_noted_whole"),
        "postings",
        "(price_amount IS NULL AND price_currency IS NULL) OR (price_amount IS NOT NULL"
        " AND price_amount >= 0 AND price_amount < 1e28 AND scale(price_amount) <= 18"
        f" AND price_currency IS NOT NULL AND price_currency ~ {CODE}"
        " AND price_currency <> currency)",
    )
    op.create_check_constraint(
        op.f("ck_postings_cost_noted_whole"),
        "postings",
        "(cost_amount IS NULL AND cost_currency IS NULL AND cost_date IS NULL AND cost_label IS NULL)"
        " OR (cost_amount IS NOT NULL"
        " AND cost_amount >= 0 AND cost_amount < 1e28 AND scale(cost_amount) <= 18"
        f" AND cost_currency IS NOT NULL AND cost_currency ~ {CODE}"
        " AND cost_currency <> currency"
        " AND (cost_date IS NULL OR cost_date BETWEEN '1600-01-01' AND '2999-12-31')"
        " AND (cost_label IS NULL OR (cost_label <> '' AND char_length(cost_label) <= 200)))",
    )
    op.create_index(
        "ix_postings_noted",
        "postings",
        ["book_id", "price_currency", "cost_currency"],
        postgresql_where=sa.text("price_amount IS NOT NULL OR cost_amount IS NOT NULL"),
    )
    op.execute(USE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(USE_BEFORE)
    op.drop_index("ix_postings_noted", table_name="postings")
    for column in ("price_amount", "price_currency", "cost_amount", "cost_currency", "cost_date", "cost_label"):
        op.drop_column("postings", column)
