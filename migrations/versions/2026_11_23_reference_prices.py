"""Reference prices of the instance, and an index of the prices noted on postings.

Revision: 0027, after 0026. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "reference_prices",
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "currency ~ '^[A-Z]{3}$' AND currency <> 'EUR'", name=op.f("ck_reference_prices_currency_of_iso")
        ),
        sa.CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name=op.f("ck_reference_prices_date_bounded")),
        sa.CheckConstraint(
            "amount > 0 AND scale(amount) <= 18 AND amount < 1e28", name=op.f("ck_reference_prices_amount_bounded")
        ),
        sa.CheckConstraint(
            "source <> '' AND char_length(source) <= 200", name=op.f("ck_reference_prices_source_given")
        ),
        sa.PrimaryKeyConstraint("currency", "date", name=op.f("pk_reference_prices")),
    )
    op.create_table(
        "reference_loads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("prices", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("prices >= 0", name=op.f("ck_reference_loads_prices_counted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_loads")),
    )
    for table in ("reference_prices", "reference_loads"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO farthing_app")
    op.create_index(
        "ix_postings_priced",
        "postings",
        ["book_id", "currency", "price_currency", "date", "ordinal"],
        postgresql_include=["price_amount", "transaction_id"],
        postgresql_where=sa.text("price_amount IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_postings_priced", table_name="postings")
    op.drop_table("reference_loads")
    op.drop_table("reference_prices")
