"""The ground of the rest: the fast tier fails in no order, with no seed, beside no load.

Ten runs, each in an order and with seeds of its own; every second one beside four processes that
are busy all the time.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.acceptance.note import ROOT, Note

ROUNDS = 10
BUSY = 4
"""Processes of the load: twice the cores of the machine that this is written for."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """What came of one run of the fast tier."""

    tests: int
    failed: tuple[str, ...]
    took_s: float


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep so many processes busy."""
    words = [sys.executable, "-c", "while True: pass"]
    load = [subprocess.Popen(words) for _ in range(count)]
    try:
        yield
    finally:
        for process in load:
            process.kill()
            process.wait()


def read(report: Path, code: int, took_s: float) -> Round:
    """Read pytest's own report; a run without one has failed before its first test."""
    if not report.exists():
        return Round(tests=0, failed=(f"no report, exit code {code}",), took_s=took_s)
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314  # our own file
    failed = tuple(
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    )
    if code and not failed:
        failed = (f"exit code {code}",)
    return Round(tests=len(cases), failed=failed, took_s=took_s)


def once(seed: int, kernels: str) -> Round:
    """Run the fast tier in the order, and with the examples, of a seed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        seeds = (f"--randomly-seed={seed}", f"--hypothesis-seed={seed}")
        began_s = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "nox", "-s", "fast", "--", "-q", *seeds, f"--junitxml={report}"],
            cwd=ROOT,
            env={**os.environ, "BAILEE_KERNELS": kernels},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return read(report, done.returncode, time.monotonic() - began_s)


def run(words: Sequence[str], note: Note) -> int:
    """Run all rounds; return how many tests failed."""
    reader = argparse.ArgumentParser(prog="ground")
    reader.add_argument("--rounds", type=int, default=ROUNDS)
    rounds, failures = reader.parse_args(words).rounds, 0
    # A cache of its own: that of the user keeps two versions, and other checkouts have theirs.
    kernels = tempfile.TemporaryDirectory()
    for number in range(1, rounds + 1):
        seed, loaded = secrets.randbelow(1 << 32), number % 2 == 0
        with busy(BUSY if loaded else 0):
            seen = once(seed, kernels.name)
        failures += len(seen.failed)
        beside = f"beside {BUSY} busy processes" if loaded else "alone"
        minutes, seconds = divmod(round(seen.took_s), 60)
        note.say(
            f"{number:>2}  seed {seed:>10}  {seen.tests} tests, {len(seen.failed)} failed"
            f"  {minutes}:{seconds:02d} {beside}"
        )
        for name in seen.failed:
            note.say(f"    failed: {name}")
    kernels.cleanup()
    return failures
