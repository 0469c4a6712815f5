"""Sequencer: committed rows become tiles and a signed checkpoint, never two for one size.

One step, under a lock that one thread of one process holds:

 1. Read the signer state, then rows and head in one snapshot, and compare them.
 2. Load the right edge of the signed tree from its tiles; its root must be the head's, its last
    leaves those of the rows.  What does not fit is Damaged and nothing is signed, ever.
 3. Append the new leaves; where the signer had agreed to a size before a crash, its root must
    come out again, or the database was rolled back.
 4. Write bundles and tiles, read them back, compute the root from them once more.
 5. Store (size, root) in the signer state, fsynced, outside the database.
 6. Sign, and move the head in SQL: that compare-and-swap is the ledger's commit.
 7. Publish the file `checkpoint`; discard partial tiles that full ones have replaced.

A crash anywhere is repaired by running the step again: there is no other path.  A step that
cannot know whether its write was kept is over for this object (`fatal`): whoever goes on makes a
new one, which reads everything anew.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from bailee import errors, failpoint
from bailee.clock import Clock
from bailee.ids import ClientId
from bailee.ledger.anchor import Anchor
from bailee.ledger.anchoring import Anchoring
from bailee.ledger.model import LedgerHead, LedgerRow, SignerHead
from bailee.ledger.port import CheckpointSigner, EntryRows, LedgerKeys, SignerState, TileStore
from bailee.proof.malformed import Malformed
from bailee.proof.tree.checkpoint import Checkpoint, sign_checkpoint, signed_by
from bailee.proof.tree.growing import Tree
from bailee.proof.tree.merkle import leaf_hash
from bailee.proof.tree.tiles import ENTRIES, WIDTH, Tile, bundle, tile_at, tiles_between
from bailee.work import Tx, Work

STEP_ENTRIES: Final = 65_536
"""Entries sequenced in one step: bounds its memory (some 30 MB) and the time the lock is held."""

LOCK_S: Final = 2.0
"""How long to wait for another step to end; one that takes longer has a failing disk."""

RESIGN_MS: Final = 24 * 3_600_000
"""An idle ledger is signed anew once a day, so that who watches it sees that somebody still
signs."""

CHECKPOINT: Final = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """All that one step takes from the database, read at one moment."""

    log: LedgerRow
    target: int
    first: int
    leaves: Sequence[bytes]
    signer: CheckpointSigner

    def between(self, start: int, stop: int) -> Sequence[bytes]:
        """Return leaves by their index in the ledger."""
        return self.leaves[start - self.first : stop - self.first]


class Sequencer:
    """Sequences and signs one ledger."""

    def __init__(
        self,
        *,
        client: ClientId,
        work: Work,
        rows: EntryRows,
        tiles: TileStore,
        state: SignerState,
        keys: LedgerKeys,
        clock: Clock,
        anchoring: Anchoring,
    ) -> None:
        self._client = client
        self._anchoring = anchoring
        self._work = work
        self._rows = rows
        self._tiles = tiles
        self._state = state
        self._keys = keys
        self._clock = clock
        # Set before the first write that may be kept though it failed, unset when all were
        # answered.
        self.fatal = False

    def step(self, *, resign_after_ms: int = RESIGN_MS) -> LedgerHead:
        """Take one step and return the head that is published now.

        Raises CannotRecord when the disk does not take it, LockedByOther when another is
        stepping, Damaged when what is stored contradicts itself.
        """
        # One lock for threads and processes, held through reading, writing and signing, at most a
        # few seconds: two steps at once could each sign its own root for one size.  Nothing waits
        # for it inside a transaction: a step runs units of work of its own.
        with self._state.locked(LOCK_S):
            if self.fatal:
                raise errors.CannotRecord("errors_ledger.must-reload")
            return self._step(resign_after_ms)

    def require_signer(self) -> None:
        """Raise Damaged when the signer state was set back or taken away, without the lock."""
        # Rows before it: it is stored before the head moves, so it is never the older of the two.
        head = self._work.read(lambda tx: self._rows.row_of(tx, self._client)).head
        signed = self._state.load()
        if head.size and signed is None:
            raise errors.Damaged("errors_ledger.signer-lost")
        if signed is not None and signed.size < head.size:
            raise errors.Damaged("errors_ledger.signer-behind", signed=signed.size, held=head.size)

    def settled(self) -> bool:
        """Return, without the lock, whether a step would find nothing to do."""
        log = self._work.read(lambda tx: self._rows.row_of(tx, self._client))
        waiting = log.count != log.head.size or self._due(log.head, RESIGN_MS)
        return not waiting and self._published() == log.head.note

    def _due(self, head: LedgerHead, resign_after_ms: int) -> bool:
        return head.size > 0 and self._clock.now_ms() - head.signed_ms >= resign_after_ms

    def _step(self, resign_after_ms: int) -> LedgerHead:
        signed = self._state.load()
        # Before the rows are read: what is anchored meanwhile would else seem to be missing there.
        extent = self._work.read(lambda tx: self._rows.extent(tx, self._client))
        anchor = self._anchoring.last(extent.log)
        snapshot = self._work.read(lambda tx: self._read(tx, signed, anchor))
        old = snapshot.log.head
        self._audit(snapshot.log, signed)
        if snapshot.target == old.size and not self._due(old, resign_after_ms):
            self._publish(old)
            return old
        tree = self._grow(snapshot, signed)
        self._write(snapshot, tree)
        new = self._commit(snapshot, tree.root())
        self._publish(new)
        self._discard(old.size, new.size)
        return new

    def _read(self, tx: Tx, signed: SignerHead | None, anchor: Anchor | None) -> _Snapshot:
        # Rows of before would be signed a second time, in another way.
        self._anchoring.require_after(tx, self._rows.extent(tx, self._client), anchor)
        log = self._rows.row_of(tx, self._client)
        changes = self._rows.key_changes(tx, self._client)
        wanted = max(
            log.head.size + STEP_ENTRIES,
            # A size that was agreed to before a crash has to come out again, so the step goes to
            # it.
            signed.size if signed else 0,
            # The new key signs no size up to the entry that made it (spec/ledger.md), so one step
            # goes past that.
            changes[-1][0] + 1 if changes else 0,
        )
        target = min(log.count, wanted)
        first = log.head.size // WIDTH * WIDTH
        signer = self._keys.signer(tx, log.log)
        # The row of the ledger is what clients were told; a seed put in the key's row signs
        # nothing.
        if signer.public_key != log.public_key:
            raise errors.Damaged("errors_ledger.key-differs")
        return _Snapshot(
            log=log,
            target=target,
            first=first,
            leaves=self._rows.leaves(tx, self._client, first, target),
            signer=signer,
        )

    def _audit(self, log: LedgerRow, signed: SignerHead | None) -> None:
        """Compare the database with the signer state, which counts; Damaged where they differ."""
        head = log.head
        if head.size > log.count:
            raise errors.Damaged("errors_ledger.entry-missing")
        if signed is None:
            # Never signed, or the file was taken away: then anything might have been signed.
            if head.size or self._published() is not None:
                raise errors.Damaged("errors_ledger.signer-lost")
            return
        if signed.origin != log.origin:
            raise errors.Damaged("errors_ledger.signer-other-log")
        if signed.size < head.size:
            # It is stored before the head moves, so this file was set back.
            raise errors.Damaged("errors_ledger.signer-behind", signed=signed.size, held=head.size)
        forked = signed.size == head.size and signed.root != head.root
        if forked or signed.size > log.count:
            raise errors.Damaged("errors_ledger.rolled-back", signed=signed.size, held=log.count)

    def _grow(self, snapshot: _Snapshot, signed: SignerHead | None) -> Tree:
        """Build the new tree on the edge of the old one, checked against head, rows and signer."""
        head = snapshot.log.head
        tree = self._load(head.size)
        if tree.root() != head.root:
            raise errors.Damaged("errors_ledger.tree-differs")
        # The last, partial tile is the one whose leaves the new tree is hashed with again: rows
        # that were edited since they were signed show here.
        if head.size % WIDTH:
            tile = tile_at(head.size, 0, head.size // WIDTH)
            hashes = map(leaf_hash, snapshot.between(snapshot.first, head.size))
            if self._tile(tile) != b"".join(hashes):
                raise errors.Damaged("errors_ledger.tree-differs")
        start = head.size
        if signed is not None and signed.size > start:
            # A crash came after the signer state was stored and before the head moved.  These rows
            # must be the ones it agreed to; others mean that the database was rolled back.
            tree.append(snapshot.between(start, signed.size))
            if tree.root() != signed.root:
                raise errors.Damaged(
                    "errors_ledger.rolled-back", signed=signed.size, held=snapshot.log.count
                )
            start = signed.size
        tree.append(snapshot.between(start, snapshot.target))
        return tree

    def _write(self, snapshot: _Snapshot, tree: Tree) -> None:
        """Write tiles and bundles, and compute the root once more from what reads back."""
        root = tree.root()
        files = {tile.path: blob for tile, blob in tree.take().items()}
        for tile in tiles_between(snapshot.log.head.size, snapshot.target):
            if tile.level == ENTRIES:
                start = tile.index * WIDTH
                files[tile.path] = bundle(snapshot.between(start, start + tile.width))
        with self._disk("ledger.tiles"):
            # A crash here leaves tiles that no checkpoint speaks of; the next step writes the
            # same names again, whatever they hold.
            self._tiles.replace_many(files)
        # Read back before anything is signed: a signature over a tree that the disk does not hold
        # could not be taken back, and no proof of it could be made.
        for name, blob in files.items():
            if self._tiles.read(name) != blob:
                raise errors.Damaged("errors_ledger.tile-damaged", tile=name)
        if self._load(snapshot.target).root() != root:
            raise errors.Damaged("errors_ledger.tree-differs")

    def _commit(self, snapshot: _Snapshot, root: bytes) -> LedgerHead:
        """Store the signer state, sign, move the head; an unanswered write ends this object."""
        log = snapshot.log
        note_head = Checkpoint(origin=log.origin, size=snapshot.target, root=root)
        self.fatal = True
        with self._disk("ledger.signer"):
            # A crash after this leaves a signer state ahead of the head: nobody has seen that head,
            # and the next step may only sign it or one that extends it.
            self._state.save(SignerHead(origin=log.origin, size=snapshot.target, root=root))
        # Never back, never twice the same: `heads` knows a head by the time it was signed.
        now_ms = max(self._clock.now_ms(), log.head.signed_ms + 1)
        note = sign_checkpoint(note_head, log.public_key, snapshot.signer.sign, now_ms // 1_000)
        try:
            signed_by(note, log.key)
        except Malformed:
            # A faulty Ed25519 signature beside a good one of the same message gives the key away,
            # so one that does not verify is not published.
            raise errors.Damaged("errors_ledger.signature-wrong") from None
        new = LedgerHead(size=snapshot.target, root=root, note=note.encode(), signed_ms=now_ms)
        with self._disk("ledger.head"):
            # A crash after this leaves a head that is committed and not published; the next step
            # publishes it.  The swap compares with the head that was read: should somebody hold the
            # lock who should not, one of the two is refused here.
            moved = self._work.run(
                self._client,
                lambda tx: self._rows.move_head(tx, self._client, log.head, new),
            )
        if not moved:
            raise errors.Damaged("errors_ledger.head-moved")
        self.fatal = False
        return new

    def _publish(self, head: LedgerHead) -> None:
        if head.size and self._published() != head.note:
            with self._disk("ledger.checkpoint"):
                # A crash here leaves the checkpoint before this one in the file, whole.
                self._tiles.replace(CHECKPOINT, head.note)

    def _discard(self, old: int, new: int) -> None:
        """Delete partial tiles that full ones have replaced; what a crash leaves does no harm."""
        for tile in tiles_between(old, new):
            if tile.width == WIDTH:
                with self._disk("ledger.partials"):
                    self._tiles.discard(list(self._tiles.names(f"{tile.path}.p")))

    def _published(self) -> bytes | None:
        try:
            return self._tiles.read(CHECKPOINT)
        except errors.NotFound:
            return None

    def _load(self, size: int) -> Tree:
        try:
            return Tree.load(size, self._tile)
        except Malformed:
            raise errors.Damaged("errors_ledger.tree-differs") from None

    def _tile(self, tile: Tile) -> bytes:
        try:
            return self._tiles.read(tile.path)
        except errors.NotFound:
            raise errors.Damaged("errors_ledger.tile-missing", tile=tile.path) from None

    @contextmanager
    def _disk(self, name: str) -> Iterator[None]:
        try:
            with failpoint.durable(name):
                yield
        except OSError as error:
            raise errors.CannotRecord("errors_ledger.disk") from error
