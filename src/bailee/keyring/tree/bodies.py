"""Body keys: what the ledger's bodies of one client and year are sealed under.

Each lies under the legal-term key, not under the client key: bodies are kept as long as a law asks,
also when the client left, and end year by year.  spec/keys.md, "The tree"
"""

from typing import final

from bailee import errors
from bailee.ids import ClientId
from bailee.keyring.model import BodyKeyRow, HeldBodyKey
from bailee.keyring.tree.formulas import body_key_aad, new_kid, unwrap, wrap
from bailee.keyring.tree.wrapping import WrappingKeys
from bailee.seal.kdf import KEY_BYTES
from bailee.seal.leaf import LeafOpener, LeafSealer
from bailee.work import Tx


@final
class BodyKeys:
    """Makes and opens body keys; whoever asks for an opener has checked the grant."""

    def __init__(self, wrapping: WrappingKeys) -> None:
        self._wrapping = wrapping
        self._rows = wrapping.rows

    def sealer(self, tx: Tx, client: ClientId, year: int) -> LeafSealer:
        """Return the sealer of a client's bodies of a year, made on first use."""
        held = self._held(tx, client, year)
        if held.wrapped is not None:
            # One sealer for all entries of a year, since every act records one.  Valid while no
            # byte of the rows above it has changed: together they are its place in the cache.
            place = ("body-sealer", *held)
            return self._wrapping.cache.get(
                place, held.wrapped, lambda: LeafSealer(self._open(held))
            )
        wrapping, kid = held.wrapping, new_kid()
        key = self._wrapping.entropy(KEY_BYTES)
        aad = body_key_aad(client, year, wrapping.version, kid)
        wrapped = wrap(self._wrapping.open(wrapping), aad, key, self._wrapping.entropy)
        row = BodyKeyRow(
            client=client, year=year, kid=kid, parent=wrapping.version, wrapped=wrapped
        )
        self._rows.put_body_key(tx, row)
        # Not put into the cache: the transaction may yet be undone, and its key with it.
        return LeafSealer(key)

    def opener(self, tx: Tx, client: ClientId, year: int) -> LeafOpener:
        """Return what opens them; NotFound when there is no such key any more."""
        return LeafOpener(self._open(self._held(tx, client, year)))

    def _held(self, tx: Tx, client: ClientId, year: int) -> HeldBodyKey:
        held = self._rows.held_body_key(tx, client, year)
        if held is None:
            # Every home has a legal-term key from its founding: its row was taken away.
            raise errors.Damaged("errors_keyring.does-not-open")
        self._wrapping.refresh(held.generation, held.write_gen)
        return held

    def _open(self, held: HeldBodyKey) -> bytes:
        row = held.body
        if row is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        above = self._wrapping.open(held.wrapping)
        aad = body_key_aad(row.client, row.year, row.parent, row.kid)
        place = ("body", row.client.raw, row.year, row.parent, row.kid)
        return self._wrapping.cache.get(place, row.wrapped, lambda: unwrap(above, aad, row.wrapped))
