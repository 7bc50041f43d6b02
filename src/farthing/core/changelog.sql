CREATE FUNCTION forget_answers(older_than interval) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    -- The answer goes; the key stays, so that it can't be taken for a new request.
    UPDATE changes c SET answer = NULL WHERE c.answer IS NOT NULL AND c.at < now() - older_than;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$;

REVOKE EXECUTE ON FUNCTION forget_answers FROM PUBLIC;

GRANT EXECUTE ON FUNCTION forget_answers TO farthing_app;
