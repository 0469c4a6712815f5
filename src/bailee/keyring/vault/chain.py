"""Chain of a canonical token: numbered index rows that name the tokens of its other spellings.

Numbers run from 0 without a gap, so that the end of a chain shows by itself and no row says in
clear which spellings belong together.  spec/vault.md
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bailee.ids import ClientId
from bailee.keyring.port import KeyedVaultRows
from bailee.work import Tx


class Linking(Protocol):
    """The part of a cipher or sealer that follows chains."""

    @property
    def version(self) -> int:
        """The version of the vault key."""

    def link(self, kind: int, canonical: bytes, number: int) -> bytes:
        """Return the index key of the numbered other spelling of a canonical token."""

    def open_token(self, key: bytes, sealed: bytes) -> bytes:
        """Open the token that stands under an index key."""


Canonical = tuple[int, bytes]
"""A kind and a canonical token."""


def lengths(
    tx: Tx,
    rows: KeyedVaultRows,
    place: tuple[ClientId, int],
    cipher: Linking,
    wanted: Sequence[Canonical],
) -> dict[Canonical, int]:
    """Return how many links each chain has."""
    # One statement for each length that occurs, over all chains at once: almost all have none.
    client, epoch = place
    growing: list[Canonical] = list(dict.fromkeys(wanted))
    found: dict[Canonical, int] = {}
    number = 0
    # Ends, for each round drops the chains that end at this number; a chain is as long as one value
    # has spellings in a month.
    while growing:
        keys = {cipher.link(*canonical, number): canonical for canonical in growing}
        there = rows.indexed(tx, client, epoch, cipher.version, list(keys))
        found |= {canonical: number for key, canonical in keys.items() if key not in there}
        growing = [canonical for key, canonical in keys.items() if key in there]
        number += 1
    return found


def spellings(
    tx: Tx,
    rows: KeyedVaultRows,
    place: tuple[ClientId, int],
    cipher: Linking,
    canonical: Canonical,
) -> Mapping[bytes, bytes]:
    """Return the tokens of one chain by their index keys, in order."""
    client, epoch = place
    links: dict[bytes, bytes] = {}
    while True:
        key = cipher.link(*canonical, len(links))
        sealed = rows.indexed(tx, client, epoch, cipher.version, [key]).get(key)
        if sealed is None:
            return links
        links[key] = cipher.open_token(key, sealed)
