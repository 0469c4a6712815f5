"""Mending: makes the tiles of restored logs whole: they follow from the leaves.

Rows give the leaves that they have, bundles those that were signed after the rows were copied.
Every head that any of the backups remembers must come out of them, or the ledger is refused: a
restored signer must never sign a second root for a size that somebody has seen.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bailee import errors
from bailee.backup.port import BackedLedgerRows, BackupReading, Staging
from bailee.ids import LedgerId
from bailee.ledger.model import LedgerRow, SignerHead
from bailee.ledger.port import TileStore
from bailee.proof.malformed import Malformed
from bailee.proof.tree.growing import Tree
from bailee.proof.tree.tiles import ENTRIES, WIDTH, Tile, bundle, edge_of

PAGE: Final = 16 * WIDTH
"""Leaves held at once: those of 16 full tiles."""


def mend(
    staging: Staging,
    rows: BackupReading,
    ledgers: BackedLedgerRows,
    heads: Mapping[LedgerId, Sequence[SignerHead]],
) -> int:
    """Mend every ledger that the rows name; return how many tiles had to be written."""
    found = rows.read(lambda tx: [ledgers.row_of(tx, client) for client in ledgers.clients(tx)])
    return sum(
        _Ledger(staging.ledgers.tiles(log.log), rows, ledgers, log).mend(heads.get(log.log, ()))
        for log in found
    )


class _Ledger:
    """Ledger mending: one ledger in the staging place."""

    def __init__(
        self, tiles: TileStore, rows: BackupReading, ledgers: BackedLedgerRows, row: LedgerRow
    ) -> None:
        self._tiles = tiles
        self._rows = rows
        self._ledgers = ledgers
        self._row = row
        self._tree = Tree()
        self._edges: dict[int, tuple[Tile, bytes]] = {}

    def mend(self, heads: Sequence[SignerHead]) -> int:
        """Rebuild the tree of the newest head, and compare every head on the way."""
        size = max((head.size for head in heads), default=0)
        # Rows that are ahead of every head: those are of another backup, or heads were taken away.
        if size < self._row.head.size or any(head.origin != self._row.origin for head in heads):
            raise errors.Damaged("errors_backup.head")
        known = [(self._row.head.size, self._row.head.root), *((h.size, h.root) for h in heads)]
        roots = dict(known)
        # Two roots for one size are two histories; whichever was restored, somebody has seen the
        # other.
        if any(roots[at] != root for at, root in known):
            raise errors.Damaged("errors_backup.fork")
        written = 0
        for start in range(0, size, PAGE):
            # A page at a time: a ledger may have millions of leaves.
            leaves = self._leaves(start, min(size, start + PAGE))
            written += self._write_bundles(start, leaves)
            written += self._grow(start, leaves, roots)
        return written

    def _grow(self, start: int, leaves: Sequence[bytes], roots: Mapping[int, bytes]) -> int:
        written = 0
        stop = start + len(leaves)
        for cut in sorted({stop, *(at for at in roots if start < at < stop)}):
            self._tree.append(leaves[self._tree.size - start : cut - start])
            for tile, blob in self._tree.take().items():
                if tile.width == WIDTH:
                    written += self._put(tile, blob)
                else:
                    self._edges[tile.level] = tile, blob
            if cut in roots:
                if self._tree.root() != roots[cut]:
                    raise errors.Damaged("errors_backup.fork")
                # The next step of the sequencer starts from one of these sizes.
                written += sum(self._put(*self._edges[tile.level]) for tile in edge_of(cut))
        return written

    def _write_bundles(self, start: int, leaves: Sequence[bytes]) -> int:
        written = 0
        for at in range(0, len(leaves), WIDTH):
            held = leaves[at : at + WIDTH]
            tile = Tile(level=ENTRIES, index=(start + at) // WIDTH, width=len(held))
            written += self._put(tile, bundle(held))
        return written

    def _put(self, tile: Tile, blob: bytes) -> bool:
        # Left alone where it is right: a restore writes what was lost, and its number says how
        # much.
        if self._read(tile.path) == blob:
            return False
        self._tiles.replace(tile.path, blob)
        return True

    def _read(self, name: str) -> bytes | None:
        try:
            return self._tiles.read(name)
        except errors.NotFound:
            return None

    # --- leaves ----------------------------------------------------------------------------

    def _leaves(self, start: int, stop: int) -> Sequence[bytes]:
        """Return leaves by the rows as far as these go, then by the bundles."""
        # Rows first: they are what was committed. Beyond them the bundles have what was signed
        # after the rows were copied.
        middle = max(start, min(stop, self._row.count))
        client = self._row.client
        held = list(self._rows.read(lambda tx: self._ledgers.leaves(tx, client, start, middle)))
        while start + len(held) < stop:
            at = start + len(held)
            found = self._bundled(at // WIDTH)[at % WIDTH : stop - at + at % WIDTH]
            if not found:
                raise errors.Damaged("errors_backup.leaves-missing", log=str(self._row.log))
            held += found
        return held

    def _bundled(self, index: int) -> Sequence[bytes]:
        """Return the leaves of the widest bundle that there is of these 256."""
        full = Tile(level=ENTRIES, index=index)
        parts = [Tile.parse(name) for name in self._tiles.names(f"{full.path}.p")]
        # The widest first: partial bundles of one place are prefixes of each other.
        for tile in (full, *sorted(parts, key=lambda tile: -tile.width)):
            blob = self._read(tile.path)
            if blob is not None:
                try:
                    return tile.entries(blob)
                except Malformed:
                    continue
        return ()
