CREATE FUNCTION spend_allowances(
    subjects bytea[], pauses interval[], bursts integer[], OUT refused integer, OUT wait interval
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    used_until timestamptz;
    short interval;
BEGIN
    FOR i IN 1 .. cardinality(subjects) LOOP
        -- Locks the row: who comes at the same time waits, and sees what is left. Subjects come in one order.
        INSERT INTO allowances AS a (subject, full_at) VALUES (subjects[i], moment)
        ON CONFLICT (subject) DO UPDATE SET full_at = greatest(a.full_at, moment)
        RETURNING a.full_at INTO used_until;
        short := used_until - moment - pauses[i] * (bursts[i] - 1);
        IF short > interval '0' AND (wait IS NULL OR short > wait) THEN
            refused := i;
            wait := short;
        END IF;
    END LOOP;
    IF refused IS NULL THEN
        FOR i IN 1 .. cardinality(subjects) LOOP
            UPDATE allowances a SET full_at = a.full_at + pauses[i] WHERE a.subject = subjects[i];
        END LOOP;
    END IF;
END
$$;

CREATE FUNCTION give_allowances_back(subjects bytea[], pauses interval[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    FOR i IN 1 .. cardinality(subjects) LOOP
        UPDATE allowances a SET full_at = a.full_at - pauses[i] WHERE a.subject = subjects[i];
    END LOOP;
END
$$;

CREATE FUNCTION forget_sign_ins(kept interval, OUT sessions bigint, OUT allowances bigint, OUT links bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.allowances a WHERE a.full_at < now();
    GET DIAGNOSTICS allowances = ROW_COUNT;
    DELETE FROM mailed_links l WHERE l.expires_at < now();
    GET DIAGNOSTICS links = ROW_COUNT;
    -- Tokens that were used long ago: that they were is of no use once they would have run out.
    DELETE FROM refresh_tokens t WHERE t.expires_at < now() - kept;
    DELETE FROM public.sessions s
     WHERE coalesce(s.ended_at, s.last_used_at) < now() - kept
       AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id);
    GET DIAGNOSTICS sessions = ROW_COUNT;
END
$$;

REVOKE EXECUTE ON FUNCTION spend_allowances, give_allowances_back, forget_sign_ins FROM PUBLIC;

GRANT EXECUTE ON FUNCTION spend_allowances, give_allowances_back, forget_sign_ins TO farthing_app;
