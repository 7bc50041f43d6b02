CREATE FUNCTION period_lock_holds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    -- Against mistakes, not against the service: who may say so is the service's to know.
    IF current_setting('farthing.override_lock', true) = 'on' THEN
        RETURN NULL;
    END IF;
    -- The first day of what a statement touches decides: one look at the book's row, by its key, whatever was chosen.
    IF TG_OP = 'INSERT' THEN
        SELECT t.book_id, t.first_day INTO broken
          FROM (SELECT a.book_id, min(a.date) AS first_day FROM added a GROUP BY a.book_id) t
         WHERE t.first_day <= (SELECT b.locked_until FROM books b WHERE b.id = t.book_id) LIMIT 1;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT t.book_id, t.first_day INTO broken
          FROM (SELECT r.book_id, min(r.date) AS first_day FROM removed r GROUP BY r.book_id) t
         WHERE t.first_day <= (SELECT b.locked_until FROM books b WHERE b.id = t.book_id) LIMIT 1;
    ELSE
        SELECT t.book_id, t.first_day INTO broken
          FROM (SELECT d.book_id, min(d.date) AS first_day
                  FROM (SELECT a.book_id, a.date FROM added a
                        UNION ALL
                        SELECT r.book_id, r.date FROM removed r) d
                 GROUP BY d.book_id) t
         WHERE t.first_day <= (SELECT b.locked_until FROM books b WHERE b.id = t.book_id) LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'the book % is locked, the day % included', broken.book_id, broken.first_day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_locked', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER period_lock_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();

CREATE TRIGGER period_lock_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();

CREATE TRIGGER period_lock_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();

CREATE TRIGGER period_lock_facts AFTER UPDATE ON transactions
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds();

REVOKE EXECUTE ON FUNCTION period_lock_holds FROM PUBLIC;
