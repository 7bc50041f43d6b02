CREATE FUNCTION transactions_with_words(in_text text[], in_memo text[], most integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    book uuid := nullif(current_setting('farthing.book', true), '')::uuid;
    conditions text[] := '{}';
    sources text[] := '{}';
    named uuid[];
    payees uuid[] := '{}';
    found uuid[];
    count bigint;
    known text;
BEGIN
    -- Where PostgreSQL's locale is C, the index knows letters of the Latin alphabet only. Without three in a row that it
    -- knows it would be read from end to end.
    SELECT CASE WHEN d.datctype IN ('C', 'POSIX') THEN '[0-9A-Za-z]{3}' ELSE '[[:alnum:]]{3}' END INTO known
      FROM pg_database d WHERE d.datname = current_database();
    in_text := ARRAY(SELECT w FROM unnest(in_text) w WHERE w ~ known);
    in_memo := ARRAY(SELECT w FROM unnest(in_memo) w WHERE w ~ known);
    IF cardinality(in_text) + cardinality(in_memo) = 0 THEN
        RETURN NULL;
    END IF;
    -- The statement is put together of constants and numbers, and planned for the very words that are looked for.
    FOR n IN 1 .. cardinality(in_text) LOOP
        -- A payee that goes by a word lends it to all its transactions, in whatever words they were written.
        named := ARRAY(SELECT DISTINCT p.payee_id FROM payee_names p WHERE p.book_id = book AND p.name ILIKE in_text[n]);
        CONTINUE WHEN cardinality(named) > most;
        conditions := conditions || (
            format('(coalesce(t.payee, '''') || '' '' || coalesce(t.description, '''') || '' '' || coalesce(t.notes, '''')'
                   ' ILIKE $2[%s]', n)
            || CASE WHEN named <> '{}' THEN format(' OR t.payee_id = ANY ($5[%s:%s])', cardinality(payees) + 1,
                                                   cardinality(payees) + cardinality(named)) ELSE '' END
            || ')');
        payees := payees || named;
    END LOOP;
    IF cardinality(conditions) > 0 THEN
        sources := sources || (
            'SELECT t.id FROM transactions t WHERE t.book_id = $1 AND ' || array_to_string(conditions, ' AND '));
    ELSIF cardinality(in_text) > 0 THEN
        RETURN NULL;
    END IF;
    IF cardinality(in_memo) > 0 THEN
        sources := sources || (
            SELECT 'SELECT p.transaction_id FROM postings p WHERE p.book_id = $1 AND p.memo IS NOT NULL AND ('
                || string_agg(format('p.memo ILIKE $3[%s]', n), ' OR ') || ')'
              FROM generate_subscripts(in_memo, 1) n);
    END IF;
    -- Materialised, or the limit would tempt the planner to walk through the book until so many are found.
    EXECUTE 'WITH those (id) AS MATERIALIZED (' || array_to_string(sources, ' UNION ALL ') || ')
             SELECT array_agg(f.id), count(*) FROM (SELECT id FROM those LIMIT $4 + 1) f'
       INTO found, count
      USING book, in_text, in_memo, most, payees;
    RETURN CASE WHEN count <= most THEN coalesce(found, '{}') END;
END
$$;

CREATE FUNCTION transactions_of_size(smallest numeric, largest numeric, most integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found uuid[];
    count bigint;
BEGIN
    EXECUTE 'WITH those (id) AS MATERIALIZED (
                 SELECT p.transaction_id FROM postings p WHERE p.book_id = $1 AND abs(p.amount) BETWEEN $2 AND $3)
             SELECT array_agg(f.id), count(*) FROM (SELECT id FROM those LIMIT $4 + 1) f'
       INTO found, count
      USING nullif(current_setting('farthing.book', true), '')::uuid, smallest, largest, most;
    RETURN CASE WHEN count <= most THEN coalesce(found, '{}') END;
END
$$;

REVOKE EXECUTE ON FUNCTION transactions_with_words, transactions_of_size FROM PUBLIC;
GRANT EXECUTE ON FUNCTION transactions_with_words, transactions_of_size TO farthing_app;
