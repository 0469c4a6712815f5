"""A house that holds logs, with a thief's eyes on every write; what lives in it, and what is gone.

Any step may be cut off at a durable write; then it is asked for again, as a person does, until it
is done.  The model says which identifiers live, which are final, and the same of months.
"""

import io
import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.answers import done
from tests.backup import rooms
from tests.check.held import end, erase
from tests.keys.thief import Loot, Opened, Thief, Turn, turns_in
from tests.keys.thief_watch import CANARY, Died, Fate, Watch
from tests.logs.sources import Held
from tests.run.homes import PASSPHRASE, make, opened

from bailee import errors
from bailee.backup.acts import BackupRestored, CreateBackup
from bailee.backup.model import Written
from bailee.clients.acts import AddClient
from bailee.keyring.model import State
from bailee.keys.acts import KeysTurned, TurnKeys
from bailee.logs.acts import Ingested, IngestLog
from bailee.logs.store.segment import TextReader
from bailee.run.wiring.app import App
from bailee.run.wiring.backups import writer
from bailee.scan.kinds import Kind

CLIENTS = ("acme", "zebu")
MONTHS = (202608, 202609, 202610)
WHOLE = Fate()


@dataclass(frozen=True)
class Person:
    """An identifier in a month of a client, and a line that holds it."""

    client: str
    epoch: int
    mail: bytes
    line: bytes


@dataclass
class Kept:
    """What there is; each thing that is gone with the generation in which it went."""

    people: set[Person] = field(default_factory=set)
    erased: dict[Person, int] = field(default_factory=dict)
    lines: dict[Person, int] = field(default_factory=dict)
    """Lines whose month was ended with its text."""

    def copy(self) -> "Kept":
        return replace(
            self, people=set(self.people), erased=dict(self.erased), lines=dict(self.lines)
        )


class LogWorld:
    """One seed's house."""

    def __init__(self, place: Path, seed: int = 0) -> None:
        self.rng = random.Random(seed)  # noqa: S311  # a simulation, not a key
        self.place = place / "place"
        self.place.mkdir()
        self.loot = Loot(place)
        self.watch = Watch(self.place, self.loot)
        self.kept = Kept()
        self.story: list[str] = []
        self._drawn = 0
        self._saved = Kept()
        self._ended: set[tuple[str, int]] = set()
        founded = make(self.place)
        self.custodians, self.destinations = founded.custodians, founded.backups
        for label in CLIENTS:
            self._add(label)

    def _add(self, label: str) -> None:
        self._process("add", WHOLE, lambda house: house.caller.call(AddClient(label=label)))

    # --- what is so --------------------------------------------------------------------------

    def state(self) -> State:
        """Say where the keys stand."""
        with opened(self.place) as house:
            return house.parts.work.read(house.parts.keyring.turning().state)

    def held(self) -> set[Turn]:
        """Read the turn secrets that custodians hold now."""
        files = [file for folder in self.custodians for file in folder.iterdir()]
        return {turn for file in files for turn in turns_in(file.read_bytes())}

    def living(self) -> set[Person]:
        """Name those whose identifier must open."""
        return self.kept.people - self.kept.erased.keys()

    def final(self, gone: dict[Person, int]) -> set[Person]:
        """Name those of which something went in a generation that has ended."""
        now = self.state().generation
        return {person for person, gen in gone.items() if gen < now}

    def stolen(self, turns: set[Turn] | None = None) -> Opened:
        """Open all that a thief can who kept every version of every file."""
        held = self.held() if turns is None else turns
        wanted = [(int(Kind.EMAIL), person.mail) for person in self.kept.people]
        return Thief(self.loot, held, PASSPHRASE).open(wanted)

    # --- steps -------------------------------------------------------------------------------

    def _process(self, what: str, fate: Fate, act: Callable[[App], object]) -> None:
        """Run one process; once more, in peace, when it met its fate."""
        whole = False
        try:
            with self.watch.living(fate), opened(self.place) as house:
                act(house)
                whole = True
        except Died:
            self.watch.bury()
        except (errors.BaileeError, OSError):
            if not fate:
                raise
        self.story.append(f"{what}: {'done' if whole else fate} of {self.watch.passages}")
        self.watch.look()
        if not whole:
            self._process(f"{what} again", WHOLE, act)

    def ingest(
        self, count: int = 3, fate: Fate = WHOLE, *, client: str = "", epoch: int = 0
    ) -> None:
        """Take in lines of some people, spelt in two ways."""
        client = client or self.rng.choice(CLIENTS)
        epoch = epoch or self.rng.choice(MONTHS)
        people = [self._person(client, epoch) for _ in range(count)]
        rows = (b"%b %b and %b\n" % (one.line, one.mail, one.mail.upper()) for one in people)
        text, name = b"".join(rows), f"web-{self._drawn}"

        def act(house: App) -> None:
            month = f"{epoch // 100}-{epoch % 100:02d}"
            asked = IngestLog(client=client, stream=name, origin="infrastructure", epoch=month)
            taken = done(house.caller.send(asked, Held(text, address=name)))
            assert isinstance(taken, Ingested)
            assert taken.names

        self._process(f"ingest {client} {epoch}", fate, act)
        self.kept.people.update(people)

    def _person(self, client: str, epoch: int) -> Person:
        self._drawn += 1
        number = b"%d-%b" % (self._drawn, self.rng.randbytes(4).hex().encode())
        return Person(
            client=client,
            epoch=epoch,
            mail=b"%b%b@example.org" % (CANARY, number),
            line=b"line %b says" % number,
        )

    def erase(self, person: Person, fate: Fate = WHOLE) -> None:
        """Erase an identifier, in whichever month it stands."""

        def act(house: App) -> None:
            erase(house, person.mail, label=person.client, again=True)

        gen = self.state().write_gen
        self._process("erase", fate, act)
        self.kept.erased[person] = gen

    def end(self, client: str, epoch: int, fate: Fate = WHOLE, *, text: bool = False) -> None:
        """End the keys of a month."""
        gen = self.state().write_gen
        self._process(
            f"end {client} {epoch} {text}",
            fate,
            lambda house: end(house, epoch, text=text, label=client, again=True),
        )
        for person in self.kept.people:
            if (person.client, person.epoch) == (client, epoch):
                self.kept.erased.setdefault(person, gen)
                if text:
                    self.kept.lines.setdefault(person, gen)

    def turn(self, fate: Fate = WHOLE) -> None:
        """Turn, or go on with the turn that was interrupted."""

        def act(house: App) -> None:
            with redirect_stdout(io.StringIO()):
                assert isinstance(house.caller.call(TurnKeys(purpose="security")), KeysTurned)

        self._process("turn", fate, act)

    def backup(self) -> None:
        """Back up the whole home."""

        def act(house: App) -> None:
            assert isinstance(house.caller.call(CreateBackup(purpose="security")), Written)

        self._process("backup", WHOLE, act)
        self._saved = self.kept.copy()

    def restore(self) -> None:
        """Lose the home, and restore it from the newest backup of it."""
        with opened(self.place) as house:
            known = rooms.recovery(house.parts.kms)
            newest = max(writer(house.parts).stored(), key=lambda one: one.about.age)
        shutil.rmtree(self.place / "home")
        with self.watch.living(WHOLE):
            answer = rooms.restore(self.place, known, [self.destinations[0] / newest.name])
            assert isinstance(answer, BackupRestored)
        self.watch.look()
        gen, gone = self.state().write_gen, self.kept
        self.kept = self._saved.copy()
        for person in gone.erased:
            self.kept.erased.setdefault(person, gen)
        for person in gone.lines:
            self.kept.lines.setdefault(person, gen)

    def run(self, steps: int) -> None:
        """Take so many steps; about half of them meet their fate on the way."""
        self.ingest()
        for _ in range(steps):
            kind = self.rng.choices(("ingest", "erase", "end", "turn"), weights=(6, 5, 1, 3))[0]
            fate = Fate("death", self.rng.randrange(1, 160)) if self.rng.random() < 0.5 else WHOLE
            living = sorted(self.living(), key=lambda one: one.mail)
            if kind == "ingest" or not living:
                free = [(c, e) for c in CLIENTS for e in MONTHS if (c, e) not in self._ended]
                if free:
                    client, epoch = self.rng.choice(free)
                    self.ingest(fate=fate, client=client, epoch=epoch)
            elif kind == "erase":
                self.erase(self.rng.choice(living), fate)
            elif kind == "end":
                one = self.rng.choice(living)
                self._ended.add((one.client, one.epoch))
                self.end(one.client, one.epoch, fate, text=self.rng.random() < 0.5)
            else:
                self.turn(fate)


def lines_in(found: Opened) -> bytes:
    """Give the bodies of all texts that came open, in one piece."""
    bodies = []
    for data in found.logs:
        try:
            text = TextReader(io.BytesIO(data))
        except errors.Damaged:  # names, a run, secrets
            continue
        with text:
            bodies += [text.block(n).stored.body.tobytes() for n in range(len(text.notes))]
    return b"\n".join(bodies)


def mails_in(found: Opened, people: Sequence[Person]) -> set[Person]:
    """Say whose identifier came open, in any spelling, or can be shown to have been there."""
    values = {value.lower() for value in found.values}
    return {one for one in people if one.mail in values or one.mail in found.members}
