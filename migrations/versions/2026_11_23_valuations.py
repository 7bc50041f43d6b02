"""What accounts are worth on a day, and the account that the difference is booked to, in every book there is.

Revision: 0008, after 0007. Made on 2026-11-23.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from uuid_utils.compat import uuid7

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IN_BOOK = "book_id = nullif(current_setting('farthing.book', true), '')::uuid"
GUARDS = (
    "ALTER TABLE valuations ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE valuations FORCE ROW LEVEL SECURITY",
    "CREATE POLICY valuations_owner ON valuations FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
    f"CREATE POLICY valuations_app ON valuations FOR ALL TO farthing_app USING ({IN_BOOK}) WITH CHECK ({IN_BOOK})",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON valuations TO farthing_app",
)
ROLES = "'opening_balances', 'trading', 'uncategorised_income', 'uncategorised_expense'"
NAME, POSITION = "Revaluation", 5004
ACCOUNTS = sa.table(
    "accounts",
    sa.column("book_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    *(sa.column(name, sa.Text()) for name in ("kind", "role", "name", "full_name", "name_key", "sort_key")),
    *(sa.column(name, sa.BigInteger()) for name in ("position", "named_revision", "created_revision", "revision")),
    *(sa.column(name, postgresql.TIMESTAMP(timezone=True)) for name in ("created_at", "changed_at")),
)
CHANGES = sa.table(
    "changes",
    sa.column("book_id", sa.Uuid()),
    sa.column("revision", sa.BigInteger()),
    sa.column("at", postgresql.TIMESTAMP(timezone=True)),
    sa.column("operation", sa.Text()),
    sa.column("summary", sa.Text()),
    sa.column("payload", postgresql.JSONB()),
    *(sa.column(name, sa.LargeBinary()) for name in ("salt", "payload_digest", "hash")),
)
BOOKS = sa.table(
    "books",
    sa.column("id", sa.Uuid()),
    sa.column("revision", sa.BigInteger()),
    sa.column("head_hash", sa.LargeBinary()),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "valuations",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("created_revision", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("date BETWEEN '1600-01-01' AND '2999-12-31'", name=op.f("ck_valuations_date_bounded")),
        sa.CheckConstraint(
            "amount >= 0 AND scale(amount) <= 18 AND amount < 1e28", name=op.f("ck_valuations_amount_bounded")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_valuations_currency_is_a_code")),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["accounts.book_id", "accounts.id"],
            name=op.f("fk_valuations_book_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "transaction_id"],
            ["transactions.book_id", "transactions.id"],
            name=op.f("fk_valuations_book_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_valuations")),
        sa.UniqueConstraint("book_id", "account_id", "date", name=op.f("uq_valuations_book_id_account_id_date")),
        sa.UniqueConstraint("book_id", "transaction_id", name=op.f("uq_valuations_book_id_transaction_id")),
    )
    op.create_index("ix_valuations_revision", "valuations", ["book_id", "revision", "id"])
    for statement in GUARDS:
        op.execute(sa.text(statement.replace(":", "\\:")))
    _know_kinds("'ordinary', 'opening', 'valuation'")
    _know_roles(f"{ROLES}, 'revaluation'")
    furnish(op.get_bind())


def furnish(connection: sa.Connection) -> None:
    """Give each book the account that revaluations are booked to, as a change of its log like any other."""
    lacking = sa.text("""
        SELECT b.id, b.revision, b.head_hash FROM books b
         WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.book_id = b.id AND a.role = 'revaluation')
         ORDER BY b.id FOR UPDATE OF b
    """).columns(sa.column("id", sa.Uuid()))
    for book in connection.execute(lacking).all():
        _furnish(connection, book)


def _furnish(connection: sa.Connection, book: Any) -> None:
    name, at = _free_name(connection, book.id), dt.datetime.now(dt.UTC)
    account_id, salt, ours = uuid7(), secrets.token_bytes(16), book.revision + 1
    stamps = {"named_revision": ours, "created_revision": ours, "revision": ours, "created_at": at, "changed_at": at}
    connection.execute(
        ACCOUNTS.insert().values(
            book_id=book.id,
            id=account_id,
            kind="equity",
            role="revaluation",
            name=name,
            full_name=f"Equity:{name}",
            name_key=f"equity:{name.lower()}",
            sort_key=f"2\x1f{POSITION:06d}{name.lower()}",
            position=POSITION,
            **stamps,
        )
    )
    summary = f"Opened the account Equity:{name}."
    payload = {
        "records": [{"kind": "account", "id": str(account_id), "action": "created"}],
        "counts": {"account created": 1},
    }
    digest = hashlib.sha256(salt + _canonical([summary, payload])).digest()
    words = [str(book.id), ours, at.isoformat(timespec="microseconds"), None, "add_revaluation", digest.hex()]
    head = hashlib.sha256(book.head_hash + _canonical(words)).digest()
    connection.execute(
        CHANGES.insert().values(
            book_id=book.id,
            revision=ours,
            at=at,
            operation="add_revaluation",
            summary=summary,
            payload=payload,
            salt=salt,
            payload_digest=digest,
            hash=head,
        )
    )
    connection.execute(BOOKS.update().where(BOOKS.c.id == book.id).values(revision=ours, head_hash=head))


def _free_name(connection: sa.Connection, book_id: Any) -> str:
    """What the account is called: something else where people have an account of that name."""
    keys = connection.execute(
        sa.text("SELECT name_key FROM accounts WHERE book_id = :book AND name_key LIKE 'equity:revaluation%'"),
        {"book": book_id},
    )
    taken = set(keys.scalars())
    name, number = NAME, 1
    while f"equity:{name.lower()}" in taken:
        number += 1
        name = f"{NAME} {number}"
    return name


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _know_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_transactions_kind_known"), "transactions", type_="check")
    op.create_check_constraint(op.f("ck_transactions_kind_known"), "transactions", f"kind IN ({kinds})")


def _know_roles(roles: str) -> None:
    op.drop_constraint(op.f("ck_accounts_role_known"), "accounts", type_="check")
    op.create_check_constraint(op.f("ck_accounts_role_known"), "accounts", f"role IS NULL OR role IN ({roles})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SELECT set_config('farthing.override_lock', 'on', true)")
    op.drop_table("valuations")
    # What was booked stays as it is, as if people had booked it themselves.
    op.execute("UPDATE transactions SET kind = 'ordinary' WHERE kind = 'valuation'")
    op.execute("UPDATE accounts SET role = NULL WHERE role = 'revaluation'")
    _know_kinds("'ordinary', 'opening'")
    _know_roles(ROLES)
