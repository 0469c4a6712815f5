"""Own log: what the server writes down of itself goes into custody as any log does.

It is a stream of the provider's own, `bailee`, of a tool of the provider's: taken in under
`log:push` as whoever runs the server, at most once an hour, since each push is a batch of its own.
"""

import time
from collections.abc import Callable
from typing import Final, final

from bailee import errors
from bailee.act import Denial, Principal
from bailee.clients.model import PROVIDER_LABEL
from bailee.logs.model import Origin
from bailee.logs.push.acts import PushLines
from bailee.run.serve.open_home import OpenHome
from bailee.telemetry.events import EventLog

STREAM: Final = "bailee"
EACH_S: Final = 3_600.0
"""How far apart pushes are."""
FIRST_S: Final = 60.0
"""The first comes soon: a server that ends at once says in custody that it began."""


@final
class OwnLog:
    """Own log: looked at now and then, by one thread."""

    def __init__(
        self,
        home: OpenHome,
        who: Principal,
        events: EventLog,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._who = who
        self._events = events
        self._monotonic_s = monotonic_s
        self._next_s = monotonic_s() + FIRST_S

    def look(self) -> None:
        """Take in what waits, when it is time."""
        if self._home.sealed or self._monotonic_s() < self._next_s:
            return
        self._next_s = self._monotonic_s() + EACH_S
        lines = self._events.take()
        if lines and not self._taken(lines):
            self._events.give_back(lines)

    def _taken(self, lines: bytes) -> bool:
        push = PushLines(client=PROVIDER_LABEL, stream=STREAM, origin=Origin.PROVIDER_TOOL)
        try:
            with self._home.using() as app:
                return not isinstance(app.caller_of(self._who).send(push, iter([lines])), Denial)
        except errors.BaileeError:
            return False  # sealed meanwhile, or a full disk: an hour later
