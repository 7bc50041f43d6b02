CREATE FUNCTION rehash_password(person uuid, old_hash text, new_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The same password under a dearer hash: unless it was changed meanwhile.
    UPDATE users u SET password_hash = new_hash WHERE u.id = person AND u.password_hash = old_hash;
END
$$;

CREATE FUNCTION change_own_password(old_hash text, new_hash text, kept_session uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me uuid := nullif(current_setting('farthing.user', true), '')::uuid;
BEGIN
    UPDATE users u SET password_hash = new_hash, password_changed_at = now()
     WHERE u.id = me AND u.password_hash IS NOT DISTINCT FROM old_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE sessions s SET ended_at = now()
     WHERE s.user_id = me AND s.id IS DISTINCT FROM kept_session AND s.ended_at IS NULL;
    UPDATE sessions s SET proven_at = now() WHERE s.id = kept_session AND s.user_id = me;
    DELETE FROM mailed_links l WHERE l.person_id = me AND l.purpose = 'reset_password';
    DELETE FROM challenges c WHERE c.person_id = me;
    RETURN true;
END
$$;

CREATE FUNCTION find_recipient(wanted_email_key text, wanted_id uuid, OUT user_id uuid, OUT email text, OUT name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT u.id, u.email, u.name INTO user_id, email, name
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

CREATE FUNCTION reset_password(given_digest bytea, new_hash text, device_digest bytea) RETURNS uuid
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
    UPDATE users u
       SET password_hash = new_hash, password_changed_at = now(),
           -- The link came by mail, to the address that is still theirs; or by the operator's hand.
           email_verified_at = CASE WHEN u.email_key = taken.email_key THEN coalesce(u.email_verified_at, now())
                                    ELSE u.email_verified_at END
     WHERE u.id = taken.person_id;
    UPDATE sessions s SET ended_at = now() WHERE s.user_id = taken.person_id AND s.ended_at IS NULL;
    DELETE FROM challenges c WHERE c.person_id = taken.person_id;
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

REVOKE EXECUTE ON FUNCTION rehash_password, change_own_password, find_recipient, issue_link, look_at_reset, reset_password, confirm_email FROM PUBLIC;

GRANT EXECUTE ON FUNCTION rehash_password, change_own_password, find_recipient, issue_link, look_at_reset, reset_password, confirm_email TO farthing_app;
