"""Line times: where the times of lines came from, and what was made of their zones."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self


@dataclass(slots=True, kw_only=True)
class LineTimes:
    """Line times: where the times of lines came from, and what was made of their zones."""

    read: int = 0
    """Lines that say themselves when they happened."""
    inherited: int = 0
    """Lines that have the time of the line before."""
    received: int = 0
    """Lines that have the time of their receipt, for no line before gave one."""
    assumed: Counter[str] = field(default_factory=Counter)
    """Lines by an abbreviation of several zones, of which the usual one was taken."""
    ambiguous: int = 0
    """Lines whose wall time the end of summer time gave twice: the first one was taken."""
    unbelieved: Counter[str] = field(default_factory=Counter)
    """Lines by an abbreviation that was not believed: they have the stream's zone."""

    def add(self, other: Self) -> None:
        """Add those of other lines."""
        self.read += other.read
        self.inherited += other.inherited
        self.received += other.received
        self.ambiguous += other.ambiguous
        self.assumed.update(other.assumed)
        self.unbelieved.update(other.unbelieved)
