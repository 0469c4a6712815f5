"""Handed out by the keyring for a vault: sealers that find and store, openers that open.

A sealer gives indexes and tokens, which ingest needs, but has no way to open a value.  An opener
exists only against a grant that covers each of its values, and opens no others.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, final

from bailee import errors
from bailee.ids import ClientId, Entropy
from bailee.keyring.model import VAULT, EpochRow, ValueRow, value_noun
from bailee.keyring.tree.epochs import EpochKeys
from bailee.keyring.tree.wrapping import WrappingKeys
from bailee.keyring.vault.cipher import Plain, VaultCipher
from bailee.work import Tx


@final
class VaultSealer:
    """Vault sealer: finds and seals under one version of a vault key; cannot open a value."""

    # The cipher behind it could open; what this class leaves out is what ingest must not do.
    __slots__ = ("_cipher", "version")

    def __init__(self, cipher: VaultCipher) -> None:
        self._cipher = cipher
        self.version = cipher.version

    def indexes(self, form: str, kinds: Sequence[int], blobs: Sequence[bytes]) -> list[bytes]:
        """Return the index keys under which values are found."""
        return self._cipher.indexes(form, kinds, blobs)

    def link(self, kind: int, canonical: bytes, number: int) -> bytes:
        """Return the index key of the numbered other spelling of a canonical token."""
        return self._cipher.link(kind, canonical, number)

    def seal_tokens(
        self, keys: Sequence[bytes], tokens: Sequence[bytes], entropy: Entropy
    ) -> list[bytes]:
        """Seal tokens to their index keys."""
        return self._cipher.seal_tokens(keys, tokens, entropy)

    def open_token(self, key: bytes, sealed: bytes) -> bytes:
        """Open the token that stands under an index key."""
        # Not a power over values: whoever has the value and this sealer learns its token, which is
        # what ingest does all day, and a token says nothing without the vault's opener.
        return self._cipher.open_token(key, sealed)

    def tag(self, message: bytes) -> bytes:
        """Return the keyed tag of something received in this month, 32 bytes."""
        return self._cipher.tag(message)

    def seal_place(self, batch: bytes, place: bytes) -> bytes:
        """Seal where in its source a batch stood, and the digest of its bytes."""
        return self._cipher.seal_place(batch, place, secrets.token_bytes)

    def open_place(self, batch: bytes, sealed: bytes) -> bytes:
        """Open it; Damaged when it was not sealed here for this batch."""
        # No power over values either: a digest shows who has the same bytes that they are the same.
        return self._cipher.open_place(batch, sealed)

    def seal_values(
        self,
        tokens: Sequence[bytes],
        kinds: Sequence[int],
        plains: Sequence[tuple[bytes, bytes, bytes]],
        entropy: Entropy,
    ) -> list[bytes]:
        """Seal (canonical token, opening, raw value) to tokens."""
        return self._cipher.seal_values(tokens, kinds, plains, entropy)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def noun_of(row: ValueRow) -> str:
    """Return the noun of a scope for values of a row's kind; Damaged when there is no such kind."""
    try:
        return value_noun(row.kind or 0)
    except ValueError:
        raise errors.Damaged("errors_vault.row") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultKeys:
    """Sealers of the vault of an epoch, as of one transaction."""

    epoch: int
    stamp: tuple[int, int]
    """Changes whenever the key was renewed or something was erased."""
    sealers: tuple[VaultSealer, ...]
    """The newest first: it takes what is new; an older one, during a turn, still finds."""


@final
class VaultOpener:
    """Vault opener: opens the values that a grant was spent on, and no others."""

    __slots__ = ("_ciphers", "_granted")

    def __init__(self, ciphers: Mapping[int, VaultCipher], granted: frozenset[bytes]) -> None:
        self._ciphers = ciphers
        self._granted = granted

    def open(self, row: ValueRow) -> Plain:
        """Open one value; Damaged when its row was altered or moved."""
        # Looked up again, though the grant was checked: the caller chooses the row that it passes.
        if row.token not in self._granted or row.kind is None or row.sealed is None:
            raise errors.Sealed("errors_keyring.not-granted")
        return self._ciphers[row.version].open_value(row.token, row.kind, row.sealed)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


@final
class Vaults:
    """Sets up the ciphers of vault keys, at 100 µs each, and keeps some in memory."""

    def __init__(self, wrapping: WrappingKeys, epochs: EpochKeys) -> None:
        self._wrapping = wrapping
        self._epochs = epochs

    def ciphers(self, tx: Tx, client: ClientId, epoch: int) -> list[VaultCipher]:
        """Return the ciphers of all living versions, the newest first."""
        rows = self._epochs.living(tx, client, epoch, VAULT)
        return self.set_up(self._epochs.client_key(tx, client)[1], rows) if rows else []

    def set_up(self, above: bytes, rows: Sequence[EpochRow]) -> list[VaultCipher]:
        """Return the ciphers of these keys, given the client key above them."""
        return [self._cipher_of(above, row) for row in rows]

    def _cipher_of(self, above: bytes, row: EpochRow) -> VaultCipher:
        place = (row.client.raw, row.epoch, row.version, row.parent)

        def make() -> VaultCipher:
            key = self._epochs.open(above, row)
            return VaultCipher(key, row.client, row.epoch, row.version)

        # Found by place and wrap, as keys are, so a cipher never outlives its key by more than the
        # wrap in the row does; cleared with them at a deletion and at a turn.
        return self._wrapping.ciphers.get(place, row.wrapped or b"", make)

    def keys(self, tx: Tx, client: ClientId, epoch: int) -> VaultKeys | None:
        """Return the sealers of a vault; None when it has no living key."""
        rows = self._epochs.living(tx, client, epoch, VAULT)
        return self._sealers_of(self._epochs.client_key(tx, client)[1], rows) if rows else None

    def all_keys(self, tx: Tx, client: ClientId) -> list[VaultKeys]:
        """Return the sealers of all living vaults of a client, the newest epoch first."""
        rows = self._wrapping.rows.epochs.living(tx, client, VAULT)
        if not rows:
            return []
        above = self._epochs.client_key(tx, client)[1]
        # The newest first: most of what is looked for was received lately.
        months = sorted({row.epoch for row in rows}, reverse=True)
        return [
            self._sealers_of(above, [row for row in rows if row.epoch == month]) for month in months
        ]

    def _sealers_of(self, above: bytes, rows: Sequence[EpochRow]) -> VaultKeys:
        return VaultKeys(
            epoch=rows[0].epoch,
            stamp=stamp_of(rows),
            sealers=tuple(VaultSealer(cipher) for cipher in self.set_up(above, rows)),
        )

    def stamp(self, tx: Tx, client: ClientId, epoch: int) -> tuple[int, int] | None:
        """Return the stamp of a vault without opening a key; None when it has no living one."""
        rows = self._epochs.living(tx, client, epoch, VAULT)
        return stamp_of(rows) if rows else None


def stamp_of(rows: Sequence[EpochRow]) -> tuple[int, int]:
    """Return what changes when a vault key was replaced or something in the vault erased."""
    return rows[0].version, rows[0].erasures
