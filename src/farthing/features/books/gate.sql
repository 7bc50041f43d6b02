CREATE FUNCTION open_for_read(
    asking uuid, sitting uuid, wanted uuid,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    IF sitting IS NOT NULL AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    ) THEN
        outcome := 'session_ended';
        RETURN;
    END IF;
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until,
           b.checked_until
      INTO book, role, revision, head_hash, currency, time_zone, locked_until, checked_until
      FROM members m JOIN books b ON b.id = m.book_id
     WHERE m.book_id = wanted AND m.user_id = asking;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', book::text, true);
    outcome := 'open';
END
$$;

CREATE FUNCTION open_for_write(
    asking uuid, sitting uuid, wanted uuid, wanted_key text,
    OUT outcome text, OUT book uuid, OUT role text, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date,
    OUT request_digest bytea, OUT answer jsonb
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('farthing.user', asking::text, true);
    IF sitting IS NOT NULL AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = sitting AND s.user_id = asking AND s.ended_at IS NULL
    ) THEN
        outcome := 'session_ended';
        RETURN;
    END IF;
    IF wanted IS NULL THEN
        SELECT u.default_book_id INTO wanted FROM users u WHERE u.id = asking;
    END IF;
    -- A stranger must not be able to make a book's members wait.
    IF NOT EXISTS (SELECT FROM members m WHERE m.book_id = wanted AND m.user_id = asking) THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', wanted::text, true);
    -- The advisory lock forms an orderly queue; the row's lock alone halves the rate when many wait.
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted::text, 0));
    PERFORM 1 FROM books b WHERE b.id = wanted FOR NO KEY UPDATE;
    -- Statements of their own, after the locks: what decides must be seen as the writer before left it.
    SELECT b.id, m.role, b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until,
           b.checked_until
      INTO book, role, revision, head_hash, currency, time_zone, locked_until, checked_until
      FROM members m JOIN books b ON b.id = m.book_id
     WHERE m.book_id = wanted AND m.user_id = asking;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    IF wanted_key IS NOT NULL THEN
        SELECT c.request_digest, c.answer INTO request_digest, answer
          FROM changes c WHERE c.book_id = wanted AND c.actor_id = asking AND c.key = wanted_key;
    END IF;
    outcome := 'open';
END
$$;

CREATE FUNCTION prefer_book(person uuid, chosen uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE users u SET default_book_id = chosen
     WHERE u.id = person AND EXISTS (SELECT FROM members m WHERE m.book_id = chosen AND m.user_id = person);
    RETURN FOUND;
END
$$;

REVOKE EXECUTE ON FUNCTION open_for_read, open_for_write, prefer_book FROM PUBLIC;

GRANT EXECUTE ON FUNCTION open_for_read, open_for_write, prefer_book TO farthing_app;
