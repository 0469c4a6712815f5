"""Follow command: `bailee log follow` reads files on as they grow, and pushes their lines.

It goes on through rotation, an outage of the server and its own end at any moment; what cannot be
pushed now stays in its files and is tried again.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from bailee import errors
from bailee.act import Denial
from bailee.act.show import printable
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, argument, command, flag, option
from bailee.run.follow.followed import FollowedFiles
from bailee.run.follow.follower import Follower, FollowRule
from bailee.text import say

if TYPE_CHECKING:
    from bailee.client import AskedServer

POLL_S: Final = 0.5
"""How often files are looked at: a line is durable within about a second."""
LOOK_SHARE: Final = 20
"""Of many files, one look takes long: it then takes no more than so much of the time."""
RETRY_S: Final = 0.5
RETRY_LONGEST_S: Final = 30.0
"""Doubled from the first to the longest, while the server does not take lines."""
_STATE_FOLDER: Final = "STATE_DIRECTORY"
"""Set by systemd for a unit with StateDirectory=."""


class _Ended(BaseException):
    """Ended: asked to end; as safe at any moment as a crash is."""


def follow() -> Command:
    """Make the command."""
    params = [
        argument("paths", metavar="PATH", help="follow.help_paths", nargs=-1, required=True),
        *derive.parameters(PushLines, omit=("source",)),
        option("--state", metavar="FILE", help="follow.help_state", type=Path),
        flag("--once", help="follow.help_once"),
    ]
    return command("log follow", _follow, params)


def _follow(*, paths: tuple[str, ...], state: Path | None, once: bool, **given: object) -> int:
    request: PushLines = derive.request(PushLines, given)
    rule = FollowRule(
        # Absolute: the same files wherever it is started, as they are written down.
        paths=[str(Path(path).absolute()) for path in paths],
        request=request,
        host=os.uname().nodename,
    )
    with _ending(), closing(FollowedFiles(state or _state_of(request))) as files:
        following = _Following(rule, files)
        try:
            following.run(once=once)
        except _Ended:
            # What was durable and is not written down is known by the marks of the server.
            frame.tell("follow.ended")
        finally:
            following.close()
    return 0


def _state_of(request: PushLines) -> Path:
    """Choose where records are kept: one place for each home, client and stream."""
    words = "\0".join((str(frame.session.home.absolute()), request.client, request.stream))
    # Hashed: labels of clients are no names of files.
    name = f"follow-{sha256(words.encode(errors='surrogatepass')).hexdigest()[:16]}.json"
    given = os.environ.get(_STATE_FOLDER)
    if given:
        return Path(given.partition(":")[0]) / name
    folder = os.environ.get("XDG_STATE_HOME")
    return (Path(folder) if folder else Path.home() / ".local/state") / "bailee" / name


@contextmanager
def _ending() -> Iterator[None]:
    """Raise Ended at SIGTERM and SIGINT, wherever it is waited: for files or for an answer."""

    def end(number: int, at: FrameType | None) -> None:
        del number, at
        raise _Ended

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class _Following:
    """Following: looks and pushes in turn; while the server takes nothing, looks alone."""

    rule: FollowRule
    files: FollowedFiles
    _server: "AskedServer | None" = None
    _retry_s: float = 0.0
    _due_s: float = 0.0
    _why: str | None = None
    _follower: Follower = field(init=False)

    def __post_init__(self) -> None:
        self._follower = Follower(
            self.rule, self.files, self._push, monotonic_s=time.monotonic, note=_note
        )

    def run(self, *, once: bool) -> None:
        """Follow until it is ended; `once` until all that is there is durable."""
        while True:
            begun_s = time.monotonic()
            # Also while nothing can be pushed: a file that is deleted meanwhile is held open.
            self._follower.look()
            look_s = time.monotonic() - begun_s
            more = time.monotonic() >= self._due_s and self._stepped()
            if once and not more and self._why is None:
                return
            if not more:
                time.sleep(max(POLL_S, LOOK_SHARE * look_s))

    def close(self) -> None:
        """End the connections."""
        if self._server is not None:
            self._server.close()

    def _stepped(self) -> bool:
        try:
            more = self._follower.step()
        except errors.UsageError:
            raise  # by what was typed: it would be refused for ever
        except errors.BaileeError as error:
            self._later(error)
            return False
        if self._why is not None:
            frame.tell("follow.again")
        self._retry_s, self._why = 0.0, None
        return more

    def _later(self, error: errors.BaileeError) -> None:
        self._retry_s = min(max(RETRY_S, 2 * self._retry_s), RETRY_LONGEST_S)
        self._due_s = time.monotonic() + self._retry_s
        # Once for each reason: it may be so for days.
        if self._why != error.reason:
            self._why = error.reason
            frame.tell("follow.later", why=say(error.reason, **error.facts))

    def _push(self, request: PushLines, lines: list[bytes]) -> LinesPushed:
        # Of a server alone: a home that was opened here would keep it out.
        if self._server is None:
            self._server = frame.served()
        answer = self._server.caller.send(request, lines)
        if isinstance(answer, Denial):
            raise errors.CannotRecord("errors_follow.refused", rule=answer.rule)
        return answer


def _note(path: str, error: errors.BaileeError) -> None:
    why = say(error.reason, **error.facts)
    frame.tell("follow.left", name=printable(path), why=why)
