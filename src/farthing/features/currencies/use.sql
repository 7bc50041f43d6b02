CREATE FUNCTION currency_use(
    in_book uuid, wanted text, OUT used boolean, OUT finest integer
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT max(scale(trim_scale(kept.amount))) INTO finest
      FROM (SELECT p.amount
              FROM postings p
             WHERE p.book_id = in_book AND p.currency = wanted
               -- Which accounts to look at is known from the sums of their months.
               AND p.account_id IN (SELECT s.account_id FROM month_sums s
                                     WHERE s.book_id = in_book AND s.currency = wanted AND s.postings > 0)
            UNION ALL
            SELECT v.amount FROM valuations v WHERE v.book_id = in_book AND v.currency = wanted
            UNION ALL
            SELECT l.amount FROM posting_links l WHERE l.book_id = in_book AND l.currency = wanted
            UNION ALL
            SELECT c.amount FROM checkpoints c WHERE c.book_id = in_book AND c.currency = wanted
            UNION ALL
            SELECT unnest(ARRAY[a.credit_limit, a.minimum_payment, a.original_amount])
              FROM accounts a
             WHERE a.book_id = in_book AND a.currency = wanted) AS kept (amount);
    used := finest IS NOT NULL
            OR EXISTS (SELECT FROM accounts a WHERE a.book_id = in_book AND a.currency = wanted)
            OR EXISTS (SELECT FROM postings p
                        WHERE p.book_id = in_book AND (p.price_amount IS NOT NULL OR p.cost_amount IS NOT NULL)
                          AND (p.price_currency = wanted OR p.cost_currency = wanted))
            OR EXISTS (SELECT FROM prices p WHERE p.book_id = in_book AND wanted IN (p.commodity, p.currency));
END
$$;

CREATE FUNCTION own_currency_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    it record;
BEGIN
    it := currency_use(OLD.book_id, OLD.code);
    IF TG_OP = 'DELETE' OR NEW.code <> OLD.code OR NEW.book_id <> OLD.book_id THEN
        IF it.used THEN
            RAISE EXCEPTION 'the book % keeps something in %', OLD.book_id, OLD.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'currency_in_use', TABLE = 'own_currencies';
        END IF;
    ELSIF it.finest > NEW.digits THEN
        RAISE EXCEPTION 'the book % has amounts in % of % digits', OLD.book_id, OLD.code, it.finest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'currency_posted_finer', TABLE = 'own_currencies';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE TRIGGER own_currency_stays BEFORE DELETE OR UPDATE OF book_id, code, digits ON own_currencies
    FOR EACH ROW EXECUTE FUNCTION own_currency_stays();

REVOKE EXECUTE ON FUNCTION currency_use, own_currency_stays FROM PUBLIC;

GRANT EXECUTE ON FUNCTION currency_use TO farthing_app;
