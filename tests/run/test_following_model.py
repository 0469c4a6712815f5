"""Files that are followed, against a model: whatever happens in whatever order, each line once.

A line that is emptied away or deleted before anybody read it may be lost, and no other.
"""

import gzip
import os
import shutil
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.run.followed import Follows, Killed, founded
from tests.run.homes import make, opened

from bailee import errors
from bailee.logs.push.acts import PushLines
from bailee.run.wiring.app import App

_streams = count()
SIDES = ("before", "after")


class Machine(RuleBasedStateMachine):
    """One log, rotated, packed, emptied and deleted, while its follower ends and begins."""

    house: App

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="followed"))
        self.folder = self.place / "logs"
        self.folder.mkdir()
        self.log = self.folder / "a.log"
        self.logs = Follows(self.house, self.folder, ("a.log",), stream=f"m{next(_streams)}")
        self.number = 0
        self.written: dict[Path, list[bytes]] = {self.log: []}
        """Whole lines by the file in which they lie; a copy has its own."""
        self.half = b""
        self.all: set[bytes] = set()
        self.losable: set[bytes] = set()
        # It is there from the beginning: what is beside before it began is not taken.
        self.logs.round()

    def teardown(self) -> None:
        """Read all that is left, and compare."""
        self.logs.before = self.logs.after = lambda _: None
        if self.half:
            self.write(1)
        self.logs.settle()
        self.logs.kill()
        self.logs.settle()
        held = self.logs.held() if self.logs.begun else []
        self.logs.kill()
        shutil.rmtree(self.place)
        assert len(held) == len(set(held)), "a line is there twice"
        assert set(held) <= self.all
        assert self.all - self.losable <= set(held), "a line is lost"

    def rotated(self) -> list[Path]:
        return sorted(one for one in self.written if one != self.log)

    def shift(self) -> None:
        """Give each rotated file the next number, as logrotate does."""
        for path in reversed(self.rotated()):
            ending = ".gz" if path.suffix == ".gz" else ""
            number = int(path.name.removesuffix(".gz").rpartition(".")[2])
            new = self.folder / f"a.log.{number + 1:02}{ending}"
            path.rename(new)
            self.written[new] = self.written.pop(path)

    @rule(lines=st.integers(1, 3))
    def write(self, lines: int) -> None:
        for _ in range(lines):
            self.number += 1
            text = b"%d of the log" % self.number
            with self.log.open("ab") as file:
                file.write((b"" if self.half else text) + b"\n")
            line = self.half or text
            self.half = b""
            self.written[self.log].append(line)
            self.all.add(line)

    @precondition(lambda self: not self.half)
    @rule()
    def write_half(self) -> None:
        self.number += 1
        self.half = b"%d of the log" % self.number
        with self.log.open("ab") as file:
            file.write(self.half)

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(anew=st.booleans())
    def rename(self, *, anew: bool) -> None:
        self.shift()
        new = self.folder / "a.log.01"
        self.log.rename(new)
        self.written[new] = self.written[self.log]
        self.written[self.log] = []
        if anew:
            self.log.touch()

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(look=st.booleans())
    def copy(self, *, look: bool) -> None:
        self.shift()
        new = self.folder / "a.log.01"
        shutil.copyfile(self.log, new)
        if look:
            self.logs.round()
        os.truncate(self.log, 0)
        self.written[new] = self.written[self.log]
        self.written[self.log] = []

    @precondition(lambda self: any(one.suffix != ".gz" for one in self.rotated()))
    @rule(look=st.booleans())
    def pack(self, *, look: bool) -> None:
        path = next(one for one in self.rotated() if one.suffix != ".gz")
        new = path.with_name(f"{path.name}.gz")
        whole = gzip.compress(path.read_bytes())
        new.write_bytes(whole[: len(whole) // 2])
        if look:
            self.logs.round()
        new.write_bytes(whole)
        if look:
            self.logs.round()
        path.unlink()
        self.written[new] = self.written.pop(path)

    @rule()
    def empty(self) -> None:
        if self.log.exists():
            os.truncate(self.log, 0)
        self.forgotten(self.log)
        self.written[self.log] = []

    @rule()
    def delete(self) -> None:
        self.log.unlink(missing_ok=True)
        self.forgotten(self.log)
        self.written[self.log] = []

    @precondition(lambda self: len(self.rotated()) > 1)
    @rule()
    def delete_oldest(self) -> None:
        path = self.rotated()[-1]
        path.unlink()
        self.forgotten(path)
        del self.written[path]

    def forgotten(self, path: Path) -> None:
        """Note what may be lost from here on, where nobody has read it."""
        self.losable |= {*self.written[path]}
        if path == self.log and self.half:  # its end, once nobody writes to it any more
            self.all.add(self.half)
            self.losable.add(self.half)
            self.half = b""

    @rule()
    def look(self) -> None:
        self.logs.round()

    @rule()
    def wait(self) -> None:
        self.logs.now_s += 10
        self.logs.round()

    @rule()
    def kill(self) -> None:
        self.logs.kill()

    @rule(side=st.sampled_from(SIDES))
    def kill_at_a_push(self, side: str) -> None:
        self.fail(side, Killed())

    @rule(side=st.sampled_from(SIDES))
    def outage(self, side: str) -> None:
        broken = {
            "before": errors.Unreachable("errors_socket.no-server"),
            "after": errors.OutcomeUnknown("errors_socket.gone"),
        }
        self.fail(side, broken[side])

    def fail(self, side: str, error: BaseException) -> None:
        def failing(_: PushLines) -> None:
            raise error

        setattr(self.logs, side, failing)
        self.logs.round()
        setattr(self.logs, side, lambda _: None)


def run(examples: int, steps: int, tmp_path: Path) -> None:
    make(tmp_path)
    with opened(tmp_path) as house:
        founded(house)
        machine = type("Bound", (Machine,), {"house": house})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.generate, Phase.shrink),
                print_blob=False,
            ),
        )


def test_whatever_happens_each_line_is_there_once(tmp_path: Path) -> None:
    run(3, 15, tmp_path)


@pytest.mark.sweep
@pytest.mark.long
def test_whatever_happens_each_line_is_there_once_at_length(tmp_path: Path) -> None:
    run(500, 40, tmp_path)
