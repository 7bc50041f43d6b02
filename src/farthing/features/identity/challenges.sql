CREATE FUNCTION issue_challenge(
    new_digest bytea, person uuid, good_until timestamptz, new_methods text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Those that nobody came back for. What another is just looking at is left to that one.
    DELETE FROM challenges c
     WHERE c.digest IN (SELECT old.digest FROM challenges old
                         WHERE old.expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED);
    INSERT INTO challenges (digest, person_id, expires_at, methods)
    VALUES (new_digest, person, good_until, new_methods);
END
$$;

CREATE FUNCTION look_at_challenge(given_digest bytea, OUT person_id uuid, OUT methods text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT c.person_id, c.methods INTO person_id, methods
      FROM challenges c WHERE c.digest = given_digest AND c.expires_at > now();
END
$$;

CREATE FUNCTION take_challenge(given_digest bytea) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person uuid;
BEGIN
    DELETE FROM challenges c WHERE c.digest = given_digest AND c.expires_at > now() RETURNING c.person_id INTO person;
    RETURN person;
END
$$;

REVOKE EXECUTE ON FUNCTION issue_challenge, look_at_challenge, take_challenge FROM PUBLIC;

GRANT EXECUTE ON FUNCTION issue_challenge, look_at_challenge, take_challenge TO farthing_app;
