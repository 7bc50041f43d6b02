CREATE FUNCTION posting_link_holds(link posting_links) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM postings spent
          JOIN accounts spent_on ON spent_on.book_id = spent.book_id AND spent_on.id = spent.account_id
          JOIN postings back ON back.book_id = spent.book_id AND back.id = link.to_posting_id
          JOIN accounts back_on ON back_on.book_id = back.book_id AND back_on.id = back.account_id
         WHERE spent.book_id = link.book_id AND spent.id = link.from_posting_id
           AND spent.transaction_id <> back.transaction_id
           AND spent.currency = link.currency AND back.currency = link.currency
           AND spent_on.kind = 'expense' AND back_on.kind IN ('income', 'expense')
           AND spent.amount >= (SELECT sum(o.amount) FROM posting_links o
                                 WHERE o.book_id = link.book_id AND o.from_posting_id = spent.id)
           AND -back.amount >= (SELECT sum(o.amount) FROM posting_links o
                                 WHERE o.book_id = link.book_id AND o.to_posting_id = back.id)
    )
$$;

CREATE FUNCTION posting_links_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The link as it is by now, at the end of the transaction, between the lines as they are by now.
    IF EXISTS (
        SELECT FROM posting_links l
         WHERE l.book_id = NEW.book_id AND l.id = NEW.id AND NOT posting_link_holds(l)
    ) THEN
        RAISE EXCEPTION 'the link % joins no two lines that bear it', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_links_hold', TABLE = 'posting_links';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION posting_links_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A line that goes may be about to come again: touching its links has them looked at when all is done.
    UPDATE posting_links l SET revision = l.revision
      FROM removed r WHERE l.book_id = r.book_id AND l.from_posting_id = r.id;
    UPDATE posting_links l SET revision = l.revision
      FROM removed r WHERE l.book_id = r.book_id AND l.to_posting_id = r.id;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER posting_links_hold AFTER INSERT OR UPDATE ON posting_links
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION posting_links_hold();

CREATE TRIGGER posting_links_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION posting_links_follow();

CREATE TRIGGER posting_links_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION posting_links_follow();

REVOKE EXECUTE ON FUNCTION posting_link_holds, posting_links_hold, posting_links_follow FROM PUBLIC;

GRANT EXECUTE ON FUNCTION posting_link_holds TO farthing_app;
