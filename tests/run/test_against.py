"""What SECURITY.md says of an adversary and no other page shows of that one.

A snapshot: the whole home of before, put back by whoever runs the machine, custodians kept.
One insider: an enrolled human with commands alone.
"""

import shutil
from collections.abc import Callable
from copy import copy
from pathlib import Path

import pytest
from tests.answers import done
from tests.backup.rooms import backup, recovery, restore
from tests.backup.test_restore import turn
from tests.check.held import LINES, ingest
from tests.logs.test_guesses import LINE, Scene, tries
from tests.run.homes import make, opened

from bailee import errors
from bailee.adapters.sql.table import Type
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.logs.acts import LinesFound, ListEpochs, ListStreams, SearchLog
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.run.wiring.app import App

CONTENT = b"content"
GUESSES = {"the right one": b"awa.kone@example.org", "a wrong one": b"bob.diop@example.org"}


def image(place: Path) -> Path:
    """Copy a home that is closed."""
    kept = place / "image"
    shutil.copytree(place / "home", kept)
    return kept


def bring_in(place: Path, kept: Path) -> None:
    shutil.rmtree(place / "home")
    shutil.copytree(kept, place / "home")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label="acme")))
        done(house.caller.send(PutObject(client="acme", name="one"), [CONTENT]))
    return tmp_path


ASKED: dict[str, Callable[[App], object]] = {
    "what was deleted": lambda house: house.caller.call(
        GetObject(client="acme", object="one", purpose="client-request")
    ),
    "a list of objects": lambda house: house.caller.call(ListObjects(client="acme")),
    "a list of streams": lambda house: house.caller.call(ListStreams(client="acme")),
    "a list of months": lambda house: house.caller.call(ListEpochs(client="acme")),
    "a search": lambda house: house.caller.call(SearchLog(client="acme", text="signed")),
    "a turn": lambda house: house.caller.call(TurnKeys()),
}


@pytest.mark.parametrize("act", ASKED)
@pytest.mark.parametrize("turned", [False, True], ids=["before the turn", "after it"])
def test_a_whole_home_put_back_answers_nothing(place: Path, act: str, *, turned: bool) -> None:
    """Neither what was deleted since, nor that what came since is not there."""
    kept = image(place)
    with opened(place) as house:
        done(house.caller.call(DeleteObject(client="acme", object="one")))
        done(house.caller.send(PutObject(client="acme", name="two"), [CONTENT]))
        ingest(house, LINES, client="acme")
        if turned:
            turn(house)
    bring_in(place, kept)
    with pytest.raises((errors.Damaged, errors.Sealed)), opened(place) as house:
        ASKED[act](house)


def test_a_backup_of_before_a_turn_is_not_restored_after_it(place: Path) -> None:
    with opened(place) as house:
        known, file = recovery(house.parts.kms), backup(house)
        done(house.caller.call(DeleteObject(client="acme", object="one")))
        turn(house)
    (place / "home").rename(place / "lost")
    # By itself: a newer one beside it would be refused for that.
    alone = place / "alone"
    alone.mkdir()
    shutil.copy(file, alone)
    with pytest.raises(errors.Sealed, match="older-generation"):
        restore(place, known, [alone / file.name])


def repeated(scene: Scene, guess: bytes) -> int:
    return scene.ingest(LINE % guess, lasting=False, address="-").repeated


def found(scene: Scene, guess: bytes) -> int:
    with scene.opened() as house:
        request = SearchLog(client="acme", about=guess, purpose="client-request")
        answer = done(house.caller.call(request))
        assert isinstance(answer, LinesFound)
        return len(list(answer.lines))


def test_an_insider_who_sends_his_guess_again_or_asks_for_it_learns_nothing(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path / "scene")
    # While the value is held both tell: else the test would show nothing.
    assert {name: repeated(scene, guess) for name, guess in GUESSES.items()} == {
        "the right one": 1,
        "a wrong one": 0,
    }
    assert found(scene, GUESSES["the right one"]) > 0
    scene.erase()
    scene.turn()
    assert found(scene, GUESSES["the right one"]) == 0
    assert repeated(scene, GUESSES["the right one"]) == 0


def confirmed(old: Scene, house: App) -> set[tuple[str, str]]:
    """Name the columns of a copy of rows that hold what the right guess gives, and a wrong not."""
    right, wrong = (tries(old, house, guess) for guess in GUESSES.values())
    return {
        (table, name)
        for table, name, value in old.columns(Type.BLOB)
        if value in right and value not in wrong
    }


def test_rows_of_before_confirm_no_guess_under_the_keys_that_live(tmp_path: Path) -> None:
    """A copy of the rows from while the value was held, beside today's keys."""
    scene = Scene(tmp_path / "scene")
    old = copy(scene)
    old.place = tmp_path / "copied"
    shutil.copytree(scene.place / "home", old.place / "home")
    with scene.opened() as house:
        assert confirmed(old, house)
    scene.erase()
    scene.turn()
    with scene.opened() as house:
        assert confirmed(old, house) == set()
