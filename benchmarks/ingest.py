"""What taking a log in costs, by stage, on one core, beside `zstd -3` and Presidio's detection.

    uv pip install --target /tmp/peers -r benchmarks/peers.txt
    python -m benchmarks.ingest [--megabytes 200] [--peers /tmp/peers] [--folder FOLDER]

Corpora are grown by `corpus.py`, dense and sparse, each taken in by a process of its own, bound to
one core.  Dense gives every visitor a few lines and never sees him again, as small samples do, so
that the vault takes a new identifier for every 1,400 bytes; *returning* is the same log where three
visitors in four are among ten thousand that come back.  Stages are timed by wrapping the functions
that do them, in CPU time of that process, all threads together; what is not wrapped is `rest`.
The whole path is real: a file read, a home on disk, fsync, vault, index, ledger, and the checkpoint
signed at the end.
"""

import argparse
import functools
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard
from benchmarks.corpus import ensure, rates
from tests.answers import done
from tests.run.homes import make, opened

from bailee.adapters.objects.reserve import NAME as RESERVE
from bailee.adapters.sources.place import places
from bailee.adapters.sources.source import FileSource
from bailee.clients.acts import AddClient
from bailee.logs.acts import Ingested, IngestLog
from bailee.logs.ingest import batch, committing, counts, times, values
from bailee.logs.store import commitment, index, lines, placeholder, segment
from bailee.logs.store import segments as keeping
from bailee.run.warming import warm
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import OBJECTS, ROWS
from bailee.scan import scanner
from bailee.vault.service import Vault

_ADDRESS = re.compile(rb"^(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
WARM = Path("/work/shared/data/logs/loghub_Linux.log")

spent: dict[str, float] = defaultdict(float)
_inside: list[list[float]] = []


def timed(where: object, name: str, stage: str) -> None:
    """Replace a function by one that counts its own CPU time, without that of inner stages."""
    real: Callable[..., Any] = getattr(where, name)

    @functools.wraps(real)
    def call(*args: Any, **more: Any) -> Any:  # noqa: ANN401  # stands for any function
        _inside.append([0.0])
        start = time.process_time()
        try:
            return real(*args, **more)
        finally:
            took = time.process_time() - start
            spent[stage] += took - _inside.pop()[0]
            if _inside:
                _inside[-1][0] += took

    setattr(where, name, call)


def wrap() -> None:
    for where, name, stage in (
        (scanner, "sweep", "scan"),
        (scanner.Stream, "_finish", "scan"),
        (lines, "_piece", "lines"),
        (lines, "_line_starts", "lines"),
        (lines, "_uses", "lines"),
        (values.Values, "number", "dictionary"),
        (values.Values, "raws", "dictionary"),
        (times.Timeline, "read", "times"),
        (placeholder.PlaceholderCodec, "write", "text"),
        (placeholder.PlaceholderCodec, "read", "compare"),
        (batch, "same_bytes", "compare"),
        (commitment, "line_hashes", "commit lines"),
        (commitment, "bind_hashes", "commit values"),
        (commitment, "root", "commit lines"),
        (index, "standing", "index"),
        (index, "postings_of", "index"),
        (index, "build", "index"),
        (batch, "severities", "severity"),
        (counts.Counts, "add", "counts"),
        (segment.TextWriter, "add", "parquet text"),
        (segment.TextWriter, "close", "parquet text"),
        (segment.IdentifierMapWriter, "add", "parquet names"),
        (segment.IdentifierMapWriter, "close", "parquet names"),
        (committing, "canonical_forms", "canonical"),
        (Vault, "intern", "vault"),
        (keeping.SegmentStore, "put", "seal, write, fsync"),
    ):
        timed(where, name, stage)


def report(name: str, size_mb: float, cpu_s: float, wall_s: float) -> None:
    print(
        f"\n{name}: {size_mb:.0f} MB, {size_mb / cpu_s:.0f} MB per CPU-second, "
        f"{size_mb / wall_s:.0f} MB/s by the wall"
    )
    rest = cpu_s - sum(spent.values())
    for stage, took in [*sorted(spent.items(), key=lambda one: -one[1]), ("rest", rest)]:
        print(f"  {stage:<20} {took * 1000 / size_mb:6.2f} ms/MB")


def ingest(house: App, page: Path, stream: str) -> Ingested:
    (place,) = places([str(page)])
    request = IngestLog(client="acme", stream=stream, origin="client-application")
    with FileSource(place) as source:
        answer = done(house.caller.send(request, source))
    assert isinstance(answer, Ingested)
    return answer


def named(home: Path) -> int:
    """Count the identifiers that the vault knows."""
    with sqlite3.connect(home / ROWS) as rows:
        return int(rows.execute("select count(*) from vault").fetchone()[0])


def one(house: App, home: Path, page: Path) -> None:
    """Take one corpus in and say what it cost."""
    size_mb, known = page.stat().st_size / 1e6, named(home)
    spent.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    answer = ingest(house, page, "measured")
    house.publish()
    cpu_s, wall_s = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert answer.end == page.stat().st_size
    report(page.stem, size_mb, cpu_s, wall_s)
    new = named(home) - known
    print(
        f"  new identifiers {new / size_mb:.0f} per MB, {spent['vault'] * 1e6 / max(new, 1):.1f} us"
        f" of the vault each; {answer.lines / size_mb:.0f} lines per MB;"
        f" {len(answer.batches)} batches; peak memory {peak:.0f} MiB"
    )
    packed = compressed(page, size_mb)
    objects, rows = kept(home / OBJECTS), kept(home) - kept(home / RESERVE) - kept(home / OBJECTS)
    print(f"  kept: objects {objects:.1f} MB, rows and ledger {rows:.1f}; zstd -3 {packed:.1f}")


def kept(place: Path) -> float:
    """Sum up what lies there, in MB."""
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 1e6


def compressed(page: Path, size_mb: float) -> float:
    """Compress the same bytes and say what that alone costs."""
    took, packed = 0.0, 0
    for chunk in chunks_of(page):
        start = time.process_time()
        packed += len(zstandard.compress(chunk, 3))
        took += time.process_time() - start
    print(f"  zstd -3 of the same  {took * 1000 / size_mb:6.2f} ms/MB")
    return packed / 1e6


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(functools.partial(file.read, 1 << 26), b"")


def measure(page: Path) -> None:
    """Measure one corpus in this process, on one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make(folder)
        with opened(folder) as house:
            house.caller.call(AddClient(label="acme"))
            wrap()
            ingest(house, WARM, "warm")
            one(house, folder / "home", page)


def returning(page: Path) -> Path:
    """Make three visitors in four of a corpus some of ten thousand who come back."""
    made = page.with_name(f"returning-{page.name}")
    if not made.exists():
        unfinished = made.with_suffix(".part")
        with page.open("rb") as lines_in, unfinished.open("wb") as out:
            out.writelines(_ADDRESS.sub(_again, line) for line in lines_in)
        unfinished.replace(made)
    with made.open("rb") as source:
        new, visits = rates(source.read(40_000_000))
    print(f"returning    {new:7.1f} new identifiers per MB, {visits:6.1f} lines per address")
    return made


def _again(found: re.Match[bytes]) -> bytes:
    draw = zlib.crc32(found[0])
    return found[0] if draw % 4 == 0 else b"100.64.%d.%d" % divmod(draw // 4 % 10_000, 256)


def presidio(page: Path, peers: str) -> float:
    """Give the MB per CPU-second of Presidio's detection alone, as `scan.py` runs it."""
    sys.path.append(peers)
    from benchmarks.peers import SLOW  # noqa: PLC0415  # polars and others, for this alone

    one = SLOW["Presidio, patterns"]()
    text = page.read_bytes()[: 1 << 16].decode("utf-8", "replace").split("\n")
    one(text[0])
    start = time.process_time()
    for line in text:
        one(line)
    took = time.process_time() - start
    return float(sum(len(line) + 1 for line in text) / 1e6 / took)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peers", default="/tmp/peers")  # noqa: S108  # or named
    parser.add_argument("--folder", type=Path, default=Path("/tmp/scan-benchmark"))  # noqa: S108  # or named
    parser.add_argument("--one", type=Path, help="one log, in this process")
    asked = parser.parse_args()
    if asked.one:
        measure(asked.one)
        return
    warm()
    dense = ensure("dense", asked.megabytes, asked.folder)
    for page in (dense, returning(dense), ensure("sparse", asked.megabytes, asked.folder)):
        child = subprocess.run(
            [sys.executable, "-m", "benchmarks.ingest", "--one", str(page)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(child.stdout, end="")
        rate = float(child.stdout.split(" MB per CPU-second")[0].rsplit(", ", 1)[1])
        try:
            alone = presidio(page, asked.peers)
            print(
                f"  Presidio, detection alone: {alone:.3f} MB per CPU-second;"
                f" the whole of this is {rate / alone:.0f} times as fast"
            )
        except ImportError:
            print("  Presidio: not installed")


if __name__ == "__main__":
    main()
