"""Set digests: one keyed sum over the rows of a set, which a missing or exchanged row changes.

    x    = ⊕ Trunc16(HMAC(KF("set"), enc("set", table, columns…)))
    x    = ⊕ AES-256-CBC-MAC(KF("set-" ‖ table), columns…)            of rows of fixed widths
    set  = nonce ‖ SIV(KF("fresh"), x…, enc("set-of", client, name))
    head = nonce ‖ SIV(KF("fresh"), x over all sets, enc("fresh", client, revision))

A sum is never shown in clear: who knew some could look for rows that leave it as it is.
spec/sets.md
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, NoReturn, final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from numpy.typing import NDArray

from bailee import errors
from bailee.encoding import enc
from bailee.ids import ClientId, Entropy
from bailee.seal.row import NONCE_BYTES

SUM_BYTES: Final = 16
"""Bytes of a sum: who does not know the key meets one by chance with a probability of 2⁻¹²⁸."""
CELLS: Final = 256
SET_TABLE: Final = "row_set"
_INTEGER_BYTES = 8
_SETS_KNOWN = 1_024
"""Sets in memory, sealed and open: 8 kB each where one is cut into cells."""

Value = bytes | str | int | None
"""A column of a row, as the database has it."""


class _KnownSet(NamedTuple):
    """A set as it was looked at: sealed, the digest of its row, and its sums once opened."""

    sealed: bytes
    digest: int
    sums: bytes | None = None


@final
class SetKeys:
    """Set keys: digest rows, and seal the sums; `mac_key` derives the key of a domain."""

    __slots__ = (
        "_blocks",
        "_entropy",
        "_heads",
        "_mac_key",
        "_rows",
        "_sealing",
        "_sets",
        "provider",
    )

    def __init__(
        self,
        mac_key: Callable[[str], bytes],
        provider: ClientId,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self.provider = provider
        self._entropy = entropy
        self._mac_key = mac_key
        self._rows = mac_key("set")
        self._sealing = AESGCMSIV(mac_key("fresh"))
        # By table; the keys never change, as the internal key does not.
        self._blocks: dict[str, Cipher[modes.ECB]] = {}
        # By client, the head that was sealed or opened last: every act asks for it, and a head of
        # other bytes is opened anew (decision 0008).  One a client, so it needs no bound.
        self._heads: dict[bytes, tuple[int, bytes, int]] = {}
        # By client and name, the set that was looked at last: every opening asks for all of its
        # client's, and one of other bytes is digested and opened anew (decision 0008).
        self._sets: dict[tuple[bytes, str], _KnownSet] = {}

    def row(self, table: str, values: Sequence[Value]) -> int:
        """Digest one row by its columns, in order."""
        message = enc("set", table, *map(_part, values))
        return int.from_bytes(hmac.digest(self._rows, message, "sha256")[:SUM_BYTES], "big")

    def blocks(self, table: str, rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Digest rows of one width, a multiple of 16 bytes: 0.1 µs each, where `row` costs 3."""
        cipher = self._blocks.get(table)
        if cipher is None:
            key = algorithms.AES256(self._mac_key(f"set-{table}"))
            # One block at a time of all rows, each joined to the one before it: CBC-MAC, sound
            # since all messages under this key have one length.
            cipher = self._blocks[table] = Cipher(key, modes.ECB())  # noqa: S305  # see above
        state = np.zeros((len(rows), SUM_BYTES), np.uint8)
        encryptor = cipher.encryptor()
        for at in range(0, rows.shape[1], SUM_BYTES):
            mixed = state ^ rows[:, at : at + SUM_BYTES]
            state = np.frombuffer(encryptor.update(mixed.tobytes()), np.uint8).reshape(-1, 16)
        return state

    def seal_set(self, client: bytes, name: str, sums: bytes) -> bytes:
        """Seal the sums of one set."""
        return self._seal(enc("set-of", client, name), sums)

    def open_set(self, client: bytes, name: str, sealed: bytes) -> bytes:
        """Open them; Damaged when they are of another set, or nobody here sealed them."""
        known = self._known(client, name, sealed)
        if known.sums is None:
            known = known._replace(sums=self._open(enc("set-of", client, name), sealed))
            self._sets[client, name] = known
        return known.sums or b""

    def digest_of_set(self, client: bytes, name: str, sealed: bytes) -> int:
        """Digest the row of a set, which stands in the sum over all sets of its client."""
        return self._known(client, name, sealed).digest

    def _known(self, client: bytes, name: str, sealed: bytes) -> _KnownSet:
        known = self._sets.get((client, name))
        if known is None or known.sealed != sealed:
            if len(self._sets) >= _SETS_KNOWN:
                # A new one, not emptied: another thread may be looking something up in the old.
                self._sets = {}
            known = _KnownSet(sealed, self.row(SET_TABLE, (client, name, sealed)))
            self._sets[client, name] = known
        return known

    def seal_head(self, client: bytes, revision: int, total: int) -> bytes:
        """Seal the sum over all sets of a client, bound to how often they have changed."""
        plain = total.to_bytes(SUM_BYTES, "big")
        sealed = self._seal(enc("fresh", client, revision), plain)
        self._heads[client] = revision, sealed, total
        return sealed

    def open_head(self, client: bytes, revision: int, sealed: bytes) -> int:
        """Open it; Damaged when it is of another revision."""
        if type(revision) is not int or revision < 0:
            raise errors.Damaged("errors_sql.set-damaged")
        known = self._heads.get(client)
        if known is not None and known[:2] == (revision, sealed):
            return known[2]
        total = int.from_bytes(self._open(enc("fresh", client, revision), sealed), "big")
        self._heads[client] = revision, sealed, total
        return total

    def _seal(self, aad: bytes, plain: bytes) -> bytes:
        nonce = self._entropy(NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, plain, aad)

    def _open(self, aad: bytes, sealed: bytes) -> bytes:
        # Rows as the database gives them: a hand may have written any type into any column.
        if type(sealed) is not bytes:
            raise errors.Damaged("errors_sql.set-damaged")
        try:
            return self._sealing.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):  # too short to have a nonce
            raise errors.Damaged("errors_sql.set-damaged") from None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def _part(value: Value) -> bytes:
    """Encode a column: nothing for NULL, else a 1 before it, so that empty is not NULL."""
    if value is None:
        return b""
    if isinstance(value, int):
        return b"\1" + value.to_bytes(_INTEGER_BYTES, "big", signed=True)
    if isinstance(value, (bytes, str)):
        return b"\1" + (value.encode() if isinstance(value, str) else value)
    raise errors.Damaged("errors_sql.damaged")  # a type that no column has
