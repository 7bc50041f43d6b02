CREATE FUNCTION register_person(
    new_id uuid, new_email text, new_email_key text, new_name text, new_password_hash text, only_first boolean,
    OUT outcome text, OUT operator boolean
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Two first people at once: one waits here, and then sees the other.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.registration', 0));
    operator := NOT EXISTS (SELECT FROM users);
    IF only_first AND NOT operator THEN
        outcome := 'closed';
    ELSIF EXISTS (SELECT FROM users WHERE email_key = new_email_key) THEN
        outcome := 'taken';
    ELSE
        INSERT INTO users (id, email, email_key, name, password_hash, is_operator)
        VALUES (new_id, new_email, new_email_key, new_name, new_password_hash, operator);
        outcome := 'registered';
    END IF;
END
$$;

CREATE FUNCTION find_credentials(
    wanted_email_key text, OUT user_id uuid, OUT password_hash text
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.password_hash INTO user_id, password_hash FROM users u WHERE u.email_key = wanted_email_key;
END
$$;

CREATE FUNCTION find_person(wanted_email_key text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT u.id FROM users u WHERE u.email_key = wanted_email_key);
END
$$;

CREATE FUNCTION begin_session(
    new_id uuid, person uuid, first_digest bytea, good_until timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO sessions (id, user_id) VALUES (new_id, person);
    INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES (first_digest, new_id, good_until);
END
$$;

CREATE FUNCTION rotate_refresh_token(
    old_digest bytea, new_digest bytea, good_until timestamptz,
    OUT outcome text, OUT user_id uuid, OUT session_id uuid
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    old refresh_tokens;
    sitting sessions;
BEGIN
    SELECT * INTO old FROM refresh_tokens t WHERE t.digest = old_digest FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    -- A statement of its own, after the lock: what decides must be seen as the winner of the race left it.
    SELECT * INTO sitting FROM sessions s WHERE s.id = old.session_id FOR UPDATE;
    IF sitting.ended_at IS NOT NULL THEN
        outcome := 'ended';
    ELSIF old.used_at IS NOT NULL THEN
        UPDATE sessions s SET ended_at = now() WHERE s.id = sitting.id;
        outcome := 'reused';
    ELSIF old.expires_at <= now() THEN
        outcome := 'ended';
    ELSE
        UPDATE refresh_tokens t SET used_at = now() WHERE t.digest = old_digest;
        INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES (new_digest, sitting.id, good_until);
        outcome := 'rotated';
        user_id := sitting.user_id;
        session_id := sitting.id;
    END IF;
END
$$;

CREATE FUNCTION end_session_of(token_digest bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions s SET ended_at = now()
      FROM refresh_tokens t
     WHERE t.digest = token_digest AND s.id = t.session_id AND s.ended_at IS NULL;
END
$$;

CREATE FUNCTION open_as(asking uuid, sitting uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    RETURN sitting IS NULL OR EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    );
END
$$;

REVOKE EXECUTE ON FUNCTION register_person, find_credentials, find_person, begin_session, rotate_refresh_token, end_session_of, open_as FROM PUBLIC;

GRANT EXECUTE ON FUNCTION register_person, find_credentials, find_person, begin_session, rotate_refresh_token, end_session_of, open_as TO farthing_app;
