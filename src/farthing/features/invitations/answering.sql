CREATE FUNCTION invitations_for(
    asking uuid, digest bytea
) RETURNS TABLE (
    id uuid, book_id uuid, book text, invited_by text, inviter_role text, role text, message text, expires_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.id, i.book_id, b.name, u.name, m.role, i.role, i.message, i.expires_at
      FROM users p
      JOIN invitations i ON CASE WHEN digest IS NULL THEN i.email_key = p.email_key ELSE i.token_digest = digest END
      JOIN books b ON b.id = i.book_id
      -- Whoever is kept out gives nothing away.
      JOIN users u ON u.id = i.invited_by AND u.blocked_at IS NULL
      JOIN members m ON m.book_id = i.book_id AND m.user_id = i.invited_by
     -- A token that was mailed is worth nothing to another: it is forwarded easily.
     WHERE p.id = asking AND i.expires_at > now() AND (i.email_key IS NULL OR i.email_key = p.email_key)
     ORDER BY i.created_at, i.id
$$;

CREATE FUNCTION open_invitation(
    asking uuid, wanted uuid, digest bytea,
    OUT outcome text, OUT invitation uuid, OUT book uuid, OUT revision bigint, OUT head_hash bytea,
    OUT currency text, OUT time_zone text, OUT locked_until date, OUT checked_until date
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Whoever isn't invited must not be able to make a book's members wait.
    SELECT i.id, i.book_id INTO invitation, book
      FROM invitations_for(asking, digest) i WHERE wanted IS NULL OR i.id = wanted;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    PERFORM set_config('farthing.book', book::text, true);
    PERFORM pg_advisory_xact_lock(hashtextextended(book::text, 0));
    PERFORM 1 FROM books b WHERE b.id = book FOR NO KEY UPDATE;
    -- A statement of its own, after the locks: what decides must be seen as the writer before left it.
    SELECT b.revision, b.head_hash, b.currency, b.time_zone, b.locked_until, b.checked_until
      INTO revision, head_hash, currency, time_zone, locked_until, checked_until
      FROM books b WHERE b.id = book;
    outcome := 'open';
END
$$;

REVOKE EXECUTE ON FUNCTION invitations_for, open_invitation FROM PUBLIC;

GRANT EXECUTE ON FUNCTION invitations_for, open_invitation TO farthing_app;
