CREATE FUNCTION refresh_statistics(written bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- After a large write the planner still thinks small tables small, and autovacuum comes only within a minute. Where
    -- it is a small part of what was there, the picture is good enough.
    IF (SELECT c.reltuples < written * 10 FROM pg_class c WHERE c.oid = 'transactions'::regclass) THEN
        ANALYZE accounts, payees, transactions, postings, month_sums, statement_lines;
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION refresh_statistics FROM PUBLIC;

GRANT EXECUTE ON FUNCTION refresh_statistics TO farthing_app;
