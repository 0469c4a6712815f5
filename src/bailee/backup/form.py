"""Form: the file of a backup: a head in clear, then one sealed stream.

    file = magic[16] ‖ u32(length of head) ‖ head ‖ stream
    head = enc("backup-file", about, envelope, commitment)

The file key is random, sealed to the recovery public key in the envelope; `about` is the `info` of
the envelope and the associated data of commitment and stream.  spec/backup.md
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bailee.backup.model import About
from bailee.encoding import dec, enc
from bailee.errors import Damaged
from bailee.ids import Entropy
from bailee.limits import BACKUP_HEAD_BYTES
from bailee.seal.envelope import seal_to
from bailee.seal.kdf import KEY_BYTES
from bailee.seal.layout import Extent, plain_size
from bailee.seal.leaf import LeafOpener, LeafSealer
from bailee.seal.port import Chunk, SealedSource
from bailee.seal.stream import OpeningReader, SealingWriter

MAGIC: Final = b"bailee backup 1\n"

_LENGTH_BYTES: Final = 4

OpenEnvelope = Callable[[bytes, bytes], bytes]
"""Opens an envelope, given its info; Damaged when it was sealed to another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupHead:
    """Backup head: what stands in clear before the stream."""

    about: About
    envelope: bytes
    commitment: bytes

    def encode(self) -> bytes:
        """Encode the head as the file begins: magic, length of the rest as u32, and the rest."""
        head = enc("backup-file", self.about.encode(), self.envelope, self.commitment)
        return MAGIC + len(head).to_bytes(_LENGTH_BYTES, "big") + head


def seal(
    about: About,
    chunks: Iterable[Chunk],
    public_key: bytes,
    entropy: Entropy = secrets.token_bytes,
) -> Iterator[Chunk]:
    """Seal an archive; yields the file a piece at a time, each valid until the next."""
    bound = about.encode()
    # A key for this file alone: what opens one backup opens no other.
    key = entropy(KEY_BYTES)
    writer = SealingWriter(LeafSealer(key), bound, entropy=entropy)
    envelope = seal_to(public_key, bound, key)
    yield BackupHead(about=about, envelope=envelope, commitment=writer.commitment).encode()
    yield from writer.seal(chunks)


def read_head(source: SealedSource) -> tuple[BackupHead, int]:
    """Read the head of a file and where the stream starts; Damaged when it is no backup."""
    start = len(MAGIC) + _LENGTH_BYTES
    first = bytes(source.read_at(0, start))
    length = int.from_bytes(first[len(MAGIC) :], "big")
    # The length before anything is read by it: a file of any sort may stand here.
    if len(first) != start or not first.startswith(MAGIC) or length > BACKUP_HEAD_BYTES:
        raise Damaged("errors_backup.header")
    try:
        about, envelope, commitment = dec("backup-file", bytes(source.read_at(start, length)))
    except ValueError:
        raise Damaged("errors_backup.header") from None
    head = BackupHead(about=About.decode(about), envelope=envelope, commitment=commitment)
    return head, start + length


class _After:
    """After: what lies behind the head, as a source of its own."""

    def __init__(self, source: SealedSource, start: int) -> None:
        self._source = source
        self._start = start

    def size(self) -> int:
        return self._source.size() - self._start

    def read_at(self, offset: int, size: int) -> Chunk:
        return self._source.read_at(self._start + offset, size)


def open_stream(source: SealedSource, open_envelope: OpenEnvelope) -> tuple[About, OpeningReader]:
    """Open a file for reading its archive; the padding belongs to the archive's zeros.

    What cuts the file short is found at its last segment, so read it to the end before believing.
    """
    head, start = read_head(source)
    bound = head.about.encode()
    key = open_envelope(bound, head.envelope)
    if len(key) != KEY_BYTES:
        raise Damaged("errors_backup.header")
    after = _After(source, start)
    stored = after.size()
    reader = OpeningReader(
        LeafOpener(key),
        bound,
        after,
        extent=Extent(true_size=plain_size(stored), sealed_size=stored),
        commitment=head.commitment,
    )
    return head.about, reader
