"""Throws arbitrary bytes at every way into the scanner, for as long as it is told to.

    nox -s fuzz -- --seconds 600 [--seed N]

Each law below is one that a test states on chosen bytes; here hypothesis draws them: hostile
shapes, lines of the recipes' samples with bytes overwritten, text in both orders of UTF-16,
compressed files torn and garbled.  A finding is shrunk and printed with what repeats it, and the
run goes on; the last line gives how often the laws were tried and how many findings there were.
"""

import argparse
import gzip
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import zstandard
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.scan.conftest import the_scanner
from tests.scan.hostile import SHAPES
from tests.scan.test_scanner import PIECES, check, spans

from bailee import errors
from bailee.adapters.sources.packing import unpacked
from bailee.scan import Finds, Scanner
from bailee.scan.encodings import PROBE_BYTES, encoding_of
from bailee.scan.recipes.recipe import book

ROUND = 400
"""Tries of one law before the next has its turn."""
SIGNS = (*(bytes([sign]) for sign in b" \n\"':=@.-%\\{"), b"\r\n", b"\x1b[0m")
Row = tuple[int, ...]
Law = Callable[..., None]
LAWS: dict[Law, dict[str, st.SearchStrategy[Any]]] = {}
tries: Counter[str] = Counter()


def law(**drawn: st.SearchStrategy[Any]) -> Callable[[Law], Law]:
    """Note a law and what it is drawn from."""

    def noted(function: Law) -> Law:
        LAWS[function] = drawn
        return function

    return noted


def _seeds() -> tuple[bytes, ...]:
    samples = [one.line.encode() for page in book().recipes for one in page.samples]
    return (*samples, *SHAPES.values(), *PIECES)


def _overwritten(data: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    out = bytearray(data)
    for place, byte in places:
        if out:
            out[place % len(out)] = byte
    return bytes(out)


_PART = st.sampled_from(_seeds()) | st.sampled_from(SIGNS) | st.binary(max_size=8)
_MIXED = st.lists(_PART, max_size=40).map(b"".join)
_PLACES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=24)
DATA = st.builds(_overwritten, _MIXED, _PLACES) | st.binary(max_size=3_000)
CUTS = st.lists(st.integers(0, 1 << 16), max_size=12)


@cache
def _small(block: int) -> Scanner:
    return Scanner(block_bytes=block)


def parts(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut bytes into parts."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[left:right] for left, right in pairwise(edges)]


def _streamed(scanner: Scanner, parts: Iterable[bytes], encoding: str = "") -> list[Row]:
    """Feed as bytes, whatever they look like; finds as rows that count from the stream's start."""
    stream = scanner.stream(encoding)
    found: list[Row] = []
    for part in parts:
        for finds in stream.feed(part):
            found += spans([finds])
    for finds in stream.close():
        found += spans([finds])
    return found


def _by_itself(rows: Iterable[Row]) -> list[Row]:
    """Leave out what other lines taught."""
    rules = the_scanner().tables.rules
    return [row for row in rows if rules[row[3]].name != "propagated"]


@law(data=DATA)
def finds_keep_the_law(data: bytes) -> None:
    finds: Finds = the_scanner().scan(data)
    if not encoding_of(data[:PROBE_BYTES]):  # else it was transcoded
        check(finds, data)


@law(data=DATA, cuts=CUTS)
def chunks_change_nothing(data: bytes, cuts: list[int]) -> None:
    assert _streamed(the_scanner(), parts(data, cuts)) == _streamed(the_scanner(), [data])


@law(data=DATA, cuts=CUTS, block=st.sampled_from([64, 65, 333, 4_096]))
def blocks_change_nothing(data: bytes, cuts: list[int], block: int) -> None:
    small = _streamed(_small(block), parts(data, cuts))
    assert _by_itself(small) == _by_itself(_streamed(the_scanner(), [data]))


@law(before=DATA, after=DATA)
def lines_stand_by_themselves(before: bytes, after: bytes) -> None:
    before += b"\n"
    alone = _streamed(the_scanner(), [before])
    alone += [
        (row[0] + len(before), row[1] + len(before), *row[2:])
        for row in _streamed(the_scanner(), [after])
    ]
    assert _by_itself(_streamed(the_scanner(), [before + after])) == _by_itself(alone)


@law(
    text=DATA.map(lambda data: data.decode("utf-8", "replace")),
    cuts=CUTS,
    encoding=st.sampled_from(["utf-16-le", "utf-16-be"]),
)
def utf_16_is_utf_8(text: str, cuts: list[int], encoding: str) -> None:
    wide = _streamed(the_scanner(), parts(("\ufeff" + text).encode(encoding), cuts), encoding)
    assert wide == _streamed(the_scanner(), [text.removeprefix("\ufeff").encode()])


@law(data=st.binary(max_size=1_500), cuts=CUTS, encoding=st.sampled_from(["utf-16-le", ""]))
def anything_is_taken_for_anything(data: bytes, cuts: list[int], encoding: str) -> None:
    _streamed(the_scanner(), parts(data, cuts), encoding)


@law(
    data=DATA,
    pack=st.sampled_from([gzip.compress, zstandard.compress]),
    torn=st.none() | st.integers(0, 1 << 16),
    cuts=CUTS,
)
def what_is_torn_is_told(
    data: bytes, pack: Callable[[bytes], bytes], torn: int | None, cuts: list[int]
) -> None:
    packed = pack(data)
    kept = packed if torn is None else packed[: torn % len(packed)]
    out = b""
    try:
        for piece in unpacked(part for part in parts(kept, cuts) if part):
            out += piece
    except errors.PartlyDone:
        assert len(kept) < len(packed)
        assert data.startswith(out)
        return
    assert out == data or len(kept) < 4  # too little to be told from plain bytes


@law(
    data=DATA,
    pack=st.sampled_from([gzip.compress, zstandard.compress]),
    places=_PLACES,
    cuts=CUTS,
)
def what_is_garbled_is_told(
    data: bytes, pack: Callable[[bytes], bytes], places: list[tuple[int, int]], cuts: list[int]
) -> None:
    garbled = _overwritten(pack(data), places)
    stream = the_scanner().stream()
    try:
        for piece in unpacked(part for part in parts(garbled, cuts) if part):
            for finds in stream.feed(piece):
                len(finds)
    except errors.PartlyDone:
        pass
    for finds in stream.close():
        len(finds)


def once(
    function: Law,
    drawn_from: dict[str, st.SearchStrategy[Any]],
    number: int,
    note: Callable[[str, dict[str, object]], None] | None = None,
    size: int = ROUND,
) -> bool:
    """Try one law for a round; tells whether it held.  Each try is noted before it begins."""

    def counted(**drawn: object) -> None:
        tries[function.__name__] += 1
        if note:
            note(function.__name__, drawn)
        function(**drawn)

    asked = settings(
        max_examples=size,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    counted.__name__ = function.__name__
    try:
        asked(seed(number)(given(**drawn_from)(counted)))()
    except Exception:  # noqa: BLE001  # whatever it is, it is a finding
        sys.stdout.write(f"{function.__name__}, seed {number}\n{traceback.format_exc()}\n")
        return False
    return True


def run(seconds: float, first: int) -> int:
    """Try all laws in turn until the time is over; returns how many rounds found something."""
    end = time.monotonic() + seconds
    found = turn = 0
    while turn == 0 or time.monotonic() < end:
        for function, drawn_from in LAWS.items():
            found += not once(function, drawn_from, first + turn)
        turn += 1
        if turn % 10 == 0:
            sys.stdout.write(f"{tries.total()} tries, {found} findings\n")
            sys.stdout.flush()
    for name, count in tries.items():
        sys.stdout.write(f"{count:10}  {name}\n")
    sys.stdout.write(f"{tries.total():10}  tries in all, {found} findings\n")
    return found


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guarded", action="store_true", help="see fuzz_guarded")
    asked, more = parser.parse_known_args()
    if asked.guarded:
        page = Path(__file__).with_name("fuzz_guarded.py")
        words = ["--seconds", str(asked.seconds), "--seed", str(asked.seed), *more]
        module = f"{__package__}.{page.stem}"
        sys.exit(subprocess.run([sys.executable, "-m", module, *words], check=False).returncode)
    sys.exit(1 if run(asked.seconds, asked.seed) else 0)


if __name__ == "__main__":
    main()
