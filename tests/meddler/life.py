"""A house under a seed, a writer of its database, and what must be so all the same.

Before a step he may make a move, or in the middle of it, at any durable write, where it may be
killed as well.  A step is refused, or done and right: what it answers is what the model says.  What
was refused on files that he changed must be *seen*: a new process, on these files, refuses to open
them, or its `check --deep` names damage, or says of the clock what is wrong with it.

Whoever meets a refusal sets the clock right and puts the newest rows and files back, as its message
asks; where that does not help, the home is restored from the newest backup.
"""

import io
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.answers import done
from tests.backup import rooms
from tests.check.rooms import audit
from tests.keyring.custody import HandClock
from tests.keys.thief import Loot, Opened, Thief, Turn, turns_in
from tests.keys.thief_watch import Died, Fate, Watch
from tests.meddler.moves import Meddler, Moment, Moved
from tests.meddler.truth import Truth
from tests.people import enrol
from tests.run.homes import CHEAP, PASSPHRASE, SOMEONE, make, opened

from bailee import errors
from bailee.act import Denial, Principal
from bailee.adapters.backup.folder import PathBackupFolder
from bailee.adapters.kms.custodian import KID_BYTES, RECORD_BYTES
from bailee.adapters.kms.file import FileKms
from bailee.approvals.acts import GiveApproval
from bailee.audit import FindingKind
from bailee.backup.acts import BackupRestored
from bailee.backup.form import read_head
from bailee.backup.model import About, BackupKind
from bailee.backup.writer import Recovery
from bailee.clients.acts import AddClient
from bailee.keyring.model import State
from bailee.ledger.vocabulary import LOG_EXPIRE
from bailee.ledgers.acts import ShowEntries
from bailee.run.wiring.app import App
from bailee.scan.kinds import Kind
from bailee.secret import Secret

CLIENT = "acme"
DPO = Principal(os_user="dede")
_CLOCK = (FindingKind.CLOCK_AHEAD, FindingKind.CLOCK_BEHIND, FindingKind.CLOCK_UNKNOWN)


class Eyes(Watch):
    """The eyes of a thief, and the hand of a meddler at one passage."""

    def __init__(self, place: Path, loot: Loot) -> None:
        super().__init__(place, loot)
        self.meddle: tuple[int, Callable[[], None]] | None = None
        self.each: Callable[[], object] = lambda: None
        """Called at every passage."""

    def _passed(self, point: str) -> None:
        super()._passed(point)
        self.each()
        if self.meddle is not None and self.passages == self.meddle[0]:
            (_, act), self.meddle = self.meddle, None
            act()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Put everything back as it was, custodians too: a look of ours is no part of the life."""
        kept = dict(self._walk())
        try:
            yield
        finally:
            self.bury()
            self._clear(kept)
            self._put_back(kept)


class RefusedError(Exception):
    """A denial."""


@dataclass
class Plan:
    """What happens in one step."""

    before: bool = False
    at: int = 0
    """At which passage he makes his move; 0 is never."""
    dies: int = 0
    undone: bool = False
    """Whether he hides what he did, once the step is over."""
    looked: Callable[[], object] = lambda: None
    """Called once he made his move, before the step."""


class House:
    """One seed's house."""

    def __init__(self, place: Path, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311  # a simulation, not a key
        self.place = place / "place"
        self.place.mkdir()
        self.clock = HandClock()
        self.loot = Loot(place)
        self.eyes = Eyes(self.place, self.loot)
        self.truth = Truth()
        self.story: list[str] = []
        self.wrong: list[str] = []
        """What broke a law."""
        self.over = False
        """Nothing of the home opens any more, and no backup."""
        self._backups: dict[str, Truth] = {}
        with self.eyes.living(Fate()):
            founded = make(self.place, clock=self.clock, backups=(self.place / "near",))
            with self.opened() as house:
                house.caller.call(AddClient(label=CLIENT))
                enrol(house, DPO, "dpo", agreed_by=SOMEONE)
        self.custodians, [self.backups] = founded.custodians, founded.backups
        self.meddler = Meddler(self.home, self.custodians[0], self.clock, self.rng)
        self.meddler.insider = seed % 4 == 3
        self.newest = self.meddler.look()

    @property
    def home(self) -> Path:
        """Where it is."""
        return self.place / "home"

    @contextmanager
    def opened(self, who: Principal = SOMEONE) -> Iterator[App]:
        """Open it, as a new process."""
        with opened(self.place, clock=self.clock, who=who) as house:
            yield house

    # --- one step ----------------------------------------------------------------------------

    def step(
        self, what: str, act: Callable[[App], None], plan: Plan, *, who: Principal = SOMEONE
    ) -> bool:
        """Let a step be taken, with what he does about it; False where it was not done."""
        self.clock.wall_ms += self.rng.randrange(60_000, 7_200_000)
        newest, true_ms = self.newest, self.clock.set_ms
        moved: list[Moved] = []
        if plan.before:
            self._move(moved)
            plan.looked()
        if plan.at:
            self.eyes.meddle = plan.at, lambda: self._move(moved, running=True)
        before = list(moved)
        ended = self._process(act, Fate("death", plan.dies) if plan.dies else Fate(), who)
        self.eyes.meddle = None
        self.note_backups()
        self.story.append(f"{what}: {ended}; he: {[one.what for one in moved] or 'nothing'}")
        whole = ended == "done"
        if ended.startswith("refused") and before == moved and moved and not plan.dies:
            self._require_seen(what)
        if moved and (plan.undone or not whole):
            self._put_right(newest, true_ms, moved)
        elif not whole and not self._opens():
            # Killed between the custodians, who know what was to go, and the commit, a deletion is
            # given again, as what `check` says of it asks for.
            again = self._process(act, Fate(), who)
            self.story.append(f"{what}, given again: {again}")
            whole = again == "done"
            self._still_opens()
        if not self.over:
            self.newest = self.meddler.look()
        return whole

    def _move(self, moved: list[Moved], *, running: bool = False) -> None:
        before = self.meddler.now()
        what = self.meddler.move(running=running)
        moved.append(Moved(what, before, self.meddler.now()))

    def _process(self, act: Callable[[App], None], fate: Fate, who: Principal) -> str:
        try:
            kit = redirect_stdout(io.StringIO())
            with self.eyes.living(fate), self.opened(who) as house, kit:
                act(house)
            ended = "done"
        except Died:
            self.eyes.bury()
            ended = "died"
        except RefusedError as error:
            ended = f"refused by {error}"
            self.eyes.bury()
        except (errors.BaileeError, OSError) as error:
            ended = f"refused: {getattr(error, 'reason', error)}"
            self.eyes.bury()  # what the error holds open
        self.eyes.look()
        return ended

    def seen(self) -> str:
        """Open the home anew and check it deeply; say what was named, or nothing."""
        with self.eyes.undone():
            try:
                with self.opened() as house:
                    found = audit(house).findings
            except (errors.BaileeError, AssertionError) as error:
                return f"not opened: {error}"
        return ", ".join(one.kind for one in found if one.is_damage or one.kind in _CLOCK)

    def _require_seen(self, what: str) -> None:
        seen = self.seen()
        self.story.append(f"check: {seen or 'clean'}")
        if not seen:
            self.wrong.append(f"{what} was refused, and check is clean")

    # --- putting right -----------------------------------------------------------------------

    def _put_right(self, newest: Moment, set_ms: int, moved: list[Moved]) -> None:
        """Set the clock right; put back the newest of before the step, or what he changed alone.

        The latter where the step has recorded something since, which the newest of before lacks.
        """
        self.clock.set_ahead(set_ms - self.clock.set_ms)
        self.meddler.undo(moved)
        if not self._opens():
            self.meddler.put_whole(newest)
            if not self._opens():
                self.restore()

    def _still_opens(self) -> None:
        if not self._opens():
            self.restore()

    def _opens(self) -> bool:
        """Tell whether a new process opens it and finds no damage; nothing of that look remains."""
        with self.eyes.undone():
            try:
                with self.opened() as house:
                    return not any(one.is_damage for one in audit(house).findings)
            except (errors.BaileeError, AssertionError):
                return False

    def entries(self, what: str) -> None:
        """Compare what was answered with the entries of the client's ledger."""
        with self.opened() as house:
            kinds = self.kinds(house)
        for kind, count in self.truth.done.items():
            if kinds.count(kind) < count:
                self.wrong.append(f"{what}: {count} {kind}, {kinds.count(kind)} recorded")

    def terms(self) -> None:
        """See whether anything ended by a date, which no life is long enough for."""
        with self.opened() as house:
            ended = self.kinds(house).count(LOG_EXPIRE)
        if ended:
            self.wrong.append(f"{ended} terms are recorded as over, and none can be")

    def kinds(self, house: App) -> list[str]:
        """Name the kinds of entries in the client's ledger and the provider's."""
        shown = [
            done(house.caller.call(ShowEntries(client=client, purpose="security")))
            for client in (CLIENT, "provider")
        ]
        return [entry.opening.kind for one in shown for entry in one.entries]

    # --- backups -----------------------------------------------------------------------------

    def note_backups(self) -> None:
        """Remember of each new backup what it holds."""
        for path in self.backups.glob("*.bailee"):
            self._backups.setdefault(path.name, self.truth.saved())

    def restore(self) -> None:
        """Lose the home, and restore the newest backup that opens and is whole."""
        known = self._recoveries()
        held = {gen for gen, _ in self.held()}
        found = sorted(self.backups.glob("*.bailee"), key=_age, reverse=True)
        fit = [
            path
            for path in found
            if (about := _head(path)).generation in held and about.recovery in known
        ]
        homes = [path for path in fit if _head(path).kind is BackupKind.HOME]
        for path in fit:
            shutil.rmtree(self.home, ignore_errors=True)
            # Of the branch that ended, as its operator must.
            for other in [one for one in found if one.exists() and _age(one) > _age(path)]:
                other.unlink()
            opens = _head(path).recovery
            others = [one for one in homes if one.exists() and one != path]
            files = [path, *(one for one in others if _head(one).recovery == opens)]
            with self.eyes.living(Fate()), suppress(errors.BaileeError):
                # One that was made of rows that he had changed is refused, or damaged.
                self.agree(rooms.restore(self.place, known[opens], files, clock=self.clock))
            self.eyes.look()
            if self.home.exists() and self._opens():
                self._restored(self._backups[path.name])
                return
        self.over = True
        self.story.append("no backup opens")

    def agree(self, answer: BackupRestored | Denial) -> None:
        """Let the second person agree to a restore."""
        if isinstance(answer, Denial):
            raise errors.Damaged(answer.rule)
        with self.opened(DPO) as house:
            done(house.caller.call(GiveApproval(approval=str(answer.approval))))

    def _restored(self, then: Truth) -> None:
        self.truth.back_to(then, self.state().write_gen)
        with self.opened() as house:
            kinds = self.kinds(house)
        self.story.append("restored")
        self.truth.done = {kind: kinds.count(kind) for kind in kinds}

    def _recoveries(self) -> Mapping[bytes, Recovery]:
        """Give what opens backups, by each root that people may hold on paper."""
        known = {}
        with suppress(errors.BaileeError):
            kms = FileKms.open(
                self.home, passphrase=Secret(PASSPHRASE), clock=self.clock, unsafe_cost=CHEAP
            )
            for gen, _ in self.held():
                with suppress(errors.Sealed):  # a rotation dropped the older one
                    one = rooms.recovery_of(kms.root(gen), kms.install)
                    known[one.id] = one
        return known

    # --- what is so --------------------------------------------------------------------------

    def state(self) -> State:
        """Say where the keys stand."""
        with self.opened() as house:
            return house.parts.work.read(house.parts.keyring.turning().state)

    def held(self) -> set[Turn]:
        """Read the turn secrets that custodians hold now."""
        files = [file for folder in self.custodians for file in folder.iterdir()]
        return {turn for file in files for turn in turns_in(file.read_bytes())}

    def named(self, generation: int) -> set[bytes]:
        """Give the ids of the deletions of a generation that custodians know."""
        return {
            data[at : at + KID_BYTES]
            for folder in self.custodians
            for path in folder.glob(f"due-{generation}")
            for data in [path.read_bytes()]
            for at in range(0, len(data), RECORD_BYTES)
        }

    def stolen(self, turns: set[Turn]) -> Opened:
        """Open all that a thief can who kept every version of every file."""
        wanted = [(int(Kind.EMAIL), one.mail) for one in self.truth.people]
        return Thief(self.loot, turns, PASSPHRASE).open(wanted)


def _head(path: Path) -> About:
    with closing(PathBackupFolder().open(str(path))) as source:
        return read_head(source)[0].about


def _age(path: Path) -> tuple[int, int]:
    return _head(path).age
