"""Model of names: the rows of shards, of new names that wait, and of things not yet placed.

A name's *place* is the first two bytes of a keyed hash of it.  A shard holds the names whose
places begin with the same bits, so an exact name opens one shard.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bailee.encoding import enc
from bailee.grant import Ref, Scope
from bailee.ids import ClientId, ShardId
from bailee.seal.row import row_aad

SHARD = "name-shard"
PLACE_BYTES = 2
PLACE_BITS = 8 * PLACE_BYTES
FIRST = bytes(PLACE_BYTES)
"""Where the shard of a client begins that has no more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedThing:
    """Named thing: what a name leads to: an id, and the number of its newest version."""

    name: str
    id: bytes
    version: int

    @property
    def order(self) -> tuple[bytes, bytes]:
        """Compare by this: the name's bytes, as object stores list them, then the id."""
        return self.name.encode(), self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardRow:
    """Shard row: the names whose places share their first `bits` bits with `start`, sealed.

    `version` counts how often it was sealed under the leaf key of `shard`.
    """

    client: ClientId
    start: bytes
    noun: str
    bits: int
    shard: ShardId
    version: int
    sealed: bytes

    def covers(self, place: bytes) -> bool:
        """Tell whether names of a place are in it."""
        shift = PLACE_BITS - self.bits
        return number(place) >> shift == number(self.start) >> shift


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """Waiting row: a thing that is new, or has a newer version than its shard says.

    Its label is its name until the shard at `start` is sealed again: no row holds it twice.
    """

    client: ClientId
    start: bytes
    noun: str
    id: bytes
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedRow:
    """Unplaced row: a thing that is in no shard and waits for none, since nobody opened its label.

    Things of a home from before shards, and those of shards that were given up.
    """

    client: ClientId
    noun: str
    id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNames:
    """Seen names: what one name's place has in one snapshot, nothing of it opened."""

    place: bytes
    shard: ShardRow | None
    waiting: Sequence[WaitingRow]

    @property
    def start(self) -> bytes:
        """Where the shard of the place begins."""
        return FIRST if self.shard is None else self.shard.start


def place_of(mac: Callable[[str, bytes], bytes], client: ClientId, noun: str, name: str) -> bytes:
    """Return the place of a name: the start of a keyed hash."""
    # Of the composed form: a name that another system decomposed lies in the same shard.
    whole = enc("name-place", client.raw, noun, unicodedata.normalize("NFC", name))
    return mac("name", whole)[:PLACE_BYTES]


def number(place: bytes) -> int:
    """Read a place as a whole number."""
    return int.from_bytes(place, "big")


def shard_ref(client: ClientId, shard: ShardId) -> Ref:
    """Return the ref of the leaf key of a shard."""
    return Ref(client=client, noun=SHARD, id=shard.raw)


def shards_scope() -> Scope:
    """Return the scope of all shards of a client."""
    return Scope(noun=SHARD)


def shard_aad(row: ShardRow) -> bytes:
    """Return what a shard's names are bound to: put back or moved, they stay shut."""
    return row_aad(row.client.raw, SHARD, row.shard.raw, row.noun, row.version)
