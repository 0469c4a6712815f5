"""Jobs of a real home: done, failing, waiting, killed half way, and with clocks that are set."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.check.rooms import audit
from tests.keyring.custody import HandClock
from tests.patience import HANGS_S
from tests.people import enrol
from tests.run.homes import SOMEONE, Shell, make, opened

from bailee import errors
from bailee.act import Denial, Principal
from bailee.adapters.sql.rows.jobs import JOBS
from bailee.clients.acts import AddClient
from bailee.ids import ClientId
from bailee.jobs.acts import ListJobs, RunJobs
from bailee.jobs.kinds import DAY_MS, HOUR_MS, kinds
from bailee.jobs.leases import Leases
from bailee.jobs.model import SECOND, JobDone, JobName, JobResult, JobRow, JobShown, JobState, Waits
from bailee.jobs.port import Do
from bailee.jobs.service import BROKEN, REFUSED, Runner
from bailee.jobs.state import LEASE_MS
from bailee.keys.acts import ListKeys
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.objects.acts import PutObject
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller
from bailee.run.wiring.jobs import leases_of, runner
from bailee.run.wiring.parts import OBJECTS, ROWS
from bailee.text import Speaker
from bailee.work import Tx

DEDE = Principal(os_user="dede")
ROBOT = Principal(os_user="robot")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def place(tmp_path: Path, clock: HandClock) -> Path:
    make(tmp_path, clock=clock, backups=(tmp_path / "backups",))
    return tmp_path


@pytest.fixture
def house(place: Path, clock: HandClock) -> Iterator[App]:
    with opened(place, clock=clock) as app:
        yield app


def run(house: App, who: Principal = SOMEONE) -> dict[str, JobDone]:
    tried = done(LocalCaller(who, house._bound).call(RunJobs()))
    return {one.job: one for one in tried}


def listed(house: App) -> dict[str, JobShown]:
    return {one.job: one for one in done(house.caller.call(ListJobs()))}


def entries(house: App, client: str = "provider") -> Sequence[tuple[str, dict[str, str]]]:
    shown = done(house.caller.call(ShowEntries(client=client, purpose="security")))
    assert isinstance(shown, EntriesShown)
    return [(one.opening.kind, dict(one.body)) for one in shown.entries]


def test_a_new_home_does_all_of_it_once_and_then_nothing(house: App, place: Path) -> None:
    assert {one.state for one in listed(house).values()} >= {JobState.DUE}
    tried = run(house)
    assert {one.result for one in tried.values()} == {JobResult.DONE}
    # The provider's own deep check has its day in the month.
    assert set(tried) >= {kind.name for kind in kinds(30)} - {JobName.CHECK}
    assert len(list((place / "backups").glob("*.bailee"))) == 1
    assert run(house) == {}
    after = listed(house)
    assert {one.state for one in after.values()} == {JobState.PLANNED}
    assert audit(house).clean


def test_upkeep_is_done_under_no_act_and_all_else_under_one(house: App, clock: HandClock) -> None:
    made = runner(house.parts)
    run(house)
    before = len(entries(house))
    clock.wall_ms += HOUR_MS // 2
    assert [one.job for one in made.run_once(SOMEONE)] == [JobName.SEQUENCE]
    assert made.due() == []
    asked = [kind for kind, _ in entries(house)[before:] if kind == RunJobs.act]
    assert asked == []
    clock.wall_ms += DAY_MS
    assert {one.job for one in made.run_once(SOMEONE)} >= {
        JobName.SEQUENCE,
        JobName.HEADS,
        JobName.BACKUP,
    }
    kinds_after = [kind for kind, _ in entries(house)[before:]]
    assert kinds_after.count(RunJobs.act) == 1
    assert kinds_after.count("backup:create") == 1


def test_the_outcome_counts_what_was_done(house: App) -> None:
    tried = run(house)
    [outcome] = [body for _, body in entries(house) if "waiting" in body]
    assert (outcome["done"], outcome["failed"], outcome["waiting"]) == (str(len(tried)), "0", "0")


def test_a_turn_is_made_when_its_term_has_passed(house: App, clock: HandClock) -> None:
    run(house)
    assert done(house.caller.call(ListKeys())).generation == 1
    clock.wall_ms += 7 * DAY_MS
    assert run(house)[JobName.TURN].result is JobResult.DONE
    assert done(house.caller.call(ListKeys())).generation == 2


def test_a_turn_waits_and_says_for_which_custodian(place: Path, clock: HandClock) -> None:
    with opened(place, clock=clock) as house:
        away = Path(done(house.caller.call(ListKeys())).custodians[1].place)
        custodian = done(house.caller.call(ListKeys())).custodians[1].custodian
    clock.wall_ms += 7 * DAY_MS
    away.rename(place / "unmounted")
    with opened(place, clock=clock) as house:
        tried = run(house)
        assert (tried[JobName.TURN].result, tried[JobName.TURN].waits) == (
            JobResult.WAITING,
            (f"custodian:{custodian}",),
        )
        assert tried[JobName.BACKUP].result is JobResult.DONE
        assert listed(house)[JobName.TURN].state is JobState.WAITING
        assert done(house.caller.call(ListKeys())).generation == 1
    (place / "unmounted").rename(away)
    clock.wall_ms += HOUR_MS
    with opened(place, clock=clock) as house:
        assert run(house)[JobName.TURN].result is JobResult.DONE


def test_one_that_fails_is_shown_tried_again_and_keeps_no_other_back(
    place: Path, clock: HandClock
) -> None:
    backups = place / "backups"
    backups.rename(place / "elsewhere")
    backups.write_text("no folder")
    with opened(place, clock=clock) as house:
        tried = run(house)
        failed = [one.job for one in tried.values() if one.result is JobResult.FAILED]
        assert failed == [JobName.BACKUP]
        began = clock.wall_ms
        for _ in range(3):
            shown = listed(house)[JobName.BACKUP]
            assert (shown.state, shown.since_ms) == (JobState.FAILING, began)
            assert shown.error == tried[JobName.BACKUP].error
            clock.wall_ms = shown.due_ms
            assert run(house)[JobName.BACKUP].result is JobResult.FAILED
        assert listed(house)[JobName.BACKUP].attempts == 4
        backups.unlink()
        (place / "elsewhere").rename(backups)
        clock.wall_ms = listed(house)[JobName.BACKUP].due_ms
        assert run(house)[JobName.BACKUP].result is JobResult.DONE
        assert listed(house)[JobName.BACKUP].error is None


def test_a_user_with_the_role_service_suffices(house: App, clock: HandClock) -> None:
    enrol(house, ROBOT, "service", agreed_by=DEDE)
    run(house)
    clock.wall_ms += 31 * DAY_MS
    tried = run(house, ROBOT)
    assert {one.result for one in tried.values()} == {JobResult.DONE}
    assert {JobName.TURN, JobName.BACKUP, JobName.CHECK} <= set(tried)


def test_who_may_not_run_jobs_does_none(house: App) -> None:
    enrol(house, DEDE, "dpo", agreed_by=ROBOT)
    refused = LocalCaller(DEDE, house._bound).call(RunJobs())
    assert isinstance(refused, Denial)
    assert {one.done_ms for one in listed(house).values()} == {None}


def test_within_its_days_each_client_is_checked_deeply_in_its_own_ledger(
    house: App, clock: HandClock
) -> None:
    for label in ("acme", "baobab"):
        done(house.caller.call(AddClient(label=label)))
        done(house.caller.send(PutObject(client=label, name="a.txt"), [b"lait"]))
    run(house)
    clock.wall_ms += 30 * DAY_MS
    run(house)
    for label in ("acme", "baobab"):
        checked = [body for _, body in entries(house, label) if "damaged" in body]
        assert [body["damaged"] for body in checked] == ["0"], label


def test_damage_fails_the_check_of_its_client_alone(
    house: App, place: Path, clock: HandClock
) -> None:
    for label in ("acme", "baobab"):
        done(house.caller.call(AddClient(label=label)))
    before = set((place / "home" / OBJECTS).rglob("*"))
    done(house.caller.send(PutObject(client="acme", name="a.txt"), [b"lait" * 100]))
    [sealed] = [
        one for one in (place / "home" / OBJECTS).rglob("*") if one.is_file() and one not in before
    ]
    content = bytearray(sealed.read_bytes())
    content[-1] ^= 1
    sealed.write_bytes(content)
    run(house)
    clock.wall_ms += 30 * DAY_MS
    tried = done(house.caller.call(RunJobs()))
    failed = {one.client: one.error for one in tried if one.result is JobResult.FAILED}
    assert list(failed.values()) == ["errors_jobs.check-found"]
    [found] = [body["damaged"] for _, body in entries(house, "acme") if "damaged" in body]
    assert int(found) > 0
    [none] = [body["damaged"] for _, body in entries(house, "baobab") if "damaged" in body]
    assert none == "0"


# --- clocks --------------------------------------------------------------------------------


def test_a_clock_set_ahead_or_back_gives_no_job_twice(house: App, clock: HandClock) -> None:
    run(house)
    leases = leases_of(house.parts)
    leases.plan(leases.now())
    clock.wall_ms += DAY_MS
    places = {kind.name: (kind, client) for kind, client in leases.due(leases.now())}
    taken = leases.take(places[JobName.BACKUP])
    assert taken is not None
    for step in (400 * DAY_MS, -800 * DAY_MS, 400 * DAY_MS):
        clock.set_ahead(step)
        assert leases.take(places[JobName.BACKUP]) is None
    clock.wall_ms += LEASE_MS
    assert leases.take(places[JobName.BACKUP]) is not None
    # Whoever had it before does not end it for who has it now.
    with pytest.raises(errors.Conflict, match="lease-over"):
        leases.give_back(taken, lambda row, _: row)


class Watched:
    """The rows of jobs, which say that one was written."""

    def __init__(self) -> None:
        self.written = threading.Event()

    def one(self, tx: Tx, /, **where: object) -> JobRow | None:
        return JOBS.one(tx, **where)

    def all(self, tx: Tx, order: str = "", /, **where: object) -> list[JobRow]:
        return JOBS.all(tx, order, **where)

    def put(self, tx: Tx, row: JobRow, /) -> None:
        JOBS.put(tx, row)
        self.written.set()


def test_a_job_that_takes_longer_than_its_lease_is_kept_by_who_does_it(
    house: App, clock: HandClock
) -> None:
    parts, rows = house.parts, Watched()
    provider = parts.keyring.provider
    leases = Leases(
        work=parts.work,
        rows=rows,
        kinds=kinds(30),
        provider=provider,
        clients=parts.ledger.clients,
        times=parts.times,
        tell=lambda *_: None,
        renew_s=0,
    )
    place = next(one for one in leases.due(leases.now()) if one[0].name is JobName.BACKUP)
    taken = leases.take(place)
    assert taken is not None
    with leases.held(taken):
        for _ in range(3):
            clock.wall_ms += LEASE_MS - 1
            # Two writes: the first may have begun before that time had passed.
            for _ in range(2):
                rows.written.clear()
                assert rows.written.wait(HANGS_S)
            assert leases_of(parts).take(place) is None
    clock.wall_ms += LEASE_MS
    assert leases_of(parts).take(place) is not None


def test_of_two_who_run_jobs_at_once_one_does_each(house: App) -> None:
    lock, done_by = threading.Lock(), list[str]()

    def sweeps(who: Principal, client: ClientId) -> None:
        del client
        with lock:
            done_by.append(who.os_user)

    both = [_runner(house, sweep=sweeps) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        tried = list(pool.map(lambda one: one.run_once(SOMEONE), both))
    assert len(done_by) == 1
    every = [one.job for answer in tried for one in answer]
    assert every.count(JobName.SWEEP) == every.count(JobName.BACKUP) == 1


def test_a_clock_set_back_postpones_nothing(house: App, clock: HandClock) -> None:
    run(house)
    clock.set_ahead(-300 * DAY_MS)
    assert run(house) == {}
    clock.wall_ms += DAY_MS
    assert JobName.BACKUP in run(house)


def test_after_the_machine_was_off_jobs_go_on(house: App, clock: HandClock) -> None:
    run(house)
    clock.start_anew(5 * DAY_MS)
    assert JobName.BACKUP in run(house)


# --- crashes and mistakes --------------------------------------------------------------------


def _runner(house: App, **doing: Do) -> Runner:
    """Give a runner of which some kinds are done by the test, and the others by nothing."""

    def nothing(who: Principal, client: ClientId) -> None:
        del who, client

    every: dict[str, Do] = {kind.name: nothing for kind in kinds(30)}
    return Runner(
        leases=leases_of(house.parts),
        doing={JobName(name): do for name, do in {**every, **doing}.items()},
        monitor=house.parts.monitor,
        provider=house.parts.keyring.provider,
    )


def test_a_mistake_of_the_program_ends_it_and_is_shown(house: App) -> None:
    def broken(who: Principal, client: ClientId) -> None:
        del who, client
        raise KeyError("a mistake")

    made = _runner(house, backup=broken)
    with pytest.raises(KeyError):
        made.run_once(SOMEONE)
    shown = listed(house)[JobName.BACKUP]
    assert (shown.state, shown.error) == (JobState.FAILING, BROKEN)
    # The next run does what stood behind it.
    assert JobName.TURN in {one.job for one in made.run_once(SOMEONE)}


CAUSES: dict[str, tuple[Exception, JobResult, str | None, tuple[str, ...]]] = {
    "it waits": (Waits("people"), JobResult.WAITING, None, ("people",)),
    "two people": (
        errors.WaitingForSecond("errors_approvals.asked"),
        JobResult.WAITING,
        None,
        (SECOND,),
    ),
    "an error": (
        errors.CannotRecord("errors_sql.full"),
        JobResult.FAILED,
        "errors_sql.full",
        (),
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_what_came_of_it_is_in_the_answer_and_the_row(house: App, cause: str) -> None:
    raised, result, error, waits = CAUSES[cause]

    def ends(who: Principal, client: ClientId) -> None:
        del who, client
        raise raised

    [tried] = [one for one in _runner(house, sweep=ends).run_once(SOMEONE) if one.job == "sweep"]
    assert (tried.result, tried.error, tried.waits) == (result, error, waits)
    shown = listed(house)[JobName.SWEEP]
    assert (shown.error, shown.waits) == (error, waits)


def test_what_the_policies_refuse_is_a_failure_with_its_own_word(house: App) -> None:
    enrol(house, ROBOT, "service", agreed_by=DEDE)

    def as_dede(who: Principal, client: ClientId) -> None:
        del who
        house.parts.monitor.authorize(DEDE, RunJobs(), client)

    tried = {one.job: one for one in _runner(house, sweep=as_dede).run_once(ROBOT)}
    assert tried[JobName.SWEEP].error == REFUSED


def test_killed_between_lease_and_done_it_is_done_again(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    killed = Shell(tmp_path, {"BAILEE_FAILPOINTS": "backup.room:before=kill"})
    assert killed("job", "run", expect=None).code == -9
    [held] = _stored(tmp_path, JobName.BACKUP)
    assert held["lease"] is not None
    assert held["done_ms"] is None
    # Its lease is not over: whoever comes now leaves it, and does the others.
    tried = json.loads(shell("-o", "json", "job", "run").out)
    assert JobName.BACKUP not in {one["job"] for one in tried}
    _lapse(tmp_path)
    tried = json.loads(shell("-o", "json", "job", "run").out)
    assert [one["result"] for one in tried if one["job"] == JobName.BACKUP] == ["done"]
    [after] = _stored(tmp_path, JobName.BACKUP)
    assert after["lease"] is None
    shell("check")


def _stored(place: Path, kind: str) -> list[dict[str, object]]:
    with closing(sqlite3.connect(place / "home" / ROWS)) as rows:
        rows.row_factory = sqlite3.Row
        return [dict(row) for row in rows.execute("select * from job where kind = ?", (kind,))]


def _lapse(place: Path) -> None:
    """Let all leases be over, as two minutes would."""
    with closing(sqlite3.connect(place / "home" / ROWS)) as rows, rows:
        rows.execute("update job set lease_until_ms = 0")


@pytest.mark.sweep  # five commands with real keys
def test_nothing_personal_is_in_what_jobs_say(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    label = mark().lower()
    shell("client", "add", label)
    said = shell("job", "run").out + shell("job", "list").out
    assert not holds(said, label.encode())
    french = Shell(tmp_path, {"BAILEE_LANG": "fr"})
    assert Speaker("fr")("jobs.none") in french("job", "run").err
