"""Processes that start cold at one time fill one cache, and what is in it is used."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bailee.scan.vm import cache

SHARE = 0.5
"""Of the CPU time of a process that compiles, at most this is what one takes that need not."""
SMALL = """
import json, sys
import numpy as np
from bailee.scan.detect.known import keep
sys.stdin.readline()
entries = np.zeros((3, 3), np.int64)
counts = np.array([1, 0, 3, 2 << 8, 0], np.int64)
entries[:, 2] = int(counts.ctypes.data)
kept = keep(3, int(entries.ctypes.data))
print(json.dumps([kept, "numba" in sys.modules]))
"""
WHOLE = """
import json, sys
from bailee.scan import Scanner
sys.stdin.readline()
found = Scanner().scan(b"user=aline_k from 192.0.2.7\\nMozilla and aline_k a@b.org\\n" * 50)
rows = [found.start.tolist(), found.end.tolist(), found.kind.tolist()]
print(json.dumps([rows, "numba" in sys.modules]))
"""


def at_once(code: str, kernels: Path, count: int, **more: str) -> list[list[object]]:
    """Start processes, let them go on at one moment, and read what each says."""
    environment = {**os.environ, "BAILEE_KERNELS": str(kernels), **more}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0] * count
    return [json.loads(text) for text in said]


def test_two_that_start_cold_leave_what_a_third_uses(tmp_path: Path) -> None:
    assert [kept for kept, _ in at_once(SMALL, tmp_path, 2)] == [3, 3]
    assert at_once(SMALL, tmp_path, 1) == [[3, False]]


@pytest.mark.parametrize("cut", ["emptied", "halved", "flipped"])
def test_code_that_is_not_whole_is_compiled_anew(tmp_path: Path, cut: str) -> None:
    """A linker that is given half of it ends the process."""
    assert at_once(SMALL, tmp_path, 1) == [[3, True]]
    (page,) = tmp_path.rglob(f"*{cache.SUFFIX}")
    code = page.read_bytes()
    page.write_bytes(
        {
            "emptied": b"",
            "halved": code[: len(code) // 2],
            "flipped": code[:-9] + bytes([code[-9] ^ 1]) + code[-8:],
        }[cut]
    )
    assert at_once(SMALL, tmp_path, 1) == [[3, True]]
    assert page.read_bytes() == code


def test_no_processor_is_given_the_code_of_another(tmp_path: Path) -> None:
    """A home may be on machines of two kinds; NUMBA_CPU_NAME stands in for the other."""
    at_once(SMALL, tmp_path, 1)
    other = {"NUMBA_CPU_NAME": "generic"}
    assert at_once(SMALL, tmp_path, 1, **other) == [[3, True]]
    assert at_once(SMALL, tmp_path, 1, **other) == [[3, False]]
    assert at_once(SMALL, tmp_path, 1) == [[3, False]]


@pytest.mark.sweep
def test_two_scanners_that_start_cold_leave_what_a_third_uses(tmp_path: Path) -> None:
    begun_s = spent_s()
    (one, _), (other, _) = at_once(WHOLE, tmp_path, 2)
    compiled_s = spent_s()
    assert one == other
    assert at_once(WHOLE, tmp_path, 1) == [[one, False]]
    assert spent_s() - compiled_s < SHARE * (compiled_s - begun_s) / 2


def spent_s() -> float:
    """Say how much CPU time all children that ended have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
