CREATE FUNCTION checkpoint_reckoned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- What an account holds is nobody's to say but the postings': whatever is written here, this is what is kept.
    NEW.held := coalesce((
        SELECT sum(parts.amount)
          FROM (SELECT s.amount FROM month_sums s
                 WHERE s.book_id = NEW.book_id AND s.account_id = NEW.account_id AND s.currency = NEW.currency
                   AND s.status <> 'pending' AND s.month < month_of(NEW.date)
                UNION ALL
                SELECT p.amount FROM postings p
                 WHERE p.book_id = NEW.book_id AND p.account_id = NEW.account_id AND p.currency = NEW.currency
                   AND p.status <> 'pending' AND p.date BETWEEN month_of(NEW.date) AND NEW.date) parts), 0);
    RETURN NEW;
END
$$;

CREATE FUNCTION checkpoint_true() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Asked when a transaction ends, of the row as it is then: halfway, the old postings are gone and the new ones not
    -- yet there. A checkpoint may be broken, but it may not keep that to itself.
    IF EXISTS (SELECT FROM checkpoints c
                WHERE c.book_id = NEW.book_id AND c.id = NEW.id
                  AND c.difference <> c.amount + c.outstanding - c.held) THEN
        RAISE EXCEPTION 'the checkpoint % of the book % does not say how far the account is from it', NEW.id, NEW.book_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'checkpoint_true', TABLE = 'checkpoints';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION checked_until_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    touched uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        touched := OLD.book_id;
    ELSE
        touched := NEW.book_id;
    END IF;
    UPDATE books b SET checked_until = (SELECT max(c.date) FROM checkpoints c WHERE c.book_id = b.id)
     WHERE b.id = touched;
    RETURN NULL;
END
$$;

CREATE TRIGGER checkpoint_reckoned BEFORE INSERT OR UPDATE ON checkpoints
    FOR EACH ROW EXECUTE FUNCTION checkpoint_reckoned();

CREATE CONSTRAINT TRIGGER checkpoint_true AFTER INSERT OR UPDATE ON checkpoints
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION checkpoint_true();

CREATE TRIGGER checked_until_follows AFTER INSERT OR DELETE OR UPDATE OF date ON checkpoints
    FOR EACH ROW EXECUTE FUNCTION checked_until_follows();

REVOKE EXECUTE ON FUNCTION checkpoint_reckoned, checkpoint_true, checked_until_follows FROM PUBLIC;
