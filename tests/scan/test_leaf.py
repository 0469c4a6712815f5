"""The CPU's SHA-256 and hashlib's agree, on published vectors and on lines drawn at random."""

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from bailee.scan import sha
from bailee.scan.leaf import Lines, leaf_hashes, tree_root

pytestmark = pytest.mark.skipif(not sha.AVAILABLE, reason="this CPU has no SHA instructions")


def lines(count: int, seed: int) -> Lines:
    draw = np.random.default_rng(seed)

    def starts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])

    text_starts = starts(draw.integers(0, 300, count))
    ordinal_starts = starts(draw.integers(0, 4, count))
    return Lines(
        salts=draw.integers(0, 256, (count, 16), dtype=np.uint8),
        event_ms=draw.integers(-(2**62), 2**62, count),
        receipt_ms=draw.integers(0, 2**42, count),
        ordinal_starts=ordinal_starts,
        ordinals=draw.integers(0, 2**32, int(ordinal_starts[-1]), dtype=np.uint32),
        text=draw.integers(0, 256, int(text_starts[-1]), dtype=np.uint8),
        text_starts=text_starts,
    )


def test_constants_are_those_of_the_standard() -> None:
    assert [hex(word) for word in sha.CONSTANTS[:2]] == ["0x428a2f98", "0x71374491"]
    assert hex(sha.CONSTANTS[63]) == "0xc67178f2"
    assert hex(sha.START[0]) == "0x6a09e667"


def test_a_leaf_is_what_the_layout_says() -> None:
    one = lines(1, 5)
    expected = hashlib.sha256(
        b"\0"
        + one.salts[0].tobytes()
        + int(one.event_ms[0]).to_bytes(8, "big", signed=True)
        + int(one.receipt_ms[0]).to_bytes(8, "big", signed=True)
        + len(one.ordinals).to_bytes(4, "big")
        + one.ordinals.astype(">u4").tobytes()
        + one.text.tobytes()
    ).digest()
    assert leaf_hashes(one)[0].tobytes() == expected


@pytest.mark.parametrize("size", range(140))
def test_every_length_around_the_block(size: int) -> None:
    one = Lines(
        salts=np.zeros((1, 16), np.uint8),
        event_ms=np.zeros(1, np.int64),
        receipt_ms=np.zeros(1, np.int64),
        ordinal_starts=np.zeros(2, np.int64),
        ordinals=np.zeros(0, np.uint32),
        text=np.arange(size, dtype=np.uint8),
        text_starts=np.array([0, size]),
    )
    assert leaf_hashes(one).tobytes() == leaf_hashes(one, cpu=False).tobytes()


def test_both_ways_agree_on_random_lines() -> None:
    drawn = lines(20_000, 1)
    hashes = leaf_hashes(drawn)
    assert (hashes == leaf_hashes(drawn, cpu=False)).all()
    assert tree_root(hashes) == tree_root(hashes, cpu=False)


@pytest.mark.sweep
def test_both_ways_agree_on_a_million_lines() -> None:
    for seed in range(10):
        drawn = lines(100_000, seed)
        assert (leaf_hashes(drawn) == leaf_hashes(drawn, cpu=False)).all()


def _mth(leaves: list[bytes]) -> bytes:
    """Follow RFC 6962, section 2.1, as it is written."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _mth(leaves[:split]) + _mth(leaves[split:])).digest()


@pytest.mark.parametrize("count", [*range(1, 18), 63, 64, 65, 1000])
def test_the_root_is_that_of_rfc_6962(count: int) -> None:
    hashes = leaf_hashes(lines(count, count))
    assert tree_root(hashes) == _mth([row.tobytes() for row in hashes])


def test_no_leaves_have_the_root_of_nothing() -> None:
    assert tree_root(np.empty((0, 32), np.uint8)) == hashlib.sha256().digest()
