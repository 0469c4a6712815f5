"""Counts of a batch by day and kind: of what is taken out, and of lines; bounded whatever comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.logs.texts import REPLACED, plain_finds

from bailee import errors
from bailee.limits import COUNTED_DAYS
from bailee.logs.ingest import counts
from bailee.logs.ingest.counts import LINES, OTHER_DAYS, Counts
from bailee.logs.ingest.kernels.calendar import DAY
from bailee.logs.store.lines import BlockLines, pieces
from bailee.scan.kinds import Kind

TEXT = b"<ann> {hunter2}\nnothing\n<bob> <ann>\n[a guess] <ann>\n"
USER, SECRET = int(Kind.USERNAME), int(Kind.SECRET)


def lines_of(text: bytes) -> BlockLines:
    (lines,) = pieces(plain_finds(text), REPLACED)
    return lines


def counted(text: bytes, days: list[int]) -> dict[tuple[int, int], int]:
    made = Counts()
    made.add(lines_of(text), np.array(days, np.int64) * DAY + 5)
    return dict(counts.read(made.written()))


def test_a_day_of_its_own() -> None:
    assert counted(TEXT, [3, 3, 3, 3]) == {(3, LINES): 4, (3, USER): 4, (3, SECRET): 1}


def test_each_find_counts_for_the_day_of_its_line() -> None:
    assert counted(TEXT, [3, 3, 4, -1]) == {
        (-1, LINES): 1,
        (-1, USER): 1,
        (3, LINES): 2,
        (3, USER): 1,
        (3, SECRET): 1,
        (4, LINES): 1,
        (4, USER): 2,
    }


@given(st.lists(st.sampled_from([b"<a>", b"", b"x <a> <b>", b"{s}"]), min_size=1), st.data())
def test_it_is_what_counting_line_by_line_gives(texts: list[bytes], data: st.DataObject) -> None:
    days = [data.draw(st.integers(-3, 3)) for _ in texts]
    expected: dict[tuple[int, int], int] = {}
    for text, day in zip(texts, days, strict=True):
        for kind, mark in ((USER, b"<"), (SECRET, b"{")):
            if text.count(mark):
                expected[day, kind] = expected.get((day, kind), 0) + text.count(mark)
        expected[day, LINES] = expected.get((day, LINES), 0) + 1
    assert counted(b"".join(text + b"\n" for text in texts), days) == expected


@pytest.mark.parametrize("extra", [0, 1])
def test_days_have_a_limit_within_a_block(extra: int) -> None:
    days = [*range(COUNTED_DAYS), *[COUNTED_DAYS] * extra]
    told = {(day, kind): 1 for day in range(COUNTED_DAYS) for kind in (LINES, USER)}
    rest = {(OTHER_DAYS, LINES): 1, (OTHER_DAYS, USER): 1} if extra else {}
    assert counted(b"<a>\n" * len(days), days) == told | rest


def test_days_have_a_limit_over_blocks_and_the_fullest_stay() -> None:
    made = Counts()
    for first in range(0, 2 * COUNTED_DAYS, COUNTED_DAYS):
        days = np.arange(first, first + COUNTED_DAYS)
        made.add(lines_of(b"<a>\n" * COUNTED_DAYS), days * DAY)
    made.add(lines_of(b"<a>\n"), np.array([7 * DAY]))
    found = counts.by_day(counts.read(made.written()))
    assert len(found) == COUNTED_DAYS + 1
    assert found[7] == {LINES: 2, USER: 2}
    assert list(found)[-1] == OTHER_DAYS
    assert sum(one[USER] for one in found.values()) == 2 * COUNTED_DAYS + 1


def test_a_time_beyond_all_days_counts_with_the_others() -> None:
    made = Counts()
    made.add(lines_of(b"<a>\n<a>\n"), np.array([-(1 << 63), (1 << 63) - 1]))
    assert sum(counts.read(made.written()).values()) == 4


def test_what_is_no_count_does_not_read() -> None:
    with pytest.raises(errors.Damaged):
        counts.read(b"1234567")
