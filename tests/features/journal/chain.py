"""A book's log, read past the service, and checked link by link."""

from __future__ import annotations

import json
from uuid import UUID

import asyncpg

from farthing.core.changelog import FIRST_HASH, Link, digest_payload, hash_link

UNBALANCED = """
SELECT transaction_id, currency, sum(amount) FROM postings WHERE book_id = $1
 GROUP BY transaction_id, currency HAVING sum(amount) <> 0
"""

UNTRUE = """
SELECT c.id FROM checkpoints c
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(p.amount), 0) AS amount FROM postings p
        WHERE p.book_id = c.book_id AND p.account_id = c.account_id AND p.currency = c.currency
          AND p.status <> 'pending' AND p.date <= c.date) really
 WHERE c.book_id = $1 AND (c.held <> really.amount OR c.difference <> c.amount + c.outstanding - really.amount)
"""


async def check_book(connection: asyncpg.Connection, book_id: str) -> int:
    """Hold a book to what is always true of it; answers with its revision."""
    book = await connection.fetchrow("SELECT revision, head_hash FROM books WHERE id = $1", UUID(book_id))
    changes = await connection.fetch("SELECT * FROM changes WHERE book_id = $1 ORDER BY revision", UUID(book_id))
    assert [change["revision"] for change in changes] == list(range(1, book["revision"] + 1))
    previous = FIRST_HASH
    for change in changes:
        payload = json.loads(change["payload"])
        assert digest_payload(change["salt"], change["summary"], payload) == change["payload_digest"]
        link = Link(
            change["book_id"],
            change["revision"],
            change["at"],
            change["actor_id"],
            change["operation"],
            change["payload_digest"],
        )
        previous = hash_link(previous, link)
        assert previous == change["hash"], f"the chain breaks at {change['revision']}"
    assert previous == book["head_hash"]
    assert await connection.fetch(UNBALANCED, UUID(book_id)) == []
    bare = "SELECT FROM transactions t WHERE book_id = $1 AND NOT EXISTS (SELECT FROM postings p WHERE p.book_id = $1 AND p.transaction_id = t.id)"  # noqa: E501
    assert await connection.fetch(bare, UUID(book_id)) == []
    assert await connection.fetch(UNTRUE, UUID(book_id)) == []
    return int(book["revision"])
