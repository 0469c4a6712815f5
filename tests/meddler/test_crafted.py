"""A backup that was crafted restores nothing unseen.

Whoever has the public recovery key can make a file that opens; the adversary makes it of genuine
members.  The home was backed up, then something was deleted, erased and put, and it was backed up
again.  In the newer backup he puts members of the older one, leaves members out, edits rows or puts
rows of the older one back.  Then the home is lost, custodians stay, and his file is restored, once
in peace, once killed on the way and restored again.

It is refused, or damage is named, or everything is as it must be; nothing deleted is given.
"""

import io
import random
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.backup import rooms
from tests.backup.memory import Held, member
from tests.disk import quick
from tests.keys.thief_watch import Died, Fate
from tests.meddler.moves import (
    TABLES,
    clear_columns,
    edit,
    insert,
    plausible,
    rows_of,
    written,
)
from tests.meddler.steps import PEACE, Life
from tests.meddler.truth import Key, Person

from bailee import errors
from bailee.backup.acts import BackupRestored
from bailee.backup.archive import pack
from bailee.backup.form import open_stream, seal
from bailee.backup.model import About
from bailee.backup.writer import Recovery
from bailee.ids import BackupId

ROWS = "rows.db"
FAST = 2
SEEDS = range(FAST, 302)
SEED = 1
"""Of the life: who is erased in it is of another month than those who come after."""
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Theft:
    """A life with two backups, what was in each, and how the custodians stand."""

    life: Life
    known: Recovery
    about: About
    older: Files
    newer: Files
    kept: Mapping[Path, bytes]
    since: frozenset[Key | Person | str | int]
    """What was taken in after the older one: its rows whole do not have it, as it says itself."""

    def craft(self, rng: random.Random) -> tuple[str, Files]:
        """Make members of a backup; say what was done."""
        how = rng.choice(("swap", "swap", "lose", "edit", "edit", "tables", "rows"))
        members = dict(self.newer)
        if how == "swap":
            names = [name for name in sorted(self.older) if rng.random() < 0.4]
            members |= {name: self.older[name] for name in names}
            return f"swapped {names}", members
        if how == "lose":
            names = [name for name in sorted(members) if rng.random() < 0.15]
            return f"lost {names}", {n: one for n, one in members.items() if n not in names}
        path = self.life.place.with_name("crafted.db")
        path.write_bytes(members[ROWS])
        what = getattr(self, f"_{how}")(path, rng)
        members[ROWS] = path.read_bytes()
        return what, members

    def _edit(self, path: Path, rng: random.Random) -> str:
        table, column = rng.choice(clear_columns())
        with written(path) as rows:
            held = sorted(rows_of(rows, table), key=repr)
            if not held:
                return "nothing"
            row = rng.choice(held)
            values = plausible(table, column, row, held)
            if not values:
                return "nothing"
            why = rng.choice(sorted(values))
            try:
                edit(rows, table, column, row, values[why])
            except sqlite3.IntegrityError:
                return "nothing"
        return f"{table.name}.{column.name}: {why}"

    def _tables(self, path: Path, rng: random.Random) -> str:
        names = [name for name in TABLES if rng.random() < 0.4]
        older = self._older(path)
        with written(path) as rows:
            for name in names:
                rows.execute(f"delete from {name}")  # noqa: S608  # a declared name
                insert(rows, name, older[name])
        return f"tables of the older: {names}"

    def _rows(self, path: Path, rng: random.Random) -> str:
        older, names = self._older(path), rng.sample(list(TABLES), 5)
        with written(path) as rows:
            for name in names:
                insert(rows, name, [row for row in older[name] if rng.random() < 0.6])
        return f"rows of the older over {names}"

    def _older(self, path: Path) -> Mapping[str, list[tuple[object, ...]]]:
        copy = path.with_name("older.db")
        copy.write_bytes(self.older[ROWS])
        with closing(sqlite3.connect(copy)) as rows:
            return {name: rows_of(rows, one) for name, one in TABLES.items()}

    def file(self, members: Files) -> Path:
        """Seal members as anyone can who has the public key."""
        about = replace(self.about, id=BackupId.new())
        folder = self.life.place / "crafted"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file = folder / f"{about.id}.bailee"
        packed = pack([member(name, data) for name, data in members.items()])
        file.write_bytes(b"".join(map(bytes, seal(about, packed, self.known.public))))
        return file

    def lose(self) -> None:
        """Lose the home; custodians are as they were then."""
        self.life.eyes.bury()
        shutil.rmtree(self.life.home, ignore_errors=True)
        shutil.rmtree(self.life.place / "home.restoring", ignore_errors=True)
        for folder in self.life.custodians:
            for path in folder.iterdir():
                if path not in self.kept:
                    path.unlink()
        for path, data in self.kept.items():
            # One of another test's life may be gone, and made anew is as the umask has it.
            path.touch(mode=0o600)
            path.write_bytes(data)

    def restored(self, file: Path, fate: Fate) -> BackupRestored:
        """Restore it; killed on the way, restore it again."""
        try:
            with self.life.eyes.living(fate):
                answer = rooms.restore(self.life.place, self.known, [file], clock=self.life.clock)
        except Died:
            self.life.eyes.bury()
            if self.life.home.exists():
                shutil.rmtree(self.life.home)
            return self.restored(file, Fate())
        self.life.agree(answer)
        assert isinstance(answer, BackupRestored)
        return answer


def _members(file: Path, known: Recovery) -> tuple[About, Files]:
    about, reader = open_stream(Held(file.read_bytes()), known.open)
    with tarfile.open(fileobj=io.BytesIO(reader.readall())) as tar:
        found = {one.name: tar.extractfile(one) for one in tar}
        return about, {name: file.read() for name, file in found.items() if file is not None}


@pytest.fixture(scope="module")
def theft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theft]:
    with quick(tmp_path_factory.mktemp("crafted")) as folder:
        life = Life(folder, SEED)
        for step in (life.put, life.put, life.ingest, life.ingest):
            step(PEACE)
        files, then = [_backed_up(life)], {*life.truth.things, *life.truth.people}
        for step in (life.delete, life.erase, life.put, life.ingest):
            step(PEACE)
        files.append(_backed_up(life))
        assert not life.wrong
        with life.opened() as house:
            known = rooms.recovery(house.parts.kms)
        (_, older), (about, newer) = (_members(file, known) for file in files)
        kept = {path: path.read_bytes() for each in life.custodians for path in each.iterdir()}
        since: set[Key | Person | str | int] = {*life.truth.things, *life.truth.people}
        since -= then
        months = {one.epoch for one in since if isinstance(one, Person)}
        erased = {one.epoch for one in life.truth.gone if isinstance(one, Person)}
        assert erased.isdisjoint(months)
        yield Theft(life, known, about, older, newer, kept, frozenset({*since, *months}))


def _backed_up(life: Life) -> Path:
    with life.opened() as house:
        return rooms.backup(house)


def outcome(theft: Theft, seed: int) -> str:
    """Craft, restore, ask for all there was; say what broke a law, or how it ended."""
    rng = random.Random(seed)  # noqa: S311  # a sample
    what, members = theft.craft(rng)
    fate = Fate("death", rng.randrange(1, 150)) if rng.random() < 0.3 else Fate()
    life = theft.life
    theft.lose()
    life.wrong.clear()
    life.truth.doubtful = set(theft.since if members.get(ROWS) == theft.older[ROWS] else ())
    try:
        answer = theft.restored(theft.file(members), fate)
        seen = life.seen()
        refused = life.probe()
    except errors.BaileeError as error:
        return f"{what}: refused: {getattr(error, 'reason', error)}"
    if life.wrong or (refused and not seen):
        return f"WRONG {what}: {life.wrong} {refused} {answer.mended} {seen}"
    return f"{what}: {seen or 'as it must be'}"


@pytest.mark.parametrize("seed", range(FAST))
def test_a_crafted_backup_is_refused_or_seen(theft: Theft, seed: int) -> None:
    assert not (told := outcome(theft, seed)).startswith("WRONG"), told


@pytest.mark.sweep
@pytest.mark.parametrize("seed", SEEDS)
def test_a_crafted_backup_at_length(theft: Theft, seed: int) -> None:
    assert not (told := outcome(theft, seed)).startswith("WRONG"), told


def test_a_genuine_one_gives_all_that_lives(theft: Theft) -> None:
    theft.lose()
    theft.life.wrong.clear()
    theft.restored(theft.file(theft.newer), Fate())
    assert theft.life.probe() == []
    assert theft.life.wrong == []
    assert theft.life.seen() == ""


def test_the_older_one_whole_gives_nothing_that_was_deleted(theft: Theft) -> None:
    """What was put since is lost, as with the older one itself, and the answer says how much."""
    theft.lose()
    theft.life.wrong.clear()
    theft.life.truth.doubtful = set(theft.since)
    answer = theft.restored(theft.file(theft.older), Fate())
    assert answer.mended.beyond > len(theft.since)
    assert theft.life.probe() == []
    assert theft.life.wrong == []


def test_without_the_custodians_lists_it_gives_what_was_deleted(theft: Theft) -> None:
    """The control: nobody is left who names what was deleted since."""
    theft.lose()
    lists = [path for folder in theft.life.custodians for path in folder.glob("due-*")]
    assert lists
    for path in lists:
        path.unlink()
    theft.life.wrong.clear()
    theft.life.truth.doubtful = set(theft.since)
    theft.restored(theft.file(theft.older), Fate())
    theft.life.probe()
    assert [one for one in theft.life.wrong if "was deleted, and is given" in one]
    assert [one for one in theft.life.wrong if "was erased, and is shown" in one]
