CREATE FUNCTION bearer_of_token(
    shown bytea, known uuid,
    OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT t.user_id, t.id, t.scopes, t.book_ids INTO asking, token_id, token_scopes, token_books
      FROM access_tokens t JOIN users u ON u.id = t.user_id
     WHERE (t.digest = shown OR t.id = known) AND t.revoked_at IS NULL AND t.expires_at > now()
       AND u.blocked_at IS NULL;
END
$$;

CREATE FUNCTION open_for_read_with_token(
    shown bytea, known uuid, wanted uuid,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date,
    OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT t.asking, t.token_id, t.token_scopes, t.token_books INTO asking, token_id, token_scopes, token_books
      FROM bearer_of_token(shown, known) t;
    IF token_id IS NULL THEN
        outcome := 'token_invalid';
        RETURN;
    END IF;
    PERFORM set_config('farthing.user', asking::text, true);
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    IF token_books IS NOT NULL AND (wanted = ANY (token_books)) IS NOT TRUE THEN
        outcome := 'absent';
        RETURN;
    END IF;
    SELECT o.outcome, o.book, o.role, o.revision, o.head_hash, o.currency, o.time_zone, o.locked_until, o.checked_until
      INTO outcome, book, role, revision, head_hash, currency, time_zone, locked_until, checked_until
      FROM open_for_read(asking, NULL, wanted) o;
END
$$;

CREATE FUNCTION open_for_write_with_token(
    shown bytea, known uuid, wanted uuid, wanted_key text,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date,
    OUT request_digest bytea, OUT answer jsonb,
    OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT t.asking, t.token_id, t.token_scopes, t.token_books INTO asking, token_id, token_scopes, token_books
      FROM bearer_of_token(shown, known) t;
    IF token_id IS NULL THEN
        outcome := 'token_invalid';
        RETURN;
    END IF;
    PERFORM set_config('farthing.user', asking::text, true);
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    IF token_books IS NOT NULL AND (wanted = ANY (token_books)) IS NOT TRUE THEN
        outcome := 'absent';
        RETURN;
    END IF;
    SELECT o.outcome, o.book, o.role, o.revision, o.head_hash, o.currency, o.time_zone, o.locked_until, o.checked_until,
           o.request_digest, o.answer
      INTO outcome, book, role, revision, head_hash, currency, time_zone, locked_until, checked_until,
           request_digest, answer
      FROM open_for_write(asking, NULL, wanted, wanted_key) o;
    -- Whoever waited for the book's lock may have been revoked meanwhile.
    IF NOT EXISTS (SELECT FROM bearer_of_token(NULL, token_id) t WHERE t.token_id IS NOT NULL) THEN
        outcome := 'token_invalid';
    END IF;
END
$$;

CREATE FUNCTION open_as_with_token(
    shown bytea, known uuid,
    OUT outcome text, OUT asking uuid, OUT token_id uuid, OUT token_scopes text[], OUT token_books uuid[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT t.asking, t.token_id, t.token_scopes, t.token_books INTO asking, token_id, token_scopes, token_books
      FROM bearer_of_token(shown, known) t;
    IF token_id IS NULL THEN
        outcome := 'token_invalid';
        RETURN;
    END IF;
    PERFORM set_config('farthing.user', asking::text, true);
    outcome := 'open';
END
$$;

CREATE FUNCTION note_token_use(shown bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    used uuid := (SELECT t.token_id FROM bearer_of_token(shown, NULL) t);
BEGIN
    UPDATE access_tokens t SET last_used_at = now()
     WHERE t.id = used AND (t.last_used_at IS NULL OR t.last_used_at <= now() - interval '1 minute');
    RETURN used IS NOT NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION bearer_of_token, open_for_read_with_token, open_for_write_with_token, open_as_with_token, note_token_use FROM PUBLIC;

GRANT EXECUTE ON FUNCTION bearer_of_token, open_for_read_with_token, open_for_write_with_token, open_as_with_token, note_token_use TO farthing_app;
