CREATE FUNCTION issue_invitation_token(
    of_book uuid, wanted uuid, new_digest bytea,
    OUT email text, OUT book text, OUT invited_by text, OUT inviter_role text, OUT role text, OUT expires_at timestamptz
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE invitations i SET token_digest = new_digest
     WHERE i.book_id = of_book AND i.id = wanted AND i.email IS NOT NULL AND i.expires_at > now();
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT i.email, b.name, u.name, m.role, i.role, i.expires_at
      INTO email, book, invited_by, inviter_role, role, expires_at
      FROM invitations i
      JOIN books b ON b.id = i.book_id
      JOIN users u ON u.id = i.invited_by AND u.blocked_at IS NULL
      JOIN members m ON m.book_id = i.book_id AND m.user_id = i.invited_by
     WHERE i.book_id = of_book AND i.id = wanted;
END
$$;

REVOKE EXECUTE ON FUNCTION issue_invitation_token FROM PUBLIC;

GRANT EXECUTE ON FUNCTION issue_invitation_token TO farthing_app;
