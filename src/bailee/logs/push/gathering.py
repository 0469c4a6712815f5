"""Gathering: which pushes become one group, and when it begins.

A push that comes alone is taken in at once.  While a group is on its way, those that come for the
same stream from the same actor form the next one, and where several did, the next group begins no
sooner than a moment after this one did: so that a thousand pushes a second are ten batches.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar, final

from bailee import errors
from bailee.limits import PUSH_BYTES, PUSHES_HELD_BYTES
from bailee.seal.port import Chunk

K = TypeVar("K")
P = TypeVar("P")

MOMENT_S: Final = 0.1
"""How far apart groups of one key begin, while several pushes come at once."""


@dataclass(eq=False)
class _Group(Generic[P]):
    pushes: list[P] = field(default_factory=list)
    size_bytes: int = 0
    closed: bool = False
    done: bool = False


@dataclass(eq=False)
class _Lane(Generic[P]):
    """Lane: the groups of one key, one after another."""

    open: _Group[P] | None = None
    line: deque[_Group[P]] = field(default_factory=deque)
    users: int = 0
    begun_s: float = float("-inf")
    several: bool = False


@final
class Gathering(Generic[K, P]):
    """Gathering: gathers pushes by key; whoever comes first in a group does it for all."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        # Guards all below; held for instructions, never while a group is done.
        self._changed = threading.Condition()
        self._lanes: dict[K, _Lane[P]] = {}
        self._held_bytes = 0

    @contextmanager
    def receiving(self, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        """Receive one push whole; it counts as held for as long as the context lasts.

        LimitExceeded beyond what one may have, CannotRecord while too much is held already.
        """
        data = bytearray()
        try:
            for chunk in chunks:
                if len(data) + len(chunk) > PUSH_BYTES:
                    raise errors.LimitExceeded("errors_push.long", bytes=PUSH_BYTES)
                with self._changed:
                    if self._held_bytes + len(chunk) > PUSHES_HELD_BYTES:
                        raise errors.CannotRecord("errors_push.busy")
                    self._held_bytes += len(chunk)
                data += chunk
            yield bytes(data)
        finally:
            with self._changed:
                self._held_bytes -= len(data)

    def under_way(self, key: K) -> int:
        """Count the pushes of a key that are not answered yet."""
        with self._changed:
            lane = self._lanes.get(key)
            return 0 if lane is None else lane.users

    def join(self, key: K, push: P, size_bytes: int, do: Callable[[list[P]], None]) -> None:
        """Join a group and return once it is done; its first member does it, by `do`.

        What `do` raises is raised to its first member alone: what became of the others stands in
        them.
        """
        with self._changed:
            lane = self._lanes.setdefault(key, _Lane())
            lane.users += 1
            group = lane.open
            first = group is None or group.closed
            if group is None or group.closed:
                group = lane.open = _Group()
                lane.line.append(group)
            group.pushes.append(push)
            group.size_bytes += size_bytes
            # Full: a larger one would be cut in two batches, and hold its members up.
            if group.size_bytes >= PUSH_BYTES:
                group.closed = True
                self._changed.notify_all()
        try:
            if first:
                self._lead(lane, group, do)
            else:
                with self._changed:
                    self._changed.wait_for(lambda: group.done)
        finally:
            with self._changed:
                lane.users -= 1
                if not lane.users:
                    self._lanes.pop(key, None)

    def _lead(self, lane: _Lane[P], group: _Group[P], do: Callable[[list[P]], None]) -> None:
        with self._changed:
            # Groups of one key one after another, as they came: each one's marks are there when the
            # next begins, and a later push that overtook would make an earlier one a repeated one.
            self._changed.wait_for(lambda: lane.line[0] is group)
            wait_s = lane.begun_s + MOMENT_S - self._monotonic_s() if lane.several else 0.0
            if wait_s > 0:
                self._changed.wait_for(lambda: group.closed, min(wait_s, MOMENT_S))
            group.closed = True
            lane.begun_s, lane.several = self._monotonic_s(), len(group.pushes) > 1
        try:
            do(group.pushes)
        finally:
            with self._changed:
                lane.line.popleft()
                group.done = True
                self._changed.notify_all()
