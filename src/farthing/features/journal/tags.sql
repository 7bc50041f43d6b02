CREATE FUNCTION period_lock_holds_tags() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    IF current_setting('farthing.override_lock', true) = 'on' THEN
        RETURN NULL;
    END IF;
    -- A transaction that comes or goes with its tags is looked at with its postings.
    SELECT t.book_id, t.date INTO broken
      FROM touched x
      JOIN transactions t ON t.book_id = x.book_id AND t.id = x.transaction_id
      JOIN books b ON b.id = x.book_id
     WHERE t.date <= b.locked_until LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the book % is locked, the day % included', broken.book_id, broken.date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_locked', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER period_lock_insert AFTER INSERT ON transaction_tags
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();

CREATE TRIGGER period_lock_delete AFTER DELETE ON transaction_tags
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();

CREATE TRIGGER period_lock_update_before AFTER UPDATE ON transaction_tags
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();

CREATE TRIGGER period_lock_update_after AFTER UPDATE ON transaction_tags
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION period_lock_holds_tags();

REVOKE EXECUTE ON FUNCTION period_lock_holds_tags FROM PUBLIC;
