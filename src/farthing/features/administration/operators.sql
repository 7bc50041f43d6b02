CREATE FUNCTION is_operator() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM users u
                    WHERE u.id = nullif(current_setting('farthing.user', true), '')::uuid
                      AND u.is_operator AND u.blocked_at IS NULL);
END
$$;

CREATE FUNCTION require_operator() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- With nobody signed in it is the command line: who has that, has the machine.
    IF nullif(current_setting('farthing.user', true), '') IS NOT NULL AND NOT is_operator() THEN
        RAISE EXCEPTION 'only an operator may do that'
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'operator_only';
    END IF;
END
$$;

CREATE FUNCTION keep_an_operator() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
    IF EXISTS (SELECT FROM users) AND NOT EXISTS (SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL) THEN
        RAISE EXCEPTION 'nobody would run the instance'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'users_keep_an_operator',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER users_keep_an_operator AFTER UPDATE OF is_operator, blocked_at OR DELETE ON users
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.is_operator) EXECUTE FUNCTION keep_an_operator();

REVOKE EXECUTE ON FUNCTION is_operator, require_operator, keep_an_operator FROM PUBLIC;

GRANT EXECUTE ON FUNCTION is_operator, require_operator TO farthing_app;
