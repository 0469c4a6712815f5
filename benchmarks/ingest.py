"""What taking a log in costs, by stage, on corpora grown from the shared samples.

    python benchmarks/ingest.py [MEGABYTES]

Dense is web access logs, sparse the system logs of LogHub.  Growing repeats lines with their
addresses and counters redrawn, so that new identifiers keep coming; how many is printed.  Stages
are timed by wrapping the functions that do them, in CPU time of this one process; all that is
not wrapped is `rest`.  The whole path is real: home on disk, fsync, vault, index, ledger.
"""

import functools
import random
import re
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard
from tests.run.homes import make, opened

from bailee.clients.acts import AddClient
from bailee.logs import (
    batch,
    commitment,
    committing,
    index,
    keeping,
    lines,
    placeholder,
    segment,
    times,
    values,
)
from bailee.logs.acts import Ingested, IngestLog
from bailee.run.wiring import House
from bailee.scan import scanner
from bailee.vault.service import Vault

LOGS = Path("/work/shared/data/logs")
SAMPLES = {
    "dense": ("apache_combined_elastic.log", "lnav_shop_access.log"),
    "sparse": tuple(path.name for path in sorted(LOGS.glob("loghub_*.log"))),
}
_ADDRESS = re.compile(rb"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_NUMBER = re.compile(rb"\b\d{5,7}\b")

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
        (placeholder.Desk, "write", "text"),
        (placeholder.Desk, "read", "compare"),
        (batch, "same_bytes", "compare"),
        (commitment, "line_hashes", "commit lines"),
        (commitment, "bind_hashes", "commit values"),
        (commitment, "root", "commit lines"),
        (index, "standing", "index"),
        (index, "postings_of", "index"),
        (index, "build", "index"),
        (segment.TextWriter, "add", "parquet text"),
        (segment.TextWriter, "close", "parquet text"),
        (segment.NamesWriter, "add", "parquet names"),
        (segment.NamesWriter, "close", "parquet names"),
        (committing, "canonical_forms", "canonical"),
        (Vault, "intern", "vault"),
        (keeping.Shelf, "put", "seal, write, fsync"),
    ):
        timed(where, name, stage)


class Grown:
    """A file made of samples, redrawn each time round; the same bytes for the same size."""

    address = "/benchmark"
    lasting = False

    def __init__(self, folder: Path, names: tuple[str, ...], size: int) -> None:
        self.samples = [(LOGS / name).read_bytes() for name in names]
        self.size = size
        self.path = folder / "corpus"
        with self.path.open("wb") as file:
            file.writelines(self._grow())
        self.size_mb = self.path.stat().st_size / 1e6

    def _grow(self) -> Iterator[bytes]:
        draw = random.Random(7)  # noqa: S311  # a corpus, not a secret
        made = rounds = shift = step = 0
        while made < self.size:
            # New people come every fourth time round: a large log is mostly the same visitors.
            if rounds % 4 == 0:
                shift, step = draw.randrange(256), draw.randrange(90_000)
            rounds += 1
            for sample in self.samples:
                part = _ADDRESS.sub(functools.partial(_moved, shift), sample)
                part = _NUMBER.sub(functools.partial(_counted, step), part)
                part = part if part.endswith(b"\n") else part + b"\n"
                made += len(part)
                yield part

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield chunks."""
        with self.path.open("rb", buffering=0) as file:
            file.seek(offset)
            yield from iter(functools.partial(file.read, 1 << 20), b"")

    def taken(self, end: int) -> None:
        """Be told; nothing hangs on it here."""


def _moved(shift: int, found: re.Match[bytes]) -> bytes:
    parts = found[0].split(b".")
    return b".".join(b"%d" % ((int(part) + shift * k) % 256) for k, part in enumerate(parts))


def _counted(step: int, found: re.Match[bytes]) -> bytes:
    return b"%d" % (int(found[0]) + step)


def report(name: str, size_mb: float, cpu_s: float, wall_s: float) -> None:
    print(
        f"\n{name}: {size_mb:.0f} MB, {size_mb / cpu_s:.0f} MB per CPU-second, "
        f"{size_mb / wall_s:.0f} MB/s by the wall"
    )
    rest = cpu_s - sum(spent.values())
    for stage, took in [*sorted(spent.items(), key=lambda one: -one[1]), ("rest", rest)]:
        print(f"  {stage:<20} {took * 1000 / size_mb:6.2f} ms/MB")


def one(house: House, folder: Path, name: str, megabytes: int) -> None:
    source = Grown(folder, SAMPLES[name], megabytes * 1_000_000)
    size_mb = source.size_mb
    spent.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    request = IngestLog(client="acme", stream=name, origin="client-application")
    answer = house.caller.call(request, source)
    cpu_s, wall_s = time.process_time() - cpu, time.perf_counter() - wall
    assert isinstance(answer, Ingested)
    report(name, size_mb, cpu_s, wall_s)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"  values: {answer.values / size_mb:.0f} per MB, each batch for itself;"
        f" {answer.lines / size_mb:.0f} lines per MB; {len(answer.batches)} batches;"
        f" peak {peak / 1024:.0f} MiB"
    )
    took, packed = 0.0, 0
    for chunk in iter_chunks(source.path):
        start = time.process_time()
        packed += len(zstandard.compress(chunk, 3))
        took += time.process_time() - start
    print(f"  zstd -3 of the same  {took * 1000 / size_mb:6.2f} ms/MB, to {packed / 1e6:.1f} MB")


def iter_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(functools.partial(file.read, 1 << 26), b"")


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make(folder)
        with opened(folder) as house:
            house.caller.call(AddClient(label="acme"))
            wrap()
            request = IngestLog(client="acme", stream="warm", origin="infrastructure")
            house.caller.call(request, Grown(folder, SAMPLES["dense"], 3_000_000))
            for name in SAMPLES:
                one(house, folder, name, megabytes)
            files = [path for path in (folder / "home").rglob("*") if path.is_file()]
            print(f"\nhome on disk: {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
