"""Roots are those of RFC 6962 over the layouts that the verifier has, line by line."""

import secrets

import numpy as np
import pytest
from tests.logs.texts import REPLACED, Writing, plain_finds

from bailee.logs.store import commitment
from bailee.logs.store.kernels import sha
from bailee.logs.store.lines import Numbers, pieces
from bailee.logs.store.placeholder import StoredBlock
from bailee.proof.receipt.line import bind_leaf, line_leaf
from bailee.proof.tree.merkle import EMPTY_ROOT, includes, leaf_hash, root_of
from bailee.seal.salts import line_salts, value_salts

KEY, BATCH = bytes(range(32)), bytes(16)


def stored_lines(count: int, seed: int = 1) -> tuple[StoredBlock, Numbers]:
    draw = np.random.default_rng(seed)
    words = [b"<u%d>" % number for number in range(9)] + [b"x" * 50, b"y" * 120, b"z"]
    rows = [b" ".join(draw.choice(words, draw.integers(0, 5))) for _ in range(count)]
    (lines,) = pieces(plain_finds(b"\n".join(rows) + b"\n"), REPLACED)
    stored, _ = Writing().write(lines)
    return stored, draw.integers(-(2**62), 2**62, count)


def leaves(stored: StoredBlock, events: Numbers) -> list[bytes]:
    salts = line_salts(KEY, BATCH, stored.lines)
    return [
        line_leaf(
            salt=salts[16 * row : 16 * row + 16],
            event_ns=int(events[row]),
            receipt_ns=77,
            ordinals=stored.ordinals[stored.firsts[row] : stored.firsts[row + 1]].tolist(),
            text=stored.body[stored.starts[row] : stored.starts[row + 1]].tobytes(),
        )
        for row in range(stored.lines)
    ]


@pytest.mark.parametrize("slow", [False, True], ids=["by the CPU", "by hashlib"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 1000])
def test_lines_root(count: int, *, slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if slow:
        monkeypatch.setattr(sha, "AVAILABLE", False)
    stored, events = stored_lines(count, seed=count)
    hashes = commitment.line_hashes(KEY, BATCH, stored, events, 77)
    expected = [leaf_hash(leaf) for leaf in leaves(stored, events)]
    assert [bytes(row) for row in hashes[:-1]] == expected
    assert commitment.root(hashes) == root_of(expected)


@pytest.mark.parametrize("slow", [False, True], ids=["by the CPU", "by hashlib"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 600])
def test_names_root(count: int, *, slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if slow:
        monkeypatch.setattr(sha, "AVAILABLE", False)
    kinds = np.arange(count, dtype=np.uint8) % 17 + 1
    commitments = np.frombuffer(secrets.token_bytes(32 * count), np.uint8).reshape(-1, 32)
    hashes = commitment.bind_hashes(KEY, BATCH, 3, kinds, commitments)
    salts = value_salts(KEY, BATCH, count)
    expected = [
        leaf_hash(
            bind_leaf(
                batch=BATCH,
                block=3,
                ordinal=row,
                kind=int(kinds[row]),
                commitment=bytes(commitments[row]),
                salt=salts[16 * row : 16 * row + 16],
            )
        )
        for row in range(count)
    ]
    assert [bytes(row) for row in hashes[:count]] == expected
    assert commitment.root(hashes) == (root_of(expected) if count else EMPTY_ROOT)


def test_every_line_has_a_path() -> None:
    stored, events = stored_lines(77)
    hashes = commitment.line_hashes(KEY, BATCH, stored, events, 77)
    root = commitment.root(hashes.copy())
    for row in range(77):
        steps = commitment.path(hashes, row)
        leaf = bytes(hashes[row])
        assert includes(root=root, size=77, index=row, leaf=leaf, path=steps)
        assert not includes(root=root, size=77, index=row ^ 1, leaf=leaf, path=steps)


def test_salts_differ_by_line_block_and_batch() -> None:
    one = line_salts(KEY, BATCH, 3)
    assert len({one[0:16], one[16:32], one[32:48]}) == 3
    assert line_salts(KEY, BATCH, 1) == one[:16]
    assert line_salts(KEY, bytes(15) + b"x", 1) != one[:16]
    assert line_salts(bytes(32), BATCH, 1) != one[:16]
    assert len({one[:16], value_salts(KEY, BATCH, 1), value_salts(bytes(32), BATCH, 1)}) == 3
