CREATE FUNCTION revoke_all_tokens() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE access_tokens t SET revoked_at = NEW.tokens_revoked_at WHERE t.user_id = NEW.id AND t.revoked_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER revoke_all_tokens AFTER UPDATE OF tokens_revoked_at ON users
    FOR EACH ROW WHEN (NEW.tokens_revoked_at IS DISTINCT FROM OLD.tokens_revoked_at)
    EXECUTE FUNCTION revoke_all_tokens();

REVOKE EXECUTE ON FUNCTION revoke_all_tokens FROM PUBLIC;
