"""Placeholder codec: redacted text from received bytes and back, over whole blocks.

The marker grammar:

    0x1A K      the next ordinal of the line; K = 0x40 + the number of the value's kind
    0x1A R      a secret: always this, whatever its length (R is 0x40 + 18)
    0x1A 0x1A   the byte 0x1A itself
    0x1A x hh   a byte ≥ 0x80 that is not part of UTF-8, as two lower-case hexadecimal digits

Every received line has one stored form, and every stored form one received line given its values.
spec/batch.md
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bailee.errors import Damaged
from bailee.logs.kernels.hashing import STEP
from bailee.logs.store.kernels import text as kernel
from bailee.logs.store.kernels.text import SECRET_USE, fill_text, read_text
from bailee.logs.store.lines import BlockLines

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]

GROWTH = 4
"""Bytes of stored text that one received byte can become."""
SECRET_SHOWN = b"[secret]"
"""What stands where a secret was, when its bytes are not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlock:
    """Stored block: redacted text of a block's lines, as columns.

    `starts` and `firsts` have one row more than lines: the last is where the last line ends.
    """

    body: Bytes
    starts: Words
    firsts: Words
    """Where each line's ordinals start."""
    ordinals: Words
    marks: Bytes
    returns: bool

    @property
    def lines(self) -> int:
        """How many lines."""
        return len(self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Spans: values as spans of one arena, which has `wide.STEP` readable bytes after its last."""

    arena: int
    starts: Numbers
    ends: Numbers
    kinds: Bytes | None = None

    @property
    def bytes(self) -> int:
        """All lengths together."""
        return int((self.ends - self.starts).sum())


def spans_of(raws: list[bytes], kinds: Bytes) -> tuple[Bytes, Spans]:
    """Lay values side by side; the arena must be kept as long as the spans are used."""
    arena = np.frombuffer(b"".join(raws) + bytes(STEP), np.uint8)
    ends = np.cumsum([0, *map(len, raws)], dtype=np.int64)
    starts, ends = ends[:-1].copy(), ends[1:].copy()
    at = int(arena.ctypes.data)
    return arena, Spans(arena=at, starts=starts, ends=ends, kinds=kinds)


class PlaceholderCodec:
    """Placeholder codec: the buffers that blocks are written and read in, one block at a time.

    Not to be shared between threads: what one block was written to, the next overwrites.
    """

    def __init__(self, capacity: int) -> None:
        # Pages that hostile text never makes us touch are never resident.
        self._text = np.empty(GROWTH * capacity + 2 * STEP, np.uint8)
        self._back = np.empty(capacity + 2 * STEP, np.uint8)

    def write(self, lines: BlockLines, ordinals: Words) -> StoredBlock:
        """Write a block's stored text; its body is good until the next is written."""
        count = lines.count
        # Four bytes suffice: a block has 8 MiB, and one byte becomes four at most.
        starts = np.empty(count + 1, np.uint32)
        firsts = np.empty(count + 1, np.uint32)
        marks = np.empty(count, np.uint8)
        # The worst case, known before the loop: it writes without asking for room. A find of no
        # bytes still becomes a mark of two.
        needed = GROWTH * (lines.end - lines.start) + 2 * len(lines.kinds) + STEP
        if needed > len(self._text):
            self._text = np.empty(needed, np.uint8)
        size = fill_text(
            lines.text,
            int(lines.line_starts.ctypes.data),
            count,
            lines.end,
            int(lines.returns),
            int(lines.find_starts.ctypes.data),
            int(lines.find_ends.ctypes.data),
            int(lines.kinds.ctypes.data),
            int(lines.uses.ctypes.data),
            len(lines.kinds),
            int(self._text.ctypes.data),
            int(starts.ctypes.data),
            int(firsts.ctypes.data),
            int(marks.ctypes.data),
        )
        return StoredBlock(
            body=self._text[:size],
            starts=starts,
            firsts=firsts,
            ordinals=ordinals,
            marks=marks,
            returns=lines.returns,
        )

    def read(
        self,
        stored: StoredBlock,
        values: Spans,
        secrets: Spans | None = None,
        ends: Words | None = None,
    ) -> Bytes:
        """Write a block's received bytes; good until the next is read.

        Without `secrets` each shows as `[secret]`.  `ends` takes where each line ends.  Damaged
        when the text is not of the grammar or does not fit its ordinals.
        """
        # Padded, for the loop copies eight bytes at a time.
        shown = np.frombuffer(SECRET_SHOWN.ljust(STEP), np.uint8)
        constant = Spans(
            arena=int(shown.ctypes.data),
            starts=np.zeros(1, np.int64),
            ends=np.array([len(SECRET_SHOWN)]),
        )
        given = constant if secrets is None else secrets
        # Asked once for the block, so that the loop need not ask at each mark: an ordinal out of
        # range would read memory that is no value.
        if len(stored.ordinals) and stored.ordinals.max() >= len(values.starts):
            raise Damaged("errors_logs.text-malformed")
        used = (values.ends - values.starts)[stored.ordinals]
        # What the text and its values can become at most; two bytes a line for CR and newline.
        room = len(stored.body) + int(used.sum()) + 2 * stored.lines + STEP
        if secrets is None:
            # More than there are secrets, since every mark is counted: room costs nothing until it
            # is used.
            markers = int(np.count_nonzero(stored.body == kernel.MARKER))
            room += markers * len(SECRET_SHOWN)
        else:
            room += given.bytes
        if room + STEP > len(self._back):
            self._back = np.empty(room + STEP, np.uint8)
        context = self._context(stored, values, given, room)
        # Without kept secrets all marks show the one constant: the loop then stays at it.
        context[kernel.SECRET_STEP // 8] = int(secrets is not None)
        context[kernel.LINE_ENDS // 8] = 0 if ends is None else int(ends.ctypes.data)
        size = read_text(int(context.ctypes.data), stored.lines)
        if size < 0:
            raise Damaged("errors_logs.text-malformed")
        return self._back[:size]

    def _context(self, stored: StoredBlock, values: Spans, secrets: Spans, room: int) -> Numbers:
        # The kinds are compared with the letters of the marks: text and identifier map that belong
        # to different batches do not fit, and are found here.
        if values.kinds is None:
            raise ValueError("values have kinds")
        out = int(self._back.ctypes.data)
        context = np.zeros(kernel.READING_BYTES // 8, np.int64)
        for slot, value in (
            (kernel.TEXT, int(stored.body.ctypes.data)),
            (kernel.STARTS, int(stored.starts.ctypes.data)),
            (kernel.MARKS, int(stored.marks.ctypes.data)),
            (kernel.FIRSTS, int(stored.firsts.ctypes.data)),
            (kernel.ORDINALS, int(stored.ordinals.ctypes.data)),
            (kernel.RETURNS, int(stored.returns)),
            (kernel.VALUES, values.arena),
            (kernel.VALUE_STARTS, int(values.starts.ctypes.data)),
            (kernel.VALUE_ENDS, int(values.ends.ctypes.data)),
            (kernel.VALUE_KINDS, int(values.kinds.ctypes.data)),
            (kernel.VALUE_COUNT, len(values.starts)),
            (kernel.SECRETS, secrets.arena),
            (kernel.SECRET_STARTS, int(secrets.starts.ctypes.data)),
            (kernel.SECRET_ENDS, int(secrets.ends.ctypes.data)),
            (kernel.SECRET_COUNT, len(secrets.starts)),
            (kernel.OUT, out),
            (kernel.ROOM, out + room),
        ):
            context[slot // 8] = value
        return context


def secret_spans(lines: BlockLines) -> Spans:
    """Give the secrets of a block, where they stand in the received text."""
    taken = lines.uses == SECRET_USE
    return Spans(arena=lines.text, starts=lines.find_starts[taken], ends=lines.find_ends[taken])
