"""Backups in memory: members, destinations, sources that remember or fail."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bailee import errors
from bailee.backup.archive import Member


@dataclass
class Held:
    data: bytes
    closed: bool = False

    def size(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def close(self) -> None:
        self.closed = True


@dataclass
class Hollow:
    """A file of any size that holds only zeros: 9 GiB cost nothing."""

    length: int

    def size(self) -> int:
        return self.length

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(min(length, self.length - offset))

    def close(self) -> None:
        pass


def member(name: str, data: bytes) -> Member:
    return Member(name=name, open=lambda: Held(data))


@dataclass
class Stream:
    """Bytes read once, from the beginning to the end."""

    data: bytes
    at: int = 0

    def read(self, size: int, /) -> bytes:
        part = self.data[self.at : self.at + size]
        self.at += len(part)
        return part


@dataclass
class Shelf:
    """A destination in memory; `full` takes nothing, `rotten` gives back one bit wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    full: bool = False
    rotten: bool = False

    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int:
        if self.full:
            raise errors.CannotRecord("errors_objects_store.not-writable", code="ENOSPC")
        data = bytearray(b"".join(map(bytes, chunks)))
        if self.rotten:
            data[len(data) // 2] ^= 1
        self.files[name] = bytes(data)
        return len(data)

    def open(self, name: str) -> Held:
        if name not in self.files:
            raise errors.NotFound("errors_objects_store.missing")
        return Held(self.files[name])

    def names(self) -> Iterator[str]:
        return iter(sorted(self.files))

    def delete(self, name: str) -> bool:
        return self.files.pop(name, None) is not None
