"""Blocks hold whole lines; how each line ended is noted."""

import numpy as np
import pytest
from tests.logs.texts import REPLACED, Writing, finds, plain_finds

from bailee.limits import BLOCK_LINES, LINE_BYTES
from bailee.logs.store.kernels.text import OPEN
from bailee.logs.store.lines import pieces


@pytest.mark.parametrize("count", [1, BLOCK_LINES - 1, BLOCK_LINES, BLOCK_LINES + 1])
def test_a_block_has_50_000_lines_at_most(count: int) -> None:
    text = b"x\n" * count
    sizes = [lines.count for lines in pieces(plain_finds(text), REPLACED)]
    assert sizes == [BLOCK_LINES] * (count // BLOCK_LINES) + [count % BLOCK_LINES] * bool(
        count % BLOCK_LINES
    )


@pytest.mark.parametrize("extra", [0, 1])
def test_a_line_over_1_mib_is_cut_and_the_cut_is_marked(extra: int) -> None:
    text = b"a" * (LINE_BYTES - 1 + extra) + b"\nb\n"
    (lines,) = pieces(plain_finds(text), REPLACED)
    stored, _ = Writing().write(lines)
    assert stored.marks.tolist() == [OPEN] * extra + [0, 0]
    assert Writing().round(plain_finds(text)) == text


def test_a_cut_does_not_part_a_value() -> None:
    text = b"a" * (LINE_BYTES - 3) + b"bobby" + b"c" * 99
    found = finds(text, [(LINE_BYTES - 3, LINE_BYTES + 2, 4)])
    (lines,) = pieces(found, REPLACED)
    assert lines.line_starts.tolist() == [0, LINE_BYTES - 3]
    assert Writing().round(found) == text


def test_a_value_across_lines_ends_with_its_line() -> None:
    text = b"ab\r\ncd\r\n"
    (lines,) = pieces(finds(text, [(1, 5, 4)]), REPLACED)
    assert lines.returns
    assert (lines.find_starts[0], lines.find_ends[0]) == (1, 2)


def test_values_are_numbered_by_block_and_by_batch() -> None:
    text = b"<a> <b>\n" + b"x\n" * (BLOCK_LINES - 1) + b"<b> <c> <b>\n"
    writing = Writing()
    rows = []
    for lines in pieces(plain_finds(text), REPLACED):
        ordinals, values = writing.values.number(
            lines.text, lines.find_starts, lines.find_ends, lines.kinds, lines.uses
        )
        rows.append((ordinals.tolist(), values.tolist()))
    assert rows == [([0, 1], [0, 1]), ([0, 1, 0], [1, 2])]
    assert writing.values.raws() == [b"<a>", b"<b>", b"<c>"]


def test_many_values_and_long_ones_fit() -> None:
    text = b"".join(b"<%d%b>\n" % (number, b"y" * (number % 999)) for number in range(20_000))
    writing = Writing()
    assert writing.round(plain_finds(text)) == text
    assert len(writing.values) == 20_000
    assert len(set(writing.values.raws())) == 20_000


def test_one_spelling_of_two_kinds_is_two_values() -> None:
    writing = Writing()
    assert writing.round(finds(b"ab ab\n", [(0, 2, 4), (3, 5, 1)])) == b"ab ab\n"
    assert np.array_equal(writing.values.kinds, [4, 1])
