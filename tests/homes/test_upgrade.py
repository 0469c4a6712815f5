"""A later migration meets a home of a version before: rehearsed, backed up, done; or not at all.

The migration is a sample that only these tests have, in a chain of their own.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from tests.answers import done
from tests.homes.kept import ARCHIVES, Kept, unpacked
from tests.homes.make import OBJECTS, OFFICER, OPERATIONS, PASSPHRASE
from tests.run.homes import Shell

from bailee import errors, failpoint
from bailee.act import Principal
from bailee.adapters.backup import staging
from bailee.adapters.backup.folder import PathBackupFolder
from bailee.adapters.backup.staging import StagingFolder
from bailee.adapters.sql import upgrade as upgrading
from bailee.adapters.sql.chain import CHAIN, Chain
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.form import Declared, form_of
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.schema.objects import object_version
from bailee.adapters.sql.table import Undigested, blob, clear, index, sealed, table
from bailee.adapters.sql.upgrade import bring_up, older_rows
from bailee.approvals.acts import GiveApproval
from bailee.backup.acts import BackupRestored, RestoreBackup
from bailee.backup.archive import ROWS, Unpacking
from bailee.backup.form import open_stream
from bailee.backup.restore import Unpacker
from bailee.objects.acts import GetObject, ObjectGiven
from bailee.run.wiring.restoring import RestoreOptions, restore
from bailee.run.wiring.upgrading import COPIES, HomeUpgraded, require_room, upgrade
from bailee.secret import Secret
from bailee.text import say

MEMO = table(
    "memo",
    blob("client", clear("a sample"), key=True),
    blob("memo", clear("a sample"), key=True),
    blob("content", sealed("a sample")),
    index("memo_by_content", "content", unique=True),
    set=Undigested("a sample"),
)
NOTED = replace(
    object_version, parts=(*object_version.parts, blob("note", sealed("a sample"), null=True))
)
SAMPLE_SQL = """alter table object_version add column note BLOB;
"""
NEXT = f"{int(NEWEST) + 1:04}"
SAMPLE = f'''"""Objects have notes, and there are memos."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "{NEXT}"
down_revision = "{NEWEST}"


def upgrade() -> None:
    """Add them."""
    run(Path(__file__).with_suffix(".sql"))
'''


def makes() -> Declared:
    after = [NOTED if one is object_version else one for one in tables()]
    return {
        (kind, name): statement
        for one in (*after, MEMO)
        for kind, name, statement in one.statements()
    }


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """Give today's chain with one more step."""
    folder = tmp_path / "chain"
    shutil.copytree(CHAIN.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    memo = "".join(f"{statement};\n" for _, _, statement in MEMO.statements())
    (folder / "versions" / f"{NEXT}_sample.sql").write_text(SAMPLE_SQL + memo, "utf-8")
    (folder / "versions" / f"{NEXT}_sample.py").write_text(SAMPLE, "utf-8")
    return Chain(folder=folder, newest=NEXT, makes=makes)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    yield unpacked(ARCHIVES[0], tmp_path / "kept").bring_up()
    failpoint.arm("")


def run(kept: Kept, chain: Chain, *, rehearse: bool = False) -> HomeUpgraded:
    return upgrade(
        kept.home,
        lambda: Secret(PASSPHRASE),
        rehearse=rehearse,
        clock=kept.clock(),
        chain=chain,
    )


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is in a file of rows, without the column that the sample adds."""
    with closing(sqlite3.connect(path)) as found:
        names = found.execute("select name from sqlite_master where type = 'table'").fetchall()
        every = {name: found.execute(f'select * from "{name}"').fetchall() for (name,) in names}  # noqa: S608  # our own tables
    del every["alembic_version"]
    width = len(object_version.columns)
    every["object_version"] = [row[:width] for row in every["object_version"]]
    assert every.pop("memo", []) == []
    return every


RECORDED = ("ledger", "row_head", "row_set")
"""What the entry that an upgrade leaves changes: how far the log has come, and digests."""


def lacking(before: dict[str, list[tuple[object, ...]]], path: Path) -> list[object]:
    """Return the rows of before that are no longer there."""
    after = rows(path)
    kept = {name: set(after[name]) for name in before if name not in RECORDED}
    return [(name, row) for name in kept for row in before[name] if row not in kept[name]]


def form(path: Path) -> str:
    work = SqliteWork(path)
    try:
        return work.read(form_of)
    finally:
        work.close()


def backups(kept: Kept) -> set[Path]:
    return set((kept.place / "home.backups").glob("*.bailee"))


class Before:
    """A home as it is now, to be compared later."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._rows = rows(kept.home / ROWS)
        self._backups = backups(kept)

    def is_now(self) -> bool:
        """Tell whether nothing was changed: rows, form, backups; and today's program opens it."""
        same = rows(self._kept.home / ROWS) == self._rows and form(self._kept.home / ROWS) == NEWEST
        same = same and backups(self._kept) == self._backups
        with self._kept.opened():
            return same and not list((self._kept.home / "backup").iterdir())


def test_a_rehearsal_changes_nothing(kept: Kept, chain: Chain) -> None:
    before = Before(kept)
    work = SqliteWork(kept.home / ROWS)  # it needs not be alone
    work.read(form_of)
    said = run(kept, chain, rehearse=True)
    work.close()
    assert (said.before, said.after, said.backup) == (NEWEST, NEXT, None)
    assert [(step.form, step.what) for step in said.steps] == [
        (NEXT, "Objects have notes, and there are memos.")
    ]
    assert before.is_now()


def test_an_upgrade_backs_the_rows_up_and_keeps_all_of_them(
    kept: Kept, chain: Chain, tmp_path: Path
) -> None:
    before = rows(kept.home / ROWS)
    run(kept, chain, rehearse=True)
    said = run(kept, chain)
    assert said.backup is not None
    assert said.backup.missed == ()
    assert lacking(before, kept.home / ROWS) == []
    assert form(kept.home / ROWS) == NEXT

    (made,) = [path for path in backups(kept) if path.name.startswith(str(said.backup.about.id))]
    source = PathBackupFolder().open(str(made))
    _, reader = open_stream(source, kept.recovery().open)
    for name, _, content in Unpacking(reader, reader.extent.true_size):
        if name == ROWS:
            (tmp_path / "copy.db").write_bytes(b"".join(content))
    source.close()
    assert form(tmp_path / "copy.db") == NEWEST
    assert rows(tmp_path / "copy.db") == before

    again = run(kept, chain)
    assert (again.steps, again.backup) == ((), None)


def test_the_backup_before_an_upgrade_brings_the_home_back(
    kept: Kept, chain: Chain, tmp_path: Path
) -> None:
    before = rows(kept.home / ROWS)
    said = run(kept, chain)
    assert said.backup is not None
    unpacker = Unpacker(
        store=PathBackupFolder(),
        recovery=kept.recovery(),
        ledgers=SqlEntryRows(),
        objects=SqlNamedBlobs(),
    )
    with StagingFolder(tmp_path / "home") as folder:
        unpacker.fill(folder, sorted(map(str, backups(kept))))
        assert rows(folder.folder / ROWS) == before
        assert form(folder.folder / ROWS) == NEWEST


def test_rows_of_a_backup_are_brought_up_as_a_home_is(kept: Kept, chain: Chain) -> None:
    before = rows(kept.home / ROWS)
    bring_up(kept.home / ROWS, chain)
    bring_up(kept.home / ROWS, chain)  # what is there already stays
    assert rows(kept.home / ROWS) == before
    assert form(kept.home / ROWS) == NEXT


def test_a_restore_brings_older_rows_up(
    kept: Kept, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, data = rows(kept.home / ROWS), (kept.home / ROWS).read_bytes()
    monkeypatch.setattr(staging, "NEWEST", chain.newest)
    monkeypatch.setattr(upgrading, "bring_up", partial(bring_up, chain=chain))
    with StagingFolder(tmp_path / "home") as folder:
        folder.take(ROWS, [data])
        assert rows(folder.folder / ROWS) == before
        assert form(folder.folder / ROWS) == NEXT


def test_a_restore_refuses_later_rows(kept: Kept, chain: Chain, tmp_path: Path) -> None:
    run(kept, chain)
    data = (kept.home / ROWS).read_bytes()
    with StagingFolder(tmp_path / "home") as folder, pytest.raises(errors.Conflict) as caught:
        folder.take(ROWS, [data])
    assert caught.value.reason == "errors_sql.form-unknown"


def test_a_later_home_is_not_opened_and_not_upgraded(kept: Kept, chain: Chain) -> None:
    run(kept, chain)
    with pytest.raises(errors.Conflict) as caught, kept.opened():
        pass
    assert caught.value.reason == "errors_sql.form-unknown"
    with pytest.raises(errors.Conflict) as caught:
        run(kept, CHAIN)
    assert caught.value.reason == "errors_sql.form-unknown"
    with pytest.raises(errors.Conflict):
        bring_up(kept.home / ROWS)


def test_an_older_home_is_not_opened_and_says_how_it_will_be(kept: Kept) -> None:
    with closing(sqlite3.connect(kept.home / ROWS)) as found:
        found.execute("update alembic_version set version_num = '0000'")
        found.commit()
    with pytest.raises(errors.Conflict) as caught, kept.opened():
        pass
    assert caught.value.reason == "errors_sql.form-older"
    assert "bailee home upgrade" in say("errors_sql.form-older_remedy")


def test_the_command_says_what_there_is_to_do(kept: Kept) -> None:
    shell = Shell(kept.place)
    for more in ((), ("--rehearse",), ("--dry-run",)):
        said = shell("home", "upgrade", *more, "-o", "json")
        assert json.loads(said.text) == {
            "home": str(kept.home),
            "form": NEWEST,
            "steps": [],
            "tables": 0,
            "rows": 0,
            "changed": [],
            "roots": 0,
            "backup": None,
            "places": [],
        }
        assert said.err.strip() == say("cli.upgraded_already")
    with closing(sqlite3.connect(kept.home / ROWS)) as found:
        found.execute("update alembic_version set version_num = '0000'")
        found.commit()
    refused = shell("client", "list", expect=errors.Conflict.exit_code)
    assert "form-older" in refused.err
    assert "bailee home upgrade" in refused.err


@pytest.mark.parametrize("statement", ["delete from alembic_version", "drop table alembic_version"])
def test_a_home_that_says_no_form_is_damaged(kept: Kept, statement: str) -> None:
    with closing(sqlite3.connect(kept.home / ROWS)) as found:
        found.execute(statement)
        found.commit()
    with pytest.raises(errors.Damaged), kept.opened():
        pass


def test_an_upgrade_is_alone(kept: Kept, chain: Chain) -> None:
    before = Before(kept)
    work = SqliteWork(kept.home / ROWS)
    work.read(form_of)
    with pytest.raises(errors.LockedByOther) as caught:
        run(kept, chain)
    assert caught.value.reason == "errors_sql.in-use"
    work.close()
    assert before.is_now()


def test_without_a_backup_nothing_is_changed(kept: Kept, chain: Chain) -> None:
    before = Before(kept)
    settings = kept.home / "bailee.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("home.backups", "home/bailee.toml/nowhere"), "utf-8")
    with pytest.raises(errors.BaileeError):
        run(kept, chain)
    settings.write_text(text, "utf-8")
    assert before.is_now()


# --- what is compared --------------------------------------------------------------------------


def test_every_table_and_root_is_compared(kept: Kept, chain: Chain) -> None:
    before = rows(kept.home / ROWS)
    for rehearse in (True, False):
        said = run(kept, chain, rehearse=rehearse)
        seen = {one.table: one for one in said.tables}
        # The sample gives objects a column, which leaves their rows as they were; it makes memos.
        assert {name for name, one in seen.items() if not one.as_declared} == {
            "object_version",
            "memo",
        }
        assert [one.table for one in said.tables if not one.same] == ["memo"]
        assert (seen["memo"].before, seen["memo"].after) == (None, 0)
        counted = {name: one.before for name, one in seen.items() if name != "memo"}
        assert counted == {name: len(found) for name, found in before.items()}
        assert said.roots == len(before["ledger"])


@pytest.mark.sweep
def test_what_a_step_changes_is_named(kept: Kept, chain: Chain) -> None:
    (sql,) = (chain.folder / "versions").glob(f"{NEXT}_*.sql")
    more = "delete from vault_index;\nupdate log_stream set origin = 'other';\n"
    sql.write_text(sql.read_text("utf-8") + more, "utf-8")
    seen = {one.table: one for one in run(kept, chain, rehearse=True).tables}
    assert {name for name, one in seen.items() if not one.same} == {
        "memo",
        "vault_index",
        "log_stream",
    }
    assert seen["vault_index"].after == 0
    assert seen["vault_index"].before
    assert seen["log_stream"].before == seen["log_stream"].after


ALTERED = {
    "a row is gone": "delete from log_part",
    "a value is another": "update log_stream set origin = 'other'",
    "a digest is gone": "delete from row_set where name = 'log_stream'",
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("how", ALTERED)
def test_what_was_altered_before_is_not_digested_anew(kept: Kept, chain: Chain, how: str) -> None:
    with closing(sqlite3.connect(kept.home / ROWS)) as found:
        found.execute(ALTERED[how])
        found.commit()
    before = rows(kept.home / ROWS)
    with pytest.raises(errors.Damaged) as caught:
        run(kept, chain)
    assert caught.value.reason == "errors_sql.rows-differ"
    assert (rows(kept.home / ROWS), form(kept.home / ROWS)) == (before, NEWEST)


NOT_SIGNED = ("errors_sql.upgrade-root", "errors_ledger.entry-missing")

LEDGERS = {
    "a leaf is another": "update ledger_entry set leaf = zeroblob(32) where idx = 1",
    "an entry is gone": "delete from ledger_entry where idx = 1",
    "a head is another": "update ledger set root = zeroblob(32)",
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("how", LEDGERS)
def test_a_ledger_that_is_not_the_signed_one_is_found(kept: Kept, chain: Chain, how: str) -> None:
    with closing(sqlite3.connect(kept.home / ROWS)) as found:
        found.execute(LEDGERS[how])
        found.commit()
    for rehearse in (True, False):
        with pytest.raises(errors.Damaged) as caught:
            run(kept, chain, rehearse=rehearse)
        assert caught.value.reason in NOT_SIGNED
    assert form(kept.home / ROWS) == NEWEST


@pytest.mark.sweep
def test_rows_of_before_the_last_signature_are_found(kept: Kept, chain: Chain) -> None:
    """They fit each other; what was signed since stands beside the ledger."""
    old = (kept.home / ROWS).read_bytes()
    with kept.opened():
        pass  # which signs what an upgrade left
    (kept.home / ROWS).write_bytes(old)
    with pytest.raises(errors.Damaged) as caught:
        run(kept, chain, rehearse=True)
    assert caught.value.reason in NOT_SIGNED


def test_without_room_it_does_not_begin(kept: Kept) -> None:
    need = COPIES * sum(one.stat().st_size for one in kept.home.glob("rows.db*"))
    require_room(kept.home, free_bytes=need)
    with pytest.raises(errors.CannotRecord) as caught:
        require_room(kept.home, free_bytes=need - 1)
    assert caught.value.reason == "errors_sql.upgrade-room"
    require_room(kept.home)


# --- the way back, and what goes wrong -----------------------------------------------------------


def test_the_version_before_restores_what_an_upgrade_backed_up(kept: Kept, chain: Chain) -> None:
    """The sample's form is a later one to this version, which goes back as any restore does."""
    run(kept, chain)
    with pytest.raises(errors.Conflict), kept.opened():
        pass
    (kept.home).rename(kept.place / "later")
    kit = json.loads((kept.place / "kit.json").read_text("utf-8"))
    options = RestoreOptions(
        home=kept.home,
        request=RestoreBackup(files=tuple(map(str, sorted(backups(kept))))),
        pages=kit["kit"][:2],
        phrase=Secret(PASSPHRASE),
    )
    answer = restore(options, Principal(os_user=f"uid-{OPERATIONS}"), clock=kept.clock())
    assert isinstance(answer, BackupRestored)
    assert answer.missing == 0
    with kept.opened(OFFICER) as house:  # two people, as after any restore
        done(house.caller.call(GiveApproval(approval=str(answer.approval))))
        asked = GetObject(client="acme", object="contract.txt", purpose="client-request")
    with kept.opened() as house:
        given = done(house.caller.call(asked))
        assert isinstance(given, ObjectGiven)
        assert b"".join(map(bytes, given.chunks)) == OBJECTS["contract.txt"]
    assert form(kept.home / ROWS) == NEWEST


BREAKS = {
    "a step that fails halfway": "insert into nowhere values (1);\n",
    "a step that makes something else": "create table other (a INTEGER);\n",
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_step_that_goes_wrong_is_undone_whole(kept: Kept, chain: Chain, how: str) -> None:
    before = Before(kept)
    sql = chain.folder / "versions" / f"{NEXT}_sample.sql"
    sql.write_text(sql.read_text("utf-8") + BREAKS[how], "utf-8")
    with pytest.raises(errors.BaileeError):
        run(kept, chain)
    with (
        pytest.raises(errors.BaileeError),
        older_rows(kept.home / ROWS, alone=True, chain=chain) as found,
    ):
        found.bring_up()  # had the rehearsal missed it
    assert before.is_now()


FAULTS = {
    "no room for the second copy": "backup.rehearse:before=raise",
    "the first copy is not written": "rows.copy:before=raise",
    "the second copy is not written": "rows.copy:before=raise@2",
    "the copy is not brought up": "rows.upgrade:before=raise",
    "the backup is not written": "backup.write:before=raise",
    "the backup is written and reported lost": "backup.write:after=raise",
    "the rows are not brought up": "rows.upgrade:before=raise@2",
    "the rows are brought up and reported lost": "rows.upgrade:after=raise@2",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_write_that_fails_an_upgrade_is_run_again(
    kept: Kept, chain: Chain, fault: str
) -> None:
    before = rows(kept.home / ROWS)
    failpoint.arm(FAULTS[fault])
    with pytest.raises(errors.CannotRecord):
        run(kept, chain)
    failpoint.arm("")
    kept_but_lost = fault == "the rows are brought up and reported lost"
    assert form(kept.home / ROWS) == (NEXT if kept_but_lost else NEWEST)
    assert run(kept, chain).after == NEXT
    assert lacking(before, kept.home / ROWS) == []
    assert form(kept.home / ROWS) == NEXT
