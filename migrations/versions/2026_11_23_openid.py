"""Accounts elsewhere that sign people in.

Revision: 0029, after 0028. Made on 2026-11-23.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

GUARDS = (
    """ALTER TABLE openid_identities ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE openid_identities FORCE ROW LEVEL SECURITY""",
    """CREATE POLICY openid_identities_owner ON openid_identities FOR ALL TO farthing_owner USING (true) WITH CHECK (true)""",
    """CREATE POLICY openid_identities_app ON openid_identities FOR ALL TO farthing_app USING (user_id = nullif(current_setting('farthing.user', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('farthing.user', true), '')::uuid)""",
    """GRANT SELECT, INSERT, DELETE, UPDATE (last_used_at) ON openid_identities TO farthing_app""",
    """CREATE FUNCTION find_openid_identity(wanted_issuer text, wanted_subject text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT i.user_id FROM openid_identities i WHERE i.issuer = wanted_issuer AND i.subject = wanted_subject);
END
$$;""",
    """CREATE FUNCTION follow_operator_group(person uuid, is_member boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Only of someone whom a provider knows.
    UPDATE users u SET is_operator = is_member
     WHERE u.id = person AND u.is_operator <> is_member
       AND EXISTS (SELECT FROM openid_identities i WHERE i.user_id = person);
    RETURN FOUND;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION find_openid_identity, follow_operator_group FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION find_openid_identity, follow_operator_group TO farthing_app""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "openid_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "issuer <> '' AND char_length(issuer) <= 2000", name=op.f("ck_openid_identities_issuer_bounded")
        ),
        sa.CheckConstraint(
            "subject <> '' AND char_length(subject) <= 255", name=op.f("ck_openid_identities_subject_bounded")
        ),
        sa.CheckConstraint("char_length(email) <= 254", name=op.f("ck_openid_identities_email_bounded")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_openid_identities_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openid_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_openid_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_openid_identities_user_id"), "openid_identities", ["user_id"], unique=False)
    for statement in GUARDS:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("openid_identities")
    op.execute("DROP FUNCTION follow_operator_group")
    op.execute("DROP FUNCTION find_openid_identity")
