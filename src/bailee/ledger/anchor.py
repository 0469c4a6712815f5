"""Anchor: how far a ledger had come, as custodians are left with it after each commit.  Pure.

    w_0     = H(enc("window", origin, size, root))     w_{i+1} = H(w_i ‖ leaf_i)
    record  = log[16] ‖ u64 restores ‖ u64 size ‖ u64 n ‖ u64 d ‖ w_n[32] ‖ tag[16]

A window begins at the signed size, so its digest is made anew from the rows within milliseconds.
`d` is the revision of the client's sets of rows, which change in commits without an entry as well.
spec/keys.md, "What custodians know of a ledger"
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from struct import Struct
from typing import NamedTuple, Self

from bailee.encoding import enc
from bailee.keyring.port import Macs
from bailee.ledger.model import LedgerExtent

DOMAIN = "anchor"
TAG_BYTES = 16
_FORM = Struct(">16sQQQQ32s")
RECORD_BYTES = _FORM.size + TAG_BYTES


class LogWindow(NamedTuple):
    """Running digest over the leaves of a ledger from its signed size on."""

    size: int
    root: bytes
    length: int
    digest: bytes
    revision: int = 0
    """Of the sets of the ledger's client, at its end."""

    @classmethod
    def at(cls, origin: str, size: int, root: bytes) -> Self:
        """Begin at a signed size and its root."""
        return cls(size, root, size, sha256(enc("window", origin, size, root)).digest())

    def over(self, leaves: Iterable[bytes]) -> Self:
        """Go on over the leaves that follow."""
        length, digest = self.length, self.digest
        for leaf in leaves:
            digest = sha256(digest + leaf).digest()
            length += 1
        return self._replace(length=length, digest=digest)

    def reaches(self, extent: LedgerExtent) -> bool:
        """Return whether it ends where the rows of a ledger do."""
        ends = (extent.size, extent.root, extent.length)
        here = (self.size, self.root, self.length) == ends
        return here and extent.revision in (None, self.revision)


class Anchor(NamedTuple):
    """What one record says: the order of its first fields is the order in time."""

    restores: int
    length: int
    size: int
    revision: int
    digest: bytes
    log: bytes

    @classmethod
    def of(cls, log: bytes, restores: int, window: LogWindow) -> Self:
        """Make the anchor of a ledger's window."""
        return cls(restores, window.length, window.size, window.revision, window.digest, log)

    def record(self, macs: Macs) -> bytes:
        """Encode it with its tag."""
        return _FORM.pack(self.log, *self._parts()) + self._tag(macs)

    @classmethod
    def read(cls, record: bytes, macs: Macs) -> Self | None:
        """Decode a record; None when it was torn or written without the key."""
        found = cls.claimed(record)
        return found if found.is_tagged(record, macs) else None

    @classmethod
    def claimed(cls, record: bytes) -> Self:
        """Decode a record, whoever wrote it."""
        log, restores, size, n, revision, digest = _FORM.unpack(record[: _FORM.size])
        return cls(restores, size + n, size, revision, digest, log)

    def is_tagged(self, record: bytes, macs: Macs) -> bool:
        """Return whether a record has the tag of this anchor, which takes the key."""
        return hmac.compare_digest(self._tag(macs), record[_FORM.size :])

    def _tag(self, macs: Macs) -> bytes:
        return macs.mac(DOMAIN, enc(DOMAIN, self.log, *self._parts()))[:TAG_BYTES]

    def _parts(self) -> tuple[int, int, int, int, bytes]:
        n = self.length - self.size
        return self.restores, self.size, n, self.revision, self.digest


def newest(records: Iterable[bytes], macs: Macs) -> dict[bytes, bytes]:
    """Return the newest genuine record of each ledger, as a journal is written anew from them."""
    claims = sorted(((Anchor.claimed(record), record) for record in records), reverse=True)
    found: dict[bytes, bytes] = {}
    for anchor, record in claims:
        # From the newest claim down: of the thousands in a full journal, one a ledger has its tag
        # computed, while acts wait for the journal.
        if anchor.log not in found and anchor.is_tagged(record, macs):
            found[anchor.log] = record
    return found
