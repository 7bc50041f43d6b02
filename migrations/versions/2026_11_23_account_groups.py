"""Groups of accounts beside the chart, and what was agreed about an account: interest, limits, payments, terms.

Revision: 0007, after 0006. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IN_BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
GUARDS = (
    "ALTER TABLE account_groups ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE account_groups FORCE ROW LEVEL SECURITY",
    "CREATE POLICY account_groups_owner ON account_groups FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
    f"CREATE POLICY account_groups_app ON account_groups FOR ALL TO farthing_app USING ({IN_BOOK}) WITH CHECK ({IN_BOOK})",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON account_groups TO farthing_app",
)
COLUMNS = (
    ("group_id", sa.Uuid()),
    ("interest_rate", sa.Numeric()),
    ("credit_limit", sa.Numeric()),
    ("minimum_payment", sa.Numeric()),
    ("payment_day", sa.SmallInteger()),
    ("started_on", sa.Date()),
    ("ends_on", sa.Date()),
    ("original_amount", sa.Numeric()),
)
REPAID = "'receivable', 'credit_card', 'loan', 'mortgage', 'payable'"
TERMED = "'savings', 'receivable', 'loan', 'mortgage', 'payable'"
CHECKS = {
    "interest_rate_fits": "interest_rate IS NULL OR coalesce(type, '') IN ('checking', 'savings', 'receivable', "
    "'credit_card', 'loan', 'mortgage', 'payable')",
    "credit_limit_fits": "credit_limit IS NULL OR coalesce(type, '') IN ('checking', 'credit_card', 'loan')",
    "minimum_payment_fits": f"minimum_payment IS NULL OR coalesce(type, '') IN ({REPAID})",
    "payment_day_fits": f"payment_day IS NULL OR coalesce(type, '') IN ({REPAID})",
    "started_on_fits": f"started_on IS NULL OR coalesce(type, '') IN ({TERMED})",
    "ends_on_fits": f"ends_on IS NULL OR coalesce(type, '') IN ({TERMED})",
    "original_amount_fits": f"original_amount IS NULL OR coalesce(type, '') IN ({TERMED})",
    "credit_limit_bounded": "credit_limit >= 0 AND scale(credit_limit) <= 18 AND credit_limit < 1e28",
    "minimum_payment_bounded": "minimum_payment >= 0 AND scale(minimum_payment) <= 18 AND minimum_payment < 1e28",
    "original_amount_bounded": "original_amount >= 0 AND scale(original_amount) <= 18 AND original_amount < 1e28",
    "amounts_have_a_currency": "num_nonnulls(credit_limit, minimum_payment, original_amount) = 0 "
    "OR currency IS NOT NULL",
    "interest_rate_bounded": "interest_rate BETWEEN -100 AND 1000 AND scale(interest_rate) <= 6",
    "payment_day_in_a_month": "payment_day BETWEEN 1 AND 31",
    "started_on_bounded": "started_on BETWEEN '1600-01-01' AND '2999-12-31'",
    "ends_on_bounded": "ends_on BETWEEN '1600-01-01' AND '2999-12-31'",
    "ends_after_it_started": "ends_on >= started_on",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "account_groups",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_account_groups_name_is_written")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_account_groups_position_counts")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_account_groups_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_account_groups")),
        sa.UniqueConstraint("book_id", "name_key", name=op.f("uq_account_groups_book_id_name_key")),
    )
    op.create_index("ix_account_groups_revision", "account_groups", ["book_id", "revision", "id"])
    for statement in GUARDS:
        op.execute(sa.text(statement.replace(":", "\\:")))
    for name, type_ in COLUMNS:
        op.add_column("accounts", sa.Column(name, type_, nullable=True))
    for name, check in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_accounts_{name}"), "accounts", check)
    op.create_foreign_key("fk_accounts_group", "accounts", "account_groups", ["book_id", "group_id"], ["book_id", "id"])
    op.create_index("ix_accounts_group", "accounts", ["book_id", "group_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_accounts_{name}"), "accounts", type_="check")
    for name, _ in reversed(COLUMNS):
        op.drop_column("accounts", name)
    op.drop_table("account_groups")
