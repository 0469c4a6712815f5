"""Pushing: what is told of when lines that were pushed are not taken.

Whoever pushes keeps its lines and comes again, for as long as it takes: somebody must be told, or
its queue fills up.  Once a day for each reason: what is refused is refused again every few seconds.
"""

import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Final, final

from bailee import errors
from bailee.act import Denial
from bailee.clock import rfc3339
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.notices.model import Cause
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller
from bailee.seal.port import Chunk
from bailee.work import Tx

OWED: Final = 1_000
"""Notices that a full disk did not take, which are held until it does; more are not told."""
_OWN = frozenset({"errors_logs.origin-needed", "errors_logs.no-stream"})
"""Of malformed requests, what whoever runs the custody can mend: a stream that is not there."""
_DAY_CHARS = len("2026-12-01")

_Facts = tuple[tuple[str, str], ...]


@final
class Pushing:
    """Pushing: takes lines, and adds notices; one of it in a server."""

    def __init__(self) -> None:
        # Guards the notices that are owed; held while one is written, so that none goes twice.
        self._mutex = threading.Lock()
        self._owed: dict[_Facts, None] = {}

    def pushed(
        self, app: App, caller: LocalCaller, request: PushLines, lines: Iterable[Chunk]
    ) -> LinesPushed | Denial:
        """Push lines, and tell of it when they are not taken."""
        try:
            answer = caller.send(request, lines)
        except errors.BaileeError as error:
            mistaken = isinstance(error, errors.UsageError | errors.Conflict | errors.PartlyDone)
            if not mistaken or error.reason in _OWN:
                self.tell(app, caller, request.client, error.reason)
            raise
        if isinstance(answer, Denial):
            self.tell(app, caller, request.client, answer.rule)
        elif self._owed:  # there is room again
            self._settle(app)
        return answer

    def tell(self, app: App, caller: LocalCaller | None, label: str, why: str) -> None:
        """Add a notice; one that a full disk does not take is added once it has room."""
        parts = app.parts
        client = "unknown"
        if caller is not None:
            with suppress(errors.NotFound):
                client = str(parts.find_client(caller.who, label))
        day = rfc3339(parts.clock.now_ms())[:_DAY_CHARS]
        with self._mutex:
            if len(self._owed) < OWED:
                self._owed[("client", client), ("why", why), ("day", day)] = None
        self._settle(app)

    def _settle(self, app: App) -> None:
        """Add what is owed, as far as the disk takes it."""
        parts = app.parts

        def add(facts: _Facts, tx: Tx) -> object:
            return parts.tell(tx, Cause.PUSH_REFUSED, dict(facts))

        with self._mutex, suppress(errors.CannotRecord, errors.OutcomeUnknown):
            for facts in list(self._owed):
                parts.work.run(parts.keyring.provider, partial(add, facts))
                del self._owed[facts]
