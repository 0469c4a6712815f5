"""Armour: private keys over several lines of a log, as PEM and OpenPGP write them.

A rule sees one line, so it takes the line that begins a key and leaves the key.  Here what follows
is taken too, line by line, whatever stands before it on its line: a shipper puts a time and a host
before each, and JSON its quotes.  What lies between the two ends and does not look like a key's
body is reported and not taken, for custody must not distort on a guess.

Sources: RFC 7468 (labels, lines of 64), RFC 1421 (headers), RFC 9580 (OpenPGP's armour), RFC 4716
(SSH2: four dashes and a blank), PuTTY's documentation, appendix C (PPK: a count of private lines,
and a MAC behind them).
"""

import re
from bisect import bisect_left
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from bailee.scan.detect.token import RULE_PRIVATE_KEY
from bailee.scan.kinds import Flag, Kind
from bailee.scan.vm.rows import Bytes, Numbers, Rows

T = TypeVar("T", bound=np.generic)

LINES_MAX = 400
"""From one end of a key to the other: an RSA key of 16,384 bits has 200, and other programs write
between."""
_PEM: Final = rb"-----%s [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
_SSH2: Final = rb"---- %s SSH2 (?:ENCRYPTED )?PRIVATE KEY ----"
_BEGIN: Final = re.compile(rb"|".join((_PEM % b"BEGIN", _SSH2 % b"BEGIN", rb"Private-Lines: \d+")))
_END: Final = re.compile(
    rb"|".join((_PEM % b"END", _SSH2 % b"END", rb"Private-(?:MAC|Hash): [0-9a-f]{40,64}"))
)
_OTHERS: Final = (b"---- BEGIN SSH2 ", b"Private-Lines: ")
"""How keys begin that no rule knows: nothing on these lines is secret, and what follows is."""
_BODY: Final = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/=])")
_REST: Final = re.compile(rb"(?:^|[\s\"':>|\]])([A-Za-z0-9+/]+={0,2})[\s\"',}]*$")
"""The last line of a body, of any length; believed only before the end."""
_HEADER: Final = re.compile(
    rb"\b(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|Subject): |^\W*$"
)
_SHORT: Final = re.compile(rb"([A-Za-z0-9+/]+={0,2})(?=\s*$|[\"'\\])")
"""The last line of a body where the others began, also with more of a JSON record behind it."""
_ENDING: Final = b"-----END "
"""How keys end whose beginning another file may have: rotation cuts a log by its size."""
_SUM: Final = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
"""A sum is as long as a line of a key; without the key's beginning it could be either."""
_GAP_LINES = 8
"""Of other programs between two lines of a key that is read backwards from its end."""
_QUANTUM = 4
"""Base64 stands in fours, and so does what is left for its last line."""
Span = tuple[int, int, int, int]
"""Start, end, line, flags."""


@dataclass(kw_only=True)
class Armour:
    """What is known of a stream's key that is not at its end yet."""

    left: int = 0
    """Lines in which the end may still come; 0 outside of keys."""
    _column: int = -1
    """Where the body began on the line before, if that was one."""
    _held: list[Span] = field(default_factory=list)
    """What a last line would be, and what is suspected, of the present block."""

    def add(self, text: Bytes, line_starts: Numbers, rows: Rows) -> Rows:
        """Add to a block's finds what stands in it of keys over several lines."""
        # The rule finds how each begins: to search a block for it once more would take as long as
        # half of its scan.
        begins = rows[2][rows[4] == RULE_PRIVATE_KEY].tolist()
        data = text.tobytes()
        if others := _others(data):
            lines = np.searchsorted(line_starts, np.array(others), "right") - 1
            begins = sorted({*begins, *lines.tolist()})
        ends = _places(data, _ENDING)
        if not self.left and not begins and not ends:
            return rows
        found = list(self._spans(text, line_starts, begins))
        # What a block ends in the middle of is no line of a key for sure, and is reported.
        found += [(*one[:3], int(Flag.SUSPECTED)) for one in self._held]
        self._held.clear()
        found += _headless(text, line_starts, ends, found)
        return merged(rows, sorted(found)) if found else rows

    def _spans(self, text: Bytes, line_starts: Numbers, begins: list[int]) -> Iterator[Span]:
        line = 0
        while line < len(line_starts):
            if not self.left:
                # Only where a key begins: a block has some 100,000 lines.
                place = bisect_left(begins, line)
                if place == len(begins):
                    return
                line = begins[place]
            start, raw, at = int(line_starts[line]), line_of(text, line_starts, line), 0
            if self.left:
                at = yield from self._within(raw, start, line)
            if not self.left and (begin := _BEGIN.search(raw, at)):
                end = _END.search(raw, begin.end())
                self.left = 0 if end else LINES_MAX
                # Its end on the same line is what the rule takes, of keys that it knows.
                if end and not begin[0].startswith(b"-----"):
                    yield (start + begin.end(), start + end.end(), line, 0)
            line += 1

    def _within(self, raw: bytes, start: int, line: int) -> Generator[Span, None, int]:
        """Take what a line holds of a key; returns where in the line the key has ended, or 0."""
        self.left -= 1
        end = _END.search(raw)
        if body := _BODY.search(raw, 0, end.start() if end else len(raw)):
            yield (start + body.start(), start + body.end(), line, 0)
        if end:
            yield from self._held
            yield (start + end.start(), start + end.end(), line, 0)
            self.left = 0
            self._held.clear()
            return end.end()
        if body is None and not _HEADER.search(raw):
            # After the same head as the line before, give or take a digit of its time.
            rest = _REST.search(raw)
            if rest and (self._column < 0 or abs(rest.start(1) - self._column) > 1):
                rest = None
            rest = rest or _short(raw, self._column)
            # Another line comes after what was held as the last one of a body, so it was not.
            self._held = [(*one[:3], int(Flag.SUSPECTED)) for one in self._held]
            whole = raw.rstrip()
            if rest and len(rest[1]) % _QUANTUM == 0:
                self._held.append((start + rest.start(1), start + rest.end(1), line, 0))
            else:
                self._held.append((start, start + len(whole), line, int(Flag.SUSPECTED)))
        self._column = body.start() if body else -1
        return 0


def _others(data: bytes) -> list[int]:
    """Find where a key begins that no rule knows."""
    return [at for mark in _OTHERS for at in _places(data, mark)]


def _places(data: bytes, mark: bytes) -> list[int]:
    """Find each place of a mark."""
    # Searched as whole bytes, which takes a hundredth of what an expression would.
    found = [data.find(mark)]
    while found[-1] >= 0:
        found.append(data.find(mark, found[-1] + 1))
    return found[:-1]


def _short(raw: bytes, column: int) -> re.Match[bytes] | None:
    """Find a body's last line at the column of the line before, give or take a digit of a time."""
    if column < 0:
        return None
    found = (_SHORT.match(raw, at) for at in (column, column - 1, column + 1) if at >= 0)
    return next((one for one in found if one and len(one[1]) % _QUANTUM == 0), None)


def _headless(
    text: Bytes, line_starts: Numbers, ends: list[int], found: list[Span]
) -> Iterator[Span]:
    """Take the bodies before ends that have no beginning: a rotated log holds half of a key."""
    known = {line for _, _, line, _ in found}
    for at in ends:
        line = int(np.searchsorted(line_starts, at, "right")) - 1
        if line in known:
            continue
        start = int(line_starts[line])
        raw = line_of(text, line_starts, line)
        end = _END.search(raw, at - start)
        if end is None or end.start() != at - start or _BEGIN.search(raw, 0, end.start()):
            continue
        yield (start + end.start(), start + end.end(), line, 0)
        here = list(_BODY.finditer(raw, 0, end.start()))
        yield from ((start + one.start(), start + one.end(), line, 0) for one in here)
        yield from _before(text, line_starts, line)


def _before(text: Bytes, line_starts: Numbers, last: int) -> Iterator[Span]:
    """Take a body's lines above the line of its end: of one length, all but the last."""
    column, size, full, others = -1, 0, False, list[int]()
    for line in range(last - 1, max(last - LINES_MAX, -1), -1):
        raw, start = line_of(text, line_starts, line), int(line_starts[line])
        if _BEGIN.search(raw) or _END.search(raw) or len(others) > _GAP_LINES:
            return
        body = _BODY.search(raw)
        if body and _SUM.fullmatch(body[0]):
            body = None
        length = len(body[0]) if body else 0
        fits = column < 0 or abs(body.start() - column) <= 1 if body else False
        # The first that is met may be the last one of the body, and shorter than the others.
        if body is None or not fits or length < size or (full and length > size):
            others.append(line)
            continue
        if column < 0:
            yield from _last(text, line_starts, others, body.start())
        full = column >= 0
        column, size = body.start(), length
        others.clear()
        yield (start + column, start + body.end(), line, 0)


def _last(text: Bytes, line_starts: Numbers, lines: list[int], column: int) -> Iterator[Span]:
    """Take a body's short last line, one of those below the last full one."""
    for line in reversed(lines):
        if rest := _short(line_of(text, line_starts, line), column):
            start = int(line_starts[line])
            yield (start + rest.start(1), start + rest.end(1), line, 0)
            return


def line_of(text: Bytes, line_starts: Numbers, line: int) -> bytes:
    """Copy a line, with what ends it."""
    start = int(line_starts[line])
    stop = int(line_starts[line + 1]) if line + 1 < len(line_starts) else len(text)
    return text[start:stop].tobytes()


def merged(rows: Rows, found: list[Span], rule_number: int = RULE_PRIVATE_KEY) -> Rows:
    """Put spans among the finds; what lies in one of them is that key's, and no find of its own."""
    start, end, line, kind, rule, flags = rows
    sure = np.array([one for one in found if not one[3]], np.int64).reshape(-1, 4)
    clear = ~_meets(sure, start, end)
    doubted = np.array([one for one in found if one[3]], np.int64).reshape(-1, 4)
    # A suspicion covers no find: those would stay in the text for it.
    free = ~_meets(np.stack([start, end], 1), doubted[:, 0], doubted[:, 1])
    taken = np.concatenate([sure, doubted[free]])
    key, rule_of = np.full(len(taken), int(Kind.SECRET)), np.full(len(taken), rule_number)

    def both(old: npt.NDArray[T], new: Numbers) -> npt.NDArray[T]:
        return np.concatenate([old[clear], new.astype(old.dtype)])

    order = np.argsort(both(start, taken[:, 0]), kind="stable")
    return (
        both(start, taken[:, 0])[order],
        both(end, taken[:, 1])[order],
        both(line, taken[:, 2])[order],
        both(kind, key)[order],
        both(rule, rule_of)[order],
        both(flags, taken[:, 3])[order],
    )


def _meets(spans: Numbers, start: Numbers, end: Numbers) -> npt.NDArray[np.bool_]:
    """Tell which of these overlap one of the spans, which are in order and apart."""
    if not len(spans):
        return np.zeros(len(start), bool)
    place = np.searchsorted(spans[:, 1], start, "right")
    inside = place < len(spans)
    met = np.zeros(len(start), bool)
    met[inside] = end[inside] > spans[place[inside], 0]
    return met
