"""Killed or failed at any durable write, an end happened or it did not; asked again, it is done.

Never by one person, whatever a crash left of what the first asked for, and never with half of a
month.
"""

import io
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.answers import done
from tests.keyring.custody import HandClock
from tests.keys.thief import Loot
from tests.keys.thief_watch import Died, Fate, Watch
from tests.logs.sources import Held
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Principal, Request
from bailee.audit import Depth, Finding
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.logs.acts import (
    DestroyEpoch,
    EraseLog,
    ExportLog,
    Ingested,
    IngestLog,
    ListEpochs,
    LogExported,
    Month,
)
from bailee.logs.model import SECRETS_DAYS
from bailee.logs.state import DAY_MS
from bailee.logs.steps import Life
from bailee.run.wiring.app import App

DPO = Principal(os_user="dede")
LINES = b"from awa@example.org to bob@example.net password=hunter2zebra\n"
GONE = LINES.replace(b"awa@example.org", b"[erased]")
HIDDEN = LINES.replace(b"hunter2zebra", b"[secret]")
ERASE = EraseLog(client="acme", about=b"awa@example.org", purpose="rights")
END = DestroyEpoch(client="acme", epoch="2026-08", part="text")


class World:
    """A home that can be put back to where it was, and die at any passage."""

    def __init__(self, folder: Path) -> None:
        self.place, self._saved, self.clock = folder / "place", folder / "saved", HandClock()
        self.place.mkdir()
        self.watch = Watch(self.place, Loot(folder))
        make(self.place, clock=self.clock)
        with self.open() as house:
            house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
            house.caller.call(AddClient(label="acme"))
            log = IngestLog(
                client="acme",
                stream="web",
                origin="infrastructure",
                epoch="2026-08",
                keep_secrets=True,
                reason="a dispute",
            )
            taken = done(house.caller.send(log, Held(LINES, lasting=False)))
            assert isinstance(taken, Ingested)
            (self.batch,) = taken.batches
            house.caller.call(END)
        self.later(DAY_MS)

    def open(self, who: Principal = SOMEONE) -> AbstractContextManager[App]:
        return opened(self.place, clock=self.clock, who=who)

    def save(self) -> None:
        shutil.copytree(self.place, self._saved)

    def back(self) -> None:
        shutil.rmtree(self.place)
        shutil.copytree(self._saved, self.place)

    def dies(self, fate: Fate, story: "Story") -> None:
        """Do the act of a story under a fate."""
        try:
            with self.watch.living(fate), self.open(story.who) as house:
                house.caller.call(story.act)
        except (Died, errors.BaileeError, OSError):
            assert fate
        finally:
            self.watch.bury()

    def exported(self) -> bytes | None:
        """Give the bytes back; None when the month has ended."""
        request = ExportLog(client="acme", batch=str(self.batch), purpose="client-request")
        with self.open() as house:
            try:
                answer = done(house.caller.call(request))
            except errors.Conflict:
                return None
            except errors.Damaged as error:
                # Cut short between the custodians, who know the month as ended, and the commit:
                # it opens no more, and whoever asks again for its end has it.
                if error.reason != "errors_keyring.older-rows":
                    raise
                return None
            assert isinstance(answer, LogExported)
            return b"".join(map(bytes, answer.chunks))

    def life(self) -> Life:
        with self.open() as house:
            (month,) = done(house.caller.call(ListEpochs(client="acme")))
        assert isinstance(month, Month)
        return month.text.life

    def later(self, later_ms: int) -> None:
        """Let time go by in which the home is used: no jump of the clock."""
        self.clock.wall_ms += later_ms
        with self.open() as house:
            house.caller.call(ListEpochs(client="acme"))

    def _findings(self) -> Sequence[Finding]:
        with self.open() as house, redirect_stdout(io.StringIO()):
            return done(house.caller.call(RunCheck(depth=Depth.DEEP))).findings

    def damage(self) -> list[str]:
        return [str(one.kind) for one in self._findings() if one.is_damage]

    def named(self) -> list[str]:
        return [str(one.kind) for one in self._findings()]


@dataclass(frozen=True)
class Story:
    """An act, by whom, and what may be seen of it; the first is before, the last is after."""

    act: Request[Any]
    who: Principal
    states: tuple[object, ...]
    look: Callable[[World], object]
    later_ms: int = 0


STORIES = {
    "a value is erased": Story(ERASE, DPO, (LINES, GONE), World.exported),
    "a month is ended by the second person": Story(END, DPO, (LINES, None), World.exported),
    "a month is asked for by one": Story(END, SOMEONE, (Life.ALIVE,), World.life),
    "kept secrets end at the turn": Story(
        TurnKeys(), SOMEONE, (HIDDEN,), World.exported, later_ms=SECRETS_DAYS * DAY_MS
    ),
}


def tell(place: Path, story: Story, every: int) -> None:
    """Cut the act short at every such passage, both ways."""
    world = World(place)
    world.later(story.later_ms)
    world.save()
    world.dies(Fate(), story)
    passages = world.watch.passages
    assert passages > 10
    kinds: tuple[Literal["death", "failure"], ...] = ("death", "failure")
    for fate in (Fate(kind=kind, at=at) for at in range(1, passages + 1, every) for kind in kinds):
        world.back()
        world.dies(fate, story)
        assert story.look(world) in story.states, fate
        world.dies(Fate(), story)
        assert story.look(world) == story.states[-1], fate
        assert world.damage() == [], fate


def test_an_end_that_was_cut_short_is_whole_or_not_at_all(tmp_path: Path) -> None:
    tell(tmp_path, STORIES["a month is ended by the second person"], 67)


def test_an_end_that_custodians_alone_know_is_whole_after_a_turn(tmp_path: Path) -> None:
    """Nobody asks again: the turn makes it final, and the month's secrets have ended with it."""
    world = World(tmp_path)
    ended = STORIES["a month is ended by the second person"]
    # Both custodians know the keys of the month, and those of its secrets.
    world.dies(Fate(point="kms.pending-write:after", times=4), ended)
    assert "erasure-unrecorded" in world.named()
    turned = Story(TurnKeys(), SOMEONE, (None,), World.exported)
    for later_ms in (0, SECRETS_DAYS * DAY_MS):
        world.later(later_ms)
        world.dies(Fate(), turned)
        assert world.exported() is None
        assert world.damage() == []


@pytest.mark.sweep
@pytest.mark.long
@pytest.mark.parametrize("name", STORIES)
def test_an_end_cut_short_at_every_write(tmp_path: Path, name: str) -> None:
    tell(tmp_path, STORIES[name], 1)
