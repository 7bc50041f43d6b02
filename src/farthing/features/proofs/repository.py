"""All SQL of the proofs. Each look is across books, as their owner, on one snapshot.

Looks for what is wrong answer ``book_id``, ``record``, ``why`` and ``total``: the first so many, and how many in all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, text, true

from farthing.core.changelog import Change
from farthing.core.connection import Connection
from farthing.core.schema import OWNER_ROLE
from farthing.core.statements import Row, Statement, prepared
from farthing.features.accounts.models import Account
from farthing.features.attachments.models import Content
from farthing.features.books.models import Book
from farthing.features.journal.models import Transaction
from farthing.features.payees.models import Payee, PayeeName
from farthing.features.proofs.findings import MAX_SHOWN, Kind


class ProofRepository:
    """Looks at all books, or at one."""

    def __init__(self, connection: Connection, book_id: UUID | None) -> None:
        self.connection = connection
        self.book_id = book_id

    async def take_role(self) -> None:
        """See every book, as the tables' owner does."""
        await self.connection.run(text(f"SET LOCAL ROLE {OWNER_ROLE}"))

    async def counts(self) -> Row:
        """How many ``books``, ``transactions`` and ``changes`` there are."""
        only = self.book_id
        statement = select(
            select(func.count()).select_from(Book).where(Book.id == only if only else true()).label("books"),
            select(func.count())
            .select_from(Transaction)
            .where(Transaction.book_id == only if only else true())
            .label("transactions"),
            select(func.count()).select_from(Change).where(Change.book_id == only if only else true()).label("changes"),
        )
        return await self.connection.one(statement)

    async def book_ids(self) -> list[UUID]:
        """The books that are looked at."""
        return await self.connection.column(select(Book.id).where(Book.id == self.book_id if self.book_id else true()))

    async def look(self, kind: Kind) -> list[Row]:
        """What is wrong in this way."""
        return await self.connection.rows(LOOKS[kind], {"book": self.book_id, "most": MAX_SHOWN})

    async def log(self) -> AsyncIterator[Any]:
        """Every book with each of its changes, in order; a book without any comes once, with none."""
        statement = (
            select(
                Book.id.label("book_id"),
                Book.revision.label("head"),
                Book.head_hash,
                Change.revision,
                Change.at,
                Change.actor_id,
                Change.operation,
                Change.summary,
                Change.payload,
                Change.salt,
                Change.payload_digest,
                Change.hash,
            )
            .join(Change, Change.book_id == Book.id, isouter=True)
            .where(Book.id == self.book_id if self.book_id else true())
            .order_by(Book.id, Change.revision)
        )
        async for row in self.connection.stream(statement):
            yield row

    async def contents(self) -> AsyncIterator[Any]:
        """All content that the storage keeps: of which book, its hash, its size, and where."""
        statement = (
            select(Content.book_id, Content.hash, Content.size, Content.object_name)
            .where(Content.object_name.is_not(None), Content.book_id == self.book_id if self.book_id else true())
            .order_by(Content.book_id, Content.hash)
        )
        async for row in self.connection.stream(statement):
            yield row

    async def charts(self) -> AsyncIterator[Any]:
        """Every account, book by book."""
        statement = (
            select(
                Account.book_id,
                Account.id,
                Account.parent_id,
                Account.kind,
                Account.role,
                Account.name,
                Account.full_name,
                Account.name_key,
            )
            .where(Account.book_id == self.book_id if self.book_id else true())
            .order_by(Account.book_id, Account.id)
        )
        async for row in self.connection.stream(statement):
            yield row

    async def payee_names(self) -> AsyncIterator[Any]:
        """Every name and alias, with the payee that goes by it; a payee without any comes once, with none."""
        statement = (
            select(
                Payee.book_id,
                Payee.id,
                Payee.name,
                Payee.name_key,
                PayeeName.key,
                PayeeName.name.label("known_as"),
            )
            .join(PayeeName, and_(PayeeName.book_id == Payee.book_id, PayeeName.payee_id == Payee.id), isouter=True)
            .where(Payee.book_id == self.book_id if self.book_id else true())
            .order_by(Payee.book_id, Payee.id, PayeeName.key)
        )
        async for row in self.connection.stream(statement):
            yield row


def _look(body: str) -> Statement:
    return prepared(f"""
        SELECT found.book_id, found.record, found.why, count(*) OVER () AS total
          FROM ({body}) found
         WHERE CAST(:book AS uuid) IS NULL OR found.book_id IS NULL OR found.book_id = :book
         ORDER BY 1, 2, 3
         LIMIT :most
    """)  # noqa: S608 - statements of ours, below


LOOKS: dict[Kind, Statement] = {
    Kind.TRANSACTION_UNBALANCED: _look("""
        SELECT p.book_id, p.transaction_id::text AS record,
               'its postings in ' || p.currency || ' don''t sum to zero' AS why
          FROM postings p
         GROUP BY p.book_id, p.transaction_id, p.currency
        HAVING sum(p.amount) <> 0
    """),
    Kind.TRANSACTION_EMPTY: _look("""
        SELECT t.book_id, t.id::text AS record, 'the transaction has no postings' AS why
          FROM transactions t
         WHERE NOT EXISTS (SELECT FROM postings p WHERE p.book_id = t.book_id AND p.transaction_id = t.id)
    """),
    Kind.POSTING_ORPHANED: _look("""
        SELECT p.book_id, p.id::text AS record,
               'the posting''s ' || CASE WHEN t.id IS NULL THEN 'transaction' ELSE 'account' END
                                 || ' isn''t there' AS why
          FROM postings p
          LEFT JOIN transactions t ON t.book_id = p.book_id AND t.id = p.transaction_id
          LEFT JOIN accounts a ON a.book_id = p.book_id AND a.id = p.account_id
         WHERE t.id IS NULL OR a.id IS NULL
    """),
    Kind.POSTING_MISPLACED: _look("""
        SELECT p.book_id, p.id::text AS record,
               'the posting''s day or place in the day isn''t that of its transaction ' || t.id AS why
          FROM postings p
          JOIN transactions t ON t.book_id = p.book_id AND t.id = p.transaction_id
         WHERE (p.date, p.ordinal) IS DISTINCT FROM (t.date, t.ordinal)
    """),
    Kind.POSTING_CURRENCY: _look("""
        SELECT p.book_id, p.id::text AS record,
               'the posting is in ' || p.currency || ', and its account is kept in ' || a.currency AS why
          FROM postings p
          JOIN accounts a ON a.book_id = p.book_id AND a.id = p.account_id
         WHERE a.currency <> p.currency
    """),
    Kind.MONTH_SUM: _look("""
        SELECT book_id, account_id::text AS record,
               'the sum of ' || to_char(month, 'YYYY-MM') || ' in ' || currency || ', ' || status
                             || ', isn''t that of the postings' AS why
          FROM (SELECT p.book_id, p.account_id, p.currency, p.status, date_trunc('month', p.date)::date AS month,
                       sum(p.amount) AS amount, count(*) AS postings
                  FROM postings p GROUP BY 1, 2, 3, 4, 5) counted
          FULL JOIN month_sums kept USING (book_id, account_id, currency, status, month)
         WHERE (coalesce(kept.amount, 0), coalesce(kept.postings, 0))
               IS DISTINCT FROM (coalesce(counted.amount, 0), coalesce(counted.postings, 0))
    """),
    Kind.CHECKPOINT: _look("""
        SELECT c.book_id, c.id::text AS record,
               CASE WHEN c.held <> p.amount THEN 'what it says is held isn''t what the postings add up to'
                    WHEN c.difference <> c.amount + c.outstanding - c.held THEN 'it doesn''t say how far it is off'
                    ELSE 'it is broken without a difference, or holds with one' END AS why
          FROM checkpoints c
          CROSS JOIN LATERAL (
               SELECT coalesce(sum(p.amount), 0) AS amount FROM postings p
                WHERE p.book_id = c.book_id AND p.account_id = c.account_id AND p.currency = c.currency
                  AND p.status <> 'pending' AND p.date <= c.date) p
         WHERE c.held <> p.amount OR c.difference <> c.amount + c.outstanding - c.held
            OR (c.difference <> 0) <> (c.broken_revision IS NOT NULL)
    """),
    Kind.CHECKED_UNTIL: _look("""
        SELECT b.id AS book_id, NULL::text AS record, 'the book doesn''t know its last checkpoint''s day' AS why
          FROM books b
         WHERE b.checked_until IS DISTINCT FROM (SELECT max(c.date) FROM checkpoints c WHERE c.book_id = b.id)
    """),
    Kind.VALUATION: _look("""
        SELECT v.book_id, v.id::text AS record,
               CASE WHEN t.kind <> 'valuation' OR t.date <> v.date
                    THEN 'its transaction is of another kind, or of another day'
                    ELSE 'the account doesn''t hold what it was valued at for ' || v.date END AS why
          FROM valuations v
          JOIN transactions t ON t.book_id = v.book_id AND t.id = v.transaction_id
         WHERE t.kind <> 'valuation' OR t.date <> v.date
            OR v.amount <> (SELECT coalesce(sum(p.amount), 0) FROM postings p
                             WHERE p.book_id = v.book_id AND p.account_id = v.account_id
                               AND p.currency = v.currency AND p.date <= v.date)
        UNION ALL
        SELECT t.book_id, t.id::text, 'the transaction belongs to no valuation'
          FROM transactions t
         WHERE t.kind = 'valuation'
           AND NOT EXISTS (SELECT FROM valuations v WHERE v.book_id = t.book_id AND v.transaction_id = t.id)
    """),
    Kind.HISTORY_ORPHANED: _look("""
        SELECT h.book_id, h.record_id::text AS record,
               'its image before revision ' || h.revision || ' belongs to no change' AS why
          FROM history h
          LEFT JOIN changes c ON c.book_id = h.book_id AND c.revision = h.revision
         WHERE c.revision IS NULL
    """),
    Kind.RECORD_REVISION: _look("""
        SELECT r.book_id, r.record,
               r.what || ' of revisions ' || r.made || ' and ' || r.changed || ' in a book at ' || b.revision AS why
          FROM (SELECT book_id, id::text AS record, 'an account' AS what,
                       created_revision AS made, revision AS changed
                  FROM accounts
                UNION ALL
                SELECT book_id, id::text, 'an account''s name', created_revision, named_revision FROM accounts
                UNION ALL
                SELECT book_id, id::text, 'a transaction', created_revision, revision FROM transactions
                UNION ALL
                SELECT book_id, id::text, 'a checkpoint', created_revision, revision FROM checkpoints
                UNION ALL
                SELECT book_id, id::text, 'a reconciliation', created_revision, revision FROM reconciliations
                UNION ALL
                SELECT book_id, id::text, 'a valuation', created_revision, revision FROM valuations
                UNION ALL
                SELECT book_id, id::text, 'a group of accounts', created_revision, revision FROM account_groups
                UNION ALL
                SELECT book_id, id::text, 'a payee', created_revision, revision FROM payees
                UNION ALL
                SELECT book_id, id::text, 'a payee''s name', created_revision, named_revision FROM payees
                UNION ALL
                SELECT book_id, id::text, 'a tag', created_revision, revision FROM tags
                UNION ALL
                SELECT book_id, id::text, 'a tag''s name', created_revision, named_revision FROM tags
                UNION ALL
                SELECT book_id, user_id::text, 'a member', created_revision, revision FROM members
                UNION ALL
                SELECT book_id, id::text, 'an attachment', created_revision, revision FROM attachments
                UNION ALL
                SELECT book_id, id::text, 'a statement''s line', created_revision, revision FROM statement_lines
                UNION ALL
                SELECT book_id, id::text, 'a link', created_revision, revision FROM posting_links
                UNION ALL
                SELECT book_id, id::text, 'a rejected match', created_revision, revision FROM rejected_matches
                UNION ALL
                SELECT book_id, id::text, 'an import', revision, revision FROM imports WHERE revision IS NOT NULL) r
          JOIN books b ON b.id = r.book_id
         WHERE NOT (1 <= r.made AND r.made <= r.changed AND r.changed <= b.revision)
    """),
    Kind.ATTACHMENT_CONTENT: _look("""
        SELECT a.book_id, a.id::text AS record, 'the attachment''s content isn''t there, or of another size' AS why
          FROM attachments a
          LEFT JOIN contents c ON c.book_id = a.book_id AND c.hash = a.content_hash
         WHERE c.size IS DISTINCT FROM a.size
    """),
    Kind.PAYEE_CATEGORY: _look("""
        SELECT p.book_id, p.id::text AS record, 'the payee''s default category is no income or expense account' AS why
          FROM payees p
          LEFT JOIN accounts a ON a.book_id = p.book_id AND a.id = p.default_category_id
         WHERE p.default_category_id IS NOT NULL AND coalesce(a.kind, '') NOT IN ('income', 'expense')
    """),
    Kind.JOB_LOST: _look("""
        SELECT j.book_id, j.id::text AS record, 'no worker will find the ' || j.state || ' job in the queue' AS why
          FROM jobs j
          LEFT JOIN queued_jobs q ON q.id = j.queue_number AND q.dedupe_key = j.id::text
         WHERE j.state IN ('queued', 'running', 'failed')
           AND (q.id IS NULL OR (j.state = 'failed') <> (q.status = 'failed'))
    """),
    Kind.OWNER_MISSING: _look("""
        SELECT b.id AS book_id, NULL::text AS record, 'nobody owns the book' AS why
          FROM books b
         WHERE NOT EXISTS (SELECT FROM members m WHERE m.book_id = b.id AND m.role = 'owner')
    """),
    # Of the whole database, whichever book is asked about.
    Kind.OPERATOR_MISSING: _look("""
        SELECT NULL::uuid AS book_id, NULL::text AS record, 'nobody runs the instance' AS why
         WHERE EXISTS (SELECT FROM users)
           AND NOT EXISTS (SELECT FROM users u WHERE u.is_operator AND u.blocked_at IS NULL)
    """),
    Kind.SECURITY_EVENT: _look("""
        SELECT NULL::uuid AS book_id, e.id::text AS record,
               CASE WHEN e.number <> e.place THEN 'a security event before this one is missing'
                    ELSE 'the security event isn''t what its hash was made of' END AS why
          FROM (SELECT s.*, row_number() OVER chain AS place, lag(s.hash) OVER chain AS before
                  FROM security_events s WINDOW chain AS (PARTITION BY s.person_id ORDER BY s.number)) e
         WHERE e.number <> e.place
            OR e.hash <> security_event_hash(e.before, e.id, e.person_id, e.number, e.at, e.actor_id, e.event,
                                             e.address, e.details)
    """),
    Kind.TRIGGER_OFF: _look("""
        SELECT NULL::uuid AS book_id, wanted.name AS record,
               CASE WHEN t.oid IS NULL THEN 'the trigger isn''t there' ELSE 'the trigger is switched off' END AS why
          FROM (VALUES ('postings', 'postings_balance_insert'), ('postings', 'postings_balance_update'),
                       ('postings', 'postings_balance_delete'), ('postings', 'month_sums_insert'),
                       ('postings', 'month_sums_update'), ('postings', 'month_sums_delete'),
                       ('postings', 'period_lock_insert'), ('postings', 'period_lock_update'),
                       ('postings', 'period_lock_delete'), ('transactions', 'period_lock_facts'),
                       ('postings', 'postings_checked_insert'), ('postings', 'postings_checked_update'),
                       ('postings', 'postings_checked_delete'), ('checkpoints', 'checkpoint_reckoned'),
                       ('checkpoints', 'checkpoint_true'), ('checkpoints', 'checked_until_follows'),
                       ('transaction_tags', 'period_lock_insert'), ('transaction_tags', 'period_lock_delete'),
                       ('transaction_tags', 'period_lock_update_before'),
                       ('transaction_tags', 'period_lock_update_after'),
                       ('postings', 'posting_links_update'), ('postings', 'posting_links_delete'),
                       ('posting_links', 'posting_links_hold'), ('attachments', 'attachments_belong_insert'),
                       ('members', 'members_keep_an_owner'), ('users', 'users_keep_an_operator'))
            AS wanted (of_table, name)
          LEFT JOIN pg_trigger t ON t.tgname = wanted.name AND t.tgrelid = wanted.of_table::regclass
         WHERE t.oid IS NULL OR t.tgenabled NOT IN ('O', 'A')
    """),
}
"""One statement for each kind of thing that SQL alone can find."""
