"""Push command: `bailee log push` sends standard input, and serves rsyslog as `--omprog`.

With a source, it goes on where that was left: standard input is then the same lines from their
beginning, of which those that are there already are passed over.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from io import BufferedReader
from typing import Final, cast

from bailee import errors
from bailee.act import Denial
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, command, flag
from bailee.text import say

BLOCK_BYTES: Final = 1024 * 1024
"""Lines of one push: a batch of its own where nobody else pushes."""
BEGIN, COMMIT = b"BEGIN TRANSACTION", b"COMMIT TRANSACTION"
OK, DEFERRED = "OK", "DEFER_COMMIT"
"""The words of rsyslog's omprog, with `confirmMessages` and `useTransactions`."""

Push = Callable[[list[bytes]], str | None]
"""Sends lines; says why they were not taken, or nothing."""


def push() -> Command:
    """Make the command."""
    params = [*derive.parameters(PushLines), flag("--omprog", help="push.help_omprog")]
    return command("log push", _push, params)


def _push(*, omprog: bool, **given: object) -> int:
    request = derive.request(PushLines, given)
    if omprog and request.source is not None:
        raise errors.UsageError("errors_push.omprog-source")
    # Of a server alone where it goes on for weeks: a home that it opened itself while the server is
    # started anew would keep that one out.
    with closing(frame.served()) if omprog else frame.opened() as app:

        def sent(request: PushLines, lines: list[bytes]) -> LinesPushed | Denial:
            return app.caller.send(request, lines)

        if omprog:
            for word in confirmed(sys.stdin.buffer, lambda lines: _why(sent, request, lines)):
                sys.stdout.write(word + "\n")
                sys.stdout.flush()
            return 0
        return _stream(sent, request)


def _stream(
    sent: Callable[[PushLines, list[bytes]], LinesPushed | Denial], asked: PushLines
) -> int:
    left = end = 0
    if asked.source is not None:
        answer = sent(asked, [])
        if isinstance(answer, Denial):
            return frame.refuse(answer)
        left = answer.position or 0
    for block in blocks(cast("BufferedReader", sys.stdin.buffer)):
        start, end = end, end + len(block)
        if end <= left:
            continue
        request, lines = asked, block[max(0, left - start) :]
        if asked.source is not None:
            request = replace(asked, start=max(start, left), position=end)
        answer = sent(request, [lines])
        if isinstance(answer, Denial):
            return frame.refuse(answer)
    frame.tell("push.durable", bytes=end, held=min(left, end))
    return 0


def blocks(stream: BufferedReader) -> Iterator[bytes]:
    """Yield whole lines as they come, and at last what no newline ends."""
    held = bytearray()
    while some := stream.read1(BLOCK_BYTES):
        held += some
        whole = held.rfind(b"\n") + 1
        # A line that does not end is sent in pieces rather than held without a bound.
        whole = whole or (len(held) if len(held) > BLOCK_BYTES else 0)
        if whole:
            yield bytes(held[:whole])
            del held[:whole]
    if held:
        yield bytes(held)


def confirmed(stream: Iterable[bytes], send: Push) -> Iterator[str]:
    """Answer each message of rsyslog's omprog: OK only once it is durable.

    Those of a transaction are deferred to its end.  One that is not OK is sent again by rsyslog.
    """
    yield OK  # ready
    held: list[bytes] | None = None
    for line in stream:
        word = line.rstrip(b"\n")
        if word == BEGIN:
            held = []
            yield OK
        elif word == COMMIT and held is not None:
            lines, held = held, None
            yield (send(lines) if lines else None) or OK
        elif held is not None:
            held.append(line)
            yield DEFERRED
        else:
            yield send([line]) or OK


def _why(
    sent: Callable[[PushLines, list[bytes]], LinesPushed | Denial],
    request: PushLines,
    lines: list[bytes],
) -> str | None:
    try:
        answer = sent(request, lines)
    except errors.BaileeError as error:
        # One line, and no OK: rsyslog keeps the message and tries again.
        return say(error.reason, **error.facts).replace("\n", " ")
    return f"refused: {answer.rule}" if isinstance(answer, Denial) else None
