"""Inputs: bytes for a command to read: files, folders, archives, standard input, packed or not.

What cannot be read is noted and reported at the end; the rest is read all the same.
"""

import sys
from collections.abc import Iterator, Sequence

from bailee import errors
from bailee.act.show import printable
from bailee.adapters.sources.place import STDIN, SourcePlace, places
from bailee.adapters.sources.source import Source, sources_of
from bailee.run.cli import frame, streams
from bailee.text import say


class Inputs:
    """Inputs: the inputs of one command."""

    def __init__(self, paths: Sequence[str]) -> None:
        # Listed before the first is read: a file that grows or comes later is of the next run, and
        # the sum is known for the time that is left.
        self.places = list(places(paths))
        if any(place.name == STDIN for place in self.places):
            streams.require_input()
        self.failed: list[str] = []

    def total_bytes(self) -> int | None:
        """Sum the sizes, or None when one is not known."""
        # A pipe has no length.
        if any(place.name == STDIN for place in self.places):
            return None
        return sum(place.size_bytes for place in self.places)

    def opened(self) -> Iterator[tuple[SourcePlace, Source]]:
        """Open one input after another; those that are refused are noted."""
        for place in self.places:
            # Also between two files of an archive: those before stand, the rest is named.
            try:
                yield from sources_of(place, sys.stdin.buffer)
            except errors.PartlyDone as error:
                self.fail(place, error)

    def fail(self, place: SourcePlace, error: errors.PartlyDone) -> None:
        """Note an input that is not read, or not to its end, and say why."""
        self.failed.append(place.name)
        why = say(error.reason, **error.facts)
        next_step = say(f"{error.reason}_remedy", **error.facts)
        frame.tell("cli.left", name=printable(place.name), why=why, next=next_step)

    def chunks(self, place: SourcePlace, source: Source) -> Iterator[bytes]:
        """Read one input; one that breaks is noted, and what was read of it stands."""
        try:
            yield from source.read(0)
        except errors.PartlyDone as error:
            self.fail(place, error)

    def end(self) -> None:
        """Raise when an input was not read to its end."""
        if self.failed:
            raise errors.PartlyDone("errors_sources.some-unreadable", count=len(self.failed))
