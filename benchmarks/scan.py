"""How fast identifiers are found, beside what people use now: one core, one run, CPU time.

    uv pip install --target /tmp/peers -r benchmarks/peers.txt
    nox -s bench -- scan [--megabytes 200] [--peers /tmp/peers] [--folder FOLDER] [--no-cold]

Corpora are grown by `corpus.py`, dense and sparse.  Programs run by turns on one core, after a turn
that is not counted, and the median of the turns is given, for machines are noisy.  A slow peer gets
a slice of the corpus, lines from all over it, as much as it does in about a second; how much is
printed.  A peer that is not installed is printed as absent.  The table, `scan.json` and `scan.svg`
go to the folder.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import numpy as np
from benchmarks.bars import bars
from benchmarks.corpus import ensure
from benchmarks.peers import COMMANDS, FAST, POLARS, RIPGREP, SLOW, Work
from tests.scan.hostile import SHAPES, fill, noise

from bailee.logs.store.kernels.leaf import LeafLines, leaf_hashes, tree_root
from bailee.run.warming import warm
from bailee.scan import Scanner

TURNS = 5
SLOW_SECONDS = 1.0
HOSTILE_BYTES = 4 << 20
LINES = 200_000
GOALS = {RIPGREP: 2.0, POLARS: 3.0}
MB_GOAL, FLOOR_GOAL, MEMORY_GOAL, LEAF_GOAL, START_GOAL = 500, 50, 400, 0.45, 0.4
WAYS = {("--summary",): 280, ("-o", "jsonl"): 150, ("-o", "table"): 150}
"""Ways to ask the command, and the MB per CPU second that it should do of 200 MB."""
BAILEE = "bailee"
Figures = dict[str, float]


def cpu_seconds(work: Work) -> float:
    """Measure the CPU time of a function and of the programs that it starts."""
    before = spent()
    work()
    return spent() - before


def spent(*whose: int) -> float:
    """Sum the CPU seconds of this process and of those that it started."""
    wanted = whose or (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(one) for one in wanted]
    return sum(one.ru_utime + one.ru_stime for one in used)


def scanning(page: Path, scanner: Scanner) -> Work:
    def count() -> int:
        stream = scanner.stream(lent=True)
        with page.open("rb", buffering=0) as source:
            found = sum(len(finds) for finds in stream.read(source))
        return found + sum(len(finds) for finds in stream.close())

    return count


def fast_ones(page: Path, scanner: Scanner) -> dict[str, Work]:
    """Give what is measured by turns; absent peers are named."""
    out: dict[str, Work] = {BAILEE: scanning(page, scanner)}
    for name, make in FAST.items():
        try:
            work = make(page)
            work()
        except (ImportError, FileNotFoundError):
            print(f"  {name:24} absent")
            continue
        out[name] = work
    return out


def by_turns(page: Path, scanner: Scanner) -> Figures:
    """Give the median MB per CPU second of each."""
    size = page.stat().st_size / 1e6
    programs = fast_ones(page, scanner)
    turns: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(TURNS):
        for name, work in programs.items():
            turns[name].append(size / max(cpu_seconds(work), 1e-9))
    return {name: statistics.median(seen) for name, seen in turns.items()}


def typed(page: Path, *words: str) -> Work:
    """Give the command as people type it, start-up and all, its output thrown away."""
    command = [sys.executable, "-m", "bailee", "log", "scan", *words, str(page)]

    def run() -> int:
        return subprocess.run(command, stdout=subprocess.DEVNULL, check=True).returncode

    return run


def as_typed(page: Path) -> Figures:
    """Measure and print the command in each of its ways, beside commands that write finds."""
    size = page.stat().st_size / 1e6
    programs = {" ".join(words): typed(page, *words) for words in WAYS}
    for name, make in COMMANDS.items():
        try:
            programs[name] = make(page)
            programs[name]()
        except FileNotFoundError:
            print(f"  {name:24} absent")
            del programs[name]
    turns: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(TURNS):
        for name, work in programs.items():
            turns[name].append(size / max(cpu_seconds(work), 1e-9))
    figures = {name: statistics.median(seen) for name, seen in turns.items()}
    goals = {" ".join(words): goal for words, goal in WAYS.items()}
    for name, value in figures.items():
        goal = goals.get(name)
        shown = "" if goal is None else f"   goal {goal}: {verdict(met=value >= goal)}"
        print(f"  {name:24}{value:12,.1f}{shown}")
    return figures


def spread(page: Path, size: int = 2_000_000) -> list[str]:
    """Take lines from all over a corpus."""
    text = page.read_bytes()
    step = max(1, len(text) // size)
    return text.decode("utf-8", "replace").split("\n")[::step]


def slow_ones(page: Path) -> tuple[Figures, Figures]:
    """Give MB per CPU second of each, and on how many MB that was measured."""
    lines = spread(page)
    speeds: Figures = {}
    slices: Figures = {}
    for name, make in SLOW.items():
        try:
            one = make()
        except ImportError:
            print(f"  {name:24} absent")
            continue
        speeds[name], slices[name] = _slice(one, lines)
    return speeds, slices


def _slice(one: Callable[[str], object], lines: list[str]) -> tuple[float, float]:
    def run(part: list[str]) -> None:
        for line in part:
            one(line)

    run(lines[:2])
    count = 16
    while True:
        part = lines[:: max(1, len(lines) // count)]
        seconds = cpu_seconds(lambda part=part: run(part))  # type: ignore[misc]  # bound at once
        if seconds > SLOW_SECONDS / 4 or count > len(lines):
            size = sum(len(line) + 1 for line in part) / 1e6
            return size / max(seconds, 1e-9), size
        count *= 2


def in_new_process(code: str, *args: str, kernels: str = "") -> tuple[str, float, float]:
    """Run Python code; returns what it says, and its wall and CPU seconds."""
    environment = {**os.environ, **({"BAILEE_KERNELS": kernels} if kernels else {})}
    before, start = spent(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - start
    return done.stdout, wall, spent(resource.RUSAGE_CHILDREN) - before


_PEAK = """
import sys
from bailee.scan import Scanner
stream = Scanner().stream(lent=True)
with open(sys.argv[1], "rb", buffering=0) as source:
    found = sum(len(finds) for finds in stream.read(source))
found += sum(len(finds) for finds in stream.close())
print(next(row.split()[1] for row in open("/proc/self/status") if "VmHWM" in row))
"""
_START = "from bailee.scan import Scanner; Scanner().scan(b'user=aline_k from 192.0.2.7\\n')"
_COLD = "from bailee.run.warming import warm; warm()"


def peak_mib(page: Path) -> float:
    """Measure the largest resident size of a process that scans this file."""
    return int(in_new_process(_PEAK, str(page))[0]) / 1024


def hostile(scanner: Scanner) -> Figures:
    """Give MB per CPU second on each shape, slowest first."""
    shapes = {name: fill(shape, HOSTILE_BYTES) for name, shape in SHAPES.items()}
    shapes["random bytes"] = noise(HOSTILE_BYTES)
    out: Figures = {}
    for name, data in shapes.items():
        best = min(cpu_seconds(lambda data=data: scanner.scan(data)) for _ in range(3))  # type: ignore[misc]  # bound at once
        out[name] = len(data) / 1e6 / best
    return dict(sorted(out.items(), key=lambda item: item[1]))


def leaves(page: Path) -> Figures:
    """Give microseconds a line: its leaf, its share of the tree, and its leaf by hashlib."""
    with page.open("rb") as source:
        text = source.read(64_000_000)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)[:LINES] + 1
    starts = np.concatenate([np.zeros(1, np.int64), ends]).astype(np.uint32)
    count = len(ends)
    draw = np.random.default_rng(1)
    lines = LeafLines(
        salts=draw.integers(0, 256, (count, 16), dtype=np.uint8),
        event=draw.integers(0, 2**60, count),
        receipt=2**60,
        ordinal_starts=np.arange(count + 1, dtype=np.uint32),
        ordinals=draw.integers(0, 1000, count, dtype=np.uint32),
        text=np.frombuffer(text, np.uint8),
        text_starts=starts,
    )
    hashes = leaf_hashes(lines)
    one = min(cpu_seconds(lambda: leaf_hashes(lines)) for _ in range(3))
    tree = min(cpu_seconds(lambda: tree_root(hashes.copy())) for _ in range(3))
    slow = cpu_seconds(lambda: leaf_hashes(lines, cpu=False))
    return {
        "bytes_per_line": int(starts[-1]) / count,
        "leaf_us": one / count * 1e6,
        "tree_us": tree / count * 1e6,
        "hashlib_us": slow / count * 1e6,
    }


def started() -> Figures:
    """Give the seconds until a new process has scanned its first line, kernels cached."""
    seen = [in_new_process(_START)[1:] for _ in range(TURNS)]
    wall, cpu = (statistics.median(column) for column in zip(*seen, strict=True))
    return {"wall_s": wall, "cpu_s": cpu}


def cold(cores: set[int]) -> Figures:
    """Give what filling an empty cache takes, in two processes on all cores."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    with tempfile.TemporaryDirectory() as kernels:
        _said, wall, cpu = in_new_process(_COLD, kernels=kernels)
        size = sum(page.stat().st_size for page in Path(kernels).rglob("*") if page.is_file())
    os.sched_setaffinity(0, own)
    return {"wall_s": wall, "cpu_s": cpu, "cache_mb": size / 1e6}


def verdict(*, met: bool) -> str:
    return "met" if met else "MISSED"


def one_corpus(name: str, page: Path, scanner: Scanner) -> dict[str, Any]:
    """Measure and print one corpus."""
    size = page.stat().st_size / 1e6
    print(f"\n{name}, {size:.0f} MB: MB per CPU second, and bailee's multiple")
    figures = by_turns(page, scanner)
    slow, slices = slow_ones(page)
    figures |= slow
    own = figures[BAILEE]
    for peer, value in sorted(figures.items(), key=lambda item: -item[1]):
        shown = f"   on {slices[peer]:.2f} MB" if peer in slices else ""
        if peer in GOALS:
            shown = f"   goal {GOALS[peer]:.0f} x: {verdict(met=own / value >= GOALS[peer])}"
        print(f"  {peer:24}{value:12,.3f}{own / value:11,.2f} x{shown}")
    print("  as a command, MB per CPU second")
    commands = as_typed(page)
    peak = peak_mib(page)
    print(f"  goal {MB_GOAL} MB per CPU second: {verdict(met=own >= MB_GOAL)}")
    print(f"  peak memory {peak:.0f} MiB, goal {MEMORY_GOAL}: {verdict(met=peak <= MEMORY_GOAL)}")
    return {
        "mb": size,
        "mb_per_cpu_s": figures,
        "slices_mb": slices,
        "peak_mib": peak,
        "commands": commands,
    }


def others(scanner: Scanner, page: Path, cores: set[int], *, with_cold: bool) -> dict[str, Any]:
    """Measure and print what is no comparison."""
    shapes = hostile(scanner)
    slowest = next(iter(shapes))
    floor = shapes[slowest]
    print(f"\n{len(shapes)} hostile shapes, {HOSTILE_BYTES / 1e6:.1f} MB each; the slowest:")
    for name in list(shapes)[:4]:
        print(f"  {name:38}{shapes[name]:8.0f} MB per CPU second")
    print(f"  goal {FLOOR_GOAL}: {verdict(met=floor >= FLOOR_GOAL)}")
    hashing = leaves(page)
    print(
        f"leaf of a line of {hashing['bytes_per_line']:.0f} bytes: {hashing['leaf_us']:.3f} µs,"
        f" and {hashing['tree_us']:.3f} µs for the tree; by hashlib {hashing['hashlib_us']:.3f} µs;"
        f" goal {LEAF_GOAL}: {verdict(met=hashing['leaf_us'] <= LEAF_GOAL)}"
    )
    start = started()
    print(
        f"a new process has scanned a line after {start['wall_s']:.2f} s"
        f" ({start['cpu_s']:.2f} s of CPU); goal {START_GOAL} s of CPU:"
        f" {verdict(met=start['cpu_s'] <= START_GOAL)}"
    )
    out = {"hostile_mb_per_cpu_s": shapes, "leaf": hashing, "start": start}
    if with_cold:
        out["cold"] = cold(cores)
        print(
            f"compiling every kernel into an empty cache takes {out['cold']['wall_s']:.0f} s"
            f" ({out['cold']['cpu_s']:.0f} s of CPU, two processes),"
            f" {out['cold']['cache_mb']:.1f} MB"
        )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peers", type=Path, default=Path("/tmp/peers"))  # noqa: S108  # or named
    parser.add_argument("--folder", type=Path, default=Path("/tmp/scan-benchmark"))  # noqa: S108  # or named
    parser.add_argument("--no-cold", action="store_true")
    asked = parser.parse_args()
    sys.path.append(str(asked.peers))
    cores = os.sched_getaffinity(0)
    warm()
    pages = {name: ensure(name, asked.megabytes, asked.folder) for name in ("dense", "sparse")}
    os.sched_setaffinity(0, {max(cores)})
    scanner = Scanner()
    results: dict[str, Any] = {
        name: one_corpus(name, page, scanner) for name, page in pages.items()
    }
    svg = bars(
        "MB per CPU second, one core, logarithmic",
        {name: result["mb_per_cpu_s"] for name, result in results.items()},
        BAILEE,
    )
    results |= others(scanner, pages["dense"], cores, with_cold=not asked.no_cold)
    (asked.folder / "scan.svg").write_text(svg, "utf-8")
    (asked.folder / "scan.json").write_text(json.dumps(results, indent=1), "utf-8")
    print(f"\n{asked.folder / 'scan.json'}\n{asked.folder / 'scan.svg'}")


if __name__ == "__main__":
    main()
