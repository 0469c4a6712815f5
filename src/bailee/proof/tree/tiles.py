"""Tiles and entry bundles of C2SP tlog-tiles: their names, widths and contents.

A tile at level L holds 256 roots of complete subtrees of 256^L entries; the last tile of a level
may hold fewer, and then its width is in its name.  So a file, once written under its name, never
changes.  Level ENTRIES holds the entries themselves.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from bailee.proof.malformed import Malformed
from bailee.proof.tree.merkle import HASH_BYTES

WIDTH = 256
HEIGHT = 8  # 2⁸ = 256
ENTRIES = -1
ENTRY_BYTES_MAX = 65_535  # its length is a uint16
LEVEL_MAX = 63

_PATH = re.compile(
    r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """Name of a tile, or of an entry bundle when its level is ENTRIES."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the prefix of the log."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Parse a path; Malformed when no tile has this one."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise Malformed("tile_path")
        level, groups, width = match.groups()
        found = cls(
            level=ENTRIES if level == "entries" else int(level),
            index=int(re.sub(r"\D", "", groups)),
            width=int(width or WIDTH),
        )
        # written again and compared: a group of zeros in front would be a second name
        if found.path != path or found.level > LEVEL_MAX or found.width > WIDTH:
            raise Malformed("tile_path")
        return found

    def hashes(self, blob: bytes) -> list[bytes]:
        """Split the content of a hash tile into its hashes."""
        if len(blob) != self.width * HASH_BYTES:
            raise Malformed("tile_length", path=self.path)
        return [blob[at : at + HASH_BYTES] for at in range(0, len(blob), HASH_BYTES)]

    def entries(self, blob: bytes) -> list[bytes]:
        """Split the content of an entry bundle into its entries."""
        found: list[bytes] = []
        at = 0
        # one entry beyond the width is read, to be counted; the rest of a long bundle is not
        while at < len(blob) and len(found) <= self.width:
            length = int.from_bytes(blob[at : at + 2], "big")
            found.append(blob[at + 2 : at + 2 + length])
            at += 2 + length
        # to the byte: a length that reaches beyond the end gives a short entry and is found here
        if at != len(blob) or len(found) != self.width:
            raise Malformed("tile_length", path=self.path)
        return found


ReadTile = Callable[[Tile], bytes]
"""Gives the content of a tile, or raises OSError."""


def bundle(entries: Sequence[bytes]) -> bytes:
    """Encode entries as the content of their bundle."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def levels(size: int) -> range:
    """Levels of hash tiles that a tree of this size has."""
    return range((size.bit_length() + HEIGHT - 1) // HEIGHT)


def width_at(size: int, level: int, index: int) -> int:
    """Width of the tile in a tree of this size; 0 when there is none."""
    # entries lie as the hashes of level 0 do; a level has one hash for each full tile below it
    in_level = size if level == ENTRIES else size >> HEIGHT * level
    return max(0, min(WIDTH, in_level - index * WIDTH))


def tile_at(size: int, level: int, index: int) -> Tile:
    """Name the tile as it is in a tree of this size."""
    width = width_at(size, level, index)
    if not width:
        raise IndexError("no such tile in a tree of this size")
    return Tile(level=level, index=index, width=width)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Name, bundles first, each tile that a tree of `new` entries has and one of `old` had not."""
    for level in (ENTRIES, *levels(new)):
        scale = 0 if level == ENTRIES else HEIGHT * level
        for index in range((old >> scale) // WIDTH, -(-(new >> scale) // WIDTH)):
            if width_at(new, level, index) != width_at(old, level, index):
                yield tile_at(new, level, index)


def tiles_of(size: int) -> Iterator[Tile]:
    """Name each bundle and tile of a tree of this size."""
    return tiles_between(0, size)


def edge_of(size: int) -> Iterator[Tile]:
    """Name the partial hash tiles at the right edge: all that it takes to go on appending."""
    for level in levels(size):
        hashes = size >> HEIGHT * level
        if hashes % WIDTH:
            yield tile_at(size, level, hashes // WIDTH)
