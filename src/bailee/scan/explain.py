"""Near misses: why something that looks like an identifier was not taken for one.

For a person who reads one line at a time: regular expressions on that line, bounded, never on the
path of a scan.  What they find beside the finds of the kernels is named by a stable word, under
which the catalogue has a sentence (`scan.near_…`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bailee.limits import EXPLAINED_BYTES

_NEAR: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("quad", re.compile(rb"(?<![\d.])\d{1,5}(?:\.\d{1,5}){3,8}(?![\d.])")),
    ("at", re.compile(rb"[\w.+-]{1,64}@[\w.-]{1,128}")),
    ("iban", re.compile(rb"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b")),
    ("card", re.compile(rb"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?!\d)")),
    ("pairs", re.compile(rb"\b(?:[0-9A-Fa-f]{2}[:-]){5,31}[0-9A-Fa-f]{2}\b")),
    ("number", re.compile(rb"(?<![\w.])\d(?:[ .-]?\d){7,11}(?![\w.])")),
    ("key", re.compile(rb"(?i)\b(?:user(?:name)?|login|email|phone|password)\s?[=:]\s?\S{0,40}")),
    ("hex", re.compile(rb"\b[0-9a-f]{32,64}\b")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Something that almost matched."""

    start: int
    end: int
    what: str


def near(line: bytes, taken: list[tuple[int, int]]) -> Iterator[Near]:
    """Give what almost matched in a line, outside what was found there."""
    # In the order of `_NEAR`: what is most particular takes its place before what is vague.
    covered = list(taken)
    for what, pattern in _NEAR:
        # Regular expressions may step back: on what an attacker writes, the bound is what keeps
        # them short enough for a person to wait for.
        for found in pattern.finditer(line[:EXPLAINED_BYTES]):
            start, end = found.span()
            if all(end <= left or start >= right for left, right in covered):
                covered.append((start, end))
                yield Near(start=start, end=end, what=what)
