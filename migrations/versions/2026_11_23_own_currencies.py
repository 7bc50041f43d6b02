"""Currencies of a book's own, and their codes wherever a currency is named.

Revision: 0017, after 0016. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

USE = (
    """CREATE FUNCTION currency_use(
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
$$;""",
    """CREATE FUNCTION own_currency_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    it record;
BEGIN
    it := currency_use(OLD.book_id, OLD.code);
    IF TG_OP = 'DELETE' OR NEW.code <> OLD.code OR NEW.book_id <> OLD.book_id THEN
        IF it.used THEN
            RAISE EXCEPTION 'the book % keeps something in %', OLD.book_id, OLD.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'currency_in_use', TABLE = 'own_currencies';
        END IF;
    ELSIF it.finest > NEW.digits THEN
        RAISE EXCEPTION 'the book % has amounts in % of % digits', OLD.book_id, OLD.code, it.finest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'currency_posted_finer', TABLE = 'own_currencies';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;""",
    """CREATE TRIGGER own_currency_stays BEFORE DELETE OR UPDATE OF book_id, code, digits ON own_currencies
    FOR EACH ROW EXECUTE FUNCTION own_currency_stays();""",
    """REVOKE EXECUTE ON FUNCTION currency_use, own_currency_stays FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION currency_use TO farthing_app;""",
)
OLD_CODE = "currency ~ '^[A-Z]{3}$'"
NEW_CODE = "currency ~ '^[A-Z][A-Z0-9._-]{1,11}$'"
AMOUNTS_KEPT = ("postings", "posting_links", "valuations", "checkpoints")
BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "own_currencies",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digits", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z][A-Z0-9._-]{1,11}$'", name=op.f("ck_own_currencies_code_is_a_code")),
        sa.CheckConstraint("digits BETWEEN 0 AND 18", name=op.f("ck_own_currencies_digits_bounded")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_own_currencies_name_given")),
        sa.CheckConstraint(
            "kind IN ('currency', 'crypto', 'security', 'points', 'other')", name=op.f("ck_own_currencies_kind_known")
        ),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_own_currencies_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_own_currencies")),
        sa.UniqueConstraint("book_id", "code", name=op.f("uq_own_currencies_book_id_code")),
    )
    op.create_index("ix_own_currencies_revision", "own_currencies", ["book_id", "revision", "id"])
    op.execute("ALTER TABLE own_currencies ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE own_currencies FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_currencies_owner ON own_currencies FOR ALL TO farthing_owner USING (true) WITH CHECK (true)"
    )
    op.execute(
        f"CREATE POLICY own_currencies_app ON own_currencies FOR ALL TO farthing_app USING ({BOOK}) WITH CHECK ({BOOK})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON own_currencies TO farthing_app")
    for statement in USE:
        op.execute(statement)
    _recode("accounts", f"currency IS NULL OR {NEW_CODE}")
    for table in AMOUNTS_KEPT:
        _recode(table, NEW_CODE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in AMOUNTS_KEPT:
        _recode(table, OLD_CODE)
    _recode("accounts", f"currency IS NULL OR {OLD_CODE}")
    op.drop_table("own_currencies")
    op.execute("DROP FUNCTION own_currency_stays")
    op.execute("DROP FUNCTION currency_use")


def _recode(table: str, condition: str) -> None:
    name = op.f(f"ck_{table}_currency_is_a_code")
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, condition)
