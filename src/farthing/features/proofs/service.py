"""Proving that the books are what they promise."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from farthing.core.changelog import FIRST_HASH, Link, digest_payload, hash_link
from farthing.core.connection import Connection
from farthing.core.database import WallDownError, check_wall
from farthing.core.storage import ObjectLost, Storage
from farthing.core.work import BookNotFound
from farthing.features.payees.names import payee_key
from farthing.features.proofs.findings import Finding, Kind, Proof
from farthing.features.proofs.repository import LOOKS, ProofRepository
from farthing.ledger.accounts import SYSTEM_ACCOUNTS, AccountKind, full_name, name_key

STEP = 500
"""Changes between two words on how far it is."""
NOT_OF_RECORDS = {
    Kind.MONTH_SUM,
    Kind.RECORD_REVISION,
    Kind.OWNER_MISSING,
    Kind.OPERATOR_MISSING,
    Kind.SECURITY_EVENT,
    Kind.TRIGGER_OFF,
}
"""What PostgreSQL keeps by itself, or is about the book that records are in."""
SUMS = (Kind.TRANSACTION_UNBALANCED, Kind.MONTH_SUM, Kind.CHECKPOINT)
"""What is kept beside the postings, or must hold of them, to be looked at every night."""
Advance = Callable[[int, int], None]
"""Told how many steps are done, of how many."""


class ProofService:
    """Proves one state of the books. Unlike other services it is about all of them, and for no one in particular.

    Args:
        owner: a connection that may take on ``farthing_owner``, at ``REPEATABLE READ``, read only.
        app: a connection as the service's own, whose wall is checked.
        book_id: the only book to look at; None looks at all.
        storage: where attached files are kept, to be read from end to end; None leaves them alone.
    """

    def __init__(
        self, owner: Connection, app: Connection, *, book_id: UUID | None = None, storage: Storage | None = None
    ) -> None:
        self.app = app
        self.storage = storage
        self.book_id = book_id
        self.proofs = ProofRepository(owner, book_id)

    async def prove(self, advance: Advance = lambda _done, _total: None) -> Proof:
        """Look at everything.

        Raises:
            BookNotFound: there is no such book.
        """
        await self.proofs.take_role()
        counts = await self.proofs.counts()
        if self.book_id is not None and not counts["books"]:
            raise BookNotFound
        proof = Proof(**counts)
        total = len(LOOKS) + counts["changes"] // STEP + 3
        done = 0
        for kind in LOOKS:
            rows = await self.proofs.look(kind)
            found = [Finding(kind, row["book_id"], row["record"], row["why"]) for row in rows]
            proof.add_some(found, rows[0]["total"] if rows else 0)
            advance(done := done + 1, total)
        await self._prove_charts(proof)
        advance(done := done + 1, total)
        await self._prove_payees(proof)
        advance(done := done + 1, total)
        await self._prove_logs(proof, lambda steps: advance(done + steps, total))
        if self.storage is not None:
            await self._prove_contents(proof, self.storage)
        await self._prove_wall(proof)
        advance(total, total)
        return proof

    async def prove_records(self) -> Proof:
        """Look at one book's records, as the service sees them: what PostgreSQL doesn't make sure of by itself."""
        proof = Proof()
        for kind in LOOKS.keys() - NOT_OF_RECORDS:
            rows = await self.proofs.look(kind)
            found = [Finding(kind, row["book_id"], row["record"], row["why"]) for row in rows]
            proof.add_some(found, rows[0]["total"] if rows else 0)
        await self._prove_charts(proof)
        await self._prove_payees(proof)
        return proof

    async def prove_sums(self) -> Proof:
        """Look at one book's sums, as the service sees them: whether they are what its postings add up to."""
        proof = Proof()
        for kind in SUMS:
            rows = await self.proofs.look(kind)
            found = [Finding(kind, row["book_id"], row["record"], row["why"]) for row in rows]
            proof.add_some(found, rows[0]["total"] if rows else 0)
        return proof

    async def _prove_logs(self, proof: Proof, advance: Callable[[int], None]) -> None:
        """Each book's revisions have no gap, its chain holds, and both end where the book says."""
        log: _Log | None = None
        seen = 0
        async for row in self.proofs.log():
            if log is None or log.book_id != row.book_id:
                if log is not None:
                    log.end()
                log = _Log(proof, row)
            if row.revision is not None:
                log.take(row)
                seen += 1
                if seen % STEP == 0:
                    advance(seen // STEP)
        if log is not None:
            log.end()

    async def _prove_charts(self, proof: Proof) -> None:
        """Each account's full name follows from its ancestors', and the accounts the service needs are there."""
        unseen = set(await self.proofs.book_ids())
        async for book_id, accounts in _by_book(self.proofs.charts()):
            unseen.discard(book_id)
            for finding in _prove_chart(book_id, accounts):
                proof.add(finding)
        for book_id in sorted(unseen):
            for finding in _prove_chart(book_id, {}):
                proof.add(finding)

    async def _prove_contents(self, proof: Proof, storage: Storage) -> None:
        """What the storage keeps is there, whole, and what its hash was made of."""
        async for row in self.proofs.contents():
            record = row.hash.hex()
            digest = hashlib.sha256()
            try:
                async for piece in await storage.content(row.object_name, row.size):
                    digest.update(piece)
            except ObjectLost:
                why = "what was attached isn't in the storage, or not in its size"
                proof.add(Finding(Kind.CONTENT_LOST, row.book_id, record, why))
                continue
            if digest.digest() != row.hash:
                why = "what was attached isn't what the storage holds"
                proof.add(Finding(Kind.CONTENT_ALTERED, row.book_id, record, why))

    async def _prove_payees(self, proof: Proof) -> None:
        """Each name and alias of a payee has the key that belongs to it, and its own name is one of them."""
        async for payee_id, rows in _by_payee(self.proofs.payee_names()):
            payee = rows[0]
            names = {row.key: row.known_as for row in rows if row.key is not None}
            if names.get(payee.name_key) != payee.name or any(payee_key(name) != key for key, name in names.items()):
                why = "what the payee goes by isn't what its names say"
                proof.add(Finding(Kind.PAYEE_NAME, payee.book_id, str(payee_id), why))

    async def _prove_wall(self, proof: Proof) -> None:
        try:
            await check_wall(self.app)
        except WallDownError as down:
            proof.add(Finding(Kind.WALL_DOWN, None, None, str(down)))


class _Log:
    """The log of one book, as it is read from its beginning."""

    def __init__(self, proof: Proof, book: Any) -> None:
        self.proof = proof
        self.book_id: UUID = book.book_id
        self.head: int = book.head
        self.head_hash: bytes = book.head_hash
        self.revision = 0
        self.hash: bytes | None = FIRST_HASH
        """The hash of the change before; None where that one is missing."""

    def take(self, row: Any) -> None:
        """The next change."""
        if row.revision != self.revision + 1:
            self._miss(self.revision + 1, row.revision - 1)
            self.hash = None
        link = Link(self.book_id, row.revision, row.at, row.actor_id, row.operation, row.payload_digest)
        # Compared with the neighbour's stored hash: one altered change is one finding, not all that come after it.
        if self.hash is not None and hash_link(self.hash, link) != row.hash:
            self._find(Kind.CHAIN_BROKEN, row.revision, "the change's hash doesn't follow from it and the one before")
        is_erased = row.salt is None and row.payload is None
        if not is_erased and digest_payload(row.salt or b"", row.summary, row.payload) != row.payload_digest:
            self._find(Kind.PAYLOAD_ALTERED, row.revision, "what the change says isn't what its digest was made of")
        self.revision, self.hash = row.revision, row.hash

    def end(self) -> None:
        """There are no more."""
        if self.revision < self.head:
            self._miss(self.revision + 1, self.head)
        elif self.revision > self.head:
            self._find(Kind.REVISION_BEYOND, self.revision, f"the log goes beyond the book's revision {self.head}")
        elif self.hash != self.head_hash:
            self._find(Kind.HEAD_HASH, self.revision, "the book's head isn't the hash of its last change")

    def _miss(self, first: int, last: int) -> None:
        why = "the change is missing" if first == last else f"the changes up to revision {last} are missing"
        self._find(Kind.REVISION_MISSING, first, why)

    def _find(self, kind: Kind, revision: int, why: str) -> None:
        self.proof.add(Finding(kind, self.book_id, f"revision {revision}", why))


async def _by_book(rows: AsyncIterator[Any]) -> AsyncIterator[tuple[UUID, dict[UUID, Any]]]:
    """Rows that come book by book, each book's together, by their ids."""
    book_id: UUID | None = None
    kept: dict[UUID, Any] = {}
    async for row in rows:
        if book_id is not None and row.book_id != book_id:
            yield book_id, kept
            kept = {}
        book_id = row.book_id
        kept[row.id] = row
    if book_id is not None:
        yield book_id, kept


async def _by_payee(rows: AsyncIterator[Any]) -> AsyncIterator[tuple[UUID, list[Any]]]:
    """Rows that come payee by payee."""
    kept: list[Any] = []
    async for row in rows:
        if kept and (row.book_id, row.id) != (kept[0].book_id, kept[0].id):
            yield kept[0].id, kept
            kept = []
        kept.append(row)
    if kept:
        yield kept[0].id, kept


def _prove_chart(book_id: UUID, accounts: dict[UUID, Any]) -> list[Finding]:
    found = []
    for account in accounts.values():
        parent = accounts.get(account.parent_id)
        if account.parent_id is not None and (parent is None or parent.kind != account.kind):
            why = "the account's parent isn't there" if parent is None else "the account's parent is of another kind"
            found.append(Finding(Kind.ACCOUNT_PARENT, book_id, str(account.id), why))
            continue
        wanted = full_name(AccountKind(account.kind), parent.full_name if parent else None, account.name)
        if (account.full_name, account.name_key) != (wanted, name_key(wanted)):
            why = "the account's full name doesn't follow from its own and its parent's"
            found.append(Finding(Kind.ACCOUNT_NAME, book_id, str(account.id), why))
    roles = {account.role for account in accounts.values()}
    return found + [
        Finding(Kind.SYSTEM_ACCOUNT_MISSING, book_id, role.value, "the book lacks an account that the service needs")
        for role in SYSTEM_ACCOUNTS
        if role.value not in roles
    ]
