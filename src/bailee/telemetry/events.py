"""Events: what a server writes down of itself: lines of JSON, of a closed list, with closed fields.

No field is free text, and none is an id: what happened to whom stands in the ledgers, sealed.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, final

from bailee.clock import rfc3339

KEPT: Final = 1_000
"""Lines that wait to be taken into custody: while it is sealed none is, and memory is bounded."""


class Event(StrEnum):
    """Event: what happened; a word that scripts go by, and which only grows."""

    STARTED = "started"
    LISTENING = "listening"
    OPENED = "opened"
    SEALED = "sealed"
    ENDED = "ended"
    FAULT = "fault"
    LEDGER_BEHIND = "ledger-behind"
    JOBS_KEPT = "jobs-kept"
    SEALED_LONG = "sealed-long"
    LINES_LOST = "lines-lost"
    UNCONFINED = "unconfined"


_SLUG: Final = re.compile(r"(?:errors_[a-z_]+|serve)\.[a-z0-9-]+")
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_TYPE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_WORD: Final = re.compile(r"files|connections")
_LINE: Final = re.compile(r"[a-z_]{1,63}\.py:[0-9]{1,6}")
FIELDS: Final[Mapping[Event, Mapping[str, re.Pattern[str]]]] = {
    Event.STARTED: {},
    Event.LISTENING: {"port": _NUMBER},
    Event.OPENED: {},
    Event.SEALED: {},
    Event.ENDED: {},
    Event.FAULT: {"kind": _TYPE, "at": _LINE},
    Event.LEDGER_BEHIND: {"error": _SLUG},
    Event.JOBS_KEPT: {"error": _SLUG},
    Event.SEALED_LONG: {"seconds": _NUMBER},
    Event.LINES_LOST: {"count": _NUMBER},
    Event.UNCONFINED: {"of": _WORD},
}
"""The fields of each, and what each may be."""

OTHER: Final = "other"
"""What stands in a field whose value is not of its form."""


@final
class EventLog:
    """Event log: writes each event as a line, and keeps it until it is taken into custody."""

    def __init__(self, write: Callable[[str], object], now_ms: Callable[[], int]) -> None:
        """Take what writes a line without its end, such as to standard error."""
        self._write = write
        self._now_ms = now_ms
        # Guards the lines that wait; held for an instruction.
        self._mutex = threading.Lock()
        self._kept: deque[str] = deque()
        self._lost = 0

    def say(self, event: Event, **fields: str | int) -> None:
        """Write an event down; ValueError for a field that it has not."""
        forms = FIELDS[event]
        if fields.keys() != forms.keys():
            raise ValueError("other fields than the event has")
        # A value of another form is a mistake of ours, and might hold anything.
        shown = {
            name: str(value) if forms[name].fullmatch(str(value)) else OTHER
            for name, value in fields.items()
        }
        line = json.dumps({"time": rfc3339(self._now_ms()), "event": event, **shown})
        self._write(line)
        with self._mutex:
            self._kept.append(line)
            if len(self._kept) > KEPT:
                self._kept.popleft()
                self._lost += 1

    def take(self) -> bytes:
        """Take the lines that wait, each with its end; how many were lost is the last of them."""
        with self._mutex:
            lines, lost = list(self._kept), self._lost
            self._kept.clear()
            self._lost = 0
        if lost:
            said = {"time": rfc3339(self._now_ms()), "event": Event.LINES_LOST, "count": str(lost)}
            lines.append(json.dumps(said))
        return "".join(f"{line}\n" for line in lines).encode()

    def give_back(self, lines: bytes) -> None:
        """Keep lines again that were taken, and not taken into custody."""
        with self._mutex:
            self._kept.extendleft(reversed(lines.decode().splitlines()))
            while len(self._kept) > KEPT:
                self._kept.popleft()
                self._lost += 1
