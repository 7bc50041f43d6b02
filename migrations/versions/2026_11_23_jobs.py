"""Jobs, the queue they stand in, and tasks that are done again and again.

Revision: 0018, after 0017. Made on 2026-11-23.

The queue's tables are those of pgqueuer 1.6 without its trigger, which notifies, and without its statistics.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATUS = postgresql.ENUM(
    "queued",
    "picked",
    "successful",
    "exception",
    "canceled",
    "deleted",
    "failed",
    name="queued_job_status",
    create_type=False,
)
INSTANT = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("now()")
QUEUE = tuple(
    statement
    for table, grants in (
        ("queued_jobs", "SELECT, INSERT, UPDATE, DELETE"),
        ("queued_jobs_log", "SELECT, INSERT"),
        ("periodic_tasks", "SELECT, INSERT, UPDATE"),
    )
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_owner ON {table} FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
        f"CREATE POLICY {table}_app ON {table} FOR ALL TO farthing_app USING (true) WITH CHECK (true)",
        f"GRANT {grants} ON {table} TO farthing_app",
    )
)
SEQUENCES = ("GRANT USAGE ON SEQUENCE queued_jobs_id_seq, periodic_tasks_id_seq TO farthing_app",)
GUARDS = (
    "ALTER TABLE jobs ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE jobs FORCE ROW LEVEL SECURITY",
    "CREATE POLICY jobs_owner ON jobs FOR ALL TO farthing_owner USING (true) WITH CHECK (true)",
    "CREATE POLICY jobs_app ON jobs FOR ALL TO farthing_app USING (book_id = nullif(current_setting('farthing.book', true), '')::uuid) WITH CHECK (book_id = nullif(current_setting('farthing.book', true), '')::uuid)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO farthing_app",
)
FORGET = (
    """CREATE FUNCTION forget_jobs(older_than interval) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    WITH gone AS (
        DELETE FROM jobs j WHERE j.ended_at < now() - older_than RETURNING j.queue_number
    ), dead_letters AS (
        DELETE FROM queued_jobs q USING gone WHERE q.id = gone.queue_number AND q.status = 'failed'
    )
    SELECT count(*) INTO forgotten FROM gone;
    DELETE FROM queued_jobs_log l WHERE l.created < now() - older_than;
    RETURN forgotten;
END
$$;""",
    """REVOKE EXECUTE ON FUNCTION forget_jobs FROM PUBLIC;""",
    """GRANT EXECUTE ON FUNCTION forget_jobs TO farthing_app;""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    STATUS.create(op.get_bind())
    op.create_table(
        "queued_jobs",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("queue_manager_id", sa.Uuid(), nullable=True),
        sa.Column("created", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated", INSTANT, server_default=NOW, nullable=False),
        sa.Column("heartbeat", INSTANT, server_default=NOW, nullable=False),
        sa.Column("execute_after", INSTANT, server_default=NOW, nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("entrypoint", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queued_jobs")),
    )
    op.create_table(
        "queued_jobs_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("created", INSTANT, server_default=NOW, nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("entrypoint", sa.Text(), nullable=False),
        sa.Column("traceback", postgresql.JSONB(), nullable=True),
        sa.Column("aggregated", sa.Boolean(), server_default=sa.text("false"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queued_jobs_log")),
    )
    op.create_table(
        "periodic_tasks",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("entrypoint", sa.Text(), nullable=False),
        sa.Column("heartbeat", INSTANT, server_default=NOW, nullable=False),
        sa.Column("created", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated", INSTANT, server_default=NOW, nullable=False),
        sa.Column("next_run", INSTANT, server_default=NOW, nullable=False),
        sa.Column("last_run", INSTANT, nullable=True),
        sa.Column("status", STATUS, server_default=sa.text("'queued'"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periodic_tasks")),
        sa.UniqueConstraint("expression", "entrypoint", name=op.f("uq_periodic_tasks_expression_entrypoint")),
    )
    queued, picked = sa.text("status = 'queued'"), sa.text("status = 'picked'")
    op.create_index(
        "queued_jobs_priority_id_id1_idx",
        "queued_jobs",
        ["priority", sa.text("id DESC")],
        postgresql_include=["id"],
        postgresql_where=queued,
    )
    op.create_index(
        "queued_jobs_updated_id_id1_idx",
        "queued_jobs",
        ["updated", sa.text("id DESC")],
        postgresql_include=["id"],
        postgresql_where=picked,
    )
    op.create_index("queued_jobs_picked_heartbeat_idx", "queued_jobs", ["heartbeat"], postgresql_where=picked)
    op.create_index(
        "queued_jobs_queue_manager_id_idx",
        "queued_jobs",
        ["queue_manager_id"],
        postgresql_where=sa.text("queue_manager_id IS NOT NULL"),
    )
    op.create_index(
        "queued_jobs_ep_prio_id_idx",
        "queued_jobs",
        ["entrypoint", sa.text("priority DESC"), "id"],
        postgresql_where=queued,
    )
    op.create_index("queued_jobs_ep_ea_idx", "queued_jobs", ["entrypoint", "execute_after"], postgresql_where=queued)
    op.create_index(
        "queued_jobs_unique_dedupe_key",
        "queued_jobs",
        ["dedupe_key"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'picked') AND dedupe_key IS NOT NULL"),
    )
    op.create_index(
        "queued_jobs_picked_slot_idx",
        "queued_jobs",
        ["entrypoint", "slot"],
        unique=True,
        postgresql_where=sa.text("status = 'picked' AND slot IS NOT NULL"),
    )
    op.create_index("queued_jobs_log_created", "queued_jobs_log", ["created"])
    op.create_table(
        "jobs",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("queue_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("request_digest", sa.LargeBinary(), nullable=True),
        sa.Column("progress_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_total", sa.BigInteger(), nullable=True),
        sa.Column("progress_note", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("fault_code", sa.Text(), nullable=True),
        sa.Column("fault_detail", sa.Text(), nullable=True),
        sa.Column("fault_errors", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.Column("cancel_asked_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_jobs_state_known")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('queued', 'running'))", name=op.f("ck_jobs_ended_when_over")
        ),
        sa.CheckConstraint("state <> 'running' OR started_at IS NOT NULL", name=op.f("ck_jobs_started_when_running")),
        sa.CheckConstraint("state <> 'failed' OR fault_code IS NOT NULL", name=op.f("ck_jobs_fault_when_failed")),
        sa.CheckConstraint(
            "num_nonnulls(fault_code, fault_detail, fault_errors) IN (0, 3)", name=op.f("ck_jobs_fault_whole")
        ),
        sa.CheckConstraint("result IS NULL OR state = 'succeeded'", name=op.f("ck_jobs_result_when_succeeded")),
        sa.CheckConstraint(
            "jsonb_typeof(arguments) = 'object' AND octet_length(arguments::text) <= 20000",
            name=op.f("ck_jobs_arguments_bounded"),
        ),
        sa.CheckConstraint(
            "result IS NULL OR octet_length(result::text) <= 100000", name=op.f("ck_jobs_result_bounded")
        ),
        sa.CheckConstraint(
            "progress_done >= 0 AND (progress_total IS NULL OR progress_total >= progress_done)",
            name=op.f("ck_jobs_progress_sensible"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_jobs_attempts_counted")),
        sa.CheckConstraint("(key IS NULL) = (request_digest IS NULL)", name=op.f("ck_jobs_key_with_digest")),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_jobs_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "uq_jobs_key",
        "jobs",
        ["book_id", "asked_by", "key"],
        unique=True,
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_index("ix_jobs_open", "jobs", ["book_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ix_jobs_ended", "jobs", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL"))
    for statement in (*QUEUE, *SEQUENCES, *GUARDS, *FORGET):
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION forget_jobs")
    op.drop_table("jobs")
    op.drop_table("periodic_tasks")
    op.drop_table("queued_jobs_log")
    op.drop_table("queued_jobs")
    STATUS.drop(op.get_bind())
