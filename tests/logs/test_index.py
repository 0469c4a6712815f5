"""A look-up gives every row group where a token stands, and reads little."""

import io
import secrets

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailee import errors
from bailee.logs.store.index import (
    PAGE_POSTINGS,
    POSTING,
    RowGroup,
    Run,
    build,
    merged,
    postings_of,
    standing,
)
from bailee.logs.store.segment import GROUP_LINES

BATCHES = tuple(bytes([number]) * 16 for number in range(3))


def run_of(batch: bytes, rows: list[list[int]], tokens: list[bytes], first: int = 0) -> Run:
    """Make the run of one block: `rows` says which tokens each row group holds."""
    uses = [row[k % len(row)] if row else None for row in rows for k in range(GROUP_LINES)]
    ordinals = [use for use in uses if use is not None]
    counts = [int(use is not None) for use in uses]
    firsts = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)
    where = standing(firsts, np.array(ordinals, np.uint32), len(tokens))
    canonical = np.frombuffer(b"".join(tokens), np.uint8).reshape(-1, 10)
    found = postings_of(canonical, where, first)
    return Run(io.BytesIO(build((batch,), (found,))))


def test_each_row_group_is_posted_once() -> None:
    tokens = [bytes([number]) * 10 for number in range(3)]
    run = run_of(BATCHES[0], [[0, 1], [1], []], tokens, first=4)
    assert run.postings == 3
    assert run.find([tokens[1]]) == {RowGroup(batch=BATCHES[0], group=g) for g in (4, 5)}
    assert run.find([tokens[0]]) == {RowGroup(batch=BATCHES[0], group=4)}
    assert run.find([tokens[2]]) == frozenset()


def test_a_block_without_values_has_an_empty_run() -> None:
    run = run_of(BATCHES[0], [[]], [])
    assert (run.postings, run.find([bytes(10)])) == (0, frozenset())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=20), max_size=3))
def test_merging_loses_nothing(rows: list[list[tuple[int, int]]]) -> None:
    runs: list[Run] = []
    expected: dict[int, set[RowGroup]] = {}
    for batch, pairs in zip(BATCHES, rows, strict=False):
        part = np.array([(value, 0, group) for value, group in pairs], POSTING)
        runs.append(Run(io.BytesIO(build((batch,), (part,)))))
        for value, group in pairs:
            expected.setdefault(value, set()).add(RowGroup(batch=batch, group=group))
    run = Run(io.BytesIO(merged(runs)))
    for value in range(6):
        token = value.to_bytes(8, "big") + b"xx"
        assert run.find([token]) == expected.get(value, set())


def test_a_prefix_over_many_pages_is_found_whole() -> None:
    groups = 60_000
    part = np.zeros(groups + 2, POSTING)
    part["prefix"][:] = 7
    part["prefix"][0], part["prefix"][-1] = 6, 8
    part["group"][1:-1] = np.arange(groups)
    run = Run(io.BytesIO(build(BATCHES[:1], (part,))))
    found = run.find([(7).to_bytes(8, "big") + b"yy"])
    assert {place.group for place in found} == set(range(groups))
    assert len(run.find([(8).to_bytes(8, "big") + b"yy"])) == 1


class Counted(io.BytesIO):
    """Counts the bytes that are read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found


def test_a_look_up_reads_one_page_or_two() -> None:
    count = 100 * PAGE_POSTINGS
    part = np.zeros(count, POSTING)
    part["prefix"] = np.frombuffer(secrets.token_bytes(8 * count), np.uint64)
    source = Counted(build(BATCHES[:1], (part,)))
    run = Run(source)
    source.taken = 0
    token = int(part["prefix"][17]).to_bytes(8, "big") + b"zz"
    assert len(run.find([token])) == 1
    assert source.taken <= 2 * PAGE_POSTINGS * POSTING.itemsize


def test_a_run_that_is_cut_is_damage() -> None:
    blob = build(BATCHES, ())
    for size in (0, 3, 20, len(blob) - 1):
        with pytest.raises(errors.Damaged):
            Run(io.BytesIO(blob[:size]))
