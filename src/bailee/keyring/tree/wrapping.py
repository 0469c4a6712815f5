"""The trunk: keys wrapped directly under the key of a generation.

Each row carries its generation.  New wraps take the write generation read in the same
transaction, and a trigger in the database refuses an older one: a slow process cannot leave a key
behind that the destruction of the turn secret would take with it (finding 4).
"""

import secrets
from typing import NoReturn, final

from bailee import errors
from bailee.encoding import enc
from bailee.ids import ClientId, Entropy
from bailee.keyring.model import State, WrappingKeyRow
from bailee.keyring.port import Kek, KeyRows, Kms
from bailee.keyring.tree.cache import Cache
from bailee.keyring.tree.formulas import wrapping_aad
from bailee.seal.kdf import KEY_BYTES
from bailee.work import Tx

CLIENT = "client"
LEGAL_TERM = "law"
LOG = "log"
INTERNAL = "internal"
GRANTS = "grants"
CIPHERS_MAX = 64
"""Vault ciphers in memory, about 20 kB each: a year of a few clients at work."""
ONE = b""
"""The id of trunk keys of which an installation has one."""


@final
class WrappingKeys:
    """Reads and writes trunk rows; holds the keys of the generations in use."""

    def __init__(self, rows: KeyRows, kms: Kms, entropy: Entropy = secrets.token_bytes) -> None:
        self.rows = rows
        self.kms = kms
        self.entropy = entropy
        self.cache = Cache()
        self.ciphers = Cache(CIPHERS_MAX)
        self.provider: ClientId | None = None
        self._generations = (0, 0)
        self._keks: dict[int, Kek] = {}

    def refresh(self, generation: int, write_gen: int) -> None:
        """Drop every key in memory when a turn has passed since it was read."""
        if (generation, write_gen) != self._generations:
            self.drop_keys()
            self._generations = (generation, write_gen)

    def drop_keys(self) -> None:
        """Drop every unwrapped key and every generation's key."""
        self.clear()
        self._keks = {}

    def clear(self) -> None:
        """Drop every unwrapped key: one of them may have been deleted."""
        self.cache.clear()
        self.ciphers.clear()

    def state(self, tx: Tx) -> tuple[State, bytes]:
        """Return the state and its MAC; Conflict before the installation is founded."""
        found = self.rows.state(tx)
        if found is None:
            raise errors.Conflict("errors_keyring.not-founded")
        self.provider = found[0].provider
        self.refresh(found[0].generation, found[0].write_gen)
        return found

    def kek(self, generation: int) -> Kek:
        """Give the key of a generation.

        Once a generation and process this reads a custodian inside a transaction, a small file:
        the alternative is to fail every act that a turn overtook.
        """
        found = self._keks.get(generation)
        if found is None:
            found = self._keks[generation] = self.kms.kek(generation)
        return found

    def owner(self, noun: str, ident: bytes) -> ClientId:
        """Return whose id binds a trunk key: a client's own, or the provider's."""
        if noun == CLIENT:
            return ClientId(ident)
        if self.provider is None:
            raise errors.Conflict("errors_keyring.not-founded")
        return self.provider

    def open(self, row: WrappingKeyRow) -> bytes:
        """Unwrap a trunk key, from memory when it was before."""
        place = ("trunk", row.noun, row.id, row.version, row.gen)
        return self.cache.get(place, row.wrapped, lambda: self.test_open(row))

    def test_open(self, row: WrappingKeyRow) -> bytes:
        """Unwrap a trunk key, never from memory."""
        aad = wrapping_aad(self.owner(row.noun, row.id), row.noun, row.id, row.version)
        return self.kek(row.gen).unwrap(aad, row.wrapped)

    def key(self, tx: Tx, noun: str, ident: bytes = ONE) -> bytes | None:
        """Read and unwrap a trunk key."""
        self.refresh(*self.rows.generations(tx))
        row = self.rows.wrapping_key(tx, noun, ident)
        return None if row is None else self.open(row)

    def wrapped(
        self,
        gen: int,
        noun: str,
        ident: bytes,
        key: bytes,
        *,
        version: int,
    ) -> WrappingKeyRow:
        """Make the row of a trunk key in a generation."""
        aad = wrapping_aad(self.owner(noun, ident), noun, ident, version)
        return WrappingKeyRow(
            noun=noun,
            id=ident,
            gen=gen,
            version=version,
            pending_gen=None,
            wrapped=self.kek(gen).wrap(aad, key),
        )

    def make(self, tx: Tx, noun: str, ident: bytes = ONE, version: int = 0) -> bytes:
        """Make a fresh trunk key, or replace one by it, under the write generation."""
        generation, write_gen = self.rows.generations(tx)
        self.refresh(generation, write_gen)
        key = self.entropy(KEY_BYTES)
        self.rows.put_wrapping_key(tx, self.wrapped(write_gen, noun, ident, key, version=version))
        return key

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def state_message(state: State) -> bytes:
    """Encode what the MAC of the state covers."""
    return enc(
        "row",
        "key_state",
        state.install.raw,
        state.provider.raw,
        state.generation,
        state.write_gen,
        state.phase.value,
        int(state.new_root),
        state.began_ms,
        state.turned_ms,
    )
