"""No token carries who shares a book.

Revision: 0031, after 0030. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

WITHIN_REACH = "ck_access_tokens_scopes_within_reach"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE access_tokens SET scopes = array_remove(scopes, 'membership:write') WHERE cardinality(scopes) > 1"
    )
    op.execute("DELETE FROM access_tokens WHERE scopes = '{membership:write}'")
    op.drop_constraint(op.f(WITHIN_REACH), "access_tokens")
    op.create_check_constraint(
        op.f(WITHIN_REACH), "access_tokens", "NOT scopes && '{members:write,membership:write,owners:write}'"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f(WITHIN_REACH), "access_tokens")
    op.create_check_constraint(op.f(WITHIN_REACH), "access_tokens", "NOT scopes && '{members:write,owners:write}'")
