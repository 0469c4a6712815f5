"""Shown lines: what a receipt proves of a line, as structure.

A line can imitate any mark, but not a field, so received text, opened values, closed values and
secrets are parts of their own.  For a terminal each becomes one quoted text, written so that no
byte of a line can drive what shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

_SECOND_NS = 1_000_000_000
_SURROGATE = 0xDC80
"""How Python decodes the byte 0x80 where it is not UTF-8, and those above after it."""
_BYTES = 0x80
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPart:
    """Stretch of a line: received text (no kind), or a value, which may be closed (no raw)."""

    kind: str = ""
    ordinal: int | None = None
    raw: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """Line of a batch; the times are claims of the log, and of the line itself.

    The parts are made as they are read, each time anew: there may be millions.
    """

    batch: str
    number: int
    encoding: str
    received: str
    event: str
    parts: Iterable[ShownPart] = field(repr=False)


def quoted(raw: bytes) -> str:
    """Quote bytes as one text; what is not printable, and not UTF-8, is written as an escape."""
    # surrogateescape: bytes that are not UTF-8 survive as code points that no text has
    text = raw.decode(errors="surrogateescape")
    if text.isprintable() and not _ESCAPED.keys() & set(text):  # almost every part of almost all
        return f'"{text}"'
    return '"' + "".join(map(_shown, text)) + '"'


def _shown(char: str) -> str:
    # quote and backslash too: two different lines must never be shown alike
    if char in _ESCAPED:
        return _ESCAPED[char]
    code = ord(char)
    if _SURROGATE <= code < _SURROGATE + _BYTES:
        return f"\\x{code - _SURROGATE + _BYTES:02x}"
    if char.isprintable():
        return char
    return f"\\u{{{code:x}}}"


def moment(time_ns: int) -> str:
    """Write a claimed time to the nanosecond, however absurd."""
    seconds, rest = divmod(time_ns, _SECOND_NS)
    # 64 bits reach 292 years around 1970, but a hostile log owes nothing to any calendar
    try:
        whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"
    return f"{whole}.{rest:09d}Z" if rest else f"{whole}Z"
