CREATE FUNCTION attachments_belong() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lost record;
BEGIN
    SELECT a.id INTO lost
      FROM added a
     WHERE a.transaction_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM transactions t WHERE t.book_id = a.book_id AND t.id = a.transaction_id)
       -- A book that is restored has what is attached to a transaction that was deleted, and may come back.
       AND NOT EXISTS (SELECT FROM history h WHERE h.book_id = a.book_id AND h.record_id = a.transaction_id
                          AND h.kind = 'transaction') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the transaction of the attachment % isn''t there', lost.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'attachments_transaction', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER attachments_belong_insert AFTER INSERT ON attachments
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION attachments_belong();

REVOKE EXECUTE ON FUNCTION attachments_belong FROM PUBLIC;
