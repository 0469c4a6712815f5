"""What a receipt shows of a line, as structure: a line can imitate any mark, but not a field.

Received text, opened values, closed values and secrets are parts of their own.  For a terminal
each becomes one quoted text, written so that no byte of a line can drive what shows it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

_SECOND_NS = 1_000_000_000
_FIRST_STRAY = 0xDC80
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPart:
    """A stretch of a line: received text (no kind), or a value, which may be closed (no raw)."""

    kind: str = ""
    ordinal: int | None = None
    raw: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line of a batch; the times are claims of the log, and of the line itself."""

    batch: str
    number: int
    encoding: str
    received: str
    event: str
    parts: tuple[ShownPart, ...]


def quoted(raw: bytes) -> str:
    """Write bytes as one quoted text; what is not printable, and not UTF-8, as an escape."""
    return '"' + "".join(map(_shown, raw.decode(errors="surrogateescape"))) + '"'


def _shown(char: str) -> str:
    if char in _ESCAPED:
        return _ESCAPED[char]
    code = ord(char)
    if _FIRST_STRAY <= code < _FIRST_STRAY + 0x80:
        return f"\\x{code - _FIRST_STRAY + 0x80:02x}"
    if char.isprintable():
        return char
    return f"\\u{{{code:x}}}"


def moment(time_ns: int) -> str:
    """Write a claimed time to the nanosecond, however absurd."""
    seconds, rest = divmod(time_ns, _SECOND_NS)
    try:
        whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"
    return f"{whole}.{rest:09d}Z" if rest else f"{whole}Z"
