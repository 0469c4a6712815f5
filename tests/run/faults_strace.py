"""What strace tells of a run: each durable system call, and the marks around it.

A mark is a stat call on `/bailee-failpoint/NAME:before` or `:after`, which a process makes where
it passes a failpoint when BAILEE_FAILPOINTS is `trace`.
"""

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.house.source import ROOT
from tests.patience import HANGS_S, began

DURABLE = [
    "fsync",
    "fdatasync",
    "sync",
    "syncfs",
    "sync_file_range",
    "msync",
    "fallocate",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "truncate",
    "ftruncate",
]
"""Calls that make something durable, or that name, cut or remove what was."""

_LOOKS = ["stat", "newfstatat", "statx"]
_MARK = re.compile(r'"/bailee-failpoint/([a-z.-]+):(before|after)"')
_CALL = re.compile(r"(\d+) +([a-z_0-9]+)\(")


@dataclass
class Seen:
    """What one run did."""

    outside: list[str] = field(default_factory=list)
    inside: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)


def strace(words: Sequence[str], out: Path, *options: str, calls: Sequence[str]) -> int:
    """Run Python with these words under strace; return its exit code, -9 when it was killed."""
    quick = () if options else ("--seccomp-bpf",)  # which would leave nothing to inject into
    chosen = ("-e", "trace=" + ",".join(calls), *options)
    done = subprocess.run(
        ["strace", "-f", "-y", "-qq", *quick, "-o", str(out), *chosen, sys.executable, *words],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",  # the interpreter's own renames are not ours
            "BAILEE_FAILPOINTS": "trace",
            **began(),
        },
        stdout=subprocess.DEVNULL,
        timeout=HANGS_S,
        check=False,
    )
    return done.returncode


def traced(words: Sequence[str], out: Path) -> Seen:
    """Run and sort each durable call by the marks that its thread stood between."""
    assert strace(words, out, calls=[*DURABLE, *_LOOKS]) == 0
    return read(out.read_text("utf-8", errors="replace").splitlines())


def most(out: Path, call: str) -> int:
    """Count the calls of a kind of the thread that made most: strace counts by thread."""
    lines = out.read_text("utf-8", errors="replace").splitlines()
    made = [found[1] for line in lines if (found := _CALL.match(line)) and found[2] == call]
    return max(Counter(made).values(), default=0)


def read(lines: Sequence[str]) -> Seen:
    """Read a trace; fails on marks that do not nest."""
    seen = Seen()
    standing: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        found = _CALL.match(line)
        if found is None:
            continue
        thread, call = found.groups()
        mark = _MARK.search(line)
        if mark is not None:
            _pass(standing[thread], mark[1], mark[2])
            seen.marks.add(mark[1])
        elif call in DURABLE:
            seen.calls[call] += 1
            if standing[thread]:
                seen.inside[standing[thread][-1]] += 1
            else:
                seen.outside.append(line)
    assert not any(standing.values()), "a failpoint was passed on one side only"
    return seen


def _pass(standing: list[str], name: str, side: str) -> None:
    if side == "before":
        standing.append(name)
    else:
        assert standing.pop() == name, f"{name} does not nest"
