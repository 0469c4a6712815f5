"""What was ended is nowhere: a thief with every version of every file, at each durable write.

After the turn he has the custodians as they are, the passphrase, and all copies from before.  Each
month has people and a secret of its own, so that what comes open says of which month it is.
"""

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.absence import holds, mark
from tests.keyring.custody import HandClock
from tests.keys.thief import Loot, Opened, Thief, turns_in
from tests.keys.thief_watch import Fate, Watch
from tests.logs.sources import Held
from tests.run.homes import PASSPHRASE, SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Principal
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.logs.acts import DestroyEpoch, EpochDestroyed, EraseLog, Ingested, IngestLog, LogErased
from bailee.logs.search.about import about
from bailee.logs.state import DAY_MS
from bailee.logs.steps import EndingStep
from bailee.logs.store.segment import IdentifierMapReader, TextReader
from bailee.run.wiring.app import App

DPO = Principal(os_user="dede")


@dataclass(frozen=True)
class People:
    """Who stands in the logs of one month."""

    word: bytes

    @property
    def awa(self) -> bytes:
        return b"awa.%b@example.org" % self.word

    @property
    def loud(self) -> bytes:
        return b"Awa.%b@Example.org" % self.word

    @property
    def bob(self) -> bytes:
        return b"bob.%b@example.net" % self.word

    @property
    def secret(self) -> bytes:
        return b"hunter2zebra%b" % self.word

    @property
    def lines(self) -> bytes:
        return b"from %b and %b\nto %b password=%b\n" % (
            self.awa,
            self.loud,
            self.bob,
            self.secret,
        )

    @property
    def all(self) -> set[bytes]:
        return {self.awa, self.loud, self.bob}


NOW, EARLIER, OTHER = (People(mark().encode()) for _ in range(3))
EVERYBODY = NOW.all | EARLIER.all | OTHER.all


class SharpLoot(Loot):
    """Catches whatever lies on a disk as it is."""

    def take(self, data: bytes, wal: bytes = b"") -> None:
        for value in (*EVERYBODY, NOW.secret, EARLIER.secret, OTHER.secret):
            assert not holds(data, value), "a value lay on the disk in clear"
            assert not holds(wal, value), "a value lay in the write-ahead log in clear"
        super().take(data, wal)


class World:
    """A house with logs of three months, and the thief's eyes on it; one is another client's."""

    def __init__(self, place: Path) -> None:
        self.place, self.clock = place / "place", HandClock()
        self.place.mkdir()
        self.loot = SharpLoot(place)
        self.watch = Watch(self.place, self.loot)
        self.custodians = make(self.place, clock=self.clock).custodians
        self.do(lambda house: house.caller.call(AddActor(os_user=DPO.os_user, role="dpo")))
        for label in ("acme", "zebu"):
            self.do(partial(_add, label))
        self.ingest("acme", NOW)
        self.ingest("acme", EARLIER, epoch="2026-08")
        self.ingest("zebu", OTHER)

    def do(self, fn: Callable[[App], object], who: Principal = SOMEONE) -> object:
        with self.watch.living(Fate()), opened(self.place, clock=self.clock, who=who) as house:
            answer = fn(house)
        self.watch.look()
        return answer

    def ingest(self, client: str, people: People, **more: object) -> None:
        query: dict[str, Any] = {"stream": "web", "origin": "client-application", **more}
        request = IngestLog(client=client, keep_secrets=True, reason="a dispute", **query)
        source = Held(people.lines, address="-", lasting=False)
        assert isinstance(self.do(lambda house: house.caller.send(request, source)), Ingested)

    def erase(self, value: bytes) -> None:
        request = EraseLog(client="acme", about=value, purpose="rights")
        assert isinstance(self.do(lambda house: house.caller.call(request), DPO), LogErased)

    def turn(self) -> None:
        self.do(lambda house: house.caller.call(TurnKeys()))

    def end(self, part: str) -> None:
        request = DestroyEpoch(client="acme", epoch="2026-08", part=part)
        self.do(lambda house: house.caller.call(request))
        self.clock.wall_ms += DAY_MS
        answer = self.do(lambda house: house.caller.call(request), DPO)
        assert isinstance(answer, EpochDestroyed)
        assert answer.endings[0].step is EndingStep.ENDED

    def opened(self, passphrase: str | None = PASSPHRASE) -> Opened:
        files = [file for folder in self.custodians for file in folder.iterdir()]
        turns = {turn for file in files for turn in turns_in(file.read_bytes())}
        wanted = {(one.kind, one.canonical) for value in EVERYBODY for one in about(value)}
        return Thief(self.loot, turns, passphrase).open(wanted)


def _add(label: str, house: App) -> object:
    return house.caller.call(AddClient(label=label))


def people(found: Opened) -> frozenset[bytes]:
    """Give whom an index shows to have been there."""
    return found.members & EVERYBODY


def texts(found: Opened) -> int:
    return sum(_reads(TextReader, data) for data in found.logs)


def names(found: Opened) -> int:
    return sum(_reads(IdentifierMapReader, data) for data in found.logs)


def secrets(found: Opened) -> set[bytes]:
    kept = {people.secret for people in (NOW, EARLIER, OTHER)}
    return {secret for secret in kept if any(secret in data for data in found.logs)}


def _reads(kind: type[TextReader | IdentifierMapReader], data: bytes) -> bool:
    with suppress(errors.Damaged), kind(io.BytesIO(data.rstrip(b"\0"))):
        return True
    return False


def test_the_thief_opens_what_lives_and_what_is_only_pending(tmp_path: Path) -> None:
    """Else what he does not open would prove nothing."""
    world = World(tmp_path)
    world.erase(NOW.awa)
    world.end("text")
    found = world.opened()
    assert found.values >= EVERYBODY
    assert people(found) >= {NOW.awa, EARLIER.awa, OTHER.awa, NOW.bob}
    assert (texts(found), names(found)) == (3, 3)
    assert secrets(found) == {NOW.secret, EARLIER.secret, OTHER.secret}
    assert world.opened(None).nothing


def test_after_an_erasure_and_a_turn_the_value_is_nowhere(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.erase(NOW.loud)
    world.turn()
    found = world.opened()
    gone = {NOW.awa, NOW.loud}
    assert found.values & EVERYBODY == EVERYBODY - gone
    assert people(found).isdisjoint(gone)
    assert people(found) >= {NOW.bob, EARLIER.awa, OTHER.awa}
    assert (texts(found), names(found)) == (3, 3)
    assert found.bodies
    said = b"".join((*found.subjects, *found.contents, *found.logs)).lower()
    assert not holds(said, NOW.awa)


@pytest.mark.parametrize("part", ["names", "text"])
def test_after_a_month_was_ended_and_a_turn_it_is_nowhere(tmp_path: Path, part: str) -> None:
    world = World(tmp_path)
    world.end(part)
    world.turn()
    found = world.opened()
    assert found.values & EVERYBODY == EVERYBODY - EARLIER.all
    assert people(found).isdisjoint(EARLIER.all)
    assert people(found) >= {NOW.awa, OTHER.awa}
    left = {"names": 3, "text": 2}[part]
    assert (texts(found), names(found)) == (left, 2)
    kept = {NOW.secret, OTHER.secret} | ({EARLIER.secret} if part == "names" else set())
    assert secrets(found) == kept
