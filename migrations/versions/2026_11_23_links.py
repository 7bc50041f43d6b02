"""Links between lines, reversals, and lines of statements that follow a transaction into another.

Revision: 0011, after 0010. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CURRENT_BOOK = "nullif(current_setting('farthing.book', true), '')::uuid"
KINDS = "kind IN ('ordinary', 'opening', 'valuation', 'book_transfer', 'reversal')"
KINDS_BEFORE = "kind IN ('ordinary', 'opening', 'valuation', 'book_transfer')"
LINKS = (
    """CREATE FUNCTION posting_link_holds(link posting_links) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM postings spent
          JOIN accounts spent_on ON spent_on.book_id = spent.book_id AND spent_on.id = spent.account_id
          JOIN postings back ON back.book_id = spent.book_id AND back.id = link.to_posting_id
          JOIN accounts back_on ON back_on.book_id = back.book_id AND back_on.id = back.account_id
         WHERE spent.book_id = link.book_id AND spent.id = link.from_posting_id
           AND spent.transaction_id <> back.transaction_id
           AND spent.currency = link.currency AND back.currency = link.currency
           AND spent_on.kind = 'expense' AND back_on.kind IN ('income', 'expense')
           AND spent.amount >= (SELECT sum(o.amount) FROM posting_links o
                                 WHERE o.book_id = link.book_id AND o.from_posting_id = spent.id)
           AND -back.amount >= (SELECT sum(o.amount) FROM posting_links o
                                 WHERE o.book_id = link.book_id AND o.to_posting_id = back.id)
    )
$$;""",
    """CREATE FUNCTION posting_links_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The link as it is by now, at the end of the transaction, between the lines as they are by now.
    IF EXISTS (
        SELECT FROM posting_links l
         WHERE l.book_id = NEW.book_id AND l.id = NEW.id AND NOT posting_link_holds(l)
    ) THEN
        RAISE EXCEPTION 'the link % joins no two lines that bear it', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_links_hold', TABLE = 'posting_links';
    END IF;
    RETURN NULL;
END
$$;""",
    """CREATE FUNCTION posting_links_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A line that goes may be about to come again: touching its links has them looked at when all is done.
    UPDATE posting_links l SET revision = l.revision
      FROM removed r WHERE l.book_id = r.book_id AND l.from_posting_id = r.id;
    UPDATE posting_links l SET revision = l.revision
      FROM removed r WHERE l.book_id = r.book_id AND l.to_posting_id = r.id;
    RETURN NULL;
END
$$;""",
    """CREATE CONSTRAINT TRIGGER posting_links_hold AFTER INSERT OR UPDATE ON posting_links
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION posting_links_hold();""",
    """CREATE TRIGGER posting_links_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION posting_links_follow();""",
    """CREATE TRIGGER posting_links_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION posting_links_follow();""",
    """REVOKE EXECUTE ON FUNCTION posting_link_holds, posting_links_hold, posting_links_follow FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION posting_link_holds TO farthing_app;""",
)
"""The functions and the triggers that hold links to their lines."""
LINES = (
    """CREATE FUNCTION statement_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what the bank wrote in the line % does not change', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_line_stays', TABLE = 'statement_lines';
END
$$;""",
    """CREATE TRIGGER statement_line_stays BEFORE UPDATE ON statement_lines
    FOR EACH ROW WHEN (
        (OLD.id, OLD.account_id, OLD.import_id, OLD.line, OLD.external_id, OLD.fingerprint, OLD.date,
         OLD.amount, OLD.currency, OLD.original, OLD.created_revision, OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.account_id, NEW.import_id, NEW.line, NEW.external_id, NEW.fingerprint, NEW.date,
         NEW.amount, NEW.currency, NEW.original, NEW.created_revision, NEW.created_at)
    ) EXECUTE FUNCTION statement_line_stays();""",
    """REVOKE EXECUTE ON FUNCTION statement_line_stays FROM PUBLIC;""",
)
"""What the bank wrote stays as it is, now that the rest of a line may change."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_reversals()
    _add_links()
    _add_rejected_matches()
    _let_lines_move()
    for statement in (*LINKS, *LINES):
        op.execute(sa.text(statement.replace(":", "\\:")))


def _add_reversals() -> None:
    op.add_column("transactions", sa.Column("reverses_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_transactions_book_id_reverses_id"),
        "transactions",
        "transactions",
        ["book_id", "reverses_id"],
        ["book_id", "id"],
        deferrable=True,
    )
    op.create_index(
        "uq_transactions_reverses",
        "transactions",
        ["book_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_transactions_kind_known"), "transactions", type_="check")
    op.create_check_constraint(op.f("ck_transactions_kind_known"), "transactions", KINDS)
    op.create_check_constraint(
        op.f("ck_transactions_reversal_of_something"),
        "transactions",
        "(kind = 'reversal') = (reverses_id IS NOT NULL)",
    )
    op.create_check_constraint(op.f("ck_transactions_reverses_another"), "transactions", "reverses_id <> id")
    # What an image shows is all of a record: those of before say it too, so that they can be brought back.
    op.execute(
        """
        UPDATE history SET before = before || '{"reverses_id": null}'
         WHERE kind = 'transaction' AND before IS NOT NULL AND NOT before ? 'reverses_id'
        """
    )


def _add_links() -> None:
    op.create_table(
        "posting_links",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_posting_id", sa.Uuid(), nullable=False),
        sa.Column("to_posting_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('refund', 'reimbursement')", name=op.f("ck_posting_links_kind_known")),
        sa.CheckConstraint(
            "amount > 0 AND scale(amount) <= 18 AND amount < 1e28", name=op.f("ck_posting_links_amount_bounded")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_posting_links_currency_is_a_code")),
        sa.ForeignKeyConstraint(
            ["book_id", "from_posting_id"],
            ["postings.book_id", "postings.id"],
            name=op.f("fk_posting_links_book_id_from_posting_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "to_posting_id"],
            ["postings.book_id", "postings.id"],
            name=op.f("fk_posting_links_book_id_to_posting_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_posting_links")),
        sa.UniqueConstraint(
            "book_id",
            "from_posting_id",
            "to_posting_id",
            name=op.f("uq_posting_links_book_id_from_posting_id_to_posting_id"),
        ),
    )
    op.create_index("ix_posting_links_to", "posting_links", ["book_id", "to_posting_id"])
    op.create_index("ix_posting_links_revision", "posting_links", ["book_id", "revision", "id"])
    _guard("posting_links", "SELECT, INSERT, UPDATE, DELETE")


def _add_rejected_matches() -> None:
    op.create_table(
        "rejected_matches",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('transfer', 'posted')", name=op.f("ck_rejected_matches_kind_known")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_rejected_matches_pair_in_order")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_rejected_matches_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_rejected_matches")),
        sa.UniqueConstraint(
            "book_id",
            "first_id",
            "second_id",
            "kind",
            name=op.f("uq_rejected_matches_book_id_first_id_second_id_kind"),
        ),
    )
    op.create_index("ix_rejected_matches_revision", "rejected_matches", ["book_id", "revision", "id"])
    _guard("rejected_matches", "SELECT, INSERT, UPDATE, DELETE")


def _let_lines_move() -> None:
    op.add_column("statement_lines", sa.Column("created_revision", sa.BigInteger(), nullable=True))
    for name in ("created_at", "changed_at"):
        op.add_column("statement_lines", sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.execute(
        """
        UPDATE statement_lines l SET created_revision = l.revision, created_at = c.at, changed_at = c.at
          FROM changes c WHERE c.book_id = l.book_id AND c.revision = l.revision
        """
    )
    for name in ("created_revision", "created_at", "changed_at"):
        op.alter_column("statement_lines", name, nullable=False)
    op.create_index("ix_statement_lines_posting", "statement_lines", ["book_id", "posting_id"])
    op.create_index("ix_statement_lines_revision", "statement_lines", ["book_id", "revision", "id"])
    op.execute("GRANT UPDATE, DELETE ON statement_lines TO farthing_app")


def _guard(table: str, grants: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)")
    in_book = f"book_id = {CURRENT_BOOK}"
    op.execute(
        sa.text(
            f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING ({in_book}) WITH CHECK ({in_book})".replace(
                ":", "\\:"
            )
        )
    )
    op.execute(f"GRANT {grants} ON {table} TO farthing_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE UPDATE, DELETE ON statement_lines FROM farthing_app")
    op.execute("DROP TRIGGER statement_line_stays ON statement_lines")
    op.execute("DROP FUNCTION statement_line_stays")
    op.drop_index("ix_statement_lines_revision", table_name="statement_lines")
    op.drop_index("ix_statement_lines_posting", table_name="statement_lines")
    op.execute("UPDATE statement_lines SET revision = created_revision")
    for name in ("changed_at", "created_at", "created_revision"):
        op.drop_column("statement_lines", name)
    op.drop_table("rejected_matches")
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER posting_links_{event} ON postings")
    op.execute("DROP FUNCTION posting_link_holds")
    op.drop_table("posting_links")
    op.execute("DROP FUNCTION posting_links_hold, posting_links_follow")
    # A reversal stays in the books as what it is without its mark: a transaction like any other.
    op.drop_constraint(op.f("ck_transactions_reverses_another"), "transactions", type_="check")
    op.drop_constraint(op.f("ck_transactions_reversal_of_something"), "transactions", type_="check")
    op.drop_constraint(op.f("ck_transactions_kind_known"), "transactions", type_="check")
    op.execute("SELECT set_config('farthing.override_lock', 'on', true)")
    op.execute("UPDATE transactions SET kind = 'ordinary' WHERE kind = 'reversal'")
    op.create_check_constraint(op.f("ck_transactions_kind_known"), "transactions", KINDS_BEFORE)
    op.drop_index("uq_transactions_reverses", table_name="transactions")
    op.drop_constraint(op.f("fk_transactions_book_id_reverses_id"), "transactions", type_="foreignkey")
    op.drop_column("transactions", "reverses_id")
    op.execute("UPDATE history SET before = before - 'reverses_id' WHERE kind = 'transaction'")
