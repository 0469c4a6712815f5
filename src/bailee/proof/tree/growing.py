"""Growing trees: a tree that grows by its right edge, and proofs read from its tiles.

To go on appending, a log needs only the partial tile of each level: at most 255 hashes times the
levels.  The root follows from them as well, so an edge is checked against a checkpoint before it
is built upon, and a damaged tile cannot be signed over.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Self

from bailee.proof.tree.merkle import Node, root_of
from bailee.proof.tree.tiles import HEIGHT, WIDTH, ReadTile, Tile, edge_of, tile_at


class Tree:
    """Right edge of a tree, with the hash tiles that grew since they were last taken."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[list[bytes]] = []
        self._grown: dict[Tile, bytes] = {}
        self._changed: set[int] = set()

    @classmethod
    def load(cls, size: int, read_tile: ReadTile) -> Self:
        """Read the edge of a tree of this size; compare `root()` with its checkpoint before use."""
        tree = cls()
        tree.size = size
        tree._edge = [[] for _ in range((size.bit_length() + HEIGHT - 1) // HEIGHT)]
        for tile in edge_of(size):
            tree._edge[tile.level] = tile.hashes(read_tile(tile))
        return tree

    def append(self, entries: Iterable[bytes]) -> None:
        """Append entries: their bytes, not their hashes."""
        self.append_hashes([sha256(b"\x00" + entry).digest() for entry in entries])

    def append_hashes(self, hashes: list[bytes]) -> None:
        """Append leaves that are hashed already."""
        # before the levels, whose tiles are numbered by the size that the tree has afterwards
        self.size += len(hashes)
        level = 0
        while hashes:
            hashes = self._extend(level, hashes)
            level += 1

    def _extend(self, level: int, hashes: list[bytes]) -> list[bytes]:
        """Put hashes at the end of a level; return the roots of the tiles that this filled."""
        if level == len(self._edge):
            self._edge.append([])
        # Only full tiles pass upwards.  What is left waits at the edge: its root would change with
        # the next entry, and a hash that was passed up is never taken back.
        row = self._edge[level] + hashes
        whole = len(row) // WIDTH
        first = (self.size >> HEIGHT * (level + 1)) - whole
        roots = []
        for nth in range(whole):
            filled = row[nth * WIDTH : (nth + 1) * WIDTH]
            self._grown[Tile(level=level, index=first + nth)] = b"".join(filled)
            roots.append(root_of(filled))
        self._edge[level] = row[whole * WIDTH :]
        self._changed.add(level)
        return roots

    def root(self) -> bytes:
        """Return the root: each level takes what is incomplete below it as its last node."""
        # from the bottom, so that each level knows what is incomplete below it
        below: list[bytes] = []
        for hashes in self._edge:
            row = hashes + below
            below = [root_of(row)] if row else []
        return root_of(below)

    def take(self) -> dict[Tile, bytes]:
        """Return the hash tiles that grew since the last call, full ones and the edge."""
        grown, self._grown = self._grown, {}
        for level in sorted(self._changed):
            if self._edge[level]:
                # the name of a partial tile holds its width, so no file that is there changes
                index = self.size >> HEIGHT * (level + 1)
                tile = Tile(level=level, index=index, width=len(self._edge[level]))
                grown[tile] = b"".join(self._edge[level])
        self._changed.clear()
        return grown


def nodes_from(size: int, read_tile: ReadTile) -> Node:
    """Read subtrees from the tiles of a tree of this size, each tile once.

    Nothing is verified here: a proof made from damaged tiles fails where it is verified.
    """
    # a path asks for neighbours in one tile again and again; a proof needs few tiles
    held: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        place = (tile_level, (index << height) // WIDTH)
        if place not in held:
            tile = tile_at(size, *place)
            held[place] = tile.hashes(read_tile(tile))
        start = (index << height) % WIDTH
        return root_of(held[place][start : start + (1 << height)])

    return node
