CREATE FUNCTION month_sums_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The sums are nobody's to write but this function's: it works as their owner.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO month_sums AS s (book_id, account_id, currency, status, month, amount, postings)
        SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), sum(p.amount), count(*)
          FROM added p GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (book_id, account_id, currency, status, month)
            DO UPDATE SET amount = s.amount + excluded.amount, postings = s.postings + excluded.postings;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO month_sums AS s (book_id, account_id, currency, status, month, amount, postings)
        SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), -sum(p.amount), -count(*)
          FROM removed p GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (book_id, account_id, currency, status, month)
            DO UPDATE SET amount = s.amount + excluded.amount, postings = s.postings + excluded.postings;
    ELSE
        INSERT INTO month_sums AS s (book_id, account_id, currency, status, month, amount, postings)
        SELECT p.book_id, p.account_id, p.currency, p.status, month_of(p.date), sum(p.amount), sum(p.postings)
          FROM (SELECT a.book_id, a.account_id, a.currency, a.status, a.date, a.amount, 1 AS postings FROM added a
                UNION ALL
                SELECT r.book_id, r.account_id, r.currency, r.status, r.date, -r.amount, -1 FROM removed r) p
         GROUP BY 1, 2, 3, 4, 5 HAVING sum(p.amount) <> 0 OR sum(p.postings) <> 0
            ON CONFLICT (book_id, account_id, currency, status, month)
            DO UPDATE SET amount = s.amount + excluded.amount, postings = s.postings + excluded.postings;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION month_of(day date) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT day - extract(day FROM day)::int + 1
$$;

CREATE TRIGGER month_sums_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION month_sums_follow();

CREATE TRIGGER month_sums_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION month_sums_follow();

CREATE TRIGGER month_sums_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION month_sums_follow();

REVOKE EXECUTE ON FUNCTION month_sums_follow, month_of FROM PUBLIC;
