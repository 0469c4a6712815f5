"""The engine's promise: durable when it returns, alone in its failure, many per commit."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from tests.patience import HANGS_S

from bailee import errors, failpoint
from bailee.adapters.sql import group
from bailee.adapters.sql.create import create
from bailee.adapters.sql.engine import OLDER, SqliteWork, sql
from bailee.adapters.sql.group import GroupCommit, Job, Outcome
from bailee.ids import ClientId
from bailee.work import Tx

CLIENT = ClientId(bytes(16))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "rows.db")
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("create table probe (a integer primary key, b blob)")
    connection.close()
    return tmp_path / "rows.db"


@pytest.fixture
def work(path: Path) -> Iterator[SqliteWork]:
    engine = SqliteWork(path)
    yield engine
    failpoint.arm("")
    engine.close()


def insert(number: int) -> Callable[[Tx], None]:
    def fn(tx: Tx) -> None:
        sql(tx).execute("insert into probe (a) values (:a)", {"a": number})

    return fn


def stored(path: Path) -> set[int]:
    connection = sqlite3.connect(path)
    rows = {row[0] for row in connection.execute("select a from probe")}
    connection.close()
    return rows


def test_what_returned_is_seen_by_another_connection(work: SqliteWork, path: Path) -> None:
    work.run(CLIENT, insert(1))
    assert stored(path) == {1}


def test_a_failing_function_undoes_its_own_part_alone(work: SqliteWork, path: Path) -> None:
    def fails(tx: Tx) -> None:
        insert(2)(tx)
        raise errors.Conflict("errors_sql.constraint")

    work.run(CLIENT, insert(1))
    with pytest.raises(errors.Conflict):
        work.run(CLIENT, fails)
    work.run(CLIENT, insert(3))
    assert stored(path) == {1, 3}


def test_a_constraint_names_no_value(work: SqliteWork) -> None:
    work.run(CLIENT, insert(1))
    with pytest.raises(errors.Conflict) as caught:
        work.run(CLIENT, insert(1))
    assert caught.value.facts == {}
    assert caught.value.__cause__ is None


def test_many_threads_all_come_back_and_nothing_is_lost(work: SqliteWork, path: Path) -> None:
    def run(start: int) -> None:
        for number in range(start, start + 50):
            work.run(CLIENT, insert(number))

    threads = [threading.Thread(target=run, args=(k * 50,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=HANGS_S)
    assert stored(path) == set(range(400))


COMMIT_FAULTS = {
    "lost": ("rows.commit:before=raise", set[int]()),
    "kept but reported lost": ("rows.commit:after=raise", {1}),
}


@pytest.mark.parametrize("fault", COMMIT_FAULTS)
def test_a_commit_that_fails_is_unknown_and_ends_all_writing(
    fault: str, work: SqliteWork, path: Path
) -> None:
    spec, kept = COMMIT_FAULTS[fault]
    failpoint.arm(spec)
    with pytest.raises(errors.OutcomeUnknown):
        work.run(CLIENT, insert(1))
    with pytest.raises(errors.CannotRecord):
        work.run(CLIENT, insert(2))
    assert stored(path) == kept


def test_a_store_held_by_another_writer_is_refused_in_time(path: Path) -> None:
    work = SqliteWork(path, busy_s=0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(errors.LockedByOther):
        work.run(CLIENT, insert(1))
    other.execute("rollback")
    other.close()
    work.run(CLIENT, insert(1))
    work.close()


def test_a_read_cannot_write(work: SqliteWork) -> None:
    with pytest.raises(errors.CannotRecord):
        work.read(insert(1))


def test_a_snapshot_that_others_left_behind_is_asked_for_again_and_no_damage(
    work: SqliteWork, path: Path
) -> None:
    def older(_: Tx) -> None:
        raise errors.Damaged(OLDER)

    def overtaken(tx: Tx) -> None:
        sql(tx).execute("select count(*) from probe")
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("insert into probe (a) values (7)")
        older(tx)

    with pytest.raises(errors.Damaged):
        work.read(older)
    with pytest.raises(errors.Conflict) as raised:
        work.read(overtaken)
    assert raised.value.reason == "errors_sql.moved-meanwhile"
    with pytest.raises(errors.Damaged):
        work.read(older)


def test_an_interrupted_leader_leaves_nobody_waiting(work: SqliteWork, path: Path) -> None:
    def interrupted(tx: Tx) -> None:
        insert(1)(tx)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work.run(CLIENT, interrupted)
    work.run(CLIENT, insert(2))
    assert stored(path) == {2}


def test_no_database_says_so(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound):
        SqliteWork(tmp_path / "rows.db")


def queued(work: SqliteWork, number: int) -> Job[None]:
    """Put a job into the queue as its thread would have, behind a leader."""
    job = Job(insert(number))
    work._group._queue.append(job)
    work._group._leading = True
    return job


class Interrupting:
    """A lock on which waiting is interrupted, as by Ctrl-C."""

    def __init__(self, wake: threading.Lock) -> None:
        self._wake = wake

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002  # a lock's own signature
        del timeout
        if blocking:
            raise KeyboardInterrupt
        return self._wake.acquire(blocking=False)

    def release(self) -> None:
        self._wake.release()


@pytest.mark.parametrize("named", [False, True], ids=["waiting", "named to lead"])
def test_who_gives_up_waiting_leaves_nobody_without_a_leader(
    work: SqliteWork, path: Path, *, named: bool
) -> None:
    job = queued(work, 1)
    job.wake = Interrupting(job.wake)  # type: ignore[assignment]  # a lock that is interrupted
    if named:
        job.wake.release()
    with pytest.raises(KeyboardInterrupt):
        work._group._await(job)
    if not named:
        with work._group._mutex:
            work._group._hand_on()  # the leader comes to its end
    work.run(CLIENT, insert(2))
    assert stored(path) == {2}


class Committing:
    """Commits that keep nothing but how many shared each."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.group = GroupCommit(commit=self.commit, clean=self.nothing, tell=self.nothing)

    def commit(self, batch: list[Job[None]]) -> Outcome:
        self.sizes.append(len(batch))
        return None, False

    def nothing(self) -> None:
        """Do nothing."""

    def waits(self, monkeypatch: pytest.MonkeyPatch, before: int) -> None:
        """Come after batches of so many, and wait longer than any test does."""
        monkeypatch.setattr(group, "WAIT_S", 2 * HANGS_S)
        self.group._sizes, self.group._took_s = (before, before), 4 * HANGS_S

    def run_beside(self, crew: int) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=self.group.run, args=(lambda _: None,)) for _ in range(crew)
        ]
        for one in threads:
            one.start()
        return threads


def test_a_leader_waits_for_as_many_as_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    committing = Committing()
    committing.waits(monkeypatch, before=4)
    crew = committing.run_beside(4)
    for one in crew:
        one.join(HANGS_S)
    assert committing.sizes == [4]


def test_who_comes_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    committing = Committing()
    committing.waits(monkeypatch, before=1)
    (alone,) = committing.run_beside(1)
    alone.join(HANGS_S)
    assert committing.sizes == [1]


def test_who_does_not_come_is_waited_for_twice_at_most() -> None:
    committing = Committing()
    committing.group._sizes, committing.group._took_s = (2, 2), 0.001
    wanted = []
    for _ in range(4):
        wanted.append(sum(committing.group._sizes) // 2)
        committing.group.run(lambda _: None)
    assert committing.sizes == [1, 1, 1, 1]
    assert wanted == [2, 1, 1, 1]


def test_a_leader_that_gives_up_waiting_for_company_hands_the_lead_on(
    work: SqliteWork, path: Path
) -> None:
    job = queued(work, 1)
    job.wake = Interrupting(job.wake)  # type: ignore[assignment]  # a lock that is interrupted
    work._group._sizes = (9, 9)
    with pytest.raises(KeyboardInterrupt):
        work._group._gather(job)
    work.run(CLIENT, insert(2))
    assert stored(path) == {2}


def test_whoever_is_named_to_tell_before_it_waits_is_answered(
    work: SqliteWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second batch is committed while the first is told of, and named before it waits for it."""
    first, second = threading.Event(), threading.Event()
    told: list[int] = []

    class Following:
        revisions: Mapping[bytes, int] = {}  # never changed

        def compare(self, tx: Tx, client: ClientId, *, again: bool) -> None:
            del tx, client, again

        def fold(self, tx: Tx, logs: Iterable[ClientId]) -> Callable[[], object]:
            del tx
            return lambda: list(logs)

        def tell(self) -> None:
            told.append(1)
            if len(told) == 1:
                first.set()
                assert second.wait(HANGS_S)

    waiting = GroupCommit._await_told

    def late(self: GroupCommit, own: Job[object]) -> None:
        if threading.current_thread().name == "second":
            second.set()
            while not own.telling:
                threading.Event().wait(0.001)
        waiting(self, own)

    def moved(tx: Tx) -> str:
        sql(tx).commit.ledgers.add(CLIENT)
        return "moved"

    monkeypatch.setattr(GroupCommit, "_await_told", late)
    work.follow(Following())
    answers: list[str] = []
    crew = [
        threading.Thread(target=lambda: answers.append(work.run(CLIENT, moved)), name=name)
        for name in ("first", "second")
    ]
    crew[0].start()
    assert first.wait(HANGS_S)
    crew[1].start()
    for one in crew:
        one.join(HANGS_S)
    assert answers == ["moved", "moved"]
    assert len(told) == 2


# --- what nobody waits for ---------------------------------------------------------------------


@pytest.fixture
def patient(work: SqliteWork, monkeypatch: pytest.MonkeyPatch) -> SqliteWork:
    """Whose `later` is done by nobody but whoever comes next."""
    monkeypatch.setattr(group, "LATER_S", HANGS_S)
    work.defers = True
    return work


def held(tx: Tx) -> set[int]:
    return {row[0] for row in sql(tx).execute("select a from probe")}


def test_what_nobody_waits_for_comes_before_what_is_asked_for_next(
    patient: SqliteWork, path: Path
) -> None:
    patient.later(CLIENT, insert(1))
    patient.later(CLIENT, insert(2))
    assert stored(path) == set()
    assert patient.run(CLIENT, held) == {1, 2}
    assert stored(path) == {1, 2}


def test_where_nobody_comes_it_is_done_all_the_same(
    work: SqliteWork, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "LATER_S", 0.0)
    work.defers = True
    begun = threading.Event()

    def fn(tx: Tx) -> None:
        insert(1)(tx)
        begun.set()

    work.later(CLIENT, fn)
    assert begun.wait(HANGS_S)
    work.run(CLIENT, insert(2))  # after the batch that it was in
    assert stored(path) == {1, 2}


def test_what_fails_among_it_fails_alone_and_is_not_tried_again(
    patient: SqliteWork, path: Path
) -> None:
    tried = []

    def fails(tx: Tx) -> None:
        tried.append(1)
        insert(1)(tx)
        raise ValueError

    for fn in (fails, insert(2)):
        patient.later(CLIENT, fn)
    patient.run(CLIENT, insert(3))
    patient.run(CLIENT, insert(4))
    assert (stored(path), tried) == ({2, 3, 4}, [1])


@pytest.mark.parametrize("end", ["flush", "close"])
def test_at_the_end_nothing_of_it_is_left(patient: SqliteWork, path: Path, end: str) -> None:
    patient.later(CLIENT, insert(1))
    getattr(patient, end)()
    assert stored(path) == {1}


def test_who_finds_too_much_of_it_waits(
    patient: SqliteWork, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "LATER_JOBS", 2)
    for number in range(2):
        patient.later(CLIENT, insert(number))
    assert stored(path) == set()
    patient.later(CLIENT, insert(2))
    assert stored(path) == {0, 1, 2}


def test_a_process_that_does_not_stay_waits_for_all(work: SqliteWork, path: Path) -> None:
    work.later(CLIENT, insert(1))
    assert stored(path) == {1}


def test_what_nobody_waits_for_is_no_company() -> None:
    committing = Committing()
    for _ in range(2):
        committing.group.later(lambda _: None)
        committing.group.run(lambda _: None)
    assert committing.group._sizes == (1, 1)
    committing.group.close()
