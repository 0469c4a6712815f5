"""Audit of one ledger: signer, head, checkpoint, keys, counts; deep, every leaf against its tiles.

What a crash between two steps of the sequencer leaves is no damage: a signer ahead of the head
whose root comes out of the leaves, a checkpoint behind the head.  The next step repairs both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bailee import errors
from bailee.audit import Audited, Finding, FindingKind, NounAudit, found
from bailee.ids import ClientId
from bailee.keyring.inspection import Inspection
from bailee.ledger.heads import TakenHeadFacts
from bailee.ledger.model import EntryShown, LedgerRow, SignerHead
from bailee.ledger.port import EntryRows, Files, TileStore
from bailee.ledger.vocabulary import CLIENT_HEAD
from bailee.ledgers.port import EntryCounts
from bailee.proof.malformed import Malformed
from bailee.proof.tree.chain import KeyChange, read_key_changes
from bailee.proof.tree.checkpoint import SignedCheckpoint, read_checkpoint, signed_by
from bailee.proof.tree.growing import Tree
from bailee.proof.tree.merkle import leaf_hash
from bailee.proof.tree.note import VerifierKey
from bailee.proof.tree.tiles import ENTRIES, WIDTH, Tile, bundle, tile_at, tiles_of, width_at
from bailee.work import Tx, Work

CHECKPOINT: Final = "checkpoint"
PAGE: Final = 64 * WIDTH
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What rows and files say of one ledger at one moment."""

    row: LedgerRow
    signer: SignerHead | None
    changes: Sequence[tuple[int, bytes]]
    entries: tuple[int, int]
    public_key: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerParts:
    """Ledger parts: what an audit of ledgers reads; `domain` is where their origins begin."""

    work: Work
    rows: EntryRows
    files: Files
    counts: EntryCounts
    keys: Inspection
    domain: str


class LedgerAudit(NounAudit):
    """Audit of one client's ledger; it needs no grant, since a leaf says nothing."""

    part = "log"
    follows = frozenset({CLIENT_HEAD})

    def __init__(self, parts: LedgerParts, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._rows = parts.rows
        self._files = parts.files
        self._inspection = parts.counts
        self._keys = parts.keys
        self._domain = parts.domain
        self._heads: dict[ClientId, tuple[int, int]] = {}

    def take(self, entry: EntryShown) -> None:
        """Keep when a client's head was taken, and signed; the last one counts."""
        taken = TakenHeadFacts.parse(entry.body)
        self._heads[taken.client] = (entry.opening.time_ms, taken.signed_ms)

    def projected(self) -> Iterator[Finding]:
        """Compare when heads were taken with what the provider's ledger holds of them."""
        if not self.audited.is_provider:
            return  # the heads of all clients are taken by the provider's ledger alone
        for client in self._work.read(self._rows.clients):
            taken = self._work.read(partial(self._rows.head_taken, client=client))
            if (taken.taken_ms, taken.signed_ms) != self._heads.get(client, (0, 0)):
                yield found(FindingKind.LOG_TAKEN, client=str(client))

    def stored(self) -> Iterator[Finding]:
        """Audit the ledger as it lies in rows and files."""
        client = self.audited.client
        try:
            seen = self._look(client)
        except errors.Damaged:
            row = self._work.read(lambda tx: self._rows.row_of(tx, client))
            yield found(FindingKind.LOG_SIGNER, log=str(row.log), what="unreadable")
            return
        log = str(seen.row.log)
        yield from _signer(seen)
        if seen.row.origin != f"{self._domain}/{log}":
            yield found(FindingKind.LOG_ORIGIN, log=log)
        if seen.entries != (seen.row.count, seen.row.count):
            yield found(FindingKind.LOG_COUNT, log=log, rows=seen.entries[0], count=seen.row.count)
        if seen.public_key != seen.row.public_key:
            yield found(FindingKind.LOG_KEY, log=log, what="seed")
        changes = _chain(seen)
        if changes is None:
            yield found(FindingKind.LOG_KEY, log=log, what="chain")
            changes = ()
        roots = {seen.row.head.size: (seen.row.head.root, FindingKind.LOG_HEAD)}
        yield from self._head(seen.row, changes)
        yield from self._checkpoint(seen.row, changes, roots)
        if seen.signer is not None:
            roots.setdefault(seen.signer.size, (seen.signer.root, FindingKind.LOG_FORK))
        tiles = self._files.tiles(seen.row.log)
        if self.audited.deep:
            yield from _Deep(self._work, self._rows, tiles, seen.row).audit(roots)
        else:
            yield from self._edge(seen.row, tiles)

    def _look(self, client: ClientId) -> _Seen:
        """Read rows and signer until neither moves: a living ledger may step in between."""

        def rows(tx: Tx) -> _Seen:
            row = self._rows.row_of(tx, client)
            return _Seen(
                row=row,
                signer=None,
                changes=self._rows.key_changes(tx, client),
                entries=self._inspection.entry_count(tx, client),
                public_key=self._keys.signer_key(tx, row.log),
            )

        for _ in range(_TRIES):
            seen = self._work.read(rows)
            signer = self._files.signer(seen.row.log).load()
            # Rows, file, rows: if the rows moved in between, what was read is of two moments.
            again = self._work.read(lambda tx: self._rows.row_of(tx, client))
            if again == seen.row:
                break
        return _Seen(
            row=seen.row,
            signer=signer,
            changes=seen.changes,
            entries=seen.entries,
            public_key=seen.public_key,
        )

    def _head(self, row: LedgerRow, changes: Sequence[KeyChange]) -> Iterator[Finding]:
        head = row.head
        if not head.size and not head.note:
            return
        signed = _signed(head.note, row, changes)
        same = signed is not None and (
            signed[0].head.origin,
            signed[0].head.size,
            signed[0].head.root,
            signed[1],
        ) == (row.origin, head.size, head.root, head.signed_ms // 1_000)
        if not same:
            yield found(FindingKind.LOG_HEAD, log=str(row.log))

    def _checkpoint(
        self,
        row: LedgerRow,
        changes: Sequence[KeyChange],
        roots: dict[int, tuple[bytes, FindingKind]],
    ) -> Iterator[Finding]:
        log = str(row.log)
        try:
            note = self._files.tiles(row.log).read(CHECKPOINT)
        except errors.NotFound:
            if row.head.size:
                yield found(FindingKind.CHECKPOINT_BEHIND, log=log)
            return
        except errors.Damaged:
            note = b""
        # Byte by byte: a signature may be made anew for the same head, and then the older one is
        # behind.
        if note == row.head.note:
            return
        signed = _signed(note, row, changes)
        if signed is None or signed[0].head.size > row.head.size:
            yield found(FindingKind.LOG_CHECKPOINT, log=log)
            return
        head = signed[0].head
        if roots.setdefault(head.size, (head.root, FindingKind.LOG_CHECKPOINT))[0] != head.root:
            yield found(FindingKind.LOG_CHECKPOINT, log=log)
        yield found(FindingKind.CHECKPOINT_BEHIND, log=log)

    def _edge(self, row: LedgerRow, tiles: TileStore) -> Iterator[Finding]:
        """Compare the right edge of the tree with the head, and its last leaves with the rows."""
        size, log = row.head.size, str(row.log)
        try:
            tree = Tree.load(size, lambda tile: tiles.read(tile.path))
            if tree.root() != row.head.root:
                yield found(FindingKind.LOG_TILE, log=log, tile="edge")
            if size % WIDTH:
                first = size // WIDTH * WIDTH
                leaves = self._work.read(lambda tx: self._rows.leaves(tx, row.client, first, size))
                blob = tiles.read(tile_at(size, 0, size // WIDTH).path)
                if blob != b"".join(map(leaf_hash, leaves)):
                    yield found(FindingKind.LOG_TILE, log=log, tile="edge")
        except (errors.NotFound, errors.Damaged, Malformed):
            yield found(FindingKind.LOG_TILE, log=log, tile="edge")


def _signer(seen: _Seen) -> Iterator[Finding]:
    row, signer, log = seen.row, seen.signer, str(seen.row.log)
    if signer is None:
        if row.head.size:
            yield found(FindingKind.LOG_SIGNER, log=log, what="absent")
    elif signer.origin != row.origin:
        yield found(FindingKind.LOG_SIGNER, log=log, what="origin")
    elif signer.size < row.head.size:
        yield found(FindingKind.LOG_SIGNER, log=log, what="behind")
    # The signer has signed entries that the rows no longer have: an older database was put back.
    elif signer.size > row.count:
        yield found(FindingKind.LOG_ROLLED_BACK, log=log, signed=signer.size, held=row.count)
    elif signer.size == row.head.size and signer.root != row.head.root:
        yield found(FindingKind.LOG_FORK, log=log)


def _chain(seen: _Seen) -> Sequence[KeyChange] | None:
    """Read the changes of key; None when they do not lead to the present one."""
    notes = b"".join(note for _, note in seen.changes)
    try:
        changes = read_key_changes(notes, seen.row.origin)
    except Malformed:
        return None
    places = [index for index, _ in seen.changes]
    ends_here = not changes or changes[-1].new.public == seen.row.public_key
    return changes if places == [change.index for change in changes] and ends_here else None


def _signed(
    note: bytes, row: LedgerRow, changes: Sequence[KeyChange]
) -> tuple[SignedCheckpoint, int | None] | None:
    """Read a checkpoint; None when its form or its signatures do not hold."""
    try:
        checkpoint = read_checkpoint(note)
        return checkpoint, signed_by(checkpoint, _key_at(checkpoint.head.size, row, changes))
    except Malformed:
        return None


def _key_at(size: int, row: LedgerRow, changes: Sequence[KeyChange]) -> VerifierKey:
    """Go back from the present key to the one that signed at this size."""
    key = row.key
    for change in reversed(changes):
        # The entry at that index made the change: up to it the old key signed.
        if size <= change.index:
            key = change.old
    return key


class _Deep:
    """Rebuilds a whole tree from the rows and compares every tile, bundle and remembered root."""

    def __init__(self, work: Work, rows: EntryRows, tiles: TileStore, row: LedgerRow) -> None:
        self._work = work
        self._rows = rows
        self._tiles = tiles
        self._row = row
        self._tree = Tree()
        self._edges: dict[str, bytes] = {}

    def audit(self, roots: Mapping[int, tuple[bytes, FindingKind]]) -> Iterator[Finding]:
        """Compare; a head beyond the leaves was found already."""
        size = self._row.head.size
        # Every root that anybody remembers is compared on the way up: the tree is built once.
        cuts = sorted({at for at in roots if at <= self._row.count} | {size})
        start = 0
        for stop in self._stops(cuts):
            leaves = self._leaves(start, stop)
            if leaves is None:
                yield found(FindingKind.LOG_COUNT, log=str(self._row.log), rows=start, count=stop)
                return
            self._tree.append(leaves)
            if stop <= size:
                yield from self._tiles_of(self._tree.take(), size)
            if stop in roots and self._tree.root() != roots[stop][0]:
                yield found(roots[stop][1], log=str(self._row.log))
            start = stop
        yield from self._bundles(size)
        yield from self._older(size)

    def _stops(self, cuts: Sequence[int]) -> Sequence[int]:
        pages = range(PAGE, cuts[-1], PAGE)
        return sorted({stop for stop in (*cuts, *pages) if stop})

    def _leaves(self, start: int, stop: int) -> Sequence[bytes] | None:
        client = self._row.client
        try:
            return self._work.read(lambda tx: self._rows.leaves(tx, client, start, stop))
        except errors.Damaged:
            return None

    def _tiles_of(self, grown: Mapping[Tile, bytes], size: int) -> Iterator[Finding]:
        """Compare what is full at once, and keep the edge: only its last state is on the disk."""
        for tile, blob in grown.items():
            # A full tile never changes again.
            if tile.width == WIDTH:
                yield from self._compare(tile, blob)
            else:
                self._edges[tile.path] = blob
        if self._tree.size == size:
            for tile in tiles_of(size):
                if tile.level != ENTRIES and tile.width != WIDTH:
                    yield from self._compare(tile, self._edges.get(tile.path, b""))

    def _bundles(self, size: int) -> Iterator[Finding]:
        for tile in tiles_of(size):
            if tile.level == ENTRIES:
                first = tile.index * WIDTH
                leaves = self._leaves(first, first + tile.width)
                yield from self._compare(tile, bundle(leaves or ()))

    def _older(self, size: int) -> Iterator[Finding]:
        """Compare what is left of narrower tiles of leaves: each is a prefix of the present one."""
        for name in self._tiles.names("tile"):
            try:
                tile = Tile.parse(name)
            except Malformed:
                continue  # no checkpoint speaks of it
            if tile.level <= 0 and tile.width < width_at(size, tile.level, tile.index):
                first = tile.index * WIDTH
                leaves = self._leaves(first, first + tile.width) or ()
                hashes = b"".join(map(leaf_hash, leaves))
                yield from self._compare(tile, bundle(leaves) if tile.level else hashes)

    def _compare(self, tile: Tile, expected: bytes) -> Iterator[Finding]:
        try:
            same = self._tiles.read(tile.path) == expected
        except (errors.NotFound, errors.Damaged):
            same = False
        if not same:
            yield found(FindingKind.LOG_TILE, log=str(self._row.log), tile=tile.path)
