"""A window is met by the byte of every batch that may have a line in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from bailee.adapters.sql import migrations
from bailee.adapters.sql.spans import span_of, spans_within
from bailee.logs.window import Window

MOST = (1 << 63) - 1
HOUR_NS = 3_600 * 10**9
DAYS_NS = 24 * HOUR_NS
NOW_NS = 1_795_413_600 * 10**9
TIMES = st.one_of(st.integers(-MOST - 1, MOST), st.integers(NOW_NS - 400 * DAYS_NS, NOW_NS))
WIDTHS = st.one_of(st.integers(0, 400 * DAYS_NS), st.integers(0, 4 * MOST))


@given(TIMES, WIDTHS, st.none() | TIMES, st.none() | WIDTHS)
@example(first=-1, length=1, start=-HOUR_NS, width=2 * HOUR_NS)
def test_no_batch_that_meets_a_window_is_missed(
    first: int, length: int, start: int | None, width: int | None
) -> None:
    last = min(first + length, MOST)
    end = None if width is None else (NOW_NS if start is None else start) + width + 1
    if Window(from_ns=start, to_ns=end).meets(first, last):
        assert span_of(first, last) in spans_within(start, end)


def test_a_window_of_an_hour_is_met_by_few() -> None:
    for at in range(NOW_NS - 300 * DAYS_NS, NOW_NS, 7 * HOUR_NS):
        assert len(spans_within(at, at + HOUR_NS)) <= 9


def test_without_an_end_all_are_met() -> None:
    assert len(spans_within(NOW_NS, None)) == len(spans_within(None, None)) == 256


@given(TIMES, WIDTHS)
def test_the_step_fills_the_column_as_it_is_written_since(first: int, length: int) -> None:
    last = min(first + length, MOST)
    text = (Path(migrations.__file__).parent / "versions" / "0012_spans.sql").read_text()
    (update,) = (one for one in text.split(";\n") if one.startswith("update"))
    with closing(sqlite3.connect(":memory:")) as rows:
        rows.execute("create table log_batch (first_ns integer, last_ns integer, span blob)")
        rows.execute("insert into log_batch values (?, ?, null)", (first, last))
        rows.execute(update)
        assert rows.execute("select span from log_batch").fetchone() == (span_of(first, last),)
