"""Many threads act at once through one server; a model says what is there."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import opened
from tests.serve.served import Running, found, running
from tests.serve.test_callers import Lines

from bailee import errors
from bailee.audit import FindingKind
from bailee.backup.acts import CreateBackup
from bailee.check.acts import RunCheck
from bailee.client.server import Server
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.ledgers.acts import ShowHead
from bailee.logs.acts import EraseLog, IngestLog, ListStreams, SearchLog
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.run.wiring.app import os_principal

CLIENTS = ("acme", "sahel")
SEED = 20_261_130
OF_PLACE = {FindingKind.BACKUP_LACKING, FindingKind.SHARED_DISK}


@dataclass
class Person:
    """One thread's model: what it put and took in, of names that no other thread uses."""

    number: int
    client: str
    server: Server
    drawn: random.Random
    objects: dict[str, bytes] = field(default_factory=dict)
    lines: int = 0

    def name(self) -> str:
        return f"{self.client}-{self.number}-{self.drawn.randrange(4)}"

    def put(self) -> None:
        name, content = self.name(), self.drawn.randbytes(self.drawn.randrange(1, 200_000))
        done(self.server.caller.send(PutObject(client=self.client, name=name), iter([content])))
        self.objects[name] = content

    def get(self) -> None:
        name = self.name()
        asked = GetObject(client=self.client, object=name, purpose="client-request")
        if name in self.objects:
            given = done(self.server.caller.call(asked))
            assert b"".join(map(bytes, given.chunks)) == self.objects[name]
        else:
            with pytest.raises(errors.NotFound):
                self.server.caller.call(asked)

    def of_another(self) -> None:
        """What is put for one client is not there for another."""
        other = next(one for one in CLIENTS if one != self.client)
        for name in self.objects:
            asked = GetObject(client=other, object=name, purpose="client-request")
            with pytest.raises(errors.NotFound):
                self.server.caller.call(asked)

    def list(self) -> None:
        listed = done(self.server.caller.call(ListObjects(client=self.client)))
        assert all(one.name.startswith(f"{self.client}-") for one in listed)
        assert set(self.objects) <= {one.name for one in listed}

    def delete(self) -> None:
        if self.objects:
            name = self.drawn.choice(sorted(self.objects))
            done(self.server.caller.call(DeleteObject(client=self.client, object=name)))
            del self.objects[name]

    def ingest(self) -> None:
        count = self.drawn.randrange(1, 40)
        data = b"".join(
            b"2026-11-20T08:00:%02dZ %s-%d-%d awa%d@%s.example\n"
            % (n, self.client.encode(), self.number, self.lines + n, n, self.client.encode())
            for n in range(count)
        )
        source = Lines(data)
        source.lasting = False
        log = IngestLog(client=self.client, stream=f"s{self.number}", origin="provider-tool")
        done(self.server.caller.send(log, source))
        self.lines += count

    def search(self) -> None:
        answer = done(
            self.server.caller.call(SearchLog(client=self.client, purpose="service", lines=50))
        )
        shown = b"".join(part for line in answer.lines for part in texts(line.body))
        assert set(re.findall(rb"(acme|sahel)-", shown)) <= {self.client.encode()}

    def erase(self) -> None:
        value = f"awa{self.drawn.randrange(40)}@{self.client}.example".encode()
        asked = EraseLog(client=self.client, about=value, purpose="client-request")
        done(self.server.caller.call(asked))

    def head(self) -> None:
        done(self.server.caller.call(ShowHead(client=self.client)))

    def turn(self) -> None:
        done(self.server.caller.call(TurnKeys()))

    def backup(self) -> None:
        with suppress(errors.LockedByOther):  # one at a time, and another's is as good
            done(self.server.caller.call(CreateBackup()))


def texts(body: tuple[object, ...]) -> Iterator[bytes]:
    for piece in body:
        if isinstance(piece, bytes):
            yield piece
        elif isinstance(piece, str):
            yield piece.encode()


Act = Callable[[Person], None]
AT_ONCE: list[Act] = [
    *(Person.put, Person.get, Person.list, Person.search),
    *(Person.of_another, Person.head, Person.backup),
]
IN_TURN: list[Act] = [Person.ingest, Person.delete, Person.erase, Person.turn, Person.put]
"""Acts that end keys, one after another: an ingest merges runs of the index.

Beside them a reader whose snapshot is a moment older calls the rows older than custodians know.
"""


def mixed(place: Path, *, threads: int, rounds: int, steps: int, seed: int) -> None:
    found(place)
    with running(place) as one, ExitStack() as left:
        for client in CLIENTS:
            done(one.server.caller.call(AddClient(label=client)))
        people = [person(one, number, seed) for number in range(threads)]
        for who in people:
            left.enter_context(closing(who.server))
        for round_ in range(rounds):
            with ThreadPoolExecutor(threads) as pool:
                for over in [pool.submit(steps_of, who, steps) for who in people]:
                    over.result(HANGS_S)
            for act in IN_TURN:
                for who in people[round_ % 4 :: 4]:
                    act(who)
        judge(one, people)
    with opened(place, who=os_principal()) as app:
        findings = done(app.caller.call(RunCheck())).findings
    assert {one.kind for one in findings} <= OF_PLACE, findings


def steps_of(who: Person, steps: int) -> None:
    for _ in range(steps):
        who.drawn.choice(AT_ONCE)(who)


def person(one: Running, number: int, seed: int) -> Person:
    return Person(
        number=number,
        client=CLIENTS[number % 2],
        server=Server(one.place),
        drawn=random.Random(seed + number),  # noqa: S311  # the same each time
    )


def judge(one: Running, people: list[Person]) -> None:
    """Show that all is there, of each client its own, and that nothing contradicts anything."""
    lines = Counter[str]()
    for who in people:
        for name, content in who.objects.items():
            asked = GetObject(client=who.client, object=name, purpose="client-request")
            given = done(one.server.caller.call(asked))
            assert b"".join(map(bytes, given.chunks)) == content
        lines[who.client] += who.lines
    for client in CLIENTS:
        names = {name for who in people if who.client == client for name in who.objects}
        listed = done(one.server.caller.call(ListObjects(client=client)))
        assert {listed_.name for listed_ in listed} == names
        streams = done(one.server.caller.call(ListStreams(client=client)))
        assert sum(stream.lines for stream in streams) == lines[client]


def test_many_at_once_leave_what_each_did(tmp_path: Path) -> None:
    mixed(tmp_path, threads=16, rounds=2, steps=2, seed=SEED)


@pytest.mark.sweep
@pytest.mark.parametrize("round_", range(8))
def test_many_at_once_for_long_leave_what_each_did(tmp_path: Path, round_: int) -> None:
    mixed(tmp_path, threads=16, rounds=10, steps=8, seed=SEED + 1_000 * round_)
