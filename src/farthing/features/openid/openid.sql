CREATE FUNCTION find_openid_identity(wanted_issuer text, wanted_subject text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT i.user_id FROM openid_identities i WHERE i.issuer = wanted_issuer AND i.subject = wanted_subject);
END
$$;

CREATE FUNCTION follow_operator_group(person uuid, is_member boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM users u WHERE u.id = person AND u.is_operator <> is_member) THEN
        RETURN false;
    END IF;
    -- One after the other: two who have left the group don't leave the instance to nobody.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    -- Only of someone whom a provider knows; and the last who runs the instance runs it, whatever a group says.
    UPDATE users u SET is_operator = is_member
     WHERE u.id = person AND u.is_operator <> is_member
       AND EXISTS (SELECT FROM openid_identities i WHERE i.user_id = person)
       AND (is_member OR EXISTS (
            SELECT FROM users o WHERE o.is_operator AND o.blocked_at IS NULL AND o.id <> person
       ));
    RETURN FOUND;
END
$$;

REVOKE EXECUTE ON FUNCTION find_openid_identity, follow_operator_group FROM PUBLIC;

GRANT EXECUTE ON FUNCTION find_openid_identity, follow_operator_group TO farthing_app;
