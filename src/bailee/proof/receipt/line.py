"""What a batch commits to: its lines, salted, and its values, one for each ordinal of a block.

    leaf = salt[16] ‖ i64(event) ‖ i64(receipt) ‖ u32(n) ‖ u32 ordinals[n] ‖ text      nanoseconds
    C    = HMAC(r, enc("value", client, epoch, kind, raw))
    bind = enc("bind", batch, block, ordinal, kind, commitment, salt[16])

Both are leaves of Merkle trees of RFC 6962, one pair for each block.  The text holds marks where
values stood; `received` puts values back and undoes the escapes.  spec/batch.md
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import digest

from bailee.encoding import enc
from bailee.proof.malformed import Malformed

SALT_BYTES = 16
COMMITMENT_BYTES = 32
MARKER = 0x1A
RAW = 0x78
KIND_BASE = 0x40
SECRET_KIND = 18
NONCE_BYTES = 32
_TIMES = struct.Struct(">qqI")
_WORD_BYTES = 4
KINDS = dict(
    enumerate(
        (
            *("email", "phone", "person_name", "username", "national_id", "iban", "card"),
            *("ipv4", "ipv6", "mac", "client_host", "uuid", "device_id", "session_id"),
            *("user_id", "user_agent", "geo", "secret"),
        ),
        start=1,
    )
)
"""What a kind is called; a number that is not here came with a later version."""
_RAW_BYTES = 4
_FIRST_HIGH = 0x80
_HEX = b"0123456789abcdef"


def line_leaf(
    *, salt: bytes, event_ns: int, receipt_ns: int, ordinals: Sequence[int], text: bytes
) -> bytes:
    """Lay out the leaf of one line."""
    if len(salt) != SALT_BYTES:
        raise Malformed("line")
    try:
        times = _TIMES.pack(event_ns, receipt_ns, len(ordinals))
        return salt + times + struct.pack(f">{len(ordinals)}I", *ordinals) + text
    except struct.error:
        raise Malformed("line") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the leaf of a line says."""

    event_ns: int
    receipt_ns: int
    ordinals: tuple[int, ...]
    text: bytes = field(repr=False)

    def kinds(self) -> dict[int, int]:
        """Give the kind of each ordinal; Malformed when marks and ordinals do not agree."""
        marks = [part for part in parts(self.text) if isinstance(part, int)]
        kinds = [kind for kind in marks if kind != SECRET_KIND]
        if len(kinds) != len(self.ordinals):
            raise Malformed("line")
        found = dict(zip(self.ordinals, kinds, strict=True))
        if any(found[ordinal] != kind for ordinal, kind in zip(self.ordinals, kinds, strict=True)):
            raise Malformed("line")
        return found


def read_leaf(leaf: bytes) -> Line:
    """Read what `line_leaf` laid out; Malformed when it is shorter than it says."""
    head = SALT_BYTES + _TIMES.size
    if len(leaf) < head:
        raise Malformed("line")
    event_ns, receipt_ns, count = _TIMES.unpack(leaf[SALT_BYTES:head])
    at = head + _WORD_BYTES * count
    if len(leaf) < at:
        raise Malformed("line")
    ordinals = struct.unpack(f">{count}I", leaf[head:at])
    return Line(event_ns=event_ns, receipt_ns=receipt_ns, ordinals=ordinals, text=leaf[at:])


def value_commitment(*, r: bytes, client: bytes, epoch: int, kind: int, raw: bytes) -> bytes:
    """Commit to a value; `r` is exactly 32 bytes, or two of them would open one commitment."""
    if len(r) != NONCE_BYTES:
        raise Malformed("nonce")
    return digest(r, enc("value", client, epoch, kind, raw), "sha256")


def bind_leaf(
    *, batch: bytes, block: int, ordinal: int, kind: int, commitment: bytes, salt: bytes
) -> bytes:
    """Lay out the leaf of one value."""
    if len(commitment) != COMMITMENT_BYTES or len(salt) != SALT_BYTES:
        raise Malformed("line")
    return enc("bind", batch, block, ordinal, kind, commitment, salt)


def parts(text: bytes) -> list[bytes | int]:
    """Take stored text apart: received bytes, and the kind of each value between them.

    Malformed when it is not of the grammar: an escape that was not needed is none.
    """
    out: list[bytes | int] = []
    plain = bytearray()
    at = 0
    while at < len(text):
        found = text.find(MARKER, at)
        if found < 0:
            found = len(text)
        plain += text[at:found]
        at = found
        if at == len(text):
            break
        size, meant = _mark(text[at : at + _RAW_BYTES])
        if isinstance(meant, int):
            out += (bytes(plain), meant)
            plain.clear()
        else:
            plain += meant
        at += size
    return [*out, bytes(plain)]


def _mark(mark: bytes) -> tuple[int, bytes | int]:
    """Read one mark: its length, and the byte or the kind that it means."""
    letter = mark[1] if len(mark) > 1 else -1
    if letter == MARKER:
        return 2, bytes((MARKER,))
    if letter != RAW:
        if not KIND_BASE < letter < RAW:
            raise Malformed("line")
        return 2, letter - KIND_BASE
    if len(mark) < _RAW_BYTES or any(digit not in _HEX for digit in mark[2:]):
        raise Malformed("line")
    value = _HEX.index(mark[2]) << 4 | _HEX.index(mark[3])
    if value < _FIRST_HIGH:
        raise Malformed("line")
    return _RAW_BYTES, bytes((value,))


def received(text: bytes, values: Sequence[bytes]) -> bytes:
    """Give the bytes of a line as they were received, without what ended it.

    `values` holds one for each mark, secrets too.  Malformed when there are more or fewer.
    """
    found = parts(text)
    if len(found) != 2 * len(values) + 1:
        raise Malformed("line")
    out = [found[0]]
    for value, plain in zip(values, found[2::2], strict=True):
        out += (value, plain)
    return b"".join(part for part in out if isinstance(part, bytes))
