CREATE FUNCTION people_of_instance(
    only_one uuid, named text, after_at timestamptz, after_id uuid, most integer
) RETURNS TABLE (
    id uuid, email text, name text, created_at timestamptz, last_signed_in_at timestamptz, books bigint,
    is_operator boolean, blocked_at timestamptz, email_verified_at timestamptz, second_factor_since timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    RETURN QUERY
    SELECT u.id, u.email, u.name, u.created_at,
           (SELECT max(s.created_at) FROM sessions s WHERE s.user_id = u.id),
           (SELECT count(*) FROM members m WHERE m.user_id = u.id),
           u.is_operator, u.blocked_at, u.email_verified_at, u.second_factor_since
      FROM users u
     WHERE u.deleted_at IS NULL AND (only_one IS NULL OR u.id = only_one)
       AND (named IS NULL OR strpos(u.email_key, named) > 0 OR strpos(lower(u.name), named) > 0)
       AND (after_id IS NULL OR (u.created_at, u.id) > (after_at, after_id))
     ORDER BY u.created_at, u.id
     LIMIT most;
END
$$;

CREATE FUNCTION block_person(person uuid, blocked boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known users;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- Behind the lock: who is unmade meanwhile doesn't run the instance any more.
    PERFORM require_operator();
    -- The lock: a sign-in that begins meanwhile is seen here, or sees this.
    SELECT * INTO known FROM users u WHERE u.id = person AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'absent';
    ELSIF (known.blocked_at IS NOT NULL) = blocked THEN
        RETURN 'unchanged';
    ELSIF blocked AND known.is_operator AND NOT EXISTS (
        SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL AND u.id <> person
    ) THEN
        RETURN 'last_operator';
    END IF;
    UPDATE users u SET blocked_at = CASE WHEN blocked THEN now() END WHERE u.id = person;
    IF blocked THEN
        UPDATE sessions s SET ended_at = now() WHERE s.user_id = person AND s.ended_at IS NULL;
    END IF;
    RETURN 'done';
END
$$;

CREATE FUNCTION make_operator(person uuid, operating boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known users;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- Behind the lock: who is unmade meanwhile doesn't run the instance any more.
    PERFORM require_operator();
    SELECT * INTO known FROM users u WHERE u.id = person AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'absent';
    ELSIF known.is_operator = operating THEN
        RETURN 'unchanged';
    ELSIF operating AND known.blocked_at IS NOT NULL THEN
        RETURN 'blocked';
    ELSIF NOT operating AND NOT EXISTS (
        SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL AND u.id <> person
    ) THEN
        RETURN 'last_operator';
    END IF;
    UPDATE users u SET is_operator = operating WHERE u.id = person;
    RETURN 'done';
END
$$;

REVOKE EXECUTE ON FUNCTION people_of_instance, block_person, make_operator FROM PUBLIC;

GRANT EXECUTE ON FUNCTION people_of_instance, block_person, make_operator TO farthing_app;
