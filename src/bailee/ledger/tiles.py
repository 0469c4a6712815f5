"""Tiles: reads those of a ledger as its tree of any earlier size has them."""

from dataclasses import replace

from bailee import errors
from bailee.ledger.port import TileStore
from bailee.proof.tree.tiles import WIDTH, ReadTile, Tile


def tile_reader(tiles: TileStore) -> ReadTile:
    """Return what reads tiles; a partial one that was discarded is cut from the full one."""

    def read(tile: Tile) -> bytes:
        try:
            return tiles.read(tile.path)
        except errors.NotFound:
            full = replace(tile, width=WIDTH)
        try:
            blob = tiles.read(full.path)
        except errors.NotFound:
            raise errors.Damaged("errors_ledger.tile-missing", tile=tile.path) from None
        return blob[: len(blob) // WIDTH * tile.width]

    return read
