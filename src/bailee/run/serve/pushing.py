"""Pushing: what is told of when lines that were pushed are not taken.

Whoever pushes keeps its lines and comes again, for as long as it takes: somebody must be told, or
its queue fills up.  Once a day for each reason: what is refused is refused again every few seconds.
"""

from collections.abc import Iterable
from contextlib import suppress

from bailee import errors
from bailee.act import Denial
from bailee.clock import rfc3339
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.notices.model import Cause
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller
from bailee.seal.port import Chunk

_OWN = frozenset({"errors_logs.origin-needed", "errors_logs.no-stream"})
"""Of malformed requests, what whoever runs the custody can mend: a stream that is not there."""
_DAY_CHARS = len("2026-12-01")


def pushed(
    app: App, caller: LocalCaller, request: PushLines, lines: Iterable[Chunk]
) -> LinesPushed | Denial:
    """Push lines, and tell of it when they are not taken."""
    try:
        answer = caller.send(request, lines)
    except errors.BaileeError as error:
        mistaken = isinstance(error, errors.UsageError | errors.Conflict | errors.PartlyDone)
        if not mistaken or error.reason in _OWN:
            tell(app, caller, request.client, error.reason)
        raise
    if isinstance(answer, Denial):
        tell(app, caller, request.client, answer.rule)
    return answer


def tell(app: App, caller: LocalCaller | None, label: str, why: str) -> None:
    """Add a notice; what a full disk does not take is said by what watches the disk."""
    parts = app.parts
    client = "unknown"
    if caller is not None:
        with suppress(errors.NotFound):
            client = str(parts.find_client(caller.who, label))
    facts = {"client": client, "why": why, "day": rfc3339(parts.clock.now_ms())[:_DAY_CHARS]}
    with suppress(errors.CannotRecord, errors.OutcomeUnknown):
        parts.work.run(parts.keyring.provider, lambda tx: parts.tell(tx, Cause.PUSH_REFUSED, facts))
