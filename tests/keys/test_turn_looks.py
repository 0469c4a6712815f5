"""Rows put back exactly between two steps of a turn, while it runs.

Each step is wrapped: just before it begins, a writer of the database puts rows of before back.
What the next step finds is refused, and destroys nothing; with the newest rows in their place
again, the turn is gone on with, and what was deleted is final in all that was ever copied.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tests.answers import done
from tests.keys.put_back import KEY_TABLES, Rows, copied, put_back
from tests.run.homes import make, opened

from bailee import errors
from bailee.backup.writer import BackupWriter
from bailee.clients.acts import AddClient
from bailee.keyring.model import Phase
from bailee.keys.acts import KeysTurned, TurnKeys
from bailee.keys.model import RowCopy
from bailee.keys.turn import Turn
from bailee.objects.acts import DeleteObject, GetObject, ObjectGiven, PutObject
from bailee.run.wiring.app import App

CONTENT = b"content"
STATE = ("key_state",)
LEDGER = ("ledger", "ledger_entry")
STEPS = (Phase.T1, Phase.T2, Phase.T3, Phase.T4)
"""The step before which rows are put back: after T0, after T1, after T2, after T3."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label="acme")))
        for name in ("kept", "gone"):
            done(house.caller.send(PutObject(client="acme", name=name), [CONTENT]))
    return tmp_path


def rows_of(place: Path) -> Path:
    return place / "home" / "rows.db"


def all_tables(place: Path) -> tuple[str, ...]:
    with closing(sqlite3.connect(rows_of(place))) as connection:
        found = connection.execute("select name from sqlite_master where type = 'table'")
        return tuple(name for (name,) in found if not name.startswith(("sqlite_", "alembic")))


def delete(house: App) -> None:
    done(house.caller.call(DeleteObject(client="acme", object="gone")))


def turn(house: App) -> KeysTurned:
    answer = done(house.caller.call(TurnKeys()))
    assert isinstance(answer, KeysTurned)
    return answer


def get(house: App, name: str) -> bytes:
    given = done(house.caller.call(GetObject(client="acme", object=name, purpose="client-request")))
    assert isinstance(given, ObjectGiven)
    return b"".join(map(bytes, given.chunks))


def before_step(patch: pytest.MonkeyPatch, phase: Phase, do: Callable[[], object]) -> None:
    """Have something done once, after the step before this one and before it."""
    name = {
        Phase.T1: "rewrap",
        Phase.T2: "prove",
        Phase.T3: "destroy",
        Phase.T4: "close",
    }[phase]
    step = getattr(Turn, name)
    done_once: list[bool] = []

    def stepped(own: Turn, *args: object) -> object:
        if not done_once:
            done_once.append(True)
            do()
        return step(own, *args)

    patch.setattr(Turn, name, stepped)


def phase_of(house: App) -> tuple[int, Phase]:
    state = house.parts.work.read(house.parts.keyring.turning().state)
    return state.generation, state.phase


SORTS: dict[str, tuple[str, ...]] = {
    "keys": KEY_TABLES,
    "the state": STATE,
    "ledgers": LEDGER,
    "everything": (),
}
REFUSED = [
    (sort, step)
    for sort in SORTS
    for step in STEPS
    # T1 deletes again what custodians name, whatever rows say; after T3 older keys open nothing.
    if sort != "keys" or step in (Phase.T2, Phase.T3)
]


def held(house: App) -> set[int]:
    return {gen for custody in house.parts.kms.register() for gen in custody.generations}


@pytest.mark.parametrize(("sort", "step"), REFUSED)
def test_what_is_put_back_between_two_steps_is_refused_and_destroys_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, sort: str, step: Phase
) -> None:
    tables, newest = SORTS[sort] or all_tables(place), list[Rows]()
    with opened(place) as house:
        before = copied(rows_of(place), tables)
        delete(house)

        def bring_in() -> None:
            newest.append(copied(rows_of(place), tables))
            put_back(rows_of(place), before)

        with monkeypatch.context() as patch:
            before_step(patch, step, bring_in)
            with pytest.raises((errors.Damaged, errors.Conflict)):
                turn(house)
        assert held(house) == ({2} if step is Phase.T4 else {1, 2})
        put_back(rows_of(place), newest[0])
    with opened(place) as house:
        turned = turn(house)
        assert (turned.generation, turned.erased) == (2, 2)
        assert held(house) == {2}
        assert get(house, "kept") == CONTENT
        with pytest.raises(errors.NotFound):
            get(house, "gone")


@pytest.mark.parametrize("step", [Phase.T1, Phase.T4])
def test_keys_put_back_where_no_look_follows_make_nothing_of_before_open(
    place: Path, monkeypatch: pytest.MonkeyPatch, step: Phase
) -> None:
    newest: list[Rows] = []
    with opened(place) as house:
        before = copied(rows_of(place))
        delete(house)

        def bring_in() -> None:
            newest.append(copied(rows_of(place)))
            put_back(rows_of(place), before)

        with monkeypatch.context() as patch:
            before_step(patch, step, bring_in)
            turned = turn(house)
        assert (turned.generation, turned.erased) == (2, 2)
        assert held(house) == {2}
        if step is Phase.T4:
            put_back(rows_of(place), newest[0])
    with opened(place) as house:
        assert get(house, "kept") == CONTENT
        with pytest.raises(errors.NotFound):
            get(house, "gone")


def test_a_copy_of_rows_of_before_is_not_what_a_turn_leaves_behind(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are there for as long as the backup is made, and no longer."""
    write = BackupWriter.write
    with opened(place) as house:
        before = copied(rows_of(place), LEDGER)
        delete(house)

        def written(own: BackupWriter, generation: int) -> Sequence[RowCopy]:
            newest = copied(rows_of(place), LEDGER)
            put_back(rows_of(place), before)
            try:
                return write(own, generation)
            finally:
                put_back(rows_of(place), newest)

        with monkeypatch.context() as patch:
            patch.setattr(BackupWriter, "write", written)
            with pytest.raises(errors.Damaged, match="older-rows"):
                turn(house)
        assert held(house) == {1, 2}
        assert turn(house).generation == 2
