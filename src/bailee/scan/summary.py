"""Summary: finds counted by kind, with a few samples that do not show the values."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from bailee.scan.kinds import Flag, Kind
from bailee.scan.scanner import Finds

SAMPLES = 3
_SAMPLED = 64
"""Finds of a kind that are looked at in a block: one value in all of a log is no sample twice."""
# A quarter of a value tells what it was taken for, and not who it is.
_SHOWN_SHARE = 4
_MASK = "•"
LOOKED_FOR = (
    *(Kind.EMAIL, Kind.PHONE, Kind.PERSON_NAME, Kind.USERNAME, Kind.IBAN, Kind.CARD, Kind.IPV4),
    *(Kind.IPV6, Kind.MAC, Kind.CLIENT_HOST, Kind.UUID, Kind.DEVICE_ID, Kind.SESSION_ID),
    *(Kind.USER_ID, Kind.USER_AGENT, Kind.SECRET, Kind.NATIONAL_ID),
)
"""Kinds that some rule can find; the others have a number and no rule yet."""


def masked(value: str) -> str:
    """Show a quarter of a value at most, at its ends; letters and digits in between are dots."""
    shown = len(value) // _SHOWN_SHARE
    head, tail = shown - shown // 2, shown // 2
    middle = value[head : len(value) - tail]
    hidden = "".join(_MASK if character.isalnum() else character for character in middle)
    return value[:head] + hidden + value[len(value) - tail :]


@dataclass(kw_only=True)
class Summary:
    """Counts by kind over any number of blocks."""

    lines: int = 0
    counts: Counter[Kind] = field(default_factory=Counter)
    suspected: Counter[Kind] = field(default_factory=Counter)
    samples: dict[Kind, list[str]] = field(default_factory=dict)

    def add(self, finds: Finds) -> None:
        """Count a block's lines and finds."""
        self.lines += len(finds.line_starts)
        # Apart: a suspicion is not replaced, so that to count it as found would promise it.
        guessed = (finds.flags & Flag.SUSPECTED) != 0
        for counts, kinds in (
            (self.suspected, finds.kind[guessed]),
            (self.counts, finds.kind[~guessed]),
        ):
            times = np.bincount(kinds).tolist()
            counts.update({Kind(kind): count for kind, count in enumerate(times) if count})
        for kind in self.counts:
            samples = self.samples.setdefault(kind, [])
            if len(samples) < SAMPLES:
                found = np.flatnonzero((finds.kind == kind) & ~guessed)[:_SAMPLED]
                self._sample(kind, finds, found.tolist(), samples)

    def _sample(self, kind: Kind, finds: Finds, rows: list[int], samples: list[str]) -> None:
        for row in rows:
            sample = masked(finds.value(row).decode("utf-8", "replace"))
            # Not even how long it is: of a secret nothing is shown.
            if kind is Kind.SECRET:
                sample = _MASK * 8
            if sample not in samples and len(samples) < SAMPLES:
                samples.append(sample)

    def absent(self) -> tuple[Kind, ...]:
        """Give the kinds that were looked for and not found."""
        return tuple(kind for kind in LOOKED_FOR if not self.counts[kind])
