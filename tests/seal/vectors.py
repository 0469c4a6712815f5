"""The vectors of spec/sealed-object.md: how each is made, written and read.

`python -m tests.seal.vectors` writes them anew from fixed keys and fixed entropy; a test compares.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.seal.memory import counted, make

from bailee.limits import SEGMENT_BYTES
from bailee.seal.layout import BODY_BYTES, FIRST_BYTES, HEADER_BYTES
from bailee.seal.leaf import commit
from bailee.seal.stream import object_aad

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "sealed-object"
_MAGIC = b"bailee sealed-object vector 1\n"


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One file: what the row says, what is stored, and what must come of it."""

    name: str
    about: str
    expect: str
    key: bytes = hashlib.sha256(b"leaf").digest()
    client: bytes = b"client-sixteen-b"
    noun: str = "object"
    id: bytes = b"object-sixteen-b"
    version: int = 1
    commitment: bytes = b""
    true_size: int = 0
    sealed_size: int = 0
    stored: bytes = b""

    @property
    def associated_data(self) -> bytes:
        return object_aad(self.client, self.noun, self.id, self.version)

    def encode(self) -> bytes:
        fields = {
            "about": self.about,
            "expect": self.expect,
            "key": self.key.hex(),
            "client": self.client.hex(),
            "noun": self.noun,
            "id": self.id.hex(),
            "version": self.version,
            "commitment": self.commitment.hex(),
            "true-size": self.true_size,
            "sealed-size": self.sealed_size,
        }
        head = "".join(f"{name}: {value}\n" for name, value in fields.items())
        return _MAGIC + head.encode() + b"\n" + self.stored


def read(path: Path) -> Vector:
    """Read one file."""
    head, _, stored = path.read_bytes().partition(b"\n\n")
    magic, *lines = head.decode().splitlines(keepends=True)
    assert magic.encode() == _MAGIC
    field = dict(line.rstrip("\n").split(": ", 1) for line in lines)
    return Vector(
        name=path.stem,
        about=field["about"],
        expect=field["expect"],
        key=bytes.fromhex(field["key"]),
        client=bytes.fromhex(field["client"]),
        noun=field["noun"],
        id=bytes.fromhex(field["id"]),
        version=int(field["version"]),
        commitment=bytes.fromhex(field["commitment"]),
        true_size=int(field["true-size"]),
        sealed_size=int(field["sealed-size"]),
        stored=stored,
    )


def opens(plaintext: bytes) -> str:
    """Name the outcome of what opens."""
    return f"opens sha256 {hashlib.sha256(plaintext).hexdigest()}"


def valid(name: str, about: str, size: int, *, pad: bool = False, salt: int = 0) -> Vector:
    """Seal so many bytes that anybody can make again."""
    blank = Vector(name=name, about=about, expect="")
    plaintext = hashlib.shake_128(b"bailee").digest(size)
    made = make(
        [plaintext], pad=pad, key=blank.key, aad=blank.associated_data, entropy=counted(salt)
    )
    return replace(
        blank,
        expect=opens(plaintext),
        commitment=made.commitment,
        true_size=made.extent.true_size,
        sealed_size=made.extent.sealed_size,
        stored=made.stored,
    )


def flip(stored: bytes, at: int) -> bytes:
    """Turn the lowest bit of one byte."""
    at %= len(stored)
    return stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]


def _valid() -> Iterator[Vector]:
    yield valid("valid-0", "nothing at all: one segment, which is its tag", 0)
    yield valid("valid-1", "one byte", 1)
    yield valid("valid-segment-minus-1", "one byte less than one segment", FIRST_BYTES - 1)
    yield valid("valid-segment", "exactly one segment, which is the last", FIRST_BYTES)
    yield valid("valid-segment-plus-1", "one byte more than one segment", FIRST_BYTES + 1)
    yield valid("valid-three", "three full segments", FIRST_BYTES + 2 * BODY_BYTES)
    yield valid("valid-padded", "1,000 bytes, padded to 1,024", 1_000, pad=True)


def _cut(whole: Vector) -> Iterator[Vector]:
    """Cut three segments; the row either remembers the whole, or was cut to match."""
    where = {"header": HEADER_BYTES, "segment-1": SEGMENT_BYTES, "segment-2": 2 * SEGMENT_BYTES}
    for after, size in where.items():
        cut = replace(whole, stored=whole.stored[:size], expect="damaged errors_seal.length")
        yield replace(cut, name=f"cut-{after}", about=f"cut after {after}")
        if size == HEADER_BYTES:
            continue
        plain = size - HEADER_BYTES - 16 * (size // SEGMENT_BYTES)
        yield replace(
            cut,
            name=f"cut-{after}-and-row",
            about=f"cut after {after}, the row edited to match",
            expect="damaged errors_seal.segment",
            true_size=plain,
            sealed_size=size,
        )


def _moved(small: Vector) -> Iterator[Vector]:
    other: dict[str, Vector] = {
        "client": replace(small, client=b"another-client-b"),
        "noun": replace(small, noun="segment"),
        "id": replace(small, id=b"another-object-b"),
        "version": replace(small, version=2),
        "key": replace(small, key=hashlib.sha256(b"another leaf").digest()),
    }
    for what, vector in other.items():
        yield replace(
            vector,
            name=f"other-{what}",
            about=f"opened with another {what}",
            expect="damaged errors_seal.key",
        )
        yield replace(
            vector,
            name=f"other-{what}-recommitted",
            about=f"opened with another {what}, the commitment edited to match",
            expect="damaged errors_seal.segment",
            commitment=commit(vector.key, vector.associated_data),
        )


def _flipped(small: Vector, long: Vector) -> Iterator[Vector]:
    fields = {"header-length": 0, "salt": 1, "prefix": 33, "ciphertext": HEADER_BYTES, "tag": -1}
    for field, at in fields.items():
        yield replace(
            small,
            name=f"flipped-{field}",
            about=f"one bit of the {field}",
            expect=f"damaged errors_seal.{'header' if at == 0 else 'segment'}",
            stored=flip(small.stored, at),
        )
    nothing = valid("", "", 0)
    yield replace(
        nothing,
        name="flipped-tag-of-nothing",
        about="one bit of the tag of an empty object",
        expect="damaged errors_seal.segment",
        stored=flip(nothing.stored, -1),
    )
    yield replace(
        long,
        name="flipped-second-segment",
        about="one bit of the second segment",
        expect="damaged errors_seal.segment",
        stored=flip(long.stored, SEGMENT_BYTES),
    )
    row = {
        "commitment": replace(small, commitment=flip(small.commitment, -1)),
        "true-size": replace(small, true_size=small.true_size | 1 << 20),
        "sealed-size": replace(small, sealed_size=small.sealed_size ^ 1),
    }
    for field, vector in row.items():
        yield replace(
            vector,
            name=f"flipped-{field}",
            about=f"one bit of the {field} in the row",
            expect=f"damaged errors_seal.{'key' if field == 'commitment' else 'length'}",
        )


def vectors() -> Iterator[Vector]:
    """Make them all."""
    yield from _valid()
    three = valid("", "", FIRST_BYTES + 2 * BODY_BYTES)
    small = valid("", "", 100)
    yield from _cut(three)
    head, second, third = (
        three.stored[at : at + SEGMENT_BYTES] for at in (0, SEGMENT_BYTES, 2 * SEGMENT_BYTES)
    )
    yield replace(
        three,
        name="reordered",
        about="the second and the third segment in each other's place",
        expect="damaged errors_seal.segment",
        stored=head + third + second,
    )
    stranger = valid("", "", 100, salt=9)
    yield replace(
        small,
        name="swapped-header",
        about="the header of another stream under the same key",
        expect="damaged errors_seal.segment",
        stored=stranger.stored[:HEADER_BYTES] + small.stored[HEADER_BYTES:],
    )
    yield from _moved(small)
    yield from _flipped(small, valid("", "", FIRST_BYTES + 1))


def main() -> int:
    """Write every vector anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.vector"):
        old.unlink()
    for vector in vectors():
        (FOLDER / f"{vector.name}.vector").write_bytes(vector.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
