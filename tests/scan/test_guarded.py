"""Kernels stay within their arrays: hostile bytes are tried beside pages that nobody may touch."""

import subprocess
import sys

import pytest
from tests.patience import HANGS_S

SIDES = {"end": "size", "start": "-1"}
TOO_FAR = """
import ctypes
import numpy as np
from tests.scan.guard import guarded

with guarded(at_end={at_end}):
    size = {size}
    held = np.zeros(size, np.uint8)
    at = int(held.ctypes.data)
    for place in (0, size - 1):
        ctypes.memset(at + place, 1, 1)
    print(held.sum(), flush=True)
    ctypes.memset(at + {place}, 1, 1)
    print("nobody saw it")
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, timeout=HANGS_S
    )


@pytest.mark.parametrize("size", [1, 100, 4_096, 5_000])
@pytest.mark.parametrize("side", SIDES)
def test_one_byte_beyond_ends_the_process(side: str, size: int) -> None:
    code = TOO_FAR.format(size=size, at_end=side == "end", place=SIDES[side])
    done = run("-c", code)
    assert done.returncode < 0
    assert done.stdout.split() == [str(min(size, 2))]


def fuzzed(seconds: int, seed: int, *more: str) -> None:
    words = ("--guarded", "--seconds", str(seconds), "--seed", str(seed), *more)
    done = run("-m", "tests.scan.fuzz", *words)
    assert done.returncode == 0, done.stdout + done.stderr


SCAN = """
from tests.scan.guard import guarded
from bailee.scan import Scanner

with guarded(at_end={at_end}):
    Scanner(block_bytes=4_096).scan({text})
"""
ONCE_TOO_FAR = {"what begins like an IBAN, with a sign for its second letter": b"Z[94"}


@pytest.mark.parametrize("said", ONCE_TOO_FAR)
def test_what_once_went_too_far_does_not(said: str) -> None:
    done = run("-c", SCAN.format(at_end=True, text=ONCE_TOO_FAR[said]))
    assert done.returncode == 0, done.stderr


LEAF = """
from tests.scan import fuzz_read
from tests.scan.guard import guarded

fuzz_read.COPIED = {room}
with guarded(at_end=True):
    fuzz_read.leaves_hashed_within_bounds([(b"a line", [1, 2])], [3], 0)
"""


def test_a_leaf_is_hashed_within_the_room_that_it_asks_for_and_no_less() -> None:
    done = run("-c", LEAF.format(room=64))
    assert done.returncode == 0, done.stderr
    assert run("-c", LEAF.format(room=0)).returncode < 0


def test_hostile_bytes_stay_within_bounds() -> None:
    fuzzed(2, 1, "--round", "25")


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(10_000, 160_000, 10_000))
def test_hostile_bytes_stay_within_bounds_for_half_an_hour(seed: int) -> None:
    fuzzed(120, seed)
