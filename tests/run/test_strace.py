"""Seen from the kernel: no durable call outside a pair of failpoints, and death at each of them.

Planted once to see it fail: an `os.fsync` without its failpoint in `directory.py` is named with
its file; `test_a_call_outside_is_seen` plants one each time.
"""

import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.programs import require
from tests.run.faults import Stage, passed_names
from tests.run.faults_judge import audit
from tests.run.faults_scenario import KEPT
from tests.run.faults_strace import DURABLE, Seen, most, read, strace, traced

SCENARIO = ("-m", "tests.run.faults_scenario")
SAMPLED = 2


@pytest.fixture(scope="module", autouse=True)
def _tool() -> None:
    require("strace")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    place = tmp_path_factory.mktemp("whole")
    return traced([*SCENARIO, str(place)], place / "trace")


def test_each_durable_call_is_between_a_pair(whole: Seen) -> None:
    # The scenario itself keeps what custodians hold for its judge.
    assert all(KEPT in call for call in whole.outside)
    assert whole.calls.total() > 300


def test_each_failpoint_is_passed(whole: Seen) -> None:
    assert whole.marks == set(passed_names())


def test_a_call_outside_is_seen(tmp_path: Path) -> None:
    program = f"import os; os.fsync(os.open({str(tmp_path)!r}, os.O_RDONLY))"
    assert len(traced(["-c", program], tmp_path / "trace").outside) == 1


def test_marks_that_do_not_nest_are_seen() -> None:
    with pytest.raises(AssertionError):
        read(['7 stat("/bailee-failpoint/a.b:before", 0x7ffc) = -1 ENOENT'])


def _killed_at(call: str, at: int, folder: Path, stage: Stage) -> None:
    """Die on entering the nth call of a kind: it is not made."""
    folder.mkdir()
    inject = f"inject={call}:signal=KILL:when={at}"
    code = strace([*SCENARIO, str(folder)], folder / "trace", "-e", inject, calls=[call])
    # What is signed when is a matter of time, so a run may make some calls fewer.
    killed = code in {-9, 137}
    assert killed or (code == 0 and most(folder / "trace", call) < at), f"{call} {at}: code {code}"
    assert killed or at > 1, f"{call} was not reached"
    audit(folder, complete=not killed)
    assert stage.play(folder, resume=True) == 0, f"{call} {at}: cannot be gone on with"
    audit(folder, complete=True)
    shutil.rmtree(folder)


def _moments(calls: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(call, at) for call in DURABLE for at in range(1, calls.get(call, 0) + 1)]


def test_killed_at_some_calls(whole: Seen, tmp_path: Path) -> None:
    chosen = random.Random(11).sample(_moments(whole.calls), SAMPLED)  # noqa: S311  # a sample
    with Stage() as stage:
        for call, at in chosen:
            _killed_at(call, at, tmp_path / "case", stage)


@pytest.mark.sweep
@pytest.mark.long
@pytest.mark.parametrize("part", range(16))
def test_killed_at_each_call(whole: Seen, part: int, tmp_path: Path) -> None:
    with Stage() as stage:
        for call, at in _moments(whole.calls)[part::16]:
            _killed_at(call, at, tmp_path / "case", stage)
