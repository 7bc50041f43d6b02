CREATE FUNCTION change_instance_settings(new_registration text, new_quota bigint, new_books integer) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    INSERT INTO instance_settings (id, registration, attachments_quota_bytes, books_per_person, changed_at)
    VALUES (1, new_registration, new_quota, new_books, now())
    ON CONFLICT (id) DO UPDATE
       SET registration = excluded.registration, attachments_quota_bytes = excluded.attachments_quota_bytes,
           books_per_person = excluded.books_per_person, changed_at = excluded.changed_at;
END
$$;

CREATE FUNCTION admit(
    new_id uuid, digest bytea, new_email text, new_email_key text, inviting uuid, created timestamptz, until timestamptz,
    most integer
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    DELETE FROM admissions a WHERE a.expires_at <= now();
    IF (SELECT count(*) FROM admissions) >= most THEN
        RETURN false;
    END IF;
    INSERT INTO admissions (id, token_digest, email, email_key, invited_by, created_at, expires_at)
    VALUES (new_id, digest, new_email, new_email_key, inviting, created, until);
    RETURN true;
END
$$;

CREATE FUNCTION admissions_of_instance(after_at timestamptz, after_id uuid, most integer) RETURNS TABLE (
    id uuid, email text, invited_by uuid, created_at timestamptz, expires_at timestamptz
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    RETURN QUERY
    SELECT a.id, a.email, a.invited_by, a.created_at, a.expires_at
      FROM admissions a
     WHERE a.expires_at > now() AND (after_id IS NULL OR (a.created_at, a.id) > (after_at, after_id))
     ORDER BY a.created_at, a.id
     LIMIT most;
END
$$;

CREATE FUNCTION withdraw_admission(unwanted uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_operator();
    DELETE FROM admissions a WHERE a.id = unwanted;
    RETURN FOUND;
END
$$;

CREATE FUNCTION use_admission(digest bytea, using_email_key text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM admissions a
     WHERE a.token_digest = digest AND a.expires_at > now()
       AND (a.email_key IS NULL OR a.email_key = using_email_key)
       -- Whoever let them in may still let people in.
       AND EXISTS (SELECT FROM users u WHERE u.id = a.invited_by AND u.is_operator AND u.blocked_at IS NULL);
    RETURN FOUND;
END
$$;

REVOKE EXECUTE ON FUNCTION change_instance_settings, admit, admissions_of_instance, withdraw_admission, use_admission FROM PUBLIC;

GRANT EXECUTE ON FUNCTION change_instance_settings, admit, admissions_of_instance, withdraw_admission, use_admission TO farthing_app;
