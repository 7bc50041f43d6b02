CREATE FUNCTION spend_ticket(spent bytea, good_until timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- What has expired is refused by its date; it need not be remembered. Two who tidy up don't wait for each other.
    DELETE FROM spent_tickets WHERE digest IN (
        SELECT t.digest FROM spent_tickets t WHERE t.expires_at < now() - interval '1 hour'
        ORDER BY t.expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO spent_tickets (digest, expires_at) VALUES (spent, good_until) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

REVOKE EXECUTE ON FUNCTION spend_ticket FROM PUBLIC;

GRANT EXECUTE ON FUNCTION spend_ticket TO farthing_app;
