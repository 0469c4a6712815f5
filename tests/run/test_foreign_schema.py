"""Rows whose schema is not ours: a trigger runs within our own transactions, and nothing is done.

Whoever writes the database may also write what SQLite does with it: triggers, views, indexes that
leave rows out.  Digests and anchors would be made of what those left.
"""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.answers import done
from tests.run.homes import Shell, make, opened

from bailee import errors
from bailee.clients.acts import AddClient, ListClients
from bailee.objects.acts import GetObject, ListObjects, PutObject

STATEMENTS = {
    "an entry goes as it is made": (
        (
            "create trigger zz after insert on ledger_entry begin"
            " delete from ledger_entry where client = new.client and idx = new.idx; end"
        ),
    ),
    "a count is set back": (
        (
            "create trigger zz after update of count on ledger begin"
            " update ledger set count = old.count where client = new.client; end"
        ),
    ),
    "rows go with another": (
        (
            "create trigger zz after insert on object_version begin"
            " delete from object_version where object <> new.object; end"
        ),
    ),
    "a view": ("create view zz as select * from client",),
    "a table": ("create table zz (a)",),
    "an index more": ("create index zz on ledger_entry (leaf)",),
    "a fence is gone": ("drop trigger key_trunk_insert_fence",),
    "an index is of some rows": (
        "drop index client_by_label",
        "create unique index client_by_label on client (label_key) where 0",
    ),
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    make(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label="acme")))
        done(house.caller.send(PutObject(client="acme", name="one"), [b"content"]))
    return tmp_path


def alter(place: Path, *statements: str) -> None:
    with closing(sqlite3.connect(place / "home" / "rows.db", isolation_level=None)) as rows:
        for statement in statements:
            rows.execute(statement)


def emptied(place: Path, index: str) -> None:
    """Empty an index, its rows and its own statement left as they were."""
    with closing(sqlite3.connect(place / "home" / "rows.db", isolation_level=None)) as rows:
        asked = "select sql from sqlite_master where name = ?"
        ((statement,),) = rows.execute(asked, (index,))
        rows.execute(f"drop index {index}")
        rows.execute(f"{statement} where 0")
        rows.execute("pragma writable_schema = on")
        rows.execute("update sqlite_master set sql = ? where name = ?", (statement, index))
        ((number,),) = rows.execute("pragma schema_version")
        rows.execute(f"pragma schema_version = {number + 1}")


@pytest.mark.parametrize("what", STATEMENTS)
def test_nothing_is_opened_on_it(what: str, made: Path) -> None:
    alter(made, *STATEMENTS[what])
    with pytest.raises(errors.Damaged) as refused, opened(made):
        pass
    assert refused.value.reason == "errors_sql.schema"


@pytest.mark.parametrize("what", STATEMENTS)
def test_nothing_is_done_when_it_changes_meanwhile(what: str, made: Path) -> None:
    # Leaving reads the rows once more.
    with pytest.raises(errors.Damaged), opened(made) as house:  # noqa: PT012  # as it says
        call = house.caller.call
        done(call(ListObjects(client="acme")))
        alter(made, *STATEMENTS[what])
        for asked in (ListClients(), AddClient(label="beta")):
            with pytest.raises(errors.Damaged):
                call(asked)


def test_a_number_that_is_set_back_hides_no_change_from_a_thread_that_comes_later(
    made: Path,
) -> None:
    with opened(made) as house:
        with closing(sqlite3.connect(made / "home" / "rows.db", isolation_level=None)) as rows:
            ((number,),) = rows.execute("pragma schema_version")
            alter(made, *STATEMENTS["an index is of some rows"])
            rows.execute(f"pragma schema_version = {number}")
        with ThreadPoolExecutor(1) as later, pytest.raises(errors.Damaged):
            later.submit(house.parts.work.read, lambda _tx: None).result()


def test_the_command_says_what_it_is_and_what_to_do(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    shell("client", "add", "acme")
    alter(tmp_path, *STATEMENTS["a view"])
    for words in (("check",), ("object", "list", "--client", "acme"), ("key", "turn")):
        said = shell(*words, expect=10).err
        assert "did not make, or not so: zz" in said
        assert "restore the home from a backup" in said
    alter(tmp_path, "drop view zz")
    assert "acme" in shell("client", "list").text


@pytest.mark.parametrize("index", ["client_by_label", "approval_by_request", "ledger_entry_by_id"])
def test_an_index_that_was_emptied_hides_no_row(index: str, made: Path) -> None:
    """Its statement is put back: only what is looked up by it would show that it is empty."""
    emptied(made, index)
    with opened(made) as house:
        call = house.caller.call
        with pytest.raises(errors.Conflict):
            call(AddClient(label="acme"))
        given = done(call(GetObject(client="acme", object="one", purpose="client-request")))
        assert b"".join(map(bytes, given.chunks))[: given.size_bytes] == b"content"
