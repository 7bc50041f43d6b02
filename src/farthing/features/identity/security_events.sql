CREATE FUNCTION security_event_hash(
    before bytea, id uuid, person uuid, number bigint, at timestamptz, actor uuid, event text, address text,
    details jsonb
) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN sha256(coalesce(before, '\x'::bytea) || convert_to(jsonb_build_array(
        id, person, number, (extract(epoch FROM at) * 1000000)::bigint, actor, event, address, details
    )::text, 'UTF8'));
END
$$;

CREATE FUNCTION append_security_event(
    new_id uuid, person uuid, actor uuid, new_event text, new_address text, new_details jsonb
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before bytea;
    place bigint;
    moment timestamptz;
BEGIN
    -- The events of one person follow each other; those of others don't wait.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.security:' || coalesce(person::text, ''), 0));
    -- A statement of its own, after the lock: it sees the event that the writer before left.
    IF person IS NULL THEN
        SELECT e.number, e.hash INTO place, before
          FROM security_events e WHERE e.person_id IS NULL ORDER BY e.number DESC LIMIT 1;
    ELSE
        SELECT e.number, e.hash INTO place, before
          FROM security_events e WHERE e.person_id = person ORDER BY e.number DESC LIMIT 1;
    END IF;
    place := coalesce(place, 0) + 1;
    moment := clock_timestamp();
    INSERT INTO security_events (id, person_id, number, at, actor_id, event, address, details, hash)
    VALUES (new_id, person, place, moment, actor, new_event, new_address, new_details,
            security_event_hash(before, new_id, person, place, moment, actor, new_event, new_address, new_details));
END
$$;

REVOKE EXECUTE ON FUNCTION security_event_hash, append_security_event FROM PUBLIC;

GRANT EXECUTE ON FUNCTION security_event_hash, append_security_event TO farthing_app;
