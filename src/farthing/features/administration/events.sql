CREATE FUNCTION security_events_of_instance(
    about uuid, called text, before_at timestamptz, before_id uuid, most integer
) RETURNS TABLE (
    id uuid, at timestamptz, person_id uuid, actor_id uuid, event text, address text, details jsonb
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    RETURN QUERY
    SELECT e.id, e.at, e.person_id, e.actor_id, e.event, e.address, e.details
      FROM security_events e
     WHERE (about IS NULL OR e.person_id = about) AND (called IS NULL OR e.event = called)
       AND (before_id IS NULL OR (e.at, e.id) < (before_at, before_id))
     ORDER BY e.at DESC, e.id DESC
     LIMIT most;
END
$$;

REVOKE EXECUTE ON FUNCTION security_events_of_instance FROM PUBLIC;

GRANT EXECUTE ON FUNCTION security_events_of_instance TO farthing_app;
