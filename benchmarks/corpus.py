"""Grows a real log without flattering anyone: a seeded rewrite at the real file's own rates.

    python benchmarks/corpus.py dense|sparse MEGABYTES FOLDER

Repeating a file shows a scanner the same addresses again and again, which caches, dictionaries and
compressors like too well.  Here each round draws addresses, users, numbers, paths and times anew,
the same one for the same one within it, so that new identifiers per MB and lines per address stay
what they are in the real files; both are printed, for the real files and for the grown one.

Dense is web access logs.  Sparse is every sample of 90 kB or more in which fewer than one line in
four holds an address, mail address, UUID or MAC, as ripgrep counts them; but
`loki_distributor-logfmt.log`, on which ripgrep is fifty times slower than on any other, is left
out, for it alone would decide the comparison.
"""

import argparse
import hashlib
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

LOGS = Path("/work/shared/data/logs")
SAMPLES = {
    "dense": ("apache_combined_elastic.log", "lnav_shop_access.log"),
    "sparse": (
        *("beats_auth_ubuntu1204.log", "beats_es_gc.log", "beats_redis_debian.log"),
        *("loghub_Android.log", "loghub_Apache.log", "loghub_BGL.log", "loghub_HPC.log"),
        *("loghub_Hadoop.log", "loki_agent-logfmt.log", "loki_calico.log"),
        *("loki_kubernetes.log", "plaso_gdrive_sync.log", "plaso_setupapi.log"),
    ),
}
SEED = 20_260_101
_DAY_S = 86_400

_ADDRESS = rb"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
_USER = rb"(?<=user=)[\w.-]+|(?<=for user )[\w.-]+|(?<=/home/)[\w.-]+"
_PATTERNS = {
    "address": _ADDRESS,
    "user": _USER,
    "day": rb"(?<=\[)\d\d(?=/[A-Z][a-z]{2}/\d{4})|(?<=\d{4}-\d\d-)\d\d",
    "clock": rb"(?<!\d)[012]\d:[0-5]\d:[0-5]\d",
    "path": rb"(?<=[ \"=])(?:/[\w.+-]+){2,}",
    "number": rb"(?<![\w.])\d{5,9}(?![\w.])",
}
_PARTS = re.compile(b"|".join(b"(?P<%s>%s)" % (k.encode(), v) for k, v in _PATTERNS.items()))
_IDENTIFIERS = re.compile(_ADDRESS + b"|" + _USER)
_ADDRESSES = re.compile(_ADDRESS)
_POOLS = (b"123456789", b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class _Rewriter:
    """One round: what each identifier becomes in it."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._became: dict[bytes, bytes] = {}
        self._shift = self._draw.randrange(_DAY_S)

    def __call__(self, found: re.Match[bytes]) -> bytes:
        old = found[0]
        kind = found.lastgroup
        if kind == "clock":
            return self._clock(old)
        if kind == "day":
            return b"%02d" % (1 + (int(old) + self._shift) % 28)
        new = self._became.get(old)
        if new is None:
            new = self._became[old] = self._drawn(kind, old)
        return new

    def _drawn(self, kind: str | None, old: bytes) -> bytes:
        if kind == "address":
            parts = (self._draw.randrange(1, 224), *(self._draw.randrange(256) for _ in range(3)))
            return b".".join(b"%d" % part for part in parts)
        if kind == "path":  # folders stay what they are, what lies in them is another
            folder, slash, name = old.rpartition(b"/")
            stem, dot, ending = name.partition(b".")
            return folder + slash + self._like(stem) + dot + ending
        return self._like(old)

    def _clock(self, old: bytes) -> bytes:
        hours, minutes, seconds = (int(part) for part in old.split(b":"))
        moved = (hours * 3600 + minutes * 60 + seconds + self._shift) % _DAY_S
        return b"%02d:%02d:%02d" % (moved // 3600, moved // 60 % 60, moved % 60)

    def _like(self, old: bytes) -> bytes:
        """Draw letters for letters and digits for digits."""
        out = bytearray(old)
        for at, byte in enumerate(old):
            one = chr(byte)
            if byte < 0x80 and one.isalnum():
                pool = _POOLS[0] if one.isdigit() else _POOLS[1 if one.islower() else 2]
                out[at] = self._draw.choice(pool)
        return bytes(out)


def real(name: str) -> bytes:
    """Read the samples of a corpus."""
    pages = [(LOGS / page).read_bytes() for page in SAMPLES[name]]
    return b"".join(page if page.endswith(b"\n") else page + b"\n" for page in pages)


def grown(name: str, size: int) -> Iterator[bytes]:
    """Give rounds of a sample until there are `size` bytes; the first is the real one."""
    sample = real(name)
    made = turn = 0
    while made < size:
        text = _PARTS.sub(_Rewriter(SEED + turn), sample) if turn else sample
        text = text[: size - made]
        text = text[: text.rfind(b"\n") + 1]
        if not text:
            return
        yield text
        made += len(text)
        turn += 1


def rates(text: bytes) -> tuple[float, float]:
    """Measure new identifiers (addresses and users) per MB, and lines per address."""
    addresses = _ADDRESSES.findall(text)
    distinct = len(set(_IDENTIFIERS.findall(text)))
    return distinct / (len(text) / 1e6), len(addresses) / max(len(set(addresses)), 1)


def ensure(name: str, megabytes: int, folder: Path, say: Callable[[str], None] = print) -> Path:
    """Make a corpus unless it is there, and say its rates beside the real files'."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    page = folder / f"{name}-{megabytes}-{version}.log"
    if not page.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = page.with_suffix(".part")
        with unfinished.open("wb") as out:
            out.writelines(grown(name, megabytes * 1_000_000))
        unfinished.replace(page)
    with page.open("rb") as source:
        part = source.read(40_000_000)
    for what, text in (("real", real(name)), ("grown", part)):
        new, lines = rates(text)
        say(f"{name:7}{what:6}{new:7.1f} new identifiers per MB, {lines:6.1f} lines per address")
    return page


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("name", choices=SAMPLES)
    parser.add_argument("megabytes", type=int)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    print(ensure(asked.name, asked.megabytes, asked.folder))
