CREATE FUNCTION keep_an_owner() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Two owners who go at once: one waits here, and is then looked at in a book that the other has left.
    PERFORM 1 FROM books b WHERE b.id = OLD.book_id FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (SELECT FROM members m WHERE m.book_id = OLD.book_id AND m.role = 'owner') THEN
        RAISE EXCEPTION 'nobody would own the book %', OLD.book_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'members_keep_an_owner',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER members_keep_an_owner AFTER UPDATE OR DELETE ON members
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION keep_an_owner();

CREATE FUNCTION choose_another_default() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE users u
       SET default_book_id = (SELECT m.book_id FROM members m JOIN books b ON b.id = m.book_id
                               WHERE m.user_id = OLD.user_id ORDER BY b.created_at, b.id LIMIT 1)
     WHERE u.id = OLD.user_id AND u.default_book_id = OLD.book_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER members_choose_another_default AFTER DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION choose_another_default();

REVOKE EXECUTE ON FUNCTION keep_an_owner, choose_another_default FROM PUBLIC;
