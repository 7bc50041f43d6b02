CREATE FUNCTION spend_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A code that was taken is never taken again, whoever writes.
    IF NEW.last_step IS NULL OR NEW.last_step <= OLD.last_step THEN
        RAISE integrity_constraint_violation
            USING CONSTRAINT = 'authenticators_steps_go_up', MESSAGE = 'a step of an authenticator was spent before';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION count_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Devices that count, count up: one that doesn't is a copy.
    IF NEW.sign_count < OLD.sign_count OR (NEW.sign_count = OLD.sign_count AND NEW.sign_count > 0) THEN
        RAISE integrity_constraint_violation
            USING CONSTRAINT = 'passkeys_count_up', MESSAGE = 'a passkey was used less often than before';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION keep_second_factor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
    ways text[];
BEGIN
    -- Two who take the last two factors away: one waits here, and then sees in statements of its own what is left.
    PERFORM FROM users u WHERE u.id = person FOR NO KEY UPDATE;
    SELECT coalesce(array_agg(DISTINCT f.way ORDER BY f.way), '{}') INTO ways
      FROM (
          SELECT 'otp' AS way FROM authenticators a WHERE a.user_id = person AND a.confirmed_at IS NOT NULL
          UNION ALL
          SELECT CASE WHEN p.synced THEN 'swk' ELSE 'hwk' END FROM passkeys p WHERE p.user_id = person
      ) f;
    UPDATE users u
       SET second_factor_since = CASE WHEN ways <> '{}' THEN coalesce(u.second_factor_since, now()) END,
           second_factor_methods = ways
     WHERE u.id = person;
    -- Recovery codes stand in for a factor: without one they would be a second password.
    IF ways = '{}' THEN
        DELETE FROM recovery_codes r WHERE r.user_id = person;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION find_passkey(wanted bytea) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT p.user_id FROM passkeys p WHERE p.credential_id = wanted);
END
$$;

REVOKE EXECUTE ON FUNCTION spend_step, count_up, keep_second_factor, find_passkey FROM PUBLIC;

GRANT EXECUTE ON FUNCTION find_passkey TO farthing_app;

CREATE TRIGGER spend_step BEFORE UPDATE OF last_step ON authenticators
    FOR EACH ROW WHEN (OLD.last_step IS NOT NULL) EXECUTE FUNCTION spend_step();

CREATE TRIGGER count_up BEFORE UPDATE OF sign_count ON passkeys
    FOR EACH ROW EXECUTE FUNCTION count_up();

CREATE TRIGGER keep_second_factor AFTER INSERT OR DELETE OR UPDATE OF confirmed_at ON authenticators
    FOR EACH ROW EXECUTE FUNCTION keep_second_factor();

CREATE TRIGGER keep_second_factor AFTER INSERT OR DELETE ON passkeys
    FOR EACH ROW EXECUTE FUNCTION keep_second_factor();
