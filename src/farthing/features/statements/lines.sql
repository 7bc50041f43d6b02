CREATE FUNCTION statement_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what the bank wrote in the line % does not change', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_line_stays', TABLE = 'statement_lines';
END
$$;

CREATE TRIGGER statement_line_stays BEFORE UPDATE ON statement_lines
    FOR EACH ROW WHEN (
        (OLD.id, OLD.account_id, OLD.import_id, OLD.line, OLD.external_id, OLD.fingerprint, OLD.date,
         OLD.amount, OLD.currency, OLD.original, OLD.created_revision, OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.account_id, NEW.import_id, NEW.line, NEW.external_id, NEW.fingerprint, NEW.date,
         NEW.amount, NEW.currency, NEW.original, NEW.created_revision, NEW.created_at)
    ) EXECUTE FUNCTION statement_line_stays();

REVOKE EXECUTE ON FUNCTION statement_line_stays FROM PUBLIC;
