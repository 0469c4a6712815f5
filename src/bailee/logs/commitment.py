"""What a block commits to: a root over its salted lines, a root over its values' commitments.

Both roots go into the ledger.  A line is then proven received with every neighbour unguessable,
for all salts come from a key inside the sealed text; a value is opened by its salt and its own
random nonce, which the vault holds.  `proof.line` says the layouts, spec/batch.md gives examples.
"""

import numpy as np
import numpy.typing as npt

from bailee.encoding import enc
from bailee.logs.kernels import digest
from bailee.logs.placeholder import Stored
from bailee.proof.line import COMMITMENT_BYTES
from bailee.proof.merkle import EMPTY_ROOT, inclusion_proof, leaf_hash
from bailee.scan.leaf import Lines, leaf_hashes, tree_root
from bailee.seal.salts import SALT_BYTES, line_salts, value_salts

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

_FIXED_BYTES = 37
"""Of a line's message: the zero byte, salt, times and count."""
_NODE_ROOM = 128
_NUMBER_BYTES = 8


def line_hashes(
    key: bytes, batch: bytes, stored: Stored, event_ns: Numbers, receipt_ns: int
) -> Bytes:
    """Hash the leaf of every line: (n + 1, 32), of which the last row is scratch."""
    count = stored.lines
    salts = np.frombuffer(line_salts(key, batch, count), np.uint8)
    if not digest.AVAILABLE:
        return _line_hashes_slowly(salts, stored, event_ns, receipt_ns)
    sizes = np.diff(stored.starts).astype(np.int64) + 4 * np.diff(stored.firsts)
    room = _FIXED_BYTES + int(sizes.max(initial=0)) + digest.FRAME_BYTES
    scratch = np.empty(digest.STATE_BYTES + 2 * room, np.uint8)
    out = np.empty((count + 1, digest.HASH_BYTES), np.uint8)
    digest.hash_lines(
        int(salts.ctypes.data),
        int(event_ns.ctypes.data),
        receipt_ns,
        int(stored.firsts.ctypes.data),
        int(stored.ordinals.ctypes.data),
        int(stored.body.ctypes.data),
        int(stored.starts.ctypes.data),
        count,
        int(scratch.ctypes.data),
        room,
        int(out.ctypes.data),
    )
    return out


def _line_hashes_slowly(salts: Bytes, stored: Stored, event_ns: Numbers, receipt_ns: int) -> Bytes:
    lines = Lines(
        salts=salts.reshape(-1, SALT_BYTES),
        event_ms=event_ns,
        receipt_ms=np.full(stored.lines, receipt_ns),
        ordinal_starts=stored.firsts.astype(np.int64),
        ordinals=stored.ordinals,
        text=stored.body,
        text_starts=stored.starts.astype(np.int64),
    )
    return np.vstack([leaf_hashes(lines, cpu=False), np.zeros((1, digest.HASH_BYTES), np.uint8)])


def bind_hashes(key: bytes, batch: bytes, block: int, kinds: Bytes, commitments: Bytes) -> Bytes:
    """Hash the leaf of every value of a block, by ordinal; one row of scratch as for lines."""
    front = enc("bind", batch, block, 0, 0, bytes(COMMITMENT_BYTES), bytes(SALT_BYTES))
    count = len(kinds)
    salts = np.frombuffer(value_salts(key, batch, count), np.uint8)
    records = np.empty((count + 1, len(front)), np.uint8)
    records[:] = np.frombuffer(front, np.uint8)
    salt_at = len(front) - SALT_BYTES
    commitment_at = salt_at - _NUMBER_BYTES - COMMITMENT_BYTES
    kind_at = commitment_at - 2 * _NUMBER_BYTES
    ordinal_at = kind_at - 2 * _NUMBER_BYTES
    records[:count, salt_at:] = salts.reshape(-1, SALT_BYTES)
    records[:count, commitment_at : commitment_at + COMMITMENT_BYTES] = commitments
    records[:count, kind_at : kind_at + _NUMBER_BYTES] = _be64(kinds)
    records[:count, ordinal_at : ordinal_at + _NUMBER_BYTES] = _be64(np.arange(count))
    if not digest.AVAILABLE:
        hashed = b"".join(leaf_hash(record.tobytes()) for record in records)
        return np.frombuffer(bytearray(hashed), np.uint8).reshape(-1, digest.HASH_BYTES)
    room = len(front) + 1 + digest.FRAME_BYTES
    scratch = np.empty(digest.STATE_BYTES + 2 * room, np.uint8)
    out = np.empty((count + 1, digest.HASH_BYTES), np.uint8)
    digest.hash_records(
        int(records.ctypes.data),
        len(front),
        count,
        int(scratch.ctypes.data),
        room,
        int(out.ctypes.data),
    )
    return out


def _be64(numbers: npt.NDArray[np.integer]) -> Bytes:
    return numbers.astype(">u8").view(np.uint8).reshape(-1, _NUMBER_BYTES)


def root(hashes: Bytes) -> bytes:
    """Fold what `line_hashes` or `bind_hashes` gave to its root; the hashes are used up."""
    count = len(hashes) - 1
    if not count:
        return EMPTY_ROOT
    if not digest.AVAILABLE:
        return tree_root(hashes[:count], cpu=False)
    scratch = np.empty(digest.STATE_BYTES + 2 * _NODE_ROOM, np.uint8)
    digest.fold(int(hashes.ctypes.data), count, int(scratch.ctypes.data))
    return bytes(hashes[0])


def path(hashes: Bytes, index: int) -> tuple[bytes, ...]:
    """Make the path from one leaf to the root; the hashes stay as they are."""
    count = len(hashes) - 1

    def node(level: int, at: int) -> bytes:
        below = hashes[at << level : min((at + 1) << level, count)]
        return root(np.vstack([below, below[:1]]))

    return inclusion_proof(index, count, node)
