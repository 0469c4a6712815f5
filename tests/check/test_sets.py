"""A row that was deleted, exchanged, inserted or altered is found in the digest of its set.

The cases follow from the declarations: a new table joins by itself, or says why it has no set.
"""

# ruff: noqa: S608  # statements are put together from declared names alone

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.answers import done
from tests.check.held import (
    CLIENT,
    client_of,
    hold_logs,
    hold_notice,
    hold_push,
    name_webhook,
)
from tests.check.rooms import audit, damage
from tests.names.small import scatter
from tests.run.homes import make, opened

from bailee.adapters.sql import sets, whole
from bailee.adapters.sql.engine import SqliteWork, sql
from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import Column, Digested, Table, Type, Undigested, quoted
from bailee.clients.acts import AddClient
from bailee.logs.acts import DestroyEpoch
from bailee.objects.acts import DeleteObject, PutObject
from bailee.run.wiring.app import App
from bailee.work import Tx

DIGESTED = [table for table in tables() if isinstance(table.set, Digested)]
EMPTY = {"ledger_key_change"}
"""No act fills it yet."""
FILLED = [table for table in DIGESTED if table.name not in EMPTY]


@dataclass(frozen=True)
class Lived:
    """An opened home in which every table with a set has rows, and its rows as they are."""

    house: App
    rows: Path


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    place = tmp_path_factory.mktemp("sets")
    make(place)
    name_webhook(place)
    with opened(place) as house:
        for label in (CLIENT, "other"):
            house.caller.call(AddClient(label=label))
        hold_logs(house)
        hold_push(house)
        for name in "abcdefghijk":  # more than wait at once: the first are in a shard
            house.caller.send(PutObject(client=CLIENT, name=name), iter([b"content"]))
        done(house.caller.call(DeleteObject(client=CLIENT, object="c")))
        house.caller.send(PutObject(client="other", name="a"), iter([b"content"]))
        scatter(house, "other")
        done(house.caller.call(DestroyEpoch(client=CLIENT, epoch="2026-11", part="names")))
        hold_notice(house)
        house.parts.work.copy_to(place / "copy.db")
        yield Lived(house, place / "copy.db")


@pytest.fixture
def copy(lived: Lived, tmp_path: Path) -> Path:
    """Give the rows to be changed; without the write fence, which a writer of the file drops."""
    path = Path(shutil.copy(lived.rows, tmp_path / "rows.db"))
    with closing(sqlite3.connect(path, isolation_level=None)) as rows:
        fences = rows.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in fences:
            rows.execute(f"drop trigger {name}")
    return path


def edit(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as rows:
        rows.execute("pragma ignore_check_constraints = on")
        rows.create_function("altered", 1, _altered)
        for statement in statements:
            assert rows.execute(statement).rowcount != 0, statement


def differing(lived: Lived, path: Path) -> set[str]:
    """Name the tables in which the digests of a file of rows do not fit."""
    work = SqliteWork(path)
    try:
        work.read(lived.house.parts.keyring.load)
        found = work.read(lambda tx: list(whole.differing(tx)))
    finally:
        work.close()
    return {name.partition("/")[0] for _, name in found}


def test_a_table_has_a_set_or_says_why_not() -> None:
    for table in tables():
        assert isinstance(table.set, Digested) or len(table.set.why) > len("none"), table.name
    assert {table.name for table in tables() if isinstance(table.set, Undigested)} == {
        "job",
        "key_bucket",
        "key_leaf",
        "key_state",
        "ledger",
        "ledger_entry",
        "row_head",
        "row_set",
    }


def test_what_was_written_by_acts_fits(lived: Lived) -> None:
    assert differing(lived, lived.rows) == set()
    with closing(sqlite3.connect(lived.rows)) as rows:
        counts = {
            one.name: rows.execute(f"select count(*) from {one.name}").fetchone()[0]
            for one in DIGESTED
        }
    assert {name for name, count in counts.items() if not count} == EMPTY


@pytest.mark.parametrize("table", FILLED, ids=lambda table: table.name)
def test_a_row_that_was_deleted_is_missed(lived: Lived, copy: Path, table: Table) -> None:
    edit(copy, f"delete from {table.name} where {_one(table)}")
    assert differing(lived, copy) == {table.name}


@pytest.mark.parametrize("table", FILLED, ids=lambda table: table.name)
def test_a_row_that_was_inserted_is_found(lived: Lived, copy: Path, table: Table) -> None:
    last = next(one for one in reversed(table.columns) if one.name in table.key)
    another = {last.name: _another(last)}
    names = ", ".join(quoted(one.name) for one in table.columns)
    values = ", ".join(another.get(one.name, quoted(one.name)) for one in table.columns)
    with closing(sqlite3.connect(copy, isolation_level=None)) as rows:
        unique = rows.execute(
            "select name from sqlite_master where type = 'index' and tbl_name = ? and sql like ?",
            (table.name, "create unique%"),
        ).fetchall()
    edit(
        copy,
        *(f"drop index {name}" for (name,) in unique),
        f"insert into {table.name} ({names}) select {values} from {table.name} where {_one(table)}",
    )
    assert differing(lived, copy) == {table.name}


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table in FILLED for column in table.columns],
    ids=lambda one: one.name,
)
def test_a_column_that_was_altered_is_found(
    lived: Lived, copy: Path, table: Table, column: Column
) -> None:
    edit(
        copy,
        f"update {table.name} set {quoted(column.name)} = {_another(column)} where {_one(table)}",
    )
    assert differing(lived, copy) == _found_in(table, column)


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, one) for table in FILLED for one in table.columns if one.null],
    ids=lambda one: one.name,
)
def test_a_column_that_was_nulled_is_found(
    lived: Lived, copy: Path, table: Table, column: Column
) -> None:
    name = quoted(column.name)
    with closing(sqlite3.connect(copy)) as rows:
        (held,) = rows.execute(f"select count({name}) from {table.name}").fetchone()
    value = "null" if held else _another(column)  # where all are null, one that was filled in
    edit(copy, f"update {table.name} set {name} = {value}")
    assert differing(lived, copy) == _found_in(table, column)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from row_set where name = 'log_run'",
        "delete from row_head",
        "update row_head set revision = revision - 1",
        "delete from row_set",
    ],
)
def test_a_digest_that_was_changed_is_found(lived: Lived, copy: Path, statement: str) -> None:
    edit(copy, statement)
    assert "row_set" in differing(lived, copy)


def test_older_rows_with_their_older_digest_are_found(lived: Lived, copy: Path) -> None:
    """Rows, digest and all, put back without the head, which is of a later revision."""
    client = client_of(lived.house).raw.hex()
    older = copy.with_name("older.db")
    shutil.copy(copy, older)
    work = SqliteWork(copy)
    work.read(lived.house.parts.keyring.load)
    work.run(
        client_of(lived.house),
        lambda tx: sql(tx).change(f"delete from object_version where client = x'{client}'"),
    )
    assert work.read(lambda tx: list(whole.differing(tx))) == []
    work.close()
    edit(
        copy,
        f"attach '{older}' as older",
        f"insert into object_version select * from older.object_version where client = x'{client}'",
        "insert or replace into row_set select * from older.row_set",
    )
    assert "row_set" in differing(lived, copy)


def test_digests_that_were_damaged_are_not_made_anew(lived: Lived, copy: Path) -> None:
    """Else the next act would vouch for rows that nobody compared."""
    client = client_of(lived.house)
    edit(copy, "delete from log_run", "update row_set set sums = x'00' where name = 'log_run'")
    work = SqliteWork(copy)
    work.read(lived.house.parts.keyring.load)
    work.run(client, lambda tx: sql(tx).change("delete from object_version"))
    work.close()
    assert differing(lived, copy) == {"log_run", "row_set"}


def test_what_an_undone_act_wrote_is_in_no_digest(lived: Lived, copy: Path) -> None:
    client = client_of(lived.house)
    work = SqliteWork(copy)
    work.read(lived.house.parts.keyring.load)

    def undone(tx: Tx) -> None:
        sql(tx).change("delete from object_version")
        raise LookupError

    with pytest.raises(LookupError):
        work.run(client, undone)
    work.close()
    assert differing(lived, copy) == set()


def test_what_an_interrupt_stopped_is_in_no_digest(lived: Lived, copy: Path) -> None:
    client = client_of(lived.house)
    work = SqliteWork(copy)
    work.read(lived.house.parts.keyring.load)

    def stopped(tx: Tx) -> None:
        sql(tx).change("delete from object_version")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work.run(client, stopped)
    work.run(client, lambda tx: sql(tx).change("delete from log_run"))
    work.close()
    assert differing(lived, copy) == set()


def test_no_act_goes_on_after_a_statement_that_failed(lived: Lived, copy: Path) -> None:
    """SQLite undoes the rows of that statement, but nobody the notes of them."""
    client = client_of(lived.house)
    work = SqliteWork(copy)
    work.read(lived.house.parts.keyring.load)

    def passed_over(tx: Tx) -> None:
        twice = "insert into log_run select * from log_run union all select * from log_run"
        with suppress(sqlite3.IntegrityError):
            sql(tx).change(twice)

    with pytest.raises(AssertionError):
        work.run(client, passed_over)
    work.close()
    assert differing(lived, copy) == set()


def test_check_names_client_and_table(tmp_path: Path) -> None:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label=CLIENT))
        hold_logs(house)
    edit(tmp_path / "home" / "rows.db", "delete from log_run")
    with opened(tmp_path) as house:
        found = damage(audit(house))
        facts: Mapping[str, str | int] = {"client": str(client_of(house)), "set": "log_run"}
    assert ("rows-missing", facts) in found


@pytest.mark.parametrize("table", FILLED, ids=lambda table: table.name)
def test_without_the_comparison_nothing_is_missed(
    lived: Lived, copy: Path, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what finds a missing row above is the comparison, and nothing else."""
    edit(copy, f"delete from {table.name} where {_one(table)}")
    monkeypatch.setattr(whole._Held, "require", lambda *_: None)  # left out
    assert differing(lived, copy) == set()


# --- statements ------------------------------------------------------------------------------


def _one(table: Table) -> str:
    """Name one row: the first by its key."""
    key = ", ".join(map(quoted, table.key))
    return f"({key}) = (select {key} from {table.name} order by {key} limit 1)"


def _another(column: Column) -> str:
    """Give another value of a column: the same size, so that it might be one of ours."""
    name = quoted(column.name)
    if column.type is Type.INTEGER:
        return f"coalesce({name}, 0) + 1"
    if column.type is Type.TEXT:
        return f"coalesce({name}, '') || 'x'"
    return f"altered({name})"


def _altered(value: bytes | None) -> bytes:
    return b"\0" if not value else value[:-1] + bytes([value[-1] ^ 1])


def _found_in(table: Table, column: Column) -> set[str]:
    """Name the table whose digest is over the column; none where it is a mark."""
    return {table.name} if column.name in sets.forms()[table.name].names else set()
