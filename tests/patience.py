"""How long a test waits for something that must come: so long that what has not come hangs.

No test judges how fast the machine is.  One that is four times slower, and busy, passes all of
them; a wait that is over says that something hangs, whatever the machine.  What must happen at once
is shown by what did not wait (`nothing_sleeps`), not by a clock.
tests/house/test_waiting.py finds any other wait.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import SupportsIndex

import pytest

from bailee.clock import SystemClock

HANGS_S = 1_800
"""Seconds for one process or one event: the slowest takes one minute on a quiet machine."""


def _slept(seconds: float | SupportsIndex, /) -> None:
    pytest.fail(f"it waits {seconds} s where it must go on at once")


@contextmanager
def nothing_sleeps() -> Iterator[None]:
    """Fail whatever sleeps within: an act that is refused is refused at once, not tried again."""
    real, time.sleep = time.sleep, _slept
    try:
        yield
    finally:
        time.sleep = real


@dataclass
class HandTime:
    """Stands for the module `time` where code sleeps: a sleep moves its clock and costs nothing."""

    now_s: float = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class PatientClock(SystemClock):
    """The system's clock, on which a grant of five seconds lasts eight minutes.

    A test that is not about expiry must not fail because the machine stood still for five seconds.
    """

    def monotonic_s(self) -> float:
        return super().monotonic_s() / 100


NOVEMBER_MS = 1_795_413_600_000
"""2026-11-23T06:00:00Z: tests name months, and a month that is named must not go by."""

BEGAN = "BAILEE_TESTS_BEGAN_MS"
os.environ.setdefault(BEGAN, str(time.time_ns() // 1_000_000))
"""When these tests began, for all processes of one run: their clocks go on together."""


class NovemberClock(PatientClock):
    """A patient clock on which each run of the tests begins on the same day."""

    def now_ms(self) -> int:
        return NOVEMBER_MS + super().now_ms() - int(os.environ[BEGAN])


def began() -> dict[str, str]:
    """Give what a child that has no environment of ours needs for the same clock."""
    return {BEGAN: os.environ[BEGAN]}
