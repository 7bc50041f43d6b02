CREATE FUNCTION refresh_statistics() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- After a large write the planner still thinks the tables small, and autovacuum comes only within a minute.
    ANALYZE transactions, postings, month_sums, statement_lines;
END
$$;

REVOKE EXECUTE ON FUNCTION refresh_statistics FROM PUBLIC;

GRANT EXECUTE ON FUNCTION refresh_statistics TO farthing_app;
