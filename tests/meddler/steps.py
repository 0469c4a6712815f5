"""The steps of a life, and what each may answer: what the model says, or a refusal."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.keys.thief import Opened
from tests.keys.thief_watch import CANARY
from tests.logs.sources import Held
from tests.meddler.life import CLIENT, DPO, House, Plan, RefusedError
from tests.meddler.moves import HOUR_MS
from tests.meddler.truth import Key, Person, Thing

from bailee import errors
from bailee.act import Denial, Download, Request
from bailee.backup.acts import CreateBackup
from bailee.keyring.model import Phase
from bailee.keys.acts import RotateRoot, TurnKeys
from bailee.logs.acts import (
    DestroyEpoch,
    EraseLog,
    IngestLog,
    ListEpochs,
    RevealLog,
    SearchLog,
)
from bailee.logs.steps import EndingStep
from bailee.logs.steps import Life as MonthLife
from bailee.logs.token import TokenRef
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.run.wiring.app import App
from bailee.vault.epoch import text_of

A = TypeVar("A")
PURPOSE = "client-request"
REASON = "a dispute"
SECRET_LINE = b"user=awa password=hunter2zebra\n"
PEACE = Plan()
MONTHS = (202606, 202607, 202608)
WEIGHTS = {
    "put": 5,
    "get": 7,
    "names": 3,
    "delete": 5,
    "ingest": 5,
    "search": 7,
    "erase": 5,
    "end": 2,
    "months": 2,
    "turn": 6,
    "rotate": 1,
    "backup": 3,
    "restore": 1,
}
PASSAGES = {"turn": 260, "rotate": 270, "backup": 120, "ingest": 120}
"""How many durable writes a step passes, about; a move at a later one is never made."""
PASSAGES_OF_AN_ACT = 60


def _nothing() -> None:
    return None


def told(house: App, request: Request[A] | Download[A]) -> A:
    """Give the answer of an act; RefusedError for a denial."""
    answer = house.caller.call(request)
    if isinstance(answer, Denial):
        raise RefusedError(answer.rule)
    return answer


class Life(House):
    """One seed's life."""

    def __init__(self, place: Path, seed: int) -> None:
        super().__init__(place, seed)
        self._drawn = 0

    def run(self, steps: int) -> None:
        """Take so many steps, about half of them with something against them."""
        for name in ("put", "put", "ingest", "backup"):
            getattr(self, name)(PEACE)
        for _ in range(steps):
            if self.over or self.wrong:
                return
            [name] = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
            getattr(self, name)(self.plan(name))
            if name in ("turn", "rotate", "restore"):
                self.robbed()

    def plan(self, name: str) -> Plan:
        """Draw what happens in a step."""
        passages = PASSAGES.get(name, PASSAGES_OF_AN_ACT)
        draw = self.rng.random()
        return Plan(
            before=draw < 0.4,
            at=self.rng.randrange(1, passages) if 0.4 < draw < 0.6 else 0,
            dies=self.rng.randrange(1, passages) if self.rng.random() < 0.15 else 0,
            undone=self.rng.random() < 0.4,
        )

    def broke(self, law: str) -> None:
        """Note that an answer was not as it must be."""
        self.wrong.append(law)

    def did(self, kind: str) -> None:
        """Note that an act was answered."""
        self.truth.done[kind] = self.truth.done.get(kind, 0) + 1

    def mark(self, kind: str) -> str:
        """Draw a text that stands nowhere else."""
        self._drawn += 1
        return f"{CANARY.decode()}{kind}-{self._drawn}-{self.rng.randbytes(8).hex()}"

    # --- objects -----------------------------------------------------------------------------

    def put(self, plan: Plan) -> None:
        """Put an object."""
        thing = Thing(name=self.mark("name"), content=self.mark("content").encode())

        def act(house: App) -> None:
            answer = house.caller.send(PutObject(client=CLIENT, name=thing.name), [thing.content])
            if isinstance(answer, Denial):
                raise RefusedError(answer.rule)
            key = (str(answer.object), answer.version)
            self.truth.alive[key] = self.truth.things[key] = thing
            self.did("object:put")

        if not self.step("put", act, plan):
            self.truth.doubtful.add(thing.name)

    def get(self, plan: Plan, key: Key | None = None) -> None:
        """Get an object, perhaps one that was deleted."""
        if not self.truth.things:
            return
        key = key or self.rng.choice(list(self.truth.things))
        self.step(f"get {key}", partial(self.given, key=key), plan)

    def given(self, house: App, key: Key) -> None:
        """Compare what is given of an object."""
        request = GetObject(client=CLIENT, object=key[0], version=key[1], purpose=PURPOSE)
        try:
            answer = told(house, request)
        except errors.NotFound:
            if key in self.truth.alive and not self.truth.open_to_doubt(key):
                self.broke(f"get: {key} is called not there")
            return
        content = b"".join(map(bytes, answer.chunks))
        self.did("object:get")
        if key in self.truth.gone:
            self.broke(f"get: {key} was deleted, and is given")
        elif content != self.truth.things[key].content:
            self.broke(f"get: {key} is given otherwise than it was put")

    def names(self, plan: Plan) -> None:
        """List objects."""
        self.step("list", self.listed, plan)

    def listed(self, house: App) -> None:
        """Compare a list of objects."""
        listed = told(house, ListObjects(client=CLIENT, purpose=PURPOSE))
        found = {(str(one.object), one.version): one.name for one in listed}
        for key, thing in self.truth.alive.items():
            if found.get(key) != thing.name and not self.truth.open_to_doubt(key):
                self.broke(f"list: {key} is not as it was put")
        for key in found.keys() - self.truth.alive.keys():
            if not self.truth.open_to_doubt(key, found[key]):
                self.broke(f"list: {key} is there again")

    def delete(self, plan: Plan) -> None:
        """Delete an object."""
        if not self.truth.alive:
            return
        key = self.rng.choice(list(self.truth.alive))

        def act(house: App) -> None:
            gen = house.parts.work.read(house.parts.keyring.generation)
            try:
                told(house, DeleteObject(client=CLIENT, object=key[0], purpose=PURPOSE))
            except errors.NotFound:
                if not self.truth.open_to_doubt(key):
                    self.broke(f"delete: {key} is called not there")
                return
            self.truth.delete([key], gen)
            self.did("object:delete")

        if not self.step(f"delete {key}", act, plan):
            self.truth.doubtful.add(key)

    # --- logs --------------------------------------------------------------------------------

    def ingest(self, plan: Plan) -> None:
        """Take in a line for each of two people, and one with a secret that is kept, or not."""
        free = [one for one in MONTHS if one not in self.truth.ended | self.truth.doubtful]
        if not free:
            return
        epoch = self.rng.choice(free)
        people = [Person(epoch, self.mark("a").encode() + b"@example.org") for _ in range(2)]
        text = b"".join(b"user %b signed in\n" % one.mail for one in people)
        kept = self.rng.random() < 0.5
        if kept:
            text += SECRET_LINE

        def act(house: App) -> None:
            request = IngestLog(
                client=CLIENT,
                stream="web",
                origin="infrastructure",
                epoch=text_of(epoch),
                keep_secrets=kept,
                reason=REASON if kept else None,
            )
            source = Held(text, address=self.mark("log"))
            answer = house.caller.send(request, source)
            if isinstance(answer, Denial):
                raise RefusedError(answer.rule)
            # Of a month that the clock calls over identifiers are dropped, and it says so.
            if answer.names:
                self.truth.people.update(people)
            self.did("log:ingest")

        if not self.step(f"ingest {epoch}", act, plan):
            self.truth.doubtful.update(people)

    def search(self, plan: Plan, one: Person | None = None) -> None:
        """Search for somebody, and show the value where the line is found."""
        if not self.truth.people:
            return
        one = one or self.rng.choice(self.people())
        self.step(f"search {one.epoch}", partial(self.sought, one=one), plan)

    def sought(self, house: App, one: Person) -> None:
        """Compare what is found of somebody, and what is shown of it."""
        answer = told(house, SearchLog(client=CLIENT, about=one.mail, purpose=PURPOSE))
        lines = list(answer.lines)
        self.did("log:search")
        if answer.tally.damaged:
            raise errors.Damaged("errors_logs.damaged")
        self.found(one, len(lines))
        values = {TokenRef(epoch=each.epoch, token=each.tokens[0].token) for each in lines}
        if values:
            asked = RevealLog(client=CLIENT, values=tuple(values), purpose=PURPOSE)
            shown = told(house, asked).values
            self.did("log:reveal")
            self.shown(one, shown.values())

    def found(self, one: Person, count: int) -> None:
        """Compare how many lines were found of somebody."""
        if self.truth.open_to_doubt(one, one.epoch):
            return
        if count != int(self.truth.holds(one)):
            self.broke(f"search: {count} lines of {one}, gone: {one in self.truth.gone}")

    def shown(self, one: Person, values: Iterable[bytes]) -> None:
        """Compare what was shown of somebody."""
        if one in self.truth.gone:
            self.broke(f"reveal: {one} was erased, and is shown")
        elif any(value.lower() != one.mail.lower() for value in values):
            self.broke(f"reveal: another value than that of {one}")

    def erase(self, plan: Plan) -> None:
        """Erase somebody."""
        living = list(filter(self.truth.holds, self.people()))
        if not living:
            return
        one = self.rng.choice(living)

        def act(house: App) -> None:
            gen = house.parts.work.read(house.parts.keyring.generation)
            answer = told(house, EraseLog(client=CLIENT, about=one.mail, purpose=PURPOSE))
            self.did("log:erase")
            if not answer.kinds and not self.truth.open_to_doubt(one, one.epoch):
                self.broke(f"erase: nothing is held of {one}")
            self.truth.delete([one], gen)

        if not self.step(f"erase {one.epoch}", act, plan):
            self.truth.doubtful.add(one)

    def end(self, plan: Plan) -> None:
        """End a month."""
        living = sorted({one.epoch for one in self.truth.people} - self.truth.ended)
        if not living:
            return
        epoch = self.rng.choice(living)
        part = self.rng.choice(("names", "text"))
        asked = DestroyEpoch(client=CLIENT, epoch=text_of(epoch), part=part)

        def ask(house: App) -> None:
            told(house, asked)
            self.did("epoch:destroy")

        self.step(f"ask to end {epoch}", ask, PEACE)
        self.clock.wall_ms += 25 * HOUR_MS

        def act(house: App) -> None:
            gen = house.parts.work.read(house.parts.keyring.generation)
            steps = [one.step for one in told(house, asked).endings]
            self.did("epoch:destroy")
            if EndingStep.OVER in steps and not self.truth.open_to_doubt(epoch):
                self.broke(f"end: {epoch} is called ended before")
            if steps == [EndingStep.ENDED]:
                self.truth.end(epoch, gen)

        if not self.step(f"end {epoch} {part}", act, plan, who=DPO):
            self.truth.doubtful.add(epoch)

    def months(self, plan: Plan) -> None:
        """List months."""
        self.step("months", self.counted, plan)

    def counted(self, house: App) -> None:
        """Compare a list of months."""
        listed = {one.epoch: one for one in told(house, ListEpochs(client=CLIENT))}
        for epoch in sorted({one.epoch for one in self.truth.people}):
            if self.truth.open_to_doubt(epoch):
                continue
            if (found := listed.get(epoch)) is None:
                self.broke(f"months: {epoch} is called not there")
                continue
            ended = found.names.life in (MonthLife.ENDING, MonthLife.ENDED)
            if ended != (epoch in self.truth.ended):
                self.broke(f"months: {epoch} is called {found.names.life}")

    # --- keys and backups --------------------------------------------------------------------

    def turn(self, plan: Plan) -> None:
        """Turn, or go on with a turn."""
        self._turned("turn", TurnKeys(purpose="security"), plan)

    def rotate(self, plan: Plan) -> None:
        """Turn with a new root."""
        self._turned("rotate", RotateRoot(purpose="security"), plan)

    def _turned(self, what: str, request: TurnKeys | RotateRoot, plan: Plan) -> None:
        def act(house: App) -> None:
            state = house.parts.work.read(house.parts.keyring.turning().state)
            if what == "rotate" and state.phase is not Phase.STILL:
                return
            # A turn deletes first what is due, and at its end drops the list that it counted.
            named = self.named(state.generation)
            self.eyes.each = lambda: named.update(self.named(state.generation))
            answer = told(house, request)
            self.eyes.each = _nothing
            self.did(f"key:{what}")
            if state.phase is Phase.STILL and answer.erased != len(named):
                self.broke(f"{what}: {answer.erased} are certified, {len(named)} were deleted")
            if answer.generation <= state.generation:
                self.broke(f"{what}: generation {answer.generation} is none that is new")

        self.step(what, act, plan)
        self.eyes.each = _nothing

    def backup(self, plan: Plan) -> None:
        """Back the home up."""

        def act(house: App) -> None:
            told(house, CreateBackup(purpose="security"))
            self.did("backup:create")

        self.step("backup", act, plan)

    def restore(self, plan: Plan | None = None) -> None:
        """Lose the home, and restore it."""
        del plan
        super().restore()

    # --- judging -----------------------------------------------------------------------------

    def robbed(self) -> None:
        """See whether a thief opens anything that is finally erased."""
        if self.over:
            return
        try:
            now = self.state().generation
        except errors.BaileeError:
            return
        found = self.stolen(self.held())
        for one, gen in self.truth.gone.items():
            if gen < now and self._opened(one, found):
                self.broke(f"the thief: {one} of {gen} opens in {now}")

    def _opened(self, one: Key | Person, found: Opened) -> bool:
        if isinstance(one, Person):
            return one.mail in found.values or one.mail in found.members
        thing = self.truth.things[one]
        return thing.content in found.contents or found.holds(thing.name)

    def probe(self) -> list[str]:
        """Ask for all there is or was, in one process; say which acts were refused."""
        acts: dict[str, Callable[[App], None]] = {"list": self.listed, "months": self.counted}
        for key in sorted(self.truth.things):
            if not self.truth.open_to_doubt(key):
                acts[f"get {key}"] = partial(self.given, key=key)
        for one in self.people():
            if not self.truth.open_to_doubt(one, one.epoch):
                acts[f"search {one}"] = partial(self.sought, one=one)
        refused = []
        with self.opened() as house:
            for name, act in acts.items():
                try:
                    act(house)
                except (errors.BaileeError, RefusedError) as error:
                    refused.append(f"{name}: {error}")
        return refused

    def settle(self) -> None:
        """Do no more: what was answered has its entry, what lives opens, or check says why not."""
        if self.over or self.wrong:
            return
        self.turn(PEACE)
        self._judged()

    def _judged(self) -> None:
        if self.over or self.wrong:
            return
        self.entries("at the end")
        self.terms()
        refused = self.probe()
        if refused and not self.seen():
            self.broke(f"refused, and check is clean: {refused}")
        self.robbed()

    def people(self) -> list[Person]:
        """List all people, in an order of their own."""
        return sorted(self.truth.people, key=lambda one: one.mail)
