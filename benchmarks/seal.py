"""Sealing and opening beside `openssl speed` and Tink: medians of interleaved runs.

`nox -s bench -- seal` (or `-- seal --mib 64 --rounds 1` for a glance).  The yard-stick is a bare
`openssl speed -evp aes-256-gcm` on 64 KiB blocks, run in the same round on the same machine; it is
Debian's OpenSSL, while `cryptography` carries its own, newer one, so a ratio above 1 is possible.
"""

import argparse
import importlib
import io
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailee.limits import SEGMENT_BYTES
from bailee.seal.leaf import LeafOpener, LeafSealer
from bailee.seal.stream import OpeningReader, SealingWriter, object_aad, sealed_size

if TYPE_CHECKING:
    from tests.seal.oracle import Tink

MIB = 1 << 20
RANGE_BYTES = 4_096
RANGE_READS = 2_000
PEAK_BYTES = 10 * 10**9
KEY = secrets.token_bytes(32)
AAD = object_aad(b"client", "object", b"id", 1)


class Stored:
    """A sealed file, read by position."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)

    def size(self) -> int:
        """Tell how many bytes are stored."""
        return os.fstat(self._file).st_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Read where asked."""
        return os.pread(self._file, size, offset)


class Nowhere(io.RawIOBase):
    """Takes what Tink writes, and counts it."""

    taken = 0

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, data: object) -> int:
        """Count and forget."""
        self.taken += len(cast("bytes", data))
        return len(cast("bytes", data))


def tink() -> "Tink":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    return cast("Tink", importlib.import_module("tests.seal.oracle").Tink(KEY))


def chunks(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[at : at + MIB] for at in range(0, len(data), MIB))


def timed(work: Callable[[], object], size: int) -> float:
    """Return GB/s."""
    start = time.perf_counter()
    work()
    return size / (time.perf_counter() - start) / 1e9


class Bench:
    """One plaintext, sealed to a file once, and what each round does with it."""

    def __init__(self, size: int, folder: Path) -> None:
        self.data = secrets.token_bytes(size)
        self.path = folder / "sealed"
        self.writer = SealingWriter(LeafSealer(KEY), AAD)
        with self.path.open("wb") as file:
            for segment in self.writer.seal(chunks(self.data)):
                file.write(segment)
        self.tink = tink()

    def reader(self) -> OpeningReader:
        """Open the sealed file."""
        return OpeningReader(
            LeafOpener(KEY),
            AAD,
            Stored(self.path),
            extent=self.writer.extent,
            commitment=self.writer.commitment,
        )

    def seal(self) -> None:
        """Seal into one reused buffer."""
        for _ in SealingWriter(LeafSealer(KEY), AAD).seal(chunks(self.data)):
            pass

    def open_stream(self) -> None:
        """Open as a stream of views."""
        for _ in self.reader().stream():
            pass

    def open_into(self) -> None:
        """Open into a buffer of the caller."""
        reader, buffer = self.reader(), bytearray(MIB)
        while reader.readinto(buffer):
            pass

    def bare(self) -> None:
        """Encrypt the same segments with nothing around them."""
        cipher, nonce, view = AESGCM(KEY), bytearray(12), memoryview(self.data)
        out = bytearray(SEGMENT_BYTES)
        for at in range(0, len(view) - SEGMENT_BYTES, SEGMENT_BYTES - 16):
            nonce[:8] = at.to_bytes(8, "big")
            cipher.encrypt_into(nonce, view[at : at + SEGMENT_BYTES - 16], None, out)

    def tink_seal(self) -> None:
        """Seal with Tink, into nowhere."""
        out = Nowhere()
        with self.tink.sealing(cast("io.BytesIO", out), AAD) as stream:
            for chunk in chunks(self.data):
                stream.write(chunk)
        if out.taken != sealed_size(len(self.data)):
            raise SystemExit("tink did not seal it all")

    def tink_open(self) -> None:
        """Open the same file with Tink."""
        with self.path.open("rb") as file, self.tink.opening(file, AAD) as stream:
            opened = sum(map(len, iter(lambda: stream.read(MIB), b"")))
        if opened != self.writer.extent.plain_size:
            raise SystemExit("tink did not open it all")

    def range_us(self) -> float:
        """Return the median of a 4 KiB read anywhere, µs; Tink's Python cannot seek."""
        reader, buffer, took = self.reader(), bytearray(RANGE_BYTES), []
        for _ in range(RANGE_READS):
            at = secrets.randbelow(len(self.data) - RANGE_BYTES)
            start = time.perf_counter()
            reader.seek(at)
            reader.readinto(buffer)
            took.append(time.perf_counter() - start)
        return statistics.median(took) * 1e6


def openssl() -> float:
    """Return GB/s of bare AES-256-GCM on 64 KiB blocks."""
    command = f"openssl speed -evp aes-256-gcm -bytes {SEGMENT_BYTES} -seconds 1".split()
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"([\d.]+)k\s*$", said)
    if found is None:
        raise SystemExit("openssl speed said nothing that can be read")
    return float(found[1]) * 1_000 / 1e9


def peak_kib() -> int:
    """Return the peak memory of this process; ru_maxrss would be the parent's, kept over exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def peak() -> None:
    """Seal 10 GB in this fresh process and print by how much its memory grew, MiB."""
    chunk = secrets.token_bytes(MIB)
    for _ in SealingWriter(LeafSealer(KEY), AAD).seal([chunk]):
        pass
    before = peak_kib()
    for _ in SealingWriter(LeafSealer(KEY), AAD).seal(chunk for _ in range(PEAK_BYTES // MIB)):
        pass
    after = peak_kib()
    print(f"{(after - before) / 1024:.1f} {after / 1024:.0f}")


def report(mib: int, rounds: int) -> None:
    size = mib * MIB
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(size, Path(folder))
        works: dict[str, Callable[[], float]] = {
            "openssl speed": openssl,
            "cryptography encrypt_into, bare": lambda: timed(bench.bare, size),
            "bailee seal": lambda: timed(bench.seal, size),
            "bailee open, stream of a file": lambda: timed(bench.open_stream, size),
            "bailee open, readinto 1 MiB": lambda: timed(bench.open_into, size),
            "tink seal": lambda: timed(bench.tink_seal, size),
            "tink open": lambda: timed(bench.tink_open, size),
        }
        speeds: dict[str, list[float]] = {name: [] for name in works}
        ranges = []
        for warm in range(rounds + 1):  # the first round warms caches and allocators, unmeasured
            for name, work in works.items():
                speed = work()
                if warm:
                    speeds[name].append(speed)
            ranges.append(bench.range_us())
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    yard = medians["openssl speed"]
    print(f"{mib} MiB, {rounds} interleaved rounds, medians, one thread")
    for name, value in medians.items():
        spread = f"({min(speeds[name]):.2f} to {max(speeds[name]):.2f})"
        print(f"{name:34}{value:7.2f} GB/s{value / yard:8.2f} x openssl  {spread}")
    print(f"{'bailee 4 KiB anywhere in a file':34}{statistics.median(ranges):7.1f} µs")
    command = [sys.executable, __file__, "--peak"]
    grown, whole = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.split()
    print(f"{'bailee seal 10 GB, memory':34}{grown:>7} MiB grown, {whole} MiB in all")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.peak:
        peak()
    else:
        report(chosen.mib, chosen.rounds)


if __name__ == "__main__":
    main()
