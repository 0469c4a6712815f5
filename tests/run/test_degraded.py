"""A ledger or a disk that takes no writes: one sentence, exit 15, at once, and nothing is opened.

Guarantee G1 of SECURITY.md.  Planted once to see it fail: a door that does not look at how old
its ledger is (two tests here say so), and a commit called durable when it had failed (three do).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S, NovemberClock, nothing_sleeps
from tests.run import homes
from tests.run.faults import places

from bailee import errors, failpoint
from bailee.act import Denial
from bailee.adapters.objects.reserve import FileReserve
from bailee.clients.acts import AddClient
from bailee.errors import BaileeError, CannotRecord
from bailee.ledgers.acts import ShowEntries
from bailee.limits import RESERVE_BYTES
from bailee.objects.acts import GetObject, PutObject

SECRET = b"nobody saw this without an entry"
DENIED, CANNOT_RECORD = 4, 15


@dataclass
class Held:
    """A home of its own with one object in it."""

    place: Path
    object: str

    def get(self, clock: NovemberClock | None = None) -> tuple[bytes, BaileeError | None]:
        """Ask for the object with a purpose; return the bytes that came out, and what failed."""
        given = b""
        try:
            with homes.opened(self.place, clock=clock) as house:
                asked = GetObject(client="acme", object=self.object, purpose="client-request")
                for chunk in done(house.caller.call(asked)).chunks:
                    given += bytes(chunk)
        except BaileeError as error:
            return given, error
        return given, None

    def recorded(self, kind: str = "object:get") -> int:
        """Count the entries of a kind."""
        with homes.opened(self.place) as house:
            asked = ShowEntries(client="acme", purpose="verification")
            entries = done(house.caller.call(asked)).entries
        return sum(shown.opening.kind == kind for shown in entries)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    place = tmp_path_factory.mktemp("held")
    homes.make(place)
    with homes.opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        put = done(house.caller.send(PutObject(client="acme", name="cv.txt"), [SECRET]))
    return Held(place, str(put.object))


@pytest.fixture(scope="module")
def on_the_way(held: Held) -> list[str]:
    """Name each failpoint that getting an object passes."""
    failpoint.arm(",".join(place.armed("count") for place in places()))
    assert held.get() == (SECRET, None)
    passed = [point for point, count in failpoint._armed.passed.items() if count]
    failpoint.arm("")
    assert len(passed) > 10
    return passed


@pytest.mark.parametrize("action", ["raise", "raise-always"])
def test_whichever_write_fails_nothing_is_opened_without_an_entry(
    held: Held, on_the_way: list[str], action: str
) -> None:
    before = held.recorded()
    out = 0
    for point in on_the_way:
        failpoint.arm(f"{point}={action}")
        with nothing_sleeps():
            given, error = held.get()
        failpoint.arm("")
        assert given in {b"", SECRET}, point
        assert error is None or error.exit_code == CANNOT_RECORD, point
        assert given or error is not None, point
        out += given == SECRET
    assert held.recorded() >= before + out
    assert held.get() == (SECRET, None)  # and all is well again by itself


def test_a_commit_that_fails_opens_nothing(held: Held) -> None:
    failpoint.arm("rows.commit:before=raise-always")
    given, error = held.get()
    assert not given
    assert isinstance(error, CannotRecord)


class Later(NovemberClock):
    """The same clock, some seconds on."""

    def now_ms(self) -> int:
        return super().now_ms() + 6_000

    def monotonic_s(self) -> float:
        return super().monotonic_s() + 6.0


def test_a_log_that_cannot_be_folded_stops_the_next_grant(held: Held) -> None:
    failpoint.arm("ledger.tiles:before=raise-always")
    held.get()
    before = len(_entries(held))
    given, error = held.get(Later())
    assert not given
    assert isinstance(error, CannotRecord)
    assert error.reason.startswith("errors_ledger.")
    assert len(_entries(held)) == before
    failpoint.arm("")
    assert held.get(Later()) == (SECRET, None)


def _entries(held: Held) -> list[bytes]:
    with homes.opened(held.place) as house:
        client = house.parts.ledger.clients()
        logs = {one: house.parts.ledger.row_of(one).count for one in client}
        rows = house.parts.entries
        return [
            leaf
            for one, count in logs.items()
            for leaf in house.parts.work.read(
                lambda tx, one=one, count=count: rows.leaves(tx, one, 0, count)  # type: ignore[misc]  # bound now
            )
        ]


# --- the real command, on disks that the kernel makes full or read-only -----------------------


SLEEPLESS = """
import runpy, subprocess, time, types

subprocess.time = types.SimpleNamespace(**vars(time))  # may wait for the passphrase's command

def slept(seconds):
    raise AssertionError(f"it waits {seconds} s where it must go on at once")

time.sleep = slept
runpy.run_module("bailee", run_name="__main__", alter_sys=True)
"""


@dataclass
class Command:
    """The real commands, on a home in a folder; none of them may sleep."""

    shell: homes.Shell
    object: str

    def get(
        self, *words: str, limits: tuple[str, ...] = (), expect: int | None
    ) -> tuple[bytes, str]:
        """Get the object; what fails does so at once, in one sentence with one remedy."""
        bailee = (sys.executable, "-c", SLEEPLESS, "-o", "json")
        done = subprocess.run(
            [*limits, *bailee, "object", "get", "--client", "acme", self.object, *words],
            env=self.shell.variables(),
            capture_output=True,
            timeout=HANGS_S,
            check=False,
        )
        said = done.stderr.decode()
        assert done.returncode == expect, said
        if expect != 0:
            assert not done.stdout
            report = json.loads(said)  # one line, hence one sentence and one remedy
            assert report["code"] == expect
            assert report["message"]
            assert report["remedy"]
        return done.stdout, said


def _commanded(place: Path) -> Command:
    shell = homes.Shell(place)
    shell("init", "--provider", "hosting.example")
    shell("client", "add", "acme")
    put = shell("-o", "json", "object", "put", "--client", "acme", "-", "--name", "a", stdin=SECRET)
    command = Command(shell, json.loads(put.out)["object"])
    command.get("--purpose", "client-request", expect=0)
    return command


PURPOSE = ("--purpose", "client-request")


def test_no_file_may_grow(tmp_path: Path) -> None:
    command = _commanded(tmp_path)
    for limit in ("--fsize=0", "--fsize=4096"):
        command.get(*PURPOSE, limits=("prlimit", limit), expect=CANNOT_RECORD)
    assert command.get(*PURPOSE, expect=0)[0] == SECRET


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk of its own."""
    size = 3 * RESERVE_BYTES
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tmp_path)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this user may not mount a disk")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def _fill(disk: Path) -> Callable[[], None]:
    """Take all the space that is left; return what gives it back."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
    assert os.statvfs(disk).f_bavail == 0
    return filler.unlink


def test_a_full_disk_records_refusals_and_opens_nothing(disk: Path) -> None:
    command = _commanded(disk)
    empty = _fill(disk)
    for _ in range(2):
        command.get(*PURPOSE, expect=CANNOT_RECORD)
        command.get(expect=DENIED)
    assert not FileReserve(disk / "home").held()
    empty()
    assert command.get(*PURPOSE, expect=0)[0] == SECRET
    assert FileReserve(disk / "home").held()
    shown = command.shell("-o", "json", "ledger", "show", "--client", "acme")
    kinds = [entry["kind"] for entry in json.loads(shown.out)]
    assert kinds.count("refusal") == 2
    assert kinds.count("object:get") == 2


def test_a_disk_that_fills_up_while_an_object_is_taken_in_keeps_none_of_it(disk: Path) -> None:
    command = _commanded(disk)
    large = disk.with_name("large")
    large.write_bytes(bytes(2 * RESERVE_BYTES))
    done = command.shell("object", "put", "--client", "acme", str(large), expect=None)
    assert done.code == CANNOT_RECORD
    assert not done.out
    listed = command.shell("-o", "json", "object", "list", "--client", "acme")
    assert [one["name"] for one in json.loads(listed.out)] == ["a"]
    assert not list((disk / "home" / "objects" / ".incoming").iterdir())


def test_a_disk_that_became_read_only(disk: Path) -> None:
    command = _commanded(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    command.get(*PURPOSE, expect=CANNOT_RECORD)
    command.get(expect=CANNOT_RECORD)  # not even a refusal can be recorded, and none is claimed
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert command.get(*PURPOSE, expect=0)[0] == SECRET


def test_a_refusal_is_recorded_when_only_the_reserve_is_left(held: Held) -> None:
    before = held.recorded("refusal")
    with homes.opened(held.place) as house:
        house.parts.ledger.require_fresh(house.parts.keyring.provider)
        assert FileReserve(house.parts.home).held()
        pages = house.parts.work._writer.execute("pragma page_count").fetchone()[0]
        # Room for some entries: whether the last page takes one more is chance.
        house.parts.work._writer.execute(f"pragma max_page_count={pages + 16}")
        answers = []
        try:
            while True:
                asked = GetObject(client="acme", object=held.object)
                answers.append(house.caller.call(asked))
        except errors.CannotRecord:  # this database can grow no more, reserve or not
            pass
        assert answers
        assert all(isinstance(answer, Denial) for answer in answers)
        assert not FileReserve(house.parts.home).held()
        house.parts.work._writer.execute("pragma max_page_count=1000000")
    assert held.recorded("refusal") == before + len(answers)
