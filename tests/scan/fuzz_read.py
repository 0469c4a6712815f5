"""Laws of what is read back and hashed between guard pages: search, armour, leaves (fuzz_guarded).

What is stored is read as a search reads it: text found, row groups by the index, lines as
structure, tokens of their ordinals.  Leaves are hashed from columns that have the room their
kernel demands, and not a byte more.
"""

import io
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.scan import fuzz

from bailee.logs.ingest.batch import Made
from bailee.logs.pieces import pieces_of
from bailee.logs.search.filter import by_text, by_token, everything, rows_within
from bailee.logs.search.pattern import Pattern
from bailee.logs.store.columns import Bodies, NamesColumns, TextColumns
from bailee.logs.store.commitment import bind_hashes, path, root
from bailee.logs.store.index import Run, merged
from bailee.logs.store.kernels.leaf import LeafLines, leaf_hashes
from bailee.logs.window import Window
from bailee.scan import Scanner

ALL = Window()
COPIED = 64
"""What a leaf's text must be readable beyond its end (`leaf.LeafLines`)."""
ARMOURED = (
    b"-----BEGIN RSA PRIVATE KEY-----\n",
    b"-----BEGIN PGP PRIVATE KEY BLOCK-----",
    b"-----END RSA PRIVATE KEY-----",
    b"-----END PRIVATE KEY-----\n",
    b"MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun\n",
    b"2026-11-30T19:20:00Z host app: ",
    b"Proc-Type: 4,ENCRYPTED\n",
    b"AAAA=\n",
    b"\n",
    b'"',
    b"one@example.org ",
)
ARMOUR = st.lists(st.sampled_from(ARMOURED) | st.binary(max_size=8), max_size=40).map(b"".join)
WANTED = st.text(st.sampled_from("aex9D@\x1a é\udce9."), min_size=1, max_size=6)
LINES = st.lists(st.tuples(st.binary(max_size=200), st.lists(st.integers(0, 9), max_size=5)))


def armour_within_bounds(data: bytes, cuts: list[int], scanner: Scanner) -> None:
    """Scan keys over several lines, in blocks that end anywhere among them."""
    stream = scanner.stream()
    for part in fuzz.parts(data, cuts):
        for finds in stream.feed(part):
            assert len(finds.start) == len(finds.end) == len(finds.line)
    for finds in stream.close():
        assert len(finds.start) == len(finds.end)


def searched_within_bounds(made: Made, wanted: str, tokens: list[bytes]) -> None:
    """Read a finished batch as every way of searching does."""
    pattern = Pattern(wanted)
    assert made.names is not None
    assert made.run is not None
    with (
        TextColumns(io.BytesIO(made.text)) as text,
        NamesColumns(io.BytesIO(made.names)) as names,
    ):
        groups = [hits.group for hits in everything(text, ALL)]
        for group in groups:
            one = range(group, group + 1)
            bodies: Bodies = text.bodies(one, {group: True})
            for hits in by_text(bodies, pattern):
                assert int(hits.lines.max()) < text.lines_of(group)
            rows = text.rows(group)
            for line in range(len(rows.starts) - 1):
                own = rows.body[rows.starts[line] : rows.starts[line + 1]].tobytes()
                count = int(rows.firsts[line + 1] - rows.firsts[line])
                pieces_of(own, [bytes(10)] * count)
            text.times(group)
        for _hits in by_token(rows_within(text, groups, ALL), names.tokens, tokens, pattern):
            pass
    run = Run(io.BytesIO(made.run))
    again = Run(io.BytesIO(merged([run, run])))
    assert again.find(tokens) == run.find(tokens)


def leaves_hashed_within_bounds(
    lines: list[tuple[bytes, list[int]]], kinds: list[int], at: int
) -> None:
    """Hash leaves of lines and of values, and fold them, against the same in plain Python."""
    body = np.empty(sum(len(text) for text, _ in lines) + COPIED, np.uint8)
    body[: len(body) - COPIED] = np.frombuffer(b"".join(text for text, _ in lines), np.uint8)
    columns: dict[str, Any] = {
        "salts": np.zeros((len(lines), 16), np.uint8),
        "event": np.array([-5] * len(lines), np.int64),
        "receipt": 77,
        "ordinal_starts": np.array(_edges([len(own) for _, own in lines]), np.uint32),
        "ordinals": np.array([one for _, own in lines for one in own], np.uint32),
        "text": body,
        "text_starts": np.array(_edges([len(text) for text, _ in lines]), np.uint32),
    }
    hashes = leaf_hashes(LeafLines(**columns))
    assert (hashes[:-1] == leaf_hashes(LeafLines(**columns), cpu=False)[:-1]).all()
    bound = bind_hashes(bytes(32), bytes(16), 3, np.array(kinds, np.uint8), _commitments(kinds))
    for held in (hashes, bound):
        if len(held) > 1:
            path(held, at % (len(held) - 1))
        root(held)


def _edges(sizes: list[int]) -> list[int]:
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size)
    return edges


def _commitments(kinds: list[int]) -> Any:  # noqa: ANN401  # an array
    return np.zeros((len(kinds), 32), np.uint8)
