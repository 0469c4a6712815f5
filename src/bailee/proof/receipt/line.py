"""Leaves of lines and values: what a batch commits to, salted, and how stored text is read.

    leaf = salt[16] ‖ i64(event) ‖ i64(receipt) ‖ u32(n) ‖ u32 ordinals[n] ‖ text      nanoseconds
    C    = HMAC(r, enc("value", client, epoch, kind, raw))
    bind = enc("bind", batch, block, ordinal, kind, commitment, salt[16])

Both are leaves of Merkle trees of RFC 6962, one pair of trees for each block.  The text holds marks
where values stood; `received` puts values back and undoes the escapes.  spec/batch.md
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hmac import digest
from itertools import islice

from bailee.encoding import enc
from bailee.proof.malformed import Malformed

SALT_BYTES = 16
COMMITMENT_BYTES = 32
MARKER = b"\x1a"
KIND_BASE = 0x40
SECRET_KIND = 18
SECRET_LETTER = bytes((KIND_BASE + SECRET_KIND,))
NONCE_BYTES = 32
_TIMES = struct.Struct(">qqI")  # signed times: a line may say that it is older than 1970
_WORD_BYTES = 4
# A copy of the scanner's list: this package ships alone.  A test compares the two.
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

# A leaf has up to 8 MiB, each second byte a mark.  Expressions that run in C, over the whole text,
# keep that to a fraction of a second; a step of Python for each mark took 12 seconds and more.
_ESCAPE = re.compile(rb"\x1a(?:\x1a|x([89a-f][0-9a-f]))")
_KIND = re.compile(rb"\x1a([\x41-\x77])")
_STRETCH = re.compile(rb"((?:[^\x1a]++|\x1a\x1a|\x1ax[89a-f][0-9a-f])*+)(?:\x1a([\x41-\x77]))?+")


def line_leaf(
    *, salt: bytes, event_ns: int, receipt_ns: int, ordinals: Sequence[int], text: bytes
) -> bytes:
    """Lay out the leaf of one line.  Malformed when a number does not fit its field."""
    if len(salt) != SALT_BYTES:
        raise Malformed("line")
    try:
        times = _TIMES.pack(event_ns, receipt_ns, len(ordinals))
        return salt + times + struct.pack(f">{len(ordinals)}I", *ordinals) + text
    except struct.error:
        raise Malformed("line") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Line as its leaf gives it."""

    event_ns: int
    receipt_ns: int
    ordinals: tuple[int, ...]
    text: bytes = field(repr=False)

    def kinds(self) -> dict[int, int]:
        """Map each ordinal to its kind; Malformed when marks and ordinals do not agree."""
        letters = marks(self.text).replace(SECRET_LETTER, b"")  # a secret has no ordinal
        if len(letters) != len(self.ordinals):
            raise Malformed("line")
        # One value has one kind: else it could be opened as whichever its commitment fits.
        found = dict(zip(self.ordinals, letters, strict=True))
        if bytes(map(found.__getitem__, self.ordinals)) != letters:
            raise Malformed("line")
        return {ordinal: letter - KIND_BASE for ordinal, letter in found.items()}


def read_leaf(leaf: bytes) -> Line:
    """Parse what `line_leaf` laid out; Malformed when it is shorter than it says."""
    head = SALT_BYTES + _TIMES.size
    # nothing ends the text, so a leaf may be any longer, but never shorter than its head
    if len(leaf) < head:
        raise Malformed("line")
    event_ns, receipt_ns, count = _TIMES.unpack(leaf[SALT_BYTES:head])
    # compared before anything is unpacked: the count is 32 bits of the hostile leaf's own
    at = head + _WORD_BYTES * count
    if len(leaf) < at:
        raise Malformed("line")
    ordinals = struct.unpack(f">{count}I", leaf[head:at])
    return Line(event_ns=event_ns, receipt_ns=receipt_ns, ordinals=ordinals, text=leaf[at:])


def value_commitment(*, r: bytes, client: bytes, epoch: int, kind: int, raw: bytes) -> bytes:
    """Compute the commitment to a value (C).  Malformed when `r` is not 32 bytes."""
    # HMAC pads and hashes keys of other lengths: two of them would open one commitment
    if len(r) != NONCE_BYTES:
        raise Malformed("nonce")
    return digest(r, enc("value", client, epoch, kind, raw), "sha256")


def bind_leaf(
    *, batch: bytes, block: int, ordinal: int, kind: int, commitment: bytes, salt: bytes
) -> bytes:
    """Lay out the leaf of one value.  Malformed when commitment or salt has another length."""
    if len(commitment) != COMMITMENT_BYTES or len(salt) != SALT_BYTES:
        raise Malformed("line")
    return enc("bind", batch, block, ordinal, kind, commitment, salt)


def marks(text: bytes) -> bytes:
    """Return the letters of all marks of values, secrets too, in order.

    Malformed when the text is not of the grammar: an escape that was not needed is none.
    """
    # Escapes first: read from the left, no byte of one can be the start of a mark.  What is left
    # of the marker then belongs to marks of values, or to nothing.
    bare = _ESCAPE.sub(b"", text)
    found = _KIND.findall(bare)
    if len(found) != bare.count(MARKER):
        raise Malformed("line")
    return b"".join(found)


def parts(text: bytes) -> Iterator[bytes | int]:
    """Split stored text: received bytes, and the kind of each value between them.

    Begins and ends with bytes, which may be none.  Malformed, before it gives anything, as `marks`.
    """
    # Looked at as a whole first: what is shown of a line must not end in the middle of it.
    count = len(marks(text))
    for found in islice(_STRETCH.finditer(text), count + 1):
        plain, letter = found.groups()
        yield _ESCAPE.sub(_escaped, plain) if MARKER in plain else plain
        if letter is not None:
            yield letter[0] - KIND_BASE


def _escaped(mark: re.Match[bytes]) -> bytes:
    """Return the byte that an escape stands for: a high one in hex, or the marker itself."""
    return bytes.fromhex(mark[1].decode()) if mark[1] else MARKER


def received(text: bytes, values: Sequence[bytes]) -> bytes:
    """Return the bytes of a line as they were received, without what ended it.

    `values` holds one for each mark, secrets too.  Malformed when there are more or fewer.
    """
    found = list(parts(text))
    if len(found) != 2 * len(values) + 1:
        raise Malformed("line")
    out = [found[0]]
    for value, plain in zip(values, found[2::2], strict=True):
        out += (value, plain)
    return b"".join(part for part in out if isinstance(part, bytes))
