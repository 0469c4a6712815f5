"""Leaves of log lines, salted, and the root over them, in batches: spec/batch.md.

    leaf_i = salt_i ‖ i64(t_event) ‖ i64(t_receipt) ‖ u32(n_i) ‖ u32 ordinals[n_i] ‖ text_i
    hash_i = SHA-256(0x00 ‖ leaf_i)        node = SHA-256(0x01 ‖ left ‖ right)        (RFC 6962)

Integers are big-endian.  With the CPU's instructions a line costs 0.2 to 0.3 µs, through hashlib
twice that and more; both give the same bytes.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bailee.logs.kernels.wide import copy, put_be64, swap32, zero
from bailee.logs.store.kernels import sha
from bailee.logs.store.kernels.sha import (
    FRAME_BYTES,
    HASH_BYTES,
    PADDING,
    STATE_BYTES,
    hash_two,
    pad,
)
from bailee.scan.vm.machine import i64, kernel, piece, put8, put32, put64, u32

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.uint32]

# 128 bits: who holds the leaf of one line cannot try what its neighbours may say.
SALT_BYTES = 16
_FIXED_BYTES = 37
"""Of a line's message: the zero byte, salt, times and count."""
_NODE_ROOM = 128
_COPY_BYTES = 64
"""How far a copy may read beyond its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeafLines:
    """Lines to commit to; row i is line i."""

    salts: Bytes
    """(n, 16)"""
    event: Numbers
    receipt: int
    """Of all lines: they came in together."""
    ordinal_starts: Places
    """(n + 1): the ordinals of line i are `ordinals[ordinal_starts[i] : ordinal_starts[i + 1]]`."""
    ordinals: Places
    text: Bytes
    """Readable 64 bytes beyond the last line."""
    text_starts: Places
    """(n + 1), as for the ordinals."""

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.event)


@piece
def _line(
    at: int, salt: int, event: int, receipt: int, ordinals: int, count: int, text: int, size: int
) -> int:
    """Lay out one line leaf after its zero byte; returns its blocks."""
    # RFC 6962: a byte before each leaf and another before each node, so that no node can be shown
    # as a leaf.
    put8(at, 0)
    put64(at + 1, i64(salt))
    put64(at + 9, i64(salt + 8))
    put_be64(at + 17, event)
    put_be64(at + 25, receipt)
    put32(at + 33, swap32(count))
    end = at + 37
    for number in range(count):
        put32(end, swap32(u32(ordinals + 4 * number)))
        end += 4
    # The text last: its copy overshoots, and `pad` then writes the padding over what that left.
    return pad(at, copy(end, text, size) - at)


@kernel
def hash_lines(
    salts: int,
    events: int,
    receipt: int,
    first_ordinals: int,
    ordinals: int,
    text: int,
    starts: int,
    count: int,
    scratch: int,
    room: int,
    out: int,
) -> int:
    """Hash `count` line leaves to `out`, which has room for one more.

    `starts` and `first_ordinals` are u32 columns with one more entry than there are lines;
    `scratch` holds two messages of up to `room` bytes and a state before them.
    """
    left = scratch + STATE_BYTES
    right = left + room
    for pair in range(0, count, 2):
        blocks_left = 0
        for side in range(2):
            # Of an odd number the last is hashed twice, beside itself; its second digest falls into
            # the row that `out` has to spare.
            line = min(pair + side, count - 1)
            start = u32(starts + 4 * line)
            first = u32(first_ordinals + 4 * line)
            blocks = _line(
                left if side == 0 else right,
                salts + 16 * line,
                i64(events + 8 * line),
                receipt,
                ordinals + 4 * first,
                u32(first_ordinals + 4 * line + 4) - first,
                text + start,
                u32(starts + 4 * line + 4) - start,
            )
            if side == 0:
                blocks_left = blocks
        hash_two(scratch, left, blocks_left, right, blocks, out + HASH_BYTES * pair)
    return count


@kernel
def hash_records(records: int, size: int, count: int, scratch: int, room: int, out: int) -> int:
    """Hash `count` leaves of one size, side by side at `records`; room as for lines."""
    left = scratch + STATE_BYTES
    right = left + room
    put8(left, 0)
    put8(right, 0)
    for pair in range(0, count, 2):
        copy(left + 1, records + size * pair, size)
        copy(right + 1, records + size * min(pair + 1, count - 1), size)
        blocks = pad(left, size + 1)
        pad(right, size + 1)
        hash_two(scratch, left, blocks, right, blocks, out + HASH_BYTES * pair)
    return count


@kernel
def hash_up(hashes: int, count: int, scratch: int) -> int:
    """Hash pairs in place until the first is the root; as `proof.tree.merkle.root_of` does.

    Needs room for one hash more, and scratch for a state and two messages of 128 bytes.
    """
    left = scratch + STATE_BYTES
    right = left + 128
    # All nodes are 65 bytes: padding and length are written once, for every pair.
    for message in (left, right):
        zero(message + 64)
        put8(message, 1)
        put8(message + 65, PADDING)
        put_be64(message + 120, 8 * 65)
    while count > 1:
        pairs = count // 2
        for pair in range(0, pairs, 2):
            for side in range(2):
                source = hashes + 64 * min(pair + side, pairs - 1)
                target = left + 1 if side == 0 else right + 1
                for word in range(8):
                    put64(target + 8 * word, i64(source + 8 * word))
            hash_two(scratch, left, 2, right, 2, hashes + HASH_BYTES * pair)
        # An odd hash at the end goes up as it is: in RFC 6962 no hash is paired with itself.
        if count & 1:
            for word in range(4):
                put64(hashes + 32 * pairs + 8 * word, i64(hashes + 32 * (count - 1) + 8 * word))
        count = pairs + (count & 1)
    return count


def _at(array: npt.NDArray[np.generic]) -> int:
    return int(array.ctypes.data)


def leaf_hashes(lines: LeafLines, *, cpu: bool | None = None) -> Bytes:
    """Hash every line's leaf: (n + 1, 32), of which the last row is scratch."""
    count = len(lines)
    out = np.empty((count + 1, HASH_BYTES), np.uint8)
    if not (sha.AVAILABLE if cpu is None else cpu):
        return _hashed_slowly(lines, out)
    # One room for the longest line of the batch: messages are laid out in it one after another.
    sizes = np.diff(lines.text_starts).astype(np.int64) + 4 * np.diff(lines.ordinal_starts)
    room = _FIXED_BYTES + int(sizes.max(initial=0)) + FRAME_BYTES
    scratch = np.empty(STATE_BYTES + 2 * room, np.uint8)
    hash_lines(
        _at(lines.salts),
        _at(lines.event),
        lines.receipt,
        _at(lines.ordinal_starts),
        _at(lines.ordinals),
        _at(lines.text),
        _at(lines.text_starts),
        count,
        _at(scratch),
        room,
        _at(out),
    )
    return out


def record_hashes(records: Bytes, *, cpu: bool | None = None) -> Bytes:
    """Hash leaves of one size, (n + 1, size) with a row of scratch: (n + 1, 32), likewise."""
    rows, size = records.shape
    out = np.empty((rows, HASH_BYTES), np.uint8)
    if not (sha.AVAILABLE if cpu is None else cpu):
        for row in range(rows):
            out[row] = _row(hashlib.sha256(b"\0" + records[row].tobytes()).digest())
        return out
    room = size + 1 + FRAME_BYTES
    scratch = np.empty(STATE_BYTES + 2 * room, np.uint8)
    hash_records(_at(records), size, rows - 1, _at(scratch), room, _at(out))
    return out


def tree_root(hashes: Bytes, *, cpu: bool | None = None) -> bytes:
    """Root of (n + 1, 32) leaf hashes by RFC 6962; the last row is scratch, and all are used up."""
    # RFC 6962: the root of nothing is the hash of nothing.
    count = len(hashes) - 1
    if count == 0:
        return hashlib.sha256().digest()
    if not (sha.AVAILABLE if cpu is None else cpu):
        return _rooted_slowly([row.tobytes() for row in hashes[:count]])
    scratch = np.empty(STATE_BYTES + 2 * _NODE_ROOM, np.uint8)
    hash_up(_at(hashes), count, _at(scratch))
    return bytes(hashes[0])


def _row(digest: bytes) -> Bytes:
    return np.frombuffer(digest, np.uint8)


# The same in plain Python, for CPUs without the instructions; a test compares the two, so that a
# home may move between machines and its roots stay what they were.
def _hashed_slowly(lines: LeafLines, out: Bytes) -> Bytes:
    text = lines.text.tobytes()
    ordinals = lines.ordinals.astype(">u4")
    salts = lines.salts.reshape(-1, SALT_BYTES)
    for k in range(len(lines)):
        own = ordinals[lines.ordinal_starts[k] : lines.ordinal_starts[k + 1]]
        leaf = hashlib.sha256(b"\0")
        leaf.update(salts[k].tobytes())
        leaf.update(int(lines.event[k]).to_bytes(8, "big", signed=True))
        leaf.update(lines.receipt.to_bytes(8, "big", signed=True))
        leaf.update(len(own).to_bytes(4, "big") + own.tobytes())
        leaf.update(text[lines.text_starts[k] : lines.text_starts[k + 1]])
        out[k] = _row(leaf.digest())
    return out


def _rooted_slowly(level: list[bytes]) -> bytes:
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        paired = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        level = paired + level[len(paired) * 2 :]
    return level[0]
