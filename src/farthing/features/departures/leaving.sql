CREATE FUNCTION delete_book(gone uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asking uuid := nullif(current_setting('farthing.user', true), '')::uuid;
    tables oid[];
    following oid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(gone::text, 0));
    PERFORM 1 FROM books b WHERE b.id = gone FOR UPDATE;
    IF NOT EXISTS (SELECT FROM members m WHERE m.book_id = gone AND m.user_id = asking AND m.role = 'owner') THEN
        RAISE EXCEPTION 'only an owner deletes a book' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Nothing of it is locked any more.
    UPDATE books b SET locked_until = NULL, checkpoint_policy = 'flag' WHERE b.id = gone;
    -- Every table of books, whichever rooms there are: what refers to others comes before those. Those that refer to
    -- each other have keys that can wait.
    SET CONSTRAINTS ALL DEFERRED;
    SELECT array_agg(c.oid ORDER BY c.relname) INTO tables
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'book_id' AND NOT a.attisdropped
     WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT IN ('month_sums', 'own_currencies');
    WHILE cardinality(tables) > 0 LOOP
        SELECT t INTO following FROM unnest(tables) t
         WHERE NOT EXISTS (
               SELECT FROM pg_constraint k
                WHERE k.contype = 'f' AND NOT k.condeferrable AND k.confrelid = t AND k.conrelid <> t
                  AND k.conrelid = ANY (tables))
         LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'tables of books refer to each other in a circle';
        END IF;
        EXECUTE format('DELETE FROM %s WHERE book_id = $1', following::regclass) USING gone;
        tables := array_remove(tables, following);
    END LOOP;
    -- Kept by triggers of those before, and needed by them though no key says so: these two come last.
    DELETE FROM month_sums s WHERE s.book_id = gone;
    DELETE FROM own_currencies c WHERE c.book_id = gone;
    UPDATE users u
       SET default_book_id = (SELECT m.book_id FROM members m WHERE m.user_id = u.id ORDER BY m.created_at LIMIT 1)
     WHERE u.default_book_id = gone;
    DELETE FROM books b WHERE b.id = gone;
    INSERT INTO deleted_books (id) VALUES (gone) ON CONFLICT (id) DO UPDATE SET deleted_at = now();
    SET CONSTRAINTS ALL IMMEDIATE;
END
$$;

CREATE FUNCTION delete_person(gone uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept record;
    address text;
    address_key text;
BEGIN
    IF gone IS DISTINCT FROM nullif(current_setting('farthing.user', true), '')::uuid THEN
        RAISE EXCEPTION 'people delete themselves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- One after the other: two operators who leave don't leave the instance to nobody.
    PERFORM pg_advisory_xact_lock(hashtextextended('farthing.operators', 0));
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
$$;

CREATE FUNCTION fellows_of_books(person uuid) RETURNS TABLE (id uuid, name text, role text, members bigint, owners bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF person IS DISTINCT FROM nullif(current_setting('farthing.user', true), '')::uuid THEN
        RAISE EXCEPTION 'people ask about themselves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    SELECT b.id, b.name, mine.role, count(other.user_id), count(other.user_id) FILTER (WHERE other.role = 'owner')
      FROM members mine
      JOIN books b ON b.id = mine.book_id
      LEFT JOIN members other ON other.book_id = mine.book_id AND other.user_id <> mine.user_id
     WHERE mine.user_id = person
     GROUP BY b.id, b.name, mine.role
     ORDER BY b.id;
END
$$;

REVOKE EXECUTE ON FUNCTION delete_book, delete_person, fellows_of_books FROM PUBLIC;

GRANT EXECUTE ON FUNCTION delete_book, delete_person, fellows_of_books TO farthing_app;
