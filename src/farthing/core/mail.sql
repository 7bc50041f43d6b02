CREATE FUNCTION post_mail(new_id uuid, new_kind text, new_about jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO outgoing_mails (id, kind, about) VALUES (new_id, new_kind, new_about);
END
$$;

CREATE FUNCTION take_mail(
    taken_for interval, kept interval, OUT id uuid, OUT kind text, OUT about jsonb, OUT attempts bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM outgoing_mails m
     WHERE m.id IN (SELECT old.id FROM outgoing_mails old
                     WHERE old.created_at < now() - kept LIMIT 100 FOR UPDATE SKIP LOCKED);
    UPDATE outgoing_mails m SET due_at = now() + taken_for, attempts = m.attempts + 1
     WHERE m.id = (SELECT next.id FROM outgoing_mails next
                    WHERE next.due_at <= now() ORDER BY next.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING m.id, m.kind, m.about, m.attempts INTO id, kind, about, attempts;
END
$$;

CREATE FUNCTION finish_mail(sent uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM outgoing_mails m WHERE m.id = sent;
END
$$;

CREATE FUNCTION put_back_mail(unsent uuid, delay interval) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE outgoing_mails m SET due_at = now() + delay WHERE m.id = unsent;
END
$$;

REVOKE EXECUTE ON FUNCTION post_mail, take_mail, finish_mail, put_back_mail FROM PUBLIC;

GRANT EXECUTE ON FUNCTION post_mail, take_mail, finish_mail, put_back_mail TO farthing_app;
