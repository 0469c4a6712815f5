"""Each clear column of each table, edited: no answer is wrong, and what is refused is named.

The columns follow from the schema's declarations, and so do the values: those of another row, of
the same row before, nothing where it may be nothing, one more, one less, zero.  An edit is *seen*
where a new process refuses to open the home or its deep check names damage.  One that is not seen
makes no difference: every list, every object and every search answers as before, deleted things
stay away, and each is refused only where check says why.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from tests.check.held import hold_powers
from tests.disk import quick
from tests.meddler.moves import Row, clear_columns, edit, plausible, written
from tests.meddler.steps import PEACE, Life

from bailee import errors
from bailee.adapters.sql.table import Column, Table

COLUMNS = clear_columns()
PARTS = 12
SAMPLE = 80
"""One column in so many, for the fast test."""
ROWS_MAX = 2
"""Rows of a table that are edited, of those there are."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Give a house with every sort of thing, some of it deleted before a turn and after it."""
    with quick(tmp_path_factory.mktemp("columns")) as folder:
        life = Life(folder, 0)
        for step in (life.put, life.put, life.put, life.ingest, life.ingest, life.ingest):
            step(PEACE)
        for step in (life.delete, life.erase, life.turn, life.delete, life.erase, life.end):
            step(PEACE)
        with life.opened() as house:
            hold_powers(house)
        assert not life.wrong
        assert not life.probe()
        assert not life.seen()
        yield life


def older(life: Life, table: Table) -> list[Row]:
    return [row for one in life.meddler.moments for row in one.rows[table.name]]


def broken(life: Life, table: Table, column: Column) -> Iterator[str]:
    """Edit a column in every plausible way; name what broke a law."""
    for row in sorted(life.meddler.now().rows[table.name], key=repr)[:ROWS_MAX]:
        for why, value in plausible(table, column, row, older(life, table)).items():
            with life.eyes.undone():
                with written(life.home / "rows.db") as rows, suppress(sqlite3.IntegrityError):
                    edit(rows, table, column, row, value)
                life.wrong.clear()
                refused = refusals(life)
                if refused and not life.seen():
                    yield f"{table.name}.{column.name}, {why}: unseen, and {refused}"
                yield from (f"{table.name}.{column.name}, {why}: {one}" for one in life.wrong)


def refusals(life: Life) -> Sequence[str]:
    try:
        return life.probe()
    except errors.BaileeError as error:
        return [f"not opened: {error}"]


@pytest.mark.parametrize(
    ("table", "column"),
    [one for one in COLUMNS if zlib.crc32(f"{one[0].name}.{one[1].name}".encode()) % SAMPLE == 3],
    ids=lambda one: one.name,
)
def test_some_columns(life: Life, table: Table, column: Column) -> None:
    assert not list(broken(life, table, column))


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
def test_each_column(life: Life, part: int) -> None:
    assert not [line for one in COLUMNS[part::PARTS] for line in broken(life, *one)]
