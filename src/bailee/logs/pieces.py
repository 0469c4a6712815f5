"""Pieces: a line of redacted text as structure: text, placeholders, undecoded bytes.

Law: what is shown of a line never stands inline as text could, so that no line imitates a
placeholder.  The grammar is that of spec/batch.md, read strictly.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bailee.errors import Damaged
from bailee.scan.kinds import Kind

MARKER, RAW, KIND_BASE = 0x1A, 0x78, 0x40
"""As `kernels.text` has them, which loads numpy and LLVM."""

_MARK = re.compile(rb"\x1a(?:\x1a|x[0-9a-f]{2}|[\x41-\x52])")
_RAW_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """Placeholder: where an identifier stood; no token once they have ended, or for a secret."""

    kind: Kind
    token: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecodedBytes:
    """Undecoded bytes: bytes of the line that are not UTF-8."""

    raw: bytes = field(repr=False)


Piece = str | Placeholder | UndecodedBytes


def pieces_of(stored: bytes, tokens: Sequence[bytes | None]) -> tuple[Piece, ...]:
    """Read a line; `tokens` are those of its ordinals, in order.  Damaged when they do not fit."""
    left = iter(tokens)
    out = tuple(_joined(_read(stored, left)))
    # Every token must have a mark: one too many means that marks and map are of different lines.
    if next(left, _END) is not _END:
        raise Damaged("errors_logs.text-malformed")
    return out


_END = object()


def _read(stored: bytes, tokens: Iterator[bytes | None]) -> Iterator[Piece]:
    at = 0
    for mark in _MARK.finditer(stored):
        if mark.start() > at:
            yield _text(stored[at : mark.start()])
        at = mark.end()
        yield _marked(mark[0], tokens)
    if at < len(stored):
        yield _text(stored[at:])


def _marked(mark: bytes, tokens: Iterator[bytes | None]) -> Piece:
    if mark[1] == MARKER:
        return chr(MARKER)
    if mark[1] == RAW and len(mark) == _RAW_BYTES:
        return UndecodedBytes(raw=bytes.fromhex(mark[2:].decode()))
    kind = Kind(mark[1] - KIND_BASE)
    if kind is Kind.SECRET:
        return Placeholder(kind=kind)
    try:
        return Placeholder(kind=kind, token=next(tokens))
    except StopIteration:
        raise Damaged("errors_logs.text-malformed") from None


def _text(stored: bytes) -> str:
    # A marker that is no mark of the grammar: shown as text it could pass for a placeholder.
    if MARKER in stored:
        raise Damaged("errors_logs.text-malformed")
    try:
        return stored.decode()
    except UnicodeDecodeError:
        raise Damaged("errors_logs.text-malformed") from None


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbours of one sort, so that each run of text is one piece."""
    held: Piece | None = None
    for piece in pieces:
        if isinstance(held, str) and isinstance(piece, str):
            held += piece
        elif isinstance(held, UndecodedBytes) and isinstance(piece, UndecodedBytes):
            held = UndecodedBytes(raw=held.raw + piece.raw)
        else:
            if held is not None:
                yield held
            held = piece
    if held is not None:
        yield held
