"""The CPU's SHA-256 and hashlib's agree, on published vectors and on lines drawn at random."""

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from bailee.logs.store.kernels import sha
from bailee.logs.store.kernels.leaf import Bytes, LeafLines, leaf_hashes, record_hashes, tree_root

pytestmark = pytest.mark.skipif(not sha.AVAILABLE, reason="this CPU has no SHA instructions")
PAD = 64


def starts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]).astype(np.uint32)


def lines(count: int, seed: int) -> LeafLines:
    draw = np.random.default_rng(seed)
    text_starts = starts(draw.integers(0, 300, count))
    ordinal_starts = starts(draw.integers(0, 4, count))
    return LeafLines(
        salts=draw.integers(0, 256, (count, 16), dtype=np.uint8),
        event=draw.integers(-(2**62), 2**62, count),
        receipt=int(draw.integers(0, 2**42)),
        ordinal_starts=ordinal_starts,
        ordinals=draw.integers(0, 2**32, int(ordinal_starts[-1]), dtype=np.uint32),
        text=draw.integers(0, 256, int(text_starts[-1]) + PAD, dtype=np.uint8),
        text_starts=text_starts,
    )


def leaf(of: LeafLines, row: int) -> bytes:
    """Lay a leaf out as the specification says it."""
    ordinals = of.ordinals[of.ordinal_starts[row] : of.ordinal_starts[row + 1]]
    laid: bytes = (
        of.salts[row].tobytes()
        + int(of.event[row]).to_bytes(8, "big", signed=True)
        + of.receipt.to_bytes(8, "big", signed=True)
        + len(ordinals).to_bytes(4, "big")
        + ordinals.astype(">u4").tobytes()
        + of.text[of.text_starts[row] : of.text_starts[row + 1]].tobytes()
    )
    return laid


def hashed(of: LeafLines, *, cpu: bool) -> Bytes:
    return leaf_hashes(of, cpu=cpu)[:-1]


def test_constants_are_those_of_the_standard() -> None:
    assert [hex(word) for word in sha.CONSTANTS[:2]] == ["0x428a2f98", "0x71374491"]
    assert hex(sha.CONSTANTS[63]) == "0xc67178f2"
    assert hex(sha.START[0]) == "0x6a09e667"


@pytest.mark.parametrize("cpu", [True, False], ids=["by the CPU", "by hashlib"])
def test_a_leaf_is_what_the_layout_says(*, cpu: bool) -> None:
    some = lines(7, 5)
    expected = [hashlib.sha256(b"\0" + leaf(some, row)).digest() for row in range(7)]
    assert [row.tobytes() for row in hashed(some, cpu=cpu)] == expected


@pytest.mark.parametrize("size", range(140))
def test_every_length_around_the_block(size: int) -> None:
    one = LeafLines(
        salts=np.zeros((1, 16), np.uint8),
        event=np.zeros(1, np.int64),
        receipt=0,
        ordinal_starts=np.zeros(2, np.uint32),
        ordinals=np.zeros(0, np.uint32),
        text=np.arange(size + PAD, dtype=np.uint8),
        text_starts=np.array([0, size], np.uint32),
    )
    expected = hashlib.sha256(b"\0" + leaf(one, 0)).digest()
    assert hashed(one, cpu=True).tobytes() == expected


def test_both_ways_agree_on_random_lines() -> None:
    drawn = lines(20_000, 1)
    hashes = leaf_hashes(drawn, cpu=True)
    assert (hashes[:-1] == hashed(drawn, cpu=False)).all()
    assert tree_root(hashes.copy(), cpu=True) == tree_root(hashes, cpu=False)


@pytest.mark.sweep
def test_both_ways_agree_on_a_million_lines() -> None:
    for seed in range(10):
        drawn = lines(100_000, seed)
        assert (hashed(drawn, cpu=True) == hashed(drawn, cpu=False)).all()


@pytest.mark.parametrize("size", [1, 54, 55, 56, 63, 64, 118, 119, 120, 200])
def test_both_ways_agree_on_records(size: int) -> None:
    records = np.random.default_rng(size).integers(0, 256, (9, size), dtype=np.uint8)
    padded = np.concatenate([records.reshape(-1), np.zeros(PAD, np.uint8)])[: records.size]
    same = padded.reshape(records.shape)
    assert (record_hashes(same, cpu=True)[:8] == record_hashes(same, cpu=False)[:8]).all()


def _mth(leaves: list[bytes]) -> bytes:
    """Follow RFC 6962, section 2.1, as it is written."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _mth(leaves[:split]) + _mth(leaves[split:])).digest()


@pytest.mark.parametrize("cpu", [True, False], ids=["by the CPU", "by hashlib"])
@pytest.mark.parametrize("count", [*range(1, 18), 63, 64, 65, 1000])
def test_the_root_is_that_of_rfc_6962(count: int, *, cpu: bool) -> None:
    hashes = leaf_hashes(lines(count, count), cpu=True)
    expected = _mth([row.tobytes() for row in hashes[:-1]])
    assert tree_root(hashes, cpu=cpu) == expected


def test_no_leaves_have_the_root_of_nothing() -> None:
    assert tree_root(np.empty((1, 32), np.uint8)) == hashlib.sha256().digest()
