CREATE FUNCTION register_person(
    new_id uuid, new_email text, new_email_key text, new_name text, new_password_hash text, verified boolean,
    only_first boolean, OUT outcome text, OUT operator boolean
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
        INSERT INTO users (id, email, email_key, name, password_hash, is_operator, password_changed_at,
                           email_verified_at)
        VALUES (new_id, new_email, new_email_key, new_name, new_password_hash, operator,
                CASE WHEN new_password_hash IS NOT NULL THEN now() END, CASE WHEN verified THEN now() END);
        outcome := 'registered';
    END IF;
END
$$;

CREATE FUNCTION find_credentials(
    wanted_email_key text, device_digest bytea, OUT user_id uuid, OUT password_hash text,
    OUT password_changed_at timestamptz, OUT second_factor_methods text[], OUT device_known boolean
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.password_hash, u.password_changed_at,
           CASE WHEN u.second_factor_since IS NOT NULL THEN u.second_factor_methods END
      INTO user_id, password_hash, password_changed_at, second_factor_methods
      FROM users u WHERE u.email_key = wanted_email_key;
    device_known := EXISTS (SELECT FROM known_devices d WHERE d.person_id = user_id AND d.digest = device_digest);
END
$$;

CREATE FUNCTION knows_device(person uuid, device_digest bytea) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM known_devices d WHERE d.person_id = person AND d.digest = device_digest);
END
$$;

CREATE FUNCTION find_person(wanted_email_key text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT u.id FROM users u WHERE u.email_key = wanted_email_key);
END
$$;

CREATE FUNCTION begin_session(
    new_id uuid, person uuid, first_digest bytea, good_until timestamptz, new_methods text[], new_device text,
    new_address text, device_digest bytea, most_devices integer
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The lock: whoever blocks this person either sees this sign-in, or is seen here.
    PERFORM FROM users u WHERE u.id = person AND u.blocked_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO sessions (id, user_id, methods, device, address)
    VALUES (new_id, person, new_methods, new_device, new_address);
    INSERT INTO refresh_tokens (digest, session_id, expires_at) VALUES (first_digest, new_id, good_until);
    INSERT INTO known_devices (person_id, digest) VALUES (person, device_digest)
    ON CONFLICT (person_id, digest) DO UPDATE SET last_used_at = now();
    DELETE FROM known_devices d
     WHERE d.person_id = person
       AND d.digest IN (SELECT old.digest FROM known_devices old WHERE old.person_id = person
                         ORDER BY old.last_used_at DESC, old.digest OFFSET most_devices);
    RETURN true;
END
$$;

CREATE FUNCTION is_kept_out(person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM users u WHERE u.id = person AND u.blocked_at IS NOT NULL);
END
$$;

CREATE FUNCTION rotate_refresh_token(
    old_digest bytea, new_digest bytea, good_until timestamptz, grace interval, from_address text,
    OUT outcome text, OUT user_id uuid, OUT session_id uuid
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    old refresh_tokens;
    child refresh_tokens;
    sitting sessions;
BEGIN
    SELECT * INTO old FROM refresh_tokens t WHERE t.digest = old_digest FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    -- Statements of their own, after the locks: what decides must be seen as the winner of the race left it.
    SELECT * INTO sitting FROM sessions s WHERE s.id = old.session_id FOR UPDATE;
    SELECT * INTO child FROM refresh_tokens t WHERE t.parent_digest = old_digest;
    user_id := sitting.user_id;
    session_id := sitting.id;
    IF sitting.ended_at IS NOT NULL
       OR EXISTS (SELECT FROM users u WHERE u.id = sitting.user_id AND u.blocked_at IS NOT NULL) THEN
        outcome := 'ended';
    ELSIF old.used_at IS NULL AND old.expires_at <= now() THEN
        outcome := 'ended';
    ELSIF old.used_at IS NULL THEN
        UPDATE refresh_tokens t SET used_at = now() WHERE t.digest = old_digest;
        INSERT INTO refresh_tokens (digest, session_id, expires_at, parent_digest)
        VALUES (new_digest, sitting.id, good_until, old_digest);
        outcome := 'rotated';
    ELSIF old.used_at > now() - grace AND child.digest IS NOT NULL AND child.used_at IS NULL THEN
        -- Asked again before anything came of the answer: it was lost, or several asked at once.
        IF child.digest <> new_digest THEN
            DELETE FROM refresh_tokens t WHERE t.digest = child.digest;
            INSERT INTO refresh_tokens (digest, session_id, expires_at, parent_digest)
            VALUES (new_digest, sitting.id, good_until, old_digest);
        END IF;
        outcome := 'rotated';
    ELSE
        UPDATE sessions s SET ended_at = now() WHERE s.id = sitting.id;
        outcome := 'reused';
    END IF;
    IF outcome = 'rotated' THEN
        UPDATE sessions s SET last_used_at = now(), address = coalesce(from_address, s.address)
         WHERE s.id = sitting.id;
    END IF;
END
$$;

CREATE FUNCTION end_session_of(token_digest bytea, OUT user_id uuid, OUT session_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions s SET ended_at = now()
      FROM refresh_tokens t
     WHERE t.digest = token_digest AND s.id = t.session_id AND s.ended_at IS NULL
    RETURNING s.user_id, s.id INTO user_id, session_id;
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

CREATE FUNCTION own_standing(
    OUT password_hash text, OUT password_changed_at timestamptz, OUT email_verified_at timestamptz,
    OUT second_factor_since timestamptz, OUT second_factor_methods text[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.password_hash, u.password_changed_at, u.email_verified_at, u.second_factor_since, u.second_factor_methods
      INTO password_hash, password_changed_at, email_verified_at, second_factor_since, second_factor_methods
      FROM users u WHERE u.id = nullif(current_setting('farthing.user', true), '')::uuid;
END
$$;

REVOKE EXECUTE ON FUNCTION register_person, find_credentials, knows_device, find_person, begin_session, is_kept_out, rotate_refresh_token, end_session_of, open_as, own_standing FROM PUBLIC;

GRANT EXECUTE ON FUNCTION register_person, find_credentials, knows_device, find_person, begin_session, is_kept_out, rotate_refresh_token, end_session_of, open_as, own_standing TO farthing_app;
