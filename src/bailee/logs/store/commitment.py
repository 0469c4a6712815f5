"""Commitment: what a block commits to: a root over its salted lines, and one over its values.

Both roots go into the ledger.  A line is then proven received with every neighbour unguessable,
for all salts come from a key inside the sealed text; a value is opened by its salt and its own
random nonce, which the vault holds.  `proof.line` says the layouts, spec/batch.md gives examples.
"""

import numpy as np
import numpy.typing as npt

from bailee.encoding import enc
from bailee.logs.store.kernels.leaf import LeafLines, leaf_hashes, record_hashes, tree_root
from bailee.logs.store.placeholder import StoredBlock
from bailee.proof.receipt.line import COMMITMENT_BYTES
from bailee.proof.tree.merkle import inclusion_proof
from bailee.seal.salts import SALT_BYTES, line_salts, value_salts

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

_NUMBER_BYTES = 8


def line_hashes(
    key: bytes, batch: bytes, stored: StoredBlock, event_ns: Numbers, receipt_ns: int
) -> Bytes:
    """Hash the leaf of every line: (n + 1, 32), of which the last row is scratch.

    Times are nanoseconds since 1970; `key` is the block's, from its note.
    """
    salts = np.frombuffer(line_salts(key, batch, stored.lines), np.uint8)
    return leaf_hashes(
        LeafLines(
            salts=salts,
            event=event_ns,
            receipt=receipt_ns,
            ordinal_starts=stored.firsts,
            ordinals=stored.ordinals,
            text=stored.body,
            text_starts=stored.starts,
        )
    )


def bind_hashes(key: bytes, batch: bytes, block: int, kinds: Bytes, commitments: Bytes) -> Bytes:
    """Hash the leaf of every value of a block, by ordinal; one row of scratch as for lines."""
    front = enc("bind", batch, block, 0, 0, bytes(COMMITMENT_BYTES), bytes(SALT_BYTES))
    count = len(kinds)
    salts = np.frombuffer(value_salts(key, batch, count), np.uint8)
    # One row more than values: the tree is folded in place, and an odd level borrows a row to hash.
    records = np.empty((count + 1, len(front)), np.uint8)
    records[:] = np.frombuffer(front, np.uint8)
    # Counted from the end, field by field as `enc` lays them out: all fields of a value have one
    # width, so every record is the same template with other numbers in it.
    salt_at = len(front) - SALT_BYTES
    commitment_at = salt_at - _NUMBER_BYTES - COMMITMENT_BYTES
    kind_at = commitment_at - 2 * _NUMBER_BYTES
    ordinal_at = kind_at - 2 * _NUMBER_BYTES
    records[:count, salt_at:] = salts.reshape(-1, SALT_BYTES)
    records[:count, commitment_at : commitment_at + COMMITMENT_BYTES] = commitments
    records[:count, kind_at : kind_at + _NUMBER_BYTES] = _be64(kinds)
    records[:count, ordinal_at : ordinal_at + _NUMBER_BYTES] = _be64(np.arange(count))
    return record_hashes(records)


def _be64(numbers: npt.NDArray[np.integer]) -> Bytes:
    return numbers.astype(">u8").view(np.uint8).reshape(-1, _NUMBER_BYTES)


def root(hashes: Bytes) -> bytes:
    """Return the root over what `line_hashes` or `bind_hashes` gave, which is overwritten by it."""
    return tree_root(hashes)


def path(hashes: Bytes, index: int) -> tuple[bytes, ...]:
    """Return the path from one leaf to the root, as RFC 9162 orders it; the hashes stay."""
    count = len(hashes) - 1

    def node(level: int, at: int) -> bytes:
        # A copy of the stretch below, since folding uses up what it is given; together the
        # stretches of one path are the block once.
        below = hashes[at << level : min((at + 1) << level, count)]
        return root(np.vstack([below, below[:1]]))

    return inclusion_proof(index, count, node)
