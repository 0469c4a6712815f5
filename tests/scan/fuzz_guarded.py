"""Throws arbitrary bytes at the kernels while a page that nobody may touch lies beside every array.

    nox -s fuzz -- --guarded --seconds 1800 [--seed N]

Whoever scans, takes in, reads back and searches here has room for not one byte more than the law
of each kernel demands, so that one which looks at no bounds and goes beyond them ends the process.
That happens in a child, which notes what it is about to try: the parent prints it, and the run goes
on.  Sides change from child to child: a byte before an array is found where its first byte lies
beside the page, a byte after it where its last does.
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.scan import fuzz, fuzz_read
from tests.scan.fuzz import CUTS, DATA
from tests.scan.guard import guarded
from tests.scan.hostile import SHAPES, fill

from bailee import errors
from bailee.logs.ingest.batch import Batch, Made, Named
from bailee.logs.ingest.times import Timeline
from bailee.logs.kernels.hashing import STEP
from bailee.logs.store.lines import line_starts, pieces
from bailee.logs.store.placeholder import PlaceholderCodec, StoredBlock, spans_of
from bailee.scan import Scanner, scanner
from bailee.scan.buffers import Padded
from bailee.scan.kinds import Kind

LINE_BYTES = 256
"""A line of more is cut: so texts can be dense and fill a whole buffer in no time."""
CHILD_S = 120
BLOCKS = (64, 65, 333, 4_096)
RECEIPT_NS = 1_790_000_000 * 10**9
DENSE = st.builds(
    fill,
    st.sampled_from(list(SHAPES.values())),
    st.integers(0, 6_000),
)
TEXT = DATA | DENSE


@cache
def _tight(block: int) -> Scanner:
    """Make a scanner whose buffers hold a block and a line, and not a byte more."""
    return Scanner(block_bytes=block)


@cache
def _codec(block: int) -> PlaceholderCodec:
    return PlaceholderCodec(block + LINE_BYTES)


def scanned_within_bounds(data: bytes, cuts: list[int], block: int) -> None:
    stream = _tight(block).stream()
    for part in fuzz.parts(data, cuts):
        for finds in stream.feed(part):
            assert len(finds.start) == len(finds.end)
    for finds in stream.close():
        assert len(finds.start) == len(finds.end)


def armour_within_bounds(data: bytes, cuts: list[int], block: int) -> None:
    fuzz_read.armour_within_bounds(data, cuts, _tight(block))


def taken_in_within_bounds(data: bytes, cuts: list[int], block: int, secrets: bool) -> None:  # noqa: FBT001  # drawn
    _taken_in(data, cuts, block, keep_secrets=secrets)


def searched_within_bounds(
    data: bytes, cuts: list[int], block: int, wanted: str, sought: list[int]
) -> None:
    made = _taken_in(data, cuts, block, keep_secrets=False)
    if made is not None:
        fuzz_read.searched_within_bounds(made, wanted, [bytes([one]) * 10 for one in sought])


def _taken_in(data: bytes, cuts: list[int], block: int, *, keep_secrets: bool) -> Made | None:
    rules = _tight(block).tables.rules
    replaced = np.array([rule.replaces for rule in rules], np.uint8)
    stream = _tight(block).stream()
    batch = Batch(
        batch=bytes(16),
        stream="web",
        timeline=Timeline(receipt_ns=RECEIPT_NS),
        codec=_codec(block),
        keep_secrets=keep_secrets,
        entropy=lambda size: bytes(range(256)) * (size // 256) + bytes(size % 256),
    )

    def add(part: bytes) -> None:
        found = stream.feed(part) if part else stream.close()
        for finds in found:
            for lines in pieces(finds, replaced):
                batch.add(lines)

    for part in fuzz.parts(data, cuts):
        if part:
            add(part)
    add(b"")
    if batch.empty:
        return None
    count = len(batch.values().raws)
    # Ten values have one token each, so that a look-up has much to find.
    tokens = np.array([[number % 10] * 10 for number in range(count)], np.uint8).reshape(-1, 10)
    made = batch.close(Named(tokens=tokens, canonical=tokens), np.zeros((count, 32), np.uint8))
    assert made.roots
    assert len(bytes(made.text)) > 0
    return made


def times_read_within_bounds(data: bytes) -> None:
    padded = Padded(len(data))
    padded.bytes[:] = np.frombuffer(data, np.uint8)
    padded.close(len(data))
    starts = line_starts(padded.bytes)
    if len(starts):
        moments = Timeline(receipt_ns=RECEIPT_NS).read(padded.address, starts, len(data))
        assert len(moments.event) == len(starts)


def stored_text_read_within_bounds(
    body: bytes,
    cuts: list[int],
    ordinals: list[int],
    values: list[bytes],
    returns: bool,  # noqa: FBT001  # drawn
) -> None:
    edges = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    lines = max(len(edges) - 1, 1)
    edges = edges if len(edges) > 1 else [0, 0]
    firsts = np.array([len(ordinals) * line // lines for line in range(lines + 1)], np.uint32)
    padded = np.empty(len(body) + STEP, np.uint8)
    padded[: len(body)] = np.frombuffer(body, np.uint8)
    stored = StoredBlock(
        body=padded[: len(body)],
        starts=np.array(edges, np.uint32),
        firsts=firsts,
        ordinals=np.array(ordinals, np.uint32),
        marks=np.array([cut % 4 for cut in (*cuts, *[0] * lines)][:lines], np.uint8),
        returns=returns,
    )
    _arena, spans = spans_of(values, np.array([int(Kind.EMAIL)] * len(values), np.uint8))
    try:
        _codec(64).read(stored, spans)
    except errors.Damaged:
        return


LAWS: dict[fuzz.Law, dict[str, st.SearchStrategy[Any]]] = {
    scanned_within_bounds: {"data": TEXT, "cuts": CUTS, "block": st.sampled_from(BLOCKS)},
    taken_in_within_bounds: {
        "data": TEXT,
        "cuts": CUTS,
        "block": st.sampled_from(BLOCKS),
        "secrets": st.booleans(),
    },
    armour_within_bounds: {
        "data": fuzz_read.ARMOUR,
        "cuts": CUTS,
        "block": st.sampled_from(BLOCKS),
    },
    searched_within_bounds: {
        "data": TEXT,
        "cuts": CUTS,
        "block": st.sampled_from(BLOCKS),
        "wanted": fuzz_read.WANTED,
        "sought": st.lists(st.integers(0, 11), max_size=4),
    },
    fuzz_read.leaves_hashed_within_bounds: {
        "lines": fuzz_read.LINES,
        "kinds": st.lists(st.integers(1, 17), max_size=40),
        "at": st.integers(0, 1 << 16),
    },
    times_read_within_bounds: {"data": TEXT},
    stored_text_read_within_bounds: {
        "body": st.lists(
            st.sampled_from([b"\x1aA", b"\x1aR", b"\x1a\x1a", b"\x1axe9", b"\x1a", b"a", b"\n"])
            | st.binary(max_size=70),
            max_size=40,
        ).map(b"".join),
        "cuts": CUTS,
        "ordinals": st.lists(st.integers(0, 6), max_size=40),
        "values": st.lists(st.binary(max_size=90), max_size=6),
        "returns": st.booleans(),
    },
}


class Note:
    """Note: what is about to be tried, in a file that outlives whoever tries it."""

    def __init__(self, place: Path) -> None:
        self._file = place.open("r+b")

    def __call__(self, name: str, drawn: dict[str, object]) -> None:
        data = pickle.dumps((name, drawn))
        self._file.seek(0)
        self._file.write(len(data).to_bytes(8, "big") + data)
        self._file.flush()


def last_noted(place: Path) -> tuple[str, dict[str, object]] | None:
    """Read what was noted last."""
    whole = place.read_bytes()
    size = int.from_bytes(whole[:8], "big")
    return pickle.loads(whole[8 : 8 + size]) if size else None  # noqa: S301  # written by our child


def child(side: str, asked: argparse.Namespace) -> int:
    """Try all laws in turn with guards on one side; return how many rounds found something."""
    note, found, turn = Note(asked.note), 0, 0
    end = time.monotonic() + asked.seconds
    # Smaller buffers than any home has, so that a text can fill them.
    setattr(scanner, "LINE_BYTES", LINE_BYTES)  # noqa: B010  # a constant to all others
    with guarded(at_end=side == "end"):
        while turn == 0 or time.monotonic() < end:
            for function, drawn in LAWS.items():
                found += not fuzz.once(function, drawn, asked.seed + turn, note, asked.round)
            turn += 1
    seeds = f"seeds {asked.seed} to {asked.seed + turn - 1}"
    sys.stdout.write(f"{side}, {seeds}: {fuzz.tries.total()} tries, {found} findings\n")
    return found


def run(seconds: float, first: int, size: int) -> int:
    """Run children on either side by turns until the time is over; return how many erred."""
    end, found, seed = time.monotonic() + seconds, 0, first
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "note"
        while (left := end - time.monotonic()) > 0:
            for side in ("end", "start"):
                place.write_bytes(bytes(8))
                words = [
                    "--child",
                    side,
                    "--note",
                    str(place),
                    "--seed",
                    str(seed),
                    "--round",
                    str(size),
                ]
                words += ["--seconds", str(min(CHILD_S, left / 2))]
                program = [sys.executable, "-X", "faulthandler", "-m", __spec__.name]
                code = subprocess.run([*program, *words], check=False).returncode
                if code < 0:
                    sys.stdout.write(
                        f"{side}, seed {seed}: signal {-code}, {last_noted(place)!r}\n"
                    )
                found += code != 0
                sys.stdout.flush()
            seed += 1_000
    sys.stdout.write(f"{found} findings\n")
    return found


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1_800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", choices=("end", "start"))
    parser.add_argument("--note", type=Path)
    parser.add_argument("--round", type=int, default=fuzz.ROUND, help="tries of one law in a row")
    asked = parser.parse_args()
    if asked.child:
        sys.exit(min(child(asked.child, asked), 100))
    sys.exit(1 if run(asked.seconds, asked.seed, asked.round) else 0)


if __name__ == "__main__":
    main()
