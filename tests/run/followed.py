"""Followed: a folder of logs, and a follower of them that pushes into a real home."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.answers import done

from bailee import errors
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, LogExported
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.run.follow.followed import FollowedFiles
from bailee.run.follow.follower import Follower, FollowRule
from bailee.run.wiring.app import App


class Killed(BaseException):
    """Killed: the follower is gone in the middle, and nothing of it is done any more."""


@dataclass
class Follows:
    """A follower that is started anew as often as it ends, and what it pushes into."""

    house: App
    folder: Path
    paths: tuple[str, ...]
    stream: str = "web"
    before: Callable[[PushLines], None] = lambda _: None
    after: Callable[[PushLines], None] = lambda _: None
    now_s: float = 0.0
    notes: list[str] = field(default_factory=list)
    begun: bool = False
    """Whether anything was pushed, so that there is a stream."""
    _files: FollowedFiles | None = None
    _follower: Follower | None = None

    def push(self, request: PushLines, lines: list[bytes]) -> LinesPushed:
        self.before(request)
        answer = done(self.house.caller.send(request, lines))
        assert isinstance(answer, LinesPushed)
        self.begun = True
        self.after(request)
        return answer

    def start(self) -> None:
        rule = FollowRule(
            paths=[str(self.folder / path) for path in self.paths],
            request=PushLines(client="acme", stream=self.stream, origin="infrastructure"),
            host="host",
        )
        self._files = FollowedFiles(self.folder.parent / f"state-{self.stream}.json")
        self._follower = Follower(
            rule,
            self._files,
            self.push,
            monotonic_s=lambda: self.now_s,
            note=lambda _, error: self.notes.append(error.reason),
        )

    def kill(self) -> None:
        """End it as a crash does: what is in memory is gone."""
        if self._files is not None:
            self._files.close()
        self._files = self._follower = None

    def round(self) -> bool:
        """Look and push once; tell whether there may be more."""
        if self._follower is None:
            self.start()
        assert self._follower is not None
        self.now_s += 1
        self._follower.look()
        try:
            return self._follower.step()
        except Killed:
            self.kill()
            return True
        except (errors.Unreachable, errors.OutcomeUnknown):
            return True

    def open_files(self) -> list[str]:
        """Name the files that it holds open."""
        assert self._files is not None
        return [one.path for one in self._files.records if one.file is not None]

    def settle(self) -> None:
        """Go on until all that is there is durable, and what was rotated is done with."""
        for _ in range(2):
            while self.round():
                pass
            self.now_s += 10
        while self.round():
            pass

    def held(self) -> list[bytes]:
        """Give all lines in custody, in their order."""
        asked = ExportLog(client="acme", stream=self.stream, purpose="service")
        answer = done(self.house.caller.call(asked))
        assert isinstance(answer, LogExported)
        return b"".join(map(bytes, answer.chunks)).splitlines()


def founded(house: App) -> None:
    """Add the client."""
    done(house.caller.call(AddClient(label="acme")))
