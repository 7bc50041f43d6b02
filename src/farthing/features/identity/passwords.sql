CREATE FUNCTION rehash_password(person uuid, old_hash text, new_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The same password under a dearer hash: unless it was changed meanwhile.
    UPDATE users u SET password_hash = new_hash WHERE u.id = person AND u.password_hash = old_hash;
END
$$;

CREATE FUNCTION hold_password(person uuid, changed_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Whoever changes the password waits until what it opens was written down, and ends that; or was first, and is seen.
    PERFORM FROM users u WHERE u.id = person AND u.password_changed_at IS NOT DISTINCT FROM changed_at
        FOR NO KEY UPDATE;
    RETURN FOUND;
END
$$;

CREATE FUNCTION await_sign_ins(person uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- What is being done by a sign-in that is about to end, and what begins one, is waited for, so that it is seen.
    PERFORM FROM sessions s WHERE s.user_id = person AND s.ended_at IS NULL ORDER BY s.id FOR NO KEY UPDATE;
    DELETE FROM challenges c WHERE c.person_id = person;
    PERFORM FROM users u WHERE u.id = person FOR NO KEY UPDATE;
END
$$;

CREATE FUNCTION end_what_a_password_opened(person uuid, kept_session uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions s SET ended_at = now()
     WHERE s.user_id = person AND s.id IS DISTINCT FROM kept_session AND s.ended_at IS NULL;
    DELETE FROM challenges c WHERE c.person_id = person;
    -- Links that set a password, and those that would make another address the person's: whoever knew the password
    -- until now may have asked for them.
    DELETE FROM mailed_links l
     WHERE l.person_id = person
       AND (l.purpose = 'reset_password' OR l.email_key <> (SELECT u.email_key FROM users u WHERE u.id = person));
END
$$;

CREATE FUNCTION change_own_password(
    old_hash text, new_hash text, kept_session uuid, revoke_tokens boolean
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me uuid := nullif(current_setting('farthing.user', true), '')::uuid;
BEGIN
    PERFORM await_sign_ins(me);
    UPDATE users u
       SET password_hash = new_hash, password_changed_at = now(),
           tokens_revoked_at = CASE WHEN revoke_tokens THEN now() ELSE u.tokens_revoked_at END
     WHERE u.id = me AND u.password_hash IS NOT DISTINCT FROM old_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM end_what_a_password_opened(me, kept_session);
    UPDATE sessions s SET proven_at = now() WHERE s.id = kept_session AND s.user_id = me;
    RETURN true;
END
$$;

CREATE FUNCTION find_recipient(
    wanted_email_key text, wanted_id uuid,
    OUT user_id uuid, OUT email text, OUT name text, OUT password_changed_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name, u.password_changed_at INTO user_id, email, name, password_changed_at
      FROM users u
     WHERE u.blocked_at IS NULL AND u.deleted_at IS NULL
       AND (u.id = wanted_id OR (wanted_id IS NULL AND u.email_key = wanted_email_key));
END
$$;

CREATE FUNCTION issue_link(
    new_digest bytea, person uuid, new_purpose text, new_email text, new_email_key text, good_until timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO mailed_links (digest, person_id, purpose, email, email_key, expires_at)
    VALUES (new_digest, person, new_purpose, new_email, new_email_key, good_until)
    ON CONFLICT (person_id, purpose) DO UPDATE
       SET digest = excluded.digest, email = excluded.email, email_key = excluded.email_key,
           expires_at = excluded.expires_at;
END
$$;

CREATE FUNCTION look_at_reset(given_digest bytea, OUT user_id uuid, OUT email text, OUT name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name INTO user_id, email, name
      FROM mailed_links l JOIN users u ON u.id = l.person_id
     WHERE l.digest = given_digest AND l.purpose = 'reset_password' AND l.expires_at > now()
       AND u.blocked_at IS NULL;
END
$$;

CREATE FUNCTION reset_password(
    given_digest bytea, new_hash text, device_digest bytea, revoke_tokens boolean
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken mailed_links;
BEGIN
    DELETE FROM mailed_links l
     WHERE l.digest = given_digest AND l.purpose = 'reset_password' AND l.expires_at > now()
    RETURNING * INTO taken;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM await_sign_ins(taken.person_id);
    UPDATE users u
       SET password_hash = new_hash, password_changed_at = now(),
           -- The link came by mail, to the address that is still theirs; or by the operator's hand.
           email_verified_at = CASE WHEN u.email_key = taken.email_key THEN coalesce(u.email_verified_at, now())
                                    ELSE u.email_verified_at END,
           tokens_revoked_at = CASE WHEN revoke_tokens THEN now() ELSE u.tokens_revoked_at END
     WHERE u.id = taken.person_id;
    PERFORM end_what_a_password_opened(taken.person_id, NULL);
    DELETE FROM known_devices d WHERE d.person_id = taken.person_id;
    INSERT INTO known_devices (person_id, digest) VALUES (taken.person_id, device_digest);
    RETURN taken.person_id;
END
$$;

CREATE FUNCTION confirm_email(given_digest bytea, OUT user_id uuid, OUT old_email text, OUT new_email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken mailed_links;
BEGIN
    DELETE FROM mailed_links l
     WHERE l.digest = given_digest AND l.purpose = 'confirm_email' AND l.expires_at > now()
    RETURNING * INTO taken;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT u.email INTO old_email FROM users u WHERE u.id = taken.person_id FOR NO KEY UPDATE;
    UPDATE users u SET email = taken.email, email_key = taken.email_key, email_verified_at = now()
     WHERE u.id = taken.person_id;
    -- Links that went to the address before are no longer the person's.
    DELETE FROM mailed_links l WHERE l.person_id = taken.person_id AND l.email_key <> taken.email_key;
    user_id := taken.person_id;
    new_email := taken.email;
END
$$;

REVOKE EXECUTE ON FUNCTION rehash_password, hold_password, await_sign_ins, end_what_a_password_opened, change_own_password, find_recipient, issue_link, look_at_reset, reset_password, confirm_email FROM PUBLIC;

GRANT EXECUTE ON FUNCTION rehash_password, hold_password, change_own_password, find_recipient, issue_link, look_at_reset, reset_password, confirm_email TO farthing_app;
