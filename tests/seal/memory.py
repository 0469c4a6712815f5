"""A sealed object in memory, and the shortest ways to make and read one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bailee.ids import Entropy
from bailee.seal.leaf import LeafOpener, LeafSealer
from bailee.seal.port import Chunk
from bailee.seal.stream import Extent, OpeningReader, SealingWriter, object_aad

KEY = bytes(range(32))
CLIENT = b"client-sixteen-b"
AAD = object_aad(CLIENT, "object", b"object-sixteen-b", 1)


@dataclass
class Memory:
    """Stored bytes; remembers what was asked of them."""

    stored: bytes
    asked: list[tuple[int, int]] = field(default_factory=list)

    def size(self) -> int:
        return len(self.stored)

    def read_at(self, offset: int, size: int) -> Chunk:
        self.asked.append((offset, size))
        return self.stored[offset : offset + size]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What sealing left behind: the stored bytes and what the row says of them."""

    stored: bytes
    extent: Extent
    commitment: bytes

    def reader(
        self, *, key: bytes = KEY, aad: bytes = AAD, source: Memory | None = None
    ) -> OpeningReader:
        return OpeningReader(
            LeafOpener(key),
            aad,
            source or Memory(self.stored),
            extent=self.extent,
            commitment=self.commitment,
        )


def counted(start: int = 0) -> Entropy:
    """Entropy that repeats itself, for tests and vectors alone."""
    state = start

    def draw(size: int) -> bytes:
        nonlocal state
        state += 1
        return bytes((state * 37 + at) % 256 for at in range(size))

    return draw


def make(
    chunks: Iterable[Chunk],
    *,
    pad: bool = False,
    key: bytes = KEY,
    aad: bytes = AAD,
    entropy: Entropy | None = None,
) -> Made:
    writer = SealingWriter(LeafSealer(key), aad, pad=pad, entropy=entropy or counted())
    stored = b"".join(map(bytes, writer.seal(chunks)))
    return Made(stored=stored, extent=writer.extent, commitment=writer.commitment)
