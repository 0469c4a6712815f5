"""Rows of a client put back together with their digests, while its ledger stays the newest.

What is put back is genuine and fits together: rows, the sums of their sets, the head over these.
Only custodians know that its sets have changed since.
"""

# ruff: noqa: S608  # statements are put together from declared names alone

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.answers import done
from tests.backup.rooms import backup, recovery, restore
from tests.check.held import CLIENT, client_of, ingest, vault_of
from tests.check.rooms import damage
from tests.keys.put_back import written
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.adapters.sql import whole
from bailee.adapters.sql.engine import SqliteWork, sql
from bailee.adapters.sql.sets import forms
from bailee.adapters.sql.table import quoted
from bailee.backup.acts import BackupRestored
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.ids import ClientId
from bailee.ledger.anchoring import Anchoring
from bailee.logs.acts import SearchLog
from bailee.run.wiring.app import App
from bailee.run.wiring.init import Founded
from bailee.scan.kinds import Kind

FIRST = b"2026-11-03T10:00:00Z user=ada@example.org signed in\n"
SINCE = b"2026-11-03T10:00:05Z user=eve@example.org signed in\n"
EVE = b"eve@example.org"
DIGESTS = ("row_set", "row_head")
EPOCH = 202611
OLDER = "errors_ledger.older-rows"
Rows = Mapping[str, list[tuple[Any, ...]]]


@pytest.fixture
def founded(tmp_path: Path) -> Iterator[Founded]:
    made = make(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label=CLIENT)))
        ingest(house, FIRST)
    yield made
    failpoint.arm("")


def rows_of(place: Path) -> Path:
    return place / "home" / "rows.db"


def owners() -> dict[str, str]:
    """Name the column of the client in each table that has sets of clients, and in the digests."""
    return {
        form.table: quoted(form.names[form.owner])
        for form in forms().values()
        if form.owner is not None
    } | dict.fromkeys(DIGESTS, "client")


def copied(place: Path, client: ClientId) -> Rows:
    """Copy all rows of a client that a digest is over, with it."""
    with closing(sqlite3.connect(rows_of(place))) as rows:
        return {
            table: rows.execute(f"select * from {table} where {own} = ?", (client.raw,)).fetchall()
            for table, own in owners().items()
        }


def put_back(place: Path, client: ClientId, before: Rows) -> None:
    """Put them in the place of what the client has now; its ledger stays as it is."""
    with written(rows_of(place)) as rows:
        for table, owner in owners().items():
            rows.execute(f"delete from {table} where {owner} = ?", (client.raw,))
            for row in before[table]:
                marks = ", ".join("?" * len(row))
                rows.execute(f"insert into {table} values ({marks})", row)


def found(house: App) -> int:
    answer = done(house.caller.call(SearchLog(client=CLIENT, about=EVE, purpose="client-request")))
    return len(list(answer.lines))


def older(house: App) -> None:
    for _ in range(2):  # a refusal does not bless them
        with pytest.raises(errors.Damaged) as caught:
            found(house)
        assert caught.value.reason == OLDER


@pytest.mark.usefixtures("founded")
def test_a_search_does_not_say_of_them_that_nothing_was_found(tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        client = client_of(house)
        before = copied(tmp_path, client)
        ingest(house, SINCE)
        assert found(house) == 1
        newest = copied(tmp_path, client)
        put_back(tmp_path, client, before)
        older(house)
    with pytest.raises(errors.Damaged, match="older-rows"), opened(tmp_path):
        pass
    put_back(tmp_path, client, newest)
    with opened(tmp_path) as house:
        assert found(house) == 1
        assert damage(done(house.caller.call(RunCheck()))) == []


@pytest.mark.usefixtures("founded")
def test_with_the_comparison_left_out_nothing_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: rows, sums and head fit, and nothing else tells."""
    with opened(tmp_path) as house:
        client = client_of(house)
        before = copied(tmp_path, client)
        ingest(house, SINCE)
        put_back(tmp_path, client, before)
    monkeypatch.setattr(SqliteWork, "_revisions", lambda _: {})
    monkeypatch.setattr(Anchoring, "_require_revision", lambda *_: None)
    with opened(tmp_path) as house:
        assert found(house) == 0
        assert damage(done(house.caller.call(RunCheck()))) == []


@pytest.mark.usefixtures("founded")
def test_check_names_whose_rows_they_are(tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        client = client_of(house)
        before = copied(tmp_path, client)
        ingest(house, SINCE)
        found(house)
        put_back(tmp_path, client, before)
        facts = {"client": str(client), "set": "row_set"}
        assert ("rows-missing", facts) in damage(done(house.caller.call(RunCheck())))


@pytest.mark.usefixtures("founded")
def test_a_commit_without_an_entry_is_known_too(tmp_path: Path) -> None:
    """Interned values, parts of an ingest, sweeps: rows change, and no ledger does."""
    with opened(tmp_path) as house:
        client = client_of(house)
        before = copied(tmp_path, client)
        length = house.parts.ledger.row_of(client).count
        interned(house, client)
        assert house.parts.ledger.row_of(client).count == length
        newest = copied(tmp_path, client)
        put_back(tmp_path, client, before)
        older(house)
        with pytest.raises(errors.Damaged, match="older-rows"):  # nothing is built on them
            house.parts.work.run(client, lambda tx: sql(tx).change("delete from log_run"))
        assert copied(tmp_path, client) == before
        put_back(tmp_path, client, newest)
        assert found(house) == 0


def interned(house: App, client: ClientId) -> None:
    vault_of(house).intern(client, EPOCH, [Kind.EMAIL], [EVE], [None])


def test_what_was_committed_and_not_told_is_told_by_the_next_start(
    tmp_path: Path, founded: Founded
) -> None:
    with opened(tmp_path) as house:
        client = client_of(house)
        before = copied(tmp_path, client)
        failpoint.arm("kms.anchor-write:before=raise-always")
        with pytest.raises(errors.OutcomeUnknown):
            interned(house, client)
        ahead = copied(tmp_path, client)
        assert ahead != before
        failpoint.arm("")
    assert founded.custodians
    with opened(tmp_path) as house:  # rows ahead are what a crash leaves
        assert house.parts.work.read(lambda tx: whole.revision(tx, client))
    put_back(tmp_path, client, before)
    with pytest.raises(errors.Damaged, match="older-rows"), opened(tmp_path):
        pass


def test_rows_of_the_home_before_a_restore_are_refused_however_new(
    tmp_path: Path, founded: Founded
) -> None:
    """A restored home begins with fewer changes than the lost one had come to."""
    assert founded.pages
    with opened(tmp_path) as house:
        client = client_of(house)
        known, file = recovery(house.parts.kms), backup(house)
        for _ in range(3):
            ingest(house, SINCE)
    lost = copied(tmp_path, client)
    (tmp_path / "home").rename(tmp_path / "lost")
    assert isinstance(restore(tmp_path, known, [file]), BackupRestored)
    with opened(tmp_path) as house:
        newest = copied(tmp_path, client)
        ingest(house, FIRST + SINCE)
        assert found(house) == 1
        newest = copied(tmp_path, client)
    put_back(tmp_path, client, lost)
    with pytest.raises(errors.Damaged, match="older-rows"), opened(tmp_path):
        pass
    put_back(tmp_path, client, newest)
    with opened(tmp_path) as house:
        assert found(house) == 1


@pytest.mark.usefixtures("founded")
def test_a_revision_that_was_written_over_helps_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        client = client_of(house)
        before = copied(tmp_path, client)
        ingest(house, SINCE)
        put_back(tmp_path, client, before)
        with closing(SqliteWork(rows_of(tmp_path))) as work:
            work.run(
                client, lambda tx: sql(tx).change("update row_head set revision = revision + 99")
            )
        with pytest.raises(errors.Damaged):
            found(house)


def test_two_processes_at_once_refuse_nothing(tmp_path: Path, founded: Founded) -> None:
    assert founded.custodians
    with opened(tmp_path) as one, opened(tmp_path) as other:
        client = client_of(one)
        for at in range(4):
            for house in (one, other):
                value = b"%d.%d@example.org" % (at, id(house))
                vault_of(house).intern(client, EPOCH, [Kind.EMAIL], [value], [None])
                ingest(house, SINCE + b"%d of %d\n" % (at, id(house)))
                assert found(house)
