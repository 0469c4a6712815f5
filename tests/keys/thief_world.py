"""A house under a seed: things put and deleted, keys turned, backups made, homes lost and restored.

Each step may be killed or fail at any durable write.  After each that was, what was acknowledged
must be whole and what was not must be absent or whole (spec/invariants.md I1 and I2); the model
then says what lives, what was deleted while which generation was written, and so what is final.
"""

import io
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.answers import done
from tests.backup import rooms
from tests.keys.thief import Loot, Turn, turns_in
from tests.keys.thief_watch import CANARY, Died, Fate, Watch
from tests.run.homes import CHEAP, PASSPHRASE, make, opened

from bailee import errors
from bailee.act import Denial
from bailee.adapters.backup.folder import PathBackupFolder
from bailee.adapters.kms.file import FileKms
from bailee.backup.acts import BackupRestored, CreateBackup
from bailee.backup.form import read_head
from bailee.backup.model import About, BackupKind, Written
from bailee.backup.writer import Recovery
from bailee.clients.acts import AddClient
from bailee.clock import SystemClock
from bailee.ids import ObjectId
from bailee.keys.acts import KeysTurned, RotateRoot, TurnKeys
from bailee.objects.acts import (
    DeleteObject,
    GetObject,
    ListObjects,
    ObjectDeleted,
    ObjectGiven,
    ObjectPut,
    PutObject,
)
from bailee.run.wiring.app import App
from bailee.secret import Secret

PURPOSE = "client-request"
CLIENTS = ("acme", "zebu")
BUCKETS = (b"\0\1", b"\0\2")
PASSAGES = {"put": 140, "delete": 170, "turn": 260, "rotate": 270, "backup": 170, "restore": 600}
"""How many durable writes a step passes, twice, about; a fate beyond the last never comes."""

Key = tuple[str, int]
"""An object's id and a version of it."""


@dataclass(frozen=True)
class Thing:
    """One version of an object, as it was put."""

    client: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Standing:
    """Where the keys stand, by the row itself."""

    generation: int
    write_gen: int
    phase: str


@dataclass
class Kept:
    """What lives, or lived when a backup was made."""

    alive: dict[Key, Thing] = field(default_factory=dict)
    hollow: set[Key] = field(default_factory=set)
    """Those whose sealed file no backup had when the home was lost."""
    reasons: set[str] = field(default_factory=set)

    def copy(self) -> "Kept":
        return Kept(dict(self.alive), set(self.hollow), set(self.reasons))


@contextmanager
def crowded(rng: random.Random, buckets: Sequence[bytes]) -> Iterator[None]:
    """Draw object ids that share few buckets, so that deletions have siblings to wrap again."""

    def new(cls: type[ObjectId]) -> ObjectId:
        return cls(rng.choice(buckets) + rng.randbytes(14))

    ObjectId.new = classmethod(new)  # type: ignore[assignment,method-assign]  # a seam for the seed
    try:
        yield
    finally:
        del ObjectId.new


class World:
    """One seed's house, its model, and the thief's eyes on it."""

    def __init__(self, place: Path, seed: int, buckets: Sequence[bytes] = BUCKETS) -> None:
        self.rng = random.Random(seed)  # noqa: S311  # a simulation, not a key
        self.place = place / "place"
        self.place.mkdir()
        self.loot = Loot(place)
        self.watch = Watch(self.place, self.loot)
        self.kept = Kept()
        self.deleted: dict[Key, tuple[Thing, int]] = {}
        self.backups: dict[str, Kept] = {}
        self.story: list[str] = []
        self._buckets = buckets
        self._drawn = 0
        with self.watch.living(Fate()):
            founded = make(self.place, backups=(self.place / "near", self.place / "far"))
            with opened(self.place) as house:
                for label in CLIENTS:
                    house.caller.call(AddClient(label=label))
        self.custodians, self.destinations = founded.custodians, founded.backups
        self.backup(Fate())

    # --- what is so --------------------------------------------------------------------------

    @property
    def home(self) -> Path:
        return self.place / "home"

    def standing(self) -> Standing:
        """Read where the keys stand, from a copy, as a stranger does."""
        copy = self.place.with_name("standing.db")
        for suffix in ("", "-wal"):
            source, target = (Path(f"{path}{suffix}") for path in (self.home / "rows.db", copy))
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copy(source, target)
        with closing(sqlite3.connect(copy)) as connection:
            found = connection.execute("select generation, write_gen, phase from key_state")
            return Standing(*found.fetchone())

    def held(self) -> set[Turn]:
        """Read the turn secrets that custodians hold now."""
        files = [file for folder in self.custodians for file in folder.iterdir()]
        return {turn for file in files for turn in turns_in(file.read_bytes())}

    def erased(self) -> list[Thing]:
        """List what was deleted and is final: its generation has ended."""
        now = self.standing().generation
        return [thing for thing, gen in self.deleted.values() if gen < now]

    def told(self, thing: Thing | None = None) -> str:
        """Tell how it came to this."""
        return "\n".join([repr(thing), *self.story, repr(self.standing())])

    def _canary(self, kind: str) -> str:
        self._drawn += 1
        return f"{CANARY.decode()}{kind}-{self._drawn}-{self.rng.randbytes(8).hex()}"

    # --- steps -------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Take so many steps; about half of them meet their fate on the way."""
        for _ in range(3):
            self.put(Fate())
        kinds = ("put", "delete", "turn", "rotate", "backup", "restore")
        for _ in range(steps):
            kind = self.rng.choices(kinds, weights=(24, 24, 20, 4, 10, 12))[0]
            fate = Fate()
            if self.rng.random() < 0.5:
                how = self.rng.choices(("death", "failure"), weights=(2, 1))[0]
                fate = Fate("death" if how == "death" else "failure", self._moment(kind))
            getattr(self, kind)(fate)
            self._note_backups()

    def _moment(self, kind: str) -> int:
        return self.rng.randrange(1, PASSAGES[kind])

    def _process(self, what: str, fate: Fate, act: Callable[[], None]) -> bool:
        """Run one process; False when it was killed or failed on the way."""
        whole, died = False, False
        try:
            with self.watch.living(fate), crowded(self.rng, self._buckets):
                act()
                whole = True
        except Died:
            died = True
        except (errors.BaileeError, OSError):
            if not fate:
                raise
        ended = "done" if whole else "died" if died else "failed"
        self.story.append(f"{what}: {ended} at {fate.at or '-'} of {self.watch.passages}")
        if died:
            self.watch.bury()
        self.watch.look()
        return whole

    def put(self, fate: Fate, client: str = "", *, new: bool = False) -> None:
        """Put a new object, or the next version of one."""
        client = client or self.rng.choice(CLIENTS)
        names = sorted({thing.name for thing in self.kept.alive.values() if thing.client == client})
        again = names and not new and self.rng.random() < 0.3
        name = self.rng.choice(names) if again else self._canary("name")
        reason = self._canary("reason") if self.rng.random() < 0.5 else None
        length = self.rng.choice((1, 40, 3_000, 70_000))
        content = (self._canary("content") * length)[: 60 + length].encode()
        thing = Thing(client=client, name=name, content=content)

        def act() -> None:
            with opened(self.place) as house:
                request = PutObject(client=client, name=name, reason=reason)
                answer = done(house.caller.send(request, [content]))
                assert isinstance(answer, ObjectPut)
                self.kept.alive[str(answer.object), answer.version] = thing
                if reason:
                    self.kept.reasons.add(reason)

        if not self._process(f"put {client}", fate, act):
            self.verify(maybe_put=thing)

    def delete(self, fate: Fate, obj: str = "") -> None:
        """Delete an object, all versions."""
        if not self.kept.alive:
            return
        obj = obj or self.rng.choice(sorted(self.kept.alive))[0]
        client = next(thing.client for key, thing in self.kept.alive.items() if key[0] == obj)
        gen = self.standing().write_gen

        def act() -> None:
            with opened(self.place) as house:
                request = DeleteObject(client=client, object=obj, purpose=PURPOSE)
                assert isinstance(house.caller.call(request), ObjectDeleted)
                self._gone(obj, gen)

        if not self._process("delete", fate, act):
            self.verify(maybe_deleted=(obj, gen))

    def _gone(self, obj: str, gen: int) -> None:
        for key in [key for key in self.kept.alive if key[0] == obj]:
            self.deleted[key] = (self.kept.alive.pop(key), gen)
            self.kept.hollow.discard(key)

    def turn(self, fate: Fate) -> None:
        """Turn, or go on with the turn that was interrupted."""

        def act() -> None:
            with opened(self.place) as house, redirect_stdout(io.StringIO()):
                assert isinstance(house.caller.call(TurnKeys(purpose="security")), KeysTurned)

        if not self._process("turn", fate, act):
            self.verify()

    def rotate(self, fate: Fate) -> None:
        """Turn with a new root."""
        if self.standing().phase != "still":
            return

        def act() -> None:
            with opened(self.place) as house:
                with redirect_stdout(io.StringIO()):  # the new recovery kit
                    answer = done(house.caller.call(RotateRoot(purpose="security")))
                assert isinstance(answer, KeysTurned)

        if not self._process("rotate", fate, act):
            self.verify()

    def backup(self, fate: Fate) -> None:
        """Back up the home, or its rows alone."""
        rows_only = bool(self.backups) and self.rng.random() < 0.5

        def act() -> None:
            with opened(self.place) as house:
                answer = done(
                    house.caller.call(CreateBackup(rows_only=rows_only, purpose="security"))
                )
                assert isinstance(answer, Written)

        if not self._process("backup rows" if rows_only else "backup home", fate, act):
            self.verify()
        self._note_backups()

    def _note_backups(self) -> None:
        for folder in self.destinations:
            for file in folder.glob("*.bailee"):
                self.backups.setdefault(file.name, self.kept.copy())

    # --- losing the home ---------------------------------------------------------------------

    def restore(self, fate: Fate) -> None:
        """Lose the home, and restore it from what one destination has."""
        before = self.standing()
        known, files = self._fitting(self.rng.choice(self.destinations))
        shutil.rmtree(self.home)

        def act() -> None:
            answer = rooms.restore(self.place, known, [path for path, _ in files])
            assert isinstance(answer, BackupRestored), answer

        what = f"restore at {before.phase} {before.generation}"
        self._process(what, fate, act)
        while not self.home.exists():
            self._process(what, Fate(), act)
        self._roll_back(files)
        self._disown(files[0][1])
        self.verify()

    def _fitting(self, folder: Path) -> tuple[Recovery, list[tuple[Path, About]]]:
        """Give the newest rows and every backup of a home that goes with them, newest first."""
        found = [(path, about_of(path)) for path in folder.glob("*.bailee")]
        found.sort(key=lambda item: item[1].age, reverse=True)
        newest = found[0][1]
        assert newest.generation in {gen for gen, _ in self.held()}, "no backup opens any more"
        known = {item.id: item for item in self._recoveries()}[newest.recovery]
        fit = [item for item in found[1:] if item[1].recovery == known.id]
        return known, [found[0], *(item for item in fit if item[1].kind is BackupKind.HOME)]

    def _recoveries(self) -> list[Recovery]:
        """Give what opens backups, by each root that people may hold on paper."""
        kms = FileKms.open(
            self.home, passphrase=Secret(PASSPHRASE), clock=SystemClock(), unsafe_cost=CHEAP
        )
        gen, known = self.standing().write_gen, list[Recovery]()
        for serves in (gen, gen - 1):
            with suppress(errors.Sealed):  # a rotation dropped the older one
                known.append(rooms.recovery_of(kms.root(serves), kms.install))
        return known

    def _roll_back(self, files: list[tuple[Path, About]]) -> None:
        """Take over what lived when the newest rows were copied, less what was deleted since."""
        then = self.backups[files[0][0].name].copy()
        saved = {
            key
            for path, about in files
            if about.kind is BackupKind.HOME
            for key in self.backups[path.name].alive.keys() - self.backups[path.name].hollow
        }
        gen = self.standing().write_gen
        for key, (thing, deleted_gen) in self.deleted.items():
            # Deleted again where it was back, and said to be final once this generation ends.
            if then.alive.pop(key, None) or deleted_gen > gen:
                self.deleted[key] = (thing, gen)
        then.hollow = then.alive.keys() - saved
        self.kept = then

    def _disown(self, restored: About) -> None:
        """Remove what another destination has of the branch that ended, as its operator must.

        It would count as newer than what comes now; the thief has it all the same.
        """
        for folder in self.destinations:
            for path in list(folder.glob("*.bailee")):
                if about_of(path).age > restored.age:
                    path.unlink()

    # --- I1 and I2 ---------------------------------------------------------------------------

    def verify(
        self, *, maybe_put: Thing | None = None, maybe_deleted: tuple[str, int] | None = None
    ) -> None:
        """Open the house anew: what was acknowledged is whole, what was not is absent or whole."""

        def act() -> None:
            with opened(self.place) as house:
                listed = {label: self._listed(house, label) for label in CLIENTS}
                found = {
                    key: (c, name) for c, names in listed.items() for key, name in names.items()
                }
                for key in found.keys() - self.kept.alive.keys():
                    assert maybe_put is not None, "something came back"
                    assert found[key] == (maybe_put.client, maybe_put.name)
                    self.kept.alive[key] = maybe_put
                for key in self.kept.alive.keys() - found.keys():
                    assert maybe_deleted is not None, "something was lost"
                    assert key[0] == maybe_deleted[0]
                if maybe_deleted and maybe_deleted[0] not in {key[0] for key in found}:
                    self._gone(*maybe_deleted)
                assert found == {k: (t.client, t.name) for k, t in self.kept.alive.items()}
                for key in self.kept.alive.keys() - self.kept.hollow:
                    self._read(house, key)

        assert self._process("verify", Fate(), act)

    def _listed(self, house: App, client: str) -> dict[Key, str]:
        answer = house.caller.call(ListObjects(client=client, purpose=PURPOSE))
        assert not isinstance(answer, Denial)
        return {(str(item.object), item.version): item.name for item in answer}

    def _read(self, house: App, key: Key) -> None:
        thing, (obj, version) = self.kept.alive[key], key
        request = GetObject(client=thing.client, object=obj, version=version, purpose=PURPOSE)
        answer = done(house.caller.call(request))
        assert isinstance(answer, ObjectGiven)
        assert b"".join(map(bytes, answer.chunks)) == thing.content, "not as it was put"


def about_of(path: Path) -> About:
    """Read what a backup says of itself, in clear."""
    with closing(PathBackupFolder().open(str(path))) as source:
        return read_head(source)[0].about
