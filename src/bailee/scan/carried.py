r"""Carried: a secret's value on the lines after its key, as JSON over lines and YAML write it.

A rule sees one line, so it finds a key without its value: `"password":`, `password: >-`,
`PASSWORD=\`.  The kernels mark the sign of such a key, and here the next lines are read by that
form alone: what does not fit it is no value.  A string that its line does not close is reported,
for nothing says where it ends.

Sources: RFC 8259 (a blank may be a newline), YAML 1.2.2 section 8.1 (block scalars), POSIX shell
2.2.1 (a backslash joins lines).
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from bailee.scan.armour import Span, line_of, merged
from bailee.scan.kinds import Flag, Kind
from bailee.scan.vm import char
from bailee.scan.vm.rows import Bytes, Numbers, Rows

_LINES_MAX = 50
"""Of a block scalar: a certificate with its key has fewer."""
_SECRET_BYTES_MIN = 3
_SUSPECTED = int(Flag.SUSPECTED)
_BLOCK: Final = re.compile(rb":[ \t]+[|>][+-]?[1-9]?[+-]?\s*$")
_JOINED: Final = re.compile(rb"\\\r?\n?$")
_STRING: Final = re.compile(rb"\s*([\"'])((?:\\.|(?!\1).)+)\1[\s,}\])]*$")
_WORD: Final = re.compile(rb"\s*[\"']?([^\s\"'&;,]+)")
_TEXT: Final = re.compile(rb"[ \t]*(\S.*?)\s*$")


@dataclass(kw_only=True)
class Carried:
    """What is known of a stream's key whose value is on lines to come."""

    _form: re.Pattern[bytes] | None = None
    """How the next line is read."""
    _rule: int = 0
    _left: int = 0
    """Lines that may come."""
    _depth: int = 0
    """Blanks before the key; a block scalar has more before each of its lines."""

    def add(self, text: Bytes, line_starts: Numbers, rows: Rows) -> Rows:
        """Add to a block's finds the values that stand below their keys."""
        start, end, line, kind, rule, flags = rows
        secret = (kind == int(Kind.SECRET)) & (end > start)
        first = text[start * secret] if len(text) else np.zeros(len(start), np.uint8)
        last = text[(end - 1) * secret] if len(text) else first
        sign = (first == char.COLON) | (first == char.EQUALS)
        marks = secret & sign & (end - start == 1) & ((flags & _SUSPECTED) != 0)
        joined = secret & (last == char.BACKSLASH) & ~marks & ((flags & _SUSPECTED) == 0)
        if self._form is None and not marks.any() and not joined.any():
            return rows
        found: dict[int, list[Span]] = {}
        begun = {
            int(line[n]): (int(start[n]) if marks[n] else int(end[n]) - 1, int(rule[n]))
            for n in np.flatnonzero(marks | joined).tolist()
        }
        self._follow(text, line_starts, begun, found)
        kept = (
            *(column[~marks] for column in (start, end, line)),
            *(column[~marks] for column in (kind, rule, flags)),
        )
        made: Rows = kept
        for number, spans in found.items():
            cut = [_before(span, made[0]) for span in spans]
            # A key in armour right behind its quote leaves nothing to suspect.
            made = merged(made, [span for span in cut if span[1] - span[0] > 1], number)
        return made

    def _follow(
        self,
        text: Bytes,
        line_starts: Numbers,
        begun: dict[int, tuple[int, int]],
        found: dict[int, list[Span]],
    ) -> None:
        waiting = sorted(begun, reverse=True)
        line = 0
        while line < len(line_starts):
            if self._form is None:
                # Only where a key is: a block has some 100,000 lines.
                while waiting and waiting[-1] < line:
                    waiting.pop()
                if not waiting:
                    return
                line = waiting[-1]
            raw, start = line_of(text, line_starts, line), int(line_starts[line])
            if self._form is not None and (span := self._value(raw, start, line)):
                found.setdefault(self._rule, []).append(span)
            if line in begun:
                at, rule = begun[line]
                if open_at := self._begin(raw, at - start, rule):
                    whole = start + len(raw.rstrip())
                    found.setdefault(rule, []).append((start + open_at, whole, line, _SUSPECTED))
            line += 1

    def _begin(self, raw: bytes, at: int, rule: int) -> int:
        """Learn how the value below a key is written; or where a string opens that stays open."""
        rest = raw[at:]
        self._rule, self._left, self._form = rule, 1, None
        if _JOINED.search(rest):
            self._form = _WORD
        elif not rest[1:].strip():
            self._form = _STRING
        elif _BLOCK.match(rest):
            self._form, self._left = _TEXT, _LINES_MAX
            self._depth = len(raw) - len(raw.lstrip())
        else:
            return at + 1 + len(rest[1:]) - len(rest[1:].lstrip())
        return 0

    def _value(self, raw: bytes, start: int, line: int) -> Span | None:
        """Read one line; no more of them when it does not fit."""
        form, self._left = self._form, self._left - 1
        found = form.match(raw) if form is not None else None
        if form is _TEXT and found and found.start(1) <= self._depth:
            found = None
        if found is None or self._left == 0:
            self._form = None
        if found is None or form is None:
            return None
        group = form.groups
        left, right = found.span(group)
        if right - left < _SECRET_BYTES_MIN:
            return None
        return (start + left, start + right, line, 0)


def _before(span: Span, starts: Numbers) -> Span:
    """Cut a suspicion where a find begins, which it would cover."""
    start, end, line, flags = span
    place = int(np.searchsorted(starts, start))
    if flags and place < len(starts):
        end = min(end, int(starts[place]))
    return start, end, line, flags
