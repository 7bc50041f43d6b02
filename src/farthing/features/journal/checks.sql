CREATE FUNCTION checkpoints_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- One look at the book's row, by its key, is all that it costs where nothing was ever stated of that time. What a
    -- checkpoint's account holds is reckoned anew by a trigger of the checkpoint's own, whatever is written there; this
    -- one comes after those that keep the sums of months, by its name.
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM (SELECT a.book_id, min(a.date) AS first_day FROM added a GROUP BY a.book_id) t
                        WHERE t.first_day <= (SELECT b.checked_until FROM books b WHERE b.id = t.book_id)) THEN
            RETURN NULL;
        END IF;
        UPDATE checkpoints c SET held = c.held
          FROM (SELECT d.book_id, d.account_id, d.currency, min(d.date) AS first_day
                  FROM (SELECT a.book_id, a.account_id, a.currency, a.date FROM added a WHERE a.status <> 'pending'
                         GROUP BY 1, 2, 3, 4 HAVING sum(a.amount) <> 0) d
                 GROUP BY 1, 2, 3) m
         WHERE c.book_id = m.book_id AND c.account_id = m.account_id AND c.currency = m.currency
           AND c.date >= m.first_day;
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM (SELECT r.book_id, min(r.date) AS first_day FROM removed r GROUP BY r.book_id) t
                        WHERE t.first_day <= (SELECT b.checked_until FROM books b WHERE b.id = t.book_id)) THEN
            RETURN NULL;
        END IF;
        UPDATE checkpoints c SET held = c.held
          FROM (SELECT d.book_id, d.account_id, d.currency, min(d.date) AS first_day
                  FROM (SELECT r.book_id, r.account_id, r.currency, r.date FROM removed r WHERE r.status <> 'pending'
                         GROUP BY 1, 2, 3, 4 HAVING sum(r.amount) <> 0) d
                 GROUP BY 1, 2, 3) m
         WHERE c.book_id = m.book_id AND c.account_id = m.account_id AND c.currency = m.currency
           AND c.date >= m.first_day;
    ELSE
        IF NOT EXISTS (SELECT FROM (SELECT d.book_id, min(d.date) AS first_day
                                      FROM (SELECT a.book_id, a.date FROM added a
                                            UNION ALL
                                            SELECT r.book_id, r.date FROM removed r) d
                                     GROUP BY d.book_id) t
                        WHERE t.first_day <= (SELECT b.checked_until FROM books b WHERE b.id = t.book_id)) THEN
            RETURN NULL;
        END IF;
        UPDATE checkpoints c SET held = c.held
          FROM (SELECT d.book_id, d.account_id, d.currency, min(d.date) AS first_day
                  FROM (SELECT p.book_id, p.account_id, p.currency, p.date
                          FROM (SELECT a.book_id, a.account_id, a.currency, a.date, a.status, a.amount FROM added a
                                UNION ALL
                                SELECT r.book_id, r.account_id, r.currency, r.date, r.status, -r.amount
                                  FROM removed r) p
                         WHERE p.status <> 'pending'
                         GROUP BY 1, 2, 3, 4 HAVING sum(p.amount) <> 0) d
                 GROUP BY 1, 2, 3) m
         WHERE c.book_id = m.book_id AND c.account_id = m.account_id AND c.currency = m.currency
           AND c.date >= m.first_day;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER postings_checked_insert AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_follow();

CREATE TRIGGER postings_checked_update AFTER UPDATE ON postings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_follow();

CREATE TRIGGER postings_checked_delete AFTER DELETE ON postings
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_follow();

REVOKE EXECUTE ON FUNCTION checkpoints_follow FROM PUBLIC;
