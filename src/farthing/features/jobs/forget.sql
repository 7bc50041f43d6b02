CREATE FUNCTION forget_jobs(older_than interval) RETURNS bigint
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
$$;

REVOKE EXECUTE ON FUNCTION forget_jobs FROM PUBLIC;

GRANT EXECUTE ON FUNCTION forget_jobs TO farthing_app;
