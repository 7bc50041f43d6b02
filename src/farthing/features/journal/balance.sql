CREATE FUNCTION postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    uneven record;
BEGIN
    -- What a statement adds less what it takes away must be zero, per transaction and currency: so whatever was
    -- balanced stays balanced, and no table has to be read.
    IF TG_OP = 'INSERT' THEN
        SELECT p.transaction_id, p.currency INTO uneven FROM added p
         GROUP BY p.book_id, p.transaction_id, p.currency HAVING sum(p.amount) <> 0 LIMIT 1;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT p.transaction_id, p.currency INTO uneven FROM removed p
         GROUP BY p.book_id, p.transaction_id, p.currency HAVING sum(p.amount) <> 0 LIMIT 1;
    ELSE
        SELECT p.transaction_id, p.currency INTO uneven
          FROM (SELECT a.book_id, a.transaction_id, a.currency, a.amount FROM added a
                UNION ALL
                SELECT r.book_id, r.transaction_id, r.currency, -r.amount FROM removed r) p
         GROUP BY p.book_id, p.transaction_id, p.currency HAVING sum(p.amount) <> 0 LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of transaction % do not sum to zero in %', uneven.transaction_id, uneven.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balance', TABLE = 'postings';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER postings_balance_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION postings_balance();

CREATE TRIGGER postings_balance_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION postings_balance();

CREATE TRIGGER postings_balance_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION postings_balance();
