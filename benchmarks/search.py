"""What a search costs: by person at 1, 20 and 1,000 hits, by text beside `zstd -dc | grep -F`.

    python benchmarks/search.py [LINES …] [--folder FOLDER] [--json FILE]

The corpus is the dense one of `corpus.py`, cut at so many lines, with three invented people planted
at even distances: on one line, on 20, on 1,000.  Everything is real: home on disk, sealed objects,
index as ingest leaves it, ledger.  A search is timed from the request to its last line; beside it
stands what of that went into the two ledger entries, each of which waits for an fsync.

Warm: one process, each question again and again.  Cold: for each question a new process, the
files of the home dropped from the page cache before (posix_fadvise, which the kernel follows for
pages that are not dirty); imports and the unlocking of the home come before the clock starts, and
are given apart.  The goal is 5 ms and 2 ms for each row group that is read.
"""

import argparse
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.corpus import grown
from tests.answers import done
from tests.run.homes import make, opened

from bailee.clients.acts import AddClient
from bailee.logs.acts import Ingested, IngestLog, SearchLog
from bailee.logs.store.columns import RowRange, TextColumns
from bailee.run.wiring.app import App
from bailee.run.wiring.nouns import NOUNS

SIZES = (1_000_000, 5_000_000)
PLANTED = {1: b"planted.one", 20: b"planted.twenty", 1_000: b"planted.thousand"}
DOMAIN = b"@needle.example"
ABSENT, COMMON = "planted-nowhere", '" 404 '
WARM_RUNS, COLD_RUNS, TEXT_RUNS = 41, 7, 5
LINE_BYTES = 320
"""More than the mean line of the corpus: enough is drawn to have so many lines."""
BASE_MS, GROUP_MS = 5.0, 2.0


# --- corpus ------------------------------------------------------------------------------------


def planted(lines: int) -> Iterator[bytes]:
    """Give the corpus, with people at even distances."""
    places: dict[int, bytes] = {}
    for hits, name in PLANTED.items():
        for hit in range(hits):
            at = int((hit + 0.5) * lines / hits)
            places[at] = places.get(at, b"") + b" mail=" + name + DOMAIN
    made = 0
    for text in grown("dense", lines * LINE_BYTES):
        part = text.splitlines(keepends=True)[: lines - made]
        for place in [place for place in places if made <= place < made + len(part)]:
            part[place - made] = part[place - made].rstrip(b"\n") + places[place] + b"\n"
        made += len(part)
        yield b"".join(part)
        if made >= lines:
            return


@dataclass
class Corpus:
    """A file that is taken in."""

    path: Path
    address: str = "/benchmark"
    lasting: bool = False
    told: list[int] = field(default_factory=list)

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield chunks."""
        with self.path.open("rb", buffering=0) as file:
            file.seek(offset)
            yield from iter(functools.partial(file.read, 1 << 20), b"")

    def taken(self, end: int) -> None:
        """Be told."""
        self.told.append(end)


def prepare(place: Path, lines: int) -> None:
    """Make a home with the corpus in it, and the corpus compressed beside it."""
    place.mkdir(parents=True)
    corpus = place / "corpus"
    with corpus.open("wb") as file:
        file.writelines(planted(lines))
    make(place)
    with opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        request = IngestLog(client="acme", stream="web", origin="infrastructure")
        taken = done(house.caller.send(request, Corpus(corpus)))
        assert isinstance(taken, Ingested)
        assert taken.lines == lines
    subprocess.run(["zstd", "-3", "-q", str(corpus)], check=True)


# --- measuring ---------------------------------------------------------------------------------


class Clocked:
    """A house whose ledger is clocked, and whose row groups are counted."""

    def __init__(self, house: App) -> None:
        self.house = house
        self.ledger_s = 0.0
        self.groups = 0
        self._inside = False
        work = house.parts.work
        house.parts.monitor.authorize = self._timed(house.parts.monitor.authorize)  # type: ignore[method-assign]  # to be clocked
        work.run = self._timed(work.run)  # type: ignore[method-assign]  # to be clocked
        real = TextColumns.rows

        def counted(text: TextColumns, group: int) -> RowRange:
            self.groups += 1
            return real(text, group)

        TextColumns.rows = counted  # type: ignore[assignment,method-assign]  # to be counted

    def _timed(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(real)
        def call(*args: Any, **more: Any) -> Any:  # noqa: ANN401  # stands for any function
            if self._inside:
                return real(*args, **more)
            self._inside = True
            start = time.perf_counter()
            try:
                return real(*args, **more)
            finally:
                self.ledger_s += time.perf_counter() - start
                self._inside = False

        return call

    def ask(self, **more: object) -> dict[str, float]:
        """Ask once; times in milliseconds."""
        query: dict[str, Any] = {"client": "acme", "purpose": "security", "lines": 100_000, **more}
        self.ledger_s, self.groups = 0.0, 0
        start, cpu = time.perf_counter(), time.process_time()
        found = done(self.house.caller.call(SearchLog(**query)))
        lines = sum(1 for _ in found.lines)
        whole, used = time.perf_counter() - start, time.process_time() - cpu
        return {
            "lines": found.tally.lines if query.get("count") else lines,
            "groups": self.groups,
            "ms": 1e3 * (whole - self.ledger_s),
            "ledger_ms": 1e3 * self.ledger_s,
            "cpu_ms": 1e3 * used,
        }


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """Give the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def about(hits: int) -> bytes:
    return (PLANTED[hits] + DOMAIN).title()


def warm(place: Path) -> dict[str, Any]:
    """Ask again and again in one process."""
    with opened(place) as house:
        clocked = Clocked(house)
        for hits in PLANTED:  # the index is merged after a search, the caches fill
            for _ in range(3):
                clocked.ask(about=about(hits))
        return {
            str(hits): middle([clocked.ask(about=about(hits)) for _ in range(WARM_RUNS)])
            for hits in PLANTED
        }


def cold_once(place: Path, hits: int) -> dict[str, float]:
    """Ask once, in a process that has asked nothing."""
    began = time.perf_counter()
    with opened(place) as house:
        house.bindings(next(noun for noun in NOUNS if SearchLog.act in noun.acts))
        ready = 1e3 * (time.perf_counter() - began)
        drop(place / "home")
        return {**Clocked(house).ask(about=about(hits)), "home_ms": ready}


def drop(folder: Path) -> None:
    """Drop the files of a folder from the page cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def cold(place: Path) -> dict[str, Any]:
    """Ask each question in new processes."""
    out = {}
    for hits in PLANTED:
        runs = []
        for _ in range(COLD_RUNS):
            start = time.perf_counter()
            found = child("cold-once", place, str(hits))
            runs.append({**found, "process_ms": 1e3 * (time.perf_counter() - start)})
        out[str(hits)] = middle(runs)
    return out


def text(place: Path) -> dict[str, Any]:
    """Look for text, in turn with grep over the same bytes compressed."""
    size = (place / "corpus").stat().st_size
    out: dict[str, Any] = {"bytes": size}
    with opened(place) as house:
        clocked = Clocked(house)
        for name, wanted in (("absent", ABSENT), ("common", COMMON)):
            ours, theirs = [], []
            for _ in range(TEXT_RUNS):
                ours.append(clocked.ask(text=wanted, count=True))
                theirs.append(grep(place / "corpus.zst", wanted))
            found, beside = middle(ours), middle(theirs)
            assert found["lines"] == beside["lines"]
            out[name] = {
                "lines": found["lines"],
                "mb_per_s": size / 1e3 / found["ms"],
                "mb_per_cpu_s": size / 1e3 / found["cpu_ms"],
                "grep_mb_per_s": size / 1e3 / beside["ms"],
                "grep_mb_per_cpu_s": size / 1e3 / beside["cpu_ms"],
            }
    return out


def grep(path: Path, wanted: str) -> dict[str, float]:
    """Count with `zstd -dc | grep -F`."""
    before, start = os.times(), time.perf_counter()
    with subprocess.Popen(["zstd", "-dc", str(path)], stdout=subprocess.PIPE) as source:
        done = subprocess.run(
            ["grep", "-cF", wanted],
            stdin=source.stdout,
            capture_output=True,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            check=False,
        )
    took, after = time.perf_counter() - start, os.times()
    used = sum(after[2:4]) - sum(before[2:4])
    return {"lines": int(done.stdout), "ms": 1e3 * took, "cpu_ms": 1e3 * used}


# --- reporting ---------------------------------------------------------------------------------


def child(what: str, place: Path, *words: str) -> Any:  # noqa: ANN401  # what JSON holds
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.search", "--measure", what, str(place), *words]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def measure(words: list[str]) -> None:
    """Do one measurement and print it as JSON."""
    what, place, *rest = words
    doing: dict[str, Callable[..., Any]] = {
        "prepare": lambda folder, lines: prepare(folder, int(lines)),
        "warm": warm,
        "cold-once": lambda folder, hits: cold_once(folder, int(hits)),
        "text": text,
    }
    print(json.dumps(doing[what](Path(place), *rest)))


def show(lines: int, found: dict[str, Any]) -> None:
    print(f"\n{lines:,} lines, {found['text']['bytes'] / 1e6:.0f} MB")
    print("  by person     hits  groups   p50 ms  goal ms  ledger ms  cpu ms")
    for name in ("warm", "cold"):
        for hits in PLANTED:
            one = found[name][str(hits)]
            goal = BASE_MS + GROUP_MS * one["groups"]
            verdict = "" if one["ms"] <= goal else "  missed"
            print(
                f"  {name:12}{hits:6}{one['groups']:8.0f}{one['ms']:9.1f}{goal:9.0f}"
                f"{one['ledger_ms']:11.1f}{one['cpu_ms']:8.1f}{verdict}"
            )
    one = found["cold"]["1"]
    print(f"  cold: home opened in {one['home_ms']:.0f} ms, process in {one['process_ms']:.0f} ms")
    print("  by text      lines     MB/s  MB/cpu-s   zstd|grep MB/s  MB/cpu-s")
    for name in ("absent", "common"):
        one = found["text"][name]
        print(
            f"  {name:10}{one['lines']:8.0f}{one['mb_per_s']:9.0f}{one['mb_per_cpu_s']:10.0f}"
            f"{one['grep_mb_per_s']:17.0f}{one['grep_mb_per_cpu_s']:10.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="What a search costs.")
    parser.add_argument("lines", type=int, nargs="*", default=SIZES)
    parser.add_argument("--folder", type=Path, help="where homes are made and kept")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    results = {}
    for lines in given.lines:
        place = folder / f"search-{lines}"
        if not (place / "corpus.zst").exists():
            shutil.rmtree(place, ignore_errors=True)
            child("prepare", place, str(lines))
        found = {name: child(name, place) for name in ("warm", "text")}
        found["cold"] = cold(place)
        results[str(lines)] = found
        show(lines, found)
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2:])
    else:
        main()
