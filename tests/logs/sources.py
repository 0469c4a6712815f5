"""Sources in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Held:
    """Bytes under an address; remembers what it was told is durable."""

    text: bytes
    address: str = "/var/log/web.log"
    lasting: bool = True
    chunk: int = 100_000
    told: list[int] = field(default_factory=list)

    def read(self, offset: int) -> Iterator[bytes]:
        for at in range(offset, len(self.text), self.chunk):
            yield self.text[at : at + self.chunk]

    def taken(self, end: int) -> None:
        self.told.append(end)
