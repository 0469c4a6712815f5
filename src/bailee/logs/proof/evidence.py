"""Evidence: what a receipt takes of an opened block: a line with its path, values with theirs.

Pure.  Salts of a whole block are made here to hash it, and only those of what is proven leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bailee.errors import Damaged
from bailee.logs.store import commitment
from bailee.logs.store.segment import Block, IdentifierMap
from bailee.proof.receipt.line import line_leaf
from bailee.proof.receipt.line_receipt import OpenedValue
from bailee.seal.salts import SALT_BYTES, line_salts, value_salts
from bailee.vault.model import ValueOpening


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Evidence: one line of an opened block."""

    batch: bytes
    number: int
    """Of the block within its batch."""
    index: int
    """Of the line within its block."""
    receipt_ns: int
    block: Block = field(repr=False)

    @property
    def ordinals(self) -> list[int]:
        """Which values the line names."""
        stored = self.block.stored
        first, stop = stored.firsts[self.index : self.index + 2].tolist()
        found: list[int] = stored.ordinals[first:stop].tolist()
        return found

    def leaf(self) -> bytes:
        """Encode the line's leaf, which the root over the lines commits to."""
        stored, at = self.block.stored, self.index
        # Only up to this line: salts are one stream, of which a stretch has to be made from the
        # start.
        salts = line_salts(self.block.note.key, self.batch, at + 1)
        return line_leaf(
            salt=salts[SALT_BYTES * at :],
            event_ns=int(self.block.event_ns[at]),
            receipt_ns=self.receipt_ns,
            ordinals=self.ordinals,
            text=stored.body[stored.starts[at] : stored.starts[at + 1]].tobytes(),
        )

    def path(self) -> tuple[bytes, ...]:
        """Return the path from the line to the root over the lines."""
        block = self.block
        hashes = commitment.line_hashes(
            block.note.key, self.batch, block.stored, block.event_ns, self.receipt_ns
        )
        return commitment.path(hashes, self.index)

    def named(self, names: IdentifierMap) -> dict[bytes, int]:
        """Return the ordinal of each token in the line; Damaged when the map lacks one."""
        if max(self.ordinals, default=-1) >= len(names.kinds):
            raise Damaged("errors_logs.segment-malformed")
        return {names.tokens[ordinal].tobytes(): ordinal for ordinal in self.ordinals}

    def opened(
        self, names: IdentifierMap, openings: Mapping[int, ValueOpening]
    ) -> tuple[OpenedValue, ...]:
        """Lay out values of the line, each with the way to the root over the values."""
        # Nothing of the values is hashed, and nothing of them leaves.
        if not openings:
            return ()
        key, count = self.block.note.key, len(names.kinds)
        kinds = np.ascontiguousarray(names.kinds)
        # Of the whole block, for the paths; of the others only hashes leave, each over a salt of
        # its own.
        hashes = commitment.bind_hashes(key, self.batch, self.number, kinds, names.commitments)
        salts = value_salts(key, self.batch, count)
        return tuple(
            OpenedValue(
                ordinal=ordinal,
                salt=salts[SALT_BYTES * ordinal : SALT_BYTES * (ordinal + 1)],
                r=openings[ordinal].r,
                raw=openings[ordinal].raw,
                path=commitment.path(hashes, ordinal),
            )
            for ordinal in sorted(openings)
        )
