"""Tally: what a search has found so far, and what it could not look through."""

from dataclasses import dataclass, field
from enum import StrEnum

from bailee.ids import BatchId


class Order(StrEnum):
    """Order: how lines that were found are shown: as they happened, or as they came in."""

    TIME = "time"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedFile:
    """Damaged file: a sealed file that did not read, and the batch or the index it is of."""

    file: str
    batch: BatchId | None
    """None for a run of the index, of several batches."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Tally: counts of a search so far; final once all its lines were taken."""

    lines: int = 0
    inherited: int = 0
    """Of the lines that were shown, those that gave no time that was read."""
    batches: int = 0
    """Batches in which lines were found."""
    values: int = 0
    """Values of the person asked about, or spelled like the text, over all months."""
    spelled: int = 0
    """Of a search for a text: values that are spelled like it, which it did not look in."""
    ended: int = 0
    """Batches that might have held lines, but whose text has ended."""
    unplaced: int = 0
    """Of a search by time: lines of the stream that only their receipt dates."""
    uncounted: int = 0
    """Batches of which it is not known how many such lines they have."""
    more: bool = False
    """Whether there were more lines than were asked for."""
    damaged: list[DamagedFile] = field(default_factory=list)
    """Files that did not read, and whose lines are not among those that were found."""

    def show(self, inherited: bool) -> None:  # noqa: FBT001  # what a line is, and no switch
        """Count a line that is shown."""
        self.lines += 1
        self.inherited += inherited

    def note(self, file: DamagedFile) -> None:
        """Note a damaged file, once."""
        if file not in self.damaged:
            self.damaged.append(file)
