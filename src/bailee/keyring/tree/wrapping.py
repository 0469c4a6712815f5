"""Wrapping keys: those wrapped directly under the key of a generation (KEK).

Each row carries its generation.  A new wrap takes the write generation read in the same
transaction, and a trigger in the database refuses an older one: a slow process cannot leave a key
behind that the destruction of the turn secret would make useless.  spec/keys.md, "Write fence"
"""

import secrets
from typing import NoReturn, final

from bailee import errors
from bailee.encoding import enc
from bailee.ids import ID_BYTES, ClientId, Entropy
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
"""Vault ciphers in memory, about 20 kB each: enough for a year of a few clients at work."""
ONE = b""
"""Id of the wrapping keys of which an installation has one."""


@final
class WrappingKeys:
    """Reads and writes wrapping keys; holds the keys of the generations in use, in memory."""

    def __init__(self, rows: KeyRows, kms: Kms, entropy: Entropy = secrets.token_bytes) -> None:
        self.rows = rows
        self.kms = kms
        self.entropy = entropy
        # Two caches, since a cipher is a hundred times the size of a key: one bound for both would
        # let a few vaults push out every other key.
        self.cache = Cache()
        self.ciphers = Cache(CIPHERS_MAX)
        # Known once the state was read, and never another for the life of a home.
        self.provider: ClientId | None = None
        self._generations = (0, 0)
        self._keks: dict[int, Kek] = {}

    def refresh(self, generation: int, write_gen: int) -> None:
        """Drop every key in memory when a turn has passed since it was read."""
        # Asked with what the transaction read, at each use: another process may have turned.  A KEK
        # kept beyond its generation would go on opening old wraps after "erased" was said.
        if (generation, write_gen) != self._generations:
            self.drop_keys()
            self._generations = (generation, write_gen)

    def drop_keys(self) -> None:
        """Drop every unwrapped key, and the key of every generation."""
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
        """Return the key of a generation; Sealed when no custodian has its turn secret."""
        # Once a generation and process this reads a small file of a custodian inside a transaction,
        # against the rule of `work.Work`: else every act that a turn overtook would fail.
        found = self._keks.get(generation)
        if found is None:
            found = self._keks[generation] = self.kms.kek(generation)
        return found

    def owner(self, noun: str, ident: bytes) -> ClientId:
        """Return whose id binds a wrapping key: that of its client, or the provider's."""
        if noun == CLIENT:
            if len(ident) != ID_BYTES:  # read from a row that nobody here wrote
                raise errors.Damaged("errors_keyring.does-not-open")
            return ClientId(ident)
        if self.provider is None:
            raise errors.Conflict("errors_keyring.not-founded")
        return self.provider

    def open(self, row: WrappingKeyRow) -> bytes:
        """Unwrap a key, from memory when it was unwrapped before."""
        place = ("wrapping", row.noun, row.id, row.version, row.gen)
        return self.cache.get(place, row.wrapped, lambda: self.test_open(row))

    def test_open(self, row: WrappingKeyRow) -> bytes:
        """Unwrap a key, never from memory."""
        aad = wrapping_aad(self.owner(row.noun, row.id), row.noun, row.id, row.version)
        return self.kek(row.gen).unwrap(aad, row.wrapped)

    def key(self, tx: Tx, noun: str, ident: bytes = ONE) -> bytes | None:
        """Read and unwrap a key; None when there is none."""
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
        """Make the row of a key in a generation; nothing is written."""
        aad = wrapping_aad(self.owner(noun, ident), noun, ident, version)
        return WrappingKeyRow(
            noun=noun,
            id=ident,
            gen=gen,
            version=version,
            # Fresh or renewed: nothing below it was deleted since.
            pending_gen=None,
            wrapped=self.kek(gen).wrap(aad, key),
        )

    def make(self, tx: Tx, noun: str, ident: bytes = ONE, version: int = 0) -> bytes:
        """Make a fresh key, or replace one by it, under the write generation; return it."""
        generation, write_gen = self.rows.generations(tx)
        self.refresh(generation, write_gen)
        # Not cached: a transaction that is undone takes the row back.
        key = self.entropy(KEY_BYTES)
        self.rows.put_wrapping_key(tx, self.wrapped(write_gen, noun, ident, key, version=version))
        return key

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def state_message(state: State) -> bytes:
    """Encode what the MAC of the state covers: every column."""
    # All of it: a forged `phase` alone would make the next turn destroy keys that are in use.
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
