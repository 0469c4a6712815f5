"""The mapper: what is written is read, and what nobody here wrote is damage and nothing else is."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from bailee import errors
from bailee.adapters.sql.engine import SqliteWork, sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.reading import Reading, ReadingOne, sound
from bailee.adapters.sql.table import Undigested, blob, clear, integer, sealed, table, text
from bailee.ids import ClientId, ObjectId
from bailee.work import Tx

WHY = clear("a test")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    offset: int
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    client: ClientId
    id: ObjectId
    version: int
    colour: Colour
    size: Literal["small", "large"]
    words: tuple[str, ...]
    pinned: bool
    content: bytes
    place: Place
    title: str | None = None


MEMO = table(
    "memo",
    blob("client", WHY, key=True),
    blob("id", WHY, key=True),
    integer("version", WHY),
    text("colour", WHY),
    text("size", WHY),
    text("words", WHY),
    integer("pinned", WHY),
    blob("body", sealed("a test's key")),
    integer("offset", WHY),
    integer("at_ns", WHY, negative=True),
    text("title", WHY, null=True),
    integer("extra", WHY),
    set=Undigested("a test's own"),
)
MEMOS = Mapped(MEMO, Memo, alias={"content": "body"}, damaged="errors_accounts.row-damaged")
CLIENT, OTHER = ClientId(b"c" * 16), ClientId(b"d" * 16)


def memo(number: int = 1, **more: object) -> Memo:
    facts: dict[str, object] = {
        "client": CLIENT,
        "id": ObjectId(bytes([number]) * 16),
        "version": 1,
        "colour": Colour.BLUE,
        "size": "large",
        "words": ("one", "two"),
        "pinned": True,
        "content": b"content",
        "place": Place(offset=7, at_ns=-9),
    }
    return Memo(**{**facts, **more})  # type: ignore[arg-type]  # its own fields


def _lax(statement: str) -> str:
    """Let SQLite take anything, as a file that somebody edited holds anything."""
    for word in (" NOT NULL", "WITHOUT ROWID,", "STRICT", " BLOB", " INTEGER", " TEXT"):
        statement = statement.replace(word, "")
    return statement


@pytest.fixture
def work(tmp_path: Path) -> Iterator[SqliteWork]:
    (tmp_path / "rows.db").touch()
    engine = SqliteWork(tmp_path / "rows.db")

    def make(tx: Tx) -> None:
        for _, _, statement in MEMO.statements():
            sql(tx).execute(_lax(statement))

    engine.run(CLIENT, make)
    yield engine
    engine.close()


def add(work: SqliteWork, *rows: Memo) -> None:
    def fn(tx: Tx) -> None:
        for row in rows:
            MEMOS.add(tx, row, extra=0)

    work.run(CLIENT, fn)


def test_what_is_added_is_read(work: SqliteWork) -> None:
    rows = [memo(1), memo(2, words=(), title="t", pinned=False, client=OTHER)]
    add(work, *rows)
    assert work.read(MEMOS.all) == rows
    assert work.read(lambda tx: list(MEMOS.each(tx, "version desc, id desc"))) == rows[::-1]
    assert work.read(lambda tx: MEMOS.one(tx, client=OTHER, id=rows[1].id)) == rows[1]
    assert work.read(lambda tx: MEMOS.one(tx, client=OTHER, id=rows[0].id)) is None


def test_rows_are_found_by_any_column_and_by_what_is_absent(work: SqliteWork) -> None:
    rows = [memo(1), memo(2, title="t"), memo(3, colour=Colour.RED)]
    add(work, *rows)
    assert work.read(lambda tx: MEMOS.all(tx, title=None)) == [rows[0], rows[2]]
    assert work.read(lambda tx: MEMOS.all(tx, colour=Colour.RED, offset=7)) == [rows[2]]
    later = work.read(lambda tx: MEMOS.found(tx, "where id > :id order by id", id=rows[1].id))
    assert later == [rows[2]]


def test_a_second_row_where_one_was_asked_for_is_damage(work: SqliteWork) -> None:
    add(work, memo(1), memo(2))
    with pytest.raises(errors.Damaged):
        work.read(lambda tx: MEMOS.one(tx, client=CLIENT))


def test_a_version_replaces_the_one_before_it_and_no_other(work: SqliteWork) -> None:
    add(work, memo(1))
    later, gone = memo(1, version=2, content=b"later"), "errors_accounts.changed-meanwhile"
    work.run(CLIENT, lambda tx: MEMOS.replace(tx, later, changed=gone))
    assert work.read(MEMOS.all) == [later]
    for replaced in (later, memo(1, version=4), memo(2, version=2)):
        with pytest.raises(errors.Conflict) as caught:
            work.run(CLIENT, lambda tx, row=replaced: MEMOS.replace(tx, row, changed=gone))  # type: ignore[misc]  # a default binds the loop's value
        assert caught.value.reason == gone
    assert work.read(MEMOS.all) == [later]


def test_put_inserts_or_replaces(work: SqliteWork) -> None:
    gone = "errors_accounts.changed-meanwhile"
    for row in (memo(1), memo(1, version=2, title="t")):
        work.run(CLIENT, lambda tx, row=row: MEMOS.put(tx, row, changed=gone, extra=0))  # type: ignore[misc]  # as above
        assert work.read(MEMOS.all) == [row]
    with pytest.raises(errors.Conflict):
        work.run(CLIENT, lambda tx: MEMOS.put(tx, memo(1, version=5), changed=gone, extra=0))
    work.run(CLIENT, lambda tx: MEMOS.put(tx, memo(1, version=9), extra=0))
    assert work.read(MEMOS.all) == [memo(1, version=9)]


def test_a_key_that_is_taken_is_told(work: SqliteWork) -> None:
    bare = Mapped(MEMO, Memo, alias={"content": "body"})
    work.run(CLIENT, lambda tx: sql(tx).execute("create unique index one on memo (offset)"))
    add(work, memo(1))
    assert not work.run(CLIENT, lambda tx: bare.add_once(tx, memo(1)))


def test_rows_are_dropped_by_any_column(work: SqliteWork) -> None:
    add(work, memo(1), memo(2, colour=Colour.RED), memo(3))
    assert work.run(CLIENT, lambda tx: MEMOS.drop(tx, colour=Colour.BLUE)) == 2
    assert work.read(MEMOS.all) == [memo(2, colour=Colour.RED)]


DAMAGES = {
    "a short id": ("client", "x'0102'"),
    "a text for an id": ("id", "'0123456789abcdef'"),
    "no id": ("client", "null"),
    "a word of no list": ("colour", "'green'"),
    "another word of no list": ("size", "'huge'"),
    "a number for a word": ("colour", "1"),
    "a number below zero": ("version", "-1"),
    "a fraction": ("version", "1.5"),
    "a text for a number": ("offset", "'seven'"),
    "no number": ("version", "null"),
    "neither yes nor no": ("pinned", "2"),
    "a text for bytes": ("body", "'content'"),
    "no bytes": ("body", "null"),
    "bytes for a text": ("title", "x'74'"),
    "two blanks between words": ("words", "'one  two'"),
    "a blank before the words": ("words", "' one'"),
    "bytes for words": ("words", "x'6f6e65'"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_nobody_here_wrote_is_damage(damage: str, work: SqliteWork) -> None:
    column, value = DAMAGES[damage]
    add(work, memo(1))
    work.run(CLIENT, lambda tx: sql(tx).execute(f'update memo set "{column}" = {value}'))  # noqa: S608  # constants
    with pytest.raises(errors.Damaged) as caught:
        work.read(MEMOS.all)
    assert caught.value.reason == "errors_accounts.row-damaged"
    assert caught.value.__cause__ is None


def test_a_row_with_fewer_columns_is_a_mistake_of_ours() -> None:
    with pytest.raises((TypeError, KeyError)):
        MEMOS.read((b"c" * 16,))


def test_a_field_without_a_column_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Mapped(MEMO, Memo)


def test_a_left_join_that_found_nothing_is_nothing() -> None:
    assert MEMOS.read.joined((None,) * MEMOS.width) is None
    with pytest.raises(errors.Damaged):
        MEMOS.read.joined((b"c" * 16, *(None,) * (MEMOS.width - 1)))


def test_rows_of_one_column_and_of_thousands() -> None:
    assert ReadingOne(ClientId)((b"c" * 16,)) == CLIENT
    with pytest.raises(errors.Damaged):
        ReadingOne(ClientId)((b"c",))
    rows = [(b"a", None), (b"b", 1)]
    assert sound(rows, (bytes,), (int, type(None))) == rows
    assert sound([], (bytes,)) == []
    with pytest.raises(errors.Damaged):
        sound(rows, (bytes,), (int,))


def test_a_field_of_a_type_that_no_column_has_is_a_mistake_of_ours() -> None:
    @dataclass
    class Wrong:
        ratio: float

    with pytest.raises(KeyError):
        Reading(Wrong)
