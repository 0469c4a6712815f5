"""Receipts of lines: what a batch committed to of one line, and the receipt of the batch's entry.

    bailee/v1/line-receipt
    number <of the line within its batch, from 1>
    line <its leaf>
    <path to the lines root of its block>…
    client <whose values they are>                      only when a value is opened
    value <ordinal> <salt ‖ r> <raw>                    each opened value, by rising ordinal
    <path to the values root of its block>…

    <the receipt of the entry: a tlog-proof>

Nothing stands there twice: block, kind and commitment follow from the rest, so that nothing can
disagree.  Nobody signs these lines; each counts only as far as it hashes to what the entry holds.
spec/receipt.md
"""

import base64
from dataclasses import dataclass, field

from bailee.proof.malformed import Malformed
from bailee.proof.receipt.batch import id_text, read_id
from bailee.proof.receipt.line import NONCE_BYTES, SALT_BYTES
from bailee.proof.receipt.receipt import Receipt, read_receipt
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.merkle import HASH_BYTES, PATH_MAX
from bailee.proof.tree.note import unbase64

HEADER = "bailee/v1/line-receipt"
VALUES_MAX = 256
"""Opened values of one receipt: a line that names more people than this is opened in several."""
LEAF_BYTES_MAX = 8 << 20
"""A line of 1 MiB, each byte an escape of four, or each second byte a value with its ordinal."""
RAW_BYTES_MAX = 1 << 20
LINE_RECEIPT_BYTES_MAX = 16 << 20
"""The largest leaf in base64, values as long as a line together, and the entry's receipt."""

_HEAD_LINES = 3
_LINES_MAX = _HEAD_LINES + PATH_MAX + 1 + (VALUES_MAX + 1) * (1 + PATH_MAX)
"""More than the longest receipt has: millions of empty lines would be millions of objects."""
_HASH_CHARS = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedValue:
    """Value of the line, opened: what its commitment was made of, and the path to the root."""

    ordinal: int
    salt: bytes
    r: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReceipt:
    """Receipt of a line: its leaf and place, some of its values, the receipt of the entry."""

    number: int
    leaf: bytes = field(repr=False)
    path: tuple[bytes, ...]
    client: bytes
    values: tuple[OpenedValue, ...]
    entry: Receipt

    def encode(self) -> bytes:
        """Encode it, as a file."""
        lines = [HEADER, f"number {self.number}", f"line {_base64(self.leaf)}"]
        lines += map(_base64, self.path)
        if self.values:
            lines.append(f"client {id_text('cl-', self.client)}")
        for value in self.values:
            nonces = _base64(value.salt + value.r)
            lines.append(f"value {value.ordinal} {nonces} {_base64(value.raw)}")
            lines += map(_base64, value.path)
        return "".join(f"{line}\n" for line in (*lines, "")).encode() + self.entry.encode()


def read_line_receipt(blob: bytes) -> LineReceipt:
    """Parse a receipt of a line; Malformed when its form is wrong."""
    # Bounds first, then ASCII, then lines: each makes the next step cheap on hostile bytes.
    if len(blob) > LINE_RECEIPT_BYTES_MAX:
        raise Malformed("receipt_size", limit=LINE_RECEIPT_BYTES_MAX)
    # at the first empty line; the entry's receipt behind it has one of its own
    head, blank, entry = blob.partition(b"\n\n")
    if not blank or not head.isascii() or head.count(b"\n") > _LINES_MAX:
        raise Malformed("line_receipt")
    lines = head.decode().split("\n")
    if len(lines) < _HEAD_LINES or lines[0] != HEADER:
        raise Malformed("line_receipt")
    # numbers count from 1, as people count lines, so 0 would be a second way to miss
    number, leaf = read_size(_after("number ", lines[1])), _unbase64(_after("line ", lines[2]))
    if not number or len(leaf) > LEAF_BYTES_MAX:
        raise Malformed("line_receipt")
    path, rest = _path(lines[_HEAD_LINES:])
    client = read_id("cl-", _after("client ", rest[0]), "line_receipt") if rest else b""
    values = _values(rest[1:])
    # a client with nothing to open would be a second form of the same receipt
    if bool(values) != bool(client):
        raise Malformed("line_receipt")
    return LineReceipt(
        number=number,
        leaf=leaf,
        path=path,
        client=client,
        values=values,
        entry=read_receipt(entry),
    )


def _path(lines: list[str]) -> tuple[tuple[bytes, ...], list[str]]:
    """Parse the hashes at the front of the lines; return them, and the lines that are left."""
    # a line of a hash has no space, all that can follow a path has one: no count is needed
    count = next((at for at, line in enumerate(lines) if " " in line), len(lines))
    # the length before the decoding: a line may be megabytes of base64
    if count > PATH_MAX or any(len(line) != _HASH_CHARS for line in lines[:count]):
        raise Malformed("line_receipt")
    path = tuple(_unbase64(line) for line in lines[:count])
    if any(len(step) != HASH_BYTES for step in path):
        raise Malformed("line_receipt")
    return path, lines[count:]


def _values(lines: list[str]) -> tuple[OpenedValue, ...]:
    found: list[OpenedValue] = []
    while lines:
        words = _after("value ", lines[0]).split(" ")
        path, lines = _path(lines[1:])
        found.append(_value(words, path))
        # counted while reading, so that the first beyond the limit ends it
        if len(found) > VALUES_MAX:
            raise Malformed("line_values", limit=VALUES_MAX)
    # rising, so that no value is opened twice and one receipt has one form
    ordinals = [value.ordinal for value in found]
    if ordinals != sorted(set(ordinals)):
        raise Malformed("line_receipt")
    return tuple(found)


def _value(words: list[str], path: tuple[bytes, ...]) -> OpenedValue:
    try:
        ordinal, nonces, raw = words
    except ValueError:
        raise Malformed("line_receipt") from None
    # Lengths exactly: HMAC would take `r` with a zero more for the same key, and a salt that ran
    # into it would let two receipts open one value.
    both, value = _unbase64(nonces), _unbase64(raw)
    if len(both) != SALT_BYTES + NONCE_BYTES or not 0 < len(value) <= RAW_BYTES_MAX:
        raise Malformed("line_receipt")
    return OpenedValue(
        ordinal=read_size(ordinal),
        salt=both[:SALT_BYTES],
        r=both[SALT_BYTES:],
        raw=value,
        path=path,
    )


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise Malformed("line_receipt")
    return line.removeprefix(word)


def _unbase64(text: str) -> bytes:
    return unbase64(text, "line_receipt")


def _base64(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
