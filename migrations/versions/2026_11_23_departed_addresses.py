"""What books of others say of the address of someone who left.

Revision: 0032, after 0031. Made on 2026-11-23.
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

DELETE_PERSON = """CREATE FUNCTION delete_person(gone uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept record;
    address text;
    address_key text;
BEGIN
    IF gone IS DISTINCT FROM nullif(current_setting('farthing.user', true), '')::uuid THEN
        RAISE EXCEPTION 'people delete themselves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Registering waits: whoever is the first to register on an instance operates it.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.registration', 0));
    PERFORM 1 FROM users u WHERE u.id = gone FOR UPDATE;
    IF EXISTS (SELECT FROM members m WHERE m.user_id = gone) THEN
        RAISE EXCEPTION 'a member of a book leaves it first' USING ERRCODE = 'object_in_use';
    END IF;
    IF EXISTS (SELECT FROM users u WHERE u.id = gone AND u.is_operator)
       AND NOT EXISTS (SELECT FROM users u WHERE u.id <> gone AND u.is_operator AND u.blocked_at IS NULL) THEN
        RETURN 'operator_needed';
    END IF;
    -- All that refers to the person outside of books, whichever rooms there are, and what refers to that.
    FOR kept IN
        WITH RECURSIVE held (relation, condition, depth) AS (
            SELECT k.conrelid, format('%I = $1', a.attname), 1
              FROM pg_constraint k
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
             WHERE k.contype = 'f' AND k.confrelid = 'public.users'::regclass AND cardinality(k.conkey) = 1
               AND NOT EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = k.conrelid AND b.attname = 'book_id')
            UNION ALL
            SELECT k.conrelid,
                   format('%I IN (SELECT %I FROM %s WHERE %s)', a.attname, b.attname, h.relation::regclass, h.condition),
                   h.depth + 1
              FROM held h
              JOIN pg_constraint k ON k.contype = 'f' AND k.confrelid = h.relation AND k.conrelid <> h.relation
               AND cardinality(k.conkey) = 1
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
              JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
             WHERE h.depth < 8
        )
        SELECT relation, condition FROM held ORDER BY depth DESC
    LOOP
        EXECUTE format('DELETE FROM %s WHERE %s', kept.relation::regclass, kept.condition) USING gone;
    END LOOP;
    -- What others' books say of the address: invitations, as they wait and as they were, and answers kept for retries.
    SELECT u.email, u.email_key INTO address, address_key FROM users u WHERE u.id = gone;
    DELETE FROM invitations i WHERE i.email_key = address_key;
    UPDATE history h SET before = h.before || '{"email": null}'
     WHERE h.kind = 'invitation' AND lower(h.before ->> 'email') IN (lower(address), address_key);
    UPDATE changes c SET answer = NULL
     WHERE c.answer IS NOT NULL AND position(lower(address) IN lower(c.answer::text)) > 0;
    -- The id stays: the logs of books that others keep name it, and nothing else.
    UPDATE users u
       SET email = 'deleted:' || gone, email_key = 'deleted:' || gone, name = '', password_hash = NULL,
           password_changed_at = NULL, email_verified_at = NULL, is_operator = false, default_book_id = NULL,
           second_factor_since = NULL, second_factor_methods = '{}', deleted_at = now()
     WHERE u.id = gone;
    RETURN 'deleted';
END
$$;"""
DELETE_PERSON_BEFORE = """CREATE FUNCTION delete_person(gone uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept record;
BEGIN
    IF gone IS DISTINCT FROM nullif(current_setting('farthing.user', true), '')::uuid THEN
        RAISE EXCEPTION 'people delete themselves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Registering waits: whoever is the first to register on an instance operates it.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.registration', 0));
    PERFORM 1 FROM users u WHERE u.id = gone FOR UPDATE;
    IF EXISTS (SELECT FROM members m WHERE m.user_id = gone) THEN
        RAISE EXCEPTION 'a member of a book leaves it first' USING ERRCODE = 'object_in_use';
    END IF;
    IF EXISTS (SELECT FROM users u WHERE u.id = gone AND u.is_operator)
       AND NOT EXISTS (SELECT FROM users u WHERE u.id <> gone AND u.is_operator AND u.blocked_at IS NULL) THEN
        RETURN 'operator_needed';
    END IF;
    -- All that refers to the person outside of books, whichever rooms there are, and what refers to that.
    FOR kept IN
        WITH RECURSIVE held (relation, condition, depth) AS (
            SELECT k.conrelid, format('%I = $1', a.attname), 1
              FROM pg_constraint k
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
             WHERE k.contype = 'f' AND k.confrelid = 'public.users'::regclass AND cardinality(k.conkey) = 1
               AND NOT EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = k.conrelid AND b.attname = 'book_id')
            UNION ALL
            SELECT k.conrelid,
                   format('%I IN (SELECT %I FROM %s WHERE %s)', a.attname, b.attname, h.relation::regclass, h.condition),
                   h.depth + 1
              FROM held h
              JOIN pg_constraint k ON k.contype = 'f' AND k.confrelid = h.relation AND k.conrelid <> h.relation
               AND cardinality(k.conkey) = 1
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
              JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
             WHERE h.depth < 8
        )
        SELECT relation, condition FROM held ORDER BY depth DESC
    LOOP
        EXECUTE format('DELETE FROM %s WHERE %s', kept.relation::regclass, kept.condition) USING gone;
    END LOOP;
    -- The id stays: the logs of books that others keep name it, and nothing else.
    UPDATE users u
       SET email = 'deleted:' || gone, email_key = 'deleted:' || gone, name = '', password_hash = NULL,
           password_changed_at = NULL, email_verified_at = NULL, is_operator = false, default_book_id = NULL,
           second_factor_since = NULL, second_factor_methods = '{}', deleted_at = now()
     WHERE u.id = gone;
    RETURN 'deleted';
END
$$;"""


def _replace(function: str) -> None:
    op.execute("DROP FUNCTION delete_person")
    op.execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION delete_person FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION delete_person TO farthing_app")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _replace(DELETE_PERSON)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _replace(DELETE_PERSON_BEFORE)
