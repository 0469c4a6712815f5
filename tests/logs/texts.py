"""Texts with finds, as a scanner would give them, for tests that need no scanner."""

import re

import numpy as np

from bailee.logs.ingest.values import Values
from bailee.logs.store.lines import BlockLines, pieces
from bailee.logs.store.placeholder import PlaceholderCodec, Spans, StoredBlock, secret_spans
from bailee.scan.buffers import Padded
from bailee.scan.kinds import Kind, Rule
from bailee.scan.scanner import Finds

RULES = (Rule(name="none"), Rule(name="guess", replaces=False))
REPLACED = np.array([1, 0], np.uint8)
_PADS: list[Padded] = []


def padded(text: bytes) -> Padded:
    made = Padded(len(text) + 64)
    made.bytes[: len(text)] = np.frombuffer(text, np.uint8)
    made.close(len(text))
    _PADS[:] = [*_PADS[-8:], made]  # addresses into it must stay good for the test
    return made


def finds(
    text: bytes, spans: list[tuple[int, int, int]], guessed: frozenset[int] = frozenset()
) -> Finds:
    """Give the finds (start, end, kind); the indexes in `guessed` are suspicions."""
    held = padded(text)
    start, end, kind = (np.array([span[k] for span in spans], np.int64) for k in range(3))
    nothing = np.zeros(len(spans), np.int64)
    return Finds(
        text=held.bytes[: len(text)],
        start=start,
        end=end,
        kind=kind.astype(np.uint8),
        flags=nothing.astype(np.uint16),
        rule=np.array([int(k in guessed) for k in range(len(spans))], np.uint16),
        line=nothing,
        line_starts=np.zeros(1, np.int64),
        rules=RULES,
    )


def plain_finds(text: bytes) -> Finds:
    """Find `<…>` as a username, `{…}` as a secret and `[…]` as a guess."""
    spans: list[tuple[int, int, int]] = []
    guessed: set[int] = set()
    for found in re.finditer(rb"<[^<>\n]*>|\{[^{}\n]*\}|\[[^\[\]\n]*\]", text):
        if found[0][:1] == b"[":
            guessed.add(len(spans))
        kind = Kind.SECRET if found[0][:1] == b"{" else Kind.USERNAME
        spans.append((found.start(), found.end(), int(kind)))
    return finds(text, spans, frozenset(guessed))


class Writing:
    """Writes texts and reads them back, with one dictionary as a batch has."""

    def __init__(self) -> None:
        self.values = Values()
        self.codec = PlaceholderCodec(1 << 16)

    def write(self, lines: BlockLines) -> tuple[StoredBlock, Spans]:
        ordinals, numbers = self.values.number(
            lines.text, lines.find_starts, lines.find_ends, lines.kinds, lines.uses
        )
        at = numbers.astype(np.int64)
        spans = Spans(
            arena=int(self.values.arena.ctypes.data),
            starts=self.values.offsets[at],
            ends=self.values.offsets[at + 1],
            kinds=self.values.kinds[at],
        )
        return self.codec.write(lines, ordinals), spans

    def round(self, found: Finds) -> bytes:
        """Write every block and read it back, secrets kept."""
        out = b""
        for lines in pieces(found, REPLACED):
            stored, spans = self.write(lines)
            out += self.codec.read(stored, spans, secret_spans(lines)).tobytes()
        return out
