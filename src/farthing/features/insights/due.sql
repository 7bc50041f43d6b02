CREATE FUNCTION books_to_look_into(after_book uuid, most integer) RETURNS TABLE (book_id uuid, person_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT b.id, o.user_id
      FROM books b
      LEFT JOIN analyses a ON a.book_id = b.id
     CROSS JOIN LATERAL (SELECT m.user_id FROM members m WHERE m.book_id = b.id AND m.role = 'owner'
                          ORDER BY m.created_at, m.user_id LIMIT 1) o
     WHERE (after_book IS NULL OR b.id > after_book)
       -- What is expected and doesn't come changes nothing in the book: hence once a week, at least.
       AND (a.book_id IS NULL OR a.revision < b.revision OR a.made_at < now() - interval '7 days')
       AND NOT EXISTS (SELECT FROM jobs j
                        WHERE j.book_id = b.id AND j.kind = 'insights.refresh' AND j.ended_at IS NULL)
     ORDER BY b.id
     LIMIT most;
END
$$;

CREATE FUNCTION books_with_wrong_sums() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM analyses a WHERE NOT a.sums_hold);
END
$$;

REVOKE EXECUTE ON FUNCTION books_to_look_into, books_with_wrong_sums FROM PUBLIC;

GRANT EXECUTE ON FUNCTION books_to_look_into, books_with_wrong_sums TO farthing_app;
