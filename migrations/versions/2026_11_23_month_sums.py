"""Sums of each month's postings by account, kept with them, so that balances don't grow with the years.

Revision: 0002, after 0001. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE month_sums ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE month_sums FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY month_sums_owner ON month_sums FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY month_sums_app ON month_sums FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)""",
    """GRANT SELECT ON month_sums TO farthing_app""",
    """CREATE FUNCTION month_sums_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The sums are nobody's to write but this function's: it works as their owner.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO month_sums AS s (book_id, account_id, currency, status, month, amount, postings)
        SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), sum(p.amount), count(*)
          FROM added p GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (book_id, account_id, currency, status, month)
            DO UPDATE SET amount = s.amount + excluded.amount, postings = s.postings + excluded.postings;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO month_sums AS s (book_id, account_id, currency, status, month, amount, postings)
        SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), -sum(p.amount), -count(*)
          FROM removed p GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (book_id, account_id, currency, status, month)
            DO UPDATE SET amount = s.amount + excluded.amount, postings = s.postings + excluded.postings;
    ELSE
        INSERT INTO month_sums AS s (book_id, account_id, currency, status, month, amount, postings)
        SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), sum(p.amount), sum(p.postings)
          FROM (SELECT a.book_id, a.account_id, a.currency, a.status, a.date, a.amount, 1 AS postings FROM added a
                UNION ALL
                SELECT r.book_id, r.account_id, r.currency, r.status, r.date, -r.amount, -1 FROM removed r) p
         GROUP BY 1, 2, 3, 4, 5 HAVING sum(p.amount) <> 0 OR sum(p.postings) <> 0
            ON CONFLICT (book_id, account_id, currency, status, month)
            DO UPDATE SET amount = s.amount + excluded.amount, postings = s.postings + excluded.postings;
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE FUNCTION month_of(day date) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT day - extract(day FROM day)::int + 1
$$;""",
    """CREATE TRIGGER month_sums_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION month_sums_follow();""",
    """CREATE TRIGGER month_sums_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION month_sums_follow();""",
    """CREATE TRIGGER month_sums_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION month_sums_follow();""",
    """REVOKE EXECUTE ON FUNCTION month_sums_follow, month_of FROM PUBLIC;""",
)
"""Row-level security, the functions and the triggers that keep the sums."""

SUM_UP = """
INSERT INTO month_sums (book_id, account_id, currency, status, month, amount, postings)
SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), sum(p.amount), count(*)
  FROM postings p GROUP BY 1, 2, 3, 4, 5
"""
"""What was posted before there were sums. Writers wait meanwhile: the lock on postings is the triggers'."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "month_sums",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_month_sums_month_is_its_first_day")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_month_sums_book_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "account_id", "currency", "status", "month", name=op.f("pk_month_sums")),
    )
    for guard in GUARDS:
        op.execute(sa.text(guard.replace(":", "\\:")))
    op.execute(SUM_UP)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER month_sums_{event} ON postings")
    op.execute("DROP FUNCTION month_sums_follow")
    op.drop_table("month_sums")
    op.execute("DROP FUNCTION month_of")
