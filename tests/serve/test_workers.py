"""Received bytes are parsed by a worker that has no key, and its faults are of one act alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from select import select

import numpy as np
import pytest
from tests.absence import holds
from tests.answers import done
from tests.logs.test_parsing import Lying, Said3, ThreadWorkers, of_finds
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE
from tests.serve.served import Running, found, running
from tests.serve.test_callers import LINES, Lines
from tests.serve.test_sealing import HOLDING

from bailee import errors
from bailee.audit import FindingKind
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.keys.acts import SealKeys
from bailee.logs.acts import ExportLog, IngestLog, ListStreams
from bailee.logs.ingest.parsing.answering import Answering
from bailee.logs.ingest.parsing.far import ENDED, UNTRUE
from bailee.logs.ingest.parsing.window import Said
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.run.workers.starting import ProcessWorkers
from bailee.secret import Secret

CLIENT = "acme"
PUSH = PushLines(
    client=CLIENT, stream="web", origin="provider-tool", source="a", start=0, position=1
)
INGEST = IngestLog(client=CLIENT, stream="web", origin="provider-tool")


TRIED = """
import os, signal, socket, sys
from bailee.front.confine import seclude
ours, theirs = socket.socketpair()
print(seclude())
def tried(name, do):
    try:
        do()
        print(name, "done")
    except PermissionError:
        print(name, "refused")
tried("read", lambda: open(sys.argv[1]))
tried("write", lambda: open(sys.argv[1] + "2", "w"))
tried("remove", lambda: os.unlink(sys.argv[1]))
tried("look", lambda: os.stat(sys.argv[1]))
tried("socket", lambda: socket.socket(socket.AF_UNIX))
tried("network", lambda: socket.socket(socket.AF_INET))
tried("pair", socket.socketpair)
tried("process", os.fork)
tried("program", lambda: os.execv("/bin/true", ["true"]))
tried("signal", lambda: os.kill(os.getppid(), signal.SIGKILL))
tried("memory", lambda: os.memfd_create("other"))
tried("given", lambda: (ours.send(b"x"), theirs.recv(1)))
sys.stdout.flush()
"""


def founded(place: Path) -> None:
    """Found a home with one client."""
    found(place)
    with running(place) as one:
        done(one.server.caller.call(AddClient(label=CLIENT)))


@pytest.fixture
def workers() -> Iterator[ProcessWorkers]:
    made = ProcessWorkers()
    yield made
    made.stop()


@pytest.fixture
def one(tmp_path: Path, workers: ProcessWorkers) -> Iterator[Running]:
    founded(tmp_path)
    with running(tmp_path, workers=workers) as made:
        yield made


def stored(one: Running) -> bytes:
    """Give back all that was received."""
    asked = ExportLog(client=CLIENT, stream="web", purpose="client-request")
    given = done(one.server.caller.call(asked))
    return b"".join(map(bytes, given.chunks))


def lines_of(one: Running) -> int:
    (stream,) = done(one.server.caller.call(ListStreams(client=CLIENT)))
    return int(stream.lines)


def pushed(one: Running, data: bytes = LINES) -> LinesPushed:
    return done(one.server.caller.send(PUSH, iter([data])))


def children(process: int) -> list[int]:
    pages = Path(f"/proc/{process}/task").glob("*/children")
    return [int(one) for page in pages for one in page.read_text("ascii").split()]


@dataclass
class Meddled:
    """A source that does something once half of its lines were given."""

    meddle: Callable[[], object]
    address: str = "/var/log/web"
    lasting: bool = False
    durable: int = 0

    def read(self, offset: int) -> Iterator[bytes]:
        half = len(LINES) // 2
        yield LINES[offset:half]
        self.meddle()
        yield LINES[half:]

    def taken(self, end: int) -> None:
        self.durable = end


def worker_of(workers: ProcessWorkers) -> int:
    """Find the worker that was begun last; that of a push before may wait for another."""
    assert workers.pid is not None
    return children(workers.pid)[-1]


def ended(process: int) -> None:
    """Wait until a process has ended, by a descriptor of it."""
    assert select([process], [], [], HANGS_S)[0]
    os.close(process)


def refused(one: Running, act: Callable[[], object]) -> str:
    """Do what fails, and give the reason; the keeper serves on."""
    with pytest.raises(errors.CannotRecord) as raised:
        act()
    assert not one.server.state().sealed
    return raised.value.reason


def test_what_a_worker_parsed_is_what_this_process_parses(one: Running, tmp_path: Path) -> None:
    far = done(one.server.caller.send(INGEST, Lines()))
    (tmp_path / "own").mkdir()
    founded(tmp_path / "own")
    with running(tmp_path / "own") as other:
        own = done(other.server.caller.send(INGEST, Lines()))
    assert replace(far, stream=own.stream, batches=own.batches) == own
    assert stored(one) == LINES
    # Told again by its bytes, and continued from there.
    again = done(one.server.caller.send(INGEST, Lines()))
    assert (again.start, again.lines) == (len(LINES), 0)
    pushed(one)
    assert lines_of(one) == 800


def test_one_that_is_killed_in_the_middle_fails_its_act_alone(
    one: Running, workers: ProcessWorkers
) -> None:
    def kill() -> None:
        begun = os.pidfd_open(worker_of(workers))
        signal.pidfd_send_signal(begun, signal.SIGKILL)
        ended(begun)

    pushed(one)
    source = Meddled(kill)
    assert refused(one, lambda: one.server.caller.send(INGEST, source)) == ENDED
    assert source.durable == 0
    assert lines_of(one) == 400
    whole = Meddled(lambda: None)
    assert done(one.server.caller.send(INGEST, whole)).lines == 400
    assert lines_of(one) == 800


def test_sealed_no_worker_is_left(one: Running, workers: ProcessWorkers) -> None:
    pushed(one)
    waiting = os.pidfd_open(worker_of(workers))
    done(one.server.caller.call(SealKeys()))
    ended(waiting)
    assert one.server.unseal(Secret(PASSPHRASE)) is None
    assert pushed(one).repeated


def test_the_program_that_begins_them_is_started_again(
    one: Running, workers: ProcessWorkers
) -> None:
    def kill() -> None:
        assert workers.pid is not None
        begun = os.pidfd_open(worker_of(workers))
        os.kill(workers.pid, signal.SIGKILL)
        # With it go its workers, so that nobody parses on unseen.
        ended(begun)

    assert refused(one, lambda: one.server.caller.send(INGEST, Meddled(kill))) == ENDED
    assert pushed(one).size_bytes == len(LINES)
    kill()
    assert done(one.server.caller.send(INGEST, Meddled(lambda: None))).lines == 400
    assert lines_of(one) == 800


def test_one_that_lies_is_refused_and_nothing_is_acknowledged(tmp_path: Path) -> None:
    lie = of_finds(1 << 40, 0)

    class Liar(Lying):
        def lie(self, said: Said3) -> Said3 | bytes | None:
            return lie(self, said)

    founded(tmp_path)
    threads = ThreadWorkers(Liar)
    with running(tmp_path, workers=threads) as one:
        source = Lines()
        assert refused(one, lambda: one.server.caller.send(INGEST, source)) == UNTRUE
        assert refused(one, lambda: pushed(one)) == UNTRUE
        assert source.durable == 0
        threads.answering = Answering
        answer = pushed(one)
        assert (answer.repeated, answer.size_bytes) == (False, len(LINES))
        assert stored(one) == LINES


def test_a_lie_that_could_be_true_spoils_no_byte(tmp_path: Path) -> None:
    """It names other places, kinds, rules and times; all lines come back as they came."""

    class Liar(Lying):
        def lie(self, said: Said3) -> Said3 | bytes | None:
            window = self._window
            if said[0] == Said.FOUND:
                count = 100
                # Across newlines, over half an address, and of nothing that is one; but no secret,
                # of which no byte is kept.
                window.start[:count] = np.arange(count) * 150
                window.end[:count] = window.start[:count] + 149
                window.kind[:count] = np.arange(count) % 17 + 1
                window.flags[:count] = np.arange(count) * 7
                return (said[0], said[1], count)
            window.found[:] = (1 << 63) - 1
            window.given[::3] = 0
            return said

    founded(tmp_path)
    with running(tmp_path, workers=ThreadWorkers(Liar)) as one:
        assert done(one.server.caller.send(INGEST, Lines())).lines == 400
        assert stored(one) == LINES
        found_ = done(one.server.caller.call(RunCheck())).findings
        assert {one.kind for one in found_} <= {FindingKind.BACKUP_LACKING, FindingKind.SHARED_DISK}


def memory_of(process: int) -> bytes:
    """Read all that a process could read of itself."""
    held = bytearray()
    with Path(f"/proc/{process}/mem").open("rb") as memory:
        for line in Path(f"/proc/{process}/maps").read_text("ascii").splitlines():
            place, rights, *_, name = [*line.split(maxsplit=5), ""][:6]
            if not rights.startswith("r") or name.startswith("[v"):  # the kernel's own pages
                continue
            start, end = (int(one, 16) for one in place.split("-"))
            memory.seek(start)
            with suppress(OSError):
                held += memory.read(end - start)
    return bytes(held)


def test_a_worker_has_no_key_and_nothing_open(one: Running, workers: ProcessWorkers) -> None:
    with one.home.using() as app:
        root = app.parts.kms.root().reveal()
    seen = list[tuple[list[int], bytes]]()

    def look() -> None:
        process = worker_of(workers)
        open_ones = sorted(int(one.name) for one in Path(f"/proc/{process}/fd").iterdir())
        try:
            seen.append((open_ones, memory_of(process)))
        except PermissionError:  # whoever is not root may not look
            seen.append((open_ones, b""))

    done(one.server.caller.send(INGEST, Meddled(look)))
    ((open_ones, held),) = seen
    assert open_ones == [0]
    if not held:
        pytest.skip("only root may look into the memory of a process that does not dump")
    # It is looked into where the lines are, and where a key would be.
    assert holds(held, LINES[:4_000])
    assert not holds(held, root)
    assert not holds(held, PASSPHRASE.encode())


def test_nothing_that_holds_keys_is_loaded_in_a_worker() -> None:
    asked = "import sys, bailee.run.workers.program; print(*sys.modules)"
    made = subprocess.run(
        [sys.executable, "-I", "-c", asked], stdout=subprocess.PIPE, check=True, timeout=HANGS_S
    )
    loaded = made.stdout.decode().split()
    holding = (*HOLDING, "bailee.run.serve.open_home", "bailee.adapters", "sqlalchemy")
    assert [name for name in loaded if name.startswith(holding)] == []
    # One thread alone: Arrow would bring its own, which do not survive the splitting.
    assert {"pyarrow"}.isdisjoint(loaded)
    assert {"bailee.scan.scanner"} <= set(loaded)


def test_what_it_needs_is_all_that_the_kernel_leaves_it(tmp_path: Path) -> None:
    place = tmp_path / "rows.db"
    place.write_bytes(b"")
    made = subprocess.run(
        [sys.executable, "-I", "-c", TRIED, str(place)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=HANGS_S,
        env={},
    )
    taken, *lines = made.stdout.decode().splitlines()
    if taken != "True":
        assert not os.environ.get("CI")
        pytest.skip("this kernel has no seccomp")
    names = ["read", "write", "remove", "look", "socket", "network", "pair"]
    names += ["process", "program", "signal", "memory"]
    assert lines == [*(f"{name} refused" for name in names), "given done"]
    assert place.exists()
