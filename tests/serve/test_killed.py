"""A server that is ended or killed under load: what was acknowledged is whole."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import opened
from tests.serve.process import process, server_of
from tests.serve.served import found

from bailee import errors
from bailee.audit import FindingKind
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.objects.acts import GetObject, PutObject
from bailee.run.wiring.app import os_principal

CLIENT = "acme"
THREADS = 3
SEED = 20_261_130


def content(name: str) -> bytes:
    return name.encode() * 20_000


class Load:
    """Threads that put until their server is gone; remembers what was acknowledged."""

    def __init__(self, place: Path, prefix: str) -> None:
        self.place = place
        self.kept: set[str] = set()
        self.enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._put, args=(f"{prefix}-{n}",)) for n in range(THREADS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(HANGS_S)
            assert not thread.is_alive()

    def _put(self, prefix: str) -> None:
        server = server_of(self.place)
        with suppress(errors.BaileeError):
            for number in range(10_000):
                name = f"{prefix}-{number}"
                done(server.caller.send(PutObject(client=CLIENT, name=name), pieces(name)))
                self.kept.add(name)
                if len(self.kept) >= THREADS * 2:
                    self.enough.set()
        server.close()


def pieces(name: str) -> Iterator[bytes]:
    data = content(name)
    for start in range(0, len(data), 50_000):
        yield data[start : start + 50_000]


def judge(place: Path, kept: set[str], *, ended: bool) -> None:
    """Show that all that was acknowledged is there, whole, and nothing else is wrong."""
    with opened(place, who=os_principal()) as app:
        for name in kept:
            asked = GetObject(client=CLIENT, object=name, purpose="client-request")
            given = done(app.caller.call(asked))
            assert b"".join(map(bytes, given.chunks)) == content(name)
        found_ = done(app.caller.call(RunCheck())).findings
        assert {one.kind for one in found_} <= {FindingKind.BACKUP_LACKING, FindingKind.SHARED_DISK}
        entries = done(app.caller.call(ShowEntries(client=CLIENT))).entries
    puts = {str(shown.entry) for shown in entries if shown.opening.kind == "object:put"}
    if ended:
        of = {shown.body.get("of") for shown in entries}
        assert puts <= of, "an act without an outcome"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found(tmp_path)
    with opened(tmp_path, who=os_principal()) as app:
        done(app.caller.call(AddClient(label=CLIENT)))
    return tmp_path


def test_ended_under_load_it_records_what_was_under_way(place: Path) -> None:
    with process(place) as running, Load(place, "a") as load:
        assert load.enough.wait(HANGS_S)
        running.send_signal(signal.SIGTERM)
        assert running.wait(HANGS_S) == 0
    judge(place, load.kept, ended=True)


def test_killed_under_load_it_keeps_what_was_acknowledged(place: Path) -> None:
    """The next server takes the place that this one left."""
    with process(place) as running, Load(place, "a") as load:
        assert load.enough.wait(HANGS_S)
        running.kill()
    with process(place) as running, Load(place, "b") as more:
        assert more.enough.wait(HANGS_S)
        running.kill()
    judge(place, load.kept | more.kept, ended=False)


def test_killed_it_has_an_entry_of_each_look_and_nothing_is_wrong(place: Path) -> None:
    """The outcomes of the last looks may be missing, as nobody waited for them."""
    looks = 8
    with process(place) as running:
        server = server_of(place)
        done(server.caller.send(PutObject(client=CLIENT, name="a"), pieces("a")))
        get = GetObject(client=CLIENT, object="a", purpose="client-request")
        for _ in range(looks):
            assert b"".join(map(bytes, done(server.caller.call(get)).chunks)) == content("a")
        running.kill()
        server.close()
    with opened(place, who=os_principal()) as app:
        shown = done(app.caller.call(ShowEntries(client=CLIENT))).entries
        gets = [one.entry for one in shown if one.opening.kind == "object:get"]
        assert len(gets) == looks
        ended = [one.body["of"] for one in shown if one.opening.kind == "outcome"]
        # Later entries stand after the outcomes of the looks before them.
        assert set(map(str, gets[:-1])) <= set(ended)
    judge(place, {"a"}, ended=False)


@pytest.mark.sweep
def test_killed_at_any_moment_it_keeps_what_was_acknowledged(place: Path) -> None:
    drawn, kept = random.Random(SEED), set[str]()  # noqa: S311  # the same each time
    for round_ in range(40):
        with process(place) as running, Load(place, str(round_)) as load:
            wanted = drawn.randrange(12)
            while len(load.kept) < wanted:
                pass
            running.kill()
        kept |= load.kept
    judge(place, kept, ended=False)


def test_silent_connections_do_not_keep_it_from_ending(place: Path) -> None:
    with process(place) as running:
        server = server_of(place)
        server.caller.reach()
        running.send_signal(signal.SIGTERM)
        assert running.wait(HANGS_S) == 0
        server.close()
